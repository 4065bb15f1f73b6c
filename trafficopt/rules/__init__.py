"""Safety rules of one signal: what it shows in a cycle, and what is wrong with it."""

"""All that knows SUMO: its files, its programs, and how to run it."""

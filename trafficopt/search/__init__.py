"""The search for a plan: splits, cycles, offsets, and the judge's choice."""

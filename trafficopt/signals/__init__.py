"""Signals that may be switched on: intergreens, stages, safety rules."""

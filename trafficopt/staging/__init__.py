"""Stages and stage sequences that an engineer would draw, from the conflict matrix."""

"""Vehicles one by one: queues, gaps, spillback, and what a plan makes of them."""

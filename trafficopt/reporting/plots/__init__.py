"""Plots: `plot_*` functions that draw on axes."""

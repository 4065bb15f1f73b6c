"""Plots and the report; alone in importing matplotlib and jinja2."""

from trafficopt.reporting.drawings.ring_diagram import plot_rings
from trafficopt.reporting.drawings.signal_timing_diagram import plot_signal_timing
from trafficopt.reporting.drawings.stage_diagram import plot_stages
from trafficopt.reporting.pages.ledger_page import write_ledger_page
from trafficopt.reporting.pages.report import write_report
from trafficopt.reporting.plots.band_diagram import plot_bands
from trafficopt.reporting.plots.band_tradeoff import plot_band_tradeoff
from trafficopt.reporting.plots.city_map import plot_city_map
from trafficopt.reporting.plots.coordination_diagram import plot_coordination_diagram
from trafficopt.reporting.plots.dumbbell import plot_comparison
from trafficopt.reporting.plots.flow_profile import plot_flow_profile
from trafficopt.reporting.plots.intervals import plot_history, plot_intervals
from trafficopt.reporting.plots.offset_surface import plot_offset_surface
from trafficopt.reporting.plots.pareto import plot_pareto
from trafficopt.reporting.plots.plot_language import chinese_labels
from trafficopt.reporting.plots.scatter import plot_reconciliation
from trafficopt.reporting.plots.storage_plot import plot_storage
from trafficopt.reporting.plots.time_space import plot_time_space

__all__ = [
    "chinese_labels",
    "plot_band_tradeoff",
    "plot_bands",
    "plot_city_map",
    "plot_comparison",
    "plot_coordination_diagram",
    "plot_flow_profile",
    "plot_history",
    "plot_intervals",
    "plot_offset_surface",
    "plot_pareto",
    "plot_reconciliation",
    "plot_rings",
    "plot_signal_timing",
    "plot_stages",
    "plot_storage",
    "plot_time_space",
    "write_ledger_page",
    "write_report",
]

"""Plots and the report; alone in importing matplotlib and jinja2."""

from trafficopt.reporting.band_diagram import plot_bands
from trafficopt.reporting.band_tradeoff import plot_band_tradeoff
from trafficopt.reporting.city_map import plot_city_map
from trafficopt.reporting.coordination_diagram import plot_coordination_diagram
from trafficopt.reporting.dumbbell import plot_comparison
from trafficopt.reporting.flow_profile import plot_flow_profile
from trafficopt.reporting.intervals import plot_history, plot_intervals
from trafficopt.reporting.ledger_page import write_ledger_page
from trafficopt.reporting.offset_surface import plot_offset_surface
from trafficopt.reporting.pareto import plot_pareto
from trafficopt.reporting.plot_language import chinese_labels
from trafficopt.reporting.report import write_report
from trafficopt.reporting.ring_diagram import plot_rings
from trafficopt.reporting.scatter import plot_reconciliation
from trafficopt.reporting.signal_timing_diagram import plot_signal_timing
from trafficopt.reporting.stage_diagram import plot_stages
from trafficopt.reporting.storage_plot import plot_storage
from trafficopt.reporting.time_space import plot_time_space

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

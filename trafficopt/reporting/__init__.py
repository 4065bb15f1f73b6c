"""Plots and the report; alone in importing matplotlib and jinja2."""

from trafficopt.reporting.band_diagram import plot_bands
from trafficopt.reporting.band_tradeoff import plot_band_tradeoff
from trafficopt.reporting.city_map import plot_city_map
from trafficopt.reporting.ledger_page import write_ledger_page
from trafficopt.reporting.pareto import plot_pareto
from trafficopt.reporting.report import write_report
from trafficopt.reporting.scatter import plot_reconciliation
from trafficopt.reporting.time_space import plot_time_space

__all__ = [
    "plot_band_tradeoff",
    "plot_bands",
    "plot_city_map",
    "plot_pareto",
    "plot_reconciliation",
    "plot_time_space",
    "write_ledger_page",
    "write_report",
]

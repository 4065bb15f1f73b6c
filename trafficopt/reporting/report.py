"""The report of a study: one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trafficopt.model.measures import intersection_delays
from trafficopt.network import Arterial
from trafficopt.plan import TimingPlan
from trafficopt.reporting import wording
from trafficopt.reporting.city_map import SIGNALS, plot_city_map
from trafficopt.reporting.explanations import Phrase, explanation_section
from trafficopt.reporting.inline_svg import figure_style, inline_svg
from trafficopt.reporting.intervals import plot_history, plot_intervals
from trafficopt.reporting.robust_plots import plot_demands, plot_regret
from trafficopt.reporting.robust_section import robust_section
from trafficopt.reporting.safety import kept_by_rules, safety_section
from trafficopt.reporting.tables import (
    IntersectionRow,
    compared_plan,
    extremes,
    fact_rows,
    intersection_rows,
    key_figures,
    policy_rows,
)
from trafficopt.reporting.time_space import plot_time_space
from trafficopt.reporting.verdict_words import VERDICTS, caveats
from trafficopt.result import Study
from trafficopt.units import Seconds
from trafficopt.whole_file import write_whole

PLANS = Phrase("Field plan", "现状方案"), Phrase("New plan", "新方案")
FEW_SIGNALS = 20
"""Up to so many, the color scale of the maps reaches the largest delay."""


def write_report(study: Study, path: Path) -> None:
    """Write the report of `study` to the HTML file `path`.

    The file holds its figures, style and script, and makes no request. The same study gives the
    same bytes. A reader never sees a file half written.

    Parameters
    ----------
    study
        What was found.
    path
        The file; its directory is made if it is missing.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, render_report(study))


def render_report(study: Study) -> str:
    """Give the report of `study` as HTML text."""
    kept = kept_by_rules(study)
    rows = intersection_rows(study, kept)
    with figure_style():
        figures = {
            "intervals": _interval_figure(study),
            "history": _history_figure(study),
            **_demand_figures(study),
            "maps": _map_figures(study, rows),
            "arterials": [_arterial_figures(study, i) for i in range(len(study.scenario.network.arterials))],
        }
    environment = Environment(
        loader=PackageLoader("trafficopt.reporting", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=wording.number, compact=wording.compact, signed=wording.signed)
    safety = safety_section(study, kept)
    page = environment.get_template("report.html.j2")
    return page.render(_context(study, rows), figures=figures, safety=safety)


def _context(study: Study, rows: list[IntersectionRow]) -> dict[str, object]:
    scenario, comparison = study.scenario, wording.tested(study)
    fall, rise = extremes(rows)
    return {
        "scenario": scenario,
        "status": str(study.status),
        "headline": wording.headline(study),
        "message": study.result.message,
        "caveats": caveats(comparison or study.comparison, PLANS),
        "verdict_words": VERDICTS,
        "warnings": wording.warnings_of(study),
        "policy_rows": policy_rows(study),
        "robust": robust_section(study),
        "offset_gap": study.result.gap if study.result.link_delay_veh_s_s > 0 else None,
        "figure_rows": key_figures(study.comparison.before, comparison),
        "n_runs": len(study.comparison.before.runs),
        "compared": comparison is not None,
        "other_name": wording.tested_name(study),
        "rows": rows,
        "anchors": {row.id: row.anchor for row in rows},
        "n_retimed": sum(row.retimed for row in rows),
        "districts": sorted({row.district for row in rows if row.district}),
        "explained": explanation_section(study),
        "fall": fall,
        "rise": rise,
        "facts": list(fact_rows(study.facts)),
        "method": wording.method(
            scenario, len(study.comparison.before.runs), study.comparison.margin_percent
        ),
    }


def _figure_of(ax: Axes) -> Figure:
    figure = ax.get_figure(root=True)
    assert isinstance(figure, Figure)
    return figure


def _interval_figure(study: Study) -> Markup | None:
    comparison = wording.tested(study)
    if comparison is None:
        return None
    ax = plot_intervals(comparison, names=("field plan", wording.tested_name(study)))
    return inline_svg(_figure_of(ax), "intervals", "Mean delay of each run before and after")


def _history_figure(study: Study) -> Markup | None:
    if len(study.result.history) < 2:
        return None
    what = "mean delay" if study.result.objective.is_delay else "objective"
    ax = plot_history(study.result.history, label=f"Model's {what} [s/veh]")
    return inline_svg(_figure_of(ax), "history", "Objective reached over the run time of the search")


def _demand_figures(study: Study) -> dict[str, Markup | None]:
    """Plans under each demand, and their regret where that was asked."""
    found = study.robustness
    if found is None:
        return {}
    what = "Mean delay [s/veh]" if study.result.objective.is_delay else "Objective [s/veh]"
    ax = plot_demands(found, label=what)
    drawn = inline_svg(_figure_of(ax), "demands", "What each plan does under each demand")
    if not found.knows_regret:
        return {"demands": drawn, "regret": None}
    label = "What plans lose under each demand against the best that is known"
    return {"demands": drawn, "regret": inline_svg(_figure_of(plot_regret(found)), "regret", label)}


def _map_figures(study: Study, rows: list[IntersectionRow]) -> list[tuple[str, Markup]]:
    """Draw one map for each plan, all with the same color scale."""
    network, comparison = study.scenario.network, wording.tested(study)
    maps = {"Field plan": intersection_delays(network, study.comparison.before)}
    if comparison is not None:
        maps[wording.tested_name(study).capitalize()] = intersection_delays(network, comparison.after)
    vmax = color_top([value for delays in maps.values() for value in delays.values()])
    drawn = []
    for key, (name, delays) in enumerate(maps.items()):
        ax = plot_city_map(network, delays, vmax=vmax)
        _link_signals(ax, rows, delays)
        titles = {f"#{row.anchor}": _tooltip(row.id, delays.get(row.id)) for row in rows}
        label = f"Map of the delay at each intersection, {name.lower()}"
        drawn.append((name, inline_svg(_figure_of(ax), f"map-{key}", label, titles)))
    return drawn


def _link_signals(ax: Axes, rows: list[IntersectionRow], delays: Mapping[str, Seconds]) -> None:
    """Let each circle of the map lead to its row in the table."""
    for collection in ax.collections:
        if collection.get_gid() == SIGNALS:
            collection.set_urls([f"#{row.anchor}" for row in rows if row.id in delays])


def _tooltip(name: str, delay_s: Seconds | None) -> str:
    return f"{name}: {wording.number(delay_s)} s/veh"


def color_top(values: list[float]) -> Seconds:
    """Give the end of the maps' color scale [s/veh], rounded up to 5 s.

    In a city it is the 95th percentile, so that a few extreme intersections do not pale the rest.
    """
    if not values:
        return 1.0
    top = np.max(values) if len(values) <= 2 * FEW_SIGNALS else np.percentile(values, 95)
    return max(5.0, float(np.ceil(top / 5) * 5))


def _arterial_figures(study: Study, index: int) -> tuple[Arterial, list[tuple[str, Markup]]]:
    arterial = study.scenario.network.arterials[index]
    plans: dict[str, TimingPlan] = {"Field plan": study.scenario.field_plan}
    if plan := compared_plan(study):
        plans[wording.tested_name(study).capitalize()] = plan
    drawn = []
    for key, (name, timing_plan) in enumerate(plans.items()):
        ax = plot_time_space(arterial, study.scenario.network, timing_plan)
        label = f"Time-space diagram of {arterial.name}, {name.lower()}"
        drawn.append((name, inline_svg(_figure_of(ax), f"arterial-{index}-{key}", label)))
    return arterial, drawn

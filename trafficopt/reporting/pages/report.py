"""The report of a study: one HTML file that needs nothing else."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trafficopt.phrase import Phrase
from trafficopt.reporting.pages.city_parts import city_parts
from trafficopt.reporting.pages.page import render_page
from trafficopt.reporting.pages.robust_section import robust_section
from trafficopt.reporting.pages.safety import kept_by_rules, safety_section
from trafficopt.reporting.pages.side import Side
from trafficopt.reporting.pages.tables import fact_rows, key_figures, policy_rows, study_treatments
from trafficopt.reporting.plots.inline_svg import figure_style, inline_svg
from trafficopt.reporting.plots.intervals import plot_history, plot_intervals
from trafficopt.reporting.plots.robust_plots import plot_demands, plot_regret
from trafficopt.reporting.words.answer import FIELD, headline, tested_name, warnings_of
from trafficopt.reporting.words.explanations import explained_signals
from trafficopt.reporting.words.method_words import method
from trafficopt.reporting.words.verdict_words import caveats
from trafficopt.reporting.words.wording import number
from trafficopt.result import Status
from trafficopt.study_findings import Study
from trafficopt.whole_file import write_whole

PAGE = "report.html"
KIND = Phrase("Signal timing report", "信号配时报告")
PLANS = FIELD, Phrase("New plan", "新方案")


def write_report(study: Study, path: Path) -> None:
    """Write the report of `study` to the HTML file `path`.

    The file holds its figures, style and script, and makes no request; its words are there in English and
    Chinese, with a switch. The same study gives the same bytes. A reader never sees a file half written.

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
    write_whole(Path(path), render_report(study))


def render_report(study: Study) -> str:
    """Give the report of `study` as HTML text."""
    kept, sides = kept_by_rules(study), study_sides(study)
    improved = study.status is Status.IMPROVED
    with figure_style():
        city = city_parts(
            sides,
            study_treatments(study, kept),
            study.retimed,
            explained=explained_signals(study),
            findings=study.plan_findings if improved else study.field_findings,
        )
        figures = {
            "intervals": _interval_figure(study),
            "history": _history_figure(study),
            **_demand_figures(study),
        }
    safety = safety_section(study, kept)
    return render_page("report.html.j2", {**_overview(study), **city, "figures": figures, "safety": safety})


def study_sides(study: Study) -> list[Side]:
    """The field plan, and the plan that was compared with it if there is one."""
    network, tested, plan = study.scenario.network, study.tested, study.tested_plan
    field = Side(FIELD, network, study.scenario.field_plan, study.comparison.before, study.field_diagnosis)
    if tested is None or plan is None:
        return [field]
    return [field, Side(tested_name(study), network, plan, tested.after, study.plan_diagnosis)]


def _overview(study: Study) -> dict[str, object]:
    """What the page says beside its drawings and the pages of intersections."""
    scenario, comparison, runs = study.scenario, study.tested, len(study.comparison.before.runs)
    return {
        "kind": KIND,
        "title": scenario.title or scenario.name,
        "note": scenario.note,
        "scenario": scenario,
        "status": str(study.status),
        "headline": headline(study),
        "retimed": _retimed(len(study.retimed), len(scenario.network.intersections)),
        "message": study.result.message,
        "caveats": caveats(comparison or study.comparison, PLANS),
        "warnings": warnings_of(study),
        "means_of": Phrase(f"Mean of {runs} run{'s' * (runs != 1)}", f"{runs} 次运行均值"),
        "policy_rows": policy_rows(study),
        "robust": robust_section(study),
        "offset_gap": _offset_gap(study),
        "figure_rows": key_figures(study.comparison.before, comparison),
        "facts": list(fact_rows(study.facts)),
        "method": method(scenario, runs, study.comparison.margin_percent),
    }


def _retimed(n: int, total: int) -> Phrase:
    return Phrase(
        f"Retimed: {n} of {total} signalized intersection{'s' * (total != 1)}.",
        f"{total} 个信控路口中重新配时 {n} 个。",
    )


def _offset_gap(study: Study) -> Phrase | None:
    """What other offsets could save at most; None where nothing is coordinated."""
    if study.result.link_delay_veh_s_s <= 0:
        return None
    share = f"{number(100 * study.result.gap)} %"
    return Phrase(
        "Offsets: with the cycles, stages and greens that the search found, other offsets could save at most "
        f"{share} of the delay between its coordinated signals, by cyclic platoons.",
        f"相位差：在搜索所得的周期、相位阶段和绿灯下，按周期车队模型，"
        f"其他相位差至多还能减少协调信号间延误的 {share}。",
    )


def _figure_of(ax: Axes) -> Figure:
    figure = ax.get_figure(root=True)
    assert isinstance(figure, Figure)
    return figure


def _interval_figure(study: Study) -> Markup | None:
    if study.tested is None:
        return None
    ax = plot_intervals(study.tested, names=(FIELD.en.lower(), tested_name(study).en.lower()))
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

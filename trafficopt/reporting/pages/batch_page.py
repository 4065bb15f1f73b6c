"""The results of a batch as a page, in English and Chinese: plots and a table by scenario, failures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trafficopt.evaluation import HEADLINE, listed_seeds
from trafficopt.phrase import Phrase
from trafficopt.reporting.pages.page import render_page
from trafficopt.reporting.plots.batch_plots import CellFigures, plot_changes, plot_delay_by_demand
from trafficopt.reporting.plots.inline_svg import figure_style, inline_svg
from trafficopt.reporting.words.verdict_words import RUN_VERDICTS, VERDICTS, reason
from trafficopt.reporting.words.wording import compact, interval_words, number, signed
from trafficopt.run_verdict import RunVerdict

MOST_FAILURES = 200
DOUBTFUL = (RunVerdict.INVALID, RunVerdict.SUSPICIOUS)
WORDS: Mapping[str, Phrase] = {
    "title": Phrase("Batch of runs", "批量仿真结果"),
    "results": Phrase("Results", "结果"),
    "caveats": Phrase("To be borne in mind", "注意事项"),
    "reasons": Phrase("reasons to doubt runs", "条存疑理由"),
    "failures": Phrase("Failed runs", "失败的仿真"),
    "settings": Phrase("What was run", "运行设置"),
    "method_notes": Phrase("How to read it", "说明"),
    "scenario": Phrase("Scenario", "场景"),
    "method": Phrase("Method", "方法"),
    "demand": Phrase("Demand", "需求"),
    "runs": Phrase("Runs", "仿真次数"),
    "plan": Phrase("Plan", "方案"),
    "delay": Phrase("Delay [s/veh]", "平均延误 [s/辆]"),
    "change": Phrase("Change [s/veh]", "延误变化 [s/辆]"),
    "ci95": Phrase("95 % interval", "95% 置信区间"),
    "percent": Phrase("Change [%]", "变化率 [%]"),
    "verdict": Phrase("Verdict", "结论"),
    "stops": Phrase("Stops [1/veh]", "停车次数 [次/辆]"),
    "unfinished": Phrase("Unfinished", "未到达"),
    "undeparted": Phrase("Undeparted", "未出发"),
    "teleports": Phrase("Teleports", "瞬移"),
    "seed": Phrase("Seed", "随机种子"),
    "reason": Phrase("What went wrong", "原因"),
    "log": Phrase("Log", "日志"),
    "figure_changes": Phrase("Change of mean delay against shipped", "相对现状方案的平均延误变化"),
    "figure_demand": Phrase("Mean delay against demand", "平均延误与需求的关系"),
    **{str(verdict): phrase for verdict, phrase in VERDICTS.items()},
    **{str(verdict): phrase for verdict, phrase in RUN_VERDICTS.items()},
}
"""All words of the page, by the name of a column, a value, or a place on the page."""
COLUMNS = (
    *("method", "demand", "runs", "plan", "delay", "change", "ci95"),
    *("percent", "verdict", "stops", "unfinished", "undeparted", "teleports"),
)
TEXT_COLUMNS = ("method", "plan", "verdict")
NOTES = (
    Phrase(
        "Delay is (timeLoss + departDelay) over all demanded vehicles: who did not arrive, or never "
        "departed, counts with what was lost by the end.",
        "延误为全部需求车辆的（timeLoss + departDelay）均值；"
        "未到达或未出发的车辆按仿真结束时已累计的损失计入。",
    ),
    Phrase(
        "A change is that against shipped, the field plan, with the same demand and the same seeds: runs are "
        "compared in pairs. Intervals are Student's 95 % intervals; better or worse needs one without zero.",
        "变化均相对现状方案（shipped），需求与随机种子相同，逐次配对比较；"
        "区间为 t 分布 95% 置信区间，不含零时才判定改善或恶化。",
    ),
    Phrase(
        "Demand 1 runs the scenario's files untouched; otherwise some vehicles depart twice, or not at all.",
        "需求系数为 1 时原样运行场景文件；其他系数下部分车辆重复出发或不出发。",
    ),
)


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A run without figures."""

    scenario: str
    method: str
    demand: float
    seed: int
    message: str
    log: str


def render_batch_page(
    cells: Sequence[CellFigures], failures: Sequence[FailedRun], settings: Mapping[str, str], title: str = ""
) -> str:
    """Give the page as HTML text: it holds its figures and style, and makes no request.

    The same results give the same bytes.

    Parameters
    ----------
    cells
        In the order of the matrix, scenario by scenario.
    failures
        The first 200 are shown.
    settings
        What was run, by name.
    """
    names = list(dict.fromkeys(cell.scenario for cell in cells))
    sections = []
    with figure_style():
        for index, name in enumerate(names):
            own = [cell for cell in cells if cell.scenario == name]
            sections.append((name, [_row(cell) for cell in own], _figures(own, index)))
    doubtful = {
        verdict: sum(run.verdict is verdict for cell in cells for run in cell.evaluation.runs)
        for verdict in DOUBTFUL
    }
    context = {
        "kind": WORDS["title"],
        "title": title,
        "note": "",
        "words": WORDS,
        "columns": COLUMNS,
        "text_columns": TEXT_COLUMNS,
        "sections": sections,
        "notes": NOTES,
        "answer": _answer(cells),
        "caveats": [caveat for verdict in DOUBTFUL for cell in cells for caveat in caveats(cell, verdict)],
        "n_doubtful": doubtful,
        "failures": failures[:MOST_FAILURES],
        "n_hidden": max(0, len(failures) - MOST_FAILURES),
        "settings": settings,
    }
    return render_page("batch_page.html.j2", context)


def _answer(cells: Sequence[CellFigures]) -> Phrase:
    """How many runs there are, and what became of them."""
    runs, failed, n_open = (
        sum(getattr(cell, key) for cell in cells) for key in ("n_runs", "n_failed", "n_open")
    )
    left = Phrase(f", {n_open} open", f"，{n_open} 次未完成") if n_open else Phrase("")
    return Phrase(f"{runs} runs, {failed} failed{left.en}", f"共 {runs} 次仿真，{failed} 次失败{left.zh}")


def caveats(cell: CellFigures, verdict: RunVerdict) -> list[Phrase]:
    """Why some runs of a cell cannot be believed, a sentence for each reason."""
    words, place = RUN_VERDICTS[verdict], f"{cell.scenario}, {cell.method}, {cell.demand:g}"
    return [
        Phrase(
            f"{place}: {'seed' if len(seeds) == 1 else 'seeds'} {listed_seeds(seeds)} {words.en}, {doubt}.",
            f"{place}：种子 {listed_seeds(seeds, '等')} {words.zh}，{reason(doubt)}。",
        )
        for doubt, seeds in cell.evaluation.doubts(verdict)
    ]


def _row(cell: CellFigures) -> dict[str, object]:
    """Texts of a row by column; a verdict is a key of `WORDS`."""
    totals, change, n = cell.totals, cell.changes.get(HEADLINE), cell.n_runs
    return {
        "method": cell.method,
        "demand": f"{cell.demand:g}",
        "runs": f"{n}" if cell.n_ok == n else f"{cell.n_ok} / {n}",
        "plan": cell.plan[0],
        "message": cell.plan[1],
        "delay": number(totals.get(HEADLINE), 2),
        "change": signed(change.mean, 2) if change else number(None),
        "ci95": interval_words(change, 2) if change else number(None),
        "percent": signed(change.percent) if change else number(None),
        "verdict": change.verdict if change else "",
        "stops": number(totals.get("mean_stops"), 2),
        **{key: compact(totals.get(key)) for key in ("unfinished", "undeparted", "teleports")},
    }


def _figures(cells: Sequence[CellFigures], index: int) -> list[tuple[str, Markup]]:
    """Plots of one scenario, each with the name of its caption."""
    drawn = []
    if any(HEADLINE in cell.changes for cell in cells):
        ax, label = plot_changes(cells), WORDS["figure_changes"].en
        drawn.append(("figure_changes", inline_svg(_figure_of(ax), f"changes-{index}", label)))
    if len({cell.demand for cell in cells if cell.totals}) > 1:
        ax, label = plot_delay_by_demand(cells), WORDS["figure_demand"].en
        drawn.append(("figure_demand", inline_svg(_figure_of(ax), f"demand-{index}", label)))
    return drawn


def _figure_of(ax: Axes) -> Figure:
    figure = ax.get_figure(root=True)
    assert isinstance(figure, Figure)
    return figure

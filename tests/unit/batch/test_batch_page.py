"""The page of a batch: all cells and failures, in two languages, without a request."""

from __future__ import annotations

import re

from tests.unit.test_ledger_page import Outline
from trafficopt.comparison import compare
from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.reporting.batch_page import WORDS, FailedRun, render_batch_page
from trafficopt.reporting.batch_plots import CellFigures, plot_changes, plot_delay_by_demand
from trafficopt.run_verdict import Cause, Doubt, RunVerdict


def evaluation(*delays: float, doubt: Doubt | None = None) -> Evaluation:
    doubts = (doubt,) if doubt else ()
    runs = [
        SeedResult(seed, 100, 90, 10, 0, delay, 1.0, 20.0, 0.5, 0, 0, 0, doubts=doubts)
        for seed, delay in enumerate(delays, start=1)
    ]
    return Evaluation("plan", tuple(runs))


LOCKED = Doubt(Cause.UNFINISHED, RunVerdict.SUSPICIOUS, 40.0, 100.0)
FIELD, NEW = evaluation(50.0, 52.0, 51.0, doubt=LOCKED), evaluation(40.0, 43.0, 41.0)
CHANGES = compare(FIELD, NEW).changes
CELLS = [
    CellFigures("<town>", "shipped", 0.9, 0, 0, FIELD, (49.0, 53.0), {}),
    CellFigures("<town>", "shipped", 1.0, 0, 0, FIELD, (49.0, 53.0), {}),
    CellFigures("<town>", "optimize", 0.9, 0, 0, NEW, (39.0, 44.0), CHANGES, ("improved", "Timed <all>.")),
    CellFigures("<town>", "optimize", 1.0, 3, 0, evaluation(), None, {}, ("", "")),
    CellFigures("city", "shipped", 1.0, 0, 0, FIELD, (49.0, 53.0), {}),
]
FAILURES = [
    FailedRun("<town>", "optimize", 1.0, seed, "sumo ended & died", "logs/x.log") for seed in (1, 2, 3)
]


def page() -> str:
    return render_batch_page(CELLS, FAILURES, {"seed": "1"}, "study <1>")


def test_the_page_is_whole_and_asks_for_nothing() -> None:
    text = page()
    outline = Outline(text)
    assert not re.findall(r'(?:src|href)="(?!data:|#)[^"]*"', text)
    assert "<town>" not in text
    assert "&lt;town&gt;" in text
    assert [attributes["lang"] for attributes in outline.of("html")] == ["en"]
    assert page() == text


def test_every_cell_has_a_row_and_every_failure() -> None:
    outline = Outline(page())
    rows = [outline.cells(number) for number in range(len(outline.rows))]
    shipped = ["shipped", "0.9", "3", "–", "51.00", "–", "–", "–", "–", "1.00", "10", "0", "0"]
    assert shipped in rows
    (searched,) = [row for row in rows if row[:2] == ["optimize", "0.9"]]
    assert searched[4:9] == ["41.33", "−9.67", "−11.10 to −8.23", "−19.0", "better 改善"]
    (failed,) = [row for row in rows if row[:2] == ["optimize", "1"]]
    assert failed[2:6] == ["0 / 3", "–", "–", "–"]
    assert ["<town>", "optimize", "1", "2", "sumo ended & died", "logs/x.log"] in rows


def test_doubts_and_counts_are_told_in_both_languages() -> None:
    text = page()
    assert "15 runs, 3 failed" in text
    assert "共 15 次仿真，3 次失败" in text
    assert "9 suspicious" in text
    assert "seeds 1, 2, 3 suspicious, 40 of 100 vehicles were under way at the end" in text
    assert "100 辆车中 40 辆在结束时仍在途中" in text
    assert all(phrase.en and phrase.zh for phrase in WORDS.values())


def test_plots_show_changes_and_demand() -> None:
    town = CELLS[:4]
    ax = plot_changes(town)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["optimize · 0.9"]
    change = CHANGES["mean_delay_s"]
    points = [
        tuple(offset) for c in ax.collections for offset in c.get_offsets().tolist() if len(offset) == 2
    ]
    assert (change.percent, 0.0) in points
    lines = {line.get_label(): line.get_xydata().tolist() for line in plot_delay_by_demand(town).lines}
    assert lines == {"shipped": [[0.9, 51.0], [1.0, 51.0]], "optimize": [[0.9, 41.3333]]}


def test_a_scenario_with_one_demand_has_no_curve_over_demand() -> None:
    text = render_batch_page(CELLS[-1:], [], {})
    assert "<svg" not in text
    assert WORDS["failures"].en not in text

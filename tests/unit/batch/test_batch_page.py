"""The page of a batch: all cells and failures, in two languages, without a request."""

from __future__ import annotations

from tests.unit.page_reading import CHINESE, read_page
from trafficopt.comparison import compare
from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.reporting.pages.batch_page import WORDS, FailedRun, render_batch_page
from trafficopt.reporting.plots.batch_plots import CellFigures, plot_changes, plot_delay_by_demand
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
    read = read_page(text)
    assert all(address.startswith(("#", "data:")) for address in read.addresses)
    assert "<town>" not in text
    assert read.one("h1").words() == "study <1>"
    assert [each.words() for each in read.all("h2")][1:3] == ["<town>", "city"]
    assert read.one("html").attributes["lang"] == "en"
    assert page() == text


def test_every_cell_has_a_row_and_every_failure() -> None:
    read = read_page(page())
    rows, chinese = read.rows(), read.rows(CHINESE)
    shipped = ["shipped", "0.9", "3", "–", "51.00", "–", "–", "–", "–", "1.00", "10", "0", "0"]
    assert shipped in rows
    assert shipped in chinese
    (searched,) = [row for row in rows if row[:2] == ["optimize", "0.9"]]
    assert searched[3:9] == [
        *("improved Timed <all>.", "41.33", "−9.67", "−11.10 to −8.23", "−19.0", "better")
    ]
    (searched,) = [row for row in chinese if row[:2] == ["optimize", "0.9"]]
    assert searched[4:9] == ["41.33", "−9.67", "−11.10 至 −8.23", "−19.0", "改善"]
    (failed,) = [row for row in rows if row[:2] == ["optimize", "1"]]
    assert failed[2:6] == ["0 / 3", "–", "–", "–"]
    assert ["<town>", "optimize", "1", "2", "sumo ended & died", "logs/x.log"] in rows


def test_doubts_and_counts_are_told_in_both_languages() -> None:
    read = read_page(page())
    text, chinese = read.words(), read.words(CHINESE)
    assert "15 runs, 3 failed" in text
    assert "共 15 次仿真，3 次失败" in chinese
    assert "9 suspicious" in text
    assert "9 存疑" in chinese
    town = "<town>, shipped, 0.9"
    assert f"{town}: seeds 1, 2, 3 suspicious, 40 of 100 vehicles were under way at the end" in text
    assert "种子 1, 2, 3 存疑，100 辆车中 40 辆在结束时仍在途中" in chinese
    assert text.count(town) == chinese.count(town) == 1
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
    read = read_page(render_batch_page(CELLS[-1:], [], {}))
    assert not read.all("svg")
    assert WORDS["failures"].en not in read.words()
    assert WORDS["failures"].zh not in read.words(CHINESE)

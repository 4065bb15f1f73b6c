"""Dumbbells of all measures: percent, intervals and verdicts as the comparison has them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.plots.labels import check_words
from tests.unit.plots.svg_reading import Drawing, drawn
from trafficopt.comparison import COMPARED, INVALID_RUNS, Comparison, Verdict, compare
from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.objective import OBJECTIVE
from trafficopt.reporting.plots.dumbbell import (
    AFTER_ID,
    BEFORE_ID,
    INTERVAL_ID,
    NO_PERCENT,
    SUSPICIOUS_RUNS,
    plot_comparison,
)
from trafficopt.reporting.plots.intervals import MEASURES
from trafficopt.reporting.words.verdict_words import VERDICTS
from trafficopt.run_verdict import Cause, Doubt, RunVerdict


def evaluation(name: str, factor: float, n: int = 5, doubt: Doubt | None = None) -> Evaluation:
    """Runs whose delay goes with the factor, and whose other measures do not."""
    chance = np.random.default_rng(round(100 * factor))
    runs = []
    for seed in range(1, n + 1):
        common, own = 1.0 + 0.03 * np.sin(seed), 1.0 + 0.01 * chance.normal()
        measures = {
            "longest_queue_veh": 20.0 * own * (2.0 - factor),
            "arterial_s_per_km": 140.0 * own * factor,
            "arterial_on_green": 0.45 / factor * own,
            "pedestrian_wait_s": 33.0 * (1.0 + 1e-4 * seed),
            "fuel_g_km": 88.0 * own,
        }
        means = (50.0 * common * own * factor, 2.0 * own, 30.0 * common * factor, 0.4)
        doubts = (doubt,) if doubt else ()
        runs.append(SeedResult(seed, 1900, 1900, 0, 0, *means, 0, 0, 0, **measures, doubts=doubts))
    return Evaluation(name, tuple(runs))


@pytest.fixture(scope="module")
def change() -> Comparison:
    return compare(evaluation("field", 1.0), evaluation("new", 0.75))


def percents(drawing: Drawing, gid: str, row: int) -> list[float]:
    """What stands on the horizontal axis of a row, and whether it is at the height of the row."""
    panel = drawing.panel()
    points = (
        drawing.marks(f"{gid}-{row}")
        if gid != INTERVAL_ID
        else np.concatenate(drawing.shapes(f"{gid}-{row}"))
    )
    heights = [height for height, _ in (panel_y(drawing))]
    assert points[:, 1] == pytest.approx(heights[row], abs=0.05)
    assert panel.x is not None
    return panel.x.values(points[:, 0]).tolist()


def panel_y(drawing: Drawing) -> list[tuple[float, str]]:
    """Pixel and words of the ticks of the rows."""
    (group,) = drawing.groups("axes_1")
    return drawing.ticks(group, "ytick_")


def test_each_measure_stands_at_its_percent_of_before(change: Comparison) -> None:
    drawing = drawn(lambda: plot_comparison(change))
    assert len(change.changes) == len(COMPARED)
    for row, key in enumerate(change.changes):
        base = change.before.mean(key)
        assert percents(drawing, BEFORE_ID, row) == pytest.approx([100.0], abs=0.01)
        now = 100.0 * change.after.mean(key) / base
        assert percents(drawing, AFTER_ID, row) == pytest.approx([now], abs=0.01)
        low, high = change[key].ci95 or (0.0, 0.0)
        ends = [100.0 * (base + limit) / base for limit in (low, high)]
        assert percents(drawing, INTERVAL_ID, row) == pytest.approx(ends, abs=0.01)
        words = panel_y(drawing)[row][1]
        assert words.startswith(MEASURES[key].name) and words.endswith(MEASURES[key].unit)


def test_a_wrong_percent_is_found(change: Comparison) -> None:
    other = replace(change.changes["mean_stops"], percent=change["mean_stops"].percent + 1.0)
    wrong = replace(change, changes={**change.changes, "mean_stops": other})
    drawing = drawn(lambda: plot_comparison(wrong))
    now = 100.0 * change.after.mean("mean_stops") / change.before.mean("mean_stops")
    row = list(change.changes).index("mean_stops")
    assert percents(drawing, AFTER_ID, row) != pytest.approx([now], abs=0.01)


def test_verdicts_are_told_by_word_and_by_form(change: Comparison) -> None:
    drawing = drawn(lambda: plot_comparison(change))
    verdicts = [each.verdict for each in change.changes.values()]
    assert {Verdict.BETTER, Verdict.WORSE} < set(verdicts)
    assert [text.get_text() for text in drawing.ax.texts] == [VERDICTS[v].en for v in verdicts]
    forms: dict[Verdict, set[tuple[int, bool]]] = {}
    for row, verdict in enumerate(verdicts):
        (shape,), (fill,) = drawing.shapes(f"{AFTER_ID}-{row}"), drawing.fills(f"{AFTER_ID}-{row}")
        forms.setdefault(verdict, set()).add((len(shape), fill == "#ffffff"))
    assert all(len(each) == 1 for each in forms.values())
    assert not forms[Verdict.BETTER] & forms[Verdict.WORSE]
    others = set().union(*(form for v, form in forms.items() if v not in (Verdict.BETTER, Verdict.WORSE)))
    assert others and not others & (forms[Verdict.BETTER] | forms[Verdict.WORSE])


def test_what_was_zero_before_has_no_percent() -> None:
    nothing = [replace(run, mean_stops=0.0) for run in evaluation("field", 1.0).runs]
    found = compare(Evaluation("field", tuple(nothing)), evaluation("new", 0.75))
    drawing = drawn(lambda: plot_comparison(found))
    row = list(found.changes).index("mean_stops")
    assert drawing.ax.texts[row].get_text() == NO_PERCENT
    assert drawing.groups(f"{AFTER_ID}-{row}") == []


def test_one_seed_has_no_interval_and_an_objective_has_a_row() -> None:
    alone = compare(evaluation("field", 1.0, 1), evaluation("new", 0.75, 1))
    drawing = drawn(lambda: plot_comparison(alone))
    assert drawing.groups(f"{INTERVAL_ID}-0") == []
    assert drawing.ax.texts[0].get_text() == VERDICTS[Verdict.UNKNOWN].en
    several = compare(evaluation("field", 1.0), evaluation("new", 0.75))
    weighed = replace(several, changes={**several.changes, OBJECTIVE: several["mean_delay_s"]})
    drawing = drawn(lambda: plot_comparison(weighed))
    row = len(weighed.changes) - 1
    assert panel_y(drawing)[row][1] == MEASURES[OBJECTIVE].name
    assert percents(drawing, AFTER_ID, row) == pytest.approx(percents(drawing, AFTER_ID, 0))


@pytest.mark.parametrize(
    ("verdict", "words"), [(RunVerdict.INVALID, INVALID_RUNS), (RunVerdict.SUSPICIOUS, SUSPICIOUS_RUNS)]
)
def test_runs_that_cannot_be_believed_are_told_first(verdict: RunVerdict, words: str) -> None:
    doubt = Doubt(Cause.UNFINISHED, verdict, 40.0, 100.0)
    found = compare(evaluation("field", 1.0), evaluation("new", 0.75, doubt=doubt))
    drawing = drawn(lambda: plot_comparison(found))
    assert drawing.ax.get_title("left") == words
    check_words(drawing)


def test_every_compared_measure_has_a_name_and_a_unit() -> None:
    assert set(COMPARED) <= set(MEASURES)


def test_words_can_be_read(change: Comparison) -> None:
    check_words(drawn(lambda: plot_comparison(change, names=("field plan", "tried plan (rejected)"))))

"""Runs before and after, seed by seed, and the way of a search, read back."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.plots.labels import check_words
from tests.unit.plots.svg_reading import Drawing, drawn
from trafficopt.comparison import COMPARED, Comparison, compare
from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.reporting.plots.canvas import INK
from trafficopt.reporting.plots.intervals import (
    AFTER_ID,
    BEFORE_ID,
    BOUND_ID,
    LEAST_ID,
    MEASURES,
    TRIED_ID,
    plot_history,
    plot_intervals,
)
from trafficopt.result import Step
from trafficopt.units import FloatArray

SEEDS = (1, 2, 3, 4)
HISTORY = (
    Step(0.2, "field plan", 49.0),
    Step(1.2, "refinement", 44.0),
    Step(3.0, "refinement", 46.0),
    Step(5.5, "chosen", 40.5),
)


def evaluation(name: str, *delays_s: float) -> Evaluation:
    runs = [
        SeedResult(seed, 9, 9, 0, 0, s, s / 20.0, 0.6 * s, 0.0, 0, 0, 0, arterial_on_green=20.0 / s)
        for seed, s in zip(SEEDS, delays_s, strict=True)
    ]
    return Evaluation(name, tuple(runs))


@pytest.fixture(scope="module")
def change() -> Comparison:
    return compare(evaluation("field", 50.0, 54.0, 51.5, 52.0), evaluation("new", 41.0, 44.0, 40.0, 43.5))


def runs(drawing: Drawing, gid: str) -> FloatArray:
    """Value of each run, by the height of its row, from the top."""
    panel, points = drawing.panel(), drawing.marks(gid)
    assert panel.x is not None
    return panel.x.values(points[np.argsort(points[:, 1]), 0])


def far_ends(drawing: Drawing) -> list[float]:
    """Ends of the interval, from the line that is drawn [value]."""
    panel = drawing.panel()
    assert panel.x is not None
    lines = [points for points in drawing.stroked(INK) if len(points) == 2]
    longest = max(lines, key=lambda points: float(np.ptp(points[:, 0])) * (np.ptp(points[:, 1]) < 1e-3))
    return sorted(panel.x.values(longest[:, 0]).tolist())


@pytest.mark.parametrize("measure", ["mean_delay_s", "mean_stops", "arterial_on_green"])
def test_each_run_stands_at_its_value_in_its_row(change: Comparison, measure: str) -> None:
    drawing, scale = drawn(lambda: plot_intervals(change, measure)), MEASURES[measure].scale
    for gid, found in ((BEFORE_ID, change.before), (AFTER_ID, change.after)):
        assert runs(drawing, gid) == pytest.approx(scale * np.array(found.values(measure)), rel=1e-4)
    (group,) = drawing.groups("axes_1")
    rows = drawing.ticks(group, "ytick_")
    assert [words for _, words in rows] == ["mean", *(f"seed {seed}" for seed in SEEDS)]
    assert [at for at, _ in rows[1:]] == pytest.approx(sorted(drawing.marks(BEFORE_ID)[:, 1]), abs=0.05)


@pytest.mark.parametrize("measure", ["mean_delay_s", "arterial_on_green"])
def test_the_interval_lies_about_the_mean_after(change: Comparison, measure: str) -> None:
    drawing, scale = drawn(lambda: plot_intervals(change, measure)), MEASURES[measure].scale
    low, high = change[measure].ci95 or (0.0, 0.0)
    base = change.before.mean(measure)
    assert far_ends(drawing) == pytest.approx([scale * (base + low), scale * (base + high)], rel=1e-4)


def test_a_run_that_is_drawn_elsewhere_is_found(change: Comparison) -> None:
    wrong = compare(change.before, evaluation("new", 41.0, 44.0, 40.0, 43.6))
    seen = runs(drawn(lambda: plot_intervals(wrong)), AFTER_ID)
    assert seen != pytest.approx(np.array(change.after.values("mean_delay_s")), rel=1e-4)


def test_the_way_of_a_search_is_its_steps_and_the_least_so_far() -> None:
    drawing = drawn(lambda: plot_history(HISTORY))
    panel = drawing.panel()
    tried = panel.data(drawing.marks(TRIED_ID))
    assert tried == pytest.approx(np.array([(step.at_s, step.objective) for step in HISTORY]), abs=0.01)
    (points,) = drawing.shapes(LEAST_ID)
    stairs = panel.data(points)
    for at_s, least in ((0.5, 49.0), (2.0, 44.0), (4.0, 44.0), (5.4, 44.0)):
        after = int(np.searchsorted(stairs[:, 0], at_s))
        assert stairs[after - 1, 1] == pytest.approx(least, abs=0.01)
    assert stairs[-1].tolist() == pytest.approx([5.5, 40.5], abs=0.01)
    assert drawing.groups(BOUND_ID) == []


def test_a_bound_is_a_line_with_its_name() -> None:
    drawing = drawn(lambda: plot_history(HISTORY, bound=36.25, bound_label="no plan is below"))
    (line,) = drawing.shapes(BOUND_ID)
    assert drawing.panel().data(line)[:, 1] == pytest.approx(36.25, abs=0.01)
    legend = drawing.ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()][-1] == "no plan is below"


def test_every_compared_measure_has_a_label_with_a_unit() -> None:
    assert set(COMPARED) <= set(MEASURES)
    assert all(measure.label.endswith(f"[{measure.unit}]") for measure in MEASURES.values())


def test_words_can_be_read(change: Comparison) -> None:
    names = ("field plan", "tried plan (rejected)")
    check_words(drawn(lambda: plot_intervals(change, names=names)))
    check_words(drawn(lambda: plot_intervals(change, "arterial_on_green")))
    check_words(drawn(lambda: plot_history(HISTORY, label="Model's objective [s/veh]", bound=36.0)))

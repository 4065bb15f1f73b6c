"""Changes and delays of a batch, read back."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.plots.labels import check_words
from tests.unit.plots.svg_reading import Drawing, drawn
from trafficopt.comparison import compare
from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.reporting.plots.batch_plots import COLORS, CellFigures, plot_changes, plot_delay_by_demand
from trafficopt.units import FloatArray

METHODS = ("shipped", "optimize", "plan:night.json")
DEMANDS = (0.8, 1.0, 1.2)


def evaluation(base_s: float) -> Evaluation:
    delays = (base_s - 1.0, base_s, base_s + 1.5)
    runs = [SeedResult(k, 100, 90, 10, 0, s, 1.0, 20.0, 0.5, 0, 0, 0) for k, s in enumerate(delays, start=1)]
    return Evaluation("made up", tuple(runs))


def cell(method: str, demand: float) -> CellFigures:
    base_s = (40.0 + 30.0 * (demand - 0.8)) * (1.0, 0.75, 1.1)[METHODS.index(method)]
    field, found = evaluation(40.0 + 30.0 * (demand - 0.8)), evaluation(base_s)
    changes = {} if method == "shipped" else compare(field, found).changes
    return CellFigures("town", method, demand, 0, 0, found, (base_s - 2.0, base_s + 3.0), changes)


CELLS = [cell(method, demand) for method in METHODS for demand in DEMANDS]


@pytest.fixture(scope="module")
def changes() -> Drawing:
    return drawn(lambda: plot_changes(CELLS))


@pytest.fixture(scope="module")
def delays() -> Drawing:
    return drawn(lambda: plot_delay_by_demand(CELLS))


def across(drawing: Drawing, pixels: FloatArray) -> FloatArray:
    axis = drawing.panel().x
    assert axis is not None
    return axis.values(pixels)


def test_each_cell_stands_at_its_change_with_its_interval(changes: Drawing) -> None:
    (group,) = changes.groups("axes_1")
    rows = changes.ticks(group, "ytick_")
    told = [each for each in CELLS if each.changes]
    assert [words for _, words in rows] == [f"{each.method} · {each.demand:g}" for each in told]
    for color, method in zip(COLORS[1:], METHODS[1:], strict=False):
        own = [each.changes["mean_delay_s"] for each in told if each.method == method]
        dots = changes.dots(color)
        assert np.unique(np.round(across(changes, dots[:, 0]), 2)) == pytest.approx(
            np.unique([round(change.percent, 2) for change in own]), abs=0.02
        )
        lines = [p for p in changes.stroked(color) if len(p) == 2]
        ends = [sorted(across(changes, points[:, 0]).tolist()) for points in lines]
        scaled = [[limit * c.percent / c.mean for limit in c.ci95 or ()] for c in own]
        assert np.array(ends) == pytest.approx(np.array([sorted(pair) for pair in scaled]), abs=0.05)


def test_a_percent_that_is_one_off_is_found(changes: Drawing) -> None:
    percents = across(changes, changes.dots(COLORS[1])[:, 0])
    change = CELLS[3].changes["mean_delay_s"]
    assert np.isclose(percents, change.percent, atol=0.02).any()
    assert not np.isclose(percents, change.percent + 1.0, atol=0.02).any()


def test_delays_stand_at_their_demand_with_their_interval(delays: Drawing) -> None:
    panel = delays.panel()
    for color, method in zip(COLORS, METHODS, strict=False):
        own = [each for each in CELLS if each.method == method]
        points = panel.data(delays.dots(color))
        told = np.array([(each.demand, each.totals["mean_delay_s"]) for each in own])
        assert points == pytest.approx(told, abs=0.01)
        upright = [p for p in delays.stroked(color) if len(p) == 2 and np.ptp(p[:, 0]) < 1e-3]
        ends = [sorted(panel.data(line)[:, 1].tolist()) for line in upright]
        assert np.array(ends) == pytest.approx(np.array([each.interval_s for each in own]), abs=0.01)


def test_words_can_be_read(changes: Drawing, delays: Drawing) -> None:
    check_words(changes)
    check_words(delays)

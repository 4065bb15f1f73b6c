"""Plans under several demands, read back: values with intervals, and regret."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.plots.labels import check_words
from tests.unit.plots.svg_reading import Drawing, drawn
from tests.unit.test_robustness import demand
from trafficopt.reporting.plots.canvas import BLUE, INK, ORANGE
from trafficopt.reporting.plots.robust_plots import STYLES, plot_demands, plot_regret
from trafficopt.risk import MEAN
from trafficopt.robustness import FIELD, NEW, NOMINAL, Robustness
from trafficopt.units import FloatArray

LIGHT = demand("x0.8", 1527, field=50.0, new=40.0, nominal=38.0, own=35.0)
USUAL = demand("x1", 1909, field=57.0, new=49.0, nominal=46.5, own=46.5)
HEAVY = demand("x1.2", 2291, field=70.0, new=60.0, nominal=66.0, own=61.0)
FOUND = Robustness(MEAN, (LIGHT, USUAL, HEAVY))
HALF_S = 4.302653 / np.sqrt(3.0)  # t(0.975, 2) s / sqrt(n) of three runs one second apart


def heights(drawing: Drawing, pixels: FloatArray) -> list[float]:
    axis = drawing.panel().y
    assert axis is not None
    return axis.values(pixels).tolist()


@pytest.mark.parametrize("name", [FIELD, NEW, NOMINAL])
def test_each_plan_stands_at_its_mean_under_each_demand(name: str) -> None:
    drawing = drawn(lambda: plot_demands(FOUND))
    points = drawing.dots(STYLES[name][0])
    marks = points[np.argsort(points[:, 0])]
    values = np.array(heights(drawing, marks[:, 1]))
    told = [outcome.plans[name].mean_s for outcome in FOUND.demands]
    assert sorted(set(np.round(values, 3))) == pytest.approx(sorted(set(told)), abs=0.01)
    order = [float(values[abs(marks[:, 0] - x).argmin()]) for x in columns(drawing)]
    assert order == pytest.approx(told, abs=0.01)


def columns(drawing: Drawing) -> list[float]:
    """Pixel of each demand."""
    (group,) = drawing.groups("axes_1")
    return [at for at, _ in drawing.ticks(group, "xtick_")]


def test_intervals_are_those_of_each_mean() -> None:
    drawing = drawn(lambda: plot_demands(FOUND))
    lines = [points for points in drawing.stroked(ORANGE) if len(points) == 2 and np.ptp(points[:, 0]) < 1e-3]
    ends = sorted(sorted(heights(drawing, points[:, 1])) for points in lines)
    told = [[d.plans[FIELD].mean_s - HALF_S, d.plans[FIELD].mean_s + HALF_S] for d in FOUND.demands]
    assert np.array(ends) == pytest.approx(np.array(told), abs=0.01)


def test_bars_are_as_high_as_the_regret() -> None:
    drawing = drawn(lambda: plot_regret(FOUND))
    for name, color in ((NOMINAL, INK), (NEW, BLUE)):
        bars = sorted(drawing.filled(color), key=lambda points: float(points[:, 0].min()))
        tops = [max(heights(drawing, points[:, 1])) for points in bars]
        assert tops == pytest.approx([outcome.regret(name).mean for outcome in FOUND.demands], abs=0.01)
        assert [min(heights(drawing, points[:, 1])) for points in bars] == pytest.approx([0.0] * 3, abs=0.01)


def test_a_value_that_is_a_second_off_is_found() -> None:
    other = demand("x1", 1909, field=57.0, new=50.0, nominal=46.5, own=46.5)
    drawing = drawn(lambda: plot_demands(Robustness(MEAN, (LIGHT, other, HEAVY))))
    values = heights(drawing, drawing.dots(STYLES[NEW][0])[:, 1])
    assert not np.isclose(values, USUAL.plans[NEW].mean_s, atol=0.1).any()


def test_words_can_be_read() -> None:
    check_words(drawn(lambda: plot_demands(FOUND)))
    check_words(drawn(lambda: plot_regret(FOUND)))

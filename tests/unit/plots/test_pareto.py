"""Delay and stops of a Pareto set, read back."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.plots.labels import check_words
from tests.unit.plots.svg_reading import Drawing, drawn
from trafficopt.objective import Objective, Performance
from trafficopt.plan import TimingPlan
from trafficopt.reporting.plots.canvas import BLUE, ORANGE
from trafficopt.reporting.plots.pareto import plot_pareto
from trafficopt.result import Result, Status

FIELD = Performance(delay_s=49.5, stops=1.93)
FOUND = {0.0: (36.2, 1.81), 10.0: (37.0, 1.62), 40.0: (41.3, 1.475)}


def result(stop_s: float, delay_s: float, stops: float) -> Result:
    return Result(
        TimingPlan("made up", {}),
        Status.IMPROVED,
        "",
        50.0,
        40.0,
        (),
        1,
        1.0,
        objective=Objective(stop_s=stop_s),
        performance_before=FIELD,
        performance_after=Performance(delay_s=delay_s, stops=stops),
    )


def front() -> Drawing:
    return drawn(lambda: plot_pareto([result(stop_s, *both) for stop_s, both in FOUND.items()]))


def test_each_plan_stands_at_its_delay_and_its_stops() -> None:
    drawing = front()
    panel = drawing.panel()
    assert panel.data(drawing.dots(BLUE)) == pytest.approx(np.array([*FOUND.values()]), abs=0.01)
    assert panel.data(drawing.dots(ORANGE)) == pytest.approx(np.array([(49.5, 1.93)]), abs=0.01)


def test_what_a_stop_counted_stands_beside_its_plan() -> None:
    drawing = front()
    assert [text.get_text() for text in drawing.ax.texts] == [f"{stop_s:g} s" for stop_s in FOUND]
    for text, point in zip(drawing.ax.texts, FOUND.values(), strict=True):
        x, y = drawing.ax.transData.transform(point)
        box = text.get_window_extent()
        assert 0.0 < box.x0 - x < 20.0 and box.y0 - 15.0 < y < box.y1 + 15.0


def test_words_can_be_read() -> None:
    check_words(front())

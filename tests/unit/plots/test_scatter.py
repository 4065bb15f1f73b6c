"""The queue model against SUMO, read back from two logarithmic axes."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from tests.unit.plots.labels import check_words
from tests.unit.plots.svg_reading import Drawing, drawn
from trafficopt.model.queues.estimate import QueueEstimate
from trafficopt.model.reconciliation import Pair, Reconciliation, Row
from trafficopt.problem import Problem
from trafficopt.reporting.plots.canvas import BLUE, GRAY, INK, ORANGE
from trafficopt.reporting.plots.scatter import AREA_PER_VEHICLE, LEAST_S, plot_reconciliation
from trafficopt.units import FloatArray


def rows(street: Problem, shift: float = 0.0) -> tuple[Row, ...]:
    """A made-up answer for each movement of the street that somebody drives."""
    chance, found = np.random.default_rng(2), []
    for movement, flow in zip(street.movements, street.flow_veh_h, strict=True):
        n, sumo_s = max(1.0, round(flow / 2.0)), 2.0 + 60.0 * chance.random()
        model_s = sumo_s * float(np.exp(0.3 * chance.normal())) + shift
        total = Pair(n * model_s, n * sumo_s)
        found.append(Row((movement.from_link, movement.to_link), Pair(n, n), total, abs(total.difference)))
    lost = sum(row.share for row in found)
    shared = [Row(row.links, row.vehicles, row.total_s, row.share / lost) for row in found]
    return tuple(sorted(shared, key=lambda row: -row.share))


def reconciliation(found: tuple[Row, ...]) -> Reconciliation:
    unknown = cast(QueueEstimate, None)
    return Reconciliation("field", (1, 2), 1800.0, unknown, Pair(50.0, 48.0), found, (), (), 0.83, 0.9)


@pytest.fixture(scope="module")
def drawing(street: Problem) -> Drawing:
    return drawn(lambda: plot_reconciliation(reconciliation(rows(street))))


def expected(found: tuple[Row, ...]) -> FloatArray:
    """Delays in SUMO and in the model [s], as the axes have them."""
    return np.maximum([(row.delay_s.sumo, row.delay_s.model) for row in found], LEAST_S)


def test_each_movement_stands_at_its_two_delays(street: Problem, drawing: Drawing) -> None:
    panel, found = drawing.panel(), rows(street)
    assert panel.x is not None and panel.x.is_log and panel.y is not None and panel.y.is_log
    worst, others = (panel.data(drawing.dots(color)) for color in (ORANGE, BLUE))
    assert worst == pytest.approx(expected(found[:10]), rel=1e-3)
    told = np.array(sorted(expected(found[10:]).tolist()))
    assert np.array(sorted(others.tolist())) == pytest.approx(told, rel=1e-3)


def test_a_delay_that_is_a_second_off_is_found(street: Problem, drawing: Drawing) -> None:
    worst = drawing.panel().data(drawing.dots(ORANGE))
    assert worst != pytest.approx(expected(rows(street, shift=1.0)[:10]), rel=1e-3)


def test_areas_are_vehicles(street: Problem, drawing: Drawing) -> None:
    found = rows(street)[:10]
    shapes = drawing.filled(ORANGE)[:10]
    for row, shape in zip(found, shapes, strict=True):
        points = np.ptp(shape[:, 0])  # an SVG of this figure has 72 pixels an inch
        area = max(AREA_PER_VEHICLE * row.vehicles.sumo, 4.0)
        assert points == pytest.approx(np.sqrt(area), rel=0.02)


def test_lines_are_agreement_and_half_and_twice_of_it(drawing: Drawing) -> None:
    panel = drawing.panel()
    (same,) = [panel.data(points) for points in drawing.stroked(INK) if len(points) == 2]
    assert same[:, 0] == pytest.approx(same[:, 1], rel=1e-3)
    lines = [panel.data(points) for points in drawing.stroked(GRAY) if len(points) == 2]
    ratios = sorted(float(line[0, 1] / line[0, 0]) for line in lines)
    assert ratios == pytest.approx([0.5, 2.0], rel=1e-2)


def test_numbers_stand_at_their_dots(street: Problem, drawing: Drawing) -> None:
    points = expected(rows(street)[:10])
    numbers = [text for text in drawing.ax.texts if text.get_text().isdecimal()]
    assert [text.get_text() for text in numbers] == [str(k + 1) for k in range(10)]
    for text, point in zip(numbers, points, strict=True):
        assert text.xy == pytest.approx(tuple(point))  # type: ignore[attr-defined]


def test_words_can_be_read(drawing: Drawing) -> None:
    check_words(drawing)

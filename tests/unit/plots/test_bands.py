"""Diagrams of bands on the example street, against what its signals show with these offsets."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.plots.labels import check_words
from tests.unit.plots.shown import is_green, later, moved
from tests.unit.plots.svg_reading import Drawing, covers, drawn, spans
from trafficopt.model.arterial_corridor import arterial_corridor
from trafficopt.model.arterial_ways import Direction, arterial_links, through_movement
from trafficopt.model.band_plan import BandPlan
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.reporting.plots.band_diagram import plot_bands
from trafficopt.reporting.plots.band_shapes import stop_lines_m
from trafficopt.search.bands.design import design_bands
from trafficopt.units import FloatArray

OUT, IN = Direction


@pytest.fixture(scope="module")
def found(street: Problem) -> BandPlan:
    arterial = street.network.arterials[0]
    return design_bands(arterial_corridor(arterial, street.network, street.field_plan), "partition")


@pytest.fixture(scope="module")
def waves(street: Problem, found: BandPlan) -> TimingPlan:
    """The offsets of the bands as a plan of the signals."""
    arterial = street.network.arterials[0]
    pairs = zip(arterial.intersections, found.offset_s.tolist(), strict=True)
    return moved(street.field_plan, **dict(pairs))


@pytest.fixture(scope="module", params=[False, True], ids=["time to the right", "time upward"])
def drawing(request: pytest.FixtureRequest, found: BandPlan) -> Drawing:
    return drawn(lambda: plot_bands(found, time_upward=request.param))


def shapes(drawing: Drawing, gid: str) -> list[FloatArray]:
    """Corners as time [s] and distance [m], whichever of them is upward."""
    turned = -1 if drawing.ax.get_ylabel() == "Time [s]" else 1
    return [drawing.panel().data(points)[:, ::turned] for points in drawing.shapes(gid)]


def heads(street: Problem, signal: int, direction: Direction) -> tuple[int, ...]:
    arterial = street.network.arterials[0]
    node = street.network[arterial.intersections[signal]]
    movement = through_movement(node, *arterial_links(arterial, signal, direction))
    assert movement is not None
    return movement.heads


def misplaced(
    drawing: Drawing, street: Problem, found: BandPlan, plan: TimingPlan
) -> set[tuple[str, Direction]]:
    """Signals whose bars are not where they are red, looked at twice a second."""
    wrong = set()
    for direction in Direction:
        bars = shapes(drawing, f"red-{direction}")
        for k, line_m in enumerate(stop_lines_m(found.corridor).tolist()):
            key = street.network.arterials[0].intersections[k]
            near = [bar for bar in bars if np.any(abs(bar[:, 1] - line_m) < 0.2)]
            beside = 1.0 if direction is OUT else -1.0
            own = [bar for bar in near if np.all(beside * (bar[:, 1] - line_m) > -0.2)]
            reds = [(float(bar[:, 0].min()), float(bar[:, 0].max())) for bar in own]
            for at_s in np.arange(0.25, 200.0, 0.5).tolist():
                if covers(reds, at_s) == is_green(plan[key], heads(street, k, direction), at_s):
                    wrong.add((key, direction))
    return wrong


def test_red_bars_lie_where_the_signals_are_red(
    street: Problem, drawing: Drawing, found: BandPlan, waves: TimingPlan
) -> None:
    assert misplaced(drawing, street, found, waves) == set()


@pytest.mark.parametrize("by_s", [1.0, -1.0])
def test_an_offset_that_is_wrong_by_one_second_is_found(
    street: Problem, drawing: Drawing, found: BandPlan, waves: TimingPlan, by_s: float
) -> None:
    wrong = later(waves, "M4", by_s)
    assert misplaced(drawing, street, found, wrong) == {("M4", OUT), ("M4", IN)}


def test_both_edges_of_bands_pass_the_stop_lines_on_green(
    street: Problem, drawing: Drawing, found: BandPlan, waves: TimingPlan
) -> None:
    n = 0
    for direction in Direction:
        travel_s = found.corridor.travel_s(direction)
        for band in shapes(drawing, f"band-{direction}"):
            starts = set()
            for k, line_m in enumerate(stop_lines_m(found.corridor).tolist()):
                times = band[abs(band[:, 1] - line_m) < 0.2, 0]
                if not len(times):
                    continue
                starts.add(round(float(times.min() - travel_s[k]), 2))
                key = street.network.arterials[0].intersections[k]
                for at_s in (float(times.min()) + 0.02, float(times.max()) - 0.02):
                    n += 1
                    assert is_green(waves[key], heads(street, k, direction), at_s)
            assert np.ptp(list(starts)) < 0.05  # driven in the travel times
    assert n > 20


def test_cycles_begin_a_cycle_apart(drawing: Drawing, found: BandPlan) -> None:
    begins = sorted(float(line[0, 0]) for line in shapes(drawing, "cycles"))
    assert begins == pytest.approx([found.cycle_s * (k + 1) for k in range(len(begins))], abs=0.05)
    assert spans(drawing.panel(), drawing.shapes("red-outbound"))


def test_words_can_be_read(drawing: Drawing) -> None:
    check_words(drawing)

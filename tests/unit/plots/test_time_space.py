"""Time-space diagrams of the example street: reds where signals are red, bands where progression has them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.plots.labels import check_words
from tests.unit.plots.shown import is_green, later, moved
from tests.unit.plots.svg_reading import Drawing, covers, drawn, spans
from trafficopt.model.arterial_ways import Direction, arterial_links, stop_line_positions, through_movement
from trafficopt.model.band_sections import band_sections
from trafficopt.model.progression import progress
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.reporting.plots.canvas import INK
from trafficopt.reporting.plots.inline_svg import figure_style, inline_svg
from trafficopt.reporting.plots.time_space import COLORS, REDS, plot_time_space
from trafficopt.units import FloatArray

OUT, IN = Direction
WAVE_S = {"M1": 0.0, "M2": 19.0, "M3": 45.0, "M4": 65.0, "M5": 95.0}


def diagram(street: Problem, plan: TimingPlan) -> Drawing:
    return drawn(lambda: plot_time_space(street.network.arterials[0], street.network, plan))


def heads(street: Problem, signal: int, direction: Direction) -> tuple[int, ...]:
    arterial = street.network.arterials[0]
    node = street.network[arterial.intersections[signal]]
    movement = through_movement(node, *arterial_links(arterial, signal, direction))
    assert movement is not None
    return movement.heads


def bars(drawing: Drawing, street: Problem, signal: int, direction: Direction) -> list[tuple[float, float]]:
    """Reds beside the stop line of a signal [s]: outbound ones beyond it, inbound ones before it."""
    panel = drawing.panel()
    line_m = stop_line_positions(street.network.arterials[0], street.network)[signal]
    found = []
    for corners in drawing.filled(REDS[direction]):
        at_m = panel.data(corners)[:, 1]
        if abs((at_m.min() if direction is OUT else at_m.max()) - line_m) < 0.1:
            found.append(corners)
    return spans(panel, found)


def misplaced(drawing: Drawing, street: Problem, plan: TimingPlan) -> set[tuple[str, Direction]]:
    """Signals and directions whose bars are not where they are red, looked at twice a second."""
    found = set()
    for direction in Direction:
        for k, key in enumerate(street.network.arterials[0].intersections):
            red = bars(drawing, street, k, direction)
            for at_s in np.arange(0.25, 300.0, 0.5).tolist():
                if covers(red, at_s) == is_green(plan[key], heads(street, k, direction), at_s):
                    found.add((key, direction))
    return found


def bands(drawing: Drawing, direction: Direction) -> list[FloatArray]:
    """Corners of each band as time [s] and distance [m]."""
    panel = drawing.panel()
    return [panel.data(corners) for corners in drawing.filled(COLORS[direction])]


def at_line(band: FloatArray, line_m: float) -> tuple[float, float] | None:
    """When a band begins and ends at a stop line [s]."""
    times = band[abs(band[:, 1] - line_m) < 0.1, 0]
    return (float(times.min()), float(times.max())) if len(times) else None


def wrong_bands(drawing: Drawing, street: Problem, plan: TimingPlan) -> set[tuple[str, Direction]]:
    """Signals at which the edges of a band are not within green."""
    found = set()
    lines_m = stop_line_positions(street.network.arterials[0], street.network).tolist()
    for direction in Direction:
        for band in bands(drawing, direction):
            for k, key in enumerate(street.network.arterials[0].intersections):
                if (edges := at_line(band, lines_m[k])) is None:
                    continue
                for at_s in (edges[0] + 0.01, edges[1] - 0.01):
                    if not is_green(plan[key], heads(street, k, direction), at_s):
                        found.add((key, direction))
    return found


def test_red_bars_begin_and_end_where_the_signal_does(street: Problem, plan: TimingPlan) -> None:
    drawing = diagram(street, plan)
    assert misplaced(drawing, street, plan) == set()
    for k, key in enumerate(street.network.arterials[0].intersections):
        for direction in Direction:
            edges = np.ravel(bars(drawing, street, k, direction)).tolist()
            assert edges
            for at_s in edges:
                both = [is_green(plan[key], heads(street, k, direction), at_s + d) for d in (-0.01, 0.01)]
                assert at_s in (pytest.approx(0.0, abs=1e-3), pytest.approx(300.0)) or both[0] != both[1]


@pytest.mark.parametrize(("signal", "by_s"), [("M1", 1.0), ("M3", -1.0), ("M4", 1.0)])
def test_an_offset_that_is_wrong_by_one_second_is_found(
    street: Problem, plan: TimingPlan, signal: str, by_s: float
) -> None:
    drawing, wrong = diagram(street, plan), later(plan, signal, by_s)
    assert misplaced(drawing, street, wrong) == {(signal, OUT), (signal, IN)}
    assert misplaced(diagram(street, wrong), street, wrong) == set()


@pytest.mark.parametrize("offsets_s", [{}, WAVE_S, {"M1": 0.0, "M2": 37.0, "M3": 61.0, "M4": 12.5}])
def test_bands_lie_where_progression_has_them(street: Problem, offsets_s: dict[str, float]) -> None:
    plan = moved(street.field_plan, **offsets_s)
    drawing, (arterial,) = diagram(street, plan), street.network.arterials
    lines_m = stop_line_positions(arterial, street.network)
    for direction in Direction:
        found = progress(arterial, street.network, plan, direction)
        expected = {
            (section.first, section.last): section.band.start_s + found.travel_s
            for section in band_sections(found)
        }
        widths_s = {(each.first, each.last): each.band.width_s for each in band_sections(found)}
        seen = set()
        for band in bands(drawing, direction):
            here = [k for k, line_m in enumerate(lines_m.tolist()) if at_line(band, line_m)]
            ends = (here[0], here[-1])
            seen.add(ends)
            for k in here:
                first, last = at_line(band, float(lines_m[k])) or (0.0, 0.0)
                cycles = (first - expected[ends][k]) / 100.0
                assert cycles == pytest.approx(round(cycles), abs=1e-4)
                assert last - first == pytest.approx(widths_s[ends], abs=1e-3)
        assert seen == set(expected)
    assert wrong_bands(drawing, street, plan) == set()


def test_a_band_through_all_signals_is_drawn_and_a_wrong_offset_breaks_it(street: Problem) -> None:
    plan = moved(street.field_plan, **WAVE_S)
    drawing = diagram(street, plan)
    band = progress(street.network.arterials[0], street.network, plan, OUT).band
    assert band is not None and band.width_s > 5.0
    assert f"band outbound {band.width_s:.1f} s" in drawing.ax.get_title("left")
    # The signal whose green begins last is the one that the band's front touches: a second more is red.
    broken = {key for key in plan if (key, OUT) in wrong_bands(drawing, street, later(plan, key, 1.0))}
    assert broken
    assert wrong_bands(diagram(street, later(plan, "M3", 1.0)), street, later(plan, "M3", 1.0)) == set()


def test_vehicles_are_drawn_where_they_were_in_the_cycle(street: Problem, plan: TimingPlan) -> None:
    times_s, ways_m = np.array([28795.0, 28830.0, 28910.0]), np.array([0.0, 0.0, 600.0])
    arterial = street.network.arterials[0]
    drawing = drawn(lambda: plot_time_space(arterial, street.network, plan, traces=[(times_s, ways_m)]))
    (line,) = [points for points in drawing.stroked(INK) if len(points) == 3]
    seen = drawing.panel().data(line)
    assert seen[:, 0] == pytest.approx(times_s - 28800.0, abs=1e-3)
    assert seen[:, 1] == pytest.approx(ways_m, abs=0.01)


def test_the_figure_of_a_page_shows_the_same(street: Problem, plan: TimingPlan) -> None:
    drawing = diagram(street, plan)
    with figure_style():
        page = Drawing(inline_svg(drawing.figure, "x", "made up"), drawing.ax)
    for color in REDS.values():
        pairs = zip(page.filled(color, legends=True), drawing.filled(color, legends=True), strict=True)
        assert all(np.allclose(short, full, atol=0.02) for short, full in pairs)


@pytest.mark.parametrize("offsets_s", [{}, WAVE_S])
def test_words_can_be_read(street: Problem, offsets_s: dict[str, float]) -> None:
    check_words(diagram(street, moved(street.field_plan, **offsets_s)))

"""Purdue coordination diagrams: dots where vehicles came, lines where the signal turns."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.plots.labels import check_words
from tests.unit.plots.shown import is_green, later, movement_of
from tests.unit.plots.svg_reading import Drawing, drawn
from trafficopt.errors import InputError
from trafficopt.model.cycle_arrivals import cycle_arrivals
from trafficopt.model.queues.passages import Passages
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem
from trafficopt.reporting.plots.coordination_diagram import (
    CYCLE_LINE,
    DOTS,
    GREEN_LINE,
    NOBODY,
    plot_coordination_diagram,
)
from trafficopt.stage import Interval, Stage
from trafficopt.units import FloatArray

MOVEMENTS = ["e1_stop->e2", "w4_stop->w3", "e1_stop->n2_out", "s3_in_stop->e3"]
BEGIN_S = 28800.0


def diagram(street: Problem, passages: Passages, plan: TimingPlan, movement: str) -> Drawing:
    signal, _ = movement_of(street.network, movement)
    node = street.network[signal]
    return drawn(lambda: plot_coordination_diagram(passages, node, movement, plan, begin_s=BEGIN_S))


def dots(drawing: Drawing, on_green: bool) -> FloatArray:
    """Time of day and time in the cycle of each dot [s], shape (n, 2)."""
    return drawing.panel().data(drawing.marks(DOTS[on_green]))


def lines(drawing: Drawing, gid: str) -> list[float]:
    """Time in the cycle of each level line of an id [s]."""
    return [float(drawing.panel().data(points)[0, 1]) for points in drawing.shapes(gid)]


def wrong_dots(drawing: Drawing, street: Problem, plan: TimingPlan, movement: str) -> int:
    """Dots that are not on the side, or not at the height, that the signal has them."""
    signal, found = movement_of(street.network, movement)
    timing, n_wrong = plan[signal], 0
    for on_green in (True, False):
        for at_s, in_cycle_s in dots(drawing, on_green).tolist():
            begins_s = at_s - in_cycle_s
            turns = [is_green(timing, found.heads, begins_s + more) for more in (-0.05, 0.05)]
            n_wrong += turns != [True, False] or is_green(timing, found.heads, at_s + 1e-4) != on_green
    return n_wrong


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_each_arrival_is_a_dot_at_its_time_since_green_ended(
    street: Problem, passages: Passages, plan: TimingPlan, movement: str
) -> None:
    drawing = diagram(street, passages, plan, movement)
    _, found = movement_of(street.network, movement)
    came = passages.reached_s[passages.movement == passages.movements.index((found.from_link, found.to_link))]
    seen = np.concatenate([dots(drawing, True), dots(drawing, False)])
    assert np.sort(seen[:, 0]) == pytest.approx(np.sort(came) + BEGIN_S, abs=0.01)
    assert wrong_dots(drawing, street, plan, movement) == 0


@pytest.mark.parametrize("by_s", [1.0, -1.0])
def test_an_offset_that_is_wrong_by_one_second_is_found(
    street: Problem, passages: Passages, plan: TimingPlan, by_s: float
) -> None:
    drawing, wrong = diagram(street, passages, plan, MOVEMENTS[0]), later(plan, "M2", by_s)
    n = len(dots(drawing, True)) + len(dots(drawing, False))
    assert wrong_dots(drawing, street, wrong, MOVEMENTS[0]) == n
    assert wrong_dots(diagram(street, passages, wrong, MOVEMENTS[0]), street, wrong, MOVEMENTS[0]) == 0


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_lines_are_where_green_begins_and_the_cycle_ends(
    street: Problem, passages: Passages, plan: TimingPlan, movement: str
) -> None:
    drawing = diagram(street, passages, plan, movement)
    signal, found = movement_of(street.network, movement)
    at_s, in_cycle_s = dots(drawing, True)[0].tolist()
    (green_s,), (end_s,) = lines(drawing, GREEN_LINE), lines(drawing, CYCLE_LINE)
    for level_s, turns in ((green_s, [False, True]), (end_s, [True, False])):
        moment_s = at_s - in_cycle_s + level_s
        assert [is_green(plan[signal], found.heads, moment_s + d) for d in (-0.05, 0.05)] == turns
    assert end_s == pytest.approx(plan[signal].cycle_s, abs=1e-3)
    assert np.all(dots(drawing, True)[:, 1] >= green_s - 1e-3)
    assert np.all(dots(drawing, False)[:, 1] <= green_s + 1e-3)


def test_the_title_tells_the_share_that_is_drawn_and_that_the_queue_model_counts(
    street: Problem, passages: Passages, plan: TimingPlan
) -> None:
    movement = MOVEMENTS[0]
    drawing = diagram(street, passages, plan, movement)
    n_green, n_red = (len(dots(drawing, on_green)) for on_green in (True, False))
    share = 100 * n_green / (n_green + n_red)
    assert f"{share:.0f} % of {n_green + n_red} arrivals on green" in drawing.ax.get_title("left")
    _, found = movement_of(street.network, movement)
    index = passages.movements.index((found.from_link, found.to_link))
    assert passages.arrivals_on_green()[index] == pytest.approx(share / 100)
    assert f"platoon ratio {share / 40:.2f}" in drawing.ax.get_title("left")


def test_time_of_day_is_told_by_the_clock(street: Problem, passages: Passages, plan: TimingPlan) -> None:
    axis = diagram(street, passages, plan, MOVEMENTS[0]).panel().x
    assert axis is not None
    assert [words for _, words in axis.ticks] == [f"08:{minute:02d}" for minute in range(0, 31, 5)]


def made(*reached_s: float) -> Passages:
    n, reached = len(reached_s), np.array(reached_s)
    return Passages((("e1_stop", "e2"),), np.zeros(n, np.int64), reached, reached.copy(), np.ones(n, bool))


def test_a_cycle_begins_as_the_longest_of_two_greens_ends(street: Problem) -> None:
    node, heads = street.network["M2"], movement_of(street.network, "e1_stop->e2")[1].heads
    on = "".join("G" if k in heads else "r" for k in range(node.n_heads))
    off = "r" * node.n_heads
    stages = (Stage(on, ()), Stage(off, ()), Stage(on, (Interval(off, 5.0),)))
    timing = SignalTiming(stages, (30.0, 15.0, 10.0), 60.0, 10.0)
    found = cycle_arrivals(made(0.0, 40.0, 41.0, 56.0), node, "e1_stop->e2", timing, begin_s=0.0)
    assert found.greens == ((15.0, 10.0), (30.0, 30.0))  # 40 s to 55 s red, to 65 s green, to 70 s red
    assert found.in_cycle_s == pytest.approx([20.0, 0.0, 1.0, 16.0], abs=1e-6)
    assert found.on_green.tolist() == [True, False, False, True]
    assert (found.green_share, found.on_green_share) == pytest.approx((40 / 60, 0.5))


@pytest.mark.parametrize(("letter", "share"), [("G", 1.0), ("r", 0.0)])
def test_a_movement_that_is_always_or_never_green_has_the_cycle_of_the_offset(
    street: Problem, letter: str, share: float
) -> None:
    timing = SignalTiming((Stage(letter * street.network["M2"].n_heads, ()),), (60.0,), 60.0, 10.0)
    found = cycle_arrivals(made(12.0, 65.0), street.network["M2"], "e1_stop->e2", timing, begin_s=0.0)
    assert found.in_cycle_s == pytest.approx([2.0, 55.0])
    assert found.on_green_share == share
    assert np.isnan(found.platoon_ratio) == (share == 0.0)


def test_a_movement_that_nobody_drives_has_lines_and_no_dots(street: Problem, plan: TimingPlan) -> None:
    drawing = diagram(street, made(), plan, MOVEMENTS[0])
    assert NOBODY in drawing.ax.get_title("left")
    assert lines(drawing, GREEN_LINE) == pytest.approx([60.0])


def test_what_is_not_there_is_told(street: Problem, passages: Passages, plan: TimingPlan) -> None:
    with pytest.raises(InputError, match="e1_stop->e2"):
        cycle_arrivals(passages, street.network["M2"], "e1_stop->w2", plan["M2"], BEGIN_S)
    with pytest.raises(InputError, match="of this network"):
        cycle_arrivals(made(1.0), street.network["M2"], "e1_stop->n2_out", plan["M2"], BEGIN_S)


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_words_can_be_read(street: Problem, passages: Passages, plan: TimingPlan, movement: str) -> None:
    check_words(diagram(street, passages, plan, movement))

"""Transitions between two timings of a signal: figures by hand, and what holds for any two timings."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from trafficopt.errors import InfeasibleError, InputError
from trafficopt.plan import SignalTiming
from trafficopt.signals.plan_transition import Transition, first_begin_s, plan_transition
from trafficopt.stage import Interval, Stage

MAIN = Stage("Gr", (Interval("yr", 3.0),), 5.0)
CROSS = Stage("rG", (Interval("ry", 3.0),), 5.0)
STAGES = MAIN, CROSS


def timing(
    greens_s: tuple[float, ...], offset_s: float = 0.0, stages: tuple[Stage, ...] = STAGES
) -> SignalTiming:
    cycle = math.fsum([*greens_s, *(stage.intergreen_s for stage in stages)])
    return SignalTiming(stages, greens_s, cycle, offset_s)


def lengths(found: Transition) -> list[float]:
    return [cycle.cycle_s for cycle in found.cycles]


HUNDRED = timing((52.0, 42.0))


@pytest.mark.parametrize(
    ("shift_s", "wanted"),
    [
        (0.0, []),  # the timings meet
        (10.0, [110.0]),  # a tenth longer: 10 s later
        (20.0, [120.0]),  # as long as may be: a fifth
        (21.0, [111.0, 110.0]),  # one cycle of 121 s is too long, and so are two cycles of 60.5 s too short
        (40.0, [120.0, 120.0]),
        (50.0, [84.0, 83.0, 83.0]),  # 250 s; two cycles reach 166 to 240 s
        (83.0, [83.0]),  # as short as may be: 17 % less
        (82.0, [91.0, 91.0]),  # one of 82 s is too short
    ],
)
def test_the_shortest_way_to_an_offset(shift_s: float, wanted: list[float]) -> None:
    """Cycle of 100 s before and after: transition cycles have 83 to 120 s."""
    found = plan_transition(HUNDRED, timing((52.0, 42.0), shift_s), 1000.0)
    assert found.begin_s == 1000.0
    assert lengths(found) == wanted


def test_a_transition_begins_with_the_first_cycle_in_time() -> None:
    old, new = timing((52.0, 42.0), 30.0), timing((52.0, 42.0), 40.0)
    for not_before, begin in ((1029.0, 1030.0), (1030.0, 1030.0), (1030.1, 1130.0), (0.0, 30.0)):
        found = plan_transition(old, new, not_before)
        assert (found.begin_s, found.end_s) == (begin, begin + 110)


def test_another_cycle_is_met_on_its_own_clock() -> None:
    """60 s at 0 to 90 s at 15, from 120 s on: 195 = 2 x 90 + 15 is the next, one cycle of 75 s away.

    69 s of green in the ratio of 48 to 36: 39.4 and 29.6 s.
    """
    new = timing((48.0, 36.0), 15.0)
    found = plan_transition(timing((30.0, 24.0)), new, 61.0)
    assert found == Transition(120.0, (SignalTiming(STAGES, (39.0, 30.0), 75.0, 45.0),))
    assert found.end_s == 195.0
    assert found.end_s % 90 == 15


def test_as_many_cycles_as_are_nearest_to_the_mean_of_both() -> None:
    """60 s at 0 to 180 s at 20: cycles of 50 to 216 s, the mean is 120 s.

    From 1260 s = 7 x 180 on, 20 s are too short for a cycle. 200 s may be one, two, three or four.
    """
    found = plan_transition(timing((30.0, 24.0)), timing((100.0, 74.0), 20.0), 1201.0)
    assert (found.begin_s, lengths(found)) == (1260.0, [100.0, 100.0])


def test_greens_are_shared_out_to_the_nearest_second() -> None:
    """90 to 10 s of green in 106 s; a cycle of 100 s has 94 s: 84.6 and 9.4 s."""
    old = timing((90.0, 10.0))
    (cycle,) = plan_transition(old, timing((90.0, 10.0), 100.0), 0.0).cycles
    assert (cycle.cycle_s, cycle.greens_s) == (100.0, (85.0, 9.0))


def test_greens_stay_within_their_bounds() -> None:
    """84 s less 6 s of yellow: 78 s in the ratio of 80 to 14 are 66.4 and 11.6 s, but 12 s are the least.

    116 s: 93.6 and 16.4 s, but 82 s are the most.
    """
    stages = Stage("Gr", MAIN.intergreen, 5.0, 82.0), Stage("rG", CROSS.intergreen, 12.0)
    old = timing((80.0, 14.0), 0.0, stages)
    assert plan_transition(old, timing((80.0, 14.0), 84.0, stages), 0.0).cycles[0].greens_s == (66.0, 12.0)
    assert plan_transition(old, timing((80.0, 14.0), 16.0, stages), 0.0).cycles[0].greens_s == (82.0, 28.0)


def test_bounds_of_greens_bound_the_cycles() -> None:
    """Least greens of 50 and 40 s make cycles of 96 s or more: to be 10 s earlier takes three."""
    stages = Stage("Gr", MAIN.intergreen, 50.0), Stage("rG", CROSS.intergreen, 40.0)
    old = timing((52.0, 42.0), 0.0, stages)
    later = [
        lengths(plan_transition(old, timing((52.0, 42.0), shift, stages), 0.0)) for shift in (96.0, 90.0)
    ]
    assert later == [[96.0], [97.0, 97.0, 96.0]]


def test_greens_that_cannot_change_are_told() -> None:
    stages = Stage("Gr", MAIN.intergreen, 52.0, 52.0), Stage("rG", CROSS.intergreen, 42.0, 42.0)
    old, new = timing((52.0, 42.0), 0.0, stages), timing((52.0, 42.0), 7.0, stages)
    with pytest.raises(InfeasibleError, match="signal 'A': no 20 cycles of 100 to 100 s"):
        plan_transition(old, new, 0.0, "A")


def test_fractions_of_a_second_are_kept() -> None:
    """Intergreens of 3.2 s; the new offset is 10.4 s later: one cycle of 110.4 s, greens add up to 104 s."""
    stages = Stage("Gr", (Interval("yr", 3.2),), 5.0), Stage("rG", (Interval("ry", 3.2),), 5.0)
    old = timing((52.0, 41.6), 0.0, stages)
    found = plan_transition(old, timing((52.0, 41.6), 10.4, stages), 0.0)
    assert lengths(found) == [110.4]
    assert math.fsum(found.cycles[0].greens_s) == pytest.approx(104.0)
    assert found.end_s == 110.4


def test_other_stages_change_over_in_the_one_they_share() -> None:
    """Old: main at 0 s, cross at 55 s. New: left at 20 s, cross at 20 + 13 = 33 s, main after it.

    Cross of the old one begins at 155 s. That of the new one at 233 s is too near for a cycle of 83 s or
    more; the next is at 333 s. The way there has the new stages.
    """
    left = Stage("lr", (Interval("yr", 3.0),), 5.0)
    new = timing((10.0, 40.0, 41.0), 20.0, (left, CROSS, MAIN))
    found = plan_transition(timing((52.0, 42.0)), new, 101.0)
    assert (found.begin_s, found.end_s) == (155.0, 333.0)
    assert lengths(found) == [89.0, 89.0]
    assert {cycle.stages for cycle in found.cycles} == {(CROSS, MAIN, left)}
    with pytest.raises(InputError, match="signal 'A': its two timings have no stage in common"):
        plan_transition(HUNDRED, timing((50.0,), 0.0, (left,)), 0.0, "A")


seconds = st.integers(5, 60).map(float)


@st.composite
def timings(draw: st.DrawFn) -> tuple[SignalTiming, SignalTiming]:
    """Two timings of the same three stages, with bounds that both keep."""
    greens = [draw(st.tuples(seconds, seconds, seconds)) for _ in range(2)]
    fraction = draw(st.sampled_from([0.0, 0.5, 0.3]))
    stages = tuple(
        Stage(
            "".join("G" if k == h else "r" for h in range(3)),
            (Interval("yyy", 3.0), Interval("rrr", 1.0 + fraction)),
            min_green_s=min(pair) - draw(st.integers(0, 4)),
            max_green_s=max(pair) + draw(st.integers(0, 30) | st.just(math.inf)),
        )
        for k, pair in enumerate(zip(*greens, strict=True))
    )
    old, new = (timing(each, 0.0, stages) for each in greens)
    return (
        SignalTiming(stages, old.greens_s, old.cycle_s, float(draw(st.integers(0, int(old.cycle_s) - 1)))),
        SignalTiming(stages, new.greens_s, new.cycle_s, float(draw(st.integers(0, int(new.cycle_s) - 1)))),
    )


@given(timings(), st.integers(0, 86400))
def test_every_transition_keeps_what_it_must(
    pair: tuple[SignalTiming, SignalTiming], not_before: int
) -> None:
    old, new = pair
    try:
        found = plan_transition(old, new, not_before)
    except InfeasibleError:
        assume(False)
        raise
    assert not_before - 1e-6 <= found.begin_s < not_before + old.cycle_s
    assert math.remainder(found.begin_s - old.offset_s, old.cycle_s) == pytest.approx(0.0, abs=1e-5)
    assert math.remainder(found.end_s - new.offset_s, new.cycle_s) == pytest.approx(0.0, abs=1e-5)
    shorter, longer = sorted((old.cycle_s, new.cycle_s))
    now = found.begin_s
    for cycle in found.cycles:
        assert cycle.stages == new.stages
        assert 0.83 * shorter - 1e-6 <= cycle.cycle_s <= longer * 1.2 + 1e-6
        assert math.fsum(row.duration_s for row in cycle.intervals) == pytest.approx(cycle.cycle_s)
        for stage, green in zip(cycle.stages, cycle.greens_s, strict=True):
            assert stage.min_green_s <= green <= stage.max_green_s
        assert math.remainder(now - cycle.offset_s, cycle.cycle_s) == pytest.approx(0.0, abs=1e-5)
        now += cycle.cycle_s
    assert now == pytest.approx(found.end_s)


@settings(max_examples=40)
@given(timings())
def test_no_shorter_transition_exists(pair: tuple[SignalTiming, SignalTiming]) -> None:
    """All sums of whole-second cycles below the transition's length miss the new offset."""
    old, new = pair
    assume(old.cycle_s % 1 == 0 == new.cycle_s % 1)
    try:
        found = plan_transition(old, new, 0.0)
    except InfeasibleError:
        assume(False)
        raise
    total = round(found.end_s - found.begin_s)
    lost = sum(stage.intergreen_s for stage in new.stages)
    least = max(lost + sum(s.min_green_s for s in new.stages), min(old.cycle_s, new.cycle_s) / 1.2)
    most = min(lost + sum(s.max_green_s for s in new.stages), max(old.cycle_s, new.cycle_s) * 1.2)
    reachable = {0}
    for _ in range(20):
        steps = range(math.ceil(least), math.floor(most) + 1)
        reachable |= {sum_s + step for sum_s in reachable for step in steps if sum_s + step < total}
    on_offset = {s for s in reachable if (found.begin_s + s - new.offset_s) % new.cycle_s == 0}
    assert not {s for s in on_offset if s < total}


def test_begins_of_a_stage() -> None:
    """Cross begins 55 s after main: at 35, 135, ... with an offset of 80 s."""
    shifted = timing((52.0, 42.0), 80.0)
    assert [first_begin_s(shifted, 1, t) for t in (0.0, 35.0, 35.5, 100.0)] == [35.0, 35.0, 135.0, 135.0]

"""What signals show through a day: spans, rows, and transitions that the safety rules refuse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from trafficopt.day_plan import DayPlan, Period
from trafficopt.errors import InputError, UnsafePlanError
from trafficopt.intersection import Movement, Turn
from trafficopt.network import Network
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem
from trafficopt.scenario import Scenario
from trafficopt.signals.by_hand import intersection_by_hand
from trafficopt.signals.day_schedule import day_schedules, shown_rows
from trafficopt.stage import Interval, Stage


@pytest.fixture
def scenario(corridor: Callable[..., Problem]) -> Scenario:
    """Signals s0 and s1 of two stages: 26 + 4 + 26 + 4 = 60 s at offset 0."""
    return corridor(2).scenario


def day_of(scenario: Scenario, *hours: tuple[float, str], **plans: dict[str, SignalTiming]) -> DayPlan:
    """Periods of the hours given, with the field plan as `field`."""
    ends = [*(begin for begin, _ in hours[1:]), 24.0]
    periods = (Period(3600 * a, 3600 * b, name) for (a, name), b in zip(hours, ends, strict=True))
    given = {name: TimingPlan(name, timings) for name, timings in plans.items()}
    field = TimingPlan("field", dict(scenario.field_plan.timings))
    return DayPlan(tuple(periods), {"field": field, **given})


def stages_of(scenario: Scenario) -> tuple[Stage, ...]:
    return scenario.network.intersections[0].stages


def test_a_signal_changes_over_with_its_own_cycles(scenario: Scenario) -> None:
    """From 60 s at 0 to 90 s at 15, at 7:00 = 25,200 s = 420 x 60.

    25,200 = 280 x 90, and 15 s are too short for a cycle: 105 s are left. Two cycles of 52.5 s are nearer
    to the mean of 75 s than one of 105 s.
    """
    long = SignalTiming(stages_of(scenario), (46.0, 36.0), 90.0, 15.0)
    day = day_of(scenario, (0, "field"), (7, "peak"), peak={"s0": long})
    spans = day_schedules(scenario, day)["s0"]
    assert [(s.begin_s, s.end_s, s.plan, s.in_transition) for s in spans] == [
        (0.0, 25200.0, "field", False),
        (25200.0, 25253.0, "peak", True),
        (25253.0, 25305.0, "peak", True),
        (25305.0, 86400.0, "peak", False),
    ]
    assert spans[0].timing == scenario.field_plan["s0"]
    assert spans[-1].timing == long


def test_a_signal_that_no_plan_changes_does_not_switch(scenario: Scenario) -> None:
    other = replace(scenario.field_plan["s1"], offset_s=30.0)
    day = day_of(scenario, (0, "field"), (7, "peak"), (9, "field"), peak={"s1": other})
    schedules = day_schedules(scenario, day)
    assert [(s.begin_s, s.end_s, s.plan) for s in schedules["s0"]] == [(0.0, 86400.0, "field")]
    assert [s.plan for s in schedules["s1"] if not s.in_transition] == ["field", "peak", "field"]


def test_rows_fill_the_time_and_follow_the_timings(scenario: Scenario) -> None:
    long = SignalTiming(stages_of(scenario), (46.0, 36.0), 90.0, 15.0)
    day = day_of(scenario, (0, "field"), (7, "peak"), peak={"s0": long})
    spans = day_schedules(scenario, day)["s0"]
    rows = list(shown_rows(spans, 25010.0, 25500.0))
    now = 25010.0
    for begin, row in rows:
        assert begin == now
        due = next((s for s in spans if s.begin_s <= begin < s.end_s), spans[-1])
        assert row.state == due.timing.state_at(begin) == due.timing.state_at(begin + row.duration_s - 0.01)
        now += row.duration_s
    assert now == 25500.0
    first = [begin for begin, row in rows if row.state == "Gr"]
    assert first == [25020.0, 25080.0, 25140.0, 25200.0, 25253.0, 25305.0, 25395.0, 25485.0]
    assert next(shown_rows(spans, -60.0, 0.0)) == (-60.0, Interval("Gr", 26.0))


def test_periods_too_short_for_the_transition_are_told(scenario: Scenario) -> None:
    """From 7:01:00 the change takes until 7:02:00 or later."""
    other = replace(scenario.field_plan["s0"], offset_s=20.0)
    day = day_of(scenario, (0, "field"), (7 + 1 / 60, "peak"), (7 + 2 / 60, "field"), peak={"s0": other})
    with pytest.raises(InputError, match=r"'s0': the change to plan 'peak' at 07:01 takes until 07:0\d"):
        day_schedules(scenario, day)


def test_signals_without_a_timing_are_told(scenario: Scenario) -> None:
    bare = replace(scenario, field_plan=TimingPlan("field", {}))
    day = DayPlan(
        (Period(0, 25200, "a"), Period(25200, 86400, "b")),
        {"a": TimingPlan("a", {}), "b": TimingPlan("b", dict(scenario.field_plan.timings))},
    )
    with pytest.raises(InputError) as caught:
        day_schedules(bare, day)
    told = [f"signal '{key}' has no timing in plan 'a', and no fixed-time field plan" for key in ("s0", "s1")]
    assert list(caught.value.faults) == told


def test_an_unsafe_plan_is_refused(scenario: Scenario) -> None:
    bare = tuple(Stage(stage.state, (Interval("rr", 4.0),)) for stage in stages_of(scenario))
    day = day_of(scenario, (0, "field"), (7, "bad"), bad={"s0": SignalTiming(bare, (26.0, 26.0), 60.0, 0.0)})
    with pytest.raises(UnsafePlanError, match="without yellow"):
        day_schedules(scenario, day)


def test_a_transition_that_is_unsafe_between_two_safe_plans_is_refused(scenario: Scenario) -> None:
    """Who walks (head 2) meets the main street (head 0): 30 m at 1.2 m/s take 25 s to clear.

    In the field plan the cross street has 30 s and 3 s of yellow between, in the other plan 15 s of red, 10 s
    and 3 s. From the field plan to the other one the walk ends late, and the main street begins early.
    """
    main = Movement("w", "e", Turn.THROUGH, (0,), (0,), 13.9, 0, ())
    cross = Movement("s", "n", Turn.THROUGH, (1,), (0,), 13.9, 0, ())
    go_cross, go_main = (
        Stage("rGr", (Interval("ryr", 3.0),)),
        Stage("Grr", (Interval("yrr", 3.0), Interval("rrr", 1.0))),
    )
    late = go_cross, go_main, Stage("rrG", ())
    early = go_cross, go_main, Stage("rrG", (Interval("rrr", 15.0),))
    node = intersection_by_hand("s0", (main, cross), late, [(0, 1), (0, 2)], walks_m={2: 30.0})
    field = SignalTiming(late, (30.0, 30.0, 30.0), 97.0, 0.0)
    made = replace(
        scenario,
        network=Network({}, (node,)),
        field_plan=TimingPlan("field", {"s0": field}),
    )
    other = SignalTiming(early, (10.0, 30.0, 30.0), 92.0, 5.0)
    back = day_of(made, (0, "early"), (7, "field"), early={"s0": other})
    assert len(day_schedules(made, back)["s0"]) > 2
    there = day_of(made, (0, "field"), (7, "early"), early={"s0": other})
    with pytest.raises(UnsafePlanError, match="transitions of the day must not be switched on") as caught:
        day_schedules(made, there)
    assert "short-walk-clearance" in str(caught.value)

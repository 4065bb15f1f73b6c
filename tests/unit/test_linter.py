"""Findings on the whole system: cycles that do not fit, turns that give way to too much, saturation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from trafficopt.errors import InputError
from trafficopt.limits import Limits
from trafficopt.linter import lint
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem
from trafficopt.rules.catalog import Severity
from trafficopt.stage import Stage
from trafficopt.waiver import Waiver

Maker = Callable[..., Problem]


def found(problem: Problem, rule: str, plan: TimingPlan | None = None) -> list[str]:
    """What the linter says by a rule: signal and message."""
    return [f"{f.intersection}: {f.message}" for f in lint(problem, plan) if f.rule == rule]


def with_cycle(problem: Problem, signal: str, cycle_s: float) -> TimingPlan:
    """A plan of one signal, whose greens share what the cycle leaves."""
    timing = problem.field_plan[signal]
    green = (cycle_s - sum(stage.intergreen_s for stage in timing.stages)) / 2
    return TimingPlan("p", {signal: replace(timing, greens_s=(green, green), cycle_s=cycle_s)})


def test_a_sound_system_has_no_findings(corridor: Maker) -> None:
    assert lint(corridor(3, arterial=True)) == ()


def test_neighbors_that_nearly_fit_drift(corridor: Maker) -> None:
    problem = corridor(2)
    assert found(problem, "cycles-drift", with_cycle(problem, "s1", 62.0)) == [
        "s0: its cycle is 60 s, that of its neighbor s1 62 s: offsets drift"
    ]
    assert found(problem, "cycles-drift", with_cycle(problem, "s1", 31.0)) == [
        "s0: its cycle is 60 s, that of its neighbor s1 31 s: offsets drift"
    ]


@pytest.mark.parametrize("cycle_s", [60.0, 30.0, 90.0])
def test_neighbors_that_fit_or_were_never_meant_to_do_not_drift(corridor: Maker, cycle_s: float) -> None:
    problem = corridor(2)
    assert not found(problem, "cycles-drift", with_cycle(problem, "s1", cycle_s))


def test_signals_with_little_traffic_between_them_may_differ(corridor: Maker) -> None:
    problem = corridor(2, main_veh_h=60.0)
    assert not found(problem, "cycles-drift", with_cycle(problem, "s1", 62.0))


def test_an_arterial_has_one_cycle_or_half_of_it(corridor: Maker) -> None:
    problem = corridor(3, arterial=True)
    assert found(problem, "zone-cycles", with_cycle(problem, "s1", 45.0)) == [
        "s1: its cycle is 45 s on arterial A1, which runs 60 s"
    ]
    assert not found(problem, "zone-cycles", with_cycle(problem, "s1", 30.0))
    assert not found(corridor(3), "zone-cycles", with_cycle(problem, "s1", 45.0))


def test_the_profile_has_a_range_of_cycles(corridor: Maker) -> None:
    problem = corridor(1, limits=Limits(max_cycle_s=59.0))
    assert found(problem, "cycle-range") == ["s0: the cycle is 60 s; the profile has 30 to 59 s"]
    assert not found(corridor(1, limits=Limits(max_cycle_s=60.0)), "cycle-range")


def test_more_demand_than_capacity(corridor: Maker) -> None:
    (text,) = found(corridor(1, main_veh_h=1600.0), "saturated")
    assert text.startswith("s0: the busiest lane has ")
    assert not found(corridor(1, main_veh_h=300.0), "saturated")


def test_a_lane_without_green_serves_nobody(corridor: Maker) -> None:
    problem = corridor(1)
    timing = problem.field_plan["s0"]
    dark = Stage("rr", timing.stages[1].intergreen)
    plan = TimingPlan("p", {"s0": replace(timing, stages=(timing.stages[0], dark))})
    assert found(problem, "saturated", plan) == ["s0: a lane with demand gets no green, by the model"]


def test_a_turn_that_never_goes_first_has_a_warrant(facing: Maker) -> None:
    # Of 200 and 600 vehicles, the last ones would arrive after the window.
    busy = {"left_veh_h": 200.0, "oncoming_veh_h": 600.0}
    assert found(facing(**busy), "permissive-volume") == [
        "s0: w->wl (199 veh/h) gives way to 595 veh/h; the product 118405 is above 50000"
    ]
    assert not found(facing(**busy, protected=True), "permissive-volume")
    assert not found(facing(left_veh_h=50.0, oncoming_veh_h=600.0), "permissive-volume")


def test_a_plan_that_leaves_signals_out_keeps_what_the_field_shows_there(corridor: Maker) -> None:
    problem = corridor(2, yellow_s=3.0)
    timing = problem.field_plan["s0"]
    no_yellow = Stage(
        "Gr", (replace(timing.stages[0].intergreen[0], state="rr"), timing.stages[0].intergreen[1])
    )
    bad = SignalTiming((no_yellow, timing.stages[1]), timing.greens_s, timing.cycle_s, 0.0)
    field = TimingPlan("field", {**problem.field_plan.timings, "s0": bad})
    problem = replace(problem, scenario=replace(problem.scenario, field_plan=field))
    plan = TimingPlan("p", {"s1": problem.field_plan["s1"]})
    assert found(problem, "missing-yellow", plan) == found(problem, "missing-yellow") != []
    assert not found(problem, "missing-yellow", TimingPlan("p", {"s0": timing}))


def test_waivers_hold_for_the_system_too_and_stale_ones_are_told(corridor: Maker) -> None:
    problem = corridor(1, limits=Limits(max_cycle_s=59.0))
    waivers = (Waiver("cycle-range", "s0", "until May"), Waiver("short-green", "s0", "agreed"))
    waived = replace(problem, scenario=replace(problem.scenario, waivers=waivers))
    findings = lint(waived)
    assert [(f.rule, f.waived) for f in findings] == [("cycle-range", "until May"), ("stale-waiver", "")]
    assert findings[1].message == "the waiver of short-green covers no finding"


def test_errors_come_first(corridor: Maker) -> None:
    problem = corridor(2, limits=Limits(max_cycle_s=59.0))
    timing = problem.field_plan["s1"]
    short = replace(timing, greens_s=(50.0, 2.0))
    severities = [f.severity for f in lint(problem, TimingPlan("p", {"s1": short}))]
    assert severities == sorted(severities, key=list(Severity).index)
    assert {Severity.ERROR, Severity.WARNING} == set(severities)


def test_a_plan_for_another_network_is_refused(corridor: Maker) -> None:
    with pytest.raises(InputError, match="signal 's9' is not in the network"):
        lint(corridor(1), TimingPlan("p", {"s9": corridor(1).field_plan["s0"]}))

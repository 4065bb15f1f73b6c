"""The gate: plans that do not fit, and plans that must not be switched on."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from trafficopt.errors import InputError, UnsafePlanError
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem
from trafficopt.scenario import Scenario
from trafficopt.signals.gate import check_fits, network_findings, require_safe
from trafficopt.stage import Interval, Stage
from trafficopt.waiver import Waiver

Maker = Callable[..., Problem]


@pytest.fixture
def scenario(corridor: Maker) -> Scenario:
    return corridor(1).scenario


def plan_of(timing: SignalTiming, signal: str = "s0") -> TimingPlan:
    return TimingPlan("p", {signal: timing})


def with_greens(scenario: Scenario, *greens_s: float) -> TimingPlan:
    return plan_of(replace(scenario.field_plan["s0"], greens_s=greens_s))


def without_all_red(scenario: Scenario) -> TimingPlan:
    """The field plan with yellow alone between its stages."""
    timing = scenario.field_plan["s0"]
    stages = tuple(Stage(stage.state, stage.intergreen[:1]) for stage in timing.stages)
    return plan_of(replace(timing, stages=stages, greens_s=(27.0, 27.0)))


def test_plans_that_fit(scenario: Scenario) -> None:
    check_fits(scenario.network, scenario.field_plan)
    check_fits(scenario.network, with_greens(scenario, 25.5, 26.5))
    check_fits(scenario.network, TimingPlan("none", {}))
    turned = plan_of(replace(scenario.field_plan["s0"], stages=scenario.field_plan["s0"].stages[::-1]))
    check_fits(scenario.network, turned)


def test_a_cycle_that_is_not_filled_does_not_fit(scenario: Scenario) -> None:
    with pytest.raises(InputError, match="s0: greens and intergreens add up to 61 s, cycle is 60 s"):
        check_fits(scenario.network, with_greens(scenario, 26.0, 27.0))


@pytest.mark.parametrize("duration_s", [math.nan, math.inf])
def test_an_intergreen_that_is_no_number_does_not_fit(scenario: Scenario, duration_s: float) -> None:
    timing = scenario.field_plan["s0"]
    first = replace(timing.stages[0], intergreen=(Interval("yr", duration_s),))
    with pytest.raises(InputError, match="s0"):
        check_fits(scenario.network, plan_of(replace(timing, stages=(first, timing.stages[1]))))


def test_all_faults_are_told_together_and_name_the_file(scenario: Scenario) -> None:
    longer = SignalTiming((Stage("Grr", (Interval("yrr", 3.0),)),), (26.0,), 60.0, 0.0)
    plan = TimingPlan("p", {"s9": longer, "s0": longer})
    with pytest.raises(InputError, match="a state has not the 2 letters") as caught:
        check_fits(scenario.network, plan, "plan.json")
    assert len(caught.value.faults) == 3
    assert caught.value.where == "plan.json"
    with pytest.raises(InputError, match="plan 'p'"):
        check_fits(scenario.network, plan)


@pytest.mark.parametrize("greens_s", [(48.0, 4.0), (4.9, 47.1)])
def test_a_green_that_is_too_short_is_not_switched_on(
    scenario: Scenario, greens_s: tuple[float, float]
) -> None:
    with pytest.raises(UnsafePlanError, match="s0 short-green"):
        require_safe(scenario, with_greens(scenario, *greens_s))
    require_safe(scenario, with_greens(scenario, 47.0, 5.0))


def test_a_missing_all_red_is_not_switched_on(scenario: Scenario) -> None:
    with pytest.raises(UnsafePlanError, match="s0 short-intergreen"):
        require_safe(scenario, without_all_red(scenario))


def test_a_plan_that_does_not_fit_is_bad_input_not_unsafe(scenario: Scenario) -> None:
    with pytest.raises(InputError, match="'s9' is not in the network"):
        require_safe(scenario, plan_of(scenario.field_plan["s0"], "s9"))


def test_what_the_field_shows_passes_and_is_told(scenario: Scenario) -> None:
    wrong = without_all_red(scenario)
    in_field = replace(scenario, field_plan=wrong)
    require_safe(in_field, plan_of(replace(wrong["s0"], offset_s=13.0)))
    assert {finding.rule for finding in network_findings(in_field)} == {"short-intergreen"}
    with pytest.raises(UnsafePlanError, match="short-intergreen"):
        require_safe(in_field, plan_of(replace(wrong["s0"], greens_s=(26.0, 28.0))))
    assert network_findings(scenario) == ()


def test_what_is_waived_passes(scenario: Scenario) -> None:
    waiver = Waiver("short-intergreen", "s0", "measured clearance")
    plan = without_all_red(scenario)
    waived = replace(scenario, waivers=(waiver,))
    require_safe(waived, plan)
    assert {finding.waived for finding in network_findings(waived, plan)} == {"measured clearance"}
    for other in (replace(waiver, intersection="s1"), replace(waiver, rule="short-green")):
        with pytest.raises(UnsafePlanError, match="short-intergreen"):
            require_safe(replace(scenario, waivers=(other,)), plan)


def test_many_findings_are_cut_short(corridor: Maker) -> None:
    scenario = corridor(12).scenario
    short = {key: replace(t, greens_s=(48.0, 4.0)) for key, t in scenario.field_plan.timings.items()}
    with pytest.raises(UnsafePlanError) as caught:
        require_safe(scenario, TimingPlan("p", short))
    lines = str(caught.value).splitlines()
    assert lines[0] == "plan 'p' must not be switched on:"
    assert len([line for line in lines if "short-green" in line]) == 10
    assert lines[-1] == "  - and 2 more"

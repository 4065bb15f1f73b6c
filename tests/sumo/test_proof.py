"""What SUMO shows is what the plan says; anything else is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from trafficopt.errors import UnsafePlanError
from trafficopt.examples import example_path
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.scenario import Scenario
from trafficopt.stage import Stage
from trafficopt.sumo.programs import write_programs
from trafficopt.sumo.proof import prove_plan
from trafficopt.sumo.read import read_scenario


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return read_scenario(example_path("main_street"), minutes=5)


@pytest.fixture(scope="module")
def plan(scenario: Scenario) -> TimingPlan:
    """A plan with another cycle, other greens and offsets at every signal."""
    timings = {}
    for number, node in enumerate(scenario.network.intersections):
        n = len(node.stages)
        greens = (20.0 + number, *(10.0 + i for i in range(1, n)))
        cycle = sum(greens) + node.lost_time_s
        timings[node.id] = SignalTiming(node.stages, greens, cycle, (13.0 * number + 1) % cycle)
    return TimingPlan("new", timings)


def with_timing(plan: TimingPlan, signal: str, timing: SignalTiming) -> TimingPlan:
    return TimingPlan(plan.name, {**plan.timings, signal: timing})


def test_the_field_plan_is_what_runs(scenario: Scenario) -> None:
    prove_plan(scenario, scenario.field_plan)
    prove_plan(scenario, scenario.field_plan, "0")


@pytest.mark.parametrize("step_s", [1.0, 0.5, 0.1])
def test_a_right_plan_passes(scenario: Scenario, plan: TimingPlan, step_s: float) -> None:
    stepped = replace(scenario, simulation=replace(scenario.simulation, step_s=step_s))
    prove_plan(stepped, plan, "mine")


@pytest.mark.parametrize("step_s", [1.0, 0.5, 0.1])
def test_fractions_of_a_step_pass(scenario: Scenario, plan: TimingPlan, step_s: float) -> None:
    old = plan["M2"]
    greens = (old.greens_s[0] + 0.4, *old.greens_s[1:])
    odd = SignalTiming(old.stages, greens, old.cycle_s + 0.4, 7.3)
    stepped = replace(scenario, simulation=replace(scenario.simulation, step_s=step_s))
    prove_plan(stepped, with_timing(plan, "M2", odd), "mine")


def test_absent_signals_are_not_checked(scenario: Scenario, plan: TimingPlan) -> None:
    prove_plan(scenario, TimingPlan("one", {"M4": plan["M4"]}))
    prove_plan(scenario, TimingPlan("none", {}))


@pytest.mark.parametrize("shift_s", [1.0, -1.0, 30.0])
def test_a_wrong_offset_is_found(
    scenario: Scenario, plan: TimingPlan, tmp_path: Path, shift_s: float
) -> None:
    file = tmp_path / "plan.add.xml"
    write_programs(scenario, plan, file, "mine")
    prove_plan(scenario, plan, "mine", files=[file])
    old = plan["M3"]
    wrong = replace(old, offset_s=(old.offset_s + shift_s) % old.cycle_s)
    with pytest.raises(UnsafePlanError, match=r"M3: shows \w+ at \d+ s, the plan says \w+") as caught:
        prove_plan(scenario, with_timing(plan, "M3", wrong), "mine", files=[file])
    assert not any(f"{other}:" in str(caught.value) for other in ("M1", "M2", "M4", "M5"))


def test_a_wrong_green_is_found(scenario: Scenario, plan: TimingPlan, tmp_path: Path) -> None:
    file = tmp_path / "plan.add.xml"
    old = plan["M5"]
    greens = (old.greens_s[0] + 1, old.greens_s[1] - 1, *old.greens_s[2:])
    write_programs(scenario, with_timing(plan, "M5", replace(old, greens_s=greens)), file, "mine")
    with pytest.raises(UnsafePlanError, match="M5: shows"):
        prove_plan(scenario, plan, "mine", files=[file])


def test_a_wrong_field_plan_is_found(scenario: Scenario) -> None:
    old = scenario.field_plan["M1"]
    wrong = with_timing(scenario.field_plan, "M1", replace(old, offset_s=2.0))
    with pytest.raises(UnsafePlanError, match="M1: shows"):
        prove_plan(replace(scenario, field_plan=wrong), wrong)


def test_a_wrong_program_is_found(scenario: Scenario, plan: TimingPlan, tmp_path: Path) -> None:
    with pytest.raises(UnsafePlanError, match=r"program '0' runs at 28800 s, not 'mine'"):
        prove_plan(scenario, scenario.field_plan, "mine")
    file = tmp_path / "plan.add.xml"
    write_programs(scenario, plan, file, "other")
    with pytest.raises(UnsafePlanError, match="program 'other' runs"):
        prove_plan(scenario, plan, "mine", files=[file])


def test_a_program_switched_by_time_of_day_is_found(
    scenario: Scenario, plan: TimingPlan, tmp_path: Path
) -> None:
    waut = tmp_path / "waut.add.xml"
    waut.write_text(
        '<additional><WAUT id="day" startProg="mine"><wautSwitch time="28850" to="0"/></WAUT>'
        '<wautJunction wautID="day" junctionID="M2"/></additional>',
        encoding="utf-8",
    )
    file = tmp_path / "plan.add.xml"
    write_programs(scenario, plan, file, "mine")
    with pytest.raises(UnsafePlanError, match="M2: program '0' runs at 28850 s"):
        prove_plan(scenario, plan, "mine", files=[file, waut])


def test_an_unknown_signal_is_found(scenario: Scenario) -> None:
    plan = TimingPlan("foreign", {"nowhere": SignalTiming((Stage("G", ()),), (30.0,), 30.0, 0.0)})
    with pytest.raises(UnsafePlanError, match="nowhere: SUMO has no such signal"):
        prove_plan(scenario, plan, files=())


def test_intervals_fill_the_cycle_and_states_follow_them(scenario: Scenario, plan: TimingPlan) -> None:
    for node in scenario.network.intersections:
        timing = plan[node.id]
        time_s = timing.offset_s
        for interval in timing.intervals:
            assert timing.state_at(time_s) == interval.state
            time_s += interval.duration_s
            assert timing.state_at(time_s - 0.01) == interval.state
        assert time_s == pytest.approx(timing.offset_s + timing.cycle_s)
        assert timing.state_at(time_s) == node.stages[0].state
        assert timing.state_at(timing.offset_s - timing.cycle_s) == node.stages[0].state

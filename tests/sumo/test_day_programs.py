"""SUMO shows a day of plans as it is due, switches and transitions included; anything else is found."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from trafficopt.day_plan import DayPlan, Period
from trafficopt.errors import InputError, SimulationError, UnsafePlanError
from trafficopt.examples import example_path
from trafficopt.intersection import Intersection
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.scenario import Scenario
from trafficopt.signals.day_schedule import day_schedules
from trafficopt.signals.transitions import stages_in_order
from trafficopt.sumo.binary import run_tool
from trafficopt.sumo.command import sumo_arguments
from trafficopt.sumo.day_programs import write_day_programs
from trafficopt.sumo.day_proof import prove_day
from trafficopt.sumo.programs import read_programs
from trafficopt.sumo.read import read_scenario

BEGIN = 28800.0
States = Mapping[str, list[tuple[float, str]]]


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return read_scenario(example_path("main_street"), minutes=30)


def timed(node: Intersection, green_s: float, offset_s: float) -> SignalTiming:
    """The first stage has `green_s`, each other one a third of it and no less than 6 s."""
    greens = (green_s, *(max(6.0, green_s // 3) for _ in node.stages[1:]))
    cycle = sum(greens) + node.lost_time_s
    return SignalTiming(node.stages, greens, cycle, offset_s % cycle)


@pytest.fixture(scope="module")
def day(scenario: Scenario) -> DayPlan:
    """Three plans of ten minutes with other cycles and offsets; the evening leaves M3 to the field plan."""
    nodes = scenario.network.intersections
    plans = {
        name: TimingPlan(name, {n.id: timed(n, green, shift * k + 3) for k, n in enumerate(nodes)})
        for name, green, shift in (("morning", 36.0, 17), ("noon", 21.0, 29), ("evening", 48.0, 41))
    }
    evening = {key: timing for key, timing in plans["evening"].timings.items() if key != "M3"}
    plans["evening"] = TimingPlan("evening", evening)
    return DayPlan(
        tuple(Period(BEGIN + 600 * k, BEGIN + 600 * (k + 1), name) for k, name in enumerate(plans)), plans
    )


@pytest.fixture(scope="module")
def written(scenario: Scenario, day: DayPlan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("day") / "day.add.xml"
    write_day_programs(scenario, day, file)
    return file


def states(scenario: Scenario, file: Path, folder: Path) -> States:
    """What SUMO shows with all vehicles of the scenario, by signal: times of change and states."""
    watch = folder / "watch.add.xml"
    event = '<timedEvent type="SaveTLSSwitchStates" dest="shown.xml"/>'
    watch.write_text(f"<additional>{event}</additional>", encoding="utf-8")
    run_tool("sumo", sumo_arguments(scenario.simulation, (watch, file)), cwd=folder, time_limit_s=120)
    shown: dict[str, list[tuple[float, str]]] = {}
    for row in ET.parse(folder / "shown.xml").getroot():
        rows = shown.setdefault(row.attrib["id"], [])
        if not rows or rows[-1][1] != row.attrib["state"]:
            rows.append((float(row.attrib["time"]), row.attrib["state"]))
    return shown


@pytest.fixture(scope="module")
def shown(scenario: Scenario, written: Path, tmp_path_factory: pytest.TempPathFactory) -> States:
    return states(scenario, written, tmp_path_factory.mktemp("run"))


def test_the_plans_have_other_cycles_and_every_signal_changes_twice(scenario: Scenario, day: DayPlan) -> None:
    for spans in day_schedules(scenario, day).values():
        settled = [span for span in spans if not span.in_transition]
        assert [span.plan for span in settled] == ["morning", "noon", "evening"]
        assert len({span.timing.cycle_s for span in settled}) == 3
        assert len(spans) > 3


def test_no_yellow_is_lost_and_no_green_is_short_or_long(scenario: Scenario, shown: States) -> None:
    """Watched lamp by lamp. The yellow of the net is 3 s; greens have 5 s or more."""
    for node in scenario.network.intersections:
        times = np.array([time_s for time_s, _ in shown[node.id]])
        assert len(times) > 100
        for head in range(node.n_heads):
            rows = [(t, state[head]) for t, state in shown[node.id]]
            rows = [row for k, row in enumerate(rows) if k == 0 or row[1].lower() != rows[k - 1][1].lower()]
            for (start, letter), (end, after) in pairwise(rows[1:]):
                if letter in "Gg":
                    assert after == "y"
                    assert end - start >= 5
                elif letter == "y":
                    assert (after, end - start) == ("r", 3)
                else:
                    assert after in "Gg"


def test_stages_keep_their_bounds_and_foes_are_never_green_together(
    scenario: Scenario, shown: States
) -> None:
    for node in scenario.network.intersections:
        stages = {stage.state: stage for stage in node.stages}
        for (start, state), (end, _) in pairwise(shown[node.id][1:]):
            if state in stages:
                assert stages[state].min_green_s <= end - start <= stages[state].max_green_s
            first = [k for k, letter in enumerate(state) if letter == "G"]
            foes = node.opposed[np.ix_(first, first)] & ~node.conflicts.yields[np.ix_(first, first)]
            assert not (foes & foes.T).any()


def test_after_each_transition_a_plan_runs_on_its_offset(
    scenario: Scenario, day: DayPlan, shown: States
) -> None:
    """Five minutes after a switch all first greens begin at the plan's offset, to the second."""
    for period in day.periods:
        timings = {**scenario.field_plan.timings, **day.plans[period.plan].timings}
        for node in scenario.network.intersections:
            timing, first = timings[node.id], node.stages[0].state
            begins = [t for t, state in shown[node.id] if state == first]
            settled = [t for t in begins if period.begin_s + 300 <= t < period.end_s]
            assert len(settled) >= 2
            assert {(t - timing.offset_s) % timing.cycle_s for t in settled} == {0.0}


@pytest.mark.parametrize("step_s", [1.0, 0.5, 0.1])
def test_the_proof_accepts_what_was_written(scenario: Scenario, day: DayPlan, step_s: float) -> None:
    prove_day(replace(scenario, simulation=replace(scenario.simulation, step_s=step_s)), day)


def test_fractions_of_a_step_pass(scenario: Scenario, day: DayPlan) -> None:
    nodes = scenario.network.intersections
    odd = {}
    for k, node in enumerate(nodes):
        old = timed(node, 30.3, 0.0)
        odd[node.id] = replace(old, offset_s=round(7.7 * k, 1))
    plans = {**day.plans, "noon": TimingPlan("noon", odd)}
    for step_s in (1.0, 0.1):
        stepped = replace(scenario, simulation=replace(scenario.simulation, step_s=step_s))
        prove_day(stepped, DayPlan(day.periods, plans))


@pytest.mark.parametrize("begin_s", [BEGIN + 610, BEGIN + 660, BEGIN + 1000, BEGIN + 1500])
def test_a_run_may_begin_in_a_transition_or_after_the_last_switch(
    scenario: Scenario, day: DayPlan, written: Path, begin_s: float
) -> None:
    prove_day(scenario, day, file=written, begin_s=begin_s)


def test_a_run_may_last_longer_than_the_day(scenario: Scenario, day: DayPlan) -> None:
    prove_day(scenario, day, begin_s=BEGIN - 300, end_s=BEGIN + 2400)


def test_signals_with_other_stages_change_over_in_a_common_one(scenario: Scenario, day: DayPlan) -> None:
    """At noon, M1 and M2 show their stages in the opposite order, and begin with another one."""
    noon = dict(day.plans["noon"].timings)
    for node in scenario.network.intersections[:2]:
        stages = stages_in_order(node, [stage.state for stage in reversed(node.stages)])
        greens = tuple(reversed(noon[node.id].greens_s))
        cycle = sum(greens) + sum(stage.intergreen_s for stage in stages)
        noon[node.id] = SignalTiming(stages, greens, cycle, 11.0)
    prove_day(scenario, DayPlan(day.periods, {**day.plans, "noon": TimingPlan("noon", noon)}))


Break = Callable[[str], str]
BREAKS: dict[str, Break] = {
    "a switch is missing": lambda text: re.sub(
        r'<wautSwitch time="\d+" to="trafficopt-day-noon" />', "", text, count=1
    ),
    "a switch is late": lambda text: re.sub(
        r'time="(\d+)" to="trafficopt-day-evening"',
        lambda match: f'time="{int(match[1]) + 40}" to="trafficopt-day-evening"',
        text,
        count=1,
    ),
    "a yellow is short": lambda text: text.replace(
        '<phase duration="3" state="rrryyygrrryyyg" />', '<phase duration="2" state="rrryyygrrryyyg" />', 1
    ),
    "a transition is left out": lambda text: re.sub(r"<wautSwitch [^>]*noon[+][^>]*>", "", text),
    "a head stays red": lambda text: text.replace('state="rrrGGGgrrrGGGg"', 'state="rrrGGGgrrrGGGr"', 1),
    "a signal does not switch": lambda text: re.sub(r'<wautJunction [^>]*junctionID="M4" />', "", text),
}


@pytest.mark.parametrize("what", sorted(BREAKS))
def test_a_broken_file_is_found(
    scenario: Scenario, day: DayPlan, written: Path, tmp_path: Path, what: str
) -> None:
    text = written.read_text(encoding="utf-8")
    broken = tmp_path / "broken.add.xml"
    broken.write_text(BREAKS[what](text), encoding="utf-8")
    assert broken.read_text(encoding="utf-8") != text
    with pytest.raises(UnsafePlanError, match=r"M\d: shows \w+ from \d+ s on; due is \w+ from \d+ s on"):
        prove_day(scenario, day, file=broken, time_limit_s=60)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("-noon+", "-gone+"),  # a switch to a program that is not there
        ('junctionID="M2"', 'junctionID="M2" procedure="Stretch" synchron="true"'),  # SUMO 1.28 stops
    ],
)
def test_a_run_that_fails_is_told(
    scenario: Scenario, day: DayPlan, written: Path, tmp_path: Path, old: str, new: str
) -> None:
    broken = tmp_path / "broken.add.xml"
    broken.write_text(written.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SimulationError):
        prove_day(scenario, day, file=broken, time_limit_s=20)


def test_a_program_id_of_the_scenario_is_refused(
    scenario: Scenario, day: DayPlan, written: Path, tmp_path: Path
) -> None:
    ids = read_programs([scenario.simulation.net, written], BEGIN).ids
    with pytest.raises(InputError, match="the scenario has a program 'trafficopt-day-evening'"):
        write_day_programs(replace(scenario, program_ids=ids), day, tmp_path / "day.add.xml")


def test_the_same_day_is_the_same_bytes(
    scenario: Scenario, day: DayPlan, written: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.add.xml"
    turned = {
        name: TimingPlan(name, dict(reversed(plan.timings.items()))) for name, plan in day.plans.items()
    }
    write_day_programs(scenario, DayPlan(day.periods, turned), again)
    assert again.read_bytes() == written.read_bytes()

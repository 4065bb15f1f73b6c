"""Field plans that break their profile are brought in line before they are retimed, or kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

import trafficopt as to
from trafficopt.intersection import Intersection, Movement, Turn
from trafficopt.limits import Limits
from trafficopt.network import Network
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.rules.findings import errors
from trafficopt.scenario import Scenario
from trafficopt.signals.by_hand import intersection_by_hand
from trafficopt.signals.conforming import conforming, without_clashes
from trafficopt.signals.gate import network_findings, require_safe
from trafficopt.stage import Interval, Stage

# Straight on, right turn into the exit of the facing left turn, facing left turn, cross street.
THROUGH = Movement("w", "e", Turn.THROUGH, (0,), (0,), 13.9, 0, ())
RIGHT = Movement("w", "s2", Turn.RIGHT, (1,), (0,), 6.0, 0, ())
LEFT = Movement("e", "s2", Turn.LEFT, (2,), (0,), 8.0, 0, (0,))
CROSS = Movement("n", "s", Turn.THROUGH, (3,), (0,), 13.9, 0, ())
MEETING = [(1, 2), (0, 3), (2, 3)]


def signal(*shown: tuple[str, str], limits: Limits | None = None) -> Intersection:
    """Stages with what is shown in their 3 s of yellow, then 1 s of red (turns on red go on)."""
    stages = [
        Stage(
            state,
            (
                Interval(yellow, 3.0),
                Interval("".join(letter if letter == "s" else "r" for letter in yellow), 1.0),
            ),
        )
        for state, yellow in shown
    ]
    return intersection_by_hand("A", (THROUGH, RIGHT, LEFT, CROSS), stages, MEETING, limits=limits)


def scenario_of(node: Intersection, limits: Limits | None = None) -> Scenario:
    base = to.read_scenario(to.example_path("main_street"), minutes=1)
    cycle_s = 34.0 * len(node.stages)
    timing = SignalTiming(node.stages, (30.0,) * len(node.stages), cycle_s, 0.0)
    return replace(
        base,
        network=Network({}, (node,)),
        field_plan=TimingPlan("field", {"A": timing}),
        limits=limits or Limits(),
        retime=frozenset({"A"}),
    )


SAFE = ("GGrr", "yyrr"), ("rrGr", "rryr"), ("rrrG", "rrry")


def test_a_plan_without_errors_stays_as_it_is() -> None:
    scenario = scenario_of(signal(*SAFE))
    assert errors(network_findings(scenario)) == ()
    after = conforming(scenario)
    assert after.field_plan == scenario.field_plan
    assert after.network.intersections == scenario.network.intersections
    assert after.retime == {"A"}


def test_a_turn_on_red_that_nobody_makes_yield_is_stopped() -> None:
    scenario = scenario_of(signal(("GGrr", "yyrr"), ("rsGr", "rsyr"), ("rsrG", "rsry")))
    assert {f.rule for f in errors(network_findings(scenario))} == {"permissive-without-yield"}
    after = conforming(scenario)
    states = [stage.state for stage in after.network["A"].stages]
    assert states == ["GGrr", "rrGr", "rsrG"]
    assert errors(network_findings(after)) == ()
    require_safe(scenario, after.field_plan)


def test_a_yielding_green_that_nobody_makes_yield_is_red_where_it_is_served_elsewhere() -> None:
    node = signal(("GGrr", "yyrr"), ("rgGr", "ryyr"), ("rrrG", "rrry"))
    assert without_clashes(node, [stage.state for stage in node.stages]) == ["GGrr", "rrGr", "rrrG"]
    assert errors(network_findings(conforming(scenario_of(node)))) == ()


@pytest.mark.parametrize(
    ("shown", "rule"),
    [
        ((("Grrr", "yrrr"), ("rgGr", "ryyr"), ("rrrG", "rrry")), "permissive-without-yield"),
        ((("GrGr", "yryr"), ("rGrG", "ryry")), "conflicting-greens"),
    ],
    ids=["served nowhere else", "two that go first"],
)
def test_what_cannot_be_brought_in_line_keeps_its_field_plan(
    shown: tuple[tuple[str, str], ...], rule: str
) -> None:
    scenario = scenario_of(signal(*shown))
    after = conforming(scenario)
    assert after.retime == frozenset()
    assert after.field_plan == scenario.field_plan
    assert after.network["A"].kept_because == f"its stages break the rule {rule}"


def test_a_waiver_lets_a_signal_be_retimed_as_it_is() -> None:
    scenario = scenario_of(signal(("GrGr", "yryr"), ("rGrG", "ryry")))
    waived = replace(scenario, waivers=(to.Waiver("conflicting-greens", "A", "an island parts them"),))
    after = conforming(waived)
    assert after.retime == {"A"}
    assert after.field_plan == scenario.field_plan


@pytest.mark.parametrize("profile", ["us", "cn", "de"])
def test_times_become_those_of_the_profile(profile: str) -> None:
    limits = Limits(profile)
    scenario = scenario_of(signal(*SAFE, limits=limits), limits)
    after = conforming(scenario)
    timing, old = after.field_plan["A"], scenario.field_plan["A"]
    assert errors(network_findings(scenario))
    assert errors(network_findings(after)) == ()
    assert [stage.state for stage in timing.stages] == [stage.state for stage in old.stages]
    assert timing.greens_s == old.greens_s
    assert timing.cycle_s > old.cycle_s

"""The gate: no plan that breaks a safety rule is written or simulated."""

from __future__ import annotations

import math
from collections.abc import Sequence

from trafficopt.errors import InputError, UnsafePlanError
from trafficopt.intersection import Intersection
from trafficopt.network import Network
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.rules.check import check_rows
from trafficopt.rules.findings import Finding, errors, waive
from trafficopt.scenario import Scenario
from trafficopt.stage import Interval

LISTED = 10


def check_fits(network: Network, plan: TimingPlan, where: object = "") -> None:
    """Refuse a plan that was made for another network, or whose times do not add up.

    Parameters
    ----------
    where
        The file that holds the plan; by default its name is given.

    Raises
    ------
    InputError
        With all that is wrong.
    """
    nodes = {node.id: node for node in network.intersections}
    faults = [f"signal {key!r} is not in the network" for key in plan if key not in nodes]
    faults += [fault for key in plan if key in nodes for fault in _faults(nodes[key], plan[key])]
    if faults:
        raise InputError(where or f"plan {plan.name!r}", faults, "use a plan made for this network")


def _faults(intersection: Intersection, timing: SignalTiming) -> list[str]:
    here, n = intersection.id, intersection.n_heads
    faults = []
    if any(len(row.state) != n for row in timing.intervals):
        faults.append(f"{here}: a state has not the {n} letters of the signal")
    total = math.fsum(row.duration_s for row in timing.intervals)
    if not abs(total - timing.cycle_s) <= 1e-6:  # also if a duration is no number
        faults.append(f"{here}: greens and intergreens add up to {total:g} s, cycle is {timing.cycle_s:g} s")
    return faults


def network_findings(scenario: Scenario, plan: TimingPlan | None = None) -> tuple[Finding, ...]:
    """What the safety rules say of all signals under a plan, by default the field plan.

    Signals that the plan leaves out keep their field plan; of those without a fixed-time program the
    states are looked at.

    Raises
    ------
    InputError
        If the plan does not fit the network.
    """
    field = scenario.field_plan.timings
    if plan is not None:
        check_fits(scenario.network, plan)
    timings = field if plan is None else {**field, **plan.timings}
    found: list[Finding] = []
    for node in scenario.network.intersections:
        timing = timings.get(node.id)
        if timing is not None:
            found += check_rows(node, timing.intervals, timing.cycle_s)
        elif node.stages:
            found += check_rows(node, _shortest_cycle(node), None)
    return waive(found, scenario.waivers)


def _shortest_cycle(intersection: Intersection) -> list[Interval]:
    """Rows of a program whose greens are free: each as long as a head's least green asks for."""
    green = float(intersection.requirements.min_green_s.max(initial=1.0))
    return [row for stage in intersection.stages for row in (Interval(stage.state, green), *stage.intergreen)]


def require_safe(scenario: Scenario, plan: TimingPlan) -> None:
    """Let a plan pass that breaks no safety rule, unless the scenario waives it.

    Signals that show what the field plan shows pass as they are: nothing is switched on that was not
    on before. What is wrong with them is told by `network_findings`.

    Raises
    ------
    InputError
        If the plan does not fit the network.
    UnsafePlanError
        With the findings of error severity.
    """
    check_fits(scenario.network, plan)
    field = scenario.field_plan.timings
    changed = [
        node
        for node in scenario.network.intersections
        if node.id in plan and (node.id not in field or plan[node.id].intervals != field[node.id].intervals)
    ]
    found = [f for node in changed for f in check_rows(node, plan[node.id].intervals, plan[node.id].cycle_s)]
    wrong = errors(waive(found, scenario.waivers))
    if wrong:
        raise UnsafePlanError(f"plan {plan.name!r} must not be switched on:\n{listed(wrong)}")


def require_safe_change(before: Scenario, after: Scenario) -> None:
    """Let programs pass that break no safety rule, unless the scenario waives it.

    Parameters
    ----------
    before, after
        A scenario, and the same with other programs; signals that show the same in both pass as they are.

    Raises
    ------
    UnsafePlanError
        With the findings of error severity.
    """
    old = {node.id: (node, _rows(before, node.id)) for node in before.network.intersections}
    changed = {
        node.id for node in after.network.intersections if (node, _rows(after, node.id)) != old.get(node.id)
    }
    wrong = [f for f in errors(network_findings(after)) if f.intersection in changed]
    if wrong:
        name = after.field_plan.name
        raise UnsafePlanError(f"plan {name!r} must not be switched on:\n{listed(wrong)}")


def _rows(scenario: Scenario, signal: str) -> tuple[Interval, ...]:
    timing = scenario.field_plan.timings.get(signal)
    return timing.intervals if timing else ()


def listed(findings: Sequence[Finding], most: int = LISTED) -> str:
    """Findings as lines, the first `most` of them."""
    lines = [f"  - {finding}" for finding in findings[:most]]
    if len(findings) > most:
        lines.append(f"  - and {len(findings) - most} more")
    return "\n".join(lines)

"""The linter: every finding on a plan, signal by signal and for the whole system."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trafficopt.intersection import Intersection
from trafficopt.model.signal_model import SignalModel
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.rules.catalog import RULES, Severity
from trafficopt.rules.findings import Finding, stale_waivers, waive
from trafficopt.signals.gate import network_findings
from trafficopt.stage import GREEN

COORDINATED_VEH_H = 100.0  # flow from signal to signal above which their cycles should fit
DRIFT = 0.1  # cycles that differ by less than this share were meant to be equal
ORDER = {severity: place for place, severity in enumerate(Severity)}


def lint(problem: Problem, plan: TimingPlan | None = None) -> tuple[Finding, ...]:
    """All findings on a plan, errors first, waivers of the scenario applied.

    Parameters
    ----------
    plan
        By default the field plan, which also holds for the signals that a plan leaves out.

    Raises
    ------
    InputError
        If the plan does not fit the network.
    """
    scenario = problem.scenario
    found = network_findings(scenario, plan)
    timed = scenario.field_plan
    if plan is not None:
        timed = TimingPlan(plan.name, {**timed.timings, **plan.timings})
    system = [
        *_cycle_ranges(problem, timed),
        *_drifting(problem, timed),
        *_unequal_on_arterials(problem, timed),
        *_above_warrant(problem, timed),
        *_saturated(problem, timed),
    ]
    every = [*found, *waive(system, scenario.waivers)]
    every += [
        _finding("stale-waiver", waiver.intersection, (), f"the waiver of {waiver.rule} covers no finding")
        for waiver in stale_waivers(every, scenario.waivers)
    ]
    rules = {rule: place for place, rule in enumerate(RULES)}
    return tuple(sorted(every, key=lambda f: (ORDER[f.severity], rules[f.rule], f.intersection)))


def _finding(rule: str, intersection: str, movements: tuple[str, ...], message: str) -> Finding:
    return Finding(rule, RULES[rule].severity, intersection, movements, message)


def _cycle_ranges(problem: Problem, plan: TimingPlan) -> Iterator[Finding]:
    """Cycles outside the profile's range."""
    limits = problem.limits
    for key in plan:
        cycle = plan[key].cycle_s
        if not limits.min_cycle_s - 1e-6 <= cycle <= limits.max_cycle_s + 1e-6:
            allowed = f"{limits.min_cycle_s:g} to {limits.max_cycle_s:g} s"
            yield _finding("cycle-range", key, (), f"the cycle is {cycle:g} s; the profile has {allowed}")


def _drifting(problem: Problem, plan: TimingPlan) -> Iterator[Finding]:
    """Neighbors whose cycles are nearly the same, or nearly half: offsets change every cycle."""
    nodes, platoons, owner = problem.network.intersections, problem.platoons, problem.intersection_of
    pairs = {
        (min(a, b), max(a, b))
        for a, b, flow in zip(
            owner[platoons.upstream], owner[platoons.downstream], platoons.flow_veh_h, strict=True
        )
        if a != b and flow >= COORDINATED_VEH_H
    }
    for a, b in sorted(pairs):
        one, two = nodes[a].id, nodes[b].id
        if one in plan and two in plan:
            short, long = sorted((plan[one].cycle_s, plan[two].cycle_s))
            gaps = [abs(long - times * short) for times in (1, 2)]
            if all(gap > 1e-6 for gap in gaps) and min(gaps) < DRIFT * long:
                here, there = plan[one].cycle_s, plan[two].cycle_s
                text = f"its cycle is {here:g} s, that of its neighbor {two} {there:g} s: offsets drift"
                yield _finding("cycles-drift", one, (), text)


def _unequal_on_arterials(problem: Problem, plan: TimingPlan) -> Iterator[Finding]:
    """Arterials whose signals run neither one cycle nor half of it."""
    for arterial in problem.network.arterials:
        cycles = {key: plan[key].cycle_s for key in arterial.intersections if key in plan}
        longest = max(cycles.values(), default=0.0)
        for key, cycle in cycles.items():
            if min(abs(longest - cycle), abs(longest - 2 * cycle)) > 1e-6:
                text = f"its cycle is {cycle:g} s on arterial {arterial.name}, which runs {longest:g} s"
                yield _finding("zone-cycles", key, (), text)


def _above_warrant(problem: Problem, plan: TimingPlan) -> Iterator[Finding]:
    """Turns that give way to more traffic than the profile's warrant has."""
    most = problem.limits.permissive_left_max_volume_product
    flow = {
        (problem.network.intersections[i].id, m.id): float(f)
        for i, m, f in zip(problem.intersection_of, problem.movements, problem.flow_veh_h, strict=True)
    }
    for node in problem.network.intersections:
        for turn, foes in _permissive_turns(node, plan) if node.id in plan else ():
            own, opposing = flow[node.id, turn], sum(flow.get((node.id, foe), 0.0) for foe in foes)
            if own * opposing > most:
                text = (
                    f"{turn} ({own:.0f} veh/h) gives way to {opposing:.0f} veh/h; "
                    f"the product {own * opposing:.0f} is above {most:g}"
                )
                yield _finding("permissive-volume", node.id, (turn, *foes), text)


def _permissive_turns(node: Intersection, plan: TimingPlan) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Movements that never go first, with the through movements they give way to."""
    states = [stage.state for stage in plan[node.id].stages]
    for movement in node.movements:
        if any(state[head] == "G" for head in movement.heads for state in states):
            continue
        shown = [state for state in states if any(state[head] in GREEN for head in movement.heads)]
        foes = {
            node.heads[foe].id
            for state in shown
            for foe in movement.yields_to
            if state[foe] in GREEN and node.opposed[movement.heads[0], foe]
        }
        across = {head.id for head in node.heads if head.to_link != movement.to_link}
        if foes & across:
            yield movement.id, tuple(sorted(foes & across))


def _saturated(problem: Problem, plan: TimingPlan) -> Iterator[Finding]:
    """Signals whose busiest lane has more demand than capacity, by the model."""
    saturation = SignalModel(problem).estimate(plan).saturation
    for node, load in zip(problem.network.intersections, saturation, strict=True):
        if node.id in plan and load > 1.0 and np.isfinite(load):
            text = f"the busiest lane has {load:.2f} times the demand that it can serve, by the model"
            yield _finding("saturated", node.id, (), text)
        elif node.id in plan and load > 1.0:
            yield _finding("saturated", node.id, (), "a lane with demand gets no green, by the model")

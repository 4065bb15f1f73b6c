"""Where the field plan breaks the rule profile: the nearest plan that keeps it, to start a search from."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from trafficopt.intersection import Intersection
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.rules.check import check_rows
from trafficopt.rules.findings import Finding, errors, waive
from trafficopt.scenario import Scenario
from trafficopt.signals.gate import network_findings
from trafficopt.signals.transitions import stages_in_order
from trafficopt.stage import GREEN, Stage


def conforming(scenario: Scenario) -> Scenario:
    """The scenario with a field plan that may be changed at every signal that stays to be retimed.

    A signal whose field plan has errors gets the yellows, intergreens and least greens that the rule
    profile asks for, in the stages that it has; who should give way in a stage and does not is red in it
    (`without_clashes`). Where that does not help, it keeps its field plan, and `kept_because` says so.
    Signals without errors stay as they are.
    """
    wrong: dict[str, list[Finding]] = defaultdict(list)
    for finding in errors(network_findings(scenario)):
        wrong[finding.intersection].append(finding)
    nodes, timings, retime = [], dict(scenario.field_plan.timings), set(scenario.retime)
    for node in scenario.network.intersections:
        if node.id in wrong and node.id in retime:
            stages, timing = _mended(node, timings[node.id])
            left = waive(check_rows(node, timing.intervals, timing.cycle_s), scenario.waivers)
            if errors(left):
                retime.discard(node.id)
                rules = sorted({finding.rule for finding in errors(left)})
                word = "rule" if len(rules) == 1 else "rules"
                node = replace(node, kept_because=f"its stages break the {word} {', '.join(rules)}")
            else:
                timings[node.id] = timing
                node = replace(node, stages=stages)
        nodes.append(node)
    return replace(
        scenario,
        network=replace(scenario.network, intersections=tuple(nodes)),
        field_plan=TimingPlan(scenario.field_plan.name, timings),
        retime=frozenset(retime),
    )


def _mended(node: Intersection, timing: SignalTiming) -> tuple[tuple[Stage, ...], SignalTiming]:
    """The same stages with what the requirements ask for; the cycle grows by what is added."""
    states = without_clashes(node, [stage.state for stage in timing.stages])
    longest = [stage.max_green_s for stage in timing.stages]
    stages = tuple(
        replace(stage, max_green_s=max(most, stage.min_green_s))
        for stage, most in zip(stages_in_order(node, states), longest, strict=True)
    )
    greens = tuple(
        max(green, float(math.ceil(stage.min_green_s - 1e-9)))
        for green, stage in zip(timing.greens_s, stages, strict=True)
    )
    cycle = round(math.fsum(greens) + math.fsum(stage.intergreen_s for stage in stages), 6)
    return stages, SignalTiming(stages, greens, cycle, timing.offset_s % cycle)


def without_clashes(node: Intersection, states: Sequence[str]) -> list[str]:
    """States in which yielding heads are red where the network does not make them give way.

    A turn on red (`s`) is stopped wherever it clashes, a yielding green (`g`) if another stage serves it
    without a clash. Clashes of two `G` stay.
    """
    mended = list(states)
    for index, state in enumerate(states):
        for head in _clashing(node, state):
            others = (other for k, other in enumerate(states) if k != index and other[head] in GREEN)
            if state[head] == "s" or any(head not in _clashing(node, other) for other in others):
                mended[index] = mended[index][:head] + "r" + mended[index][head + 1 :]
    return mended


def _clashing(node: Intersection, state: str) -> frozenset[int]:
    """Heads shown `g` or `s` together with the green of a foe where neither gives way."""
    letters = np.array(list(state))
    go, minor = np.isin(letters, list("Ggs")), np.isin(letters, list("gs"))
    gives_way = node.conflicts.yields & minor[:, None]
    clash = node.opposed & go[:, None] & go[None, :] & ~(gives_way | gives_way.T)
    return frozenset(int(head) for head in np.flatnonzero(clash.any(axis=1) & minor))

"""What may be shown at each signal: stage policies, and the stages and sequences that they allow."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

import numpy as np

from trafficopt.intersection import Intersection
from trafficopt.plan import SignalTiming
from trafficopt.problem import Problem
from trafficopt.rules.check import check_rows
from trafficopt.rules.findings import errors, waive
from trafficopt.search.splits import least_cycle_s, longest_cycle_s
from trafficopt.signals.transitions import stages_in_order
from trafficopt.stage import GREEN, Stage
from trafficopt.staging.approaches import JunctionLayout
from trafficopt.staging.sequences import candidate_sequences
from trafficopt.staging.stages import canonical
from trafficopt.units import Seconds
from trafficopt.waiver import Waiver

MOST_STAGES = 8

States = tuple[str, ...]


class StagePolicy(StrEnum):
    """How far stages may be redesigned. What may yield at all is the rule profile's decision.

    SHIPPED
        The field plan's stages in their order.
    PROTECTED
        Other stages, but whoever has a protected green in the field plan keeps one.
    WARRANTED
        A protected green may be dropped where the rule profile allows a permissive one.
    """

    SHIPPED = "shipped"
    PROTECTED = "protected"
    WARRANTED = "warranted"


@dataclass(frozen=True)
class SignalMenu:
    """Stage sequences that a policy allows at one signal.

    Attributes
    ----------
    node
        The intersection, with the field plan's stages.
    sequences
        Sequences to begin with, the field plan's first.
    """

    node: Intersection
    policy: StagePolicy
    sequences: tuple[States, ...] = field(repr=False)
    waivers: tuple[Waiver, ...] = field(default=(), repr=False)
    _checked: dict[object, bool] = field(default_factory=dict, repr=False, compare=False)
    _built: dict[States, tuple[Stage, ...]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def states(self) -> States:
        """Stages of the sequences, each once."""
        return tuple(dict.fromkeys(state for sequence in self.sequences for state in sequence))

    @cached_property
    def protected(self) -> tuple[tuple[frozenset[int], frozenset[int]], ...]:
        """Heads that need a protected green, and whose green makes it none, by movement or crossing."""
        if self.policy is StagePolicy.WARRANTED:
            return ()
        return protected_in(self.node, [stage.state for stage in self.node.stages])

    @cached_property
    def _needed(self) -> frozenset[int]:
        """Heads that the field plan shows green."""
        return frozenset(k for stage in self.node.stages for k, a in enumerate(stage.state) if a in GREEN)

    def allows(self, sequence: States) -> bool:
        """Whether the policy allows stages in this order: all are served, nobody's protection is lost."""
        n = len(sequence)
        if not min(2, len(self.node.stages)) <= n <= MOST_STAGES:
            return False
        if n > 1 and any(sequence[k - 1] == state for k, state in enumerate(sequence)):
            return False
        greens = [frozenset(k for k, a in enumerate(state) if a in GREEN) for state in sequence]
        if not self._needed <= frozenset().union(*greens):
            return False
        return not lost_protection(self.protected, sequence)

    def is_safe(self, timing: SignalTiming) -> bool:
        """Whether the timing breaks no rule, but for those that are waived."""
        key = (timing.stages, timing.greens_s)
        if key not in self._checked:
            findings = check_rows(self.node, timing.intervals, timing.cycle_s)
            self._checked[key] = not errors(waive(findings, self.waivers))
        return self._checked[key]

    def stages(self, sequence: States) -> tuple[Stage, ...]:
        """The stages of a sequence with their intergreens and least greens."""
        if sequence not in self._built:
            shipped = {stage.state: stage for stage in self.node.stages}
            longest = max(stage.max_green_s for stage in self.node.stages)
            self._built[sequence] = tuple(
                _bounded(stage, shipped.get(stage.state), longest)
                for stage in stages_in_order(self.node, sequence)
            )
        return self._built[sequence]


def _bounded(stage: Stage, shipped: Stage | None, longest_s: Seconds) -> Stage:
    """The stage with the bounds of the field plan's, where it has this stage."""
    least = max(stage.min_green_s, shipped.min_green_s if shipped else 0.0)
    most = max(least, shipped.max_green_s if shipped else longest_s)
    return replace(stage, min_green_s=least, max_green_s=most)


def protected_in(
    node: Intersection, states: Sequence[str]
) -> tuple[tuple[frozenset[int], frozenset[int]], ...]:
    """Units that would yield to somebody, and have a green in `states` beside none of them.

    Returns
    -------
    tuple
        For each such unit its heads, and the heads to which it yields when they are green too.
    """
    layout = JunctionLayout(node)
    found = []
    for u, unit in enumerate(layout.units):
        foes = frozenset(k for v in np.flatnonzero(layout.unit_yields[u]) for k in layout.units[int(v)].heads)
        heads = frozenset(unit.heads)
        if foes and any(_protects(state, heads, foes) for state in states):
            found.append((heads, foes))
    return tuple(found)


def lost_protection(
    protected: Iterable[tuple[frozenset[int], frozenset[int]]], states: Sequence[str]
) -> list[frozenset[int]]:
    """Heads of the units that have no protected green in `states`."""
    return [heads for heads, foes in protected if not any(_protects(state, heads, foes) for state in states)]


def _protects(state: str, heads: frozenset[int], foes: frozenset[int]) -> bool:
    return all(state[k] in GREEN for k in heads) and all(state[k] not in GREEN for k in foes)


def dropped_protection(node: Intersection, timing: SignalTiming) -> tuple[str, ...]:
    """Ids of the movements that the field plan protects in some stage and `timing` in none."""
    protected = protected_in(node, [stage.state for stage in node.stages])
    lost = lost_protection(protected, [stage.state for stage in timing.stages])
    return tuple(dict.fromkeys(node.heads[min(heads)].id for heads in lost))


def signal_menu(node: Intersection, policy: StagePolicy, waivers: tuple[Waiver, ...] = ()) -> SignalMenu:
    """What `policy` allows at one signal."""
    own = tuple(stage.state for stage in node.stages)
    drawn = [sequence.states for sequence in candidate_sequences(node)]
    # A field plan that the requirements forbid is no base for other stages.
    fits = bool(drawn) and _rotated(drawn[0]) == _rotated(tuple(canonical(node, state) for state in own))
    menu = SignalMenu(node, policy, (own, *drawn[1:]), waivers)
    if policy is StagePolicy.SHIPPED or not fits:
        return SignalMenu(node, policy, (own,), waivers)
    allowed = tuple(states for states in drawn[1:] if menu.allows(states))
    return SignalMenu(node, policy, (own, *allowed), waivers)


def _rotated(states: States) -> States:
    return min(states[k:] + states[:k] for k in range(len(states)))


def menus(problem: Problem, policy: StagePolicy) -> dict[str, SignalMenu]:
    """What `policy` allows at each signal that is to be retimed and has a known program."""
    scenario = problem.scenario
    return {
        node.id: signal_menu(node, policy, tuple(scenario.waivers))
        for node in scenario.network.intersections
        if node.id in scenario.retime and node.id in scenario.field_plan
    }


def retimable(problem: Problem, every: Mapping[str, SignalMenu]) -> tuple[dict[str, SignalMenu], list[str]]:
    """Signals that may change and can run some cycle, and sentences on those that can run none."""
    shortest, longest = math.ceil(problem.limits.min_cycle_s), math.floor(problem.limits.max_cycle_s)
    choosable, kept = {}, []
    for key, menu in every.items():
        sets = [menu.stages(sequence) for sequence in menu.sequences]
        least = min(least_cycle_s(stages) for stages in sets)
        most = max(longest_cycle_s(stages) for stages in sets)
        if max(least, shortest) <= min(most, longest):
            choosable[key] = menu
        elif least > longest:
            kept.append(
                f"{key} keeps its field timing: minimum greens and intergreens need {least} s, "
                f"above the longest cycle of {longest} s."
            )
        else:
            kept.append(
                f"{key} keeps its field timing: maximum greens and intergreens fill {most:g} s, "
                f"and no cycle from {shortest} s to {longest} s suits it."
            )
    return choosable, kept

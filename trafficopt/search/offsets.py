"""Offsets of a whole graph of signals: descent by signals and by spanning trees, with a lower bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import networkx as nx
import numpy as np

from trafficopt.model.link_costs import LinkCosts, link_costs
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.search.offset_bound import lower_bound
from trafficopt.units import FloatArray, IntArray, Seconds, read_only

STEP_S: Seconds = 2.0
BOUND_STEP_S: Seconds = 1.0  # plans have offsets of whole seconds
RESTARTS = 8
SWEEPS = 20
LEAST_GAIN = 1e-12
MOST_FOR_BRANCHES = 500  # signals: work on branches grows with the square of their number

Tree: TypeAlias = "nx.Graph[int]"


@dataclass(frozen=True, slots=True)
class OffsetSolution:
    """Offsets and how good they may be.

    Attributes
    ----------
    steps
        Offset of each signal in steps of the costs, shape (n_signals,).
    value
        Delay [veh*s/s] of these offsets.
    lower_bound
        No offsets have less delay [veh*s/s].
    """

    steps: IntArray = field(repr=False)
    value: float
    lower_bound: float

    def __post_init__(self) -> None:
        read_only(self.steps)

    @property
    def gap(self) -> float:
        """Part of the value by which better offsets may be better, at most."""
        return (self.value - self.lower_bound) / self.value if self.value > 0.0 else 0.0


def best_offsets(costs: LinkCosts, *, seed: int = 1, restarts: int = RESTARTS) -> OffsetSolution:
    """Offsets of little delay.

    Starts are in turn exact on a spanning tree of the pairs (the first tree is that of the pairs with most
    at stake, the others are drawn) and drawn at random. Each descends over all pairs: signal by signal, and
    by shifts of what hangs on each branch of the tree.

    Parameters
    ----------
    seed, restarts
        Of the trees that are drawn, and their number.
    """
    table, chance = _Tables(costs), np.random.default_rng(seed)
    at_stake = np.ptp(costs.cost, axis=1) if len(costs.cost) else np.zeros(0)
    best, value = np.zeros(len(costs.signals), dtype=np.int64), np.inf
    for number in range(max(1, restarts)):
        weight = at_stake if number == 0 else at_stake * chance.random(len(at_stake))
        tree = table.tree(weight)
        drawn = chance.integers(costs.cost.shape[1], size=len(best))
        steps = table.descend(drawn if number % 2 else table.on_tree(tree), tree)
        found = costs.value(steps)
        if found < value - LEAST_GAIN:
            best, value = steps, found
    return OffsetSolution(best, value, min(value, lower_bound(costs)))


def coordinated(
    problem: Problem, plan: TimingPlan, signals: Sequence[str], cycle_s: Seconds
) -> dict[str, Seconds]:
    """Offsets [s] by id for signals of one zone that run `cycle_s`, or half of it, in `plan`."""
    costs = link_costs(problem, plan, signals, cycle_s, STEP_S)
    found = best_offsets(costs)
    return {key: float(round(step * costs.step_s)) for key, step in zip(signals, found.steps, strict=True)}


def offset_delay(problem: Problem, plan: TimingPlan, zones: Sequence[Sequence[str]]) -> tuple[float, float]:
    """Delay between the signals of each zone under a plan, and its lower bound over all offsets [veh*s/s].

    Signals of a zone whose cycle is no whole part of the longest one are left out: nothing coordinates them.
    """
    value = bound = 0.0
    for zone in zones:
        longest = max((plan[key].cycle_s for key in zone), default=0.0)
        together = [key for key in zone if (longest / plan[key].cycle_s).is_integer()]
        if len(together) > 1:
            costs = link_costs(problem, plan, together, longest, BOUND_STEP_S)
            found = costs.value(costs.steps_of(plan))
            value, bound = value + found, bound + min(found, lower_bound(costs))
    return value, bound


class _Tables:
    """Costs of pairs, and the pairs of each signal."""

    def __init__(self, costs: LinkCosts) -> None:
        self.costs, self.n_steps = costs, costs.cost.shape[1]
        pairs = zip(costs.upstream.tolist(), costs.downstream.tolist(), strict=True)
        self.of: list[list[tuple[int, int, int]]] = [[] for _ in costs.signals]
        for pair, (a, b) in enumerate(pairs):
            self.of[a].append((pair, b, 1))
            self.of[b].append((pair, a, -1))

    def seen(self, pair: int, sign: int, other: int) -> FloatArray:
        """Cost of a pair by the own offset, where the other's is known, shape (n_steps,)."""
        own = np.arange(self.n_steps)
        difference = other - own if sign > 0 else own - other
        return np.asarray(self.costs.cost[pair, difference % self.n_steps])

    def descend(self, steps: IntArray, tree: Tree) -> IntArray:
        """Signals and branches of a tree to the offset that is best beside the others, until none moves."""
        steps = steps.copy()
        branches = [np.array([node]) for node in range(len(self.of)) if self.of[node]]
        if len(self.of) <= MOST_FOR_BRANCHES:
            branches += _branches(tree)
        for _ in range(SWEEPS):
            moved = [self._shift(steps, branch) for branch in branches]
            if not any(moved):
                break
        return steps

    def _shift(self, steps: IntArray, branch: IntArray) -> bool:
        """Shift some signals together by what is best; whether that helped."""
        inside = np.zeros(len(steps), dtype=np.bool_)
        inside[branch] = True
        cut = [(p, node, b, s) for node in branch.tolist() for p, b, s in self.of[node] if not inside[b]]
        if not cut:
            return False
        delay = sum(
            (np.roll(self.seen(p, s, int(steps[b])), -int(steps[node])) for p, node, b, s in cut),
            np.zeros(self.n_steps),
        )
        best = int(delay.argmin())
        if delay[best] >= delay[0] - LEAST_GAIN:
            return False
        steps[branch] = (steps[branch] + best) % self.n_steps
        return True

    def tree(self, weight: FloatArray) -> Tree:
        """Spanning tree (of each connected group) of greatest weight."""
        graph: Tree = nx.Graph()
        graph.add_nodes_from(range(len(self.of)))
        for pair, (a, b) in enumerate(
            zip(self.costs.upstream.tolist(), self.costs.downstream.tolist(), strict=True)
        ):
            graph.add_edge(a, b, weight=float(weight[pair]), pair=pair)
        return nx.maximum_spanning_tree(graph)

    def on_tree(self, tree: Tree) -> IntArray:
        """Offsets that are best for the pairs of a tree: each can have its own best difference."""
        steps = np.zeros(len(self.of), dtype=np.int64)
        for part in sorted(map(min, nx.connected_components(tree))):
            for parent, child in nx.bfs_edges(tree, part):
                pair = tree.edges[parent, child]["pair"]
                difference = int(self.costs.cost[pair].argmin())
                sign = 1 if self.costs.upstream[pair] == parent else -1
                steps[child] = (steps[parent] + sign * difference) % self.n_steps
        return steps


def _branches(tree: Tree) -> list[IntArray]:
    """For each edge of a tree, the signals below it."""
    found = []
    for root in sorted(map(min, nx.connected_components(tree))):
        below: dict[int, list[int]] = {}
        edges = list(nx.bfs_edges(tree, root))
        for parent, child in reversed(edges):
            below.setdefault(child, []).append(child)
            below.setdefault(parent, []).extend(below[child])
        found += [np.array(sorted(set(below[child]))) for _, child in edges]
    return found

"""Offsets of a whole graph of signals by moves of whole forests, with a lower bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from trafficopt.model.link_costs import LinkCosts, link_costs
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.search.forest_moves import move_forest
from trafficopt.search.offset_bound import lower_bound
from trafficopt.search.pair_graph import PairGraph, pair_graph
from trafficopt.units import IntArray, Seconds, read_only

STEP_S: Seconds = 2.0
BOUND_STEP_S: Seconds = 1.0  # plans have offsets of whole seconds
MOVES = 1000
FIRST_NOISE = 0.4  # of the mean standard deviation of a pair's costs


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


def best_offsets(costs: LinkCosts, *, seed: int = 1, restarts: int = 1) -> OffsetSolution:
    """Offsets of little delay, with a bound.

    Parameters
    ----------
    seed
        Of all that is drawn.
    restarts
        Times that offsets are searched; the best are taken.
    """
    steps = _least_delay_steps(costs, seed, restarts)
    value = costs.value(steps)
    return OffsetSolution(steps, value, min(value, lower_bound(costs)))


def coordinated(
    problem: Problem, plan: TimingPlan, signals: Sequence[str], cycle_s: Seconds
) -> dict[str, Seconds]:
    """Offsets [s] by id for signals of one zone that run `cycle_s`, or half of it, in `plan`."""
    costs = link_costs(problem, plan, signals, cycle_s, STEP_S)
    steps = _least_delay_steps(costs)
    return {key: float(round(step * costs.step_s)) for key, step in zip(signals, steps, strict=True)}


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


def _least_delay_steps(costs: LinkCosts, seed: int = 1, restarts: int = 1) -> IntArray:
    """Offsets [steps] of little delay, shape (n_signals,); 0 where a signal is in no pair."""
    graph, chance = pair_graph(costs), np.random.default_rng(seed)
    found = [_noised(costs, graph, chance) for _ in range(restarts)]
    return min(found, key=costs.value)


def _noised(costs: LinkCosts, graph: PairGraph, chance: np.random.Generator) -> IntArray:
    """Offsets after moves of drawn forests under noise that falls to none.

    Noise is added to the cost of each signal by its own offset, as in the noising method (Charon and Hudry
    1993). Where the pairs are a forest, one move without noise is exact.
    """
    steps = np.zeros(len(costs.signals), dtype=np.int64)
    joined = np.flatnonzero(np.diff(graph.starts))
    if not len(joined):
        return steps

    def move(noise: float) -> int:
        added = chance.normal(0.0, noise, (len(steps), costs.cost.shape[1]))
        return move_forest(graph, costs.cost, chance.permutation(joined), added, steps)

    if move(0.0) == len(joined):
        return steps
    for noise in np.linspace(FIRST_NOISE * float(costs.cost.std(axis=1).mean()), 0.0, MOVES):
        move(noise)
    return steps

"""Which sequence of stages an intersection should run: a quick look at all that it may."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from trafficopt.model.lane_groups import JunctionLanes, following
from trafficopt.problem import Problem
from trafficopt.search.splits import screen_greens
from trafficopt.stage import Stage
from trafficopt.units import FloatArray, IntArray, Seconds, SecondsArray


class RankedSequence(NamedTuple):
    """A sequence (its index among those offered) with its quick greens.

    Attributes
    ----------
    cost_veh_s_s
        Delay, and weighted vehicles that do not fit on their links: see `screen_greens`.
    greens_s
        Greens of the stages, shape (n_stages,); not whole seconds.
    """

    cost_veh_s_s: float
    greens_s: SecondsArray
    sequence: int


class CycleChoice(NamedTuple):
    """The best sequence of an intersection at each of some cycles.

    Attributes
    ----------
    cost_veh_s_s
        Shape (n_cycles,); infinite where no sequence fits into the cycle.
    sequence
        Best sequence, shape (n_cycles,); -1 where there is none.
    """

    cost_veh_s_s: FloatArray
    sequence: IntArray


def ranked_sequences(
    problem: Problem, node: int, sequences: Sequence[tuple[Stage, ...]], cycle_s: Seconds
) -> list[RankedSequence]:
    """Sequences that fit into the cycle, best first; those of equal cost in the order given.

    Parameters
    ----------
    node
        Index of the intersection.
    """
    lanes = JunctionLanes(problem, node, following(problem))
    ranked = []
    for index, stages in enumerate(sequences):
        greens, costs = screen_greens(lanes.groups(stages), stages, np.array([cycle_s], dtype=np.float64))
        if np.isfinite(costs[0]):
            ranked.append(RankedSequence(float(costs[0]), greens[0], index))
    return sorted(ranked, key=lambda found: (found.cost_veh_s_s, found.sequence))


def best_by_cycle(
    lanes: JunctionLanes, sequences: Sequence[tuple[Stage, ...]], cycles_s: SecondsArray
) -> CycleChoice:
    """Best sequence of one intersection at each cycle of an array [s], shape (n_cycles,)."""
    best = np.full(len(cycles_s), np.inf)
    index = np.full(len(cycles_s), -1, dtype=np.int64)
    for k, stages in enumerate(sequences):
        _, costs = screen_greens(lanes.groups(stages), stages, cycles_s)
        better = costs < best - 1e-9
        best[better], index[better] = costs[better], k
    return CycleChoice(best, index)

"""Which sequence of stages an intersection should run: a quick look at all that it may."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from trafficopt.model.lane_groups import JunctionLanes
from trafficopt.search.splits import screen_greens
from trafficopt.stage import Stage
from trafficopt.units import FloatArray, IntArray, SecondsArray


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

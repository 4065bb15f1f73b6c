"""A lower bound on the delay of any offsets, from the dual of a relaxation over short cycles of pairs."""

from __future__ import annotations

import numba
import numpy as np

from trafficopt.model.link_costs import LinkCosts
from trafficopt.search.pair_graph import least_sums, pair_graph, short_cycles, turned
from trafficopt.units import FloatArray, IntArray

ROUNDS = 100


def lower_bound(costs: LinkCosts, rounds: int = ROUNDS) -> float:
    """Delay [veh*s/s] that no offsets are below.

    Each pair may choose its own difference of offsets, but around each short cycle (`short_cycles`) the
    differences must add up to whole cycles of the signals. The cost of each pair is split over the cycles
    that it is part of. The least costs that each cycle can have alone, and each pair that is in none, sum
    to a bound however costs are split (the dual of Sontag et al., Tightening LP relaxations for MAP using
    message passing, UAI 2008, with cycles of differences as clusters). Passing on what a cycle does not
    need to the next and back raises it (sequential reweighted message passing: Kolmogorov, A new look at
    reweighted message passing, IEEE TPAMI 37, 2015).

    Parameters
    ----------
    rounds
        Times that all cycles pass on costs: to later ones and to earlier ones in turn.
    """
    graph = pair_graph(costs)
    cycles = short_cycles(graph)
    least = costs.cost.min(axis=1) if len(costs.cost) else np.zeros(0)
    bound = float(least.sum())
    if cycles:
        sides = np.concatenate(cycles)
        starts = np.cumsum([0, *map(len, cycles)])
        pairs, signs = graph.pair[sides], graph.sign[sides]
        bound = max(bound, _ascend(starts, pairs, signs, costs.cost.copy(), rounds))
    return costs.constant + bound


@numba.njit(cache=True)
def _ascend(starts: IntArray, pairs: IntArray, signs: IntArray, free: FloatArray, rounds: int) -> float:
    """Bound after costs were passed on `rounds` times.

    Parameters
    ----------
    starts
        First place of each cycle in `pairs`, and the end, shape (n_cycles + 1,).
    pairs, signs
        Pairs that a cycle follows, -1 where it meets the downstream signal first, shape (n_places,).
    free
        Cost of each pair that no cycle holds, overwritten, shape (n_pairs, n_steps).
    """
    n_cycles, n_steps = len(starts) - 1, free.shape[1]
    first, last = np.full(len(free), n_cycles), np.full(len(free), -1)
    for cycle in range(n_cycles):
        for pair in pairs[starts[cycle] : starts[cycle + 1]]:
            first[pair] = min(first[pair], cycle)
            last[pair] = cycle
    held, own = np.zeros((len(pairs), n_steps)), np.empty(n_steps)
    longest = np.diff(starts).max()
    marginal = np.empty((longest, n_steps))
    best = -np.inf
    for turn in range(rounds):
        bound = 0.0
        for number in range(n_cycles):
            cycle = number if turn % 2 == 0 else n_cycles - 1 - number
            begin, end = starts[cycle], starts[cycle + 1]
            before = after = 0  # pairs that earlier, later cycles of this turn share
            for place in range(begin, end):
                pair = pairs[place]
                turned(free[pair], signs[place], own)
                held[place] += own
                free[pair] = 0.0
                before += first[pair] < cycle
                after += last[pair] > cycle
            if turn % 2 == 1:
                before, after = after, before
            _marginals(held[begin:end], marginal)
            part = 1.0 / max(before, after, 1)
            for place in range(begin, end):
                pair = pairs[place]
                if (last[pair] > cycle) if turn % 2 == 0 else (first[pair] < cycle):
                    held[place] -= part * marginal[place - begin]
                    turned(marginal[place - begin], signs[place], own)
                    free[pair] = part * own
            bound += (1.0 - part * after) * marginal[0].min()
        for pair in range(len(free)):
            bound += free[pair].min()
        best = max(best, bound)
    return best


@numba.njit(cache=True)
def _marginals(table: FloatArray, marginal: FloatArray) -> None:
    """Least cost of a cycle by the difference of each of its pairs, the others at their best.

    Parameters
    ----------
    table
        Cost of each pair by its difference in the direction of the cycle, shape (n_pairs, n_steps).
    marginal
        Written, shape (n_pairs or more, n_steps).
    """
    n, n_steps = table.shape
    behind, rest, turn = np.empty((n, n_steps)), np.empty(n_steps), np.empty(n_steps)
    behind[n - 1] = table[n - 1]  # least cost of a pair and all after it, by the sum of their differences
    for k in range(n - 2, 0, -1):
        least_sums(table[k], behind[k + 1], behind[k])
    ahead = table[0].copy()  # the same of all before a pair
    for k in range(n):
        if k == 0:
            rest[:] = behind[1]
        elif k == n - 1:
            rest[:] = ahead
        else:
            least_sums(ahead, behind[k + 1], rest)
            least_sums(ahead, table[k], turn)
            ahead[:] = turn
        turned(rest, -1, turn)
        marginal[k] = table[k] + turn

"""Pairs of signals as a graph: neighbors, short cycles, and tables by the difference of two offsets."""

from __future__ import annotations

from dataclasses import dataclass, field

import numba
import numpy as np

from trafficopt.model.link_costs import LinkCosts
from trafficopt.units import FloatArray, IntArray, read_only

LONGEST_CYCLE = 24  # pairs: a longer cycle hardly keeps its pairs from their best differences


@dataclass(frozen=True, slots=True)
class PairGraph:
    """Pairs as their signals see them: each has two sides, those of a signal stand together.

    Attributes
    ----------
    starts
        First side of each signal, and the end, shape (n_signals + 1,).
    neighbor
        The signal on the other side, shape (2 n_pairs,).
    twin
        The same pair's side at the neighbor, shape (2 n_pairs,).
    pair
        Index of the pair, shape (2 n_pairs,).
    sign
        1 where the neighbor is the downstream signal of the pair, else -1, shape (2 n_pairs,).
    """

    starts: IntArray = field(repr=False)
    neighbor: IntArray = field(repr=False)
    twin: IntArray = field(repr=False)
    pair: IntArray = field(repr=False)
    sign: IntArray = field(repr=False)

    def __post_init__(self) -> None:
        for array in (self.starts, self.neighbor, self.twin, self.pair, self.sign):
            read_only(array)


def pair_graph(costs: LinkCosts) -> PairGraph:
    """The pairs of `costs` as a graph."""
    n_pairs = len(costs.upstream)
    own = np.concatenate([costs.upstream, costs.downstream])
    order = np.argsort(own, kind="stable")
    place = np.argsort(order)
    degree = np.bincount(own, minlength=len(costs.signals))
    return PairGraph(
        np.concatenate([[0], np.cumsum(degree)]).astype(np.int64),
        np.concatenate([costs.downstream, costs.upstream])[order],
        np.roll(place, -n_pairs)[order],
        order % max(1, n_pairs),
        np.where(order < n_pairs, 1, -1),
    )


def short_cycles(graph: PairGraph) -> list[IntArray]:
    """Independent short cycles of a graph, each as the sides of pairs that it follows.

    Candidates are, for each two pairs of a signal, a shortest cycle through both. From the shortest on,
    each is kept that is no sum (modulo 2) of others before it, as in the greedy choice of a minimum cycle
    basis (Horton 1987). On a grid these are its blocks.

    Returns
    -------
    list[IntArray]
        Sides, shape (n_pairs of the cycle,), in the order of the least pair that they contain.
    """
    found: dict[frozenset[int], IntArray] = {}
    n = len(graph.starts) - 1
    seen, depth, came, queue = (np.full(n, -1, dtype=np.int64) for _ in range(4))
    for signal in range(n):
        for row in _cycles_through(
            signal, graph.starts, graph.neighbor, graph.twin, seen, depth, came, queue
        ):
            cycle = row[row >= 0]
            found.setdefault(frozenset(graph.pair[cycle].tolist()), cycle)
    found.pop(frozenset(), None)
    kept: list[frozenset[int]] = []
    reduced: dict[int, frozenset[int]] = {}
    for pairs in sorted(found, key=lambda pairs: (len(pairs), sorted(pairs))):
        left = pairs
        while left and min(left) in reduced:
            left ^= reduced[min(left)]
        if left:
            reduced[min(left)] = left
            kept.append(pairs)
    return [found[pairs] for pairs in sorted(kept, key=sorted)]


@numba.njit(cache=True)
def _cycles_through(
    signal: int,
    starts: IntArray,
    neighbor: IntArray,
    twin: IntArray,
    seen: IntArray,
    depth: IntArray,
    came: IntArray,
    queue: IntArray,
) -> IntArray:
    """A shortest cycle through each two sides of a signal, shape (n_twos, LONGEST_CYCLE), -1 after its end.

    `seen`, `depth`, `came` and `queue` are for work, shape (n_signals,), `seen` -1 at first: it holds the
    number of the search that was there last.
    """
    first, end = starts[signal], starts[signal + 1]
    cycles = np.full(((end - first) * (end - first - 1) // 2, LONGEST_CYCLE), -1, dtype=np.int64)
    row = 0
    for out in range(first, end):
        for back in range(out + 1, end):
            search = starts[-1] * out + back
            seen[signal] = seen[neighbor[out]] = search
            queue[0], depth[neighbor[out]], at, count = neighbor[out], 1, 0, 1
            while at < count and seen[neighbor[back]] != search and depth[queue[at]] < LONGEST_CYCLE - 1:
                here = queue[at]
                at += 1
                for side in range(starts[here], starts[here + 1]):
                    there = neighbor[side]
                    if seen[there] != search:
                        seen[there], depth[there], came[there] = search, depth[here] + 1, side
                        queue[count] = there
                        count += 1
            if seen[neighbor[back]] == search:
                side = twin[back]
                for place in range(depth[neighbor[back]], 0, -1):
                    cycles[row, place] = side
                    side = came[neighbor[twin[side]]]
                cycles[row, 0] = out
            row += 1
    return cycles


@numba.njit(cache=True)
def turned(table: FloatArray, sign: int, out: FloatArray) -> None:
    """Write a table by cyclic difference d as one by sign * d, both of shape (n_steps,)."""
    n = table.shape[0]
    out[0] = table[0]
    for d in range(1, n):
        out[d] = table[d] if sign > 0 else table[n - d]


@numba.njit(cache=True)
def least_sums(first: FloatArray, second: FloatArray, out: FloatArray) -> None:
    """Write the least first[x] + second[z - x] over all x for each z, modulo n_steps; shape (n_steps,)."""
    n = first.shape[0]
    twice = np.concatenate((second, second))
    out[:] = np.inf
    for x in range(n):
        shifted, plus = twice[n - x : 2 * n - x], first[x]
        for z in range(n):
            total = plus + shifted[z]
            out[z] = total if total < out[z] else out[z]

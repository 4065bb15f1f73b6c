"""Moves of offsets that are best for many signals at once: all of a forest beside the others, compiled."""

from __future__ import annotations

import numba
import numpy as np

from trafficopt.search.pair_graph import PairGraph, least_sums, turned
from trafficopt.units import FloatArray, IntArray

OUTSIDE, ROOT = -2, -1


def move_forest(
    graph: PairGraph, cost: FloatArray, order: IntArray, noise: FloatArray, steps: IntArray
) -> int:
    """Bring the signals of a forest to the offsets that are best together beside those of all others.

    The forest grows in a given order (`grow_forest`). Its least cost is found by dynamic programming from
    leaves to roots: a signal hands on, by its parent's offset, the least cost of all below it.

    Parameters
    ----------
    cost
        Cost of each pair by the difference of its offsets, as in `LinkCosts`, shape (n_pairs, n_steps).
    order
        Signals that may move, shape (n_signals or fewer,).
    noise
        Added to the cost of each signal by its own offset; overwritten, shape (n_signals, n_steps).
    steps
        Offsets in steps, changed in place, shape (n_signals,).

    Returns
    -------
    int
        Number of signals in the forest.
    """
    line, up = grow_forest(order, graph.starts, graph.neighbor, graph.twin)
    _settle(line, up, graph.starts, graph.neighbor, graph.pair, graph.sign, cost, noise, steps)
    return len(line)


@numba.njit(cache=True)
def grow_forest(
    order: IntArray, starts: IntArray, neighbor: IntArray, twin: IntArray
) -> tuple[IntArray, IntArray]:
    """Signals between which all pairs form a forest: each in turn that has at most one pair with each tree.

    Returns
    -------
    line
        Signals of the forest, parents before their children.
    up
        Side of each signal that leads to its parent, `ROOT` or `OUTSIDE`, shape (n_signals,).
    """
    n = starts.shape[0] - 1
    up = np.full(n, OUTSIDE)
    tree = np.arange(n)  # leads to the signal that stands for the tree
    inside = np.zeros(n, dtype=np.bool_)
    for node in order:
        joins = True
        for side in range(starts[node], starts[node + 1]):
            if inside[neighbor[side]]:
                tree[neighbor[side]] = _top(tree, neighbor[side])
                for other in range(starts[node], side):
                    if inside[neighbor[other]] and _top(tree, neighbor[other]) == tree[neighbor[side]]:
                        joins = False
        if joins:
            inside[node] = True
            for side in range(starts[node], starts[node + 1]):
                if inside[neighbor[side]]:
                    tree[_top(tree, neighbor[side])] = node
    line, count, at = np.empty(n, dtype=np.int64), 0, 0
    for root in order:
        if inside[root] and up[root] == OUTSIDE:
            up[root], line[count] = ROOT, root
            count += 1
        while at < count:
            node = line[at]
            at += 1
            for side in range(starts[node], starts[node + 1]):
                child = neighbor[side]
                if inside[child] and up[child] == OUTSIDE:
                    up[child], line[count] = twin[side], child
                    count += 1
    return line[:count], up


@numba.njit(cache=True)
def _top(tree: IntArray, node: int) -> int:
    """The signal that stands for a signal's tree; shortens the way to it."""
    while tree[node] != node:
        tree[node] = tree[tree[node]]
        node = tree[node]
    return node


@numba.njit(cache=True)
def _settle(
    line: IntArray,
    up: IntArray,
    starts: IntArray,
    neighbor: IntArray,
    pair: IntArray,
    sign: IntArray,
    cost: FloatArray,
    below: FloatArray,
    steps: IntArray,
) -> None:
    """Best offsets of a forest; `below` becomes the least cost of a signal and all below it by its offset."""
    n_steps = cost.shape[1]
    table, message = np.empty(n_steps), np.empty(n_steps)
    for node in line[::-1]:
        for side in range(starts[node], starts[node + 1]):
            if up[neighbor[side]] == OUTSIDE:
                _add_seen(below[node], cost[pair[side]], sign[side], steps[neighbor[side]])
        if up[node] != ROOT:
            side = up[node]
            turned(cost[pair[side]], sign[side], table)
            least_sums(below[node], table, message)
            below[neighbor[side]] += message
    for node in line:
        if up[node] != ROOT:
            side = up[node]
            _add_seen(below[node], cost[pair[side]], sign[side], steps[neighbor[side]])
        best = below[node].argmin()
        if below[node, best] < below[node, steps[node]]:
            steps[node] = best


@numba.njit(cache=True)
def _add_seen(total: FloatArray, table: FloatArray, sign: int, other: int) -> None:
    """Add a pair's cost by the own offset where the neighbor's is known, shape (n_steps,)."""
    n = total.shape[0]
    for own in range(n):
        ahead = (other - own) * sign
        total[own] += table[ahead if ahead >= 0 else ahead + n]

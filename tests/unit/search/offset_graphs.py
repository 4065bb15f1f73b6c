"""Graphs of signals with random costs, and their least cost by trying all offsets."""

from __future__ import annotations

from itertools import product

import networkx as nx
import numpy as np

from trafficopt.model.link_costs import LinkCosts


def costs_of(graph: nx.Graph[int], n_steps: int, seed: int, constant: float = 0.0) -> LinkCosts:
    pairs = np.array(sorted(tuple(sorted(edge)) for edge in graph.edges), dtype=np.int64).reshape(-1, 2)
    table = np.random.default_rng(seed).random((len(pairs), n_steps))
    names = tuple(str(node) for node in range(graph.number_of_nodes()))
    return LinkCosts(names, pairs[:, 0].copy(), pairs[:, 1].copy(), table, constant, 1.0)


def grid(rows: int, columns: int) -> nx.Graph[int]:
    return nx.convert_node_labels_to_integers(nx.grid_2d_graph(rows, columns))


def exhaustive(costs: LinkCosts) -> float:
    n_steps = costs.cost.shape[1]
    tries = np.array(list(product(range(n_steps), repeat=len(costs.signals) - 1)), dtype=np.int8)
    total = np.full(len(tries), costs.constant)
    for pair, (a, b) in enumerate(zip(costs.upstream, costs.downstream, strict=True)):
        before = tries[:, a - 1] if a > 0 else 0
        total += costs.cost[pair][(tries[:, b - 1] - before) % n_steps]
    return float(total.min())


def row_by_row(costs: LinkCosts, width: int) -> float:
    """Least cost of a grid, exact: all offsets of one row after another."""
    n_steps, n = costs.cost.shape[1], len(costs.signals)
    table = {
        (int(a), int(b)): cost
        for a, b, cost in zip(costs.upstream, costs.downstream, costs.cost, strict=True)
    }
    rows = np.array(list(product(range(n_steps), repeat=width)))

    def within(first: int) -> np.ndarray:
        pairs = ((first + k, first + k + 1, k) for k in range(width - 1))
        costs_of_rows = [table[a, b][(rows[:, k + 1] - rows[:, k]) % n_steps] for a, b, k in pairs]
        return np.asarray(np.sum(costs_of_rows, axis=0))

    best = within(0)
    for first in range(width, n, width):
        step = sum(
            table[first - width + k, first + k][(rows[None, :, k] - rows[:, None, k]) % n_steps]
            for k in range(width)
        )
        best = (best[:, None] + step).min(axis=0) + within(first)
    return float(best.min()) + costs.constant

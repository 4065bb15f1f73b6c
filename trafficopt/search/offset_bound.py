"""A lower bound on the delay of any offsets, from the dual of a linear relaxation."""

from __future__ import annotations

import networkx as nx
import numpy as np

from trafficopt.model.link_costs import LinkCosts

ROUNDS = 60


def lower_bound(costs: LinkCosts, rounds: int = ROUNDS) -> float:
    """Delay [veh*s/s] that no offsets are below.

    The costs of pairs are reparametrized by messages: each pair gives each of its signals a part of its
    cost by that signal's offset, and keeps the rest. Least rest of every pair plus least sum of every
    signal is a bound whatever the messages are; passing them pair by pair (MPLP: Globerson and Jaakkola,
    Fixing max-product, NIPS 2007) raises it. Since only differences of offsets matter, messages would stay
    constant, so the first signal of each connected group has offset 0.
    """
    n, k = len(costs.signals), costs.cost.shape[1]
    if not len(costs.cost):
        return costs.constant
    ups, downs = costs.upstream.tolist(), costs.downstream.tolist()
    own = np.arange(k)
    tables = [costs.cost[p][(own[None, :] - own[:, None]) % k] for p in range(len(ups))]  # [up, down]
    belief = np.zeros((n, k))
    for first in _first_of_components(n, ups, downs):
        # Its offset is 0: a shift of all changes nothing. So much more than all others differ is enough.
        belief[first, 1:] = 1.0 + float(np.ptp(costs.cost, axis=1).sum())
    to_up, to_down = np.zeros((len(ups), k)), np.zeros((len(ups), k))
    best = float(costs.cost.min(axis=1).sum())
    for _ in range(rounds):
        for p, (a, b) in enumerate(zip(ups, downs, strict=True)):
            rest_a, rest_b = belief[a] - to_up[p], belief[b] - to_down[p]
            to_up[p] = 0.5 * ((tables[p] + rest_b[None, :]).min(axis=1) - rest_a)
            to_down[p] = 0.5 * ((tables[p] + rest_a[:, None]).min(axis=0) - rest_b)
            belief[a], belief[b] = rest_a + to_up[p], rest_b + to_down[p]
        rests = sum(
            float((table - to_up[p][:, None] - to_down[p][None, :]).min()) for p, table in enumerate(tables)
        )
        best = max(best, rests + float(belief.min(axis=1).sum()))
    return costs.constant + best


def _first_of_components(n: int, ups: list[int], downs: list[int]) -> list[int]:
    """Least index of each group of signals that pairs connect."""
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from(zip(ups, downs, strict=True))
    return sorted(map(min, nx.connected_components(graph)))

"""Routes among which drivers choose: shortest ones under many states of traffic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from trafficopt.demand import Demand
from trafficopt.lanes import LaneGraph
from trafficopt.units import FloatArray, IntArray

N_STATES = 80
SPREAD = 0.3  # of the logarithm of link travel times between the states
CONGESTED = 0.12  # share of links that are congested in a state
SLOWER = 12.0  # than free flow where it is congested
MOST = 10
MINOR_S = 1.5  # SUMO's default penalty of connections that give way


def candidate_routes(demand: Demand, graph: LaneGraph) -> list[tuple[tuple[str, ...], ...]]:
    """Candidates of each vehicle, its own route first; one for vehicles whose route is fixed."""
    chooses = [d.chooses_route for d in demand.departures] or [False] * len(demand)
    pairs = sorted({(r[0], r[-1]) for r, c in zip(demand.routes, chooses, strict=True) if c and len(r) > 1})
    found = _alternatives(pairs, graph) if pairs else {}
    result = []
    for route, free in zip(demand.routes, chooses, strict=True):
        others = found.get((route[0], route[-1]), ()) if free else ()
        result.append((route, *(r for r in others if r != route))[:MOST])
    return result


def _alternatives(
    pairs: Sequence[tuple[str, str]], graph: LaneGraph
) -> dict[tuple[str, str], tuple[tuple[str, ...], ...]]:
    links = list(dict.fromkeys(lane.link for lane in graph.lanes))
    index = {link: k for k, link in enumerate(links)}
    own, tail, head, over = _costs(graph, index)
    origins = sorted({index[a] for a, _ in pairs})
    row_of = {origin: k for k, origin in enumerate(origins)}
    rng = np.random.default_rng(1)
    kept: dict[tuple[str, str], dict[tuple[str, ...], int]] = {pair: {} for pair in pairs}
    for state in range(N_STATES):
        factor = np.exp(SPREAD * rng.standard_normal(len(links))) if state else np.ones(len(links))
        factor = np.where((rng.random(len(links)) < CONGESTED) & (state > 0), SLOWER * factor, factor)
        weights: Any = csr_matrix(((own * factor)[head] + over, (tail, head)), shape=(len(links),) * 2)
        _, before = dijkstra(weights, indices=origins, return_predecessors=True)
        for a, b in pairs:
            route = _traced(before[row_of[index[a]]], index[a], index[b])
            if route:
                key = tuple(links[k] for k in route)
                kept[a, b][key] = kept[a, b].get(key, 0) + 1
    return {
        pair: tuple(sorted(routes, key=lambda r: (-routes[r], r))[:MOST]) for pair, routes in kept.items()
    }


def _costs(graph: LaneGraph, index: dict[str, int]) -> tuple[FloatArray, IntArray, IntArray, FloatArray]:
    """Free-flow time of each link, and ends and time of each turn (the quickest of its lanes)."""
    own = np.zeros(len(index))
    for lane in graph.lanes:
        own[index[lane.link]] = lane.length_m / lane.speed_m_s
    turns: dict[tuple[int, int], float] = {}
    for c in graph.connections:
        key = (index[graph.lanes[c.from_lane].link], index[graph.lanes[c.to_lane].link])
        cost = c.length_m / c.speed_m_s + (MINOR_S if c.right_of_way in "mswo=" else 0.0)
        turns[key] = min(cost, turns.get(key, cost))
    keys = sorted(turns)
    return (
        own,
        np.array([k[0] for k in keys], dtype=np.int64),
        np.array([k[1] for k in keys], dtype=np.int64),
        np.array([turns[k] for k in keys]),
    )


def _traced(before: IntArray, start: int, end: int) -> list[int]:
    """Links from start to end; empty if there is no way."""
    route = [end]
    while route[-1] != start:
        previous = int(before[route[-1]])
        if previous < 0:
            return []
        route.append(previous)
    return route[::-1]

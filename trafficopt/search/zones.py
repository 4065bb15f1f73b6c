"""Which signals share a cycle: neighbors that are worth coordinating, cut where that is worth least."""

from __future__ import annotations

import cmath
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator

import networkx as nx

from trafficopt.model.dispersion import dispersion_by_robertson
from trafficopt.problem import Problem
from trafficopt.units import Seconds, VehiclesPerHour

COORDINATED_INDEX = 0.35  # a platoon that is the whole flow of a link is coordinated over 90 s of travel
COORDINATED_FLOW_VEH_H: VehiclesPerHour = 150.0
LARGEST_ZONE = 40
USUAL_CYCLE_S: Seconds = 60.0


def coordination_zones(problem: Problem, retimed: list[int], largest: int = LARGEST_ZONE) -> list[list[int]]:
    """Groups of `retimed` intersections (indices) that run one cycle.

    Neighbors belong together if a link between them is worth coordinating (`coordination_graph`). Groups of
    more than `largest` signals are cut where that costs least (communities by Louvain's method, then
    bisection by Kernighan and Lin). The signals of an arterial stay together, however many they are.

    Returns
    -------
    list[list[int]]
        Ascending indices, each of `retimed` once.
    """
    graph = coordination_graph(problem, retimed)
    blocks = _arterial_blocks(problem, graph)
    joined = _contracted(graph, blocks)
    parts = [part for group in _components(joined) for part in _small_enough(joined, group, largest)]
    return sorted(sorted(n for block in part for n in blocks[block]) for part in parts)


def coordination_graph(problem: Problem, retimed: Iterable[int]) -> nx.Graph[int]:
    """Pairs of intersections that are worth coordinating; an edge's weight is what that is worth [veh/h].

    A link's index is the part of its flow that comes straight from the other signal times what dispersion
    leaves of the first harmonic of a 60 s cycle in it (Robertson 1969). So it falls with travel time and
    with the flow that joins from elsewhere, as interconnection indices in use do (Whitson's, from memory:
    1 / (1 + travel time in minutes) times a measure of how much one flow dominates). Weight: flow x index.
    A link is left out below an index of 0.35 or a flow of 150 veh/h (choices of this library), unless the
    flow of a usual cycle fills it: then the two signals must fit together, whatever is left of platoons.
    """
    nodes = set(retimed)
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(sorted(nodes))
    arriving: dict[str, float] = defaultdict(float)
    for movement, flow in zip(problem.movements, problem.flow_veh_h.tolist(), strict=True):
        arriving[movement.from_link] += flow
    for (up, down, link), (flow, travel_s) in sorted(_link_platoons(problem).items()):
        if up == down or not {up, down} <= nodes or flow < COORDINATED_FLOW_VEH_H:
            continue
        index = flow / arriving[link] * left_of_platoon(travel_s)
        road = problem.network.links[link]
        full = flow * USUAL_CYCLE_S / 3600.0 >= road.length_m * road.n_lanes / problem.space_m
        if index >= COORDINATED_INDEX or full:
            before: float = graph.get_edge_data(up, down, {"weight": 0.0})["weight"]
            graph.add_edge(up, down, weight=before + flow * (1.0 if full else index))
    return graph


def left_of_platoon(travel_s: Seconds, cycle_s: Seconds = USUAL_CYCLE_S) -> float:
    """Part of the first harmonic of a cyclic flow that is left after a link: 1 - 0.

    The gain of the recursion q'(t) = F q(t - T) + (1 - F) q'(t - 1) at the frequency of the cycle, with
    Robertson's F = 1 / (1 + 0.28 t).

    Examples
    --------
    >>> [round(left_of_platoon(t), 2) for t in (0.0, 20.0, 60.0, 120.0)]
    [1.0, 0.84, 0.48, 0.27]
    """
    smoothing = dispersion_by_robertson(travel_s).smoothing
    return smoothing / abs(1.0 - (1.0 - smoothing) * cmath.exp(-2j * math.pi / cycle_s))


def _link_platoons(problem: Problem) -> dict[tuple[int, int, str], tuple[float, Seconds]]:
    """Flow [veh/h] and mean travel time of platoons by upstream and downstream signal and last link."""
    flows: dict[tuple[int, int, str], float] = defaultdict(float)
    times: dict[tuple[int, int, str], float] = defaultdict(float)
    platoons, owner = problem.platoons, problem.intersection_of
    rows = zip(
        owner[platoons.upstream].tolist(),
        owner[platoons.downstream].tolist(),
        platoons.downstream.tolist(),
        platoons.flow_veh_h.tolist(),
        platoons.travel_s.tolist(),
        strict=True,
    )
    for up, down, movement, flow, travel in rows:
        key = (up, down, problem.movements[movement].from_link)
        flows[key] += flow
        times[key] += flow * travel
    return {key: (flow, times[key] / flow) for key, flow in flows.items() if flow > 0}


def _arterial_blocks(problem: Problem, graph: nx.Graph[int]) -> list[list[int]]:
    """Signals that stay together: those of an arterial, and of arterials that cross; else single ones."""
    index = {node.id: i for i, node in enumerate(problem.network.intersections)}
    together: nx.Graph[int] = nx.Graph()
    together.add_nodes_from(graph)
    for arterial in problem.network.arterials:
        nx.add_path(together, [index[key] for key in arterial.intersections if index.get(key) in graph])
    return _components(together)


def _contracted(graph: nx.Graph[int], blocks: list[list[int]]) -> nx.Graph[int]:
    """The graph with one node for each block (its index); `size` counts the signals."""
    block_of = {node: k for k, block in enumerate(blocks) for node in block}
    joined: nx.Graph[int] = nx.Graph()
    joined.add_nodes_from((k, {"size": len(block)}) for k, block in enumerate(blocks))
    weights: dict[tuple[int, int], float] = defaultdict(float)
    weight: float
    for a, b, weight in graph.edges.data("weight"):
        if block_of[a] != block_of[b]:
            weights[min(block_of[a], block_of[b]), max(block_of[a], block_of[b])] += weight
    joined.add_weighted_edges_from((a, b, weight) for (a, b), weight in sorted(weights.items()))
    return joined


def _components(graph: nx.Graph[int]) -> list[list[int]]:
    return sorted(sorted(part) for part in nx.connected_components(graph))


def _small_enough(graph: nx.Graph[int], group: list[int], largest: int) -> Iterator[list[int]]:
    """Cut a group of nodes until no part has more than `largest` signals, as far as blocks allow."""
    part = _sub(graph, group)
    if len(group) < 2 or sum(graph.nodes[n]["size"] for n in group) <= largest:
        yield group
        return
    found = nx.community.louvain_communities(part, weight="weight", seed=1)
    if len(found) < 2:
        found = list(nx.community.kernighan_lin_bisection(part, weight="weight", seed=1))
    for community in found:
        for connected in _components(_sub(graph, sorted(community))):
            yield from _small_enough(graph, connected, largest)


def _sub(graph: nx.Graph[int], nodes: list[int]) -> nx.Graph[int]:
    """The graph between `nodes`, in their order: what is found must not depend on hashes."""
    part: nx.Graph[int] = nx.Graph()
    part.add_nodes_from((n, graph.nodes[n]) for n in nodes)
    inside = set(nodes)
    part.add_weighted_edges_from(
        (a, b, graph[a][b]["weight"]) for a in nodes for b in sorted(graph[a]) if a < b and b in inside
    )
    return part

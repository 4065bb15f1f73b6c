"""Which signals share a cycle."""

from __future__ import annotations

from collections import defaultdict

import networkx as nx

from trafficopt.problem import Problem
from trafficopt.units import Seconds, VehiclesPerHour

COORDINATED_FLOW_VEH_H: VehiclesPerHour = 150.0
COORDINATED_TRAVEL_S: Seconds = 90.0


def coordination_zones(problem: Problem, retimed: list[int]) -> list[list[int]]:
    """Groups of `retimed` intersections (indices) that run one cycle.

    Neighbors belong together if the platoon between them is strong and near; the signals of an
    arterial always do.
    """
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(retimed)
    flows: dict[tuple[int, int], float] = defaultdict(float)
    platoons, owner = problem.platoons, problem.intersection_of
    for up, down, flow, travel in zip(
        platoons.upstream, platoons.downstream, platoons.flow_veh_h, platoons.travel_s, strict=True
    ):
        if travel <= COORDINATED_TRAVEL_S:
            flows[int(owner[up]), int(owner[down])] += float(flow)
    graph.add_edges_from(
        pair for pair, flow in flows.items() if flow >= COORDINATED_FLOW_VEH_H and set(pair) <= set(retimed)
    )
    index = {node.id: i for i, node in enumerate(problem.network.intersections)}
    for arterial in problem.network.arterials:
        members = [index[key] for key in arterial.intersections if index[key] in graph]
        nx.add_path(graph, members)
    return sorted(sorted(zone) for zone in nx.connected_components(graph))

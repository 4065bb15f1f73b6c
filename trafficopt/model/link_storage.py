"""How much road a queue on a link may fill before it stands in somebody's way."""

from __future__ import annotations

import math

from trafficopt.problem import Problem
from trafficopt.units import Meters

FAR_STORAGE_M: Meters = 500.0  # a queue that long is taken to reach nobody whom it could block
SHORT_POCKET_M: Meters = 15.0  # two cars


def storage_m(problem: Problem, link: str) -> Meters:
    """Road for a queue on `link` and the links that alone lead there; infinite from the network's border.

    Where nothing but one link (and the way back) leads to a junction, a queue goes on into that link.
    """
    return lane_storage_m(problem, link, 0)


def lane_storage_m(problem: Problem, link: str, lane: int) -> Meters:
    """Road for a queue on a lane (0 = rightmost), as `storage_m`; a turn pocket ends where the lane begins.

    A pocket shorter than `SHORT_POCKET_M` counts together with the link before it: nobody queues on it alone.
    """
    links, graph = problem.network.links, problem.network.graph
    here, length, passed = links[link], links[link].length_m, {links[link].to_node}
    while length < FAR_STORAGE_M:
        leading = [
            key
            for start, _, key in graph.in_edges(here.from_node, keys=True)
            if start not in passed and key != here.id
        ]
        if not leading:
            return math.inf
        if len(leading) > 1 or (links[leading[0]].n_lanes <= lane and length >= SHORT_POCKET_M):
            break
        passed.add(here.from_node)
        here = links[leading[0]]
        length += here.length_m
    return length

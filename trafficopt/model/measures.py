"""Measures of intersections: one definition for tables and maps."""

from __future__ import annotations

from trafficopt.evaluation import Evaluation
from trafficopt.intersection import Intersection
from trafficopt.network import Network
from trafficopt.units import Seconds


def approach_links(network: Network, intersection: Intersection) -> tuple[str, ...]:
    """Name the links that lead nowhere but into the intersection, each once.

    Where the link before the stop line is short, the queue stands on the links before it: they count
    as long as there is no other way on (a turn back does not count as one).
    """
    stop_lines = dict.fromkeys(movement.from_link for movement in intersection.movements)
    found, ahead = dict(stop_lines), list(stop_lines)
    signals = {network.links[m.from_link].to_node for node in network.intersections for m in node.movements}
    while ahead:
        link = network.links[ahead.pop()]
        node = link.from_node
        if node in signals or node not in network.graph:
            continue
        for before, _, key in network.graph.in_edges(node, keys=True):
            ways = {end for _, end in network.graph.out_edges(node)} - {before}
            if ways == {link.to_node} and key not in found:
                found[key] = None
                ahead.append(key)
    return tuple(found)


def intersection_delays(network: Network, evaluation: Evaluation) -> dict[str, Seconds]:
    """Give the delay per vehicle of each intersection.

    The time lost on the links that lead nowhere else, divided by the vehicles that passed a stop line.

    Returns
    -------
    dict
        Intersection id to delay [s/veh]; without the intersections that no vehicle passed.
    """
    delays = {}
    for intersection in network.intersections:
        stop_lines = {movement.from_link for movement in intersection.movements}
        vehicles = sum(evaluation.link_vehicles.get(key, 0.0) for key in stop_lines)
        if vehicles > 0:
            links = approach_links(network, intersection)
            lost = sum(evaluation.link_delay_s.get(key, 0.0) for key in links)
            delays[intersection.id] = lost / vehicles
    return delays

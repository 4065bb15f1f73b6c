"""Measures of intersections: one definition for tables and maps."""

from __future__ import annotations

from trafficopt.evaluation import Evaluation
from trafficopt.network import Intersection, Network
from trafficopt.units import Seconds


def approach_links(intersection: Intersection) -> tuple[str, ...]:
    """Name the links that lead into the intersection's movements, each once."""
    return tuple(dict.fromkeys(movement.from_link for movement in intersection.movements))


def intersection_delays(network: Network, evaluation: Evaluation) -> dict[str, Seconds]:
    """Give the delay per vehicle of each intersection.

    The time lost on the links that lead into it, divided by the vehicles that left these links.

    Returns
    -------
    dict
        Intersection id to delay [s/veh]; without the intersections that no vehicle passed.
    """
    delays = {}
    for intersection in network.intersections:
        links = approach_links(intersection)
        vehicles = sum(evaluation.link_vehicles.get(key, 0.0) for key in links)
        if vehicles > 0:
            lost = sum(evaluation.link_delay_s.get(key, 0.0) for key in links)
            delays[intersection.id] = lost / vehicles
    return delays

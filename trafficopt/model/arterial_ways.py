"""The two ways along an arterial: links, through movements, distances, times at design speed."""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise

import numpy as np

from trafficopt.intersection import Intersection, Movement, Turn
from trafficopt.model.link_costs import SPEED_BELOW_LIMIT_M_S
from trafficopt.network import Arterial, Network
from trafficopt.units import FloatArray, Meters, MetersPerSecond, Seconds, SecondsArray


class Direction(StrEnum):
    """Way in which an arterial is driven."""

    OUTBOUND = "outbound"
    INBOUND = "inbound"


def stop_line_positions(arterial: Arterial, network: Network) -> FloatArray:
    """Give the distance of each stop line from the first one, driven outbound.

    Returns
    -------
    array of shape (n,) [m]
        Lengths of links; the inside of junctions is not in them.
    """
    gaps = [sum(network.links[key].length_m for key in path) for path in arterial.outbound]
    return np.concatenate([[0.0], np.cumsum(gaps)])


def travel_times(arterial: Arterial, network: Network, direction: Direction) -> SecondsArray:
    """Give the travel time at design speed from the first stop line driven to each.

    Returns
    -------
    array of shape (n,) [s]
        In the order of `arterial.intersections`: inbound, the last one has 0 s.
    """
    gaps = design_travel_s(arterial, network, direction)
    if direction is Direction.OUTBOUND:
        return np.concatenate([[0.0], np.cumsum(gaps)])
    return np.concatenate([np.cumsum(gaps[::-1])[::-1], [0.0]])


def design_travel_s(
    arterial: Arterial,
    network: Network,
    direction: Direction,
    *,
    at_most_m_s: MetersPerSecond = float("inf"),
) -> SecondsArray:
    """Travel time from stop line to stop line of those who need not stop, shape (n - 1,) [s].

    Links are driven a little below their limit, or below `at_most_m_s` where that is lower, junctions no
    faster than their geometry allows. Of junctions between two signals only those are known that have a lane
    graph.
    """
    joints = _joints(network, arterial)
    by_id = {node.id: node for node in network.intersections}
    outbound = direction is Direction.OUTBOUND
    paths = arterial.outbound if outbound else arterial.inbound
    found = []
    for gap, path in enumerate(paths):
        leaves = gap if outbound else gap + 1
        node = by_id[arterial.intersections[leaves]]
        movement = through_movement(node, *arterial_links(arterial, leaves, direction))
        limits = [min(network.links[key].speed_m_s, at_most_m_s) for key in path]
        speeds = [max(limit - SPEED_BELOW_LIMIT_M_S, 1.0) for limit in limits]
        time = sum(network.links[key].length_m / speed for key, speed in zip(path, speeds, strict=True))
        time += sum(
            joints.get(pair, 0.0) / speed for pair, speed in zip(pairwise(path), speeds, strict=False)
        )
        found.append(time + (_crossing_s(node, movement, speeds[0]) if movement else 0.0))
    return np.array(found)


def _joints(network: Network, arterial: Arterial) -> dict[tuple[str, str], Meters]:
    """Paths inside junctions between two links of a gap [m], the longest of all lanes."""
    if network.lane_graph is None:
        return {}
    wanted = {pair for path in (*arterial.outbound, *arterial.inbound) for pair in pairwise(path)}
    lanes, found = network.lane_graph.lanes, dict.fromkeys(wanted, 0.0)
    for connection in network.lane_graph.connections if wanted else ():
        pair = (lanes[connection.from_lane].link, lanes[connection.to_lane].link)
        if pair in found:
            found[pair] = max(found[pair], connection.length_m)
    return found


def _crossing_s(node: Intersection, movement: Movement, speed_m_s: MetersPerSecond) -> Seconds:
    """Time on the path inside the junction."""
    lengths = [node.heads[head].length_m for head in movement.heads]
    return max(lengths, default=0.0) / min(speed_m_s, movement.turn_speed_m_s)


def links_in_order(arterial: Arterial, direction: Direction) -> tuple[tuple[str, ...], ...]:
    """Links of each gap of an arterial, in the order in which a direction drives them."""
    return arterial.outbound if direction is Direction.OUTBOUND else arterial.inbound[::-1]


def arterial_links(arterial: Arterial, index: int, direction: Direction) -> tuple[str | None, str | None]:
    """Name the links on which the arterial arrives at and leaves its intersection `index`.

    None stands for a link beyond the arterial's end.
    """
    last = len(arterial.intersections) - 1
    if direction is Direction.OUTBOUND:
        arriving = arterial.outbound[index - 1][-1] if index > 0 else None
        leaving = arterial.outbound[index][0] if index < last else None
    else:
        arriving = arterial.inbound[index][-1] if index < last else None
        leaving = arterial.inbound[index - 1][0] if index > 0 else None
    return arriving, leaving


def through_movement(
    intersection: Intersection, arriving: str | None, leaving: str | None
) -> Movement | None:
    """Find the movement between two links of an arterial.

    Where one link is unknown (None) a movement straight ahead is preferred, then the one with most
    lane connections.
    """
    if arriving is None and leaving is None:
        return None
    fitting = [
        movement
        for movement in intersection.movements
        if arriving in (None, movement.from_link) and leaving in (None, movement.to_link)
    ]
    return max(fitting, key=lambda m: (m.turn is Turn.THROUGH, len(m.heads)), default=None)

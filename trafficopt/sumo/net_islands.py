"""Right-turn islands that go: their slip lanes, and the right turns that come under the signal."""

from __future__ import annotations

from trafficopt.intersection import Turn
from trafficopt.sumo.changed_net import Changes
from trafficopt.sumo.net_moves import direction_of
from trafficopt.sumo.roads import LaneEnds, Pair, Roads
from trafficopt.treatment import RemoveIsland

# Longer links past a signal are streets of their own.
LONGEST_SLIP_M = 150.0


def remove_island(roads: Roads, changes: Changes, edit: RemoveIsland) -> list[str]:
    """Enter the slip lanes that go and the right turns from curb lane to curb lane; say why it cannot be."""
    node = next((node for node in roads.network.intersections if node.id == edit.intersection), None)
    if node is None:
        return [f"{edit.intersection!r} is no signal of the network"]
    slips = _slip_lanes(roads, {roads.links[m.from_link].to_node for m in node.movements})
    for slip, (approach, leaving) in slips.items():
        changes.deleted[slip] = approach, leaving
        if all(roads.to_link(c) != leaving for c in roads.outgoing[approach]):
            ends = LaneEnds(approach, leaving, roads.car_lanes[approach][0], roads.car_lanes[leaving][0])
            changes.added[ends] = Turn.RIGHT
    return [] if slips else [f"{edit.intersection!r} has no islands: no link leads past its signal"]


def _slip_lanes(roads: Roads, nodes: set[str]) -> dict[str, Pair]:
    """Links to the right from the begin of an approach to the end of an exit, with the two."""
    links = roads.links.values()
    approaches = {link.from_node: link for link in links if link.to_node in nodes}
    exits = {link.to_node: link for link in links if link.from_node in nodes}
    signals = {c.node for connections in roads.outgoing.values() for c in connections if c.signal}
    found = {}
    for link in links:
        approach, leaving = approaches.get(link.from_node), exits.get(link.to_node)
        if approach and leaving and link.length_m <= LONGEST_SLIP_M and link.to_node not in signals:
            (x, y), (u, v) = direction_of(approach, -2), direction_of(leaving, 0)
            if x * v - y * u < 0:
                found[link.id] = approach.id, leaving.id
    return found

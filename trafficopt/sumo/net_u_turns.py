"""U-turns of a closed opening, at the next signal that has a left turn."""

from __future__ import annotations

from trafficopt.intersection import Turn
from trafficopt.sumo.changed_net import Changes
from trafficopt.sumo.net_moves import direction_of
from trafficopt.sumo.roads import LaneEnds, Roads, way_between
from trafficopt.treatment import CloseOpening

# A link leads back if it leaves within 45 degrees of the opposite direction (cosine).
OPPOSITE = -0.7


def turn_at_junction(roads: Roads, changes: Changes, edit: CloseOpening) -> list[str]:
    """Enter the U-turn at the next signal with a left turn, and the way; say why it cannot be."""
    ahead = _to_left_turn(roads, changes, edit.from_edge)
    approach = ahead[-1] if ahead else ""
    back = _leading_back(roads, approach) if ahead else None
    if back is None:
        return [f"{edit}: no signal ahead has a left turn and a link that leads back"]
    home = way_between(changes.successors(roads), roads.links, back, edit.to_edge)
    if home is None:
        return [f"{edit}: no way leads back from the signal ahead to {edit.to_edge!r}"]
    if all(roads.to_link(c) != back for c in roads.outgoing[approach]):
        lefts = [roads.lanes[c.from_lane].index for c in roads.outgoing[approach] if c.turn is Turn.LEFT]
        changes.added[LaneEnds(approach, back, max(lefts), roads.car_lanes[back][-1])] = Turn.U_TURN
    changes.detours[edit.from_edge, edit.to_edge] = (*ahead, back, *home[0])
    return []


def _to_left_turn(roads: Roads, changes: Changes, link: str) -> tuple[str, ...]:
    """Links straight on to the first signal that has a left turn; none if there is no such signal."""
    way: list[str] = []
    while True:
        onward = [c for c in roads.outgoing.get(link, ()) if (link, roads.to_link(c)) not in changes.removed]
        if way and any(c.turn is Turn.LEFT and c.signal for c in onward):
            return tuple(way)
        straight = {roads.to_link(c) for c in onward if c.turn is Turn.THROUGH}
        if len(straight) != 1 or straight <= {*way, link}:
            return ()
        link = straight.pop()
        way.append(link)


def _leading_back(roads: Roads, approach: str) -> str | None:
    """The link that leaves the end of an approach in the opposite direction."""
    node, way_in = roads.links[approach].to_node, direction_of(roads.links[approach], -2)
    found = [
        (float(way_in @ direction_of(link, 0)), link.id)
        for link in roads.links.values()
        if link.from_node == node and link.id in roads.car_lanes
    ]
    cosine, link_id = min(found, default=(1.0, ""))
    return link_id if cosine <= OPPOSITE else None

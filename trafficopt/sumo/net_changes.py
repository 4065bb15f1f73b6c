"""What treatments change of a net: links and connections that go or come, and the ways that replace them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from trafficopt.errors import InputError
from trafficopt.intersection import Turn
from trafficopt.network import Link, Network
from trafficopt.sumo.net_moves import direction_of, enter_move, move_faults
from trafficopt.sumo.roads import Pair, Roads, Successors, way_between
from trafficopt.treatment import (
    BanTurn,
    CloseOpening,
    ExtendPocket,
    MoveOpening,
    NetworkEdit,
    RemoveIsland,
)
from trafficopt.units import FloatArray

# A link leads back if it leaves within 45 degrees of the opposite direction (cosine).
OPPOSITE = -0.7
# Longer links past a signal are streets of their own.
LONGEST_SLIP_M = 150.0


@dataclass(frozen=True, slots=True)
class LaneEnds:
    """A connection by names that survive a rebuild of the net."""

    from_link: str
    to_link: str
    from_lane: int
    to_lane: int


@dataclass(slots=True)
class Changes:
    """Changes of a net.

    Attributes
    ----------
    deleted
        Links that go, each with the two links that replace it in a route.
    removed
        Connected links that are connected no more.
    added
        New connections, with their turn.
    detours
        Links between two links whose connection goes, where a treatment prescribes the way.
    moved
        How far nodes are moved [m], shape (2,) each.
    """

    deleted: dict[str, Pair] = field(default_factory=dict)
    removed: set[Pair] = field(default_factory=set)
    added: dict[LaneEnds, Turn] = field(default_factory=dict)
    detours: dict[Pair, tuple[str, ...]] = field(default_factory=dict)
    moved: dict[str, FloatArray] = field(default_factory=dict)

    def nodes(self, links: Mapping[str, Link]) -> set[str]:
        """Nodes at which anything changes."""
        ends = {node for key in self.deleted for node in (links[key].from_node, links[key].to_node)}
        turned = [link for link, _ in self.removed] + [ends.from_link for ends in self.added]
        return ends | {links[key].to_node for key in turned} | self.moved.keys()

    def successors(self, roads: Roads, vehicle_class: str = "passenger") -> Successors:
        """Links that one may drive to from each link of the changed net."""
        added = {(ends.from_link, ends.to_link) for ends in self.added}
        return roads.successors(
            without=self.removed, deleted=self.deleted.keys(), added=added, vehicle_class=vehicle_class
        )


def changes_of(network: Network, edits: Sequence[NetworkEdit]) -> Changes:
    """What `edits` change of a network, all at once: their order does not matter.

    Raises
    ------
    InputError
        If one is given twice, names what the network lacks, or cannot be done.
    """
    roads, changes = Roads(network), Changes()
    places = Counter((edit.family, edit.place) for edit in edits)
    faults = [f"{family} {place!r} is treated twice" for (family, place), n in places.items() if n > 1]
    ordered = sorted(set(edits), key=lambda edit: (edit.family, edit.place, str(edit)))
    for edit in ordered:
        match edit:
            case RemoveIsland():
                faults += _remove_island(roads, changes, edit)
            case MoveOpening() | ExtendPocket():
                faults += enter_move(roads, changes.moved, edit)
            case CloseOpening() | BanTurn():
                faults += _disconnect(roads, changes, edit)
    if not faults:
        faults += [*move_faults(roads, changes.moved), *_dead_ends(roads, changes)]
        for edit in ordered:
            if isinstance(edit, CloseOpening) and edit.at_junction:
                faults += _turn_at_junction(roads, changes, edit)
    if faults:
        raise InputError("treatments", faults, "the tables of the scenario name its openings and islands")
    return changes


def _disconnect(roads: Roads, changes: Changes, edit: CloseOpening | BanTurn) -> list[str]:
    """Enter the connection that an edit takes away; say why it cannot be."""
    match edit:
        case CloseOpening(from_edge=from_link, to_edge=to_link):
            pair = from_link, to_link
        case BanTurn(from_link=from_link, to_link=to_link):
            pair = from_link, to_link
    turns = {c.turn for c in roads.outgoing.get(pair[0], ()) if roads.to_link(c) == pair[1]}
    if not turns:
        return [f"{edit}: no connection leads from {pair[0]!r} to {pair[1]!r}"]
    if isinstance(edit, CloseOpening) and turns != {Turn.U_TURN}:
        return [f"{edit}: from {pair[0]!r} to {pair[1]!r} is no U-turn"]
    changes.removed.add(pair)
    return []


def _dead_ends(roads: Roads, changes: Changes) -> list[str]:
    """Links that lose every connection."""
    after = changes.successors(roads)
    return [
        f"the treatments would leave no way out of {link!r}"
        for link in sorted({link for link, _ in changes.removed})
        if not after.get(link)
    ]


def _remove_island(roads: Roads, changes: Changes, edit: RemoveIsland) -> list[str]:
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


def _turn_at_junction(roads: Roads, changes: Changes, edit: CloseOpening) -> list[str]:
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

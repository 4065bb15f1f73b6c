"""Turn the layout into nodes, edges and lane connections."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise

from city import LEFT_OF, OPPOSITE, RIGHT_OF, Block, City, Junction, Opening
from tables import Tables


@dataclass(frozen=True, slots=True)
class Edge:
    """A one-way edge of the net."""

    id: str
    start: str
    end: str
    lanes: int
    road_class: str
    length_m: float
    arterial: str
    shape: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Connection:
    """A lane connection; ``turn`` is L, T, R at a junction, U at an opening, ``-`` elsewhere."""

    from_edge: str
    to_edge: str
    from_lane: int
    to_lane: int
    turn: str
    node: str


@dataclass(slots=True)
class Streets:
    """Nodes, edges and connections, and which edges reach a junction by which leg."""

    nodes: dict[str, tuple[float, float, bool]] = field(default_factory=dict)
    edges: dict[str, Edge] = field(default_factory=dict)
    connections: list[Connection] = field(default_factory=list)
    approach: dict[tuple[str, str], Edge] = field(default_factory=dict)
    exit: dict[tuple[str, str], Edge] = field(default_factory=dict)
    opening_edges: dict[str, tuple[str, str]] = field(default_factory=dict)
    frontage: list[str] = field(default_factory=list)
    """Longest piece of each one-way block: where trips may start and end."""


def turns_of(junction: Junction, leg: str) -> dict[str, str]:
    """Return the turns that traffic from a leg may make: turn letter to exit leg."""
    found = {"R": RIGHT_OF[leg], "T": OPPOSITE[leg], "L": LEFT_OF[leg]}
    found = {turn: to for turn, to in found.items() if to in junction.legs}
    if junction.right_in_right_out:
        main = bool(junction.legs[leg].arterial)
        found = {turn: to for turn, to in found.items() if turn == "R" or (main and turn == "T")}
    return found


def has_pocket(junction: Junction, leg: str) -> bool:
    """Tell whether the approach widens by a left-turn lane."""
    turns = turns_of(junction, leg)
    if not junction.signal or "L" not in turns:
        return False
    return "T" in turns or ("R" in turns and junction.legs[leg].lanes == 1)


def has_right_lane(junction: Junction, leg: str) -> bool:
    """Tell whether the curb lane of an approach is for right turns alone."""
    block = junction.legs[leg]
    if not block.arterial or junction.islands or not junction.signal:
        return False
    return block.lanes > 2 or (block.lanes == 2 and junction.right_lane)


def build_streets(city: City, tables: Tables) -> Streets:
    """Return the net elements of the layout."""
    streets = Streets()
    for junction in city.junctions.values():
        streets.nodes[junction.id] = (junction.x, junction.y, junction.signal)
    openings = {id(opening.block): opening for opening in city.openings}
    for block in city.blocks:
        opening = openings.get(id(block))
        if opening is not None:
            x, y = block.point(opening.share)
            streets.nodes[opening.id] = (round(x, 1), round(y, 1), False)
        there = _one_way(streets, tables, block, True, opening)
        back = _one_way(streets, tables, block, False, opening)
        if opening is not None:
            _connect_opening(streets, opening, there, back)
    for junction in city.junctions.values():
        _connect_junction(streets, junction)
        if junction.islands:
            _add_slips(streets, junction)
    return streets


def _stations(
    tables: Tables, block: Block, forward: bool, opening: Opening | None
) -> list[tuple[float, str, int]]:
    """Return (position, node suffix or id, lanes beyond it) along one direction of a block."""
    start, end = (block.a, block.b) if forward else (block.b, block.a)
    geometry = tables.city["geometry"]
    length, lanes = block.length_m, block.lanes
    leg = end.leg_of(block)
    stations: list[tuple[float, str, int]] = []
    if start.islands:
        stations.append((geometry["slip_merge_m"], ".m", lanes))
    if opening is not None:
        position = length * (opening.share if forward else 1.0 - opening.share)
        if opening.from_a == forward:
            before = max(position - geometry["opening_pocket_m"], position * 0.55)
            stations.append((before, ".u", lanes + 1))
        stations.append((position, opening.id, lanes))
    pocket = int(has_pocket(end, leg))
    if end.islands:
        stations.append((length - geometry["slip_diverge_m"], ".d", lanes + pocket))
    elif pocket:
        key = "minor_pocket_m" if block.road_class in ("minor", "side") else "pocket_m"
        stations.append((length - min(geometry[key], 0.45 * length), ".p", lanes + pocket))
    return sorted(stations)


def _one_way(
    streets: Streets, tables: Tables, block: Block, forward: bool, opening: Opening | None
) -> list[Edge]:
    """Add the edges of one direction of a block and connect them with each other."""
    start, end = (block.a, block.b) if forward else (block.b, block.a)
    name = f"{start.id}_{end.id}"
    ends: list[tuple[float, str, int]] = [(0.0, start.id, block.lanes)]
    for position, node, lanes in _stations(tables, block, forward, opening):
        full = name + node if node.startswith(".") else node
        if full != node:
            x, y = block.point(position / block.length_m if forward else 1.0 - position / block.length_m)
            streets.nodes[full] = (round(x, 1), round(y, 1), False)
        ends.append((position, full, lanes))
    ends.append((block.length_m, end.id, 0))
    pieces: list[Edge] = []
    for (here, node, lanes), (there, next_node, _) in pairwise(ends):
        edge = Edge(
            f"{name}.{len(pieces) + 1}",
            node,
            next_node,
            lanes,
            block.road_class,
            there - here,
            block.arterial,
        )
        streets.edges[edge.id] = edge
        if pieces:
            _connect_pieces(streets, pieces[-1], edge)
        pieces.append(edge)
    streets.approach[end.id, end.leg_of(block)] = pieces[-1]
    streets.exit[start.id, start.leg_of(block)] = pieces[0]
    streets.frontage.append(max(pieces, key=lambda piece: piece.length_m).id)
    return pieces


def _connect_pieces(streets: Streets, first: Edge, second: Edge) -> None:
    for lane in range(min(first.lanes, second.lanes)):
        streets.connections.append(Connection(first.id, second.id, lane, lane, "-", first.end))
    if second.lanes > first.lanes:
        streets.connections.append(
            Connection(first.id, second.id, first.lanes - 1, second.lanes - 1, "-", first.end)
        )


def _connect_opening(streets: Streets, opening: Opening, there: list[Edge], back: list[Edge]) -> None:
    coming, going = (there, back) if opening.from_a else (back, there)
    pocket = next(edge for edge in coming if edge.end == opening.id)
    after = next(edge for edge in going if edge.start == opening.id)
    streets.connections.append(
        Connection(pocket.id, after.id, pocket.lanes - 1, after.lanes - 1, "U", opening.id)
    )
    streets.opening_edges[opening.id] = (pocket.id, after.id)


def _connect_junction(streets: Streets, junction: Junction) -> None:
    for leg, block in junction.legs.items():
        turns = turns_of(junction, leg)
        edge = streets.approach[junction.id, leg]
        for turn, to_leg in turns.items():
            out = streets.exit[junction.id, to_leg]
            if turn == "R" and junction.islands:
                continue
            first = int("R" in turns and has_right_lane(junction, leg))
            lanes = _lanes_of_turn(turn, turns, edge.lanes, range(first, block.lanes))
            for lane in lanes[: out.lanes]:
                if turn == "T" or len(turns) == 1:
                    targets = [lane]
                    if lane == edge.lanes - 1 and len(turns) == 1:
                        targets = list(range(lane, out.lanes))
                else:
                    targets = [out.lanes - 1 if turn == "L" else 0]
                streets.connections += [
                    Connection(edge.id, out.id, lane, to_lane, turn, junction.id) for to_lane in targets
                ]


def _lanes_of_turn(turn: str, turns: dict[str, str], lanes: int, through: range) -> list[int]:
    if len(turns) == 1 and (turn == "T" or lanes > 1):
        return list(range(lanes))
    if turn == "T":
        return list(through)
    return [0] if turn == "R" else [lanes - 1]


def _add_slips(streets: Streets, junction: Junction) -> None:
    for leg in junction.legs:
        to_leg = RIGHT_OF[leg]
        coming = streets.approach[junction.id, leg]
        before = next(e for e in streets.edges.values() if e.end == coming.start and _same(e, coming))
        leaving = streets.exit[junction.id, to_leg]
        after = next(e for e in streets.edges.values() if e.start == leaving.end and _same(e, leaving))
        name = f"{junction.id}.slip{leg}"
        first, last = streets.nodes[coming.start], streets.nodes[leaving.end]
        corner = _corner(junction, first, last)
        shape = ((first[0], first[1]), corner, (last[0], last[1]))
        length = math.dist(shape[0], corner) + math.dist(corner, shape[2])
        streets.edges[name] = Edge(name, coming.start, leaving.end, 1, "slip", length, "", shape)
        streets.connections.append(Connection(before.id, name, 0, 0, "-", coming.start))
        streets.connections.append(Connection(name, after.id, 0, 0, "-", leaving.end))


def _same(one: Edge, other: Edge) -> bool:
    """Tell whether two edges are pieces of the same one-way block."""
    return one.id.rsplit(".", 1)[0] == other.id.rsplit(".", 1)[0]


def _corner(
    junction: Junction, first: tuple[float, float, bool], last: tuple[float, float, bool]
) -> tuple[float, float]:
    """Return the point where a slip lane bends: 24 m out from the middle, both ways."""
    x, y = junction.x, junction.y
    for point in (first, last):
        distance = math.dist(point[:2], (junction.x, junction.y))
        x += 24.0 * (point[0] - junction.x) / distance
        y += 24.0 * (point[1] - junction.y) / distance
    return (round(x, 1), round(y, 1))

"""The arms of a junction: the ends of its approach and exit links, and where each lane lies."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from trafficopt.intersection import Head, Intersection, User
from trafficopt.network import Link, Network, Point
from trafficopt.reporting.drawings.junction_lines import (
    Line,
    beside,
    first_part,
    heading,
    last_part,
    length_of,
    strip,
    without_repetition,
)
from trafficopt.units import Meters

LANE_M: Meters = 3.2
REACH_M: Meters = 26.0
"""Length of an arm beyond the stop line."""
SEEN_M: Meters = 6.0
"""Length by which the direction of a link at the junction is told."""
STRAIGHT_ON = math.cos(math.radians(50.0))
PARALLEL = math.cos(math.radians(25.0))
BESIDE_M: Meters = 30.0
SHORTEST_PIECE_M: Meters = 2.0
FARTHEST_PIECE_M: Meters = 25.0
"""Farther apart, two links are not one road with a small junction in between."""
WALKERS = frozenset({"pedestrian", "wheelchair"})
WALK = "walk:"
"""Begin of the id of a crossing's head; the links that it crosses follow."""


@dataclass(frozen=True, slots=True)
class Arm:
    """The end of a link at the junction.

    Attributes
    ----------
    node
        Of the junction; where one signal has several, the arms of each belong together.
    incoming
        Whether traffic on it comes to the junction.
    line
        Center of the link's lanes in driving direction, from the junction's signal as origin [m]; at most
        `REACH_M` long. That of an approach ends at the stop line, that of an exit begins at the junction.
    n_lanes
        Of the link, lanes for walking included.
    lanes
        First and last lane that is not for walking alone, 0 = next to the curb.
    curb_side
        1 where traffic keeps right, -1 where it keeps left.
    """

    link: str
    node: str
    incoming: bool
    line: Line
    n_lanes: int
    lanes: tuple[int, int]
    curb_side: int

    def aside_m(self, lane: float) -> Meters:
        """How far a lane's center lies to the right of the link's."""
        return self.curb_side * LANE_M * ((self.n_lanes - 1) / 2.0 - lane)

    @property
    def edges_m(self) -> tuple[Meters, Meters]:
        """How far both edges of the roadway lie to the right of the link's center: curb first."""
        first, last = self.lanes
        return self.aside_m(first - 0.5), self.aside_m(last + 0.5)

    @property
    def road(self) -> Line:
        """Outline of the roadway."""
        return strip(self.line, *self.edges_m)

    @property
    def mouth(self) -> Line:
        """Both ends of the stop line, or of the begin of an exit: curb first."""
        return self._cut(-1 if self.incoming else 0)

    @property
    def tail(self) -> Line:
        """Both corners of the end away from the junction."""
        return self._cut(0 if self.incoming else -1)

    @property
    def near(self) -> Point:
        """Center of the end at the junction."""
        return self.line[-1 if self.incoming else 0]

    @property
    def far(self) -> Point:
        """Center of the other end."""
        return self.line[0 if self.incoming else -1]

    @property
    def outward(self) -> Point:
        """Direction away from the junction."""
        if self.incoming:
            x, y = heading(last_part(self.line, SEEN_M))
            return -x, -y
        return heading(first_part(self.line, SEEN_M))

    def _cut(self, at: int) -> Line:
        curb, median = (beside(self.line, aside_m)[at] for aside_m in self.edges_m)
        return curb, median

    def lane_line(self, lane: float) -> Line:
        """Center of a lane; halves are the lines between lanes."""
        return beside(self.line, self.aside_m(lane))


def links_of(head: Head) -> tuple[tuple[str, str], ...]:
    """Approach and exit of each movement that a head shows; a letter may serve several."""
    if head.user is not User.VEHICLES:
        return ()
    pairs = (name.split("->") for name in head.id.split(" & ") if name.count("->") == 1)
    return tuple((start, end) for start, end in pairs)


def crossed_links(head: Head) -> tuple[str, ...]:
    """Links that the crossings of a head cross."""
    if head.user is not User.PEDESTRIANS:
        return ()
    names = (name.removeprefix(WALK) for name in head.id.split(" & "))
    return tuple(link for name in names for link in name.split("+"))


def arms_of(network: Network, intersection: Intersection) -> dict[tuple[str, bool], Arm]:
    """Arms by link and whether traffic comes; links without a shape have none.

    A link from one of the signal's junctions to another is an approach and an exit.
    """
    links = network.links
    ends = [pair for head in intersection.heads for pair in links_of(head)]
    nodes = {links[start].to_node for start, _ in ends if start in links}
    nodes |= {links[end].from_node for _, end in ends if end in links}
    keys = dict.fromkeys(key for start, end in ends for key in ((start, True), (end, False)))
    for key in (key for head in intersection.heads for key in crossed_links(head) if key in links):
        incoming = links[key].to_node in nodes or links[key].from_node not in nodes
        if (key, not incoming) not in keys:
            keys.setdefault((key, incoming))
    origin = (intersection.x_m, intersection.y_m)
    known = ((key, incoming) for key, incoming in keys if key in links)
    lines = {key: part_at_junction(links[key[0]], key[1], origin) for key in known}
    lines = {key: line for key, line in lines.items() if len(line) > 1}
    driven = _driven_lanes(network, {link for link, _ in lines})
    curb_side = -1 if _keeps_left(lines) else 1
    arms = {}
    for (key, incoming), line in lines.items():
        node = links[key].to_node if incoming else links[key].from_node
        n_lanes = links[key].n_lanes
        lanes = driven.get(key, (0, n_lanes - 1))
        arms[key, incoming] = Arm(key, node, incoming, line, n_lanes, lanes, curb_side)
    return arms


def part_at_junction(link: Link, incoming: bool, origin: Point) -> Line:
    """Part of a link's line next to the junction, from an origin."""
    x, y = origin
    line = without_repetition((p[0] - x, p[1] - y) for p in link.shape)
    return last_part(line, REACH_M) if incoming else first_part(line, REACH_M)


def continuations(network: Network, arm: Arm, closed: Collection[str], origin: Point) -> list[Arm]:
    """Links beyond an arm that is shorter than `REACH_M`, straight on, until it is as long.

    Parameters
    ----------
    closed
        Links that are arms themselves.
    """
    further: list[Arm] = []
    left_m = REACH_M - length_of(arm.line)
    while left_m > SHORTEST_PIECE_M:
        beyond = _beyond(network, arm, closed, origin)
        if beyond is None:
            break
        left_m -= math.dist(beyond.near, arm.far)
        part = last_part if arm.incoming else first_part
        beyond = replace(beyond, line=part(beyond.line, max(left_m, SHORTEST_PIECE_M)))
        left_m -= length_of(beyond.line)
        further.append(beyond)
        arm, closed = beyond, {*closed, beyond.link}
    return further


def _beyond(network: Network, arm: Arm, closed: Collection[str], origin: Point) -> Arm | None:
    """The link straight on from the end of an arm that is away from the junction."""
    link = network.links[arm.link]
    node = link.from_node if arm.incoming else link.to_node
    edges = network.graph.in_edges if arm.incoming else network.graph.out_edges
    lines = {
        key: part_at_junction(network.links[key], arm.incoming, origin)
        for _, _, key in edges(node, keys=True)
        if key not in closed
    }
    way = _far_heading(arm)
    straight = {key: _along(way, heading(line)) for key, line in lines.items() if len(line) > 1}
    key = max(straight, key=straight.__getitem__, default=None)
    if key is None or straight[key] < STRAIGHT_ON:
        return None
    n_lanes = network.links[key].n_lanes
    lanes = _driven_lanes(network, {key}).get(key, (0, n_lanes - 1))
    beyond = Arm(key, node, arm.incoming, lines[key], n_lanes, lanes, arm.curb_side)
    return beyond if math.dist(beyond.near, arm.far) < FARTHEST_PIECE_M else None


def _far_heading(arm: Arm) -> Point:
    """Driving direction at the end that is away from the junction."""
    part = first_part(arm.line, SEEN_M) if arm.incoming else last_part(arm.line, SEEN_M)
    return heading(part)


def _along(one: Point, other: Point) -> float:
    return one[0] * other[0] + one[1] * other[1]


def _driven_lanes(network: Network, links: Collection[str]) -> Mapping[str, tuple[int, int]]:
    """First and last lane that is not for walking alone, where lanes are known."""
    if network.lane_graph is None:
        return {}
    driven: dict[str, list[int]] = defaultdict(list)
    for lane in network.lane_graph.lanes:
        if lane.link in links and not lane.classes <= WALKERS:
            driven[lane.link].append(lane.index)
    return {link: (min(lanes), max(lanes)) for link, lanes in driven.items()}


def _keeps_left(lines: Mapping[tuple[str, bool], Line]) -> bool:
    """Whether exits lie to the left of the approaches beside them, seen from the junction."""
    votes = 0
    approaches = [line[::-1] for (_, incoming), line in lines.items() if incoming]
    exits = [line for (_, incoming), line in lines.items() if not incoming]
    for approach, way in ((line, heading(first_part(line, SEEN_M))) for line in approaches):
        for other in exits:
            x, y = other[0][0] - approach[0][0], other[0][1] - approach[0][1]
            if math.hypot(x, y) < BESIDE_M and _along(way, heading(first_part(other, SEEN_M))) > PARALLEL:
                votes += 1 if way[0] * y - way[1] * x > 0.0 else -1
    return votes > 0

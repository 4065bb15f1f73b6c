"""The plan of a signalized junction: what its pictures show, in meters."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from trafficopt.intersection import Head, Intersection, Turn
from trafficopt.network import Network, Point
from trafficopt.reporting.drawings.junction_arms import (
    SEEN_M,
    Arm,
    arms_of,
    continuations,
    crossed_links,
    links_of,
)
from trafficopt.reporting.drawings.junction_lines import (
    Curve,
    Line,
    first_part,
    heading,
    hull,
    last_part,
    strip,
    turning_curve,
    without_repetition,
)
from trafficopt.units import Meters

Arms = Mapping[tuple[str, bool], Arm]
Further = Mapping[tuple[str, bool], Sequence[Arm]]

BEFORE_M: Meters = 13.0
"""What a path shows ahead of the stop line."""
AFTER_M = {Turn.THROUGH: 12.0, Turn.LEFT: 7.0, Turn.RIGHT: 2.0, Turn.U_TURN: 2.0}
"""What it shows of the exit [m]: ends of paths that merge lie apart."""
CROSSING_M: Meters = 4.0
"""Width of a crossing's bars along the arm."""
CROSSING_INSIDE_M: Meters = 2.8
"""From the stop line to the middle of a crossing."""


@dataclass(frozen=True, slots=True)
class MovementPath:
    """The way of one lane over the junction.

    Attributes
    ----------
    head
        Letter of the state string.
    before
        Along the lane up to the stop line.
    curve
        Control points from the stop line to the begin of the exit.
    after
        Along a lane of the exit.
    """

    head: int
    from_link: str
    to_link: str
    turn: Turn
    before: Line
    curve: Curve
    after: Line

    @property
    def end(self) -> Point:
        """Where an arrowhead stands."""
        return self.after[-1]

    @property
    def way(self) -> Point:
        """Direction of the arrowhead, of length 1."""
        return heading(self.after[-2:])


@dataclass(frozen=True, slots=True)
class Crossing:
    """A crossing over one arm: a line from curb to curb, with bars of `CROSSING_M` along the arm."""

    head: int
    line: tuple[Point, Point]


@dataclass(frozen=True, slots=True)
class JunctionDrawing:
    """Shape of a junction in meters from (`x_m`, `y_m`), x to the east, y to the north.

    Attributes
    ----------
    roads
        Outlines of the roadways of its arms.
    areas
        Outlines of what lies between the arms, one for each node of the signal.
    stop_lines, lane_lines
        Stop lines, and the lines between lanes of the approaches and between both ways of an arm.
    paths
        By head, and by movement where one letter serves several.
    crossings
        One for each head and arm.
    """

    x_m: Meters
    y_m: Meters
    roads: tuple[Line, ...]
    areas: tuple[Line, ...]
    stop_lines: tuple[Line, ...]
    lane_lines: tuple[Line, ...]
    paths: tuple[MovementPath, ...]
    crossings: tuple[Crossing, ...]

    @property
    def box(self) -> tuple[Meters, Meters, Meters, Meters]:
        """Least x and y and largest x and y of what is drawn; of an empty drawing 10 m around the origin."""
        points = [point for line in (*self.roads, *self.areas) for point in line]
        if not points:
            return -10.0, -10.0, 10.0, 10.0
        xs, ys = [x for x, _ in points], [y for _, y in points]
        return min(xs), min(ys), max(xs), max(ys)


def junction_drawing(network: Network, intersection: Intersection) -> JunctionDrawing:
    """Draw the plan of a junction from the shapes of its links.

    A link without a shape is left out, with the movements from and to it.
    """
    arms = arms_of(network, intersection)
    closed = {arm.link for arm in arms.values()}
    origin = (intersection.x_m, intersection.y_m)
    further = {key: continuations(network, arm, closed, origin) for key, arm in arms.items()}
    approaches = [arm for arm in arms.values() if arm.incoming]
    return JunctionDrawing(
        x_m=intersection.x_m,
        y_m=intersection.y_m,
        roads=tuple(road for key, arm in arms.items() for road in _roads(arm, further[key])),
        areas=_areas(arms.values()),
        stop_lines=tuple(arm.mouth for arm in approaches),
        lane_lines=tuple(line for arm in approaches for line in _lane_lines(arm)),
        paths=tuple(_paths(network, intersection, arms, further)),
        crossings=tuple(
            crossing for k, head in enumerate(intersection.heads) for crossing in _crossings(k, head, arms)
        ),
    )


def _areas(arms: Iterable[Arm]) -> tuple[Line, ...]:
    by_node: dict[str, list[Point]] = defaultdict(list)
    for arm in arms:
        by_node[arm.node] += arm.mouth
    outlines = (hull(points) for points in by_node.values())
    return tuple(outline for outline in outlines if len(outline) > 2)


def _roads(arm: Arm, further: Sequence[Arm]) -> Iterator[Line]:
    """Outlines of an arm, of what continues it, and of what lies in between."""
    yield arm.road
    for near, far in pairwise((arm, *further)):
        between = hull((*near.tail, *far.mouth))
        yield from (outline for outline in (between, far.road) if len(outline) > 2)


def _lane_lines(arm: Arm) -> list[Line]:
    first, last = arm.lanes
    return [arm.lane_line(lane + 0.5) for lane in range(first, last + 1)]


def _paths(
    network: Network, intersection: Intersection, arms: Arms, further: Further
) -> Iterator[MovementPath]:
    """Paths of all heads, from lane to lane."""
    lanes = _lanes_of_heads(network, intersection.id)
    for k, head in enumerate(intersection.heads):
        for start, end in links_of(head):
            approach, leaving = arms.get((start, True)), arms.get((end, False))
            if approach is None or leaving is None:
                continue
            if (k, start, end) in lanes:
                from_lane, to_lane = lanes[k, start, end]
            else:
                from_lane, to_lane = head.lane, _exit_lane(head.turn, head.lane, approach, leaving)
            before = last_part(_lane_course(approach, further[start, True], from_lane), BEFORE_M)
            after = first_part(_lane_course(leaving, further[end, False], to_lane), AFTER_M[head.turn])
            ways = heading(last_part(before, SEEN_M)), heading(first_part(after, SEEN_M))
            curve = turning_curve(before[-1], ways[0], after[0], ways[1])
            yield MovementPath(k, start, end, head.turn, before, curve, after)


def _lane_course(arm: Arm, further: Sequence[Arm], lane: int) -> Line:
    """Center of a lane in driving direction, with what continues an arm that is short."""
    line = arm.lane_line(lane)
    for piece in further:
        beyond = piece.lane_line(min(max(lane, piece.lanes[0]), piece.lanes[1]))
        line = (*beyond, *line) if arm.incoming else (*line, *beyond)
    return without_repetition(line)


def _lanes_of_heads(network: Network, signal: str) -> dict[tuple[int, str, str], tuple[int, int]]:
    """Lane of the approach and of the exit by head and links, where connections are known."""
    graph = network.lane_graph
    if graph is None:
        return {}
    found: dict[tuple[int, str, str], tuple[int, int]] = {}
    for connection in graph.connections:
        if connection.signal == signal:
            start, end = graph.lanes[connection.from_lane], graph.lanes[connection.to_lane]
            found.setdefault((connection.head, start.link, end.link), (start.index, end.index))
    return found


def _exit_lane(turn: Turn, lane: int, approach: Arm, leaving: Arm) -> int:
    """Lane of the exit that a movement likely ends on: counted from the curb, far turns from the median."""
    from_curb = leaving.lanes[0] + (lane - approach.lanes[0])
    from_median = leaving.lanes[1] - (approach.lanes[1] - lane)
    near = Turn.RIGHT if leaving.curb_side > 0 else Turn.LEFT
    wanted = from_curb if turn in (Turn.THROUGH, near) else from_median
    return min(max(wanted, leaving.lanes[0]), leaving.lanes[1])


def _crossings(k: int, head: Head, arms: Arms) -> list[Crossing]:
    """Bars of a head's crossings: one across the arms that lie side by side at one node."""
    names = crossed_links(head)
    by_node: dict[str, list[Arm]] = defaultdict(list)
    for arm in (arm for arm in arms.values() if arm.link in names):
        by_node[arm.node].append(arm)
    # A link between two nodes of the signal is crossed where the others are.
    together, seen = [], set[str]()
    for group in sorted(by_node.values(), key=len, reverse=True):
        own = [arm for arm in group if arm.link not in seen]
        seen |= {arm.link for arm in own}
        together += [own] if own else []
    return [Crossing(k, _across(group)) for group in together]


def _across(arms: Sequence[Arm]) -> tuple[Point, Point]:
    """Line from curb to curb of arms side by side, just inside the junction."""
    x, y = sum(arm.outward[0] for arm in arms), sum(arm.outward[1] for arm in arms)
    size = math.hypot(x, y) or 1.0
    out = (x / size, y / size)
    ends = [point for arm in arms for point in arm.mouth]
    along = [p[0] * out[0] + p[1] * out[1] for p in ends]
    aside = [p[1] * out[0] - p[0] * out[1] for p in ends]
    at_m = min(along) - CROSSING_INSIDE_M
    first, last = (
        (at_m * out[0] - aside_m * out[1], at_m * out[1] + aside_m * out[0])
        for aside_m in (min(aside), max(aside))
    )
    return first, last


def bars(crossing: Crossing, bar_m: Meters) -> list[Line]:
    """Outlines of the bars of a crossing, as wide as the gaps between them."""
    a, b = crossing.line[0]
    length_m = math.dist(*crossing.line)
    x, y = heading(crossing.line)
    starts = [2.0 * bar_m * k for k in range(math.ceil(length_m / (2.0 * bar_m)))]
    ends = [min(start_m + bar_m, length_m) for start_m in starts]
    return [
        strip(((a + p * x, b + p * y), (a + q * x, b + q * y)), -CROSSING_M / 2.0, CROSSING_M / 2.0)
        for p, q in zip(starts, ends, strict=True)
    ]

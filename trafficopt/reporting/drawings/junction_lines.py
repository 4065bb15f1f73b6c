"""Lines on a plan: parts of them, lines beside them, and the curve that joins two of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from trafficopt.network import Point
from trafficopt.units import Meters

Line = tuple[Point, ...]
Curve = tuple[Point, Point, Point, Point]
"""Control points of a cubic Bezier curve."""

SHORTEST_M: Meters = 0.05  # points nearer to each other are one
SHARPEST = 3.0  # miter at a corner, in widths


def length_of(line: Sequence[Point]) -> Meters:
    """Length of a line."""
    return sum(math.dist(p, q) for p, q in pairwise(line))


def without_repetition(line: Iterable[Point]) -> Line:
    """Leave out points that lie on the one before."""
    kept: list[Point] = []
    for point in line:
        if not kept or math.dist(point, kept[-1]) > SHORTEST_M:
            kept.append(point)
    return tuple(kept)


def first_part(line: Line, length_m: Meters) -> Line:
    """First meters of a line, all of it where it is shorter.

    Examples
    --------
    >>> first_part(((0.0, 0.0), (10.0, 0.0), (10.0, 10.0)), 12.0)
    ((0.0, 0.0), (10.0, 0.0), (10.0, 2.0))
    """
    kept, left_m = list(line[:1]), length_m
    for p, q in pairwise(line):
        step_m = math.dist(p, q)
        if step_m >= left_m:
            share = left_m / step_m if step_m else 0.0
            kept.append((p[0] + share * (q[0] - p[0]), p[1] + share * (q[1] - p[1])))
            break
        kept.append(q)
        left_m -= step_m
    return without_repetition(kept)


def last_part(line: Line, length_m: Meters) -> Line:
    """Last meters of a line, all of it where it is shorter."""
    return first_part(line[::-1], length_m)[::-1]


def heading(line: Line) -> Point:
    """Direction from the first point of a line to its last, of length 1; (1, 0) where it has none."""
    (x, y), (u, v) = line[0], line[-1]
    size = math.hypot(u - x, v - y)
    return ((u - x) / size, (v - y) / size) if size > 0.0 else (1.0, 0.0)


def beside(line: Line, right_m: Meters) -> Line:
    """Line at a distance to the right of another (negative: to the left).

    Examples
    --------
    >>> beside(((0.0, 0.0), (10.0, 0.0)), 2.0)
    ((0.0, -2.0), (10.0, -2.0))
    """
    ways = [heading(pair) for pair in pairwise(line)]
    moved = []
    for k, (x, y) in enumerate(line):
        (a, b), (c, d) = ways[max(k - 1, 0)], ways[min(k, len(ways) - 1)]
        # Both edges move by `right_m`; their new meeting point lies along the sum of their normals.
        scale = right_m * min(2.0 / max((a + c) ** 2 + (b + d) ** 2, 1e-9), SHARPEST / 2.0)
        moved.append((x + scale * (b + d), y - scale * (a + c)))
    return tuple(moved)


def strip(line: Line, from_m: Meters, to_m: Meters) -> Line:
    """Outline of what lies between two distances to the right of a line, counterclockwise."""
    right_m, left_m = max(from_m, to_m), min(from_m, to_m)
    return beside(line, right_m) + beside(line, left_m)[::-1]


def hull(points: Iterable[Point]) -> Line:
    """Convex hull, counterclockwise (Andrew's monotone chain).

    Examples
    --------
    >>> hull([(0.0, 0.0), (2.0, 0.0), (1.0, 0.5), (2.0, 2.0), (0.0, 2.0)])
    ((0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0))
    """
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return tuple(ordered)
    halves: list[list[Point]] = []
    for way in (ordered, ordered[::-1]):
        half: list[Point] = []
        for point in way:
            while len(half) > 1 and _cross(half[-2], half[-1], point) <= 0.0:
                half.pop()
            half.append(point)
        halves.append(half[:-1])
    return tuple(halves[0] + halves[1])


def _cross(p: Point, q: Point, r: Point) -> float:
    return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])


def turning_curve(start: Point, way: Point, end: Point, way_out: Point) -> Curve:
    """Smooth curve from a point and direction to another point and direction.

    Where both tangents meet between the points, the curve is what a quarter of an ellipse is for a right
    angle; otherwise its handles are those of a circle's arc over the same turn and chord.
    """
    turn = way[0] * way_out[1] - way[1] * way_out[0]
    angle = math.atan2(abs(turn), way[0] * way_out[0] + way[1] * way_out[1])
    x, y = end[0] - start[0], end[1] - start[1]
    chord = math.hypot(x, y)
    # 4/3 tan(angle / 4) is the handle of an arc of radius 1.
    handle = 4.0 / 3.0 * math.tan(angle / 4.0)
    if math.radians(20.0) < angle < math.radians(160.0):
        legs = (x * way_out[1] - y * way_out[0]) / turn, (y * way[0] - x * way[1]) / turn
        if min(legs) > 0.05 * chord:
            share = handle / math.tan(angle / 2.0)
            return _with_handles(start, way, end, way_out, share * legs[0], share * legs[1])
    size = chord / 3.0 if angle < 0.01 else handle * chord / (2.0 * math.sin(angle / 2.0))
    return _with_handles(start, way, end, way_out, size, size)


def _with_handles(
    start: Point, way: Point, end: Point, way_out: Point, first_m: Meters, last_m: Meters
) -> Curve:
    leaving = (start[0] + first_m * way[0], start[1] + first_m * way[1])
    arriving = (end[0] - last_m * way_out[0], end[1] - last_m * way_out[1])
    return start, leaving, arriving, end

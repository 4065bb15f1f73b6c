"""Lines and arrows of a map, in meters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trafficopt.intersection import Intersection, Movement, Turn
from trafficopt.network import Network, Point
from trafficopt.units import FloatArray, Meters

LEFT_TO_RIGHT = (Turn.U_TURN, Turn.LEFT, Turn.THROUGH, Turn.RIGHT)
TURNED = {Turn.U_TURN: 180.0, Turn.LEFT: 90.0, Turn.THROUGH: 0.0, Turn.RIGHT: -90.0}
"""Degrees counterclockwise by which an arrow is turned from the direction of its approach."""
ARROW = np.array([(0.5, 0.0), (-0.4, 0.42), (-0.4, -0.42)])
"""Corners of an arrow of length 0.9 that points to the right."""
LOOK_BACK_M: Meters = 25.0  # of an approach, for its direction


def simplify_shape(shape: tuple[Point, ...], tolerance_m: float) -> tuple[Point, ...]:
    """Leave out points that lie within `tolerance_m` of the line without them.

    Douglas and Peucker (1973).

    Examples
    --------
    >>> simplify_shape(((0.0, 0.0), (50.0, 0.2), (100.0, 0.0)), 1.0)
    ((0.0, 0.0), (100.0, 0.0))
    """
    if len(shape) < 3:
        return shape
    points = np.array(shape, dtype=np.float64)
    chord = points[-1] - points[0]
    length = float(np.hypot(*chord))
    rest = points[1:-1] - points[0]
    away = (
        np.hypot(*rest.T) if length == 0 else np.abs(rest[:, 0] * chord[1] - rest[:, 1] * chord[0]) / length
    )
    far = int(np.argmax(away)) + 1
    if away[far - 1] <= tolerance_m:
        return (shape[0], shape[-1])
    return simplify_shape(shape[: far + 1], tolerance_m)[:-1] + simplify_shape(shape[far:], tolerance_m)


def right_of(shape: Sequence[Point], distance_m: Meters) -> FloatArray:
    """A line to the right of another one, shape (points, 2) [m]; corners are cut, not rounded.

    Examples
    --------
    >>> right_of([(0.0, 0.0), (0.0, 100.0)], 4.0).tolist()
    [[4.0, 0.0], [4.0, 100.0]]
    """
    points = np.array(shape, dtype=np.float64)
    ways = np.diff(points, axis=0)
    lengths = np.hypot(*ways.T)
    ways = ways[lengths > 0.0] / lengths[lengths > 0.0, None]
    if not len(ways):
        return points
    kept = np.concatenate([[True], lengths > 0.0])
    rights = np.column_stack([ways[:, 1], -ways[:, 0]])
    at = np.concatenate([rights[:1], rights[:-1] + rights[1:], rights[-1:]])
    return np.asarray(points[kept] + distance_m * at / np.maximum(np.hypot(*at.T), 1e-9)[:, None])


def movement_arrows(
    network: Network, node: Intersection, movements: Sequence[Movement], size_m: Meters, clear_m: Meters
) -> list[FloatArray]:
    """An arrow at the stop line of each movement's approach, pointing where it turns; corners [m].

    Those of one approach stand side by side, as its lanes do: the left turn next to the middle of the road.

    Parameters
    ----------
    movements
        Some of those of the intersection.
    size_m
        Length of an arrow.
    clear_m
        Room to leave around the middle of the intersection; nearer stop lines are drawn that far away.
    """
    arrows: dict[str, FloatArray] = {}
    for link in dict.fromkeys(movement.from_link for movement in movements):
        shape = np.array(network.links[link].shape, dtype=np.float64)
        end, way = shape[-1], _direction(shape)
        right = np.array([way[1], -way[0]])
        before_m = float((np.array([node.x_m, node.y_m]) - end) @ way)
        line = end - max(0.0, clear_m + 0.5 * size_m - before_m) * way
        own = [movement for movement in movements if movement.from_link == link]
        own.sort(key=lambda movement: LEFT_TO_RIGHT.index(movement.turn))
        for k, movement in enumerate(own):
            angle = np.arctan2(way[1], way[0]) + np.deg2rad(TURNED[movement.turn])
            turn = np.array([(np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))])
            arrows[movement.id] = line + (k + 0.5) * size_m * right + size_m * ARROW @ turn
    return [arrows[movement.id] for movement in movements]


def _direction(shape: FloatArray) -> FloatArray:
    """Direction in which a line arrives at its end, by its last meters; shape (2,)."""
    away = np.hypot(*(shape - shape[-1]).T)
    far = np.flatnonzero(away >= LOOK_BACK_M)
    begin = int(far[-1]) if len(far) else int(np.argmax(away))
    way = shape[-1] - shape[begin]
    return np.asarray(way / max(float(np.hypot(*way)), 1e-9))

"""How far people walk to cross one approach of an intersection, past right-turn islands and without them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from trafficopt.units import FloatArray, Meters, read_only


@dataclass(frozen=True, slots=True)
class Carriageway:
    """The lanes of a link that people on foot have to cross.

    Attributes
    ----------
    curb
        Right-hand edge from begin to end [m], shape (n_points, 2).
    width_m
        Of all its lanes.
    """

    curb: FloatArray = field(repr=False)
    width_m: Meters

    def __post_init__(self) -> None:
        if self.curb.ndim != 2 or self.curb.shape[1] != 2 or len(self.curb) < 2:
            raise ValueError("the edge of a carriageway needs two points or more")
        read_only(self.curb)


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk across one approach, or across several.

    Attributes
    ----------
    walk_m
        From sidewalk to sidewalk, between the same two points before and after: where the slip lanes at both
        corners meet the road on which the walker comes and goes.
    crossing_m
        Of it, between the outermost curbs: slip lanes, islands and carriageway.
    roadway_m
        Of it, on lanes of vehicles: slip lanes and carriageway.
    """

    walk_m: Meters
    crossing_m: Meters
    roadway_m: Meters

    def __add__(self, other: Walk) -> Walk:
        return Walk(
            self.walk_m + other.walk_m,
            self.crossing_m + other.crossing_m,
            self.roadway_m + other.roadway_m,
        )


def beside(line: FloatArray, to_right_m: Meters) -> FloatArray:
    """A line beside another one, each point moved at a right angle to the way past it, shape (n_points, 2).

    Examples
    --------
    >>> beside(np.array([[0.0, 0.0], [10.0, 0.0]]), 2.0).tolist()
    [[0.0, -2.0], [10.0, -2.0]]
    """
    along = np.gradient(line, axis=0)
    along /= np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    return np.asarray(line + to_right_m * np.column_stack([along[:, 1], -along[:, 0]]))


def width_across_m(approach: Carriageway | None, leaving: Carriageway | None) -> Meters:
    """From curb to curb over the lanes that come and those that leave, at a right angle, a median included.

    Raises
    ------
    ValueError
        If there is neither.
    """
    if approach is None or leaving is None:
        there = approach or leaving
        if there is None:
            raise ValueError("an approach needs lanes that come or lanes that leave")
        return there.width_m
    along = approach.curb[-1] - approach.curb[-2]
    x, y = leaving.curb[0] - approach.curb[-1]
    return float(abs(along[0] * y - along[1] * x) / np.hypot(*along))


def approach_walks(
    approach: Carriageway | None,
    leaving: Carriageway | None,
    slip_from: Carriageway | None = None,
    slip_into: Carriageway | None = None,
) -> tuple[Walk, Walk]:
    """Walks across one approach with its islands, and once the curb is built out to where they were.

    With islands one follows the outer curb of a slip lane to its middle, crosses it at a right angle, and
    walks over the island to the carriageway's curb at the stop line. Without them one walks straight to that
    point; the corner is taken as sharp. Traffic keeps right.

    Parameters
    ----------
    approach, leaving
        Lanes that come to the stop line and those that leave beside them.
    slip_from
        Slip lane of those who come here and turn right.
    slip_into
        Slip lane of those who turn right into `leaving`.

    Returns
    -------
    tuple of two Walk
        Before and after.
    """
    width = width_across_m(approach, leaving)
    before = after = Walk(width, width, width)
    if slip_from is not None and approach is not None:
        old, new = _corner(slip_from, slip_from.curb[-1], approach.curb[-1])
        before, after = before + old, after + new
    if slip_into is not None and leaving is not None:
        old, new = _corner(slip_into, slip_into.curb[0], leaving.curb[0])
        before, after = before + old, after + new
    return before, after


def _corner(slip: Carriageway, begin: FloatArray, head: FloatArray) -> tuple[Walk, Walk]:
    """From the end of a slip lane at which a walker comes to the head of the crossing, before and after."""
    half, middle = _middle(slip.curb)
    chord = slip.curb[-1] - slip.curb[0]
    to_island = np.array([-chord[1], chord[0]]) / np.hypot(*chord)
    island = float(np.hypot(*(head - middle - slip.width_m * to_island)))
    crossing = slip.width_m + island
    straight = float(np.hypot(*(head - begin)))
    return Walk(half + crossing, crossing, slip.width_m), Walk(straight, 0.0, 0.0)


def _middle(line: FloatArray) -> tuple[Meters, FloatArray]:
    """Half the length of a line [m], and the point there, shape (2,)."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    half = float(along[-1]) / 2.0
    return half, np.array([np.interp(half, along, line[:, 0]), np.interp(half, along, line[:, 1])])

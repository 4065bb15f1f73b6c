"""Who meets whom inside a junction, who gives way, and where: SUMO's right of way with the geometry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from trafficopt.intersection import Conflicts, User
from trafficopt.sumo.heads import Connection
from trafficopt.units import FloatArray, IntArray

SAMPLE_M = 0.5
ENDS_M = 1.0  # lines that touch this close to their ends do not cross


@dataclass(frozen=True)
class Line:
    """Center line of a path, with what is worked out once for all lines that it meets.

    Attributes
    ----------
    corners
        Shape (n_corners, 2) [m].
    """

    corners: FloatArray

    @cached_property
    def along(self) -> FloatArray:
        """From each corner to the next [m], by axis, shape (2, n_corners - 1)."""
        return np.diff(self.corners, axis=0).T

    @cached_property
    def steps_m(self) -> FloatArray:
        """Length of each segment [m], shape (n_corners - 1,)."""
        return np.asarray(np.hypot(*self.along))

    @cached_property
    def length_m(self) -> float:
        """Length as drawn."""
        return float(self.steps_m.sum())

    @cached_property
    def lengths_m(self) -> FloatArray:
        """Length [m] up to each corner, shape (n_corners,)."""
        return np.concatenate([[0.0], np.cumsum(self.steps_m)])

    @cached_property
    def samples(self) -> FloatArray:
        """Places [m] along the line, `SAMPLE_M` apart and its end, and their axes, shape (3, n_samples)."""
        last = self.lengths_m[-1]
        places = np.concatenate([np.arange(0.0, last, SAMPLE_M), [last]])
        x, y = (np.interp(places, self.lengths_m, self.corners[:, axis]) for axis in (0, 1))
        return np.stack([places, x, y])


def conflicts_of(connections: Sequence[Connection], n_heads: int) -> Conflicts:
    """Conflicts of a signal's heads, from the `<request>` rows of its junctions and the lanes inside."""
    meets, yields, unseen = np.zeros((3, n_heads, n_heads), dtype=np.bool_)
    near, far = np.full((2, n_heads, n_heads), np.nan)
    at: dict[tuple[str, int], list[Connection]] = defaultdict(list)
    for c in connections:
        at[c.node.getID(), c.request].append(c)

    def foes(c: Connection, rows: dict[int, str]) -> list[Connection]:
        requests = ones_of(rows.get(c.request, ""))
        found = [foe for request in requests for foe in at.get((c.node.getID(), request), ())]
        return [foe for foe in found if foe.head != c.head]

    for c in connections:
        for foe in foes(c, c.node._foes):
            meets[c.head, foe.head] = meets[foe.head, c.head] = True
        for foe in foes(c, c.node._prohibits):
            yields[c.head, foe.head] = True
    placed = [(c, Line(c.path)) for c in connections]
    for (one, line), (two, other) in combinations(placed, 2):
        if one.head == two.head or one.node is not two.node:
            continue
        if not meets[one.head, two.head]:
            if not (_from_two_approaches(one, two) and _cross(line, other)):
                continue
            unseen[one.head, two.head] = unseen[two.head, one.head] = True
        for c, own, foe, its in ((one, line, two, other), (two, other, one, line)):
            area = shared_area_m(own, its, foe.width_m)
            near[c.head, foe.head] = np.fmin(near[c.head, foe.head], area[0])
            far[c.head, foe.head] = np.fmax(far[c.head, foe.head], area[1])
    return Conflicts(meets, yields, near, far, unseen)


def ones_of(bits: str) -> list[int]:
    """Places of the ones of a request row, whose last letter stands for connection 0."""
    return [index for index, bit in enumerate(reversed(bits)) if bit == "1"]


def _from_two_approaches(one: Connection, two: Connection) -> bool:
    """Whether both are of vehicles, from two links."""
    return User.PEDESTRIANS not in (one.user, two.user) and one.from_link != two.from_link


def _cross(line: Line, other: Line) -> bool:
    """Whether two lines cross, away from the ends of each (segments by Cramer's rule)."""
    (dax, day), (dbx, dby) = line.along[:, :, None], other.along[:, None, :]
    gap_x, gap_y = other.corners[:-1].T[:, None, :] - line.corners[:-1].T[:, :, None]
    det = dax * dby - day * dbx
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (gap_x * dby - gap_y * dbx) / det
        u = (gap_x * day - gap_y * dax) / det
    hit = (np.abs(det) > 1e-9) & (t >= 0) & (t <= 1) & (u >= 0) & (u <= 1)
    return all(
        _away_from_ends(of, segment, share[hit])
        for of, segment, share in zip((line, other), np.nonzero(hit), (t, u), strict=True)
    )


def _away_from_ends(line: Line, segment: IntArray, share: FloatArray) -> bool:
    """Whether any of the places, shares of segments of the line, is farther than `ENDS_M` from its ends."""
    lengths = line.lengths_m[segment] + share * line.steps_m[segment]
    return bool(np.any((lengths > ENDS_M) & (lengths < line.length_m - ENDS_M)))


def shared_area_m(
    line: Line, other: Line, other_width_m: float, *, or_closest: bool = True
) -> tuple[float, float]:
    """Distances [m] along `line` to the near and far edge of the area that the `other` path takes.

    The area is where the line lies within half of the other's width of its center line. Paths that do
    not come that close are taken to meet where they are closest, or (`or_closest` off) at the end of the
    path, in an area of no length.
    """
    places, apart = line.samples[0], _apart_m(line, other)
    half, length_m = 0.5 * other_width_m, float(places[-1])
    inside = places[apart <= half]
    if not len(inside):
        if not or_closest:
            return length_m, length_m
        closest = float(places[apart.argmin()])
        return max(0.0, closest - half), min(length_m, closest + half)
    return max(0.0, float(inside[0]) - SAMPLE_M), min(length_m, float(inside[-1]) + SAMPLE_M)


def _apart_m(line: Line, other: Line) -> FloatArray:
    """Distance [m] of each sample of `line` from line `other`, shape (n_samples,)."""
    x, y = line.samples[1:, :, None]
    along_x, along_y = other.along
    gap_x, gap_y = x - other.corners[:-1, 0], y - other.corners[:-1, 1]
    share = (gap_x * along_x + gap_y * along_y) / (along_x**2 + along_y**2)
    share = np.minimum(np.maximum(share, 0.0), 1.0)
    return np.asarray(np.hypot(gap_x - share * along_x, gap_y - share * along_y).min(axis=1))

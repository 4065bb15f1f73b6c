"""Who meets whom inside a junction, who gives way, and where: SUMO's right of way with the geometry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from trafficopt.intersection import Conflicts, User
from trafficopt.sumo.heads import Connection
from trafficopt.units import FloatArray

SAMPLE_M = 0.5
ENDS_M = 1.0  # lines that touch this close to their ends do not cross


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
    for one, two in combinations(connections, 2):
        if one.head == two.head or one.node is not two.node:
            continue
        if not meets[one.head, two.head]:
            if not _cross_unseen(one, two):
                continue
            unseen[one.head, two.head] = unseen[two.head, one.head] = True
        for c, foe in ((one, two), (two, one)):
            area = shared_area_m(c.path, foe.path, foe.width_m)
            near[c.head, foe.head] = np.fmin(near[c.head, foe.head], area[0])
            far[c.head, foe.head] = np.fmax(far[c.head, foe.head], area[1])
    return Conflicts(meets, yields, near, far, unseen)


def ones_of(bits: str) -> list[int]:
    """Places of the ones of a request row, whose last letter stands for connection 0."""
    return [index for index, bit in enumerate(reversed(bits)) if bit == "1"]


def _cross_unseen(one: Connection, two: Connection) -> bool:
    """Whether the paths of vehicles from two approaches cross, away from their ends."""
    if User.PEDESTRIANS in (one.user, two.user) or one.from_link == two.from_link:
        return False
    return all(
        np.any((lengths > ENDS_M) & (lengths < c.length_m - ENDS_M))
        for c, lengths in (
            (one, _crossing_lengths(one.path, two.path)),
            (two, _crossing_lengths(two.path, one.path)),
        )
    )


def shared_area_m(
    path: FloatArray, other: FloatArray, other_width_m: float, *, or_closest: bool = True
) -> tuple[float, float]:
    """Distances [m] along `path` to the near and far edge of the area that the `other` path takes.

    The area is where the path lies within half of the other's width of its center line. Paths that do
    not come that close are taken to meet where they are closest, or (`or_closest` off) at the end of the
    path, in an area of no length. Paths have shape (n_points, 2) [m].
    """
    places, apart = _distances(path, other)
    half, length_m = 0.5 * other_width_m, float(places[-1])
    inside = places[apart <= half]
    if not len(inside):
        if not or_closest:
            return length_m, length_m
        closest = float(places[apart.argmin()])
        return max(0.0, closest - half), min(length_m, closest + half)
    return max(0.0, float(inside[0]) - SAMPLE_M), min(length_m, float(inside[-1]) + SAMPLE_M)


def _distances(one: FloatArray, other: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Places [m] along line `one`, `SAMPLE_M` apart, and the distance [m] of each from line `other`."""
    steps = np.hypot(*np.diff(one, axis=0).T)
    lengths = np.concatenate([[0.0], np.cumsum(steps)])
    places = np.append(np.arange(0.0, lengths[-1], SAMPLE_M), lengths[-1])
    points = np.stack([np.interp(places, lengths, one[:, axis]) for axis in (0, 1)], axis=1)
    start, along = other[:-1], np.diff(other, axis=0)
    gap = points[:, None, :] - start[None, :, :]
    share = np.clip((gap * along).sum(axis=2) / (along**2).sum(axis=1), 0.0, 1.0)
    apart = np.hypot(*(gap - share[:, :, None] * along).transpose(2, 0, 1)).min(axis=1)
    return places, np.asarray(apart)


def _crossing_lengths(one: FloatArray, other: FloatArray) -> FloatArray:
    """Lengths [m] along line `one` at which `other` crosses it (segments by Cramer's rule)."""
    a, b = one[:-1, None, :], other[None, :-1, :]
    da, db = np.diff(one, axis=0)[:, None, :], np.diff(other, axis=0)[None, :, :]
    det = da[..., 0] * db[..., 1] - da[..., 1] * db[..., 0]
    gap = b - a
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (gap[..., 0] * db[..., 1] - gap[..., 1] * db[..., 0]) / det
        u = (gap[..., 0] * da[..., 1] - gap[..., 1] * da[..., 0]) / det
    hit = (np.abs(det) > 1e-9) & (t >= 0) & (t <= 1) & (u >= 0) & (u <= 1)
    steps = np.hypot(*np.diff(one, axis=0).T)
    starts = np.concatenate([[0.0], np.cumsum(steps)[:-1]])
    segment, _ = np.nonzero(hit)
    return np.asarray(starts[segment] + t[hit] * steps[segment])

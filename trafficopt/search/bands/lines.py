"""Lines of progression along a corridor with a band on each link, and where they lie exactly."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.optimize import linprog

from trafficopt.search.bands.choices import FixedCorridor
from trafficopt.units import FloatArray, IntArray, Seconds, SecondsArray


class LinkBands(StrEnum):
    """How the band of a link lies about the line of progression that runs through all signals."""

    SYMMETRIC = "multiband"
    FREE = "amband"


@dataclass(frozen=True, slots=True)
class LinkBandPlan:
    """Bands of each link along one line of progression each way.

    Attributes
    ----------
    value_s
        Weighted sum of the bands less the price of breaks, divided by the number of links [s].
    choice
        Of each signal, shape (n,).
    line_out_s, line_in_s
        From the start of the green to the line of progression at each signal, shape (n,) [s].
    band_out_s, band_in_s
        Of each link, shape (n - 1,) [s].
    broken_out, broken_in
        Whether a line ends at a link and another begins after it, shape (n - 1,).
    offset_s
        Of each signal, shape (n,) [s]; not reduced by the cycle.
    """

    value_s: Seconds
    choice: IntArray
    line_out_s: SecondsArray
    line_in_s: SecondsArray
    band_out_s: SecondsArray
    band_in_s: SecondsArray
    broken_out: FloatArray
    broken_in: FloatArray
    offset_s: SecondsArray


def closure_s(corridor: FixedCorridor, link: int, here: int, there: int) -> Seconds:
    """What the inbound place gains beside the outbound one from a signal to the next [s], modulo the cycle.

    Of the outbound line: offset there + start + place = offset here + start + place + travel time, of the
    inbound one the same with both signals exchanged; the offsets cancel in the difference.
    """
    out = corridor.start_out_s[link + 1, there] - corridor.start_out_s[link, here]
    into = corridor.start_in_s[link + 1, there] - corridor.start_in_s[link, here]
    return float(out - into - corridor.travel_out_s[link] - corridor.travel_in_s[link])


def placed(
    corridor: FixedCorridor,
    shape: LinkBands,
    states: list[tuple[int, int, int]],
    kinds: list[int],
    price_s: Seconds,
    step_s: Seconds,
) -> LinkBandPlan | None:
    """Place the lines exactly, with the choices, breaks and whole cycles of the grid's best path."""
    n, rows = corridor.n, np.arange(corridor.n)
    choice = np.array([state[0] for state in states])
    lines = np.array([[state[1], state[2]] for state in states], dtype=np.float64) * step_s
    greens = np.stack([corridor.green_out_s[rows, choice], corridor.green_in_s[rows, choice]])
    greens = np.where(corridor.always(greens), np.inf, greens)
    broken = np.array([[kind & 1, kind >> 1] for kind in kinds], dtype=np.float64).reshape(n - 1, 2)
    weights = np.stack([corridor.weight_out, corridor.weight_in], axis=1) * (1.0 - broken)
    exact = _line_program(corridor, shape, choice, lines, greens, weights, broken)
    if exact is None:
        return None
    lines = exact
    found = np.array(
        [
            [
                (1.0 - broken[link, way])
                * _band_at(shape, greens[way], lines[:, way], link, corridor.cycle_s)
                for way in range(2)
            ]
            for link in range(n - 1)
        ]
    ).reshape(n - 1, 2)
    cost = float(broken.sum() * price_s) if broken.any() else 0.0
    value = (float((weights * found).sum()) - cost) / max(n - 1, 1)
    offsets = _offsets(corridor, choice, lines, broken)
    return LinkBandPlan(
        value, choice, lines[:, 0], lines[:, 1], found[:, 0], found[:, 1], broken[:, 0], broken[:, 1], offsets
    )


def _band_at(
    shape: LinkBands, green: SecondsArray, line: SecondsArray, link: int, cycle_s: Seconds
) -> Seconds:
    """Band of a link about a line [s]; greens without end are infinite."""
    ends = [k for k in (link, link + 1) if np.isfinite(green[k])]
    if not ends:
        return cycle_s
    left, right = min(line[k] for k in ends), min(green[k] - line[k] for k in ends)
    wide = 2.0 * min(left, right) if shape is LinkBands.SYMMETRIC else left + right
    return max(float(wide), 0.0)


def _offsets(
    corridor: FixedCorridor, choice: IntArray, lines: FloatArray, broken: FloatArray
) -> SecondsArray:
    """Offsets along the lines that go on; where none does, as if the outbound one did."""
    found = [0.0]
    for link in range(corridor.n - 1):
        here, there = (link, choice[link]), (link + 1, choice[link + 1])
        if broken[link, 0] and not broken[link, 1]:
            start = corridor.start_in_s[here] + lines[link, 1] - corridor.travel_in_s[link]
            found.append(found[-1] + start - corridor.start_in_s[there] - lines[link + 1, 1])
        else:
            start = corridor.start_out_s[here] + lines[link, 0] + corridor.travel_out_s[link]
            found.append(found[-1] + start - corridor.start_out_s[there] - lines[link + 1, 0])
    return np.array(found)


def _line_program(
    corridor: FixedCorridor,
    shape: LinkBands,
    choice: IntArray,
    lines: FloatArray,
    greens: FloatArray,
    weights: FloatArray,
    broken: FloatArray,
) -> FloatArray | None:
    """Lines with the largest bands whose whole cycles are those of `lines`, shape (n, 2) [s]; None if none.

    Unknowns are the lines, and the parts of each link's band before and after them.
    """
    n = corridor.n
    line = np.arange(2 * n).reshape(n, 2)
    before = 2 * n + np.arange(2 * (n - 1)).reshape(n - 1, 2)
    after = before + 2 * (n - 1)
    size = 2 * n + 4 * (n - 1)
    above, limit, equal, closure = [], [], [], []
    for link in range(n - 1):
        for way in range(2):
            above.append({before[link, way]: 1.0, after[link, way]: 1.0})
            limit.append(corridor.cycle_s)
            for signal in (k for k in (link, link + 1) if np.isfinite(greens[way, k])):
                above.append({before[link, way]: 1.0, line[signal, way]: -1.0})
                limit.append(0.0)
                above.append({after[link, way]: 1.0, line[signal, way]: 1.0})
                limit.append(greens[way, signal])
            if shape is LinkBands.SYMMETRIC:
                equal.append({before[link, way]: 1.0, after[link, way]: -1.0})
                closure.append(0.0)
        if not broken[link].any():
            gain = closure_s(corridor, link, choice[link], choice[link + 1])
            on_grid = lines[link + 1, 1] - lines[link, 1] - lines[link + 1, 0] + lines[link, 0]
            whole = round((on_grid - gain) / corridor.cycle_s)
            row = {line[link + 1, 1]: 1.0, line[link, 1]: -1.0, line[link + 1, 0]: -1.0, line[link, 0]: 1.0}
            equal.append(row)
            closure.append(gain + whole * corridor.cycle_s)
    cost = np.zeros(size)
    cost[before], cost[after] = -weights, -weights
    upper = np.full(size, np.inf)
    upper[line] = np.minimum(greens.T, corridor.cycle_s)
    found = linprog(
        cost,
        A_ub=_matrix(above, size),
        b_ub=np.array(limit),
        A_eq=_matrix(equal, size),
        b_eq=np.array(closure),
        bounds=[(0.0, float(high)) for high in upper],
    )
    return None if found.x is None else found.x[line]


def _matrix(rows: list[dict[int, float]], size: int) -> FloatArray:
    matrix = np.zeros((len(rows), size))
    for i, row in enumerate(rows):
        for column, factor in row.items():
            matrix[i, column] += factor
    return matrix

"""The best offsets of one arterial, all else fixed: dynamic programming over offsets and lines."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from trafficopt.units import FloatArray, IntArray

RED = -1


@dataclass(frozen=True, slots=True)
class ArterialRows:
    """What an arterial of n signals gains and pays, on a grid of `n_steps` times of the cycle.

    Attributes
    ----------
    ahead, back
        Steps that the outbound line takes from the first signal to each, and the inbound line from each to
        the first, shape (n,).
    before, after
        Steps of green before and after each time since the plan's start, `RED` where it is red, outbound
        first, shape (2, n, n_steps).
    weight
        What a step of band on each link is worth, outbound first, shape (2, n - 1).
    price
        Of a line that ends at a link while another begins after it.
    """

    ahead: IntArray
    back: IntArray
    before: IntArray
    after: IntArray
    weight: FloatArray
    price: float

    @property
    def n(self) -> int:
        """Number of signals."""
        return len(self.ahead)


@dataclass(frozen=True, slots=True)
class ArterialLines:
    """Offsets and lines of an arterial.

    Attributes
    ----------
    offset
        Steps, shape (n,).
    out, into
        When the outbound line that passes each signal passes the first one (or would), and likewise the
        inbound one, in steps of the cycle, shape (n,). Where it changes between signals, the line breaks.
    """

    offset: IntArray
    out: IntArray
    into: IntArray


def best_lines(rows: ArterialRows, own: FloatArray, pair: FloatArray) -> ArterialLines:
    """Find the offsets and lines with the largest bands less costs.

    Parameters
    ----------
    own
        Cost of each signal's offset, infinite where it may not be, shape (n, n_steps).
    pair
        Cost of the difference of the offsets at a link's ends (second less first), shape (n - 1, n_steps).
    """
    offset, out, into = _search(
        rows.ahead, rows.back, rows.before, rows.after, rows.weight, rows.price, own, pair
    )
    return ArterialLines(offset, out, into)


@numba.njit(cache=True)
def band_steps(before: IntArray, after: IntArray, way: int, link: int, here: int, there: int) -> int:
    """Band of a link about a line that passes its signals then; `RED` if it cannot."""
    if before[way, link, here] < 0 or before[way, link + 1, there] < 0:
        return RED
    left = min(before[way, link, here], before[way, link + 1, there])
    wide = left + min(after[way, link, here], after[way, link + 1, there])
    return int(min(wide, before.shape[2]))


@numba.njit(cache=True)
def _search(
    ahead: IntArray,
    back: IntArray,
    before: IntArray,
    after: IntArray,
    weight: FloatArray,
    price: float,
    own: FloatArray,
    pair: FloatArray,
) -> tuple[IntArray, IntArray, IntArray]:
    """Offset and both lines of each signal."""
    n, steps = own.shape
    value = np.full((n, steps, steps, steps), -np.inf)
    for theta in range(steps):
        for x in range(steps):
            if before[0, 0, (x + ahead[0] - theta) % steps] < 0:
                continue
            for y in range(steps):
                if before[1, 0, (y - back[0] - theta) % steps] >= 0:
                    value[0, theta, x, y] = -own[0, theta]
    for link in range(n - 1):
        _go_on(value, link, ahead, back, before, after, weight, own, pair)
        if np.isfinite(price):
            _break(value, link, ahead, back, before, after, weight, price, own, pair)
    offset, out, into = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    best = np.argmax(value[n - 1])
    offset[n - 1], out[n - 1], into[n - 1] = best // steps**2, best // steps % steps, best % steps
    for link in range(n - 2, -1, -1):
        offset[link], out[link], into[link] = _came_from(
            value,
            link,
            ahead,
            back,
            before,
            after,
            weight,
            price,
            pair,
            offset[link + 1],
            out[link + 1],
            into[link + 1],
        )
    return offset, out, into


@numba.njit(cache=True)
def _go_on(
    value: FloatArray,
    link: int,
    ahead: IntArray,
    back: IntArray,
    before: IntArray,
    after: IntArray,
    weight: FloatArray,
    own: FloatArray,
    pair: FloatArray,
) -> None:
    """Values at the next signal where both lines go on."""
    steps = own.shape[1]
    start = np.zeros(steps, np.int64)
    for x in range(steps):
        for y in range(steps):
            n_start = 0
            for here in range(steps):
                if value[link, here, x, y] > -np.inf:
                    start[n_start] = here
                    n_start += 1
            if n_start == 0:
                continue
            for there in range(steps):
                x_there = (x + ahead[link + 1] - there) % steps
                y_there = (y - back[link + 1] - there) % steps
                if before[0, link + 1, x_there] < 0 or before[1, link + 1, y_there] < 0:
                    continue
                best = -np.inf
                for here in start[:n_start]:
                    x_here, y_here = (x + ahead[link] - here) % steps, (y - back[link] - here) % steps
                    gained = weight[0, link] * band_steps(before, after, 0, link, x_here, x_there)
                    gained += weight[1, link] * band_steps(before, after, 1, link, y_here, y_there)
                    best = max(best, value[link, here, x, y] + gained - pair[link, (there - here) % steps])
                value[link + 1, there, x, y] = best - own[link + 1, there]


@numba.njit(cache=True)
def _break(
    value: FloatArray,
    link: int,
    ahead: IntArray,
    back: IntArray,
    before: IntArray,
    after: IntArray,
    weight: FloatArray,
    price: float,
    own: FloatArray,
    pair: FloatArray,
) -> None:
    """Values at the next signal where the outbound line breaks, or the inbound one, or both."""
    steps = own.shape[1]
    reached = np.full((2, steps, steps), -np.inf)  # by the line that goes on in the other direction
    for here in range(steps):
        for x in range(steps):
            for y in range(steps):
                reached[0, here, y] = max(reached[0, here, y], value[link, here, x, y])
                reached[1, here, x] = max(reached[1, here, x], value[link, here, x, y])
    for way in range(2):
        for line in range(steps):
            for there in range(steps):
                shift_there = ahead[link + 1] if way == 1 else -back[link + 1]
                at_there = (line + shift_there - there) % steps
                if before[1 - way, link + 1, at_there] < 0:
                    continue
                best = -np.inf
                for here in range(steps):
                    if reached[way, here, line] == -np.inf:
                        continue
                    at_here = (line + (ahead[link] if way == 1 else -back[link]) - here) % steps
                    band = band_steps(before, after, 1 - way, link, at_here, at_there)
                    gained = weight[1 - way, link] * band - pair[link, (there - here) % steps]
                    best = max(best, reached[way, here, line] + gained - price)
                best -= own[link + 1, there]
                for new in range(steps):
                    at_new = (new + (ahead[link + 1] if way == 0 else -back[link + 1]) - there) % steps
                    if before[way, link + 1, at_new] < 0:
                        continue
                    x, y = (new, line) if way == 0 else (line, new)
                    value[link + 1, there, x, y] = max(value[link + 1, there, x, y], best)
    for there in range(steps):
        best = -np.inf
        for here in range(steps):
            best = max(best, reached[0, here].max() - pair[link, (there - here) % steps] - 2.0 * price)
        best -= own[link + 1, there]
        for x in range(steps):
            if before[0, link + 1, (x + ahead[link + 1] - there) % steps] < 0:
                continue
            for y in range(steps):
                if before[1, link + 1, (y - back[link + 1] - there) % steps] >= 0:
                    value[link + 1, there, x, y] = max(value[link + 1, there, x, y], best)


@numba.njit(cache=True)
def _came_from(
    value: FloatArray,
    link: int,
    ahead: IntArray,
    back: IntArray,
    before: IntArray,
    after: IntArray,
    weight: FloatArray,
    price: float,
    pair: FloatArray,
    there: int,
    x: int,
    y: int,
) -> tuple[int, int, int]:
    """Offset and lines of the signal before one whose offset and lines are known."""
    steps = pair.shape[1]
    x_there, y_there = (x + ahead[link + 1] - there) % steps, (y - back[link + 1] - there) % steps
    best, found = -np.inf, (0, 0, 0)
    for here in range(steps):
        cost = pair[link, (there - here) % steps]
        for x_old in range(steps):
            if x_old != x and not np.isfinite(price):
                continue
            for y_old in range(steps):
                if (y_old != y and not np.isfinite(price)) or value[link, here, x_old, y_old] == -np.inf:
                    continue
                reached = value[link, here, x_old, y_old] - cost
                if x_old == x:
                    at = (x + ahead[link] - here) % steps
                    reached += weight[0, link] * band_steps(before, after, 0, link, at, x_there)
                else:
                    reached -= price
                if y_old == y:
                    at = (y - back[link] - here) % steps
                    reached += weight[1, link] * band_steps(before, after, 1, link, at, y_there)
                else:
                    reached -= price
                if reached > best + 1e-9:
                    best, found = reached, (here, x_old, y_old)
    return found

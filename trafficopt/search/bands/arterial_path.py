"""The best offsets of one arterial, all else fixed: dynamic programming over offsets and lines."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from trafficopt.units import BoolArray, FloatArray, IntArray

RED = -1
TIE = 1e-9  # values closer than this are the same


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
    steps = np.arange(rows.before.shape[2])
    shift = np.stack([rows.ahead, -rows.back])[:, :, None, None]
    at = (steps[:, None] + shift - steps) % len(steps)
    passes = np.take_along_axis(rows.before[:, :, None, :] >= 0, at, axis=3)
    difference = (steps[:, None] - steps) % len(steps)
    return ArterialLines(*_search(at, passes, _gains(rows), rows.price, own, pair[:, difference]))


def lines_through(rows: ArterialRows, offset: IntArray) -> ArterialLines:
    """Find the lines with the largest bands less price for offsets that are known, shape (n,)."""
    gains = _gains(rows)
    out, into = (
        _line(shift - offset, rows.before[way] >= 0, gains[way], rows.price)
        for way, shift in enumerate((rows.ahead, -rows.back))
    )
    return ArterialLines(offset.copy(), out, into)


def _gains(rows: ArterialRows) -> FloatArray:
    """Worth of a link's band about a line that passes its ends at two times since their plans' starts.

    Shape (2, n - 1, n_steps, n_steps); minus infinity where it meets red.
    """
    before, after = (
        np.minimum(each[:, :-1, :, None], each[:, 1:, None, :]) for each in (rows.before, rows.after)
    )
    band = np.minimum(before + after, before.shape[-1])
    return np.where(before < 0, -np.inf, rows.weight[:, :, None, None] * band)


def _line(shift: IntArray, passes: BoolArray, gain: FloatArray, price: float) -> IntArray:
    """The best line of one direction past fixed signals.

    It passes each signal `shift` steps after the first one, since that one's plan's start; what it may pass,
    and what it gains on links, is told by that time.
    """
    n, steps = passes.shape
    at = (np.arange(steps) + shift[:, None]) % steps
    value = [np.where(passes[0, at[0]], 0.0, -np.inf)]
    gained = [gain[link, at[link], at[link + 1]] for link in range(n - 1)]
    for link in range(n - 1):
        reached = np.maximum(value[link] + gained[link], value[link].max() - price)
        value.append(np.where(passes[link + 1, at[link + 1]], reached, -np.inf))
    line = np.zeros(n, np.int64)
    line[n - 1] = _first_best(value[n - 1])
    for link in range(n - 2, -1, -1):
        came = value[link] - price
        came[line[link + 1]] = (value[link] + gained[link])[line[link + 1]]
        line[link] = _first_best(came)
    return line


def _first_best(value: FloatArray) -> int:
    """The first of the largest, whatever rounding says."""
    return int(np.flatnonzero(value >= value.max() - TIE)[0])


@numba.njit(cache=True)
def _search(
    at: IntArray, passes: BoolArray, gain: FloatArray, price: float, own: FloatArray, pair: FloatArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Offset and both lines of each signal.

    `at` is the time since a signal's plan started when a line passes, and `passes` whether it is green then,
    by direction, signal, line and offset; `pair` is the cost of offsets by link, second and first signal.
    """
    n, steps = own.shape
    value = np.full((n, steps, steps, steps), -np.inf)  # by outbound line, inbound line, offset
    for x in range(steps):
        for y in range(steps):
            for here in range(steps):
                if passes[0, 0, x, here] and passes[1, 0, y, here]:
                    value[0, x, y, here] = -own[0, here]
    for link in range(n - 1):
        ends = at[:, link], at[:, link + 1]
        second = passes[:, link + 1]
        _pass_link(
            value[link], value[link + 1], ends, second, gain[:, link], price, own[link + 1], pair[link]
        )
    best, found = -np.inf, (0, 0, 0)
    for x in range(steps):
        for y in range(steps):
            for there in range(steps):
                reached = value[n - 1, x, y, there]
                if reached > best or (reached == best and (there, x, y) < found):
                    best, found = reached, (there, x, y)
    offset, out, into = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    offset[n - 1], out[n - 1], into[n - 1] = found
    for link in range(n - 2, -1, -1):
        ends = at[:, link], at[:, link + 1]
        found = _came_from(value[link], found, ends, gain[:, link], price, pair[link])
        offset[link], out[link], into[link] = found
    return offset, out, into


@numba.njit(cache=True)
def _pass_link(
    value: FloatArray,
    after: FloatArray,
    ends: tuple[IntArray, IntArray],
    passes: BoolArray,
    gain: FloatArray,
    price: float,
    own: FloatArray,
    pair: FloatArray,
) -> None:
    """Write the values at a link's second signal, from those at its first one.

    A line that some other at the same offset beats by more than a break and the widest band is left out:
    the other one may break at this link, and go on as this one would.
    """
    steps = len(own)
    any_line = _without_line(value)
    one, both = _broken(any_line, ends, gain, price, pair)
    beaten = any_line - price - TIE
    beaten[0] -= gain[0].max()
    beaten[1] -= gain[1].max()
    gained_in = np.empty((steps, steps, steps))  # by line, and offsets there and here
    for y in range(steps):
        gained_in[y] = _gained(gain[1], ends[0][1, y], ends[1][1, y])
    start, base = np.zeros(steps, np.int64), np.zeros(steps)
    for x in range(steps):
        gained_out = _gained(gain[0], ends[0][0, x], ends[1][0, x]) - pair
        for y in range(steps):
            n_start = 0
            for here in range(steps):
                reached = value[x, y, here]
                if reached > beaten[0, y, here] and reached > beaten[1, x, here]:
                    start[n_start], base[n_start] = here, reached
                    n_start += 1
            for there in range(steps):
                if not (passes[0, x, there] and passes[1, y, there]):
                    continue
                best = max(both[there], one[0, y, there], one[1, x, there])
                for k in range(n_start):
                    gained = gained_out[there, start[k]] + gained_in[y, there, start[k]]
                    best = max(best, base[k] + gained)
                after[x, y, there] = best - own[there]


@numba.njit(cache=True)
def _gained(gain: FloatArray, at_here: IntArray, at_there: IntArray) -> FloatArray:
    """Gain of a line on a link, by the offsets there and here."""
    steps = len(gain)
    found = np.empty((steps, steps))
    for there in range(steps):
        for here in range(steps):
            found[there, here] = gain[at_here[here], at_there[there]]
    return found


@numba.njit(cache=True)
def _without_line(value: FloatArray) -> FloatArray:
    """Best values whatever one direction's line: by that direction, the other's line, and the offset."""
    steps = value.shape[0]
    reached = np.full((2, steps, steps), -np.inf)
    for x in range(steps):
        for y in range(steps):
            for here in range(steps):
                reached[0, y, here] = max(reached[0, y, here], value[x, y, here])
                reached[1, x, here] = max(reached[1, x, here], value[x, y, here])
    return reached


@numba.njit(cache=True)
def _broken(
    reached: FloatArray,
    ends: tuple[IntArray, IntArray],
    gain: FloatArray,
    price: float,
    pair: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Best values at a link's second signal, before its own cost, where lines break.

    By the direction that breaks, the other one's line, and the offset, shape (2, n_steps, n_steps); where
    both break, by the offset, shape (n_steps,).
    """
    steps = len(pair)
    one, both = np.full((2, steps, steps), -np.inf), np.full(steps, -np.inf)
    for here in range(steps):
        best = reached[0, :, here].max()
        for there in range(steps):
            both[there] = max(both[there], best - pair[there, here] - price - price)
        for way in range(2):
            for line in range(steps):
                best = reached[way, line, here] - price
                if best == -np.inf:
                    continue
                gained = gain[1 - way, ends[0][1 - way, line, here]]
                for there in range(steps):
                    each = best + gained[ends[1][1 - way, line, there]] - pair[there, here]
                    one[way, line, there] = max(one[way, line, there], each)
    return one, both


@numba.njit(cache=True)
def _came_from(
    value: FloatArray,
    found: tuple[int, int, int],
    ends: tuple[IntArray, IntArray],
    gain: FloatArray,
    price: float,
    pair: FloatArray,
) -> tuple[int, int, int]:
    """Offset and lines of the signal before one whose offset and lines are known: the first of the best."""
    steps = len(pair)
    there, x, y = found
    a, b = ends[1][0, x, there], ends[1][1, y, there]
    best, before = -np.inf, (0, 0, 0)
    for x_old in range(steps):
        for y_old in range(steps):
            if not np.isfinite(price) and (x_old != x or y_old != y):
                continue
            for here in range(steps):
                reached = value[x_old, y_old, here]
                if reached == -np.inf:
                    continue
                reached -= pair[there, here]
                reached += gain[0, ends[0][0, x, here], a] if x_old == x else -price
                reached += gain[1, ends[0][1, y, here], b] if y_old == y else -price
                new = (here, x_old, y_old)
                if reached > best + TIE or (reached > best - TIE and new < before):
                    best, before = max(best, reached), new
    return before

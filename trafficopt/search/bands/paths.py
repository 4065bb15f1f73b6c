"""Bands of their own for each link, at fixed cycle and speeds: dynamic programming along the corridor."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from trafficopt.search.bands.choices import FixedCorridor
from trafficopt.search.bands.lines import LinkBandPlan, LinkBands, closure_s, placed
from trafficopt.units import FloatArray, IntArray, Seconds, SecondsArray

GRID_S = 0.5
REFINED = 4
NEVER = np.inf


def link_bands(
    corridor: FixedCorridor, shape: LinkBands, *, break_price_s: Seconds = NEVER, grid_s: Seconds = GRID_S
) -> LinkBandPlan | None:
    """Find the largest weighted sum of bands by link.

    The state is where both lines of progression pass a signal's greens, on a grid. A link's offset difference
    moves both lines together, so that the outbound position at the next signal decides the inbound one. With
    the choices and whole cycles that are found, a linear program then places the lines exactly.
    `SYMMETRIC` bands are those of Gartner et al., A multi-band approach to arterial traffic signal
    optimization (Transportation Research B 25, 1991); `FREE` ones may reach further to one side of the line,
    after the idea of Zhang et al., AM-Band (Transportation Research C 58, 2015).

    Parameters
    ----------
    break_price_s
        What it costs to end a line at a link and to begin another after it [s of weighted band]; infinite if
        no line may break.
    grid_s
        Step of the search [s]; it is made a little smaller to divide the cycle, and much smaller where lines
        hardly pass.

    Returns
    -------
    LinkBandPlan or None
        None if no lines were found that pass all signals; there may be some that pass between grid points.
    """
    for step_s in (grid_s, grid_s / REFINED):
        found = _on_grid(corridor, shape, break_price_s, step_s)
        if found is not None:
            return found
    return None


def _on_grid(
    corridor: FixedCorridor, shape: LinkBands, break_price_s: Seconds, grid_s: Seconds
) -> LinkBandPlan | None:
    """The best path on a grid, placed exactly; None if there is none, or its lines cannot be placed."""
    n_steps = int(np.ceil(corridor.cycle_s / grid_s - 1e-9))
    step_s = corridor.cycle_s / n_steps
    tables = [
        [_positions(corridor, i, c, shape, step_s) for c in range(corridor.pattern.shape[1])]
        for i in range(corridor.n)
    ]
    values = [np.zeros((len(out.left), len(back.left))) for out, back in tables[0]]
    moves: list[list[tuple[IntArray, IntArray, IntArray]]] = []
    for link in range(corridor.n - 1):
        values, move = _next_values(corridor, tables, values, link, break_price_s, step_s, n_steps)
        moves.append(move)
    best = int(np.argmax([value.max() for value in values]))
    if values[best].max() == -np.inf:
        return None
    at_out, at_in = np.unravel_index(int(np.argmax(values[best])), values[best].shape)
    states = [(best, int(at_out), int(at_in))]
    kinds: list[int] = []
    for move in reversed(moves):
        previous, place, kind = (table[states[-1][1], states[-1][2]] for table in move[states[-1][0]])
        n_in = len(tables[len(states) * -1 - 1][int(previous)][1].left)
        states.append((int(previous), int(place) // n_in, int(place) % n_in))
        kinds.append(int(kind))
    states.reverse()
    kinds.reverse()
    return placed(corridor, shape, states, kinds, break_price_s, step_s)


@dataclass(frozen=True, slots=True)
class _Positions:
    """Places of a line within one green: room before and after it, shape (places,) [s]."""

    left: SecondsArray
    right: SecondsArray


def _positions(
    corridor: FixedCorridor, signal: int, choice: int, shape: LinkBands, step_s: Seconds
) -> tuple[_Positions, _Positions]:
    """Places in the outbound and the inbound green."""
    found = []
    for green_s in (corridor.green_out_s[signal, choice], corridor.green_in_s[signal, choice]):
        if corridor.always(green_s):
            room = np.full(round(corridor.cycle_s / step_s), corridor.cycle_s)
            found.append(_Positions(room, room))
            continue
        place = np.arange(int(green_s / step_s + 1e-9) + 1, dtype=np.float64) * step_s
        left, right = place, np.maximum(green_s - place, 0.0)
        if shape is LinkBands.SYMMETRIC:
            left = right = np.minimum(left, right)
        found.append(_Positions(left, right))
    return found[0], found[1]


def _next_values(
    corridor: FixedCorridor,
    tables: list[list[tuple[_Positions, _Positions]]],
    values: list[FloatArray],
    link: int,
    price_s: Seconds,
    step_s: Seconds,
    n_steps: int,
) -> tuple[list[FloatArray], list[tuple[IntArray, IntArray, IntArray]]]:
    """Best values at the next signal, and where each comes from: choice, place, and what breaks."""
    found, moves = [], []
    for there, (out_there, in_there) in enumerate(tables[link + 1]):
        best = np.full((len(out_there.left), len(in_there.left)), -np.inf)
        came = np.zeros_like(best, dtype=np.int64), np.zeros_like(best, dtype=np.int64)
        origin = np.zeros_like(best, dtype=np.int64)
        for here, (out_here, in_here) in enumerate(tables[link]):
            gain_out = corridor.weight_out[link] * np.minimum(_bands(out_here, out_there), corridor.cycle_s)
            gain_in = corridor.weight_in[link] * np.minimum(_bands(in_here, in_there), corridor.cycle_s)
            shift = round(closure_s(corridor, link, here, there) / step_s) % n_steps
            value, place, kind = _advance(values[here], gain_out, gain_in, shift, n_steps, price_s)
            better = value > best
            best[better], origin[better] = value[better], here
            came[0][better], came[1][better] = place[better], kind[better]
        found.append(best)
        moves.append((origin, *came))
    return found, moves


def _bands(here: _Positions, there: _Positions) -> FloatArray:
    """Band between each place of a line here and each there, shape (places here, places there) [s]."""
    left = np.minimum(here.left[:, None], there.left[None])
    return left + np.minimum(here.right[:, None], there.right[None])


@numba.njit(cache=True)
def _advance(
    value: FloatArray,
    gain_out: FloatArray,
    gain_in: FloatArray,
    shift: int,
    n_steps: int,
    price: float,
) -> tuple[FloatArray, IntArray, IntArray]:
    """Best value of each pair of places at the next signal, where it comes from, and what breaks.

    Parameters
    ----------
    value
        Of each pair of places at this signal, shape (outbound, inbound).
    gain_out, gain_in
        Weighted band between two places, shape (here, there).
    shift
        Steps by which the inbound place is later at the next signal if the outbound one is the same.
    price
        Of a break.

    Returns
    -------
    best, place, kind
        Shape (outbound there, inbound there). A place here is outbound * number of inbound places + inbound;
        a kind is 0 if nothing breaks, plus 1 if the outbound line does, plus 2 if the inbound one does.
    """
    n_out, n_in = value.shape
    n_out_there, n_in_there = gain_out.shape[1], gain_in.shape[1]
    best = np.full((n_out_there, n_in_there), -np.inf)
    place = np.zeros((n_out_there, n_in_there), dtype=np.int64)
    kind = np.zeros((n_out_there, n_in_there), dtype=np.int64)
    for out in range(n_out):
        for out_there in range(n_out_there):
            gained = gain_out[out, out_there]
            for into in range(n_in):
                there = (into + out_there - out + shift) % n_steps
                while there < n_in_there:
                    reached = value[out, into] + gained + gain_in[into, there]
                    if reached > best[out_there, there]:
                        best[out_there, there] = reached
                        place[out_there, there] = out * n_in + into
                        kind[out_there, there] = 0
                    there += n_steps
    if not np.isfinite(price):
        return best, place, kind
    top, top_place = -np.inf, 0
    for into_there in range(n_in_there):  # the outbound line breaks
        reached, came = -np.inf, 0
        for out in range(n_out):
            for into in range(n_in):
                if value[out, into] + gain_in[into, into_there] - price > reached:
                    reached = value[out, into] + gain_in[into, into_there] - price
                    came = out * n_in + into
                if value[out, into] - 2.0 * price > top:
                    top, top_place = value[out, into] - 2.0 * price, out * n_in + into
        for out_there in range(n_out_there):
            if reached > best[out_there, into_there]:
                best[out_there, into_there], place[out_there, into_there] = reached, came
                kind[out_there, into_there] = 1
    for out_there in range(n_out_there):  # the inbound line breaks
        reached, came = -np.inf, 0
        for out in range(n_out):
            for into in range(n_in):
                if value[out, into] + gain_out[out, out_there] - price > reached:
                    reached = value[out, into] + gain_out[out, out_there] - price
                    came = out * n_in + into
        for into_there in range(n_in_there):
            if reached > best[out_there, into_there]:
                best[out_there, into_there], place[out_there, into_there] = reached, came
                kind[out_there, into_there] = 2
            if top > best[out_there, into_there]:
                best[out_there, into_there], place[out_there, into_there] = top, top_place
                kind[out_there, into_there] = 3
    return best, place, kind

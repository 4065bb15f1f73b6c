"""The widest bands through all signals at fixed cycle and speeds: an exact search on a circle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trafficopt.model.progression import TOLERANCE_S
from trafficopt.search.bands.choices import FixedCorridor
from trafficopt.units import FloatArray, IntArray, Seconds, SecondsArray

ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class ThroughBands:
    """Two bands that pass every signal.

    Attributes
    ----------
    total_s
        Largest sum of both [s]; negative if there is no trajectory each way that meets only greens.
    band_out_s, band_in_s
        How the sum is shared; both 0 if it is negative.
    choice
        Of each signal, shape (n,).
    earliest_s, latest_s
        Interval of each signal's offset that keeps both bands, shape (n,) [s]; not reduced by the cycle.
    """

    total_s: Seconds
    band_out_s: Seconds
    band_in_s: Seconds
    choice: IntArray
    earliest_s: SecondsArray
    latest_s: SecondsArray


def widest_bands(corridor: FixedCorridor, share_out: float = 0.5) -> ThroughBands:
    """Find the largest sum of an outbound and an inbound band (MAXBAND with fixed cycle and speeds).

    In a frame that moves with the outbound band, each outbound green is an arc on the circle of the cycle,
    and so is each inbound green in a frame that moves with the inbound band. A signal's offset turns both
    arcs together; what its bands can sum to depends only on the time between the two bands, and that sum is
    largest where the inbound band of some signal begins to fit. So the optimum is at one of n times k
    candidates. The sum can be shared freely (Little, The synchronization of traffic signals by mixed-integer
    linear programming, Operations Research 14, 1966), up to the shortest green of each direction.

    Parameters
    ----------
    share_out
        Part of the sum that the outbound band gets, as far as greens allow.
    """
    cycle_s = corridor.cycle_s
    ahead = np.concatenate([[0.0], np.cumsum(corridor.travel_out_s)])[:, None]
    back = np.concatenate([[0.0], np.cumsum(corridor.travel_in_s)])[:, None]
    between = corridor.start_in_s - corridor.start_out_s + ahead + back
    out, into = corridor.green_out_s, corridor.green_in_s
    apart = np.unique(np.round(np.mod(between - out, cycle_s), 9) % cycle_s)
    late = np.mod(apart[:, None, None] - between + out + ROUNDING, cycle_s) - ROUNDING
    limits_both = ~corridor.always(out) & ~corridor.always(into)
    sums = np.where(limits_both, out + into - late, 2.0 * cycle_s)  # of one choice, shape (candidates, n, k)
    best, total_s, least_out = _best_candidate(sums, out, into)
    choice = _choices_for(sums[best], out, into, total_s, least_out)
    rows = np.arange(corridor.n)
    out, into, between = out[rows, choice], into[rows, choice], between[rows, choice]
    band_s = max(total_s, 0.0)
    band_out_s = float(np.clip(share_out * band_s, band_s - into.min(), out.min()))
    band_in_s = band_s - band_out_s
    room_out = np.where(corridor.always(out), 2.0 * cycle_s, out - band_out_s)
    room_in = np.where(corridor.always(into), 2.0 * cycle_s, into - band_in_s)
    low, high = _intervals(apart[best] + band_out_s - between, room_out, room_in, cycle_s)
    shift = ahead[:, 0] - corridor.start_out_s[rows, choice]
    if total_s < 0.0:
        high = low = np.zeros(corridor.n)
    return ThroughBands(total_s, band_out_s, band_in_s, choice, low + shift, high + shift)


def _best_candidate(sums: FloatArray, out: FloatArray, into: FloatArray) -> tuple[int, Seconds, Seconds]:
    """Candidate with the largest sum of bands, that sum, and the outbound green that it needs.

    With choices whose outbound green is at least b, and b one of the greens, the sum is at most that of each
    choice alone and at most b plus its inbound green; the best b makes this exact.
    """
    found = (0, -np.inf, 0.0)
    for least in np.unique(np.minimum(out, out.max(axis=1).min())):
        usable = out >= least - ROUNDING
        reach = np.where(usable, np.minimum(sums, least + into), -np.inf).max(axis=2).min(axis=1)
        best = int(np.argmax(np.round(reach, 9)))
        if reach[best] > found[1] + TOLERANCE_S:
            found = (best, float(reach[best]), float(least))
    return found


def _choices_for(
    sums: FloatArray, out: FloatArray, into: FloatArray, total_s: Seconds, least_out: Seconds
) -> IntArray:
    """Choice of each signal that lets bands of this sum pass, the first with most room."""
    room = np.minimum(sums, least_out + into)
    room = np.where(out >= least_out - ROUNDING, room, -np.inf)
    return np.asarray(np.argmax(np.round(room, 6), axis=1), dtype=np.int64)


def _intervals(
    between: SecondsArray, room_out: SecondsArray, room_in: SecondsArray, cycle_s: Seconds
) -> tuple[SecondsArray, SecondsArray]:
    """Turns of each signal that keep both bands: between -`room_out` and 0, and likewise about `between`."""
    room_out, room_in = np.maximum(room_out, 0.0), np.maximum(room_in, 0.0)
    after = np.mod(between + ROUNDING, cycle_s) - ROUNDING
    low, high = np.zeros_like(between), np.zeros_like(between)
    longest = np.full_like(between, -np.inf)
    for end in (after, after - cycle_s):
        lowest, highest = np.maximum(end - room_in, -room_out), np.minimum(end, 0.0)
        better = highest - lowest > longest
        low, high = np.where(better, lowest, low), np.where(better, highest, high)
        longest = np.where(better, highest - lowest, longest)
    return np.clip(low, high - cycle_s, high), high


def blocking_signals(corridor: FixedCorridor) -> tuple[int, ...]:
    """Signals that together admit no trajectory each way, while any of them left out would.

    Empty if there is such a pair of trajectories through all signals.
    """
    if widest_bands(corridor).total_s >= 0.0:
        return ()
    kept = list(range(corridor.n))
    for signal in range(corridor.n):
        fewer = [i for i in kept if i != signal]
        if fewer and widest_bands(_only(corridor, fewer)).total_s < 0.0:
            kept = fewer
    return tuple(kept)


def _only(corridor: FixedCorridor, signals: list[int]) -> FixedCorridor:
    """The corridor with some of its signals."""
    ahead = np.concatenate([[0.0], np.cumsum(corridor.travel_out_s)])
    back = np.concatenate([[0.0], np.cumsum(corridor.travel_in_s)])
    return FixedCorridor(
        corridor.cycle_s,
        corridor.start_out_s[signals],
        corridor.green_out_s[signals],
        corridor.start_in_s[signals],
        corridor.green_in_s[signals],
        corridor.pattern[signals],
        np.diff(ahead[signals]),
        np.diff(back[signals]),
        np.ones(len(signals) - 1),
        np.ones(len(signals) - 1),
    )

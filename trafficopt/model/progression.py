"""Progression along an arterial: green windows, travel times and the green band each way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from trafficopt.model.arterial_ways import Direction, arterial_links, through_movement, travel_times
from trafficopt.network import Arterial, Network
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.stage import GREEN
from trafficopt.units import Seconds, SecondsArray, read_only

Window = tuple[Seconds, Seconds]
"""Start and length of a green within the cycle [s]; it may wrap past the cycle's end."""

TOLERANCE_S = 1e-6


@dataclass(frozen=True, slots=True)
class Band:
    """Trajectories at design speed that meet green at every stop line.

    Attributes
    ----------
    start_s
        When the first of them passes the first stop line driven, within the cycle.
    width_s
        Time between the first and the last of them; 0 if there is none.
    """

    start_s: Seconds
    width_s: Seconds


@dataclass(frozen=True, slots=True)
class Progression:
    """One direction of an arterial under a plan.

    All sequences follow the order of `Arterial.intersections`, in both directions.

    Attributes
    ----------
    travel_s
        Time at design speed from the first stop line driven, shape (n,) [s].
    cycles_s
        Cycle of each signal [s], None where the plan does not name it.
    greens
        Green windows of the through movement at each signal.
    cycle_s
        The common cycle [s], if there is one.
    band
        The widest band; None without a common cycle or where a signal has no window.
    """

    direction: Direction
    travel_s: SecondsArray = field(compare=False)
    cycles_s: tuple[Seconds | None, ...]
    greens: tuple[tuple[Window, ...], ...]
    cycle_s: Seconds | None
    band: Band | None

    def __post_init__(self) -> None:
        read_only(self.travel_s)


def green_windows(timing: SignalTiming, heads: Sequence[int]) -> tuple[Window, ...]:
    """Give the windows in which at least one of `heads` shows `G` or `g`.

    An intergreen in which the head stays green joins the greens around it; yellow does not count.

    Returns
    -------
    tuple of (start, length) [s]
        Start within [0, cycle), measured as the offset is: absolute time modulo the cycle.
    """
    runs: list[list[float]] = []
    at_s, was_green = 0.0, False
    for row in timing.intervals:
        green = any(row.state[head] in GREEN for head in heads)
        if green and was_green:
            runs[-1][1] += row.duration_s
        elif green:
            runs.append([at_s, row.duration_s])
        at_s, was_green = at_s + row.duration_s, green
    if len(runs) > 1 and was_green and runs[0][0] == 0.0:
        runs[0] = [runs[-1][0], runs.pop()[1] + runs[0][1]]
    windows = ((float((timing.offset_s + start) % timing.cycle_s), float(length)) for start, length in runs)
    return tuple(sorted(window for window in windows if window[1] > 0))


def through_greens(
    arterial: Arterial, network: Network, plan: TimingPlan, direction: Direction
) -> tuple[tuple[Window, ...], ...]:
    """Give the green windows of the arterial's through movement at each intersection.

    Returns
    -------
    tuple of n tuples of (start, length) [s]
        Empty for a signal that is absent from the plan, or where no signal head serves the movement.
    """
    by_id = {intersection.id: intersection for intersection in network.intersections}
    greens: list[tuple[Window, ...]] = []
    for index, key in enumerate(arterial.intersections):
        movement = None
        if key in by_id and key in plan.timings:
            movement = through_movement(by_id[key], *arterial_links(arterial, index, direction))
        greens.append(green_windows(plan[key], movement.heads) if movement else ())
    return tuple(greens)


def common_cycle(cycles_s: Sequence[Seconds | None]) -> Seconds | None:
    """Give the cycle after which all signals repeat: one cycle for all, or half of it at some.

    Examples
    --------
    >>> common_cycle([90.0, 45.0]), common_cycle([90.0, 80.0]), common_cycle([90.0, None])
    (90.0, None, None)
    """
    known = [cycle for cycle in cycles_s if cycle is not None]
    if not known or len(known) < len(cycles_s):
        return None
    longest = max(known)
    fits = all(min(abs(longest - cycle), abs(longest - 2 * cycle)) < TOLERANCE_S for cycle in known)
    return longest if fits else None


def repeat_windows(windows: Iterable[Window], own_s: Seconds, cycle_s: Seconds) -> tuple[Window, ...]:
    """Repeat the windows of a signal with cycle `own_s` over a longer common cycle [s]."""
    times = round(cycle_s / own_s)
    return tuple(
        (start + k * own_s, length) if length < own_s - TOLERANCE_S else (0.0, cycle_s)
        for start, length in windows
        for k in range(times)
    )


def widest_band(greens: Sequence[Sequence[Window]], travel_s: SecondsArray, cycle_s: Seconds) -> Band | None:
    """Find the widest band through all greens.

    Shift every green back by the travel time to it; the band is the longest arc that all signals
    share on the circle of the cycle, and it begins where some green begins.

    Parameters
    ----------
    greens
        Windows of each signal, all within the common cycle [s].
    travel_s
        Travel time to each signal, shape (n,) [s].
    cycle_s
        The common cycle [s].

    Returns
    -------
    Band or None
        None where a signal has no window; a band of width 0 where the greens share nothing.

    Examples
    --------
    >>> widest_band([[(0.0, 30.0)], [(30.0, 30.0)]], np.array([0.0, 20.0]), 60.0)
    Band(start_s=10.0, width_s=20.0)
    """
    if not greens or any(not windows for windows in greens):
        return None
    arcs = [
        [((start - shift) % cycle_s, length) for start, length in windows]
        for windows, shift in zip(greens, travel_s.tolist(), strict=True)
    ]
    starts = sorted({start for windows in arcs for start, _ in windows})
    widths = [min(max(_left(arc, start, cycle_s) for arc in windows) for windows in arcs) for start in starts]
    best = int(np.argmax(np.round(widths, 6)))
    return Band(round(starts[best], 9) % cycle_s, round(max(0.0, widths[best]), 9))


def _left(arc: Window, at_s: Seconds, cycle_s: Seconds) -> Seconds:
    """Green that `arc` still has at `at_s`; negative after its end."""
    start, length = arc
    if length > cycle_s - TOLERANCE_S:
        return cycle_s
    return length - ((at_s - start + TOLERANCE_S) % cycle_s - TOLERANCE_S)


def progress(arterial: Arterial, network: Network, plan: TimingPlan, direction: Direction) -> Progression:
    """Collect travel times, green windows and the widest band of one direction."""
    travel_s = travel_times(arterial, network, direction)
    greens = through_greens(arterial, network, plan, direction)
    timings = [plan.timings.get(key) for key in arterial.intersections]
    cycles = tuple(timing.cycle_s if timing else None for timing in timings)
    cycle_s = common_cycle(cycles)
    band = None
    if cycle_s is not None:
        pairs = zip(greens, cycles, strict=True)
        whole = [repeat_windows(windows, own or cycle_s, cycle_s) for windows, own in pairs]
        band = widest_band(whole, travel_s, cycle_s)
    return Progression(direction, travel_s, cycles, greens, cycle_s, band)

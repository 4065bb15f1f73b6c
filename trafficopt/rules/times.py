"""Rules on what follows what, and for how long: yellows, intergreens, greens, reds.

Each rule yields pairs of a weight (the larger the worse) and a finding. An end or a begin belongs to the
row that it opens.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trafficopt.rules.shown import TOLERANCE_S, Shown, before, lasts
from trafficopt.rules.states import Weighed, seconds
from trafficopt.units import BoolArray, SecondsArray


def yellows(shown: Shown) -> Iterator[Weighed]:
    """Vehicles' yellow after green: missing or short."""
    required = shown.intersection.requirements.yellow_s
    ends = before(shown.green) & ~shown.green & ~shown.dark & shown.vehicles & (required > 0)
    time_s = lasts(shown.yellow, shown.duration_s)
    for row, head in np.argwhere(ends & (time_s < required - TOLERANCE_S)):
        name, time, need = shown.names[head], time_s[row, head], seconds(required[head])
        if time > 0:
            text = f"{name} has {seconds(time)} of yellow after green; {need} are required"
            yield required[head] - time, shown.finding("short-yellow", (head,), text)
        else:
            text = f"{name} goes from green to red without yellow; {need} are required"
            yield required[head], shown.finding("missing-yellow", (head,), text)


def yellows_without_green(shown: Shown) -> Iterator[Weighed]:
    """Yellow that follows neither green nor a signal that was off."""
    lit = before(shown.green | shown.yellow | shown.dark)
    for head in np.flatnonzero((shown.yellow & ~lit).any(axis=0)):
        text = f"{shown.names[head]} has yellow after red"
        yield 0.0, shown.finding("yellow-without-green", (head,), text)


def greens_to_permissive(shown: Shown) -> Iterator[Weighed]:
    """Vehicles that had `G`, and have `g` when someone they yield to turns green, with no yellow between.

    Turns that are green all the time and merge into the foe's exit (free turns) are left out: their green
    is never one of a stage, and `always-green` tells of them.
    """
    yields_to = shown.opposed & shown.intersection.conflicts.yields & ~_free_turns(shown)
    begins = shown.green & ~before(shown.green)
    softened = _had_major(shown) & shown.green & shown.minor & shown.vehicles
    found = (yields_to & softened[:, :, None] & begins[:, None, :]).any(axis=0)
    for a, b in np.argwhere(found):
        text = (
            f"{shown.names[a]} goes from G to g with no yellow between, and {shown.names[b]}, "
            "to which it yields, turns green"
        )
        yield 0.0, shown.finding("green-to-permissive", (a, b), text)


def _free_turns(shown: Shown) -> BoolArray:
    """Pairs of a head green all the time and one that leads to the same exit, shape (n_heads, n_heads)."""
    exits = np.array([head.to_link for head in shown.intersection.heads])
    merge: BoolArray = (exits[:, None] == exits[None, :]) & (exits != "")[None, :]
    free: BoolArray = np.all(shown.green, axis=0, keepdims=True)
    return merge & free.T


def _had_major(shown: Shown) -> BoolArray:
    """Whether a green that goes on in a row had `G` before it, shape (n_rows, n_heads)."""
    had = shown.major.copy()
    for row in [*range(len(had)), *range(len(had))]:
        had[row] |= had[row - 1] & shown.green[row]
    return before(had) & shown.green


def intergreens(shown: Shown) -> Iterator[Weighed]:
    """Time from the end of a head's green to the next green of one that it meets.

    Heads that are green on both sides of that end (permissive, or an error elsewhere) are left out.
    """
    required = np.where(shown.opposed, shown.intersection.requirements.intergreen_s, np.nan)
    after_s = _until_green(shown)
    ends = before(shown.green) & ~shown.green
    goes_on = before(shown.green) & shown.green
    for row in np.flatnonzero(ends.any(axis=1)):
        short = (after_s[row] < required - TOLERANCE_S) & ends[row][:, None] & ~goes_on[row]
        for a, b in np.argwhere(short):
            need, time = required[a, b], after_s[row, b]
            after = f"turns green {seconds(time)} after {shown.names[a]} ends"
            text = f"{shown.names[b]} {after}; {seconds(need)} are required"
            rule = "short-walk-clearance" if shown.pedestrians[a] else "short-intergreen"
            yield need - time, shown.finding(rule, (a, b), text)


def _until_green(shown: Shown) -> SecondsArray:
    """Time from the begin of each row to the next green of each head [s], inf where there is none."""
    time_s = lasts(~shown.green, shown.duration_s)
    return np.where(shown.green.any(axis=0), time_s, np.inf)


def greens(shown: Shown) -> Iterator[Weighed]:
    """Greens and walks shorter than the least; `G` and `g` count as one."""
    required = shown.intersection.requirements.min_green_s
    begins = shown.green & ~before(shown.green) & (shown.vehicles | shown.pedestrians)
    time_s = lasts(shown.green, shown.duration_s)
    for row, head in np.argwhere(begins & (time_s < required - TOLERANCE_S)):
        time, need, walk = time_s[row, head], required[head], shown.pedestrians[head]
        word = "walk" if walk else "green"
        text = f"{shown.names[head]} has {seconds(time)} of {word}; {seconds(need)} are required"
        yield need - time, shown.finding("short-walk" if walk else "short-green", (head,), text)


def waits(shown: Shown) -> Iterator[Weighed]:
    """Times without green, turn on red or a signal that is off, longer than the longest red."""
    allowed = shown.intersection.requirements.max_red_s
    waiting = ~(shown.go | shown.dark)
    begins: BoolArray = waiting & ~before(waiting) & (shown.vehicles | shown.pedestrians)
    time_s = lasts(waiting, shown.duration_s)
    for row, head in np.argwhere(begins & (time_s > allowed + TOLERANCE_S)):
        time, most, walk = time_s[row, head], allowed[head], shown.pedestrians[head]
        word = "walk" if walk else "green"
        text = f"{shown.names[head]} waits {seconds(time)} for {word}; {seconds(most)} are allowed"
        yield time - most, shown.finding("long-walk-wait" if walk else "long-red", (head,), text)

"""The stages of a program that runs in the field, and what it shows of yellow, clearance and green."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

import numpy as np

from trafficopt.intersection import Head, User
from trafficopt.limits import Limits
from trafficopt.plan import SignalTiming
from trafficopt.stage import GREEN, YELLOW, Interval, Stage
from trafficopt.units import BoolArray, FloatArray, Seconds, SecondsArray

LONGEST_ALL_RED_S = 6.0  # as the MUTCD has it


def stage_rows(rows: Sequence[Interval]) -> list[int]:
    """Indices of the rows that are a stage's green; the others lie between two greens.

    Between two greens a row shows yellow, or nothing but red, or for some seconds after yellow only
    what was green before (right turns that are free all the time, while the others clear).

    Examples
    --------
    >>> shown = ["Grg", "yrg", "rrg", "rGg", "ryg", "rrg"]
    >>> stage_rows([Interval(state, 2.0) for state in shown])
    [0, 3]
    """
    between = [any(c in "yYu" for c in row.state) or not any(c in GREEN for c in row.state) for row in rows]
    for index in 2 * list(range(len(rows))):
        before, row = rows[index - 1], rows[index]
        if (
            between[index - 1]
            and row.duration_s <= LONGEST_ALL_RED_S
            and not _begins(before.state, row.state)
        ):
            between[index] = True
    return [index for index, inside in enumerate(between) if not inside]


def _begins(before: str, state: str) -> bool:
    """Whether a head turns green, or its green goes first from now on."""
    return any(b != a and (a == "G" or (a == "g" and b != "G")) for b, a in zip(before, state, strict=True))


def field_stages(
    rows: Sequence[Interval], offset_s: Seconds, heads: Sequence[Head], limits: Limits
) -> tuple[tuple[Stage, ...], SignalTiming | None]:
    """Stages of a program and its timing; no timing where it shows no green at all.

    Parameters
    ----------
    rows
        One cycle of the program.
    offset_s
        When its first row begins.
    """
    starts = stage_rows(rows)
    if not starts:
        return (), None
    stages, greens = [], []
    for start, end in zip(starts, [*starts[1:], starts[0] + len(rows)], strict=True):
        between = tuple(rows[index % len(rows)] for index in range(start + 1, end))
        shown, before = rows[start], rows[start - 1]
        minimum = _minimum_green(shown, before, heads, limits)
        longest = max(min(limits.max_green_s, limits.max_cycle_s), shown.duration_s)
        stages.append(Stage(shown.state, between, minimum, longest))
        greens.append(shown.duration_s)
    cycle = round(sum(row.duration_s for row in rows), 6)
    first_green = sum(row.duration_s for row in rows[: starts[0]])
    offset = round((offset_s + first_green) % cycle, 6) % cycle
    return tuple(stages), SignalTiming(tuple(stages), tuple(greens), cycle, offset)


def _minimum_green(shown: Interval, before: Interval, heads: Sequence[Head], limits: Limits) -> float:
    """Shortest green; never above what the field plan shows, so that the field plan stays legal."""
    minimum = limits.min_green_s
    for index, head in enumerate(heads):
        if head.user is not User.PEDESTRIANS:
            continue
        walks, walked = shown.state[index] in GREEN, before.state[index] in GREEN
        if walks:
            minimum = max(minimum, limits.walk_min_s + head.length_m / limits.walking_speed_m_s)
        elif walked:  # pedestrians who stepped off in the last second still cross
            minimum = shown.duration_s
    return min(shown.duration_s, minimum)


def shown_yellow_s(rows: Sequence[Interval]) -> SecondsArray:
    """Shortest yellow after green of each head, shape (n_heads,); nan where none is shown."""
    n = len(rows[0].state) if rows else 0
    least = np.full(n, np.nan)
    for index, row in enumerate(rows):
        for head in range(n):
            if row.state[head] in YELLOW and rows[index - 1].state[head] in GREEN:
                shown = _lasts(rows, index, head, YELLOW)
                least[head] = np.fmin(least[head], shown)
    return least


def shown_green_s(rows: Sequence[Interval]) -> SecondsArray:
    """Shortest green of each head, shape (n_heads,); nan where it is never or always green."""
    n = len(rows[0].state) if rows else 0
    least = np.full(n, np.nan)
    for index, row in enumerate(rows):
        for head in range(n):
            if row.state[head] in GREEN and rows[index - 1].state[head] not in GREEN:
                least[head] = np.fmin(least[head], _lasts(rows, index, head, GREEN))
    return least


def _lasts(rows: Sequence[Interval], first: int, head: int, letters: str) -> Seconds:
    """Time for which a head shows one of `letters` from row `first` on."""
    total = 0.0
    for step in range(len(rows)):
        row = rows[(first + step) % len(rows)]
        if row.state[head] not in letters:
            break
        total += row.duration_s
    return total


def shown_intergreens_s(rows: Sequence[Interval], opposed: BoolArray, walks: BoolArray) -> FloatArray:
    """Shortest time from the end of one head's green to the begin of an opposed one's.

    Vehicles count where the other begins with the next stage: what lies between is the intergreen.
    Pedestrians count to the first opposed begin: vehicles parallel to them may stay green meanwhile.

    Parameters
    ----------
    opposed
        Shape (n_heads, n_heads).
    walks
        Heads of pedestrians, shape (n_heads,).

    Returns
    -------
    array of shape (n_heads, n_heads)
        Seconds from the end of the row's green to the begin of the column's; nan where not shown.
    """
    n = len(opposed)
    least = np.full((n, n), np.nan)
    stages = set(stage_rows(rows))
    for index in range(len(rows)):
        before, state = rows[index - 1].state, rows[index].state
        for head in (h for h in range(n) if before[h] in GREEN and state[h] not in GREEN):
            for wait, row, is_stage in _following(rows, index, stages):
                begun = [b for b in _begun(rows, row) if opposed[head, b]]
                for b in begun:
                    least[head, b] = np.fmin(least[head, b], wait)
                if begun or (is_stage and not walks[head]):
                    break
    return least


def shown_waits_s(rows: Sequence[Interval], opposed: BoolArray) -> FloatArray:
    """Shortest time from the end of one head's green to the next of an opposed one, whoever goes between.

    Parameters
    ----------
    opposed
        Shape (n_heads, n_heads).

    Returns
    -------
    array of shape (n_heads, n_heads)
        Seconds from the end of the row's green to the begin of the column's; inf where not shown.
    """
    n = len(opposed)
    least = np.full((n, n), np.inf)
    for index in range(len(rows)):
        before, state = rows[index - 1].state, rows[index].state
        ended = [h for h in range(n) if before[h] in GREEN and state[h] not in GREEN]
        for wait, row, _ in _following(rows, index, set()) if ended else ():
            begun = [b for b in _begun(rows, row) if b < n]
            pairs = np.ix_(ended, begun)
            least[pairs] = np.minimum(least[pairs], wait)
    return np.where(opposed, least, np.inf)


def _following(rows: Sequence[Interval], first: int, stages: set[int]) -> Iterator[tuple[Seconds, int, bool]]:
    """Rows from `first` on for one cycle: time since then, index, and whether it is a stage's green."""
    order = [(first + step) % len(rows) for step in range(len(rows))]
    waits = accumulate((rows[index].duration_s for index in order), initial=0.0)
    for wait, index in zip(waits, order, strict=False):
        yield wait, index, index in stages


def _begun(rows: Sequence[Interval], index: int) -> list[int]:
    """Heads that turn green with a row."""
    before, state = rows[index - 1].state, rows[index].state
    return [h for h, (b, a) in enumerate(zip(before, state, strict=True)) if a in GREEN and b not in GREEN]


def shown_permissive(rows: Sequence[Interval], opposed: BoolArray, yields: BoolArray) -> BoolArray:
    """Whether row and column are green together somewhere and the row gives way, shape (n_heads, n_heads)."""
    together = np.zeros_like(opposed)
    for row in rows:
        green = np.array([c in GREEN for c in row.state[: len(opposed)]])
        gives_way = np.array([c in "gs" for c in row.state[: len(opposed)]])
        together |= gives_way[:, None] & green[None, :]
    return together & opposed & yields

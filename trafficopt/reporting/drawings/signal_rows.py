"""What each signal group shows over a cycle: the rows of a signal timing diagram."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

from trafficopt.intersection import Intersection, User
from trafficopt.plan import SignalTiming
from trafficopt.reporting.drawings.signal_colors import ALL_RED, GREEN, PERMISSIVE, YELLOW
from trafficopt.reporting.drawings.signal_names import joined, name_of
from trafficopt.reporting.words.wording import NOTHING, compact
from trafficopt.stage import Interval
from trafficopt.units import Seconds

TICK_STEPS_S = (5.0, 10.0, 20.0, 30.0, 60.0)
MOST_TICKS = 14
TITLE = "Cycle {cycle} s, offset {offset} s"
SIGNAL_TITLE = "{signal}: cycle {cycle} s, offset {offset} s"


class Shown(StrEnum):
    """What a head shows."""

    GREEN = "green"
    PERMISSIVE = "permissive"
    YELLOW = "yellow"
    RED_YELLOW = "red-yellow"
    RED = "red"


LETTERS = {
    "G": Shown.GREEN,
    "g": Shown.PERMISSIVE,
    "y": Shown.YELLOW,
    "Y": Shown.YELLOW,
    "u": Shown.RED_YELLOW,
}
COLORS = {
    Shown.GREEN: GREEN,
    Shown.PERMISSIVE: PERMISSIVE,
    Shown.YELLOW: YELLOW,
    Shown.RED_YELLOW: YELLOW,
    Shown.RED: ALL_RED,
}
GREENS = (Shown.GREEN, Shown.PERMISSIVE)


@dataclass(frozen=True, slots=True)
class Span:
    """A time within the cycle for which a head shows one thing; it ends with the cycle at the latest."""

    shown: Shown
    start_s: Seconds
    end_s: Seconds

    @property
    def duration_s(self) -> Seconds:
        """How long it lasts."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class SignalRow:
    """Movements of one approach, or crossings, that always show the same.

    Attributes
    ----------
    heads
        Indices into the state string.
    spans
        From the first stage's green on, one after the other; they add up to the cycle.
    """

    name: str
    user: User
    heads: tuple[int, ...]
    spans: tuple[Span, ...]

    @property
    def greens(self) -> tuple[tuple[Seconds, Seconds], ...]:
        """Begin and end of each green, whether it gives way or not; an end may be less than its begin.

        Examples
        --------
        >>> spans = Span(Shown.GREEN, 0.0, 5.0), Span(Shown.RED, 5.0, 45.0), Span(Shown.GREEN, 45.0, 60.0)
        >>> SignalRow("left turn", User.VEHICLES, (0,), spans).greens
        ((45.0, 5.0),)
        """
        found: list[tuple[Seconds, Seconds]] = []
        for span in (each for each in self.spans if each.shown in GREENS):
            if found and found[-1][1] == span.start_s:
                found[-1] = (found[-1][0], span.end_s)
            else:
                found.append((span.start_s, span.end_s))
        if len(found) > 1 and found[0][0] == 0.0 and found[-1][1] == self.spans[-1].end_s:
            first, last = found[0], found.pop()
            found[0] = (last[0], first[1])
        return tuple(found)


@dataclass(frozen=True, slots=True)
class StageSpan:
    """When a stage is green, from the first stage's green on."""

    number: int
    start_s: Seconds
    green_s: Seconds


def signal_rows(
    intersection: Intersection, timing: SignalTiming, names: Mapping[str, str] | None = None
) -> tuple[SignalRow, ...]:
    """Rows of all heads, approach by approach in the order of the heads, crossings last.

    Parameters
    ----------
    names
        Of movements and crossings, by the ids of their heads; words with the ids of links by default.
    """
    groups: dict[tuple[User, str, str], list[int]] = defaultdict(list)
    approaches = list(dict.fromkeys((head.user, head.from_link) for head in intersection.heads))
    for k, head in enumerate(intersection.heads):
        if head.user is not User.NOBODY:
            letters = "".join(row.state[k] for row in timing.intervals if row.duration_s > 0.0)
            groups[head.user, head.from_link, letters].append(k)
    ordered = sorted(
        groups.items(), key=lambda item: (item[0][0] is User.PEDESTRIANS, approaches.index(item[0][:2]))
    )
    return tuple(
        SignalRow(_name(intersection, heads, names or {}), key[0], tuple(heads), spans_of(timing, heads[0]))
        for key, heads in ordered
    )


def spans_of(timing: SignalTiming, head: int) -> tuple[Span, ...]:
    """What one head shows over the cycle."""
    spans: list[Span] = []
    for start_s, end_s, row in _timed(timing):
        shown = LETTERS.get(row.state[head], Shown.RED)
        if spans and spans[-1].shown is shown:
            start_s = spans.pop().start_s
        if end_s > start_s:
            spans.append(Span(shown, start_s, end_s))
    return tuple(spans)


def stage_spans(timing: SignalTiming) -> tuple[StageSpan, ...]:
    """Greens of the stages."""
    lengths_s = (g + stage.intergreen_s for g, stage in zip(timing.greens_s, timing.stages, strict=True))
    starts_s = accumulate(lengths_s, initial=0.0)
    return tuple(
        StageSpan(number, round(start_s, 6), green_s)
        for number, (start_s, green_s) in enumerate(zip(starts_s, timing.greens_s, strict=False), start=1)
    )


def ticks_of(cycle_s: Seconds) -> list[Seconds]:
    """Times to write on the axis: round ones, and the end of the cycle.

    Examples
    --------
    >>> ticks_of(72.0)
    [0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 72.0]
    """
    step_s = next(step for step in TICK_STEPS_S if cycle_s / step <= MOST_TICKS or step == TICK_STEPS_S[-1])
    n = math.floor(cycle_s / step_s + 0.5)
    return [*(k * step_s for k in range(n)), cycle_s]


def times_text(row: SignalRow) -> str:
    """Write when a row is green."""
    return ", ".join(f"{compact(a)}{NOTHING}{compact(b)}" for a, b in row.greens) or NOTHING


def title_of(timing: SignalTiming, signal: str = "") -> str:
    """Say what the time axis rests on, of a signal if it is named."""
    words = SIGNAL_TITLE if signal else TITLE
    return words.format(signal=signal, cycle=compact(timing.cycle_s), offset=compact(timing.offset_s))


def _timed(timing: SignalTiming) -> Iterator[tuple[Seconds, Seconds, Interval]]:
    """Begin and end of what is shown one after the other; sums of decimals are rounded."""
    ends_s = accumulate(row.duration_s for row in timing.intervals)
    start_s = 0.0
    for end_s, row in zip(ends_s, timing.intervals, strict=True):
        yield start_s, round(end_s, 6), row
        start_s = round(end_s, 6)


def _name(intersection: Intersection, heads: Sequence[int], names: Mapping[str, str]) -> str:
    own = [intersection.heads[k] for k in heads]
    return joined([names.get(head.id) or name_of(head) for head in own])

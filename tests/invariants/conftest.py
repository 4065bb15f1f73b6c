"""A judge of signals that knows nothing of the rules' code: it watches three cycles, lamp by lamp."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from trafficopt.intersection import Head, Intersection, User
from trafficopt.plan import SignalTiming
from trafficopt.stage import Interval

SLACK_S = 1e-6
KNOWN = "rRyYuUgGsoO"


@dataclass(slots=True)
class Lamp:
    """What somebody who watches one head remembers of it."""

    letter: str
    green_since: float | None = None
    yellow_since: float | None = None
    green_ended: float | None = None
    led: bool = False  # had G since it turned green
    passing: set[int] = field(default_factory=set)  # green before and after this head's end


@dataclass(slots=True)
class Watch:
    """All lamps of a signal, and how they change."""

    node: Intersection
    lamps: list[Lamp]
    never_end: frozenset[int]  # green in all rows

    def meet(self, a: int, b: int) -> bool:
        one, other = self.node.heads[a], self.node.heads[b]
        somebody = User.NOBODY not in (one.user, other.user)
        paths = self.node.conflicts.meets[a, b] or self.node.conflicts.unseen[a, b]
        return bool(somebody and paths and one.from_link != other.from_link)

    def change(self, t: float, state: str) -> Iterator[str]:
        """Turn to `state` at `t`, and say what is unsafe about it."""
        old = [lamp.letter for lamp in self.lamps]
        yield from (why for h in range(len(state)) for why in self._yellow_ends(t, h, state[h]))
        ended = [h for h in range(len(state)) if old[h] in "Gg" and state[h] not in "Gg"]
        begun = [h for h in range(len(state)) if old[h] not in "Gg" and state[h] in "Gg"]
        for h in ended:
            yield from self._end(t, h, state)
        for h in begun:
            yield from self._begin(t, h)
        for h, lamp in enumerate(self.lamps):
            yield from self._soften(h, state[h], begun)
            lamp.led = state[h] == "G" or (state[h] == "g" and lamp.led)
            lamp.letter = state[h]
        yield from self._together(state)

    def _yellow_ends(self, t: float, h: int, letter: str) -> Iterator[str]:
        lamp = self.lamps[h]
        if lamp.yellow_since is not None and letter not in "yY":
            if t - lamp.yellow_since < self.node.requirements.yellow_s[h] - SLACK_S:
                yield f"yellow of {h}"
            lamp.yellow_since = None

    def _end(self, t: float, h: int, state: str) -> Iterator[str]:
        lamp, needs, user = self.lamps[h], self.node.requirements, self.node.heads[h].user
        if user is User.NOBODY:
            return
        if lamp.green_since is not None and t - lamp.green_since < needs.min_green_s[h] - SLACK_S:
            yield f"green of {h}"
        if state[h] in "yY":
            lamp.yellow_since = t if user is User.VEHICLES else None
        elif user is User.VEHICLES and state[h] not in "oO" and needs.yellow_s[h] > 0:
            yield f"no yellow of {h}"
        lamp.green_ended = t
        lamp.passing = {b for b, other in enumerate(self.lamps) if other.letter in "Gg" and state[b] in "Gg"}

    def _begin(self, t: float, h: int) -> Iterator[str]:
        self.lamps[h].green_since, self.lamps[h].led = t, False
        for a, other in enumerate(self.lamps):
            if other.green_ended is None or h in other.passing or not self.meet(a, h):
                continue
            if t - other.green_ended < self.node.requirements.intergreen_s[a, h] - SLACK_S:
                yield f"{h} too soon after {a}"

    def _soften(self, h: int, letter: str, begun: Sequence[int]) -> Iterator[str]:
        lamp, vehicles = self.lamps[h], self.node.heads[h].user is User.VEHICLES
        if vehicles and lamp.led and lamp.letter in "Gg" and letter == "g":
            for b in begun:
                if self.meet(h, b) and self.node.conflicts.yields[h, b] and not self._slips_in(h, b):
                    yield f"{h} gives way to {b} from one moment to the next"

    def _slips_in(self, h: int, b: int) -> bool:
        """A turn that is always green, and only merges with b: nobody takes it for protected."""
        one, other = self.node.heads[h], self.node.heads[b]
        return h in self.never_end and one.to_link == other.to_link != ""

    def _together(self, state: str) -> Iterator[str]:
        go = [h for h, letter in enumerate(state) if letter in "Ggs"]
        for place, a in enumerate(go):
            for b in go[place + 1 :]:
                if self.meet(a, b) and not self._waits(a, b, state[a]) and not self._waits(b, a, state[b]):
                    yield f"{a} and {b} together"

    def _waits(self, a: int, b: int, letter: str) -> bool:
        may = letter == "s" or (letter == "g" and self.node.requirements.permissive[a, b])
        return bool(may and self.node.conflicts.yields[a, b])


def faults(node: Intersection, rows: Sequence[Interval], cycle_s: float) -> Iterator[str]:
    """All that is unsafe, or no signal program at all."""
    if any(len(row.state) != node.n_heads for row in rows):
        yield "letters"
        return
    if any(letter not in KNOWN for row in rows for letter in row.state):
        yield "unknown letter"
        return
    if any(not 0 < row.duration_s < math.inf for row in rows):
        yield "no duration"
        return
    if abs(sum(row.duration_s for row in rows) - cycle_s) > SLACK_S:
        yield "sum"
    always = frozenset(h for h in range(node.n_heads) if all(row.state[h] in "Gg" for row in rows))
    watch, t = Watch(node, [Lamp(letter) for letter in rows[-1].state], always), 0.0
    for row in [*rows, *rows, *rows]:
        yield from watch.change(t, row.state)
        t += row.duration_s
    yield from (f"{name} never goes" for name in never_served(node.heads, rows))


def never_served(heads: Sequence[Head], rows: Sequence[Interval]) -> set[str]:
    lit = {h for row in rows for h, letter in enumerate(row.state) if letter in "GgsoO"}
    served = {head.id for h, head in enumerate(heads) if h in lit}
    return {head.id for head in heads if head.user is not User.NOBODY} - served


WhyUnsafe = Callable[[Intersection, SignalTiming], str]


@pytest.fixture(scope="session")
def why_unsafe() -> WhyUnsafe:
    """Judge of a timing: the first reason why it is unsafe, empty where it is safe."""

    def judge(node: Intersection, timing: SignalTiming) -> str:
        return next(faults(node, timing.intervals, timing.cycle_s), "")

    return judge

"""From one timing of a signal to another: transition cycles that end exactly on the new offset."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from trafficopt.errors import InfeasibleError, InputError
from trafficopt.plan import SignalTiming
from trafficopt.stage import Stage
from trafficopt.units import Seconds

# Controllers lengthen a cycle of a transition by at most 20 % and shorten it by at most 17 %, about the
# inverse: usual values of "smooth" and "shortway" transitions, from memory, not read again.
LONGER, SHORTER = 1.20, 0.83
MOST_CYCLES = 20
TINY_S = 1e-6


@dataclass(frozen=True, slots=True)
class Transition:
    """What a signal shows from the last cycle of one timing to the first of another.

    Attributes
    ----------
    begin_s
        The old timing ends here with a whole cycle: a stage that both have is about to begin.
    cycles
        One after the other, each shown once from its offset on; none where the two timings meet.
    """

    begin_s: Seconds
    cycles: tuple[SignalTiming, ...]

    @property
    def end_s(self) -> Seconds:
        """The new timing begins here, on its own clock, with the same stage."""
        return round(self.begin_s + math.fsum(cycle.cycle_s for cycle in self.cycles), 6)


def plan_transition(
    old: SignalTiming, new: SignalTiming, not_before_s: Seconds, signal: str = ""
) -> Transition:
    """Shortest transition that begins with the first cycle of `old` at or after `not_before_s`.

    The cycles have the stages, intergreens and shares of green of `new`, within least and longest greens.
    They are at most 20 % longer than the longer of the two cycles, and at most 17 % shorter than the
    shorter one. Of all that end on the new offset those with the fewest seconds are taken: whether cycles
    are lengthened or shortened follows from it. If several numbers of cycles take as long, that counts
    whose cycles are nearest to the mean of both. The principle is that of the shortest way: Journal of
    Advanced Transportation 2017, article 7670521.

    Timings with other stages need one stage in common: the old one ends before it, and the new one begins
    with it. Whether foes clear in time is the business of the safety rules.

    Parameters
    ----------
    not_before_s
        From midnight.
    signal
        Named in messages.

    Raises
    ------
    InputError
        If the timings have no stage in common.
    InfeasibleError
        If bounds of greens leave no room to reach the new offset.

    Examples
    --------
    A cycle of 60 s at offset 0 goes over to one of 90 s at offset 15: the first instant 15 mod 90 after
    120 s that one cycle reaches is 195 s.

    >>> from trafficopt.stage import Interval
    >>> stages = Stage("Gr", (Interval("yr", 3.0),), 5.0), Stage("rG", (Interval("ry", 3.0),), 5.0)
    >>> a, b = SignalTiming(stages, (30.0, 24.0), 60.0, 0.0), SignalTiming(stages, (48.0, 36.0), 90.0, 15.0)
    >>> found = plan_transition(a, b, 100.0)
    >>> found.begin_s, [cycle.greens_s for cycle in found.cycles], found.end_s
    (120.0, [(39.0, 30.0)], 195.0)
    """
    last, first = _common_stage(old, new, signal)
    stages = (*new.stages[first:], *new.stages[:first])
    shares = (*new.greens_s[first:], *new.greens_s[:first])
    begin = first_begin_s(old, last, not_before_s)
    shortest, longest = _bounds(stages, old.cycle_s, new.cycle_s)
    left = round(first_begin_s(new, first, begin) - begin, 6)
    lengths = _lengths(left, new.cycle_s, shortest, longest, (old.cycle_s + new.cycle_s) / 2)
    if lengths is None:
        limits = f"cycles of {shortest:g} to {longest:g} s that least and longest greens allow"
        raise InfeasibleError(f"signal {signal!r}: no {MOST_CYCLES} {limits} lead to the new offset")
    cycles, now = [], begin
    for length in lengths:
        lost = math.fsum(stage.intergreen_s for stage in stages)
        shown = _greens(stages, shares, round(length - lost, 6))
        cycles.append(SignalTiming(stages, shown, length, round(now % length, 6) % length))
        now = round(now + length, 6)
    return Transition(begin, tuple(cycles))


def first_begin_s(timing: SignalTiming, stage: int, not_before_s: Seconds) -> Seconds:
    """First time at or after `not_before_s` at which a stage turns green [s from midnight]."""
    before = zip(timing.stages[:stage], timing.greens_s[:stage], strict=True)
    begin = timing.offset_s + math.fsum(green + each.intergreen_s for each, green in before)
    n_cycles = math.ceil((not_before_s - begin - TINY_S) / timing.cycle_s)
    return round(begin + n_cycles * timing.cycle_s, 6)


def _common_stage(old: SignalTiming, new: SignalTiming, signal: str) -> tuple[int, int]:
    """Places, in the old and in the new timing, of the first stage of the new one that both show."""
    states = [stage.state for stage in old.stages]
    for place, stage in enumerate(new.stages):
        if stage.state in states:
            return states.index(stage.state), place
    raise InputError(
        f"signal {signal!r}",
        "its two timings have no stage in common to change over in",
        "make the plans of a day with the same stages, or with one in common",
    )


def _bounds(stages: Sequence[Stage], one_s: Seconds, other_s: Seconds) -> tuple[Seconds, Seconds]:
    """Shortest and longest transition cycle, in whole seconds."""
    lost = math.fsum(stage.intergreen_s for stage in stages)
    least = lost + sum(math.ceil(stage.min_green_s - TINY_S) for stage in stages)
    most = lost + sum(_floor(stage.max_green_s) for stage in stages)
    shortest = math.ceil(max(least, SHORTER * min(one_s, other_s)) - TINY_S)
    return float(shortest), _floor(min(most, LONGER * max(one_s, other_s)))


def _floor(value: float) -> float:
    return value if math.isinf(value) else float(math.floor(value + TINY_S))


def _lengths(
    left_s: Seconds, cycle_s: Seconds, shortest: Seconds, longest: Seconds, usual: Seconds
) -> list[Seconds] | None:
    """Cycles that take `left_s` or whole cycles of `cycle_s` more, as few seconds as can be.

    They are whole seconds but for the last, which has the fraction.
    """
    while left_s <= MOST_CYCLES * longest:
        fewest, most = math.ceil(left_s / longest - TINY_S), math.floor(left_s / shortest + TINY_S)
        if fewest <= most:
            if most == 0:
                return []
            n = min(range(max(fewest, 1), most + 1), key=lambda n: abs(left_s / n - usual))
            whole, fraction = math.floor(left_s + TINY_S), left_s - math.floor(left_s + TINY_S)
            each, more = divmod(whole, n)
            lengths = [float(each + (k < more)) for k in range(n)]
            lengths[-1] = round(lengths[-1] + fraction, 6)
            return lengths
        left_s = round(left_s + cycle_s, 6)
    return None


def _greens(stages: Sequence[Stage], shares: Sequence[Seconds], total_s: Seconds) -> tuple[Seconds, ...]:
    """Greens that add up to `total_s`, in proportion to `shares` as far as the stages' bounds let them.

    Each second goes to the stage that has the least for its share (highest averages, as seats are given
    to parties): from the least greens on, to none beyond its longest.
    """
    greens = [float(math.ceil(stage.min_green_s - TINY_S)) for stage in stages]
    most = [_floor(stage.max_green_s) for stage in stages]
    left = round(total_s - math.fsum(greens), 6)
    while left > TINY_S:
        step = min(1.0, left)
        room = [k for k, green in enumerate(greens) if green + step <= most[k] + TINY_S]
        k = min(room, key=lambda k: (greens[k] + step / 2) / max(shares[k], TINY_S))
        greens[k] = round(greens[k] + step, 6)
        left = round(left - step, 6)
    return tuple(greens)

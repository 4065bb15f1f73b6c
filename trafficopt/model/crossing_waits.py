"""How long people on foot wait to cross one approach: for a gap at a slip lane, for the signal at the rest.

Nothing is known of how many cross, so all of it is for one person who comes at random.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile

from trafficopt.intersection import Head, Turn, User
from trafficopt.stage import GREEN, Interval
from trafficopt.units import Meters, MetersPerSecond, Seconds, VehiclesPerHour

WALK, CLEAR, BLOCKED = "walk", "clear", "blocked"
START_UP_S: Seconds = 3.0  # of a pedestrian at a gap, end clearance included: HCM 2010


@dataclass(frozen=True, slots=True)
class CrossingTime:
    """What a plan gives to those who cross one approach.

    Attributes
    ----------
    walks_s
        Times in which one may begin to cross, in the order of the cycle.
    wait_s
        Mean wait; infinite where nobody may begin.
    """

    walks_s: tuple[Seconds, ...]
    wait_s: Seconds


def gap_wait_s(flow_veh_h: VehiclesPerHour, width_m: Meters, walking_speed_m_s: MetersPerSecond) -> Seconds:
    """Mean wait for a gap in which a lane can be crossed; drivers are taken not to stop for it.

    (exp(q t) - q t - 1) / q with t = width / speed + 3 s: Adams 1936, as in the HCM's pedestrian delay where
    no signal is.

    Examples
    --------
    >>> round(gap_wait_s(300.0, 3.2, 1.2), 2)  # t = 5.67 s
    1.58
    """
    flow = flow_veh_h / 3600.0
    needed = width_m / walking_speed_m_s + START_UP_S
    return (math.expm1(flow * needed) - flow * needed) / flow if flow > 0 else 0.0


def crossing_time(
    heads: Sequence[Head],
    rows: Sequence[Interval],
    approach: str,
    leaving: str,
    clearance_s: Seconds,
) -> CrossingTime:
    """What a plan gives to those who cross an approach together with the traffic beside them.

    One may begin while somebody who does not cross one's way is green and nobody is who does, so early that
    one is across before the next such green. Right turns into the street that is crossed, right turns on
    red and left turns that yield are taken to wait for those on foot. The mean wait is the sum of r^2 / (2 C)
    over the reds r of a cycle C: (C - g)^2 / (2 C) with one walk g, HCM 2000 equation 18-5.

    Parameters
    ----------
    rows
        Of one cycle.
    approach, leaving
        Links that come and leave; empty where there is none.
    clearance_s
        Time to cross.
    """
    cycle = sum(row.duration_s for row in rows)
    spells = _spells([(_state(heads, row, approach, leaving), row.duration_s) for row in rows])
    if all(state != BLOCKED for state, _ in spells):
        return CrossingTime((cycle,), 0.0)
    walks, red, reds = [], 0.0, []
    for k, (state, duration) in enumerate(spells):
        late = max(0.0, clearance_s - _until_blocked_s(spells, k)) if state == WALK else duration
        if late < duration:
            walks.append(duration - late)
            reds.append(red)
            red = late
        else:
            red += duration
    if not walks:
        return CrossingTime((), math.inf)
    reds[0] += red
    return CrossingTime(tuple(walks), sum(each**2 for each in reds) / (2.0 * cycle))


def _until_blocked_s(spells: Sequence[tuple[str, Seconds]], spell: int) -> Seconds:
    """Time from the end of a spell to the next one in which somebody is in the way."""
    later = takewhile(lambda each: each[0] != BLOCKED, (*spells[spell + 1 :], *spells[:spell]))
    return sum(duration for _, duration in later)


def _state(heads: Sequence[Head], row: Interval, approach: str, leaving: str) -> str:
    """What a row is for those on foot: they may go, others go, or all wait."""
    green = [
        (head, letter)
        for head, letter in zip(heads, row.state, strict=True)
        if head.user is User.VEHICLES and letter in GREEN
    ]
    if any(_in_the_way(head, letter, approach, leaving) for head, letter in green):
        return BLOCKED
    aside = (head for head, _ in green if head.turn is not Turn.RIGHT)
    return WALK if any(approach != h.from_link and leaving != h.to_link for h in aside) else CLEAR


def _in_the_way(head: Head, letter: str, approach: str, leaving: str) -> bool:
    """Whether vehicles at a green head cross the way of those on foot and do not wait for them."""
    if head.from_link == approach:
        return head.turn is not Turn.RIGHT or letter == "G"
    return head.to_link == leaving and (
        head.turn is Turn.THROUGH or (head.turn is not Turn.RIGHT and letter == "G")
    )


def _spells(rows: Sequence[tuple[str, Seconds]]) -> list[tuple[str, Seconds]]:
    """Rows of one state in a row put together, around the cycle."""
    rows = [row for row in rows if row[1] > 0.0]
    first = next((k for k in range(len(rows)) if rows[k][0] != rows[k - 1][0]), 0)
    turned = rows[first:] + rows[:first]
    return [(state, sum(d for _, d in part)) for state, part in groupby(turned, key=lambda row: row[0])]

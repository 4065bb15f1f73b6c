"""What each head of a signal must keep: a rule profile applied to one intersection."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from trafficopt.intersection import Conflicts, Head, Requirements, Turn, User, opposed_heads
from trafficopt.limits import Limits
from trafficopt.signals.clearance import (
    least_walk_s,
    pedestrian_intergreen_s,
    vehicle_intergreen_s,
    yellow_s,
)
from trafficopt.signals.field_program import (
    shown_green_s,
    shown_intergreens_s,
    shown_permissive,
    shown_waits_s,
    shown_yellow_s,
)
from trafficopt.stage import Interval
from trafficopt.units import BoolArray, FloatArray, Seconds, SecondsArray

FIELD = "field"


def requirements_of(
    heads: Sequence[Head], conflicts: Conflicts, rows: Sequence[Interval], limits: Limits
) -> Requirements:
    """Apply the rule profile `limits` to a signal.

    Where the profile's rule is `field`, what the field plan shows is what must be kept: its shortest
    yellow of each head and its shortest intergreen of each pair. A pair that never follows one another
    in the field needs the longest intergreen of the signal, or what the field shows with others between.

    Parameters
    ----------
    rows
        One cycle of the field program; empty where it has none.
    """
    walks = np.array([head.user is User.PEDESTRIANS for head in heads], dtype=np.bool_)
    opposed = opposed_heads(heads, conflicts)
    fitting = [row for row in rows if len(row.state) >= len(heads)]
    yellow = _yellow(heads, fitting, walks, limits)
    return Requirements(
        yellow_s=yellow,
        intergreen_s=_intergreen(heads, conflicts, opposed, fitting, yellow, limits),
        min_green_s=_least_green(heads, fitting, walks, limits),
        max_red_s=np.where(walks, limits.max_walk_wait_s, limits.max_red_s),
        permissive=_permissive(heads, conflicts, opposed, fitting, limits),
    )


def _yellow(
    heads: Sequence[Head], rows: Sequence[Interval], walks: BoolArray, limits: Limits
) -> SecondsArray:
    """Yellow of each head; pedestrians have none."""
    if limits.yellow_rule != FIELD:
        yellows = [yellow_s(limits, head.speed_m_s, head.grade, head.turn) for head in heads]
        return np.where(walks, 0.0, yellows)
    shown = shown_yellow_s(rows)[: len(heads)] if rows else np.full(len(heads), np.nan)
    known = shown[np.isfinite(shown)]
    return np.where(walks, 0.0, np.where(np.isfinite(shown), shown, known.min(initial=limits.yellow_min_s)))


def _intergreen(
    heads: Sequence[Head],
    conflicts: Conflicts,
    opposed: BoolArray,
    rows: Sequence[Interval],
    yellow: SecondsArray,
    limits: Limits,
) -> FloatArray:
    """Seconds from the end of the row's green to the begin of the column's."""
    walks = np.array([head.user is User.PEDESTRIANS for head in heads], dtype=np.bool_)
    least = np.full(opposed.shape, np.nan)
    shown = shown_intergreens_s(rows, opposed, walks) if rows else least.copy()
    between_vehicles = shown[~walks][:, ~walks]
    longest = np.nanmax(between_vehicles) if np.isfinite(between_vehicles).any() else yellow.max(initial=0.0)
    waits = shown_waits_s(rows, opposed)
    for a, b in np.argwhere(opposed):
        seen = shown[a, b]
        if walks[a]:
            formula = _tenths(pedestrian_intergreen_s(limits, heads[a].length_m))
            least[a, b] = min(waits[a, b], formula) if limits.all_red_rule == FIELD else formula
        elif limits.all_red_rule == FIELD:
            least[a, b] = max(yellow[a], seen if np.isfinite(seen) else min(longest, waits[a, b]))
        else:
            least[a, b] = vehicle_intergreen_s(
                limits, heads[a], heads[b], float(conflicts.far_m[a, b]), float(conflicts.near_m[b, a])
            )
    return least


def _least_green(
    heads: Sequence[Head], rows: Sequence[Interval], walks: BoolArray, limits: Limits
) -> SecondsArray:
    """Green of vehicles, walk of pedestrians; in profile `keep` never more than the field plan shows."""
    walk = [
        _tenths(least_walk_s(limits, head.length_m)) if head.user is User.PEDESTRIANS else 0.0
        for head in heads
    ]
    through = np.array([head.turn is Turn.THROUGH for head in heads], dtype=np.bool_)
    green = np.where(through, max(limits.min_green_s, limits.min_through_green_s), limits.min_green_s)
    least = np.where(walks, walk, green)
    if limits.yellow_rule != FIELD or not rows:
        return least
    return np.fmin(least, shown_green_s(rows)[: len(heads)])


def _tenths(time_s: Seconds) -> Seconds:
    """The next tenth of a second: finer than that no controller counts."""
    return math.ceil(10.0 * time_s - 1e-6) / 10.0


def _permissive(
    heads: Sequence[Head],
    conflicts: Conflicts,
    opposed: BoolArray,
    rows: Sequence[Interval],
    limits: Limits,
) -> BoolArray:
    """Whether the row may be green and give way to the column.

    What the field plan shows of one lane or one foe holds for the whole movement and the foe's approach:
    a driver who gives way to oncoming traffic gives way to all of it.
    """
    allowed = np.zeros_like(opposed)
    if limits.permissive == "none":
        return allowed
    for a, b in np.argwhere(shown_permissive(rows, opposed, conflicts.yields)):
        same = [k for k, head in enumerate(heads) if head.id == heads[a].id]
        foes = [k for k, head in enumerate(heads) if head.from_link == heads[b].from_link != ""] or [b]
        allowed[np.ix_(same, foes)] = True
    if limits.permissive == "warranted":
        allowed |= _warranted(heads, opposed, limits)
    return np.asarray(allowed & opposed & conflicts.yields)


def _warranted(heads: Sequence[Head], opposed: BoolArray, limits: Limits) -> BoolArray:
    """Pairs that the warrant allows: turns across oncoming traffic that is slow and on few lanes."""
    turns = np.array([head.turn in (Turn.LEFT, Turn.RIGHT, Turn.U_TURN) for head in heads])
    lanes = {
        link: len({h.lane for h in heads if h.from_link == link and h.turn is Turn.THROUGH})
        for link in {head.from_link for head in heads}
    }
    turners = {
        link: len({h.lane for h in heads if h.from_link == link and h.turn is Turn.LEFT})
        for link in {head.from_link for head in heads}
    }
    slow = np.array([head.speed_m_s <= limits.permissive_left_max_speed_m_s + 1e-9 for head in heads])
    few = np.array([lanes[head.from_link] <= limits.permissive_left_max_opposing_lanes for head in heads])
    single = np.array([turners[head.from_link] <= limits.permissive_left_max_lanes for head in heads])
    return np.asarray(opposed & (turns & single)[:, None] & (slow & few)[None, :])

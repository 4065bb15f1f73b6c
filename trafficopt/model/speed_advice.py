"""Which speed to post along an arterial, so that platoons meet the greens of a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from trafficopt.model.arterial_corridor import arterial_corridor
from trafficopt.model.arterial_ways import Direction, design_travel_s, links_in_order
from trafficopt.model.progression import Window
from trafficopt.network import Arterial, Network
from trafficopt.plan import TimingPlan
from trafficopt.units import KM_H_PER_M_S, Seconds

LOWEST_KM_H, STEP_KM_H = 30.0, 5.0  # what signs of progression speeds can say
WORTH_A_SIGN = 0.02  # of the greens, gained over driving at the limit


@dataclass(frozen=True, slots=True)
class SpeedAdvice:
    """The speed that suits the offsets of one direction of an arterial.

    Attributes
    ----------
    speed_km_h
        To post; the highest limit along the way where no lower speed is worth a sign.
    share
        Of the through greens, those that reach the next stop line on green when driven so; mean of the gaps.
    share_at_limit
        The same, when driven at the limit.
    """

    arterial: str
    direction: Direction
    speed_km_h: float
    share: float
    share_at_limit: float


def speed_advice(arterial: Arterial, network: Network, plan: TimingPlan, direction: Direction) -> SpeedAdvice:
    """Find the speed at which most of each green reaches the next stop line on green.

    Speeds are tried in steps of 5 km/h from 30 km/h to the highest limit; no link is driven faster than its
    own. Of speeds that are equally good, the highest is taken.

    Raises
    ------
    InputError
        If the signals have no common cycle in the plan, or a through movement is never green.
    """
    links = [key for gap in links_in_order(arterial, direction) for key in gap]
    limit = KM_H_PER_M_S * max(network.links[key].speed_m_s for key in links)
    share = {speed: _share(arterial, network, plan, direction, speed) for speed in (*_speeds(limit), limit)}
    best = max(share, key=lambda speed: (round(share[speed], 6), speed))
    speed = best if share[best] >= share[limit] + WORTH_A_SIGN else limit
    return SpeedAdvice(arterial.name, direction, speed, share[speed], share[limit])


def _speeds(limit_km_h: float) -> list[float]:
    """Speeds below a limit that a sign can say."""
    return np.arange(LOWEST_KM_H, limit_km_h - 0.1, STEP_KM_H).tolist()


def _share(
    arterial: Arterial, network: Network, plan: TimingPlan, direction: Direction, speed_km_h: float
) -> float:
    """Share of the greens that reach the next stop line on green, mean of the gaps."""
    corridor = arterial_corridor(arterial, network, plan)
    greens = [
        [(start + plan[key].offset_s, green) for start, green in corridor.windows(i, 0, direction)]
        for i, key in enumerate(corridor.names)
    ]
    travel_s = design_travel_s(arterial, network, direction, at_most_m_s=speed_km_h / KM_H_PER_M_S)
    if direction is Direction.INBOUND:
        greens, travel_s = greens[::-1], travel_s[::-1]
    gaps = zip(pairwise(greens), travel_s.tolist(), strict=True)
    return float(np.mean([_met(first, then, gap_s, corridor.cycle_s[0]) for (first, then), gap_s in gaps]))


def _met(first: Sequence[Window], second: Sequence[Window], travel_s: Seconds, cycle_s: Seconds) -> float:
    """Share of a signal's greens from which vehicles meet green at the next one."""
    met_s = sum(
        max(0.0, min(start + green, other + k * cycle_s + length) - max(start, other + k * cycle_s))
        for start, green in ((start + travel_s, green) for start, green in first)
        for other, length in second
        for k in _turns(start - other, green, cycle_s)
    )
    return met_s / sum(green for _, green in first)


def _turns(ahead_s: Seconds, green_s: Seconds, cycle_s: Seconds) -> range:
    """Cycles after which another green, which began so long before, can meet this one."""
    return range(int(np.floor(ahead_s / cycle_s)) - 1, int(np.floor((ahead_s + green_s) / cycle_s)) + 2)

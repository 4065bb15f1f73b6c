"""How SUMO's drivers start, follow, turn and clear a junction, as closed formulas."""

from __future__ import annotations

import math

import numpy as np

from trafficopt.model.queues.compiled import inlined
from trafficopt.units import FloatArray

START_S = 0.5  # from green to the moment when the first front moves over the stop line
ABOVE_TAU_S = 0.42  # headway that a platoon keeps beyond the wanted time headway
FIRST_FOLLOWER_S = 0.3
LAG_OF_SPEED = 0.93  # speed of the k-th vehicle at the stop line against free acceleration over its way there
PULL_AWAY_M_S2 = 2.6
CREEPING_M_S = 1.0  # at the stop line, of a vehicle that stood
ROLLING_M_S = 6.0  # at most, of one that gives way: it could still stop where it sees the other road (4.5 m)
SURE_S = 1.0  # drivers want this much between themselves and a foe


@inlined
def following_speed_m_s(place: int, space_m: float, accel_m_s2: float, cap_m_s: float) -> float:
    """Speed at which the k-th vehicle of a standing queue passes the stop line (k = 0: the first)."""
    if place <= 0:
        return 1.0
    speed = LAG_OF_SPEED * math.sqrt(2.0 * accel_m_s2 * place * space_m)
    return min(speed, cap_m_s)


@inlined
def headway_s(place: int, speed_m_s: float, space_m: float, tau_s: float) -> float:
    """Time after the vehicle ahead until the k-th vehicle of a queue passes the stop line."""
    first = FIRST_FOLLOWER_S if place == 1 else 0.0
    return tau_s + ABOVE_TAU_S + first + space_m / speed_m_s


@inlined
def drive(length_m: float, speed_m_s: float, cap_m_s: float, accel_m_s2: float) -> tuple[float, float]:
    """Time [s] over a stretch from an initial speed up to a cap, and the speed at its end [m/s].

    A vehicle that comes faster than the cap has braked before.
    """
    if length_m <= 0.0:
        return 0.0, min(speed_m_s, cap_m_s)
    if speed_m_s >= cap_m_s:
        return length_m / cap_m_s, cap_m_s
    needed = (cap_m_s * cap_m_s - speed_m_s * speed_m_s) / (2.0 * accel_m_s2)
    if needed <= length_m:
        return (cap_m_s - speed_m_s) / accel_m_s2 + (length_m - needed) / cap_m_s, cap_m_s
    end = math.sqrt(speed_m_s * speed_m_s + 2.0 * accel_m_s2 * length_m)
    return (end - speed_m_s) / accel_m_s2, end


def clearing_s(first_m_s: FloatArray, path_m: FloatArray, length_m: float, cap_m_s: FloatArray) -> FloatArray:
    """Time [s] that drivers want before the next foe comes.

    SUMO's `MSLink`: the path and the own length at the mean of first and last speed, and `SURE_S` more.

    Parameters
    ----------
    first_m_s, path_m, cap_m_s
        Speed at the stop line, path inside the junction and top speed, arrays of one shape.

    Examples
    --------
    >>> float(clearing_s(np.array([1.0]), np.array([9.0]), 5.0, np.array([14.0]))[0].round(2))
    4.54
    """
    last = np.minimum(cap_m_s, np.sqrt(first_m_s**2 + 2.0 * PULL_AWAY_M_S2 * path_m))
    return np.asarray(2.0 * (path_m + length_m) / (first_m_s + last) + SURE_S)

"""Saturation headways, gaps in a foe's flow, and how the movements of an approach share its lanes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numba
import numpy as np

from trafficopt.units import FloatArray, Meters, MetersPerSecond, Seconds

# Krauss drivers with tau 1 s leave a queue 1.42 s + space / speed apart (docs/references.md, "Discharge")
REACTION_ABOVE_TAU_S = 0.42
CRITICAL_GAP_S = 4.0
FOLLOW_UP_S = 2.2
ROUNDS = 60


def saturation_headway_s(speed_m_s: MetersPerSecond, space_m: Meters, tau_s: Seconds) -> Seconds:
    """Time between vehicles that leave a queue through one lane.

    Parameters
    ----------
    speed_m_s
        Speed at the stop line: the lower of the limit and the turn's speed.
    space_m
        Length of a vehicle and its gap when standing.
    tau_s
        Time headway wanted by drivers.

    Examples
    --------
    >>> round(3600 / saturation_headway_s(13.9, 7.5, 1.0))  # a through lane at 50 km/h [veh/h]
    1837
    """
    return tau_s + REACTION_ABOVE_TAU_S + space_m / speed_m_s


@numba.njit(cache=True)
def gap_headway_s(opposing_veh_s: float) -> float:
    """Mean time between vehicles that filter through gaps in a flow [veh/s].

    Capacity q exp(-q t_c) / (1 - exp(-q t_f)), HCM 2000 equation 17-3, with t_c = 4 s and t_f = 2.2 s.

    Examples
    --------
    >>> round(3600 / gap_headway_s(0.1))  # vehicles an hour through 360 an hour
    1222
    """
    if opposing_veh_s < 1e-4:
        return FOLLOW_UP_S
    going = opposing_veh_s * math.exp(-opposing_veh_s * CRITICAL_GAP_S)
    return min((1.0 - math.exp(-opposing_veh_s * FOLLOW_UP_S)) / going, 1000.0)


def lane_flows(
    flows: Sequence[float], headways: Sequence[float], lanes: Sequence[Sequence[int]]
) -> FloatArray:
    """Split the movements of an approach over its lanes so that lanes are used equally.

    Drivers take the allowed lane with the least time in use (flow x headway), so flow moves from
    the busier to the idler lane until they are even.

    Parameters
    ----------
    flows
        Flow of each movement, any unit, length n.
    headways
        Saturation headway [s] of each movement, length n.
    lanes
        Lanes (0..n_lanes - 1) that each movement may use, length n.

    Returns
    -------
    FloatArray
        Flow by movement and lane, shape (n, n_lanes), in the unit of `flows`.

    Examples
    --------
    >>> lane_flows([400, 100], [2.0, 2.0], [[0, 1], [1]]).round().tolist()
    [[250.0, 150.0], [0.0, 100.0]]
    """
    n_lanes = 1 + max(lane for allowed in lanes for lane in allowed)
    shares = np.zeros((len(flows), n_lanes))
    for m, allowed in enumerate(lanes):
        shares[m, list(allowed)] = flows[m] / len(allowed)
    weights = np.asarray(headways, dtype=np.float64)
    for _ in range(ROUNDS):
        for m, allowed in enumerate(lanes):
            used = weights @ shares
            busy = max(allowed, key=lambda lane: (shares[m, lane] > 0, used[lane]))
            idle = min(allowed, key=lambda lane: used[lane])
            moved = min(shares[m, busy], max(0.0, used[busy] - used[idle]) / (2 * weights[m]))
            shares[m, busy] -= moved
            shares[m, idle] += moved
    return shares

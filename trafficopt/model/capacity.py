"""Saturation headways, gaps in a foe's flow, the peak quarter, and how movements share lanes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numba
import numpy as np

from trafficopt.units import FloatArray, Meters, MetersPerSecond, Seconds, VehiclesPerHour

# Krauss drivers with tau 1 s leave a queue 1.42 s + space / speed apart (docs/references.md, "Discharge")
REACTION_ABOVE_TAU_S = 0.42
CRITICAL_GAP_S = 4.0
FOLLOW_UP_S = 2.2
ROUNDS = 60
PEAK_S: Seconds = 900.0


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


def saturation_flow_veh_h(
    lanes: int = 1,
    *,
    base_pc_h: float = 1900.0,
    lane_width_m: Meters = 3.6,
    heavy_share: float = 0.0,
    grade_percent: float = 0.0,
    left_share: float = 0.0,
    right_share: float = 0.0,
    center: bool = False,
    lane_utilization: float = 1.0,
) -> VehiclesPerHour:
    """Saturation flow of a lane group by the adjustments of the HCM [veh/h].

    s = s_0 N f_w f_HV f_g f_a f_LU f_LT f_RT, HCM 2000 equation 16-4 with the factors of exhibit 16-7;
    without parking, buses at stops and pedestrians in the way. Turns are shared with through traffic and
    protected; a lane for left turns alone has `left_share` 1, one for right turns alone `right_share` 1.

    Parameters
    ----------
    base_pc_h
        Base saturation flow s_0 of a lane [passenger cars/h].
    heavy_share, left_share, right_share
        Share (0 to 1) of heavy vehicles, each worth two cars, and of turning vehicles.
    grade_percent
        Slope, positive uphill [%], -6 to 10.
    center
        The signal stands in a central business district.
    lane_utilization
        Mean flow of a lane over that of the busiest lane.

    Examples
    --------
    >>> round(saturation_flow_veh_h(2, lane_width_m=3.3, heavy_share=0.05, grade_percent=2.0))
    3463
    """
    width = 1.0 + (lane_width_m - 3.6) / 9.0
    heavy = 1.0 / (1.0 + heavy_share)
    grade = 1.0 - grade_percent / 200.0
    area = 0.9 if center else 1.0
    left = 1.0 / (1.0 + 0.05 * left_share)
    right = 1.0 - (0.135 if lanes == 1 and right_share < 1 else 0.15) * right_share
    return base_pc_h * lanes * width * heavy * grade * area * lane_utilization * left * right


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


def peak_factor(slice_flow_veh_h: FloatArray, slice_s: Seconds) -> float:
    """Flow of the busiest quarter of an hour over the mean flow, of all movements together.

    Capacity is analyzed for the peak quarter (HCM 2000, chapter 16: V / PHF).

    Parameters
    ----------
    slice_flow_veh_h
        Flow [veh/h] by movement and time slice, shape (n_movements, n_slices).
    """
    total = slice_flow_veh_h.sum(axis=0)
    n = min(len(total), max(1, round(PEAK_S / slice_s)))
    if not total.any():
        return 1.0
    return float(np.convolve(total, np.full(n, 1.0 / n), "valid").max() / total.mean())

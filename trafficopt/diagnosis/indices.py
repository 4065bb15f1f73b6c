"""Indices of signals that offices judge by; each is one formula (docs/references.md, "Diagnosis")."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import pdtrc

from trafficopt.units import Seconds, VehiclesPerHour

FULL_GREEN = 0.9  # degree of saturation that a lane's green should not exceed


def needed_green_s(green_s: Seconds, saturation: float) -> Seconds:
    """Effective green that a lane needs for a degree of saturation of 0.9 in the same cycle [s].

    Parameters
    ----------
    green_s
        Effective green that the lane has [s].
    saturation
        Degree of saturation with it.

    Examples
    --------
    >>> needed_green_s(18.0, 1.5)
    30.0
    """
    return green_s * saturation / FULL_GREEN


def green_use(saturation: Sequence[float], flow_veh_h: Sequence[VehiclesPerHour]) -> float:
    """Share of the greens in which lanes discharge (green use), mean weighted by what they could serve.

    A lane uses the share min(X, 1) of its green: flow times saturation headway, over green. Weighted by
    capacity q / X, it is the flow that is served over the flow that greens could serve. nan without traffic.

    Parameters
    ----------
    saturation, flow_veh_h
        Degree of saturation and flow of each lane; those without traffic do not count.

    Examples
    --------
    >>> green_use([0.5, 1.0], [300.0, 300.0])  # capacities 600 and 300 veh/h serve 600 veh/h
    0.6666666666666666
    """
    load, flow = np.asarray(saturation, dtype=np.float64), np.asarray(flow_veh_h, dtype=np.float64)
    if not np.any(load > 0):
        return float("nan")
    flow, load = flow[load > 0], load[load > 0]
    capacity = flow / load
    return float(np.minimum(flow, capacity).sum() / capacity.sum())


def imbalance(saturation: Sequence[float]) -> float:
    """How unevenly stages, or approaches, are loaded: 1 - least / largest degree of saturation.

    0 where all are loaded alike, as Webster's splits have stages; near 1 where one starves and another
    idles. nan where fewer than two have traffic.

    Parameters
    ----------
    saturation
        Of the fullest lane of each; those without traffic do not count.

    Examples
    --------
    >>> round(imbalance([0.9, 0.6, 0.45]), 2)
    0.5
    """
    loads = [load for load in saturation if load > 0]
    return 1.0 - min(loads) / max(loads) if len(loads) > 1 else float("nan")


def split_failure_share(flow_veh_h: VehiclesPerHour, saturation: float, cycle_s: Seconds) -> float:
    """Share of cycles in which more vehicles of a lane come than its green can serve.

    Arrivals of a cycle are Poisson with mean m = q C / 3600, a green serves m / X: of 8.3 vehicles, 8 in
    seven cycles of ten and 9 in three. Queues that earlier cycles left behind do not count, so that near
    saturation the share is a lower bound.

    Examples
    --------
    >>> round(split_failure_share(360.0, 0.5, 60.0), 3)  # 6 come on average, 12 pass
    0.009
    """
    mean = flow_veh_h * cycle_s / 3600.0
    if mean <= 0 or saturation <= 0:
        return 0.0
    served = mean / saturation + 1e-9
    least = np.floor(served)
    more = served - least
    return float((1.0 - more) * pdtrc(least, mean) + more * pdtrc(least + 1.0, mean))


def first_pass_share(overflow_delay_s: Seconds, cycle_s: Seconds) -> float:
    """Share of vehicles that pass in the first green after they arrive.

    Vehicles that an overflow queue holds wait whole cycles more: d2 / C of them on average. If each cycle
    holds the same share, the number of cycles is geometric, and 1 / (1 + d2 / C) pass in the first.

    Examples
    --------
    >>> first_pass_share(0.0, 90.0), first_pass_share(90.0, 90.0)
    (1.0, 0.5)
    """
    return 1.0 / (1.0 + overflow_delay_s / cycle_s)


def back_of_queue_veh(
    flow_veh_h: VehiclesPerHour,
    saturation: float,
    green_s: Seconds,
    cycle_s: Seconds,
    overflow_delay_s: Seconds,
) -> float:
    """Mean back of queue of a lane [veh]: how far it reaches when the last vehicle that stops has come.

    Q1 + Q2 of HCM 2000, chapter 16, appendix G, for even arrivals: Q1 = q (C - g) / (1 - min(1, X) g / C),
    Q2 = c d2 with the capacity c = q / X. That has k of d2 for the slightly different k_B of the appendix.

    Examples
    --------
    >>> round(back_of_queue_veh(720.0, 0.8, 30.0, 60.0, 5.0), 2)  # 6 in red, 4 more meanwhile; 1.25 left over
    11.25
    """
    per_s = flow_veh_h / 3600.0
    moving = 1.0 - min(1.0, saturation) * green_s / cycle_s
    uniform = per_s * (cycle_s - green_s) / moving if moving > 0 else 0.0
    return uniform + (per_s / saturation * overflow_delay_s if saturation > 0 else 0.0)


def travel_time_index(time_s: float, free_s: float) -> float:
    """Travel time over free travel time (congestion delay index); nan without vehicles.

    Examples
    --------
    >>> travel_time_index(90.0, 60.0)
    1.5
    """
    return time_s / free_s if free_s > 0 else float("nan")

"""Delay and cycle formulas of the Highway Capacity Manual and of Webster."""

from __future__ import annotations

import math
from typing import TypeVar

import numba
import numpy as np

from trafficopt.units import FloatArray, Seconds, VehiclesPerHour

FloatOrArray = TypeVar("FloatOrArray", float, FloatArray)


def uniform_delay_s(cycle_s: Seconds, green_s: FloatOrArray, saturation: FloatOrArray) -> FloatOrArray:
    """Uniform delay d1 of the HCM [s/veh]: steady arrivals, one green of `green_s` a cycle.

    d1 = 0.5 C (1 - g/C)^2 / (1 - min(1, X) g/C), HCM 2000 equation 16-11.

    Parameters
    ----------
    green_s, saturation
        Effective green, and degree of saturation X (demand over capacity): numbers, or arrays of one shape.

    Examples
    --------
    >>> round(float(uniform_delay_s(90.0, 40.0, 0.8)), 2)
    21.55
    """
    ratio = green_s / cycle_s
    delay: FloatOrArray = 0.5 * cycle_s * (1 - ratio) ** 2 / (1 - np.minimum(1.0, saturation) * ratio)
    return delay


@numba.njit(cache=True)
def incremental_delay_s(saturation: float, capacity_veh_h: float, period_h: float) -> float:
    """Incremental delay d2 of the HCM [s/veh]: random arrivals and overflow.

    d2 = 900 T [(X - 1) + sqrt((X - 1)^2 + 8 k I X / (c T))] with k = 0.5 (pretimed) and I = 1,
    HCM 2000 equation 16-12.

    Parameters
    ----------
    saturation, capacity_veh_h
        Degree of saturation X, and capacity c [veh/h], above 0.
    period_h
        Length T of the period with this demand [h].

    Examples
    --------
    >>> round(incremental_delay_s(0.8, 800.0, 0.25), 2)
    8.24
    """
    over = saturation - 1.0
    return 900.0 * period_h * (over + math.sqrt(over * over + 4.0 * saturation / (capacity_veh_h * period_h)))


def control_delay_s(
    cycle_s: Seconds,
    green_s: Seconds,
    flow_veh_h: VehiclesPerHour,
    saturation_flow_veh_h: VehiclesPerHour,
    period_h: float = 0.25,
) -> Seconds:
    """Control delay d1 + d2 of a lane group with steady arrivals [s/veh]; infinite without green.

    Examples
    --------
    >>> round(control_delay_s(90.0, 40.0, 640.0, 1800.0), 2)  # X = 0.8
    29.8
    """
    if green_s <= 0 or saturation_flow_veh_h <= 0:
        return math.inf
    capacity = saturation_flow_veh_h * green_s / cycle_s
    saturation = flow_veh_h / capacity
    random = incremental_delay_s(saturation, capacity, period_h)
    return float(uniform_delay_s(cycle_s, green_s, saturation)) + random


def webster_cycle_s(lost_time_s: Seconds, flow_ratio_sum: float) -> Seconds:
    """Webster's cycle of least delay, (1.5 L + 5) / (1 - Y); infinite from Y = 0.95 on.

    Examples
    --------
    >>> webster_cycle_s(10.0, 0.6)
    50.0
    """
    if flow_ratio_sum >= 0.95:
        return math.inf
    return (1.5 * lost_time_s + 5.0) / (1.0 - flow_ratio_sum)

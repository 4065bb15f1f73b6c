"""What counts say of a signal: delay and saturation flow of the HCM; delay, cycle and greens of Webster."""

from __future__ import annotations

import bisect
import math
from typing import Any

import numba
import numpy as np

from trafficopt.model.oversaturation import LEAST, FloatOrArray, initial_queue_delay_s, unmet_h
from trafficopt.units import FloatArray, Seconds, SecondsArray

PLATOON_RATIOS = (0.5, 0.85, 1.15, 1.5, 2.0)  # HCM 2000 exhibit 16-11: arrival types 1 to 6 between them
PLATOON_SUPPLEMENTS = np.array([1.0, 0.93, 1.0, 1.15, 1.0, 1.0])  # exhibit 16-12: f_PA of each type
LEVEL_BOUNDS_S = (10.0, 20.0, 35.0, 55.0, 80.0)  # exhibit 16-2: longest control delay of A to E


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
    moving = np.maximum(LEAST, 1 - np.minimum(1.0, saturation) * ratio)
    delay: FloatOrArray = 0.5 * cycle_s * (1 - ratio) ** 2 / moving
    return delay


@numba.njit(cache=True)
def incremental_delay_s(
    saturation: float | FloatArray,
    capacity_veh_h: float | FloatArray,
    period_h: float,
    control_factor: float = 0.5,
    metering: float = 1.0,
) -> Any:
    """Incremental delay d2 of the HCM [s/veh]: random arrivals and overflow.

    d2 = 900 T [(X - 1) + sqrt((X - 1)^2 + 8 k I X / (c T))], HCM 2000 equation 16-12.

    Parameters
    ----------
    saturation, capacity_veh_h
        Degree of saturation X, and capacity c [veh/h], above 0: numbers, or arrays of one shape.
    period_h
        Length T of the period with this demand [h].
    control_factor
        k: 0.5 for pretimed signals, down to 0.04 for actuated ones (exhibit 16-13).
    metering
        I: 1 for an isolated signal, else `metering_factor`.

    Examples
    --------
    >>> round(incremental_delay_s(0.8, 800.0, 0.25), 2)
    8.24
    """
    over = saturation - 1.0
    spread = 8.0 * control_factor * metering * saturation / (capacity_veh_h * period_h)
    return 900.0 * period_h * (over + np.sqrt(over * over + spread))


def metering_factor(upstream_saturation: FloatOrArray) -> FloatOrArray:
    """Factor I of d2 behind another signal: a busy one lets traffic through evenly.

    I = 1 - 0.91 X_u^2.68, X_u at most 1: HCM 2000 exhibit 15-9.

    Examples
    --------
    >>> round(float(metering_factor(0.8)), 3)
    0.5
    """
    factor: FloatOrArray = 1.0 - 0.91 * np.minimum(1.0, upstream_saturation) ** 2.68
    return factor


def progression_factor(green_ratio: FloatOrArray, arrivals_on_green: FloatOrArray) -> FloatOrArray:
    """Factor PF on d1 for arrivals in platoons: below 1 where they meet green.

    PF = (1 - P) f_PA / (1 - g/C), HCM 2000 equation 16-10; the platoon ratio P / (g/C) gives the arrival
    type (exhibit 16-11) and with it f_PA and, from type 3 on, at most 1 (exhibit 16-12).

    Parameters
    ----------
    green_ratio, arrivals_on_green
        g/C, and share P of all vehicles that arrive on green: numbers, or arrays of one shape.

    Examples
    --------
    >>> round(float(progression_factor(0.5, 0.8)), 3)  # arrival type 5
    0.4
    """
    on_green = np.minimum(1.0, arrivals_on_green)
    kind = np.digitize(on_green / np.maximum(LEAST, green_ratio), PLATOON_RATIOS, right=True)
    factor = (1.0 - on_green) * PLATOON_SUPPLEMENTS[kind] / np.maximum(LEAST, 1.0 - green_ratio)
    bounded: FloatOrArray = np.where(kind >= 2, np.minimum(1.0, factor), factor)
    return bounded


def control_delay_s(
    cycle_s: Seconds,
    green_s: FloatOrArray,
    flow_veh_h: FloatOrArray,
    saturation_flow_veh_h: FloatOrArray,
    period_h: float = 0.25,
    *,
    progression: float = 1.0,
    control_factor: float = 0.5,
    metering: float = 1.0,
    initial_queue_veh: float = 0.0,
) -> FloatOrArray:
    """Control delay d1 PF + d2 + d3 of lane groups [s/veh]; infinite without green.

    HCM 2000 equation 16-9. While an initial queue lasts, d1 is that of X = 1 without PF (appendix F).

    Parameters
    ----------
    green_s, flow_veh_h, saturation_flow_veh_h
        Effective green, demand and saturation flow of each lane group: numbers, or arrays of one shape.
    period_h
        Length T of the period with this demand [h].
    progression, control_factor, metering
        PF, see `progression_factor`; k and I, see `incremental_delay_s`.
    initial_queue_veh
        Queue left over from the period before.

    Examples
    --------
    >>> round(control_delay_s(90.0, 40.0, 640.0, 1800.0), 2)  # X = 0.8
    29.8
    """
    green = np.asarray(green_s, dtype=np.float64)
    capacity = np.asarray(saturation_flow_veh_h * green / cycle_s)
    served = capacity > 0
    capacity = np.where(served, capacity, 1.0)
    saturation = flow_veh_h / capacity
    queue = np.full_like(capacity, initial_queue_veh)
    waiting = unmet_h(saturation, capacity, period_h, queue) / period_h
    full = uniform_delay_s(cycle_s, green, np.ones_like(capacity))
    uniform = full * waiting + uniform_delay_s(cycle_s, green, saturation) * progression * (1.0 - waiting)
    random = incremental_delay_s(saturation, capacity, period_h, control_factor, metering)
    left_over = initial_queue_delay_s(saturation, capacity, period_h, queue)
    delay: FloatOrArray = _number_or_array(np.where(served, uniform + random + left_over, math.inf))
    return delay


def level_of_service(control_delay: Seconds) -> str:
    """Level of service A to F of a mean control delay [s/veh] at a signal, HCM 2000 exhibit 16-2.

    Examples
    --------
    >>> level_of_service(35.0), level_of_service(80.1)
    ('C', 'F')
    """
    return "ABCDEF"[bisect.bisect_left(LEVEL_BOUNDS_S, control_delay)]


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


def webster_greens_s(cycle_s: Seconds, lost_time_s: Seconds, flow_ratios: FloatArray) -> SecondsArray:
    """Webster's effective greens: what the lost time L leaves of the cycle, by critical flow ratios y.

    g_i = (C - L) y_i / Y, Webster 1958; equal greens where nobody drives.

    Parameters
    ----------
    flow_ratios
        Flow over saturation flow of the critical lane of each stage, shape (n_stages,).

    Returns
    -------
    SecondsArray
        Effective green [s] of each stage, shape (n_stages,).

    Examples
    --------
    >>> webster_greens_s(58.0, 16.0, np.array([0.3125, 0.1875])).tolist()
    [26.25, 15.75]
    """
    total = flow_ratios.sum()
    shares = flow_ratios / total if total > 0 else np.full(len(flow_ratios), 1.0 / len(flow_ratios))
    return np.asarray(max(0.0, cycle_s - lost_time_s) * shares)


def webster_delay_s(
    cycle_s: Seconds,
    green_s: FloatOrArray,
    flow_veh_h: FloatOrArray,
    saturation_flow_veh_h: FloatOrArray,
    approximate: bool = False,
) -> FloatOrArray:
    """Webster's mean delay [s/veh] under random arrivals; infinite from the capacity on.

    d = c (1 - l)^2 / (2 (1 - l x)) + x^2 / (2 q (1 - x)) - 0.65 (c / q^2)^(1/3) x^(2 + 5 l) with l = g/c,
    Webster 1958; approximate: 0.9 times the first two terms.

    Parameters
    ----------
    green_s, flow_veh_h, saturation_flow_veh_h
        Effective green, flow and saturation flow: numbers, or arrays of one shape.

    Examples
    --------
    >>> round(webster_delay_s(90.0, 40.0, 640.0, 1800.0), 2)  # X = 0.8
    26.96
    >>> round(webster_delay_s(90.0, 40.0, 640.0, 1800.0, approximate=True), 2)
    27.5
    """
    ratio = np.asarray(green_s, dtype=np.float64) / cycle_s
    capacity = np.asarray(saturation_flow_veh_h * ratio) / 3600.0
    served = flow_veh_h < 3600.0 * capacity
    capacity = np.where(served, capacity, 1.0)
    x = np.where(served, flow_veh_h / 3600.0 / capacity, 0.0)
    terms = uniform_delay_s(cycle_s, ratio * cycle_s, x) + x / (2.0 * capacity * (1.0 - x))
    # 0.65 (c / q^2)^(1/3) x^(2 + 5 l) with q = x capacity, so that it holds without traffic, too
    correction = 0.65 * (cycle_s / capacity**2) ** (1 / 3) * x ** (4 / 3 + 5.0 * ratio)
    mean = 0.9 * terms if approximate else terms - correction
    delay: FloatOrArray = _number_or_array(np.where(served, mean, math.inf))
    return delay


def _number_or_array(values: FloatArray) -> Any:
    return float(values) if values.ndim == 0 else values

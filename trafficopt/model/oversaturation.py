"""Queues that outlast a green, from counts: initial queue of the HCM; queues, stops and delay of Akcelik.

Akcelik: Traffic signals: capacity and timing analysis, Australian Road Research Board, Research Report
ARR 123, 1981.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from trafficopt.table_repr import Tabled
from trafficopt.units import FloatArray, Seconds, SecondsArray

FloatOrArray = TypeVar("FloatOrArray", float, FloatArray)

LEAST = 1e-12  # stands for a zero that would divide
PARTIAL_STOPS = 0.9  # a vehicle that only slows down is no full stop


def unmet_h(
    saturation: FloatOrArray,
    capacity_veh_h: FloatOrArray,
    period_h: float,
    initial_queue_veh: FloatOrArray,
) -> FloatOrArray:
    """Part t of a period [h] during which its initial queue lasts.

    t = min(T, Q_b / (c (1 - min(1, X)))), HCM 2000, appendix F of chapter 16.

    Examples
    --------
    >>> round(float(unmet_h(0.8, 800.0, 0.25, 20.0)), 3)
    0.125
    """
    spare = capacity_veh_h * np.maximum(LEAST, 1.0 - np.minimum(1.0, saturation))
    lasting: FloatOrArray = np.minimum(period_h, initial_queue_veh / spare)
    return lasting


def initial_queue_delay_s(
    saturation: FloatOrArray,
    capacity_veh_h: FloatOrArray,
    period_h: float,
    initial_queue_veh: FloatOrArray,
) -> FloatOrArray:
    """Initial queue delay d3 of the HCM [s/veh]: those who wait behind a queue left over.

    d3 = 1800 Q_b (1 + u) t / (c T), HCM 2000, appendix F of chapter 16, with t of `unmet_h` and
    u the part of the queue that is left at the end, 1 - c T (1 - min(1, X)) / Q_b, or 0.

    Parameters
    ----------
    saturation, capacity_veh_h
        Degree of saturation X without the queue, and capacity c [veh/h], above 0.
    period_h
        Length T of the period [h].
    initial_queue_veh
        Queue Q_b when the period begins.

    Examples
    --------
    >>> round(float(initial_queue_delay_s(0.8, 800.0, 0.25, 20.0)), 2)
    22.5
    """
    lasting = unmet_h(saturation, capacity_veh_h, period_h, initial_queue_veh)
    served = capacity_veh_h * period_h
    gained = served * (1.0 - np.minimum(1.0, saturation))
    left = np.maximum(0.0, 1.0 - gained / np.maximum(LEAST, initial_queue_veh))
    delay: FloatOrArray = 1800.0 * initial_queue_veh * (1.0 + left) * lasting / served
    return delay


@dataclass(frozen=True, slots=True, repr=False)
class QueueMeasures(Tabled):
    """Mean queues, stops and delay of lane groups; arrays have the shape of the greens and flows given.

    Attributes
    ----------
    saturation
        Degree of saturation x; infinite without green.
    overflow_veh
        Queue N_0 left when green ends.
    at_green_veh
        Queue when green begins.
    back_veh
        Place of the last vehicle that must stop, counted from the stop line (back of queue).
    stops
        Stops a vehicle.
    delay_s
        Delay a vehicle; infinite without green.
    """

    saturation: FloatArray
    overflow_veh: FloatArray
    at_green_veh: FloatArray
    back_veh: FloatArray
    stops: FloatArray
    delay_s: SecondsArray


def overflow_queue_veh(
    saturation: FloatArray, capacity_veh_h: FloatArray, served_veh: FloatArray, period_h: float
) -> FloatArray:
    """Mean queue N_0 [veh] that a green leaves over, during a period that began without one.

    N_0 = Q T / 4 [z + sqrt(z^2 + 12 (x - x_0) / (Q T))] with z = x - 1 for x above x_0 = 0.67 + s g / 600,
    else 0. x_0 is held at 1 or less.

    Parameters
    ----------
    saturation, capacity_veh_h, served_veh
        Degree of saturation x, capacity Q [veh/h], above 0, and vehicles s g that a full green serves:
        numbers, or arrays of one shape.
    period_h
        Length T of the period [h].

    Examples
    --------
    >>> round(float(overflow_queue_veh(0.95, 900.0, 20.0, 1.0)), 2)
    5.87
    """
    over = saturation - 1.0
    threshold = np.minimum(1.0, 0.67 + served_veh / 600.0)
    volume = capacity_veh_h * period_h
    root = np.sqrt(over * over + 12.0 * np.maximum(0.0, saturation - threshold) / volume)
    return np.asarray(np.maximum(0.0, volume / 4.0 * (over + root)))


def queue_measures(
    cycle_s: Seconds,
    green_s: FloatArray | float,
    flow_veh_h: FloatArray | float,
    saturation_flow_veh_h: FloatArray | float,
    period_h: float = 1.0,
) -> QueueMeasures:
    """Queues, stops and delay by Akcelik, with r = c - g, y = q/s and u = g/c.

    Queue at green q r + N_0; back of queue q r / (1 - y) + N_0; stops 0.9 ((1 - u) / (1 - y) + N_0 / (q c));
    delay c (1 - u)^2 / (2 (1 - y)) + N_0 / Q. Above capacity y is held at u in these fractions: all
    who arrive in a cycle stop.

    Parameters
    ----------
    green_s, flow_veh_h, saturation_flow_veh_h
        Effective green, demand and saturation flow of each lane group: numbers, or arrays of one shape.
    period_h
        Length of the period with this demand [h].

    Examples
    --------
    >>> found = queue_measures(100.0, 40.0, 684.0, 1800.0)
    >>> round(float(found.overflow_veh), 2), round(float(found.back_veh), 1), round(float(found.stops), 2)
    (5.64, 24.0, 1.14)
    """
    green = np.asarray(green_s, dtype=np.float64)
    ratio = green / cycle_s
    capacity = saturation_flow_veh_h * ratio
    served = capacity > 0
    capacity = np.where(served, capacity, LEAST)
    saturation = flow_veh_h / capacity
    overflow = overflow_queue_veh(saturation, capacity, capacity * cycle_s / 3600.0, period_h)
    stopping = (1.0 - ratio) / np.maximum(LEAST, 1.0 - np.minimum(1.0, saturation) * ratio)
    a_cycle = flow_veh_h * cycle_s / 3600.0
    delay = 0.5 * cycle_s * (1.0 - ratio) * stopping + 3600.0 * overflow / capacity
    return QueueMeasures(
        saturation=np.where(served, saturation, np.inf),
        overflow_veh=overflow,
        at_green_veh=a_cycle * (1.0 - ratio) + overflow,
        back_veh=a_cycle * stopping + overflow,
        stops=PARTIAL_STOPS * (stopping + overflow / np.maximum(LEAST, a_cycle)),
        delay_s=np.where(served, delay, np.inf),
    )

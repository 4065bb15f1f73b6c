"""How platoons disperse on a link: Robertson's recursion (1969), with his constants or a spread of speeds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba
import numpy as np

from trafficopt.units import FloatArray, Seconds

SPEED_DEVIATION = 0.1  # SUMO's default spread of the drivers' speed factor
PLATOON_DISPERSION = 0.35  # Robertson's alpha
FIRST_ARRIVAL = 0.8  # Robertson's beta: travel time of the first vehicles over that of the platoon


@dataclass(frozen=True, slots=True)
class Dispersion:
    """Robertson's recursion q'(t) = F q(t - T) + (1 - F) q'(t - 1) on one link, in steps of a second.

    Attributes
    ----------
    lag_s
        T, time until the first vehicles arrive.
    smoothing
        F, above 0 and at most 1; those behind the first follow (1 - F) / F seconds later in the mean.
    """

    lag_s: Seconds
    smoothing: float


def dispersion_by_spread(travel_s: Seconds, deviation: float = SPEED_DEVIATION) -> Dispersion:
    """Dispersion that keeps the mean travel time and its relative spread.

    Examples
    --------
    >>> found = dispersion_by_spread(30.0)
    >>> round(found.lag_s, 1), round(found.smoothing, 3)
    (27.5, 0.282)
    """
    smoothing = robertson_smoothing(travel_s, deviation)
    return Dispersion(travel_s - (1.0 / smoothing - 1.0), smoothing)


def dispersion_by_robertson(
    travel_s: Seconds, alpha: float = PLATOON_DISPERSION, beta: float = FIRST_ARRIVAL
) -> Dispersion:
    """Dispersion with Robertson's constants: T = beta t, F = 1 / (1 + alpha beta t).

    Robertson 1969 (RRL Report LR 253). The mean travel time is (1 + alpha) beta t: 1.08 t.

    Examples
    --------
    >>> found = dispersion_by_robertson(30.0)
    >>> found.lag_s, round(found.smoothing, 3)
    (24.0, 0.106)
    """
    return Dispersion(beta * travel_s, 1.0 / (1.0 + alpha * beta * travel_s))


def arrivals_downstream(departures: FloatArray, dispersion: Dispersion) -> FloatArray:
    """Cyclic flow profile at the end of a link.

    Parameters
    ----------
    departures
        Flow in each second of the cycle at the start of the link, shape (cycle_s,), any unit.

    Returns
    -------
    FloatArray
        Flow in each second of the same cycle at its end, shape (cycle_s,), in the unit of `departures`.

    Examples
    --------
    >>> arrivals_downstream(np.array([8.0, 0.0, 0.0, 0.0]), Dispersion(1.0, 1.0)).tolist()
    [0.0, 8.0, 0.0, 0.0]
    """
    arrivals = np.zeros(len(departures))
    disperse(departures, len(departures), dispersion.lag_s, dispersion.smoothing, 1.0, arrivals)
    return arrivals


@numba.njit(cache=True)
def disperse(
    profile: FloatArray, cycle_s: int, travel_s: float, smoothing: float, scale: float, arrivals: FloatArray
) -> None:
    """Robertson's recursion q'(t) = F q(t - T) + (1 - F) q'(t - 1) on a cyclic profile."""
    shift = round(travel_s)
    value, weight = 0.0, 1.0
    for t in range(cycle_s):  # the periodic start value: one cycle of the recursion in closed form
        value = smoothing * profile[(t - shift) % cycle_s] + (1.0 - smoothing) * value
        weight *= 1.0 - smoothing
    value /= 1.0 - weight
    for t in range(cycle_s):
        value = smoothing * profile[(t - shift) % cycle_s] + (1.0 - smoothing) * value
        arrivals[t] += scale * value


def robertson_smoothing(travel_s: float, deviation: float = SPEED_DEVIATION) -> float:
    """Robertson's F for a given relative spread of travel times.

    The recursion spreads arrivals with variance (1 - F)/F^2; equal to (deviation * travel)^2 for
    F = (sqrt(1 + 4 s^2) - 1) / (2 s^2).

    Examples
    --------
    >>> round(robertson_smoothing(30.0), 3)
    0.282
    """
    variance = max((deviation * travel_s) ** 2, 1e-6)
    return (math.sqrt(1.0 + 4.0 * variance) - 1.0) / (2.0 * variance)

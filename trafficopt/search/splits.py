"""Splits of one intersection: least HCM control delay for a given cycle."""

from __future__ import annotations

import math
import warnings

import numpy as np
from scipy.optimize import LinearConstraint, minimize

from trafficopt.errors import InfeasibleError
from trafficopt.model.capacity import gap_headway_s
from trafficopt.model.delay import incremental_delay_s, uniform_delay_s
from trafficopt.model.layout import PERMISSIVE, RED
from trafficopt.model.signal_model import SignalModel
from trafficopt.units import FloatArray, Seconds, SecondsArray

PERIOD_H = 0.25
PART_SERVED = 0.3  # a lane whose leader may be held at red serves about this share of its saturation flow


def least_cycle_s(model: SignalModel, node: int) -> int:
    """Shortest whole cycle [s] that holds all minimum greens and intergreens."""
    intersection = model.nodes[node]
    minimum = sum(stage.min_green_s for stage in intersection.stages)
    return math.ceil(minimum + intersection.lost_time_s - 1e-9)


def longest_cycle_s(model: SignalModel, node: int) -> int:
    """Longest whole cycle [s] that the maximum greens and intergreens fill."""
    intersection = model.nodes[node]
    maximum = sum(max(stage.max_green_s, stage.min_green_s) for stage in intersection.stages)
    return math.floor(maximum + intersection.lost_time_s + 1e-9)


def least_delay_greens(model: SignalModel, node: int, cycle_s: int) -> SecondsArray:
    """Displayed greens [s] of each stage that minimize HCM control delay (SciPy, SLSQP).

    Raises
    ------
    InfeasibleError
        If the minimum greens do not fit into the cycle, or the maximum greens do not fill it.
    """
    _check_cycle(model, node, cycle_s)
    stages = model.nodes[node].stages
    lower = np.array([stage.min_green_s for stage in stages])
    upper = np.array([max(stage.max_green_s, stage.min_green_s) for stage in stages])
    total = cycle_s - model.nodes[node].lost_time_s
    flow, capacity, served = _lanes(model, node)
    start = np.minimum(lower + (total - lower.sum()) * _shares(flow / capacity, served), upper)
    if len(flow) == 0 or total - lower.sum() < 1.0:
        return round_greens(start, lower, upper, total)
    with warnings.catch_warnings():  # the result is clipped to the bounds below
        warnings.filterwarnings("ignore", "Values in x were outside bounds", RuntimeWarning)
        found = minimize(
            _delay,
            start,
            args=(flow, capacity, served, float(cycle_s)),
            method="SLSQP",
            bounds=list(zip(lower, np.maximum(upper, lower + 1e-9), strict=True)),
            constraints=[LinearConstraint(np.ones((1, len(stages))), total, total)],
            options={"maxiter": 40, "ftol": 1e-3},
        )
    greens = found.x if np.isfinite(found.x).all() else start
    return round_greens(np.clip(greens, lower, upper), lower, upper, total)


def _check_cycle(model: SignalModel, node: int, cycle_s: int) -> None:
    name, least, longest = model.nodes[node].id, least_cycle_s(model, node), longest_cycle_s(model, node)
    if cycle_s < least:
        raise InfeasibleError(
            f"{name}: minimum greens and intergreens need {least} s, the cycle is {cycle_s} s"
        )
    if cycle_s > longest:
        raise InfeasibleError(
            f"{name}: maximum greens and intergreens fill {longest} s, the cycle is {cycle_s} s"
        )


def round_greens(
    greens: SecondsArray, lower: SecondsArray, upper: SecondsArray, total: Seconds
) -> SecondsArray:
    """Greens near `greens` within `lower` and `upper` that add up to `total` exactly.

    They are whole seconds where bounds and intergreens allow it.

    Parameters
    ----------
    greens, lower, upper
        Displayed green [s] of each stage and its bounds, shape (n_stages,); `lower` adds up to no
        more than `total`, `upper` to no less.
    total
        What the intergreens leave of the cycle [s].

    Examples
    --------
    >>> low, high = np.full(3, 5.0), np.full(3, 60.0)
    >>> round_greens(np.array([10.4, 20.5, 5.2]), low, high, 36.0).tolist()
    [10.0, 21.0, 5.0]
    """
    rounded = np.clip(np.floor(greens + 1e-9), np.ceil(lower - 1e-9), np.floor(upper + 1e-9))
    rounded = np.maximum(rounded, lower)
    while (total - rounded.sum() >= 1.0 - 1e-9) and (rounded + 1.0 <= upper + 1e-9).any():
        rounded[np.argmax(np.where(rounded + 1.0 <= upper + 1e-9, greens - rounded, -np.inf))] += 1.0
    while rounded.sum() - total >= 1.0 - 1e-9 and (rounded - 1.0 >= lower - 1e-9).any():
        rounded[np.argmax(np.where(rounded - 1.0 >= lower - 1e-9, rounded - greens, -np.inf))] -= 1.0
    for stage in np.argsort(lower - rounded, kind="stable"):  # the fraction: most room above the minimum
        rounded[stage] = np.clip(rounded[stage] + total - rounded.sum(), lower[stage], upper[stage])
    return np.asarray(np.round(rounded, 6))


def _shares(load: FloatArray, served: FloatArray) -> FloatArray:
    """Share of the free green for each stage, by its most loaded lane (Webster)."""
    critical = (served * load[:, None]).max(axis=0, initial=0.0) + 1e-6
    return np.asarray(critical / critical.sum())


def _lanes(model: SignalModel, node: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Flow and saturation flow [veh/h] of the lanes in use, and what part of it each stage serves."""
    lay = model.layout
    flows, capacities, parts = [], [], []
    for lane in range(lay.lane_at[node], lay.lane_at[node + 1]):
        streams = range(lay.stream_at[lane], lay.stream_at[lane + 1])
        flow = 3600.0 * sum(lay.stream_part[s] * lay.movement_flow[lay.stream_movement[s]] for s in streams)
        if flow > 0:
            headway = sum(lay.stream_share[s] * lay.stream_headway_s[s] for s in streams)
            flows.append(flow)
            capacities.append(3600.0 / headway)
            parts.append(_served(model, node, lane, headway))
    n_stages = len(model.nodes[node].stages)
    return np.array(flows), np.array(capacities), np.array(parts).reshape(len(flows), n_stages)


def _served(model: SignalModel, node: int, lane: int, headway: float) -> list[float]:
    """Part of a lane's saturation flow that each stage serves."""
    lay = model.layout
    rows = lay.row_stage[lay.row_at[node] : lay.row_at[node + 1]]
    parts = []
    for row in np.flatnonzero(rows >= 0):
        share = time = 0.0
        for s in range(lay.stream_at[lane], lay.stream_at[lane + 1]):
            kind = lay.kind[lay.kind_at[s] + row]
            if kind == RED:
                continue
            own = lay.stream_headway_s[s]
            if kind == PERMISSIVE:  # foes use about half of the cycle
                foes = lay.foe[lay.foe_at[s] : lay.foe_at[s + 1]]
                own = max(own, gap_headway_s(2.0 * float(lay.movement_flow[foes].sum())))
            share += lay.stream_share[s]
            time += lay.stream_share[s] * own
        whole = headway / time if share > 0.999 and time > 0 else 0.0
        parts.append(whole if share > 0.999 else PART_SERVED * share)
    return parts


def _delay(
    greens: SecondsArray, flow: FloatArray, capacity: FloatArray, served: FloatArray, cycle_s: float
) -> float:
    """HCM control delay d1 + d2 of all lanes [veh*h/h]."""
    ratio = np.clip(served @ greens / cycle_s, 0.01, 0.99)
    load = flow / (capacity * ratio)
    uniform = uniform_delay_s(cycle_s, cycle_s * ratio, load)
    random = [incremental_delay_s(x, c, PERIOD_H) for x, c in zip(load, capacity * ratio, strict=True)]
    return float((flow * (uniform + random)).sum() / 3600.0)

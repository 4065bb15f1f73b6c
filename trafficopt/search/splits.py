"""Splits of one intersection: greens of least HCM control delay for a given sequence and cycle."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

import numba
import numpy as np
from scipy.optimize import LinearConstraint, linprog, minimize

from trafficopt.errors import InfeasibleError
from trafficopt.model.delay import incremental_delay_s
from trafficopt.model.lane_figures import LEAST_SERVED_S, PERIOD_H
from trafficopt.model.lane_groups import LaneGroups
from trafficopt.stage import Stage
from trafficopt.units import FloatArray, Seconds, SecondsArray

SPILLED_WEIGHT = 2.0  # a vehicle that does not fit on its link holds up others: it counts so often more
FULL_SATURATION = 0.85  # greens that a lane needs for it are no longer free to shorten queues elsewhere
CAPACITY_FIRST = 100.0
TRANSFERS_S = (16.0, 8.0, 4.0, 2.0, 1.0)
LEAST_MOVED_S = 1e-3  # what a stage has beyond its least green is worth moving, however little
ROUNDS = 3  # of transfers of one size between all stages


def lost_time_s(stages: Sequence[Stage]) -> Seconds:
    """Sum of the intergreens of a sequence."""
    return math.fsum(stage.intergreen_s for stage in stages)


def least_cycle_s(stages: Sequence[Stage]) -> int:
    """Shortest whole cycle [s] that holds all minimum greens and intergreens."""
    return math.ceil(math.fsum(stage.min_green_s for stage in stages) + lost_time_s(stages) - 1e-9)


def longest_cycle_s(stages: Sequence[Stage]) -> float:
    """Longest whole cycle [s] that the maximum greens and intergreens fill; infinite without maximum."""
    longest = math.fsum(max(stage.max_green_s, stage.min_green_s) for stage in stages) + lost_time_s(stages)
    return math.floor(longest + 1e-9) if math.isfinite(longest) else math.inf


def green_bounds_s(stages: Sequence[Stage]) -> tuple[SecondsArray, SecondsArray]:
    """Least and greatest displayed green [s] of each stage, shape (n_stages,)."""
    lower = np.array([stage.min_green_s for stage in stages], dtype=np.float64)
    return lower, np.maximum(lower, [stage.max_green_s for stage in stages])


def delay_veh_s_s(groups: LaneGroups, greens_s: SecondsArray, cycle_s: Seconds) -> float:
    """Control delay of all lanes [veh*s/s]: d1 + d2 of the HCM, overflow included.

    d1 is that of the time in which a lane moves, d2 and the degree of saturation are those of its
    capacity, which is less where it yields (HCM 2000 equations 16-11 and 16-12, T = 0.25 h).

    Parameters
    ----------
    greens_s
        Displayed green of each stage, shape (n_stages,).
    """
    greens = np.ascontiguousarray(greens_s, dtype=np.float64)
    return float(_objective(greens, float(cycle_s), 0.0, *_arrays(groups)))


def screen_greens(
    groups: LaneGroups, stages: Sequence[Stage], cycles_s: SecondsArray
) -> tuple[FloatArray, FloatArray]:
    """Greens and cost of a sequence at many cycles.

    What the minimum greens leave is shared as the critical lanes of the stages ask for it (Webster);
    then green moves between stages, in ever smaller steps, as long as that lowers the cost.

    Returns
    -------
    tuple[FloatArray, FloatArray]
        Greens [s], shape (n_cycles, n_stages), which add up exactly but are not whole; and the cost
        [veh*s/s], shape (n_cycles,): delay, and `SPILLED_WEIGHT` for each vehicle that does not fit on
        its link; infinite for a cycle that the bounds of the greens forbid.
    """
    greens = np.zeros((len(cycles_s), len(stages)))
    costs = np.full(len(cycles_s), np.inf)
    lower, upper = green_bounds_s(stages)
    if stages:
        _screen(np.asarray(cycles_s), lost_time_s(stages), lower, upper, greens, costs, *_arrays(groups))
    return greens, costs


def least_delay_greens(groups: LaneGroups, stages: Sequence[Stage], cycle_s: int) -> SecondsArray:
    """Displayed greens [s] of each stage that minimize HCM control delay (SciPy, SLSQP).

    The uniform queue (flow x red) of every lane must fit on its link; where that cannot be had for all,
    the vehicles that do not fit, weighted by the flow that they hold up, are the fewest (`linprog`).

    Raises
    ------
    InfeasibleError
        If the minimum greens do not fit into the cycle, or the maximum greens do not fill it.
    """
    _check_cycle(stages, cycle_s)
    lower, upper = green_bounds_s(stages)
    total = cycle_s - lost_time_s(stages)
    start = screen_greens(groups, stages, np.array([cycle_s], dtype=np.float64))[0][0]
    if len(stages) < 2 or len(groups.flow_veh_h) == 0 or total - lower.sum() < 1.0:
        return round_greens(start, lower, upper, total)
    sides, needed = _storage_bounds(groups, lower, upper, total, float(cycle_s))
    rows = [LinearConstraint(np.ones((1, len(stages))), total, total)]
    if len(needed):
        rows.append(LinearConstraint(sides, needed, np.inf))
    with warnings.catch_warnings():  # the result is clipped to the bounds below
        warnings.filterwarnings("ignore", "Values in x were outside bounds", RuntimeWarning)
        found = minimize(
            _objective,
            start,
            args=(float(cycle_s), 0.0, *_arrays(groups)),
            method="SLSQP",
            bounds=list(zip(lower, np.maximum(upper, lower + 1e-9), strict=True)),
            constraints=rows,
            options={"maxiter": 40, "ftol": 1e-4},
        )
    best = found.x if found.success and np.isfinite(found.x).all() else start
    return round_greens(np.clip(best, lower, upper), lower, upper, total)


def _storage_bounds(
    groups: LaneGroups, lower: SecondsArray, upper: SecondsArray, total: Seconds, cycle_s: Seconds
) -> tuple[FloatArray, SecondsArray]:
    """Rows A and sides b of A @ greens >= b that keep queues on their links, as far as that is possible.

    Only what capacity leaves is spent on storage: the same program first keeps every lane at
    `FULL_SATURATION` or below.
    """
    needed = cycle_s - groups.storage_veh * 3600.0 / groups.flow_veh_h - groups.shown_s
    binding = groups.shown @ lower < needed
    sides, needed = groups.shown[binding], needed[binding]
    n, n_lanes, n_stages = len(needed), len(groups.flow_veh_h), len(lower)
    if n == 0:
        return sides, needed
    used = groups.flow_veh_h / groups.saturation_veh_h * cycle_s / FULL_SATURATION - groups.served_s
    weights = np.concatenate([groups.flow_veh_h[binding], CAPACITY_FIRST * groups.flow_veh_h])
    found = linprog(
        np.concatenate([np.zeros(n_stages), weights]),  # flow x missing green
        A_ub=np.hstack([-np.vstack([sides, groups.served]), -np.eye(n + n_lanes)]),
        b_ub=-np.concatenate([needed, used]),
        A_eq=np.concatenate([np.ones(n_stages), np.zeros(n + n_lanes)])[None, :],
        b_eq=[total],
        bounds=[*zip(lower, upper, strict=True), *[(0.0, None)] * (n + n_lanes)],
    )
    if found.x is None:
        return sides[:0], needed[:0]
    return sides, needed - found.x[n_stages : n_stages + n] - 1e-6


def _check_cycle(stages: Sequence[Stage], cycle_s: int) -> None:
    least, longest = least_cycle_s(stages), longest_cycle_s(stages)
    if cycle_s < least:
        raise InfeasibleError(f"minimum greens and intergreens need {least} s, the cycle is {cycle_s} s")
    if cycle_s > longest:
        raise InfeasibleError(f"maximum greens and intergreens fill {longest} s, the cycle is {cycle_s} s")


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


def _arrays(groups: LaneGroups) -> tuple[FloatArray, ...]:
    """The arrays of lane groups in the order that the compiled functions below take."""
    g = groups
    return g.flow_veh_h, g.saturation_veh_h, g.storage_veh, g.shown, g.shown_s, g.served, g.served_s


@numba.njit(cache=True)
def _objective(
    greens: FloatArray,
    cycle_s: float,
    spilled_weight: float,
    flow: FloatArray,
    saturation: FloatArray,
    storage: FloatArray,
    shown: FloatArray,
    shown_s: FloatArray,
    served: FloatArray,
    served_s: FloatArray,
) -> float:
    """Delay of all lanes and weighted vehicles that do not fit on their links [veh*s/s]."""
    total = 0.0
    for lane in range(len(flow)):
        moving, used = shown_s[lane], served_s[lane]
        for stage in range(len(greens)):
            moving += shown[lane, stage] * greens[stage]
            used += served[lane, stage] * greens[stage]
        moving = min(max(moving, LEAST_SERVED_S), cycle_s)
        used = min(max(used, LEAST_SERVED_S), moving)
        capacity = saturation[lane] * used / cycle_s
        load = flow[lane] / capacity
        red = cycle_s - moving
        uniform = 0.5 * red * red / (cycle_s - min(1.0, load) * moving + 1e-9)
        delay = uniform + incremental_delay_s(load, capacity, PERIOD_H)
        spilled = max(0.0, flow[lane] / 3600.0 * red - storage[lane])
        total += flow[lane] / 3600.0 * delay + spilled_weight * spilled
    return total


@numba.njit(cache=True)
def _screen(
    cycles_s: FloatArray,
    lost_s: float,
    lower: FloatArray,
    upper: FloatArray,
    greens: FloatArray,
    costs: FloatArray,
    flow: FloatArray,
    saturation: FloatArray,
    storage: FloatArray,
    shown: FloatArray,
    shown_s: FloatArray,
    served: FloatArray,
    served_s: FloatArray,
) -> None:
    """Fill in greens and costs of each cycle; `screen_greens` explains."""
    n = len(lower)
    critical = np.full(n, 1e-6)
    for lane in range(len(flow)):
        for stage in range(n):
            critical[stage] = max(critical[stage], served[lane, stage] * flow[lane] / saturation[lane])
    for k in range(len(cycles_s)):
        cycle, now = cycles_s[k], greens[k]
        left = cycle - lost_s - lower.sum()
        if left < -1e-9 or cycle - lost_s > upper.sum() + 1e-9:
            continue
        now[:] = lower
        for _ in range(n):  # a stage at its greatest green hands on the rest
            open_ = now < upper - 1e-9
            asked = (critical * open_).sum()
            if left <= 1e-9 or asked <= 0.0:
                break
            more = np.minimum(upper - now, left * critical * open_ / asked)
            now += more
            left -= more.sum()
        cost = _objective(
            now, cycle, SPILLED_WEIGHT, flow, saturation, storage, shown, shown_s, served, served_s
        )
        for step in TRANSFERS_S:
            for _ in range(ROUNDS):
                before = cost
                for giver in range(n):
                    for taker in range(n):
                        moved = min(step, now[giver] - lower[giver], upper[taker] - now[taker])
                        if giver == taker or moved < LEAST_MOVED_S:
                            continue
                        now[giver] -= moved
                        now[taker] += moved
                        found = _objective(
                            now, cycle, SPILLED_WEIGHT, flow, saturation, storage,
                            shown, shown_s, served, served_s,
                        )  # fmt: skip
                        if found < cost - 1e-9:
                            cost = found
                        else:
                            now[giver] += moved
                            now[taker] -= moved
                if cost >= before - 1e-9:
                    break
        costs[k] = cost

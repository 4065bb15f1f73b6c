"""Calibration of the queue model from measurements of one plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trafficopt.measured import FEWEST_HEADWAYS, FIRST_PLACE, N_PLACES, Measured
from trafficopt.model.queues.calibration import Calibration
from trafficopt.model.queues.fleet import Fleet
from trafficopt.model.queues.physics import drive, following_speed_m_s, headway_s
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.model.queues.shown import STOP_FIRST, YIELD
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.units import BoolArray, FloatArray

HEADWAY_BOUNDS = (0.7, 1.6)
TIME_BOUNDS = (0.8, 1.5)
TRUST = 20.0  # vehicles that weigh as much as the theory
SHORTEST_S = 5.0  # SUMO tells times on links by the step: on short ones they say nothing
GAP_STEPS = (1.25, 1.6, 2.0)
FEWEST_VEHICLES = 30
SURE = 2.0  # standard errors
LEAST_S = 1.0  # difference in delay that is worth a factor
GAIN = 0.3  # share of the difference that a factor must take away
MOST_GAPS = 40


def fit_calibration(
    problem: Problem, plan: TimingPlan, measured: Measured, *, frozen_routes: bool = False
) -> Calibration:
    """Compare what was measured under a plan with the model, and find the factors between them.

    Headways and travel times are compared one to one. For gaps the model runs with several factors,
    movement by movement, the one with the largest difference first.

    Parameters
    ----------
    frozen_routes
        As in `QueueModel`.
    """
    model = QueueModel(problem, frozen_routes=frozen_routes)
    if measured.movements != model.movements or measured.links != model.links:
        raise ValueError("the measurement is of another network")
    theory = _Theory.of(problem, model)
    yields = _yields(model, plan)
    headway, theoretical, headways = _headways(theory, measured)
    headway_factor = np.where(yields, 1.0, _shrunk(headway / theoretical, headways, HEADWAY_BOUNDS))
    free, free_theory, free_vehicles = _free_times(theory, measured)
    time_factor = _shrunk(free / free_theory, free_vehicles, TIME_BOUNDS)
    time_factor[~(free_theory >= SHORTEST_S)] = 1.0
    model.roads.connections["headway_factor"] = headway_factor[model.movement_of]
    model.roads.lanes["time_factor"] = time_factor[model.roads.lanes.link]
    gap_factor, found, before, after = _gaps(model, plan, measured, yields)
    return Calibration(
        movements=model.movements,
        headway_factor=headway_factor,
        gap_factor=gap_factor,
        headway_s=headway,
        headway_theory_s=theoretical,
        headways=headways,
        delay_s=found,
        delay_before_s=before,
        delay_after_s=after,
        links=model.links,
        time_factor=time_factor,
        free_s=free,
        free_theory_s=free_theory,
        free_vehicles=free_vehicles,
    )


def _shrunk(ratio: FloatArray, n: FloatArray, bounds: tuple[float, float]) -> FloatArray:
    """Ratios within bounds, the closer to 1 the fewer vehicles tell; 1 where none does."""
    known = np.where(np.isnan(ratio), 1.0, ratio)
    return np.asarray(1.0 + (np.clip(known, *bounds) - 1.0) * n / (n + TRUST))


@dataclass(frozen=True, slots=True)
class _Theory:
    """Mean vehicle, and speeds of a driver who keeps to the limit [m/s] on links and inside junctions."""

    space_m: float
    tau_s: float
    accel_m_s2: float
    decel_m_s2: float
    movement_links: tuple[tuple[int, int], ...]
    length_m: FloatArray
    cruise_m_s: FloatArray
    path_m: FloatArray
    turn_limit_m_s: FloatArray
    turn_cruise_m_s: FloatArray

    @classmethod
    def of(cls, problem: Problem, model: QueueModel) -> _Theory:
        fleet, roads, n = model.fleet, model.roads, len(model.movements)
        link_of = {link: k for k, link in enumerate(model.links)}
        counts = np.maximum(np.bincount(model.movement_of, minlength=n), 1)
        turn_speed = np.bincount(model.movement_of, roads.connections.turn_speed, n) / counts
        return cls(
            space_m=_mean(fleet, "length") + _mean(fleet, "gap"),
            tau_s=_mean(fleet, "tau"),
            accel_m_s2=_mean(fleet, "accel"),
            decel_m_s2=_mean(fleet, "decel"),
            movement_links=tuple((link_of[a], link_of[b]) for a, b in model.movements),
            length_m=np.asarray(roads.links.length),
            cruise_m_s=_cruise(fleet, np.asarray(roads.links.speed)),
            path_m=np.bincount(model.movement_of, roads.connections.path, n) / counts,
            turn_limit_m_s=turn_speed,
            turn_cruise_m_s=_cruise(fleet, turn_speed),
        )


def _mean(fleet: Fleet, name: str) -> float:
    return float(fleet.kinds[name][fleet.vehicles.kind].mean()) if len(fleet.vehicles) else float("nan")


def _cruise(fleet: Fleet, limit_m_s: FloatArray) -> FloatArray:
    """Mean speed of a free driver who keeps to a limit."""
    own = np.minimum(_mean(fleet, "top"), limit_m_s)
    return np.asarray(np.maximum(0.5 * own, own - _mean(fleet, "below")))


def _headways(theory: _Theory, measured: Measured) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Discharge headway found and the model's at the same places [s], and vehicles, each of shape (n,)."""
    n = measured.n_headways
    expected = np.full((len(n), N_PLACES), np.nan)
    for k in np.flatnonzero(n >= FEWEST_HEADWAYS):
        cap = min(theory.cruise_m_s[theory.movement_links[k][0]], theory.turn_limit_m_s[k])
        for column in range(N_PLACES):
            place = FIRST_PLACE + column - 1  # the model counts from 0
            speed = following_speed_m_s(place, theory.space_m, theory.accel_m_s2, cap)
            expected[k, column] = headway_s(place, speed, theory.space_m, theory.tau_s)
    with np.errstate(invalid="ignore"):
        mean = (expected * measured.place_vehicles).sum(axis=1) / np.maximum(n, 1)
    return measured.headway_s, mean, np.asarray(n)


def _free_times(theory: _Theory, measured: Measured) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Free travel time over each link as found and as the model has it [s], and vehicles, shape (m,)."""
    m = len(measured.links)
    weight, expected = np.zeros(m), np.zeros(m)
    for k, (_, link) in enumerate(theory.movement_links):
        if measured.vehicles[k] > 0:
            travel, _ = drive(
                theory.length_m[link],
                min(theory.turn_cruise_m_s[k], theory.cruise_m_s[link]),
                theory.cruise_m_s[link],
                theory.accel_m_s2,
            )
            weight[link] += measured.vehicles[k]
            expected[link] += measured.vehicles[k] * travel
    n, found = np.zeros(m), np.zeros(m)
    for k in np.flatnonzero(measured.free_vehicles > 0).tolist():
        link, speed = theory.movement_links[k][0], theory.cruise_m_s[theory.movement_links[k][0]]
        loss = speed - min(speed, theory.turn_limit_m_s[k])
        braking = loss * loss / (2.0 * theory.decel_m_s2 * speed)
        n[link] += measured.free_vehicles[k]
        over = measured.free_s[k] - braking - theory.path_m[k] / theory.turn_cruise_m_s[k]
        found[link] += measured.free_vehicles[k] * over
    with np.errstate(invalid="ignore", divide="ignore"):
        return found / n, np.where(n > 0, expected / weight, np.nan), n


def _yields(model: QueueModel, plan: TimingPlan) -> BoolArray:
    """Movements that give way to somebody under a plan, shape (n,)."""
    shown, connections = model.shown(plan), model.roads.connections
    n_rows = np.diff(np.append(shown.signals.row_at, len(shown.row_start)))
    found = np.zeros(len(model.movements), dtype=np.bool_)
    for k, c in enumerate(connections):
        if c.signal < 0:
            gives_way = c.yields > 0
        else:
            signal = shown.signals[c.signal]
            rows = np.arange(n_rows[c.signal]) * signal.n_heads + signal.kind_at + c.head
            gives_way = bool(np.isin(shown.kind[rows], (YIELD, STOP_FIRST)).any())
        found[model.movement_of[k]] |= gives_way
    return found


def _gaps(
    model: QueueModel, plan: TimingPlan, measured: Measured, yields: BoolArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Gap factors, delay found, of the model before and after the search [s], each of shape (n,)."""
    factor = np.ones(len(yields))

    def delay_s() -> FloatArray:
        model.roads.connections["gap_factor"] = factor[model.movement_of]
        answer = model.estimate(plan)
        return np.asarray(answer.delay_s / np.maximum(answer.served, 1))

    before = delay_s()
    wanted = measured.delay_s / np.maximum(measured.vehicles, 1)
    differs = np.abs(before - wanted) > np.maximum(SURE * measured.delay_error_s, LEAST_S)
    fitted = np.flatnonzero(yields & differs & (measured.vehicles >= FEWEST_VEHICLES))
    worst_first = fitted[np.argsort(-(np.abs(before - wanted) * measured.vehicles)[fitted])][:MOST_GAPS]
    after = before
    for k in worst_first.tolist():

        def of_movement(tried: float, k: int = k) -> FloatArray:
            factor[k] = tried
            return delay_s()

        after = _searched(of_movement, k, after, float(wanted[k]), factor)
    unknown = ~np.isin(np.arange(len(yields)), worst_first)
    found, before, after = (np.where(unknown, np.nan, values) for values in (wanted, before, after))
    return factor, found, before, after


def _searched(
    delays_s: Callable[[float], FloatArray], k: int, now: FloatArray, wanted: float, factor: FloatArray
) -> FloatArray:
    """Set the factor of movement `k` to the best on the way to the wanted delay; all delays with it."""
    start, best, kept = abs(now[k] - wanted), 1.0, now
    for step in GAP_STEPS:
        tried = step if now[k] < wanted else 1.0 / step
        delays = delays_s(tried)
        if abs(delays[k] - wanted) < abs(kept[k] - wanted):
            best, kept = tried, delays
        if (delays[k] - wanted) * (now[k] - wanted) < 0:
            break
    if abs(kept[k] - wanted) > (1.0 - GAIN) * start:
        best, kept = 1.0, now
    factor[k] = best
    return kept

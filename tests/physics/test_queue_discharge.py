"""Queues at a signal: start, headways, vehicles a cycle, uniform and growing delay."""

from __future__ import annotations

import numpy as np
import pytest

from tests.physics.queue_roads import CAR, SPEED_M_S, Sketch, crossings, one_approach, steady, waits
from trafficopt.demand import VehicleType
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.problem import Problem

ROUTE = ("in", "out")
# Fronts over the stop line after green [s], measured in SUMO (default passenger car).
MEASURED_S = (0.5, 3.8, 6.2, 8.6, 10.7, 12.7, 14.6)
TRUCK = VehicleType(
    "truck", 7.1, 2.5, 1.0, "truck", accel_m_s2=1.3, decel_m_s2=4.0, max_speed_m_s=36.11, speed_deviation=0.0
)


def after_red(kind: VehicleType = CAR, *, limit_m_s: float = SPEED_M_S, turn_m_s: float = 50.0) -> np.ndarray:
    """Crossings [s after green] of a queue of 25 vehicles that gathered for 150 s."""
    sketch = Sketch()
    for name in ROUTE:
        sketch.link(name, 600.0, speed_m_s=limit_m_s)
    sketch.connect(*ROUTE, head=("s", 0), speed_m_s=min(turn_m_s, limit_m_s))
    trips = steady(ROUTE, 3.0, 75.0, kind=kind)
    problem = sketch.problem({"s": [("r", 150.0), ("G", 147.0), ("y", 3.0)]}, trips, 300.0)
    return crossings(problem, "in") - 150.0


def test_a_queue_starts_as_measured() -> None:
    # Service falls on the times of the formula, not on whole seconds: half a second is a wide bound.
    assert after_red()[: len(MEASURED_S)] == pytest.approx(MEASURED_S, abs=0.5)


@pytest.mark.parametrize(
    ("kind", "limit_m_s", "turn_m_s", "veh_h"),
    [
        # 3600 / (1.42 + 7.5 / 13.89) = 1837; measured 1811 to 1834.
        (CAR, SPEED_M_S, 50.0, 1823.0),
        # Measured at 30 and 70 km/h, and for turns at 6 m/s (2.71 s).
        (CAR, 8.33, 50.0, 1398.0),
        (CAR, 19.44, 50.0, 2048.0),
        (CAR, SPEED_M_S, 6.0, 3600 / 2.71),
        # Measured with tau 1.3 s.
        (VehicleType("slow", tau_s=1.3, speed_deviation=0.0), SPEED_M_S, 50.0, 1592.0),
    ],
)
def test_saturation_flows_are_those_measured(
    kind: VehicleType, limit_m_s: float, turn_m_s: float, veh_h: float
) -> None:
    passed = after_red(kind, limit_m_s=limit_m_s, turn_m_s=turn_m_s)
    # From the eighth vehicle on all drive at full speed. The law fits the trials within 8 % (30 km/h).
    assert 3600.0 / np.diff(passed[8:]).mean() == pytest.approx(veh_h, rel=0.08)


def test_trucks_need_longer() -> None:
    passed = after_red(TRUCK)
    # Measured 1476 veh/h. They reach full speed after eleven places only: 1.42 + 9.6 / v with
    # v = sqrt(2 * 0.975 * 9.6 k) is 2.5 s at the fourth place, 2.1 s at full speed, 2.3 s on average.
    assert 3600.0 / np.diff(passed[3:15]).mean() == pytest.approx(1476.0, rel=0.08)
    assert passed[10] > after_red()[10] + 2.0


def overloaded(green_s: float, n_cycles: int = 20) -> Problem:
    trips = steady(ROUTE, 2.5, 60.0 * n_cycles)
    rows = [("G", green_s), ("y", 3.0), ("r", 57.0 - green_s)]
    return one_approach().problem({"s": rows}, trips, 60.0 * n_cycles)


@pytest.mark.parametrize(("green_s", "vehicles"), [(5.0, {2}), (7.0, {3}), (11.0, {5, 6})])
def test_short_greens_serve_whole_vehicles(green_s: float, vehicles: set[int]) -> None:
    # Fronts pass at 0.5, 3.8, 6.2, 8.6, 10.7, 12.7 s; yellow serves those who cannot stop any more.
    passed = crossings(overloaded(green_s), "in")
    cycles = np.bincount((passed // 60.0).astype(int))[3:-1]
    assert set(cycles.tolist()) <= vehicles


@pytest.mark.parametrize("green_s", [20.0, 30.0])
@pytest.mark.parametrize("spacing_s", [7.7, 11.3, 17.1])
def test_steady_arrivals_wait_as_the_uniform_delay_says(green_s: float, spacing_s: float) -> None:
    trips = steady(ROUTE, spacing_s, 3500.0)
    rows = [("G", green_s), ("y", 3.0), ("r", 57.0 - green_s)]
    found = waits(one_approach().problem({"s": rows}, trips, 3700.0), "in").mean()
    # Lost at the start: 14.6 s for seven fronts, 12 s at full headways of 2 s: 2.6 s, less half a headway
    # because vehicles come one by one. Yellow used: 0.7 x 13.9 / 9 = 1.1 s.
    red = 60.0 - green_s + 2.6 - 1.0 - 1.1
    uniform = red**2 / (2 * 60.0 * (1 - 2.0 / spacing_s))
    # A second more or less of red is red / (60 (1 - y)) of delay, at most 0.9 s.
    assert found == pytest.approx(uniform, abs=0.9)


def test_what_is_beyond_capacity_waits_outside_and_counts() -> None:
    # 26 s of green: 14.6 s for seven, then 2 s each until 26 + 1.1 s: 13 vehicles a cycle, 780 veh/h.
    trips, seconds = steady(ROUTE, 3.0, 1800.0), 1800.0
    rows = [("G", 26.0), ("y", 3.0), ("r", 31.0)]
    found = {}
    for length_m in (75.0, 4000.0):
        problem = one_approach(length_m).problem({"s": rows}, trips, seconds)
        estimate = QueueModel(problem).estimate(problem.field_plan)
        found[length_m] = estimate
        # Arrivals at 1/3 and departures at 13/60 per second, from the travel time on.
        queued_s = seconds - length_m / SPEED_M_S
        assert estimate.served.sum() == pytest.approx(13 * queued_s / 60.0, abs=13)
        growing = queued_s**2 / (2 * seconds) * (1 - 780.0 / 1200.0)
        # Half of the red and the acceleration come on top: 15 s, known to within 10 s.
        assert estimate.mean_delay_s == pytest.approx(growing + 15.0, rel=0.04, abs=10.0)
    # On 75 m there is room for ten, and for two more while they move.
    assert 10 <= 600 - found[75.0].served.sum() - found[75.0].undeparted <= 12
    assert found[75.0].mean_depart_delay_s > 0.8 * found[75.0].mean_delay_s


def test_delay_grows_by_deterministic_queueing() -> None:
    estimates = []
    for minutes in (20, 40):
        trips = steady(ROUTE, 3.0, 60.0 * minutes)
        rows = [("G", 26.0), ("y", 3.0), ("r", 31.0)]
        problem = one_approach(300.0).problem({"s": rows}, trips, 60.0 * minutes)
        estimates.append(QueueModel(problem).estimate(problem.field_plan).mean_delay_s)
    # Mean wait T (1 - c / q) / 2: 20 minutes more are 600 s x (1 - 13 x 3 / 60) = 210 s more. The travel
    # time of 23 s and the fluid are worth 2 s each.
    assert estimates[1] - estimates[0] == pytest.approx(210.0, abs=5.0)


@pytest.mark.parametrize(("first_s", "waiting"), [(0.0, False), (28.0, True)])
def test_platoons_in_green_pass_and_in_red_wait_for_it(first_s: float, waiting: bool) -> None:
    sketch = one_approach(600.0)
    # 600 m at 13.24 m/s are 45.3 s; the signal is green from 45 to 73 s, then red until 105 s.
    trips = steady(ROUTE, 2.4, first_s + 2.4 * 9.5, from_s=first_s + 1.0)
    rows = [("G", 28.0), ("y", 3.0), ("r", 29.0)]
    found = waits(sketch.problem({"s": rows}, trips, 400.0, offsets_s={"s": 45.0}), "in")
    if not waiting:
        assert found.max() < 0.5
        return
    arrive = 1.0 + first_s + 600.0 / (SPEED_M_S - 0.65) + 2.4 * np.arange(len(found))
    start = 105.0 + np.array([*MEASURED_S, 16.6, 18.6, 20.6])[: len(found)]
    # Discharge is known within half a second, travel time within a second.
    assert found == pytest.approx(start - arrive, abs=1.0)

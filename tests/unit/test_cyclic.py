"""Rows, service and queues of a lane, second by second, against hand calculation."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from trafficopt.intersection import Intersection
from trafficopt.model.cyclic import (
    lane_capacity,
    lane_queue,
    lane_service,
    overflow_delay,
    rows_by_second,
    run_node,
    serve,
)
from trafficopt.model.layout import build_layout
from trafficopt.plan import SignalTiming
from trafficopt.problem import Problem

Maker = Callable[..., Problem]


def row_states(node: Intersection) -> list[str]:
    return [
        state
        for stage in node.stages
        for state in (stage.state, *(interval.state for interval in stage.intergreen))
    ]


@pytest.mark.parametrize("yellow_s", [3.0, 3.5])
def test_rows_are_what_sumo_shows(corridor: Maker, yellow_s: float) -> None:
    problem = corridor(1, yellow_s=yellow_s)
    node, lay = problem.network.intersections[0], build_layout(problem)
    states, rng = row_states(node), np.random.default_rng(7)
    for _ in range(25):
        greens = tuple(float(g) for g in rng.integers(5, 40, 2))
        cycle = sum(greens) + node.lost_time_s
        offset = float(np.round(rng.uniform(0, cycle - 0.1), int(rng.integers(0, 2))))
        timing = SignalTiming(node.stages, greens, cycle, offset)
        rows = rows_by_second(lay, 0, np.array(greens), offset, round(cycle))
        for second, row in enumerate(rows):
            assert states[row] == timing.state_at(second + 0.5)


def test_rows_run_uncompiled_alike(corridor: Maker) -> None:
    lay = build_layout(corridor(1))
    given = (lay, 0, np.array([20.0, 17.0]), 33.0, 45)
    assert rows_by_second.py_func(*given).tolist() == rows_by_second(*given).tolist()


def test_a_fractional_cycle_is_cut_to_whole_seconds(corridor: Maker) -> None:
    lay = build_layout(corridor(1))
    rows = rows_by_second(lay, 0, np.array([20.0, 17.2]), 0.0, 45)
    # 20 s of green, 3 s and 1 s of intergreen, 17.2 s of green, 3 s and 1 s (0.8 s left of it).
    assert np.bincount(rows).tolist() == [20, 3, 1, 17, 3, 1]


def service(problem: Problem, lane: int, opposing: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    lay, timing = build_layout(problem), problem.field_plan["s0"]
    rows = rows_by_second(lay, 0, np.array(timing.greens_s), timing.offset_s, round(timing.cycle_s))
    rate, free = np.empty(len(rows)), np.empty(len(rows))
    profile = np.full((len(problem.movements), len(rows)), opposing)
    lane_service(lay, lane, rows, profile, 0, rate, free)
    return rate, free


def test_green_starts_two_seconds_late_and_one_second_of_yellow_is_used(corridor: Maker) -> None:
    # Lanes are sorted by link: c0, then m0, which is green from 0 s to 26 s: served in 2..26.
    rate, free = service(corridor(1), 1)
    assert np.flatnonzero(rate).tolist() == list(range(2, 27))
    assert rate[2] == pytest.approx(1 / (1.42 + 7.5 / 13.9))
    assert free.tolist() == [1.0 if 2 <= t <= 26 else 0.0 for t in range(60)]


def test_service_wraps_around_the_cycle(corridor: Maker) -> None:
    rate, _ = service(corridor(1, offsets_s=[50.0]), 1)
    assert np.flatnonzero(rate).tolist() == [*range(17), *range(52, 60)]


def test_permissive_turns_wait_for_gaps_and_leave_the_junction_at_the_end(facing: Maker) -> None:
    problem = facing(waiting_spaces=2)
    lay = build_layout(problem)
    lane = int(np.repeat(np.arange(3), np.diff(lay.stream_at))[lay.stream_movement == 1][0])
    alone, _ = service(problem, lane)
    against, _ = service(problem, lane, opposing=0.2)
    assert alone[10] == pytest.approx(1 / max(2.2, 1.42 + 7.5 / 8.0))
    assert against[10] == pytest.approx(0.25246, rel=1e-4)
    assert against[40] == pytest.approx(0.25246 + 2.0, rel=1e-4)
    assert np.flatnonzero(against).tolist() == list(range(2, 41))


def test_serve_without_blocking() -> None:
    assert serve(3.0, 0.5, 1.0, 0.3) == (0.5, 1.0)
    assert serve(0.2, 0.5, 1.0, 1.0) == (0.2, 1.0)
    assert serve(0.0, 0.5, 0.4, 0.7) == (0.0, 0.7)


def test_blocked_lane_serves_a_geometric_number() -> None:
    # p + p^2 + p^3 of three vehicles that might leave; p^3 is the chance that none blocks.
    for p in (0.2, 0.5, 0.9):
        out, unblocked = serve(9.0, 3.0, p, 1.0)
        assert out == pytest.approx(p + p**2 + p**3)
        assert unblocked == pytest.approx(p**3)
        assert serve.py_func(9.0, 3.0, p, 1.0) == pytest.approx((out, unblocked))


def test_serving_in_steps_is_serving_at_once() -> None:
    out, unblocked = 0.0, 1.0
    for _ in range(6):
        more, unblocked = serve(math.inf, 0.5, 0.6, unblocked)
        out += more
    assert out == pytest.approx(0.6 + 0.36 + 0.216)


def test_capacity_of_a_lane_is_green_over_headway() -> None:
    rate, free = np.zeros(60), np.zeros(60)
    rate[10:30], free[10:30] = 0.5, 1.0
    assert lane_capacity(rate, free) == pytest.approx(10.0)
    free[10:30] = 0.5  # every second vehicle blocks: 0.5 + 0.25 + ... = 1 vehicle a cycle
    assert lane_capacity(rate, free) == pytest.approx(1.0, abs=0.002)


def test_one_cycle_of_a_queue_by_hand() -> None:
    # Red 0..5, green 6..9 at 1 veh/s; 0.3 veh/s arrive. Queue after each second:
    # .3 .6 .9 1.2 1.5 1.8 | 1.1 .4 0 0: waited 7.5 veh*s; 8 s of arrivals meet a queue.
    rate = np.array([0.0] * 6 + [1.0] * 4)
    free = np.where(rate > 0, 1.0, 0.0)
    out = np.empty(10)
    waited, stopped, longest = lane_queue(np.full(10, 0.3), rate, free, out)
    assert waited == pytest.approx(7.8)
    assert stopped == pytest.approx(2.4)
    assert longest == pytest.approx(1.8)
    assert out.tolist() == pytest.approx([0, 0, 0, 0, 0, 0, 1.0, 1.0, 0.7, 0.3])


def test_departures_equal_arrivals_below_capacity() -> None:
    rng = np.random.default_rng(3)
    arrivals = rng.uniform(0, 0.3, 60)
    rate = np.where(np.arange(60) >= 25, 0.5, 0.0)
    out = np.empty(60)
    lane_queue(arrivals, rate, np.sign(rate), out)
    assert out.sum() == pytest.approx(arrivals.sum())


def test_overflow_follows_a_cumulative_curve() -> None:
    # Capacity 0.5 veh/s, slices of 60 s: 0.7, 0.7, 0.3, 0.3 veh/s. The queue grows to 12 and 24 vehicles
    # and shrinks to 12 and 0. Area: 360 + 1080 + 1080 + 360 = 2880 veh*s, over 240 s 12 veh*s/s.
    demand = np.array([0.7, 0.7, 0.3, 0.3])
    smooth = 12.0
    assert overflow_delay(demand, 0.5, 60.0) == pytest.approx(smooth + random_part(demand, 0.5), rel=1e-9)
    assert 0 < random_part(demand, 0.5) < 0.5 * smooth


def random_part(demand: np.ndarray, capacity: float, slice_s: float = 60.0) -> float:
    """d2 of each slice less the delay of the growing queue [veh*s/s]."""
    period_h = slice_s / 3600.0
    load = demand / capacity
    d2 = 900 * period_h * (load - 1 + np.sqrt((load - 1) ** 2 + 4 * load / (3600 * capacity * period_h)))
    return float((demand * (d2 - 0.5 * slice_s * np.maximum(load - 1, 0))).mean())


def test_overflow_that_dissolves_within_a_slice() -> None:
    # 6 vehicles too many in the first minute, gone after 30 s at 0.2 veh/s: 180 + 90 = 270 veh*s in 120 s.
    demand = np.array([0.6, 0.3])
    assert overflow_delay(demand, 0.5, 60.0) - random_part(demand, 0.5) == pytest.approx(270 / 120)


def test_no_overflow_without_demand() -> None:
    assert overflow_delay(np.zeros(5), 0.5, 60.0) == 0.0


def test_a_node_runs_uncompiled_alike(facing: Maker) -> None:
    problem = facing(through_veh_h=200.0, left_veh_h=150.0, oncoming_veh_h=500.0, shared=True)
    lay = build_layout(problem)
    rows = rows_by_second(lay, 0, np.array([40.0, 12.0]), 0.0, 60)
    arrivals = np.repeat(lay.movement_flow[:, None], 60, axis=1)
    answers = []
    for run in (run_node, run_node.py_func):
        departures, lanes = np.zeros((3, 60)), np.zeros((lay.lane_at[-1], 6))
        delay = run(lay, 0, rows, arrivals, departures, lanes)
        answers.append((delay, departures, lanes))
    assert answers[0][0] == pytest.approx(answers[1][0], rel=1e-12)
    assert answers[0][1] == pytest.approx(answers[1][1])
    assert answers[0][2] == pytest.approx(answers[1][2])
    assert answers[0][0] > 0

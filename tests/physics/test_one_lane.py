"""A lane with steady arrivals against the uniform delay of the HCM."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from trafficopt.model.delay import uniform_delay_s
from trafficopt.model.layout import RED
from trafficopt.model.signal_model import SignalModel
from trafficopt.problem import Problem

Maker = Callable[..., Problem]
HEADWAY_S = 1.42 + 7.5 / 13.9
M0 = 1  # lanes are sorted by link: c0, then m0


@pytest.mark.parametrize("main_veh_h", [100.0, 300.0, 500.0, 650.0, 750.0])
@pytest.mark.parametrize("greens_s", [(26.0, 26.0), (41.0, 41.0)])
def test_steady_arrivals_wait_as_d1_says(
    corridor: Maker, main_veh_h: float, greens_s: tuple[float, float]
) -> None:
    problem = corridor(1, main_veh_h=main_veh_h, greens_s=greens_s)
    model = SignalModel(problem)
    state = model.start(problem.field_plan)
    flow, capacity, uniform = state.lanes[M0, :3]
    cycle, green = sum(greens_s) + 8.0, greens_s[0] - 1.0  # 2 s lost at the start, 1 s of yellow used
    assert capacity == pytest.approx(green / cycle / HEADWAY_S)
    assert flow == pytest.approx(main_veh_h / 3600.0, rel=0.01)
    # Half a second: service comes in whole seconds.
    assert uniform / flow == pytest.approx(uniform_delay_s(cycle, green, flow / capacity), abs=0.5)


def test_above_capacity_the_queue_grows_over_the_window(corridor: Maker) -> None:
    problem = corridor(1, main_veh_h=1000.0)
    model = SignalModel(problem)
    state = model.start(problem.field_plan)
    flow, capacity, uniform, _, _, overflow = state.lanes[M0]
    # The queue grows by flow - capacity for an hour: mean wait T (1 - c/q) / 2 a vehicle.
    growing = 3600.0 / 2 * (1 - capacity / flow)
    assert overflow / flow == pytest.approx(growing, rel=0.1)
    assert uniform / flow == pytest.approx(35.0 / 2, rel=0.1)  # half of the red, 60 - 25 s
    assert model.estimate(problem.field_plan).saturation[0] == pytest.approx(flow / capacity)


def test_a_lane_that_is_never_served_is_saturated_without_end(facing: Maker) -> None:
    problem = facing(left_veh_h=100.0)
    model = SignalModel(problem)
    assert 0 < model.estimate(problem.field_plan).saturation[0] < 1
    model.layout.kind[:] = RED
    assert model.estimate(problem.field_plan).saturation[0] == math.inf


def delay_of_left(problem: Problem) -> float:
    model = SignalModel(problem)
    state = model.start(problem.field_plan)
    lay = model.layout
    lane = next(
        k for k in range(lay.lane_at[-1]) if 1 in lay.stream_movement[lay.stream_at[k] : lay.stream_at[k + 1]]
    )
    return float((state.lanes[lane, 2] + state.lanes[lane, 5]) / state.lanes[lane, 0])


def test_a_permissive_left_turn_waits_for_oncoming_traffic(facing: Maker) -> None:
    waits = [delay_of_left(facing(left_veh_h=200.0, oncoming_veh_h=q)) for q in (0.0, 300.0, 600.0, 900.0)]
    assert waits == sorted(waits)
    # Without anybody to yield to: red of 60 - 39 s, 21^2 / 120 = 3.7 s and a short queue.
    assert waits[0] == pytest.approx(21**2 / 120 / (1 - 200 / 3600 * 2.36), abs=2.0)
    assert waits[3] > 2 * waits[0]


def test_a_protected_left_turn_does_not_care(facing: Maker) -> None:
    alone = delay_of_left(facing(left_veh_h=80.0, protected=True))
    against = delay_of_left(facing(left_veh_h=80.0, oncoming_veh_h=600.0, protected=True))
    assert against == pytest.approx(alone)


def test_vehicles_waiting_in_the_junction_leave_when_green_ends(facing: Maker) -> None:
    heavy = {"left_veh_h": 150.0, "oncoming_veh_h": 1100.0}
    assert delay_of_left(facing(**heavy, waiting_spaces=2)) < delay_of_left(facing(**heavy))


def test_a_held_left_turn_blocks_those_behind(facing: Maker) -> None:
    flows = {"through_veh_h": 300.0, "left_veh_h": 60.0, "protected": True}
    own, shared = (SignalModel(facing(**flows, shared=shared)) for shared in (False, True))
    before = own.estimate(own.problem.field_plan).mean_delay_s
    assert shared.estimate(shared.problem.field_plan).mean_delay_s > 1.5 * before

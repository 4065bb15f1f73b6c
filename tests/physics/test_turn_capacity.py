"""Capacity of one turn through gaps and under a signal, by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from trafficopt.intersection import Turn
from trafficopt.lanes import Connection, Lane, LaneGraph
from trafficopt.model.lane_groups import FOES_ON_GREEN, START_LOSS_S, following
from trafficopt.model.turn_capacity import (
    CAUTIOUS_U_TURN,
    STEADY,
    U_TURN,
    Gaps,
    gap_capacity_veh_h,
    opposing_flow_veh_h,
    outflow_factors,
    spare_capacity_veh_h,
    yielding_capacity_veh_h,
)
from trafficopt.problem import Problem

Maker = Callable[..., Problem]
THROUGH_S, LEFT_S = 1.42 + 7.5 / 13.9, 1.42 + 7.5 / 8.0


def test_gaps_in_random_traffic_take_in_as_many_as_come_one_by_one() -> None:
    flow, critical, follow_up = 700.0 / 3600.0, 4.4, 2.6
    gaps = np.random.default_rng(11).exponential(1.0 / flow, 400_000)
    taken = np.where(gaps > critical, 1 + np.floor((gaps - critical) / follow_up), 0)
    expected = 3600.0 * taken.sum() / gaps.sum()
    assert gap_capacity_veh_h(700.0, Gaps(critical, follow_up)) == pytest.approx(expected, rel=0.01)


def test_an_empty_road_lets_in_one_each_follow_up_time() -> None:
    assert gap_capacity_veh_h(0.0) == pytest.approx(3600.0 / 2.2)
    assert gap_capacity_veh_h(1e-3) == pytest.approx(3600.0 / 2.2, rel=1e-3)


def test_a_slow_turn_is_no_faster_than_its_queue_discharges(corridor: Maker) -> None:
    driving = following(corridor(1))
    saturation = 3600.0 / (1.42 + 7.5 / 3.65)
    assert yielding_capacity_veh_h(0.0, 3.65, driving, U_TURN) == pytest.approx(saturation)
    cautious = yielding_capacity_veh_h(900.0, 3.65, driving, CAUTIOUS_U_TURN)
    assert cautious == pytest.approx(297.0, abs=1.0)


def test_flow_in_platoons_leaves_gaps_between_them(corridor: Maker) -> None:
    driving, platoons = following(corridor(1)), ((0.25, 3.0), (0.75, 1.0 / 3.0))
    most = 3600.0 / (1.42 + 7.5 / 8.33)
    dense, thin = gap_capacity_veh_h(1800.0), gap_capacity_veh_h(200.0)
    expected = 0.25 * min(most, dense) + 0.75 * min(most, thin)
    found = yielding_capacity_veh_h(600.0, 8.33, driving, platoons=platoons)
    assert found == pytest.approx(expected)


def test_flow_leaves_a_signal_while_its_movements_are_green(facing: Maker) -> None:
    problem = facing(through_veh_h=300.0)
    node = problem.network.intersections[0]
    plan = problem.field_plan[node.id]
    factors = outflow_factors(node, plan, "we", {("w", "we"): 300.0})
    assert sum(share for share, _ in factors) == pytest.approx(1.0)
    assert sum(share * factor for share, factor in factors) == pytest.approx(1.0)
    assert max(factor for _, factor in factors) == pytest.approx(plan.cycle_s / plan.greens_s[0])
    assert outflow_factors(node, plan, "we", {}) == STEADY


def merge() -> LaneGraph:
    """A slip lane that yields to both lanes of a road, and goes on in its right one."""
    lanes = tuple(
        Lane(link, index, 100.0, 13.9, frozenset({"passenger"}))
        for link, n in (("slip", 1), ("road", 2), ("on", 2))
        for index in range(n)
    )
    slip = Connection(0, 3, Turn.RIGHT, "n", "", -1, "m", 10.0, 0.0, 8.3, True)
    ways = (slip, replace(slip, from_lane=1), replace(slip, from_lane=2, to_lane=4))
    n = np.array([0, 2, 3, 3])
    return LaneGraph(
        lanes, ways, n, np.array([1, 2, 0]), np.array([True, True, False]), np.zeros(3), np.zeros(3)
    )


def test_one_yields_to_the_flow_of_those_lanes_that_go_first() -> None:
    flows = {("road", "on"): 600.0, ("slip", "on"): 90.0, ("elsewhere", "on"): 500.0}
    assert opposing_flow_veh_h(merge(), 0, flows) == 600.0
    assert opposing_flow_veh_h(merge(), 1, flows) == 0.0
    first_only = replace(merge(), yields=np.array([True, False, False]))
    assert opposing_flow_veh_h(first_only, 0, flows) == 300.0  # the right lane has half of them


def timing(problem: Problem):
    node = problem.network.intersections[0]
    return problem.field_plan[node.id]


def test_alone_on_its_lane_a_movement_has_saturation_flow_times_green(corridor: Maker) -> None:
    problem = corridor(1, main_veh_h=600.0, greens_s=(26.0, 26.0))
    expected = 3600.0 / THROUGH_S * (26.0 - START_LOSS_S) / 60.0
    for flow in (600.0, 50.0):  # whatever its own flow is
        asked = corridor(1, main_veh_h=flow)
        assert spare_capacity_veh_h(asked, 0, "m0->m1", timing(problem), following(asked)) == pytest.approx(
            expected, abs=1.0
        )


def test_a_left_turn_has_what_the_gaps_in_the_opposing_green_leave(facing: Maker) -> None:
    problem = facing(left_veh_h=50.0, oncoming_veh_h=300.0)
    plan = timing(problem)
    gap = 3600.0 / gap_capacity_veh_h(FOES_ON_GREEN * 300.0)
    expected = 3600.0 * (plan.greens_s[0] - START_LOSS_S) / gap / plan.cycle_s
    assert spare_capacity_veh_h(problem, 0, "w->wl", plan, following(problem)) == pytest.approx(
        expected, rel=0.01
    )


def test_on_a_shared_lane_a_turn_has_the_room_that_others_leave(facing: Maker) -> None:
    problem = facing(through_veh_h=200.0, left_veh_h=50.0, shared=True)
    plan = timing(problem)
    green = 3600.0 * (plan.greens_s[0] - START_LOSS_S) / plan.cycle_s
    expected = (green - 200.0 * THROUGH_S) / LEFT_S
    assert spare_capacity_veh_h(problem, 0, "w->wl", plan, following(problem)) == pytest.approx(
        expected, abs=2.0
    )


def test_nothing_is_left_on_a_lane_that_is_full(facing: Maker) -> None:
    problem = facing(through_veh_h=1800.0, left_veh_h=50.0, shared=True)
    assert spare_capacity_veh_h(problem, 0, "w->wl", timing(problem), following(problem)) == 0.0


def test_who_uses_a_movement_that_is_not_there_is_told(corridor: Maker) -> None:
    problem = corridor(1)
    with pytest.raises(KeyError, match="m0->x9"):
        spare_capacity_veh_h(problem, 0, "m0->x9", timing(problem), following(problem))


def test_a_lane_that_is_never_green_has_no_capacity(corridor: Maker) -> None:
    problem = corridor(1)
    dark = replace(timing(problem), greens_s=(0.0, 52.0))
    found = spare_capacity_veh_h(problem, 0, "m0->m1", dark, following(problem))
    assert found < 5.0 and math.isfinite(found)

"""The flat arrays: lanes, streams, foes and signals of each row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from trafficopt.model.layout import PERMISSIVE, PROTECTED, RED, Layout, build_layout
from trafficopt.problem import Problem, build_problem

Maker = Callable[..., Problem]


def kinds(lay: Layout, movement: int, n_rows: int) -> list[int]:
    """Signal of a movement's first stream in each row."""
    start = lay.kind_at[int(np.flatnonzero(lay.stream_movement == movement)[0])]
    return [int(kind) for kind in lay.kind[start : start + n_rows]]


def test_a_shared_lane_is_split_by_flow(facing: Maker) -> None:
    lay = build_layout(facing(through_veh_h=300.0, left_veh_h=100.0, oncoming_veh_h=200.0, shared=True))
    # Lanes in the order of the links: e (movement 2), w (movements 0 and 1).
    assert lay.stream_movement.tolist() == [2, 0, 1]
    assert lay.stream_at.tolist() == [0, 1, 3]
    assert lay.stream_share == pytest.approx([1.0, 0.75, 0.25], abs=0.01)
    assert lay.stream_part.tolist() == [1.0, 1.0, 1.0]
    assert lay.lane_at.tolist() == [0, 2]


def test_slices_hold_the_demand_of_each_lane(facing: Maker) -> None:
    problem = facing(through_veh_h=360.0, left_veh_h=180.0, shared=True)
    lay = build_layout(problem)
    assert lay.slice_s == 60.0
    assert lay.lane_slices.shape == (2, 60)
    assert lay.lane_slices.mean(axis=1) == pytest.approx([0.0, problem.flow_veh_h.sum() / 3600.0])


def test_a_left_turn_yields_while_its_foe_is_green(facing: Maker) -> None:
    lay = build_layout(facing(oncoming_veh_h=100.0))
    assert kinds(lay, 1, 3) == [PERMISSIVE, RED, RED]
    assert kinds(lay, 0, 3) == kinds(lay, 2, 3) == [PROTECTED, RED, RED]
    left = int(np.flatnonzero(lay.stream_movement == 1)[0])
    assert lay.foe[lay.foe_at[left] : lay.foe_at[left + 1]].tolist() == [2]
    apart = build_layout(facing(protected=True))
    assert kinds(apart, 1, 6) == [RED, RED, RED, PROTECTED, RED, RED]


def test_lanes_without_demand_have_streams_but_no_flow(facing: Maker) -> None:
    lay = build_layout(facing(left_veh_h=100.0))
    empty = int(np.flatnonzero(lay.stream_movement == 0)[0])
    assert (lay.stream_share[empty], lay.stream_part[empty]) == (1.0, 0.0)


def test_turns_take_longer_than_straight_on(facing: Maker) -> None:
    lay = build_layout(facing(through_veh_h=100.0))
    by_movement = dict(zip(lay.stream_movement.tolist(), lay.stream_headway_s.tolist(), strict=True))
    assert by_movement[0] == pytest.approx(1.42 + 7.5 / 13.9)
    assert by_movement[1] == pytest.approx(1.42 + 7.5 / 8.0)


def test_platoons_are_ordered_by_their_source(corridor: Maker) -> None:
    lay = build_layout(corridor(3))
    assert lay.out_at.tolist() == [0, 1, 1, 2, 2, 2, 2]
    assert lay.out_to.tolist() == [2, 4]
    # Drivers keep 0.6 m/s below the limit: 300 m in 22.6 s, less the mean delay of the dispersion.
    assert lay.out_travel_s + 1 / lay.out_smoothing - 1 == pytest.approx(300 / 13.3)
    assert lay.node_of.tolist() == [0, 0, 1, 1, 2, 2]


def test_a_movement_on_two_lanes_joins_them(facing: Maker) -> None:
    problem = facing(through_veh_h=300.0, left_veh_h=100.0, oncoming_veh_h=200.0)
    assert build_layout(problem).group.tolist() == [0, 1, 2]
    node = problem.network.intersections[0]
    wide = replace(node.movements[0], heads=(0, 0), lanes=(0, 1))
    node = replace(node, movements=(wide, *node.movements[1:]))
    network = replace(problem.network, intersections=(node,))
    lay = build_layout(build_problem(replace(problem.scenario, network=network)))
    assert lay.group.tolist() == [0, 1, 1]
    assert lay.stream_part[lay.stream_movement == 0].sum() == pytest.approx(1.0)

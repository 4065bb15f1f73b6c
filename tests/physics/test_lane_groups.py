"""What stages serve of the lanes of an intersection, by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from trafficopt.model.capacity import gap_headway_s, peak_factor
from trafficopt.model.lane_groups import FOES_ON_GREEN, START_LOSS_S, LaneGroups, lane_groups
from trafficopt.model.link_storage import storage_m
from trafficopt.network import Link, Network
from trafficopt.problem import Problem
from trafficopt.stage import Interval, Stage

Maker = Callable[..., Problem]

THROUGH_S = 1.42 + 7.5 / 13.9
LEFT_S = 1.42 + 7.5 / 8.0


def groups_of(problem: Problem) -> LaneGroups:
    return lane_groups(problem, 0, problem.network.intersections[0].stages)


def test_each_approach_is_served_by_its_own_stage(corridor: Maker) -> None:
    groups = groups_of(corridor(1, main_veh_h=600.0, cross_veh_h=300.0))
    assert groups.flow_veh_h == pytest.approx([300.0, 600.0], rel=0.02)  # links in order: c0, m0
    assert groups.saturation_veh_h == pytest.approx([3600 / THROUGH_S] * 2)
    assert groups.shown.tolist() == groups.served.tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert groups.shown_s.tolist() == groups.served_s.tolist() == [-START_LOSS_S] * 2


def test_a_left_turn_filters_through_gaps_and_two_wait_inside(facing: Maker) -> None:
    groups = groups_of(facing(left_veh_h=100.0, oncoming_veh_h=200.0, waiting_spaces=2))
    gap_s = gap_headway_s(FOES_ON_GREEN * 200.0 / 3600.0)
    left = int(np.argmin(groups.flow_veh_h))
    assert groups.shown[left].tolist() == [1.0, 0.0]
    assert groups.served[left, 0] == pytest.approx(LEFT_S / gap_s, rel=0.01)
    # In a green g: g / gap_s through gaps, and two at its end, each instead of a share LEFT_S / gap_s.
    green_s = 20.0
    n_served = (groups.served[left, 0] * green_s + groups.served_s[left]) / LEFT_S
    expected = (green_s - START_LOSS_S) / gap_s + 2.0 * (1.0 - LEFT_S / gap_s)
    assert n_served == pytest.approx(expected, rel=0.01)


def test_protected_left_turn_is_served_in_full(facing: Maker) -> None:
    groups = groups_of(facing(left_veh_h=100.0, oncoming_veh_h=200.0, protected=True))
    assert groups.served[int(np.argmin(groups.flow_veh_h))].tolist() == [0.0, 1.0]


def test_a_held_leader_blocks_a_shared_lane(facing: Maker) -> None:
    problem = facing(through_veh_h=300.0, left_veh_h=100.0, oncoming_veh_h=600.0, shared=True, protected=True)
    groups = groups_of(problem)
    shared = int(np.argmin(groups.flow_veh_h))
    p = 0.75
    ahead = sum(p**k for k in range(1, 9)) / 8  # of eight vehicles, those ahead of the first left turn
    assert groups.served[shared, 0] == pytest.approx(ahead, rel=0.01)
    assert groups.saturation_veh_h[shared] == pytest.approx(
        3600 / (0.75 * THROUGH_S + 0.25 * LEFT_S), rel=1e-3
    )


def test_green_goes_on_through_an_intergreen(corridor: Maker) -> None:
    problem = corridor(1)
    stages = (
        Stage("Gr", (Interval("Gr", 4.0),)),
        Stage("Gr", (Interval("yr", 3.0), Interval("rr", 1.0))),
        Stage("rG", (Interval("ry", 3.0), Interval("rr", 1.0))),
    )
    groups = lane_groups(problem, 0, stages)
    assert groups.shown[1].tolist() == [1.0, 1.0, 0.0]
    assert groups.shown_s[1] == pytest.approx(4.0 - START_LOSS_S)  # one start, four seconds in between


def test_lanes_without_demand_are_left_out(facing: Maker) -> None:
    assert groups_of(facing(left_veh_h=100.0)).flow_veh_h == pytest.approx([100.0], rel=0.05)


def test_peak_quarter_by_hand() -> None:
    # An hour in quarters: 100, 300, 100, 100 veh/h, mean 150.
    assert peak_factor(np.array([[100.0, 300.0, 100.0, 100.0]]), 900.0) == pytest.approx(2.0)
    assert peak_factor(np.zeros((2, 4)), 900.0) == 1.0
    assert peak_factor(np.array([[60.0]]), 600.0) == 1.0


def with_links(problem: Problem, *links: Link) -> Problem:
    network = Network({link.id: link for link in links}, problem.network.intersections)
    return replace(problem, scenario=replace(problem.scenario, network=network))


def test_a_queue_goes_on_into_the_only_link_upstream(corridor: Maker) -> None:
    def link(name: str, start: str, end: str, length_m: float) -> Link:
        return Link(name, start, end, length_m, 13.9, 1, ())

    short = link("short", "b", "c", 20.0)
    back = link("back", "c", "b", 20.0)
    middle = link("middle", "a", "b", 80.0)
    problem = corridor(1)
    two = [link("one", "x", "a", 50.0), link("two", "y", "a", 50.0)]
    assert storage_m(with_links(problem, short, back, middle, *two), "short") == 100.0
    assert storage_m(with_links(problem, short, back, middle), "short") == math.inf
    far = link("far", "z", "a", 600.0)
    assert storage_m(with_links(problem, short, middle, far, link("o", "w", "z", 1.0)), "short") == 700.0

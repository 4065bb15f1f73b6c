"""Which signals share a cycle."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trafficopt.problem import Problem
from trafficopt.search.zones import coordination_graph, coordination_zones, left_of_platoon

Maker = Callable[..., Problem]


def test_strong_platoons_join_neighbors(corridor: Maker) -> None:
    assert coordination_zones(corridor(3, main_veh_h=400.0), [0, 1, 2]) == [[0, 1, 2]]


def test_weak_platoons_do_not(corridor: Maker) -> None:
    assert coordination_zones(corridor(3, main_veh_h=100.0), [0, 1, 2]) == [[0], [1], [2]]


def test_far_platoons_do_not(corridor: Maker) -> None:
    # 1,300 m at 13.9 m/s: 94 s.
    assert coordination_zones(corridor(2, gap_m=1300.0), [0, 1]) == [[0], [1]]


def test_worth_is_flow_times_what_is_left_of_platoons(corridor: Maker) -> None:
    graph = coordination_graph(corridor(2, main_veh_h=600.0), [0, 1])
    left = left_of_platoon(300.0 / 13.9)
    assert graph[0][1]["weight"] == pytest.approx(600.0 * left, rel=0.02)


def test_a_short_link_that_one_cycle_fills_is_coordinated_whatever_joins_it(corridor: Maker) -> None:
    # 600 veh/h are 10 vehicles in 60 s; a link of 60 m holds 8.
    graph = coordination_graph(corridor(2, main_veh_h=600.0, gap_m=60.0), [0, 1])
    assert graph[0][1]["weight"] == pytest.approx(600.0, rel=0.02)


def test_an_arterial_is_one_zone(corridor: Maker) -> None:
    assert coordination_zones(corridor(3, main_veh_h=100.0, arterial=True), [0, 1, 2]) == [[0, 1, 2]]
    assert coordination_zones(corridor(6, arterial=True), list(range(6)), largest=2) == [list(range(6))]


def test_kept_signals_are_in_no_zone(corridor: Maker) -> None:
    assert coordination_zones(corridor(3), [0, 2]) == [[0], [2]]
    assert coordination_zones(corridor(3, arterial=True), [0, 2]) == [[0, 2]]
    assert coordination_zones(corridor(3), []) == []


def test_large_groups_are_cut_into_connected_parts(corridor: Maker) -> None:
    problem = corridor(30)
    zones = coordination_zones(problem, list(range(30)), largest=8)
    assert sorted(n for zone in zones for n in zone) == list(range(30))
    assert max(map(len, zones)) <= 8
    assert len(zones) < 12
    assert all(zone == list(range(zone[0], zone[-1] + 1)) for zone in zones)
    assert zones == coordination_zones(problem, list(range(30)), largest=8)

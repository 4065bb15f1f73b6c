"""Which signals share a cycle."""

from __future__ import annotations

from collections.abc import Callable

from trafficopt.problem import Problem
from trafficopt.search.zones import coordination_zones

Maker = Callable[..., Problem]


def test_strong_platoons_join_neighbors(corridor: Maker) -> None:
    assert coordination_zones(corridor(3, main_veh_h=400.0), [0, 1, 2]) == [[0, 1, 2]]


def test_weak_platoons_do_not(corridor: Maker) -> None:
    assert coordination_zones(corridor(3, main_veh_h=100.0), [0, 1, 2]) == [[0], [1], [2]]


def test_far_platoons_do_not(corridor: Maker) -> None:
    # 1,300 m at 13.9 m/s: 94 s.
    assert coordination_zones(corridor(2, gap_m=1300.0), [0, 1]) == [[0], [1]]


def test_an_arterial_is_one_zone(corridor: Maker) -> None:
    assert coordination_zones(corridor(3, main_veh_h=100.0, arterial=True), [0, 1, 2]) == [[0, 1, 2]]


def test_kept_signals_are_in_no_zone(corridor: Maker) -> None:
    assert coordination_zones(corridor(3), [0, 2]) == [[0], [2]]
    assert coordination_zones(corridor(3, arterial=True), [0, 2]) == [[0, 2]]
    assert coordination_zones(corridor(3), []) == []

"""Longer ways of three vehicles: one turns at a closed opening, one at a moved one, one at neither."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from trafficopt.programme.detours import detours_s, longer_s
from trafficopt.treatment import CloseOpening, MoveOpening, RemoveIsland

CLOSED, MOVED, ISLAND = CloseOpening("U1", "a", "b"), MoveOpening("U2", "c", "d", 30.0), RemoveIsland("J1")


def scenario_with(free_flow_s: dict[str, float]) -> Any:
    links = {key: SimpleNamespace(free_flow_s=value) for key, value in free_flow_s.items()}
    routes = (("a", "b"), ("a", "c", "d"), ("a", "c"), ("a", "b", "c", "d"))
    demand = SimpleNamespace(vehicles=("v1", "v2", "v3", "v4"), routes=routes)
    return SimpleNamespace(network=SimpleNamespace(links=links), demand=demand)


BEFORE = scenario_with({"a": 10.0, "b": 10.0, "c": 10.0, "d": 10.0})
AFTER: Any = SimpleNamespace(
    scenario=scenario_with({"a": 10.0, "b": 10.0, "c": 12.0, "d": 12.5}),
    rerouted_s={"v1": 20.0, "v4": 8.0},
    treatments=(CLOSED, MOVED, ISLAND),
)


def test_who_turns_at_a_moved_opening_drives_its_longer_links() -> None:
    assert longer_s(BEFORE, AFTER) == {"v1": 20.0, "v2": 4.5, "v4": 8.0 + 4.5}


def test_each_site_has_its_own_and_who_used_two_counts_half_for_each() -> None:
    found = detours_s(BEFORE, AFTER, [CLOSED, MOVED, ISLAND])
    assert found.tolist() == pytest.approx([20.0 + 6.25, 4.5 + 6.25, 0.0])


def test_without_moved_openings_only_new_routes_count() -> None:
    still: Any = SimpleNamespace(**{**vars(AFTER), "treatments": (CLOSED,)})
    assert longer_s(BEFORE, still) == {"v1": 20.0, "v4": 8.0}

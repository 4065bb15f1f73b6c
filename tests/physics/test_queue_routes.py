"""Teleports, and drivers who choose among routes."""

from __future__ import annotations

import numpy as np
import pytest

from tests.physics.queue_roads import Sketch, Trip, crossings, facing, steady
from trafficopt.demand import Departure
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.problem import Problem

FREE = Departure(chooses_route=True)


@pytest.mark.parametrize("teleport_s", [60.0, 120.0])
def test_vehicles_teleport_after_the_time_that_they_have(teleport_s: float) -> None:
    # An oncoming stream of a vehicle every 1.5 s on two lanes leaves no gap of 8 s for 1000 s.
    trips = steady(("w", "wl"), 30.0, 300.0) + steady(("e", "ew"), 1.5, 1100.0)
    problem = facing().problem({"s": [("gGG", 60.0)]}, trips, 1000.0, teleport_s=teleport_s)
    left = crossings(problem, "w")
    # The first stands from 45.3 s on; each later one when it has come forward, 3.2 s after its leader.
    # Both, and the end of the time, count in whole seconds.
    assert left[0] == pytest.approx(46.0 + teleport_s, abs=1.0)
    assert np.diff(left) == pytest.approx(teleport_s + 3.2, abs=2.0)
    assert QueueModel(problem).estimate(problem.field_plan).teleports == len(left)
    assert len(left) == pytest.approx(min(10, (1000.0 - 46.0) / (teleport_s + 3.2)), abs=1)


def test_nobody_teleports_where_teleporting_is_off() -> None:
    trips = steady(("w", "wl"), 30.0, 300.0) + steady(("e", "ew"), 1.5, 1100.0)
    problem = facing().problem({"s": [("gGG", 60.0)]}, trips, 1000.0, teleport_s=-1.0)
    estimate = QueueModel(problem).estimate(problem.field_plan)
    assert estimate.teleports == 0
    assert len(crossings(problem, "w")) == 0
    # All ten stand there until the end.
    assert estimate.mean_delay_s * estimate.demanded >= sum(1000.0 - 30.0 * k - 50.0 for k in range(10))


def two_ways(green: bool) -> Problem:
    """From `o` to `d` over `u` (300 m, signal `s`) or over `v` (330 m, no signal)."""
    sketch = Sketch()
    for name, length_m in {"o": 300.0, "u": 300.0, "v": 330.0, "d": 300.0}.items():
        sketch.link(name, length_m)
    for way in ("u", "v"):
        sketch.connect("o", way)
    sketch.connect("u", "d", head=("s", 0))
    sketch.connect("v", "d")
    trips = [Trip(6.0 * k, ("o", "u", "d"), departure=FREE) for k in range(200)]
    return sketch.problem({"s": [("G" if green else "r", 60.0)]}, trips, 1500.0)


def taken(problem: Problem, *, frozen_routes: bool = False) -> dict[str, int]:
    """Vehicles that came to the end of each link."""
    model = QueueModel(problem, frozen_routes=frozen_routes)
    estimate = model.estimate(problem.field_plan)
    assert estimate.chosen_routes is not frozen_routes
    return dict(zip(model.links, estimate.link_left.tolist(), strict=True))


def test_drivers_take_the_quicker_way_while_it_is_free() -> None:
    # 330 m take 2.2 s longer than 300 m.
    left = taken(two_ways(green=True))
    assert (left["u"], left["v"]) == (200, 0)


def test_later_drivers_avoid_what_is_blocked() -> None:
    left = taken(two_ways(green=False))
    # The first stands at the end of `u` after 46 s, four are on the way to it, and one comes every 6 s:
    # the share that stands is 1/4.7, 2/5.7, ... SUMO takes the mean speed of three minutes, so that `u`
    # seems slower than `v`, at 300 / 330 of its limit, when 0.09 x 180 = 16 s of standing have
    # come together: 6 x (0.21 + 0.35 + 0.45 + 0.52 + 0.57 + 0.62) after 36 s. 14 have departed by then;
    # a smoothed mean, looked at every 10 s, may differ by 20 s.
    assert left["u"] == 0
    assert 200 - left["v"] == pytest.approx(14, abs=4)
    assert left["d"] == left["v"]


def test_frozen_routes_are_kept_though_they_are_blocked() -> None:
    left = taken(two_ways(green=False), frozen_routes=True)
    assert (left["u"], left["v"], left["d"]) == (0, 0, 0)

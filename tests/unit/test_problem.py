"""Demand bound to movements, time slices and platoons, by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from trafficopt.demand import Demand, VehicleType
from trafficopt.errors import InputError, TrafficoptWarning
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem, build_problem

Maker = Callable[..., Problem]


def drives(problem: Problem, departs: list[float], route: tuple[str, ...]) -> Problem:
    """The same problem with one vehicle for each departure."""
    n = len(departs)
    names = tuple(f"v{k}" for k in range(n))
    demand = Demand(names, np.array(departs), (route,) * n, ("car",) * n, {"car": VehicleType("car")})
    return build_problem(replace(problem.scenario, demand=demand))


def test_flows_by_movement(corridor: Maker) -> None:
    problem = corridor(2, main_veh_h=600.0, cross_veh_h=300.0)
    # Movements: s0 main, s0 cross, s1 main, s1 cross; vehicles that would arrive after the hour are left out.
    assert problem.intersection_of.tolist() == [0, 0, 1, 1]
    assert problem.flow_veh_h == pytest.approx([600.0, 300.0, 600.0, 300.0], abs=9)
    assert problem.slice_flow_veh_h.mean(axis=1) == pytest.approx(problem.flow_veh_h)
    assert "2 signals (2 to retime), 4 movements" in repr(problem)


def test_vehicles_count_when_they_would_arrive(corridor: Maker) -> None:
    # 300 m at 13.9 m/s: 21.6 s to s0, 43.2 s to s1.
    problem = drives(corridor(2, period_s=180.0), [30.0, 100.0, 170.0], ("m0", "m1", "m2"))
    assert problem.slice_s == 60.0
    # At s0 after 51.6, 121.6 and 191.6 s, at s1 after 73.2, 143.2 s and never within 180 s.
    assert (problem.slice_flow_veh_h / 60).tolist() == [[1, 0, 1], [0, 0, 0], [0, 1, 1], [0, 0, 0]]


def test_platoons_have_the_travel_time_between_stop_lines(corridor: Maker) -> None:
    platoons = corridor(3).platoons
    assert platoons.upstream.tolist() == [0, 2]
    assert platoons.downstream.tolist() == [2, 4]
    assert platoons.travel_s == pytest.approx(300 / 13.9)
    assert platoons.flow_veh_h == pytest.approx(600.0, abs=12)


def test_slices_are_equal_where_the_window_is_not_whole_minutes(corridor: Maker) -> None:
    problem = drives(corridor(1, period_s=100.0), [0.0, 77.0], ("m0", "m1"))
    assert problem.slice_s == 50.0
    # One vehicle in each of two slices of 50 s.
    assert problem.slice_flow_veh_h[0].tolist() == [72.0, 72.0]
    assert problem.flow_veh_h[0] == pytest.approx(72.0)


def test_vehicles_outside_the_window_are_left_out(corridor: Maker) -> None:
    problem = drives(corridor(1, period_s=120.0), [-30.0, -1.0, 10.0, 110.0], ("m0", "m1"))
    assert problem.slice_flow_veh_h[0].tolist() == [60.0, 0.0]


def test_a_network_that_nobody_crosses_is_warned_of(corridor: Maker) -> None:
    with pytest.warns(TrafficoptWarning, match="no vehicle passes a signal"):
        drives(corridor(1), [5.0], ("m0",))


def test_unknown_links_are_input_errors(corridor: Maker) -> None:
    with pytest.raises(InputError, match="1 routes use link 'nowhere'"):
        drives(corridor(1), [5.0], ("m0", "nowhere"))


@pytest.mark.parametrize(
    ("signal", "greens_s", "match"),
    [
        ("s0", (30.0, 26.0), "s0: greens and intergreens add up to 64 s"),
        ("s9", (26.0, 26.0), "signal 's9' is not in the network"),
    ],
)
def test_broken_field_plans_are_input_errors(
    corridor: Maker, signal: str, greens_s: tuple[float, float], match: str
) -> None:
    scenario = corridor(1).scenario
    timing = replace(scenario.field_plan["s0"], greens_s=greens_s)
    with pytest.raises(InputError, match=match):
        build_problem(replace(scenario, field_plan=TimingPlan("field", {signal: timing})))


def test_arrays_cannot_change(corridor: Maker) -> None:
    problem = corridor(2)
    for array in (problem.flow_veh_h, problem.slice_flow_veh_h, problem.platoons.travel_s):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0

"""Vehicles that stand for saved cruising, on a hand-made street."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trafficopt.parking import demand_factor
from trafficopt.problem import Problem
from trafficopt.programme.parking_relief import allotted, districts_of, relieved, swings

Maker = Callable[..., Problem]


@pytest.fixture
def problem(corridor: Maker) -> Problem:
    return corridor(n=2, main_veh_h=600.0, cross_veh_h=300.0)


def with_shapes(problem: Problem) -> Problem:
    """The street with links that have a place: the relief asks where trips end."""
    from dataclasses import replace

    links = {
        key: replace(link, shape=((0.0, 0.0), (10.0 * k, 0.0)))
        for k, (key, link) in enumerate(problem.network.links.items())
    }
    network = replace(problem.network, links=links)
    return replace(problem, scenario=replace(problem.scenario, network=network))


def test_spaces_add_up(problem: Problem) -> None:
    districts = allotted(with_shapes(problem).scenario, 100)
    assert sum(district.spaces_added for district in districts) == 100


def test_trips_end_in_the_district_of_the_nearest_signal(problem: Problem) -> None:
    assert set(districts_of(with_shapes(problem).scenario).values()) == {"all"}


def test_as_many_vehicles_stay_away_as_vehicle_kilometers_fall(problem: Problem) -> None:
    scenario = with_shapes(problem).scenario
    (district,) = allotted(scenario, 300)
    gone = relieved(scenario, (district,))
    assert len(gone) == round(len(scenario.demand) * (1.0 - demand_factor(district)))
    assert gone <= set(scenario.demand.vehicles)
    assert len(gone) > 0


def test_those_who_stay_away_are_spread_over_the_window(problem: Problem) -> None:
    scenario = with_shapes(problem).scenario
    departs = dict(zip(scenario.demand.vehicles, scenario.demand.depart_s.tolist(), strict=True))
    times = sorted(departs[key] for key in relieved(scenario, allotted(scenario, 300)))
    window = scenario.simulation
    middle = (window.begin_s + window.end_s) / 2.0
    assert abs(sum(time < middle for time in times) - len(times) / 2.0) <= 1.0


def test_no_spaces_keep_everybody(problem: Problem) -> None:
    scenario = with_shapes(problem).scenario
    assert relieved(scenario, allotted(scenario, 0)) == frozenset()


def test_what_most_hangs_on_comes_first_and_is_central_in_between(problem: Problem) -> None:
    scenario = with_shapes(problem).scenario
    rows = swings(scenario, 300)
    assert [row.swing for row in rows] == sorted((row.swing for row in rows), reverse=True)
    gone = len(relieved(scenario, allotted(scenario, 300)))
    assert {round(row.at_central) for row in rows} == {gone}
    assert "maneuver_s" not in {row.name for row in rows}  # it stops lanes, but lets nobody stay out

"""Scaled demand: trips stay trips, and one times the demand is the scenario itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.sumo.conftest import MAPS
from trafficopt.errors import InputError
from trafficopt.examples import example_path
from trafficopt.problem import build_problem
from trafficopt.scenario import Scenario
from trafficopt.sumo.judge import simulate
from trafficopt.sumo.read import read_scenario
from trafficopt.sumo.scaled_trips import FILE, with_scaled_trips
from trafficopt.sumo.xml import opened


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return read_scenario(example_path("main_street"), minutes=10)


def test_one_times_the_demand_gives_the_same_figures(tmp_path: Path) -> None:
    scenario = read_scenario(example_path("main_street"), minutes=5)  # before the flows' second buses
    scaled = with_scaled_trips(scenario, 1.0, tmp_path)
    assert (
        simulate(scaled, scaled.field_plan, (1, 2)).runs
        == simulate(scenario, scenario.field_plan, (1, 2)).runs
    )


@pytest.mark.skipif(not (MAPS / "cologne8").is_dir(), reason="the maps are not part of the repository")
def test_who_chooses_a_route_when_departing_still_does(tmp_path: Path) -> None:
    trips = read_scenario(MAPS / "cologne8" / "cologne8.sumocfg", minutes=10)
    assert all(departure.chooses_route for departure in trips.demand.departures)
    scaled = with_scaled_trips(trips, 1.0, tmp_path)
    assert simulate(scaled, scaled.field_plan, (1,)).runs == simulate(trips, trips.field_plan, (1,)).runs


@pytest.mark.parametrize("factor", [0.4, 1.5])
def test_sumo_runs_as_many_vehicles_as_the_demand_has(
    scenario: Scenario, tmp_path: Path, factor: float
) -> None:
    scaled = with_scaled_trips(scenario, factor, tmp_path)
    assert len(scaled.demand) == int(factor * len(scenario.demand))
    assert set(scaled.demanded) == set(scaled.demand.vehicles)
    assert not scaled.simulation.flows
    flow = build_problem(scaled).flow_veh_h.sum() / build_problem(scenario).flow_veh_h.sum()
    assert flow == pytest.approx(factor, rel=0.02)
    (run,) = simulate(scaled, scaled.field_plan, (1,)).runs
    assert run.demanded == len(scaled.demand)
    assert run.undeparted < 0.2 * run.demanded


def test_less_demand_waits_less(scenario: Scenario, tmp_path: Path) -> None:
    delays = []
    for factor in (0.4, 1.2):
        folder = tmp_path / f"{factor:g}"
        folder.mkdir()
        scaled = with_scaled_trips(scenario, factor, folder)
        delays.append(simulate(scaled, scaled.field_plan, (1,)).mean("mean_delay_s"))
    assert delays[0] < delays[1]


def test_the_same_bytes_every_time(scenario: Scenario, tmp_path: Path) -> None:
    texts = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        with_scaled_trips(scenario, 1.3, tmp_path / name)
        with opened(tmp_path / name / FILE) as stream:
            texts.append(stream.read())
    assert texts[0] == texts[1]


def test_what_cannot_be_scaled_is_told(scenario: Scenario, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="vehicles are none"):
        with_scaled_trips(scenario, 0.001, tmp_path)
    settings = scenario.simulation
    moved = replace(scenario, simulation=replace(settings, routes=(), additional=settings.routes))
    with pytest.raises(InputError, match="additional files"):
        with_scaled_trips(moved, 1.5, tmp_path)

"""Other demands of a scenario: the same vehicles in the model and in SUMO, and what is refused."""

from __future__ import annotations

import gzip
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from trafficopt.demand_samples import DemandSamples, GivenDemand
from trafficopt.errors import InputError
from trafficopt.examples import example_path
from trafficopt.scenario import Scenario
from trafficopt.sumo.judge import simulate
from trafficopt.sumo.read import read_scenario
from trafficopt.sumo.sample_scenarios import sample_scenarios


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return read_scenario(example_path("main_street"), minutes=5)


@pytest.fixture(scope="module")
def grid(build_net: Callable[[str], Path]) -> Scenario:
    """Flows for which SUMO chooses routes."""
    return read_scenario(build_net("grid"))


def delays(scenario: Scenario) -> tuple[float, ...]:
    return simulate(scenario, scenario.field_plan, [1, 2]).values("mean_delay_s")


def one(scenario: Scenario, given: GivenDemand, folder: Path) -> Scenario:
    (sample,) = sample_scenarios(scenario, DemandSamples((given,)), folder)
    return sample.scenario


def test_factor_1_is_the_scenario_itself(scenario: Scenario, tmp_path: Path) -> None:
    assert one(scenario, 1, tmp_path) is scenario
    assert list(tmp_path.iterdir()) == []


def test_samples_come_with_the_fewest_vehicles_first(scenario: Scenario, tmp_path: Path) -> None:
    found = sample_scenarios(scenario, DemandSamples((1.2, 0.5, 1.0), weights=(1, 2, 1)), tmp_path)
    assert [(sample.name, sample.weight) for sample in found] == [("x0.5", 0.5), ("x1", 0.25), ("x1.2", 0.25)]


@pytest.mark.parametrize("factor", [0.5, 1.3])
def test_sumo_runs_the_vehicles_of_the_model(scenario: Scenario, tmp_path: Path, factor: float) -> None:
    found = one(scenario, factor, tmp_path)
    assert len(found.demand) == int(factor * len(scenario.demand))
    (run,) = simulate(found, found.field_plan, [1]).runs
    assert run.demanded == len(found.demand)
    assert run.undeparted < 0.1 * run.demanded


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_drivers_for_whom_sumo_chooses_keep_choosing(grid: Scenario, tmp_path: Path, factor: float) -> None:
    assert grid.simulation.flows and all(d.chooses_route for d in grid.demand.departures)
    found = one(grid, factor, tmp_path)
    assert not found.simulation.flows
    (path,) = found.simulation.routes
    trips = ET.parse(path).getroot().findall("trip")
    assert {trip.get("id") for trip in trips} == set(found.demand.vehicles)
    assert all(trip.get("from") and trip.get("to") and trip.find("route") is None for trip in trips)
    (run,) = simulate(found, found.field_plan, [1]).runs
    assert run.demanded == len(found.demand) == int(factor * len(grid.demand))
    assert run.undeparted < 0.1 * run.demanded


def test_files_are_the_same_bytes(scenario: Scenario, tmp_path: Path) -> None:
    texts = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        texts.append(one(scenario, 1.3, tmp_path / name).simulation.routes[0].read_bytes())
    assert texts[0] == texts[1]


def test_a_demand_without_files_drives_as_one_with_files(scenario: Scenario, tmp_path: Path) -> None:
    by_factor = one(scenario, 1.3, tmp_path)
    by_demand = one(scenario, scenario.demand.scaled(1.3), tmp_path)
    assert by_demand.demanded == by_factor.demanded
    assert delays(by_demand) == delays(by_factor)


def test_types_that_the_scenario_has_not_are_written(scenario: Scenario, tmp_path: Path) -> None:
    demand = scenario.demand
    slow = {key: replace(kind, max_speed_m_s=5.0) for key, kind in demand.vehicle_types.items()}
    found = one(scenario, replace(demand, vehicle_types=slow), tmp_path)
    assert min(delays(found)) != min(delays(scenario))
    root = ET.parse(found.simulation.routes[0]).getroot()
    written = {kind.get("id"): kind.get("maxSpeed") for kind in root.iter("vType")}
    assert {f"{key}-sample" for key in slow} <= written.keys()
    assert all(written[f"{key}-sample"] == "5" for key in slow)


@pytest.fixture
def friday(tmp_path: Path) -> Path:
    """The example with every other vehicle alone."""
    folder = tmp_path / "friday"
    shutil.copytree(example_path("main_street"), folder)
    path = folder / "main_street.rou.xml.gz"
    with gzip.open(path) as stream:
        root = ET.parse(stream).getroot()
    for vehicle in root.findall("vehicle")[::2]:
        root.remove(vehicle)
    path.write_bytes(gzip.compress(ET.tostring(root)))
    return folder


def test_another_day_of_the_same_network(scenario: Scenario, friday: Path, tmp_path: Path) -> None:
    other = read_scenario(friday, minutes=5)
    found = one(scenario, other, tmp_path)
    assert found.simulation == other.simulation
    assert found.retime == scenario.retime
    assert delays(found) == delays(other) != delays(scenario)


def test_demand_of_another_network_is_refused(scenario: Scenario, grid: Scenario, tmp_path: Path) -> None:
    with pytest.raises(InputError) as told:
        sample_scenarios(scenario, DemandSamples((grid, grid.demand), names=("a", "b")), tmp_path)
    text = str(told.value)
    assert "a: is of another network: links " in text
    assert "b: is of another network, which lacks links " in text


def test_other_programs_are_refused(scenario: Scenario, tmp_path: Path) -> None:
    timings = dict(scenario.field_plan.timings)
    key, timing = next(iter(timings.items()))
    timings[key] = replace(timing, offset_s=(timing.offset_s + 7) % timing.cycle_s)
    other = replace(scenario, name="other", field_plan=replace(scenario.field_plan, timings=timings))
    with pytest.raises(InputError, match="its signal programs are not those of the scenario"):
        one(scenario, other, tmp_path)


def test_what_cannot_be_done_is_told_together(scenario: Scenario, tmp_path: Path) -> None:
    late = replace(scenario.demand, depart_s=scenario.demand.depart_s + 1e6)
    with pytest.raises(InputError) as told:
        sample_scenarios(scenario, DemandSamples((1e-4, late), names=("few", "late")), tmp_path)
    assert [fault.split(":")[0] for fault in told.value.faults] == ["few", "late"]
    assert "vehicles depart outside of" in told.value.faults[1]
    routes = scenario.simulation.routes
    moved = replace(scenario, simulation=replace(scenario.simulation, routes=(), additional=routes))
    for given in (1.5, scenario.demand):
        with pytest.raises(InputError, match="stand in additional files"):
            one(moved, given, tmp_path)

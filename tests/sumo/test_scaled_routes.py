"""Scaled demand: the same vehicles in the model and in SUMO."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from trafficopt.errors import InputError
from trafficopt.examples import example_path
from trafficopt.problem import build_problem
from trafficopt.scenario import Scenario
from trafficopt.sumo.judge import simulate
from trafficopt.sumo.read import read_scenario
from trafficopt.sumo.scaled_routes import FILE, with_scaled_demand


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return read_scenario(example_path("main_street"), minutes=10)


@pytest.mark.parametrize("factor", [0.4, 1.0, 1.5])
def test_sumo_runs_as_many_vehicles_as_the_demand_has(
    scenario: Scenario, tmp_path: Path, factor: float
) -> None:
    scaled = with_scaled_demand(scenario, factor, tmp_path)
    assert len(scaled.demand) == int(factor * len(scenario.demand))
    assert set(scaled.demanded) == set(scaled.demand.vehicles)
    flow = build_problem(scaled).flow_veh_h.sum() / build_problem(scenario).flow_veh_h.sum()
    assert flow == pytest.approx(factor, rel=0.02)
    (run,) = simulate(scaled, scaled.field_plan, [1]).runs
    assert run.demanded == len(scaled.demand)
    assert run.undeparted < 0.1 * run.demanded


def test_less_demand_waits_less(scenario: Scenario, tmp_path: Path) -> None:
    delays = []
    for factor in (0.4, 1.2):
        folder = tmp_path / f"{factor:g}"
        folder.mkdir()
        scaled = with_scaled_demand(scenario, factor, folder)
        delays.append(simulate(scaled, scaled.field_plan, [1]).mean("mean_delay_s"))
    assert delays[0] < delays[1]


def test_what_cannot_be_scaled_is_told(scenario: Scenario, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="0 times 649 vehicles are none"):
        with_scaled_demand(scenario, 0.0, tmp_path)
    routes = scenario.simulation.routes
    moved = replace(scenario, simulation=replace(scenario.simulation, routes=(), additional=routes))
    with pytest.raises(InputError, match=r"649 vehicles, such as .*, stand in additional files"):
        with_scaled_demand(moved, 1.5, tmp_path)


def test_files_are_the_same_bytes(scenario: Scenario, tmp_path: Path) -> None:
    texts = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        with_scaled_demand(scenario, 1.3, tmp_path / name)
        texts.append((tmp_path / name / FILE).read_bytes())
    assert texts[0] == texts[1]

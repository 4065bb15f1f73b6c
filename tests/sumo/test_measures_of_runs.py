"""Measures beside the delay, warm-up and the verdict on a run, in real SUMO."""

from __future__ import annotations

import shutil
from dataclasses import fields, replace
from pathlib import Path

import pytest

from trafficopt.errors import InputError
from trafficopt.evaluation import EXTRAS, Evaluation, SeedResult
from trafficopt.examples import example_path
from trafficopt.model.arterial_trips import TripFigures
from trafficopt.progression_check import check_progression
from trafficopt.run_verdict import Cause, RunVerdict
from trafficopt.scenario import Scenario
from trafficopt.sumo.binary import run_tool
from trafficopt.sumo.judge import simulate
from trafficopt.sumo.read import read_scenario

BEFORE = [item.name for item in fields(SeedResult) if item.name not in (*EXTRAS, "doubts")]


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return read_scenario(example_path("main_street"), minutes=8)


@pytest.fixture(scope="module")
def measured(scenario: Scenario) -> Evaluation:
    return simulate(scenario, scenario.field_plan, (1, 2), emissions=True, arterials=True)


def test_measuring_changes_nothing(scenario: Scenario, measured: Evaluation) -> None:
    plain = simulate(scenario, scenario.field_plan, (1, 2))
    for one, other in zip(plain.runs, measured.runs, strict=True):
        assert {key: getattr(one, key) for key in BEFORE} == {key: getattr(other, key) for key in BEFORE}
        assert one.longest_queue_veh == other.longest_queue_veh
        assert one.fuel_g_km is one.arterial_s_per_km is None
    assert plain.link_delay_s == measured.link_delay_s


def test_emissions_are_those_of_all_vehicles_whatever_the_scenario_says(
    scenario: Scenario, measured: Evaluation
) -> None:
    settings = replace(scenario.simulation, options={"device.emissions.probability": "0.1"})
    (run,) = simulate(replace(scenario, simulation=settings), scenario.field_plan, (1,), emissions=True).runs
    assert run.fuel_g_km == measured.runs[0].fuel_g_km


def test_measures_are_what_a_street_has(measured: Evaluation) -> None:
    for run in measured.runs:
        assert 1 < (run.longest_queue_veh or 0) < 50
        assert 50 < (run.fuel_g_km or 0) < 200  # 6.7 to 27 l/100 km
        assert (run.co2_g_km or 0) == pytest.approx(3.09 * (run.fuel_g_km or 0), rel=0.05)
        assert run.pedestrian_wait_s is None
        assert run.verdict is not RunVerdict.INVALID


def test_arterials_are_those_of_the_progression_check(scenario: Scenario, measured: Evaluation) -> None:
    checked = check_progression(scenario, scenario.field_plan, (1, 2)).by_seed()
    for run, trips in zip(measured.runs, checked, strict=True):
        assert isinstance(trips, TripFigures)
        assert run.arterial_s_per_km == pytest.approx(trips.s_per_km, abs=1e-3)
        assert run.arterial_on_green == pytest.approx(trips.on_green_share, abs=1e-4)


def test_warm_up_leaves_out_who_departs_in_it(scenario: Scenario, measured: Evaluation) -> None:
    warm = simulate(scenario, scenario.field_plan, (1, 2), warm_up_s=240.0, arterials=True)
    from_s = scenario.simulation.begin_s + 240.0
    assert warm.runs[0].demanded == (scenario.demand.depart_s >= from_s).sum()
    for late, all_of_them in zip(warm.runs, measured.runs, strict=True):
        assert late.completed < all_of_them.completed
        assert late.unfinished <= all_of_them.unfinished
        assert late.arterial_s_per_km != all_of_them.arterial_s_per_km
    assert sum(warm.link_vehicles.values()) < sum(measured.link_vehicles.values())


@pytest.mark.parametrize("warm_up_s", [-1.0, 480.0, float("nan")])
def test_a_warm_up_must_be_within_the_run(scenario: Scenario, warm_up_s: float) -> None:
    with pytest.raises(InputError, match="warm-up"):
        simulate(scenario, scenario.field_plan, (1,), warm_up_s=warm_up_s)


def test_a_street_that_a_vehicle_blocks_is_told(tmp_path: Path) -> None:
    home = tmp_path / "scenario"
    shutil.copytree(example_path("main_street"), home)
    edge = read_scenario(home, minutes=1).network.arterials[0].outbound[0][0]
    stops = "".join(
        f'<vehicle id="block{lane}" depart="28800"><route edges="{edge}"/>'
        f'<stop lane="{edge}_{lane}" endPos="60" duration="5000"/></vehicle>'
        for lane in range(2)
    )
    (home / "block.add.xml").write_text(f"<additional>{stops}</additional>", encoding="utf-8")
    config = home / "main_street.sumocfg"
    given = config.read_text(encoding="utf-8").replace(
        "<route-files", '<additional-files value="block.add.xml"/><route-files'
    )
    config.write_text(given, encoding="utf-8")
    blocked = read_scenario(home, minutes=20)
    (run,) = simulate(blocked, blocked.field_plan, (1,)).runs
    causes = {doubt.cause: doubt for doubt in run.doubts}
    assert Cause.LOCKED in causes, run.row()
    assert run.verdict is RunVerdict.INVALID


def test_pedestrians_are_measured_where_there_are_some(tmp_path: Path) -> None:
    net = tmp_path / "net.net.xml"
    grid = ("--grid", "--grid.number", "2", "--grid.length", "150", "--grid.attach-length", "100")
    walks = ("--sidewalks.guess", "--crossings.guess", "--default-junction-type", "traffic_light")
    run_tool("netgenerate", [*grid, *walks, "-o", str(net)], cwd=tmp_path, time_limit_s=60)
    (tmp_path / "demand.rou.xml").write_text(
        '<routes><trip id="v" depart="0" from="left0A0" to="B0right0"/>'
        '<personFlow id="p" begin="0" end="300" period="20"><walk from="left0A0" to="A0B0"/></personFlow>'
        "</routes>",
        encoding="utf-8",
    )
    (tmp_path / "grid.sumocfg").write_text(
        '<configuration><net-file value="net.net.xml"/><route-files value="demand.rou.xml"/>'
        '<begin value="0"/><end value="600"/></configuration>',
        encoding="utf-8",
    )
    scenario = read_scenario(tmp_path / "grid.sumocfg")
    (run,) = simulate(scenario, scenario.field_plan, (1,)).runs
    assert 0 < (run.pedestrian_wait_s or 0) < 90

"""Green waves of a scenario, from the command line to what SUMO shows."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from trafficopt.cli import app
from trafficopt.examples import example_path
from trafficopt.model.arterial_traces import arterial_traces
from trafficopt.model.arterial_ways import stop_line_positions
from trafficopt.progression_check import SAMPLE_S, ProgressionCheck, check_progression
from trafficopt.scenario import Scenario
from trafficopt.signals.plan_files import read_plan
from trafficopt.sumo.judge import simulate
from trafficopt.sumo.read import read_scenario


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return read_scenario(example_path("main_street"), minutes=15)


@pytest.fixture(scope="module")
def check(scenario: Scenario) -> ProgressionCheck:
    return check_progression(scenario, scenario.field_plan, (1, 2))


def test_following_vehicles_changes_no_figure(scenario: Scenario, check: ProgressionCheck) -> None:
    alone = simulate(scenario, scenario.field_plan, (1, 2))
    for measure in ("mean_delay_s", "mean_stops", "unfinished"):
        assert check.evaluation.values(measure) == alone.values(measure)


def test_through_trips_are_counted_both_ways_and_by_seed(check: ProgressionCheck) -> None:
    assert [(row.arterial, str(row.direction)) for row in check.rows] == [
        ("Main Street", "outbound"),
        ("Main Street", "inbound"),
    ]
    for row in check.rows:
        assert len(row.by_seed) == 2
        assert row.by_seed[0] != row.by_seed[1]
        together = row.together
        assert together.n_finished <= together.n_trips == sum(each.n_trips for each in row.by_seed)
        assert 1000.0 / 13.9 < together.s_per_km < 1000.0
        assert 0.0 < together.unstopped_share < 1.0
        assert 0.0 < together.on_green_share < 1.0
    assert check.by_seed()[0].n_trips == sum(row.by_seed[0].n_trips for row in check.rows)


def test_traces_run_along_the_arterial_in_the_middle_of_the_run(
    scenario: Scenario, check: ProgressionCheck
) -> None:
    assert check.sample is not None
    arterial = scenario.network.arterials[0]
    begin_s, end_s = check.sample.time_s.min(), check.sample.time_s.max()
    assert end_s - begin_s <= SAMPLE_S
    traces = arterial_traces(check.sample, arterial, scenario.network, begin_s, begin_s + 200.0)
    length_m = stop_line_positions(arterial, scenario.network)[-1]
    ways = [distances[-1] - distances[0] for _, distances in traces]
    assert min(ways) < -500.0
    assert max(ways) > 500.0
    for times, distances in traces:
        assert begin_s <= times[0]
        assert times[-1] <= begin_s + 200.0
        assert np.all((distances >= -1e-6) & (distances <= length_m + 1e-6))
        steps = np.diff(distances)
        assert np.all(steps >= -1e-6) or np.all(steps <= 1e-6)


def test_the_command_judges_waves_and_leaves_plan_and_diagram(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = CliRunner().invoke(
        app, ["bands", str(example_path("main_street")), "--seeds", "1", "-o", str(out), "--json"]
    )
    assert run.exit_code == 0, run.output
    told = json.loads(run.stdout)
    assert told["arterials"] == ["Main Street"]
    assert [choice["band"] for choice in told["choices"]] == sorted(
        (choice["band"] for choice in told["choices"]), reverse=True
    )
    left = {"plan.json", "plan.add.xml", "time_space_1.svg", "bands_against_delay.svg"}
    assert {path.name for path in out.iterdir()} == left
    network = read_scenario(example_path("main_street")).network
    field = read_scenario(example_path("main_street")).field_plan
    plan = read_plan(out / "plan.json", network).plan
    for key, offset_s in told["offsets_s"].items():
        assert plan[key].offset_s == offset_s
        assert plan[key].greens_s == field[key].greens_s
    assert told["change"]["stops_per_km"]["mean"] < 0.0


def test_an_unknown_arterial_is_bad_input() -> None:
    run = CliRunner().invoke(app, ["bands", str(example_path("main_street")), "--arterial", "High Street"])
    assert run.exit_code == 2
    assert "High Street" in run.stderr
    assert "Main Street" in run.stderr

"""From counts to a day of plans: scaled demand, files, and the command."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import trafficopt.cli.day
from trafficopt.cli import app
from trafficopt.day_plan import Period
from trafficopt.day_study import demand_factors
from trafficopt.demand_profile import DemandProfile
from trafficopt.errors import InputError
from trafficopt.examples import example_path
from trafficopt.scenario import Scenario
from trafficopt.signals.day_files import read_day
from trafficopt.sumo.day_proof import prove_day
from trafficopt.sumo.read import read_scenario

assert trafficopt.cli.day  # registers the command
EXAMPLE = example_path("main_street")


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """Vehicles of 8:00 to 8:03."""
    return read_scenario(EXAMPLE, minutes=3)


def hourly(*flows: float) -> DemandProfile:
    return DemandProfile(6 * 3600.0, 3600.0, ("all",), np.array([flows]))


PERIODS = Period(21600, 28800, "low"), Period(28800, 32400, "peak"), Period(32400, 36000, "low")


def test_factors_are_relative_to_the_scenarios_own_window(scenario: Scenario) -> None:
    """At 8:00, 1000 veh/h. The low plan has 200 + 400 + 600 in three hours, the peak 1000."""
    factors = demand_factors(scenario, hourly(200, 400, 1000, 600), PERIODS)
    assert factors == {"low": pytest.approx(0.4), "peak": pytest.approx(1.0)}


def test_profiles_that_do_not_fit_the_scenario_are_told(scenario: Scenario) -> None:
    late = replace(hourly(1, 1, 1, 1), begin_s=9 * 3600.0)
    with pytest.raises(InputError, match="covers 32400 to 46800 s; the scenario's vehicles are of 28800 to"):
        demand_factors(scenario, late, PERIODS)
    with pytest.raises(InputError) as caught:
        demand_factors(scenario, hourly(1, 1, 0, 1), PERIODS)
    assert caught.value.faults == (
        "has no traffic in the periods of plan 'peak'",
        "has no traffic in the scenario's window",
    )


def called(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(scope="module")
def counts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("counts") / "counts.csv"
    rows = ["time,all", *(f"{hour}:00,{1000 if hour == 8 else 400}" for hour in range(6, 11))]
    file.write_text("\n".join(rows), encoding="utf-8")
    return file


def test_the_command_leaves_a_day_that_sumo_shows(scenario: Scenario, counts: Path, tmp_path: Path) -> None:
    said = called(
        *("day", EXAMPLE, counts, "-o", tmp_path, "--minutes", 3, "--max-seconds", 1, "--periods", 3)
    ).stdout
    left = ["day.add.xml", "day.json", "day_summary.json", "plan-1.json", "plan-2.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == left
    day = read_day(tmp_path, scenario.network)
    assert [(p.begin_s / 3600, p.end_s / 3600, p.plan) for p in day.periods] == [
        (6, 8, "1"),
        (8, 9, "2"),
        (9, 11, "1"),
    ]
    assert set(day.signals) == {f"M{k}" for k in range(1, 6)}
    prove_day(scenario, day, file=tmp_path / "day.add.xml")
    summary = json.loads((tmp_path / "day_summary.json").read_text(encoding="utf-8"))
    assert {name: plan["demand_factor"] for name, plan in summary["plans"].items()} == {"1": 0.4, "2": 1.0}
    assert f"Day: {tmp_path / 'day.json'}" in said
    assert "08:00  09:00  2       1.00" in said


def test_plans_are_judged_with_their_own_demand(counts: Path, tmp_path: Path) -> None:
    """One plan for all periods is the plan of the peak; one that has seen its seeds is not judged by them."""
    common = ("day", EXAMPLE, counts, "-o", tmp_path, "--minutes", 3, "--max-seconds", 1, "--periods", 1)
    told = json.loads(called(*common, "--seeds", 2, "--json").stdout)
    assert told == json.loads((tmp_path / "day_summary.json").read_text(encoding="utf-8"))
    plan = told["plans"]["1"]
    assert plan["demand_factor"] == 0.52  # (4 x 400 + 1000) / 5 / 1000
    sumo = plan["sumo_delay_s"]
    assert sumo["plan"] == sumo["peak_plan"] > 0
    assert sumo["field"] > 0
    assert sumo["verdict_against_peak_plan"] == "no relevant change"
    refused = called(*common, "--seeds", "1000,1", code=2).output
    assert "1000 is a training seed of the optimizer's seed 1" in refused


def test_bad_counts_end_with_2(counts: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("time,all\n7:00,x\n7:15,-1\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["day", str(EXAMPLE), str(bad), "-o", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert "line 2: all 'x' is no flow" in result.output
    assert "line 3: all '-1' is no flow" in result.output
    result = CliRunner().invoke(
        app, ["day", str(EXAMPLE), str(counts), "-o", str(tmp_path / "out"), "--periods", "9"]
    )
    assert result.exit_code == 2
    assert "5 slices are too few for 9 periods" in result.output
    assert not (tmp_path / "out").exists()

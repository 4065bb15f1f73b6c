"""The programme of a street without sites, in SUMO: what it leaves, and that it can be stopped and go on."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import trafficopt as to
from trafficopt.cli import app
from trafficopt.errors import InputError
from trafficopt.ledger import State
from trafficopt.ledger_file import read_ledger
from trafficopt.programme import work as programme_work
from trafficopt.programme.files import write_programme
from trafficopt.programme.records import ledger_of
from trafficopt.programme.run import run_programme
from trafficopt.scenario import Scenario
from trafficopt.sumo import run_store
from trafficopt.sumo.judge import simulate
from trafficopt.treatment import Family

LEFT = {"attribution.csv", "ledger.csv", "ledger.html", "plan.add.xml", "plan.json", "programme.json"}
LEFT |= {"report.html", "report.json.gz", "sites.csv", "trials.json"}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return to.read_scenario(to.example_path("main_street"), minutes=3)


@pytest.fixture(scope="module")
def whole(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an undisturbed programme."""
    out = tmp_path_factory.mktemp("whole")
    found = run_programme(scenario, out, seeds=(1, 2), max_seconds=3.0)
    write_programme(found, ledger_of(found), out)
    return out


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in sorted(LEFT)}


def test_it_leaves_plan_ledger_and_attribution(whole: Path) -> None:
    assert {path.name for path in whole.iterdir()} == LEFT | {"runs", "plans"}
    told = json.loads((whole / "programme.json").read_text(encoding="utf-8"))
    assert [row["family"] for row in told["families"]] == ["coordinate", "retime", "resequence"]
    in_order = sum(row["in_order_veh_h"]["mean"] for row in told["families"])
    assert told["lost_veh_h"]["change"]["mean"] == pytest.approx(in_order)
    assert told["sites"] == told["parking_spaces"] == {}


def test_every_matter_is_closed_by_a_run_that_is_there(whole: Path) -> None:
    ledger = read_ledger(whole / "ledger.csv")
    assert len(ledger.matters) == 5 + 1
    assert ledger.still_open == ()
    runs = {path.name.removesuffix(".json.gz") for path in (whole / "runs").iterdir()}
    for matter in ledger.matters:
        assert matter.state in (State.ADOPTED, State.REJECTED)
        assert matter.evidence.removeprefix("runs/") in runs


def test_each_run_of_the_table_is_kept(whole: Path) -> None:
    with (whole / "attribution.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["family"] for row in rows] == ["coordinate", "retime", "resequence", "together"]
    runs = {path.name.removesuffix(".json.gz") for path in (whole / "runs").iterdir()}
    assert {row["alone_run"] for row in rows} | {row["in_order_run"] for row in rows} - {""} <= runs


def test_a_second_start_runs_and_searches_nothing(
    scenario: Scenario, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(whole)

    def refused(*args: object, **options: object) -> None:
        raise AssertionError("nothing is left to run or to search")

    monkeypatch.setattr(run_store, "simulate", refused)
    monkeypatch.setattr(programme_work, "optimize", refused)
    found = run_programme(scenario, whole, seeds=(1, 2), max_seconds=3.0)
    write_programme(found, ledger_of(found), whole)
    assert contents(whole) == before


def test_who_is_stopped_goes_on(
    scenario: Scenario, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, calls = simulate, []

    def stopped(*args: object, **options: object) -> object:
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return original(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(run_store, "simulate", stopped)
    with pytest.raises(KeyboardInterrupt):
        run_programme(scenario, tmp_path, seeds=(1, 2), max_seconds=3.0, jobs=1)
    assert len(list((tmp_path / "runs").iterdir())) == 1
    calls.extend([()] * (9 - len(calls)))  # beyond the one that is stopped
    found = run_programme(scenario, tmp_path, seeds=(1, 2), max_seconds=3.0)
    write_programme(found, ledger_of(found), tmp_path)
    assert contents(tmp_path) == contents(whole)
    assert len(calls) - 9 == len(list((whole / "runs").iterdir())) - 1


def test_seeds_that_choose_may_not_judge(scenario: Scenario, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="1000 is a training seed"):
        run_programme(scenario, tmp_path, seeds=(1, 1000))


def test_parking_is_a_family_of_its_own_and_the_folder_may_be_relative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(to.example_path("main_street"), tmp_path / "street")
    with (tmp_path / "street" / "scenario.toml").open("a", encoding="utf-8") as file:
        file.write("\n[programme]\nparking_spaces = 400\n")
    monkeypatch.chdir(tmp_path)
    found = run_programme(to.read_scenario("street", minutes=2), "out", seeds=(1,), max_seconds=1.0)
    write_programme(found, ledger_of(found), Path("out"))
    effects, before, after = found.attribution.effects, found.attribution.before, found.attribution.together
    assert effects[0].family == Family.PARKING
    assert sum(district.spaces_added for district in found.parking) == 400
    gone = len(found.scenario.demand) - len(found.final.scenario.demand)
    assert gone > 0
    assert before.evaluation.mean("demanded") - after.evaluation.mean("demanded") == pytest.approx(gone)


def test_the_command_tells_families_and_ledger(tmp_path: Path) -> None:
    street, out = str(to.example_path("main_street")), tmp_path / "out"
    options = ["--programme", "--minutes", "2", "--seeds", "1", "--max-seconds", "1", "-o", str(out)]
    run = CliRunner().invoke(app, ["run", street, *options])
    assert run.exit_code == 0, run.output
    for family in (Family.COORDINATE, Family.RETIME, Family.RESEQUENCE, "together"):
        assert any(line.startswith(family) for line in run.stdout.splitlines())
    assert "Ledger: 6 of 6 matters closed" in run.stdout

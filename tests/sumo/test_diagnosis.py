"""`trafficopt diagnose` with SUMO and on the command line."""

from __future__ import annotations

import csv
import gzip
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import trafficopt as to
from trafficopt.cli import app
from trafficopt.diagnosis.diagnose import Diagnosis
from trafficopt.diagnosis_study import diagnose
from trafficopt.diagnosis_text import diagnosis_object, diagnosis_text

EXAMPLE = to.example_path("main_street")
SIGNALS = {"M1", "M2", "M3", "M4", "M5"}
FILES = {
    *("diagnosis.json", "delays.svg", "worklist.csv"),
    *("intersections.csv", "movements.csv", "links.csv", "arterials.csv"),
}


def called(*arguments: object, code: int = 0) -> Result:
    words = ["diagnose", *map(str, arguments)]
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(scope="module")
def problem() -> to.Problem:
    return to.build_problem(to.read_scenario(EXAMPLE))


@pytest.fixture(scope="module")
def with_sumo(problem: to.Problem) -> Diagnosis:
    return diagnose(problem, seeds=[1])


def test_sumo_tells_of_every_signal_link_and_arterial(with_sumo: Diagnosis) -> None:
    assert with_sumo.seeds == (1,)
    assert {point.figures.id for point in with_sumo.worklist} == SIGNALS
    assert all(point.figures.sumo_delay_s > 0 for point in with_sumo.worklist)
    assert all(way.sumo_travel_time_index > 1 for way in with_sumo.arterials)
    busy = [link for link in with_sumo.links if link.vehicles > 50]
    assert busy
    assert all(link.sumo_travel_time_index > 0.9 for link in busy)


def test_sumo_has_the_delay_that_simulate_tells(problem: to.Problem, with_sumo: Diagnosis) -> None:
    judged = to.simulate(problem, problem.field_plan, [1])
    assert with_sumo.sumo_mean_delay_s == pytest.approx(judged.mean("mean_delay_s"))


def test_the_queue_model_and_sumo_mean_the_same_delay(with_sumo: Diagnosis) -> None:
    for point in with_sumo.worklist:
        assert point.figures.delay_s == pytest.approx(point.figures.sumo_delay_s, rel=0.2)
    for way in with_sumo.arterials:
        assert way.travel_time_index == pytest.approx(way.sumo_travel_time_index, rel=0.2)


def test_sumo_changes_nothing_of_what_the_models_say(problem: to.Problem, with_sumo: Diagnosis) -> None:
    alone = diagnose(problem)
    assert [p.figures.id for p in alone.worklist] == [p.figures.id for p in with_sumo.worklist]
    assert [p.weaknesses for p in alone.worklist] == [p.weaknesses for p in with_sumo.worklist]
    assert alone.mean_delay_s == with_sumo.mean_delay_s


def test_the_command_tells_who_says_what_and_leaves_all_files(tmp_path: Path) -> None:
    out = tmp_path / "new"
    said = called(EXAMPLE, "-o", out, "--seeds", 1, "--minutes", 10).stdout
    assert {path.name for path in out.iterdir()} == FILES
    assert "by the queue model, " in said.splitlines()[0]
    assert "in SUMO (seeds 1)" in said.splitlines()[0]
    assert "SUMO's figures are those that name it." in said
    assert said.rstrip().endswith(f"Tables and map: {out}")
    with (out / "intersections.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["id"] for row in rows} == SIGNALS
    assert all(float(row["sumo_delay_s"]) > 0 for row in rows)


def test_json_is_what_the_file_has(tmp_path: Path) -> None:
    said = json.loads(called(EXAMPLE, "-o", tmp_path, "--minutes", 5, "--json").stdout)
    assert said == json.loads((tmp_path / "diagnosis.json").read_text(encoding="utf-8"))
    assert said["seeds"] == []
    assert said["sumo_mean_delay_s"] is None
    assert {point["id"] for point in said["worklist"]} == SIGNALS


def test_top_limits_the_text_alone() -> None:
    common = (EXAMPLE, "--minutes", 5, "--top", 2)
    said = called(*common).stdout
    assert "2. M" in said
    assert "3. M" not in said
    assert "3 more signals, which could save" in said
    assert len(json.loads(called(*common, "--json").stdout)["worklist"]) == 5


def test_another_plan_gives_another_diagnosis(tmp_path: Path) -> None:
    common = ("--minutes", 5)
    words = ["optimize", EXAMPLE, "-o", tmp_path, "--max-seconds", 2, *common]
    result = CliRunner().invoke(app, list(map(str, words)), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    plan = tmp_path / "plan.json"
    before = json.loads(called(EXAMPLE, *common, "--json").stdout)
    after = json.loads(called(EXAMPLE, "--plan", plan, *common, "--json").stdout)
    assert after["mean_delay_s"] < before["mean_delay_s"]


def test_an_actuated_signal_is_not_judged_and_said_to_be(tmp_path: Path) -> None:
    home = tmp_path / "scenario"
    shutil.copytree(EXAMPLE, home)
    net = home / "main_street.net.xml.gz"
    text = gzip.decompress(net.read_bytes()).decode()
    old = '<tlLogic id="M2" type="static"'
    assert old in text
    net.write_bytes(gzip.compress(text.replace(old, old.replace("static", "actuated")).encode()))
    said = called(home, "--minutes", 5).stdout
    assert said.startswith("field: 4 signals, ")
    assert "  M2: its program is of type actuated" in said
    assert "1. M2" not in said


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("--seeds", "few"), "'few' is no number above zero"),
        (("--seeds", "1,1"), "names a seed twice"),
        (("--plan", "nowhere.json"), "does not exist"),
    ],
)
def test_bad_arguments_end_in_one_message(arguments: tuple[str, str], fault: str) -> None:
    result = called(EXAMPLE, *arguments, code=2)
    assert fault in result.stderr
    assert result.stderr.count("Remedy: ") == 1
    assert not result.stdout


def test_a_folder_that_cannot_be_written_is_told_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    result = called(EXAMPLE, "-o", tmp_path / "taken", "--seeds", 5, code=2)
    assert str(tmp_path / "taken") in result.stderr
    assert result.stderr.count("Remedy: ") == 1


def test_a_scenario_that_is_none_is_told(tmp_path: Path) -> None:
    assert "does not exist" in called(tmp_path / "nowhere", code=2).stderr


def test_every_kind_of_junction_is_diagnosed(stress_config: Path) -> None:
    problem = to.build_problem(to.read_scenario(stress_config))
    found = diagnose(problem)
    assert len(found.worklist) + len(found.untimed) == len(problem.network.intersections)
    assert "nan" not in diagnosis_text(found)
    json.dumps(diagnosis_object(found), allow_nan=False)
    for point in found.worklist:
        names = [m.name for m in point.figures.movements]
        assert len(set(names)) == len(names)
        assert 0.0 <= point.figures.gain_veh_h <= point.figures.delay_veh_h
        for m in point.figures.movements:
            assert 0.0 <= m.first_pass_share <= 1.0
            assert 0.0 <= m.split_failure_share <= 1.0
            assert 0.0 <= m.green_share <= 1.0
            assert 0.0 < m.green_s <= point.figures.cycle_s

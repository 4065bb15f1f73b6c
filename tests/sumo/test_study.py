"""The whole chain on the example map, with real SUMO."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

import trafficopt as to
from trafficopt import study
from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.outputs import free_program_id, write_plan
from trafficopt.study import conclude
from trafficopt.sumo.plan_programs import with_programs

FILES = {
    *("plan.json", "plan.add.xml", "report.html", "report.json.gz"),
    *("summary.json", "evaluation.csv", "manifest.json"),
    "findings.json",
}
KEYS = {"mean_delay_s", "mean_stops", "demanded", "unfinished", "undeparted", "teleports"}


@pytest.fixture(scope="module")
def scenario() -> to.Scenario:
    return to.read_scenario(to.example_path("main_street"))


@pytest.fixture(scope="module")
def out(scenario: to.Scenario, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    to.run_study(scenario, folder, seeds=(1, 2, 3), max_seconds=20)
    return folder


def test_study_leaves_its_files_and_nothing_else(out: Path) -> None:
    assert {path.name for path in out.iterdir()} == FILES


def test_summary_says_what_the_design_says(out: Path) -> None:
    found = json.loads((out / "summary.json").read_text())
    assert found["scenario"] == "main_street"
    assert found["status"] == "improved"
    assert found["signals"] == found["retimed"] == 5
    assert KEYS <= set(found["before"]) == set(found["after"])
    change = found["change"]["mean_delay_s"]
    assert change["mean"] == pytest.approx(
        found["after"]["mean_delay_s"] - found["before"]["mean_delay_s"], abs=1e-3
    )
    assert change["ci95"][1] < 0
    assert change["verdict"] == "better"
    assert found["seeds"] == [1, 2, 3]


def test_evaluation_has_a_row_per_plan_and_seed(out: Path) -> None:
    with (out / "evaluation.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["plan"], row["seed"]) for row in rows] == [
        (plan, seed) for plan in ("before", "after") for seed in "123"
    ]
    assert all(
        int(row["demanded"]) == sum(int(row[k]) for k in ("completed", "unfinished", "undeparted"))
        for row in rows
    )


def test_manifest_names_inputs_by_hash_and_no_path_of_the_machine(out: Path) -> None:
    text = (out / "manifest.json").read_text()
    assert json.loads(text)["optimizer"]["stages"] == "protected"
    found = json.loads(text)
    assert found["seeds"] == [1, 2, 3]
    assert {"trafficopt", "sumo", "python"} <= set(found["versions"])
    assert all(len(digest) == 64 for digest in found["inputs_sha256"].values())
    assert str(Path.home()) not in text
    assert str(out) not in text


def test_plan_that_was_left_gives_the_figures_of_the_summary(scenario: to.Scenario, out: Path) -> None:
    after = json.loads((out / "summary.json").read_text())["after"]
    problem = to.build_problem(scenario)
    bound = to.read_plan(out / "plan.json", scenario.network)
    assert bound.differences == ()
    by_json = to.simulate(problem, bound.plan, seeds=(1, 2, 3))
    assert round(by_json.mean("mean_delay_s"), 4) == after["mean_delay_s"]
    loaded = to.build_problem(with_programs(out / "plan.add.xml", scenario))
    assert loaded.field_plan.timings == bound.plan.timings
    by_file = to.simulate(loaded, loaded.field_plan, seeds=(1, 2, 3))
    assert by_file.runs == by_json.runs


def test_program_id_is_new_to_the_network(scenario: to.Scenario, out: Path, tmp_path: Path) -> None:
    home = tmp_path / "scenario"
    shutil.copytree(to.example_path("main_street"), home)
    config = home / "main_street.sumocfg"
    given = config.read_text(encoding="utf-8").replace(
        "<route-files", f'<additional-files value="{out}/plan.add.xml"/><route-files'
    )
    config.write_text(given, encoding="utf-8")
    loaded = to.read_scenario(home)
    assert free_program_id(scenario) == "trafficopt"
    assert free_program_id(loaded) == "trafficopt-2"
    (tmp_path / "out").mkdir()
    write_plan(loaded, loaded.field_plan, tmp_path / "out")
    assert 'programID="trafficopt-2"' in (tmp_path / "out" / "plan.add.xml").read_text()


def run(plan: str, *delays: float) -> Evaluation:
    rows = (
        SeedResult(k + 1, 100, 100, 0, 0, delay, 1.0, 0.0, 0.0, 0, 0, 0) for k, delay in enumerate(delays)
    )
    return Evaluation(plan, tuple(rows))


@pytest.mark.parametrize(
    ("after", "status"),
    [
        ((40.0, 41.0, 40.5), to.Status.IMPROVED),
        ((60.0, 61.0, 60.5), to.Status.UNCHANGED),
        ((20.0, 80.0, 49.0), to.Status.UNCHANGED),
    ],
    ids=["better", "worse", "within noise"],
)
def test_field_plan_is_kept_unless_the_new_one_is_better_beyond_noise(
    scenario: to.Scenario, after: tuple[float, ...], status: to.Status
) -> None:
    new = to.TimingPlan("optimized", scenario.field_plan.timings)
    result = to.Result(new, to.Status.IMPROVED, "A plan was found.", 50.0, 40.0, (), 1, 1.0)
    found = conclude(scenario, result, run("field", 50.0, 51.0, 50.5), run("optimized", *after), {})
    assert found.status is status
    kept = status is to.Status.UNCHANGED
    assert (found.plan is scenario.field_plan) == kept
    assert (found.rejected is not None) == kept
    assert found.comparison.after.plan == ("field" if kept else "optimized")
    assert found.retimed == frozenset()


def test_retimed_are_the_signals_whose_timing_changed(scenario: to.Scenario) -> None:
    timings = dict(scenario.field_plan.timings)
    old = timings["M2"]
    timings["M2"] = to.SignalTiming(old.stages, old.greens_s, old.cycle_s, (old.offset_s + 1) % old.cycle_s)
    result = to.Result(to.TimingPlan("new", timings), to.Status.IMPROVED, "Found.", 50.0, 40.0, (), 1, 1.0)
    found = conclude(scenario, result, run("field", 50.0, 51.0), run("new", 40.0, 41.0), {})
    assert found.retimed == {"M2"}


def test_one_seed_proves_nothing(scenario: to.Scenario) -> None:
    result = to.Result(scenario.field_plan, to.Status.IMPROVED, "A plan was found.", 50.0, 40.0, (), 1, 1.0)
    found = conclude(scenario, result, run("field", 50.0), run("optimized", 10.0), {})
    assert found.status is to.Status.UNCHANGED
    assert found.rejected is not None
    assert found.rejected["mean_delay_s"].verdict is to.Verdict.UNKNOWN


def test_plan_is_not_lost_when_the_judging_is_stopped(
    scenario: to.Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> Evaluation:
        raise KeyboardInterrupt

    monkeypatch.setattr(study, "simulate", stopped)
    with (
        pytest.warns(to.TrafficoptWarning, match=r"plan\.json; it was not judged"),
        pytest.raises(KeyboardInterrupt),
    ):
        to.run_study(scenario, tmp_path, seeds=(1, 2), max_seconds=5)
    assert {path.name for path in tmp_path.iterdir()} == {"plan.json", "plan.add.xml"}


def test_other_stage_policies_are_judged_with_the_same_seeds(scenario: to.Scenario, tmp_path: Path) -> None:
    found = to.run_study(scenario, tmp_path, seeds=(1, 2), max_seconds=3, compare_stages=True)
    assert [other.stages for other in found.alternatives] == ["shipped", "warranted"]
    for other in found.alternatives:
        assert other.comparison.before is found.comparison.before
        assert other.comparison.after.seeds == (1, 2)
    shipped, warranted = found.alternatives
    assert shipped.n_unprotected == 0 < warranted.n_unprotected
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert set(summary["other_stages"]) == {"shipped", "warranted"}
    assert summary["other_stages"]["warranted"]["unprotected"] == warranted.n_unprotected


def test_stopping_the_comparison_of_policies_loses_nothing(
    scenario: to.Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(study, "_alternative", stopped)
    with pytest.raises(KeyboardInterrupt):
        to.run_study(scenario, tmp_path, seeds=(1,), max_seconds=1, compare_stages=True)
    assert {path.name for path in tmp_path.iterdir()} == FILES


def test_training_seeds_do_not_judge(scenario: to.Scenario, tmp_path: Path) -> None:
    with pytest.raises(to.InputError, match="1003 is a training seed"):
        to.run_study(scenario, tmp_path / "out", seeds=(1, 1003), seed=1)
    assert not (tmp_path / "out").exists()


def test_folder_that_cannot_be_written_is_named(scenario: to.Scenario, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(to.InputError, match="file"):
        to.run_study(scenario, tmp_path / "file" / "out", seeds=(1, 2))

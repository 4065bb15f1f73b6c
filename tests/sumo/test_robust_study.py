"""Plans for several demands, with real SUMO: the search, the study, the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import trafficopt as to
from trafficopt.cli import app

EXAMPLE = to.example_path("main_street")
MINUTES = 4


def called(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(scope="module")
def problem() -> to.Problem:
    return to.build_problem(to.read_scenario(EXAMPLE, minutes=MINUTES))


def test_order_and_threads_do_not_matter_and_repeating_gives_the_same(problem: to.Problem) -> None:
    options = {"max_seconds": 8.0, "max_evaluations": 400, "repeatable": True}
    first = to.optimize(problem, demands=(0.8, 1.2), **options)
    second = to.optimize(problem, demands=(1.2, 0.8), jobs=1, **options)
    assert first.status is to.Status.IMPROVED
    assert (first.plan.timings, first.samples) == (second.plan.timings, second.samples)
    assert first.message == second.message
    assert "Simulation compared" in first.message


def test_one_demand_is_a_plan_for_that_alone(problem: to.Problem) -> None:
    options = {"max_seconds": 5.0, "max_evaluations": 400, "repeatable": True}
    usual, same = (to.optimize(problem, demands=d, **options) for d in (None, (1.0,)))
    assert (usual.plan.timings, usual.message) == (same.plan.timings, same.message)
    heavy = to.optimize(problem, demands=to.DemandSamples((1.3,)), **options)
    assert heavy.objective_before > usual.objective_before


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("robust")
    common = ("run", EXAMPLE, "-o", folder, "--minutes", MINUTES, "--seeds", 3, "--max-seconds", 4)
    said = called(*common, "--demands", "1.2,1,0.8", "--risk", "cvar", "--regret").stdout
    return folder, said


def test_run_leaves_figures_for_each_demand_and_plan(out: tuple[Path, str]) -> None:
    summary = json.loads((out[0] / "summary.json").read_text())
    found = summary["demands"]
    assert found["risk"] == "cvar:0.5"
    assert [sample["demand"] for sample in found["samples"]] == ["x0.8", "x1", "x1.2"]
    vehicles = [sample["vehicles"] for sample in found["samples"]]
    assert vehicles == sorted(vehicles)
    for sample in found["samples"]:
        plans = sample["plans"]
        assert set(plans) == {"field", "new", "nominal", "own"}
        assert {plan["demanded"] for plan in plans.values()} == {sample["vehicles"]}
        least = min(plan["sumo_s"] for plan in plans.values())
        for name, regret in sample["regret"].items():
            assert regret["mean"] == pytest.approx(plans[name]["sumo_s"] - least, abs=1e-3)
    usual = found["samples"][1]["plans"]
    assert usual["own"] == usual["nominal"]
    tested = summary.get("rejected", summary)
    assert usual["new"]["mean_delay_s"] == tested["after"]["mean_delay_s"]
    assert usual["field"]["mean_delay_s"] == summary["before"]["mean_delay_s"]
    change = found["change"]
    assert (summary["status"] == "improved") == (change["verdict"] == "better" and not found["fails_under"])
    assert json.loads((out[0] / "manifest.json").read_text())["demands"]["risk"] == "cvar:0.5"


def test_run_tells_and_reports_them(out: tuple[Path, str]) -> None:
    folder, said = out
    assert "one plan for the demands x0.8, x1, x1.2: the mean over the worst 50 % of them" in said
    assert "worst regret" in said
    assert 'id="demands"' in (folder / "report.html").read_text(encoding="utf-8")
    lines = (folder / "demands.csv").read_text().splitlines()
    assert len(lines) == 1 + 3 * 4 * 3


def test_optimize_tells_what_the_model_says(tmp_path: Path) -> None:
    common = ("optimize", EXAMPLE, "-o", tmp_path, "--minutes", 3, "--max-seconds", 2)
    said = called(*common, "--demands", "0.9,1.1").stdout
    assert "  under x0.9 " in said and "  under x1.1 " in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.add.xml", "plan.json"]


@pytest.mark.parametrize(
    ("demands", "fault"),
    [
        ("0", "the factor 0 is not above zero"),
        ("-1,1", "the factor -1 is not above zero"),
        ("nan", "the factor nan is not above zero"),
        ("1,1.0", "x1 comes 2 times"),
        ("", "'' is no number and no file"),
        ("0.8;1", "'0.8;1' is no number and no file"),
    ],
)
def test_bad_demands_end_with_2(tmp_path: Path, demands: str, fault: str) -> None:
    said = called("run", EXAMPLE, "-o", tmp_path / "out", "--demands", demands, code=2).stderr
    assert fault in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "options",
    [
        ("--risk", "cvar"),
        ("--regret",),
        ("--demands", "0.8,1", "--compare-stages"),
        ("--demands", "0.8,1", "--programme"),
        ("--demands", "0.8,1", "--risk", "worst"),
        ("--demands", "0.8,1", "--risk", "cvar:2"),
    ],
)
def test_options_that_do_not_go_together_end_with_2(tmp_path: Path, options: tuple[str, ...]) -> None:
    said = called("run", EXAMPLE, "-o", tmp_path / "out", *options, code=2).stderr
    assert "Remedy: " in said
    assert not (tmp_path / "out").exists()


def test_a_scenario_of_another_network_is_refused(tmp_path: Path) -> None:
    net = next(EXAMPLE.glob("*.net.xml.gz")) if EXAMPLE.is_dir() else None
    assert net is not None
    other = Path(__file__).resolve().parents[2] / "scenarios" / "cangzhou"
    demands = f"1,{other}"
    said = called("run", EXAMPLE, "-o", tmp_path, "--minutes", 1, "--demands", demands, code=2).stderr
    assert "is of another network" in said

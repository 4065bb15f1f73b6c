"""A batch as a whole: what it leaves, and that its figures are those of the other commands."""

from __future__ import annotations

import csv
import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import trafficopt as to
from tests.sumo.batch_runs import write_matrix
from trafficopt.batch import dask_executor
from trafficopt.batch.digests import code_digest
from trafficopt.batch.matrix import read_matrix
from trafficopt.batch.run import run_batch
from trafficopt.cli import app
from trafficopt.errors import InputError
from trafficopt.evaluation import COUNTS, EXTRAS, MEANS
from trafficopt.sumo.plan_programs import with_programs
from trafficopt.sumo.scaled_trips import with_scaled_trips
from trafficopt.sumo.xml import opened

SEEDS = (4, 2)


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan as both kinds of file, with one signal shifted."""
    from trafficopt.outputs import write_plan

    folder = tmp_path_factory.mktemp("plans")
    scenario = to.read_scenario(to.example_path("main_street"), minutes=2)
    timings = dict(scenario.field_plan.timings)
    old = timings["M2"]
    timings["M2"] = to.SignalTiming(
        old.stages, old.greens_s, old.cycle_s, (old.offset_s + 20.0) % old.cycle_s
    )
    write_plan(scenario, to.TimingPlan("shifted", timings), folder)
    return folder


@pytest.fixture(scope="module")
def matrix(plans: Path) -> Path:
    methods = ("shipped", "plan:plan.json", "plan:plan.add.xml")
    more = 'keep = ["plans", "links", "trips"]\narterials = true'
    return write_matrix(plans, methods=methods, demand=(1.0, 1.2), seeds=SEEDS, more=more)


@pytest.fixture(scope="module")
def out(matrix: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    result = CliRunner().invoke(app, ["batch", str(matrix), "-o", str(folder)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert "main_street, plan:plan.json" in result.stdout
    assert "runs are invalid: summary.html says why" in result.stdout
    assert str(folder / "results.csv") in result.stdout
    return folder


def rows(out: Path) -> Iterator[dict[str, str]]:
    with (out / "results.csv").open(newline="") as stream:
        yield from csv.DictReader(stream)


def test_rows_have_all_figures_in_order(out: Path) -> None:
    found = list(rows(out))
    assert list(found[0]) == [
        *("scenario", "method", "demand", "seed", *MEANS, *EXTRAS, *COUNTS, "verdict", "status"),
    ]
    assert [(row["method"], row["demand"], row["seed"]) for row in found] == [
        (method, demand, str(seed))
        for method in ("shipped", "plan:plan.json", "plan:plan.add.xml")
        for demand in ("1.0", "1.2")
        for seed in SEEDS
    ]


@pytest.mark.parametrize("demand", [1.0, 1.2])
@pytest.mark.parametrize("method", ["shipped", "plan:plan.json", "plan:plan.add.xml"])
def test_figures_are_those_of_simulate(
    out: Path, plans: Path, tmp_path: Path, method: str, demand: float
) -> None:
    scenario = to.read_scenario(to.example_path("main_street"), minutes=2)
    if demand != 1.0:
        scenario = with_scaled_trips(scenario, demand, tmp_path)
    if method.endswith(".xml"):
        scenario = with_programs(plans / "plan.add.xml", scenario)
    problem = to.build_problem(scenario)
    plan = problem.field_plan
    if method.endswith(".json"):
        plan = to.read_plan(plans / "plan.json", scenario.network).plan
    expected = to.simulate(problem, plan, SEEDS, arterials=True)
    found = [row for row in rows(out) if (row["method"], float(row["demand"])) == (method, demand)]
    for row, run in zip(found, expected.runs, strict=True):
        shown = to.Evaluation("", (run,)).totals()
        assert {key: float(value) for key, value in row.items() if key in shown} == pytest.approx(shown)
        assert row["verdict"] == str(run.verdict)


def test_both_files_of_a_plan_give_the_same_figures(out: Path) -> None:
    def figures(method: str) -> list[list[str]]:
        return [list(row.values())[2:] for row in rows(out) if row["method"] == method]

    assert figures("plan:plan.json") == figures("plan:plan.add.xml") != figures("shipped")


def test_outputs_are_kept_and_nothing_else(out: Path) -> None:
    assert sorted(path.name for path in out.iterdir()) == [
        *(".lock", "done", "inputs", "outputs", "plans"),
        *("results.csv", "results.parquet", "runs.csv", "summary.html", "summary.json"),
    ]
    with (out / "runs.csv").open(newline="") as stream:
        keys = [row["run"] for row in csv.DictReader(stream)]
    assert sorted(path.name for path in (out / "outputs").iterdir()) == sorted(set(keys))
    kept = out / "outputs" / keys[0]
    assert sorted(path.name for path in kept.iterdir()) == ["links.csv", "tripinfo.xml.gz"]
    with opened(kept / "tripinfo.xml.gz") as stream:
        text = stream.read()
    demanded = next(rows(out))["demanded"]
    assert text.count(b"<tripinfo ") == int(demanded)
    assert str(out).encode() not in text
    assert (kept / "links.csv").read_text().startswith("link,delay_veh_s,vehicles\n")
    assert {path.name for path in (out / "plans").iterdir()} == {
        f"main_street-plan_plan.json-{demand}.{ending}"
        for demand in ("1", "1.2")
        for ending in ("add.xml", "json")
    }


def test_the_summary_says_what_was_run(out: Path) -> None:
    summary = json.loads((out / "summary.json").read_text())
    assert (summary["runs"], summary["ok"], summary["failed"]) == (12, 12, 0)
    assert summary["versions"]["code"] == code_digest()
    assert [cell["plan"]["status"] for cell in summary["cells"]] == ["shipped"] * 2 + ["given"] * 4
    assert "<svg" in (out / "summary.html").read_text()


def test_json_is_the_summary(matrix: Path, out: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in out.glob("done/*/*.json")}
    words = ["batch", str(matrix), "-o", str(out), "--json", "-j", "1"]
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert json.loads(result.stdout) == json.loads((out / "summary.json").read_text())
    assert {path: path.stat().st_mtime_ns for path in out.glob("done/*/*.json")} == before


def test_a_scenario_that_is_broken_stops_no_other(plans: Path, tmp_path: Path) -> None:
    (tmp_path / "n.net.xml").write_text("<net/>")
    (tmp_path / "r.rou.xml").write_text("<routes/>")
    (tmp_path / "bad.sumocfg").write_text(
        '<configuration><net-file value="n.net.xml"/><route-files value="r.rou.xml"/></configuration>'
    )
    path = write_matrix(tmp_path, methods=("shipped", "optimize"), seeds=(1,))
    path.write_text(path.read_text().replace('scenarios = ["', 'scenarios = ["bad.sumocfg", "'))
    path.write_text(path.read_text().replace('"optimize"', f'"plan:{plans}/plan.json"'))
    result = CliRunner().invoke(
        app, ["batch", str(path), "-o", str(tmp_path / "out")], catch_exceptions=False
    )
    assert result.exit_code == 1
    assert "2 of 4 runs failed" in result.stderr
    failures = json.loads((tmp_path / "out" / "summary.json").read_text())["failures"]
    assert {failure["scenario"] for failure in failures} == {"bad"}
    assert all(failure["message"].startswith("bad.sumocfg: its files name no") for failure in failures)


def test_an_unsafe_plan_is_not_run(plans: Path, tmp_path: Path) -> None:
    data = json.loads((plans / "plan.json").read_text())
    data["signals"]["M1"]["stages"][0]["intergreen"] = []
    data["signals"]["M1"]["cycle_s"] = sum(
        stage["green_s"] + sum(row["duration_s"] for row in stage["intergreen"])
        for stage in data["signals"]["M1"]["stages"]
    )
    (tmp_path / "unsafe.json").write_text(json.dumps(data))
    path = write_matrix(tmp_path, methods=("plan:unsafe.json",), seeds=(1,))
    found = run_batch(path, tmp_path / "out", jobs=1)
    assert (found.n_ok, found.n_failed) == (0, 1)
    assert "must not be switched on" in found.summary["failures"][0]["message"]


def test_what_a_scenario_says_meanwhile_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files are copied first: an edit counts from the next start on. Nor does the folder matter."""
    (tmp_path / "elsewhere" / "trafficopt").mkdir(parents=True)
    (tmp_path / "elsewhere" / "trafficopt" / "__init__.py").write_text("raise ImportError")
    monkeypatch.chdir(tmp_path / "elsewhere")
    home = to.example_path("main_street")
    for path in home.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    matrix = write_matrix(tmp_path, seeds=(1, 2))
    matrix.write_text(matrix.read_text().replace(str(home), "scenario.toml"))
    config = tmp_path / "main_street.sumocfg"

    def edit(what: str, share: float) -> None:
        if share > 0:
            config.write_text(config.read_text().replace('teleport value="-1"', 'teleport value="10"'))

    first = run_batch(matrix, tmp_path / "out", jobs=1, on_progress=edit)
    again = run_batch(matrix, tmp_path / "out", jobs=1)
    undisturbed = write_matrix(tmp_path, seeds=(1, 2))
    assert first.table == run_batch(undisturbed, tmp_path / "other", jobs=2).table
    assert len(list((tmp_path / "out").glob("done/*/*.json"))) == 4
    assert again.table["mean_delay_s"] is not None


def test_extras_that_are_missing_are_told(
    matrix: Path, out: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    run_batch(matrix, out)
    assert "pyarrow" not in caplog.text  # nobody asked
    matrix.write_text(f"{matrix.read_text()}\nparquet = true\n")
    run_batch(matrix, out)
    assert "results.parquet is left out: pyarrow is not installed" in caplog.text
    monkeypatch.setitem(sys.modules, dask_executor.__name__, None)
    matrix.write_text(matrix.read_text().replace("seeds = [4, 2]", "seeds = [4, 2, 3]"))
    with pytest.raises(InputError, match=r"pip install 'trafficopt\[cluster\]'"):
        run_batch(matrix, out, scheduler="local")


def test_bad_arguments_are_told(matrix: Path, tmp_path: Path) -> None:
    found = read_matrix(matrix)
    with pytest.raises(InputError, match="jobs"):
        run_batch(found, tmp_path, jobs=0)
    with pytest.raises(InputError, match="comma"):
        run_batch(found, tmp_path / "a,b")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="name a folder"):
        run_batch(found, tmp_path / "file")


def test_gzip_of_kept_trips_tells_no_time(out: Path) -> None:
    header = next((out / "outputs").glob("*/tripinfo.xml.gz")).read_bytes()[:10]
    assert header[4:8] == bytes(4)
    assert gzip.decompress(next((out / "outputs").glob("*/tripinfo.xml.gz")).read_bytes()).startswith(
        b"<?xml"
    )

"""The course of a batch: every task once, nothing twice, and no end before all is told."""

from __future__ import annotations

import errno
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from trafficopt.batch.course import Course
from trafficopt.batch.inputs import InputFolder
from trafficopt.batch.logs import Logs
from trafficopt.batch.matrix import Matrix, read_matrix
from trafficopt.batch.rows import RunStatus
from trafficopt.batch.store import Store
from trafficopt.batch.summary import cell_figures, failed_runs, summary_object
from trafficopt.batch.table import FIGURES, results_csv, results_parquet, runs_csv
from trafficopt.batch.tasks import FIELD, Ending, Outcome, PlanTask, RunTask, Task
from trafficopt.errors import InputError, TrafficoptError

CONFIG = '<configuration><net-file value="a.net.xml"/><route-files value="a.rou.xml"/></configuration>'
VERSIONS = {"trafficopt": "1", "code": "c", "sumo": "1.28.0", "numpy": "2"}
FIGURES_OF_A_RUN = {
    "seed": 0,
    "demanded": 100,
    "completed": 90,
    "unfinished": 10,
    "undeparted": 0,
    "mean_delay_s": 50.0,
    "mean_stops": 1.0,
    "mean_waiting_s": 20.0,
    "mean_depart_delay_s": 0.5,
    "teleports": 0,
    "collisions": 0,
    "emergency_stops": 0,
}


class Hand:
    """An executor that does one task after the other, as `answer` says."""

    workers = 1

    def __init__(self, answer: Callable[[Task], Outcome]) -> None:
        self.answer = answer
        self.tasks: list[Task] = []
        self.open: list[Task] = []
        self.closed = False

    @property
    def room(self) -> int:
        return 3 - len(self.open)

    def submit(self, task: Task) -> None:
        self.tasks.append(task)
        self.open.append(task)

    def next_outcome(self, wait_s: float) -> Outcome | None:
        return self.answer(self.open.pop()) if self.open else None

    def close(self) -> None:
        self.closed = True


def well(task: Task) -> Outcome:
    """A search finds a plan that depends on the demand; delay falls with it, and differs by seed."""
    if isinstance(task, PlanTask):
        rows = FIELD if task.stages == "shipped" else f"rows {task.stages} {task.state.demand}"
        entry = {"rows": rows, "status": "improved", "message": "", "plan": rows, "additional": ""}
        return Outcome(task.key, Ending.DONE, entry, busy_s=3.0)
    delay = 50.0 + task.seed - (10.0 if task.plan else 0.0)
    figures = {**FIGURES_OF_A_RUN, "seed": task.seed, "mean_delay_s": delay}
    return Outcome(task.key, Ending.DONE, {"figures": figures}, busy_s=1.0)


@pytest.fixture
def matrix(tmp_path: Path) -> Matrix:
    for name in ("a", "b"):
        (tmp_path / f"{name}.sumocfg").write_text(CONFIG.replace("a.rou", f"{name}.rou"))
        (tmp_path / f"{name}.rou.xml").write_text(f"<routes><!-- {name} --></routes>")
    (tmp_path / "a.net.xml").write_text("<net/>")
    (tmp_path / "m.toml").write_text(
        'scenarios = ["a.sumocfg", "b.sumocfg"]\nmethods = ["shipped", "optimize"]\n'
        "demand = [0.9, 1.0]\nseeds = [3, 1]\n"
    )
    return read_matrix(tmp_path / "m.toml")


def course(matrix: Matrix, out: Path) -> Course:
    inputs = InputFolder(out / "inputs")
    bundles = [inputs.pack(files) for files in matrix.scenarios]
    found = Course(matrix, bundles, VERSIONS, Store(out / "done", out / "outputs"), Logs(out / "logs"))
    found.look_up(lambda what, share: None)
    return found


def gone_through(matrix: Matrix, out: Path, answer: Callable[[Task], Outcome] = well) -> tuple[Course, Hand]:
    hand, going = Hand(answer), course(matrix, out)
    going.go(lambda: hand, lambda what, share: None)
    return going, hand


def test_rows_are_in_the_order_of_the_matrix(matrix: Matrix, tmp_path: Path) -> None:
    found, hand = gone_through(matrix, tmp_path)
    assert [(r.cell.label, r.cell.method.text, r.cell.demand, r.seed) for r in found.rows] == [
        (label, method, demand, seed)
        for label in ("a", "b")
        for method in ("shipped", "optimize")
        for demand in (0.9, 1.0)
        for seed in (3, 1)
    ]
    assert {row.status for row in found.rows} == {RunStatus.OK}
    assert hand.closed
    assert Counter(task.key for task in hand.tasks).most_common(1)[0][1] == 1
    assert len(hand.tasks) == 16 + 4


def test_what_is_done_is_not_done_again(matrix: Matrix, tmp_path: Path) -> None:
    first, _ = gone_through(matrix, tmp_path)
    again = course(matrix, tmp_path)
    again.go(lambda: pytest.fail("nothing is to do"), lambda what, share: None)
    assert results_csv(again.rows) == results_csv(first.rows)


@pytest.mark.parametrize(
    ("change", "n_plans", "n_runs"),
    [
        ({"seeds": (3, 1, 2)}, 0, 8),
        ({"demand": (0.8, 0.9, 1.0)}, 2, 8),
        ({"max_seconds": 90.0}, 4, 0),  # the same rows are found
        ({"teleport_s": -1.0}, 4, 16),
        ({"warm_up_minutes": 1.0}, 0, 16),
        ({"emissions": True}, 0, 16),
        ({"arterials": True}, 0, 16),
        ({"time_limit_s": 10.0}, 0, 0),
        ({"profile": "us"}, 4, 0),
    ],
)
def test_a_matrix_that_changes_makes_what_is_new(
    matrix: Matrix, tmp_path: Path, change: dict[str, object], n_plans: int, n_runs: int
) -> None:
    gone_through(matrix, tmp_path)
    _, hand = gone_through(replace(matrix, **change), tmp_path)  # type: ignore[arg-type]
    kinds = Counter(type(task) for task in hand.tasks)
    assert (kinds[PlanTask], kinds[RunTask]) == (n_plans, n_runs)


def test_a_search_that_keeps_the_field_plan_runs_nothing_twice(matrix: Matrix, tmp_path: Path) -> None:
    text = matrix.source.read_text().replace('"optimize"', '"optimize:shipped"')
    matrix.source.write_text(text)
    found, hand = gone_through(read_matrix(matrix.source), tmp_path)
    assert sum(isinstance(task, RunTask) for task in hand.tasks) == 8
    assert {row.status for row in found.rows} == {RunStatus.OK}


def test_failures_are_kept_apart_and_tried_again(matrix: Matrix, tmp_path: Path) -> None:
    def ill(task: Task) -> Outcome:
        if isinstance(task, PlanTask) and task.state.demand == 0.9:
            return Outcome(task.key, Ending.FAILED, message="no plan", log="why")
        if isinstance(task, RunTask) and not task.plan and task.seed == 1:
            return Outcome(task.key, Ending.FAILED, message="crashed", log="all of it")
        return well(task)

    found, _ = gone_through(matrix, tmp_path, ill)
    failed = [row for row in found.rows if row.status is RunStatus.FAILED]
    assert Counter(row.message for row in failed) == {"no plan": 4, "crashed": 4}
    for row in failed:
        assert (tmp_path / row.log).read_text().startswith(row.message)
    rows = results_csv(found.rows).splitlines()
    assert rows[2] == "a,shipped,0.9,1," + "," * len(FIGURES) + ",failed"
    assert rows[1].startswith("a,shipped,0.9,3,53.0,1.0,")
    again, hand = gone_through(matrix, tmp_path)
    assert len(hand.tasks) == 4 + 2 + 4
    assert {row.status for row in again.rows} == {RunStatus.OK}
    again.logs.forget_others()
    assert not list((tmp_path / "logs").iterdir())


def test_a_task_that_kills_workers_is_given_up(matrix: Matrix, tmp_path: Path) -> None:
    def deadly(task: Task) -> Outcome:
        if isinstance(task, RunTask) and task.seed == 1 and not task.plan:
            return Outcome(task.key, Ending.LOST, message="the worker was killed by signal 9")
        return well(task)

    found, hand = gone_through(matrix, tmp_path, deadly)
    assert sum(row.status is RunStatus.FAILED for row in found.rows) == 4
    assert Counter(Counter(task.key for task in hand.tasks).values()) == {1: 16, 3: 4}


@pytest.mark.parametrize(
    ("outcome", "error", "said"),
    [
        (Outcome("", Ending.MISFIT, message="sumo 1.27.0 here"), InputError, "other versions: sumo 1.27.0"),
        (Outcome("", Ending.FULL, message="/tmp"), TrafficoptError, "disk is full: /tmp"),
    ],
)
def test_what_no_other_run_survives_stops_the_batch(
    matrix: Matrix, tmp_path: Path, outcome: Outcome, error: type[Exception], said: str
) -> None:
    going, hand = course(matrix, tmp_path), Hand(lambda task: replace(outcome, key=task.key))
    with pytest.raises(error, match=said):
        going.go(lambda: hand, lambda what, share: None)
    assert hand.closed


def test_a_disk_that_is_full_here_stops_the_batch_and_loses_nothing(
    matrix: Matrix, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    going, hand, put = course(matrix, tmp_path), Hand(well), Store.put

    def full(store: Store, outcome: Outcome) -> None:
        if len(list(store.folder.glob("*/*"))) == 7:
            raise OSError(errno.ENOSPC, "No space left on device")
        put(store, outcome)

    monkeypatch.setattr(Store, "put", full)
    with pytest.raises(OSError, match="No space"):
        going.go(lambda: hand, lambda what, share: None)
    monkeypatch.undo()
    _, hand = gone_through(matrix, tmp_path)
    assert len(hand.tasks) == 20 - 7


def test_progress_tells_how_much_time_is_left(matrix: Matrix, tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    course(matrix, tmp_path).go(lambda: Hand(well), lambda what, share: told.append((what, share)))
    assert told[-1] == ("16 of 16 runs, 0:00 left", 1.0)
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert any(what.startswith("8 of 16 runs, 0:") for what, _ in told)


def test_the_summary_pairs_by_seed_against_the_field_plan(matrix: Matrix, tmp_path: Path) -> None:
    found, _ = gone_through(matrix, tmp_path)
    cells = cell_figures(found.cells, found.rows, found.plans)
    summary = json.loads(json.dumps(summary_object(matrix, cells, failed_runs(found.rows), VERSIONS)))
    assert (summary["runs"], summary["ok"], summary["failed"], summary["open"]) == (16, 16, 0, 0)
    shipped, searched = summary["cells"][0], summary["cells"][2]
    assert shipped["change"] is None
    assert searched["change"]["mean_delay_s"]["mean"] == -10.0
    assert searched["change"]["mean_delay_s"]["verdict"] == "better"
    assert shipped["figures"]["mean_delay_s"] == 52.0
    low, high = shipped["mean_delay_ci95"]
    assert (low + high) / 2 == pytest.approx(52.0)
    assert high - low == pytest.approx(2 * 12.706 * 2**0.5 / 2**0.5, rel=1e-3)  # t(0.975, 1) s / sqrt(2)


def test_cells_without_the_field_plan_have_no_change(matrix: Matrix, tmp_path: Path) -> None:
    matrix = replace(matrix, methods=matrix.methods[1:])
    found, _ = gone_through(matrix, tmp_path)
    assert all(not cell.changes for cell in cell_figures(found.cells, found.rows, found.plans))


def test_parquet_holds_the_same_table(matrix: Matrix, tmp_path: Path) -> None:
    import io

    import pyarrow.parquet

    found, _ = gone_through(matrix, tmp_path)
    table = pyarrow.parquet.read_table(io.BytesIO(results_parquet(found.rows)))
    assert table.column_names == results_csv(found.rows).splitlines()[0].split(",")
    assert table["mean_delay_s"].to_pylist()[:2] == [53.0, 51.0]
    assert table["seed"].to_pylist()[:2] == [3, 1]
    assert table["fuel_g_km"].to_pylist() == [None] * 16


def test_runs_tell_where_they_are_kept(matrix: Matrix, tmp_path: Path) -> None:
    found, _ = gone_through(matrix, tmp_path)
    lines = runs_csv(found.rows).splitlines()
    assert lines[0] == "scenario,method,demand,seed,status,run,log"
    key = lines[1].split(",")[5]
    assert (tmp_path / "done" / key[:2] / f"{key}.json").is_file()

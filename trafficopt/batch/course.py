"""The course of a batch: what is done already, what is to do next, what came of it."""

from __future__ import annotations

import heapq
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from trafficopt.batch.executor import Executor
from trafficopt.batch.inputs import Bundle
from trafficopt.batch.logs import Logs
from trafficopt.batch.matrix import Matrix
from trafficopt.batch.pace import Pace
from trafficopt.batch.rows import Cell, Row, RunStatus, cells_of
from trafficopt.batch.run_outputs import wanted_files
from trafficopt.batch.store import Store
from trafficopt.batch.tasks import (
    FIELD,
    Ending,
    Outcome,
    PlanTask,
    RunTask,
    State,
    Task,
    plan_key,
    run_key,
)
from trafficopt.errors import InputError, TrafficoptError
from trafficopt.units import Seconds

WAIT_S: Seconds = 0.5  # between two looks at the time that is left
MOST_LOST = 3  # times that a task may die with its worker
FIELD_PLAN: Mapping[str, Any] = {
    "rows": FIELD,
    "status": "shipped",
    "message": "",
    "plan": "",
    "additional": "",
}
Tell = Callable[[str, float], None]
log = logging.getLogger("trafficopt")


class Course:
    """Goes through a matrix; what the store has is not done again, and what two rows share is done once.

    Attributes
    ----------
    rows
        All runs in the order of the matrix: scenario slowest, then method, demand, seed.
    plans
        Entry of the plan of each cell whose plan is known.
    """

    def __init__(
        self,
        matrix: Matrix,
        bundles: Sequence[Bundle],
        versions: Mapping[str, str],
        store: Store,
        logs: Logs,
    ) -> None:
        self.matrix, self.versions, self.store, self.logs = matrix, versions, store, logs
        self.bundles = bundles
        self.cells = cells_of(matrix)
        self.rows = [Row(cell, seed) for cell in self.cells for seed in matrix.seeds]
        self.plans: dict[int, Mapping[str, Any]] = {}
        self.pace = Pace(matrix.max_seconds)
        self._todo: list[tuple[tuple[int, ...], Task]] = []
        self._number = count()
        self._n_open = Counter({"plans": 0, "runs": len(self.rows)})
        self._n_failed = 0
        self._waiting: dict[str, list[Cell | Row]] = defaultdict(list)
        self._given: dict[str, Task] = {}
        self._lost: dict[str, int] = defaultdict(int)
        self._files = {m.text: (m.file.name, m.file.read_bytes()) for m in matrix.methods if m.file}
        self._warned: set[str] = set()

    def look_up(self, tell: Tell) -> None:
        """Find out what is done, and what is to do."""
        for cell in self.cells:
            tell("looking up what is done", cell.index / len(self.cells))
            if cell.method.is_shipped:
                self._plan_known(cell, FIELD_PLAN)
                continue
            task = self._plan_task(cell)
            entry = self.store.get(task.key) if task.key not in self._waiting else None
            if entry is not None:
                self._plan_known(cell, entry)
            else:
                self._enlist(cell, task, cell.scenario, 0)

    def go(self, open_executor: Callable[[], Executor], tell: Tell) -> None:
        """Do all that is to do.

        Raises
        ------
        TrafficoptError
            If nothing more can be done: the disk is full, the scheduler is gone, or workers do not fit.
        """
        if not self._todo:
            return
        executor = open_executor()
        try:
            while self._todo or self._given:
                while self._todo and executor.room > 0:
                    _, task = heapq.heappop(self._todo)
                    self._given[task.key] = task
                    executor.submit(task)
                outcome = executor.next_outcome(WAIT_S)
                if outcome is not None:
                    self._take(outcome)
                tell(self._in_words(executor.workers), self._n_done / len(self.rows))
        finally:
            executor.close()

    @property
    def _n_done(self) -> int:
        return len(self.rows) - self._n_open["runs"]

    def _in_words(self, workers: int) -> str:
        """How far it is, and how long it may take."""
        left = self.pace.left(self._n_open["plans"], self._n_open["runs"], workers)
        failed = f"{self._n_failed} failed" if self._n_failed else ""
        said = (f"{self._n_done} of {len(self.rows)} runs", failed, left if workers else "no worker yet")
        return ", ".join(filter(None, said))

    def _take(self, outcome: Outcome) -> None:
        """Keep what came of a task, and go on from there."""
        task = self._given.pop(outcome.key)
        for text in outcome.warnings:
            if text not in self._warned:
                self._warned.add(text)
                log.warning("%s", text)
        if outcome.ending is Ending.MISFIT:
            remedy = "install the same versions everywhere; if something was installed meanwhile, start again"
            raise InputError("a worker", f"has other versions: {outcome.message}", remedy)
        if outcome.ending is Ending.FULL:
            text = f"a worker's disk is full: {outcome.message}"
            raise TrafficoptError(f"{text}; what is done is kept: make room, and start again")
        if outcome.ending is Ending.LOST and self._lost[task.key] + 1 < MOST_LOST:
            self._lost[task.key] += 1
            self._push(task, -1)
            return
        if outcome.ending is Ending.DONE:
            self.store.put(outcome)
            self.pace.note(isinstance(task, PlanTask), outcome.busy_s)
        self._n_open["plans"] -= isinstance(task, PlanTask)
        for waiting in self._waiting.pop(task.key):
            self._settle(waiting, outcome)

    def _settle(self, waiting: Cell | Row, outcome: Outcome) -> None:
        """Tell a cell of its plan, or a row of its run."""
        done = outcome.ending is Ending.DONE
        if isinstance(waiting, Cell):
            if done:
                self._plan_known(waiting, outcome.entry)
            else:
                for row in self._rows_of(waiting):
                    self._fail(row, outcome)
        elif done:
            self._run_known(waiting, outcome.entry)
        else:
            self._fail(waiting, outcome)

    def _fail(self, row: Row, outcome: Outcome) -> None:
        self._n_open["runs"] -= 1
        self._n_failed += 1
        row.status, row.message = RunStatus.FAILED, outcome.message
        row.log = self.logs.write(outcome)
        log.warning("%s, seed %d failed: %s (%s)", row.cell, row.seed, row.message, row.log)

    def _plan_known(self, cell: Cell, entry: Mapping[str, Any]) -> None:
        """Look up, or enlist, the runs of a cell."""
        self.plans[cell.index] = entry
        state = self._state(cell)
        measured = self.matrix.measured()
        outputs = wanted_files(self.matrix.keep)
        for place, row in enumerate(self._rows_of(cell)):
            row.key = run_key(state, entry["rows"], row.seed, measured, self.versions)
            found = self.store.get(row.key, outputs) if row.key not in self._waiting else None
            if found is not None:
                self._run_known(row, found)
                continue
            task = RunTask(
                row.key,
                state,
                "" if entry["rows"] == FIELD else entry["plan"],
                self._files.get(cell.method.text) if not entry["plan"] else None,
                row.seed,
                measured,
                self.matrix.time_limit_s,
                self.matrix.memory_limit_mb,
                self.matrix.keep,
                self.versions,
            )
            self._enlist(row, task, cell.scenario, 1, cell.index * len(self.matrix.seeds) + place)

    def _run_known(self, row: Row, entry: Mapping[str, Any]) -> None:
        self._n_open["runs"] -= 1
        row.status, row.entry = RunStatus.OK, entry

    def _enlist(self, waiting: Cell | Row, task: Task, *order: int) -> None:
        """Put a task on the list, unless somebody else waits for the same."""
        if task.key not in self._waiting:
            self._push(task, *order)
            self._n_open["plans"] += isinstance(task, PlanTask)
        self._waiting[task.key].append(waiting)

    def _push(self, task: Task, *order: int) -> None:
        heapq.heappush(self._todo, ((*order, next(self._number)), task))

    def _rows_of(self, cell: Cell) -> list[Row]:
        n = len(self.matrix.seeds)
        return self.rows[cell.index * n : (cell.index + 1) * n]

    def _state(self, cell: Cell) -> State:
        m = self.matrix
        return State(self.bundles[cell.scenario], cell.demand, m.teleport_s, m.minutes, m.profile)

    def _plan_task(self, cell: Cell) -> PlanTask:
        m, method = self.matrix, cell.method
        task = PlanTask(
            "",
            self._state(cell),
            method.stages,
            m.objective,
            m.seed,
            m.max_seconds,
            self._files.get(method.text),
            m.memory_limit_mb,
            self.versions,
        )
        return replace(task, key=plan_key(task))

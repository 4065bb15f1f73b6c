"""Worker processes of this machine."""

from __future__ import annotations

from multiprocessing.connection import wait
from pathlib import Path

from trafficopt.batch.tasks import Outcome, Task
from trafficopt.batch.worker_process import WorkerProcess
from trafficopt.units import Seconds


class LocalExecutor:
    """Does up to `jobs` tasks at a time, each in a worker process; workers are started when needed.

    Parameters
    ----------
    inputs, scratch
        See `WorkerProcess`.
    """

    def __init__(self, jobs: int, inputs: Path, scratch: Path) -> None:
        self.workers = jobs
        self._inputs, self._scratch = inputs, scratch
        self._idle: list[WorkerProcess] = []
        self._busy: list[WorkerProcess] = []

    @property
    def room(self) -> int:
        """Workers that have nothing to do, or that can be started."""
        return self.workers - len(self._busy)

    def submit(self, task: Task) -> None:
        """Give a task to a worker that has none."""
        worker = self._idle.pop() if self._idle else WorkerProcess(self._inputs, self._scratch)
        self._busy.append(worker)
        worker.give(task)

    def next_outcome(self, wait_s: Seconds) -> Outcome | None:
        """What came of a task."""
        ready = wait([worker.connection for worker in self._busy], wait_s)
        if not ready:
            return None
        worker = next(worker for worker in self._busy if worker.connection is ready[0])
        outcome = worker.take()
        self._busy.remove(worker)
        if worker.alive:
            self._idle.append(worker)
        else:
            worker.end()
        return outcome

    def close(self) -> None:
        """End all workers."""
        for worker in (*self._busy, *self._idle):
            worker.end()
        self._busy, self._idle = [], []

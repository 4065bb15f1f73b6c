"""What a Dask worker does: keep scenario files, and let a worker process of its own do the task."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from distributed import get_worker

from trafficopt.batch.disk import is_full
from trafficopt.batch.inputs import InputFolder
from trafficopt.batch.tasks import Ending, Outcome, Task
from trafficopt.batch.worker_process import WorkerProcess
from trafficopt.sumo.cache import cache_folder
from trafficopt.units import Seconds

POLL_S: Seconds = 1.0
IDLE_S: Seconds = 120.0  # a cluster may live on when the batch is over
_idle: deque[WorkerProcess] = deque()


@dataclass(frozen=True, slots=True)
class Missing:
    """A worker lacks contents of scenario files.

    Attributes
    ----------
    contents
        Their digests.
    worker
        Its address.
    """

    contents: tuple[str, ...]
    worker: str


@lru_cache(maxsize=1)
def input_folder() -> InputFolder:
    """Scenario files in the cache folder of this machine, shared by its workers."""
    return InputFolder(cache_folder() / "batch")


def perform(task: Task, contents: Mapping[str, bytes]) -> Outcome | Missing:
    """Do a task on this machine, unless contents of its files are missing.

    Parameters
    ----------
    contents
        Those that were missing before.
    """
    inputs, dask_worker = input_folder(), get_worker()
    try:
        for content in contents.values():
            inputs.add(content)
    except OSError as error:
        ending = Ending.FULL if is_full(error) else Ending.FAILED
        return Outcome(task.key, ending, message=f"{dask_worker.address}: {error}")
    if missing := inputs.missing(task.state.bundle):
        return Missing(tuple(missing), dask_worker.address)
    scratch = Path(dask_worker.local_directory) / "trafficopt"  # Dask removes it if the worker dies
    scratch.mkdir(exist_ok=True)
    worker = _taken() or WorkerProcess(inputs.folder, scratch, IDLE_S)
    worker.give(task)
    key = dask_worker.get_current_task()
    while not worker.connection.poll(POLL_S):
        known = dask_worker.state.tasks.get(key)
        if known is None or known.state == "cancelled":  # nobody wants to know any more
            worker.end()
            return Outcome(task.key, Ending.LOST, message="canceled")
    outcome = worker.take()
    if worker.alive:
        _idle.append(worker)
    else:
        worker.end()
    return outcome


def _taken() -> WorkerProcess | None:
    """A worker process that has nothing to do, if there is one."""
    while _idle:
        worker = _idle.pop()
        if worker.alive:
            return worker
        worker.end()
    return None

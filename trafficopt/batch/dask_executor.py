"""Workers of a Dask cluster, on this machine or on many."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from queue import Empty, SimpleQueue
from typing import Any

import dask
from distributed import Client, KilledWorker, LocalCluster

from trafficopt.batch.dask_task import Missing, perform
from trafficopt.batch.inputs import InputFolder
from trafficopt.batch.tasks import Ending, Outcome, Task
from trafficopt.errors import InputError, TrafficoptError
from trafficopt.units import Seconds

LOCAL = "local"
CONNECT_S: Seconds = 10.0
COUNT_S: Seconds = 5.0  # between two counts of the workers
LARGE = "distributed.admin.large-graph-warning-threshold"


class DaskExecutor:
    """Hands tasks to a Dask scheduler; what a lost worker had is done by another.

    Parameters
    ----------
    address
        Of the scheduler, such as tcp://host:8786; "local" starts a cluster of `jobs` workers on this machine.
    inputs
        Where contents of scenario files are; a worker gets what it lacks.

    Raises
    ------
    InputError
        If no scheduler answers.
    """

    def __init__(self, address: str, jobs: int, inputs: InputFolder) -> None:
        self._inputs, self._batch = inputs, uuid.uuid4().hex[:8]
        self._open = ExitStack()
        _keep_quiet()
        # Files of scenarios are large, and meant to be sent.
        self._open.enter_context(dask.config.set({LARGE: "1TB"}))
        try:
            cluster = self._open.enter_context(_local_cluster(jobs)) if address == LOCAL else address
            self._client = self._open.enter_context(Client(cluster, timeout=CONNECT_S))
        except (OSError, ValueError, TypeError) as error:
            self._open.close()
            fault = f"no Dask scheduler answers at {address}: {error}"
            remedy = "start one with `dask scheduler`, or check the address"
            raise InputError("--scheduler", fault, remedy) from None
        self._address = address
        self._tasks: dict[str, Task] = {}
        self._futures: dict[str, Any] = {}
        self._done: SimpleQueue[Any] = SimpleQueue()
        self._n_submitted, self._counted_s, self._workers = 0, -COUNT_S, 0

    @property
    def workers(self) -> int:
        """Threads of all workers."""
        if time.monotonic() > self._counted_s + COUNT_S:
            with self._scheduler_needed():
                self._workers = sum(self._client.nthreads().values())
            self._counted_s = time.monotonic()
        return self._workers

    @property
    def room(self) -> int:
        """Two tasks for each thread, so that none waits for this process; and two where no worker is yet."""
        return 2 * max(self.workers, 1) - len(self._tasks)

    def submit(self, task: Task) -> None:
        """Give a task to the scheduler."""
        self._send(task)

    def next_outcome(self, wait_s: Seconds) -> Outcome | None:
        """What came of a task.

        Raises
        ------
        TrafficoptError
            If the scheduler is gone.
        """
        try:
            future = self._done.get(timeout=wait_s)
        except Empty:
            self._check()
            return None
        task = self._tasks.pop(future.key)
        del self._futures[future.key]
        try:
            found: Outcome | Missing = future.result()
        except KilledWorker as error:
            return Outcome(task.key, Ending.LOST, message=f"worker after worker died over it: {error}")
        except Exception as error:
            self._check()
            message = f"Dask: {type(error).__name__}: {error}"
            return Outcome(task.key, Ending.LOST, message=message)
        if isinstance(found, Missing):
            self._send(task, found)
            return None
        return found

    def close(self) -> None:
        """Cancel what is being done, and leave the cluster, or end that of this machine."""
        try:
            if self._client.status == "running":
                self._client.cancel(list(self._futures.values()), force=True)
        finally:
            self._open.close()

    def _send(self, task: Task, missing: Missing | None = None) -> None:
        """Submit a task, with the contents that a worker lacks, if so to that worker first."""
        contents = {sha: self._inputs.content(sha) for sha in missing.contents} if missing else {}
        self._n_submitted += 1
        key = f"trafficopt-{self._batch}-{self._n_submitted}-{task.key}"
        self._tasks[key] = task
        with self._scheduler_needed():
            future = self._client.submit(
                perform,
                task,
                contents,
                key=key,
                pure=False,
                workers=[missing.worker] if missing else None,
                allow_other_workers=missing is not None,
            )
        self._futures[key] = future
        future.add_done_callback(self._done.put)

    @contextmanager
    def _scheduler_needed(self) -> Iterator[None]:
        try:
            yield
        except Exception:
            self._check()
            raise

    def _check(self) -> None:
        """Say so if the scheduler is gone."""
        if self._client.status != "running":
            text = f"the Dask scheduler at {self._address} is gone"
            raise TrafficoptError(f"{text}; what is done is kept, the next start goes on") from None


def _local_cluster(jobs: int) -> LocalCluster:
    """A cluster of `jobs` workers on this machine, which ends with this process."""
    return LocalCluster(
        n_workers=jobs,
        threads_per_worker=1,
        memory_limit=0,
        dashboard_address=None,
        silence_logs=logging.CRITICAL,
    )


def _keep_quiet() -> None:
    """Leave it to the batch to tell what matters, unless Dask's own configuration speaks of logging."""
    if dask.config.get("logging", None) is None:
        for name in list(logging.root.manager.loggerDict):
            if name.partition(".")[0] == "distributed":
                logging.getLogger(name).setLevel(logging.CRITICAL)

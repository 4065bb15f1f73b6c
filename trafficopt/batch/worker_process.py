"""The other end of a worker: start it, give it a task, take what comes, or notice that it is gone."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from trafficopt.batch.tasks import Ending, Outcome, Task
from trafficopt.units import Seconds

END_S: Seconds = 5.0  # that a worker has to notice the end of its connection
MOST_LOG_BYTES = 20_000


class WorkerProcess:
    """A worker in a process of its own.

    Whatever happens to it, to this process, or to SUMO, happens to that alone: a worker that dies is noticed,
    and one whose giver dies ends itself and its SUMO.

    Parameters
    ----------
    inputs
        Folder with contents of scenario files, see `InputFolder`.
    scratch
        Folder in which the worker makes one of its own.
    idle_s
        Time after which the worker ends if it has nothing to do; None: never.
    """

    def __init__(self, inputs: Path, scratch: Path, idle_s: Seconds | None = None) -> None:
        self.task: Task | None = None
        self._log = tempfile.TemporaryFile(dir=scratch)  # noqa: SIM115 - as long as the worker
        self.connection, theirs = multiprocessing.Pipe()
        with theirs:
            arguments = [
                str(theirs.fileno()),
                str(inputs),
                str(scratch),
                "" if idle_s is None else str(idle_s),
            ]
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "trafficopt.batch.worker", *arguments],
                env={**os.environ, "PYTHONPATH": _import_path()},
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # Ctrl-C in a terminal reaches the foreground group only
            )

    def give(self, task: Task) -> None:
        """Hand a task over; what comes of it is for `take`."""
        self.task = task
        with suppress(OSError):  # it died while it had nothing to do: `take` says so
            self.connection.send(task)

    def take(self) -> Outcome:
        """What came of the task; waits for it. `Ending.LOST` if the worker died over it."""
        task, self.task = self.task, None
        assert task is not None
        try:
            outcome: Outcome = self.connection.recv()
        except (EOFError, OSError):
            code = self._ended()
            how = f"was killed by signal {-code}" if code < 0 else f"ended with {code}"
            return Outcome(task.key, Ending.LOST, message=f"the worker {how}", log=self._log_text())
        return outcome

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def end(self) -> None:
        """End the worker and its SUMO."""
        self.connection.close()
        self._ended()
        self._log.close()

    def _ended(self) -> int:
        """Exit code of a process that has lost its connection, and ends by itself."""
        try:
            return self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def _log_text(self) -> str:
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - MOST_LOG_BYTES))
        return self._log.read().decode(errors="replace")


def _import_path() -> str:
    """Where a worker finds this very package, wherever it is started."""
    here = str(Path(__file__).parents[2])
    return os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), here)))

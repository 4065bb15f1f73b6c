"""Who does the tasks: the processes of this machine, or those of many."""

from __future__ import annotations

from typing import Protocol

from trafficopt.batch.tasks import Outcome, Task
from trafficopt.units import Seconds


class Executor(Protocol):
    """Takes tasks and gives outcomes, in any order; one outcome for each task."""

    @property
    def workers(self) -> int:
        """Tasks that are done at a time."""

    @property
    def room(self) -> int:
        """Tasks that can be submitted now: so many that no worker waits."""

    def submit(self, task: Task) -> None:
        """Take a task on."""

    def next_outcome(self, wait_s: Seconds) -> Outcome | None:
        """An outcome; None if there is none within `wait_s`."""

    def close(self) -> None:
        """End everything that is being done."""

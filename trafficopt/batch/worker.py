"""A process that does tasks, and ends with who gave them: `python -m trafficopt.batch.worker`."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

from trafficopt.batch.inputs import InputFolder
from trafficopt.batch.tasks import Task
from trafficopt.batch.workshop import Workshop
from trafficopt.sumo.binary import end_commands


def work(descriptor: int, inputs: Path, scratch: Path, idle_s: float | None) -> None:
    """Do what comes through the connection `descriptor` until it closes, or nothing comes for `idle_s`."""
    connection = Connection(descriptor)
    tasks: SimpleQueue[Task] = SimpleQueue()
    Thread(target=_receive, args=(connection, tasks), daemon=True).start()
    with tempfile.TemporaryDirectory(dir=scratch, ignore_cleanup_errors=True) as name:
        tempfile.tempdir = name  # of SUMO's outputs too: nothing lies elsewhere if this process is killed
        workshop = Workshop(InputFolder(inputs), Path(name))
        while True:
            try:
                task = tasks.get(timeout=idle_s)
            except Empty:
                return
            connection.send(workshop.perform(task))


def _receive(connection: Connection, tasks: SimpleQueue[Task]) -> None:
    """Take tasks even while one is done, and notice at once when nobody is there to give them any more."""
    try:
        while True:
            tasks.put(connection.recv())
    except (EOFError, OSError):
        end_commands()
        os._exit(1)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that gave the tasks
    _, given, inputs_folder, scratch_folder, idle = sys.argv
    work(int(given), Path(inputs_folder), Path(scratch_folder), float(idle) if idle else None)

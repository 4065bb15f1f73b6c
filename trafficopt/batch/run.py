"""Run a matrix in a folder: what is there already is not done again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from trafficopt.batch.course import Course, Tell
from trafficopt.batch.digests import versions
from trafficopt.batch.disk import is_full, remove_parts
from trafficopt.batch.executor import Executor
from trafficopt.batch.folder_lock import locked
from trafficopt.batch.inputs import InputFolder
from trafficopt.batch.local_executor import LocalExecutor
from trafficopt.batch.logs import Logs
from trafficopt.batch.matrix import Matrix, read_matrix
from trafficopt.batch.store import Store
from trafficopt.errors import InputError, TrafficoptError

if TYPE_CHECKING:
    from trafficopt.batch.results import BatchResults

SCRATCH = ".work"
DONE = "done"


@dataclass(frozen=True, slots=True)
class BatchFolder:
    """Places in the folder of a batch."""

    folder: Path

    @property
    def scratch(self) -> Path:
        """Temporary files of workers."""
        return self.folder / SCRATCH

    def store(self) -> Store:
        """Entries of plans and runs."""
        return Store(self.folder / DONE, self.folder / "outputs")

    def inputs(self) -> InputFolder:
        """Contents of scenario files."""
        return InputFolder(self.folder / "inputs")

    def logs(self) -> Logs:
        """Logs of failures."""
        return Logs(self.folder / "logs")


def run_batch(
    matrix: Matrix | str | Path,
    out: str | Path,
    *,
    jobs: int | None = None,
    scheduler: str | None = None,
    on_progress: Tell | None = None,
) -> BatchResults:
    """Run every method on every scenario with every demand and seed; leaves the results in the folder `out`.

    Plans and runs that `out` has from an earlier start are not made again, unless what decides them differs.
    A run that fails does not stop the others; the next start tries it again.

    Parameters
    ----------
    matrix
        What to run, or its file.
    jobs
        Worker processes; by default as many as there are processors. It never changes a figure.
    scheduler
        Address of a Dask scheduler whose workers do the work, or "local": a Dask cluster of `jobs` workers.
    on_progress
        Called with what is done and its share, 0 to 1.

    Returns
    -------
    BatchResults
        A row for each run, failed ones too.

    Raises
    ------
    InputError
        If the matrix is broken, `out` cannot be used, another batch is at work there, or no scheduler
        answers.
    TrafficoptError
        If the disk is full, or the scheduler is gone; what is done is kept.
    """
    if not isinstance(matrix, Matrix):
        matrix = read_matrix(matrix)
    if jobs is not None and jobs < 1:
        raise InputError("jobs", f"is {jobs}", "give 1 or more")
    places = BatchFolder(_usable(Path(out)))
    tell = on_progress or (lambda what, share: None)
    with locked(places.folder), _full_disk_told(places.folder), _scratch(places):
        tell("copying scenario files", 0.0)
        inputs, store, logs = places.inputs(), places.store(), places.logs()
        remove_parts([*store.folders(), logs.folder, inputs.folder / "files", places.folder])
        bundles = [inputs.pack(files) for files in matrix.scenarios]
        course = Course(matrix, bundles, versions(), store, logs)
        open_executor = partial(_executor, scheduler, jobs or os.cpu_count() or 1, inputs, places.scratch)
        try:
            course.look_up(tell)
            course.go(open_executor, tell)
        except KeyboardInterrupt:
            _results(course, places.folder)
            raise
        tell("results", 1.0)
        logs.forget_others()
        return _results(course, places.folder)


def _results(course: Course, folder: Path) -> BatchResults:
    from trafficopt.batch.results import write_results  # plots take a second to be loaded

    return write_results(course.matrix, course.cells, course.rows, course.plans, course.versions, folder)


def _executor(scheduler: str | None, jobs: int, inputs: InputFolder, scratch: Path) -> Executor:
    if scheduler is None:
        return LocalExecutor(jobs, inputs.folder, scratch)
    try:
        from trafficopt.batch.dask_executor import DaskExecutor
    except ImportError:
        remedy = "pip install 'trafficopt[cluster]'"
        raise InputError("--scheduler", "Dask is not installed", remedy) from None
    return DaskExecutor(scheduler, jobs, inputs)


def _usable(out: Path) -> Path:
    """The folder of results, absolute; SUMO must be able to read from it."""
    if "," in str(out.absolute()):
        raise InputError(out, "has a comma, at which SUMO cuts", "name another folder with -o")
    from trafficopt.outputs import writable

    return writable(out).absolute()


@contextmanager
def _scratch(places: BatchFolder) -> Iterator[None]:
    """A folder for temporary files: what a killed batch left goes first, ours at the end."""
    shutil.rmtree(places.scratch, ignore_errors=True)
    places.scratch.mkdir(exist_ok=True)
    try:
        yield
    finally:
        shutil.rmtree(places.scratch, ignore_errors=True)


@contextmanager
def _full_disk_told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if not is_full(error):
            raise
        text = f"{folder}: {error.strerror}; what is done is kept: make room, and start again"
        raise TrafficoptError(text) from None

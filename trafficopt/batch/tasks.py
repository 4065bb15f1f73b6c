"""What a worker is asked, and what it answers: plain values that travel between processes and machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

from trafficopt.batch.digests import OF_RUNS, content_digest, digest
from trafficopt.batch.inputs import Bundle
from trafficopt.units import Seconds

FIELD = "field"  # digest of the rows of a plan that shows what the field plan shows


@dataclass(frozen=True, slots=True)
class State:
    """A scenario as it is simulated.

    Attributes
    ----------
    demand
        Factor of its vehicles; 1: files untouched.
    teleport_s, minutes, profile
        See `read_scenario`.
    """

    bundle: Bundle
    demand: float
    teleport_s: Seconds | None
    minutes: float | None
    profile: str | None

    def of_runs(self) -> list[object]:
        """What decides a run."""
        return [self.bundle.of_runs, self.demand, self.teleport_s, self.minutes]

    def of_plans(self) -> list[object]:
        """What decides a plan."""
        return [*self.of_runs(), self.bundle.of_plans, self.profile]


@dataclass(frozen=True, slots=True)
class PlanTask:
    """Find a plan, or take that of a file.

    Attributes
    ----------
    key
        Digest of all that decides it.
    stages
        Stage policy of the search; empty where the plan is that of a file.
    file
        Name and content of the plan's file; None where it is searched.
    versions
        Of everything that decides the plan, see `digests.versions`.
    """

    key: str
    state: State
    stages: str
    objective: str
    seed: int
    max_seconds: Seconds
    file: tuple[str, bytes] | None
    memory_limit_mb: int | None
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Measured:
    """What is measured in a run, and from when on.

    Attributes
    ----------
    warm_up_s
        Vehicles that want to depart before drive, but do not count.
    emissions
        Whether fuel and CO2 are measured.
    arterials
        Whether those who drive along arterials are followed.
    """

    warm_up_s: Seconds
    emissions: bool
    arterials: bool

    def parts(self) -> list[object]:
        """What decides a run."""
        return [self.warm_up_s, self.emissions, self.arterials]


@dataclass(frozen=True, slots=True)
class RunTask:
    """Run a plan in SUMO with one seed.

    Attributes
    ----------
    plan
        Text of a `plan.json`; empty: the field plan, or that of `file`.
    file
        Name and content of a SUMO file with programs.
    measured
        What is measured of whom.
    keep
        Outputs that are wanted beside the figures.
    """

    key: str
    state: State
    plan: str
    file: tuple[str, bytes] | None
    seed: int
    measured: Measured
    time_limit_s: Seconds
    memory_limit_mb: int | None
    keep: tuple[str, ...]
    versions: Mapping[str, str]


Task: TypeAlias = PlanTask | RunTask


class Ending(StrEnum):
    """How a task ended."""

    DONE = "done"
    FAILED = "failed"
    FULL = "disk full"
    MISFIT = "other versions"
    LOST = "lost with its worker"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a task.

    Attributes
    ----------
    entry
        What is kept of it: plain values.
    outputs
        Contents of further files by name.
    message, log
        Why it failed, in a line and in full.
    warnings
        What was told meanwhile.
    busy_s
        Time that it took.
    """

    key: str
    ending: Ending
    entry: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    message: str = ""
    log: str = field(default="", repr=False)
    warnings: tuple[str, ...] = ()
    busy_s: Seconds = 0.0


def plan_key(task: PlanTask) -> str:
    """Digest of all that decides a plan, whatever the task calls it."""
    if task.file is not None:
        name, content = task.file
        how: list[object] = [Path(name).suffix, content_digest(content)]
    else:
        how = [task.stages, task.objective, task.seed, task.max_seconds, task.memory_limit_mb]
    return digest("plan", task.state.of_plans(), how, task.versions)


def run_key(state: State, rows: str, seed: int, measured: Measured, versions: Mapping[str, str]) -> str:
    """Digest of all that decides a run; `rows` is that of the plan's rows."""
    known = {name: versions[name] for name in OF_RUNS}
    return digest("run", state.of_runs(), rows, seed, measured.parts(), known)

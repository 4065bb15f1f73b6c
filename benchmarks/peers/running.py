"""Make a plan by a method and judge it, or take what is kept of it."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.peers.methods import METHODS, Method, Proposal, Task
from benchmarks.peers.outcome import Outcome, load_outcome, outcome_path, store_outcome
from trafficopt.errors import TrafficoptError
from trafficopt.problem import Problem
from trafficopt.sumo.judge import simulate
from trafficopt.sumo.proof import prove_plan
from trafficopt.units import Seconds


@dataclass(frozen=True, slots=True)
class Settings:
    """How outcomes are made.

    Attributes
    ----------
    seeds
        SUMO's, that judge.
    max_seconds, jobs
        See `Task`.
    cache
        Folder where outcomes are kept.
    """

    seeds: Sequence[int]
    max_seconds: Seconds
    jobs: int
    cache: Path


def kept_at(name: str, problem: Problem, settings: Settings) -> Path:
    """File where the outcome of the method `name` is kept."""
    scenario = problem.scenario
    budget = f"{settings.max_seconds:g} s, {settings.jobs}" if METHODS[name].takes_all else ""
    return outcome_path(
        settings.cache, scenario.name, scenario.simulation, tuple(settings.seeds), name, budget
    )


def outcome_of(name: str, problem: Problem, settings: Settings, *, again: bool = False) -> Outcome:
    """Outcome of the method `name`, from the cache where it is there and not to be made `again`."""
    method, scenario, path = METHODS[name], problem.scenario, kept_at(name, problem, settings)
    known = None if again else load_outcome(path)
    if known is None:
        with tempfile.TemporaryDirectory(prefix="peers-") as folder:
            task = Task(problem, Path(folder), settings.max_seconds, settings.jobs)
            known = judged(method, task, settings.seeds)
        if not known.failure:
            store_outcome(known, path)
    figure = known.failure or f"{known.evaluation.mean('mean_delay_s'):.2f} s {known.note}"
    print(f"{scenario.name}  {name}  {known.making_s:.0f} s  {figure}", file=sys.stderr, flush=True)
    return known


def judged(method: Method, task: Task, seeds: Sequence[int]) -> Outcome:
    """Make a plan and run it with each seed; what fails says why."""
    began = time.monotonic()
    try:
        proposal = method.make(task)
        made = Outcome((), time.monotonic() - began, note=proposal.note)
    except Exception as error:  # other methods go on, whatever is wrong with this one
        return Outcome((), time.monotonic() - began, failure=_first_line(error))
    try:
        _prove(task, proposal)
        found = simulate(proposal.scenario, proposal.plan, seeds, jobs=task.jobs)
    except TrafficoptError as error:
        return replace(made, failure=_first_line(error))
    return replace(made, runs=found.runs)


def _prove(task: Task, proposal: Proposal) -> None:
    """Prove that SUMO shows a plan of the scenario as it is; programs from a file are SUMO's own."""
    if proposal.scenario is task.scenario:
        prove_plan(proposal.scenario, proposal.plan)


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".strip().splitlines()[0][:300]

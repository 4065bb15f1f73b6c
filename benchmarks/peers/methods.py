"""The methods that are compared, by the name of their row."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import trafficopt as to
from benchmarks.peers.actuated import actuated
from benchmarks.peers.cma_es import cma_es_on_sumo
from benchmarks.peers.sumo_tools import ADAPTATION_SETTINGS, adapted, coordinated
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.scenario import Scenario
from trafficopt.search.choose import training_seeds
from trafficopt.sumo.plan_programs import with_programs
from trafficopt.sumo.programs import holds_programs
from trafficopt.units import Seconds

SEED = 1  # of the searches
OURS = ("shipped", "protected", "warranted")
SHIPPED = "shipped plan"
LONG_GREENS = {"min_cycle_s": 60, "min_through_green_s": 10}


@dataclass(frozen=True, slots=True)
class Task:
    """What a method works on.

    Attributes
    ----------
    folder
        For files that must be there until the plan is judged.
    max_seconds
        Wall-clock time of a method that takes all it gets.
    jobs
        Processes at a time.
    """

    problem: Problem
    folder: Path
    max_seconds: Seconds
    jobs: int

    @property
    def scenario(self) -> Scenario:
        """The scenario as it is shipped."""
        return self.problem.scenario


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan and the scenario in which it is judged."""

    scenario: Scenario
    plan: TimingPlan
    note: str = ""


@dataclass(frozen=True, slots=True)
class Method:
    """How a plan is made.

    Attributes
    ----------
    takes_all
        Whether it uses all the time and processes that it gets.
    """

    make: Callable[[Task], Proposal]
    takes_all: bool = False


def _shipped(task: Task) -> Proposal:
    return Proposal(task.scenario, task.scenario.field_plan)


def _programs(task: Task, path: Path) -> Proposal:
    if not holds_programs(path):
        return replace(_shipped(task), note="the tool finds nothing to change")
    found = with_programs(path, task.scenario)
    return Proposal(found, found.field_plan)


def _adapted(setting: str, task: Task) -> Proposal:
    return _programs(task, adapted(task.scenario, setting, task.folder))


def _coordinated(task: Task) -> Proposal:
    return _programs(task, coordinated(task.scenario, None, task.folder))


def _adapted_and_coordinated(task: Task) -> Proposal:
    programs = adapted(task.scenario, "one cycle", task.folder)
    return _programs(task, coordinated(task.scenario, programs, task.folder))


def _actuated(kind: str, task: Task) -> Proposal:
    return _programs(task, actuated(task.scenario, kind, task.folder))


def _cma_es(task: Task) -> Proposal:
    found = cma_es_on_sumo(
        task.scenario,
        max_seconds=task.max_seconds,
        jobs=task.jobs,
        training_seed=training_seeds(SEED)[0],
        seed=SEED,
    )
    note = f"{found.n_runs} runs, {found.training_delay_s:.1f} s with the training seed"
    return Proposal(task.scenario, found.plan, note)


def _ours_with_long_greens(task: Task) -> Proposal:
    """Warranted stages with greens and cycles that no driver finds short."""
    folder = task.folder / "long"
    folder.mkdir()
    limits = "\n".join(f"{key} = {value}" for key, value in LONG_GREENS.items())
    text = f"sumocfg = {json.dumps(str(task.scenario.source.resolve()))}\n[limits]\n{limits}\n"
    (folder / "scenario.toml").write_text(text, encoding="utf-8")
    bounded = to.build_problem(to.read_scenario(folder, teleport_s=-1.0))
    found = to.optimize(bounded, stages="warranted", seed=SEED, max_seconds=task.max_seconds)
    return Proposal(task.scenario, found.plan, found.message)


def _ours(stages: str, task: Task) -> Proposal:
    found = to.optimize(task.problem, stages=stages, seed=SEED, max_seconds=task.max_seconds)
    return Proposal(task.scenario, found.plan, found.message)


METHODS: Mapping[str, Method] = {
    SHIPPED: Method(_shipped),
    "tlsCoordinator": Method(_coordinated),
    **{f"tlsCycleAdaptation, {name}": Method(partial(_adapted, name)) for name in ADAPTATION_SETTINGS},
    "tlsCycleAdaptation, one cycle + tlsCoordinator": Method(_adapted_and_coordinated),
    "actuated": Method(partial(_actuated, "actuated")),
    "delay_based": Method(partial(_actuated, "delay_based")),
    "CMA-ES on SUMO": Method(_cma_es, takes_all=True),
    **{f"ours, {stages} stages": Method(partial(_ours, stages), takes_all=True) for stages in OURS},
    "ours, warranted stages, cycles from 60 s, greens straight on from 10 s": Method(
        _ours_with_long_greens, takes_all=True
    ),
}

"""From a problem to a plan: the search, with SUMO as its judge; or to several plans to choose from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from trafficopt.errors import InputError
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.objective import DELAY, USUAL_SPEED_M_S, Objective, crossings_of
from trafficopt.problem import Problem
from trafficopt.result import Result, Status
from trafficopt.scenario import Scenario
from trafficopt.search.chains import RESERVE
from trafficopt.search.explanation import explain
from trafficopt.search.menu import StagePolicy
from trafficopt.search.optimize import optimize as search
from trafficopt.signals.conforming import conforming
from trafficopt.sumo.judge import simulate as run_sumo
from trafficopt.sumo.judge import with_more_demand
from trafficopt.units import MetersPerSecond, Seconds

MOST_NAMED = 5  # signals in a message
LONGEST_RUN_S: Seconds = 3600.0  # of SUMO, where no time limits the search

Progress = Callable[[str, float], None]


def optimize(
    problem: Problem,
    *,
    stages: StagePolicy | str = StagePolicy.PROTECTED,
    objective: Objective | str = DELAY,
    seed: int = 1,
    max_seconds: Seconds = 60.0,
    max_evaluations: int | None = None,
    repeatable: bool = False,
    jobs: int | None = None,
    on_progress: Progress | None = None,
) -> Result:
    """Find a timing plan; SUMO chooses among the best candidates of the model if there is time.

    Parameters
    ----------
    stages
        `shipped`: the field plan's; `protected`: redesigned, but whoever has a protected green keeps one;
        `warranted`: protection may be dropped where the rule profile allows a permissive green.
    objective
        What is made small: weights, or the name of some (`Objective.named`), with the network's mean speed
        limit.
    seed
        Decides SUMO's training seeds (`training_seeds`), which must not judge the plan again.
    max_seconds
        Limit of the wall-clock time, SUMO included.
    max_evaluations
        Plans that the queue model tries; by default decided from the limit of time before the search.
    repeatable
        Do all the work that is planned for `max_seconds`, however long it takes: the same plan on any
        machine, be it busy or not.
    jobs
        Threads of the search; it never changes the plan.
    on_progress
        Called with the name of the step and its share done, 0 to 1.

    Returns
    -------
    Result
        The plan; the field plan with `Status.UNCHANGED` if nothing better was found. It breaks no safety
        rule: signals whose field plan does are brought into line first, or keep what they have.

    Raises
    ------
    InputError
        If the objective weighs arterials or crossings, and there are none.
    """
    limit_s = LONGEST_RUN_S if repeatable else max(max_seconds, 1.0)
    find = partial(
        search,
        judge=partial(run_sumo, problem.scenario, time_limit_s=limit_s),
        stress=partial(run_sumo, with_more_demand(problem.scenario, RESERVE), time_limit_s=limit_s),
        policy=StagePolicy(stages),
        objective=known_objective(objective, problem),
        seed=seed,
        max_evaluations=max_evaluations,
        repeatable=repeatable,
        jobs=jobs,
        max_seconds=max_seconds,
        on_progress=on_progress,
    )
    return _from_conforming(problem, find)


def pareto(
    problem: Problem,
    *,
    stop_s: Sequence[Seconds] = (0.0, 5.0, 15.0, 40.0),
    stages: StagePolicy | str = StagePolicy.PROTECTED,
    seed: int = 1,
    max_seconds: Seconds = 60.0,
    max_evaluations: int | None = None,
    jobs: int | None = None,
    on_progress: Progress | None = None,
) -> tuple[Result, ...]:
    """Find what fewer stops cost in delay: a search for each weight of a stop, on the queue model alone.

    SUMO chooses nothing and judges nothing here. Let `simulate` run the plan that you take: what a search
    finds looks better in the model than it is.

    Parameters
    ----------
    stop_s
        Weights to search with, see `Objective.stop_s`.
    max_seconds
        Limit of the wall-clock time of each search.
    stages, seed, max_evaluations, jobs, on_progress
        Of each search, as in `optimize`.

    Returns
    -------
    tuple[Result, ...]
        The plans that no other of them beats in both, by mean delay; what they do is in `performance_after`,
        and in `performance_before` what the field plan does.
    """
    found = []
    for weight in stop_s:
        find = partial(
            search,
            policy=StagePolicy(stages),
            objective=Objective(stop_s=weight),
            seed=seed,
            max_evaluations=max_evaluations,
            jobs=jobs,
            max_seconds=max_seconds,
            on_progress=on_progress,
        )
        found.append(_from_conforming(problem, find))
    return undominated(found)


def undominated(results: Iterable[Result]) -> tuple[Result, ...]:
    """Results that no other beats in delay and stops (a Pareto set), by delay; of equal ones the first."""
    kept: list[Result] = []
    for result in sorted(results, key=lambda r: (r.performance_after.delay_s, r.performance_after.stops)):
        if not kept or result.performance_after.stops < kept[-1].performance_after.stops:
            kept.append(result)
    return tuple(kept)


def known_objective(objective: Objective | str, problem: Problem) -> Objective:
    """The objective of a name for this network, or the one that is given.

    Raises
    ------
    InputError
        If there is no such name, or the objective weighs arterials or crossings, and there are none.
    """
    if isinstance(objective, str):
        objective = Objective.named(objective, mean_speed_limit_m_s(problem))
    if objective.arterial and not problem.network.arterials:
        remedy = "name arterials in scenario.toml, or choose another"
        raise InputError("objective", "weighs arterials, and the scenario has none", remedy)
    if objective.walk and not crossings_of(problem.network):
        fault = "weighs pedestrians, and no signal has a crossing"
        raise InputError("objective", fault, "choose another")
    return objective


def mean_speed_limit_m_s(problem: Problem) -> MetersPerSecond:
    """Mean speed limit of the links that lead to signals, by the vehicles that pass them there."""
    if not problem.flow_veh_h.any():
        return USUAL_SPEED_M_S
    limits = [problem.network.links[movement.from_link].speed_m_s for movement in problem.movements]
    return float(np.average(limits, weights=problem.flow_veh_h))


def _from_conforming(problem: Problem, find: Callable[[Problem], Result]) -> Result:
    """What a search finds that begins from a field plan which breaks no rules, seen from the field plan."""
    legal = conforming(problem.scenario)
    return _of_field(problem, legal, find(replace(problem, scenario=legal)))


def _of_field(problem: Problem, legal: Scenario, found: Result) -> Result:
    """The result of a search that began from the conforming plan `legal`, seen from the field plan."""
    field = problem.field_plan
    new = legal.field_plan.timings
    mended = [key for key in new if new[key].intervals != field[key].intervals]
    unsafe = [n for n in legal.network.intersections if n.id in problem.scenario.retime - legal.retime]
    kept = [f"{node.id} keeps its field plan: {node.kept_because}." for node in unsafe[:MOST_NAMED]]
    if len(unsafe) > MOST_NAMED:
        kept.append(f"So do {len(unsafe) - MOST_NAMED} more signals.")
    if mended:
        kept.insert(
            0, f"Signals that break rules in the field and were brought in line first: {len(mended)}."
        )
    found = replace(found, message=" ".join([found.message, *kept]))
    if legal.field_plan.timings == field.timings:
        return found
    model = QueueModel(problem)
    before = model.performance(field, model.estimate(field))
    cost = found.objective.cost_s(before)
    found = replace(found, objective_before=cost, performance_before=before)
    if found.status is not Status.UNCHANGED:
        return found
    return replace(
        found,
        plan=field,
        explanations=explain(problem, field),
        objective_after=cost,
        performance_after=before,
    )

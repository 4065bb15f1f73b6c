"""From a problem to a plan: the search, with SUMO as its judge; or to several plans to choose from."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypedDict

import numpy as np

from trafficopt.demand_samples import DemandSamples, GivenDemand, SampleScenario
from trafficopt.errors import InputError
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.objective import DELAY, USUAL_SPEED_M_S, Objective, crossings_of
from trafficopt.problem import Problem, build_problem
from trafficopt.result import Result, Status
from trafficopt.risk import MEAN, Risk
from trafficopt.scenario import Scenario
from trafficopt.search.chains import RESERVE
from trafficopt.search.choose import Judge
from trafficopt.search.demands import Sample
from trafficopt.search.explanation import explain
from trafficopt.search.menu import StagePolicy
from trafficopt.search.optimize import optimize as search
from trafficopt.signals.conforming import conforming
from trafficopt.sumo.judge import simulate as run_sumo
from trafficopt.sumo.judge import with_more_demand
from trafficopt.sumo.sample_scenarios import sample_scenarios
from trafficopt.units import MetersPerSecond, Seconds

MOST_NAMED = 5  # signals in a message
LONGEST_RUN_S: Seconds = 3600.0  # of SUMO, where no time limits the search

Progress = Callable[[str, float], None]


def optimize(
    problem: Problem,
    *,
    stages: StagePolicy | str = StagePolicy.PROTECTED,
    objective: Objective | str = DELAY,
    demands: DemandSamples | Iterable[GivenDemand] | None = None,
    risk: Risk | str = MEAN,
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
    demands
        Demands that the one plan shall be good for, such as (0.8, 1, 1.2) times the usual one: each plan
        that is tried meets all of them, so that fewer are tried in the same time. None is chosen that SUMO
        shows to be worse than the field plan beyond noise, or to break down, under one of them. With a single
        one the plan is for that alone.
    risk
        What is made small then: the `mean` of the objective over the demands, or over the worst half
        (`cvar`) or another share of them (`cvar:0.3`).
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
        If the objective weighs arterials or crossings, and there are none, or if demands do not fit.
    """
    limit_s = LONGEST_RUN_S if repeatable else max(max_seconds, 1.0)
    find = partial(
        search,
        policy=StagePolicy(stages),
        objective=known_objective(objective, problem),
        seed=seed,
        max_evaluations=max_evaluations,
        repeatable=repeatable,
        jobs=jobs,
        max_seconds=max_seconds,
        on_progress=on_progress,
    )
    if demands is None:
        return _from_conforming(problem, partial(find, **_judges(problem.scenario, limit_s)))
    given, risk = DemandSamples.of(demands), Risk.named(risk) if isinstance(risk, str) else risk
    with tempfile.TemporaryDirectory(prefix="trafficopt-") as folder:
        samples = sample_scenarios(problem.scenario, given, Path(folder))
        if len(samples) == 1:
            (only,) = (sample.scenario for sample in samples)
            alone = problem if only is problem.scenario else build_problem(only)
            return _from_conforming(alone, partial(find, **_judges(only, limit_s)))

        def find_for_all(legal: Problem) -> Result:
            return find(legal, samples=[_sample(legal, each, limit_s) for each in samples], risk=risk)

        return _from_conforming(problem, find_for_all, samples)


class _Judges(TypedDict):
    judge: Judge
    stress: Judge


def _judges(scenario: Scenario, limit_s: Seconds) -> _Judges:
    """SUMO with the scenario's demand, and with more of it."""
    return {
        "judge": partial(run_sumo, scenario, time_limit_s=limit_s),
        "stress": partial(run_sumo, with_more_demand(scenario, RESERVE), time_limit_s=limit_s),
    }


def _sample(problem: Problem, sample: SampleScenario, limit_s: Seconds) -> Sample:
    """One of several demands for the search, with the field plan of `problem`."""
    judges = _judges(sample.scenario, limit_s)
    return Sample(sample.name, _under(problem, sample), sample.weight, judges["judge"], judges["stress"])


def _under(problem: Problem, sample: SampleScenario) -> Problem:
    """The problem with the demand of a sample."""
    given = sample.scenario
    scenario = replace(
        problem.scenario, demand=given.demand, demanded=given.demanded, simulation=given.simulation
    )
    return replace(problem, scenario=scenario)


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


def _from_conforming(
    problem: Problem, find: Callable[[Problem], Result], samples: Sequence[SampleScenario] = ()
) -> Result:
    """What a search finds that begins from a field plan which breaks no rules, seen from the field plan."""
    legal = conforming(problem.scenario)
    return _of_field(problem, legal, find(replace(problem, scenario=legal)), samples)


def _of_field(problem: Problem, legal: Scenario, found: Result, samples: Sequence[SampleScenario]) -> Result:
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
    if samples:
        costs = [_field_cost_s(_under(problem, sample), found.objective) for sample in samples]
        cost = found.risk.value(costs, [sample.weight for sample in samples])
        told = zip(found.samples, costs, strict=True)
        found = replace(found, samples=tuple(replace(each, before_s=value) for each, value in told))
    found = replace(found, objective_before=cost, performance_before=before)
    if found.status is not Status.UNCHANGED:
        return found
    return replace(
        found,
        plan=field,
        explanations=explain(problem, field),
        objective_after=cost,
        performance_after=before,
        samples=tuple(replace(each, after_s=each.before_s) for each in found.samples),
    )


def _field_cost_s(problem: Problem, objective: Objective) -> Seconds:
    """Value of the objective under the field plan by the model [s/veh]."""
    model = QueueModel(problem)
    return model.cost_s(problem.field_plan, model.blank_state(), objective)

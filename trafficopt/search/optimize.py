"""The optimizer: from a problem to a plan, in readable steps."""

from __future__ import annotations

from collections.abc import Sequence

from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.objective import DELAY, Objective
from trafficopt.problem import Problem
from trafficopt.result import Result
from trafficopt.risk import MEAN, Risk
from trafficopt.search.choose import Judge
from trafficopt.search.clock import Clock
from trafficopt.search.course import Course, Progress
from trafficopt.search.demands import OneDemand, Sample
from trafficopt.search.many_demands import ManyDemands
from trafficopt.search.menu import StagePolicy, menus, retimable
from trafficopt.search.work import planned_work
from trafficopt.units import Seconds


def optimize(
    problem: Problem,
    *,
    judge: Judge | None = None,
    stress: Judge | None = None,
    samples: Sequence[Sample] = (),
    risk: Risk = MEAN,
    policy: StagePolicy = StagePolicy.PROTECTED,
    objective: Objective = DELAY,
    seed: int = 1,
    max_seconds: Seconds = 60.0,
    max_evaluations: int | None = None,
    repeatable: bool = False,
    jobs: int | None = None,
    on_progress: Progress | None = None,
) -> Result:
    """Find a timing plan.

    A first plan comes from analytic delay, zone by zone. From there and from the field plan, annealing
    chains change greens, offsets, cycles and stages on the queue model, half of them under more demand, so
    that plans that are about to break down are left; large networks are refined signal by signal. A judge
    chooses among what is found if there is time.

    Parameters
    ----------
    problem
        Network, demand, limits, field plan.
    judge
        Says how a plan does on given seeds (SUMO); without one the model alone decides.
    stress
        Says the same with more demand: a plan that breaks down then is not chosen.
    samples
        Demands that the plan shall be good for, the one with the most vehicles last, each with its judges;
        by default the problem's own with `judge` and `stress`. No plan is chosen that is worse than the field
        plan beyond noise, or breaks down, under one of them.
    risk
        How the values under several demands become one.
    policy
        What stages may be shown.
    objective
        What is made small; the first plan is one for delay whatever it is.
    seed
        Of the annealing, and of the judge's training seeds: see `training_seeds`.
    max_seconds
        Limit of the wall-clock time, judge included; the best plan so far is returned, as it is
        after Ctrl-C. `Result.message` says so: such a result cannot be repeated exactly.
    max_evaluations
        Plans that the queue model tries; by default as many as a usual machine does in a part of the time.
    repeatable
        Do all the work that is planned for `max_seconds`, however long it takes: the same plan on any
        machine, be it busy or not.
    jobs
        Chains at a time; it never changes the plan.
    on_progress
        Called with the step's name and the share of the time used, 0 to 1.

    Returns
    -------
    Result
        `Status.UNCHANGED` with the field plan if nothing better was found. A signal whose minimum
        greens do not fit into the longest cycle keeps its field timing; the message names it.

    Raises
    ------
    InputError
        If the scenario has no lanes.
    SimulationError
        If the judge can run no plan at all.
    """
    clock = Clock(max_seconds, repeatable=repeatable)
    choosable, kept = retimable(problem, menus(problem, policy))
    model = QueueModel(problem)
    demands: OneDemand | ManyDemands = (
        ManyDemands(samples, risk, objective, problem.field_plan, clock.spend)
        if samples
        else OneDemand(model, objective, judge, stress, clock.spend)
    )
    work = planned_work(
        problem,
        max_seconds,
        judged=demands.judge is not None,
        max_evaluations=max_evaluations,
        demands=[sample.problem for sample in samples],
    )
    search = Course(model, choosable, objective, demands, work, clock, on_progress)
    try:
        if choosable:
            search.begin()
            search.improve(seed, jobs)
    except KeyboardInterrupt:
        clock.interrupted = True
    best, n_broken = search.best(seed)
    return search.conclude(best, kept, seed, n_broken)

"""Plans under several demands: judged in SUMO with the same seeds, and what each of them regrets."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from trafficopt.demand_samples import DemandSamples, SampleScenario
from trafficopt.errors import InputError
from trafficopt.evaluation import Evaluation
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.objective import simulated_costs_s
from trafficopt.optimizer import Progress
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.result import Result
from trafficopt.risk import Risk
from trafficopt.robustness import FIELD, NEW, NOMINAL, OWN, DemandOutcome, PlanOutcome, Robustness
from trafficopt.search.demand_guard import fails
from trafficopt.sumo.sample_scenarios import sample_scenarios

Find = Callable[..., Result]
"""`optimize` with all its arguments but the demands and the progress."""
Run = Callable[[Problem, TimingPlan, Sequence[int]], Evaluation]
"""Proves a plan and lets SUMO run it with each seed."""


@dataclass(frozen=True, slots=True)
class Usual:
    """The usual demand.

    Attributes
    ----------
    result
        What was found for all demands.
    run
        How plans run.
    before, after
        Runs of the field plan and of the new one.
    """

    problem: Problem
    result: Result
    run: Run
    before: Evaluation
    after: Evaluation


def check_regret(demands: DemandSamples | None, regret: bool, compare_stages: bool) -> None:
    """Refuse what is not said of several demands.

    Raises
    ------
    InputError
        If regret is asked for without demands, or other stage policies with them.
    """
    if demands is None and regret:
        raise InputError("regret", "is what a plan loses under several demands", "give demands too")
    if demands is not None and compare_stages:
        fault = "compares plans for the usual demand"
        raise InputError("compare_stages", fault, "leave it out, or leave out the demands")


def judge_demands(
    usual: Usual,
    demands: DemandSamples,
    risk: Risk,
    margin_percent: float,
    on_progress: Progress | None = None,
) -> Robustness:
    """Run the field plan and the new plan under each demand, with the seeds of the runs that are known.

    Parameters
    ----------
    margin_percent
        Least change that matters, in percent of the mean before.

    Raises
    ------
    InputError
        If a demand does not fit the network.
    SimulationError
        If a run fails.
    """
    plans = {FIELD: usual.problem.field_plan, NEW: usual.result.plan}
    found = []
    with _opened(usual.problem, demands) as samples:
        for number, sample in enumerate(samples):
            if on_progress:
                on_progress(f"demand {sample.name} in SUMO", number / len(samples))
            runs = {FIELD: usual.before, NEW: usual.after} if _is_usual(sample, usual) else {}
            outcomes = _outcomes(sample, usual, plans, runs)
            failed = fails(outcomes[FIELD].costs_s, outcomes[NEW].costs_s)
            n = len(sample.scenario.demand)
            found.append(DemandOutcome(sample.name, sample.weight, n, outcomes, failed))
    return Robustness(risk, tuple(found), margin_percent)


def add_regret(
    robustness: Robustness,
    usual: Usual,
    demands: DemandSamples,
    find: Find,
    on_progress: Progress | None = None,
) -> Robustness:
    """Find the plan for the usual demand and one for each demand alone, and run them too.

    It takes as many searches as there are demands, and one more where the usual demand is none of them.

    Raises
    ------
    SimulationError
        If a run fails.
    """
    problem, found = usual.problem, []
    nominal = _searched(find, "the usual demand", on_progress)
    with _opened(problem, demands) as samples:
        for outcome, sample in zip(robustness.demands, samples, strict=True):
            own = nominal
            if not _is_usual(sample, usual):
                k = demands.names.index(sample.name)
                alone = DemandSamples((demands.samples[k],), names=(sample.name,))
                own = _searched(find, f"demand {sample.name} alone", on_progress, alone)
            if on_progress:
                on_progress(f"demand {sample.name} in SUMO", 0.0)
            plans = {**{FIELD: problem.field_plan, NEW: usual.result.plan}, NOMINAL: nominal, OWN: own}
            runs = {name: plan.evaluation for name, plan in outcome.plans.items()}
            found.append(replace(outcome, plans=_outcomes(sample, usual, plans, runs)))
    return replace(robustness, demands=tuple(found))


def _searched(
    find: Find, what: str, tell: Progress | None, demands: DemandSamples | None = None
) -> TimingPlan:
    """The plan for one demand; the field plan where nothing beat it."""
    told: Progress | None = None if tell is None else lambda step, share: tell(f"{what}: {step}", share)
    return find(demands=demands, on_progress=told).plan


@contextmanager
def _opened(problem: Problem, demands: DemandSamples) -> Iterator[tuple[SampleScenario, ...]]:
    """Scenarios of the demands, whose files last as long as the block."""
    with tempfile.TemporaryDirectory(prefix="trafficopt-") as folder:
        yield sample_scenarios(problem.scenario, demands, Path(folder))


def _is_usual(sample: SampleScenario, usual: Usual) -> bool:
    return sample.scenario is usual.problem.scenario


def _outcomes(
    sample: SampleScenario,
    usual: Usual,
    plans: Mapping[str, TimingPlan],
    known: Mapping[str, Evaluation],
) -> dict[str, PlanOutcome]:
    """How plans do under one demand; equal plans run once."""
    objective, scenario = usual.result.objective, sample.scenario
    problem = replace(usual.problem, scenario=scenario)
    model = QueueModel(problem)
    ran = [(plans[name], evaluation) for name, evaluation in known.items()]
    found = {}
    for name, plan in plans.items():
        same = (evaluation for other, evaluation in ran if other.timings == plan.timings)
        evaluation = known.get(name) or next(same, None)
        if evaluation is None:
            evaluation = usual.run(problem, plan, usual.before.seeds)
            ran.append((plan, evaluation))
        costs = simulated_costs_s(objective, evaluation, scenario.network, plan)
        model_s = objective.cost_s(model.performance(plan, model.estimate(plan)))
        found[name] = PlanOutcome(model_s, costs, evaluation)
    return found

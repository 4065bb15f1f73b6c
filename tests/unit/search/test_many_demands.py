"""Searches for several demands at once, with the model alone and with made-up judges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.objective import DELAY
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.result import Result, Status
from trafficopt.risk import MEAN, Risk
from trafficopt.search.choose import plan_key, training_seeds
from trafficopt.search.demands import Sample
from trafficopt.search.many_demands import ManyDemands, SampledJudge
from trafficopt.search.optimize import optimize
from trafficopt.search.work import planned_work

Maker = Callable[..., Problem]
Delay = Callable[[TimingPlan, int], float]


def under(problem: Problem, factor: float) -> Problem:
    demand = problem.scenario.demand.scaled(factor)
    return replace(problem, scenario=replace(problem.scenario, demand=demand))


def delay_s(problem: Problem, plan: TimingPlan) -> float:
    return QueueModel(problem).estimate(plan).mean_delay_s


def search(problem: Problem, factors: Sequence[float] = (), **options: Any) -> Result:
    """The search with little work, for some factors, or for the usual demand."""
    samples = [Sample(f"x{f:g}", under(problem, f), 1.0 / len(factors)) for f in factors]
    usual: dict[str, Any] = {"max_seconds": 600.0, "max_evaluations": 1200, "samples": samples}
    return optimize(problem, **(usual | options))


def judge_of(delay: Delay) -> Callable[[TimingPlan, Sequence[int]], Evaluation]:
    def judge(plan: TimingPlan, seeds: Sequence[int]) -> Evaluation:
        runs = (SeedResult(s, 100, 100, 0, 0, delay(plan, s), 1.0, 0.0, 0.0, 0, 0, 0) for s in seeds)
        return Evaluation(plan.name, tuple(runs))

    return judge


def test_one_plan_for_three_demands_beats_the_field_plan_under_each(corridor: Maker) -> None:
    problem = corridor(3, main_veh_h=650.0)
    result = search(problem, (0.8, 1.0, 1.2))
    assert result.status is Status.IMPROVED
    assert [each.name for each in result.samples] == ["x0.8", "x1", "x1.2"]
    for each, factor in zip(result.samples, (0.8, 1.0, 1.2), strict=True):
        assert each.after_s == delay_s(under(problem, factor), result.plan) < each.before_s
        assert each.weight == pytest.approx(1 / 3)
    assert result.objective_after == pytest.approx(sum(each.after_s for each in result.samples) / 3)
    assert result.objective_before == pytest.approx(sum(each.before_s for each in result.samples) / 3)
    assert result.performance_after.delay_s == delay_s(problem, result.plan)
    assert "one plan for the demands x0.8, x1, x1.2: the mean over them was made small" in result.message


def test_the_worst_demands_decide_by_cvar(corridor: Maker) -> None:
    result = search(corridor(2, main_veh_h=650.0), (0.8, 1.2), risk=Risk(0.25))
    assert result.objective_after == max(each.after_s for each in result.samples)
    assert "over the worst 25 % of them" in result.message


def test_one_demand_at_factor_1_gives_the_plan_of_the_usual_demand(corridor: Maker) -> None:
    problem = corridor(3, main_veh_h=650.0)
    judge = judge_of(lambda plan, seed: plan["s0"].cycle_s + seed % 3)
    usual = search(problem, judge=judge, stress=judge)
    alone = search(problem, samples=[Sample("x1", problem, 1.0, judge, judge)])
    assert alone.plan.timings == usual.plan.timings
    assert alone.objective_after == pytest.approx(usual.objective_after)


@pytest.mark.parametrize("jobs", [1, 3])
def test_any_number_of_threads_gives_the_same_plan(corridor: Maker, jobs: int) -> None:
    problem = corridor(2, main_veh_h=650.0)
    usual, other = search(problem, (0.8, 1.2)), search(problem, (0.8, 1.2), jobs=jobs)
    assert (usual.plan.timings, usual.objective_after) == (other.plan.timings, other.objective_after)


def test_a_plan_is_best_under_the_demand_that_it_was_made_for(corridor: Maker) -> None:
    # So much traffic on the main street that the cycle and the splits of the lighter demand do not serve it.
    problem = corridor(2, main_veh_h=1250.0, cross_veh_h=500.0)
    light, heavy = under(problem, 0.6), under(problem, 1.2)
    for_light, for_heavy = search(light).plan, search(heavy).plan
    assert delay_s(heavy, for_heavy) < delay_s(heavy, for_light)
    assert delay_s(light, for_light) < delay_s(light, for_heavy)


def test_fewer_plans_are_tried_in_the_same_time(corridor: Maker) -> None:
    problem = corridor(2)
    three = [under(problem, factor) for factor in (0.8, 1.0, 1.2)]
    one, many = (planned_work(problem, 60.0, judged=True, demands=d) for d in ((), three))
    assert many.evaluations == pytest.approx(one.evaluations / 3, rel=0.01)
    assert planned_work(problem, 60.0, judged=True, demands=[problem]) == one


def test_judges_of_all_demands_are_asked_once_for_each_seed(corridor: Maker) -> None:
    plan, asked, spent = corridor(1).field_plan, [], []

    def recording(name: str) -> Callable[[TimingPlan, Sequence[int]], Evaluation]:
        def judge(plan: TimingPlan, seeds: Sequence[int]) -> Evaluation:
            asked.append((name, tuple(seeds)))
            return judge_of(lambda _, seed: float(seed) + (name == "b"))(plan, seeds)

        return judge

    judge = SampledJudge.of([recording("a"), recording("b")], [1.0, 3.0], spent.append)
    assert judge is not None
    assert judge(plan, (1, 2)).values("mean_delay_s") == (1.0, 2.0, 2.0, 3.0)
    assert judge(plan, (2, 3)).values("mean_delay_s") == (2.0, 3.0, 3.0, 4.0)
    assert asked == [("a", (1, 2)), ("b", (1, 2)), ("a", (3,)), ("b", (3,))]
    assert spent == [1.0, 3.0, 0.5, 1.5]
    assert SampledJudge.of([None, None], [1.0, 1.0], spent.append) is None


def test_values_of_runs_are_taken_together_by_seed(corridor: Maker) -> None:
    problem = corridor(1)
    judges = [judge_of(lambda _, seed, base=base: base + seed) for base in (10.0, 40.0)]
    pairs = zip((0.8, 1.2), judges, strict=True)
    samples = [Sample(f"x{f}", under(problem, f), 0.5, judge) for f, judge in pairs]
    demands = ManyDemands(samples, Risk(0.5), DELAY, problem.field_plan, lambda _: None)
    assert demands.judge is not None and demands.has_reserve
    found = demands.judge(problem.field_plan, (1, 2))
    assert demands.costs_s(problem.field_plan, found) == [41.0, 42.0]
    means = ManyDemands(samples, MEAN, DELAY, problem.field_plan, lambda _: None)
    assert means.costs_s(problem.field_plan, found) == [26.0, 27.0]


def test_days_of_like_demand_are_searched_with_more_of_it_too(corridor: Maker) -> None:
    problem = corridor(1)

    def vehicles_of(*factors: float) -> list[list[int]]:
        """Of the models in the first round, and in the second."""
        samples = [Sample(f"x{f}", under(problem, f), 1 / len(factors)) for f in factors]
        demands = ManyDemands(samples, MEAN, DELAY, problem.field_plan, lambda _: None)
        first, second = (demands.models(number) for number in (0, 1))
        assert first.effort > 1.0 == second.effort
        return [
            [len(models[0].fleet.vehicles) for models in first.sets],
            [len(models[0].models[-1].fleet.vehicles) for models in second.sets],
        ]

    n = len(problem.scenario.demand)
    assert vehicles_of(0.9, 1.0, 1.05) == [[n, int(1.1 * n)], [int(1.05 * n), int(1.1 * int(1.05 * n))]]
    assert vehicles_of(0.8, 1.0, 1.2) == [[n, int(1.2 * n)], [int(1.2 * n)]]


def test_a_plan_that_is_worse_under_one_demand_is_out(corridor: Maker) -> None:
    problem = corridor(2, main_veh_h=650.0)
    field = plan_key(problem.field_plan)

    def light(plan: TimingPlan, seed: int) -> float:
        return 32.0 + 0.1 * (seed % 3) if plan_key(plan) != field else 30.0

    def heavy(plan: TimingPlan, seed: int) -> float:
        return 50.0 if plan_key(plan) != field else 90.0

    judges = {"x0.8": judge_of(light), "x1.2": judge_of(heavy)}
    samples = [Sample(k, under(problem, float(k[1:])), 0.5, judge, None) for k, judge in judges.items()]
    result = search(problem, samples=samples)
    assert result.status is Status.UNCHANGED
    assert "Left out because the field plan does better under one demand: " in result.message
    harmless = [replace(samples[0], judge=judge_of(lambda plan, seed: 30.0)), samples[1]]
    assert search(problem, samples=harmless).status is Status.IMPROVED


def test_a_plan_that_locks_up_under_one_demand_is_out(corridor: Maker) -> None:
    problem = corridor(2, main_veh_h=650.0)
    field, seeds = plan_key(problem.field_plan), training_seeds(1)
    locked = seeds[40]

    def heavy(plan: TimingPlan, seed: int) -> float:
        """A lock-up with one late seed: hardly anything to the mean over three demands."""
        if plan_key(plan) == field:
            return 60.0
        return 150.0 if seed == locked else 50.0

    calm = judge_of(lambda plan, seed: 60.0 if plan_key(plan) == field else 50.0)
    samples = [Sample(f"x{f}", under(problem, f), 1 / 3, calm) for f in (0.8, 1.0)]
    result = search(problem, samples=[*samples, Sample("x1.2", under(problem, 1.2), 1 / 3, judge_of(heavy))])
    assert result.status is Status.UNCHANGED
    assert "Left out because" in result.message

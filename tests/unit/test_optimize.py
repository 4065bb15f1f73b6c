"""The optimizer on made-up streets: what it returns, and what it says."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from trafficopt.errors import SimulationError
from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.examples import example_path
from trafficopt.limits import Limits
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem, build_problem
from trafficopt.result import Result, Status
from trafficopt.rules.check import check_rows
from trafficopt.rules.findings import errors
from trafficopt.search import clock, course, work
from trafficopt.search import optimize as optimizer
from trafficopt.search.menu import SignalMenu, StagePolicy, dropped_protection
from trafficopt.signals.plan_files import plan_json
from trafficopt.sumo.read import read_scenario

Maker = Callable[..., Problem]
LONG_S = 600.0
EVALUATIONS = 1200


def optimize(problem: Problem, **options: Any) -> Result:
    """The optimizer with little work and no limit of time, unless told otherwise."""
    usual: dict[str, Any] = {"max_seconds": LONG_S, "max_evaluations": EVALUATIONS}
    return optimizer.optimize(problem, **(usual | options))


@pytest.fixture(scope="module")
def main_street() -> Problem:
    return build_problem(read_scenario(example_path("main_street")))


def judged(plan: TimingPlan, seeds: Sequence[int], delay_s: float) -> Evaluation:
    runs = (SeedResult(seed, 100, 100, 0, 0, delay_s, 1.0, 0.0, 0.0, 0, 0, 0) for seed in seeds)
    return Evaluation(plan.name, tuple(runs))


class LikesCycle:
    """A judge that likes plans whose first signal has a cycle near `cycle_s`."""

    def __init__(self, cycle_s: float) -> None:
        self.cycle_s = cycle_s
        self.seeds: set[int] = set()
        self.names: set[str] = set()

    def __call__(self, plan: TimingPlan, seeds: Sequence[int]) -> Evaluation:
        self.seeds.update(seeds)
        self.names.add(plan.name)
        return judged(plan, seeds, 30.0 + abs(plan["s0"].cycle_s - self.cycle_s))


def assert_legal(problem: Problem, result: Result) -> None:
    for node in problem.network.intersections:
        timing = result.plan[node.id]
        assert timing.stages == node.stages
        assert not errors(check_rows(node, timing.intervals, timing.cycle_s))
        for stage, green in zip(node.stages, timing.greens_s, strict=True):
            assert green >= stage.min_green_s - 1e-6
        if node.id not in problem.scenario.retime:
            assert timing == problem.field_plan[node.id]
    if result.status is Status.UNCHANGED:
        assert result.plan == problem.field_plan


def test_the_model_alone_finds_a_better_plan(corridor: Maker) -> None:
    problem = corridor(3, main_veh_h=650.0)
    result = optimize(problem)
    assert result.status is Status.IMPROVED
    assert result.objective_after < 0.8 * result.objective_before
    assert result.plan.name == "optimized"
    assert result.message == "The search timed 3 signals in 1 zone."
    assert {t.cycle_s for t in result.plan.timings.values()} == {result.plan["s0"].cycle_s}
    assert 0.0 < result.link_delay_bound_veh_s_s <= result.link_delay_veh_s_s
    assert result.gap == pytest.approx(1.0 - result.link_delay_bound_veh_s_s / result.link_delay_veh_s_s)
    assert result.history[0].what == "field plan"
    assert result.history[-1].objective == result.objective_after
    assert_legal(problem, result)


def test_the_same_seed_gives_the_same_bytes(corridor: Maker) -> None:
    problem = corridor(3, main_veh_h=650.0)
    first, second = (optimize(problem, seed=3) for _ in range(2))
    assert plan_json(problem.scenario, first.plan) == plan_json(problem.scenario, second.plan)
    assert first.message == second.message


def test_a_judge_decides(corridor: Maker) -> None:
    problem = corridor(2, main_veh_h=650.0)
    model_only = optimize(problem)
    judge = LikesCycle(model_only.plan["s0"].cycle_s + 25.0)
    result = optimize(problem, judge=judge, seed=4)
    assert result.plan["s0"].cycle_s > model_only.plan["s0"].cycle_s
    assert {4000, 4001} <= judge.seeds <= set(range(4000, 4020))
    assert "field" in judge.names
    assert result.message.startswith("The search timed 2 signals in 1 zone. Simulation compared ")
    assert_legal(problem, result)


def test_a_judge_that_prefers_the_field_plan_keeps_it(corridor: Maker) -> None:
    problem = corridor(2)

    def judge(plan: TimingPlan, seeds: Sequence[int]) -> Evaluation:
        return judged(plan, seeds, 20.0 if plan is problem.field_plan else 25.0)

    result = optimize(problem, judge=judge)
    assert result.status is Status.UNCHANGED
    assert result.plan is problem.field_plan
    assert result.objective_after == result.objective_before
    assert result.message.endswith("No plan was found that beats the field plan.")


def test_a_search_never_ends_with_a_worse_plan(corridor: Maker) -> None:
    problem = corridor(2, main_veh_h=650.0)
    for _ in range(3):
        result = optimize(problem)
        assert result.objective_after <= result.objective_before
        problem = replace(problem, scenario=replace(problem.scenario, field_plan=result.plan))


def test_the_field_plan_is_judged_however_few_plans_are(
    corridor: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem, judge = corridor(2, main_veh_h=650.0), LikesCycle(60.0)
    monkeypatch.setattr(work, "affordable", lambda problem, max_seconds: 1)
    result = optimize(problem, judge=judge)
    assert "Simulation compared 2 plans." in result.message
    assert "field" in judge.names


def test_a_start_that_breaks_a_rule_keeps_the_field_timing_there(
    corridor: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = corridor(2, main_veh_h=650.0)
    field, told = problem.field_plan["s0"], []

    def only_field(menu: SignalMenu, timing: SignalTiming) -> bool:
        told.append(timing)
        return menu.node.id != "s0" or timing == field

    monkeypatch.setattr(SignalMenu, "is_safe", only_field)
    result = optimize(problem)
    assert result.plan["s0"] == field
    assert any(timing != field for timing in told)


def test_dropped_protection_is_named(main_street: Problem) -> None:
    result = optimize(main_street, policy=StagePolicy.WARRANTED)
    lost = [
        (node.id, movement)
        for node in main_street.network.intersections
        for movement in dropped_protection(node, result.plan[node.id])
    ]
    assert lost
    said = result.message.split("Without a protected green from now on: ")[1]
    assert all(key in said and movement in said for key, movement in lost)
    kept = optimize(main_street, policy=StagePolicy.PROTECTED)
    assert "Without a protected green" not in kept.message


@pytest.mark.parametrize("kept", [("s0", "s1"), ("s1",)])
def test_signals_that_are_kept_stay_as_they_are(corridor: Maker, kept: tuple[str, ...]) -> None:
    problem = corridor(2, greens_s=(27.0, 38.2), offsets_s=[3.0, 7.4], kept=kept)
    result = optimize(problem)
    assert result.plan["s1"] == problem.field_plan["s1"]
    if len(kept) == 2:
        assert result.status is Status.UNCHANGED
        assert result.message == "No signal of this network can be retimed."
    else:
        assert result.plan["s0"].cycle_s.is_integer()
    assert_legal(problem, result)


def test_hardly_any_time_still_gives_a_legal_plan(corridor: Maker) -> None:
    problem = corridor(3)
    result = optimize(problem, judge=LikesCycle(60.0), max_seconds=1e-6)
    assert_legal(problem, result)
    assert "Stopped at the time limit of 1e-06 s: another run may end with another plan." in result.message


def test_a_judge_without_time_leaves_the_choice_to_the_model(corridor: Maker) -> None:
    def slow(plan: TimingPlan, seeds: Sequence[int]) -> Evaluation:
        raise SimulationError(["sumo"], None, "")

    result = optimize(corridor(2, main_veh_h=650.0), judge=slow)
    assert result.status is Status.IMPROVED
    assert result.objective_after < result.objective_before
    assert "Stopped at the time limit of 600 s" in result.message


def test_a_judge_that_never_works_is_an_error(corridor: Maker) -> None:
    def broken(plan: TimingPlan, seeds: Sequence[int]) -> Evaluation:
        raise SimulationError(["sumo"], 1, "no network")

    with pytest.raises(SimulationError, match="no network"):
        optimize(corridor(2), judge=broken)


def test_stopping_the_judge_by_hand_keeps_its_best_plan(corridor: Maker) -> None:
    asked: list[TimingPlan] = []

    def judge(plan: TimingPlan, seeds: Sequence[int]) -> Evaluation:
        asked.append(plan)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return judged(plan, seeds, 40.0 - len(asked))

    problem = corridor(2, main_veh_h=650.0)
    result = optimize(problem, judge=judge)
    assert dict(result.plan.timings) == dict(asked[1].timings)
    assert result.message.endswith("Stopped by the user: this is the best plan found until then.")
    assert len(asked) == 3


@pytest.mark.parametrize("last_step", ["first plan", "annealing"])
def test_stopping_the_search_by_hand_keeps_the_best_plan(corridor: Maker, last_step: str) -> None:
    def stop(what: str, share: float) -> None:
        if what == last_step:
            raise KeyboardInterrupt

    problem = corridor(3, main_veh_h=650.0)
    result = optimize(problem, judge=LikesCycle(0.0), on_progress=stop)
    assert (result.status is Status.UNCHANGED) == (last_step == "first plan")
    assert "Stopped by the user" in result.message
    assert "Simulation" not in result.message
    assert_legal(problem, result)


def test_chains_that_are_stopped_by_hand_are_not_judged(
    corridor: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, rounds = course.run_chains, []

    def stopped(*args: Any, **options: Any) -> Any:
        rounds.append(args)
        return run(*args, **options)[0], True

    monkeypatch.setattr(course, "run_chains", stopped)
    judge = LikesCycle(0.0)
    result = optimize(corridor(3, main_veh_h=650.0), judge=judge)
    assert (len(rounds), judge.names) == (1, set())
    assert result.status is Status.IMPROVED
    assert "Stopped by the user" in result.message


def test_minimum_greens_above_the_longest_cycle_keep_the_signal(corridor: Maker) -> None:
    problem = corridor(2, greens_s=(40.0, 40.0), min_green_s=40.0, limits=Limits(max_cycle_s=80.0))
    result = optimize(problem)
    assert result.status is Status.UNCHANGED
    assert "No signal of this network can be retimed." in result.message
    assert (
        "s0 keeps its field timing: minimum greens and intergreens need 88 s, "
        "above the longest cycle of 80 s." in result.message
    )


def test_a_field_plan_beyond_the_limits_is_replaced_or_kept_whole(corridor: Maker) -> None:
    problem = corridor(2, greens_s=(70.0, 72.0), limits=Limits(max_cycle_s=90.0))
    result = optimize(problem)
    assert result.status is Status.IMPROVED
    assert all(timing.cycle_s <= 90.0 for timing in result.plan.timings.values())


def test_maximum_greens_bound_the_cycle(corridor: Maker) -> None:
    problem = corridor(2, main_veh_h=900.0, cross_veh_h=800.0, max_green_s=28.0)
    result = optimize(problem)
    assert all(max(t.greens_s) <= 28.0 and t.cycle_s <= 64.0 for t in result.plan.timings.values())


def test_progress_is_told(corridor: Maker) -> None:
    told: list[tuple[str, float]] = []
    optimize(corridor(1), on_progress=lambda what, share: told.append((what, share)))
    assert told[0][0] == "first plan"
    assert told[-1][0] == "annealing"
    assert all(0 <= share <= 1 for _, share in told)


@pytest.mark.parametrize("jobs", [1, 3])
def test_any_number_of_threads_gives_the_same_plan(corridor: Maker, jobs: int) -> None:
    problem = corridor(3, main_veh_h=650.0)
    usual = optimize(problem, seed=2)
    result = optimize(problem, seed=2, jobs=jobs)
    assert result.plan.timings == usual.plan.timings
    assert result.objective_after == usual.objective_after


def test_a_repeatable_search_does_not_look_at_the_clock(
    corridor: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = corridor(2, main_veh_h=650.0)

    def search(step_s: float, **options: Any) -> tuple[Result, LikesCycle]:
        """With a clock that jumps by `step_s` whenever it is looked at."""
        judge, ticks = LikesCycle(90.0), itertools.count()
        monkeypatch.setattr(clock.time, "monotonic", lambda: step_s * next(ticks))
        return optimize(problem, judge=judge, max_seconds=10.0, **options), judge

    (quick, first), (slow, second) = (search(step_s, repeatable=True) for step_s in (0.0, 100.0))
    assert (quick.plan.timings, quick.message) == (slow.plan.timings, slow.message)
    assert first.seeds == second.seeds
    assert "time limit" not in slow.message
    assert "time limit" in search(100.0)[0].message


def test_timing_of_a_fractional_field_cycle_stays_legal(corridor: Maker) -> None:
    problem = corridor(2, greens_s=(33.1, 32.1), offsets_s=[73.0, 12.3])
    field = problem.field_plan["s0"]
    assert (field.greens_s, field.cycle_s, field.offset_s) == ((33.1, 32.1), 73.2, 73.0)
    assert_legal(problem, optimize(problem))

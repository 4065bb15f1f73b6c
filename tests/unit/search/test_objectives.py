"""Searches that weigh more than the delay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.examples import example_path
from trafficopt.intersection import User
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.objective import DELAY, Objective, crossings_of, walk_wait_s
from trafficopt.optimizer import pareto
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem, build_problem
from trafficopt.result import Status
from trafficopt.search.anneal import anneal
from trafficopt.search.menu import StagePolicy, menus
from trafficopt.search.moves import Moves, at_cycle
from trafficopt.search.optimize import optimize
from trafficopt.search.windows import MOVES, refine, windowed
from trafficopt.sumo.read import read_scenario

Maker = Callable[..., Problem]
STOPS = Objective(stop_s=40.0)


def street(corridor: Maker) -> Problem:
    return corridor(4, main_veh_h=650.0, offsets_s=[0.0, 31.0, 7.0, 55.0], arterial=True)


def with_crossings(problem: Problem) -> Problem:
    """The same street, whose second head at each signal is one of pedestrians too."""
    nodes = tuple(
        replace(
            node,
            heads=(node.heads[0], replace(node.heads[1], user=User.PEDESTRIANS), *node.heads[2:]),
        )
        for node in problem.network.intersections
    )
    network = replace(problem.network, intersections=nodes)
    return replace(problem, scenario=replace(problem.scenario, network=network))


@pytest.mark.parametrize("objective", [Objective(stop_s=100.0), Objective(arterial=5.0)], ids=str)
def test_a_chain_finds_what_is_better_by_its_objective(corridor: Maker, objective: Objective) -> None:
    problem = street(corridor)
    model = QueueModel(problem)
    zones = (Moves(menus(problem, StagePolicy.SHIPPED), problem.limits),)
    own, usual = (
        anneal(
            [model],
            zones,
            problem.field_plan,
            seed=1,
            evaluations=600,
            stop=lambda: False,
            objective=weighed,
        )[0]
        for weighed in (objective, DELAY)
    )
    state = model.blank_state()
    assert own.cost_s == model.cost_s(own.plan, state, objective)
    assert own.cost_s < model.cost_s(usual.plan, state, objective)
    assert usual.cost_s == model.mean_delay_s(usual.plan, state)


def test_a_result_tells_its_objective_and_what_traffic_meets(corridor: Maker) -> None:
    problem = street(corridor)
    result = optimize(problem, objective=STOPS, max_seconds=600.0, max_evaluations=400)
    assert result.objective == STOPS
    assert result.objective_after == STOPS.cost_s(result.performance_after)
    assert result.objective_before == STOPS.cost_s(result.performance_before) > result.objective_after
    assert result.history[-1].objective == result.objective_after
    assert "It made this small: mean delay + 40 s x stops." in result.message
    assert QueueModel(problem).estimate(result.plan).mean_stops == result.performance_after.stops


def test_pedestrians_get_shorter_waits(corridor: Maker) -> None:
    problem = with_crossings(street(corridor))
    walk = Objective(walk=10.0)
    own, usual = (
        optimize(problem, objective=weighed, max_seconds=600.0, max_evaluations=600)
        for weighed in (walk, DELAY)
    )
    assert own.performance_after.walk_wait_s < usual.performance_after.walk_wait_s
    assert own.objective_after == walk.cost_s(own.performance_after)


def test_steps_of_windows_are_values_of_the_objective(corridor: Maker) -> None:
    problem = street(corridor)
    model = QueueModel(problem)
    zones = (Moves(menus(problem, StagePolicy.SHIPPED), problem.limits),)
    objective = Objective(stop_s=20.0, arterial=1.0, overflow=1.0)
    steps = list(
        refine(
            model,
            zones,
            problem.field_plan,
            seed=1,
            evaluations=4 * 5 * MOVES,
            stop=lambda: False,
            jobs=1,
            objective=objective,
        )
    )
    costs = [step.cost_s for step in steps]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < 0.95 * model.cost_s(problem.field_plan, model.blank_state(), objective)
    for step in steps:
        expected = objective.cost_s(model.performance(step.plan, model.estimate(step.plan)))
        assert step.cost_s == pytest.approx(expected)


def with_cycle(plan: TimingPlan, key: str, cycle_s: float) -> TimingPlan:
    timing = at_cycle(plan[key], cycle_s)
    assert timing is not None
    return TimingPlan("changed", {**plan.timings, key: timing})


@pytest.mark.parametrize("key", ["M1", "M4"])
def test_a_window_counts_pedestrians_as_the_network_does(key: str) -> None:
    problem = with_crossings(build_problem(read_scenario(example_path("main_street"))))
    model, before = QueueModel(problem), problem.field_plan
    after = with_cycle(before, key, before[key].cycle_s - 15.0)
    objective = Objective(walk=3.0, overflow=9.0)
    window = model.window({key}, model.record(before))
    own = windowed(objective, model, window, before)
    state, n = window.blank_state(), len(window.fleet.vehicles)
    assert 0 < n < len(model.fleet.vehicles)
    assert 0 < len(window.crossings) < len(model.crossings)
    costs, delays = (
        [n * window.cost_s(plan, state, weighed) for plan in (before, after)] for weighed in (own, DELAY)
    )
    crossings = crossings_of(problem.network)
    waits = [walk_wait_s(crossings, plan) for plan in (before, after)]
    gain = (costs[0] - costs[1]) - (delays[0] - delays[1])
    assert waits[0] - waits[1] > 0.5
    assert gain == pytest.approx(len(model.fleet.vehicles) * 3.0 * (waits[0] - waits[1]))


def test_the_delay_is_itself_in_a_window(corridor: Maker) -> None:
    problem = with_crossings(street(corridor))
    model = QueueModel(problem)
    window = model.window({"s1"}, model.record(problem.field_plan))
    assert windowed(DELAY, model, window, problem.field_plan).is_delay
    assert windowed(STOPS, model, window, problem.field_plan) == STOPS


def test_the_judge_chooses_by_the_objective(corridor: Maker) -> None:
    problem = corridor(2, main_veh_h=650.0)

    def judge(plan: TimingPlan, seeds: Sequence[int]) -> Evaluation:
        """The field plan has the least delay, but many stops."""
        delay, stops = (20.0, 3.0) if plan is problem.field_plan else (25.0, 1.0)
        runs = (SeedResult(seed, 100, 100, 0, 0, delay, stops, 0.0, 0.0, 0, 0, 0) for seed in seeds)
        return Evaluation(plan.name, tuple(runs))

    by_delay, by_stops = (
        optimize(problem, judge=judge, objective=weighed, max_seconds=600.0, max_evaluations=800)
        for weighed in (DELAY, STOPS)
    )
    assert by_delay.status is Status.UNCHANGED
    assert by_delay.performance_after == by_delay.performance_before
    assert by_stops.status is Status.IMPROVED


def test_a_pareto_set_trades_delay_for_stops(corridor: Maker) -> None:
    problem = street(corridor)
    front = pareto(problem, stop_s=(0.0, 100.0), max_seconds=600.0, max_evaluations=600)
    found = [result.performance_after for result in front]
    assert 1 <= len(front) <= 2
    assert [f.delay_s for f in found] == sorted(f.delay_s for f in found)
    assert [f.stops for f in found] == sorted((f.stops for f in found), reverse=True)
    assert {result.objective.stop_s for result in front} <= {0.0, 100.0}
    field = QueueModel(problem).estimate(problem.field_plan)
    assert all(result.performance_before.stops == field.mean_stops for result in front)
    assert all(result.performance_after.delay_s < field.mean_delay_s for result in front)

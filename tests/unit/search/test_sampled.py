"""Queue models of several demands as one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.objective import DELAY, Objective
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.risk import MEAN, Risk
from trafficopt.search.menu import StagePolicy, menus
from trafficopt.search.moves import Moves
from trafficopt.search.sampled import SampledModel, SampledWindow
from trafficopt.search.windows import MOVES, refine, windowed

Maker = Callable[..., Problem]
FACTORS, WEIGHTS = (0.8, 1.0, 1.2), (0.25, 0.5, 0.25)


def under(problem: Problem, factor: float) -> Problem:
    demand = problem.scenario.demand.scaled(factor)
    return replace(problem, scenario=replace(problem.scenario, demand=demand))


def sampled(problem: Problem, risk: Risk = MEAN) -> SampledModel:
    return SampledModel([QueueModel(under(problem, factor)) for factor in FACTORS], WEIGHTS, risk)


@pytest.mark.parametrize("risk", [MEAN, Risk(0.4)])
@pytest.mark.parametrize("objective", [DELAY, Objective(stop_s=10.0)])
def test_the_value_is_that_of_each_demand_taken_together(
    corridor: Maker, risk: Risk, objective: Objective
) -> None:
    problem = corridor(2, main_veh_h=650.0)
    model, plan = sampled(problem, risk), problem.field_plan
    alone = [QueueModel(under(problem, factor)) for factor in FACTORS]
    costs = [m.cost_s(plan, m.blank_state(), objective) for m in alone]
    assert costs == sorted(costs)
    state = model.blank_state()
    assert model.costs_s(plan, state, objective) == tuple(costs)
    value = model.cost_s(plan, state, objective)
    assert value == risk.value(costs, WEIGHTS)
    assert model.cost_s(plan, state, objective, value + 1e-6) == value
    assert model.cost_s(plan, state, objective, 0.9 * value) == math.inf


def test_other_drivers_change_every_demand(corridor: Maker) -> None:
    problem = corridor(2, main_veh_h=650.0)
    model = sampled(problem)
    other = model.redrawn(1)
    pairs = zip(
        model.costs_s(problem.field_plan, model.blank_state(), DELAY),
        other.costs_s(problem.field_plan, other.blank_state(), DELAY),
        strict=True,
    )
    assert all(a != b for a, b in pairs)


@pytest.mark.parametrize("risk", [MEAN, Risk(0.4)])
def test_a_window_has_the_value_of_the_network(corridor: Maker, risk: Risk) -> None:
    problem = corridor(3, main_veh_h=650.0)
    model, plan = sampled(problem, risk), problem.field_plan
    costs = model.costs_s(plan, model.blank_state(), DELAY)
    pairs = zip(model.models, model.record(plan), strict=True)
    windows = [whole.window({"s1"}, recording) for whole, recording in pairs]
    objectives = [windowed(DELAY, m, w, plan) for m, w in zip(model.models, windows, strict=True)]
    window = SampledWindow(model, windows, objectives, plan, costs)
    now = window.cost_s(plan, window.blank_state(), DELAY)
    assert now == pytest.approx(model.cost_s(plan, model.blank_state(), DELAY))
    later = TimingPlan("later", {**plan.timings, "s1": replace(plan["s1"], offset_s=20.0)})
    # What changes in the windows changes so much of all vehicles' delay.
    inside = [
        (w.cost_s(later, w.blank_state(), DELAY) - w.cost_s(plan, w.blank_state(), DELAY))
        * len(w.fleet.vehicles)
        / len(m.fleet.vehicles)
        for m, w in zip(model.models, windows, strict=True)
    ]
    expected = risk.value([cost + change for cost, change in zip(costs, inside, strict=True)], WEIGHTS)
    assert window.cost_s(later, window.blank_state(), DELAY) == pytest.approx(expected)
    assert window.cost_s(later, window.blank_state(), DELAY, 0.5 * expected) == math.inf


def test_large_networks_are_refined_for_all_demands(corridor: Maker) -> None:
    problem = corridor(6, main_veh_h=650.0, offsets_s=[0.0, 31.0, 7.0, 55.0, 20.0, 40.0])
    zones = (Moves(menus(problem, StagePolicy.SHIPPED), problem.limits),)

    def refined(jobs: int) -> list[tuple[dict[str, object], float]]:
        steps = refine(
            sampled(problem),
            zones,
            problem.field_plan,
            seed=1,
            evaluations=6 * 3 * MOVES,
            stop=lambda: False,
            jobs=jobs,
        )
        return [(dict(step.plan.timings), step.cost_s) for step in steps]

    steps, model = refined(1), sampled(problem)
    assert steps == refined(4)
    costs = [cost for _, cost in steps]
    before = model.cost_s(problem.field_plan, model.blank_state(), DELAY)
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < 0.95 * before
    last = TimingPlan("refined", steps[-1][0])
    assert model.cost_s(last, model.blank_state(), DELAY) == costs[-1]

"""Annealing on the queue model."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.search.anneal import Found, anneal
from trafficopt.search.menu import StagePolicy, menus
from trafficopt.search.moves import Moves

Maker = Callable[..., Problem]


def chain_of(
    problem: Problem, *, evaluations: int = 400, seed: int = 1, stop: Callable[[], bool] = lambda: False
) -> tuple[Found, ...]:
    moves = (Moves(menus(problem, StagePolicy.SHIPPED), problem.limits),)
    model = QueueModel(problem)
    return anneal([model], moves, problem.field_plan, seed=seed, evaluations=evaluations, stop=stop)


def test_the_model_confirms_what_was_found(corridor: Maker) -> None:
    problem = corridor(3, main_veh_h=650.0)
    model, chain = QueueModel(problem), chain_of(problem)
    assert chain[0].cost_s < 0.9 * model.estimate(problem.field_plan).mean_delay_s
    for found in chain:
        assert found.cost_s == pytest.approx(model.estimate(found.plan).mean_delay_s)
    assert [found.cost_s for found in chain] == sorted(found.cost_s for found in chain)


def test_a_chain_that_is_stopped_keeps_its_best(corridor: Maker) -> None:
    problem, asked = corridor(2), []

    def stop() -> bool:
        asked.append(None)
        return len(asked) > 60

    chain = chain_of(problem, stop=stop)
    assert len(asked) == 61
    assert chain[0].cost_s <= QueueModel(problem).estimate(problem.field_plan).mean_delay_s


def test_seeds_decide_the_path(corridor: Maker) -> None:
    problem = corridor(2, main_veh_h=650.0)
    plans: list[TimingPlan] = [chain_of(problem, seed=s, evaluations=100)[0].plan for s in (1, 1, 2)]
    assert plans[0].timings == plans[1].timings != plans[2].timings


def test_plans_are_compared_over_all_models(corridor: Maker) -> None:
    problem = corridor(2, main_veh_h=650.0)
    models = [QueueModel(problem).redrawn(draw) for draw in range(3)]
    moves = (Moves(menus(problem, StagePolicy.SHIPPED), problem.limits),)
    chain = anneal(models, moves, problem.field_plan, seed=1, evaluations=200, stop=lambda: False)
    for found in chain:
        delays = [model.estimate(found.plan).mean_delay_s for model in models]
        assert len(set(delays)) == 3
        assert found.cost_s == pytest.approx(sum(delays) / 3)


def test_heat_lets_a_chain_take_worse_plans(corridor: Maker) -> None:
    problem = corridor(2, main_veh_h=650.0)
    moves = (Moves(menus(problem, StagePolicy.SHIPPED), problem.limits),)
    model, start = QueueModel(problem), chain_of(problem)[0].plan
    found = {
        heat: anneal([model], moves, start, seed=5, evaluations=120, stop=lambda: False, heat=heat)
        for heat in (0.0, 50.0)
    }
    assert max(f.cost_s for f in found[0.0]) <= model.estimate(start).mean_delay_s + 1e-9
    assert max(f.cost_s for f in found[50.0]) > model.estimate(start).mean_delay_s


def test_a_run_that_is_bad_enough_ends_early(corridor: Maker) -> None:
    problem = corridor(2)
    model = QueueModel(problem)
    state = model.blank_state()
    delay = model.mean_delay_s(problem.field_plan, state)
    assert model.mean_delay_s(problem.field_plan, state, delay + 1e-9) == delay
    assert model.mean_delay_s(problem.field_plan, state, 0.5 * delay) == float("inf")

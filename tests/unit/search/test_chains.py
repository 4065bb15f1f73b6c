"""Rounds of annealing chains, and the plans from which they start."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.objective import DELAY
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.search.anneal import Found
from trafficopt.search.chains import DRAWS, RESERVE, ROUNDS, models_by_chance, run_chains, stressed_model
from trafficopt.search.menu import StagePolicy, menus
from trafficopt.search.moves import Moves
from trafficopt.search.starts import field_start
from trafficopt.search.work import CHAINS

Maker = Callable[..., Problem]


def chains_of(
    problem: Problem, starts: list[TimingPlan], *, turn: int = 0, jobs: int | None = 2
) -> tuple[list[tuple[Found, ...]], bool]:
    zones = (Moves(menus(problem, StagePolicy.SHIPPED), problem.limits),)
    return run_chains(
        [models_by_chance(QueueModel(problem))[:2], models_by_chance(stressed_model(problem))[:2]],
        zones,
        starts,
        ROUNDS[turn],
        seed=1,
        evaluations=240,
        stop=lambda: False,
        objective=DELAY,
        jobs=jobs,
    )


def test_models_under_stress_differ_by_drivers_and_have_more_demand(corridor: Maker) -> None:
    problem = corridor(2)
    models = models_by_chance(stressed_model(problem))
    n = len(problem.scenario.demand)
    assert [len(m.problem.scenario.demand) for m in models] == [pytest.approx(RESERVE * n, abs=1)] * DRAWS
    delays = {m.estimate(problem.field_plan).mean_delay_s for m in models}
    assert len(delays) == DRAWS


def test_chains_start_from_the_plans_in_turn(corridor: Maker) -> None:
    problem = corridor(2, main_veh_h=650.0)
    other = TimingPlan("other", {**problem.field_plan.timings})
    chains, interrupted = chains_of(problem, [problem.field_plan, other], jobs=1)
    assert (len(chains), interrupted) == (CHAINS, False)
    assert all(
        any(f.plan is start for f in chain)
        for chain, start in zip(chains, [problem.field_plan, other] * 2, strict=True)
    )
    assert len({chain[0].cost_s for chain in chains}) > 1


def test_threads_change_nothing_and_rounds_do(corridor: Maker) -> None:
    problem = corridor(2, main_veh_h=650.0)
    one, many = (chains_of(problem, [problem.field_plan], jobs=jobs)[0] for jobs in (1, 4))
    assert [[f.plan.timings for f in c] for c in one] == [[f.plan.timings for f in c] for c in many]
    second, _ = chains_of(problem, [problem.field_plan], turn=1)
    assert second[0][0].plan.timings != one[0][0].plan.timings


def test_the_field_start_has_one_cycle_a_zone(corridor: Maker) -> None:
    problem = corridor(2)
    zones = (Moves(menus(problem, StagePolicy.SHIPPED), problem.limits),)
    plan = field_start(problem, zones)
    assert len({timing.cycle_s for timing in plan.timings.values()}) == 1

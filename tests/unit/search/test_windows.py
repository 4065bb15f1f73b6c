"""Refinement of a plan signal by signal."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem
from trafficopt.search.anneal import Found
from trafficopt.search.menu import SignalMenu, StagePolicy, menus
from trafficopt.search.moves import Moves
from trafficopt.search.windows import MOVES, downstream, refine

Maker = Callable[..., Problem]


def refined(
    problem: Problem,
    *,
    evaluations: int,
    seed: int = 1,
    jobs: int | None = 1,
    stop: Callable[[], bool] = lambda: False,
) -> list[Found]:
    zones = (Moves(menus(problem, StagePolicy.SHIPPED), problem.limits),)
    steps = refine(
        QueueModel(problem),
        zones,
        problem.field_plan,
        seed=seed,
        evaluations=evaluations,
        stop=stop,
        jobs=jobs,
    )
    return list(steps)


def street(corridor: Maker) -> Problem:
    return corridor(6, main_veh_h=650.0, offsets_s=[0.0, 31.0, 7.0, 55.0, 20.0, 40.0])


def test_every_step_is_confirmed_by_a_full_run(corridor: Maker) -> None:
    problem = street(corridor)
    model = QueueModel(problem)
    steps = refined(problem, evaluations=6 * 6 * MOVES)
    delays = [step.cost_s for step in steps]
    assert delays == sorted(delays, reverse=True)
    assert delays[-1] < 0.9 * model.estimate(problem.field_plan).mean_delay_s
    for step in steps:
        assert step.cost_s == pytest.approx(model.estimate(step.plan).mean_delay_s)


def test_signals_of_a_zone_keep_one_cycle_or_half_of_it(corridor: Maker) -> None:
    plan = refined(street(corridor), evaluations=6 * 8 * MOVES)[-1].plan
    longest = max(timing.cycle_s for timing in plan.timings.values())
    assert {longest / timing.cycle_s for timing in plan.timings.values()} <= {1.0, 2.0}


@pytest.mark.parametrize("jobs", [2, 5])
def test_any_number_of_windows_at_a_time_gives_the_same_plan(corridor: Maker, jobs: int) -> None:
    problem = street(corridor)
    one, many = (refined(problem, evaluations=6 * 3 * MOVES, jobs=n)[-1] for n in (1, jobs))
    assert one.plan.timings == many.plan.timings
    assert one.cost_s == many.cost_s


def test_seeds_decide_the_path(corridor: Maker) -> None:
    problem = street(corridor)
    one, other = (refined(problem, evaluations=6 * MOVES, seed=seed)[-1] for seed in (1, 2))
    assert one.plan.timings != other.plan.timings


def test_it_stops_between_rounds(corridor: Maker) -> None:
    asked: list[None] = []

    def stop() -> bool:
        asked.append(None)
        return len(asked) > 2

    assert len(refined(street(corridor), evaluations=10**6, stop=stop)) == 2
    assert refined(street(corridor), evaluations=MOVES - 1) == []


def test_no_unsafe_timing_is_taken(corridor: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = street(corridor)
    field = problem.field_plan["s2"]

    def only_field(menu: SignalMenu, timing: SignalTiming) -> bool:
        return menu.node.id != "s2" or timing == field

    monkeypatch.setattr(SignalMenu, "is_safe", only_field)
    plan: TimingPlan = refined(problem, evaluations=6 * 2 * MOVES)[-1].plan
    assert plan["s2"] == field
    assert plan["s3"] != problem.field_plan["s3"]


def test_downstream_is_where_platoons_go(corridor: Maker) -> None:
    problem = corridor(3)
    found = downstream(problem)
    assert set(found) == {"s0", "s1", "s2"}
    assert "s1" in found["s0"] and "s2" not in found["s0"]

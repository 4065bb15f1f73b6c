"""A first plan from analytic delay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

import pytest

from trafficopt.limits import Limits
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.search.first_plan import Menu, cycles_to_try, first_plan
from trafficopt.signals.gate import check_fits

Maker = Callable[..., Problem]


def field_stages(problem: Problem) -> Menu:
    return {node.id: (node.stages,) for node in problem.network.intersections}


def test_cycles_lie_within_the_limits() -> None:
    assert cycles_to_try(Limits(min_cycle_s=42.0, max_cycle_s=61.0)) == [45, 50, 55, 60]
    assert cycles_to_try(Limits(min_cycle_s=41.0, max_cycle_s=44.0)) == [41]


def test_a_zone_runs_one_cycle_or_half_of_it(corridor: Maker) -> None:
    problem = corridor(4, main_veh_h=700.0, cross_veh_h=350.0)
    found = first_plan(problem, field_stages(problem), [[0, 1], [2, 3]])
    check_fits(problem.network, found.plan)
    assert found.zones == (("s0", "s1"), ("s2", "s3"))
    for zone, cycle in zip(found.zones, found.cycle_s, strict=True):
        assert all(found.plan[key].cycle_s in (cycle, cycle / 2) for key in zone)
        assert all(float(green).is_integer() for key in zone for green in found.plan[key].greens_s)


def test_heavier_demand_gets_a_longer_cycle(corridor: Maker) -> None:
    cycles = []
    for main, cross in ((300.0, 200.0), (900.0, 700.0)):
        problem = corridor(1, main_veh_h=main, cross_veh_h=cross)
        cycles.append(first_plan(problem, field_stages(problem), [[0]]).cycle_s[0])
    assert cycles[0] < cycles[1]


def test_signals_without_a_sequence_that_fits_keep_their_timing(corridor: Maker) -> None:
    problem = corridor(3, min_green_s=20.0, limits=Limits(min_cycle_s=30.0, max_cycle_s=45.0))
    field = problem.field_plan
    found = first_plan(problem, field_stages(problem), [[0, 1, 2]])  # they need 48 s
    assert found.plan.timings == field.timings
    assert (found.zones, found.delay_veh_s_s) == (((),), 0.0)
    other = corridor(3)
    menu = {key: stages for key, stages in field_stages(other).items() if key != "s1"}
    found = first_plan(other, menu, [[0, 1, 2]])
    assert found.zones == (("s0", "s2"),)
    assert found.plan["s1"] == other.field_plan["s1"]


def test_offsets_come_from_whoever_coordinates(corridor: Maker) -> None:
    asked = []

    def coordinate(plan: TimingPlan, signals: Sequence[str], cycle_s: float) -> dict[str, float]:
        asked.append((tuple(signals), cycle_s))
        assert all(plan[key].offset_s == 0.0 for key in signals)
        return {"s0": 0.0, "s1": cycle_s + 7.0}

    problem = corridor(3)
    found = first_plan(problem, field_stages(problem), [[0, 1], [2]], coordinate=coordinate)
    assert asked == [(("s0", "s1"), found.cycle_s[0])]  # one signal has nobody to be coordinated with
    assert found.plan["s1"].offset_s == pytest.approx(7.0)
    assert found.plan["s2"].offset_s == 0.0


def test_stopping_leaves_the_rest_as_it_was(corridor: Maker) -> None:
    problem = corridor(3)
    assert first_plan(problem, field_stages(problem), [[0], [1], [2]], stop=lambda: True).plan.timings == (
        problem.field_plan.timings
    )
    calls = count()
    found = first_plan(problem, field_stages(problem), [[0], [1], [2]], stop=lambda: next(calls) >= 2)
    assert found.zones == (("s0",), (), ())
    assert found.plan["s2"] == problem.field_plan["s2"]
    check_fits(problem.network, found.plan)

"""Candidate plans: cycles that are tried, and what each candidate is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from trafficopt.errors import InfeasibleError
from trafficopt.limits import Limits
from trafficopt.model.signal_model import SignalModel
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.rules.check import check_rows
from trafficopt.rules.findings import errors
from trafficopt.search.candidates import (
    Candidate,
    assess,
    at_cycle,
    best_by_zone,
    coarse_cycles,
    fine_cycles,
    refine,
    runs_one_cycle,
)

Maker = Callable[..., Problem]


def never() -> bool:
    return False


@pytest.mark.parametrize(
    ("limits", "min_green_s", "expected"),
    [
        (Limits(), 5.0, [30, 45, 60, 75, 90, 105, 120]),
        (Limits(min_cycle_s=52.0, max_cycle_s=75.0), 5.0, [55, 70]),
        (Limits(max_cycle_s=70.0), 22.0, [55, 70]),
        (Limits(max_cycle_s=53.0), 22.0, [52]),
    ],
)
def test_coarse_cycles(corridor: Maker, limits: Limits, min_green_s: float, expected: list[int]) -> None:
    model = SignalModel(corridor(1, limits=limits, min_green_s=min_green_s))
    assert coarse_cycles(model, [[0]]) == expected


def test_fine_cycles_are_near_the_best_of_each_zone(corridor: Maker) -> None:
    plan = corridor(2).field_plan
    delays = {30: (9.0, 5.0), 45: (3.0, 6.0), 60: (4.0, 7.0)}
    tried = {cycle: Candidate(plan, sum(zones), zones) for cycle, zones in delays.items()}
    assert fine_cycles(Limits(), tried) == [35, 40, 50, 55]
    assert fine_cycles(Limits(max_cycle_s=50.0), tried) == [35, 40, 50]
    assert fine_cycles(Limits(), {}) == []


def test_a_zone_runs_the_nearest_cycle_that_it_can(corridor: Maker) -> None:
    problem = corridor(2, min_green_s=20.0, max_green_s=40.0)
    model = SignalModel(problem)
    for asked, run in ((30, 48.0), (60, 60.0), (120, 88.0)):
        found = at_cycle(model, problem.field_plan, [[0, 1]], asked, 0, never)
        assert [t.cycle_s for t in found.plan.timings.values()] == [run, run]


def test_zones_that_no_cycle_suits_are_infeasible(corridor: Maker) -> None:
    problem = corridor(2)
    long, short = problem.network.intersections
    long = replace(long, stages=tuple(replace(s, min_green_s=25.0) for s in long.stages))
    short = replace(short, stages=tuple(replace(s, max_green_s=20.0) for s in short.stages))
    network = replace(problem.network, intersections=(long, short))
    model = SignalModel(replace(problem, scenario=replace(problem.scenario, network=network)))
    with pytest.raises(InfeasibleError, match="s1: maximum greens and intergreens fill 48 s"):
        at_cycle(model, problem.field_plan, [[0, 1]], 40, 0, never)


def test_candidates_are_legal_and_leave_other_signals_alone(corridor: Maker) -> None:
    problem = corridor(3, greens_s=(27.0, 38.2), offsets_s=[0.0, 3.4, 5.0], yellow_s=3.5)
    model = SignalModel(problem)
    found = at_cycle(model, problem.field_plan, [[0], [1]], 45, 1, never).plan
    assert found["s2"] == problem.field_plan["s2"]
    for node in model.nodes[:2]:
        timing = found[node.id]
        assert timing.stages == node.stages
        assert not errors(check_rows(node, timing.intervals, timing.cycle_s))
    assert found["s0"].cycle_s == found["s1"].cycle_s == 45.0


def test_refining_never_makes_it_worse(corridor: Maker) -> None:
    problem = corridor(3, main_veh_h=650.0)
    model = SignalModel(problem)
    before = assess(model, problem.field_plan, [[0, 1, 2]])
    after = refine(model, problem.field_plan, [[0, 1, 2]], 4, never)
    assert after.delay_s < 0.9 * before.delay_s
    assert sum(after.zone_delay) == pytest.approx(after.delay_s * model.n_vehicles_per_s)


def test_zones_without_one_whole_cycle_are_not_refined(corridor: Maker) -> None:
    problem = corridor(2)
    plan = problem.field_plan
    model = SignalModel(problem)
    other = replace(plan["s1"], greens_s=(27.2, 26.0), cycle_s=61.2)
    odd = TimingPlan("odd", {**plan.timings, "s1": other})
    long = replace(plan["s0"], greens_s=(66.0, 66.0), cycle_s=140.0)
    assert runs_one_cycle(model, plan, [0, 1])
    assert not runs_one_cycle(model, odd, [0, 1])
    assert not runs_one_cycle(model, odd, [1])
    assert not runs_one_cycle(model, TimingPlan("long", {"s0": long, "s1": long}), [0, 1])
    assert refine(model, odd, [[0, 1]], 2, never).plan == odd
    assert refine(model, odd, [[0], [1]], 2, never).plan["s1"] == odd["s1"]


def test_best_of_each_zone(corridor: Maker) -> None:
    problem = corridor(2, main_veh_h=100.0)
    model = SignalModel(problem)
    zones = [[0], [1]]
    a, b = (at_cycle(model, problem.field_plan, zones, cycle, 0, never) for cycle in (30, 60))
    a, b = replace(a, zone_delay=(1.0, 2.0)), replace(b, zone_delay=(2.0, 1.0))
    mixed = best_by_zone(model, problem.field_plan, zones, [a, b]).plan
    assert (mixed["s0"], mixed["s1"]) == (a.plan["s0"], b.plan["s1"])


def test_stopping_by_hand_keeps_what_was_reached(corridor: Maker) -> None:
    problem = corridor(3, main_veh_h=650.0)
    model = SignalModel(problem)
    asked = []

    def stop() -> bool:
        asked.append(1)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return False

    found = refine(model, problem.field_plan, [[0, 1, 2]], 4, stop)
    assert found.interrupted
    assert found.delay_s < assess(model, problem.field_plan, [[0, 1, 2]]).delay_s

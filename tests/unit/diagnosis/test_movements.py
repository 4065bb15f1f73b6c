"""Figures of movements and intersections at hand-made signals."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.conftest import crossroads, problem_of, steady
from trafficopt.diagnosis.figures import IntersectionFigures, MovementFigures
from trafficopt.diagnosis.indices import first_pass_share, split_failure_share
from trafficopt.diagnosis.movements import (
    Answers,
    approach_saturation,
    held_lanes,
    intersection_figures,
    lost_by_link,
    shown_s,
    sumo_by_link,
)
from trafficopt.limits import Limits
from trafficopt.model.delay import incremental_delay_s, uniform_delay_s
from trafficopt.network import Link
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem
from trafficopt.signals.explanation import LaneFigures

Maker = Callable[..., Problem]
Asked = Callable[..., Answers]
SATURATION_VEH_H = 3600.0 / (1.42 + 7.5 / 13.9)
GREEN_S = 26.0 - 1.2  # a start costs 1.2 s


def figures(
    problem: Problem, answers: Answers, plan: TimingPlan | None = None
) -> dict[str, IntersectionFigures]:
    return {f.id: f for f in intersection_figures(problem, plan or problem.field_plan, answers)}


def by_id(intersection: IntersectionFigures) -> dict[str, MovementFigures]:
    return {m.id: m for m in intersection.movements}


def lane(movement: str, stages: tuple[int, ...], load: float) -> LaneFigures:
    return LaneFigures((movement,), 0, stages, 100.0, 1800.0, load, 10.0)


def test_a_movement_with_a_lane_of_its_own_by_hand(corridor: Maker, asked: Asked) -> None:
    problem = corridor(1)
    node = figures(problem, asked(problem))["s0"]
    main = by_id(node)["m0->m1"]
    # 600 vehicles an hour all the time; the last ones are under way to the stop line when the hour ends.
    flow = main.flow_veh_h
    assert flow == pytest.approx(600.0, rel=0.02)
    assert main.lane_flow_veh_h == flow
    assert main.green_s == pytest.approx(GREEN_S)
    load = flow / (SATURATION_VEH_H * GREEN_S / 60.0)
    assert main.saturation == pytest.approx(load)
    assert main.needed_green_s == pytest.approx(60.0 * flow / SATURATION_VEH_H / 0.9)
    assert main.green_share == pytest.approx(26.0 / 60.0)
    overflow_s = float(incremental_delay_s(load, flow / load, 0.25))
    assert main.first_pass_share == pytest.approx(first_pass_share(overflow_s, 60.0))
    assert main.split_failure_share == pytest.approx(split_failure_share(flow, load, 60.0))
    stopped = flow / 3600.0 * (60.0 - GREEN_S) / (1.0 - flow / SATURATION_VEH_H)
    left_over = overflow_s * flow / load / 3600.0
    assert main.queue_m == pytest.approx(problem.space_m * (stopped + left_over))
    assert math.isinf(main.storage_m)  # nothing leads to m0
    assert main.queue_ratio == 0.0
    assert not main.yields


def test_what_passed_a_movement_is_the_queue_models(corridor: Maker, asked: Asked) -> None:
    problem = corridor(1)
    answers = asked(problem)
    at = answers.estimate.movements.index(("m0", "m1"))
    main = by_id(figures(problem, answers)["s0"])["m0->m1"]
    assert main.vehicles == answers.estimate.served[at] > 500
    assert main.delay_s == answers.estimate.delay_s[at] / main.vehicles
    assert main.stops == answers.estimate.stops[at] / main.vehicles
    assert main.delay_veh_h == pytest.approx(answers.estimate.delay_s[at] / 3600.0)
    assert main.level_of_service == "B"
    assert math.isnan(main.sumo_delay_s)


def test_a_shared_lane_has_one_saturation_and_each_movement_its_own_flow(facing: Maker, asked: Asked) -> None:
    problem = facing(through_veh_h=300.0, left_veh_h=100.0, shared=True)
    found = by_id(figures(problem, asked(problem))["s0"])
    through, left = found["w->we"], found["w->wl"]
    assert through.saturation == left.saturation
    assert through.flow_veh_h == pytest.approx(3.0 * left.flow_veh_h, rel=0.02)
    assert through.lane_flow_veh_h == pytest.approx(through.flow_veh_h + left.flow_veh_h)


@pytest.mark.parametrize("protected", [False, True])
def test_who_has_a_stage_of_its_own_does_not_yield(facing: Maker, asked: Asked, protected: bool) -> None:
    problem = facing(oncoming_veh_h=300.0, protected=protected)
    found = by_id(figures(problem, asked(problem))["s0"])
    assert found["w->wl"].yields is not protected
    assert not found["e->ew"].yields


def test_who_goes_first_in_one_of_two_greens_does_not_yield(facing: Maker, asked: Asked) -> None:
    problem = facing(oncoming_veh_h=300.0, protected=True)
    stages = problem.network.intersections[0].stages
    both = (replace(stages[0], state="GgG"), stages[1])
    plan = TimingPlan("both", {"s0": replace(problem.field_plan["s0"], stages=both)})
    staged = problem.with_stages_of(plan)
    found = by_id(figures(staged, asked(staged, plan), plan)["s0"])
    assert not found["w->wl"].yields
    assert found["w->wl"].green_share == pytest.approx(52.0 / 60.0)


def test_the_fullest_lane_of_a_movement_decides(corridor: Maker, asked: Asked) -> None:
    problem = corridor(1)
    answers = asked(problem)
    rows = tuple(
        LaneFigures(("m0->m1",), k, (0,), flow, 1800.0, load, 10.0)
        for k, flow, load in ((0, 200.0, 0.3), (1, 400.0, 0.8), (2, 300.0, 0.6))
    )
    main = by_id(figures(problem, replace(answers, lanes={"s0": rows}))["s0"])["m0->m1"]
    assert (main.lane, main.saturation, main.lane_flow_veh_h) == (1, 0.8, 400.0)


def test_the_display_counts_with_the_intergreens_that_stay_green(corridor: Maker) -> None:
    problem = corridor(1)
    node, timing = problem.network.intersections[0], problem.field_plan["s0"]
    main, cross = timing.stages
    on = replace(main, intergreen=(replace(main.intergreen[0], state="Gr"), *main.intergreen[1:]))
    kept = SignalTiming((on, cross), timing.greens_s, timing.cycle_s, 0.0)
    assert [shown_s(movement, timing) for movement in node.movements] == [26.0, 26.0]
    assert shown_s(node.movements[0], kept) == 29.0


def test_an_intersection_sums_up_its_approaches(corridor: Maker, asked: Asked) -> None:
    problem = corridor(1)
    answers = asked(problem)
    node, lost = figures(problem, answers)["s0"], lost_by_link(answers)
    assert node.vehicles == sum(m.vehicles for m in node.movements)
    assert node.delay_veh_h == pytest.approx((lost["m0"] + lost["c0"]) / 3600.0)
    assert node.delay_s == pytest.approx((lost["m0"] + lost["c0"]) / node.vehicles)
    main, cross = (by_id(node)[key] for key in ("m0->m1", "c0->x0"))
    assert node.stage_saturation == pytest.approx((main.saturation, cross.saturation))
    assert node.imbalance == pytest.approx(1.0 - cross.saturation / main.saturation)
    assert node.approach_imbalance == pytest.approx(node.imbalance)
    assert node.green_use == pytest.approx((main.saturation + cross.saturation) / 2.0)  # alike capacities
    weights = main.flow_veh_h, cross.flow_veh_h
    shares = main.first_pass_share, cross.first_pass_share
    assert node.first_pass_share == pytest.approx(np.average(shares, weights=weights))


def test_vehicles_that_drive_where_the_demand_has_nobody_count(facing: Maker, asked: Asked) -> None:
    problem = facing(left_veh_h=100.0)
    answers = asked(problem)
    before = figures(problem, answers)["s0"]
    assert [m.id for m in before.movements] == ["w->wl"]
    served = answers.estimate.served.copy()
    served[answers.estimate.movements.index(("e", "ew"))] = 7
    after = figures(problem, replace(answers, estimate=replace(answers.estimate, served=served)))["s0"]
    assert after.vehicles == before.vehicles + 7
    assert after.delay_s == pytest.approx(before.delay_veh_h * 3600.0 / after.vehicles)


def test_sumo_is_measured_on_the_same_links(corridor: Maker, asked: Asked) -> None:
    problem = corridor(1)
    answers = asked(problem, with_sumo=True)
    measured = answers.measured
    assert measured is not None
    vehicles, delay = np.zeros((2, len(measured.movements)))
    lost, waited = np.zeros((2, len(measured.links)))
    vehicles[measured.movements.index(("m0", "m1"))], delay[measured.movements.index(("m0", "m1"))] = 50, 600
    vehicles[measured.movements.index(("c0", "x0"))] = 30
    lost[measured.links.index("m0")], lost[measured.links.index("c0")] = 700.0, 100.0
    waited[measured.links.index("m0")] = 40.0
    lost[measured.links.index("m1")] = 9000.0  # beyond the signal
    seen = replace(measured, vehicles=vehicles, delay_s=delay, link_delay_s=lost, link_depart_delay_s=waited)
    answers = replace(answers, measured=seen)
    node = figures(problem, answers)["s0"]
    assert by_id(node)["m0->m1"].sumo_delay_s == 12.0
    assert by_id(node)["c0->x0"].sumo_delay_s == 0.0
    assert node.sumo_delay_s == pytest.approx(840.0 / 80.0)
    assert sumo_by_link(answers)["m0"] == (740.0, 0.0)


def test_platoons_that_come_in_red_cost_time(corridor: Maker, asked: Asked) -> None:
    # 300 m take 22.5 s: green from 20 s on catches the platoon, from 50 s on misses it.
    good, bad = (corridor(2, offsets_s=(0.0, offset)) for offset in (20.0, 50.0))
    lucky, late = (by_id(figures(p, asked(p))["s1"])["m1->m2"] for p in (good, bad))
    assert lucky.platoon_ratio > 1.5
    assert lucky.platoon_loss_veh_h == 0.0
    # Below half of the green share, f_PA is 1.
    share = 26.0 / 60.0
    assert late.platoon_ratio < 0.5
    factor = (1.0 - late.arrivals_on_green) / (1.0 - share)
    worse_s = (factor - 1.0) * float(uniform_delay_s(60.0, GREEN_S, late.saturation))
    assert late.platoon_loss_veh_h == pytest.approx(late.vehicles * worse_s / 3600.0)


def test_even_arrivals_cost_nothing(corridor: Maker, asked: Asked) -> None:
    problem = corridor(1)
    assert [m.platoon_loss_veh_h for m in figures(problem, asked(problem))["s0"].movements] == [0.0, 0.0]


def test_a_signal_that_the_plan_does_not_time_is_left_out(corridor: Maker, asked: Asked) -> None:
    problem = corridor(3)
    plan = TimingPlan("part", {key: problem.field_plan[key] for key in ("s2", "s0")})
    assert list(figures(problem, asked(problem, plan), plan)) == ["s0", "s2"]


def test_a_signal_without_traffic_has_no_figures(asked: Asked) -> None:
    bounds = {"yellow_s": 3.0, "min_green_s": 5.0, "max_green_s": 60.0}
    nodes = [crossroads(f"s{k}", k, Limits(), **bounds) for k in (0, 1)]
    keys = ("m0", "m1", "m2", "c0", "x0", "c1", "x1")
    links = {key: Link(key, "a", "b", 300.0, 13.9, 1, ()) for key in keys}
    timings = {node.id: SignalTiming(node.stages, (26.0, 26.0), 60.0, 0.0) for node in nodes}
    vehicles = steady(("c0", "x0"), 300.0, 900.0)
    problem = problem_of(links, nodes, vehicles, timings, limits=Limits(), period_s=900.0)
    idle = figures(problem, asked(problem))["s1"]
    assert idle.movements == ()
    assert (idle.vehicles, idle.delay_veh_h, idle.gain_veh_h) == (0.0, 0.0, 0.0)
    assert idle.level_of_service == ""
    assert idle.critical_saturation == 0.0
    for value in (idle.delay_s, idle.green_use, idle.imbalance, idle.first_pass_share):
        assert math.isnan(value)


def test_a_movement_that_is_never_green(corridor: Maker, asked: Asked) -> None:
    problem = corridor(1)
    main, cross = problem.network.intersections[0].stages
    dark = replace(cross, state="rr", intergreen=tuple(replace(row, state="rr") for row in cross.intergreen))
    plan = TimingPlan("dark", {"s0": SignalTiming((main, dark), (26.0, 26.0), 60.0, 0.0)})
    staged = problem.with_stages_of(plan)
    held = by_id(figures(staged, asked(staged, plan), plan)["s0"])["c0->x0"]
    assert held.green_share == 0.0
    assert math.isnan(held.platoon_ratio)
    assert held.vehicles == 0
    assert held.needed_green_s == pytest.approx(60.0 * held.flow_veh_h / SATURATION_VEH_H / 0.9)


def test_lanes_that_are_always_green_say_nothing_of_greens() -> None:
    free, held = lane("a", (0, 1, 2), 0.1), lane("b", (0, 1), 0.6)
    assert held_lanes([free, held], 3) == [held]
    assert held_lanes([free], 3) == [free]


def test_an_approach_is_as_full_as_its_fullest_lane(facing: Maker) -> None:
    node = facing(oncoming_veh_h=100.0).network.intersections[0]
    lanes = [lane("w->we", (0,), 0.3), lane("w->wl", (0,), 0.8), lane("e->ew", (0,), 0.2)]
    assert approach_saturation(node, lanes) == [0.8, 0.2]
    assert approach_saturation(node, lanes[:2]) == [0.8, 0.0]


def test_a_gain_is_never_more_than_what_is_lost(calm: IntersectionFigures, healthy: MovementFigures) -> None:
    late = replace(healthy, platoon_loss_veh_h=0.25)
    assert replace(calm, movements=(late, late)).gain_veh_h == pytest.approx(0.1 + 2 * 0.25)
    assert replace(calm, timing_gain_veh_h=1.9, movements=(late,)).gain_veh_h == 2.0
    assert replace(calm, timing_gain_veh_h=3.0).own_gain_veh_h == 2.0

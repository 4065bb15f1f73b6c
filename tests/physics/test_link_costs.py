"""Link costs against calculations by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from trafficopt.model.capacity import saturation_headway_s
from trafficopt.model.link_costs import link_costs
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem

Maker = Callable[..., Problem]
SATURATION_VEH_S = 1.0 / saturation_headway_s(13.9, 7.5, 1.0)


def test_steady_arrivals_wait_as_in_the_formula_of_uniform_delay(corridor: Maker) -> None:
    problem = corridor(1, main_veh_h=600.0, cross_veh_h=300.0)
    found = link_costs(problem, problem.field_plan, ("s0",), 60.0, 0.25).constant
    # Queues of a red r grow at q and shrink at s - q: mean q r^2 / (2 C (1 - q / s)) vehicles.
    red_s = 60.0 - 26.0
    by_hand = sum(
        q * red_s**2 / (2 * 60.0 * (1 - q / SATURATION_VEH_S)) for q in (600.0 / 3600.0, 300.0 / 3600.0)
    )
    assert found == pytest.approx(by_hand, rel=0.01)


def test_a_one_way_link_is_best_at_its_travel_time(corridor: Maker) -> None:
    problem = corridor(2, main_veh_h=700.0)
    costs = link_costs(problem, problem.field_plan, ("s0", "s1"), 60.0)
    assert (costs.upstream.tolist(), costs.downstream.tolist()) == ([0], [1])
    # 300 m at 13.9 - 0.6 m/s: 22.6 s; those behind the head are spread by a tenth of it.
    assert int(costs.cost[0].argmin()) == pytest.approx(22.6, abs=3.0)
    # Half a cycle later the platoon meets red: worse than steady arrivals.
    assert costs.cost[0].min() < 0.0 < costs.cost[0][(int(costs.cost[0].argmin()) + 30) % 60]


def test_a_platoon_that_meets_red_waits_until_it_ends(corridor: Maker) -> None:
    # One metre of road: the platoon arrives as it left, q C vehicles of which the first come at s.
    problem = corridor(2, gap_m=1.0, main_veh_h=360.0, cross_veh_h=60.0)
    fine = link_costs(problem, problem.field_plan, ("s0", "s1"), 60.0, 0.25)
    main, cross = 0.1, 60.0 / 3600.0
    uniform = [q * 34.0**2 / (2 * 60.0 * (1 - q / SATURATION_VEH_S)) for q in (main, cross)]
    assert fine.constant == pytest.approx(2 * sum(uniform), rel=0.02)
    # Green with the platoon: nobody waits downstream, so all of the steady delay there is saved.
    assert fine.cost[0, 0] == pytest.approx(-uniform[0], rel=0.12)


def test_a_street_seen_backward_is_the_same_street(corridor: Maker) -> None:
    problem = corridor(2, main_veh_h=700.0)
    ahead = link_costs(problem, problem.field_plan, ("s0", "s1"), 60.0)
    back = link_costs(problem, problem.field_plan, ("s1", "s0"), 60.0)
    assert back.cost[0] == pytest.approx(np.roll(ahead.cost[0][::-1], 1))


def test_half_a_cycle_downstream_repeats_the_cost(corridor: Maker) -> None:
    problem = corridor(2, main_veh_h=400.0)
    half = replace(problem.field_plan["s1"], greens_s=(11.0, 11.0), cycle_s=30.0)
    plan = TimingPlan("half", {**problem.field_plan.timings, "s1": half})
    cost = link_costs(problem, plan, ("s0", "s1"), 60.0).cost[0]
    assert cost[:30] == pytest.approx(cost[30:])
    with pytest.raises(ValueError, match="whole part"):
        link_costs(problem, plan, ("s0", "s1"), 80.0)


def test_a_pair_costs_the_same_whoever_is_looked_at_beside(corridor: Maker) -> None:
    problem = corridor(4, main_veh_h=700.0)
    every = link_costs(problem, problem.field_plan, ("s0", "s1", "s2", "s3"), 60.0)
    assert (every.upstream.tolist(), every.downstream.tolist()) == ([0, 1, 2], [1, 2, 3])
    some = link_costs(problem, problem.field_plan, ("s3", "s1", "s2"), 60.0)
    assert (some.upstream.tolist(), some.downstream.tolist()) == ([0, 1], [2, 2])
    assert some.cost[1] == pytest.approx(every.cost[1])
    assert some.cost[0] == pytest.approx(np.roll(every.cost[2][::-1], 1))

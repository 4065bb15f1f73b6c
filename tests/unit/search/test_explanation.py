"""Why a signal is timed as it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import trafficopt as to
from trafficopt.intersection import Intersection, Movement, Turn
from trafficopt.limits import Limits
from trafficopt.model.capacity import peak_factor
from trafficopt.model.lane_figures import lane_delays
from trafficopt.model.lane_groups import lane_groups
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem
from trafficopt.search.explanation import binding_limit, explain, shifted_greens
from trafficopt.search.splits import delay_veh_s_s, lost_time_s
from trafficopt.signals.by_hand import intersection_by_hand
from trafficopt.signals.explanation import BindingLimit, Explanation
from trafficopt.stage import Interval, Stage

Maker = Callable[..., Problem]


@pytest.fixture(scope="module")
def street() -> Problem:
    return to.build_problem(to.read_scenario(to.example_path("main_street")))


def delay(problem: Problem, greens_s: list[float], cycle_s: float) -> float:
    stages = problem.network.intersections[0].stages
    return delay_veh_s_s(lane_groups(problem, 0, stages), np.array(greens_s), cycle_s)


def one(problem: Problem) -> Explanation:
    return explain(problem, problem.field_plan)["s0"]


def test_every_signal_of_the_plan_is_explained(street: Problem) -> None:
    found = explain(street, street.field_plan)
    assert list(found) == list(street.field_plan)
    for key, explanation in found.items():
        timing = street.field_plan[key]
        assert explanation.intersection == key
        assert tuple(stage.green_s for stage in explanation.stages) == timing.greens_s
        assert explanation.cycle_s == timing.cycle_s
    assert found == explain(street, street.field_plan)


def test_signals_that_are_not_retimed_are_explained_and_others_left_out(corridor: Maker) -> None:
    problem = corridor(3, kept=["s1"])
    assert list(explain(problem, problem.field_plan)) == ["s0", "s1", "s2"]
    part = TimingPlan("part", {"s1": problem.field_plan["s1"]})
    assert list(explain(problem, part)) == ["s1"]


def test_two_stages_by_hand(corridor: Maker) -> None:
    """C = 60 s, 26 s of green each; Y, L and Xc as in a text book."""
    problem = corridor(1, main_veh_h=600.0, cross_veh_h=300.0)
    found, stages = one(problem), problem.network.intersections[0].stages
    groups = lane_groups(problem, 0, stages)
    ratios = groups.flow_veh_h / groups.saturation_veh_h
    lost = lost_time_s(stages) - groups.served_s.sum()
    assert {lane.movements for lane in found.path} == {("m0->m1",), ("c0->x0",)}
    assert found.path[0].stages == (0,)
    assert found.path[1].stages == (1,)
    assert found.flow_ratio_sum == pytest.approx(ratios.sum())
    assert found.lost_time_s == pytest.approx(lost)
    assert found.critical_saturation == pytest.approx(ratios.sum() * 60.0 / (60.0 - lost))
    assert found.cycle.capacity_s == pytest.approx(lost / (1 - ratios.sum()))
    assert found.cycle.least_s == 18.0
    assert found.flow_veh_h == pytest.approx(groups.flow_veh_h.sum())
    main = found.stages[0].critical
    assert main is not None
    assert main.movements == ("m0->m1",)
    assert main.lane == 0
    assert main.degree_of_saturation > found.critical_saturation  # equal greens for unequal flows


def test_lanes_are_named_after_their_movements(facing: Maker) -> None:
    problem = facing(through_veh_h=300.0, left_veh_h=80.0, oncoming_veh_h=200.0)
    key = problem.network.intersections[0].id
    stages = explain(problem, problem.field_plan)[key].stages
    critical = stages[0].critical
    assert critical is not None
    node = problem.network.intersections[0]
    flows = {m.id: flow for m, flow in zip(node.movements, problem.flow_veh_h.tolist(), strict=True)}
    peak = peak_factor(problem.slice_flow_veh_h, problem.slice_s)
    assert critical.flow_veh_h == pytest.approx(peak * sum(flows[name] for name in critical.movements))
    assert stages[1].critical is None


def test_a_shared_lane_names_both_movements(facing: Maker) -> None:
    problem = facing(through_veh_h=300.0, left_veh_h=80.0, oncoming_veh_h=50.0, shared=True)
    found = explain(problem, problem.field_plan)[problem.network.intersections[0].id]
    critical = found.stages[0].critical
    assert critical is not None
    assert critical.movements == ("w->we", "w->wl")
    assert "w->we and 1 more, lane 0" in str(found)


@given(st.lists(st.floats(0.0, 60.0), min_size=4, max_size=4), st.integers(0, 4))
def test_delays_of_lanes_add_up_to_that_of_the_signal(
    street: Problem, greens_s: list[float], index: int
) -> None:
    stages = street.network.intersections[index].stages
    groups = lane_groups(street, index, stages)
    greens = np.array(greens_s[: len(stages)])
    cycle = greens.sum() + lost_time_s(stages)
    _, delays = lane_delays(groups, greens, cycle)
    total = float(groups.flow_veh_h @ delays) / 3600.0
    assert total == pytest.approx(delay_veh_s_s(groups, greens, cycle), rel=1e-6)


def test_other_greens_cost_what_the_delay_says(corridor: Maker) -> None:
    problem = corridor(1, main_veh_h=700.0)
    found, here = one(problem), delay(problem, [26.0, 26.0], 60.0)
    main, cross = found.stages
    assert found.delay_veh_s_s == pytest.approx(here)
    assert main.more_veh_s_s == pytest.approx(delay(problem, [31.0, 21.0], 60.0) - here)
    assert main.less_veh_s_s == pytest.approx(delay(problem, [21.0, 31.0], 60.0) - here)
    assert cross.less_veh_s_s == pytest.approx(main.more_veh_s_s)
    assert found.per_vehicle_s(here) == pytest.approx(3600 * here / found.flow_veh_h)


def test_bounds_forbid_other_greens(corridor: Maker) -> None:
    main, cross = one(corridor(1, min_green_s=23.0)).stages
    assert all(math.isnan(x) for s in (main, cross) for x in (s.more_veh_s_s, s.less_veh_s_s))
    main, cross = one(corridor(1, min_green_s=5.0, max_green_s=28.0)).stages
    assert math.isnan(main.more_veh_s_s)
    assert math.isnan(main.less_veh_s_s)  # the other would need 31 s


@given(
    st.lists(
        st.tuples(st.floats(0.0, 20.0), st.floats(0.0, 40.0), st.floats(0.0, 40.0)), min_size=1, max_size=6
    ),
    st.integers(0, 5),
    st.sampled_from([5.0, -5.0]),
)
def test_shifted_greens_fill_the_cycle_within_their_bounds(
    drawn: list[tuple[float, float, float]], stage: int, by_s: float
) -> None:
    lower = np.array([low for low, _, _ in drawn])
    greens = lower + [above for _, above, _ in drawn]
    upper = greens + [room for _, _, room in drawn]
    stage %= len(drawn)
    moved = shifted_greens(greens, stage, by_s, lower, upper)
    others = np.delete(greens - lower if by_s > 0 else upper - greens, stage).sum()
    own = (upper - greens if by_s > 0 else greens - lower)[stage]
    if moved is None:
        assert min(others, own) < 5.0 + 1e-6
    else:
        assert moved[stage] == greens[stage] + by_s
        assert moved.sum() == pytest.approx(greens.sum())
        assert (moved >= lower - 1e-6).all()
        assert (moved <= upper + 1e-6).all()


def test_room_without_an_upper_bound_is_shared() -> None:
    moved = shifted_greens(np.array([30.0, 10.0, 10.0]), 0, -5.0, np.full(3, 5.0), np.full(3, np.inf))
    assert moved is not None
    assert moved.tolist() == pytest.approx([25.0, 12.5, 12.5])


def test_cycle_of_the_signal_alone_and_of_all_that_share_it(corridor: Maker) -> None:
    light = one(corridor(1, main_veh_h=300.0, cross_veh_h=150.0)).cycle
    heavy = one(corridor(1, main_veh_h=800.0, cross_veh_h=700.0)).cycle
    assert light.alone_s < heavy.alone_s
    assert light.n_same == heavy.n_same == 1
    assert (light.same_s, heavy.same_s) == (light.alone_s, heavy.alone_s)
    assert light.alone_veh_s_s <= 0.0
    assert light.best_greens_veh_s_s <= 0.0
    problem = corridor(3)
    other = replace(problem.field_plan["s2"], greens_s=(36.0, 26.0), cycle_s=70.0)
    plan = TimingPlan("two cycles", {**problem.field_plan.timings, "s2": other})
    assert [e.cycle.n_same for e in explain(problem, plan).values()] == [2, 2, 1]


def test_all_that_share_a_cycle_settle_between_what_each_would_run(corridor: Maker) -> None:
    """One signal with twice the flow of the eleven others does not decide alone."""
    problem = corridor(12, main_veh_h=400.0, cross_veh_h=300.0)
    factor = np.where(problem.intersection_of == 0, 2.0, 1.0)
    problem = replace(
        problem,
        flow_veh_h=problem.flow_veh_h * factor,
        slice_flow_veh_h=problem.slice_flow_veh_h * factor[:, None],
    )
    found = explain(problem, problem.field_plan)
    heavy, light = found["s0"].cycle, found["s1"].cycle
    assert light.alone_s < light.same_s < heavy.alone_s
    assert heavy.same_s == light.same_s


def test_other_cycles_scale_the_greens(corridor: Maker) -> None:
    problem = corridor(1, main_veh_h=700.0)
    found, here = one(problem), delay(problem, [26.0, 26.0], 60.0)
    assert found.cycle.longer_veh_s_s == pytest.approx(delay(problem, [31.0, 31.0], 70.0) - here)
    assert found.cycle.shorter_veh_s_s == pytest.approx(delay(problem, [21.0, 21.0], 50.0) - here)
    assert math.isnan(one(corridor(1, min_green_s=23.0)).cycle.shorter_veh_s_s)


def test_no_cycle_suffices_for_more_than_the_road_can_carry(corridor: Maker) -> None:
    found = one(corridor(1, main_veh_h=1300.0, cross_veh_h=1000.0))
    assert found.cycle.capacity_s == math.inf
    assert found.critical_saturation > 1.0
    assert "no cycle has capacity" in str(found)


def crossing(stages: tuple[Stage, ...], walk_s: float) -> Intersection:
    """A movement (head 0) with a crossing beside it (head 1) whose least walk is `walk_s`; vehicles 8 s."""
    movement = Movement("w", "e", Turn.THROUGH, (0,), (0,), 13.9, 0, ())
    node = intersection_by_hand("A", (movement,), stages, walks_m={1: 10.0}, limits=Limits())
    least = np.array([8.0, walk_s])
    return replace(node, requirements=replace(node.requirements, min_green_s=least))


@pytest.mark.parametrize(
    ("green_s", "least_s", "walk_s", "expected"),
    [
        (8.5, 8.0, 7.0, BindingLimit.MIN_GREEN),
        (15.0, 15.0, 15.0, BindingLimit.WALK),
        (15.0, 15.0, 7.0, BindingLimit.MIN_GREEN),
        (9.0, 8.0, 7.0, BindingLimit.NONE),
        (59.5, 8.0, 7.0, BindingLimit.MAX_GREEN),
    ],
)
def test_the_bound_that_binds(green_s: float, least_s: float, walk_s: float, expected: BindingLimit) -> None:
    stage = Stage("GG", (Interval("yr", 3.0),), least_s, 60.0)
    node = crossing((stage, Stage("rr", ())), walk_s)
    assert binding_limit(node, stage, green_s) is expected


def test_lanes_that_a_stage_hardly_serves_are_not_its_critical_ones(street: Problem) -> None:
    """At M3 right turns from the main street run with the side street, in a lane that they share."""
    critical = explain(street, street.field_plan)["M3"].stages[2].critical
    assert critical is not None
    assert critical.movements[0].startswith("s3_in")
    assert critical.stages == (2,)


def test_a_lane_that_is_always_green_is_critical_only_where_no_other_is(corridor: Maker) -> None:
    problem = corridor(1, main_veh_h=900.0)
    main, cross = (
        Stage(s.state.replace("r", "G", 1) if k else s.state, s.intergreen, 5.0, 120.0)
        for k, s in enumerate(problem.network.intersections[0].stages)
    )
    timing = SignalTiming((main, cross), (26.0, 26.0), 60.0, 0.0)
    stages = explain(problem, TimingPlan("free", {"s0": timing}))["s0"].stages
    assert [lane and lane.movements for s in stages for lane in [s.critical]] == [("m0->m1",), ("c0->x0",)]


def test_movements_over_two_stages_are_named(street: Problem) -> None:
    found = explain(street, street.field_plan)["M1"]
    assert dict(found.overlaps)["w1_stop->s1_out"] == (0, 1)
    assert "w1_stop->s1_out: stages 1, 2" in str(found)


def test_a_movement_that_comes_twice_a_cycle_is_no_overlap(corridor: Maker) -> None:
    problem = corridor(1)
    main, cross = problem.network.intersections[0].stages
    timing = SignalTiming((main, cross, main, cross), (10.0,) * 4, 56.0, 0.0)
    assert explain(problem, TimingPlan("twice", {"s0": timing}))["s0"].overlaps == ()

"""Objectives: weights, their values from the queue model and from SUMO's figures, and what they decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trafficopt.comparison import Verdict
from trafficopt.errors import InputError
from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.intersection import User
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.objective import (
    DELAY,
    OBJECTIVE,
    Objective,
    Performance,
    arterial_links,
    compare_by,
    crossings_of,
    simulated_performance,
    stop_in_delay_s,
    walk_wait_s,
)
from trafficopt.optimizer import known_objective, mean_speed_limit_m_s, undominated
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem
from trafficopt.result import Result, Status
from trafficopt.stage import Interval, Stage
from trafficopt.study import conclude

Maker = Callable[..., Problem]
ALL = Objective(stop_s=7.0, overflow=2.0, arterial=0.5, walk=0.25)


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


def evaluation(plan: str, *rows: tuple[float, float]) -> Evaluation:
    """Delay and stops of each seed."""
    runs = (
        SeedResult(k, 100, 100, 0, 0, delay, stops, 0.0, 3.0, 0, 0, 0)
        for k, (delay, stops) in enumerate(rows)
    )
    return Evaluation(plan, tuple(runs), {"m1": 500.0, "c0": 90.0})


@pytest.mark.parametrize("weight", [-0.1, float("inf"), float("nan")])
@pytest.mark.parametrize("name", ["stop_s", "overflow", "arterial", "walk"])
def test_no_weight_is_below_zero_or_without_bound(name: str, weight: float) -> None:
    with pytest.raises(ValueError, match=name):
        Objective(**{name: weight})


weights = st.floats(0.0, 1e3)
figures = st.floats(0.0, 1e5)


@given(st.builds(Objective, weights, weights, weights, weights), st.builds(Performance, *5 * [figures]))
def test_the_value_is_never_below_the_delay(objective: Objective, performance: Performance) -> None:
    assert objective.cost_s(performance) >= performance.delay_s == DELAY.cost_s(performance)


def test_every_part_counts_as_much_as_its_weight() -> None:
    value = ALL.cost_s(
        Performance(40.0, stops=1.5, depart_delay_s=4.0, arterial_delay_s=12.0, walk_wait_s=20.0)
    )
    assert value == 40.0 + 7.0 * 1.5 + 2.0 * 4.0 + 0.5 * 12.0 + 0.25 * 20.0
    assert str(ALL) == (
        "mean delay + 7 s x stops + 2 x wait to enter + 0.5 x arterial delay + 0.25 x pedestrians' wait"
    )
    assert str(DELAY) == "mean delay"


def test_a_stop_takes_the_fuel_of_so_much_delay() -> None:
    # At 30 mph: 6.14e-6 x 900 gal, of 0.7329 gal an hour.
    assert stop_in_delay_s(30 * 0.44704) == pytest.approx(3600.0 * 6.14e-6 * 900.0 / 0.7329)
    assert Objective.named("fuel", 30 * 0.44704).stop_s == pytest.approx(27.14, abs=0.01)
    assert Objective.named("delay").is_delay
    assert not Objective.named("walk").is_delay


def test_unknown_names_are_refused() -> None:
    with pytest.raises(InputError, match="'bandwidth'"):
        Objective.named("bandwidth")


def timing(*rows: tuple[str, float]) -> SignalTiming:
    """One stage for each green, and a red of 5 s after each."""
    stages = tuple(Stage(state, (Interval("rr", 5.0),)) for state, _ in rows)
    greens = tuple(green for _, green in rows)
    return SignalTiming(stages, greens, sum(greens) + 5.0 * len(rows), 0.0)


@pytest.mark.parametrize(
    ("rows", "wait"),
    [
        ([("Gr", 20.0), ("rG", 30.0)], 40.0**2 / 120.0),  # (C - g)^2 / (2 C)
        ([("rG", 30.0), ("Gr", 20.0)], 40.0**2 / 120.0),
        ([("Gr", 10.0), ("rG", 10.0), ("Gr", 10.0), ("rG", 10.0)], 2 * 20.0**2 / 120.0),
        ([("Gr", 10.0), ("Gr", 10.0), ("rG", 25.0)], (5.0**2 + 35.0**2) / 120.0),
        ([("rr", 20.0), ("rG", 30.0)], 60.0 / 2.0),
    ],
    ids=["one green", "from the red", "two greens", "uneven reds", "never green"],
)
def test_pedestrians_wait_in_each_red(rows: list[tuple[str, float]], wait: float) -> None:
    plan = TimingPlan("p", {"a": timing(*rows)})
    assert walk_wait_s({"a": (0,)}, plan) == pytest.approx(wait)


def test_every_crossing_of_the_plan_counts_the_same() -> None:
    plan = TimingPlan("p", {"a": timing(("Gr", 20.0), ("rG", 30.0)), "b": timing(("Gr", 90.0), ("rr", 0.0))})
    one, other = 40.0**2 / 120.0, 30.0**2 / 120.0
    assert walk_wait_s({"a": (0, 1), "b": (0,), "unknown": (0,)}, plan) == pytest.approx(
        (one + other + 10.0**2 / 200.0) / 3.0
    )
    assert walk_wait_s({}, plan) == 0.0


def crowded(corridor: Maker) -> Problem:
    """A street with pedestrians, on which some vehicles wait to enter."""
    return with_crossings(corridor(3, main_veh_h=1000.0, cross_veh_h=900.0, arterial=True))


def test_a_run_and_its_estimate_have_the_same_value(corridor: Maker) -> None:
    problem = crowded(corridor)
    model, plan = QueueModel(problem), problem.field_plan
    performance = model.performance(plan, model.estimate(plan))
    parts = (performance.stops, performance.depart_delay_s, performance.arterial_delay_s)
    assert min(parts) > 0.1
    assert performance.walk_wait_s == pytest.approx((60.0 - 26.0) ** 2 / 120.0)
    assert model.cost_s(plan, model.blank_state(), ALL) == pytest.approx(ALL.cost_s(performance))
    assert model.cost_s(plan, model.blank_state(), DELAY) == performance.delay_s


def test_arterial_delay_is_that_of_the_links_between_its_signals(corridor: Maker) -> None:
    problem = crowded(corridor)
    model, plan = QueueModel(problem), problem.field_plan
    estimate = model.estimate(plan)
    (link,) = arterial_links(problem.network)
    expected = estimate.link_delay_s[model.links.index(link)] / estimate.demanded
    assert model.performance(plan, estimate).arterial_delay_s == pytest.approx(expected)


def test_a_run_ends_only_where_the_delay_alone_is_too_much(corridor: Maker) -> None:
    problem = crowded(corridor)
    model, plan = QueueModel(problem), problem.field_plan
    state = model.blank_state()
    cost, delay = model.cost_s(plan, state, ALL), model.mean_delay_s(plan, state)
    assert model.cost_s(plan, state, ALL, cost) == cost
    assert model.cost_s(plan, state, ALL, delay) == cost
    assert model.cost_s(plan, state, ALL, 0.5 * delay) == np.inf


def test_sumos_runs_are_weighed_one_by_one(corridor: Maker) -> None:
    problem = crowded(corridor)
    found = evaluation("field", (40.0, 1.5), (50.0, 2.0))
    one, other = simulated_performance(found, problem.network, problem.field_plan)
    walk = walk_wait_s(crossings_of(problem.network), problem.field_plan)
    assert one == Performance(40.0, 1.5, 3.0, arterial_delay_s=5.0, walk_wait_s=walk)
    assert (other.delay_s, other.stops, other.arterial_delay_s) == (50.0, 2.0, 5.0)
    kept = replace(found, run_link_delay_s=({"m1": 200.0}, {"m1": 800.0, "c0": 1e4}))
    by_run = simulated_performance(kept, problem.network, problem.field_plan)
    assert [run.arterial_delay_s for run in by_run] == [2.0, 8.0]


BEFORE = [(50.0, 2.0), (52.0, 2.1), (51.0, 2.05)]
FEWER_STOPS = [(51.0, 1.0), (53.1, 1.1), (52.0, 1.02)]


def test_another_objective_is_compared_too(corridor: Maker) -> None:
    problem = corridor(2)
    field, network = problem.field_plan, problem.network
    before, after = (evaluation("field", *BEFORE), field), (evaluation("new", *FEWER_STOPS), field)
    by_stops = compare_by(Objective(stop_s=10.0), network, before, after)
    assert by_stops["mean_delay_s"].verdict is Verdict.WORSE
    assert by_stops[OBJECTIVE].verdict is Verdict.BETTER
    assert by_stops[OBJECTIVE].mean == pytest.approx(1.0333333 - 10.0 * 1.01)
    assert OBJECTIVE not in compare_by(DELAY, network, before, after).changes


@pytest.mark.parametrize(
    ("objective", "status"), [(DELAY, Status.UNCHANGED), (Objective(stop_s=10.0), Status.IMPROVED)]
)
def test_the_objective_decides_whether_a_plan_is_kept(
    corridor: Maker, objective: Objective, status: Status
) -> None:
    scenario = corridor(2).scenario
    new = TimingPlan("new", scenario.field_plan.timings)
    result = Result(new, Status.IMPROVED, "Found.", 60.0, 50.0, (), 1, 1.0, objective=objective)
    before, after = evaluation("field", *BEFORE), evaluation("new", *FEWER_STOPS)
    assert conclude(scenario, result, before, after, {}).status is status


def test_names_take_their_weights_from_the_network(corridor: Maker) -> None:
    problem = with_crossings(corridor(2, arterial=True))
    assert mean_speed_limit_m_s(problem) == pytest.approx(13.9)
    assert known_objective("fuel", problem).stop_s == pytest.approx(stop_in_delay_s(13.9))
    assert known_objective("arterials", problem) == Objective(arterial=1.0)
    assert known_objective("walk", problem) == Objective(walk=1.0)
    assert known_objective(ALL, problem) is ALL


def test_faster_links_count_by_their_vehicles(corridor: Maker) -> None:
    problem = corridor(1, main_veh_h=600.0, cross_veh_h=200.0)
    links = dict(problem.network.links)
    links["m0"] = replace(links["m0"], speed_m_s=17.9)
    network = replace(problem.network, links=links)
    faster = replace(problem, scenario=replace(problem.scenario, network=network))
    assert mean_speed_limit_m_s(faster) == pytest.approx(16.9, abs=0.03)


@pytest.mark.parametrize(("name", "fault"), [("arterials", "has none"), ("walk", "no signal has a crossing")])
def test_what_is_not_there_cannot_be_weighed(corridor: Maker, name: str, fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        known_objective(name, corridor(2))


def found_with(delay_s: float, stops: float, stop_s: float) -> Result:
    return Result(
        TimingPlan("p", {}),
        Status.IMPROVED,
        "",
        60.0,
        50.0,
        (),
        1,
        1.0,
        objective=Objective(stop_s=stop_s),
        performance_after=Performance(delay_s, stops),
    )


def test_a_pareto_set_has_no_plan_that_another_beats() -> None:
    best, fewest, worse = found_with(30.0, 2.0, 0.0), found_with(35.0, 1.0, 40.0), found_with(36.0, 1.5, 5.0)
    same, equal_delay = found_with(30.0, 2.0, 1.0), found_with(35.0, 1.2, 15.0)
    assert undominated([equal_delay, fewest, worse, best, same]) == (best, fewest)
    assert undominated([]) == ()

"""The face of the queue model: many plans at once, windows, what it refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from trafficopt.errors import InputError
from trafficopt.examples import example_path
from trafficopt.model.queues.estimate import QueueEstimate
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.model.queues.window import links_around
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem, build_problem
from trafficopt.sumo.read import read_scenario


@pytest.fixture(scope="module")
def problem() -> Problem:
    return build_problem(read_scenario(example_path("main_street"), minutes=10))


@pytest.fixture(scope="module")
def model(problem: Problem) -> QueueModel:
    return QueueModel(problem)


def shifted(plan: TimingPlan, key: str, seconds: float) -> TimingPlan:
    """The plan with one signal later by some seconds."""
    old = plan[key]
    timing = SignalTiming(old.stages, old.greens_s, old.cycle_s, (old.offset_s + seconds) % old.cycle_s)
    return TimingPlan(f"{key} {seconds:+g}", {**plan.timings, key: timing})


def same(one: QueueEstimate, other: QueueEstimate) -> bool:
    arrays = ("served", "stops", "delay_s", "link_delay_s", "link_depart_delay_s", "link_left")
    return one.mean_delay_s == other.mean_delay_s and all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays
    )


@pytest.mark.parametrize("jobs", [None, 1, 3])
def test_many_plans_at_once_are_what_each_is_alone(model: QueueModel, jobs: int | None) -> None:
    field = model.problem.field_plan
    key = next(iter(field))
    plans = [shifted(field, key, 7.0 * k) for k in range(5)]
    alone = [model.estimate(plan) for plan in plans]
    assert len({round(found.mean_delay_s, 9) for found in alone}) > 1
    together = model.estimate_many(plans, jobs=jobs)
    assert all(same(a, b) for a, b in zip(alone, together, strict=True))


def test_no_plans_no_answers(model: QueueModel) -> None:
    assert model.estimate_many([]) == ()


def test_other_drivers_are_other_chance_with_the_same_demand(model: QueueModel) -> None:
    field = model.problem.field_plan
    drawn = [model.redrawn(draw) for draw in (1, 1, 2)]
    answers = [other.estimate(field) for other in drawn]
    assert same(answers[0], answers[1])
    assert answers[0].mean_delay_s != answers[2].mean_delay_s
    assert all(answer.demanded == model.estimate(field).demanded for answer in answers)
    assert np.array_equal(drawn[0].fleet.vehicles.depart, drawn[2].fleet.vehicles.depart)


def test_a_window_sees_its_signal_as_the_whole_does(model: QueueModel) -> None:
    problem, field = model.problem, model.problem.field_plan
    key = problem.network.intersections[1].id
    window = model.window([key], model.record(field))
    whole, part = model.estimate(field), window.estimate(field)
    own = {(m.from_link, m.to_link) for m in problem.network[key].movements}
    here = np.array([movement in own for movement in model.movements])
    assert part.demanded < whole.demanded
    assert part.served[here].sum() == pytest.approx(whole.served[here].sum(), rel=0.03)
    assert part.delay_s[here].sum() == pytest.approx(whole.delay_s[here].sum(), rel=0.25)
    around = links_around(problem.network, [key])
    left = {link for link, n in zip(window.links, part.link_left, strict=True) if n}
    assert left <= around


def test_a_window_feels_its_own_signal_and_no_far_one(model: QueueModel) -> None:
    problem, field = model.problem, model.problem.field_plan
    near, *_, far = (node.id for node in problem.network.intersections)
    window = model.window([near], model.record(field))
    base = window.estimate(field).mean_delay_s
    assert window.estimate(shifted(field, near, 20.0)).mean_delay_s != base
    assert window.estimate(shifted(field, far, 20.0)).mean_delay_s == base


def test_passages_add_up_to_the_estimate(model: QueueModel) -> None:
    field = model.problem.field_plan
    found, whole = model.passages(field), model.estimate(field)
    end = model.problem.period_s
    assert np.array_equal(found.passed_veh(np.array([end]))[:, 0], whole.served)
    queues = found.queue_veh(np.arange(0.0, end, 1.0))
    assert queues.min() >= 0
    held = np.minimum(found.passed_s, end) - found.reached_s
    assert queues.sum() == pytest.approx(held.sum(), rel=0.01)
    share = found.arrivals_on_green()
    signalized = {
        (m.from_link, m.to_link) for node in model.problem.network.intersections for m in node.movements
    }
    known = [
        k for k, movement in enumerate(model.movements) if movement in signalized and whole.served[k] > 20
    ]
    assert np.all((share[known] > 0.0) & (share[known] < 1.0))
    free = [k for k, movement in enumerate(model.movements) if movement not in signalized and whole.served[k]]
    assert np.all(share[free] == 1.0)


def test_an_unknown_signal_has_no_window(model: QueueModel) -> None:
    with pytest.raises(KeyError):
        model.window(["nowhere"], model.record(model.problem.field_plan))


def test_a_network_without_lanes_is_refused(problem: Problem) -> None:
    bare = replace(problem.network, lane_graph=None)
    scenario = replace(problem.scenario, network=bare)
    with pytest.raises(InputError, match="has no lanes"):
        QueueModel(replace(problem, scenario=scenario))

"""The model of all signals: states, plans and answers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from trafficopt.errors import InputError
from trafficopt.examples import example_path
from trafficopt.model.signal_model import SignalModel
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem, build_problem
from trafficopt.rules.check import check_rows
from trafficopt.rules.findings import errors
from trafficopt.signals.by_hand import intersection_by_hand
from trafficopt.signals.transitions import stages_in_order
from trafficopt.stage import Stage

Maker = Callable[..., Problem]


def test_answer_adds_up(corridor: Maker) -> None:
    problem = corridor(2)
    model = SignalModel(problem)
    found = model.estimate(problem.field_plan)
    state = model.start(problem.field_plan)
    assert found.mean_delay_s == pytest.approx(state.delay.sum() / (len(problem.scenario.demand) / 3600))
    assert found.delay_s[0] == pytest.approx(state.delay[0] / (problem.flow_veh_h[:2].sum() / 3600.0))
    assert found.saturation == pytest.approx([600 / 3600 / (25 / 60 / (1.42 + 7.5 / 13.9))] * 2, rel=0.02)
    assert 0 < found.mean_stops < 2


def test_signals_without_timing_cost_nothing(corridor: Maker) -> None:
    problem = corridor(2)
    model = SignalModel(problem)
    found = model.estimate(TimingPlan("p", {"s1": problem.field_plan["s1"]}))
    assert found.delay_s[0] == 0
    assert found.delay_s[1] > 0
    assert model.estimate(TimingPlan("none", {})).mean_delay_s == 0


@pytest.mark.parametrize(
    ("signal", "greens_s", "match"),
    [
        ("s0", (26.0, 36.0), "add up to 70 s"),
        ("s9", (26.0, 26.0), "signal 's9' is not in the network"),
    ],
)
def test_broken_plans_get_no_answer(
    corridor: Maker, signal: str, greens_s: tuple[float, float], match: str
) -> None:
    problem = corridor(1)
    timing = replace(problem.field_plan["s0"], greens_s=greens_s)
    with pytest.raises(InputError, match=match):
        SignalModel(problem).estimate(TimingPlan("p", {signal: timing}))


def test_a_plan_with_other_stages_gets_the_answer_of_a_problem_that_has_them(corridor: Maker) -> None:
    problem = corridor(1, greens_s=(20.0, 32.0))
    node, timing = problem.network.intersections[0], problem.field_plan["s0"]
    # The cross street first: shifting by its green and its intergreen (36 s) gives the field plan again.
    turned = replace(
        timing,
        stages=stages_in_order(node, ["rG", "Gr"]),
        greens_s=(32.0, 20.0),
        offset_s=60.0 - 36.0,
    )
    model = SignalModel(problem)
    field, found = (model.estimate(TimingPlan("p", {"s0": t})) for t in (timing, turned))
    assert found.mean_delay_s == pytest.approx(field.mean_delay_s, rel=1e-6)
    # A stage in which nobody goes takes its green from both streets.
    idle = (*node.stages, Stage("rr", ()))
    waiting = replace(timing, stages=idle, greens_s=(16.0, 26.0, 10.0))
    assert model.estimate(TimingPlan("p", {"s0": waiting})).mean_delay_s > 1.1 * field.mean_delay_s


def test_a_plan_with_other_stages_leaves_the_problem_alone(corridor: Maker) -> None:
    problem = corridor(1)
    before, timing = problem.network.intersections[0].stages, problem.field_plan["s0"]
    other = replace(timing, stages=timing.stages[::-1])
    SignalModel(problem).estimate(TimingPlan("p", {"s0": other}))
    assert problem.network.intersections[0].stages == before


def test_a_plan_comes_back_as_it_went_in(corridor: Maker) -> None:
    # 61.3 s is no whole cycle; the model rounds it, the plan keeps it.
    problem = corridor(3, greens_s=(27.1, 26.2), offsets_s=[0.0, 12.7, 61.2])
    model = SignalModel(problem)
    state = model.start(problem.field_plan)
    assert state.cycle_s == [61, 61, 61]
    assert model.plan(state, "field", problem.field_plan) == problem.field_plan


def test_changes_of_a_state_are_in_its_plan(corridor: Maker) -> None:
    problem = corridor(2)
    model = SignalModel(problem)
    state = model.start(problem.field_plan)
    state.greens_s[1] = np.array([30.0, 22.0])
    state.offset_s[1] = 17.0
    plan = model.plan(state, "new", problem.field_plan)
    assert plan["s0"] == problem.field_plan["s0"]
    assert plan["s1"] == replace(problem.field_plan["s1"], greens_s=(30.0, 22.0), offset_s=17.0)
    assert not errors(check_rows(problem.network.intersections[1], plan["s1"].intervals, 60.0))


def test_local_delay_is_that_of_the_signal_and_those_it_feeds(corridor: Maker) -> None:
    problem = corridor(3, offsets_s=[0.0, 21.0, 42.0])
    model = SignalModel(problem)
    state = model.start(problem.field_plan)
    assert model.local_delay(state, 0) == pytest.approx(state.delay[0] + state.delay[1])
    assert model.local_delay(state, 2) == pytest.approx(state.delay[2])


def test_trying_and_going_back_leaves_the_state_alone(corridor: Maker) -> None:
    problem = corridor(3, offsets_s=[0.0, 21.0, 42.0])
    model = SignalModel(problem)
    state = model.start(problem.field_plan)
    before = (state.arrivals.copy(), state.departures.copy(), model.local_delay(state, 1))
    for offset in (5.0, 50.0, 33.0):
        state.offset_s[1] = offset
        assert model.local_delay(state, 1) != pytest.approx(before[2], rel=1e-3)
    state.offset_s[1] = 21.0
    assert model.local_delay(state, 1) == pytest.approx(before[2], rel=1e-12)
    assert state.arrivals == pytest.approx(before[0], abs=1e-12)
    assert state.departures == pytest.approx(before[1], abs=1e-12)


def under_one_controller(two: Problem) -> Problem:
    """The two crossings of a street as one signal."""
    a, b = two.network.intersections
    movements = a.movements + tuple(replace(m, heads=(m.heads[0] + 2,)) for m in b.movements)
    stages = tuple(
        replace(s, state=s.state * 2, intergreen=tuple(replace(i, state=i.state * 2) for i in s.intergreen))
        for s in a.stages
    )
    joined = intersection_by_hand("s0", movements, stages)
    network = replace(two.network, intersections=(joined,))
    plan = TimingPlan("field", {"s0": replace(two.field_plan["s0"], stages=stages)})
    return build_problem(replace(two.scenario, network=network, field_plan=plan, retime=frozenset({"s0"})))


def test_a_signal_that_feeds_itself_keeps_its_own_platoons(corridor: Maker) -> None:
    two = corridor(2)
    model = SignalModel(under_one_controller(two))
    assert model.self_fed == {0}
    state = model.start(model.problem.field_plan)
    delays = [model.update(state, 0) for _ in range(3)]
    assert state.arrivals[:, :60].mean(axis=1) == pytest.approx(model.layout.movement_flow)
    apart = SignalModel(two).estimate(two.field_plan).mean_delay_s
    assert np.array(delays) / model.n_vehicles_per_s == pytest.approx(apart, rel=1e-6)


def test_weak_platoons_of_a_signal_to_itself_are_steady_flow(corridor: Maker) -> None:
    model = SignalModel(under_one_controller(corridor(2, main_veh_h=30.0)))
    assert model.self_fed == frozenset()
    state = model.start(model.problem.field_plan)
    assert state.arrivals[2, :60] == pytest.approx(np.full(60, model.layout.movement_flow[2]))


CODE = """
import sys
from pathlib import Path
from trafficopt.model.signal_model import SignalModel
from trafficopt.problem import build_problem
from trafficopt.sumo.read import read_scenario
problem = build_problem(read_scenario(Path(sys.argv[1]), minutes=5))
found = SignalModel(problem).estimate(problem.field_plan)
print(repr(found.mean_delay_s), repr(found.mean_stops))
"""


def test_the_answer_is_the_same_uncompiled() -> None:
    answers = []
    for disabled in ("0", "1"):
        environment = {**os.environ, "NUMBA_DISABLE_JIT": disabled}
        command = [sys.executable, "-c", CODE, str(example_path("main_street"))]
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        answers.append([float(part) for part in run.stdout.split()])
    assert answers[0] == pytest.approx(answers[1], rel=1e-9)
    assert answers[0][0] > 0

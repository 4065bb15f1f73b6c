"""Coordinate descent: what it finds, and what it may not touch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from trafficopt.model.signal_model import SignalModel
from trafficopt.problem import Problem
from trafficopt.rules.check import check_rows
from trafficopt.rules.findings import errors
from trafficopt.search.descent import busiest_first, descend_greens, descend_offsets

Maker = Callable[..., Problem]


def never() -> bool:
    return False


def test_offsets_make_a_green_wave(corridor: Maker) -> None:
    problem = corridor(2, main_veh_h=650.0)
    model = SignalModel(problem)
    state = model.start(problem.field_plan)
    before = model.mean_delay_s(state)
    gain = descend_offsets(model, state, [0, 1], never)
    found = model.estimate(model.plan(state, "p", problem.field_plan))
    assert gain > 0
    assert found.mean_delay_s < 0.8 * before
    apart = (state.offset_s[1] - state.offset_s[0] - 300 / 13.3 + 30) % 60 - 30
    assert abs(apart) <= 2


def test_greens_move_to_the_busier_street(corridor: Maker) -> None:
    problem = corridor(1, main_veh_h=700.0, cross_veh_h=150.0)
    model = SignalModel(problem)
    state = model.start(problem.field_plan)
    assert descend_greens(model, state, [0], never) > 0
    assert state.greens_s[0][0] > state.greens_s[0][1]
    timing = model.plan(state, "p", problem.field_plan)["s0"]
    assert not errors(check_rows(model.nodes[0], timing.intervals, timing.cycle_s))


def test_bounds_of_greens_are_kept(corridor: Maker) -> None:
    problem = corridor(1, main_veh_h=900.0, cross_veh_h=20.0, min_green_s=22.5, max_green_s=28.0)
    model = SignalModel(problem)
    state = model.start(problem.field_plan)
    descend_greens(model, state, [0], never)
    assert state.greens_s[0].tolist() == [28.0, 24.0]


def test_nothing_moves_when_time_is_over(corridor: Maker) -> None:
    problem = corridor(2)
    model = SignalModel(problem)
    state = model.start(problem.field_plan)
    assert descend_offsets(model, state, [0, 1], lambda: True) == 0
    assert descend_greens(model, state, [0, 1], lambda: True) == 0
    assert model.plan(state, "field", problem.field_plan) == problem.field_plan


def test_only_the_given_signals_move(corridor: Maker) -> None:
    problem = corridor(3, offsets_s=[7.0, 3.0, 50.0])
    model = SignalModel(problem)
    state = model.start(problem.field_plan)
    descend_offsets(model, state, [1], never)
    descend_greens(model, state, [1], never)
    plan = model.plan(state, "field", problem.field_plan)
    assert {key for key in plan if plan[key] != problem.field_plan[key]} == {"s1"}


def test_the_gain_is_what_the_signal_and_its_neighbors_save(corridor: Maker) -> None:
    problem = corridor(2, main_veh_h=650.0)
    model = SignalModel(problem)
    state = model.start(problem.field_plan)
    before = model.start(problem.field_plan).delay.sum()
    gain = descend_offsets(model, state, [1], never)
    after = model.start(model.plan(state, "p", problem.field_plan)).delay.sum()
    assert before - after == pytest.approx(gain, rel=1e-6)


def test_busiest_signals_come_first(corridor: Maker) -> None:
    problem = corridor(3)
    model = SignalModel(problem)
    model.layout.movement_flow[2] *= 2
    assert busiest_first(model, [0, 1, 2])[0] == 1
    assert busiest_first(model, []) == []


def test_a_fractional_offset_is_kept_or_becomes_whole(corridor: Maker) -> None:
    problem = corridor(2)
    plan = problem.field_plan
    odd = replace(plan, timings={**plan.timings, "s1": replace(plan["s1"], offset_s=22.4)})
    model = SignalModel(problem)
    state = model.start(odd)
    descend_offsets(model, state, [0, 1], never)
    assert state.offset_s[1] == 22.4 or state.offset_s[1].is_integer()

"""Platoons between signals: Robertson's dispersion, conservation, and the best offset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from trafficopt.model.dispersion import disperse, robertson_smoothing
from trafficopt.model.signal_model import SignalModel
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem

Maker = Callable[..., Problem]


def arrivals_of_a_vehicle(travel_s: float, cycle_s: int = 600) -> tuple[np.ndarray, float]:
    """Arrival profile of a vehicle that leaves at second 0, and the F that spread it."""
    smoothing = robertson_smoothing(travel_s)
    profile, found = np.zeros(cycle_s), np.zeros(cycle_s)
    profile[0] = 1.0
    disperse(profile, cycle_s, travel_s - (1 / smoothing - 1), smoothing, 1.0, found)
    return found, smoothing


@pytest.mark.parametrize("travel_s", [5.0, 20.0, 45.0, 80.0])
def test_platoons_arrive_after_the_travel_time_with_its_spread(travel_s: float) -> None:
    found, _ = arrivals_of_a_vehicle(travel_s)
    second = np.arange(len(found))
    mean = float(found @ second)
    assert found.sum() == pytest.approx(1.0)
    assert mean == pytest.approx(travel_s, abs=0.5)  # the shift is a whole number of seconds
    assert float(found @ (second - mean) ** 2) == pytest.approx((0.1 * travel_s) ** 2, rel=1e-6)


def test_smoothing_solves_its_equation() -> None:
    for travel_s in (3.0, 30.0, 120.0):
        f = robertson_smoothing(travel_s)
        assert 0 < f <= 1
        assert (1 - f) / f**2 == pytest.approx((0.1 * travel_s) ** 2, rel=1e-6)
    assert robertson_smoothing(0.0) == pytest.approx(1.0, abs=1e-5)


def test_dispersion_is_cyclic() -> None:
    rng = np.random.default_rng(1)
    profile = rng.uniform(0, 0.5, 60)
    plain, turned = np.zeros(60), np.zeros(60)
    disperse(profile, 60, 37.0, 0.2, 1.0, plain)
    disperse(np.roll(profile, 11), 60, 37.0, 0.2, 1.0, turned)
    assert turned == pytest.approx(np.roll(plain, 11))
    assert plain.sum() == pytest.approx(profile.sum())
    slow = np.zeros(60)
    disperse.py_func(profile, 60, 37.0, 0.2, 1.0, slow)
    assert slow == pytest.approx(plain)


def test_robertsons_recursion_by_hand() -> None:
    # F = 0.5, T = 2: 1 vehicle leaves at second 0: 0.5, 0.25, 0.125 ... from second 2 on.
    profile, found = np.zeros(400), np.zeros(400)
    profile[0] = 1.0
    disperse(profile, 400, 2.0, 0.5, 1.0, found)
    assert found[:6].tolist() == pytest.approx([0.0, 0.0, 0.5, 0.25, 0.125, 0.0625])


def test_taking_platoons_away_and_adding_them_changes_nothing(corridor: Maker) -> None:
    problem = corridor(3, offsets_s=[0.0, 20.0, 40.0])
    model = SignalModel(problem)
    state = model.start(problem.field_plan)
    before = state.arrivals.copy()
    for _ in range(50):
        for node in range(3):
            model.update(state, node)
    assert state.arrivals == pytest.approx(before, abs=1e-12)


def test_flow_downstream_is_conserved(corridor: Maker) -> None:
    problem = corridor(3)
    model = SignalModel(problem)
    state = model.start(problem.field_plan)
    assert state.arrivals[:, :60].mean(axis=1) == pytest.approx(model.layout.movement_flow)
    assert state.arrivals[2, :60].std() > 0.05  # s1 gets a platoon,
    assert state.arrivals[0, :60].std() < 1e-12  # s0 does not


def with_offset(problem: Problem, offset_s: float) -> TimingPlan:
    old = problem.field_plan
    return TimingPlan("p", {**old.timings, "s1": replace(old["s1"], offset_s=offset_s)})


@pytest.mark.parametrize("gap_m", [150.0, 300.0, 600.0])
def test_the_best_offset_is_the_travel_time(corridor: Maker, gap_m: float) -> None:
    problem = corridor(2, gap_m=gap_m, main_veh_h=650.0)
    model = SignalModel(problem)
    delays = [model.estimate(with_offset(problem, float(offset))).mean_delay_s for offset in range(60)]
    travel = gap_m / (13.9 - 0.6)
    apart = (int(np.argmin(delays)) - travel + 30) % 60 - 30
    assert abs(apart) <= 2
    assert max(delays) > 1.5 * min(delays)


def test_another_cycle_downstream_gets_steady_flow(corridor: Maker) -> None:
    problem = corridor(2)
    model = SignalModel(problem)
    other = replace(problem.field_plan["s1"], greens_s=(31.0, 31.0), cycle_s=70.0, offset_s=0.0)
    plan = TimingPlan("p", {**problem.field_plan.timings, "s1": other})
    state = model.start(plan)
    assert state.arrivals[2, :70] == pytest.approx(np.full(70, model.layout.movement_flow[2]))
    shifted = TimingPlan("p", {**plan.timings, "s1": replace(other, offset_s=33.0)})
    assert model.estimate(shifted).mean_delay_s == pytest.approx(model.estimate(plan).mean_delay_s)


def test_a_signal_without_timing_sends_steady_flow(corridor: Maker) -> None:
    problem = corridor(2)
    model = SignalModel(problem)
    plan = TimingPlan("p", {"s1": problem.field_plan["s1"]})
    state = model.start(plan)
    assert state.arrivals[2, :60] == pytest.approx(np.full(60, model.layout.movement_flow[2]))
    assert state.delay[0] == 0.0
    assert state.delay[1] > 0.0

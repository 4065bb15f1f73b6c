"""Calibration: factors from a measurement, how they are shrunk, and what they change in the model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.physics.queue_roads import at_random, facing, steady
from tests.physics.test_queue_right_of_way import LEFT, ONCOMING
from trafficopt.examples import example_path
from trafficopt.measured import FIRST_PLACE, N_PLACES, Measured
from trafficopt.model.queues.calibration import Calibration
from trafficopt.model.queues.fitting import TRUST, fit_calibration
from trafficopt.model.queues.physics import following_speed_m_s, headway_s
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.problem import Problem, build_problem
from trafficopt.sumo.read import read_scenario

MAJOR, MINOR = ("e0_stop", "e1"), ("e0_stop", "n1_out")  # through, and a left turn that yields


@pytest.fixture(scope="module")
def problem() -> Problem:
    return build_problem(read_scenario(example_path("main_street"), minutes=10))


@pytest.fixture(scope="module")
def nothing(problem: Problem) -> Measured:
    return nothing_of(problem)


def nothing_of(problem: Problem) -> Measured:
    """A measurement in which nobody was seen."""
    model = QueueModel(problem)
    n, m = len(model.movements), len(model.links)
    return Measured(
        plan="field",
        seeds=(1,),
        mean_delay_s=0.0,
        movements=model.movements,
        vehicles=np.zeros(n),
        time_s=np.zeros(n),
        delay_s=np.zeros(n),
        delay_error_s=np.full(n, np.nan),
        place_headway_s=np.full((n, N_PLACES), np.nan),
        place_vehicles=np.zeros((n, N_PLACES)),
        start_s=np.full(n, np.nan),
        free_s=np.full(n, np.nan),
        free_vehicles=np.zeros(n),
        links=model.links,
        link_delay_s=np.zeros(m),
        link_depart_delay_s=np.zeros(m),
        link_left=np.zeros(m),
        link_halting=np.zeros(m),
    )


def with_headway(
    measured: Measured, movement: tuple[str, str], headway_s: float, vehicles: float
) -> Measured:
    """The same, and a number of vehicles at the first steady place with one headway."""
    k = measured.movements.index(movement)
    headways, n = measured.place_headway_s.copy(), measured.place_vehicles.copy()
    headways[k, 0], n[k, 0] = headway_s, vehicles
    return replace(measured, place_headway_s=headways, place_vehicles=n)


def test_without_measurements_the_theory_stands(problem: Problem, nothing: Measured) -> None:
    found = fit_calibration(problem, problem.field_plan, nothing)
    for factor in (found.headway_factor, found.gap_factor, found.time_factor):
        assert (factor == 1.0).all()
    field = problem.field_plan
    assert QueueModel(problem, calibration=found).estimate(field).mean_delay_s == pytest.approx(
        QueueModel(problem).estimate(field).mean_delay_s
    )


def test_the_theory_of_a_through_movement_is_the_formula(problem: Problem, nothing: Measured) -> None:
    found = fit_calibration(problem, problem.field_plan, with_headway(nothing, MAJOR, 2.0, 50))
    k = found.movements.index(MAJOR)
    demand = problem.scenario.demand
    types = [demand.vehicle_types[key] for key in demand.types]
    accel = float(np.mean([kind.accel_m_s2 * (1.0 - 0.5 * kind.sigma) for kind in types]))
    space, tau = demand.mean_space_m(), demand.mean_tau_s()
    speed = following_speed_m_s(FIRST_PLACE - 1, space, accel, 13.0)
    assert found.headway_theory_s[k] == pytest.approx(headway_s(FIRST_PLACE - 1, speed, space, tau))
    ratio = 2.0 / found.headway_theory_s[k]
    assert found.headway_factor[k] == pytest.approx(1.0 + (ratio - 1.0) * 50 / (50 + TRUST))


@pytest.mark.parametrize(("headway_s", "bound"), [(9.0, 1.6), (0.5, 0.7)])
def test_factors_keep_within_bounds(
    problem: Problem, nothing: Measured, headway_s: float, bound: float
) -> None:
    found = fit_calibration(problem, problem.field_plan, with_headway(nothing, MAJOR, headway_s, 1e9))
    assert found.headway_factor[found.movements.index(MAJOR)] == pytest.approx(bound)


def test_few_headways_and_those_of_yielding_turns_count_nothing(problem: Problem, nothing: Measured) -> None:
    few = with_headway(nothing, MAJOR, 3.0, 9)
    found = fit_calibration(problem, problem.field_plan, with_headway(few, MINOR, 3.0, 100))
    assert (found.headway_factor == 1.0).all()
    assert np.isnan(found.headway_s[found.movements.index(MAJOR)])
    assert found.headway_s[found.movements.index(MINOR)] == 3.0


def test_longer_headways_make_more_delay(problem: Problem, nothing: Measured) -> None:
    field = problem.field_plan
    base = fit_calibration(problem, field, nothing)
    slow = replace(base, headway_factor=np.full(len(base.movements), 1.3))
    plain = QueueModel(problem).estimate(field).mean_delay_s
    assert QueueModel(problem, calibration=slow).estimate(field).mean_delay_s > 1.05 * plain


def test_times_over_links_change_when_vehicles_arrive(problem: Problem, nothing: Measured) -> None:
    base = fit_calibration(problem, problem.field_plan, nothing)
    times = base.time_factor.copy()
    times[base.links.index("e0")] = 1.5
    model = QueueModel(problem, calibration=replace(base, time_factor=times))
    plain = QueueModel(problem)
    k = model.links.index("e0")
    longer = model.estimate(problem.field_plan).link_delay_s[k]
    assert longer > plain.estimate(problem.field_plan).link_delay_s[k] + 0.25 * 100


def test_the_gap_of_a_turn_is_fitted_to_its_delay() -> None:
    """A measurement that is the model's own with a far longer gap leads back toward that gap."""
    rows = [("gGG", 40.0), ("yyy", 3.0), ("rrr", 17.0)]
    trips = steady(LEFT, 20.0, 900.0) + at_random(ONCOMING, 500.0, 900.0, seed=1)
    problem = facing().problem({"s": rows}, trips, 900.0)
    field, model = problem.field_plan, QueueModel(problem)
    k = model.movements.index(("w", "wl"))
    model.roads.connections["gap_factor"] = np.where(model.movement_of == k, 3.0, 1.0)
    answer = model.estimate(field)
    only = np.arange(len(model.movements)) == k
    wanted_s = float(answer.delay_s[k] / answer.served[k])
    seen = replace(
        nothing_of(problem),
        vehicles=np.where(only, 50.0, 0.0),
        delay_s=np.where(only, 50.0 * wanted_s, 0.0),
        delay_error_s=np.zeros(len(model.movements)),
    )
    found = fit_calibration(problem, field, seen)
    assert found.delay_s[k] == pytest.approx(wanted_s)
    assert found.gap_factor[k] > 1.0
    assert abs(found.delay_after_s[k] - found.delay_s[k]) < abs(found.delay_before_s[k] - found.delay_s[k])
    assert (np.delete(found.gap_factor, k) == 1.0).all()


def test_a_calibration_of_another_network_is_refused(problem: Problem, nothing: Measured) -> None:
    found = fit_calibration(problem, problem.field_plan, nothing)
    other = replace(found, links=("elsewhere", *found.links[1:]))
    with pytest.raises(ValueError, match="another network"):
        QueueModel(problem, calibration=other)
    with pytest.raises(ValueError, match="another network"):
        fit_calibration(problem, problem.field_plan, replace(nothing, links=other.links))


def test_the_table_shows_what_was_measured(problem: Problem, nothing: Measured) -> None:
    found = fit_calibration(problem, problem.field_plan, with_headway(nothing, MAJOR, 2.0, 50))
    lines = found.describe().splitlines()
    rows = [line for line in lines if line.startswith("e0_stop -> e1 ")]
    assert len(rows) == 1
    assert "  2  " in rows[0]
    assert "  50  " in rows[0]
    assert not any(line.startswith("e1_stop") for line in lines)
    assert repr(found) == "Calibration: 1 headways, 0 gaps, 0 travel times"


def test_lengths_must_agree(problem: Problem, nothing: Measured) -> None:
    found = fit_calibration(problem, problem.field_plan, nothing)
    with pytest.raises(ValueError, match="gap_factor"):
        replace(found, gap_factor=np.ones(1))
    with pytest.raises(ValueError, match="vehicles"):
        replace(nothing, vehicles=np.zeros(1))
    assert isinstance(found, Calibration)

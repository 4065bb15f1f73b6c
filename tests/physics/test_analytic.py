"""Formulas from counts against a queue followed vehicle by vehicle, their limits, and platoons on a link."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trafficopt.model.delay import control_delay_s, incremental_delay_s, uniform_delay_s, webster_delay_s
from trafficopt.model.dispersion import (
    Dispersion,
    arrivals_downstream,
    dispersion_by_robertson,
    dispersion_by_spread,
    robertson_smoothing,
)
from trafficopt.model.oversaturation import overflow_queue_veh, queue_measures

CYCLE_S, GREEN_S, HEADWAY_S = 80.0, 40.0, 2.0
CAPACITY_VEH_H = 900.0
STEADY_H = 1e6  # so long that a queue is as long as it gets


def followed(saturation: float) -> tuple[float, float]:
    """Mean delay [s], and mean queue at the end of green, of random arrivals at a fixed signal."""
    rng = np.random.default_rng(1)
    arrivals = np.cumsum(rng.exponential(3600.0 / (saturation * CAPACITY_VEH_H), 200_000))
    leaving, free = np.empty_like(arrivals), 0.0
    for k, arrival in enumerate(arrivals.tolist()):
        start = max(arrival, free)
        second = start % CYCLE_S
        if second >= GREEN_S - 1e-6:
            start += CYCLE_S - second
        leaving[k] = start
        free = start + HEADWAY_S
    ends = np.arange(arrivals[-1] // CYCLE_S) * CYCLE_S + GREEN_S - 1e-3
    queues = np.searchsorted(arrivals, ends) - np.searchsorted(leaving, ends)
    return float((leaving - arrivals).mean()), float(queues.mean())


@pytest.mark.parametrize("saturation", [0.3, 0.5, 0.7, 0.8, 0.9, 0.95])
def test_delay_of_random_arrivals(saturation: float) -> None:
    delay_s, _ = followed(saturation)
    flow = saturation * CAPACITY_VEH_H
    for approximate in (False, True):
        assert webster_delay_s(CYCLE_S, GREEN_S, flow, 1800.0, approximate) == pytest.approx(delay_s, rel=0.1)
    akcelik = queue_measures(CYCLE_S, GREEN_S, flow, 1800.0, STEADY_H).delay_s
    assert akcelik == pytest.approx(delay_s, rel=0.1)


@pytest.mark.parametrize("saturation", [0.8, 0.9, 0.95])
def test_queue_that_a_green_leaves_over(saturation: float) -> None:
    _, queue_veh = followed(saturation)
    found = queue_measures(CYCLE_S, GREEN_S, saturation * CAPACITY_VEH_H, 1800.0, STEADY_H)
    assert found.overflow_veh == pytest.approx(queue_veh, rel=0.1)


def test_overflow_queue_by_hand() -> None:
    # x = 1: Q T / 4 sqrt(12 (1 - 0.67 - 20 / 600) / (Q T)), Q T = 900: 225 sqrt(0.00395556) = 14.151.
    assert overflow_queue_veh(np.array([1.0]), np.array([900.0]), np.array([20.0]), 1.0) == pytest.approx(
        14.151, abs=1e-3
    )
    # For long periods 1.5 (x - x0) / (1 - x): 1.5 x 0.19667 / 0.1 = 2.95.
    assert overflow_queue_veh(np.array([0.9]), np.array([900.0]), np.array([20.0]), STEADY_H) == (
        pytest.approx(2.95, rel=1e-5)
    )
    # Far above capacity it is half of what does not get through: 900 h / 2.
    assert overflow_queue_veh(np.array([2.0]), np.array([900.0]), np.array([20.0]), 100.0) == (
        pytest.approx(45_000.0, rel=1e-3)
    )
    below = overflow_queue_veh(np.array([0.0, 0.5, 0.7]), np.full(3, 900.0), np.full(3, 20.0), 1.0)
    assert below.tolist() == [0.0, 0.0, 0.0]


def test_queues_and_stops_by_hand() -> None:
    # 100 s, 40 s of green, 10 vehicles a cycle of 20: y = 0.2, no overflow: 6 at green, 6 / 0.8 stop.
    found = queue_measures(100.0, 40.0, 360.0, 1800.0)
    assert found.saturation == pytest.approx(0.5)
    assert found.at_green_veh == pytest.approx(6.0)
    assert found.back_veh == pytest.approx(7.5)
    assert found.stops == pytest.approx(0.9 * 0.75)
    assert found.delay_s == pytest.approx(uniform_delay_s(100.0, 40.0, 0.5))
    # At capacity all 20 of a cycle stop, and those left over once more.
    full = queue_measures(100.0, 40.0, 720.0, 1800.0)
    assert full.back_veh == pytest.approx(20.0 + full.overflow_veh)
    assert full.stops == pytest.approx(0.9 * (1.0 + full.overflow_veh / 20.0))
    # Overflow delay as Akcelik gave it later, 900 T [z + sqrt(z^2 + 12 (x - x0) / (Q T))].
    late = 900.0 * math.sqrt(12.0 * (1.0 - 0.67 - 20.0 / 600.0) / 720.0)
    assert full.delay_s == pytest.approx(30.0 + late)


def test_without_green_nobody_gets_through() -> None:
    found = queue_measures(100.0, np.array([0.0, 40.0]), np.array([360.0, 360.0]), np.full(2, 1800.0))
    assert found.delay_s[0] == found.saturation[0] == math.inf
    assert found.overflow_veh[0] == pytest.approx(180.0, rel=0.02)  # half of those who come in an hour
    assert found.delay_s[1] == pytest.approx(22.5)


lengths = st.floats(20.0, 300.0)
ratios = st.floats(0.01, 1.0)
saturations = st.one_of(
    st.floats(0.0, 5.0), st.just(1.0), st.floats(0.999999, 1.000001), st.floats(1e-12, 1e-9)
)


@given(
    cycle_s=lengths,
    ratio=ratios,
    saturation=saturations,
    more=st.floats(0.01, 1.0),
    queue=st.floats(0.0, 100.0),
)
def test_more_traffic_waits_longer(
    cycle_s: float, ratio: float, saturation: float, more: float, queue: float
) -> None:
    green_s, capacity = ratio * cycle_s, ratio * 1800.0
    flows = np.array([saturation, saturation + more]) * capacity
    greens, full = np.full(2, green_s), np.full(2, 1800.0)
    control = control_delay_s(cycle_s, greens, flows, full, progression=0.8, initial_queue_veh=queue)
    approximate = webster_delay_s(cycle_s, greens, flows, full, approximate=True)
    akcelik = queue_measures(cycle_s, greens, flows, full)
    for rising in (control, approximate, akcelik.delay_s, akcelik.overflow_veh, akcelik.back_veh):
        assert not np.isnan(rising).any()
        assert (rising >= 0).all()
        assert rising[0] <= rising[1] * (1 + 1e-9) + 1e-9
    assert not np.isnan(webster_delay_s(cycle_s, greens, flows, full)).any()
    assert (akcelik.back_veh >= akcelik.at_green_veh - 1e-9).all()
    assert (akcelik.stops >= 0).all()


@given(ratio=st.floats(0.05, 0.9), saturation=st.floats(0.0, 1.5), longer=st.floats(0.01, 0.1))
def test_longer_green_waits_shorter(ratio: float, saturation: float, longer: float) -> None:
    greens = np.array([ratio, ratio + longer]) * 90.0
    flows, full = np.full(2, saturation * ratio * 1800.0), np.full(2, 1800.0)
    for falling in (
        control_delay_s(90.0, greens, flows, full),
        webster_delay_s(90.0, greens, flows, full, approximate=True),
        queue_measures(90.0, greens, flows, full).overflow_veh,
    ):
        assert falling[1] <= falling[0] + 1e-9


def test_delay_far_above_capacity_is_that_of_the_growing_queue() -> None:
    # Twice the capacity for an hour: the last waits an hour, the mean half of it.
    assert control_delay_s(90.0, 45.0, 1800.0, 1800.0, 1.0) == pytest.approx(1800.0, rel=0.03)
    assert queue_measures(90.0, 45.0, 1800.0, 1800.0, 1.0).delay_s == pytest.approx(1800.0, rel=0.03)
    assert incremental_delay_s(1e6, 1e-3, 0.25) == pytest.approx(450.0 * 1e6, rel=0.05)


def test_spread_as_published() -> None:
    # Lecture notes of Mathew, Traffic Progression Models, example 1: 22.8 s, deviation 5.951 s, steps of
    # 10 s: F = 0.783, and the first arrive after 0.878 x 22.8 s.
    # https://archive.nptel.ac.in/content/storage2/courses/105101008/543_TrProg/point6/point.html
    assert robertson_smoothing(2.28, 5.951 / 22.8) == pytest.approx(0.783, abs=5e-4)
    found = dispersion_by_spread(2.28, 5.951 / 22.8)
    assert found.lag_s == pytest.approx(0.878 * 2.28, abs=2e-3)
    departures = np.array([20.0, 10.0, 15.0, 18.0, 14.0, 12.0, *np.zeros(34)])
    arrivals = arrivals_downstream(departures, found)
    assert arrivals[:2] == pytest.approx([0.0, 0.0], abs=1e-9)
    assert arrivals[2] == pytest.approx(0.783 * 20, abs=0.01)
    assert arrivals[3] == pytest.approx(0.783 * 10 + 0.217 * 0.783 * 20, abs=0.02)
    assert arrivals.sum() == pytest.approx(89.0)


def test_robertsons_constants() -> None:
    # 50 s: the first after 40 s, F = 1 / (1 + 0.35 x 40) = 1 / 15, the mean 14 s later.
    found = dispersion_by_robertson(50.0)
    assert found.lag_s == pytest.approx(40.0)
    assert found.smoothing == pytest.approx(1 / 15)
    second = np.arange(1000)
    arrivals = arrivals_downstream((second == 0).astype(np.float64), found)
    assert float(arrivals @ second) == pytest.approx(54.0)
    assert dispersion_by_robertson(0.0) == Dispersion(0.0, 1.0)


@given(
    travel_s=st.floats(0.0, 300.0),
    flows=st.lists(st.floats(0.0, 1.0), min_size=20, max_size=120),
    classic=st.booleans(),
)
def test_platoons_keep_their_vehicles_and_lose_their_peaks(
    travel_s: float, flows: list[float], classic: bool
) -> None:
    departures = np.array(flows)
    found = dispersion_by_robertson(travel_s) if classic else dispersion_by_spread(travel_s)
    arrivals = arrivals_downstream(departures, found)
    assert arrivals.sum() == pytest.approx(departures.sum())
    assert arrivals.max() <= departures.max() + 1e-9
    assert arrivals.min() >= departures.min() - 1e-9

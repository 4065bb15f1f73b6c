"""Indices of signals, calculated by hand, at their limits, and what must not change them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trafficopt.diagnosis.indices import (
    back_of_queue_veh,
    first_pass_share,
    green_use,
    imbalance,
    needed_green_s,
    split_failure_share,
    travel_time_index,
)

LOADS = st.lists(st.floats(0.05, 2.0), min_size=2, max_size=8)


def test_the_needed_green_brings_the_lane_to_a_saturation_of_nine_tenths() -> None:
    # 500 of 1,800 veh/h in a cycle of 90 s: 25 s at saturation 1, 27.8 s at 0.9; the lane has 20 s.
    assert needed_green_s(20.0, 25.0 / 20.0) == pytest.approx(25.0 / 0.9)


def test_a_full_lane_uses_all_of_its_green_and_no_more() -> None:
    assert green_use([1.0], [500.0]) == 1.0
    assert green_use([1.6, 1.0], [800.0, 300.0]) == pytest.approx(1.0)


def test_green_use_weighs_lanes_by_what_they_could_serve() -> None:
    # Capacities 800, 400 and 500 veh/h serve 400, 400 and 500 (of 600).
    assert green_use([0.5, 1.0, 1.2], [400.0, 400.0, 600.0]) == pytest.approx(1300.0 / 1700.0)


def test_lanes_without_traffic_do_not_count() -> None:
    assert green_use([0.5, 0.0], [400.0, 0.0]) == pytest.approx(0.5)
    assert imbalance([0.9, 0.0, 0.6]) == pytest.approx(1 / 3)


def test_nobody_can_tell_without_traffic() -> None:
    assert math.isnan(green_use([], []))
    assert math.isnan(green_use([0.0], [0.0]))
    assert math.isnan(imbalance([]))
    assert math.isnan(imbalance([0.7, 0.0]))
    assert math.isnan(travel_time_index(0.0, 0.0))


@given(LOADS, st.floats(0.1, 10.0))
def test_green_use_lies_between_0_and_1_and_knows_no_unit_of_flow(loads: list[float], unit: float) -> None:
    flows = [100.0 * (k + 1) for k in range(len(loads))]
    found = green_use(loads, flows)
    assert 0.0 < found <= 1.0 + 1e-12
    assert green_use(loads, [unit * flow for flow in flows]) == pytest.approx(found)


@given(LOADS, st.floats(0.1, 10.0))
def test_imbalance_is_that_of_any_order_and_of_all_loads_alike(loads: list[float], more: float) -> None:
    found = imbalance(loads)
    assert 0.0 <= found < 1.0
    assert imbalance(loads[::-1]) == found
    assert imbalance([more * load for load in loads]) == pytest.approx(found, abs=1e-9)
    assert imbalance([loads[0]] * 3) == 0.0


def test_split_failures_are_a_poisson_tail() -> None:
    # Two come in a cycle of 60 s. More than four: 1 - (1 + 2 + 2 + 4/3 + 2/3) / e^2; five: 4/15 / e^2 less.
    over_four = 1.0 - 7.0 * math.exp(-2.0)
    over_five = over_four - 4.0 / 15.0 * math.exp(-2.0)
    assert split_failure_share(120.0, 2.0 / 4.0, 60.0) == pytest.approx(over_four)
    assert split_failure_share(120.0, 2.0 / 4.5, 60.0) == pytest.approx((over_four + over_five) / 2.0)


def test_a_green_that_serves_nobody_fails_whenever_somebody_comes() -> None:
    assert split_failure_share(120.0, math.inf, 60.0) == pytest.approx(1.0 - math.exp(-2.0))
    assert split_failure_share(0.0, 0.0, 60.0) == 0.0


@given(st.floats(0.1, 1.9), st.floats(0.01, 0.5), st.floats(60.0, 900.0))
def test_more_saturation_fails_more_cycles(load: float, more: float, flow: float) -> None:
    fewer, found = (split_failure_share(flow, x, 90.0) for x in (load, load + more))
    assert 0.0 <= fewer <= found + 1e-12 <= 1.0 + 1e-12


def test_three_quarters_wait_on_if_they_wait_three_cycles_on_average() -> None:
    # A quarter passes in each cycle: 1/4 x 0 + 3/16 x 1 + 9/64 x 2 + ... = 3 cycles more.
    assert sum(k * 0.25 * 0.75**k for k in range(200)) == pytest.approx(3.0)
    assert first_pass_share(3 * 90.0, 90.0) == pytest.approx(0.25)
    assert first_pass_share(0.0, 90.0) == 1.0


def test_the_back_of_queue_below_saturation() -> None:
    # 0.2 veh/s: 6 in a red of 30 s; they and those who come meanwhile leave at 0.5 veh/s (y = 0.4): 10.
    assert back_of_queue_veh(720.0, 0.8, 30.0, 60.0, 0.0) == pytest.approx(10.0)
    # 4 s of overflow delay at a capacity of 900 veh/h: one vehicle is left over.
    assert back_of_queue_veh(720.0, 0.8, 30.0, 60.0, 4.0) == pytest.approx(11.0)


def test_above_saturation_a_cycle_comes_in_behind_the_overflow() -> None:
    # 12 come in a cycle; capacity 576 veh/h, 100 s: 16 vehicles.
    assert back_of_queue_veh(720.0, 1.25, 30.0, 60.0, 100.0) == pytest.approx(28.0)


def test_a_lane_that_is_always_green_has_only_its_overflow() -> None:
    assert back_of_queue_veh(720.0, 0.4, 60.0, 60.0, 2.0) == pytest.approx(1.0)
    assert back_of_queue_veh(1800.0, 1.0, 60.0, 60.0, 2.0) == pytest.approx(1.0)
    assert back_of_queue_veh(0.0, 0.0, 30.0, 60.0, 0.0) == 0.0


def test_a_trip_of_a_minute_that_takes_a_minute_and_a_half() -> None:
    assert travel_time_index(90.0, 60.0) == 1.5

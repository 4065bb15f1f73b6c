"""Formulas of the HCM and of Webster, against published tables and values calculated by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from trafficopt.model.capacity import saturation_flow_veh_h
from trafficopt.model.delay import (
    control_delay_s,
    incremental_delay_s,
    level_of_service,
    metering_factor,
    progression_factor,
    uniform_delay_s,
    webster_cycle_s,
    webster_delay_s,
    webster_greens_s,
)
from trafficopt.model.oversaturation import initial_queue_delay_s, unmet_h

# HCM 2000 exhibit 16-12 with the default platoon ratios of exhibit 16-11, by g/C and arrival type
PLATOON_RATIO = [0.333, 0.667, 1.0, 1.333, 1.667, 2.0]
PROGRESSION = {
    0.2: [1.167, 1.007, 1.0, 1.0, 0.833, 0.75],
    0.3: [1.286, 1.063, 1.0, 0.986, 0.714, 0.571],
    0.4: [1.445, 1.136, 1.0, 0.895, 0.555, 0.333],
    0.5: [1.667, 1.24, 1.0, 0.767, 0.333, 0.0],
    0.6: [2.001, 1.395, 1.0, 0.576, 0.0, 0.0],
    0.7: [2.556, 1.653, 1.0, 0.256, 0.0, 0.0],
}
# HCM 2000 exhibit 15-9, by degree of saturation upstream
METERING = {0.4: 0.922, 0.5: 0.858, 0.6: 0.769, 0.7: 0.65, 0.8: 0.5, 0.9: 0.314, 1.0: 0.09, 1.3: 0.09}


def test_uniform_delay_by_hand() -> None:
    # C = 100, g/C = 0.4, X = 0.5: 0.5 x 100 x 0.36 / (1 - 0.2) = 22.5.
    assert uniform_delay_s(100.0, 40.0, 0.5) == pytest.approx(22.5)


def test_uniform_delay_as_published() -> None:
    # Lecture notes of Mathew, Signalized Intersection Delay Models: X = 1700 / 1458, C = 102 s, g/C = 0.55.
    # https://archive.nptel.ac.in/content/storage2/courses/105101008/572_Delay_A/point8/point.html
    assert uniform_delay_s(102.0, 0.55 * 102.0, 1700 / 1458) == pytest.approx(22.95, abs=0.005)
    # 20 and 50 vehicles a minute arrive and are served, 30 s of 60 s green: 12.5 s.
    # https://byjus.com/question-answer/the-uniform-arrival-and-uniform-service-rates-observed-on-an-approach-road-to-a-signalized
    assert uniform_delay_s(60.0, 30.0, 20 / 25) == pytest.approx(12.5)


def test_uniform_delay_without_traffic_is_the_mean_wait_in_red() -> None:
    # Red of 30 s in 50 s: 30^2 / (2 x 50) = 9.
    assert uniform_delay_s(50.0, 20.0, 0.0) == pytest.approx(9.0)


def test_uniform_delay_above_capacity_is_half_of_the_red() -> None:
    assert uniform_delay_s(90.0, 30.0, 1.0) == pytest.approx(30.0)
    assert uniform_delay_s(90.0, 30.0, 1.7) == pytest.approx(30.0)


def test_uniform_delay_of_arrays() -> None:
    found = uniform_delay_s(100.0, np.array([40.0, 20.0]), np.array([0.5, 2.0]))
    assert found == pytest.approx([22.5, 40.0])


def test_incremental_delay_by_hand() -> None:
    # X = 1, c = 400 veh/h, T = 0.25 h: 225 x sqrt(4 / 100) = 45.
    assert incremental_delay_s(1.0, 400.0, 0.25) == pytest.approx(45.0)
    # X = 0.9, c = 900, T = 0.25: 225 x (-0.1 + sqrt(0.01 + 3.6 / 225)) = 225 x 0.0612452 = 13.7802.
    assert incremental_delay_s(0.9, 900.0, 0.25) == pytest.approx(13.7802, abs=1e-3)
    assert incremental_delay_s(0.0, 900.0, 0.25) == 0.0
    assert incremental_delay_s.py_func(0.9, 900.0, 0.25) == incremental_delay_s(0.9, 900.0, 0.25)


def test_incremental_delay_far_above_capacity_is_that_of_the_growing_queue() -> None:
    # Deterministic overflow: T / 2 x (X - 1) = 0.5 x 900 s x 1 = 450 s, the random part is small.
    assert incremental_delay_s(2.0, 10_000.0, 0.25) == pytest.approx(450.0, rel=0.01)


def test_incremental_delay_by_control_and_metering() -> None:
    # X = 1, c = 400 veh/h, T = 0.25 h: 225 x sqrt(8 k I / 100).
    assert incremental_delay_s(1.0, 400.0, 0.25, 0.125, 0.5) == pytest.approx(225 * math.sqrt(0.005))
    found = incremental_delay_s(np.array([1.0, 0.0]), np.array([400.0, 900.0]), 0.25)
    assert found == pytest.approx([45.0, 0.0])


@pytest.mark.parametrize(("upstream", "factor"), METERING.items())
def test_metering_as_in_the_exhibit(upstream: float, factor: float) -> None:
    assert metering_factor(upstream) == pytest.approx(factor, abs=0.0006)


@pytest.mark.parametrize(("green_ratio", "factors"), PROGRESSION.items())
def test_progression_as_in_the_exhibit(green_ratio: float, factors: list[float]) -> None:
    on_green = np.array(PLATOON_RATIO) * green_ratio
    found = progression_factor(np.full(6, green_ratio), on_green)
    assert found == pytest.approx(factors, abs=0.0011)


def test_initial_queue_by_hand() -> None:
    # Spare capacity 800 - 640: 20 vehicles are gone after 1/8 h; 1800 x 20 x 0.125 / 200 = 22.5 s.
    assert unmet_h(0.8, 800.0, 0.25, 20.0) == pytest.approx(0.125)
    assert initial_queue_delay_s(0.8, 800.0, 0.25, 20.0) == pytest.approx(22.5)
    # X = 0.95: half of the 20 is left after 1/4 h, 15 in the mean: 15 / 800 h each.
    assert initial_queue_delay_s(0.95, 800.0, 0.25, 20.0) == pytest.approx(3600 * 15 / 800)
    # At and above capacity everybody waits for the 20 ahead.
    for saturation in (1.0, 1.4):
        assert unmet_h(saturation, 800.0, 0.25, 20.0) == 0.25
        assert initial_queue_delay_s(saturation, 800.0, 0.25, 20.0) == pytest.approx(90.0)
    assert initial_queue_delay_s(np.array([0.8, 1.2]), np.array([800.0, 800.0]), 0.25, np.zeros(2)) == (
        pytest.approx([0.0, 0.0])
    )


def test_control_delay_with_platoons_and_an_initial_queue() -> None:
    # C = 100, g = 40, X = 0.8: d1 = 0.5 x 100 x 0.36 / 0.68; for half of the period X = 1: 30 s.
    steady = control_delay_s(90.0, 40.0, 640.0, 1800.0)
    assert control_delay_s(90.0, 40.0, 640.0, 1800.0, progression=0.5) == pytest.approx(
        steady - uniform_delay_s(90.0, 40.0, 0.8) / 2
    )
    capacity, uniform = 720.0, 18 / 0.68
    queue = 0.125 * capacity * 0.2
    expected = (
        0.5 * 30
        + 0.5 * uniform * 0.7
        + 1800 * queue * 0.125 / 180
        + 225 * (-0.2 + math.sqrt(0.04 + 3.2 / 180))
    )
    found = control_delay_s(100.0, 40.0, 576.0, 1800.0, progression=0.7, initial_queue_veh=queue)
    assert found == pytest.approx(expected)


def test_control_delay_of_arrays() -> None:
    greens, flows, saturation_flows = np.array([40.0, 0.0, 30.0]), np.full(3, 400.0), np.full(3, 1800.0)
    found = control_delay_s(90.0, greens, flows, saturation_flows)
    assert found.tolist() == [control_delay_s(90.0, g, 400.0, 1800.0) for g in (40.0, 0.0, 30.0)]


@pytest.mark.parametrize(
    ("delay", "level"),
    [(0, "A"), (10, "A"), (10.1, "B"), (20.1, "C"), (35, "C"), (55, "D"), (80, "E"), (81, "F")],
)
def test_levels_of_service(delay: float, level: str) -> None:
    assert level_of_service(delay) == level
    assert level_of_service(math.inf) == "F"


def test_saturation_flow_by_hand() -> None:
    assert saturation_flow_veh_h() == 1900.0
    # 3.0 m: 0.9333; 10 % heavy: 0.9091; 4 % uphill: 0.98; a center: 0.9.
    found = saturation_flow_veh_h(2, lane_width_m=3.0, heavy_share=0.1, grade_percent=4.0, center=True)
    assert found == pytest.approx(3800 * 0.93333 * 0.90909 * 0.98 * 0.9, rel=1e-4)
    # A lane for left turns 0.95, one for right turns 0.85, a single lane with 20 % right turns 0.973.
    assert saturation_flow_veh_h(left_share=1.0) == pytest.approx(1900 / 1.05)
    assert saturation_flow_veh_h(right_share=1.0) == pytest.approx(1900 * 0.85)
    assert saturation_flow_veh_h(right_share=0.2) == pytest.approx(1900 * 0.973)
    assert saturation_flow_veh_h(2, right_share=0.2, lane_utilization=0.95) == pytest.approx(
        3800 * 0.97 * 0.95
    )


def test_control_delay_is_the_sum() -> None:
    # Capacity 1,800 x 0.4 = 720, X = 0.5.
    expected = 22.5 + 225 * (-0.5 + math.sqrt(0.25 + 2.0 / 180.0))
    assert control_delay_s(100.0, 40.0, 360.0, 1800.0) == pytest.approx(expected)
    assert control_delay_s(100.0, 0.0, 360.0, 1800.0) == math.inf


def test_webster_cycle() -> None:
    assert webster_cycle_s(12.0, 0.7) == pytest.approx(23 / 0.3)
    assert webster_cycle_s(12.0, 0.0) == 23.0
    assert webster_cycle_s(12.0, 0.95) == math.inf
    # 500 and 300 of 1600 pcu/h, 16 s lost: 58 s.
    # https://byjus.com/question-answer/if-the-normal-flows-on-two-approach-roads-at-an-intersection-are-respectively-500-pcu
    assert webster_cycle_s(16.0, (500 + 300) / 1600) == pytest.approx(58.0)


def test_webster_greens() -> None:
    found = webster_greens_s(58.0, 16.0, np.array([500 / 1600, 300 / 1600]))
    assert found == pytest.approx([26.25, 15.75])
    assert webster_greens_s(60.0, 10.0, np.zeros(2)).tolist() == [25.0, 25.0]
    assert webster_greens_s(10.0, 12.0, np.array([0.2, 0.4])).tolist() == [0.0, 0.0]


def test_webster_delay_by_hand() -> None:
    # c = 100 s, l = 0.4, s = 0.5 veh/s, x = 0.5: q = 0.1. 22.5 + 0.25 / 0.1 - 0.65 x 10,000^(1/3) x 0.5^4.
    assert webster_delay_s(100.0, 40.0, 360.0, 1800.0) == pytest.approx(25.0 - 0.65 * 21.5443 / 16, abs=1e-4)
    assert webster_delay_s(100.0, 40.0, 360.0, 1800.0, approximate=True) == pytest.approx(22.5)
    assert webster_delay_s(100.0, 40.0, 0.0, 1800.0) == pytest.approx(18.0)
    flows = np.array([360.0, 720.0, 900.0])
    found = webster_delay_s(100.0, np.full(3, 40.0), flows, np.full(3, 1800.0))
    assert found[0] == pytest.approx(25.0 - 0.65 * 21.5443 / 16, abs=1e-4)
    assert found[1:].tolist() == [math.inf, math.inf]
    assert webster_delay_s(100.0, 0.0, 360.0, 1800.0) == math.inf


def test_websters_cycle_is_near_the_least_delay() -> None:
    # Two equal stages, y = 0.3 each, L = 10 s: C0 = 20 / 0.4 = 50 s; delay within 5 % of the least.
    def delay(cycle: float) -> float:
        return control_delay_s(cycle, (cycle - 10.0) / 2.0, 540.0, 1800.0)

    least = min(delay(float(cycle)) for cycle in range(26, 150))
    assert delay(webster_cycle_s(10.0, 0.6)) <= 1.05 * least

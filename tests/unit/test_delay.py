"""Delay and cycle formulas, against values calculated by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from trafficopt.model.delay import control_delay_s, incremental_delay_s, uniform_delay_s, webster_cycle_s


def test_uniform_delay_by_hand() -> None:
    # C = 100, g/C = 0.4, X = 0.5: 0.5 x 100 x 0.36 / (1 - 0.2) = 22.5.
    assert uniform_delay_s(100.0, 40.0, 0.5) == pytest.approx(22.5)


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


def test_control_delay_is_the_sum() -> None:
    # Capacity 1,800 x 0.4 = 720, X = 0.5.
    expected = 22.5 + 225 * (-0.5 + math.sqrt(0.25 + 2.0 / 180.0))
    assert control_delay_s(100.0, 40.0, 360.0, 1800.0) == pytest.approx(expected)
    assert control_delay_s(100.0, 0.0, 360.0, 1800.0) == math.inf


def test_webster_cycle() -> None:
    assert webster_cycle_s(12.0, 0.7) == pytest.approx(23 / 0.3)
    assert webster_cycle_s(12.0, 0.0) == 23.0
    assert webster_cycle_s(12.0, 0.95) == math.inf


def test_websters_cycle_is_near_the_least_delay() -> None:
    # Two equal stages, y = 0.3 each, L = 10 s: C0 = 20 / 0.4 = 50 s; delay within 5 % of the least.
    def delay(cycle: float) -> float:
        return control_delay_s(cycle, (cycle - 10.0) / 2.0, 540.0, 1800.0)

    least = min(delay(float(cycle)) for cycle in range(26, 150))
    assert delay(webster_cycle_s(10.0, 0.6)) <= 1.05 * least

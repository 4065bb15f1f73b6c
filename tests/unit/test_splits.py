"""Greens of least delay, and their rounding."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from trafficopt.errors import InfeasibleError
from trafficopt.model.delay import control_delay_s
from trafficopt.model.signal_model import SignalModel
from trafficopt.problem import Problem
from trafficopt.search.splits import least_cycle_s, least_delay_greens, longest_cycle_s, round_greens

Maker = Callable[..., Problem]


def test_shortest_and_longest_cycle(corridor: Maker) -> None:
    model = SignalModel(corridor(1, min_green_s=5.5, max_green_s=40.2, yellow_s=3.5))
    assert least_cycle_s(model, 0) == 20  # 2 x (5.5 + 4.5)
    assert longest_cycle_s(model, 0) == 89  # 2 x (40.2 + 4.5) = 89.4


def test_equal_flows_get_equal_greens(corridor: Maker) -> None:
    model = SignalModel(corridor(1, main_veh_h=400.0, cross_veh_h=400.0))
    assert least_delay_greens(model, 0, 68).tolist() == [30.0, 30.0]


def test_greens_are_those_of_least_control_delay(corridor: Maker) -> None:
    model = SignalModel(corridor(1, main_veh_h=700.0, cross_veh_h=250.0))
    saturation = 3600 / (1.42 + 7.5 / 13.9)
    flows = model.layout.movement_flow * 3600

    def delay(green: float) -> float:
        other = 72.0 - green
        return flows[0] * control_delay_s(80.0, green, flows[0], saturation) + flows[1] * control_delay_s(
            80.0, other, flows[1], saturation
        )

    best = min(range(5, 68), key=delay)
    assert abs(least_delay_greens(model, 0, 80)[0] - best) <= 1


def test_no_demand_shares_the_cycle_equally(corridor: Maker) -> None:
    model = SignalModel(corridor(1))
    model.layout.movement_flow[:] = 0
    assert least_delay_greens(model, 0, 60).tolist() == [26.0, 26.0]


def test_a_cycle_too_short_or_too_long_is_infeasible(corridor: Maker) -> None:
    model = SignalModel(corridor(1, min_green_s=20.0, max_green_s=40.0))
    with pytest.raises(
        InfeasibleError, match="s0: minimum greens and intergreens need 48 s, the cycle is 47 s"
    ):
        least_delay_greens(model, 0, 47)
    with pytest.raises(
        InfeasibleError, match="s0: maximum greens and intergreens fill 88 s, the cycle is 89 s"
    ):
        least_delay_greens(model, 0, 89)
    assert least_delay_greens(model, 0, 48).tolist() == [20.0, 20.0]
    assert least_delay_greens(model, 0, 88).tolist() == [40.0, 40.0]


@pytest.mark.parametrize(
    ("greens", "lower", "upper", "total", "expected"),
    [
        ([20.4, 15.6], [5.0, 5.0], [90.0, 90.0], 36.0, [20.0, 16.0]),
        ([20.5, 15.0], [5.0, 5.0], [90.0, 90.0], 35.5, [20.5, 15.0]),
        ([5.5, 5.5], [5.5, 5.5], [90.0, 90.0], 11.0, [5.5, 5.5]),
        ([5.5, 8.0], [5.5, 5.5], [90.0, 90.0], 13.5, [6.0, 7.5]),
        ([28.0, 12.0], [5.0, 5.0], [20.0, 90.0], 40.0, [20.0, 20.0]),
        ([28.0, 12.0], [5.0, 5.0], [20.0, 20.5], 40.5, [20.0, 20.5]),
    ],
)
def test_rounding_by_hand(
    greens: list[float], lower: list[float], upper: list[float], total: float, expected: list[float]
) -> None:
    found = round_greens(np.array(greens), np.array(lower), np.array(upper), total)
    assert found.tolist() == expected

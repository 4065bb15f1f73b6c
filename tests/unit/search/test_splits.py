"""Greens of least delay, and their rounding."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trafficopt.errors import InfeasibleError
from trafficopt.model.delay import control_delay_s
from trafficopt.model.lane_groups import LaneGroups, lane_groups
from trafficopt.problem import Problem
from trafficopt.search.splits import (
    delay_veh_s_s,
    least_cycle_s,
    least_delay_greens,
    longest_cycle_s,
    round_greens,
    screen_greens,
)
from trafficopt.stage import Interval, Stage

Maker = Callable[..., Problem]
Ready = tuple[LaneGroups, tuple[Stage, ...]]


def ready(problem: Problem) -> Ready:
    stages = problem.network.intersections[0].stages
    return lane_groups(problem, 0, stages), stages


def by_hand(
    flow_veh_h: list[float], storage_veh: list[float] | None = None, min_green_s: float = 5.0
) -> Ready:
    """One lane for each stage, 1,800 veh/h each, no start loss, 4 s between stages."""
    n = len(flow_veh_h)
    states = ["".join("G" if k == m else "r" for k in range(n)) for m in range(n)]
    stages = tuple(Stage(s, (Interval(s.replace("G", "y"), 4.0),), min_green_s, 120.0) for s in states)
    storage = np.array(storage_veh or [np.inf] * n)
    groups = LaneGroups(
        np.array(flow_veh_h), np.full(n, 1800.0), storage, np.eye(n), np.zeros(n), np.eye(n), np.zeros(n)
    )
    return groups, stages


def test_shortest_and_longest_cycle(corridor: Maker) -> None:
    _, stages = ready(corridor(1, min_green_s=5.5, max_green_s=40.2, yellow_s=3.5))
    assert least_cycle_s(stages) == 20  # 2 x (5.5 + 4.5)
    assert longest_cycle_s(stages) == 89  # 2 x (40.2 + 4.5) = 89.4
    assert longest_cycle_s([Stage("G", ())]) == np.inf


def test_objective_is_the_control_delay_of_the_hcm() -> None:
    groups, _ = by_hand([700.0, 250.0])
    greens = np.array([50.0, 22.0])
    expected = sum(
        flow / 3600 * float(control_delay_s(80.0, green, flow, 1800.0))
        for flow, green in zip(groups.flow_veh_h, greens, strict=True)
    )
    assert delay_veh_s_s(groups, greens, 80.0) == pytest.approx(expected, rel=1e-6)


def test_overflow_costs_more_than_any_red() -> None:
    groups, _ = by_hand([900.0])
    kept, over = (delay_veh_s_s(groups, np.array([g]), 80.0) for g in (41.0, 36.0))
    assert over > 1.5 * kept


def test_a_lane_that_yields_moves_longer_than_its_capacity_says() -> None:
    n = 1
    slow = LaneGroups(
        np.array([200.0]), np.full(n, 1800.0), np.array([np.inf]),
        np.ones((n, 1)), np.zeros(n), np.full((n, 1), 0.5), np.zeros(n),
    )  # fmt: skip
    red_s, load = 40.0, 200.0 / (1800.0 * 0.25)
    uniform = 0.5 * red_s**2 / (80.0 - load * 40.0)
    capacity = 450.0
    random = 225.0 * ((load - 1) + np.sqrt((load - 1) ** 2 + 16 * load / capacity))
    expected = 200.0 / 3600.0 * (uniform + random)
    assert delay_veh_s_s(slow, np.array([40.0]), 80.0) == pytest.approx(expected, rel=1e-6)


def screened_greens(groups: LaneGroups, stages: tuple[Stage, ...], cycle_s: int) -> np.ndarray:
    return screen_greens(groups, stages, np.array([float(cycle_s)]))[0][0]


@pytest.mark.parametrize("method", [least_delay_greens, screened_greens])
def test_equal_flows_get_equal_greens(method: Callable[..., np.ndarray]) -> None:
    groups, stages = by_hand([400.0, 400.0])
    assert method(groups, stages, 68).tolist() == pytest.approx([30.0, 30.0])


@pytest.mark.parametrize("method", [least_delay_greens, screened_greens])
def test_greens_are_those_of_least_delay(method: Callable[..., np.ndarray]) -> None:
    groups, stages = by_hand([700.0, 250.0])
    best = min(range(5, 68), key=lambda g: delay_veh_s_s(groups, np.array([g, 72.0 - g]), 80.0))
    assert abs(method(groups, stages, 80)[0] - best) <= 1


@given(st.lists(st.floats(10.0, 700.0), min_size=2, max_size=4), st.integers(50, 120))
def test_screened_greens_are_nearly_the_best_and_fill_the_cycle(flows: list[float], cycle_s: int) -> None:
    groups, stages = by_hand(flows)
    screened = screened_greens(groups, stages, cycle_s)
    best = least_delay_greens(groups, stages, cycle_s)
    for greens in (screened, best):
        assert greens.sum() + 4 * len(stages) == pytest.approx(cycle_s)
        assert (greens >= 5.0 - 1e-9).all()
    assert (best == np.round(best)).all()
    delays = [delay_veh_s_s(groups, greens, cycle_s) for greens in (screened, best)]
    assert delays[0] <= 1.05 * delays[1]


def test_many_cycles_at_once_are_those_one_by_one() -> None:
    groups, stages = by_hand([500.0, 300.0, 200.0])
    cycles = np.array([20.0, 60.0, 90.0, 400.0])
    greens, costs = screen_greens(groups, stages, cycles)
    assert np.isinf(costs[[0, 3]]).all()  # 27 s is the shortest, 372 s the longest
    for k in (1, 2):
        alone, cost = screen_greens(groups, stages, cycles[k : k + 1])
        assert greens[k].tolist() == alone[0].tolist()
        assert costs[k] == cost[0] == pytest.approx(delay_veh_s_s(groups, greens[k], cycles[k]))
        assert greens[k].sum() == pytest.approx(cycles[k] - 12.0)


def test_a_short_link_gets_the_green_that_keeps_its_queue() -> None:
    # 360 veh/h for 30 s of red are 3 vehicles: no more red of 80 s than that, so 50 s of green.
    free, stages = by_hand([360.0, 200.0])
    tight, _ = by_hand([360.0, 200.0], [3.0, np.inf])
    assert least_delay_greens(free, stages, 80)[0] < 50
    greens = least_delay_greens(tight, stages, 80)
    assert greens[0] >= 50
    red_s = 80.0 - tight.shown @ greens - tight.shown_s
    assert (tight.flow_veh_h / 3600.0 * red_s <= tight.storage_veh + 1e-6).all()


def test_capacity_goes_before_storage() -> None:
    # The second lane needs 80 x 600 / 1,800 / 0.85 = 31.4 s; storage of the first would need all the rest.
    groups, stages = by_hand([360.0, 600.0], [1.0, np.inf])
    greens = least_delay_greens(groups, stages, 80)
    assert greens[1] >= 31
    assert greens[0] == pytest.approx(72 - 31.4, abs=1.0)  # all that is left shortens the queue


def test_no_demand_shares_the_cycle_equally(corridor: Maker) -> None:
    groups, stages = ready(corridor(1, main_veh_h=1.0, cross_veh_h=1.0))
    empty = LaneGroups(*(getattr(groups, name)[:0] for name in LaneGroups.__dataclass_fields__))
    assert least_delay_greens(empty, stages, 60).tolist() == [26.0, 26.0]


def test_a_cycle_too_short_or_too_long_is_infeasible(corridor: Maker) -> None:
    groups, stages = ready(corridor(1, min_green_s=20.0, max_green_s=40.0))
    with pytest.raises(InfeasibleError, match="minimum greens and intergreens need 48 s, the cycle is 47 s"):
        least_delay_greens(groups, stages, 47)
    with pytest.raises(InfeasibleError, match="maximum greens and intergreens fill 88 s, the cycle is 89 s"):
        least_delay_greens(groups, stages, 89)
    assert least_delay_greens(groups, stages, 48).tolist() == [20.0, 20.0]
    assert least_delay_greens(groups, stages, 88).tolist() == [40.0, 40.0]


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

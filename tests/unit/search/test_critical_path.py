"""The lanes whose flows ask for the most of a cycle."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trafficopt.model.lane_groups import LaneGroups
from trafficopt.search.critical_path import path_weights
from trafficopt.units import FloatArray


def lanes(
    flow_ratios: list[float], served: Sequence[Sequence[float]], served_s: float | Sequence[float] = 0.0
) -> LaneGroups:
    """Lanes of 1,800 veh/h; `served`: a row for each lane, a column for each stage."""
    n = len(flow_ratios)
    part = np.array(served, dtype=np.float64).reshape(n, len(served[0]) if served else 2)
    seconds = np.full(n, served_s, dtype=np.float64)
    return LaneGroups(
        1800.0 * np.array(flow_ratios),
        np.full(n, 1800.0),
        np.full(n, np.inf),
        part.copy(),
        seconds.copy(),
        part,
        seconds,
    )


def test_one_lane_a_stage_is_the_text_book() -> None:
    assert path_weights(lanes([0.3, 0.2], [[1, 0], [0, 1]]), 60.0).tolist() == pytest.approx([1, 1])


def test_the_heavier_lane_of_a_stage_is_critical() -> None:
    weights = path_weights(lanes([0.3, 0.35, 0.2], [[1, 0], [1, 0], [0, 1]]), 60.0)
    assert weights.tolist() == pytest.approx([0, 1, 1])


def test_a_lighter_lane_that_loses_more_time_is_critical_in_a_short_cycle() -> None:
    groups = lanes([0.30, 0.28, 0.2], [[1, 0], [1, 0], [0, 1]], [0.0, -6.0, 0.0])
    assert path_weights(groups, 60.0).tolist() == pytest.approx([0, 1, 1])
    assert path_weights(groups, 600.0).tolist() == pytest.approx([1, 0, 1])


@pytest.mark.parametrize(("over_both", "expected"), [(0.4, [1, 0, 0, 1]), (0.2, [0, 1, 1, 1])])
def test_a_movement_over_two_stages_against_those_of_each(over_both: float, expected: list[float]) -> None:
    """The first lane runs in stages 1 and 2, which two lanes of 0.1 and 0.2 share."""
    served = [[1, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    weights = path_weights(lanes([over_both, 0.1, 0.2, 0.2], served), 60.0)
    assert weights.tolist() == pytest.approx(expected)


def test_an_overlap_from_the_last_stage_to_the_first() -> None:
    served = [[1, 0, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert path_weights(lanes([0.5, 0.1, 0.2, 0.1], served), 60.0).tolist() == pytest.approx([1, 0, 1, 0])


def test_a_lane_that_is_served_by_half_counts_twice() -> None:
    assert path_weights(lanes([0.2, 0.3], [[0.5, 0], [0, 1]]), 60.0).tolist() == pytest.approx([2, 1])


def test_without_traffic_green_or_service_there_is_no_path() -> None:
    assert path_weights(lanes([], []), 60.0).size == 0
    assert path_weights(lanes([0.3], [[1, 0]]), 0.0).tolist() == [0.0]
    assert path_weights(lanes([0.3], [[0, 0]]), 60.0).tolist() == [0.0]


@given(
    st.integers(2, 4).flatmap(
        lambda n: st.tuples(
            st.lists(
                st.tuples(st.floats(0.02, 0.9), st.lists(st.booleans(), min_size=n, max_size=n)),
                min_size=1,
                max_size=6,
            ),
            st.lists(st.floats(1.0, 60.0), min_size=n, max_size=n),
        )
    ),
    st.floats(-1.2, 4.0),
)
def test_no_greens_bring_all_lanes_below_the_critical_saturation(
    drawn: tuple[list[tuple[float, list[bool]]], list[float]], served_s: float
) -> None:
    """Y C / (C - L) is a lower bound on the largest degree of saturation, whatever the greens."""
    rows, greens = drawn
    rows = [(ratio, [*row[:-1], True] if not any(row) else row) for ratio, row in rows]
    groups = lanes([ratio for ratio, _ in rows], [[float(on) for on in row] for _, row in rows], served_s)
    weights = path_weights(groups, sum(greens))
    cycle = sum(greens) + 12.0
    ratios = groups.flow_veh_h / groups.saturation_veh_h
    effective = sum(greens) + float(weights @ groups.served_s)  # C - L
    used: FloatArray = groups.served @ np.array(greens) + groups.served_s
    if effective > 0 and (used > 0).all():
        assert (ratios * cycle / used).max() >= float(weights @ ratios) * cycle / effective * (1 - 1e-6)

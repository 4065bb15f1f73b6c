"""Walks past right-turn islands, by hand: the east approach of an intersection at the origin."""

from __future__ import annotations

import math

import numpy as np
import pytest

from trafficopt.model.crossing_walks import Carriageway, Walk, approach_walks, beside, width_across_m


def road(width_m: float, *points: tuple[float, float]) -> Carriageway:
    return Carriageway(np.array(points), width_m)


# Traffic keeps right: it comes from the east along y = 8 and leaves along y = -8.
COMING, LEAVING = road(9.6, (60.0, 8.0), (10.0, 8.0)), road(6.4, (10.0, -8.0), (60.0, -8.0))
# To the north, in the corner; the outer curb bends at (30, 30).
FROM = road(4.0, (50.0, 12.0), (30.0, 30.0), (12.0, 50.0))
# From the south into the lanes that leave; its outer curb bends at (30, -30).
INTO = road(4.0, (12.0, -50.0), (30.0, -30.0), (50.0, -12.0))

HALF = math.hypot(18.0, 20.0)  # of a slip lane
INNER = 30.0 - 4.0 / math.sqrt(2.0)  # both coordinates of the point across the slip lane from (30, 30)
ISLAND = math.hypot(INNER - 10.0, INNER - 8.0)


def test_without_islands_one_walks_from_curb_to_curb() -> None:
    before, after = approach_walks(COMING, LEAVING)
    assert before == after == Walk(16.0, 16.0, 16.0)


def test_one_crosses_slip_lane_and_island_on_both_sides_of_the_carriageway() -> None:
    before, after = approach_walks(COMING, LEAVING, FROM, INTO)
    assert before.roadway_m == pytest.approx(4.0 + 16.0 + 4.0)
    assert before.crossing_m == pytest.approx(16.0 + 2 * (4.0 + ISLAND))
    assert before.walk_m == pytest.approx(before.crossing_m + 2 * HALF)
    straight = math.hypot(12.0 - 10.0, 50.0 - 8.0)
    assert (after.crossing_m, after.roadway_m) == pytest.approx((16.0, 16.0))
    assert after.walk_m == pytest.approx(16.0 + 2 * straight)


def test_an_island_at_one_corner_alone_changes_that_side() -> None:
    both, one = approach_walks(COMING, LEAVING, FROM, INTO), approach_walks(COMING, LEAVING, FROM)
    for k in (0, 1):
        side = (both[k].walk_m - 16.0) / 2.0
        assert one[k].walk_m == pytest.approx(16.0 + side)


def test_a_walk_is_never_longer_without_islands() -> None:
    rng = np.random.default_rng(7)
    for _ in range(200):
        bend = tuple(rng.uniform(12.0, 45.0, 2).tolist())
        slip = road(rng.uniform(3.0, 7.0), (50.0, 12.0), bend, (12.0, 50.0))
        before, after = approach_walks(COMING, LEAVING, slip)
        assert after.walk_m <= before.walk_m + 1e-9
        assert after.roadway_m < before.roadway_m
        assert before.roadway_m <= before.crossing_m <= before.walk_m


def test_a_stop_line_set_back_does_not_make_the_carriageway_wider() -> None:
    assert width_across_m(COMING, road(6.4, (4.0, -8.0), (60.0, -8.0))) == pytest.approx(16.0)


def test_a_one_way_street_is_as_wide_as_its_lanes() -> None:
    assert width_across_m(COMING, None) == 9.6
    assert width_across_m(None, LEAVING) == 6.4
    with pytest.raises(ValueError, match="lanes that come or lanes that leave"):
        width_across_m(None, None)


def test_a_walk_does_not_depend_on_where_the_intersection_lies() -> None:
    turn = np.array([[math.cos(1.0), -math.sin(1.0)], [math.sin(1.0), math.cos(1.0)]])

    def moved(one: Carriageway) -> Carriageway:
        return Carriageway(one.curb @ turn.T + [500.0, -900.0], one.width_m)

    parts = (COMING, LEAVING, FROM, INTO)
    for here, there in zip(approach_walks(*parts), approach_walks(*map(moved, parts)), strict=True):
        assert there.walk_m == pytest.approx(here.walk_m)
        assert there.crossing_m == pytest.approx(here.crossing_m)


def test_a_line_beside_a_bend_keeps_its_distance_from_the_points() -> None:
    line = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]])
    moved = beside(line, -2.0)
    assert np.hypot(*(moved - line).T) == pytest.approx([2.0, 2.0, 2.0])
    assert moved[[0, 2]].tolist() == [[0.0, 2.0], [8.0, 10.0]]


def test_a_line_of_one_point_has_no_way_along() -> None:
    with pytest.raises(ValueError, match="two points or more"):
        Carriageway(np.zeros((1, 2)), 3.2)

"""Where lanes of an approach arrive: in order, each at its own lane, from the outside in."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trafficopt.sumo.lane_arrivals import Arrivals, Way, arrivals_of


@pytest.mark.parametrize(
    ("lanes", "before", "n_targets", "way", "wanted"),
    [
        ([1, 2], {2: (2,)}, 3, Way.MEDIAN, {1: (1,), 2: (2,)}),
        ([0, 1], {0: (0,)}, 3, Way.CURB, {0: (0,), 1: (1,)}),
        ([1, 2], {2: (0,)}, 2, Way.MEDIAN, {1: (0,), 2: (1,)}),  # the old lane makes room
        ([1, 2], {2: (1,)}, 3, Way.MEDIAN, {1: (0,), 2: (1,)}),  # and stays where there is room
        ([0, 1, 2], {1: (1,), 2: (2,)}, 3, Way.AHEAD, {0: (0,), 1: (1,), 2: (2,)}),
        ([0, 1], {1: (0,), 2: (1,)}, 2, Way.AHEAD, {0: (0,), 1: (1,)}),
        ([1, 2, 3], {2: (1,), 3: (2,)}, 3, Way.AHEAD, {1: (0,), 2: (1,), 3: (2,)}),  # a sidewalk on the right
        ([1], {0: (0,), 1: (1, 2)}, 3, Way.AHEAD, {1: (1, 2)}),  # a lane that fans out goes on to do so
        ([1, 2], {1: (1, 2)}, 3, Way.AHEAD, {1: (1,), 2: (2,)}),
        ([0, 1], {0: (0,), 1: (0,)}, 1, Way.AHEAD, {0: (0,), 1: (0,)}),  # lanes that merged
    ],
)
def test_lanes_arrive_from_the_outside_in_and_old_ones_stay_if_they_can(
    lanes: list[int], before: Arrivals, n_targets: int, way: Way, wanted: Arrivals
) -> None:
    assert arrivals_of(lanes, before, range(n_targets), way) == wanted


@st.composite
def movements(draw: st.DrawFn) -> tuple[list[int], dict[int, tuple[int, ...]], int, Way]:
    n_targets = draw(st.integers(1, 4))
    numbers = st.integers(0, 4)
    lanes = sorted(draw(st.sets(numbers, min_size=1, max_size=n_targets)))
    old = sorted(draw(st.sets(numbers, max_size=n_targets)))
    places = sorted(draw(st.sets(st.integers(0, n_targets - 1), min_size=len(old), max_size=len(old))))
    before = {lane: (place,) for lane, place in zip(old, places, strict=True)}
    return lanes, before, n_targets, draw(st.sampled_from(Way))


@given(movements())
def test_paths_never_cross_and_never_meet(
    movement: tuple[list[int], dict[int, tuple[int, ...]], int, Way],
) -> None:
    lanes, before, n_targets, way = movement
    found = arrivals_of(lanes, before, range(n_targets), way)
    assert list(found) == lanes
    assert all(max(one) < min(other) for one, other in pairwise(found.values()))
    assert {place for places in found.values() for place in places} <= set(range(n_targets))
    if set(lanes) <= before.keys():
        assert found == {lane: before[lane] for lane in lanes}

"""Lanes and their connections."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from trafficopt.intersection import Turn
from trafficopt.lanes import Connection, Lane, LaneGraph


def graph() -> LaneGraph:
    """Two one-lane approaches that merge, the second giving way."""
    lanes = tuple(Lane(link, 0, 100.0, 13.9, frozenset({"passenger"})) for link in "abc")
    first = Connection(0, 2, Turn.THROUGH, "n", "", -1, "M", 10.0, 0.0, 13.9, True)
    return LaneGraph(
        lanes,
        (first, replace(first, from_lane=1, right_of_way="m")),
        foe_at=np.array([0, 1, 2]),
        foe=np.array([1, 0]),
        yields=np.array([False, True]),
        near_m=np.array([4.0, 5.0]),
        far_m=np.array([10.0, 10.0]),
    )


def test_every_connection_needs_a_row_of_foes() -> None:
    with pytest.raises(ValueError, match="one row of foes"):
        replace(graph(), foe_at=np.array([0, 2]))


@pytest.mark.parametrize("name", ["foe", "yields", "near_m", "far_m"])
def test_arrays_of_foes_are_as_long_as_the_rows_say_and_stay_so(name: str) -> None:
    array = getattr(graph(), name)
    with pytest.raises(ValueError, match="must have 2 values"):
        replace(graph(), **{name: array[:1].copy()})
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 0

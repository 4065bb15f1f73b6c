"""Corrections of the conflict matrix."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from trafficopt.errors import InputError
from trafficopt.intersection import Conflicts, Head, Override, User
from trafficopt.signals.overrides import overridden

HEADS = (
    Head("w->e", from_link="w", lane=0, length_m=20.0),
    Head("w->e", from_link="w", lane=1, length_m=21.0),
    Head("s->n", from_link="s", length_m=30.0),
    Head("e->s", from_link="e", length_m=15.0),
    Head("walk:n", User.PEDESTRIANS, length_m=9.0),
)


@pytest.fixture
def conflicts() -> Conflicts:
    """The main street (heads 0 and 1) meets the cross street (2), to which head 3 yields."""
    meets, yields = np.zeros((2, 5, 5), dtype=np.bool_)
    for a, b in ((0, 2), (1, 2), (3, 2)):
        meets[a, b] = meets[b, a] = True
    yields[3, 2] = True
    near = np.where(meets, 8.0, np.nan)
    return Conflicts(meets, yields, near, near + 4.0, np.zeros((5, 5), dtype=np.bool_))


def override(one: str, two: str, *, conflict: bool) -> Override:
    return Override("x", (one, two), conflict, "seen on site")


def test_without_overrides_nothing_changes(conflicts: Conflicts) -> None:
    assert overridden(HEADS, conflicts, ()) is conflicts


def test_an_added_conflict_is_symmetric_and_holds_for_all_lanes(conflicts: Conflicts) -> None:
    found = overridden(HEADS, conflicts, [override("walk:n", "w->e", conflict=True)])
    added = found.meets & ~conflicts.meets
    assert np.argwhere(added).tolist() == [[0, 4], [1, 4], [4, 0], [4, 1]]
    assert not (conflicts.meets & ~found.meets).any()
    assert np.array_equal(found.yields, conflicts.yields)


def test_distances_of_an_added_conflict_are_the_widest(conflicts: Conflicts) -> None:
    found = overridden(HEADS, conflicts, [override("w->e", "walk:n", conflict=True)])
    assert found.near_m[[0, 1, 4, 4], [4, 4, 0, 1]].tolist() == [0.0] * 4
    assert found.far_m[[0, 1, 4, 4], [4, 4, 0, 1]].tolist() == [20.0, 21.0, 9.0, 9.0]


def test_known_distances_are_not_narrowed(conflicts: Conflicts) -> None:
    long = replace(conflicts, far_m=conflicts.near_m + 40.0)
    found = overridden(HEADS, long, [override("s->n", "w->e", conflict=True)])
    assert (found.near_m[2, 0], found.far_m[2, 0]) == (0.0, 48.0)
    assert (found.near_m[2, 3], found.far_m[2, 3]) == (8.0, 48.0)


@pytest.mark.parametrize("ends", [("e->s", "s->n"), ("s->n", "e->s")])
def test_a_conflict_that_is_taken_away_leaves_nothing_behind(
    conflicts: Conflicts, ends: tuple[str, str]
) -> None:
    found = overridden(HEADS, conflicts, [override(*ends, conflict=False)])
    assert np.argwhere(conflicts.meets & ~found.meets).tolist() == [[2, 3], [3, 2]]
    assert not found.yields.any()
    for distance in (found.near_m, found.far_m):
        assert np.isnan(distance[[2, 3], [3, 2]]).all()
        assert np.isfinite(distance[found.meets]).all()


def test_a_crossing_that_sumo_does_not_see_can_be_taken_away(conflicts: Conflicts) -> None:
    unseen = np.zeros((5, 5), dtype=np.bool_)
    unseen[0, 3] = unseen[3, 0] = unseen[1, 3] = unseen[3, 1] = True
    found = overridden(HEADS, replace(conflicts, unseen=unseen), [override("w->e", "e->s", conflict=False)])
    assert not found.unseen.any()
    assert np.array_equal(found.meets, conflicts.meets)


def test_the_matrix_that_was_read_stays_as_it_is(conflicts: Conflicts) -> None:
    before = conflicts.meets.copy()
    overridden(HEADS, conflicts, [override("s->n", "w->e", conflict=False)])
    assert np.array_equal(conflicts.meets, before)


def test_overrides_are_kept_and_the_last_one_counts(conflicts: Conflicts) -> None:
    both = [override("s->n", "w->e", conflict=value) for value in (False, True)]
    found = overridden(HEADS, conflicts, both)
    assert np.array_equal(found.meets, conflicts.meets)
    assert found.overrides == tuple(both)
    again = overridden(HEADS, found, [override("walk:n", "w->e", conflict=True)])
    assert len(again.overrides) == 3


def test_an_unknown_movement_is_named_with_those_that_are_known(conflicts: Conflicts) -> None:
    with pytest.raises(InputError) as caught:
        overridden(HEADS, conflicts, [override("w->x", "y->e", conflict=True)])
    told = str(caught.value)
    assert "[[conflicts]] of 'x'" in told
    assert caught.value.faults == (
        "'w->x' is no movement of this signal",
        "'y->e' is no movement of this signal",
    )
    assert "e->s, s->n, w->e, walk:n" in told

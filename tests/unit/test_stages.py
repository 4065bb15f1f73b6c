"""Candidate stages of junctions laid out on a circle."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trafficopt.intersection import Conflicts, Head, Intersection, Movement, Requirements, Turn, User
from trafficopt.stage import Stage
from trafficopt.staging.approaches import JunctionLayout
from trafficopt.staging.stages import (
    COMPLETE_SETS,
    blocked_lanes,
    candidate_stages,
    canonical,
    greens_of,
    is_compatible,
    state_of,
)
from trafficopt.units import BoolArray

LANES = {Turn.RIGHT: 0, Turn.THROUGH: 1, Turn.LEFT: 2, Turn.U_TURN: 2}


def bare(
    heads: Sequence[Head],
    meets: BoolArray,
    yields: BoolArray,
    permissive: BoolArray,
    field: Sequence[str] = (),
) -> Intersection:
    """Intersection of heads and matrices only."""
    n = len(heads)
    grouped: dict[tuple[str, str], list[int]] = {}
    for k, head in enumerate(heads):
        if head.user is User.VEHICLES:
            grouped.setdefault((head.from_link, head.to_link), []).append(k)
    movements = tuple(
        Movement(a, b, heads[ks[0]].turn, tuple(ks), tuple(heads[k].lane for k in ks), 10.0, 0, ())
        for (a, b), ks in grouped.items()
    )
    times = [np.zeros(n) for _ in range(3)]
    needs = Requirements(times[0], np.full((n, n), 0.0), times[1], times[2], permissive)
    conflicts = Conflicts.without_geometry(meets, yields)
    stages = tuple(Stage(state, ()) for state in field)
    return Intersection("J", 0.0, 0.0, tuple(heads), movements, conflicts, stages, needs)


def junction(
    legs: Sequence[int] = (0, 1, 2, 3),
    n: int = 4,
    *,
    keep_right: bool = True,
    u_turns: bool = False,
    walks: bool = False,
    lanes: dict[Turn, int] | None = None,
    field: Sequence[str] = (),
    permissive_far: bool = True,
) -> Intersection:
    """Junction of legs at `n` places of a circle, counterclockwise, paths being chords.

    Heads are in the order of legs, each from right to left, then crossings of the legs. Whoever turns
    yields to who goes straight, the far turn to the near one, and turning vehicles to walkers.
    """
    turns = [(k, d) for k in legs for d in range(1, n + u_turns) if (k + d) % n in legs]
    kinds = [
        Turn.U_TURN if d == n else Turn.THROUGH if 2 * d == n else Turn.RIGHT if 2 * d < n else Turn.LEFT
        for _, d in turns
    ]
    near = Turn.RIGHT if keep_right else Turn.LEFT
    rank = [
        [Turn.THROUGH, near].index(t) if t in (Turn.THROUGH, near) else 2 + (t is Turn.U_TURN) for t in kinds
    ]
    heads = [
        Head(f"in{k}->out{(k + d) % n}", User.VEHICLES, f"in{k}", f"out{(k + d) % n}", (lanes or LANES)[t], t)
        for (k, d), t in zip(turns, kinds, strict=True)
    ]
    heads += [Head(f"walk:{k}", User.PEDESTRIANS) for k in legs if walks]
    size = len(heads)
    meets, yields, permissive = np.zeros((3, size, size), dtype=np.bool_)
    for a, (k, d) in enumerate(turns):
        for b, (other, e) in enumerate(turns):
            chords = [
                (2 * leg + keep_right, 2 * ((leg + far) % n) + 1 - keep_right)
                for leg, far in ((k, d), (other, e))
            ]
            inside = [min(chords[0]) < port < max(chords[0]) for port in chords[1]]
            meets[a, b] = k != other and (inside[0] != inside[1] or chords[0][1] == chords[1][1])
            yields[a, b] = meets[a, b] and rank[a] > rank[b]
            opposite = 2 * ((k - other) % n) == n and permissive_far
            permissive[a, b] = yields[a, b] and (rank[a] != 2 or opposite)
        for w, leg in enumerate(legs if walks else (), start=len(turns)):
            meets[a, w] = meets[w, a] = leg in (k, (k + d) % n)
            yields[a, w] = permissive[a, w] = leg == (k + d) % n and rank[a] > 0 and leg != k
    return bare(heads, meets, yields, permissive, field)


def test_who_gives_way_shows_the_small_letter() -> None:
    node = junction()
    assert state_of(node, (0, 1, 2, 6, 7, 8)) == "GGgrrrGGgrrr"
    assert state_of(node, (2, 8)) == "rrGrrrrrGrrr"


def test_of_two_that_yield_by_the_network_the_one_that_may_not_yield_on_green_goes_first() -> None:
    node = junction()
    yields = node.conflicts.yields.copy()
    yields[1, 8] = True
    meets = node.conflicts.meets.copy()
    node = dataclasses.replace(node, conflicts=Conflicts.without_geometry(meets, yields))
    assert state_of(node, (1, 8)) == "rGrrrrrrgrrr"


def test_canonical_keeps_the_greens_and_sets_the_letters() -> None:
    assert canonical(junction(), "ggGrrrggGyuo") == "GGgrrrGGgrrr"


def test_letters_that_serve_nobody_stay_red() -> None:
    node = junction()
    heads = (*node.heads[:-1], Head(user=User.NOBODY))
    node = dataclasses.replace(node, heads=heads)
    assert canonical(node, "G" * 12)[-1] == "r"
    assert all(state[-1] == "r" for state in candidate_stages(node))


def test_walkers_see_a_whole_green() -> None:
    node = junction(walks=True)
    assert state_of(node, (0, 1, 13)) == "gGrrrrrrrrrrrGrr"


def test_a_pair_is_compatible_only_if_one_may_give_way() -> None:
    assert is_compatible(junction(), (1, 2, 7, 8))
    assert not is_compatible(junction(permissive_far=False), (1, 8))
    assert not is_compatible(junction(), (1, 4))
    assert not is_compatible(junction(), (2, 4))


@pytest.mark.parametrize("legs", [(0, 1, 2), (0, 1, 3), (1, 2, 3), (0, 2)])
def test_on_small_junctions_the_candidates_are_all_compatible_sets(legs: tuple[int, ...]) -> None:
    node = junction(legs, u_turns=True)
    every = chain.from_iterable(combinations(range(node.n_heads), k) for k in range(1, node.n_heads + 1))
    assert set(candidate_stages(node)) == {state_of(node, s) for s in every if is_compatible(node, s)}


@pytest.mark.parametrize(
    "state",
    [
        "GGggrrrrGGggrrrr",  # one stage for a road
        "GGGGrrrrrrrrrrrr",  # approach by approach
        "rrGGrrrrrrGGrrrr",  # far turns apart
        "rGrrrrrrrGrrrrrr",
        "rrGrrrrrrrGrrrrr",
        "rrGrGrrrrrGrGrrr",  # near turns of the other road overlap
        "rGGrrrrrrrrrrrrr",
    ],
)
def test_stages_of_field_plans_are_candidates(state: str) -> None:
    assert state in candidate_stages(junction(u_turns=True))


def test_larger_stages_come_first() -> None:
    sizes = [len(greens_of(state)) for state in candidate_stages(junction())]
    assert sizes == sorted(sizes, reverse=True)


def test_where_traffic_keeps_left_the_stages_are_mirrored() -> None:
    right, left = junction(u_turns=True), junction(u_turns=True, keep_right=False)

    def mirrored(head: Head) -> tuple[str, str]:
        a, b = (f"{link[:-1]}{-int(link[-1]) % 4}" for link in (head.from_link, head.to_link))
        return a, b

    place = {(head.from_link, head.to_link): k for k, head in enumerate(left.heads)}
    order = [place[mirrored(head)] for head in right.heads]
    turned = {"".join(state[k] for k in order) for state in candidate_stages(left)}
    assert turned == set(candidate_stages(right))


def test_lanes_of_a_movement_turn_green_together_with_those_that_no_movement_lists() -> None:
    node = junction((0, 2))
    bus = dataclasses.replace(node.heads[0], lane=2)
    wide = np.ix_((0, 1, 0), (0, 1, 0))
    meets, yields, permissive = (
        matrix[wide] for matrix in (node.conflicts.meets, node.conflicts.yields, node.requirements.permissive)
    )
    node = bare((*node.heads, bus), meets, yields, permissive)
    node = dataclasses.replace(node, movements=tuple(m for m in node.movements if m.heads != (2,)))
    assert all(state[0] == state[2] for state in candidate_stages(node))


def test_crossings_are_offered_with_what_they_run_beside_and_alone() -> None:
    node = junction(walks=True)
    stages = candidate_stages(node)
    assert "gGgrrrgGgrrr" + "rGrG" in stages
    assert "rGrrrrrGrrrr" + "rGrG" in stages
    assert "GGgrrrGGgrrr" + "rrrr" in stages
    assert "r" * 12 + "GGGG" in stages
    assert not any(state[1] in "Gg" and state[12] == "G" for state in stages)


def test_free_near_turns_stay_green() -> None:
    node = junction(field=["GGrGrrGGrGrr", "GrrGGrGrrGGr", "GrGGrrGrGGrr", "GrrGrGGrrGrG"])
    stages = candidate_stages(node)
    assert all(state[k] in "Gg" for state in stages for k in (0, 3, 6, 9))
    assert "GrrgGrGrrgGr" not in stages
    assert "gGrGrrgGrGrr" not in stages
    assert canonical(node, "GrGGrrGrGGrr") in stages


def test_what_some_stage_must_stop_is_not_free() -> None:
    node = junction(field=["GGGGGGGGGGGG"])
    assert "rGrrrrrGrrrr" not in candidate_stages(node)
    assert JunctionLayout(node).free == (0, 3, 6, 9)


@pytest.mark.parametrize(("n", "u_turns"), [(5, False), (6, False), (6, True), (8, True)])
def test_large_junctions_end_with_structured_stages(n: int, u_turns: bool) -> None:
    node = junction(tuple(range(n)), n, u_turns=u_turns, lanes=dict.fromkeys(Turn, 0))
    stages = candidate_stages(node)
    assert 0 < len(stages) <= 4 * COMPLETE_SETS
    assert all(is_compatible(node, greens_of(state)) for state in stages)
    for leg in range(n):
        alone = [k for k, head in enumerate(node.heads) if head.from_link == f"in{leg}"]
        assert state_of(node, alone) in stages
        assert all(state_of(node, [k]) in stages for k in alone)


def test_a_lane_is_blocked_where_one_of_its_movements_is_red() -> None:
    node = junction(lanes={Turn.RIGHT: 0, Turn.THROUGH: 0, Turn.LEFT: 1, Turn.U_TURN: 1})
    assert blocked_lanes(node, "rGGrrrrrrrrr") == (("in0", 0),)
    assert blocked_lanes(node, "GGrrrrrrrrrr") == ()


@st.composite
def random_intersections(draw: st.DrawFn) -> Intersection:
    n = draw(st.integers(1, 9))
    heads = []
    for k in range(n):
        user = draw(
            st.sampled_from([User.VEHICLES, User.VEHICLES, User.VEHICLES, User.PEDESTRIANS, User.NOBODY])
        )
        link = f"in{draw(st.integers(0, 3))}" if user is User.VEHICLES else f"w{k}"
        heads.append(
            Head(f"h{k}", user, link, f"out{draw(st.integers(0, 3))}", 0, draw(st.sampled_from(Turn)))
        )

    def matrix() -> BoolArray:
        return np.array(draw(st.lists(st.booleans(), min_size=n * n, max_size=n * n))).reshape(n, n)

    meets = matrix()
    meets = (meets | meets.T) & ~np.eye(n, dtype=np.bool_)
    yields = matrix() & meets
    field = draw(st.lists(st.text("Ggr", min_size=n, max_size=n), max_size=3))
    return bare(heads, meets, yields, matrix() & meets, field)


@given(random_intersections())
@settings(max_examples=150, deadline=None)
def test_candidates_of_any_matrix_are_compatible_and_serve_all(node: Intersection) -> None:
    stages = candidate_stages(node)
    assert stages == candidate_stages(node)
    assert len(set(stages)) == len(stages)
    assert all(is_compatible(node, greens_of(state)) for state in stages)
    assert all(canonical(node, state) == state for state in stages)
    served = {k for state in stages for k in greens_of(state)}
    assert served == {k for k, head in enumerate(node.heads) if head.user is not User.NOBODY}

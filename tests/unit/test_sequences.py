"""Candidate stage sequences of junctions laid out on a circle."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trafficopt.intersection import Intersection, Turn, User
from trafficopt.staging.sequences import StageSequence, candidate_sequences
from trafficopt.staging.stages import candidate_stages, greens_of, is_compatible


def from_test_stages(name: str) -> Any:
    """What the tests of stages build their junctions with."""
    spec = importlib.util.spec_from_file_location("stages_tests", Path(__file__).with_name("test_stages.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)


junction: Callable[..., Intersection] = from_test_stages("junction")
random_intersections: Callable[[], st.SearchStrategy[Intersection]] = from_test_stages("random_intersections")

SHARED_LANES = {Turn.RIGHT: 0, Turn.THROUGH: 0, Turn.LEFT: 1, Turn.U_TURN: 1}


def of(node: Intersection, name: str) -> tuple[str, ...]:
    """States of the sequence called so."""
    return next(sequence.states for sequence in candidate_sequences(node) if sequence.name == name)


def is_whole(node: Intersection, sequence: StageSequence) -> bool:
    served = {k for state in sequence.states for k in greens_of(state)}
    return served == {k for k, head in enumerate(node.heads) if head.user is not User.NOBODY}


JUNCTIONS: dict[str, Callable[[], Intersection]] = {
    "crossroads": junction,
    "with U-turns": lambda: junction(u_turns=True),
    "with crossings": lambda: junction(walks=True),
    "protected only": lambda: junction(walks=True, permissive_far=False),
    "left-hand": lambda: junction(keep_right=False, walks=True),
    "T": lambda: junction((0, 1, 2), u_turns=True, walks=True),
    "two legs": lambda: junction((0, 2), walks=True),
    "five legs": lambda: junction(tuple(range(5)), 5),
    "six legs": lambda: junction(tuple(range(6)), 6, walks=True),
}


@pytest.mark.parametrize("kind", JUNCTIONS)
def test_every_sequence_serves_all_without_a_clash(kind: str) -> None:
    node = JUNCTIONS[kind]()
    sequences = candidate_sequences(node)
    assert sequences
    for sequence in sequences:
        assert is_whole(node, sequence), sequence
        assert all(is_compatible(node, greens_of(state)) for state in sequence.states), sequence


@pytest.mark.parametrize("kind", [kind for kind in JUNCTIONS if kind != "six legs"])
def test_stages_of_sequences_are_candidate_stages(kind: str) -> None:
    node = JUNCTIONS[kind]()
    stages = {state for sequence in candidate_sequences(node) for state in sequence.states}
    assert stages <= set(candidate_stages(node))


@pytest.mark.parametrize("kind", JUNCTIONS)
def test_no_sequence_repeats_another_or_itself(kind: str) -> None:
    seen: set[tuple[str, ...]] = set()
    for states in (sequence.states for sequence in candidate_sequences(JUNCTIONS[kind]())):
        rotations = {states[k:] + states[:k] for k in range(len(states))}
        assert not rotations & seen
        assert len(states) == 1 or all(a != b for a, b in zip(states, states[1:] + states[:1], strict=True))
        seen |= rotations


def test_crossroads_are_served_in_the_ways_of_the_book() -> None:
    node = junction(lanes=SHARED_LANES)
    assert of(node, "permissive") == ("GGgrrrGGgrrr", "rrrGGgrrrGGg")
    assert of(node, "split") == ("GGGrrrrrrrrr", "rrrrrrGGGrrr", "rrrGGGrrrrrr", "rrrrrrrrrGGG")
    assert of(node, "lead-lead") == ("rrGrrrrrGrrr", "GGrrrrGGrrrr", "rrrrrGrrrrrG", "rrrGGrrrrGGr")
    assert of(node, "lag-lag") == ("GGrrrrGGrrrr", "rrGrrrrrGrrr", "rrrGGrrrrGGr", "rrrrrGrrrrrG")
    assert of(node, "lead-lag / permissive") == (
        *("GGGrrrrrrrrr", "GGrrrrGGrrrr", "rrrrrrGGGrrr"),
        "rrrGGgrrrGGg",
    )
    assert of(node, "permissive / lag-lead") == (
        "GGgrrrGGgrrr",
        *("rrrrrrrrrGGG", "rrrGGrrrrGGr", "rrrGGGrrrrrr"),
    )
    assert of(node, "lead-lead, permissive")[:2] == ("rrGrrrrrGrrr", "GGgrrrGGgrrr")


def test_near_turns_with_a_lane_of_their_own_overlap_far_turns() -> None:
    assert of(junction(), "lead-lead")[0] == "rrGGrrrrGGrr"
    assert of(junction(lanes=SHARED_LANES), "lead-lead")[0] == "rrGrrrrrGrrr"


def test_where_far_turns_must_be_protected_no_stage_has_them_beside_the_opposite_through() -> None:
    node = junction(permissive_far=False)
    sequences = candidate_sequences(node)
    assert not any("permissive" in sequence.name for sequence in sequences)
    assert {"split", "lead-lead", "lag-lag", "lead-lag", "lag-lead"} <= {s.name for s in sequences}


def test_where_traffic_keeps_left_right_turns_lead_and_lag() -> None:
    node = junction(keep_right=False, lanes={Turn.LEFT: 0, Turn.THROUGH: 0, Turn.RIGHT: 1})
    assert of(node, "lead-lead") == ("GrrrrrGrrrrr", "rGGrrrrGGrrr", "rrrGrrrrrGrr", "rrrrGGrrrrGG")


def test_three_legs_have_one_far_turn_and_a_stem() -> None:
    node = junction((0, 1, 2), lanes=dict.fromkeys(Turn, 0))
    turns = [(head.from_link, head.turn) for head in node.heads]
    assert turns == [
        *(("in0", Turn.RIGHT), ("in0", Turn.THROUGH)),
        *(("in1", Turn.RIGHT), ("in1", Turn.LEFT)),
        *(("in2", Turn.THROUGH), ("in2", Turn.LEFT)),
    ]
    assert of(node, "permissive") == ("GGrrGg", "rrGGrr")
    assert of(node, "split") == ("GGrrrr", "rrrrGG", "rrGGrr")
    assert of(node, "lead") == ("rrrrrG", "GGrrGr", "rrGGrr")
    assert of(node, "lead with through") == ("rrrrGG", "GGrrGr", "rrGGrr")
    assert of(node, "lag with through, permissive") == ("GGrrGg", "rrrrGG", "rrGGrr")


def test_walkers_go_beside_the_through_movements_and_not_across_a_protected_turn() -> None:
    node = junction(walks=True)
    first, second, third, _ = of(node, "lead-lead")
    assert first == "rrGGrrrrGGrr" + "rrrr"
    assert second == "gGrrrrgGrrrr" + "rGrG"
    assert third[12:] == "rrrr"


def test_walkers_may_have_a_stage_of_their_own() -> None:
    assert of(junction(walks=True), "permissive, all walk") == (
        *("GGgrrrGGgrrrrrrr", "rrrGGgrrrGGgrrrr"),
        "r" * 12 + "GGGG",
    )


def test_near_turns_may_leave_their_stage_to_walkers() -> None:
    assert of(junction(walks=True), "lead-lead, protected walk") == (
        *("rrGGrrrrGGrrrrrr", "rGrrrrrGrrrrrGrG"),
        *("GrrrrGGrrrrGrrrr", "rrrrGrrrrrGrGrGr"),
    )
    names = {sequence.name for sequence in candidate_sequences(junction(walks=True, lanes=SHARED_LANES))}
    assert not any("protected walk" in name for name in names)


def test_a_crossing_that_fits_no_stage_of_vehicles_gets_its_own() -> None:
    assert {sequence.states for sequence in candidate_sequences(junction((0, 2), walks=True))} == {
        ("GGrr", "rrGG"),
        ("Grrr", "rGrr", "rrGG"),
    }


def test_the_field_plan_comes_first() -> None:
    field = ["GGrrrrGGrrrr", "rrGrrrrrGrrr", "rrrggGrrrggG"]
    sequence = candidate_sequences(junction(field=field))[0]
    assert sequence == StageSequence("field plan", ("GGrrrrGGrrrr", "rrGrrrrrGrrr", "rrrGGgrrrGGg"))


@pytest.mark.parametrize("state", ["GGGGGGrrrrrr", "GGgrrrGGgrrr"])
def test_a_field_plan_with_a_clash_or_a_movement_never_served_is_left_out(state: str) -> None:
    names = [sequence.name for sequence in candidate_sequences(junction(field=[state, "rrrrrrrrrGGG"]))]
    assert names
    assert "field plan" not in names


def test_free_near_turns_are_green_throughout() -> None:
    node = junction(field=["GGrGrrGGrGrr", "GrrGGrGrrGGr", "GrGGrrGrGGrr", "GrrGrGGrrGrG"])
    states = [state for sequence in candidate_sequences(node) for state in sequence.states]
    assert all(state[k] in "Gg" for state in states for k in (0, 3, 6, 9))


@given(random_intersections())
@settings(max_examples=100, deadline=None)
def test_any_matrix_has_a_sequence_that_serves_all(node: Intersection) -> None:
    sequences = candidate_sequences(node)
    assert sequences == candidate_sequences(node)
    assert sequences or all(head.user is User.NOBODY for head in node.heads)
    for sequence in sequences:
        assert is_whole(node, sequence)
        assert all(is_compatible(node, greens_of(state)) for state in sequence.states)

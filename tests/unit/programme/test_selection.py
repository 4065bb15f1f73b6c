"""Candidates that looked better one by one, and what becomes of them together."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from trafficopt.comparison import Change, Verdict
from trafficopt.errors import InputError, UnsafePlanError
from trafficopt.network import Network
from trafficopt.programme import selection
from trafficopt.programme.selection import (
    MODEL,
    Trial,
    _best_together,
    _faults,
    chosen,
    confirmed,
    n_sites,
    refused,
)
from trafficopt.treatment import CloseOpening, MoveOpening, NetworkEdit, RemoveIsland

NETWORK = Network({}, ())

GAIN = Change(-0.5, (-0.9, -0.1), -2.0, Verdict.BETTER)
U1, U2, J1 = CloseOpening("U1", "a", "b"), CloseOpening("U2", "c", "d"), RemoveIsland("J1")
TRIALS = (
    Trial(U1, -0.2, GAIN, "run 1", True),
    Trial(J1, 3.0, None, MODEL, False),
    Trial(U2, 0.1, GAIN, "run 1", True),
)


def test_those_that_lose_less_are_treated() -> None:
    assert chosen(TRIALS) == (U1, U2)


def test_sites_that_are_better_together_too_stay_chosen() -> None:
    together = Change(-1.0, (-3.0, 1.0), -0.5, Verdict.SAME)
    found = confirmed(TRIALS, together, "run 2")
    assert chosen(found) == (U1, U2)
    assert [trial.evidence for trial in found] == ["run 1", MODEL, "run 1"]
    assert [trial.together for trial in found] == [together, None, together]


@pytest.mark.parametrize("mean", [0.0, 2.0])
def test_sites_that_are_no_better_together_are_dropped_with_the_run_that_showed_it(mean: float) -> None:
    found = confirmed(TRIALS, Change(mean, None, 1.0, Verdict.UNKNOWN), "run 2")
    assert chosen(found) == ()
    assert [trial.evidence for trial in found] == ["run 2", MODEL, "run 2"]
    assert [trial.sumo_veh_h for trial in found] == [GAIN, None, GAIN]


def better(edit: NetworkEdit, mean: float) -> Trial:
    return Trial(edit, mean, Change(mean, None, mean, Verdict.UNKNOWN), "run 1", False)


@pytest.fixture
def buildable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is closed and moved at the same place cannot be built, nor U1 with an island."""

    def refuse(network: Network, edits: Sequence[NetworkEdit]) -> None:
        if U1 in edits and RemoveIsland("J1") in edits:
            raise InputError("treatments", "they lie too close", "leave one out")

    monkeypatch.setattr(selection, "changes_of", refuse)


def test_the_best_option_of_each_place_is_taken(buildable: None) -> None:
    moved = MoveOpening("U1", "a", "b", 30.0)
    trials = [better(U1, -0.2), better(moved, -0.3), better(U2, 0.1)]
    assert _best_together(NETWORK, trials, []) == [moved]
    assert _best_together(NETWORK, trials, [RemoveIsland("J1")]) == [moved]


def test_who_cannot_be_built_with_what_is_decided_leaves_its_place_to_the_next(buildable: None) -> None:
    moved = MoveOpening("U1", "a", "b", 30.0)
    trials = [better(U1, -0.4), better(moved, -0.3)]
    assert _best_together(NETWORK, trials, []) == [U1]
    assert _best_together(NETWORK, trials, [RemoveIsland("J1")]) == [moved]


def test_who_was_not_tried_in_sumo_is_not_taken(buildable: None) -> None:
    assert _best_together(NETWORK, [Trial(U1, -5.0, None, MODEL, False)], []) == []


def test_what_cannot_be_built_together_is_not_chosen_and_says_why() -> None:
    found = refused(TRIALS, "their signals clash")
    assert chosen(found) == ()
    assert [trial.fault for trial in found] == ["their signals clash", "", "their signals clash"]


def test_places_are_counted_once_whatever_their_options() -> None:
    assert n_sites([better(U1, 0.0), better(MoveOpening("U1", "a", "b", 30.0), 0.0), better(U2, 0.0)]) == 2


def test_faults_are_told_for_each_edit_that_is_refused_alone() -> None:
    def attempt(edits: Sequence[NetworkEdit]) -> None:
        if U1 in edits:
            raise InputError("treatments", ["no room"], "none")
        if RemoveIsland("J1") in edits:
            raise UnsafePlanError("a clash")

    assert _faults([U1, U2, RemoveIsland("J1")], attempt) == {U1: "no room", RemoveIsland("J1"): "a clash"}
    assert _faults([U2], attempt) == {}

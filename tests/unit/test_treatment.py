"""Treatments are data: what they are called, where they are, and what no treatment can be."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable

import pytest

from trafficopt.treatment import (
    BanTurn,
    ChangeLaneUse,
    CloseOpening,
    ExtendPocket,
    Family,
    MoveOpening,
    NetworkEdit,
    RemoveIsland,
)


@pytest.mark.parametrize(
    ("edit", "family", "place", "words"),
    [
        (
            CloseOpening("U07", "a", "b"),
            Family.U_TURN_OPENING,
            "U07",
            "close the U-turn opening U07; U-turns at the next signal with a left turn",
        ),
        (
            CloseOpening("U07", "a", "b", at_junction=False),
            Family.U_TURN_OPENING,
            "U07",
            "close the U-turn opening U07; U-turns where else it is allowed",
        ),
        (
            RemoveIsland("J1"),
            Family.ISLAND,
            "J1",
            "remove the right-turn islands of J1; right turns from the curb lane",
        ),
        (
            MoveOpening("U07", "a", "b", -40.0),
            Family.U_TURN_OPENING,
            "U07",
            "move the U-turn opening U07 by 40 m upstream",
        ),
        (ExtendPocket("a", 30.0), Family.POCKET, "a", "extend the pocket of a by 30 m"),
        (BanTurn("a", "b"), Family.TURN_BAN, "a->b", "ban the turn from a to b"),
        (
            BanTurn("a", "b", 25200.0, 32430.0),
            Family.TURN_BAN,
            "a->b",
            "ban the turn from a to b between 07:00 and 09:00:30",
        ),
        (
            ChangeLaneUse("a", {2: "left", 0: ["right", "through"], 1: ["x", "through", "left", "u-turn"]}),
            Family.LANE_USE,
            "a",
            "change the use of the lanes of a: lane 0 for through, right; "
            "lane 1 for u-turn, left, through, x; lane 2 for left",
        ),
    ],
)
def test_a_treatment_says_its_family_its_place_and_what_it_does(
    edit: NetworkEdit, family: Family, place: str, words: str
) -> None:
    assert (edit.family, edit.place, str(edit)) == (family, place, words)


def test_treatments_are_equal_by_what_they_do() -> None:
    assert len({RemoveIsland("J1"), RemoveIsland("J1"), RemoveIsland("J2")}) == 2
    assert CloseOpening("U", "a", "b") != CloseOpening("U", "a", "b", at_junction=False)
    assert BanTurn("a", "b") != BanTurn("a", "b", 0.0, 60.0)
    uses = [{0: ["right", "x"], 1: "left"}, {1: ("left",), 0: {"x", "right"}}, {0: "x", 1: "left"}]
    assert len({ChangeLaneUse("a", lanes) for lanes in uses}) == 2


def test_lane_uses_stay_as_they_are_and_can_be_copied_and_kept() -> None:
    lanes = {0: ["right"]}
    edit = ChangeLaneUse("a", lanes)
    lanes[0].append("left")
    lanes[1] = ["left"]
    assert dict(edit.lanes) == {0: ("right",)}
    assert pickle.loads(pickle.dumps(edit)) == copy.deepcopy(edit) == edit
    with pytest.raises(TypeError):
        edit.lanes[0] = ("left",)  # type: ignore[index]


def test_a_ban_holds_always_or_from_begin_to_end() -> None:
    assert BanTurn("a", "b").window == (-math.inf, math.inf)
    assert BanTurn("a", "b", 10.0, 20.0).window == (10.0, 20.0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RemoveIsland(" "), "' ' is no id of the network"),
        (lambda: CloseOpening("U07", "a", ""), "'' is no id of the network"),
        (lambda: BanTurn(None, "b"), "None is no id of the network"),  # type: ignore[arg-type]
        (lambda: MoveOpening("U07", "a", "b", 0.0), "opening 'U07' cannot be moved by 0.0 m"),
        (lambda: MoveOpening("U07", "a", "b", math.nan), "opening 'U07' cannot be moved by nan m"),
        (lambda: ExtendPocket("a", -5.0), "the pocket of 'a' cannot be extended by -5.0 m"),
        (lambda: BanTurn("a", "b", 5.0), "the turn a->b cannot be banned from 5.0 s to None s"),
        (lambda: BanTurn("a", "b", None, 5.0), "the turn a->b cannot be banned from None s to 5.0 s"),
        (lambda: BanTurn("a", "b", 5.0, 5.0), "the turn a->b cannot be banned from 5.0 s to 5.0 s"),
        (lambda: BanTurn("a", "b", -1.0, 5.0), "the turn a->b cannot be banned from -1.0 s to 5.0 s"),
        (lambda: BanTurn("a", "b", 0.0, math.inf), "the turn a->b cannot be banned from 0.0 s to inf s"),
        (lambda: BanTurn("a", "b", math.nan, 5.0), "the turn a->b cannot be banned from nan s to 5.0 s"),
        (lambda: ChangeLaneUse("", {0: "left"}), "'' is no id of the network"),
        (lambda: ChangeLaneUse("a", {}), "no lane of 'a' is named"),
        (lambda: ChangeLaneUse("a", {0: []}), "lane 0 of 'a' would serve nothing"),
        (lambda: ChangeLaneUse("a", {0: ["left", ""]}), "'' is no id of the network"),
        (lambda: ChangeLaneUse("a", {-1: "left"}), "-1 is no lane of 'a': 0 is the one at the curb"),
        (lambda: ChangeLaneUse("a", {True: "left"}), "True is no lane of 'a': 0 is the one at the curb"),
        (
            lambda: ChangeLaneUse("a", {1: "left", "0": "left"}),
            "'0' is no lane of 'a': 0 is the one at the curb",
        ),  # type: ignore[dict-item]
    ],
)
def test_what_no_treatment_can_be_is_refused(make: Callable[[], NetworkEdit], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        make()
    assert str(caught.value) == message

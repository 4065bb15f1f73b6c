"""Treatments are data: what they are called, where they are, and what no treatment can be."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from trafficopt.treatment import (
    BanTurn,
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
    ],
)
def test_a_treatment_says_its_family_its_place_and_what_it_does(
    edit: NetworkEdit, family: Family, place: str, words: str
) -> None:
    assert (edit.family, edit.place, str(edit)) == (family, place, words)


def test_treatments_are_equal_by_what_they_do() -> None:
    assert len({RemoveIsland("J1"), RemoveIsland("J1"), RemoveIsland("J2")}) == 2
    assert CloseOpening("U", "a", "b") != CloseOpening("U", "a", "b", at_junction=False)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RemoveIsland(" "), "' ' is no id of the network"),
        (lambda: CloseOpening("U07", "a", ""), "'' is no id of the network"),
        (lambda: BanTurn(None, "b"), "None is no id of the network"),  # type: ignore[arg-type]
        (lambda: MoveOpening("U07", "a", "b", 0.0), "opening 'U07' cannot be moved by 0.0 m"),
        (lambda: MoveOpening("U07", "a", "b", math.nan), "opening 'U07' cannot be moved by nan m"),
        (lambda: ExtendPocket("a", -5.0), "the pocket of 'a' cannot be extended by -5.0 m"),
    ],
)
def test_what_no_treatment_can_be_is_refused(make: Callable[[], NetworkEdit], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        make()
    assert str(caught.value) == message

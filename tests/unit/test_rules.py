"""Safety rules of a signal on hand-made intersections."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trafficopt.intersection import Conflicts, Head, Intersection, Requirements, Turn, User
from trafficopt.rules.check import check_rows
from trafficopt.rules.findings import (
    RULES,
    Finding,
    Severity,
)
from trafficopt.stage import Interval

Pairs = Iterable[tuple[int, int]]

MAIN, LEFT, SIDE, WALK = range(4)
HEADS = (
    Head("w->e", from_link="w", to_link="e"),
    Head("e->s", from_link="e", to_link="s", turn=Turn.LEFT),
    Head("s->n", from_link="s", to_link="n"),
    Head("walk:e", User.PEDESTRIANS, length_m=9.0),
)
MEETS = ((MAIN, LEFT), (MAIN, SIDE), (LEFT, SIDE), (MAIN, WALK))


def matrix(n: int, pairs: Pairs, symmetric: bool = False) -> np.ndarray:
    found = np.zeros((n, n), bool)
    for a, b in pairs:
        found[a, b] = True
        found[b, a] |= symmetric
    return found


def crossroads(
    heads: Sequence[Head] = HEADS,
    meets: Pairs = MEETS,
    yields: Pairs = ((LEFT, MAIN),),
    permissive: Pairs = ((LEFT, MAIN),),
    max_red_s: float = np.inf,
) -> Intersection:
    """Yellow 3 s, intergreen 5 s after vehicles and 8 s after walk, least green 5 s and walk 7 s."""
    n = len(heads)
    walks = np.array([head.user is User.PEDESTRIANS for head in heads])
    met = matrix(n, meets, symmetric=True)
    needed = np.where(met, np.where(walks, 8.0, 5.0)[:, None], np.nan)
    requirements = Requirements(
        yellow_s=np.where(walks, 0.0, 3.0),
        intergreen_s=needed,
        min_green_s=np.where(walks, 7.0, 5.0),
        max_red_s=np.full(n, max_red_s),
        permissive=matrix(n, permissive),
    )
    conflicts = Conflicts.without_geometry(met, matrix(n, yields))
    return Intersection("J1", 0.0, 0.0, tuple(heads), (), conflicts, (), requirements)


def rows(text: str) -> list[Interval]:
    """`"Grr 10, yrr 3"` as rows."""
    return [Interval(state, float(time)) for state, time in (row.split() for row in text.split(","))]


GOOD = "Ggrr 20, yyrr 3, rrrr 2, rrGG 10, rrGr 5, rryr 3, rrrr 2"


def found(node: Intersection, text: str, rule: str) -> list[Finding]:
    return [finding for finding in check_rows(node, rows(text)) if finding.rule == rule]


def one(node: Intersection, text: str, rule: str) -> Finding:
    (finding,) = found(node, text, rule)
    assert (finding.severity, finding.intersection) == (RULES[rule].severity, "J1")
    return finding


def two_streams(**changes: float) -> Intersection:
    return crossroads(HEADS[:1] + HEADS[2:3], [(0, 1)], (), (), **changes)


def test_a_good_plan_has_no_findings() -> None:
    assert check_rows(crossroads(), rows(GOOD), 45.0) == ()


# rows that cannot be read


@pytest.mark.parametrize(
    ("shown", "message"),
    [
        ([], "the program has no rows"),
        ([Interval("Gr", 5.0), Interval("Grr", 5.0)], "row 2 has 3 letters for 2 heads"),
        ([Interval("GX", 5.0)], "row 1 has unknown letters X"),
        ([Interval("Gé", 5.0)], "row 1 has unknown letters é"),
        ([Interval("Gr", 0.0)], "row 1 lasts 0 s"),
        ([Interval("Gr", -1.0)], "row 1 lasts -1 s"),
        ([Interval("Gr", np.inf)], "row 1 lasts inf s"),
        ([Interval("Gr", np.nan)], "row 1 lasts nan s"),
    ],
)
def test_malformed_rows_are_reported_alone(shown: list[Interval], message: str) -> None:
    (finding,) = check_rows(two_streams(), shown, 99.0)
    assert (finding.rule, finding.severity, finding.message) == ("bad-state", Severity.ERROR, message)


def test_every_fault_of_malformed_rows_is_listed() -> None:
    text = [finding.message for finding in check_rows(two_streams(), [Interval("XYZ", 0.0)])]
    assert text == [
        "row 1 has 3 letters for 2 heads",
        "row 1 has unknown letters X Z",
        "row 1 lasts 0 s",
    ]


def test_rows_must_fill_the_cycle() -> None:
    (finding,) = check_rows(crossroads(), rows(GOOD), 46.0)
    assert finding.rule == "cycle-sum"
    assert finding.message == "the rows add up to 45 s; the cycle is 46 s"
    assert check_rows(crossroads(), rows(GOOD), 45.0 + 5e-7) == ()
    assert [f.rule for f in check_rows(crossroads(), rows(GOOD), np.nan)] == ["cycle-sum"]


# who may be green together


def test_two_greens_that_meet_are_an_error() -> None:
    finding = one(two_streams(), "GG 10, yy 3, rr 4", "conflicting-greens")
    assert finding.movements == ("s->n", "w->e")
    assert finding.message == "s->n and w->e meet and both have G for 10 s"


def test_greens_that_do_not_meet_are_no_error() -> None:
    assert not found(crossroads(), "rrGG 10, rryr 3, rrrr 4", "conflicting-greens")


def test_a_right_to_yield_does_not_help_a_green_that_goes_first() -> None:
    node = crossroads(yields=[(LEFT, MAIN), (MAIN, LEFT)])
    assert one(node, "GGrr 10, yyrr 3", "conflicting-greens").movements == ("e->s", "w->e")


@pytest.mark.parametrize("state", ["Gg", "Gs"])
def test_green_that_yields_in_the_network_is_allowed(state: str) -> None:
    finding_rules = {f.rule for f in check_rows(crossroads(), rows(f"{state}rr 10, yyrr 3, rrrr 9"))}
    assert not finding_rules & {"conflicting-greens", "permissive-without-yield", "newly-permissive"}


@pytest.mark.parametrize(
    ("state", "movements"),
    [("gG", ("w->e", "s->n")), ("Gg", ("s->n", "w->e")), ("gg", ("s->n", "w->e")), ("sG", ("w->e", "s->n"))],
)
def test_green_that_should_yield_but_does_not_is_an_error(state: str, movements: tuple[str, ...]) -> None:
    text = f"{state} 10, yy 3, rr 4"
    finding = one(two_streams(), text, "permissive-without-yield")
    assert finding.movements == movements
    assert "together with" in finding.message and "10 s" in finding.message
    assert not found(two_streams(), text, "conflicting-greens")


def test_yielding_of_the_other_one_does_not_help() -> None:
    # MAIN is shown g, but only LEFT yields in the network.
    finding = one(crossroads(), "gGrr 10, yyrr 3, rrrr 9", "permissive-without-yield")
    assert finding.movements == ("w->e", "e->s")


def test_yielding_that_is_not_permitted_is_an_error() -> None:
    finding = one(crossroads(permissive=()), GOOD, "newly-permissive")
    assert finding.movements == ("e->s", "w->e")
    assert finding.message == "e->s yields to w->e for 20 s and must not"
    assert not found(crossroads(), GOOD, "newly-permissive")


def test_permission_of_the_other_direction_does_not_help() -> None:
    assert one(crossroads(permissive=[(MAIN, LEFT)]), GOOD, "newly-permissive")


def test_one_permitted_direction_is_enough_where_both_yield() -> None:
    node = crossroads(yields=[(LEFT, MAIN), (MAIN, LEFT)])
    assert not found(node, GOOD.replace("Gg", "gg"), "newly-permissive")


def test_turn_on_red_gives_way_only_to_whom_the_requirements_allow() -> None:
    shown = GOOD.replace("Gg", "Gs")
    assert found(crossroads(permissive=()), shown, "newly-permissive")
    assert not found(crossroads(), shown, "newly-permissive")


def test_heads_that_serve_nobody_break_no_rule() -> None:
    node = crossroads((HEADS[0], Head(user=User.NOBODY)), [(0, 1)], (), (), max_red_s=8.0)
    assert check_rows(node, rows("Gr 10, GG 1, yG 3, ry 1, rr 1")) == ()


def test_lanes_of_one_approach_that_merge_are_a_note() -> None:
    heads = (Head("w->e", from_link="w", lane=0), Head("w->e", from_link="w", lane=1), HEADS[SIDE])
    node = crossroads(heads, [(0, 1)], (), ())
    finding = one(node, "GGr 10, yyr 3, rrG 10, rry 3", "merge-within-approach")
    assert finding.message == "lanes of w->e merge behind the stop line and both have G"
    assert finding.movements == ("w->e",)
    for shown in ("Ggr 10, yyr 3, rrG 10, rry 3", "gGr 10, yyr 3, rrG 10, rry 3", "Grr 10, rGr 10"):
        assert not found(node, shown, "merge-within-approach")
    assert finding.severity is Severity.NOTE


def test_a_merge_of_two_movements_names_both() -> None:
    heads = (Head("w->n", from_link="w"), Head("w->e", from_link="w"))
    finding = one(crossroads(heads, [(0, 1)], (), ()), "GG 10, yy 3", "merge-within-approach")
    assert finding.movements == ("w->e", "w->n")


def test_only_vehicles_merge() -> None:
    node = crossroads((HEADS[WALK], Head("walk:w", User.PEDESTRIANS)), [(0, 1)], (), ())
    assert not found(node, "GG 10, rr 3", "merge-within-approach")
    node = crossroads((Head("w->e", from_link="w"), Head("w->n", from_link="w")), (), (), ())
    assert not found(node, "GG 10, yy 3", "merge-within-approach")


def test_a_u_turn_while_a_crossing_that_it_meets_is_green_is_a_warning() -> None:
    u_turn = Head("w->w", from_link="w", turn=Turn.U_TURN)
    node = crossroads((u_turn, HEADS[WALK]), [(0, 1)], [(0, 1)], [(0, 1)])
    finding = one(node, "gG 10, yr 3, rr 9", "u-turn-across-walk")
    assert finding.message == "the U-turn w->w is green for 10 s while walk:e is"
    assert found(node, "sG 10, rr 9", "u-turn-across-walk")
    assert not found(node, "gr 10, yr 3, rG 9, rr 9", "u-turn-across-walk")
    left = crossroads((HEADS[LEFT], HEADS[WALK]), [(0, 1)], [(0, 1)], [(0, 1)])
    assert not found(left, "gG 10, yr 3, rr 9", "u-turn-across-walk")


# yellow


def test_green_to_red_without_yellow_is_an_error() -> None:
    finding = one(two_streams(), "Gr 10, rr 5, rG 10, ry 3, rr 2", "missing-yellow")
    assert finding.message == "w->e goes from green to red without yellow; 3 s are required"


@pytest.mark.parametrize("letter", ["r", "s", "u"])
def test_yellow_may_be_missing_at_the_end_of_the_cycle(letter: str) -> None:
    shown = f"{letter}r 5, rG 10, ry 3, rr 2, Gr 10"
    assert one(two_streams(), shown, "missing-yellow").movements == ("w->e",)


def test_pedestrians_need_no_yellow() -> None:
    assert not found(crossroads(), GOOD, "missing-yellow")


def test_switching_off_needs_no_yellow() -> None:
    assert not found(two_streams(), "Gr 10, or 5, rG 10, ry 3, rr 2", "missing-yellow")


def test_short_yellow_is_an_error() -> None:
    finding = one(two_streams(), "Gr 10, yr 2.5, rr 3, rG 10, ry 3, rr 2", "short-yellow")
    assert finding.message == "w->e has 2.5 s of yellow after green; 3 s are required"
    assert not found(two_streams(), "Gr 10, yr 3, rr 3, rG 10, ry 3, rr 2", "short-yellow")


def test_yellow_runs_over_the_end_of_the_cycle() -> None:
    assert check_rows(two_streams(), rows("yr 1, rr 2, rG 10, ry 3, rr 2, Gr 10, yr 2")) == ()
    assert not found(two_streams(), "Gr 10, yr 2, yu 1, rG 10, ry 3, rr 2", "yellow-without-green")
    finding = one(two_streams(), "yr 1, rr 3, rG 10, ry 3, rr 2, Gr 10, yr 1", "short-yellow")
    assert "2 s of yellow" in finding.message


def test_yellow_after_red_is_a_warning() -> None:
    shown = "Gr 10, yr 3, ry 2, rG 10, ry 3, rr 2"
    assert one(two_streams(), shown, "yellow-without-green").message == "s->n has yellow after red"
    assert not found(two_streams(), shown.replace("ry 2", "ru 2"), "yellow-without-green")


def test_yellow_after_a_signal_that_was_off_is_none_after_red() -> None:
    assert not found(two_streams(), "oo 5, yy 3, rr 2", "yellow-without-green")


def test_protected_green_must_not_become_permissive_without_yellow() -> None:
    finding = one(crossroads(), "rGrr 8, Ggrr 20, yyrr 3, rrGr 9, rryr 5", "green-to-permissive")
    assert finding.movements == ("e->s", "w->e")
    assert finding.message == (
        "e->s goes from G to g with no yellow between, and w->e, to which it yields, turns green"
    )


@pytest.mark.parametrize(
    "shown",
    [
        "rGrr 8, ryrr 3, Ggrr 20, yyrr 3, rrGr 9, rryr 5",  # yellow between
        "Ggrr 20, yGrr 3, rGrr 8, ryrr 3, rrGr 9, rryr 5",  # permissive first
        "rGrr 8, rgrr 3, ryrr 3, rrGr 9, rryr 5",  # nobody to yield to
        "rgrr 8, Ggrr 20, yyrr 3, rrGr 9, rryr 5",  # permissive all the time
        "rGrr 8, rgGr 9, rryr 5",  # no right to yield
        "GGrr 8, Ggrr 9, yyrr 3, rrGr 9, rryr 5",  # another error: green together before
    ],
)
def test_other_changes_between_greens_are_allowed(shown: str) -> None:
    assert not found(crossroads(), shown, "green-to-permissive")


def test_permissive_green_alone_is_no_yellow_between() -> None:
    assert one(crossroads(), "rGrr 8, rgrr 2, Ggrr 20, yyrr 3, rrGr 9, rryr 5", "green-to-permissive")
    assert one(crossroads(), "rgrr 2, Ggrr 20, yyrr 3, rrGr 9, rryr 5, rGrr 8", "green-to-permissive")


def test_free_turns_onto_the_exit_of_others_keep_their_green() -> None:
    right = Head("s->e", from_link="s", to_link="e", turn=Turn.RIGHT)
    node = crossroads((HEADS[MAIN], right), [(0, 1)], [(1, 0)], [(1, 0)])
    shown = "Gg 20, yg 3, rg 2, rG 9, rg 2"
    assert not found(node, shown, "green-to-permissive")
    assert found(node, shown.replace("rg 2, rG", "rr 2, rG"), "green-to-permissive")
    crossing = crossroads((HEADS[MAIN], HEADS[LEFT]), [(0, 1)], [(1, 0)], [(1, 0)])
    assert found(crossing, shown, "green-to-permissive")


def test_protected_green_becomes_permissive_at_the_end_of_the_cycle() -> None:
    assert one(crossroads(), "Ggrr 20, yyrr 3, rrGr 9, rryr 5, rGrr 8", "green-to-permissive")


# intergreens


def test_short_intergreen_is_an_error() -> None:
    finding = one(two_streams(), "Gr 10, yr 3, rG 10, ry 3, rr 2", "short-intergreen")
    assert finding.movements == ("w->e", "s->n")
    assert finding.message == "s->n turns green 3 s after w->e ends; 5 s are required"
    assert not found(two_streams(), "Gr 10, yr 3, rr 2, rG 10, ry 3, rr 2", "short-intergreen")


def test_green_in_the_moment_in_which_the_other_ends_is_an_error() -> None:
    finding = one(two_streams(), "Gr 10, rG 10, ry 3, rr 2", "short-intergreen")
    assert finding.message == "s->n turns green 0 s after w->e ends; 5 s are required"


def test_intergreen_over_the_end_of_the_cycle() -> None:
    finding = one(two_streams(), "rr 1, Gr 10, yr 3, rr 2, rG 10, ry 3", "short-intergreen")
    assert finding.message == "w->e turns green 4 s after s->n ends; 5 s are required"
    assert not found(two_streams(), "rr 2, Gr 10, yr 3, rr 2, rG 10, ry 3", "short-intergreen")


def test_the_end_of_a_permissive_green_beside_one_that_goes_on_is_no_intergreen() -> None:
    shown = "Ggrr 20, Gyrr 3, Grrr 2, yrrr 3, rrrr 2, rrGG 9, rrGr 3, rryr 3, rrrr 2"
    assert check_rows(crossroads(), rows(shown)) == ()


TURNS_ON_RED = "Gr 10, yr 3, sr 2, sG 10, sy 3, sr 2"


def test_turn_on_red_is_no_green() -> None:
    node = crossroads(HEADS[:1] + HEADS[2:3], [(0, 1)], [(0, 1)], [(0, 1)])
    assert check_rows(node, rows(TURNS_ON_RED)) == ()
    shown = TURNS_ON_RED.replace("sy 3, sr 2", "sG 1, rG 1, sy 1, ry 2, rr 2")
    assert check_rows(node, rows(shown)) == ()
    # It neither lengthens a green nor makes one.
    assert found(node, TURNS_ON_RED.replace("Gr 10", "Gr 4"), "short-green")
    assert found(node, TURNS_ON_RED.replace("Gr 10, yr 3", "Gr 4, sr 9"), "short-green")
    assert found(node, TURNS_ON_RED.replace("yr 3", "sr 3"), "missing-yellow")
    assert found(node, TURNS_ON_RED.replace("sy 3", "yy 3"), "yellow-without-green")


def test_turn_on_red_neither_opens_nor_ends_an_intergreen() -> None:
    node = crossroads(HEADS[:1] + HEADS[2:3], [(0, 1)], [(0, 1)], ())
    short = TURNS_ON_RED.replace("sy 3, sr 2", "sy 3, sr 1")
    assert "w->e turns green 4 s after s->n ends" in one(node, short, "short-intergreen").message
    short = TURNS_ON_RED.replace("sr 2, sG 10", "sr 1, sG 10")
    assert "s->n turns green 4 s after w->e ends" in one(node, short, "short-intergreen").message
    assert not found(node, "sr 1, rG 2, ry 1", "short-intergreen")
    begins_at_once = "Gs 10, yG 3, rG 9, ry 3, rr 2"
    node = crossroads(HEADS[:1] + HEADS[2:3], [(0, 1)], [(1, 0)], ())
    assert "s->n turns green 0 s after" in one(node, begins_at_once, "short-intergreen").message


def test_two_turns_on_red_that_do_not_yield_are_an_error() -> None:
    assert one(two_streams(), "ss 9, rr 3", "permissive-without-yield")
    assert one(two_streams(), "Gs 9, yr 3", "permissive-without-yield")


def test_turn_on_red_of_who_goes_first_ends_no_protection() -> None:
    assert not found(crossroads(), "rGrr 8, sgrr 9, ryrr 3", "green-to-permissive")
    assert found(crossroads(), "sGrr 8, Ggrr 9, yyrr 3", "green-to-permissive")
    assert not found(crossroads(), "rGrr 8, Gsrr 9, yrrr 3", "green-to-permissive")


def test_intergreen_counts_though_another_stage_lies_between() -> None:
    node = crossroads(meets=[(MAIN, SIDE)], yields=(), permissive=())
    # LEFT is free to follow at once; SIDE comes 4 s after MAIN.
    finding = one(node, "Grrr 9, yGrr 3, rGrr 1, rGGr 9, ryyr 3, rrrr 3", "short-intergreen")
    assert finding.movements == ("w->e", "s->n")


def test_each_end_of_green_counts() -> None:
    shown = "Gr 9, yr 3, rr 2, rG 9, ry 3, rr 2, Gr 9, yr 3, rr 1, rG 9, ry 3, rr 2"
    assert "4 s after" in one(two_streams(), shown, "short-intergreen").message


def test_no_intergreen_to_a_head_that_is_never_green() -> None:
    assert not found(two_streams(), "Gr 3, yr 1", "short-intergreen")


def test_short_clearance_of_a_crossing_is_an_error() -> None:
    shown = "Ggrr 20, yyrr 3, rrrr 2, rrGG 10, rryr 3, rrrr 2"
    finding = one(crossroads(), shown, "short-walk-clearance")
    assert finding.movements == ("walk:e", "w->e")
    assert finding.message == "w->e turns green 5 s after walk:e ends; 8 s are required"
    assert not found(crossroads(), shown, "short-intergreen")
    assert not found(crossroads(), GOOD, "short-walk-clearance")


def test_vehicles_must_be_gone_when_walk_begins() -> None:
    shown = "Ggrr 20, yyrr 3, rrrG 10, rrrr 8"
    assert ("w->e", "walk:e") in [f.movements for f in found(crossroads(), shown, "short-intergreen")]


# greens and reds


def test_short_green_and_short_walk_are_errors() -> None:
    shown = "Ggrr 4, yyrr 3, rrrr 2, rrGG 6, rrGr 5, rryr 3, rrrr 2"
    short = found(crossroads(), shown, "short-green")
    assert [f.message for f in short] == [
        "e->s has 4 s of green; 5 s are required",
        "w->e has 4 s of green; 5 s are required",
    ]
    walk = one(crossroads(), shown, "short-walk")
    assert walk.message == "walk:e has 6 s of walk; 7 s are required"


def test_green_counts_over_rows_and_the_end_of_the_cycle() -> None:
    shown = "gr 2, Gr 1, yr 3, rr 2, rG 10, ry 3, rr 2, Gr 2"
    assert not found(two_streams(), shown, "short-green")
    finding = one(two_streams(), shown.replace("gr 2", "gr 1"), "short-green")
    assert "4 s of green" in finding.message


def test_the_shorter_of_two_greens_is_reported() -> None:
    shown = "Gr 4, yr 3, rr 2, Gr 3, yr 3, rr 2, rG 9, ry 3, rr 2"
    assert one(two_streams(), shown, "short-green").message == "w->e has 3 s of green; 5 s are required"


def test_long_waits_are_warnings() -> None:
    findings = check_rows(crossroads(max_red_s=24.0), rows(GOOD))
    assert [(f.rule, f.message) for f in findings] == [
        ("long-red", "e->s waits 25 s for green; 24 s are allowed"),
        ("long-red", "s->n waits 30 s for green; 24 s are allowed"),
        ("long-red", "w->e waits 25 s for green; 24 s are allowed"),
        ("long-walk-wait", "walk:e waits 35 s for walk; 24 s are allowed"),
    ]
    assert {f.severity for f in findings} == {Severity.WARNING}
    assert check_rows(crossroads(max_red_s=35.0), rows(GOOD)) == ()


def test_the_longer_of_two_waits_is_reported() -> None:
    shown = "Gr 9, yr 3, rr 2, rG 20, ry 3, rr 2, Gr 9, yr 3, rr 2, rG 9, ry 3, rr 2"
    waits = found(two_streams(max_red_s=15.0), shown, "long-red")
    assert "w->e waits 30 s" in waits[1].message
    assert not found(two_streams(max_red_s=30.0), shown, "long-red")


def test_heads_that_are_off_do_not_wait() -> None:
    assert not found(two_streams(max_red_s=10.0), "Gr 9, oo 20, Gr 1, rG 5", "long-red")


def test_who_may_turn_on_red_does_not_wait() -> None:
    shown = "Gr 10, yr 3, sr 2, sG 10, sy 3, rr 2"
    waits = found(two_streams(max_red_s=10.0), shown, "long-red")
    assert [f.movements for f in waits] == [("s->n",)]


def test_who_is_never_green_is_an_error() -> None:
    findings = found(crossroads(), "Ggrr 20, yyrr 3, rrrr 2", "never-served")
    assert [f.message for f in findings] == ["s->n is never green", "walk:e is never green"]
    assert not found(crossroads(), GOOD, "never-served")


@pytest.mark.parametrize("letter", ["g", "s", "o"])
def test_a_movement_is_served_by_any_of_its_heads(letter: str) -> None:
    heads = (HEADS[0], Head("w->e", from_link="w", lane=1), HEADS[SIDE])
    node = crossroads(heads, (), (), ())
    assert not found(node, f"r{letter}r 10, ryr 3, rrG 10, rry 3", "never-served")


def test_heads_without_id_are_named_by_their_place() -> None:
    node = crossroads((HEADS[0], Head(from_link="x")), (), (), ())
    assert one(node, "Gr 10, yr 3", "never-served").movements == ("head 1",)


def test_always_green_is_a_warning_where_it_meets_another_green() -> None:
    shown = "Ggrr 20, ygrr 3, rgrr 2, rgGr 9, rgyr 3, rgrr 3"
    finding = one(crossroads(), shown, "always-green")
    assert finding.message == "e->s is green all the time and crosses s->n, which is green at times"
    assert not found(crossroads(), GOOD, "always-green")


def test_always_green_is_a_note_where_it_meets_nobody() -> None:
    (finding,) = found(crossroads(meets=[(MAIN, SIDE)]), "GGrr 9, yGrr 3, rGGr 9, rGyr 3", "always-green")
    assert (finding.movements, finding.severity) == (("e->s",), Severity.NOTE)


def test_other_signs_do_not_make_always_green() -> None:
    node = crossroads(HEADS[:1] + HEADS[2:3], [(0, 1)], [(0, 1)], [(0, 1)])
    assert not found(node, TURNS_ON_RED, "always-green")
    assert not found(node, "sG 10, gG 10", "always-green")[1:]
    turning = one(crossroads(HEADS[:1] + HEADS[2:3], [(0, 1)], [(1, 0)]), "Gs 9, Gr 3", "always-green")
    assert turning.movements == ("w->e",)


def test_walk_all_the_time_is_no_finding() -> None:
    assert not found(crossroads(), "rrGG 9, rryG 3, rrrG 3", "always-green")


def test_a_stage_that_serves_nobody_is_a_warning() -> None:
    node = crossroads(meets=[(MAIN, SIDE)])
    finding = one(node, "GGrr 9, yGrr 3, rGrr 6, rGGr 9, rGyr 3, rGrr 2", "idle-stage")
    assert finding.message == (
        "for 6 s nobody is green but those who always are; the longest intergreen is 5 s"
    )
    assert finding.movements == ()
    assert not found(node, "GGrr 9, yGrr 3, rGrr 5, rGGr 9, rGyr 3, rGrr 2", "idle-stage")


def test_long_all_red_over_the_end_of_the_cycle_is_idle() -> None:
    shown = "rr 3, Gr 9, yr 3, rr 2, rG 9, ry 3, rr {}"
    assert "for 6 s" in one(two_streams(), shown.format(3), "idle-stage").message
    assert not found(two_streams(), shown.format(2), "idle-stage")
    assert not found(two_streams(), shown.format(3).replace("rr 3", "ur 3", 1), "idle-stage")
    assert not found(two_streams(), shown.format(3).replace("rr 3", "or 3", 1), "idle-stage")
    assert found(two_streams(), shown.format(3).replace("rr 3", "sr 3", 1), "idle-stage")


def test_a_signal_with_one_row_is_not_idle() -> None:
    assert not found(two_streams(), "GG 30", "idle-stage")


def test_heads_that_are_off_are_a_warning_and_nothing_else() -> None:
    (finding,) = check_rows(two_streams(max_red_s=1.0), rows("oo 30, OO 10"))
    assert (finding.rule, finding.movements) == ("switched-off", ("w->e", "s->n"))
    assert finding.message == "2 of 2 heads are dark or flash for 40 s of the cycle"
    assert not found(two_streams(), "Gr 9, yr 3", "switched-off")


# one finding for each pair of movements; order


def test_lanes_of_a_movement_share_the_worst_finding() -> None:
    lanes = tuple(Head("w->e", from_link="w", lane=k) for k in range(3))
    others = tuple(Head("s->n", from_link="s", lane=k) for k in range(2))
    node = crossroads(lanes + others, itertools.product(range(3), (3, 4)), (), ())
    shown = "GGGrr 10, yGyrr 2, ryrrr 1, ryrGG 10, rrryy 3, rrrrr 2"
    finding = one(node, shown, "short-intergreen")
    assert finding.message == "s->n turns green 1 s after w->e ends; 5 s are required"
    assert [f.movements for f in found(node, shown, "short-yellow")] == [("w->e",)]


def test_findings_come_in_the_order_of_the_catalog() -> None:
    findings = check_rows(crossroads(max_red_s=1.0), rows("GGgG 3, rrrr 9, GGrr 4, yyrr 1"), 99.0)
    order = list(RULES)
    keys = [(order.index(f.rule), f.movements) for f in findings]
    assert keys == sorted(set(keys))
    assert len({f.rule for f in findings}) > 6


# writing the same cycle in another way changes nothing

LETTER = st.sampled_from("rrGGgyus")
CYCLES = st.lists(
    st.builds(
        Interval,
        st.lists(LETTER, min_size=4, max_size=4).map("".join),
        st.integers(1, 40).map(lambda halves: halves / 2),
    ),
    min_size=1,
    max_size=7,
)


@given(CYCLES, st.integers(0, 6), st.booleans())
def test_it_does_not_matter_with_which_row_a_cycle_begins(
    cycle: list[Interval], shift: int, permitted: bool
) -> None:
    node = crossroads(permissive=[(LEFT, MAIN)] if permitted else (), max_red_s=20.0)
    shift %= len(cycle)
    assert check_rows(node, cycle[shift:] + cycle[:shift]) == check_rows(node, cycle)


@given(CYCLES, st.integers(0, 6))
def test_it_does_not_matter_whether_a_row_is_written_as_two(cycle: list[Interval], place: int) -> None:
    node = crossroads(max_red_s=20.0)
    place %= len(cycle)
    half = Interval(cycle[place].state, cycle[place].duration_s / 2)
    total = sum(row.duration_s for row in cycle)
    split = [*cycle[:place], half, half, *cycle[place + 1 :]]
    assert check_rows(node, split, total) == check_rows(node, cycle, total)


@given(CYCLES)
def test_no_finding_is_given_twice_and_all_are_of_the_catalog(cycle: list[Interval]) -> None:
    findings = check_rows(crossroads(max_red_s=20.0), cycle)
    keys = [(f.rule, f.movements) for f in findings]
    assert len(set(keys)) == len(keys)
    ids = {head.id for head in HEADS}
    assert all(set(f.movements) <= ids for f in findings)

"""What is shown between two stages, counted by hand, and checked against the safety rules."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trafficopt.intersection import Intersection, Movement, Requirements, Turn
from trafficopt.plan import SignalTiming
from trafficopt.rules.check import check_rows
from trafficopt.rules.findings import errors
from trafficopt.signals.by_hand import intersection_by_hand
from trafficopt.signals.transitions import stages_in_order, transition, with_least_greens
from trafficopt.stage import Interval, Stage

MAIN, CROSS, WALK, LEFT, ONCOMING = range(5)
MOVEMENTS = (
    Movement("w", "e", Turn.THROUGH, (MAIN,), (0,), 13.9, 0, ()),
    Movement("s", "n", Turn.THROUGH, (CROSS,), (0,), 13.9, 0, ()),
    Movement("w", "n", Turn.LEFT, (LEFT,), (1,), 8.0, 0, (ONCOMING,)),
    Movement("e", "w", Turn.THROUGH, (ONCOMING,), (0,), 13.9, 0, ()),
)
MEETING = [(CROSS, other) for other in (MAIN, WALK, LEFT, ONCOMING)]
# The crossing lies beside the main street, across the cross street.
BOTH, ALL_MAIN, SIDE = "GrrrG", "GrGrG", "rGrrr"
LEFT_ALONE, LEFT_YIELDS = "GrrGr", "GrrgG"

Rows = list[tuple[str, float]]


def crossing(
    *stages: Stage,
    intergreen_s: float = 4.0,
    clearance_s: float = 12.0,
    yellow_s: float = 3.0,
    least_s: float = 5.0,
) -> Intersection:
    """A signal whose vehicles need `intergreen_s`, and whose pedestrians need `clearance_s`."""
    node = intersection_by_hand("x", MOVEMENTS, stages, MEETING, walks_m={WALK: 12.0})
    yellow = np.full(5, yellow_s)
    yellow[WALK] = 0.0
    intergreen = np.where(node.opposed, intergreen_s, np.nan)
    intergreen[WALK] = np.where(node.opposed[WALK], clearance_s, np.nan)
    least = np.array([least_s, least_s + 1, 7.0, least_s, least_s + 2])
    permissive = np.asarray(node.opposed & node.conflicts.yields)
    kept = Requirements(yellow, intergreen, least, np.full(5, np.inf), permissive)
    return replace(node, requirements=kept)


def rows(intervals: tuple[Interval, ...]) -> Rows:
    return [(row.state, row.duration_s) for row in intervals]


def field(*between: tuple[str, float]) -> tuple[Stage, Stage]:
    """Main street and cross street; between them the given rows, and 3 s yellow and 1 s red back."""
    back = Interval("ryrrr", 3.0), Interval("rrrrr", 1.0)
    return Stage(BOTH, tuple(Interval(*row) for row in between)), Stage(SIDE, back)


# Rows of the field plan


@pytest.mark.parametrize(
    "between",
    [
        [("yrrry", 3.0), ("rrrrr", 1.0)],
        [("yrrry", 5.0), ("rrrrr", 4.0)],
        [("yrrrG", 2.0), ("yrrry", 3.0), ("rrrrr", 2.0)],
    ],
    ids=["as needed", "longer", "one after the other"],
)
def test_the_rows_of_the_field_plan_are_used_where_they_suffice(between: Rows) -> None:
    node = crossing(*field(*between))
    assert transition(node, BOTH, SIDE) is node.stages[0].intergreen
    assert transition(node, SIDE, BOTH) is node.stages[1].intergreen


@pytest.mark.parametrize(
    "between",
    [
        [("yrrry", 3.0), ("rrrrr", 0.9)],
        [("yrrry", 2.9), ("rrrrr", 2.0)],
        [("yrrry", 3.0)],
        [("rrrrr", 9.0)],
        [("yrrrG", 2.0), ("yrrry", 3.0)],
        [],
    ],
    ids=["short", "short yellow", "no red", "no yellow", "the later one is short", "nothing"],
)
def test_rows_of_the_field_plan_that_do_not_suffice_are_replaced(between: Rows) -> None:
    node = crossing(*field(*between))
    assert rows(transition(node, BOTH, SIDE)) == [("yrrry", 3.0), ("rrrrr", 1.0)]
    assert transition(node, SIDE, BOTH) is node.stages[1].intergreen


def test_the_field_plan_s_change_from_the_last_stage_to_the_first_counts() -> None:
    second, first = field(("yrrry", 4.0), ("rrrrr", 2.0))
    node = crossing(first, second)
    assert transition(node, BOTH, SIDE) is second.intergreen


def test_a_walk_that_ends_too_late_in_the_field_is_replaced() -> None:
    late = Interval("GrrrG", 5.0), Interval("yrrry", 3.0), Interval("rrrrr", 1.0)
    node = crossing(Stage(ALL_MAIN, late), field()[1], clearance_s=9.0)
    assert transition(node, ALL_MAIN, SIDE) is late
    slow = crossing(Stage(ALL_MAIN, late), field()[1], clearance_s=9.5)
    assert rows(transition(slow, ALL_MAIN, SIDE)) == [("GrrrG", 5.5), ("yrrry", 3.0), ("rrrrr", 1.0)]


# Computed rows


def test_yellow_then_red_until_the_intergreen_is_over() -> None:
    node = crossing(intergreen_s=5.5)
    assert rows(transition(node, BOTH, SIDE)) == [("yrrry", 3.0), ("rrrrr", 2.5)]
    assert rows(transition(node, SIDE, BOTH)) == [("ryrrr", 3.0), ("rrrrr", 2.5)]


def test_yellow_is_whole_even_where_the_intergreen_is_shorter() -> None:
    assert rows(transition(crossing(intergreen_s=2.0), BOTH, SIDE)) == [("yrrry", 3.0)]


def test_vehicles_end_together_and_the_longest_of_their_intergreens_counts() -> None:
    node = crossing()
    required = node.requirements
    yellow, intergreen = required.yellow_s.copy(), required.intergreen_s.copy()
    yellow[ONCOMING], intergreen[ONCOMING, CROSS] = 4.0, 6.0
    fast = replace(node, requirements=replace(required, yellow_s=yellow, intergreen_s=intergreen))
    assert rows(transition(fast, BOTH, SIDE)) == [("yrrry", 3.0), ("rrrry", 1.0), ("rrrrr", 2.0)]


def test_vehicles_end_late_while_pedestrians_clear() -> None:
    node = crossing(clearance_s=12.0)
    assert rows(transition(node, ALL_MAIN, SIDE)) == [("GrrrG", 8.0), ("yrrry", 3.0), ("rrrrr", 1.0)]


def test_pedestrians_who_clear_fast_end_after_the_vehicles() -> None:
    node = crossing(clearance_s=1.0)
    assert rows(transition(node, ALL_MAIN, SIDE)) == [("yrGry", 3.0), ("rrrrr", 1.0)]


def test_pedestrians_see_no_yellow() -> None:
    shown = transition(crossing(), ALL_MAIN, SIDE)
    assert {row.state[WALK] for row in shown} == {"r"}


def test_what_is_green_in_both_stages_stays_green() -> None:
    node = crossing()
    assert rows(transition(node, BOTH, LEFT_ALONE)) == [("Grrry", 3.0), ("Grrrr", 1.0)]


def test_a_left_turn_that_gives_way_from_now_on_gets_yellow() -> None:
    node = crossing(intergreen_s=5.0)
    assert rows(transition(node, LEFT_ALONE, LEFT_YIELDS)) == [("Grryr", 3.0), ("Grrrr", 2.0)]


def test_a_left_turn_that_goes_first_from_now_on_goes_on() -> None:
    # The oncoming traffic ends; the left turn was green beside it, so that nothing has to be cleared.
    node = crossing(intergreen_s=5.0)
    assert rows(transition(node, LEFT_YIELDS, LEFT_ALONE)) == [("Grrgy", 3.0)]


def test_giving_way_to_nobody_needs_no_yellow() -> None:
    assert transition(crossing(), LEFT_ALONE, "Grrgr") == ()


@pytest.mark.parametrize(
    ("ending", "starting"),
    [(BOTH, BOTH), (BOTH, ALL_MAIN), ("rrrrr", SIDE), ("GrrrG", "GrrgG"), ("rrrrr", "rrrrr")],
)
def test_nothing_ends_so_nothing_is_shown_between(ending: str, starting: str) -> None:
    assert transition(crossing(), ending, starting) == ()


def test_what_ends_before_a_stage_of_red_has_its_yellow() -> None:
    assert rows(transition(crossing(), BOTH, "rrrrr")) == [("yrrry", 3.0)]


# Least green


@pytest.mark.parametrize(
    ("before", "state", "least_s"),
    [
        (SIDE, BOTH, 7.0),  # the oncoming traffic, 5 + 2 s
        (BOTH, SIDE, 6.0),
        ("GrrrG", ALL_MAIN, 7.0),  # the walk begins
        (ALL_MAIN, BOTH, 5.0),  # nothing begins: the shortest of what goes on
        (LEFT_ALONE, LEFT_YIELDS, 7.0),
        (BOTH, "rrrrr", 0.0),
    ],
)
def test_least_green_is_that_of_what_begins(before: str, state: str, least_s: float) -> None:
    goes_on = Stage(before, (Interval(before, 99.0),))
    assert with_least_greens(crossing(), [goes_on, Stage(state, ())])[1].min_green_s == least_s


# Whole sequences


def test_stages_in_the_order_of_the_field_plan_are_those_of_the_field_plan() -> None:
    node = crossing(*field(("yrrry", 5.0), ("rrrrr", 4.0)))
    assert stages_in_order(node, [BOTH, SIDE]) == node.stages
    assert stages_in_order(node, [SIDE, BOTH]) == node.stages[::-1]


def test_each_stage_has_what_leads_to_the_next_and_its_least_green() -> None:
    node = crossing()
    order = [ALL_MAIN, LEFT_YIELDS, SIDE]
    found = stages_in_order(node, order)
    assert [stage.state for stage in found] == order
    assert [stage.intergreen for stage in found] == [
        transition(node, ALL_MAIN, LEFT_YIELDS),
        transition(node, LEFT_YIELDS, SIDE),
        transition(node, SIDE, ALL_MAIN),
    ]
    # The crossing needs 12 s: 3 s more than the least green of the left turn and its intergreen.
    assert [stage.min_green_s for stage in found] == [7.0, 8.0, 6.0]


def test_a_single_stage_is_followed_by_nothing() -> None:
    (only,) = stages_in_order(crossing(), [BOTH])
    assert only.intergreen == ()


ORDERS = [
    order
    for n in (2, 3, 4)
    for order in permutations((ALL_MAIN, LEFT_YIELDS, LEFT_ALONE, SIDE), n)
    if SIDE in order
]


def unsafe(node: Intersection, order: tuple[str, ...]) -> set[str]:
    """Rules that the order breaks at its least greens, apart from leaving a movement out."""
    stages = stages_in_order(node, order)
    greens = tuple(stage.min_green_s for stage in stages)
    cycle = sum(greens) + sum(stage.intergreen_s for stage in stages)
    timing = SignalTiming(stages, greens, cycle, 0.0)
    found = errors(check_rows(node, timing.intervals, timing.cycle_s))
    return {finding.rule for finding in found} - {"never-served"}


@settings(deadline=None, derandomize=True, max_examples=150)
@given(
    order=st.sampled_from(ORDERS),
    intergreen_s=st.integers(20, 80).map(lambda tenths: tenths / 10),
    clearance_s=st.integers(5, 250).map(lambda tenths: tenths / 10),
    yellow_s=st.integers(20, 50).map(lambda tenths: tenths / 10),
)
def test_any_order_at_its_least_greens_is_safe(
    order: tuple[str, ...], intergreen_s: float, clearance_s: float, yellow_s: float
) -> None:
    node = crossing(intergreen_s=intergreen_s, clearance_s=clearance_s, yellow_s=yellow_s)
    assert unsafe(node, order) == set()


@pytest.mark.parametrize("clearance_s", [1.0, 9.0, 16.0, 40.0])
@pytest.mark.parametrize("order", ORDERS)
def test_any_order_is_safe_however_slow_people_walk(order: tuple[str, ...], clearance_s: float) -> None:
    # At the latest a cycle later a foe begins with the stage whose walk had ended.
    assert unsafe(crossing(clearance_s=clearance_s), order) == set()


def test_pedestrians_have_cleared_when_a_foe_turns_green_two_stages_later() -> None:
    # The left turn lies between the walk and the cross street, which is its foe.
    assert unsafe(crossing(clearance_s=20.0), (ALL_MAIN, LEFT_ALONE, SIDE)) == set()

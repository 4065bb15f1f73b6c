"""What a field program shows: stages, yellows, greens, intergreens, yielding greens; counted by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from trafficopt.intersection import Head, User
from trafficopt.limits import Limits
from trafficopt.signals.field_program import (
    field_stages,
    shown_green_s,
    shown_intergreens_s,
    shown_permissive,
    shown_yellow_s,
    stage_rows,
)
from trafficopt.stage import Interval

CARS = (Head("a", from_link="w"), Head("b", from_link="s"))
nan = math.nan


def rows_of(*rows: tuple[str, float]) -> list[Interval]:
    return [Interval(state, duration_s) for state, duration_s in rows]


def turned(rows: list[Interval]) -> list[list[Interval]]:
    """The same cycle, begun at each of its rows."""
    return [rows[k:] + rows[:k] for k in range(len(rows))]


def pairs(n: int, *meeting: tuple[int, int]) -> np.ndarray:
    matrix = np.zeros((n, n), dtype=np.bool_)
    for a, b in meeting:
        matrix[a, b] = matrix[b, a] = True
    return matrix


TWO = rows_of(("Gr", 20.0), ("yr", 3.0), ("rr", 1.0), ("rG", 15.0), ("ry", 3.0))


# Stages


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["Gr", "yr", "rG", "ry"], [0, 2]),
        (["Gr", "yr", "rr", "ur", "Gr"], [0, 4]),
        # The right turn (head 2) is free while the others clear.
        (["Grg", "yrg", "rrg", "rGg", "ryg", "rrg"], [0, 3]),
        # A green that goes first from now on is a stage.
        (["Gg", "yg", "rG", "ry"], [0, 2]),
        (["GG"], [0]),
        (["oo"], []),
        (["rr", "yy"], []),
    ],
)
def test_rows_that_are_a_stage(states: list[str], expected: list[int]) -> None:
    assert stage_rows(rows_of(*((state, 2.0) for state in states))) == expected


def test_a_long_row_of_what_was_green_is_a_stage() -> None:
    short, long = (rows_of(("Gg", 20), ("yg", 3), ("rg", s), ("rr", 2)) for s in (6.0, 6.1))
    assert stage_rows(short) == [0]
    assert stage_rows(long) == [0, 2]


def test_clearance_that_wraps_around_is_no_stage() -> None:
    rows = rows_of(("Grg", 20.0), ("yrg", 3.0), ("rrg", 2.0), ("rGg", 15.0), ("ryg", 3.0), ("rrg", 2.0))
    for shift, cycle in enumerate(turned(rows)):
        assert sorted((index + shift) % 6 for index in stage_rows(cycle)) == [0, 3]


def test_stages_and_timing() -> None:
    stages, timing = field_stages([TWO[-1], *TWO[:-1]], -5.0, CARS, Limits())
    assert [stage.state for stage in stages] == ["Gr", "rG"]
    assert [stage.intergreen_s for stage in stages] == [4, 3]
    assert timing is not None
    assert timing.stages == stages
    # The first green follows 3 s of yellow: 3 - 5 s, in a cycle of 42 s.
    assert (timing.greens_s, timing.cycle_s, timing.offset_s) == ((20, 15), 42, 40)


@pytest.mark.parametrize("shift", range(5))
def test_a_program_shows_the_same_wherever_its_first_row_is(shift: int) -> None:
    cycle = turned(TWO)[shift]
    before_s = sum(row.duration_s for row in TWO[:shift])
    _, timing = field_stages(cycle, 7.0 + before_s, CARS, Limits())
    _, plain = field_stages(TWO, 7.0, CARS, Limits())
    assert timing is not None
    assert plain is not None
    assert [timing.state_at(t) for t in range(42)] == [plain.state_at(t) for t in range(42)]


def test_a_program_without_green_has_no_timing() -> None:
    assert field_stages(rows_of(("oo", 30.0)), 0.0, CARS, Limits()) == ((), None)


def test_greens_may_be_as_long_as_the_longest_cycle_or_as_in_the_field() -> None:
    stages, _ = field_stages(TWO, 0.0, CARS, Limits(max_cycle_s=60.0))
    assert [stage.max_green_s for stage in stages] == [60, 60]
    long = rows_of(("Gr", 100.0), ("yr", 3.0), ("rG", 15.0), ("ry", 3.0))
    stages, _ = field_stages(long, 0.0, CARS, Limits(max_cycle_s=60.0))
    assert [stage.max_green_s for stage in stages] == [100, 60]


def test_pedestrians_get_their_time_but_never_more_than_the_field_plan_gives() -> None:
    rows = rows_of(("Grr", 10.0), ("yrr", 3.0), ("rGG", 40.0), ("ryr", 3.0))
    limits = Limits(min_green_s=6.0, walk_min_s=5.0, walking_speed_m_s=1.2)
    for length_m, least_s in ((12.0, 5 + 12 / 1.2), (60.0, 40.0)):
        walk = Head("walk:x", User.PEDESTRIANS, length_m=length_m)
        stages, _ = field_stages(rows, 0.0, (*CARS, walk), limits)
        assert [stage.min_green_s for stage in stages] == [6, pytest.approx(least_s)]


def test_a_stage_in_which_pedestrians_still_cross_keeps_its_green() -> None:
    # The walk ends directly before the second stage.
    rows = rows_of(("GrG", 10.0), ("Ggr", 18.0), ("yyr", 3.0), ("rrr", 2.0))
    walk = Head("walk:x", User.PEDESTRIANS, length_m=12.0)
    stages, _ = field_stages(rows, 0.0, (*CARS, walk), Limits(min_green_s=5.0))
    assert [stage.min_green_s for stage in stages] == [10.0, 18.0]


# Yellow


def test_the_shortest_yellow_counts() -> None:
    twice = [*TWO, *rows_of(("Gr", 20.0), ("yr", 2.5), ("rG", 15.0), ("ry", 4.0))]
    assert shown_yellow_s(TWO).tolist() == [3.0, 3.0]
    assert shown_yellow_s(twice).tolist() == [2.5, 3.0]


def test_yellow_in_two_rows_is_added_also_around_the_end_of_the_cycle() -> None:
    rows = rows_of(("Gr", 20.0), ("yG", 2.0), ("yG", 1.5), ("rG", 10.0), ("ry", 3.0))
    for cycle in turned(rows):
        assert shown_yellow_s(cycle).tolist() == [3.5, 3.0]


def test_only_yellow_after_green_counts() -> None:
    shown = shown_yellow_s(rows_of(("Grr", 20.0), ("yrr", 3.0), ("ryr", 1.0), ("rGr", 9.0), ("rrr", 2.0)))
    assert shown == pytest.approx([3.0, nan, nan], nan_ok=True)
    assert shown_yellow_s([]).shape == (0,)


# Green


def test_the_shortest_green_counts_and_both_kinds_are_one() -> None:
    rows = rows_of(
        ("Gr", 20.0), ("gr", 5.0), ("yr", 3.0), ("rG", 15.0), ("ry", 3.0), ("rG", 7.0), ("rr", 2.0)
    )
    for cycle in turned(rows):
        assert shown_green_s(cycle).tolist() == [25.0, 7.0]


def test_never_and_always_green_have_no_shortest_one() -> None:
    shown = shown_green_s(rows_of(("Grg", 20.0), ("yrG", 3.0), ("rrg", 2.0)))
    assert shown == pytest.approx([20.0, nan, nan], nan_ok=True)


# Intergreens


def test_intergreen_is_from_the_end_of_green_to_the_next_green() -> None:
    for cycle in turned(TWO):
        found = shown_intergreens_s(cycle, pairs(2, (0, 1)), np.zeros(2, dtype=np.bool_))
        assert found == pytest.approx(np.array([[nan, 4.0], [3.0, nan]]), nan_ok=True)


def test_the_shortest_intergreen_counts() -> None:
    rows = [*TWO, *rows_of(("Gr", 20.0), ("yr", 2.0), ("rG", 15.0), ("ry", 3.0), ("rr", 2.0))]
    found = shown_intergreens_s(rows, pairs(2, (0, 1)), np.zeros(2, dtype=np.bool_))
    assert (found[0, 1], found[1, 0]) == (2.0, 3.0)


def test_pairs_that_do_not_meet_or_never_follow_have_none() -> None:
    three = rows_of(("Grr", 20.0), ("yrr", 4.0), ("rGr", 20.0), ("ryr", 5.0), ("rrG", 20.0), ("rry", 6.0))
    vehicles = np.zeros(3, dtype=np.bool_)
    for cycle in turned(three):
        found = shown_intergreens_s(cycle, pairs(3, (0, 1), (0, 2)), vehicles)
        # From 0 to 2 lies the green of 1, which is no intergreen; 1 and 2 do not meet.
        expected = np.full((3, 3), nan)
        expected[0, 1], expected[2, 0] = 4.0, 6.0
        # After 1 comes 2, and only then 0.
        assert found == pytest.approx(expected, nan_ok=True)


def test_vehicles_that_end_early_count_from_there() -> None:
    rows = rows_of(("GGr", 20.0), ("yGr", 3.0), ("ryr", 3.0), ("rrr", 1.0), ("rrG", 20.0), ("rry", 3.0))
    found = shown_intergreens_s(rows, pairs(3, (0, 2), (1, 2)), np.zeros(3, dtype=np.bool_))
    assert (found[0, 2], found[1, 2]) == (7.0, 4.0)


def test_pedestrians_clear_while_vehicles_beside_them_go_on() -> None:
    # Head 2 walks beside head 0 and crosses the way of head 1.
    rows = rows_of(("GrG", 10.0), ("Grr", 12.0), ("yrr", 3.0), ("rrr", 1.0), ("rGr", 20.0), ("ryr", 3.0))
    walks = np.array([False, False, True])
    for cycle in turned(rows):
        found = shown_intergreens_s(cycle, pairs(3, (0, 1), (1, 2)), walks)
        assert (found[2, 1], found[0, 1], found[1, 0], found[1, 2]) == (16.0, 4.0, 3.0, 3.0)


# Yielding green


def test_who_is_shown_yielding_beside_whom() -> None:
    # Head 0 turns left across head 1; head 2 is the cross street.
    opposed = pairs(3, (0, 1), (0, 2), (1, 2))
    yields = np.zeros((3, 3), dtype=np.bool_)
    yields[0, 1] = True
    found = shown_permissive(rows_of(("gGr", 20.0), ("yyr", 3.0), ("rrG", 20.0)), opposed, yields)
    assert np.argwhere(found).tolist() == [[0, 1]]


@pytest.mark.parametrize("state", ["GG", "rG", "gr", "gy", "yG"])
def test_other_letters_are_no_yielding_green(state: str) -> None:
    yields = np.array([[False, True], [False, False]])
    assert not shown_permissive(rows_of((state, 20.0), ("rr", 3.0)), pairs(2, (0, 1)), yields).any()


def test_yielding_that_the_network_does_not_have_is_not_allowed() -> None:
    rows = rows_of(("gg", 20.0), ("yy", 3.0))
    yields = np.array([[False, True], [False, False]])
    assert np.argwhere(shown_permissive(rows, pairs(2, (0, 1)), yields)).tolist() == [[0, 1]]
    assert not shown_permissive(rows, pairs(2), yields).any()

"""Rule profiles applied to an intersection: what each head must keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from trafficopt.intersection import Conflicts, Head, Turn, User
from trafficopt.limits import Limits
from trafficopt.signals.requirements import requirements_of
from trafficopt.stage import Interval

# Straight on, left turn across 2, oncoming, cross street, crossing of the cross street's exit.
HEADS = (
    Head("w->e", from_link="w", to_link="e"),
    Head("w->n", from_link="w", to_link="n", turn=Turn.LEFT, turn_speed_m_s=8.0),
    Head("e->w", from_link="e", to_link="w2"),
    Head("s->n", from_link="s", to_link="n"),
    Head("walk:n", User.PEDESTRIANS, to_link="x", length_m=12.0),
)
PAIRS = [(1, 2), (0, 3), (1, 3), (2, 3), (1, 4), (3, 4)]
YIELDS = [(1, 2), (1, 4)]
PLAN = [
    Interval("GgGrG", 20.0),
    Interval("GgGrr", 6.0),
    Interval("yyyrr", 4.0),
    Interval("rrrrr", 1.0),
    Interval("rrrGr", 15.0),
    Interval("rrryr", 3.0),
    Interval("rrrrr", 3.0),
]


def conflicts(far_m: float = 18.0, near_m: float = 12.0) -> Conflicts:
    meets, yields = np.zeros((2, 5, 5), dtype=np.bool_)
    for a, b in PAIRS:
        meets[a, b] = meets[b, a] = True
    for a, b in YIELDS:
        yields[a, b] = True
    near, far = np.where(meets, near_m, np.nan), np.where(meets, far_m, np.nan)
    return Conflicts(meets, yields, near, far, np.zeros_like(meets))


def intergreens(limits: Limits, rows: Sequence[Interval] = PLAN) -> dict[tuple[int, int], float]:
    matrix = requirements_of(HEADS, conflicts(), rows, limits).intergreen_s
    return {(int(a), int(b)): float(matrix[a, b]) for a, b in np.argwhere(np.isfinite(matrix))}


def test_straight_movements_may_need_longer_greens() -> None:
    found = requirements_of(HEADS, conflicts(), PLAN, Limits("us", min_through_green_s=12.0))
    assert found.min_green_s.tolist() == [12.0, 7.0, 12.0, 12.0, 7.0]
    shorter = requirements_of(HEADS, conflicts(), PLAN, Limits("us", min_through_green_s=3.0))
    assert shorter.min_green_s.tolist() == [7.0] * 5


def test_keep_asks_for_what_the_field_shows() -> None:
    found = requirements_of(HEADS, conflicts(), PLAN, Limits())
    assert found.yellow_s.tolist() == [4.0, 4.0, 4.0, 3.0, 0.0]
    assert found.min_green_s.tolist() == [5.0] * 5
    assert np.isinf(found.max_red_s).all()
    shown = intergreens(Limits())
    assert {pair: shown[pair] for pair in ((0, 3), (1, 3), (2, 3))} == {(0, 3): 5.0, (1, 3): 5.0, (2, 3): 5.0}
    assert {shown[3, k] for k in range(3)} == {6.0}


def test_keep_asks_for_the_longest_intergreen_where_the_field_shows_none() -> None:
    assert intergreens(Limits())[1, 2] == intergreens(Limits())[2, 1] == 6.0


def test_keep_never_asks_for_more_clearance_than_the_field_shows_or_people_need() -> None:
    assert intergreens(Limits())[4, 3] == 10.0  # 12 m / 1.2 m/s; the field shows 11 s
    short = [replace(PLAN[0], duration_s=25.0), replace(PLAN[1], duration_s=1.0), *PLAN[2:]]
    assert intergreens(Limits(), short)[4, 3] == 6.0


def test_a_head_without_yellow_needs_that_of_the_others() -> None:
    dark = [replace(row, state="r" + row.state[1:]) if "y" in row.state else row for row in PLAN]
    assert requirements_of(HEADS, conflicts(), dark, Limits()).yellow_s[0] == 3.0


def test_us_times_come_from_speeds_and_distances() -> None:
    found = requirements_of(HEADS, conflicts(), PLAN, Limits("us"))
    # 1 + (13.89 + 3.13) / 6.1 = 3.79 and 1 + (13.89 - 2.23) / 6.1 = 2.91, rounded up to half a second
    assert found.yellow_s.tolist() == [4.0, 3.0, 4.0, 4.0, 0.0]
    # (18 + 6.1) / 13.89 = 1.74 and (18 + 6.1) / 8 = 3.01
    assert (found.intergreen_s[0, 3], found.intergreen_s[1, 3]) == (6.0, 6.5)
    # 12 / 1.07 = 11.2 s and 3 s of buffer, in tenths
    assert found.intergreen_s[4, 3] == 14.3


def test_profiles_do_not_look_at_what_the_field_shows() -> None:
    hurried = [replace(row, duration_s=1.0) for row in PLAN]
    for profile in ("us", "cn", "de"):
        assert intergreens(Limits(profile), hurried) == intergreens(Limits(profile))


def test_a_pair_may_be_permissive_where_the_field_shows_it() -> None:
    found = requirements_of(HEADS, conflicts(), PLAN, Limits()).permissive
    assert {(int(a), int(b)) for a, b in np.argwhere(found)} == {(1, 2), (1, 4)}
    protected = [replace(row, state=row.state.replace("GgG", "GrG")) for row in PLAN]
    assert not requirements_of(HEADS, conflicts(), protected, Limits()).permissive.any()
    assert not requirements_of(HEADS, conflicts(), PLAN, Limits(permissive="none")).permissive.any()


def test_who_gives_way_to_one_lane_of_an_approach_may_give_way_to_all() -> None:
    lane = replace(HEADS[2], lane=1)
    meets, yields = np.zeros((2, 6, 6), dtype=np.bool_)
    meets[:5, :5], yields[:5, :5] = conflicts().meets, conflicts().yields
    meets[1, 5] = meets[5, 1] = yields[1, 5] = True
    wide = Conflicts.without_geometry(meets, yields)
    rows = [replace(row, state=row.state + "r") for row in PLAN]
    assert requirements_of((*HEADS, lane), wide, rows, Limits()).permissive[1, 5]


def test_a_warrant_allows_what_the_field_does_not_show() -> None:
    protected = [replace(row, state=row.state.replace("GgG", "GrG")) for row in PLAN]
    slow = Limits(permissive="warranted", permissive_left_max_speed_m_s=14.0)
    assert requirements_of(HEADS, conflicts(), protected, slow).permissive[1, 2]
    fast = Limits(permissive="warranted", permissive_left_max_speed_m_s=13.0)
    assert not requirements_of(HEADS, conflicts(), protected, fast).permissive.any()
    narrow = Limits(permissive="warranted", permissive_left_max_opposing_lanes=0)
    assert not requirements_of(HEADS, conflicts(), protected, narrow).permissive.any()


def test_a_signal_without_a_program_needs_the_least_that_the_profile_knows() -> None:
    found = requirements_of(HEADS, conflicts(), [], Limits())
    assert found.yellow_s.tolist() == [3.0, 3.0, 3.0, 3.0, 0.0]
    assert found.intergreen_s[0, 3] == 3.0
    assert not found.permissive.any()

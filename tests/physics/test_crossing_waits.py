"""Waits of people on foot, by hand and against arrivals one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from trafficopt.intersection import Head, Turn
from trafficopt.model.crossing_waits import crossing_time, gap_wait_s
from trafficopt.stage import Interval

# West to east and back, their left turns, and the same for south and north: four stages, as at a crossing.
TURNS = {
    "we": ("w", "E", Turn.THROUGH),
    "ew": ("e", "W", Turn.THROUGH),
    "wn": ("w", "N", Turn.LEFT),
    "es": ("e", "S", Turn.LEFT),
    "sn": ("s", "N", Turn.THROUGH),
    "ns": ("n", "S", Turn.THROUGH),
    "sw": ("s", "W", Turn.LEFT),
    "ne": ("n", "E", Turn.LEFT),
    "se": ("s", "E", Turn.RIGHT),
    "en": ("e", "N", Turn.RIGHT),
}
HEADS = [Head(id=key, from_link=a, to_link=b, turn=turn) for key, (a, b, turn) in TURNS.items()]


def row(duration_s: float, **letters: str) -> Interval:
    return Interval("".join(letters.get(key, "r") for key in TURNS), duration_s)


def rows(**free: str) -> list[Interval]:
    """Greens of 25, 10, 15 and 10 s and 5 s between them: a cycle of 80 s; `free` is shown in all rows."""
    stages = ((25.0, ("we", "ew")), (10.0, ("wn", "es")), (15.0, ("sn", "ns")), (10.0, ("sw", "ne")))
    found = []
    for green_s, keys in stages:
        found += [
            row(green_s, **{**free, **dict.fromkeys(keys, "G")}),
            row(3.0, **{**free, **dict.fromkeys(keys, "y")}),
            row(2.0, **free),
        ]
    return found


def test_one_crosses_a_street_while_the_other_street_goes_straight_on() -> None:
    # Across the east approach with south and north: 15 s green and 5 s between, 12 s to cross: 8 s to begin.
    found = crossing_time(HEADS, rows(), "e", "E", 12.0)
    assert found.walks_s == pytest.approx((8.0,))
    assert found.wait_s == pytest.approx((80.0 - 8.0) ** 2 / 160.0)


def test_who_crosses_within_the_intergreen_has_all_of_the_green() -> None:
    found = crossing_time(HEADS, rows(), "s", "S", 4.0)
    assert found.walks_s == pytest.approx((25.0,))
    assert found.wait_s == pytest.approx((80.0 - 25.0) ** 2 / 160.0)


def test_a_green_shorter_than_the_crossing_lets_nobody_begin() -> None:
    found = crossing_time(HEADS, rows(), "e", "E", 20.0)
    assert found.walks_s == ()
    assert found.wait_s == math.inf


def test_right_turns_that_are_free_on_red_neither_block_nor_open_a_crossing() -> None:
    assert crossing_time(HEADS, rows(se="g", en="g"), "e", "E", 12.0) == crossing_time(
        HEADS, rows(), "e", "E", 12.0
    )


def test_a_protected_turn_into_the_street_blocks_and_one_that_yields_does_not() -> None:
    yielding, protected = rows(ne="g"), rows(ne="G")
    assert crossing_time(HEADS, yielding, "e", "E", 12.0).walks_s == pytest.approx((8.0,))
    assert crossing_time(HEADS, protected, "e", "E", 12.0).walks_s == ()


def test_two_walks_in_a_cycle_shorten_the_wait() -> None:
    # 10 s green, 30 s of others, 20 s green, 20 s of others; one is across at once.
    straight, cross = {"sn": "G"}, {"we": "G"}
    plan = [row(10.0, **straight), row(30.0, **cross), row(20.0, **straight), row(20.0, **cross)]
    found = crossing_time(HEADS, plan, "e", "E", 0.0)
    assert found.walks_s == (10.0, 20.0)
    assert found.wait_s == pytest.approx((30.0**2 + 20.0**2) / 160.0)


def test_a_walk_may_go_over_the_end_of_the_cycle() -> None:
    plan = rows()
    for turned in (plan[7:] + plan[:7], plan[1:] + plan[:1]):
        found = crossing_time(HEADS, turned, "e", "E", 12.0)
        assert found.wait_s == pytest.approx(32.4)


def test_nobody_waits_where_nobody_is_in_the_way() -> None:
    found = crossing_time(HEADS, [row(60.0, sn="G", ns="G")], "e", "E", 12.0)
    assert (found.walks_s, found.wait_s) == ((60.0,), 0.0)


def test_mean_wait_is_that_of_people_who_come_at_random() -> None:
    plan, clearance = rows(), 12.0
    found = crossing_time(HEADS, plan, "e", "E", clearance)
    # Straight on from the south is green from 45 to 60 s; one may begin until 53 s.
    come = np.random.default_rng(3).uniform(0.0, 80.0, 200_000)
    wait = np.where((come >= 45.0) & (come < 53.0), 0.0, (45.0 - come) % 80.0)
    assert found.wait_s == pytest.approx(wait.mean(), rel=0.01)


def test_the_worked_example_of_the_hcm() -> None:
    # HCM, chapter 31, example problem 2: a cycle of 80 s and 11 s of effective walk make 29.8 s.
    straight, cross = {"sn": "G"}, {"we": "G"}
    found = crossing_time(HEADS, [row(11.0, **straight), row(69.0, **cross)], "e", "E", 0.0)
    assert found.wait_s == pytest.approx(29.8, abs=0.05)


def test_wait_for_a_gap_is_that_of_people_in_random_traffic() -> None:
    flow_veh_h, needed = 600.0, 3.6 / 1.2 + 3.0
    rng = np.random.default_rng(5)
    gaps = rng.exponential(3600.0 / flow_veh_h, (200_000, 60))
    enough = gaps > needed
    first = enough.argmax(axis=1)
    wait = (np.cumsum(gaps, axis=1) - gaps)[np.arange(len(gaps)), first]
    assert enough.any(axis=1).all()
    assert gap_wait_s(flow_veh_h, 3.6, 1.2) == pytest.approx(wait.mean(), rel=0.02)


def test_nobody_waits_for_a_gap_on_an_empty_lane() -> None:
    assert gap_wait_s(0.0, 3.2, 1.2) == 0.0
    assert gap_wait_s(1e-6, 3.2, 1.2) == pytest.approx(0.0, abs=1e-6)

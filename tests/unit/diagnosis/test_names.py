"""Words for approaches and movements."""

from __future__ import annotations

import math

import pytest

from trafficopt.diagnosis.names import LONGEST_ID, SIDES, movement_name, movement_names, short_id, side
from trafficopt.intersection import Movement, Turn
from trafficopt.network import Link, Point
from trafficopt.phrase import Phrase


def link(*shape: Point, key: str = "a") -> Link:
    return Link(key, "n", "m", 100.0, 13.9, 1, shape)


@pytest.mark.parametrize("k", range(8))
def test_traffic_comes_from_where_the_link_begins(k: int) -> None:
    for off in (-20.0, 0.0, 20.0):
        turn = math.radians(45.0 * k + off)
        begin = (500.0 + 100.0 * math.cos(turn), 500.0 + 100.0 * math.sin(turn))
        assert side(link(begin, (500.0, 500.0))) == SIDES[k]


def test_the_last_twenty_meters_count_and_no_shorter_piece() -> None:
    # From the west, 300 m; the last 5 m are drawn to the north, then 200 m are.
    assert side(link((0.0, 0.0), (300.0, 0.0), (300.0, 5.0))) == "west"
    assert side(link((0.0, 0.0), (300.0, 0.0), (300.0, 200.0))) == "south"


def test_a_short_link_counts_as_a_whole() -> None:
    assert side(link((0.0, 8.0), (0.0, 0.0))) == "north"


@pytest.mark.parametrize("shape", [(), ((3.0, 3.0),), ((3.0, 3.0), (3.0, 3.0))])
def test_without_a_direction_the_link_is_named(shape: tuple[Point, ...]) -> None:
    assert side(link(*shape)) == ""
    assert movement_name(Turn.THROUGH, link(*shape, key="w17")) == Phrase("straight on from w17", "w17 直行")


def test_every_turn_has_a_word() -> None:
    west = link((0.0, 0.0), (50.0, 0.0))
    found = [movement_name(turn, west) for turn in Turn]
    assert [name.en.removesuffix(" from the west") for name in found] == [
        "straight on",
        "left turn",
        "right turn",
        "U-turn",
    ]
    assert [name.zh.removeprefix("西进口") for name in found] == ["直行", "左转", "右转", "掉头"]


def movement(start: str, end: str, turn: Turn) -> Movement:
    return Movement(start, end, turn, (0,), (0,), 13.9, 0, ())


def test_names_are_told_apart_where_two_approaches_come_from_one_side() -> None:
    links = {
        "w1": link((0.0, 0.0), (50.0, 0.0), key="w1"),
        "w2": link((0.0, 9.0), (50.0, 0.0), key="w2"),
    }
    ways = [("w1", "e", Turn.THROUGH), ("w1", "n", Turn.LEFT), ("w2", "n", Turn.LEFT), ("w2", "f", Turn.LEFT)]
    found = movement_names([movement(*way) for way in ways], links)
    assert [name.en for name in found.values()] == [
        "straight on from the west",
        "left turn from the west (w1 to n)",
        "left turn from the west (w2 to n)",
        "left turn from the west (w2 to f)",
    ]
    assert found["w1->n"].zh == "西进口左转（w1 至 n）"


def test_long_ids_are_cut_in_the_middle() -> None:
    assert short_id("x" * LONGEST_ID) == "x" * LONGEST_ID
    cut = short_id("begin" + "x" * 200 + "end")
    assert len(cut) == LONGEST_ID
    assert cut.startswith("begin")
    assert cut.endswith("end")

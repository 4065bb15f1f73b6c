"""Delay of intersections from the delay of links, by hand."""

from __future__ import annotations

import pytest

from trafficopt.evaluation import Evaluation
from trafficopt.intersection import Intersection, Movement, Turn
from trafficopt.model.measures import approach_links, intersection_delays
from trafficopt.network import Link, Network
from trafficopt.signals.by_hand import intersection_by_hand


def movement(from_link: str, to_link: str, turn: Turn = Turn.THROUGH) -> Movement:
    return Movement(from_link, to_link, turn, (0,), (0,), 10.0, 0, ())


def intersection(name: str, *movements: Movement) -> Intersection:
    return intersection_by_hand(name, movements, ())


def network(links: dict[str, tuple[str, str]], *nodes: Intersection) -> Network:
    return Network({key: Link(key, a, b, 100.0, 10.0, 1, ()) for key, (a, b) in links.items()}, nodes)


# far -> mid -> X, with a side street at `fork` and a road back at `mid`
X = intersection("X", movement("a", "out"), movement("a", "out2", Turn.LEFT), movement("b", "out"))
ROADS = network(
    {
        "a": ("mid", "X"),
        "back": ("X", "mid"),
        "far": ("fork", "mid"),
        "far_back": ("mid", "fork"),
        "first": ("home", "fork"),
        "side": ("fork", "elsewhere"),
        "b": ("west", "X"),
        "out": ("X", "east"),
        "out2": ("X", "north"),
    },
    X,
)


def test_links_count_as_long_as_there_is_no_other_way_on() -> None:
    assert set(approach_links(ROADS, X)) == {"a", "b", "far"}


def test_links_stop_at_the_signal_upstream() -> None:
    upstream = intersection("M", movement("far", "a"))
    roads = Network(ROADS.links, (X, upstream))
    assert set(approach_links(roads, X)) == {"a", "b"}


def test_delay_is_lost_time_over_vehicles_that_passed_a_stop_line() -> None:
    lost = {"a": 3000.0, "b": 500.0, "far": 100.0, "out": 9e9, "side": 9e9}
    evaluation = Evaluation("p", (), lost, {"a": 100.0, "b": 40.0, "far": 90.0, "out": 1.0})
    assert intersection_delays(ROADS, evaluation) == {"X": pytest.approx(3600.0 / 140.0)}


def test_intersection_without_vehicles_has_no_delay() -> None:
    assert intersection_delays(ROADS, Evaluation("p", (), {"a": 10.0}, {"a": 0.0})) == {}

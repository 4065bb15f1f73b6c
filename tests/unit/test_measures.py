"""Delay of intersections from the delay of links, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from trafficopt.evaluation import Evaluation
from trafficopt.network import Intersection, Movement, Network, Turn
from trafficopt.reporting.measures import approach_links, intersection_delays


def movement(from_link: str, to_link: str, turn: Turn = Turn.THROUGH) -> Movement:
    return Movement(from_link, to_link, turn, (0,), (0,), 10.0, 0, ())


def intersection(name: str, *movements: Movement) -> Intersection:
    return Intersection(name, 0.0, 0.0, 1, movements, (), np.zeros((1, 1), dtype=np.bool_), ())


def test_approach_counts_once_for_all_its_movements() -> None:
    item = intersection("x", movement("a", "c"), movement("a", "d", Turn.LEFT), movement("b", "c"))
    assert approach_links(item) == ("a", "b")


def test_delay_is_lost_time_over_vehicles_of_all_approaches() -> None:
    network = Network({}, (intersection("x", movement("a", "c"), movement("a", "d"), movement("b", "c")),))
    evaluation = Evaluation("p", (), {"a": 3000.0, "b": 500.0, "c": 9e9}, {"a": 100.0, "b": 40.0, "c": 1.0})
    assert intersection_delays(network, evaluation) == {"x": pytest.approx(3500.0 / 140.0)}


def test_intersection_without_vehicles_has_no_delay() -> None:
    network = Network({}, (intersection("x", movement("a", "c")), intersection("y", movement("b", "c"))))
    evaluation = Evaluation("p", (), {"a": 10.0}, {"a": 0.0, "b": 5.0})
    assert intersection_delays(network, evaluation) == {"y": 0.0}

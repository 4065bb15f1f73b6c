"""One signal as text."""

from __future__ import annotations

import pytest

import trafficopt as to
from trafficopt.intersection import Movement, Turn
from trafficopt.network import Network
from trafficopt.signals.by_hand import intersection_by_hand
from trafficopt.signals.description import describe
from trafficopt.signals.tables import conflict_table, intergreen_table
from trafficopt.stage import Interval, Stage

EAST = Movement("w", "e", Turn.THROUGH, (0, 1), (0, 1), 13.9, 0, ())
LEFT = Movement("w", "n", Turn.LEFT, (2,), (1,), 8.0, 0, (3,))
WEST = Movement("e", "w2", Turn.THROUGH, (3,), (0,), 13.9, 0, ())
NORTH = Movement("s", "n", Turn.THROUGH, (4,), (0,), 13.9, 0, ())
STAGES = (
    Stage("GGgGrr", (Interval("yyyyrr", 3.0), Interval("rrrrrr", 1.5))),
    Stage("rrrrGr", (Interval("rrrryr", 3.0),)),
    Stage("rrrrrG", (Interval("rrrrrr", 12.0),)),
)
MEETING = [(0, 4), (1, 4), (2, 4), (3, 4), (4, 5)]
NODE = intersection_by_hand("A", (EAST, LEFT, WEST, NORTH), STAGES, MEETING, walks_m={5: 9.0})


def test_conflicts_by_movement() -> None:
    assert conflict_table(NODE).splitlines()[:-1] == [
        "            1  2  3  4  5",
        "  1 w->e    .  .  .  X  .",
        "  2 w->n    .  . X<  M  .",
        "  3 e->w2   . X>  .  X  .",
        "  4 s->n    X  M  X  .  P",
        "  5 walk:5  .  .  .  P  .",
    ]


def test_intergreens_by_movement() -> None:
    assert intergreen_table(NODE).splitlines() == [
        "             1   2   3   4   5",
        "  1 w->e     .   .   . 4.5   .",
        "  2 w->n     .   . 4.5 4.5   .",
        "  3 e->w2    . 4.5   . 4.5   .",
        "  4 s->n   4.5 4.5 4.5   .   3",
        "  5 walk:5   .   .   . 7.5   .",
    ]


def test_a_description_names_what_is_green_and_who_gives_way() -> None:
    text = describe(NODE)
    assert "  1  GGgGrr  then 4.5 s\n       w->e\n       w->n (gives way)\n       e->w2\n" in text
    assert "\n  field plan: GGgGrr | rrrrGr | rrrrrG" in text
    assert "blocked" not in text.split("field plan: ")[1].splitlines()[0]


def test_lanes_that_are_blocked_are_told() -> None:
    stages = (Stage("GGrGrr", (Interval("yyryrr", 3.0),)), Stage("rrGrrr", (Interval("rryrrr", 3.0),)))
    node = intersection_by_hand("A", (EAST, LEFT, WEST), stages)
    assert "(lanes blocked by who waits on them: 1)" in describe(node)


@pytest.mark.parametrize("number", range(5))
def test_real_signals_have_a_dual_ring_and_times(number: int) -> None:
    scenario = to.read_scenario(to.example_path("main_street"))
    network: Network = scenario.network
    node = network.intersections[number]
    text = describe(node, scenario.field_plan[node.id])
    assert f"cycle {scenario.field_plan[node.id].cycle_s:g} s" in text
    assert "phase 2: " in text

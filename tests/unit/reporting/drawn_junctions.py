"""Junctions that tests of drawings share: those of the main street, and crossroads with crossings by hand."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from itertools import pairwise

from trafficopt.examples import example_path
from trafficopt.intersection import Head, Intersection, Movement, Turn, User
from trafficopt.network import Link, Network, Point
from trafficopt.plan import SignalTiming
from trafficopt.signals.by_hand import intersection_by_hand
from trafficopt.stage import Interval, Stage
from trafficopt.sumo.read import read_scenario

Drawn = tuple[Network, Intersection, SignalTiming]

# From where each movement of the crossroads goes to; lanes 0 and 1 are right and left.
EXITS = {
    "w": {Turn.RIGHT: "s", Turn.THROUGH: "e", Turn.LEFT: "n", Turn.U_TURN: "w"},
    "e": {Turn.RIGHT: "n", Turn.THROUGH: "w", Turn.LEFT: "s", Turn.U_TURN: "e"},
    "s": {Turn.RIGHT: "e", Turn.THROUGH: "n", Turn.LEFT: "w", Turn.U_TURN: "s"},
    "n": {Turn.RIGHT: "w", Turn.THROUGH: "s", Turn.LEFT: "e", Turn.U_TURN: "n"},
}
OUTWARD = {"w": (-1.0, 0.0), "e": (1.0, 0.0), "s": (0.0, -1.0), "n": (0.0, 1.0)}
OPPOSITE = {"w": "e", "e": "w", "s": "n", "n": "s"}
LANES = {Turn.RIGHT: 0, Turn.THROUGH: 0, Turn.LEFT: 1, Turn.U_TURN: 1}
STOP_M, LANE_M = 14.0, 3.2
MIRRORED = {Turn.LEFT: Turn.RIGHT, Turn.RIGHT: Turn.LEFT}


@cache
def main_street() -> Mapping[str, Drawn]:
    scenario = read_scenario(example_path("main_street"))
    nodes = scenario.network.intersections
    return {node.id: (scenario.network, node, scenario.field_plan[node.id]) for node in nodes}


def crossroads(place: Point = (100.0, 50.0), *, mirrored: bool = False, approach_m: float = 80.0) -> Drawn:
    """Four arms of two lanes each way with a crossing; walks go with the through movement beside them.

    Parameters
    ----------
    mirrored
        East and west exchanged, so that traffic keeps left.
    approach_m
        Length of the links that lead to the stop lines; another link comes before each.
    """
    ways = [(arm, turn, to) for arm, exits in EXITS.items() for turn, to in exits.items()]
    movements, head = [], len(ways)
    for k, (arm, turn, to) in enumerate(ways):
        shown = MIRRORED.get(turn, turn) if mirrored else turn
        oncoming = [j for j, way in enumerate(ways) if way[0] == OPPOSITE[arm] and way[2] == arm]
        foes = tuple(oncoming if turn is Turn.LEFT else ())
        movements.append(Movement(f"{arm}c", f"c{to}", shown, (k,), (LANES[turn],), 8.0, 0, foes))
    meeting = [(i, j) for j in range(head) for i in range(j) if _meet(ways[i], ways[j])]
    walks = {head + k: 14.0 for k in range(4)}
    signal = "".join(_letters("we", walk="sn")), "".join(_letters("sn", walk="we"))
    rows = [
        (
            Interval(state.replace("G", "y").replace("g", "y")[:head] + "rrrr", 3.0),
            Interval("r" * (head + 4), 2.0),
        )
        for state in signal
    ]
    stages = tuple(Stage(state, row) for state, row in zip(signal, rows, strict=True))
    node = intersection_by_hand("c", movements, stages, meeting, walks_m=walks, x_m=place[0], y_m=place[1])
    heads = list(node.heads)
    for k, arm in enumerate(EXITS):
        heads[head + k] = Head(id=f"walk:c{arm}+{arm}c", user=User.PEDESTRIANS, length_m=14.0)
    links = {}
    for arm in EXITS:
        for link in _links(arm, place, approach_m, -1.0 if mirrored else 1.0):
            links[link.id] = link
    network = Network(links, (replace(node, heads=tuple(heads)),))
    return network, network["c"], SignalTiming(stages, (30.0, 20.0), 60.0, 7.0)


def _meet(one: tuple[str, Turn, str], other: tuple[str, Turn, str]) -> bool:
    """Whether two ways over the junction end in one exit or cross, as chords of a circle do."""
    if one[0] == other[0]:
        return False
    (a, b), (c, d) = (sorted((_entry(way[0]), _exit(way[2]))) for way in (one, other))
    return one[2] == other[2] or a < c < b < d or c < a < d < b


def _entry(arm: str) -> int:
    """Place on the circle, counterclockwise; an exit comes before the approach of its arm."""
    return _exit(arm) + 1


def _exit(arm: str) -> int:
    return 2 * "enws".index(arm)


def _letters(green: str, walk: str) -> list[str]:
    """Through has green, turns give way, U-turns are red; crossings last."""
    letters = {Turn.THROUGH: "G", Turn.RIGHT: "g", Turn.LEFT: "g", Turn.U_TURN: "r"}
    shown = [letters[turn] if arm in green else "r" for arm, exits in EXITS.items() for turn in exits]
    return shown + ["G" if arm in walk else "r" for arm in EXITS]


def _links(arm: str, place: Point, approach_m: float, east: float) -> list[Link]:
    """Link up to the junction, the one before it, and the one away, each beside the arm's middle."""
    (x, y) = OUTWARD[arm]

    def at(out_m: float, left_m: float) -> Point:
        """So far out on the arm, and to the left as seen from the junction."""
        return place[0] + east * (out_m * x - left_m * y), place[1] + out_m * y + left_m * x

    stop, before, end = STOP_M, STOP_M + approach_m, STOP_M + approach_m + 100.0
    return [
        Link(f"{arm}c", f"{arm}b", "c", approach_m, 13.9, 2, (at(before, LANE_M), at(stop, LANE_M))),
        Link(f"{arm}b", arm, f"{arm}b", 100.0, 13.9, 2, (at(end, LANE_M), at(before + 1.0, LANE_M))),
        Link(f"c{arm}", "c", arm, 150.0, 13.9, 2, (at(stop, -LANE_M), at(stop + 150.0, -LANE_M))),
    ]


def retimed(timing: SignalTiming, seed: int) -> SignalTiming:
    """The stages with other greens [half seconds] and another offset."""
    choice = random.Random(seed)
    greens = tuple(choice.randint(6, 90) / 2.0 for _ in timing.stages)
    cycle = round(sum(greens) + sum(stage.intergreen_s for stage in timing.stages), 6)
    return SignalTiming(timing.stages, greens, cycle, float(choice.randrange(int(cycle))))


def seconds_of(timing: SignalTiming, head: int, letters: str) -> float:
    return sum(row.duration_s for row in timing.intervals if row.state[head] in letters)


def numbers_of(data: str) -> list[float]:
    """Numbers of SVG path data."""
    return [float(text) for text in re.findall(r"-?\d*\.?\d+", data)]


def distance(point: Point, line: tuple[Point, ...]) -> float:
    """From a point to a line of several pieces."""
    return min(_to_piece(point, p, q) for p, q in pairwise(line))


def _to_piece(point: Point, p: Point, q: Point) -> float:
    u, v = q[0] - p[0], q[1] - p[1]
    share = ((point[0] - p[0]) * u + (point[1] - p[1]) * v) / max(u * u + v * v, 1e-12)
    share = min(max(share, 0.0), 1.0)
    return math.dist(point, (p[0] + share * u, p[1] + share * v))

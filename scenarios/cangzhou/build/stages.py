"""Lane groups and stages of a signalized intersection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from city import LEFT_OF, OPPOSITE, City, Junction
from streets import Streets, turns_of
from tables import Tables

AXES = {"row": ("W", "E"), "column": ("S", "N")}


@dataclass(frozen=True, slots=True)
class LaneGroup:
    """Lanes of one approach that queue together: ``T`` (with shared right), ``L`` or ``R``."""

    leg: str
    name: str
    turns: tuple[str, ...]
    lanes: int


@dataclass(frozen=True, slots=True)
class Stage:
    """Lane groups green together; a group may be green in the next stage as well."""

    groups: frozenset[tuple[str, str]]
    min_green_s: int


@dataclass(frozen=True, slots=True)
class Signal:
    """What a plan maker must know about one intersection."""

    junction: Junction
    groups: Mapping[tuple[str, str], LaneGroup]
    stages: tuple[Stage, ...]
    all_red_s: int
    yellow_s: int

    @property
    def intergreen_s(self) -> int:
        """Yellow and all-red together."""
        return self.yellow_s + self.all_red_s

    def green_share(self, greens: list[int], group: tuple[str, str]) -> float:
        """Return green over cycle of a lane group; a free right-turn lane is always green."""
        if group[1] == "R":
            return 1.0
        cycle = sum(greens) + len(greens) * self.intergreen_s
        count = len(self.stages)
        total = 0
        for k, stage in enumerate(self.stages):
            if group in stage.groups:
                total += greens[k]
                if group in self.stages[(k + 1) % count].groups:
                    total += self.intergreen_s
        return total / cycle


def build_signals(city: City, streets: Streets, tables: Tables) -> dict[str, Signal]:
    """Return lane groups and stages of all signalized intersections."""
    return {j.id: _signal(j, streets, tables) for j in city.signals()}


def _signal(junction: Junction, streets: Streets, tables: Tables) -> Signal:
    lanes: dict[tuple[str, str], set[int]] = {}
    approaches = {streets.approach[junction.id, leg].id: leg for leg in junction.legs}
    for link in streets.connections:
        if link.node == junction.id and link.from_edge in approaches and link.turn in "LTR":
            lanes.setdefault((approaches[link.from_edge], link.turn), set()).add(link.from_lane)
    groups: dict[tuple[str, str], LaneGroup] = {}
    for leg in junction.legs:
        left = lanes.get((leg, "L"), set())
        through = lanes.get((leg, "T"), set())
        right = lanes.get((leg, "R"), set())
        if left:
            groups[leg, "L"] = LaneGroup(leg, "L", ("L",), len(left))
        if through:
            shared = bool(right & through)
            turns = ("T", "R") if shared else ("T",)
            groups[leg, "T"] = LaneGroup(leg, "T", turns, len(through))
        if right and not right & through:
            groups[leg, "R"] = LaneGroup(leg, "R", ("R",), len(right))
    plan = tables.city["plan"]
    all_red = plan["all_red_arterial_s" if junction.on_arterial else "all_red_other_s"]
    return Signal(junction, groups, _stages(junction, groups, tables), int(all_red), int(plan["yellow_s"]))


def _stages(
    junction: Junction, groups: Mapping[tuple[str, str], LaneGroup], tables: Tables
) -> tuple[Stage, ...]:
    """Return four stages, or three at a T; the more important road comes first."""
    plan = tables.city["plan"]

    def stage(*wanted: tuple[str, str]) -> Stage:
        """Make a stage of the groups that exist; its minimum green follows from its roads."""
        found = frozenset(key for key in wanted if key in groups)
        if all(name == "L" for _, name in found) and len(junction.legs) == 4:
            return Stage(found, int(plan["min_green_left_s"]))
        big = any(
            junction.legs[leg].road_class != "minor" and junction.legs[leg].road_class != "side"
            for leg, name in found
            if name == "T"
        )
        key = "min_green_through_s" if big else "min_green_minor_s"
        return Stage(found, int(plan[key]))

    axis = main_axis(junction)
    main = AXES[axis]
    if len(junction.legs) == 4:
        cross = AXES["column" if axis == "row" else "row"]
        return (
            stage(*((leg, "T") for leg in main)),
            stage(*((leg, "L") for leg in main)),
            stage(*((leg, "T") for leg in cross)),
            stage(*((leg, "L") for leg in cross)),
        )
    stem = next(leg for leg in junction.legs if OPPOSITE[leg] not in junction.legs)
    turning = next(leg for leg in junction.legs if LEFT_OF[leg] == stem)
    left = Stage(frozenset({(turning, "L"), (turning, "T")}), int(plan["min_green_left_s"]))
    return (
        stage(*((leg, "T") for leg in (turning, OPPOSITE[turning]))),
        left,
        stage((stem, "L"), (stem, "R")),
    )


def main_axis(junction: Junction) -> str:
    """Return the axis of the road that comes first in the stage sequence."""
    if len(junction.legs) == 3:
        stem = next(leg for leg in junction.legs if OPPOSITE[leg] not in junction.legs)
        return "column" if stem in AXES["row"] else "row"
    lanes = {axis: sum(junction.legs[leg].lanes for leg in legs) for axis, legs in AXES.items()}
    arterial = {axis: bool(junction.legs[legs[0]].arterial) for axis, legs in AXES.items()}
    return max(("row", "column"), key=lambda axis: (arterial[axis], lanes[axis], axis == "row"))


def turn_edges(signal: Signal, streets: Streets) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the edges that each movement (leg, turn) joins, slip lanes left out."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    junction = signal.junction
    for leg in junction.legs:
        for turn, to_leg in turns_of(junction, leg).items():
            if turn == "R" and junction.islands:
                continue
            found[leg, turn] = (
                streets.approach[junction.id, leg].id,
                streets.exit[junction.id, to_leg].id,
            )
    return found

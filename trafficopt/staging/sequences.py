"""Candidate stage sequences of an intersection: what an engineer would draw."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations, product

import numpy as np

from trafficopt.intersection import Intersection
from trafficopt.stage import GREEN
from trafficopt.staging.approaches import Approach, JunctionLayout
from trafficopt.staging.stages import canonical, states_of
from trafficopt.table_repr import Table, Tabled

# Combinations of ways to serve the roads; beyond, all roads are served in one way and in one order.
FREE_COMBINATIONS = 250

# Way to serve an approach that faces no other.
ALONE = "alone"

# The units that are green in each stage.
Stages = tuple[frozenset[int], ...]


@dataclass(frozen=True, slots=True, repr=False)
class StageSequence(Tabled):
    """Stages in the order in which a cycle shows them.

    Attributes
    ----------
    states
        One state string for each stage; the first follows the last.
    """

    name: str
    states: tuple[str, ...]

    def _table(self) -> Table:
        return Table(f"StageSequence {self.name}: {' | '.join(self.states)}")


def candidate_sequences(intersection: Intersection) -> tuple[StageSequence, ...]:
    """Sequences for the roads of an intersection, without repetition, the field plan's first.

    Each serves all movements and crossings at least once, in stages without a clash; rotations of one
    another count as one. A road is served in one stage, approach by approach ("split"), or with the far
    turns (left where traffic keeps right) leading, lagging, or one of each; "permissive" where they are
    green with the opposite through movement also. Near turns with a lane of their own overlap stages in
    which they meet nobody ("overlap": other movements too). Walkers go with vehicles, in a stage of their
    own ("all walk"), or in place of near turns that are green in another stage ("protected walk"). Not
    every stage is a candidate stage: it may have some of that one's crossings, or on large junctions lie
    beyond the bound on candidates.

    The field plan's own sequence is left out where the intersection's requirements forbid one of its
    stages, or where it leaves somebody red.
    """
    layout = JunctionLayout(intersection)
    drawn = [StageSequence("field plan", _field_states(intersection))]
    for name, stages in _vehicle_sequences(layout):
        # Keyed by the stages: where only near turns can overlap, both ways are one.
        overlaps = {
            _overlapped(layout, stages, near_only=near_only): said
            for near_only, said in ((False, ", overlap"), (True, ""))
        }
        for filled, overlapping in reversed(overlaps.items()):
            for walking, walked in _walked(layout, filled):
                drawn.append(StageSequence(name + overlapping + walking, _states(layout, walked)))
    kept: dict[tuple[str, ...], StageSequence] = {}
    for sequence in drawn:
        if _is_whole(layout, sequence.states):
            kept.setdefault(_first_rotation(sequence.states), sequence)
    return tuple(kept.values())


def concurrent_crossings(layout: JunctionLayout, stage: Iterable[int]) -> frozenset[int]:
    """Crossings that an engineer shows with a stage (units).

    They meet nobody in it, or only near turns and vehicles that yield to others anyhow: a far turn that
    has the green for itself is not made to wait for walkers.
    """
    return _crossings(layout, frozenset(stage), at_most=1)


def _field_states(intersection: Intersection) -> tuple[str, ...]:
    return _merged([canonical(intersection, stage.state) for stage in intersection.stages])


def _vehicle_sequences(layout: JunctionLayout) -> Iterator[tuple[str, Stages]]:
    """Names and stages for all roads together, in each order of the roads."""
    roads = [_road_options(layout, road) for road in layout.roads]
    names = dict.fromkeys(name for road in roads for name in road)
    if math.prod(len(road) for road in roads) * math.factorial(max(len(roads) - 1, 0)) > FREE_COMBINATIONS:
        for name in names:
            yield name, tuple(stage for road in roads for stage in road.get(name, next(iter(road.values()))))
        return
    for choice in product(*(road.items() for road in roads)):
        name = _joined([option for option, _ in choice])
        for number, order in enumerate(permutations(choice[1:])):
            stages = tuple(stage for _, served in (*choice[:1], *order) for stage in served)
            yield name + (f", order {number + 1}" if number else ""), stages


def _joined(options: Sequence[str]) -> str:
    """One name for the ways in which the roads are served; a lone approach needs no mention."""
    told = [option for option in options if option != ALONE]
    if not told:
        return "split"
    return told[0] if len(set(told)) == 1 else " / ".join(told)


def _road_options(layout: JunctionLayout, road: Sequence[Approach]) -> dict[str, Stages]:
    """Ways to serve a road without a clash, by name."""
    drawn = _facing_options(*road) if len(road) == 2 else {ALONE: [road[0].all]}
    options: dict[Stages, str] = {}
    for name, units in drawn.items():
        stages = tuple(frozenset(stage) for stage in units if stage)
        if not any(layout.clash(stage) for stage in stages):
            options.setdefault(stages, name)
    return {name: stages for stages, name in options.items()}


def _facing_options(one: Approach, other: Approach) -> dict[str, list[tuple[int, ...]]]:
    """Ways to serve two approaches that face each other, as the units of each stage."""
    straight, turning = one.straight + other.straight, one.turning + other.turning
    both, split = one.all + other.all, [one.all, other.all]
    if not turning:
        return {"together": [both], "split": split}
    options = {
        "permissive": [both],
        "split": split,
        "lead-lead": [turning, straight],
        "lag-lag": [straight, turning],
        "lead-lead, permissive": [turning, both],
        "lag-lag, permissive": [both, turning],
    }
    if one.far and other.far:
        return options | {
            "lead-lag": [one.all, straight, other.all],
            "lag-lead": [other.all, straight, one.all],
            "lead-lag, permissive": [one.all, both, other.all],
            "lag-lead, permissive": [other.all, both, one.all],
        }
    whole = one.all if one.far else other.all
    return {
        "lead with through": [whole, straight],
        "lag with through": [straight, whole],
        "lead with through, permissive": [whole, both],
        "lag with through, permissive": [both, whole],
        **{name.replace("lead-lead", "lead").replace("lag-lag", "lag"): s for name, s in options.items()},
    }


def _overlapped(layout: JunctionLayout, stages: Stages, near_only: bool) -> Stages:
    """Stages with the movements (or near turns only) that meet nobody in them and have their own lanes."""
    near = {u for road in layout.roads for approach in road for u in approach.near}
    allowed = sorted(near if near_only else layout.vehicles)
    return tuple(_with_overlaps(layout, stage, allowed) for stage in stages)


def _with_overlaps(layout: JunctionLayout, stage: frozenset[int], allowed: Sequence[int]) -> frozenset[int]:
    green, free = stage, frozenset(layout.free)
    for u in allowed:
        if layout.meeting[u].isdisjoint(green - free):
            green |= {u}
    while True:
        red = sorted(frozenset(layout.vehicles) - green - free)
        blocked = {u for u in green - stage if layout.shares_lane[u, red].any()}
        if not blocked:
            return green | free
        green -= blocked


def _walked(layout: JunctionLayout, stages: Stages) -> Iterator[tuple[str, Stages]]:
    """Stages with walkers: together with vehicles as far as that goes, and in a stage of their own."""
    if not layout.crossings:
        yield "", stages
        return
    together = tuple(stage | concurrent_crossings(layout, stage) for stage in stages)
    missing = frozenset(layout.crossings).difference(*together)
    together = tuple(stage | (_crossings(layout, stage, at_most=2) & missing) for stage in together)
    missing = missing.difference(*together)
    yield (", all walk" if missing else ""), together + (_all_walk(layout) if missing else ())
    yield ", all walk", stages + _all_walk(layout)
    yield ", protected walk", tuple(_with_protected_walkers(layout, stage) for stage in stages)


def _with_protected_walkers(layout: JunctionLayout, stage: frozenset[int]) -> frozenset[int]:
    """The stage with crossings in place of the near turns that they meet, where those have own lanes."""
    near = {u for road in layout.roads for approach in road for u in approach.near}
    free = frozenset(layout.free)
    for u in layout.crossings:
        met = layout.meeting[u] & stage - free
        rest = stage - met
        beside = sorted(v for v in rest if layout.shares_lane[sorted(met), v].any())
        if met <= near and not beside and not layout.clash(rest | {u}):
            stage = rest | {u}
    return stage


def _all_walk(layout: JunctionLayout) -> Stages:
    """Stages of crossings only: one, unless crossings clash with each other."""
    stages: list[frozenset[int]] = []
    left = [u for u in layout.crossings if u not in layout.free]
    while left:
        stage: frozenset[int] = frozenset()
        for u in left:
            if not layout.clash(stage | {u}):
                stage |= {u}
        stages.append(stage)
        left = [u for u in left if u not in stage]
    return tuple(stages)


def _crossings(layout: JunctionLayout, stage: frozenset[int], at_most: int) -> frozenset[int]:
    """Crossings that may join a stage.

    `at_most` 0: they meet nobody in it; 1: near turns and vehicles that yield anyhow also; 2: whoever may
    yield to them.
    """
    patient = {u for road in layout.roads for approach in road for u in (*approach.near, *approach.u_turn)}
    patient |= {u for u in stage if layout.unit_yields[u, sorted(stage)].any()} | set(layout.free)
    joined: frozenset[int] = frozenset()
    for u in layout.crossings:
        met = layout.meeting[u] & stage
        level = 0 if not met else 1 if met <= patient else 2
        if u not in stage and level <= at_most and not layout.clash(stage | joined | {u}):
            joined |= {u}
    return joined


def _states(layout: JunctionLayout, stages: Stages) -> tuple[str, ...]:
    """State strings of the stages, with what is free to go always."""
    greens = [layout.membership[sorted(stage | set(layout.free))].any(axis=0) for stage in stages]
    return _merged(states_of(layout, np.array(greens, dtype=np.bool_))) if greens else ()


def _merged(states: Sequence[str]) -> tuple[str, ...]:
    """States without repetition of one by the next, nor of the first by the last."""
    kept = [state for k, state in enumerate(states) if k == 0 or state != states[k - 1]]
    return tuple(kept[:-1] if len(kept) > 1 and kept[0] == kept[-1] else kept)


def _is_whole(layout: JunctionLayout, states: Sequence[str]) -> bool:
    """Whether all units are green at least once, and no stage has a clash."""
    if not states:
        return False
    greens = np.array([[letter in GREEN for letter in state] for state in states], dtype=np.bool_)
    needed = layout.membership.any(axis=0)
    served = bool((greens.any(axis=0) | ~needed).all())
    clashes = ((greens.astype(np.int64) @ (~layout.compatible).astype(np.int64)) > 0) & greens
    return served and not clashes.any()


def _first_rotation(states: tuple[str, ...]) -> tuple[str, ...]:
    return min(states[k:] + states[:k] for k in range(len(states)))

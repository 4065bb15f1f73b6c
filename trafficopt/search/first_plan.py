"""A first plan for a whole city, from analytic delay alone: near linear in the number of signals."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from trafficopt.limits import Limits
from trafficopt.model.lane_groups import JunctionLanes, following
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem
from trafficopt.search.sequence_choice import CycleChoice, best_by_cycle
from trafficopt.search.splits import delay_veh_s_s, least_delay_greens
from trafficopt.stage import Stage
from trafficopt.units import FloatArray, Seconds, SecondsArray

CYCLE_STEP_S = 5
HALF_CYCLE_COST = 0.9  # of the cost at the zone's cycle: half of it must save more, platoons then meet red

Menu = Mapping[str, tuple[tuple[Stage, ...], ...]]
"""Sequences of stages that each intersection may run, by its id."""

Coordinate = Callable[[TimingPlan, Sequence[str], Seconds], Mapping[str, Seconds]]
"""Offsets [s] by id for the signals of a zone, which run the cycle given or half of it in the plan."""

Stop = Callable[[], bool]


def never() -> bool:
    """Stop rule that lets all work be done."""
    return False


@dataclass(frozen=True, slots=True)
class FirstPlan:
    """A first plan with the zones that it coordinates.

    Attributes
    ----------
    zones
        Ids of the signals that were timed, by zone; empty for a zone that could not be.
    cycle_s
        Cycle of each zone; some of its signals may run half of it.
    delay_veh_s_s
        Analytic delay of all signals that were timed [veh*s/s].
    """

    plan: TimingPlan = field(repr=False)
    zones: tuple[tuple[str, ...], ...] = field(repr=False)
    cycle_s: tuple[Seconds, ...] = field(repr=False)
    delay_veh_s_s: float


def first_plan(
    problem: Problem,
    menu: Menu,
    zones: Sequence[Sequence[int]],
    *,
    coordinate: Coordinate | None = None,
    stop: Stop = never,
) -> FirstPlan:
    """Time every zone at the cycle of least analytic delay, each signal with its best sequence and greens.

    Each signal's sequences are compared at all cycles by quick greens (`screen_greens`); the zone takes
    the cycle with the least total, and the greens there are those of least delay
    (`least_delay_greens`). A signal runs half the zone's cycle where that saves more than a tenth.

    Parameters
    ----------
    menu
        Sequences by id; a signal without any, or with none that fits into the zone's cycle, keeps its
        field timing.
    zones
        Indices of the intersections that run one cycle, see `coordination_zones`.
    coordinate
        Finds the offsets of a zone; without it they are 0.
    stop
        Asked before each signal; signals that are left out keep their field timing.
    """
    work = _Work(problem, menu, cycles_to_try(problem.limits), stop)
    timed = [work.zone(zone) for zone in zones]
    timings = dict(problem.field_plan.timings)
    for zone in timed:
        timings |= zone.timings
    plan = TimingPlan("first plan", timings)
    if coordinate is not None:
        for zone in timed:
            if len(zone.timings) > 1 and not stop():
                _shift(timings, coordinate(plan, tuple(zone.timings), zone.cycle_s))
        plan = TimingPlan("first plan", timings)
    return FirstPlan(
        plan,
        tuple(tuple(zone.timings) for zone in timed),
        tuple(zone.cycle_s for zone in timed),
        sum(zone.delay_veh_s_s for zone in timed),
    )


def cycles_to_try(limits: Limits) -> list[int]:
    """Cycles [s] that a zone may run: whole fives within the limits, or else the shortest allowed."""
    shortest, longest = math.ceil(limits.min_cycle_s), math.floor(limits.max_cycle_s)
    first = math.ceil(shortest / CYCLE_STEP_S) * CYCLE_STEP_S
    return list(range(first, longest + 1, CYCLE_STEP_S)) or [shortest]


@dataclass(frozen=True, slots=True)
class _Zone:
    timings: dict[str, SignalTiming]
    cycle_s: Seconds
    delay_veh_s_s: float


class _Work:
    """What all zones need."""

    def __init__(self, problem: Problem, menu: Menu, cycles: Sequence[int], stop: Stop) -> None:
        self.problem, self.menu, self.stop = problem, menu, stop
        self.driving = following(problem)
        least = problem.limits.min_cycle_s
        halves = {cycle // 2 for cycle in cycles if cycle % 2 == 0 and cycle // 2 >= least}
        self.cycles = list(cycles)
        self.tried = sorted({*cycles, *halves})

    def zone(self, zone: Sequence[int]) -> _Zone:
        """Timings of one zone."""
        cycles = np.array(self.tried, dtype=np.float64)
        lanes: dict[int, JunctionLanes] = {}
        choices: dict[int, CycleChoice] = {}
        for node in zone:
            if self.stop():
                break
            prepared = JunctionLanes(self.problem, node, self.driving)
            choice = best_by_cycle(prepared, self.menu.get(self._id(node), ()), cycles)
            if np.isfinite(choice.cost_veh_s_s).any():
                lanes[node], choices[node] = prepared, choice
        if not choices:
            return _Zone({}, 0.0, 0.0)
        alone = len(choices) == 1  # half a cycle is then a cycle
        own = {
            node: self._own_cycles(choice, 0.0 if alone else HALF_CYCLE_COST)
            for node, choice in choices.items()
        }
        costs = np.array([costs for costs, _ in own.values()])
        # As many signals as possible, then the least cost.
        best = int(
            np.lexsort((np.where(np.isfinite(costs), costs, 0.0).sum(axis=0), np.isinf(costs).sum(axis=0)))[0]
        )
        timings, delay = {}, 0.0
        for node in choices:
            at = int(own[node][1][best])
            if at >= 0 and not self.stop():
                stages = self.menu[self._id(node)][int(choices[node].sequence[at])]
                timing, found = _timed(lanes[node], stages, self.tried[at])
                timings[self._id(node)] = timing
                delay += found
        return _Zone(timings, float(self.cycles[best]), delay)

    def _id(self, node: int) -> str:
        return self.problem.network.intersections[node].id

    def _own_cycles(self, choice: CycleChoice, half_cost: float) -> tuple[FloatArray, list[int]]:
        """Cost of a signal at each cycle of its zone, and which of the cycles tried it then runs (or -1)."""
        costs, own = np.full(len(self.cycles), np.inf), [-1] * len(self.cycles)
        for k, cycle in enumerate(self.cycles):
            whole = self.tried.index(cycle)
            if np.isfinite(choice.cost_veh_s_s[whole]):
                costs[k], own[k] = choice.cost_veh_s_s[whole], whole
            if cycle % 2 == 0 and cycle // 2 in self.tried:
                half = self.tried.index(cycle // 2)
                if choice.cost_veh_s_s[half] < half_cost * costs[k]:
                    costs[k], own[k] = choice.cost_veh_s_s[half], half
        return costs, own


def _timed(lanes: JunctionLanes, stages: tuple[Stage, ...], cycle_s: int) -> tuple[SignalTiming, float]:
    """Timing of one signal with greens of least delay, and that delay [veh*s/s]."""
    groups = lanes.groups(stages)
    greens: SecondsArray = least_delay_greens(groups, stages, cycle_s)
    timing = SignalTiming(stages, tuple(greens.tolist()), float(cycle_s), 0.0)
    return timing, delay_veh_s_s(groups, greens, cycle_s)


def _shift(timings: dict[str, SignalTiming], offsets_s: Mapping[str, Seconds]) -> None:
    """Give signals their offsets."""
    for key, offset in offsets_s.items():
        timings[key] = replace(timings[key], offset_s=float(offset) % timings[key].cycle_s)

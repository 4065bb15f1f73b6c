"""Plans from which a search starts: the analytic one, and the field plan with one cycle a zone."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem
from trafficopt.search.first_plan import Stop, first_plan
from trafficopt.search.menu import SignalMenu
from trafficopt.search.moves import Moves, at_cycle
from trafficopt.search.offsets import coordinated


def analytic_start(
    problem: Problem, menus: Mapping[str, SignalMenu], zones: Sequence[Sequence[int]], stop: Stop
) -> TimingPlan:
    """The first plan, with the field timing of each signal at which it would break a rule.

    Parameters
    ----------
    zones
        Indices of the intersections that run one cycle.
    stop
        Asked before each signal; those that are left out keep their field timing.
    """
    menu = {key: tuple(m.stages(s) for s in m.sequences) for key, m in menus.items()}
    plan = first_plan(problem, menu, zones, coordinate=partial(coordinated, problem), stop=stop).plan
    return _safe(problem, menus, plan)


def field_start(problem: Problem, zones: Sequence[Moves]) -> TimingPlan:
    """The field plan, with the most frequent cycle of each zone at all its signals that can run it."""
    timings: dict[str, SignalTiming] = dict(problem.field_plan.timings)
    limits = problem.limits
    menus: dict[str, SignalMenu] = {}
    for moves in zones:
        menus |= moves.menus
        counted = Counter(float(round(timings[key].cycle_s)) for key in moves.menus)
        cycle = max(counted, key=lambda c: (counted[c], c))
        cycle = min(max(cycle, math.ceil(limits.min_cycle_s)), math.floor(limits.max_cycle_s))
        for key in moves.menus:
            if timings[key].cycle_s != cycle:
                timings[key] = at_cycle(timings[key], cycle) or timings[key]
    return _safe(problem, menus, TimingPlan("field plan in step", timings))


def _safe(problem: Problem, menus: Mapping[str, SignalMenu], plan: TimingPlan) -> TimingPlan:
    """The plan, with the field timing of each signal at which it would break a rule."""
    base = problem.field_plan
    kept = {key: base[key] for key, menu in menus.items() if not menu.is_safe(plan[key])}
    return TimingPlan(plan.name, {**plan.timings, **kept})

"""Candidate plans: every zone at each cycle, and the best cycle zone by zone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from trafficopt.limits import Limits
from trafficopt.model.signal_model import SignalModel
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.search.descent import Stop, busiest_first, descend_greens, descend_offsets
from trafficopt.search.splits import least_cycle_s, least_delay_greens, longest_cycle_s
from trafficopt.units import Seconds


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plan with the model's answer.

    Attributes
    ----------
    delay_s
        Mean delay over all demanded vehicles.
    zone_delay
        Delay of each zone [veh*s/s].
    interrupted
        Whether the user stopped its refinement.
    """

    plan: TimingPlan = field(repr=False)
    delay_s: Seconds
    zone_delay: tuple[float, ...] = field(repr=False)
    interrupted: bool = False


COARSE_CYCLES_S = 15
FINE_CYCLES_S = (-10, -5, 5, 10)


def coarse_cycles(model: SignalModel, zones: Sequence[Sequence[int]]) -> list[int]:
    """Cycles [s] in wide steps, from the shortest that any zone can run to the longest allowed."""
    limits = model.problem.limits
    shortest = min(max(least_cycle_s(model, node) for node in zone) for zone in zones)
    first, last = max(math.ceil(limits.min_cycle_s), shortest), math.floor(limits.max_cycle_s)
    return list(range(math.ceil(first / 5) * 5, last + 1, COARSE_CYCLES_S)) or [first]


def fine_cycles(limits: Limits, tried: Mapping[int, Candidate]) -> list[int]:
    """Cycles [s] not tried yet, near the best one of each zone."""
    zones = range(max((len(candidate.zone_delay) for candidate in tried.values()), default=0))
    best = {min(tried, key=lambda cycle: tried[cycle].zone_delay[zone]) for zone in zones}
    near = {cycle + step for cycle in best for step in FINE_CYCLES_S}
    return sorted(c for c in near - set(tried) if limits.min_cycle_s <= c <= limits.max_cycle_s)


def at_cycle(
    model: SignalModel,
    base: TimingPlan,
    zones: Sequence[Sequence[int]],
    cycle_s: int,
    sweeps: int,
    stop: Stop,
) -> Candidate:
    """Plan with all zones at `cycle_s`, or the nearest cycle that a zone can run: splits, then `refine`.

    Raises
    ------
    InfeasibleError
        If no cycle suits all signals of a zone.
    """
    timings: dict[str, SignalTiming] = dict(base.timings)
    for zone in zones:
        cycle = max(
            min([cycle_s, *(longest_cycle_s(model, node) for node in zone)]),
            *(least_cycle_s(model, node) for node in zone),
        )
        for node in zone:
            key = model.nodes[node].id
            greens = least_delay_greens(model, node, cycle)
            offset = float(round(base[key].offset_s) % cycle)
            timings[key] = SignalTiming(base[key].stages, tuple(map(float, greens)), float(cycle), offset)
    start = TimingPlan(f"cycle {cycle_s} s", timings)
    return refine(model, start, zones, sweeps, stop)


def refine(
    model: SignalModel, plan: TimingPlan, zones: Sequence[Sequence[int]], sweeps: int, stop: Stop
) -> Candidate:
    """Coordinate descent from `plan` on the offsets and greens of all zones that run one whole-second cycle.

    Ctrl-C ends the descent: the candidate is what was reached, and says so.
    """
    state = model.start(plan)
    nodes = busiest_first(model, [n for zone in zones if runs_one_cycle(model, plan, zone) for n in zone])
    interrupted = False
    try:
        for _ in range(sweeps):
            before = state.delay.sum()
            gain = descend_offsets(model, state, nodes, stop) + descend_greens(model, state, nodes, stop)
            if gain < 1e-3 * before:
                break
    except KeyboardInterrupt:
        interrupted = True
    return replace(assess(model, model.plan(state, plan.name, plan), zones), interrupted=interrupted)


def runs_one_cycle(model: SignalModel, plan: TimingPlan, zone: Sequence[int]) -> bool:
    """Whether all signals of a zone have the same cycle, of whole seconds and within the limits."""
    cycles = {plan[model.nodes[node].id].cycle_s for node in zone}
    limits = model.problem.limits
    return len(cycles) == 1 and all(
        float(c).is_integer() and limits.min_cycle_s <= c <= limits.max_cycle_s for c in cycles
    )


def assess(model: SignalModel, plan: TimingPlan, zones: Sequence[Sequence[int]]) -> Candidate:
    """The model's answer for a plan, from settled profiles."""
    state = model.start(plan)
    by_zone = tuple(float(state.delay[list(zone)].sum()) for zone in zones)
    return Candidate(plan, model.mean_delay_s(state), by_zone)


def best_by_zone(
    model: SignalModel, base: TimingPlan, zones: Sequence[Sequence[int]], candidates: Sequence[Candidate]
) -> Candidate:
    """Each zone from the candidate that serves it best."""
    timings: dict[str, SignalTiming] = dict(base.timings)
    for index, zone in enumerate(zones):
        best = min(candidates, key=lambda candidate: candidate.zone_delay[index])
        timings |= _of_zone(model, best.plan, zone)
    return assess(model, TimingPlan("best cycle of each zone", timings), zones)


def _of_zone(model: SignalModel, plan: TimingPlan, zone: Sequence[int]) -> Mapping[str, SignalTiming]:
    return {model.nodes[node].id: plan[model.nodes[node].id] for node in zone}

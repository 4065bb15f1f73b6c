"""Green waves for the arterials of a problem: offsets for the greens and cycles of a plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from trafficopt.errors import InputError
from trafficopt.model.arterial_corridor import arterial_corridor
from trafficopt.model.arterial_ways import Direction, arterial_links, through_movement
from trafficopt.model.link_costs import LinkCosts, link_costs
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.model.wave_design import WaveChoice, WaveDesign
from trafficopt.network import Arterial
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.search.bands.lines import LinkBands
from trafficopt.search.bands.waves import Wave, WavePlan, network_waves, present_waves
from trafficopt.units import FloatArray, Seconds

MOST_STEPS = 100  # of a cycle: the search over offsets and both lines grows with their third power
BAND_VALUES = (1000.0, 30.0, 10.0, 3.0, 1.0, 0.0)
"""Delay [veh*s/s] that a second of band of all arterials is worth, of each plan that is tried."""


def design_waves(
    problem: Problem,
    plan: TimingPlan,
    arterials: Sequence[str] | None = None,
    *,
    band_values: Sequence[float] = BAND_VALUES,
    shape: LinkBands = LinkBands.SYMMETRIC,
) -> WaveDesign:
    """Find offsets with green waves; greens, stages and cycles stay those of `plan`.

    Bands and the delay on links by cyclic platoons lead the search; the queue model says what each answer
    gives.

    Parameters
    ----------
    arterials
        Names; all of the network by default.
    band_values
        Weights of bands against delay, from much to little.
    shape
        How bands lie about the lines of progression.

    Raises
    ------
    InputError
        If the network has no such arterial, or none of them can have a wave.
    """
    waves, left_out = _waves(problem, plan, _named(problem, arterials))
    if not waves:
        raise InputError(
            "arterials", [f"{key}: {why}" for key, why in left_out.items()], "choose another plan"
        )
    groups = [(cycle, found, _costs(problem, plan, cycle)) for cycle, found in sorted(waves.items())]
    model, choices = QueueModel(problem), []
    present = [
        (found, present_waves(found, costs, costs.steps_of(plan), shape=shape)) for _, found, costs in groups
    ]
    given = _choice(None, plan, present, model)
    for value in band_values:
        timings, solved = dict(plan.timings), []
        free = set(problem.scenario.retime)
        for _, found, costs in groups:
            movable = [key in free for key in costs.signals]
            start = costs.steps_of(TimingPlan("so far", timings))
            answer = network_waves(found, costs, start, movable, value, shape=shape)
            solved.append((found, answer))
            for key, step in zip(costs.signals, answer.steps.tolist(), strict=True):
                if key in free:
                    offset = float(round(step * costs.step_s)) % timings[key].cycle_s
                    timings[key] = replace(timings[key], offset_s=offset)
            free -= {name for wave in found for name in wave.corridor.names}
        choices.append(_choice(value, TimingPlan("green waves", timings), solved, model))
    names = tuple(wave.corridor.name for _, found, _ in groups for wave in found)
    return WaveDesign(given, tuple(choices), names, left_out)


def _named(problem: Problem, names: Sequence[str] | None) -> list[Arterial]:
    known = {arterial.name: arterial for arterial in problem.network.arterials}
    missing = [name for name in names or () if name not in known]
    if missing or not known:
        fault = [f"there is no arterial {name!r}" for name in missing] or "the network has none"
        raise InputError(
            "arterials", fault, f"known are {', '.join(known)}" if known else "name some in scenario.toml"
        )
    return list(known.values()) if names is None else [known[name] for name in dict.fromkeys(names)]


def _waves(
    problem: Problem, plan: TimingPlan, arterials: Sequence[Arterial]
) -> tuple[dict[Seconds, list[Wave]], dict[str, str]]:
    """Arterials by their cycle, the one with most traffic first, and why others have no wave."""
    found: dict[Seconds, list[Wave]] = defaultdict(list)
    left_out = {}
    for arterial in arterials:
        try:
            corridor = arterial_corridor(arterial, problem.network, plan)
        except InputError as error:
            left_out[arterial.name] = "; ".join(error.faults)
            continue
        volumes = [_through_volume(problem, arterial, direction) for direction in Direction]
        found[corridor.cycle_s[0]].append(Wave(corridor, *volumes))
    for waves in found.values():
        waves.sort(key=lambda wave: -float(wave.volume_out.sum() + wave.volume_in.sum()))
    return dict(found), left_out


def _through_volume(problem: Problem, arterial: Arterial, direction: Direction) -> FloatArray:
    """Vehicles that go on along the arterial at the end of each gap, shape (n - 1,) [veh/h].

    One is added to each, so that no link of an arterial counts for nothing.
    """
    by_id = {node.id: node for node in problem.network.intersections}
    flows = zip(problem.movements, problem.flow_veh_h.tolist(), strict=True)
    flow = {(movement.from_link, movement.to_link): volume for movement, volume in flows}
    found = []
    for gap in range(len(arterial.outbound)):
        index = gap + 1 if direction is Direction.OUTBOUND else gap
        node = by_id[arterial.intersections[index]]
        movement = through_movement(node, *arterial_links(arterial, index, direction))
        found.append(1.0 + (flow.get((movement.from_link, movement.to_link), 0.0) if movement else 0.0))
    return np.array(found)


def _costs(problem: Problem, plan: TimingPlan, cycle_s: Seconds) -> LinkCosts:
    """Delay between all signals that run the cycle, or a whole part of it, by differences of offsets."""
    signals = [
        node.id
        for node in problem.network.intersections
        if node.id in plan.timings and abs(cycle_s / plan[node.id].cycle_s % 1.0) < 1e-6
    ]
    step_s = float(np.ceil(cycle_s / MOST_STEPS))
    return link_costs(problem, plan, signals, cycle_s, step_s)


def _choice(
    value: float | None,
    plan: TimingPlan,
    solved: Sequence[tuple[Sequence[Wave], WavePlan]],
    model: QueueModel,
) -> WaveChoice:
    """One choice of all groups; bands count by the traffic of each group."""
    volumes = [sum(float(w.volume_out.sum() + w.volume_in.sum()) for w in waves) for waves, _ in solved]
    bands = [answer.band for _, answer in solved]
    performance = model.performance(plan, model.estimate(plan))
    return WaveChoice(
        value,
        plan,
        float(np.average(bands, weights=volumes)),
        sum(answer.n_breaks for _, answer in solved),
        performance.delay_s,
        performance.stops,
    )

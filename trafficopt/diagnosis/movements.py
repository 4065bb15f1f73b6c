"""Figures of each movement and intersection, from what the models and SUMO say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trafficopt.diagnosis.figures import NAN, IntersectionFigures, MovementFigures
from trafficopt.diagnosis.indices import (
    back_of_queue_veh,
    first_pass_share,
    green_use,
    imbalance,
    needed_green_s,
    split_failure_share,
)
from trafficopt.diagnosis.names import movement_names
from trafficopt.intersection import Intersection, Movement
from trafficopt.measured import Measured
from trafficopt.model.capacity import peak_factor
from trafficopt.model.delay import (
    incremental_delay_s,
    level_of_service,
    progression_factor,
    uniform_delay_s,
)
from trafficopt.model.lane_figures import PERIOD_H
from trafficopt.model.link_storage import lane_storage_m
from trafficopt.model.measures import approach_links
from trafficopt.model.queues.estimate import QueueEstimate
from trafficopt.phrase import Phrase
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem
from trafficopt.signals.explanation import Explanation, LaneFigures
from trafficopt.stage import GREEN
from trafficopt.units import FloatArray, Seconds, VehiclesPerHour

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Answers:
    """What models and SUMO say of a plan.

    Attributes
    ----------
    estimate, links
        Of the queue model, and the order of its links.
    lanes, explanations
        Of each intersection that the plan times, by id: all its lanes, and what other timings would cost.
    on_green
        Share of each movement's arrivals on green, in the order of `Problem.movements`.
    measured
        Of SUMO, if it ran.
    """

    estimate: QueueEstimate
    links: tuple[str, ...]
    lanes: Mapping[str, tuple[LaneFigures, ...]]
    explanations: Mapping[str, Explanation]
    on_green: FloatArray
    measured: Measured | None = None


def intersection_figures(
    problem: Problem, plan: TimingPlan, answers: Answers
) -> tuple[IntersectionFigures, ...]:
    """Give the figures of every intersection that a plan times, in the order of the network."""
    said = _Said(
        passed=_passed(answers),
        on_green=dict(zip(map(_key, problem.movements), answers.on_green.tolist(), strict=True)),
        lost=lost_by_link(answers),
        sumo_lost={key: lost for key, (lost, _) in sumo_by_link(answers).items()},
    )
    return tuple(
        _intersection(problem, index, plan[node.id], answers, said)
        for index, node in enumerate(problem.network.intersections)
        if node.id in plan
    )


@dataclass(frozen=True, slots=True)
class _Passed:
    """What passed a movement in the queue model and in SUMO: vehicles, delay and stops of each."""

    vehicles: float
    delay_s: Seconds
    stops: float
    sumo_vehicles: float
    sumo_delay_s: Seconds


@dataclass(frozen=True, slots=True)
class _Said:
    """Answers by movement, and time lost by link [veh*s]."""

    passed: Mapping[Key, _Passed]
    on_green: Mapping[Key, float]
    lost: Mapping[str, float]
    sumo_lost: Mapping[str, float]


def _key(movement: Movement) -> Key:
    return movement.from_link, movement.to_link


def _passed(answers: Answers) -> dict[Key, _Passed]:
    """What passed every movement of the network."""
    estimate, measured = answers.estimate, answers.measured
    sumo: dict[Key, tuple[float, float]] = {}
    if measured is not None:
        rows = zip(measured.movements, measured.vehicles.tolist(), measured.delay_s.tolist(), strict=True)
        sumo = {key: (n, _each(delay, n)) for key, n, delay in rows}
    arrays = (estimate.served.tolist(), estimate.delay_s.tolist(), estimate.stops.tolist())
    return {
        key: _Passed(n, _each(delay, n), _each(stops, n), *sumo.get(key, (0.0, NAN)))
        for key, n, delay, stops in zip(estimate.movements, *arrays, strict=True)
    }


def _each(total: float, vehicles: float) -> float:
    """Mean over vehicles; nan without any."""
    return total / vehicles if vehicles > 0 else NAN


def lost_by_link(answers: Answers) -> dict[str, float]:
    """Time lost on each link in the queue model [veh*s], waiting to enter it counted."""
    lost = answers.estimate.link_delay_s + answers.estimate.link_depart_delay_s
    return dict(zip(answers.links, lost.tolist(), strict=True))


def sumo_by_link(answers: Answers) -> dict[str, tuple[float, float]]:
    """Time lost [veh*s], as `lost_by_link`, and vehicles of each link in SUMO; none where it did not run."""
    measured = answers.measured
    if measured is None:
        return {}
    lost = (measured.link_delay_s + measured.link_depart_delay_s).tolist()
    rows = zip(measured.links, lost, measured.link_left.tolist(), strict=True)
    return {key: (delay, left) for key, delay, left in rows}


def _intersection(
    problem: Problem, index: int, timing: SignalTiming, answers: Answers, said: _Said
) -> IntersectionFigures:
    node = problem.network.intersections[index]
    lanes, explained = answers.lanes[node.id], answers.explanations[node.id]
    movements = _movements(problem, index, timing, lanes, said)
    # Drivers may choose routes on which the demand has nobody: all movements count.
    passed = [said.passed[_key(movement)] for movement in node.movements]
    vehicles = sum(each.vehicles for each in passed)
    approaches = approach_links(problem.network, node)
    delay_veh_s = sum(said.lost.get(link, 0.0) for link in approaches)
    sumo_veh_s = sum(said.sumo_lost.get(link, 0.0) for link in approaches)
    delay_s = _each(delay_veh_s, vehicles)
    stages = tuple(s.critical.degree_of_saturation if s.critical else 0.0 for s in explained.stages)
    saved_veh_s_s = -(explained.cycle.best_greens_veh_s_s + explained.cycle.alone_veh_s_s)
    held = held_lanes(lanes, len(timing.stages))
    return IntersectionFigures(
        id=node.id,
        district=node.district,
        cycle_s=timing.cycle_s,
        best_cycle_s=explained.cycle.alone_s,
        vehicles=vehicles,
        delay_s=delay_s,
        sumo_delay_s=_each(sumo_veh_s, sum(each.sumo_vehicles for each in passed)),
        delay_veh_h=delay_veh_s / 3600.0,
        level_of_service=level_of_service(delay_s) if vehicles else "",
        critical_saturation=explained.critical_saturation,
        stage_saturation=stages,
        stage_limit=tuple(stage.limit for stage in explained.stages),
        green_use=green_use([k.degree_of_saturation for k in held], [k.flow_veh_h for k in held]),
        imbalance=imbalance(stages),
        approach_imbalance=imbalance(approach_saturation(node, held)),
        first_pass_share=_mean([m.first_pass_share for m in movements], [m.flow_veh_h for m in movements]),
        timing_gain_veh_h=max(0.0, saved_veh_s_s) * problem.period_s / 3600.0,
        standing=tuple(sorted({m.from_link for m in node.movements} & set(answers.estimate.standing))),
        movements=movements,
    )


def held_lanes(lanes: Sequence[LaneFigures], n_stages: int) -> Sequence[LaneFigures]:
    """Lanes that some stage holds at red; all where none is held."""
    return [lane for lane in lanes if len(lane.stages) < n_stages] or lanes


def approach_saturation(node: Intersection, lanes: Sequence[LaneFigures]) -> list[float]:
    """Degree of saturation of the fullest lane of each approach, in the order of the movements."""
    link_of = {movement.id: movement.from_link for movement in node.movements}
    fullest = dict.fromkeys(link_of.values(), 0.0)
    for lane in lanes:
        link = link_of[lane.movements[0]]
        fullest[link] = max(fullest[link], lane.degree_of_saturation)
    return list(fullest.values())


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return float(np.average(values, weights=weights)) if sum(weights) > 0 else NAN


def _movements(
    problem: Problem, index: int, timing: SignalTiming, lanes: Sequence[LaneFigures], said: _Said
) -> tuple[MovementFigures, ...]:
    """Figures of the movements that the demand uses, each on the fullest of its lanes."""
    node = problem.network.intersections[index]
    first = int(np.searchsorted(problem.intersection_of, index))
    mine = slice(first, first + len(node.movements))
    flows = problem.flow_veh_h[mine] * peak_factor(problem.slice_flow_veh_h[mine], problem.slice_s)
    names = movement_names(node.movements, problem.network.links)
    found = []
    for movement, flow in zip(node.movements, flows.tolist(), strict=True):
        on = [lane for lane in lanes if movement.id in lane.movements]
        if on:
            lane = max(on, key=lambda lane: lane.degree_of_saturation)
            found.append(_movement(problem, node, movement, names[movement.id], flow, timing, lane, said))
    return tuple(found)


def _movement(
    problem: Problem,
    node: Intersection,
    movement: Movement,
    name: Phrase,
    flow_veh_h: VehiclesPerHour,
    timing: SignalTiming,
    lane: LaneFigures,
    said: _Said,
) -> MovementFigures:
    load, cycle_s, passed = lane.degree_of_saturation, timing.cycle_s, said.passed[_key(movement)]
    capacity = lane.flow_veh_h / load
    green_s = min(cycle_s, cycle_s * capacity / lane.saturation_flow_veh_h)
    overflow_s = float(incremental_delay_s(load, capacity, PERIOD_H))
    queue_m = problem.space_m * back_of_queue_veh(lane.flow_veh_h, load, green_s, cycle_s, overflow_s)
    green_share, on_green = shown_s(movement, timing) / cycle_s, said.on_green[_key(movement)]
    worse_s = _platoon_loss_s(green_share, on_green, float(uniform_delay_s(cycle_s, green_s, load)))
    return MovementFigures(
        intersection=node.id,
        id=movement.id,
        name=name.en,
        name_zh=name.chinese,
        turn=movement.turn,
        from_link=movement.from_link,
        lane=lane.lane,
        flow_veh_h=flow_veh_h,
        lane_flow_veh_h=lane.flow_veh_h,
        green_s=green_s,
        needed_green_s=needed_green_s(green_s, load),
        saturation=load,
        vehicles=passed.vehicles,
        delay_s=passed.delay_s,
        sumo_delay_s=passed.sumo_delay_s,
        level_of_service=level_of_service(passed.delay_s) if passed.vehicles else "",
        stops=passed.stops,
        first_pass_share=first_pass_share(overflow_s, cycle_s),
        split_failure_share=split_failure_share(lane.flow_veh_h, load, cycle_s),
        arrivals_on_green=on_green,
        green_share=green_share,
        platoon_loss_veh_h=passed.vehicles * worse_s / 3600.0,
        queue_m=queue_m,
        storage_m=lane_storage_m(problem, movement.from_link, lane.lane),
        yields=_yields(movement, timing),
    )


def _platoon_loss_s(green_share: float, on_green: float, uniform_s: Seconds) -> Seconds:
    """Uniform delay beyond that of even arrivals, d1 (PF - 1) [s/veh]; 0 where platoons are no worse."""
    if not np.isfinite(on_green) or not 0.0 < green_share < 1.0:
        return 0.0
    return max(0.0, float(progression_factor(green_share, on_green)) - 1.0) * uniform_s


def shown_s(movement: Movement, timing: SignalTiming) -> Seconds:
    """Displayed green of a movement in a cycle, yellow left out."""
    return sum(
        row.duration_s for row in timing.intervals if any(row.state[k] in GREEN for k in movement.heads)
    )


def _yields(movement: Movement, timing: SignalTiming) -> bool:
    """Whether a movement is green only while others go first."""
    shown = [stage.state[head] for stage in timing.stages for head in movement.heads]
    return bool(movement.yields_to) and "G" not in shown and "g" in shown

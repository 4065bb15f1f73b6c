"""Figures of links and arterials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from trafficopt.diagnosis.figures import (
    NAN,
    ArterialFigures,
    IntersectionFigures,
    LinkFigures,
    MovementFigures,
)
from trafficopt.diagnosis.indices import travel_time_index
from trafficopt.diagnosis.movements import Answers, lost_by_link, sumo_by_link
from trafficopt.model.arterial_ways import Direction, arterial_links, links_in_order, through_movement
from trafficopt.network import Arterial
from trafficopt.problem import Problem
from trafficopt.units import Seconds


def link_figures(problem: Problem, answers: Answers) -> tuple[LinkFigures, ...]:
    """Give the figures of every link that vehicles left, or lost time on, in the queue model."""
    lost, sumo = lost_by_link(answers), sumo_by_link(answers)
    found = []
    for (key, delay), left in zip(lost.items(), answers.estimate.link_left.tolist(), strict=True):
        link = problem.network.links.get(key)
        if link is None or not (left or delay):
            continue
        found.append(
            LinkFigures(
                id=key,
                length_m=link.length_m,
                vehicles=left,
                delay_veh_h=delay / 3600.0,
                travel_time_index=_index([(delay, left, link.free_flow_s)]),
                sumo_travel_time_index=_index([(*sumo[key], link.free_flow_s)] if key in sumo else []),
            )
        )
    return tuple(found)


def _index(links: Iterable[tuple[float, float, Seconds]]) -> float:
    """Travel time index of links by delay [veh*s], vehicles and free travel time [s]."""
    known = list(links)
    free = sum(vehicles * free_s for _, vehicles, free_s in known)
    return travel_time_index(free + sum(delay for delay, *_ in known), free)


def arterial_figures(
    problem: Problem,
    answers: Answers,
    links: Sequence[LinkFigures],
    intersections: Sequence[IntersectionFigures],
) -> tuple[ArterialFigures, ...]:
    """Give the figures of each arterial, outbound and inbound."""
    by_link, sumo = {link.id: link for link in links}, sumo_by_link(answers)
    by_id = {m.id: m for node in intersections for m in node.movements}
    return tuple(
        _arterial(problem, arterial, direction, by_link, by_id, sumo)
        for arterial in problem.network.arterials
        for direction in Direction
    )


def _arterial(
    problem: Problem,
    arterial: Arterial,
    direction: Direction,
    by_link: Mapping[str, LinkFigures],
    by_id: Mapping[str, MovementFigures],
    sumo: Mapping[str, tuple[float, float]],
) -> ArterialFigures:
    links = [problem.network.links[key] for gap in links_in_order(arterial, direction) for key in gap]
    used = [(by_link[link.id], link.free_flow_s) for link in links if link.id in by_link]
    through = [*_through(problem, arterial, direction, by_id)]
    return ArterialFigures(
        name=arterial.name,
        direction=direction,
        travel_time_index=_index((3600.0 * f.delay_veh_h, f.vehicles, free) for f, free in used),
        sumo_travel_time_index=_index((*sumo[k.id], k.free_flow_s) for k in links if k.id in sumo),
        arrivals_on_green=_mean((m.arrivals_on_green, m.vehicles) for m in through),
        stops=_mean((m.stops, m.vehicles) for m in through),
        delay_veh_h=sum(figures.delay_veh_h for figures, _ in used),
    )


def _through(
    problem: Problem, arterial: Arterial, direction: Direction, by_id: Mapping[str, MovementFigures]
) -> Iterable[MovementFigures]:
    """Movements along the arterial at the end of each gap that somebody uses."""
    nodes = {node.id: node for node in problem.network.intersections}
    for index, key in enumerate(arterial.intersections):
        arriving, leaving = arterial_links(arterial, index, direction)
        if arriving is None or key not in nodes:
            continue
        movement = through_movement(nodes[key], arriving, leaving)
        if movement is not None and movement.id in by_id:
            yield by_id[movement.id]


def _mean(pairs: Iterable[tuple[float, float]]) -> float:
    known = [(value, weight) for value, weight in pairs if np.isfinite(value) and weight > 0]
    total = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / total if total else NAN

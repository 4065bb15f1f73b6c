"""Bands of a corridor as shapes in time and distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trafficopt.model.arterial_ways import Direction
from trafficopt.model.band_plan import BandPlan, arcs
from trafficopt.model.corridor import Corridor
from trafficopt.model.progression import Band, widest_band
from trafficopt.units import KM_H_PER_M_S, FloatArray

NOMINAL_M_S = 50.0 / KM_H_PER_M_S
NARROWEST_S = 0.05  # narrower bands are told as none


@dataclass(frozen=True, slots=True)
class Part:
    """A band over the signals from `first` to `last`; it starts at the end where it is entered."""

    first: int
    last: int
    band: Band


def stop_lines_m(corridor: Corridor) -> FloatArray:
    """Distance of each stop line from the first one, shape (n,) [m].

    By the lengths of links or, unless all are known, as far as one gets outbound at 50 km/h.
    """
    lengths = [link.length_m or NOMINAL_M_S * link.travel_out_s[0] for link in corridor.links]
    if not has_lengths(corridor):
        lengths = [NOMINAL_M_S * link.travel_out_s[0] for link in corridor.links]
    return np.concatenate([[0.0], np.cumsum(lengths)])


def has_lengths(corridor: Corridor) -> bool:
    """Whether all lengths are known."""
    return all(link.length_m for link in corridor.links)


def band_parts(plan: BandPlan, direction: Direction) -> list[Part]:
    """The band from end to end, or else those of links where the model has some."""
    n, whole = len(plan.corridor.signals), plan.band(direction)
    if whole.width_s > NARROWEST_S:
        return [Part(0, n - 1, whole)]
    outbound = direction is Direction.OUTBOUND
    widths_s = plan.link_band_out_s if outbound else plan.link_band_in_s
    broken = plan.broken_out if outbound else plan.broken_in
    greens = arcs(plan.corridor, plan.pattern, plan.offset_s, direction)
    travel_s = plan.corridor.travel_s(direction)
    found = []
    for link in range(len(widths_s)):
        entry = link if outbound else link + 1
        ends = slice(link, link + 2)
        band = widest_band(greens[ends], travel_s[ends] - travel_s[entry], plan.cycle_s)
        if link not in broken and band is not None and band.width_s > NARROWEST_S:
            found.append(Part(link, link + 1, band))
    return found


def front_edge(corridor: Corridor, direction: Direction, part: Part, positions_m: FloatArray) -> FloatArray:
    """Front edge of a band as it is driven, from time 0, shape (2 * links, 2): it leaves, it arrives."""
    outbound = direction is Direction.OUTBOUND
    order = range(part.first, part.last) if outbound else range(part.last - 1, part.first - 1, -1)
    leaves_s = corridor.travel_s(direction)
    leaves_s = leaves_s - leaves_s[part.first if outbound else part.last]
    points = []
    for link in order:
        here, there = (link, link + 1) if outbound else (link + 1, link)
        travel_s, _ = corridor.links[link].travel_out_s if outbound else corridor.links[link].travel_in_s
        points.append((leaves_s[here], positions_m[here]))
        points.append((leaves_s[here] + travel_s, positions_m[there]))
    return np.array(points, dtype=np.float64).reshape(-1, 2)

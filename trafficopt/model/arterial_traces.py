"""Ways of simulated vehicles along an arterial, to be drawn over its greens."""

from __future__ import annotations

import numpy as np

from trafficopt.model.arterial_ways import Direction, links_in_order, stop_line_positions
from trafficopt.network import Arterial, Network
from trafficopt.trajectories import Trajectories
from trafficopt.units import FloatArray, Seconds, SecondsArray

Trace = tuple[SecondsArray, FloatArray]
"""Times [s] and distances from the outbound direction's first stop line [m] of a vehicle."""

LONGEST_GAP_S = 10.0  # without a row; a vehicle inside a junction has none


def arterial_traces(
    run: Trajectories, arterial: Arterial, network: Network, from_s: Seconds, until_s: Seconds
) -> tuple[Trace, ...]:
    """Ways of the followed vehicles on an arterial, both directions, between two times.

    A vehicle that leaves the arterial and returns has several. Inbound links are stretched to the length of
    the outbound ones beside them.
    """
    places: dict[str, tuple[float, float]] = {}
    for direction in Direction:
        places |= _places(arterial, network, direction)
    begin_m, metres = (np.full(len(run.links), np.nan) for _ in range(2))
    for k, link in enumerate(run.links):
        if link in places:
            begin_m[k], metres[k] = places[link]
    inside = (run.time_s >= from_s) & (run.time_s <= until_s) & ~np.isnan(begin_m[run.link])
    vehicle, time_s = run.vehicle[inside], run.time_s[inside]
    distance_m = begin_m[run.link[inside]] + metres[run.link[inside]] * run.position_m[inside]
    away = np.sign(metres[run.link[inside]])
    new = (np.diff(vehicle) != 0) | (np.diff(time_s) > LONGEST_GAP_S) | (np.diff(away) != 0)
    parts = np.split(np.arange(len(vehicle)), np.flatnonzero(new) + 1)
    return tuple((time_s[part], distance_m[part]) for part in parts if len(part) > 1)


def _places(arterial: Arterial, network: Network, direction: Direction) -> dict[str, tuple[float, float]]:
    """Of each link, where it begins [m] and what a metre on it counts, negative where driven inbound."""
    lines_m = stop_line_positions(arterial, network)
    outbound = direction is Direction.OUTBOUND
    if not outbound:
        lines_m = lines_m[::-1]
    found = {}
    for gap, path in enumerate(links_in_order(arterial, direction)):
        lengths = [network.links[link].length_m for link in path]
        scale = float(lines_m[gap + 1] - lines_m[gap]) / sum(lengths)
        at_m = float(lines_m[gap])
        for link, length_m in zip(path, lengths, strict=True):
            found[link] = (at_m, scale)
            at_m += scale * length_m
    return found

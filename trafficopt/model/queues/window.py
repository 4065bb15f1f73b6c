"""The surroundings of a signal, fed with what a run of the whole network brought there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from trafficopt.demand import Demand, Departure
from trafficopt.model.queues.fleet import Fleet
from trafficopt.model.queues.state import State
from trafficopt.network import Network
from trafficopt.units import Meters

REACH_M = 150.0


def links_around(network: Network, signals: Collection[str], reach_m: Meters = REACH_M) -> frozenset[str]:
    """Links that lead to some signals or within `reach_m` of their approaches, and those that leave them."""
    links = network.links
    nodes = {links[m.from_link].to_node for key in signals for m in network[key].movements}
    leaving = {link.id for link in links.values() if link.from_node in nodes}
    around: dict[str, Meters] = {}
    ahead = [(node, 0.0) for node in sorted(nodes)]
    while ahead:
        node, distance = ahead.pop()
        for start, _, key in network.graph.in_edges(node, keys=True):
            if distance < around.get(key, np.inf):
                around[key] = distance
                farther = distance + links[key].length_m
                if farther < reach_m:
                    ahead.append((start, farther))
    return frozenset(around) | leaving


def passing_demand(
    demand: Demand, fleet: Fleet, state: State, links: Collection[str], names: tuple[str, ...], begin_s: float
) -> Demand:
    """Vehicles that drove on some links in a recorded run, from when they came there until they left.

    Parameters
    ----------
    demand, fleet, state
        What ran, and its end state, with a log.
    names
        Link ids by index.

    Returns
    -------
    Demand
        One vehicle for each that came, with the part of its route that lies on `links` without a break.
    """
    wanted = np.array([name in links for name in names], dtype=np.bool_)
    order = np.argsort(demand.depart_s, kind="stable")
    departures = demand.departures or (Departure(),) * len(demand)
    kept: list[tuple[float, int, tuple[str, ...], Departure]] = []
    for k in np.flatnonzero(state.vehicles.gone > 0).tolist():
        vehicle, v = state.vehicles[k], int(order[k])
        route = np.searchsorted(fleet.place_at, vehicle.begin, side="right") - 1
        driven = fleet.places.link[vehicle.begin : fleet.place_at[route + 1]]
        on = wanted[driven]
        if not on.any():
            continue
        first = int(on.argmax())
        last = first + int(np.argmin(np.append(on[first:], False)))
        came = vehicle.departed if first == 0 else state.log[vehicle.log_at + first - 1, 1]
        if not np.isfinite(came):
            continue
        departure = replace(departures[v], chooses_route=False)
        if first > 0:
            departure = replace(departure, lane="best", speed="max", position="base")
        if last < len(driven):
            departure = replace(departure, arrival_position="max")
        kept.append((begin_s + float(came), v, tuple(names[i] for i in driven[first:last]), departure))
    kept.sort(key=lambda row: row[:2])
    types = tuple(demand.types[v] for _, v, _, _ in kept)
    return Demand(
        vehicles=tuple(demand.vehicles[v] for _, v, _, _ in kept),
        depart_s=np.array([came for came, _, _, _ in kept], dtype=np.float64),
        routes=tuple(route for _, _, route, _ in kept),
        types=types,
        vehicle_types={key: demand.vehicle_types[key] for key in sorted(set(types))},
        departures=tuple(departure for _, _, _, departure in kept),
    )

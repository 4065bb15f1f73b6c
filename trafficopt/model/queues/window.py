"""The surroundings of some signals, fed with what a run of the whole network brought there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

import numpy as np

from trafficopt.demand import Demand, Departure
from trafficopt.model.queues.fleet import Fleet
from trafficopt.model.queues.state import State
from trafficopt.network import Network
from trafficopt.units import BoolArray, IntArray, Meters, SecondsArray, read_only

REACH_M = 500.0


@dataclass(frozen=True, slots=True)
class Recording:
    """When every vehicle came to every link in a run of the whole network.

    A row is a vehicle on a link that it came to, in the order of vehicles and then of their routes, n of
    them.

    Attributes
    ----------
    vehicle
        Index in the demand, shape (n,).
    link
        Index of the link, shape (n,).
    came_s
        When it came there [s from the begin of the window], shape (n,).
    enters, leaves
        Whether its route begins or ends there, shape (n,).
    """

    vehicle: IntArray = field(repr=False)
    link: IntArray = field(repr=False)
    came_s: SecondsArray = field(repr=False)
    enters: BoolArray = field(repr=False)
    leaves: BoolArray = field(repr=False)

    def __post_init__(self) -> None:
        for array in (self.vehicle, self.link, self.came_s, self.enters, self.leaves):
            read_only(array)


def recording_of(demand: Demand, fleet: Fleet, state: State) -> Recording:
    """What a run with a log leaves.

    Parameters
    ----------
    demand, fleet, state
        What ran, and its end state.
    """
    order = np.argsort(demand.depart_s, kind="stable")
    present = np.flatnonzero(state.vehicles.gone > 0)
    begin = state.vehicles.begin[present].astype(np.int64)
    route = np.searchsorted(fleet.place_at, begin, side="right") - 1
    n_links = fleet.place_at[route + 1] - begin
    first = np.cumsum(n_links) - n_links
    position = np.arange(int(n_links.sum())) - np.repeat(first, n_links)
    passed = np.repeat(state.vehicles.log_at[present].astype(np.int64), n_links) + position - 1
    came = np.where(
        position == 0,
        np.repeat(state.vehicles.departed[present], n_links),
        state.log[np.maximum(passed, 0), 1] if len(state.log) else np.nan,
    )
    known = np.isfinite(came)
    return Recording(
        vehicle=np.repeat(order[present], n_links)[known],
        link=fleet.places.link[np.repeat(begin, n_links) + position][known].astype(np.int64),
        came_s=came[known],
        enters=(position == 0)[known],
        leaves=(position == np.repeat(n_links, n_links) - 1)[known],
    )


def links_around(network: Network, signals: Collection[str], reach_m: Meters = REACH_M) -> frozenset[str]:
    """Links that lead to some signals and those that leave them.

    Upstream they reach as far as the next signals, where vehicles come as these let them, but no link
    begins farther than `reach_m` from a link at the signals.
    """
    links = network.links
    nodes_of = {
        node.id: {links[m.from_link].to_node for m in node.movements} for node in network.intersections
    }
    signalized = {node for nodes in nodes_of.values() for node in nodes}
    own = {node for key in signals for node in nodes_of[network[key].id]}
    leaving = {edge[2] for node in own for edge in network.graph.out_edges(node, keys=True)}
    around: dict[str, Meters] = {}
    ahead = [(node, 0.0) for node in sorted(own)]
    while ahead:
        node, distance = ahead.pop()
        for start, _, key in network.graph.in_edges(node, keys=True):
            if distance < around.get(key, np.inf):
                around[key] = distance
                farther = distance + links[key].length_m
                if farther < reach_m and start not in signalized:
                    ahead.append((start, farther))
    return frozenset(around) | leaving


def passing_demand(
    demand: Demand, recording: Recording, links: Collection[str], names: tuple[str, ...], begin_s: float
) -> Demand:
    """Vehicles that drove on some links in a recorded run, from when they came there until they left.

    Parameters
    ----------
    demand, recording
        What ran, and what was recorded.
    names
        Link ids by index.

    Returns
    -------
    Demand
        One vehicle for each time that one came, with the part of its route that lies on `links` without a
        break.
    """
    wanted = np.array([name in links for name in names], dtype=np.bool_)
    rows = np.flatnonzero(wanted[recording.link])
    starts = np.ones(len(rows), dtype=np.bool_)
    starts[1:] = (np.diff(rows) != 1) | (np.diff(recording.vehicle[rows]) != 0) | recording.enters[rows[1:]]
    at = np.flatnonzero(starts)
    ends = np.append(at[1:], len(rows))
    came = recording.came_s[rows[at]]
    departures = demand.departures or (Departure(),) * len(demand)
    kept: list[tuple[float, int, tuple[str, ...], Departure]] = []
    for k in np.lexsort((recording.vehicle[rows[at]], came)).tolist():
        first, last = int(rows[at[k]]), int(rows[ends[k] - 1])
        v = int(recording.vehicle[first])
        departure = replace(departures[v], chooses_route=False)
        if not recording.enters[first]:
            departure = replace(departure, lane="best", speed="max", position="base")
        if not recording.leaves[last]:
            departure = replace(departure, arrival_position="max")
        route = tuple(names[i] for i in recording.link[first : last + 1])
        kept.append((begin_s + float(came[k]), v, route, departure))
    types = tuple(demand.types[v] for _, v, _, _ in kept)
    return Demand(
        vehicles=tuple(demand.vehicles[v] for _, v, _, _ in kept),
        depart_s=np.array([came for came, _, _, _ in kept], dtype=np.float64),
        routes=tuple(route for _, _, route, _ in kept),
        types=types,
        vehicle_types={key: demand.vehicle_types[key] for key in sorted(set(types))},
        departures=tuple(departure for _, _, _, departure in kept),
    )

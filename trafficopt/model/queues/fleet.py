"""Vehicles, their routes and the lanes that serve them, as flat arrays."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from trafficopt.demand import Demand, Departure, VehicleType
from trafficopt.lanes import LaneGraph
from trafficopt.model.queues.records import Records, records
from trafficopt.scenario import SimulationSettings
from trafficopt.units import FloatArray, IntArray

AHEAD_LINKS = 3
AHEAD_M = 150.0  # beyond, drivers have time to change lanes
FACTOR_BOUNDS = (0.2, 2.0)
ANY_LANE = ("best", "best_prob", "free", "random", "allowed")
FAST = ("max", "desired", "speedLimit", "last", "avg", "random")


class Fleet(NamedTuple):
    """Vehicles in the order of departure, and where their routes lead.

    Attributes
    ----------
    vehicles
        `depart`: wanted departure [s after the begin of the window]; `factor`: the driver's speed factor;
        `kind`; `enter_lane`: lane of insertion, -1: the best one; `start_speed` [m/s]; `first_share`,
        `last_share`: share of the first link still to be driven, and of the last one that is driven;
        `route`, `route_end`: its candidate routes.
    kinds
        Vehicle types: `length`, `gap` [m], `tau` [s], `accel`, `decel` [m/s^2], `top` speed, `impatience`,
        and the speed kept `below` the own limit [m/s].
    place_at
        Places of each route: `place_at[r] .. place_at[r + 1]`.
    places
        Links of a route in order: `link`, and `options`, the list of lanes that serve the route there.
    option_at
        Options of each list: `option_at[k] .. option_at[k + 1]`.
    options
        `lane`, and `connection` that it takes to the next link; -1 at the end of a route.
    watched
        Links of routes that somebody may choose.
    """

    vehicles: Records
    kinds: Records
    place_at: IntArray
    places: Records
    option_at: IntArray
    options: Records
    watched: IntArray


def build_fleet(
    demand: Demand,
    graph: LaneGraph,
    settings: SimulationSettings,
    candidates: Sequence[Sequence[tuple[str, ...]]] | None = None,
    *,
    lanes: LaneOptions | None = None,
) -> Fleet:
    """Flat arrays of the demand.

    Parameters
    ----------
    candidates
        Routes among which each vehicle chooses; by default its route in `demand` alone.
    lanes
        Of the same graph; what they know already need not be found again.
    """
    order = np.argsort(demand.depart_s, kind="stable")
    lanes = lanes or LaneOptions(graph)
    types = list(dict.fromkeys(demand.types))
    kinds = [demand.vehicle_types[key] for key in types]
    kind_of = {key: k for k, key in enumerate(types)}
    departures = demand.departures or (Departure(),) * len(demand)
    places: list[tuple[int, int]] = []
    place_at = [0]
    sets: dict[tuple[str, tuple[tuple[str, ...], ...]], tuple[int, int]] = {}
    enter, start, first, last = [], [], [], []
    chosen_at: list[tuple[int, int]] = []
    for v in order:
        kind = kinds[kind_of[demand.types[v]]]
        options = tuple(candidates[v]) if candidates is not None else (demand.routes[v],)
        key = (kind.vehicle_class, options)
        if key not in sets:
            begin = len(place_at) - 1
            for route in options:
                places += lanes.along(route, kind.vehicle_class)
                place_at.append(len(places))
            sets[key] = (begin, len(place_at) - 1)
        chosen_at.append(sets[key])
        departure = departures[v]
        enter.append(lanes.entry(options[0], kind.vehicle_class, departure.lane))
        start.append(_speed(departure.speed))
        first.append(
            1.0 - _share(departure.position, "base", demand.vehicles[v] + "d", lanes.length(options[0][0]))
        )
        last.append(
            _share(departure.arrival_position, "max", demand.vehicles[v] + "a", lanes.length(options[0][-1]))
        )
    factors = _factors([demand.vehicles[v] for v in order], [kinds[kind_of[demand.types[v]]] for v in order])
    step = min(settings.step_s, 1.0)
    chosen = np.array(chosen_at, dtype=np.int64).reshape(-1, 2)
    vehicles = records(
        {
            "kind": np.array([kind_of[demand.types[v]] for v in order], dtype=np.int64),
            "enter_lane": np.array(enter, dtype=np.int64),
            "route": chosen[:, 0],
            "route_end": chosen[:, 1],
        },
        {
            "depart": demand.depart_s[order] - settings.begin_s,
            "factor": factors,
            "start_speed": np.array(start, dtype=np.float64),
            "first_share": np.array(first, dtype=np.float64),
            "last_share": np.array(last, dtype=np.float64),
        },
    )
    kind_table = records(
        {},
        {
            "length": [float(k.length_m) for k in kinds],
            "gap": [float(k.min_gap_m) for k in kinds],
            "tau": [float(k.tau_s) for k in kinds],
            "accel": [max(0.3, k.accel_m_s2 * (1.0 - 0.5 * k.sigma)) for k in kinds],
            "decel": [float(k.decel_m_s2) for k in kinds],
            "top": [float(k.max_speed_m_s) for k in kinds],
            "impatience": [float(k.impatience) for k in kinds],
            "below": [0.5 * k.sigma * k.accel_m_s2 * step for k in kinds],
        },
    )
    return Fleet(
        vehicles=vehicles,
        kinds=kind_table,
        place_at=np.array(place_at, dtype=np.int64),
        places=records(
            {
                "link": [p[0] for p in places],
                "options": [p[1] for p in places],
            },
            {},
        ),
        option_at=np.array(lanes.at, dtype=np.int64),
        options=records(
            {
                "lane": lanes.lane,
                "connection": lanes.connection,
            },
            {},
        ),
        watched=np.unique(
            [lanes.links[k] for routes in candidates or () if len(routes) > 1 for r in routes for k in r]
        ).astype(np.int64),
    )


def with_other_drivers(fleet: Fleet, demand: Demand, draw: int) -> Fleet:
    """The fleet of a demand with wanted speeds that are drawn anew, by the number `draw`."""
    order = np.argsort(demand.depart_s, kind="stable").tolist()
    vehicles = fleet.vehicles.copy()
    names = [f"{demand.vehicles[v]}/{draw}" for v in order]
    vehicles["factor"] = _factors(names, [demand.vehicle_types[demand.types[v]] for v in order])
    return fleet._replace(vehicles=vehicles)


class LaneOptions:
    """Lists of lanes that serve a route at a link, each made once."""

    def __init__(self, graph: LaneGraph) -> None:
        self.graph = graph
        self.links = {link: k for k, link in enumerate(dict.fromkeys(lane.link for lane in graph.lanes))}
        self.lanes_of: dict[str, list[int]] = defaultdict(list)
        for k, lane in enumerate(graph.lanes):
            self.lanes_of[lane.link].append(k)
        self.leaving: dict[tuple[int, str], list[int]] = defaultdict(list)
        for k, c in enumerate(graph.connections):
            self.leaving[c.from_lane, graph.lanes[c.to_lane].link].append(k)
        self.at = [0]
        self.lane: list[int] = []
        self.connection: list[int] = []
        self._known: dict[tuple[str, tuple[str, ...]], int] = {}
        self._lists: dict[tuple[tuple[int, int], ...], int] = {}

    def length(self, link: str) -> float:
        """Length of a link [m]."""
        return self.graph.lanes[self.lanes_of[link][0]].length_m

    def along(self, route: Sequence[str], vehicle_class: str) -> list[tuple[int, int]]:
        """Link and list of options at each place of a route."""
        found = []
        for k, link in enumerate(route):
            ahead = tuple(route[k : k + 2 + AHEAD_LINKS])
            key = (vehicle_class, ahead)
            if key not in self._known:
                self._known[key] = self._list(self._options(ahead, vehicle_class))
            found.append((self.links[link], self._known[key]))
        return found

    def entry(self, route: Sequence[str], vehicle_class: str, wanted: str) -> int:
        """Lane of insertion, -1 for the best."""
        allowed = [k for k in self.lanes_of[route[0]] if vehicle_class in self.graph.lanes[k].classes]
        if wanted in ANY_LANE or not allowed:
            return -1
        if wanted.isdecimal():
            return min(self.lanes_of[route[0]][0] + int(wanted), self.lanes_of[route[0]][-1])
        return allowed[0]

    def _list(self, options: tuple[tuple[int, int], ...]) -> int:
        if options not in self._lists:
            self._lists[options] = len(self.at) - 1
            self.lane += [lane for lane, _ in options]
            self.connection += [connection for _, connection in options]
            self.at.append(len(self.lane))
        return self._lists[options]

    def _options(self, ahead: tuple[str, ...], vehicle_class: str) -> tuple[tuple[int, int], ...]:
        lanes = self.lanes_of[ahead[0]]
        allowed = [k for k in lanes if vehicle_class in self.graph.lanes[k].classes] or lanes
        if len(ahead) == 1:
            return tuple((k, -1) for k in allowed)
        ways = [(k, c) for k in allowed for c in self.leaving[k, ahead[1]]]
        if not ways:
            ways = [(k, c) for k in lanes for c in self.leaving[k, ahead[1]]]
        reach = [self._reach(self.graph.connections[c].to_lane, ahead[1:], vehicle_class) for _, c in ways]
        best = min(max(reach, default=0.0), AHEAD_M)
        return tuple(way for way, far in zip(ways, reach, strict=True) if far >= best)

    def _reach(self, lane: int, ahead: tuple[str, ...], vehicle_class: str) -> float:
        """Length [m] that can be driven from the begin of a lane on without changing lanes."""
        here = self.graph.lanes[lane]
        if vehicle_class not in here.classes:
            return -1.0
        if len(ahead) == 1:
            return here.length_m + AHEAD_M
        on = [self.graph.connections[c].to_lane for c in self.leaving[lane, ahead[1]]]
        if not on:
            return 0.0
        return here.length_m + max(0.0, *(self._reach(k, ahead[1:], vehicle_class) for k in on))


def _speed(written: str) -> float:
    """Speed at insertion [m/s]; as fast as allowed is a large number."""
    if written in FAST:
        return 1e3
    try:
        return float(written)
    except ValueError:
        return 0.0


def _share(written: str, end: str, name: str, length_m: float) -> float:
    """Place on a link as a share of its length; `end` is what stands for no share or all of it."""
    whole = 0.0 if end == "base" else 1.0
    if written.startswith("random"):
        return uniform(name)
    try:
        metres = float(written)
    except ValueError:
        return whole
    return min(1.0, max(0.0, metres / length_m if metres >= 0 else 1.0 + metres / length_m))


def uniform(name: str) -> float:
    """A number in (0, 1) that hangs on a name alone."""
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") + 0.5) / 2.0**64


def _factors(vehicles: Sequence[str], kinds: Sequence[VehicleType]) -> FloatArray:
    """Speed factors, normally distributed as SUMO draws them."""
    drawn = ndtri(np.array([uniform(name) for name in vehicles]))
    mean = np.array([k.speed_factor for k in kinds])
    return np.clip(mean + drawn * np.array([k.speed_deviation for k in kinds]), *FACTOR_BOUNDS)

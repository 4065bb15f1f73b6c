"""Route the trips to near-equilibrium by successive averages over whole trips."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from city import City
from demand import Trips
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from stages import Signal, turn_edges
from streets import Connection, Streets
from tables import Tables
from webster import flow_ratio, webster_cycle, webster_greens

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Greens = Mapping[str, list[int]]


@dataclass(slots=True)
class RoadGraph:
    """Edges as nodes, permitted turns as arcs."""

    edges: list[str]
    arcs: dict[tuple[int, int], int]
    tail: Ints
    head: Ints
    edge_time_s: Floats
    capacity_veh_h: Floats
    """Of arcs that yield; infinite elsewhere."""
    movement: dict[tuple[str, str, str], int]
    """Arc of each signalized movement (intersection, leg, turn)."""


def build_graph(city: City, streets: Streets, signals: Mapping[str, Signal], tables: Tables) -> RoadGraph:
    """Return the graph on which trips are routed."""
    edges = list(streets.edges)
    index = {name: i for i, name in enumerate(edges)}
    arcs: dict[tuple[int, int], int] = {}
    capacity: list[float] = []
    for link in streets.connections:
        pair = (index[link.from_edge], index[link.to_edge])
        if pair not in arcs:
            arcs[pair] = len(arcs)
            capacity.append(_capacity(city, streets, tables, link))
    movement = {
        (name, leg, turn): arcs[index[a], index[b]]
        for name, signal in signals.items()
        for (leg, turn), (a, b) in turn_edges(signal, streets).items()
    }
    tail, head = np.array(list(arcs), dtype=np.int64).T
    speed = {name: road["speed_m_s"] for name, road in tables.city["class"].items()}
    times = [1.05 * e.length_m / speed[e.road_class] for e in streets.edges.values()]
    return RoadGraph(edges, arcs, tail, head, np.array(times), np.array(capacity), movement)


def _capacity(city: City, streets: Streets, tables: Tables, link: Connection) -> float:
    """Return the flow that an unsignalized yielding turn is trusted with, else infinity."""
    rule = tables.city["assignment"]
    if link.turn == "U":
        return float(rule["opening_capacity_veh_h"])
    if ".slip" in link.from_edge:
        return float(rule["merge_capacity_veh_h"])
    junction = city.junctions.get(link.node)
    if junction is None or junction.signal or len(junction.legs) < 3:
        return float("inf")
    leg = next(k for k in junction.legs if streets.approach[link.node, k].id == link.from_edge)
    rank = {k: tables.city["class"][b.road_class]["priority"] for k, b in junction.legs.items()}
    minor_leg = rank[leg] < max(rank.values()) or len(set(rank.values())) == 1
    if junction.right_in_right_out:
        return float(rule["merge_capacity_veh_h"]) if minor_leg else float("inf")
    if minor_leg or link.turn == "L":
        return float(rule["minor_capacity_veh_h"])
    return float("inf")


class Assignment:
    """Routes of all trips and the flows that they add up to."""

    def __init__(
        self,
        graph: RoadGraph,
        trips: Trips,
        signals: Mapping[str, Signal],
        tables: Tables,
        rng: np.random.Generator,
    ) -> None:
        self.graph, self.signals, self.tables, self.rng = graph, signals, tables, rng
        index = {name: i for i, name in enumerate(graph.edges)}
        self.origin = np.array([index[name] for name in trips.origin])
        self.destination = np.array([index[name] for name in trips.destination])
        self.paths: list[Ints] = [np.empty(0, dtype=np.int64)] * len(self.origin)
        self.flow = np.zeros(len(graph.arcs))
        self.gap = 1.0

    def ratios(self, flow: Floats) -> dict[str, dict[tuple[str, str], float]]:
        """Return flow over saturation flow of each lane group of each signal."""
        through = self.tables.value("saturation", "through_veh_h")
        turn = self.tables.value("saturation", "turn_veh_h")
        return {
            name: {
                key: flow_ratio(
                    {t: float(flow[self.graph.movement[name, group.leg, t]]) for t in group.turns},
                    group.lanes,
                    through,
                    turn,
                )
                for key, group in signal.groups.items()
            }
            for name, signal in self.signals.items()
        }

    def webster_greens(self) -> dict[str, list[int]]:
        """Return the greens that Webster's rule gives the present flows, each at its own cycle."""
        plan = self.tables.city["plan"]
        found: dict[str, list[int]] = {}
        for name, ratios in self.ratios(self.flow).items():
            signal = self.signals[name]
            low = plan["min_cycle_arterial_s" if signal.junction.on_arterial else "min_cycle_s"]
            cycle = webster_cycle(signal, ratios, 5, low, plan["max_cycle_s"])
            found[name] = webster_greens(signal, ratios, cycle)
        return found

    def delays(self, greens: Greens) -> Floats:
        """Return the delay of each arc at the present flows [s]."""
        capacity = self.graph.capacity_veh_h
        limited = np.isfinite(capacity)
        delay = np.zeros(len(capacity))
        x = self.flow[limited] / capacity[limited]
        service = 3600.0 / capacity[limited]
        delay[limited] = service + 900.0 * (x - 1 + np.sqrt((x - 1) ** 2 + service * x / 450.0))
        usable = self.tables.value("assignment", "usable_capacity_share")
        for name, ratios in self.ratios(self.flow).items():
            signal = self.signals[name]
            cycle = sum(greens[name]) + len(signal.stages) * signal.intergreen_s
            for key, group in signal.groups.items():
                share = signal.green_share(greens[name], key)
                saturation = group.lanes * self.tables.value(
                    "saturation", "through_veh_h" if key[1] == "T" else "turn_veh_h"
                )
                wait = _signal_delay(ratios[key] / usable, share, cycle, saturation * usable)
                for turn in group.turns:
                    delay[self.graph.movement[name, group.leg, turn]] = wait
        return delay

    def round(self, greens: Greens, share: float) -> None:
        """Let a share of the trips that would gain take their shortest route now."""
        graph = self.graph
        cost = graph.edge_time_s[graph.head] + self.delays(greens)
        size = len(graph.edges)
        matrix = csr_matrix((cost, (graph.tail, graph.head)), shape=(size, size))
        origins, row = np.unique(self.origin, return_inverse=True)
        distance, before = dijkstra(matrix, indices=origins, return_predecessors=True)
        best = distance[row, self.destination]
        if not np.isfinite(best).all():
            trip = int(np.flatnonzero(~np.isfinite(best))[0])
            names = graph.edges[self.origin[trip]], graph.edges[self.destination[trip]]
            raise RuntimeError(f"no route from {names[0]} to {names[1]}")
        first = not len(self.paths[0])
        if first:
            chosen = np.arange(len(best))
        else:
            now = np.array([cost[path].sum() for path in self.paths])
            self.gap = float((now - best).sum() / now.sum())
            gains = now > best * (1.0 + self.tables.value("assignment", "switch_gain"))
            chosen = np.flatnonzero(gains & (self.rng.random(len(best)) < share))
        for trip in chosen.tolist():
            node, start = int(self.destination[trip]), int(self.origin[trip])
            tree = before[row[trip]]
            arcs: list[int] = []
            while node != start:
                previous = int(tree[node])
                arcs.append(graph.arcs[previous, node])
                node = previous
            self.paths[trip] = np.array(arcs[::-1], dtype=np.int64)
        self.flow = np.bincount(np.concatenate(self.paths), minlength=len(cost)).astype(float)

    def routes(self) -> list[list[str]]:
        """Return the edges of each trip's route."""
        graph = self.graph
        return [
            [graph.edges[start], *(graph.edges[i] for i in graph.head[path])]
            for start, path in zip(self.origin, self.paths, strict=True)
        ]


def _signal_delay(ratio: float, share: float, cycle: int, saturation: float) -> float:
    """Return control delay after HCM: uniform and overflow part for one hour [s]."""
    x = ratio / share
    uniform = 0.5 * cycle * (1.0 - share) ** 2 / (1.0 - min(1.0, x) * share + 1e-9)
    if share >= 1.0:
        uniform = 4.0
    capacity = saturation * share
    overflow = 900.0 * (x - 1 + np.sqrt((x - 1) ** 2 + 4.0 * x / capacity))
    return float(uniform + overflow)

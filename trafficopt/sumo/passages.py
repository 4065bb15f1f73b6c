"""Passages of vehicles from link to link, from SUMO's routes with exit times."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from trafficopt.lanes import LaneGraph
from trafficopt.scenario import Scenario
from trafficopt.sumo.discharge import Passage
from trafficopt.sumo.xml import opened
from trafficopt.units import FloatArray, Meters

VEHICLES = "vehicles.xml"
ROUTES = (
    *("--vehroute-output", VEHICLES, "--vehroute-output.exit-times"),
    "--vehroute-output.write-unfinished",
)


@dataclass(frozen=True, slots=True)
class Index:
    """Movements and links of a network with what a free vehicle needs for them.

    Attributes
    ----------
    movement_of
        Place of each movement.
    link_of
        Place of each link.
    length_m, speed_m_s
        Length of each link, and the limit on its first lane, shape (m,).
    path_m, turn_speed_m_s
        Mean path of each movement inside the junction, and its limit, shape (n,).
    top_m_s
        Top speed of each vehicle type.
    """

    graph: LaneGraph
    movement_of: Mapping[tuple[str, str], int]
    link_of: Mapping[str, int]
    length_m: FloatArray
    speed_m_s: FloatArray
    path_m: FloatArray
    turn_speed_m_s: FloatArray
    top_m_s: Mapping[str, float]

    @classmethod
    def of(cls, scenario: Scenario, graph: LaneGraph) -> Index:
        """Index of a scenario; movements and links in the order of `graph`."""
        lanes = graph.lanes
        links = {lane.link: lane for lane in reversed(lanes)}
        order = list(dict.fromkeys(lane.link for lane in lanes))
        pairs = [(lanes[c.from_lane].link, lanes[c.to_lane].link) for c in graph.connections]
        movement_of = {pair: k for k, pair in enumerate(dict.fromkeys(pairs))}
        of_connection = [movement_of[pair] for pair in pairs]
        n = np.bincount(of_connection, minlength=len(movement_of))
        path = np.bincount(of_connection, [c.length_m for c in graph.connections], len(movement_of))
        speed = np.bincount(of_connection, [c.speed_m_s for c in graph.connections], len(movement_of))
        return cls(
            graph=graph,
            movement_of=movement_of,
            link_of={link: k for k, link in enumerate(order)},
            length_m=np.array([links[key].length_m for key in order]),
            speed_m_s=np.array([links[key].speed_m_s for key in order]),
            path_m=path / n,
            turn_speed_m_s=speed / n,
            top_m_s={key: kind.max_speed_m_s for key, kind in scenario.demand.vehicle_types.items()},
        )


class Trip(NamedTuple):
    """Place of departure on the first link, and whether the vehicle stopped anywhere."""

    depart_m: Meters
    stopped: bool


class Sums(NamedTuple):
    """Of all vehicles that finished each of n movements in one run.

    Attributes
    ----------
    vehicles, time_s, delay_s, delay_squares
        Number, times [s], delays [s] and their squares [s^2], shape (n,).
    free
        Times [s] of single vehicles that nothing stopped, times their speed factor, by movement.
    """

    vehicles: FloatArray
    time_s: FloatArray
    delay_s: FloatArray
    delay_squares: FloatArray
    free: Mapping[int, list[float]]


def rows_of(path: Path, tag: str) -> Iterator[Mapping[str, str]]:
    """Attributes of the elements of a name; none if SUMO wrote no such file."""
    if not path.exists():
        return
    with opened(path) as stream:
        for _, element in ET.iterparse(stream):
            if element.tag == tag:
                yield element.attrib
            element.clear()


def passages_of(
    path: Path, index: Index, trips: Mapping[str, Trip]
) -> tuple[Sums, dict[tuple[str, str], Passage]]:
    """Sums by movement, and all passages by vehicle and link.

    Parameters
    ----------
    path
        What SUMO wrote with `ROUTES`.
    """
    n = len(index.movement_of)
    free: dict[int, list[float]] = defaultdict(list)
    sums = Sums(np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n), free)
    passages: dict[tuple[str, str], Passage] = {}
    for row, links, exits in _driven(path):
        factor, entry = float(row.get("speedFactor", 1.0)), float(row["depart"])
        trip, top = trips.get(row["id"], Trip(0.0, True)), index.top_m_s.get(row.get("type", ""), np.inf)
        for k, left in enumerate(exits[: len(links) - 1]):
            if left < 0:
                break
            movement = index.movement_of.get((links[k], links[k + 1]))
            if movement is not None:
                here = index.link_of[links[k]]
                length = max(0.0, index.length_m[here] - (trip.depart_m if k == 0 else 0.0))
                over_link = length / min(top, factor * index.speed_m_s[here])
                inside = index.path_m[movement] / min(top, factor * index.turn_speed_m_s[movement])
                lost = left - entry - over_link - inside
                sums.vehicles[movement] += 1
                sums.time_s[movement] += left - entry
                sums.delay_s[movement] += lost
                sums.delay_squares[movement] += lost * lost
                passages[row["id"], links[k]] = Passage(movement, entry + over_link)
                if k and not trip.stopped:
                    free[movement].append((left - entry) * factor)
            entry = left
    return sums, passages


def _driven(path: Path) -> Iterator[tuple[Mapping[str, str], list[str], list[float]]]:
    """Attributes of all vehicles that departed, their links and exit times [s] (-1: not left)."""
    with opened(path) as stream:
        for _, element in ET.iterparse(stream):
            if element.tag != "vehicle":
                continue
            routes = [route for route in element.iter("route") if route.get("exitTimes")]
            if float(element.attrib["depart"]) >= 0 and routes:
                exits = [float(t) for t in routes[-1].attrib["exitTimes"].split()]
                yield element.attrib, routes[-1].attrib["edges"].split(), exits
            element.clear()

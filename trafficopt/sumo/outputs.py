"""Read what SUMO wrote: trips, statistics, time lost on each link."""

from __future__ import annotations

import xml.etree.ElementTree as ET  # SUMO's own output of a moment ago needs no defused parser
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path

from trafficopt.errors import InputError
from trafficopt.evaluation import SeedResult
from trafficopt.sumo.xml import opened
from trafficopt.units import Seconds

TRIPS = "tripinfo.xml"
STATISTICS = "statistics.xml"
LINKS = "links.xml"


@dataclass(frozen=True, slots=True)
class LinkFigures:
    """Of one link in one run: time lost [veh*s], and vehicles that left it or arrived on it."""

    delay_s: Seconds
    vehicles: float


@dataclass(slots=True)
class _Tally:
    """Running account of all demanded vehicles of a run."""

    delays_s: list[Seconds] = field(default_factory=list)
    depart_delays_s: list[Seconds] = field(default_factory=list)
    waiting_s: list[Seconds] = field(default_factory=list)
    stops: int = 0
    completed: int = 0
    unfinished: int = 0
    undeparted: int = 0

    def count(self, trip: Mapping[str, str]) -> None:
        """Add a vehicle that SUMO reported."""
        depart_delay = float(trip["departDelay"])
        self.depart_delays_s.append(depart_delay)
        if float(trip["depart"]) < 0:
            self.undeparted += 1
            self.delays_s.append(depart_delay)
            return
        self.delays_s.append(depart_delay + float(trip["timeLoss"]))
        self.waiting_s.append(float(trip["waitingTime"]))
        self.stops += int(trip["waitingCount"])
        if float(trip["arrival"]) < 0:
            self.unfinished += 1
        else:
            self.completed += 1

    def count_unreported(self, waited_s: Seconds) -> None:
        """Add a vehicle that SUMO never loaded."""
        self.undeparted += 1
        self.delays_s.append(waited_s)
        self.depart_delays_s.append(waited_s)


def read_run(
    folder: Path, seed: int, demanded: Mapping[str, Seconds], flows: Set[str], end_s: Seconds
) -> SeedResult:
    """Figures of one run over all demanded vehicles.

    Parameters
    ----------
    folder
        Where the run left `TRIPS` and `STATISTICS`.
    demanded
        Wanted departure [s] by vehicle; one that SUMO does not report has waited until `end_s`.
    flows
        Flows whose vehicles (`flow.number`) are demanded once SUMO reports them.

    Raises
    ------
    InputError
        If a file is missing or not whole, or no vehicle is demanded.
    """
    tally = _Tally()
    seen = set()
    for trip in _trips(folder / TRIPS):
        vehicle = trip["id"]
        if vehicle in demanded or _flow_of(vehicle) in flows:
            seen.add(vehicle)
            tally.count(trip)
    for vehicle, depart in demanded.items():
        if vehicle not in seen:
            tally.count_unreported(end_s - depart)
    n = len(tally.delays_s)
    if not n:
        raise InputError("demand", "no vehicle departs within the window", "check begin and end")
    counts = _statistics(folder / STATISTICS)
    return SeedResult(
        seed=seed,
        demanded=n,
        completed=tally.completed,
        unfinished=tally.unfinished,
        undeparted=tally.undeparted,
        mean_delay_s=round(sum(tally.delays_s) / n, 3),
        mean_stops=round(tally.stops / n, 4),
        mean_waiting_s=round(sum(tally.waiting_s) / n, 3),
        mean_depart_delay_s=round(sum(tally.depart_delays_s) / n, 3),
        teleports=counts["teleports"],
        collisions=counts["collisions"],
        emergency_stops=counts["emergency_stops"],
    )


def read_link_figures(path: Path) -> dict[str, LinkFigures]:
    """Time lost and vehicles served on each link that a vehicle drove, from `<edgeData>`."""
    return {
        edge["id"]: LinkFigures(
            float(edge.get("timeLoss", 0.0)), float(edge.get("left", 0)) + float(edge.get("arrived", 0))
        )
        for edge in _attributes(path, "edge")
    }


def _flow_of(vehicle: str) -> str:
    """Flow that made a vehicle, going by its id; empty if none.

    Examples
    --------
    >>> _flow_of("west.12"), _flow_of("west")
    ('west', '')
    """
    flow, _, number = vehicle.rpartition(".")
    return flow if number.isdecimal() else ""


def _trips(path: Path) -> Iterator[Mapping[str, str]]:
    return _attributes(path, "tripinfo")


def _attributes(path: Path, tag: str) -> Iterator[Mapping[str, str]]:
    with opened(path) as stream:
        for _, element in ET.iterparse(stream):
            if element.tag == tag:
                yield element.attrib
                element.clear()


def _statistics(path: Path) -> dict[str, int]:
    with opened(path) as stream:
        root = ET.parse(stream).getroot()
    return {
        "teleports": _count(root, "teleports", "total"),
        "collisions": _count(root, "safety", "collisions"),
        "emergency_stops": _count(root, "safety", "emergencyStops"),
    }


def _count(root: ET.Element, tag: str, attribute: str) -> int:
    element = root.find(tag)
    return 0 if element is None else int(element.get(attribute, 0))

"""Read what SUMO wrote: trips, statistics, time lost on each link."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET  # SUMO's own output of a moment ago needs no defused parser
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from types import MappingProxyType

from trafficopt.errors import InputError
from trafficopt.evaluation import SeedResult
from trafficopt.run_verdict import RunFacts, doubts_of
from trafficopt.sumo.link_course import INTERVALS, LinkCourse, read_link_course
from trafficopt.sumo.vehicle_tally import Tally
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


@dataclass(frozen=True, slots=True)
class _Window:
    """When vehicles must want to depart in order to count, and when the run ends."""

    begin_s: Seconds | None
    end_s: Seconds
    warm_up_s: Seconds

    @property
    def from_s(self) -> Seconds:
        """Wanted departure from which on vehicles count: all of them where there is no warm-up."""
        return (self.begin_s or 0.0) + self.warm_up_s if self.warm_up_s else -math.inf

    @property
    def half_s(self) -> Seconds:
        """Half time of what counts; nan where the begin is not known."""
        return math.nan if self.begin_s is None else (self.begin_s + self.warm_up_s + self.end_s) / 2.0


def read_run(
    folder: Path,
    seed: int,
    demanded: Mapping[str, Seconds],
    flows: Set[str],
    end_s: Seconds,
    *,
    begin_s: Seconds | None = None,
    warm_up_s: Seconds = 0.0,
    origins: Mapping[str, str] = MappingProxyType({}),
) -> SeedResult:
    """Figures of one run over all demanded vehicles, and whether it can be believed.

    Parameters
    ----------
    folder
        Where the run left `TRIPS` and `STATISTICS`, and perhaps `INTERVALS`.
    demanded
        Wanted departure [s] by vehicle; one that SUMO does not report has waited until `end_s`.
    flows
        Flows whose vehicles (`flow.number`) are demanded once SUMO reports them.
    begin_s
        Begin of the window; without it nobody can tell what grew in the run.
    warm_up_s
        Vehicles and pedestrians that want to depart in the first seconds do not count.
    origins
        Link on which a vehicle wants to enter.

    Raises
    ------
    InputError
        If a file is missing or not whole, or no vehicle is demanded.
    """
    window = _Window(begin_s, end_s, warm_up_s)
    tally = _counted(folder / TRIPS, window, demanded, flows, origins)
    n = len(tally.delays_s)
    if not n:
        raise InputError("demand", "no vehicle departs within the window", "check begin, end and warm-up")
    counts = _statistics(folder / STATISTICS)
    course = None
    if (folder / INTERVALS).exists():
        course = read_link_course(folder / INTERVALS, window.from_s)
    return SeedResult(
        seed=seed,
        demanded=n,
        completed=tally.completed,
        unfinished=tally.unfinished,
        undeparted=len(tally.undeparted),
        mean_delay_s=round(sum(tally.delays_s) / n, 3),
        mean_stops=round(tally.stops / n, 4),
        mean_waiting_s=round(sum(tally.waiting_s) / n, 3),
        mean_depart_delay_s=round(sum(tally.depart_delays_s) / n, 3),
        **counts,
        longest_queue_veh=None if course is None else round(course.longest_queue_veh, 3),
        pedestrian_wait_s=round(fmean(tally.walk_waits_s), 3) if tally.walk_waits_s else None,
        fuel_g_km=round(tally.fuel_mg / tally.driven_m, 4) if tally.driven_m else None,
        co2_g_km=round(tally.co2_mg / tally.driven_m, 4) if tally.driven_m else None,
        doubts=doubts_of(_facts(tally, counts, course or LinkCourse(), begin_s is not None)),
    )


def _counted(
    path: Path,
    window: _Window,
    demanded: Mapping[str, Seconds],
    flows: Set[str],
    origins: Mapping[str, str],
) -> Tally:
    """Account of the vehicles and pedestrians that count."""
    tally, seen = Tally(window.half_s, origins), set()
    for element in _elements(path, ("tripinfo", "personinfo")):
        if element.tag == "personinfo":
            if float(element.attrib["depart"]) >= window.from_s:
                tally.count_walks(element)
            continue
        vehicle = element.attrib["id"]
        if vehicle in demanded or _flow_of(vehicle) in flows:
            seen.add(vehicle)
            wanted_s = demanded.get(vehicle, _wanted_s(element.attrib, window.end_s))
            if wanted_s >= window.from_s:
                tally.count(element, wanted_s)
    for vehicle, depart in demanded.items():
        if vehicle not in seen and depart >= window.from_s:
            tally.count_undeparted(vehicle, depart, window.end_s - depart)
    return tally


def _facts(tally: Tally, counts: Mapping[str, int], course: LinkCourse, halved: bool) -> RunFacts:
    """What the run is judged by."""
    return RunFacts(
        demanded=len(tally.delays_s),
        unfinished=tally.unfinished,
        undeparted=len(tally.undeparted),
        **counts,
        waiting_half=tally.waiting_half if halved else None,
        wanted_at=tally.wanted_at,
        undeparted_at=tally.undeparted_at(),
        standstill_s=course.standstill_s,
        present_veh=course.present_veh,
        locked_veh=course.locked_veh,
    )


def _wanted_s(trip: Mapping[str, str], end_s: Seconds) -> Seconds:
    """When a vehicle of a flow wanted to depart."""
    depart = float(trip["depart"])
    return (end_s if depart < 0 else depart) - float(trip["departDelay"])


def read_link_figures(path: Path) -> dict[str, LinkFigures]:
    """Time lost and vehicles served on each link that a vehicle drove, from `<edgeData>`."""
    return {
        edge.attrib["id"]: LinkFigures(
            float(edge.get("timeLoss", 0.0)), float(edge.get("left", 0)) + float(edge.get("arrived", 0))
        )
        for edge in _elements(path, ("edge",))
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


def _elements(path: Path, tags: tuple[str, ...]) -> Iterator[ET.Element]:
    with opened(path) as stream:
        for _, element in ET.iterparse(stream):
            if element.tag in tags:
                yield element
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

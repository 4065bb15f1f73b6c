"""Read demand: what the files name, and the route that each vehicle takes."""

from __future__ import annotations

import math
import re
import sys
import tempfile
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from defusedxml.ElementTree import iterparse

from trafficopt.demand import Demand, Departure, VehicleType
from trafficopt.errors import InputError, SimulationError, TrafficoptWarning
from trafficopt.scenario import SimulationSettings
from trafficopt.sumo.binary import run_tool
from trafficopt.sumo.config import is_yes, parse_time
from trafficopt.sumo.vehicle_types import vehicle_type
from trafficopt.sumo.xml import opened

ROAD_USERS = ("vehicle", "trip", "flow")
# Places to stop at, as elements and as attributes of a stop.
STANDS = ("busStop", "trainStop", "containerStop", "chargingStation", "parkingArea")
DEFAULT_TYPE = "DEFAULT_VEHTYPE"
NO_DEMAND = "No route input specified"  # what duarouter says where nothing departs within the window
# What SUMO expects in the order of departure.
ORDERED = (*ROAD_USERS, "person", "personFlow", "container", "containerFlow")


@dataclass(slots=True)
class NamedDemand:
    """What route and additional files name.

    Attributes
    ----------
    departures
        Wanted departure [s] of every `<vehicle>` and `<trip>`, by id.
    flows
        Ids of `<flow>` elements.
    homes
        The file that names a vehicle, trip or flow, by id.
    without_route
        Those for which SUMO finds a route when they depart: id, and whether it is a flow.
    """

    departures: dict[str, float] = field(default_factory=dict)
    flows: set[str] = field(default_factory=set)
    homes: dict[str, Path] = field(default_factory=dict)
    without_route: set[tuple[str, bool]] = field(default_factory=set)

    def chooses_route(self, vehicle: str) -> bool:
        """Whether SUMO finds the route of a vehicle (of a flow: `flow.number`) when it departs."""
        flow, _, number = vehicle.rpartition(".")
        if (vehicle, False) in self.without_route:
            return True
        return vehicle not in self.departures and number.isdecimal() and (flow, True) in self.without_route


@dataclass(slots=True)
class _Order:
    """Follows the departures of a route file as SUMO does, and counts what it leaves out."""

    last_s: float = -math.inf
    ignored: list[str] = field(default_factory=list)

    def take(self, element: ET.Element, depart_s: float | None) -> None:
        if depart_s is None:
            return
        if depart_s < self.last_s:
            self.ignored.append(element.get("id", ""))
        elif not element.get("line"):  # public transport may stand ahead of its time
            self.last_s = depart_s


def named_demand(settings: SimulationSettings) -> NamedDemand:
    """Scan all files for vehicles, trips and flows.

    Warns of the vehicles that SUMO leaves out because they stand after a later departure; they stay
    demanded, and never depart.

    Raises
    ------
    InputError
        If a file is missing or broken, or two vehicles share an id.
    """
    named, seen = NamedDemand(), set()
    sorts_itself = parse_time(settings.options.get("route-steps", "200")) <= 0
    for path in (*settings.routes, *settings.additional):
        order = _Order()
        faults = []
        for element in _elements(path, (*ORDERED, "include")):
            if element.tag == "include":
                remedy = "name that file in <additional-files> or <route-files>"
                raise InputError(path, f"includes {element.get('href')!r}, which is not followed", remedy)
            depart = _departure(element, settings.begin_s)
            order.take(element, depart)
            if element.tag in ROAD_USERS:
                key, is_flow = element.get("id", ""), element.tag == "flow"
                if not key:
                    faults.append(f"<{element.tag}> lacks its id (depart {element.get('depart')!r})")
                elif (key, is_flow) in seen:
                    faults.append(f"{element.tag} {key!r} stands in {named.homes[key].name} already")
                seen.add((key, is_flow))
                named.homes[key] = path
                if not _has_route(element):
                    named.without_route.add((key, is_flow))
                if is_flow:
                    named.flows.add(key)
                elif depart is not None:
                    named.departures[key] = depart
        if faults:
            raise InputError(path, faults, "give each vehicle an id of its own")
        if order.ignored and path in settings.routes and not sorts_itself:
            _warn_of(path, order.ignored)
    return named


def _has_route(element: ET.Element) -> bool:
    """Whether a vehicle or flow comes with its route, or with several to draw from."""
    return element.get("route") is not None or any(
        element.find(name) is not None for name in ("route", "routeDistribution")
    )


def _warn_of(path: Path, ignored: Sequence[str]) -> None:
    warnings.warn(
        f"{path}: SUMO ignores {len(ignored)} entries that stand after a later departure "
        f"(the first is {ignored[0]!r}); they are counted as never departed. "
        'Sort the file by departure, or set <route-steps value="0"/>.',
        TrafficoptWarning,
        stacklevel=4,
    )


def _elements(path: Path, tags: Sequence[str]) -> Iterator[ET.Element]:
    """Elements of a file with all that is inside them; the others are dropped as they come."""
    with opened(path) as stream:
        depth = 0
        for event, element in iterparse(stream, events=("start", "end")):
            if element.tag in tags:
                depth += 1 if event == "start" else -1
                if event == "end" and not depth:
                    yield element
            if event == "end" and not depth:
                element.clear()


def _departure(element: ET.Element, begin_s: float) -> float | None:
    """Wanted departure [s], of a flow its begin; None where it hangs on something else ("triggered")."""
    is_flow = element.tag.lower().endswith("flow")
    text = element.get("begin", "0") if is_flow else element.get("depart", "")
    if text == "begin":
        return begin_s
    try:
        return parse_time(text)
    except ValueError:
        return None


def routed_demand(settings: SimulationSettings, named: NamedDemand) -> Demand:
    """Demand within the window, with the route of each vehicle; duarouter routes trips and flows once.

    Raises
    ------
    InputError
        If a route names an unknown edge, or a trip cannot be driven.
    """
    with tempfile.TemporaryDirectory(prefix="trafficopt-") as folder:
        routed, types = Path(folder) / "routed.xml", Path(folder) / "types.xml"
        try:
            run_tool("duarouter", _arguments(settings, routed, types), time_limit_s=1800.0)
        except SimulationError as error:
            if NO_DEMAND not in error.log or _in_window(settings, named):
                raise _unroutable(settings, named, error) from None
            return Demand((), np.zeros(0), (), (), {})
        return _read_routed(routed, _read_types(types, settings.options), settings, named)


def _in_window(settings: SimulationSettings, named: NamedDemand) -> bool:
    return any(settings.begin_s <= depart < settings.end_s for depart in named.departures.values())


def _arguments(settings: SimulationSettings, routed: Path, types: Path) -> list[str]:
    arguments = ["-n", str(settings.net), "-o", str(routed), "--vtype-output", str(types)]
    arguments += ["--no-warnings", "--no-step-log", "--skip-new-routes", "--unsorted-input", "--seed", "1"]
    arguments += ["--begin", f"{settings.begin_s:.10g}"]
    if math.isfinite(settings.end_s):
        arguments += ["--end", f"{settings.end_s:.10g}"]
    for option, files in (("-r", settings.routes), ("-a", settings.additional)):
        if files:
            arguments += [option, ",".join(map(str, files))]
    if is_yes(settings.options.get("ignore-route-errors")):
        arguments.append("--ignore-errors")
    return arguments


def _unroutable(settings: SimulationSettings, named: NamedDemand, error: SimulationError) -> InputError:
    """What duarouter said, with the files that name the vehicles it speaks of."""
    faults = [line.removeprefix("Error: ") for line in error.log.splitlines() if "Error" in line]
    ids = re.findall(r"'([^']+)'", "\n".join(faults))
    files = {named.homes[key] for key in ids if key in named.homes} or {settings.net, *settings.routes}
    where = ", ".join(map(str, sorted(files)))
    remedy = "mend what is named; routes need connected edges of this network"
    return InputError(where, faults or error.log or str(error), remedy)


def _read_types(path: Path, options: Mapping[str, str]) -> dict[str, VehicleType]:
    elements = _elements(path, ("vType",)) if path.exists() else ()
    types = [vehicle_type(element, options) for element in elements]
    return {kind.id: kind for kind in types}


def _read_routed(
    path: Path, types: Mapping[str, VehicleType], settings: SimulationSettings, named: NamedDemand
) -> Demand:
    vehicles, departs, routes, kinds, departures = [], [], [], [], []
    known = dict(types)
    named_routes: dict[str, str] = {}
    same: dict[Departure, Departure] = {}
    stands = _stands(settings.additional)
    for element in _elements(path, ("route", "vehicle")):
        if element.tag == "route":
            named_routes[element.get("id", "")] = element.get("edges", "")
            continue
        route = element.find("route")
        edges = named_routes.get(element.get("route", "")) if route is None else route.get("edges")
        depart = _departure(element, settings.begin_s)
        if not edges or depart is None or not settings.begin_s <= depart < settings.end_s:
            continue
        key, kind = element.get("id", ""), element.get("type", DEFAULT_TYPE)
        if kind not in known:
            known[kind] = vehicle_type(ET.Element("vType", id=kind), settings.options)
        manner = _manner(element, settings.options, stands, named.chooses_route(key))
        vehicles.append(key)
        departs.append(depart)
        routes.append(tuple(map(sys.intern, edges.split())))
        kinds.append(kind)
        departures.append(same.setdefault(manner, manner))
    used = {key: known[key] for key in sorted(set(kinds))}
    times = np.array(departs, dtype=np.float64)
    return Demand(tuple(vehicles), times, tuple(routes), tuple(kinds), used, tuple(departures))


def _manner(
    element: ET.Element, options: Mapping[str, str], stands: Mapping[str, str], chooses_route: bool
) -> Departure:
    """How a vehicle enters and leaves."""
    stops = [
        (link, parse_time(stop.get("duration", "")))
        for stop in element.iter("stop")
        if stop.get("duration") and (link := _link_of(stop, stands))
    ]
    usual = Departure()
    return Departure(
        lane=element.get("departLane", options.get("default.departlane", usual.lane)),
        speed=element.get("departSpeed", options.get("default.departspeed", usual.speed)),
        position=element.get("departPos", usual.position),
        arrival_position=element.get("arrivalPos", usual.arrival_position),
        chooses_route=chooses_route,
        stops=tuple(stops),
    )


def _link_of(stop: ET.Element, stands: Mapping[str, str]) -> str:
    """Link of a stop; empty where it cannot be told."""
    stand = next(filter(None, map(stop.get, STANDS)), "")
    lane = stop.get("lane") or stands.get(stand, "")
    return stop.get("edge") or lane.rpartition("_")[0]


def _stands(additional: Sequence[Path]) -> dict[str, str]:
    """Lane of each bus stop, parking area and the like, by id."""
    return {
        element.get("id", ""): element.get("lane", "")
        for path in additional
        for element in _elements(path, STANDS)
    }

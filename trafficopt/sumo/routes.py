"""Read demand: what the files name, and the route that each vehicle takes."""

from __future__ import annotations

import math
import re
import tempfile
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from defusedxml.ElementTree import iterparse

from trafficopt.demand import Demand, VehicleType
from trafficopt.errors import InputError, SimulationError, TrafficoptWarning
from trafficopt.scenario import SimulationSettings
from trafficopt.sumo.binary import run_tool
from trafficopt.sumo.config import is_yes, parse_time
from trafficopt.sumo.xml import opened

# SUMO's default lengths and gaps [m] of vehicle classes that differ from the passenger car
CLASS_SIZES = {"bus": (12.0, 2.5), "truck": (7.1, 2.5), "trailer": (16.5, 2.5), "coach": (14.0, 2.5)}
SMALL_CLASSES = {"motorcycle": (2.2, 2.5), "moped": (2.1, 2.5), "bicycle": (1.6, 0.5)}
ROAD_USERS = ("vehicle", "trip", "flow")
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
    """

    departures: dict[str, float] = field(default_factory=dict)
    flows: set[str] = field(default_factory=set)
    homes: dict[str, Path] = field(default_factory=dict)


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
                if is_flow:
                    named.flows.add(key)
                elif depart is not None:
                    named.departures[key] = depart
        if faults:
            raise InputError(path, faults, "give each vehicle an id of its own")
        if order.ignored and path in settings.routes and not sorts_itself:
            _warn_of(path, order.ignored)
    return named


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
        return _read_routed(routed, _read_types(types), settings)


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


def _read_types(path: Path) -> dict[str, VehicleType]:
    types = {"DEFAULT_VEHTYPE": VehicleType("DEFAULT_VEHTYPE")}
    if not path.exists():
        return types
    for element in _elements(path, ("vType",)):
        key = element.get("id", "")
        length, gap = {**CLASS_SIZES, **SMALL_CLASSES}.get(element.get("vClass", ""), (5.0, 2.5))
        types[key] = VehicleType(
            key,
            float(element.get("length", length)),
            float(element.get("minGap", gap)),
            float(element.get("tau", 1.0)),
        )
    return types


def _read_routed(path: Path, types: Mapping[str, VehicleType], settings: SimulationSettings) -> Demand:
    vehicles, departs, routes, kinds = [], [], [], []
    known = dict(types)
    named_routes: dict[str, str] = {}
    for element in _elements(path, ("route", "vehicle")):
        if element.tag == "route":
            named_routes[element.get("id", "")] = element.get("edges", "")
            continue
        route = element.find("route")
        edges = named_routes.get(element.get("route", "")) if route is None else route.get("edges")
        depart = _departure(element, settings.begin_s)
        if not edges or depart is None or not settings.begin_s <= depart < settings.end_s:
            continue
        kind = element.get("type", "DEFAULT_VEHTYPE")
        known.setdefault(kind, VehicleType(kind))
        vehicles.append(element.get("id", ""))
        departs.append(depart)
        routes.append(tuple(edges.split()))
        kinds.append(kind)
    used = {key: known[key] for key in sorted(set(kinds))}
    return Demand(tuple(vehicles), np.array(departs, dtype=np.float64), tuple(routes), tuple(kinds), used)

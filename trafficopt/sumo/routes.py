"""Read demand: what the files name, and the route that each vehicle takes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import defusedxml.ElementTree as DET
import numpy as np

from trafficopt.demand import Demand, VehicleType
from trafficopt.errors import InputError, SimulationError
from trafficopt.scenario import SimulationSettings
from trafficopt.sumo.binary import run_tool
from trafficopt.sumo.config import parse_time
from trafficopt.sumo.xml import opened

# SUMO's default lengths and gaps [m] of vehicle classes that differ from the passenger car
CLASS_SIZES = {"bus": (12.0, 2.5), "truck": (7.1, 2.5), "trailer": (16.5, 2.5), "coach": (14.0, 2.5)}
SMALL_CLASSES = {"motorcycle": (2.2, 2.5), "moped": (2.1, 2.5), "bicycle": (1.6, 0.5)}


@dataclass(slots=True)
class NamedDemand:
    """What route and additional files name.

    Attributes
    ----------
    departures
        Wanted departure [s] of every `<vehicle>` and `<trip>`, by id.
    flows
        Ids of `<flow>` elements.
    files
        The files that hold any of these.
    """

    departures: dict[str, float] = field(default_factory=dict)
    flows: set[str] = field(default_factory=set)
    files: list[Path] = field(default_factory=list)


def named_demand(files: Iterable[Path]) -> NamedDemand:
    """Scan files for vehicles, trips and flows.

    Raises
    ------
    InputError
        If a file is missing or broken.
    """
    named = NamedDemand()
    for path in files:
        found = False
        with opened(path) as stream:
            for _, element in DET.iterparse(stream):
                if element.tag in ("vehicle", "trip"):
                    found = True
                    depart = _departure(element.get("depart", ""))
                    if depart is not None:
                        named.departures[element.get("id", "")] = depart
                elif element.tag == "flow":
                    found = True
                    named.flows.add(element.get("id", ""))
                if element.tag != "route":
                    element.clear()
        if found:
            named.files.append(path)
    return named


def _departure(text: str) -> float | None:
    try:
        return parse_time(text)
    except ValueError:  # "triggered", "containerTriggered", "split"
        return None


def routed_demand(settings: SimulationSettings, named: NamedDemand, end_s: float) -> Demand:
    """Demand with the route of each vehicle; trips and flows are routed once with duarouter.

    Raises
    ------
    InputError
        If a route names an unknown edge, or a trip cannot be driven.
    """
    with tempfile.TemporaryDirectory(prefix="trafficopt-") as folder:
        routed, types = Path(folder) / "routed.xml", Path(folder) / "types.xml"
        others = [path for path in settings.additional if path not in named.files]
        arguments = ["-n", str(settings.net), "-r", ",".join(map(str, named.files)), "-o", str(routed)]
        arguments += ["--vtype-output", str(types), "--no-warnings", "--no-step-log", "--skip-new-routes"]
        arguments += ["--begin", f"{settings.begin_s:g}", "--unsorted-input", "--seed", "1"]
        if np.isfinite(end_s):
            arguments += ["--end", f"{end_s:g}"]
        if others:
            arguments += ["-a", ",".join(map(str, others))]
        if settings.options.get("ignore-route-errors") in ("true", "1", "yes", "on", "x"):
            arguments.append("--ignore-errors")
        try:
            run_tool("duarouter", arguments, time_limit_s=1800.0)
        except SimulationError as error:
            faults = [line.removeprefix("Error: ") for line in error.log.splitlines() if "Error" in line]
            where = ", ".join(map(str, named.files))
            remedy = "make the routes fit the network (same edge ids, connected edges)"
            raise InputError(where, faults or error.log, remedy) from None
        return _read_routed(routed, _read_types(types))


def _read_types(path: Path) -> dict[str, VehicleType]:
    types = {"DEFAULT_VEHTYPE": VehicleType("DEFAULT_VEHTYPE")}
    if not path.exists():
        return types
    with opened(path) as stream:
        for _, element in DET.iterparse(stream):
            if element.tag == "vType":
                key = element.get("id", "")
                length, gap = {**CLASS_SIZES, **SMALL_CLASSES}.get(element.get("vClass", ""), (5.0, 2.5))
                types[key] = VehicleType(
                    key,
                    float(element.get("length", length)),
                    float(element.get("minGap", gap)),
                    float(element.get("tau", 1.0)),
                )
    return types


def _read_routed(path: Path, types: Mapping[str, VehicleType]) -> Demand:
    vehicles, departs, routes, kinds = [], [], [], []
    known = dict(types)
    named_routes: dict[str, str] = {}
    with opened(path) as stream:
        for _, element in DET.iterparse(stream):
            if element.tag == "route" and element.get("id"):
                named_routes[element.get("id", "")] = element.get("edges", "")
            if element.tag != "vehicle":
                continue
            route = element.find("route")
            edges = (
                route.get("edges", "")
                if route is not None
                else named_routes.get(element.get("route", ""), "")
            )
            depart = _departure(element.get("depart", ""))
            if edges and depart is not None:
                kind = element.get("type", "DEFAULT_VEHTYPE")
                known.setdefault(kind, VehicleType(kind))
                vehicles.append(element.get("id", ""))
                departs.append(depart)
                routes.append(tuple(edges.split()))
                kinds.append(kind)
            element.clear()
    used = {key: known[key] for key in sorted(set(kinds))}
    return Demand(tuple(vehicles), np.array(departs, dtype=np.float64), tuple(routes), tuple(kinds), used)

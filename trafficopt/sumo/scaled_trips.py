"""A scenario with more or fewer vehicles that choose their routes as before."""

from __future__ import annotations

import copy
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from defusedxml.ElementTree import parse

from trafficopt.errors import InputError
from trafficopt.scenario import Scenario
from trafficopt.sumo.frozen_routes import OF_FLOW
from trafficopt.sumo.routes import ROAD_USERS
from trafficopt.sumo.xml import opened
from trafficopt.units import Seconds

FILE = "scaled.rou.xml"


def with_scaled_trips(scenario: Scenario, factor: float, folder: Path) -> Scenario:
    """The scenario with `factor` times its vehicles: some depart twice, or some not at all.

    Vehicles are those of `Demand.scaled`. Who finds a route when departing still does: trips stay trips, and
    vehicles of flows become trips or vehicles of their own. SUMO's own `--scale` would not do: vehicles that
    it leaves out count as never departed. One route file is written to `folder`, the same bytes for the same
    scenario and factor. Persons stay as they are. Once the demand is the demand itself, except that vehicles
    of flows are loaded ahead and so draw other random numbers.

    Raises
    ------
    InputError
        If `factor` leaves no vehicle, or vehicles stand in additional files.
    """
    settings, known = scenario.simulation, set(scenario.demand.vehicles)
    demand = scenario.demand.scaled(factor)
    if not len(demand):
        fault = f"{factor:g} times {len(scenario.demand)} vehicles are none"
        raise InputError("demand", fault, "ask for more")
    departs = dict(zip(demand.vehicles, demand.depart_s.tolist(), strict=True))
    copies: dict[str, list[str]] = {key: [] for key in scenario.demand.vehicles}
    for key in departs:
        copies[key.rpartition(".")[0]].append(key)
    root, untouched = ET.Element("routes"), set()
    for element, keys in _each(scenario):
        if keys:
            root.extend([_vehicle(element, new, departs[new]) for key in keys for new in copies.pop(key)])
        else:
            root.append(element)
            untouched.add(element.get("id", ""))
    if copies:
        fault = f"{len(copies)} vehicles, such as {min(copies)!r}, stand in additional files"
        raise InputError(scenario.source, f"{fault} and cannot be scaled", "move them to a route file")
    ET.ElementTree(root).write(folder / FILE, encoding="utf-8", xml_declaration=True)
    unscaled = {key: depart for key, depart in scenario.demanded.items() if key not in known}
    return replace(
        scenario,
        demand=demand,
        demanded={**unscaled, **departs},
        simulation=replace(
            settings,
            routes=(folder / FILE,),
            options={**settings.options, "route-steps": "0"},  # SUMO sorts
            flows=settings.flows & untouched,
        ),
    )


def _each(scenario: Scenario) -> Iterator[tuple[ET.Element, list[str]]]:
    """Each element of the route files, and the vehicles of the demand that it stands for.

    In the order of the files: SUMO draws the random numbers of vehicles in that order.
    """
    of_flow: dict[str, list[str]] = defaultdict(list)
    for key in scenario.demand.vehicles:
        of_flow[key.rpartition(".")[0]].append(key)
    known = set(scenario.demand.vehicles)
    for path in scenario.simulation.routes:
        with opened(path) as stream:
            read = parse(stream).getroot()
        for element in read if read is not None else ():
            key = element.get("id", "")
            if element.tag == "flow":
                yield element, of_flow[key]
            else:
                yield element, [key] if element.tag in ROAD_USERS and key in known else []


def _vehicle(original: ET.Element, key: str, depart_s: Seconds) -> ET.Element:
    """A vehicle or trip after its original, a flow's as one of its own."""
    kept = {name: value for name, value in original.attrib.items() if name not in OF_FLOW}
    has_route = "route" in kept or any(c.tag in ("route", "routeDistribution") for c in original)
    tag = original.tag if original.tag != "flow" else "vehicle" if has_route else "trip"
    made = ET.Element(tag, {**kept, "id": key, "depart": f"{depart_s:.10g}"})
    made.extend([copy.copy(child) for child in original])
    return made

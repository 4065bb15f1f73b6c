"""A route file for a demand that comes without one."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from defusedxml.ElementTree import parse

from trafficopt.demand import Demand, Departure, VehicleType
from trafficopt.errors import InputError
from trafficopt.scenario import Scenario
from trafficopt.sumo.routes import ROAD_USERS
from trafficopt.sumo.xml import opened
from trafficopt.units import Seconds

OF_TYPE = {
    "length": "length_m",
    "minGap": "min_gap_m",
    "tau": "tau_s",
    "accel": "accel_m_s2",
    "decel": "decel_m_s2",
    "sigma": "sigma",
    "maxSpeed": "max_speed_m_s",
    "speedFactor": "speed_factor",
    "speedDev": "speed_deviation",
    "impatience": "impatience",
}


def with_demand(scenario: Scenario, demand: Demand, path: Path) -> Scenario:
    """The scenario with another demand, in a route file that is written to `path`.

    Persons and the like stay. Vehicle types that the scenario does not have in the same way are written as
    far as the demand knows them.

    Raises
    ------
    InputError
        If vehicles of the scenario stand in additional files: they would drive too.
    """
    others = _others(scenario)
    own = scenario.demand.vehicle_types
    types = {key: kind for key, kind in sorted(demand.vehicle_types.items()) if own.get(key) != kind}
    taken = {element.get("id", "") for element in others} | own.keys()
    names = {key: _free(key, taken) for key in types}
    manners = demand.departures or (Departure(),) * len(demand)
    rows = zip(demand.vehicles, demand.depart_s.tolist(), demand.routes, demand.types, manners, strict=True)
    vehicles = [
        _made(key, depart_s, route, names.get(kind, kind), manner)
        for key, depart_s, route, kind, manner in sorted(rows, key=lambda row: row[1])
    ]
    kinds = [_type(names[key], kind) for key, kind in types.items()]
    root = ET.Element("routes")
    root.extend([*kinds, *others, *vehicles])
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
    settings = scenario.simulation
    options = {**settings.options, "route-steps": "0"}  # SUMO sorts
    return replace(
        scenario,
        demand=demand,
        demanded=dict(zip(demand.vehicles, demand.depart_s.tolist(), strict=True)),
        simulation=replace(settings, routes=(path,), options=options, flows=frozenset()),
    )


def _others(scenario: Scenario) -> list[ET.Element]:
    """What the route files hold beside road users: types, named routes, persons."""
    named: set[str] = set()
    found: list[ET.Element] = []
    for path in scenario.simulation.routes:
        with opened(path) as stream:
            root = parse(stream).getroot()
        for element in root if root is not None else ():
            if element.tag in ROAD_USERS:
                named.add(element.get("id", ""))
            else:
                found.append(element)
    vehicles = scenario.demand.vehicles
    if lacking := [key for key in vehicles if key not in named and key.rpartition(".")[0] not in named]:
        fault = f"{len(lacking)} vehicles, such as {lacking[0]!r}, stand in additional files"
        raise InputError(scenario.source, fault, "move vehicles to a route file")
    return found


def _made(key: str, depart_s: Seconds, route: Sequence[str], kind: str, manner: Departure) -> ET.Element:
    """A vehicle as the demand has it."""
    how = {
        "departLane": manner.lane,
        "departSpeed": manner.speed,
        "departPos": manner.position,
        "arrivalPos": manner.arrival_position,
    }
    ends = {"from": route[0], "to": route[-1]} if manner.chooses_route else {}
    tag = "trip" if manner.chooses_route else "vehicle"
    made = ET.Element(tag, {"id": key, "type": kind, "depart": f"{depart_s:.10g}", **ends, **how})
    if not manner.chooses_route:
        ET.SubElement(made, "route", edges=" ".join(route))
    for link, duration_s in manner.stops:
        ET.SubElement(made, "stop", edge=link, duration=f"{duration_s:.10g}")
    return made


def _type(name: str, kind: VehicleType) -> ET.Element:
    figures = {attribute: f"{getattr(kind, part):.10g}" for attribute, part in OF_TYPE.items()}
    return ET.Element("vType", {"id": name, "vClass": kind.vehicle_class, **figures})


def _free(key: str, taken: set[str]) -> str:
    """A name for a type that nothing in the files has."""
    key = f"{key}-sample"
    return _free(key, taken) if key in taken else key

"""A scenario whose drivers keep the routes that the demand has, also where SUMO would choose."""

from __future__ import annotations

import copy
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from defusedxml.ElementTree import parse

from trafficopt.scenario import Scenario
from trafficopt.sumo.routes import ROAD_USERS
from trafficopt.sumo.xml import opened
from trafficopt.units import Seconds

FILE = "frozen.rou.xml"
OF_ROUTE = ("from", "to", "via", "fromJunction", "toJunction", "fromTaz", "toTaz", "route")
OF_FLOW = ("begin", "end", "number", "period", "vehsPerHour", "probability")


def with_frozen_routes(scenario: Scenario, folder: Path) -> Scenario:
    """The scenario with one route file, written to `folder`, in which every vehicle has its route.

    Vehicles of flows become vehicles of their own. What additional files name stays as it is.
    """
    settings, demand = scenario.simulation, scenario.demand
    rows = zip(map(float, demand.depart_s), demand.routes, strict=True)
    driven = dict(zip(demand.vehicles, rows, strict=True))
    of_flow: dict[str, list[str]] = defaultdict(list)
    for key in demand.vehicles:
        of_flow[key.rpartition(".")[0]].append(key)
    root = ET.Element("routes")
    for path in settings.routes:
        with opened(path) as stream:
            read = parse(stream).getroot()
        for element in read if read is not None else ():
            key = element.get("id", "")
            keys = of_flow[key] if element.tag == "flow" else [key]
            known = [k for k in keys if k in driven] if element.tag in ROAD_USERS else []
            root.extend([_vehicle(element, k, *driven[k]) for k in known] or [element])
    ET.ElementTree(root).write(folder / FILE, encoding="utf-8", xml_declaration=True)
    sorted_by_sumo = {**settings.options, "route-steps": "0"}
    return replace(
        scenario,
        simulation=replace(settings, routes=(folder / FILE,), options=sorted_by_sumo),
        demanded={**scenario.demanded, **{key: depart for key, (depart, _) in driven.items()}},
    )


def _vehicle(element: ET.Element, key: str, depart_s: Seconds, route: Sequence[str]) -> ET.Element:
    """A vehicle with a route, made of a vehicle, trip or flow."""
    kept = {k: v for k, v in element.attrib.items() if k not in (*OF_ROUTE, *OF_FLOW)}
    made = ET.Element("vehicle", {**kept, "id": key, "depart": f"{depart_s:.10g}"})
    ET.SubElement(made, "route", edges=" ".join(route))
    made.extend([copy.copy(child) for child in element if child.tag not in ("route", "routeDistribution")])
    return made

"""A scenario in which some vehicles stay at home, in the model and in SUMO alike."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Set
from dataclasses import replace
from pathlib import Path

from defusedxml.ElementTree import parse

from trafficopt.errors import InputError
from trafficopt.scenario import Scenario
from trafficopt.sumo.frozen_routes import with_frozen_routes
from trafficopt.sumo.xml import opened

FILE = "fewer.rou.xml"


def without_vehicles(scenario: Scenario, left_out: Set[str], folder: Path) -> Scenario:
    """The scenario without some vehicles; the others keep names, routes and departures.

    Files are written to `folder`; routes are those of the demand (`with_frozen_routes`).

    Raises
    ------
    InputError
        If nobody is left, or one who is to be left out does not stand in a route file.
    """
    demand = scenario.demand.without(left_out)
    if not len(demand):
        raise InputError("demand", "nobody is left", "leave fewer vehicles out")
    frozen = with_frozen_routes(scenario, folder)
    with opened(frozen.simulation.routes[0]) as stream:
        root = parse(stream).getroot()
    elements = list(root if root is not None else ())
    lacking = sorted(left_out - {element.get("id", "") for element in elements})
    if lacking:
        fault = f"{len(lacking)} vehicles, such as {lacking[0]!r}, stand in no route file"
        raise InputError(scenario.source, fault, "name vehicles of route files")
    kept = ET.Element("routes")
    kept.extend(element for element in elements if element.get("id") not in left_out)
    ET.ElementTree(kept).write(folder / FILE, encoding="utf-8", xml_declaration=True)
    return replace(
        frozen,
        demand=demand,
        demanded={key: depart for key, depart in frozen.demanded.items() if key not in left_out},
        simulation=replace(frozen.simulation, routes=(folder / FILE,)),
    )

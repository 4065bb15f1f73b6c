"""A scenario with more or fewer vehicles, in the model and in SUMO alike."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

from defusedxml.ElementTree import parse

from trafficopt.errors import InputError
from trafficopt.scenario import Scenario
from trafficopt.sumo.frozen_routes import with_frozen_routes
from trafficopt.sumo.xml import opened

FILE = "scaled.rou.xml"


def with_scaled_demand(scenario: Scenario, factor: float, folder: Path) -> Scenario:
    """The scenario with `factor` times its vehicles: some depart twice, or some not at all.

    Vehicles are those of `Demand.scaled`, on the routes that the demand has (`with_frozen_routes`). SUMO's
    own `--scale` would not do: vehicles that it leaves out count as never departed. Files are written to
    `folder`.

    Raises
    ------
    InputError
        If `factor` leaves no vehicle, or vehicles stand in additional files.
    """
    demand = scenario.demand.scaled(factor)
    if not len(demand):
        fault = f"{factor:g} times {len(scenario.demand)} vehicles are none"
        raise InputError("demand", fault, "ask for more")
    frozen = with_frozen_routes(scenario, folder)
    with opened(frozen.simulation.routes[0]) as stream:
        read = parse(stream).getroot()
    elements = list(read if read is not None else ())
    known = set(scenario.demand.vehicles)
    named = {e.attrib["id"]: e for e in elements if e.tag == "vehicle" and e.get("id") in known}
    if lacking := sorted(known - named.keys()):
        fault = (
            f"{len(lacking)} vehicles, such as {lacking[0]!r}, stand in additional files and cannot be scaled"
        )
        raise InputError(scenario.source, fault, "move them to a route file")
    root = ET.Element("routes")
    root.extend(e for e in elements if e.get("id") not in named or e.tag != "vehicle")
    departs = dict(zip(demand.vehicles, demand.depart_s.tolist(), strict=True))
    for key, depart_s in departs.items():
        original = named[key.rpartition(".")[0]]
        vehicle = ET.SubElement(root, "vehicle", {**original.attrib, "id": key, "depart": f"{depart_s:.10g}"})
        vehicle.extend(original)
    ET.ElementTree(root).write(folder / FILE, encoding="utf-8", xml_declaration=True)
    others = {key: depart for key, depart in frozen.demanded.items() if key not in known}
    return replace(
        frozen,
        demand=demand,
        demanded={**others, **departs},
        simulation=replace(frozen.simulation, routes=(folder / FILE,)),
    )

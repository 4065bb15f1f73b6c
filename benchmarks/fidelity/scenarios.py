"""Named cases: a base map, a demand factor, and whether drivers may choose their routes.

A name reads BASE[x1.2][+frozen][+t300]: the base, the factor of its demand, routes that nobody may leave,
and a time to teleport in place of none.
"""

from __future__ import annotations

import copy
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import trafficopt as to
from benchmarks.fidelity.generated import GENERATED, write_generated
from trafficopt.scenario import Scenario
from trafficopt.sumo.config import parse_time, read_config
from trafficopt.sumo.xml import opened

ROOT = Path(__file__).resolve().parents[2]
MAPS = ROOT.parent / "shared" / "maps"
CITY = "cangzhou"
CITY_MINUTES = 30.0
NAME = re.compile(
    r"(?P<base>[a-z]+\d*?)(?:x(?P<factor>\d+\.\d+))?(?P<frozen>\+frozen)?(?:\+t(?P<teleport>\d+))?"
)
SHIFT_S = 30.0  # a copied vehicle departs at most so much earlier or later


@dataclass(frozen=True, slots=True)
class Case:
    """What a name stands for.

    Attributes
    ----------
    factor
        Vehicles in the case / vehicles of the base.
    frozen
        Whether every vehicle drives the route that `Scenario.demand` has.
    teleport_s
        Time to teleport; negative: never.
    """

    name: str
    base: str
    factor: float = 1.0
    frozen: bool = False
    teleport_s: float = -1.0


def case_of(name: str) -> Case:
    """Take a name apart.

    Examples
    --------
    >>> case_of("cologne8x1.4+frozen")
    Case(name='cologne8x1.4+frozen', base='cologne8', factor=1.4, frozen=True, teleport_s=-1.0)
    """
    found = NAME.fullmatch(name)
    if found is None:
        raise ValueError(f"{name!r} is not BASE[x1.2][+frozen][+t300]")
    factor, teleport = float(found["factor"] or 1.0), float(found["teleport"] or -1.0)
    return Case(name, found["base"], factor, found["frozen"] is not None, teleport)


def read_case(name: str, cache: Path) -> Scenario:
    """The scenario of a case; its files are written to `cache` where they are not there yet."""
    case = case_of(name)
    if case.base == CITY:
        if case.factor != 1.0 or case.frozen:
            raise ValueError(f"{CITY} comes with its own demand and routes only")
        return to.read_scenario(ROOT / "scenarios" / CITY, teleport_s=case.teleport_s, minutes=CITY_MINUTES)
    return to.read_scenario(_config(case, cache.absolute()), teleport_s=case.teleport_s)


def _config(case: Case, cache: Path) -> Path:
    """The configuration of a case of whatever time to teleport."""
    base = _base_config(case.base, cache)
    if case.factor == 1.0 and not case.frozen:
        return base
    folder = cache / "cases" / f"{case.base}x{case.factor:g}{'+frozen' * case.frozen}"
    config = folder / f"{folder.name}.sumocfg"
    if config.exists():
        return config
    folder.mkdir(parents=True, exist_ok=True)
    if case.frozen:
        source = _config(replace(case, frozen=False), cache)
        fixed = _fixed(to.read_scenario(source, teleport_s=-1.0))
    else:
        source, fixed = base, None
    settings = read_config(source)
    if len(settings.routes) != 1 or settings.additional or settings.flows:
        raise ValueError(f"{source} must have one route file, and nothing more")
    routes = folder / f"{folder.name}.rou.xml"
    with opened(settings.routes[0]) as stream:
        root = ET.parse(stream).getroot()
    if fixed is None:
        _multiply(root, case, settings.begin_s, settings.end_s)
    else:
        _freeze(root, fixed)
    ET.indent(root)
    ET.ElementTree(root).write(routes, encoding="utf-8", xml_declaration=True)
    write_config(config, settings.net, routes, settings.begin_s, settings.end_s)
    return config


def _base_config(base: str, cache: Path) -> Path:
    if base not in GENERATED:
        return MAPS / base / f"{base}.sumocfg"
    config = cache / "cases" / base / f"{base}.sumocfg"
    if not config.exists():
        config.parent.mkdir(parents=True, exist_ok=True)
        net, routes, end_s = write_generated(base, config.parent)
        write_config(config, net, routes, 0.0, end_s)
    return config


def write_config(path: Path, net: Path, routes: Path, begin_s: float, end_s: float) -> None:
    """Write a configuration with these files and this window."""
    root = ET.Element("configuration")
    files, window = ET.SubElement(root, "input"), ET.SubElement(root, "time")
    ET.SubElement(files, "net-file", value=str(net.resolve()))
    ET.SubElement(files, "route-files", value=str(routes.resolve()))
    ET.SubElement(window, "begin", value=f"{begin_s:g}")
    ET.SubElement(window, "end", value=f"{end_s:g}")
    ET.indent(root)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _multiply(root: ET.Element, case: Case, begin_s: float, end_s: float) -> None:
    """Add copies of some of the vehicles, or leave some out, and sort all by departure.

    The vehicles copied for a smaller factor are also copied for a larger one.
    """
    rng = np.random.default_rng([sum(map(ord, case.base)), 1])
    users = [e for e in root if e.tag in ("vehicle", "trip")]
    inside = [e for e in users if begin_s <= parse_time(e.attrib["depart"]) < end_s]
    order, shifts = rng.permutation(len(inside)), rng.uniform(-SHIFT_S, SHIFT_S, len(inside))
    left_out = {id(inside[index]) for index in order[: max(0, round((1.0 - case.factor) * len(inside)))]}
    users = [user for user in users if id(user) not in left_out]
    for index in order[: max(0, round((case.factor - 1.0) * len(inside)))]:
        twin = copy.deepcopy(inside[index])
        depart = np.clip(parse_time(twin.attrib["depart"]) + shifts[index], begin_s, end_s - 0.01)
        twin.set("depart", f"{depart:.2f}")
        twin.set("id", twin.attrib["id"] + "x")
        users.append(twin)
    others = [e for e in root if e.tag not in ("vehicle", "trip")]
    root[:] = [*others, *sorted(users, key=lambda e: parse_time(e.attrib["depart"]))]


def _fixed(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    return dict(zip(scenario.demand.vehicles, scenario.demand.routes, strict=True))


def _freeze(root: ET.Element, routes: Mapping[str, tuple[str, ...]]) -> None:
    """Make every vehicle one with a route; those without one are left out."""
    kept = []
    for element in root:
        if element.tag in ("vehicle", "trip"):
            route = routes.get(element.attrib["id"])
            if route is None:
                continue
            element.tag = "vehicle"
            for name in ("from", "to", "via", "route"):
                element.attrib.pop(name, None)
            rest = [child for child in element if child.tag != "route"]
            element[:] = [ET.Element("route", edges=" ".join(route)), *rest]
        kept.append(element)
    root[:] = kept

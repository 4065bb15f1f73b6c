"""Degree of saturation of each lane group under the field plan, read from the built files.

    python scenarios/cangzhou/build/saturation.py [DIR] [--csv]

Degree of saturation = flow x cycle / (saturation flow x green); flow is the number of routes
through the movement in the hour; a signal's critical one is its largest. Lanes that only turn
right are left out, as right turns are free on red.
"""

from __future__ import annotations

import argparse
import gzip
import tomllib
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np


@dataclass(frozen=True, slots=True)
class GroupLoad:
    """One lane group of one approach under the field plan."""

    signal: str
    from_edge: str
    name: str
    lanes: int
    flow_veh_h: float
    green_s: float
    cycle_s: float
    saturation: float
    ratio: float
    """Flow over saturation flow."""


def read_flows(routes: Path) -> Counter[tuple[str, str]]:
    """Count vehicles over each pair of consecutive edges."""
    flows: Counter[tuple[str, str]] = Counter()
    with gzip.open(routes, "rb") as file:
        for _, element in ET.iterparse(file):
            if element.tag == "route":
                edges = element.attrib["edges"].split()
                flows.update(pairwise(edges))
                element.clear()
    return flows


def group_loads(directory: Path) -> list[GroupLoad]:
    """Return all lane groups at signals of a built scenario."""
    rule = tomllib.loads((directory / "city.toml").read_text(encoding="utf-8"))["saturation"]
    flows = read_flows(directory / "cangzhou.rou.xml.gz")
    with gzip.open(directory / "cangzhou.net.xml.gz", "rb") as file:
        root = ET.parse(file).getroot()
    links: dict[tuple[str, str], list[dict[str, str]]] = {}
    for link in root.iter("connection"):
        if "tl" in link.attrib:
            key = (link.attrib["tl"], link.attrib["from"])
            links.setdefault(key, []).append(dict(link.attrib))
    programs = {
        logic.attrib["id"]: [(float(phase.attrib["duration"]), phase.attrib["state"]) for phase in logic]
        for logic in root.iter("tlLogic")
        if logic.attrib["programID"] == "field"
    }
    loads: list[GroupLoad] = []
    for (signal, edge), found in sorted(links.items()):
        for name in ("T", "L"):
            load = _load(signal, edge, name, found, programs[signal], flows, rule)
            if load is not None:
                loads.append(load)
    return loads


def _load(
    signal: str,
    edge: str,
    name: str,
    links: list[dict[str, str]],
    program: list[tuple[float, str]],
    flows: Counter[tuple[str, str]],
    rule: dict[str, float],
) -> GroupLoad | None:
    directions = {"T": "s", "L": "lL"}[name]
    own = [link for link in links if link["dir"] in directions]
    if not own:
        return None
    lanes = {link["fromLane"] for link in own}
    turning = {
        (edge, link["to"])
        for link in links
        if link["dir"] in "rR" and link["fromLane"] in lanes and name == "T"
    }
    flow = sum(flows[edge, to] for to in {link["to"] for link in own})
    right = sum(flows[pair] for pair in turning)
    through, turn = rule["through_veh_h"], rule["turn_veh_h"]
    if name == "T":
        ratio = (flow + right * through / turn) / (len(lanes) * through)
    else:
        ratio = flow / (len(lanes) * turn)
    index = int(own[0]["linkIndex"])
    green = sum(duration for duration, state in program if state[index] in "gG")
    cycle = sum(duration for duration, _ in program)
    degree = ratio * cycle / green
    return GroupLoad(signal, edge, name, len(lanes), float(flow + right), green, cycle, degree, ratio)


def critical(loads: list[GroupLoad]) -> dict[str, float]:
    """Return the largest degree of saturation of each signal."""
    found: dict[str, float] = {}
    for load in loads:
        found[load.signal] = max(found.get(load.signal, 0.0), load.saturation)
    return found


def main() -> None:
    """Print the spread of critical degrees of saturation, or all lane groups as CSV."""
    home = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("directory", type=Path, nargs="?", default=home)
    parser.add_argument("--csv", action="store_true", help="one row per lane group")
    arguments = parser.parse_args()
    loads = group_loads(arguments.directory)
    if arguments.csv:
        print("intersection,from_edge,group,n_lanes,flow_veh_h,green_s,cycle_s,saturation")
        for k in loads:
            print(
                f"{k.signal},{k.from_edge},{k.name},{k.lanes},{k.flow_veh_h:.0f},"
                f"{k.green_s:.0f},{k.cycle_s:.0f},{k.saturation:.3f}"
            )
        return
    values = np.array(sorted(critical(loads).values()))
    quantiles = np.quantile(values, [0.1, 0.25, 0.5, 0.75, 0.9])
    print(f"signals {len(values)}, share above 0.9: {np.mean(values > 0.9):.3f}")
    print("quantiles 10 25 50 75 90 %: " + " ".join(f"{q:.2f}" for q in quantiles))


if __name__ == "__main__":
    main()

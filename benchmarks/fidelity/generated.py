"""Nets of netgenerate with a demand of random trips."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sumolib  # type: ignore[import-untyped]

from trafficopt.sumo.binary import run_tool

PERIOD_S = 3600.0
SIGNALS = ("--tls.guess", "--no-turnarounds", "--default.lanenumber=2")
TURN_LANES = ("--turn-lanes=1", "--turn-lanes.length=60")


@dataclass(frozen=True, slots=True)
class Recipe:
    """Options of netgenerate, and the vehicles of an hour."""

    options: tuple[str, ...]
    n_vehicles: int


GENERATED = {
    "grid": Recipe(
        ("--grid", "--grid.number=5", "--grid.length=200", "--grid.attach-length=200", *SIGNALS, *TURN_LANES),
        5000,
    ),
    "spider": Recipe(
        (
            *("--spider", "--spider.arm-number=6", "--spider.circle-number=3", "--spider.space-radius=180"),
            *("--spider.omit-center", "--spider.attach-length=200", *SIGNALS),
        ),
        4000,
    ),
    "random": Recipe(
        (
            *("--rand", "--rand.iterations=30", "--rand.min-distance=150", "--rand.max-distance=300"),
            *("--rand.min-angle=50", "--rand.grid", "--seed=11", *SIGNALS, *TURN_LANES),
        ),
        2600,
    ),
    "dense": Recipe(
        (
            *("--grid", "--grid.number=5", "--grid.x-length=120", "--grid.y-length=90"),
            *("--grid.attach-length=150", *SIGNALS),
        ),
        7000,
    ),
}


def write_generated(name: str, folder: Path) -> tuple[Path, Path, float]:
    """Net and routes of a base in `folder`, and the end of its window [s] (which begins at 0)."""
    recipe = GENERATED[name]
    net, routes = folder / f"{name}.net.xml", folder / f"{name}.rou.xml"
    run_tool("netgenerate", [*recipe.options, "-o", str(net)], time_limit_s=120.0)
    rng = np.random.default_rng(sum(map(ord, name)))
    trips = random_trips(fringe_pairs(net), recipe.n_vehicles, rng)
    root = ET.Element("routes")
    ET.SubElement(root, "vType", id="car", vClass="passenger")
    for number, (depart_s, start, end) in enumerate(trips):
        attributes = {"depart": f"{depart_s:.2f}", "from": start, "to": end}
        ET.SubElement(root, "trip", {"id": str(number), "type": "car", **attributes})
    ET.indent(root)
    ET.ElementTree(root).write(routes, encoding="utf-8", xml_declaration=True)
    return net, routes, PERIOD_S


def fringe_pairs(net_file: Path) -> list[tuple[str, str]]:
    """Links into the net and links out of it (not back to the same node) that a route connects."""
    net: Any = sumolib.net.readNet(str(net_file))
    edges = sorted(net.getEdges(withInternal=False), key=lambda edge: edge.getID())
    entries = [e for e in edges if len(e.getFromNode().getIncoming()) <= 1 and e.is_fringe()]
    exits = [e for e in edges if len(e.getToNode().getOutgoing()) <= 1 and e.is_fringe()]
    return [
        (start.getID(), end.getID())
        for start in entries
        for end in exits
        if start.getFromNode() is not end.getToNode() and net.getShortestPath(start, end)[0]
    ]


def random_trips(
    pairs: Sequence[tuple[str, str]], n_trips: int, rng: np.random.Generator
) -> list[tuple[float, str, str]]:
    """Departure [s], start and end of trips, uniform in time; ends have random weights."""
    ends = sorted({end for pair in pairs for end in pair})
    weights = dict(zip(ends, rng.lognormal(0.0, 0.5, len(ends)), strict=True))
    likely = np.array([weights[a] * weights[b] for a, b in pairs])
    chosen = rng.choice(len(pairs), n_trips, p=likely / likely.sum())
    departures = np.sort(rng.uniform(0.0, PERIOD_S, n_trips))
    return [(float(t), *pairs[k]) for t, k in zip(departures, chosen, strict=True)]

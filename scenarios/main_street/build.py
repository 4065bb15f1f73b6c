"""Build the example scenario that the package ships: a made-up arterial of five signals.

    python scenarios/main_street/build.py [FOLDER]

writes the map, the demand and the tables to FOLDER (by default the package's own example, whose README,
scenario.toml and .sumocfg are written by hand). The same SUMO version gives the same files.
"""

from __future__ import annotations

import gzip
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, fromstring, indent, tostring

from trafficopt.sumo.binary import run_tool

PACKAGED = Path(__file__).parents[2] / "trafficopt" / "examples" / "main_street"
SEED = 2024
BEGIN_S, END_S = 28800, 30600
X_M = (0, 280, 700, 1010, 1480)
ENDS_M = (-450, 1930)
CROSS_M = 320
POCKET_M = 70
T_JUNCTION = 3
MAIN_M_S, CROSS_M_S = 13.89, 11.11
CYCLE_S, YELLOW_S, ALL_RED_S, LEFT_GREEN_S = 100, 3, 2, 8
MAIN_STREET_BONUS_S = 6
# Vehicles per hour that enter: along the street, and from each side street (south, north).
ALONG_VEH_H = {"W": 880, "E": 740}
CROSS_VEH_H = {1: (190, 170), 2: (270, 250), 3: (260, 0), 4: (330, 290), 5: (220, 190)}
BUS_PERIOD_S = 300


@dataclass(frozen=True, slots=True)
class Road:
    """A one-way road; with a pocket it ends in an approach that has one more lane for left turns."""

    id: str
    from_node: str
    to_node: str
    n_lanes: int
    speed_m_s: float
    pocket: bool

    @property
    def approach(self) -> str:
        """Id of the edge that meets the signal."""
        return f"{self.id}_stop" if self.pocket else self.id

    @property
    def edges(self) -> tuple[str, ...]:
        """Edges to drive in order."""
        return (self.id, self.approach) if self.pocket else (self.id,)


def signals() -> range:
    """Numbers of the signals, from west to east."""
    return range(1, len(X_M) + 1)


def positions() -> dict[str, tuple[float, float]]:
    """Coordinates [m] of all nodes but those where pockets begin."""
    nodes: dict[str, tuple[float, float]] = {"W": (ENDS_M[0], 0.0), "E": (ENDS_M[1], 0.0)}
    for k in signals():
        x = X_M[k - 1]
        nodes |= {f"M{k}": (x, 0.0), f"S{k}": (x, -CROSS_M)}
        if k != T_JUNCTION:
            nodes[f"N{k}"] = (x, CROSS_M)
    return nodes


def roads() -> Iterator[Road]:
    """All roads: e = eastbound, w = westbound; s, n = side streets, in and out."""
    row = ["W", *(f"M{k}" for k in signals()), "E"]
    last = len(row) - 2
    for i, (west, east) in enumerate(pairwise(row)):
        yield Road(f"e{i}", west, east, 2, MAIN_M_S, i != last and i + 1 != T_JUNCTION)
        yield Road(f"w{i}", east, west, 2, MAIN_M_S, i != 0)
    for k in signals():
        for side in "sn":
            if side == "n" and k == T_JUNCTION:
                continue
            end = f"{side.upper()}{k}"
            yield Road(f"{side}{k}_in", end, f"M{k}", 1, CROSS_M_S, True)
            yield Road(f"{side}{k}_out", f"M{k}", end, 1, CROSS_M_S, False)


def legs(k: int) -> dict[str, tuple[str, str]]:
    """Road into and road out of signal `k` by side."""
    sides = {"w": (f"e{k - 1}", f"w{k - 1}"), "e": (f"w{k}", f"e{k}"), "s": (f"s{k}_in", f"s{k}_out")}
    return sides if k == T_JUNCTION else {**sides, "n": (f"n{k}_in", f"n{k}_out")}


def turn(side_in: str, side_out: str) -> str:
    """Turn from one side to another: right, through or left.

    >>> turn("s", "e"), turn("s", "n"), turn("s", "w")
    ('right', 'through', 'left')
    """
    clockwise = "nesw"
    steps = (clockwise.index(side_in) - clockwise.index(side_out)) % 4
    return {1: "right", 2: "through", 3: "left"}[steps]


def element(parent: Element, tag: str, **attributes: object) -> Element:
    """Append an element; `from_` stands for `from`."""
    return SubElement(parent, tag, {key.rstrip("_"): str(value) for key, value in attributes.items()})


def nodes_xml() -> Element:
    """Nodes of the map."""
    root, at = Element("nodes"), positions()
    for name, (x, y) in at.items():
        kind = "traffic_light" if name.startswith("M") else "dead_end"
        element(root, "node", id=name, x=x, y=y, type=kind)
    for road in roads():
        if road.pocket:
            (x0, y0), (x1, y1) = at[road.from_node], at[road.to_node]
            length = abs(x1 - x0) + abs(y1 - y0)
            share = 1 - POCKET_M / length
            element(root, "node", id=f"{road.id}_pocket", x=x0 + share * (x1 - x0), y=y0 + share * (y1 - y0))
    return root


def edges_xml() -> Element:
    """Edges of the map."""
    root = Element("edges")
    for road in roads():
        priority = 2 if road.speed_m_s == MAIN_M_S else 1
        lane = {"speed": road.speed_m_s, "priority": priority}
        middle = f"{road.id}_pocket" if road.pocket else road.to_node
        element(root, "edge", id=road.id, from_=road.from_node, to=middle, numLanes=road.n_lanes, **lane)
        if road.pocket:
            lanes = road.n_lanes + 1
            element(root, "edge", id=road.approach, from_=middle, to=road.to_node, numLanes=lanes, **lane)
    return root


def connections_xml() -> Element:
    """Which lane leads where: left turns from the pocket, right turns from the right lane."""
    root, by_id = Element("connections"), {road.id: road for road in roads()}
    for road in by_id.values():
        if road.pocket:
            pairs = [*((lane, lane) for lane in range(road.n_lanes)), (road.n_lanes - 1, road.n_lanes)]
            for a, b in pairs:
                element(root, "connection", from_=road.id, to=road.approach, fromLane=a, toLane=b)
    for k in signals():
        for side_in, (road_in, _) in legs(k).items():
            for side_out, (_, road_out) in legs(k).items():
                if side_in != side_out:
                    connect(root, by_id[road_in], by_id[road_out], turn(side_in, side_out))
    return root


def connect(root: Element, source: Road, target: Road, direction: str) -> None:
    """Connect two roads at a signal."""
    if direction == "right":
        pairs = [(0, 0)]
    elif direction == "left":
        pairs = [(source.n_lanes if source.pocket else source.n_lanes - 1, target.n_lanes - 1)]
    else:
        pairs = [(lane, lane) for lane in range(min(source.n_lanes, target.n_lanes))]
    for a, b in pairs:
        element(root, "connection", from_=source.approach, to=target.id, fromLane=a, toLane=b)


def text(root: Element) -> str:
    """XML with line breaks."""
    indent(root)
    return tostring(root, encoding="unicode") + "\n"


def build_net() -> str:
    """Text of the network with its field plan."""
    options: dict[str, object] = {
        **{"node-files": "nod.xml", "edge-files": "edg.xml", "connection-files": "con.xml"},
        **{"output-file": "net.xml", "no-turnarounds": "true", "offset.disable-normalization": "true"},
        **{"tls.default-type": "static", "tls.cycle.time": CYCLE_S, "tls.left-green.time": LEFT_GREEN_S},
        **{"tls.yellow.time": YELLOW_S, "tls.allred.time": ALL_RED_S},
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind, root in (("nod", nodes_xml()), ("edg", edges_xml()), ("con", connections_xml())):
            (folder / f"{kind}.xml").write_text(text(root), encoding="utf-8")
        run_tool("netconvert", [f"--{k}={v}" for k, v in options.items()], cwd=folder, time_limit_s=60)
        net = fromstring((folder / "net.xml").read_text(encoding="utf-8"))
    for logic in net.iter("tlLogic"):
        favor_main_street(logic)
    return text(net)


def favor_main_street(logic: Element) -> None:
    """Give the main street more than netconvert's equal split: as much at every signal, never revised."""
    greens = [phase for phase in logic.iter("phase") if int(phase.get("duration", 0)) > LEFT_GREEN_S]
    for phase, change in ((greens[0], MAIN_STREET_BONUS_S), (greens[-1], -MAIN_STREET_BONUS_S)):
        phase.set("duration", str(int(phase.get("duration", 0)) + change))


def route_edges(origin: str, destination: str) -> tuple[str, ...]:
    """Edges from an end of the map (`W`, `E`, `S1`, `N1`, ...) to another one."""
    by_id = {road.id: road for road in roads()}
    last = len(X_M)
    start = {"W": 0, "E": last + 1}.get(origin) or int(origin[1:] or 0)
    end = {"W": 0, "E": last + 1}.get(destination) or int(destination[1:] or 0)
    into = [f"{origin.lower()}_in"] if origin[1:] else []
    out = [f"{destination.lower()}_out"] if destination[1:] else []
    along = (
        [f"e{i}" for i in range(start, end)]
        if end > start
        else [f"w{i}" for i in range(start - 1, end - 1, -1)]
    )
    return tuple(edge for road in [*into, *along, *out] for edge in by_id[road].edges)


def destinations(origin: str) -> dict[str, float]:
    """Weights of the ends that traffic from `origin` goes to."""
    weights = {"W": 5.0, "E": 5.0} if origin in ("W", "E") else {"W": 1.6, "E": 2.0}
    for k in signals():
        for end in (f"S{k}", f"N{k}"):
            if end in positions():
                weights[end] = 0.55 if origin in ("W", "E") else 0.12
    if origin[1:]:
        across = {"S": "N", "N": "S"}[origin[0]] + origin[1:]
        if across in weights:
            weights[across] = 5.0
    weights.pop(origin)
    return weights


def departures() -> list[tuple[float, str, str]]:
    """Departure [s], origin and destination of each car, in order of departure (Poisson arrivals)."""
    draw = random.Random(SEED)
    entering: dict[str, int] = dict(ALONG_VEH_H)
    for k, (south, north) in CROSS_VEH_H.items():
        entering |= {f"S{k}": south, f"N{k}": north}
    rows = []
    for origin, flow in entering.items():
        if not flow:
            continue
        weights = destinations(origin)
        time_s = BEGIN_S + draw.expovariate(flow / 3600)
        while time_s < END_S:
            rows.append((round(time_s, 1), origin, draw.choices(list(weights), list(weights.values()))[0]))
            time_s += draw.expovariate(flow / 3600)
    return sorted(rows)


def build_demand() -> str:
    """Text of the route file: cars and trucks one by one, buses as flows.

    SUMO ignores a vehicle that stands after a later one, so the flows come first and begin at once.
    """
    root, rows, draw = Element("routes"), departures(), random.Random(SEED + 1)
    element(root, "vType", id="car", tau=1.2, speedDev=0.08)
    element(root, "vType", id="truck", vClass="truck", length=9, tau=1.5, accel=1.2, maxSpeed=22)
    element(root, "vType", id="bus", vClass="bus", tau=1.3)
    for origin, destination in sorted({(o, d) for _, o, d in rows} | {("W", "E"), ("E", "W")}):
        edges = " ".join(route_edges(origin, destination))
        element(root, "route", id=f"{origin}-{destination}", edges=edges)
    entry = {"departLane": "best", "departSpeed": "max"}
    for name, route in (("bus_east", "W-E"), ("bus_west", "E-W")):
        times = {"begin": BEGIN_S, "end": END_S, "period": BUS_PERIOD_S}
        element(root, "flow", id=name, type="bus", route=route, **times, **entry)
    for number, (time_s, origin, destination) in enumerate(rows):
        kind = "truck" if draw.random() < 0.04 else "car"
        route = f"{origin}-{destination}"
        element(root, "vehicle", id=f"v{number}", type=kind, depart=time_s, route=route, **entry)
    return text(root)


def tables() -> dict[str, str]:
    """Text of the CSV files by name."""
    nodes = [f"M{k},{x},0,Center,yes,no" for k, x in zip(signals(), X_M, strict=True)]
    members = [f"Main Street,{k},M{k}" for k in signals()]
    return {
        "intersections.csv": "\n".join(["intersection,x_m,y_m,district,retime,islands", *nodes, ""]),
        "arterials.csv": "\n".join(["arterial,position,intersection", *members, ""]),
    }


def main(folder: Path = PACKAGED) -> None:
    """Write the generated files; the others of the folder are written by hand."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in tables().items():
        (folder / name).write_text(content, encoding="utf-8", newline="\n")
    for name, content in (("net", build_net()), ("rou", build_demand())):
        packed = gzip.compress(content.encode(), compresslevel=9, mtime=0)
        (folder / f"main_street.{name}.xml.gz").write_bytes(packed)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))

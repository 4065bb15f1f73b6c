"""Larger cities: copies of the synthetic city side by side, joined where their arterials end."""

from __future__ import annotations

import csv
import gzip
import math
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

from trafficopt.sumo.binary import run_tool
from trafficopt.units import Meters, Seconds

CITY = Path(__file__).resolve().parents[2] / "scenarios" / "cangzhou"
CITY_SIGNALS = 167
WINDOW_S: Seconds = 900.0
TIME_LIMIT_S = 3600.0
FACING = {"E": "W", "N": "S"}
REFERENCES = ("id", "from", "to", "tl")  # attributes that name something of the same copy
SCENARIO = """name = "{name}"
sumocfg = "city.sumocfg"
intersections = "intersections.csv"
arterials = "arterials.csv"

[limits]
min_green_s = 15.0
min_cycle_s = 50.0
max_cycle_s = 150.0
"""
CONFIG = """<configuration>
    <input><net-file value="city.net.xml.gz"/><route-files value="city.rou.xml.gz"/></input>
    <time><begin value="{begin:g}"/><end value="{end:g}"/><step-length value="1"/></time>
</configuration>
"""


@dataclass(frozen=True, slots=True)
class Joint:
    """A pair of gates that become one node.

    Attributes
    ----------
    here, there
        Copy and gate of each side, as in (0, "GA1E").
    """

    here: tuple[int, str]
    there: tuple[int, str]

    @property
    def node(self) -> str:
        """Name of the one node."""
        return named(*self.here)


@dataclass(frozen=True, slots=True)
class Copies:
    """Places of copies on a square lattice, row by row; the last row may be shorter."""

    n: int

    @property
    def columns(self) -> int:
        """Copies in a full row."""
        return math.ceil(math.sqrt(self.n))

    def place(self, copy: int) -> tuple[int, int]:
        """Column and row."""
        return copy % self.columns, copy // self.columns

    def neighbor(self, copy: int, side: str) -> int | None:
        """The copy to the east ("E") or north ("N"), if there is one."""
        if side == "E":
            return copy + 1 if (copy + 1) % self.columns and copy + 1 < self.n else None
        return copy + self.columns if copy + self.columns < self.n else None

    def joints(self, gates: Iterable[str]) -> list[Joint]:
        """All pairs of facing gates, as GA1E of a copy and GA1W of its eastern neighbor."""
        return [
            Joint((copy, gate), (other, gate[:-1] + FACING[gate[-1]]))
            for copy in range(self.n)
            for gate in sorted(gates)
            if gate[-1] in FACING and (other := self.neighbor(copy, gate[-1])) is not None
        ]


def named(copy: int, name: str) -> str:
    """Name of something in a copy."""
    return f"c{copy}.{name}"


def grown_city(n_signals: int, folder: Path) -> Path:
    """Folder of a scenario with about so many signals (a multiple of 167); written if it is not there."""
    copies = Copies(max(1, round(n_signals / CITY_SIGNALS)))
    home = folder / f"city{copies.n * CITY_SIGNALS}"
    if (home / "scenario.toml").exists():
        return home
    home.mkdir(parents=True, exist_ok=True)
    plain = _plain_files(home)
    nodes = {node.get("id", ""): node for node in plain["nod"]}
    gates = {key for key, node in nodes.items() if key.startswith("G") and node.get("type") == "dead_end"}
    joints = copies.joints(gates)
    _write_net(plain, nodes, copies, joints, home)
    _write_routes(plain, copies, joints, home)
    _write_tables(copies, home)
    (home / "city.sumocfg").write_text(CONFIG.format(begin=25200.0, end=25200.0 + WINDOW_S), encoding="utf-8")
    (home / "scenario.toml").write_text(SCENARIO.format(name=home.name), encoding="utf-8")
    return home


def _plain_files(home: Path) -> dict[str, ET.Element]:
    """Nodes, edges, connections and programs of the city, by netconvert's endings."""
    prefix = home / "plain"
    arguments = ["-s", str(CITY / "cangzhou.net.xml.gz"), "--plain-output-prefix", str(prefix)]
    run_tool("netconvert", arguments, time_limit_s=TIME_LIMIT_S)
    return {kind: ET.parse(f"{prefix}.{kind}.xml").getroot() for kind in ("nod", "edg", "con", "tll")}


def _write_net(
    plain: Mapping[str, ET.Element],
    nodes: Mapping[str, ET.Element],
    copies: Copies,
    joints: list[Joint],
    home: Path,
) -> None:
    """Write plain files of all copies, and let netconvert make the net."""
    moves = _moves(nodes, copies)
    joined = {named(*joint.there): joint.node for joint in joints}
    ends = {named(*side) for joint in joints for side in (joint.here, joint.there)}
    stopped = {
        named(copy, edge.attrib["id"])
        for copy in range(copies.n)
        for edge in plain["edg"]
        if named(copy, edge.attrib["to"]) in ends
    }
    middle = _middles(nodes, joints, moves)

    def node(copy: int, element: ET.Element) -> Iterator[dict[str, str]]:
        key = named(copy, element.attrib["id"])
        x_m, y_m = middle.get(key, _moved(element, moves[copy]))
        kind = "priority" if key in middle else element.attrib["type"]
        if key not in joined:
            yield {"id": key, "x": f"{x_m:.2f}", "y": f"{y_m:.2f}", "type": kind}

    def edge(copy: int, element: ET.Element) -> Iterator[dict[str, str]]:
        made = _renamed(element, copy)
        made |= {side: joined.get(made[side], made[side]) for side in ("from", "to")}
        if "shape" in made:
            points = [map(float, point.split(",")) for point in made["shape"].split()]
            made["shape"] = " ".join(f"{x + moves[copy][0]:.2f},{y + moves[copy][1]:.2f}" for x, y in points)
        yield made

    def connection(copy: int, element: ET.Element) -> Iterator[dict[str, str]]:
        made = _renamed(element, copy)
        if made["from"] not in stopped:
            yield made

    def write(kind: str, tag: str, attributes: Iterable[dict[str, str]]) -> None:
        with (home / f"grown.{kind}.xml").open("w", encoding="utf-8") as stream:
            stream.write(f"<{kind}>\n")
            for row in attributes:
                stream.write(_tag(tag, row) + "\n")
            stream.write(f"</{kind}>\n")

    every = [(copy, kind, element) for copy in range(copies.n) for kind in plain for element in plain[kind]]

    def made(kind: str, tag: str, make: Maker) -> Iterator[dict[str, str]]:
        for copy, of, element in every:
            if of == kind and element.tag == tag:
                yield from make(copy, element)

    write("nod", "node", made("nod", "node", node))
    write("edg", "edge", made("edg", "edge", edge))
    write("con", "connection", [*made("con", "connection", connection), *_through(plain, joints)])
    _write_programs(plain["tll"], copies, home / "grown.tll.xml")
    run_tool(
        "netconvert",
        [
            *("-n", str(home / "grown.nod.xml"), "-e", str(home / "grown.edg.xml")),
            *("-x", str(home / "grown.con.xml"), "-i", str(home / "grown.tll.xml")),
            *("--no-turnarounds", "--offset.disable-normalization", "--junctions.corner-detail", "0"),
            *("-o", str(home / "city.net.xml.gz")),
        ],
        time_limit_s=TIME_LIMIT_S,
    )


Maker = Callable[[int, ET.Element], Iterator[dict[str, str]]]


def _moves(nodes: Mapping[str, ET.Element], copies: Copies) -> list[tuple[Meters, Meters]]:
    """How far each copy lies east and north of the first: gates that face one another nearly meet."""

    def period_m(side: str, axis: str) -> Meters:
        far = [key for key in nodes if key.startswith("G") and key.endswith(side) and "_" not in key]
        gaps = [
            float(nodes[key].attrib[axis]) - float(nodes[key[:-1] + FACING[side]].attrib[axis]) for key in far
        ]
        return sum(gaps) / len(gaps)

    across_m, up_m = period_m("E", "x"), period_m("N", "y")
    places = map(copies.place, range(copies.n))
    return [(column * across_m, row * up_m) for column, row in places]


def _moved(node: ET.Element, move: tuple[Meters, Meters]) -> tuple[Meters, Meters]:
    return float(node.attrib["x"]) + move[0], float(node.attrib["y"]) + move[1]


def _middles(
    nodes: Mapping[str, ET.Element], joints: Iterable[Joint], moves: list[tuple[Meters, Meters]]
) -> dict[str, tuple[Meters, Meters]]:
    """Where each joined node lies: between its two gates."""
    found = {}
    for joint in joints:
        sides = [_moved(nodes[gate], moves[copy]) for copy, gate in (joint.here, joint.there)]
        found[joint.node] = (sum(x for x, _ in sides) / 2.0, sum(y for _, y in sides) / 2.0)
    return found


def _renamed(element: ET.Element, copy: int) -> dict[str, str]:
    return {k: named(copy, v) if k in REFERENCES else v for k, v in element.attrib.items()}


def _through(plain: Mapping[str, ET.Element], joints: Iterable[Joint]) -> Iterator[dict[str, str]]:
    """Connections over joined gates, lane by lane, both ways."""
    arriving = {edge.attrib["to"]: edge.attrib for edge in plain["edg"]}
    leaving = {edge.attrib["from"]: edge.attrib for edge in plain["edg"]}
    for joint in joints:
        for (copy, gate), (other, facing) in ((joint.here, joint.there), (joint.there, joint.here)):
            before, after = arriving[gate], leaving[facing]
            for lane in range(min(int(before["numLanes"]), int(after["numLanes"]))):
                yield {
                    "from": named(copy, before["id"]),
                    "to": named(other, after["id"]),
                    "fromLane": str(lane),
                    "toLane": str(lane),
                }


def _write_programs(programs: ET.Element, copies: Copies, path: Path) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.write("<tlLogics>\n")
        for copy in range(copies.n):
            for element in programs:
                phases = "".join(_tag("phase", dict(phase.attrib)) for phase in element)
                stream.write(_tag(element.tag, _renamed(element, copy), phases) + "\n")
        stream.write("</tlLogics>\n")


def _tag(name: str, attributes: Mapping[str, str], inside: str = "") -> str:
    told = " ".join(f"{key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name} {told}>{inside}</{name}>" if inside else f"<{name} {told}/>"


def _write_routes(plain: Mapping[str, ET.Element], copies: Copies, joints: list[Joint], home: Path) -> None:
    """Write the first quarter of an hour; who leaves over a joint drives on as one who enters there."""
    with gzip.open(CITY / "cangzhou.rou.xml.gz") as stream:
        root = ET.parse(stream).getroot()
    vehicles = [v for v in root.iter("vehicle") if float(v.attrib["depart"]) < 25200.0 + WINDOW_S]
    routes = [v.find("route").attrib["edges"].split() for v in vehicles]  # type: ignore[union-attr]
    onward = continued(routes, plain["edg"], joints)
    entered = set(onward.values())
    with gzip.open(home / "city.rou.xml.gz", "wt", encoding="utf-8", compresslevel=1) as out:
        out.write("<routes>\n")
        for kind in root.iter("vType"):
            out.write(_tag("vType", kind.attrib) + "\n")
        for number, vehicle in enumerate(vehicles):
            for copy in range(copies.n):
                if (copy, number) in entered:
                    continue
                links = [named(copy, link) for link in routes[number]]
                if (copy, number) in onward:
                    other, follower = onward[copy, number]
                    links += [named(other, link) for link in routes[follower]]
                attributes = {**vehicle.attrib, "id": named(copy, vehicle.attrib["id"])}
                out.write(_tag("vehicle", attributes, _tag("route", {"edges": " ".join(links)})) + "\n")
        out.write("</routes>\n")


def continued(
    routes: list[list[str]], edges: Iterable[ET.Element], joints: Iterable[Joint]
) -> dict[tuple[int, int], tuple[int, int]]:
    """The vehicle of the next copy whose way a vehicle goes on, both as (copy, number); each once at most."""
    ends = {edge.attrib["id"]: (edge.attrib["from"], edge.attrib["to"]) for edge in edges}
    entering, leaving = defaultdict(list), defaultdict(list)
    for number, route in enumerate(routes):
        start, end = ends[route[0]][0], ends[route[-1]][1]
        if start.startswith("G") and "_" not in start and end[0] != "G":
            entering[start].append(number)
        elif end.startswith("G") and "_" not in end and start[0] != "G":
            leaving[end].append(number)
    found = {}
    for joint in joints:
        for (copy, gate), (other, facing) in ((joint.here, joint.there), (joint.there, joint.here)):
            for number, follower in zip(leaving[gate], entering[facing], strict=False):
                found[copy, number] = (other, follower)
    return found


def _write_tables(copies: Copies, home: Path) -> None:
    """Write the tables of intersections and arterials of all copies."""
    for name, columns in (("intersections", ("intersection",)), ("arterials", ("arterial", "intersection"))):
        with (CITY / f"{name}.csv").open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        with (home / f"{name}.csv").open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            for copy in range(copies.n):
                writer.writerows({**row, **{key: named(copy, row[key]) for key in columns}} for row in rows)

"""Conflicts of every two heads against an independent reading of the net file."""

from __future__ import annotations

import gzip
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, pairwise, permutations
from math import hypot
from pathlib import Path

import numpy as np
import pytest

from trafficopt.intersection import Intersection, Turn, User
from trafficopt.scenario import Scenario
from trafficopt.sumo.read import read_scenario
from trafficopt.units import BoolArray, FloatArray

BuildNet = Callable[[str], Path]
Point = tuple[float, float]
Line = tuple[Point, ...]
Place = tuple[str, int]

LANE_WIDTH_M = 3.2
ROUNDING_M = 0.1
STEP_M = 0.25
TURNS = {"s": Turn.THROUGH, "l": Turn.LEFT, "r": Turn.RIGHT, "t": Turn.U_TURN}


@dataclass(frozen=True, slots=True)
class Served:
    """A lane connection or a crossing that a head serves.

    Attributes
    ----------
    place
        Junction, and row of its right of way.
    edges
        From where to where; for a crossing those that it crosses.
    line
        Center line inside the junction [m].
    """

    place: Place
    edges: tuple[str, ...]
    to_lane: str
    direction: str
    line: Line
    width_m: float
    walks: bool
    indirect: bool


Heads = Mapping[int, list[Served]]


@dataclass(slots=True)
class NetFile:
    """A net as plain XML.

    Attributes
    ----------
    later
        The internal lane that follows another inside the junction.
    places
        Junction and row of each internal lane that ends at the exit, and of each crossing.
    requests
        Responses and foes of each junction's rows, first connection first.
    """

    root: ET.Element
    edges: dict[str, ET.Element] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)
    widths: dict[str, float] = field(default_factory=dict)
    later: dict[str, str] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    requests: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.edges = {edge.attrib["id"]: edge for edge in self.root.iter("edge")}
        self.lines = {lane.attrib["id"]: points(lane.attrib["shape"]) for lane in self.root.iter("lane")}
        self.widths = {
            lane.attrib["id"]: float(lane.attrib["width"])
            for lane in self.root.iter("lane")
            if lane.get("width")
        }
        for link in self.root.iter("connection"):
            if self.function(link, "from") == "internal" and link.get("via"):
                self.later[lane_of(link, "from")] = link.attrib["via"]
        for junction in self.junctions:
            lanes = junction.attrib["intLanes"].split()
            self.places |= {lane: (junction.attrib["id"], k) for k, lane in enumerate(lanes)}
            rows = sorted(junction.iter("request"), key=lambda row: int(row.attrib["index"]))
            self.requests[junction.attrib["id"]] = [
                (row.attrib["response"][::-1], row.attrib["foes"][::-1]) for row in rows
            ]

    @property
    def junctions(self) -> Iterator[ET.Element]:
        return (item for item in self.root.iter("junction") if item.get("type") != "internal")

    def function(self, link: ET.Element, end: str) -> str:
        return self.edges[link.attrib[end]].get("function", "normal")

    def has_row(self, link: ET.Element) -> bool:
        """Whether a junction's right of way has a row for it: from lane to lane, or onto a crossing."""
        ends = self.function(link, "from"), self.function(link, "to")
        return ends in (("normal", "normal"), ("walkingarea", "crossing"))

    def inside(self, link: ET.Element) -> list[str]:
        """Lanes inside the junction up to the exit."""
        for end in ("to", "from"):
            if self.function(link, end) == "crossing":
                return [lane_of(link, end)]
        lanes = [link.attrib["via"]] if link.get("via") else []
        while lanes and lanes[-1] in self.later:
            lanes.append(self.later[lanes[-1]])
        return lanes

    def places_as_written(self) -> dict[int, Place]:
        """Place of each connection, by its position in the file, from the order of lanes and of the text."""
        by_lane = defaultdict(list)
        for position, link in enumerate(self.root.iter("connection")):
            if self.has_row(link):
                by_lane[lane_of(link, "from")].append(position)
        places: dict[int, Place] = {}
        for junction in self.junctions:
            members = [p for lane in junction.attrib["incLanes"].split() for p in by_lane[lane]]
            places |= {position: (junction.attrib["id"], k) for k, position in enumerate(members)}
        return places

    def served(self) -> dict[str, dict[int, list[Served]]]:
        """What each head of each signal serves.

        A head that releases only the second step of a cyclist's left turn (`linkIndex2`) is not counted:
        that step runs beside the movement whose head it shares.
        """
        written = self.places_as_written()
        signals: dict[str, dict[int, list[Served]]] = defaultdict(lambda: defaultdict(list))
        for position, link in enumerate(self.root.iter("connection")):
            if not link.get("tl") or self.function(link, "from") == "internal":
                continue
            index = int(link.attrib["linkIndex"])
            signals[link.attrib["tl"]][index].append(self._served(link, written.get(position)))
        return signals

    def _served(self, link: ET.Element, place: Place | None) -> Served:
        inside = self.inside(link)
        edges: tuple[str, ...] = (link.attrib["from"], link.attrib["to"])
        if walks := "normal" not in (self.function(link, "from"), self.function(link, "to")):
            edges = tuple(self.edges[inside[0].rpartition("_")[0]].attrib["crossingEdges"].split())
        line = tuple(point for lane in inside for point in self.lines[lane])
        found = self.places[inside[-1]] if inside else place
        assert found is not None
        return Served(
            place=found,
            edges=edges,
            to_lane=lane_of(link, "to"),
            direction=link.attrib["dir"],
            line=line[::-1] if self.function(link, "from") == "crossing" else line,
            width_m=min((self.widths.get(lane, LANE_WIDTH_M) for lane in inside), default=LANE_WIDTH_M),
            walks=walks,
            indirect=bool(link.get("indirect")),
        )

    def says(self, what: int, x: Served, y: Served) -> bool:
        """What SUMO says of two at one junction: whether x gives way to y (0), whether they are foes (1)."""
        return self.requests[x.place[0]][x.place[1]][what][y.place[1]] == "1"

    def right_of_way(self, heads: Heads, n_heads: int) -> tuple[BoolArray, BoolArray]:
        """Foes and responses of each two heads, two bool arrays of shape (n_heads, n_heads)."""
        foes, response = np.zeros((2, n_heads, n_heads), dtype=np.bool_)
        for a, b in permutations(heads, 2):
            for x, y in together(heads[a], heads[b]):
                response[a, b] |= self.says(0, x, y)
                foes[a, b] |= self.says(1, x, y)
        return foes, response


def lane_of(link: ET.Element, end: str) -> str:
    return f"{link.attrib[end]}_{link.attrib[f'{end}Lane']}"


def points(shape: str) -> Line:
    places = (point.split(",") for point in shape.split())
    return tuple((float(place[0]), float(place[1])) for place in places)


def together(items: list[Served], others: list[Served]) -> Iterator[tuple[Served, Served]]:
    """Pairs at the same junction."""
    return ((x, y) for x in items for y in others if x.place[0] == y.place[0])


def crossings_m(line: Line, other: Line) -> list[float]:
    """Distances [m] along `line` to where `other` crosses it; touching is no crossing."""
    found, done = [], 0.0
    for a, b in pairwise(line):
        length = hypot(b[0] - a[0], b[1] - a[1])
        shares = (share_of(a, b, c, d) for c, d in pairwise(other))
        found += [done + share * length for share in shares if share is not None]
        done += length
    return found


def within_m(item: Served, other: Served) -> FloatArray:
    """Distances [m] along the line of `item` at which it runs within the lane or crossing of `other`."""
    (at, here), (_, there) = sampled(item.line), sampled(other.line)
    apart: FloatArray = np.hypot(*(here[:, None, :] - there[None, :, :]).transpose(2, 0, 1)).min(axis=1)
    return at[apart < 0.45 * other.width_m]


def sampled(line: Line) -> tuple[FloatArray, FloatArray]:
    """Points at equal steps: distances [m] from the begin, shape (n,), and places, shape (n, 2)."""
    places = np.array(line)
    done = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(places, axis=0).T))])
    at = np.arange(0.0, done[-1], STEP_M)
    return at, np.column_stack([np.interp(at, done, axis) for axis in places.T])


def share_of(a: Point, b: Point, c: Point, d: Point) -> float | None:
    """Share of the way from a to b up to where cd crosses it; None where neither or one parts the other."""

    def side(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    at_c, at_d, at_a, at_b = side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)
    return at_a / (at_a - at_b) if at_c * at_d < 0 and at_a * at_b < 0 else None


def read_net_file(config: Path) -> NetFile:
    name = next(item.attrib["value"] for item in ET.parse(config).getroot().iter("net-file"))
    path = config.parent / name
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
        return NetFile(ET.parse(stream).getroot())


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario as our reader has it, and its net as plain XML."""

    name: str
    scenario: Scenario
    net: NetFile
    served: Mapping[str, Heads]

    @property
    def signals(self) -> Iterator[tuple[Intersection, Heads]]:
        assert {node.id for node in self.scenario.network.intersections} == set(self.served)
        return ((node, self.served[node.id]) for node in self.scenario.network.intersections)


@pytest.fixture(scope="module")
def case(any_config: Path) -> Case:
    net = read_net_file(any_config)
    return Case(any_config.stem, read_scenario(any_config), net, net.served())


def named(node: Intersection, pairs: BoolArray) -> list[str]:
    """Pairs of heads by index and name, so that a failure tells what is wrong."""
    return [f"{node.id} {a} {b}: {node.heads[a].id} | {node.heads[b].id}" for a, b in np.argwhere(pairs)]


# The nets


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("grid", {"crossings", "waiting inside"}),
        ("grid-left-hand", {"crossings", "waiting inside", "U-turns"}),
        ("six-legs", {"crossings", "waiting inside", "U-turns"}),
        ("two-way-crossing", {"crossings", "two-way crossing", "unused letters", "U-turns"}),
        ("median", {"crossings", "refuge"}),
        ("joined", {"crossings", "several junctions", "refuge"}),
        ("joined-grouped", {"crossings", "several junctions", "shared heads"}),
        ("joined-uncontrolled-within", {"crossings", "several junctions"}),
        ("bus-lane", {"crossings", "foes in one direction"}),
        ("bike-lane", {"crossings", "foes in one direction"}),
        ("grouped", {"crossings", "shared heads"}),
        ("indirect-left", {"crossings", "left turn in two steps"}),
    ],
)
def test_nets_hold_what_they_are_for(build_net: BuildNet, name: str, expected: set[str]) -> None:
    net = read_net_file(build_net(name))
    held = set().union(*(features(net, tl, heads) for tl, heads in net.served().items()))
    assert expected <= held


def features(net: NetFile, tl: str, heads: Heads) -> set[str]:
    n_letters = next(len(row.attrib["state"]) for row in net.root.iterfind(f"tlLogic[@id='{tl}']/phase"))
    served = [item for items in heads.values() for item in items]
    walks = [item for item in served if item.walks]
    foes, _ = net.right_of_way(heads, n_letters)
    held = {
        "crossings": bool(walks),
        "two-way crossing": len({item.place for item in walks}) < len(walks),
        "refuge": any(len(item.edges) == 1 for item in walks),
        "unused letters": len(heads) < n_letters,
        "shared heads": len(heads) < len(served),
        "several junctions": len({item.place[0] for item in served}) > 1,
        "waiting inside": bool(net.later),
        "U-turns": any(item.direction in "tT" for item in served),
        "left turn in two steps": any(item.indirect for item in served),
        "foes in one direction": bool((foes != foes.T).any()),
    }
    return {name for name, true in held.items() if true}


# Right of way


def test_rows_found_by_lane_and_by_order_agree(case: Case) -> None:
    written = case.net.places_as_written()
    links = [(k, link) for k, link in enumerate(case.net.root.iter("connection")) if case.net.has_row(link)]
    by_lane = {k: case.net.places.get(lanes[-1]) for k, link in links if (lanes := case.net.inside(link))}
    ruled = {k: place for k, place in by_lane.items() if case.net.requests[written[k][0]]}
    assert ruled == {k: written[k] for k in ruled}
    assert ruled or case.name == "no-internal-links"


def test_paths_meet_as_in_the_foes_of_sumo(case: Case) -> None:
    wrong = []
    for node, heads in case.signals:
        foes, _ = case.net.right_of_way(heads, node.n_heads)
        # Where lanes are kept for some vehicles, netconvert gives foes in one direction only.
        wrong += named(node, node.conflicts.meets != (foes | foes.T))
    assert wrong == []


def test_heads_yield_as_in_the_responses_of_sumo(case: Case) -> None:
    wrong = []
    for node, heads in case.signals:
        _, response = case.net.right_of_way(heads, node.n_heads)
        wrong += named(node, node.conflicts.yields != response)
    assert wrong == []


def test_meeting_is_mutual_and_never_with_oneself(case: Case) -> None:
    for node, _ in case.signals:
        assert (node.conflicts.meets == node.conflicts.meets.T).all()
        assert not node.conflicts.meets.diagonal().any()
        assert not node.conflicts.yields.diagonal().any()
        assert node.conflicts.overrides == ()


# Whom heads serve


def test_letters_serve_whom_the_net_says(case: Case) -> None:
    for node, heads in case.signals:
        users = {k: User.PEDESTRIANS if items[0].walks else User.VEHICLES for k, items in heads.items()}
        assert [head.user for head in node.heads] == [users.get(k, User.NOBODY) for k in range(node.n_heads)]
        assert node.crossings == tuple(sorted(k for k in users if users[k] is User.PEDESTRIANS))


def test_turns_are_those_of_the_net(case: Case) -> None:
    for node, heads in case.signals:
        for k, items in heads.items():
            turns = {TURNS[item.direction.lower()] for item in items}
            assert node.heads[k].turn in turns, (node.id, k)


def test_crossings_meet_the_vehicles_that_drive_over_them_and_yield_to_nobody(case: Case) -> None:
    wrong = []
    for node, heads in case.signals:
        expected = np.zeros((node.n_heads, node.n_heads), dtype=np.bool_)
        for a in node.crossings:
            for b in heads:
                pairs = together(heads[a], heads[b])
                expected[a, b] = any({*x.edges} & {*y.edges} and not y.walks for x, y in pairs)
        walks = list(node.crossings)
        wrong += named(
            node, (node.conflicts.meets != expected) & np.isin(np.arange(node.n_heads), walks)[:, None]
        )
        assert not node.conflicts.yields[walks].any()
    assert wrong == []


# Where paths meet

# SUMO's foes follow the order of the links around a junction, not its drawing: in these wide junctions
# center lines cross although they are no foes.
UNSEEN = {
    "cologne1": {
        frozenset({"-32038056#3->-28198821#4", "27115123#3->32038051#0"}),
        frozenset({"23429231#1->32324544#0", "28198821#3->32038056#0"}),
    },
    "cologne3": {frozenset({"-241660955#3->-200818108#1", "319261593#16->4999331#0"})},
}


def test_lines_of_two_approaches_that_cross_belong_to_heads_that_meet(case: Case) -> None:
    unseen = set()
    for node, heads in case.signals:
        assert not (node.conflicts.unseen & node.conflicts.meets).any()
        assert (node.conflicts.unseen <= node.opposed).all()
        for a, b in combinations(heads, 2):
            for x, y in together(heads[a], heads[b]):
                if approaches_differ(x, y) and not node.conflicts.meets[a, b] and crossings_m(x.line, y.line):
                    assert node.conflicts.unseen[a, b]
                    unseen.add(frozenset({"->".join(x.edges), "->".join(y.edges)}))
    assert unseen == UNSEEN.get(case.name, set())


def approaches_differ(x: Served, y: Served) -> bool:
    """Whether both are drawn as they are used (no left turn in two steps), and not lanes of one link."""
    return not (x.indirect or y.indirect) and (x.walks or y.walks or x.edges[0] != y.edges[0])


def test_heads_of_two_approaches_into_one_lane_meet(case: Case) -> None:
    wrong = []
    for node, heads in case.signals:
        merge = np.zeros((node.n_heads, node.n_heads), dtype=np.bool_)
        for a, b in permutations(heads, 2):
            pairs = together(heads[a], heads[b])
            merge[a, b] = any(
                x.to_lane == y.to_lane and x.edges[0] != y.edges[0] for x, y in pairs if not x.walks
            )
        wrong += named(node, merge & ~node.conflicts.meets)
    assert wrong == []


def test_areas_lie_on_the_paths_of_heads_that_meet(case: Case) -> None:
    for node, _ in case.signals:
        near, far = node.conflicts.near_m, node.conflicts.far_m
        meets = node.conflicts.meets | node.conflicts.unseen
        length = np.array([head.length_m for head in node.heads])[:, None]
        assert (np.isfinite(near) == meets).all()
        assert (np.isfinite(far) == meets).all()
        assert (near[meets] >= 0).all()
        assert (near[meets] <= far[meets]).all()
        assert named(node, node.opposed & (far > length + LANE_WIDTH_M)) == []


def test_areas_hold_the_points_where_lines_cross(case: Case) -> None:
    wrong = []
    for node, heads in case.signals:
        for a, b in np.argwhere(node.opposed):
            near, far = node.conflicts.near_m[a, b], node.conflicts.far_m[a, b]
            for x, y in together(heads[int(a)], heads[int(b)]):
                at = crossings_m(x.line, y.line)
                if any(not near - ROUNDING_M <= s <= far + ROUNDING_M for s in at):
                    wrong.append(f"{node.id} {a} {b}: {at} m, but the area is {near:.1f} m to {far:.1f} m")
    assert wrong == []


def test_areas_hold_the_stretches_within_the_other_lane(case: Case) -> None:
    wrong = []
    for node, heads in case.signals:
        for a, b in np.argwhere(node.opposed):
            near, far = node.conflicts.near_m[a, b], node.conflicts.far_m[a, b]
            pairs = together(heads[int(a)], heads[int(b)])
            foes = ((x, y) for x, y in pairs if x.line and (case.net.says(1, x, y) or case.net.says(1, y, x)))
            at = np.concatenate([[near], *(within_m(x, y) for x, y in foes)])
            if at.min() < near - STEP_M or at.max() > far + STEP_M:
                shared = f"{at.min():.1f} m to {at.max():.1f} m"
                wrong.append(f"{node.id} {a} {b}: {shared}, but the area is {near:.1f} m to {far:.1f} m")
    assert wrong == []


# Programs


def test_every_static_program_has_its_timing(case: Case) -> None:
    static = [item for item in case.net.root.iter("tlLogic") if item.get("type") == "static"]
    plan = case.scenario.field_plan
    assert sorted(plan) == sorted(item.attrib["id"] for item in static)
    for logic in static:
        timing, at = plan[logic.attrib["id"]], float(logic.attrib["offset"])
        for row in logic.iter("phase"):
            duration = float(row.attrib["duration"])
            assert timing.state_at(at + duration / 2) == row.attrib["state"]
            at += duration
        assert timing.cycle_s == pytest.approx(at - float(logic.attrib["offset"]))

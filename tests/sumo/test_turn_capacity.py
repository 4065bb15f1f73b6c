"""Capacity of one turn against SUMO with the city's drivers: one sends in more than can pass, and counts."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest

import trafficopt as to
from trafficopt.model.lane_groups import Following, following
from trafficopt.model.turn_capacity import MERGING, U_TURN, spare_capacity_veh_h, yielding_capacity_veh_h
from trafficopt.sumo.binary import run_tool

DRIVER = (
    'length="4.6" minGap="2.2" sigma="0.5" impatience="0.5" speedFactor="normc(0.97,0.09,0.7,1.2)" '
    'lcKeepRight="0"'
)
DRIVING = Following(6.8, 1.0)
BEGIN_S, END_S = 300.0, 2100.0
TOO_MANY = 2000.0


MAIN = 'speed="16.67" priority="10"'


def edge(key: str, start: str, end: str, lanes: int, more: str = MAIN) -> str:
    return f'<edge id="{key}" from="{start}" to="{end}" numLanes="{lanes}" spreadType="right" {more}/>'


def connect(a: str, b: str, *lanes: tuple[int, int]) -> str:
    return "".join(f'<connection from="{a}" to="{b}" fromLane="{i}" toLane="{k}"/>' for i, k in lanes)


def build(folder: Path, nodes: str, edges: str, connections: str) -> None:
    parts = {"nod": f"<nodes>{nodes}</nodes>", "edg": f"<edges>{edges}</edges>"}
    parts["con"] = f"<connections>{connections}</connections>"
    for name, text in parts.items():
        (folder / f"a.{name}.xml").write_text(text, encoding="utf-8")
    files = ("-n", "a.nod.xml", "-e", "a.edg.xml", "-x", "a.con.xml", "-o", "a.net.xml")
    run_tool("netconvert", [*files, "--no-turnarounds"], cwd=folder, time_limit_s=60)


def passed_veh_h(folder: Path, flows: dict[str, tuple[float, str]], stop_line: int) -> Counter[str]:
    """Vehicles of each flow that leave the link of that number on their route [veh/h]."""
    text = "".join(
        f'<flow id="{key}" type="car" begin="0" end="{END_S}" probability="{min(1.0, flow / 3600.0):.5f}" '
        f'departLane="best" departSpeed="max"><route edges="{route}"/></flow>'
        for key, (flow, route) in flows.items()
    )
    (folder / "a.rou.xml").write_text(f'<routes><vType id="car" {DRIVER}/>{text}</routes>', encoding="utf-8")
    (folder / "a.sumocfg").write_text(
        '<configuration><net-file value="a.net.xml"/><route-files value="a.rou.xml"/>'
        f'<begin value="0"/><end value="{END_S}"/></configuration>',
        encoding="utf-8",
    )
    out = ("--vehroute-output", "v.xml", "--vehroute-output.exit-times", "--vehroute-output.write-unfinished")
    run_tool("sumo", ["-c", "a.sumocfg", "--seed", "1", "--no-warnings", *out], cwd=folder, time_limit_s=120)
    found: Counter[str] = Counter()
    for vehicle in ET.parse(folder / "v.xml").getroot().iter("vehicle"):
        times = [float(each) for each in vehicle.find("route").get("exitTimes", "").split()]
        if len(times) > stop_line and BEGIN_S <= times[stop_line] < END_S:
            found[vehicle.get("id", "").split(".")[0]] += 3600.0 / (END_S - BEGIN_S)
    return found


@pytest.mark.parametrize("opposing", [600.0, 1200.0])
def test_u_turns_at_an_opening(tmp_path: Path, opposing: float) -> None:
    nodes = "".join(
        f'<node id="{k}" x="{x}" y="0"/>' for k, x in zip("apub", (0, 600, 655, 1300), strict=True)
    )
    edges = edge("e1", "a", "p", 2) + edge("e2", "p", "u", 3) + edge("e3", "u", "b", 2)
    edges += edge("w1", "b", "u", 2) + edge("w2", "u", "a", 2)
    lanes = ((0, 0), (1, 1))
    connections = connect("e1", "e2", *lanes, (1, 2)) + connect("e2", "e3", *lanes)
    build(tmp_path, nodes, edges, connections + connect("w1", "w2", *lanes) + connect("e2", "w2", (2, 1)))
    flows = {"back": (TOO_MANY, "e1 e2 w2"), "first": (opposing, "w1 w2")}
    found = passed_veh_h(tmp_path, flows, 1)["back"]
    assert yielding_capacity_veh_h(opposing, 3.65, DRIVING, U_TURN) == pytest.approx(found, rel=0.25)


@pytest.mark.parametrize("opposing", [200.0, 500.0])
def test_right_turns_at_the_end_of_a_slip_lane(tmp_path: Path, opposing: float) -> None:
    places = {"a": (0, 0), "m": (660, 0), "b": (1300, 0), "q": (500, -300), "s": (600, -60)}
    nodes = "".join(f'<node id="{key}" x="{x}" y="{y}"/>' for key, (x, y) in places.items())
    slip = 'speed="8.33" priority="1" shape="600,-60 620,-15 660,0"'
    edges = edge("r1", "a", "m", 1) + edge("r2", "m", "b", 1) + edge("slip", "s", "m", 1, slip)
    edges += edge("s1", "q", "s", 1, 'speed="16.67" priority="1"')
    one = (0, 0)
    build(
        tmp_path,
        nodes,
        edges,
        connect("r1", "r2", one) + connect("slip", "r2", one) + connect("s1", "slip", one),
    )
    flows = {"right": (TOO_MANY, "s1 slip r2"), "first": (opposing, "r1 r2")}
    found = passed_veh_h(tmp_path, flows, 1)["right"]
    assert yielding_capacity_veh_h(opposing, 8.33, DRIVING, MERGING) == pytest.approx(found, rel=0.25)


STRAIGHT = {"w": "e", "e": "w", "s": "n", "n": "s"}
RIGHT = {"w": "s", "e": "n", "s": "e", "n": "w"}


def signal(folder: Path) -> None:
    """A crossroads of two lanes each way without left turns; right turns are free on red, and yield."""
    places = {"c": (0, 0), "w": (-400, 0), "e": (400, 0), "s": (0, -400), "n": (0, 400)}
    nodes = "".join(
        f'<node id="{key}" x="{x}" y="{y}" type="{"traffic_light" if key == "c" else "priority"}"/>'
        for key, (x, y) in places.items()
    )
    normal = 'speed="13.89" priority="5"'
    edges = "".join(edge(a + b, a, b, 2, normal) for k in STRAIGHT for a, b in ((k, "c"), ("c", k)))
    connections = "".join(
        connect(f"{a}c", f"c{STRAIGHT[a]}", (0, 0), (1, 1)) + connect(f"{a}c", f"c{RIGHT[a]}", (0, 0))
        for a in STRAIGHT
    )
    build(folder, nodes, edges, connections)
    tree = ET.parse(folder / "a.net.xml")
    heads = [c for c in tree.getroot().iter("connection") if c.get("tl")]
    logic = next(tree.getroot().iter("tlLogic"))
    logic[:] = []
    for going, green_s in (("we", 25), ("sn", 45)):
        for letter, duration_s in (("G", green_s), ("y", 3), ("r", 2)):
            state = ["r"] * len(heads)
            for c in heads:
                right = c.get("to") == f"c{RIGHT[c.get('from', '')[0]]}"
                shown = letter if c.get("from", "")[0] in going else "r"
                state[int(c.get("linkIndex", 0))] = "g" if right else shown
            ET.SubElement(logic, "phase", duration=str(duration_s), state="".join(state))
    tree.write(folder / "a.net.xml")


def test_right_turns_from_a_shared_curb_lane(tmp_path: Path) -> None:
    signal(tmp_path)
    flows = {
        "right": (TOO_MANY, "wc cs"),
        "through": (300.0, "wc ce"),
        "back": (300.0, "ec cw"),
        "down": (400.0, "nc cs"),
        "up": (400.0, "sc cn"),
    }
    found = passed_veh_h(tmp_path, flows, 0)
    problem = to.build_problem(to.read_scenario(tmp_path / "a.sumocfg"))
    plan = problem.field_plan["c"]
    asked = spare_capacity_veh_h(problem, 0, "wc->cs", plan, following(problem))
    assert found["through"] == pytest.approx(300.0, rel=0.15)  # they get through beside
    assert asked == pytest.approx(found["right"], rel=0.25)

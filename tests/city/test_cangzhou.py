"""The built city against the totals it is modeled on."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from collections import defaultdict, deque
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

CITY = Path(__file__).resolve().parents[2] / "scenarios" / "cangzhou"
BUILT = (
    "scenario.toml",
    "cangzhou.sumocfg",
    "cangzhou.net.xml.gz",
    "cangzhou.rou.xml.gz",
    "intersections.csv",
    "arterials.csv",
    "uturn_openings.csv",
)


def rows_of(name: str) -> list[dict[str, str]]:
    with (CITY / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def net() -> ET.Element:
    with gzip.open(CITY / "cangzhou.net.xml.gz", "rb") as file:
        return ET.parse(file).getroot()


@pytest.fixture(scope="module")
def edges(net: ET.Element) -> dict[str, dict[str, str]]:
    return {e.attrib["id"]: dict(e.attrib) for e in net.iter("edge") if "from" in e.attrib}


@pytest.fixture(scope="module")
def connections(net: ET.Element) -> list[dict[str, str]]:
    found = (dict(c.attrib) for c in net.iter("connection"))
    return [c for c in found if not c["from"].startswith(":")]


@pytest.fixture(scope="module")
def programs(net: ET.Element) -> dict[str, list[tuple[int, str]]]:
    logics = list(net.iter("tlLogic"))
    assert {logic.attrib["programID"] for logic in logics} == {"field"}
    assert len({logic.attrib["id"] for logic in logics}) == len(logics)
    return {
        logic.attrib["id"]: [(int(p.attrib["duration"]), p.attrib["state"]) for p in logic]
        for logic in logics
    }


@pytest.fixture(scope="module")
def saturation() -> ModuleType:
    path = CITY / "build" / "saturation.py"
    spec = importlib.util.spec_from_file_location("cangzhou_saturation", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def signal_nodes(net: ET.Element) -> set[str]:
    return {j.attrib["id"] for j in net.iter("junction") if j.attrib["type"] == "traffic_light"}


def test_signals_of_net_and_table_agree(net: ET.Element, programs: dict[str, list[tuple[int, str]]]) -> None:
    assert len(programs) == 167
    assert signal_nodes(net) == set(programs)
    assert {row["intersection"] for row in rows_of("intersections.csv")} == set(programs)


def test_intersections_lie_where_the_table_says(net: ET.Element) -> None:
    place = {j.attrib["id"]: (float(j.attrib["x"]), float(j.attrib["y"])) for j in net.iter("junction")}
    for row in rows_of("intersections.csv"):
        assert place[row["intersection"]] == (float(row["x_m"]), float(row["y_m"]))


def test_arterials_and_retimed_intersections() -> None:
    members = defaultdict(list)
    for row in rows_of("arterials.csv"):
        members[row["arterial"]].append((int(row["position"]), row["intersection"]))
    assert sorted(members) == [f"A{k}" for k in range(1, 8)]
    for found in members.values():
        assert [position for position, _ in found] == list(range(1, len(found) + 1))
    on_arterials = {name for found in members.values() for _, name in found}
    retimed = {r["intersection"] for r in rows_of("intersections.csv") if r["retime"] == "yes"}
    assert len(on_arterials) == 100
    assert len(retimed) == 127
    assert on_arterials <= retimed


def test_openings_are_uturns_at_mid_block_nodes(
    net: ET.Element, edges: dict[str, dict[str, str]], connections: list[dict[str, str]]
) -> None:
    uturns = {(c["from"], c["to"]): c for c in connections if c["dir"] == "t"}
    table = {(row["from_edge"], row["to_edge"]): row for row in rows_of("uturn_openings.csv")}
    assert len(uturns) == 78
    assert set(uturns) == set(table)
    lanes = {e.attrib["id"]: len(e.findall("lane")) for e in net.iter("edge")}
    signals = signal_nodes(net)
    for (coming, going), link in uturns.items():
        node = edges[coming]["to"]
        assert node == edges[going]["from"] == table[coming, going]["opening"]
        assert node not in signals and "tl" not in link
        assert int(link["fromLane"]) == lanes[coming] - 1
        legs = {edges[e]["from"] for e in edges if edges[e]["to"] == node}
        assert len(legs) == 2


def test_islands_are_slip_lanes(
    net: ET.Element, edges: dict[str, dict[str, str]], connections: list[dict[str, str]]
) -> None:
    slips = defaultdict(list)
    for name in edges:
        if edges[name].get("type") == "slip":
            slips[name.split(".")[0]].append(name)
    islands = {r["intersection"] for r in rows_of("intersections.csv") if r["islands"] == "yes"}
    assert len(islands) == 22
    assert set(slips) == islands
    signals = signal_nodes(net)
    for junction, names in slips.items():
        assert len(names) == 4
        for name in names:
            assert edges[name]["from"] not in signals and edges[name]["to"] not in signals
            before = {
                edges[c["to"]]["to"] for c in connections if edges[c["from"]]["to"] == edges[name]["from"]
            }
            assert junction in before
            assert [c["state"] for c in connections if c["from"] == name] == ["m"]
        turns = {c["dir"] for c in connections if c.get("tl") == junction}
        assert turns == {"s", "l"}


def test_consecutive_intersections_are_joined_both_ways(
    net: ET.Element, edges: dict[str, dict[str, str]], connections: list[dict[str, str]]
) -> None:
    signals = signal_nodes(net)
    following = defaultdict(set)
    for link in connections:
        following[link["from"]].add(link["to"])
    leaving = defaultdict(set)
    for name, edge in edges.items():
        leaving[edge["from"]].add(name)

    def next_signals(start: str) -> set[str]:
        queue, seen, found = deque(leaving[start]), set(leaving[start]), set()
        while queue:
            edge = queue.popleft()
            if edges[edge]["to"] in signals:
                found.add(edges[edge]["to"])
                continue
            for later in following[edge] - seen:
                seen.add(later)
                queue.append(later)
        return found

    table = rows_of("arterials.csv")
    pairs = [
        (a["intersection"], b["intersection"]) for a, b in pairwise(table) if a["arterial"] == b["arterial"]
    ]
    assert len(pairs) == len(table) - 7
    for a, b in pairs:
        assert b in next_signals(a)
        assert a in next_signals(b)


def test_every_green_ends_in_yellow(programs: dict[str, list[tuple[int, str]]]) -> None:
    for name, program in programs.items():
        for k, (duration, state) in enumerate(program):
            after = program[(k + 1) % len(program)][1]
            for now, later in zip(state, after, strict=True):
                assert not (now in "gG" and later == "r"), name
                assert not (now == "y" and later in "gG"), name
            if "y" in state:
                assert duration == 3, name
                assert program[(k + 1) % len(program)][0] in (1, 2), name


def test_greens_keep_their_minimum(
    programs: dict[str, list[tuple[int, str]]], connections: list[dict[str, str]]
) -> None:
    for link in connections:
        if "tl" not in link or link["dir"] == "r":
            continue
        states = [(d, s[int(link["linkIndex"])]) for d, s in programs[link["tl"]]]
        green = sum(duration for duration, letter in states if letter in "gG")
        assert green >= (12 if link["dir"] == "s" else 10)


def test_no_conflicting_movements_are_green(
    net: ET.Element,
    programs: dict[str, list[tuple[int, str]]],
    connections: list[dict[str, str]],
) -> None:
    direction = {(c["tl"], int(c["linkIndex"])): c["dir"] for c in connections if "tl" in c}
    checked = 0
    for junction in net.iter("junction"):
        name = junction.attrib["id"]
        if name not in programs:
            continue
        for request in junction.iter("request"):
            link = int(request.attrib["index"])
            foes = request.attrib["foes"][::-1]
            yields = request.attrib["response"][::-1]
            for foe in (k for k, flag in enumerate(foes) if flag == "1"):
                for _, state in programs[name]:
                    if state[link] in "gG" and state[foe] in "gG":
                        checked += 1
                        turns = {direction[name, link], direction[name, foe]}
                        assert "r" in turns, (name, link, foe)
                        assert not (state[link] == state[foe] == "G"), (name, link, foe)
                        if state[link] == "g" and state[foe] == "G":
                            assert yields[foe] == "1", (name, link, foe)
    assert checked > 100


def test_one_cycle_on_each_arterial(programs: dict[str, list[tuple[int, str]]]) -> None:
    cycles = defaultdict(set)
    for row in rows_of("arterials.csv"):
        cycles[row["arterial"]].add(sum(d for d, _ in programs[row["intersection"]]))
    assert all(len(found) == 1 for found in cycles.values())


def test_critical_saturation_is_that_of_a_peak(saturation: ModuleType) -> None:
    found = saturation.critical(saturation.group_loads(CITY))
    values = np.array(list(found.values()))
    assert len(values) == 167
    assert 0.6 <= float(np.median(values)) <= 0.75
    assert 0.85 <= float(np.quantile(values, 0.9)) <= 1.0
    assert 0.05 <= float(np.mean(values > 0.9)) <= 0.15


def test_trips_fill_the_peak_hour(edges: dict[str, dict[str, str]]) -> None:
    with gzip.open(CITY / "cangzhou.rou.xml.gz", "rb") as file:
        root = ET.parse(file).getroot()
    departs = [float(v.attrib["depart"]) for v in root.iter("vehicle")]
    assert 18_000 <= len(departs) <= 22_000
    assert departs == sorted(departs)
    assert departs[0] >= 25_200 and departs[-1] < 28_800
    used = {edge for route in root.iter("route") for edge in route.attrib["edges"].split()}
    assert used <= set(edges)
    kinds = {t.attrib["vClass"] for t in root.iter("vType")}
    assert kinds == {"passenger", "bus", "truck"}


def test_openings_are_used() -> None:
    table = {(row["from_edge"], row["to_edge"]) for row in rows_of("uturn_openings.csv")}
    uturns = 0
    with gzip.open(CITY / "cangzhou.rou.xml.gz", "rb") as file:
        for _, element in ET.iterparse(file):
            if element.tag == "route":
                uturns += sum(p in table for p in pairwise(element.attrib["edges"].split()))
    assert uturns > 500


def test_scenario_file_points_to_the_built_files() -> None:
    scenario = tomllib.loads((CITY / "scenario.toml").read_text(encoding="utf-8"))
    assert scenario["name"] == "cangzhou"
    for key in ("sumocfg", "intersections", "arterials", "uturn_openings"):
        assert (CITY / scenario[key]).is_file()
    size = sum((CITY / f"cangzhou.{kind}.xml.gz").stat().st_size for kind in ("net", "rou"))
    assert size < 8_000_000


def test_rebuild_gives_the_same_bytes(tmp_path: Path) -> None:
    pytest.importorskip("sumo")
    subprocess.run([sys.executable, str(CITY / "build"), "--output", str(tmp_path)], check=True, timeout=300)
    for name in BUILT:
        assert (tmp_path / name).read_bytes() == (CITY / name).read_bytes(), name

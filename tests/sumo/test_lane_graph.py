"""Lanes, connections and right of way of whole networks, against the text of their files."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from trafficopt.lanes import Connection, LaneGraph
from trafficopt.sumo.config import read_config
from trafficopt.sumo.lane_graph import read_lane_graph
from trafficopt.sumo.net import read_net
from trafficopt.sumo.xml import opened

BuildNet = Callable[[str], Path]
Place = tuple[str, int]
ON_FOOT = {"pedestrian", "wheelchair"}


@dataclass(frozen=True, slots=True)
class Case:
    """What was read, and the file as it stands."""

    graph: LaneGraph
    file: ET.Element

    def ends(self, connection: Connection) -> tuple[Place, Place]:
        start, end = (self.graph.lanes[k] for k in (connection.from_lane, connection.to_lane))
        return (start.link, start.index), (end.link, end.index)

    def rows(self) -> dict[tuple[Place, Place], ET.Element]:
        """`<connection>` elements by their ends."""
        return {
            (
                (row.get("from", ""), int(row.get("fromLane", 0))),
                (row.get("to", ""), int(row.get("toLane", 0))),
            ): row
            for row in self.file.iter("connection")
        }

    def onward(self) -> dict[str, ET.Element]:
        """`<connection>` elements from internal lanes, by lane."""
        rows = self.rows().items()
        return {f"{link}_{lane}": row for ((link, lane), _), row in rows if link.startswith(":")}


def path_inside(row: ET.Element, onward: dict[str, ET.Element]) -> list[str]:
    """Internal lanes of a connection, one after the other."""
    names: list[str] = []
    while via := row.get("via"):
        names.append(via)
        row = onward[via]
    return names


def case_of(config: Path) -> Case:
    path = read_config(config).net
    with opened(path) as stream:
        return Case(read_lane_graph(read_net(path), path), ET.parse(stream).getroot())


@pytest.fixture(scope="module")
def cases() -> dict[Path, Case]:
    return {}


@pytest.fixture
def case(any_config: Path, cases: dict[Path, Case]) -> Case:
    if any_config not in cases:
        cases[any_config] = case_of(any_config)
    return cases[any_config]


def lanes_of(file: ET.Element) -> dict[Place, ET.Element]:
    """`<lane>` elements of normal edges."""
    return {
        (edge.get("id", ""), int(lane.get("index", 0))): lane
        for edge in file.iter("edge")
        if edge.get("function", "normal") == "normal"
        for lane in edge.iter("lane")
    }


def only_on_foot(lane: ET.Element) -> bool:
    return bool(lane.get("allow")) and set(lane.get("allow", "").split()) <= ON_FOOT


def test_lanes_and_connections_are_those_of_the_file(case: Case) -> None:
    lanes = lanes_of(case.file)
    assert [(lane.link, lane.index) for lane in case.graph.lanes] == list(lanes)
    for lane, row in zip(case.graph.lanes, lanes.values(), strict=True):
        assert lane.length_m == pytest.approx(max(0.1, float(row.get("length", 0))))
        if row.get("allow"):
            assert lane.classes == set(row.get("allow", "").split())
        else:
            assert lane.classes.isdisjoint(row.get("disallow", "").split())
            assert lane.classes
    wanted = [
        ends for ends in case.rows() if all(end in lanes and not only_on_foot(lanes[end]) for end in ends)
    ]
    found = [case.ends(connection) for connection in case.graph.connections]
    order = {place: index for index, place in enumerate(lanes)}
    assert found == sorted(wanted, key=lambda ends: order[ends[0]])


def test_connections_carry_their_attributes_and_the_path_inside(case: Case) -> None:
    rows, inside = case.rows(), {lane.get("id"): lane for lane in case.file.iter("lane")}
    onward = case.onward()
    for connection in case.graph.connections:
        row = rows[case.ends(connection)]
        assert connection.signal == row.get("tl", "")
        assert connection.head == int(row.get("linkIndex", -1))
        assert connection.right_of_way == row.get("state")
        assert connection.keep_clear == (row.get("keepClear") != "0")
        parts = [inside[name] for name in path_inside(row, onward)]
        lengths = [float(part.get("length", 0)) for part in parts]
        assert connection.length_m == pytest.approx(sum(lengths))
        assert connection.waiting_m == (lengths[0] if len(parts) > 1 else 0.0)
        if parts:
            assert connection.speed_m_s == min(float(part.get("speed", 0)) for part in parts)


def test_foes_and_right_of_way_are_the_requests_of_the_file(case: Case) -> None:
    """Row k of a junction's requests is that of the path whose last internal lane is its k-th."""
    graph, rows, onward = case.graph, case.rows(), case.onward()
    paths = [path_inside(rows[case.ends(connection)], onward) for connection in graph.connections]
    places = {path[-1]: index for index, path in enumerate(paths) if path}
    junctions = {junction.get("id", ""): junction for junction in case.file.iter("junction")}
    for lane, index in places.items():
        connection = graph.connections[index]
        junction = junctions[connection.node]
        inner = junction.get("intLanes", "").split()
        requests = junction.findall("request")  # none where nothing is regulated
        request = requests[inner.index(lane)] if requests else ET.Element("request")
        foes, response = (request.get(name, "0" * len(inner))[::-1] for name in ("foes", "response"))
        wanted = {
            places[other]: response[k] == "1"
            for k, other in enumerate(inner)
            if "1" in (foes[k], response[k]) and other in places
        }
        part = slice(graph.foe_at[index], graph.foe_at[index + 1])
        assert dict(zip(graph.foe[part].tolist(), graph.yields[part].tolist(), strict=True)) == wanted


def test_vehicles_inside_a_junction_wait_for_the_lanes_of_its_internal_junction(case: Case) -> None:
    graph, rows, onward = case.graph, case.rows(), case.onward()
    names = {f"{lane.link}_{lane.index}": k for k, lane in enumerate(graph.lanes)}
    internal = [
        j.get("incLanes", "").split() for j in case.file.iter("junction") if j.get("type") == "internal"
    ]
    for connection in graph.connections:
        path = path_inside(rows[case.ends(connection)], onward)
        wanted = [others for own, *others in internal if path and path[0] == own]
        if not wanted:
            assert connection.waits_for is None
            continue
        assert connection.waiting_m > 0
        assert connection.waits_for == {names[lane] for lane in wanted[0] if lane in names}


def test_shared_areas_lie_on_the_path_and_reach_the_end_of_a_merge(case: Case) -> None:
    graph = case.graph
    rows = np.repeat(np.arange(len(graph.connections)), np.diff(graph.foe_at))
    lengths = np.array([c.length_m for c in graph.connections])[rows]
    exits = np.array([c.to_lane for c in graph.connections], dtype=np.int64)
    assert np.all((graph.near_m >= 0) & (graph.near_m <= graph.far_m) & (graph.far_m <= lengths + 1e-6))
    merging = exits[rows] == exits[graph.foe]
    np.testing.assert_allclose(graph.far_m[merging], lengths[merging], atol=0.01)


def test_networks_without_internal_links_keep_the_right_of_way(build_net: BuildNet) -> None:
    graph = case_of(build_net("no-internal-links")).graph
    assert graph.connections
    assert not any(connection.length_m or connection.waiting_m for connection in graph.connections)
    assert not graph.near_m.any()
    assert not graph.far_m.any()
    assert 0 < graph.yields.sum() < len(graph.foe)

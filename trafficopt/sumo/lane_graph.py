"""Every lane and connection of a sumolib network, with the right of way and where paths meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from defusedxml.ElementTree import iterparse
from sumolib.net.lane import SUMO_VEHICLE_CLASSES  # type: ignore[import-untyped]

from trafficopt.intersection import Turn
from trafficopt.lanes import Connection, Lane, LaneGraph
from trafficopt.sumo.conflict_areas import Line, ones_of, shared_area_m
from trafficopt.sumo.heads import RAIL, TURNS, lanes_inside, points_of
from trafficopt.sumo.xml import opened

WALKING = frozenset({"pedestrian", "wheelchair"})
NO = ("0", "false", "off", "no", "f", "-")
Ends = tuple[str, int, str, int]  # link and lane, from and to


@dataclass(frozen=True, slots=True)
class _Way:
    """A connection with what it takes to place its foes: junction, row of its right of way, path."""

    connection: Connection
    node: Any
    request: int
    line: Line
    width_m: float


def read_lane_graph(net: Any, path: Path) -> LaneGraph:
    """Lanes and connections of the network.

    Parameters
    ----------
    net
        As sumolib reads it.
    path
        Its file, for what sumolib leaves out.
    """
    rows = [lane for edge in net.getEdges(withInternal=False) for lane in edge.getLanes()]
    known: dict[frozenset[str], frozenset[str]] = {}
    lanes = tuple(_lane(row, known) for row in rows)
    places = {row.getID(): index for index, row in enumerate(rows)}
    unkept, waits_for = _left_out(path)
    ways = [
        _way(net, connection, places, unkept, waits_for)
        for row in rows
        for connection in row.getOutgoing()
        if connection.getToLane().getID() in places and _for_vehicles(connection)
    ]
    return LaneGraph(lanes, tuple(way.connection for way in ways), *_foes(ways))


def _lane(row: Any, known: dict[frozenset[str], frozenset[str]]) -> Lane:
    classes = frozenset(_classes(row.getPermissions()))
    return Lane(
        link=row.getEdge().getID(),
        index=row.getIndex(),
        length_m=max(row.getLength(), 0.1),
        speed_m_s=max(row.getSpeed(), 0.1),
        classes=known.setdefault(classes, classes),
    )


def _classes(permissions: set[str]) -> set[str]:
    return SUMO_VEHICLE_CLASSES if "all" in permissions else permissions


def _for_vehicles(connection: Any) -> bool:
    """Whether any vehicle may drive from lane to lane."""
    ends = (connection.getFromLane(), connection.getToLane())
    shared = set.intersection(*(_classes(lane.getPermissions()) for lane in ends))
    return bool(shared - WALKING)


def _left_out(path: Path) -> tuple[frozenset[Ends], dict[str, tuple[str, ...]]]:
    """Connections that are not kept clear, and lanes whose traffic goes first at the end of an inner lane."""
    unkept, waits_for = set(), {}
    with opened(path) as stream:
        for _, element in iterparse(stream):
            if element.tag == "connection" and element.get("keepClear", "1").lower() in NO:
                lanes = int(element.get("fromLane", 0)), int(element.get("toLane", 0))
                unkept.add((element.get("from", ""), lanes[0], element.get("to", ""), lanes[1]))
            if element.tag == "junction" and element.get("type") == "internal":
                own, *others = element.get("incLanes", "").split() or [""]
                waits_for[own] = tuple(others)
            element.clear()
    return frozenset(unkept), waits_for


def _way(
    net: Any,
    connection: Any,
    places: dict[str, int],
    unkept: frozenset[Ends],
    waits_for: dict[str, tuple[str, ...]],
) -> _Way:
    start, end = connection.getFromLane(), connection.getToLane()
    inside = lanes_inside(net, connection.getViaLaneID())
    node = start.getEdge().getToNode()
    by_rule = node.getType() in RAIL or connection.getTLLinkIndex() < 0
    ends = (start.getEdge().getID(), start.getIndex(), end.getEdge().getID(), end.getIndex())
    points = [point for part in inside for point in part.getShape()]
    return _Way(
        Connection(
            from_lane=places[start.getID()],
            to_lane=places[end.getID()],
            turn=TURNS.get(connection.getDirection(), Turn.THROUGH),
            node=node.getID(),
            signal="" if by_rule else connection.getTLSID(),
            head=-1 if by_rule else connection.getTLLinkIndex(),
            right_of_way=connection.getState(),
            length_m=sum(part.getLength() for part in inside),
            waiting_m=inside[0].getLength() if len(inside) > 1 else 0.0,
            speed_m_s=max(min(part.getSpeed() for part in inside or (start, end)), 0.1),
            keep_clear=ends not in unkept,
            waits_for=_lanes_of(waits_for.get(connection.getViaLaneID()), places),
        ),
        node,
        connection.getJunctionIndex(),
        Line(points_of(points or [start.getShape()[-1], end.getShape()[0]])),
        start.getWidth(),
    )


def _lanes_of(names: Sequence[str] | None, places: dict[str, int]) -> frozenset[int] | None:
    return None if names is None else frozenset(places[name] for name in names if name in places)


def _foes(ways: Sequence[_Way]) -> tuple[Any, ...]:
    """The arrays of `LaneGraph` that tell of foes, in its order."""
    at = {(way.connection.node, way.request): index for index, way in enumerate(ways)}
    starts, foes, yields, areas = [0], [], [], []
    for way in ways:
        name, row = way.connection.node, way.request
        meets, first = (set(ones_of(bits.get(row, ""))) for bits in (way.node._foes, way.node._prohibits))
        for request in sorted((meets | first) - {row}):
            index = at.get((name, request))
            if index is not None:
                foes.append(index)
                yields.append(request in first)
                areas.append(_area_m(way, ways[index]) if request in meets else _nowhere(way))
        starts.append(len(foes))
    near, far = np.array(areas, dtype=np.float64).reshape(-1, 2).T.copy()
    return np.array(starts), np.array(foes, dtype=np.int64), np.array(yields, dtype=np.bool_), near, far


def _area_m(way: _Way, foe: _Way) -> tuple[float, float]:
    """Near and far edge of the shared area [m], on the lengths of the lanes, not of their shapes."""
    near, far = shared_area_m(way.line, foe.line, foe.width_m, or_closest=False)
    scale = way.connection.length_m / way.line.length_m
    return near * scale, far * scale


def _nowhere(way: _Way) -> tuple[float, float]:
    """The empty area at the end of a path that does not meet the foe's."""
    return way.connection.length_m, way.connection.length_m

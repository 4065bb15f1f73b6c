"""What each letter of a signal's state controls: lane connections and crossings of a sumolib network."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from trafficopt.intersection import Head, Movement, Turn, User
from trafficopt.units import BoolArray, FloatArray

TURNS = {
    "s": Turn.THROUGH,
    "l": Turn.LEFT,
    "L": Turn.LEFT,
    "r": Turn.RIGHT,
    "R": Turn.RIGHT,
    "t": Turn.U_TURN,
    "T": Turn.U_TURN,  # in left-hand traffic
}
CAR = "passenger"
SHORTEST_SLOPE_M = 20.0
STEEPEST = 0.25  # of streets with signals; more is an error of the elevation data
# Their states follow the trains.
RAIL = ("rail_signal", "rail_crossing")


@dataclass(frozen=True, slots=True)
class Connection:
    """A lane connection or a crossing under a signal, as far as it matters here.

    Attributes
    ----------
    node, request
        Its junction, and its row in the junction's right of way.
    path
        Center line inside the junction [m], shape (n_points, 2).
    width_m
        Of the lane or crossing.
    """

    head: int
    name: str
    from_link: str
    to_link: str
    lane: int
    turn: Turn
    user: User
    limit_m_s: float
    speed_m_s: float
    grade: float
    waiting_spaces: int
    for_cars: bool
    node: Any
    request: int
    path: FloatArray
    width_m: float

    @property
    def length_m(self) -> float:
        """Length of its path."""
        return float(np.hypot(*np.diff(self.path, axis=0).T).sum())


@dataclass(slots=True)
class Signal:
    """What one traffic light controls, gathered while reading."""

    connections: list[Connection] = field(default_factory=list)

    @property
    def n_heads(self) -> int:
        """Letters that a state must have at least."""
        return 1 + max(c.head for c in self.connections)


def gather_signals(net: Any, space_m: float) -> dict[str, Signal]:
    """Connections and crossings of each traffic light.

    Parameters
    ----------
    space_m
        Road [m] that a standing vehicle takes.
    """
    signals: dict[str, Signal] = defaultdict(Signal)
    crossed = _crossed_links(net)
    for edge in net.getEdges(withInternal=True):
        for connection in (c for group in edge.getOutgoing().values() for c in group):
            key, head = connection.getTLSID(), connection.getTLLinkIndex()
            if not key or head < 0 or connection.getFrom().getToNode().getType() in RAIL:
                continue
            members = signals[key].connections
            if connection.getTo().getFunction() == "crossing":
                other = connection.getTLLinkIndex2()
                heads = [head] if other in (head, -1) else [head, other]
                members += [_crossing(connection, index, crossed) for index in heads]
            elif edge.getFunction() == "crossing":  # the way back, with a letter of its own
                there = next(iter(edge.getIncoming().values()))[0]
                back = _crossing(there, head, crossed)
                members.append(replace(back, path=back.path[::-1]))
            elif edge.getFunction() == "":
                members.append(_connection(net, connection, space_m))
    return signals


def _crossed_links(net: Any) -> Mapping[str, Sequence[str]]:
    """Links that each crossing crosses."""
    crossed: dict[str, list[str]] = defaultdict(list)
    for edge in net.getEdges(withInternal=True):
        for other in edge.getCrossingEdges():
            crossed[edge.getID()].append(other if isinstance(other, str) else other.getID())
    return crossed


def _crossing(connection: Any, head: int, crossed: Mapping[str, Sequence[str]]) -> Connection:
    edge = connection.getTo()
    lane = connection.getToLane()
    return Connection(
        head=head,
        name="walk:" + "+".join(sorted(crossed.get(edge.getID(), [edge.getID()]))),
        from_link="",
        to_link=edge.getID(),
        lane=0,
        turn=Turn.THROUGH,
        user=User.PEDESTRIANS,
        limit_m_s=0.0,
        speed_m_s=0.0,
        grade=0.0,
        waiting_spaces=0,
        for_cars=False,
        node=connection.getFrom().getToNode(),
        request=connection.getJunctionIndex(),
        path=points_of(lane.getShape()),
        width_m=lane.getWidth(),
    )


def _connection(net: Any, connection: Any, space_m: float) -> Connection:
    edge, lane = connection.getFrom(), connection.getFromLane()
    inside = lanes_inside(net, connection.getViaLaneID())
    speed, spaces = edge.getSpeed(), 0
    if inside:
        speed = min(speed, inside[0].getSpeed())
    if len(inside) > 1:  # split at the yield point
        spaces = max(1, int((inside[0].getLength() + 1.5) / space_m))
    points = [point for part in inside for point in part.getShape()]
    return Connection(
        head=connection.getTLLinkIndex(),
        name=f"{edge.getID()}->{connection.getTo().getID()}",
        from_link=edge.getID(),
        to_link=connection.getTo().getID(),
        lane=lane.getIndex(),
        turn=TURNS.get(connection.getDirection(), Turn.THROUGH),
        user=User.VEHICLES,
        limit_m_s=max(0.1, edge.getSpeed()),
        speed_m_s=max(0.1, speed),
        grade=_grade(edge),
        waiting_spaces=spaces,
        for_cars=lane.allows(CAR),
        node=edge.getToNode(),
        request=connection.getJunctionIndex(),
        path=points_of(points or [lane.getShape()[-1], connection.getToLane().getShape()[0]]),
        width_m=lane.getWidth(),
    )


def lanes_inside(net: Any, first: str) -> list[Any]:
    """Internal lanes of a connection, one after the other."""
    lanes: list[Any] = []
    while first and len(lanes) < 10:
        lanes.append(net.getLane(first))
        first = next((after.getViaLaneID() for after in lanes[-1].getOutgoing() if after.getViaLaneID()), "")
    return lanes


def points_of(shape: Sequence[tuple[float, ...]]) -> FloatArray:
    """Corner points of a line, shape (n, 2), without repetitions."""
    points = np.array([point[:2] for point in shape], dtype=np.float64)
    moved = np.concatenate([[True], np.hypot(*np.diff(points, axis=0).T) > 1e-6])
    return points[moved] if moved.sum() > 1 else points[[0, 0]] + [[0.0, 0.0], [0.1, 0.0]]


def _grade(edge: Any) -> float:
    """Rise of a link toward its end; 0 where the network is flat, or the link too short to tell."""
    shape = edge.getShape3D()
    if edge.getLength() < SHORTEST_SLOPE_M:
        return 0.0
    grade = (shape[-1][2] - shape[0][2]) / edge.getLength()
    return float(min(max(grade, -STEEPEST), STEEPEST))


def heads_of(signal: Signal, n_heads: int) -> tuple[Head, ...]:
    """Heads in the order of the state string; a letter that serves nobody has an empty head."""
    members: dict[int, list[Connection]] = defaultdict(list)
    for c in signal.connections:
        members[c.head].append(c)
    return tuple(_head(members[k]) if k in members else Head(user=User.NOBODY) for k in range(n_heads))


def _head(members: Sequence[Connection]) -> Head:
    """Head of one connection, or of several that share a letter."""
    main = next((c for c in members if c.turn is Turn.THROUGH), members[0])
    return Head(
        id=" & ".join(sorted({c.name for c in members})),
        user=main.user,
        from_link="&".join(sorted({c.from_link for c in members})),
        to_link="&".join(sorted({c.to_link for c in members})),
        lane=main.lane,
        turn=main.turn,
        speed_m_s=max(c.limit_m_s for c in members),
        turn_speed_m_s=min(c.speed_m_s for c in members),
        grade=min(c.grade for c in members),
        length_m=max(c.length_m for c in members),
    )


def movements_of(signal: Signal, yields: BoolArray) -> tuple[Movement, ...]:
    """Movements of cars; lanes that cars may not use count only where no other lane serves a movement."""
    grouped: dict[tuple[str, str], list[Connection]] = defaultdict(list)
    for c in sorted(signal.connections, key=lambda c: c.head):
        if c.user is User.VEHICLES:
            grouped[c.from_link, c.to_link].append(c)
    movements = []
    for (from_link, to_link), members in grouped.items():
        chosen = [c for c in members if c.for_cars] or members
        heads = tuple(c.head for c in chosen)
        movements.append(
            Movement(
                from_link=from_link,
                to_link=to_link,
                turn=chosen[0].turn,
                heads=heads,
                lanes=tuple(c.lane for c in chosen),
                turn_speed_m_s=min(c.speed_m_s for c in chosen),
                waiting_spaces=min(c.waiting_spaces for c in chosen),
                yields_to=tuple(int(other) for other in np.flatnonzero(yields[list(heads)].any(axis=0))),
            )
        )
    return tuple(movements)

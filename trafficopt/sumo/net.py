"""Read a `.net.xml` into links, signalized intersections and right of way."""

from __future__ import annotations

import gzip
import xml.sax
import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import sumolib.net  # type: ignore[import-untyped]

from trafficopt.errors import InputError
from trafficopt.limits import Limits
from trafficopt.network import Control, Crossing, Intersection, Link, Movement, Turn
from trafficopt.plan import SignalTiming
from trafficopt.sumo.programs import Program, Programs, control_of, split_program
from trafficopt.units import BoolArray

TURNS = {
    "s": Turn.THROUGH,
    "l": Turn.LEFT,
    "L": Turn.LEFT,
    "r": Turn.RIGHT,
    "R": Turn.RIGHT,
    "t": Turn.U_TURN,
}
CAR = "passenger"
# Their states follow the trains.
RAIL = ("rail_signal", "rail_crossing")


@dataclass(frozen=True, slots=True)
class _Connection:
    """A lane connection under a signal, as far as it matters here."""

    head: int
    from_link: str
    to_link: str
    lane: int
    turn: Turn
    speed_m_s: float
    waiting_spaces: int
    for_cars: bool
    node: Any
    request: int


@dataclass(slots=True)
class _Signal:
    """What one traffic light controls, gathered while reading."""

    connections: list[_Connection] = field(default_factory=list)
    crossings: dict[int, float] = field(default_factory=dict)

    @property
    def n_heads(self) -> int:
        return 1 + max([*(c.head for c in self.connections), *self.crossings])


def read_net(path: Path) -> Any:
    """Network of `path`, as sumolib reads it.

    Raises
    ------
    InputError
        If the file is missing, broken, or no SUMO network.
    """
    remedy = "build the network again with netconvert 1.20 or newer"
    try:
        net = sumolib.net.readNet(str(path), withInternal=True, withPedestrianConnections=True, lxml=False)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(path, f"is not a whole gzip file: {error}", "compress the file again") from None
    except OSError as error:
        raise InputError(path, error.strerror or str(error), "check the path in <net-file>") from None
    except xml.sax.SAXParseException as error:
        place = f"line {error.getLineNumber()}, column {error.getColumnNumber()}"
        raise InputError(path, f"is not well-formed XML: {error.getMessage()} at {place}", remedy) from None
    except (LookupError, ValueError, AttributeError, TypeError) as error:
        raise InputError(path, f"is not a whole SUMO network: {error}", remedy) from None
    if not net.getEdges(withInternal=False):
        raise InputError(path, "holds no edges", "name a SUMO network (.net.xml) in <net-file>")
    return net


def read_links(net: Any) -> dict[str, Link]:
    """Links of the network by id; internal edges, crossings and walking areas are left out."""
    return {
        edge.getID(): Link(
            id=edge.getID(),
            from_node=edge.getFromNode().getID(),
            to_node=edge.getToNode().getID(),
            length_m=max(edge.getLength(), 0.1),
            speed_m_s=max(edge.getSpeed(), 0.1),
            n_lanes=edge.getLaneNumber(),
            shape=tuple((round(p[0], 1), round(p[1], 1)) for p in edge.getShape()),
        )
        for edge in net.getEdges(withInternal=False)
    }


def read_intersections(
    net: Any,
    path: Path,
    programs: Programs,
    limits: Limits,
    space_m: float,
) -> tuple[tuple[Intersection, ...], dict[str, SignalTiming]]:
    """Signalized intersections in the order of their ids, and the timings of the field plan.

    Raises
    ------
    InputError
        If there is no signal, or a program does not fit its signal's connections.
    """
    signals = _gather(net, space_m)
    if not signals:
        raise InputError(
            path, "holds no traffic signals", "there is nothing to time: use a network with signals"
        )
    intersections, timings, faults = [], {}, []
    for key in sorted(signals):
        program = programs.active.get(key)
        if program is None:
            faults.append(f"signal {key!r} has no program")
        elif any(len(row.state) < signals[key].n_heads for row in program.rows):
            faults.append(f"signal {key!r}: program {program.program_id!r} has a state that is too short")
        else:
            node, timing = _intersection(key, signals[key], program, key in programs.switched, limits)
            intersections.append(node)
            if timing is not None:
                timings[key] = timing
    if faults:
        raise InputError(
            path, faults, "build the network again with netconvert, or load programs that fit it"
        )
    return tuple(intersections), timings


def _gather(net: Any, space_m: float) -> dict[str, _Signal]:
    """Connections and crossings of each traffic light."""
    signals: dict[str, _Signal] = defaultdict(_Signal)
    for edge in net.getEdges(withInternal=True):
        for connection in (c for group in edge.getOutgoing().values() for c in group):
            key, head = connection.getTLSID(), connection.getTLLinkIndex()
            if not key or head < 0 or connection.getFrom().getToNode().getType() in RAIL:
                continue
            if connection.getTo().getFunction() == "crossing":
                length = connection.getTo().getLength()
                heads = (head, connection.getTLLinkIndex2())
                signals[key].crossings.update({index: length for index in heads if index >= 0})
            elif edge.getFunction() == "":
                signals[key].connections.append(_connection(net, connection, space_m))
    return signals


def _connection(net: Any, connection: Any, space_m: float) -> _Connection:
    edge = connection.getFrom()
    speed, spaces = edge.getSpeed(), 0
    if connection.getViaLaneID():
        inside = net.getLane(connection.getViaLaneID())
        speed = min(speed, inside.getSpeed())
        if any(after.getViaLaneID() for after in inside.getOutgoing()):  # split at the yield point
            spaces = max(1, int((inside.getLength() + 1.5) / space_m))
    return _Connection(
        head=connection.getTLLinkIndex(),
        from_link=edge.getID(),
        to_link=connection.getTo().getID(),
        lane=connection.getFromLane().getIndex(),
        turn=TURNS.get(connection.getDirection(), Turn.THROUGH),
        speed_m_s=max(0.1, speed),
        waiting_spaces=spaces,
        for_cars=connection.getFromLane().allows(CAR),
        node=edge.getToNode(),
        request=connection.getJunctionIndex(),
    )


def _intersection(
    key: str, signal: _Signal, program: Program, switched: bool, limits: Limits
) -> tuple[Intersection, SignalTiming | None]:
    n_heads = len(program.rows[0].state) if program.rows else signal.n_heads
    crossings = tuple(Crossing(head, length) for head, length in sorted(signal.crossings.items()))
    control, kept_because = control_of(program, switched)
    stages, timing = split_program(program, crossings, limits)
    conflicts, yields = _right_of_way(signal, n_heads)
    places = [c.node.getCoord() for c in signal.connections] or [(0.0, 0.0)]
    node = Intersection(
        id=key,
        x_m=round(sum(p[0] for p in places) / len(places), 1),
        y_m=round(sum(p[1] for p in places) / len(places), 1),
        n_heads=n_heads,
        movements=_movements(signal, yields),
        crossings=crossings,
        conflicts=conflicts,
        stages=stages,
        control=control,
        kept_because=kept_because,
    )
    return node, timing if control is Control.FIXED_TIME else None


def _right_of_way(signal: _Signal, n_heads: int) -> tuple[BoolArray, BoolArray]:
    """Foes and yielding of the heads, from the `<request>` rows of their junctions.

    Returns two bool arrays of shape (n_heads, n_heads): `[a, b]` paths of a and b meet; a yields to b.
    """
    meets = np.zeros((n_heads, n_heads), dtype=np.bool_)
    yields = np.zeros((n_heads, n_heads), dtype=np.bool_)
    at = {(c.node.getID(), c.request): c.head for c in signal.connections}
    for c in signal.connections:
        for other in _ones(c.node._foes.get(c.request, "")):
            foe = at.get((c.node.getID(), other))
            if foe is not None:
                meets[c.head, foe] = meets[foe, c.head] = True
        for other in _ones(c.node._prohibits.get(c.request, "")):
            foe = at.get((c.node.getID(), other))
            if foe is not None:
                yields[c.head, foe] = True
    return meets, yields


def _ones(bits: str) -> list[int]:
    """Places of the ones of a request row, whose last letter stands for connection 0."""
    return [index for index, bit in enumerate(reversed(bits)) if bit == "1"]


def _movements(signal: _Signal, yields: BoolArray) -> tuple[Movement, ...]:
    grouped: dict[tuple[str, str], list[_Connection]] = defaultdict(list)
    for c in sorted(signal.connections, key=lambda c: c.head):
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

"""Read a `.net.xml` into links, signalized intersections and right of way."""

from __future__ import annotations

import gzip
import sys
import xml.sax
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import sumolib.net  # type: ignore[import-untyped]

from trafficopt.errors import InputError
from trafficopt.intersection import Control, Intersection, Override
from trafficopt.limits import Limits
from trafficopt.network import Link
from trafficopt.plan import SignalTiming
from trafficopt.signals.field_program import field_stages
from trafficopt.signals.overrides import overridden
from trafficopt.signals.requirements import requirements_of
from trafficopt.signals.transitions import with_least_greens
from trafficopt.stage import Stage
from trafficopt.sumo.conflict_areas import conflicts_of
from trafficopt.sumo.heads import Signal, gather_signals, heads_of, movements_of
from trafficopt.sumo.programs import Program, Programs, control_of
from trafficopt.units import Seconds


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
    for edge in net.getEdges():
        sys.intern(edge.getID())  # routes name links by these very strings: `routes.py` interns as well
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
    overrides: Sequence[Override] = (),
) -> tuple[tuple[Intersection, ...], dict[str, SignalTiming]]:
    """Signalized intersections in the order of their ids, and the timings of the field plan.

    Raises
    ------
    InputError
        If there is no signal, or a program does not fit its signal's connections.
    """
    signals = gather_signals(net, space_m)
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
            switched, own = key in programs.switched, [o for o in overrides if o.intersection == key]
            node, timing = _intersection(key, signals[key], program, switched, limits, own)
            intersections.append(node)
            if timing is not None:
                timings[key] = timing
    if faults:
        raise InputError(
            path, faults, "build the network again with netconvert, or load programs that fit it"
        )
    return tuple(intersections), timings


def _intersection(
    key: str,
    signal: Signal,
    program: Program,
    switched: bool,
    limits: Limits,
    overrides: Sequence[Override],
) -> tuple[Intersection, SignalTiming | None]:
    n_heads = len(program.rows[0].state) if program.rows else signal.n_heads
    control, kept_because = control_of(program, switched)
    heads = heads_of(signal, n_heads)
    conflicts = overridden(heads, conflicts_of(signal.connections, n_heads), overrides)
    stages, timing = field_stages(program.rows, program.offset_s, heads, limits)
    greens = timing.greens_s if timing else ()
    places = [c.node.getCoord() for c in signal.connections]
    node = Intersection(
        id=key,
        x_m=round(sum(p[0] for p in places) / len(places), 1),
        y_m=round(sum(p[1] for p in places) / len(places), 1),
        heads=heads,
        movements=movements_of(signal, conflicts.yields),
        conflicts=conflicts,
        stages=stages,
        requirements=requirements_of(heads, conflicts, program.rows, limits),
        control=control,
        kept_because=kept_because,
    )
    node = replace(node, stages=tuple(map(_bounded, stages, with_least_greens(node, stages), greens)))
    return node, replace(timing, stages=node.stages) if timing and control is Control.FIXED_TIME else None


def _bounded(stage: Stage, required: Stage, shown_s: Seconds) -> Stage:
    """A field stage with the least green that its order asks for, never more than it is shown."""
    return replace(stage, min_green_s=min(shown_s, max(stage.min_green_s, required.min_green_s)))

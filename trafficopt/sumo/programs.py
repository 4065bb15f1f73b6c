"""Signal programs as SUMO's `<tlLogic>`: read them, and write a plan as such."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path

from defusedxml.ElementTree import iterparse

from trafficopt.errors import InputError
from trafficopt.intersection import Control
from trafficopt.plan import TimingPlan
from trafficopt.scenario import Scenario
from trafficopt.signals.field_program import stage_rows
from trafficopt.signals.gate import require_safe
from trafficopt.stage import Interval
from trafficopt.sumo.config import parse_time
from trafficopt.sumo.xml import opened

LETTERS = "rRyYuUgGsoO"


@dataclass(frozen=True, slots=True)
class Program:
    """A `<tlLogic>` as SUMO would run it.

    Attributes
    ----------
    rows
        State and duration [s] of each `<phase>`.
    in_order
        Whether the rows follow one another, whatever their `next` attributes say.
    """

    program_id: str
    kind: str
    offset_s: float
    rows: tuple[Interval, ...]
    in_order: bool = True


@dataclass(frozen=True, slots=True)
class Programs:
    """Programs of all signals.

    Attributes
    ----------
    active
        The program that SUMO runs, by signal.
    ids
        Ids of all programs, active or not.
    switched
        Signals whose programs a `<WAUT>` switches during the run.
    """

    active: Mapping[str, Program]
    ids: frozenset[str]
    switched: frozenset[str]


def read_programs(files: Sequence[Path], begin_s: float) -> Programs:
    """Programs of the network (the first of `files`) and of additional files, in their order of loading.

    The program loaded last is active. A `<tlLogic>` without phases changes the offset of a program that
    is loaded, and does not make it active.

    Raises
    ------
    InputError
        If a file is broken, or holds programs that SUMO refuses.
    """
    loaded: dict[tuple[str, str], Program] = {}
    active: dict[str, Program] = {}
    switched = set()
    for path in files:
        faults: list[str] = []
        at_home = {signal for signal, _ in loaded} if loaded else None
        for element in _elements(path):
            signal = element.get("id", "")
            if element.tag == "wautJunction":
                switched.add(element.get("junctionID", ""))
            elif found := _faults(element, loaded, at_home):
                faults += found
            else:
                program = _program(element, loaded, begin_s)
                key = signal, program.program_id
                if key not in loaded or active[signal] is loaded[key]:
                    active[signal] = program
                loaded[key] = program
        if faults:
            raise InputError(path, faults, "mend the <tlLogic>, or remove it")
    return Programs(active, frozenset(program_id for _, program_id in loaded), frozenset(switched))


def holds_programs(path: Path) -> bool:
    """Whether a file has any `<tlLogic>`."""
    return any(element.tag == "tlLogic" for element in _elements(path))


def _elements(path: Path) -> Iterator[ET.Element]:
    """Each `<tlLogic>` and `<wautJunction>` of a file."""
    with opened(path) as stream:
        for _, element in iterparse(stream):
            if element.tag in ("tlLogic", "wautJunction"):
                yield element
            if element.tag not in ("phase", "param"):
                element.clear()


def _faults(
    element: ET.Element, loaded: Mapping[tuple[str, str], Program], at_home: Set[str] | None
) -> list[str]:
    """Say why SUMO would refuse a `<tlLogic>`; `at_home` are the signals of the network, once read."""
    signal, program_id, kind = (element.get(key) for key in ("id", "programID", "type"))
    if not signal or not program_id:
        return [f"a <tlLogic> (id {signal!r}) lacks its {'programID' if signal else 'id'}"]
    here = f"program {program_id!r} of signal {signal!r}"
    phases = element.findall("phase")
    faults = _offset_faults(element)
    if at_home is not None and signal not in at_home:
        faults.append("the network has no such signal")
    if _only_offset(element):
        if (signal, program_id) not in loaded:
            faults.append("it has no phases, and no program of that id is loaded whose offset could change")
    elif (signal, program_id) in loaded:
        faults.append("a program of that id is loaded already")
    elif kind is None:
        faults.append("the attribute type is missing")
    elif not phases and kind not in ("off", "NEMA"):
        faults.append("it has no phases")
    faults += [fault for number, phase in enumerate(phases) for fault in _phase_faults(number, phase)]
    if len({len(phase.get("state", "")) for phase in phases}) > 1:
        faults.append("its states differ in length")
    return [f"{here}: {fault}" for fault in faults]


def _only_offset(element: ET.Element) -> bool:
    return element.get("type") is None and element.find("phase") is None


def _offset_faults(element: ET.Element) -> list[str]:
    offset = element.get("offset", "0")
    if offset == "begin":
        return ["offset 'begin' needs phases"] if _only_offset(element) else []
    return [] if _is_time(offset) else [f"offset {offset!r} is not a time"]


def _phase_faults(number: int, phase: ET.Element) -> list[str]:
    state, duration = phase.get("state", ""), phase.get("duration", "")
    faults = []
    if not state or set(state) - set(LETTERS):
        faults.append(f"phase {number} has state {state!r}")
    if not _is_time(duration) or parse_time(duration) <= 0:
        faults.append(f"phase {number} has duration {duration!r}")
    return faults


def _is_time(text: str) -> bool:
    try:
        parse_time(text)
    except ValueError:
        return False
    return True


def _program(element: ET.Element, loaded: Mapping[tuple[str, str], Program], begin_s: float) -> Program:
    """The program of a `<tlLogic>` without faults."""
    text = element.get("offset")
    offset = begin_s if text == "begin" else parse_time(text or "0")
    program_id = element.get("programID", "")
    if _only_offset(element):
        known = loaded[element.get("id", ""), program_id]
        return known if text is None else replace(known, offset_s=offset)
    phases = element.findall("phase")
    rows = tuple(Interval(p.attrib["state"], parse_time(p.attrib["duration"])) for p in phases)
    follows = [p.get("next", "").split() for p in phases]
    in_order = all(after in ([], [str((i + 1) % len(rows))]) for i, after in enumerate(follows))
    return Program(program_id, element.get("type", "static"), offset, rows, in_order)


def control_of(program: Program, switched: bool) -> tuple[Control, str]:
    """How a signal is run, and why it cannot be retimed (empty: it can)."""
    if switched:
        return Control.OTHER, "its programs are switched by time of day (WAUT)"
    if program.kind == "off":
        return Control.OTHER, "it is switched off"
    if program.kind != "static":
        return Control.ACTUATED, f"its program is of type {program.kind}"
    if not program.in_order:
        return Control.OTHER, "its program branches (phases with `next`)"
    n_stages = len(stage_rows(program.rows))
    if n_stages < 2:
        return Control.FIXED_TIME if n_stages else Control.OTHER, "it has fewer than two stages"
    return Control.FIXED_TIME, ""


def write_programs(scenario: Scenario, plan: TimingPlan, path: Path, program_id: str = "trafficopt") -> None:
    """Write a plan as a SUMO additional file, once the safety rules let it pass.

    The first row of each program is the first shown stage, so `offset` is the plan's.

    Raises
    ------
    InputError
        If the plan names a signal that the network lacks.
    UnsafePlanError
        If it breaks a safety rule.
    """
    require_safe(scenario, plan)
    root = ET.Element("additional")
    for key in sorted(plan):
        timing = plan[key]
        attributes = {
            "id": key,
            "type": "static",
            "programID": program_id,
            "offset": f"{timing.offset_s:.10g}",
        }
        logic = ET.SubElement(root, "tlLogic", attributes)
        for row in timing.intervals:
            ET.SubElement(logic, "phase", duration=f"{row.duration_s:.10g}", state=row.state)
    ET.indent(root)
    path.write_text(ET.tostring(root, encoding="unicode") + "\n", encoding="utf-8")

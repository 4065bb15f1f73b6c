"""A day of plans as SUMO runs it: programs, transition programs, and switches between them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from trafficopt.day_plan import DayPlan
from trafficopt.errors import InputError
from trafficopt.scenario import Scenario
from trafficopt.signals.day_schedule import Span, day_schedules

PROGRAM_ID = "trafficopt-day"


def write_day_programs(scenario: Scenario, day: DayPlan, path: Path, program_id: str = PROGRAM_ID) -> None:
    """Write a day as a SUMO additional file, once the safety rules let plans and transitions pass.

    Each signal has a program `program_id-PLAN` for each plan that it runs, one for each cycle of a
    transition, `program_id-PLAN+TIME`, and a `<WAUT>` of its own. It switches without a procedure: SUMO's
    Stretch hangs or stops the run (1.28), and GSP loses the offset. The programs see to it that both show
    the same stage beginning at the instant of a switch. Before the day its first plan runs, after it its
    last.

    Raises
    ------
    InputError, InfeasibleError, UnsafePlanError
        As `day_schedules`; InputError also if the scenario has a program of such an id.
    """
    root = ET.Element("additional")
    for signal, spans in day_schedules(scenario, day).items():
        programs = {_id(span, program_id): span for span in spans}
        if taken := sorted(scenario.program_ids & programs.keys()):
            raise InputError(
                "program id", f"the scenario has a program {taken[0]!r}", "give another program_id"
            )
        for name, span in programs.items():
            _add_program(root, signal, name, span)
        if len(spans) > 1:
            _add_switches(root, signal, spans, program_id)
    ET.indent(root)
    path.write_text(ET.tostring(root, encoding="unicode") + "\n", encoding="utf-8")


def _id(span: Span, program_id: str) -> str:
    begun = f"+{span.begin_s:.10g}" if span.in_transition else ""
    return f"{program_id}-{span.plan}{begun}"


def _add_program(root: ET.Element, signal: str, name: str, span: Span) -> None:
    offset = f"{span.timing.offset_s:.10g}"
    logic = ET.SubElement(root, "tlLogic", id=signal, type="static", programID=name, offset=offset)
    for row in span.timing.intervals:
        ET.SubElement(logic, "phase", duration=f"{row.duration_s:.10g}", state=row.state)


def _add_switches(root: ET.Element, signal: str, spans: tuple[Span, ...], program_id: str) -> None:
    key = f"{program_id}-{signal}"
    waut = ET.SubElement(root, "WAUT", id=key, refTime="0", startProg=_id(spans[0], program_id))
    for span in spans[1:]:
        ET.SubElement(waut, "wautSwitch", time=f"{span.begin_s:.10g}", to=_id(span, program_id))
    ET.SubElement(root, "wautJunction", wautID=key, junctionID=signal)

"""SUMO's vehicle-actuated controls with the shipped stages."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from trafficopt.plan import SignalTiming
from trafficopt.scenario import Scenario
from trafficopt.units import Seconds

PROGRAM_ID = "peer"
LEAST_GREEN_S: Seconds = 5.0  # as netconvert's --tls.min-dur
MOST_GREEN_S: Seconds = 50.0  # as netconvert's --tls.max-dur


def actuated(scenario: Scenario, kind: str, folder: Path) -> Path:
    """Additional file with programs of a type for all signals that may be retimed.

    Parameters
    ----------
    kind
        SUMO's type of the programs: actuated (gaps) or delay_based (time lost).
    """
    root = ET.Element("additional")
    for key in sorted(scenario.retime & set(scenario.field_plan)):
        root.append(program(key, scenario.field_plan[key], kind))
    path = folder / f"{kind}.add.xml"
    ET.indent(root)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
    return path


def program(signal: str, timing: SignalTiming, kind: str) -> ET.Element:
    """A `<tlLogic>` whose greens may last 5 to 50 s; what is between them stays as it is."""
    attributes = {"id": signal, "type": kind, "programID": PROGRAM_ID, "offset": f"{timing.offset_s:g}"}
    logic = ET.Element("tlLogic", attributes)
    for stage, green_s in zip(timing.stages, timing.greens_s, strict=True):
        bounds = {"minDur": f"{LEAST_GREEN_S:g}", "maxDur": f"{MOST_GREEN_S:g}"}
        ET.SubElement(logic, "phase", {"duration": f"{green_s:g}", "state": stage.state, **bounds})
        for row in stage.intergreen:
            ET.SubElement(logic, "phase", duration=f"{row.duration_s:g}", state=row.state)
    return logic

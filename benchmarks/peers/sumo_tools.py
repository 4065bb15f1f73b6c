"""SUMO's own tools for fixed-time plans: tlsCycleAdaptation (Webster) and tlsCoordinator (offsets)."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from trafficopt.scenario import Scenario
from trafficopt.sumo.binary import child_environment, find_binary, run_command
from trafficopt.sumo.programs import holds_programs
from trafficopt.units import Seconds

PROGRAM_ID = "peer"
ROUTES = "peer.rou.xml"
TIME_LIMIT_S = 1800.0

SHORT_YELLOW = ("--yellow-time", "3")
ADAPTATION_SETTINGS: Mapping[str, tuple[str, ...]] = {
    "default": (),
    "3 s yellow": SHORT_YELLOW,
    "cycles kept": (*SHORT_YELLOW, "--existing-cycle"),
    "one cycle": (*SHORT_YELLOW, "--unified-cycle"),
    "cycle 60-90 s": (*SHORT_YELLOW, "--min-cycle", "60", "--max-cycle", "90", "--restrict-cyclelength"),
}
"""Options by name; with its defaults the tool sets 4 s of yellow and cycles of 20 to 120 s."""


def adapted(scenario: Scenario, setting: str, folder: Path) -> Path:
    """Additional file with the cycles and greens of tlsCycleAdaptation for the signals that may be retimed.

    The tool knows the programs of the network file only.

    Parameters
    ----------
    setting
        A key of `ADAPTATION_SETTINGS`.
    """
    output = folder / "adapted.add.xml"
    skipped = sorted({node.id for node in scenario.network.intersections} - scenario.retime)
    _run_python_tool(
        "tlsCycleAdaptation.py",
        [
            *("-n", str(scenario.simulation.net), "-r", str(_routes(scenario, folder))),
            *("-b", f"{scenario.simulation.begin_s:g}", "-p", PROGRAM_ID, "-o", str(output)),
            *(("--skip", ",".join(skipped)) if skipped else ()),
            *ADAPTATION_SETTINGS[setting],
        ],
        folder,
    )
    return output


def coordinated(scenario: Scenario, programs: Path | None, folder: Path) -> Path:
    """Additional file with the offsets of tlsCoordinator.

    Parameters
    ----------
    programs
        Additional file of programs to coordinate, which the result holds too; None: what is shipped.
    """
    offsets, output = folder / "offsets.add.xml", folder / "coordinated.add.xml"
    shipped = [path for path in scenario.simulation.additional if holds_programs(path)]
    before = programs or (shipped[-1] if shipped else None)
    _run_python_tool(
        "tlsCoordinator.py",
        [
            *("-n", str(scenario.simulation.net), "-r", str(_routes(scenario, folder)), "-o", str(offsets)),
            *(("-a", str(before)) if before else ()),
        ],
        folder,
    )
    merge_programs([programs, offsets] if programs else [offsets], scenario.retime, output)
    return output


def merge_programs(files: Sequence[Path], signals: AbstractSet[str], output: Path) -> None:
    """Write the `<tlLogic>` elements of some files for some signals into one."""
    root = ET.Element("additional")
    for path in files:
        root.extend(logic for logic in ET.parse(path).iter("tlLogic") if logic.get("id") in signals)
    ET.indent(root)
    ET.ElementTree(root).write(output, encoding="utf-8", xml_declaration=True)


def _routes(scenario: Scenario, folder: Path) -> Path:
    """Route file in which every vehicle has its route, which both tools need."""
    path, demand = folder / ROUTES, scenario.demand
    if path.exists():
        return path
    root = ET.Element("routes")
    rows = zip(demand.vehicles, demand.types, demand.depart_s.tolist(), demand.routes, strict=True)
    for key, kind, depart_s, route in rows:
        vehicle = ET.SubElement(root, "vehicle", id=key, type=kind, depart=f"{depart_s:.2f}")
        ET.SubElement(vehicle, "route", edges=" ".join(route))
    ET.indent(root)  # tlsCoordinator reads line by line
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
    return path


def _run_python_tool(
    name: str, arguments: Sequence[str], folder: Path, time_limit_s: Seconds = TIME_LIMIT_S
) -> None:
    binary = find_binary("sumo")
    script = binary.parents[1] / "tools" / name
    command = [sys.executable, str(script), *arguments]
    run_command(command, cwd=folder, env=child_environment(binary), time_limit_s=time_limit_s)

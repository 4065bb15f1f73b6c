"""A SUMO additional file with programs, in place of those of the scenario."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from trafficopt.errors import InputError
from trafficopt.intersection import Control, Intersection
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.scenario import Scenario
from trafficopt.signals.field_program import field_stages
from trafficopt.sumo.config import comma_fault
from trafficopt.sumo.programs import Program, control_of, holds_programs, read_programs

CHECKABLE = ("static", "actuated", "delay_based")  # their rows show all that a signal may show


def with_programs(path: Path, scenario: Scenario) -> Scenario:
    """The scenario as it runs with the programs of a SUMO additional file loaded after its own.

    What a signal must keep stays what the scenario asked for; signals that the file does not name keep
    the field plan. `require_safe_change` says whether the programs may be switched on.

    Raises
    ------
    InputError
        If the file is broken, or holds no program, or one that cannot be checked.
    """
    file = path.resolve()
    if fault := comma_fault(file):
        raise InputError(path, fault, "SUMO needs a path without commas")
    if not holds_programs(file):
        raise InputError(path, "holds no <tlLogic>", "name a plan.json or an additional file with programs")
    settings = scenario.simulation
    own = [settings.net, *settings.additional]
    before, after = read_programs(own, settings.begin_s), read_programs([*own, file], settings.begin_s)
    nodes, faults, timings = [], [], dict(scenario.field_plan.timings)
    for node in scenario.network.intersections:
        program = after.active.get(node.id)
        if program is not None and program != before.active.get(node.id):
            if fault := _fault(node, program, node.id in after.switched):
                faults.append(f"signal {node.id!r}: {fault}")
            else:
                node, timing = _programmed(node, program, scenario)
                timings.pop(node.id, None)
                timings |= {node.id: timing} if timing is not None else {}
        nodes.append(node)
    if faults:
        raise InputError(
            path, faults, "give programs of type static, actuated or delay_based that fit the net"
        )
    return replace(
        scenario,
        network=replace(scenario.network, intersections=tuple(nodes)),
        field_plan=TimingPlan(path.name.removesuffix(".xml").removesuffix(".add"), timings),
        simulation=replace(settings, additional=(*settings.additional, file)),
        program_ids=after.ids,
        retime=scenario.retime - {node.id for node in nodes if node.kept_because},
    )


def _fault(node: Intersection, program: Program, switched: bool) -> str:
    """Why a program cannot be checked (empty: it can)."""
    control, why = control_of(program, switched)
    if program.kind not in CHECKABLE or control is Control.OTHER:
        return f"{why or 'it shows no green'}, so it is no plan"
    if any(len(row.state) != node.n_heads for row in program.rows):
        return f"a state has not the {node.n_heads} letters of the signal"
    return ""


def _programmed(
    node: Intersection, program: Program, scenario: Scenario
) -> tuple[Intersection, SignalTiming | None]:
    """The intersection with the stages of a program, and the timing of one that is fixed-time."""
    control, why = control_of(program, switched=False)
    stages, timing = field_stages(program.rows, program.offset_s, node.heads, scenario.limits)
    node = replace(node, stages=stages, control=control, kept_because=why)
    return node, timing if control is Control.FIXED_TIME else None

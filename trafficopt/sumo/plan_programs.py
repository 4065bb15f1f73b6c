"""A SUMO additional file with programs, read as a plan."""

from __future__ import annotations

from pathlib import Path

from trafficopt.errors import InputError
from trafficopt.intersection import Control
from trafficopt.plan import TimingPlan
from trafficopt.scenario import Scenario
from trafficopt.signals.field_program import field_stages
from trafficopt.sumo.programs import control_of, holds_programs, read_programs


def read_plan_programs(path: Path, scenario: Scenario) -> TimingPlan:
    """Read the programs of a SUMO additional file as a plan; other signals keep the field plan.

    Raises
    ------
    InputError
        If the file is broken, holds no program, or one that is not a fixed-time program of the network.
    """
    if not holds_programs(path):
        raise InputError(path, "holds no <tlLogic>", "name a plan.json or an additional file with programs")
    settings = scenario.simulation
    own = [settings.net, *settings.additional]
    before, after = read_programs(own, settings.begin_s), read_programs([*own, path], settings.begin_s)
    nodes = {node.id: node for node in scenario.network.intersections}
    timings, faults = dict(scenario.field_plan.timings), []
    for key, program in sorted(after.active.items()):
        if program == before.active.get(key) or key not in nodes:
            continue
        node = nodes[key]
        control, why = control_of(program, key in after.switched)
        _, timing = field_stages(program.rows, program.offset_s, node.heads, scenario.limits)
        if control is not Control.FIXED_TIME or timing is None:
            faults.append(f"signal {key!r}: {why or 'it shows no green'}, so it is no plan")
        elif any(len(row.state) != node.n_heads for row in program.rows):
            faults.append(f"signal {key!r}: a state has not the {node.n_heads} letters of the signal")
        else:
            timings[key] = timing
    if faults:
        raise InputError(
            path, faults, "give fixed-time programs; others belong into the scenario's additional files"
        )
    return TimingPlan(path.name.removesuffix(".xml").removesuffix(".add"), timings)

"""The field plan: what an office computed for the last survey's counts."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from assignment import Assignment, Floats
from city import City, Junction
from stages import AXES, Signal, turn_edges
from streets import Streets
from tables import Tables
from webster import GroupFlows, webster_cycle, webster_greens


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """Cycle, greens per stage and offset of each intersection, all in s."""

    cycle_s: dict[str, int]
    greens_s: dict[str, list[int]]
    offset_s: dict[str, int]


def survey_flows(assignment: Assignment, tables: Tables, rng: np.random.Generator) -> Floats:
    """Return the last survey's flow of each arc: today's, lowered unevenly movement by movement."""
    plan = tables.city["plan"]
    flow = assignment.flow.copy()
    for key in sorted(assignment.graph.movement):
        arc = assignment.graph.movement[key]
        factor = rng.uniform(plan["survey_factor_low"], plan["survey_factor_high"])
        flow[arc] *= factor * (1.0 + plan["count_error"] * float(rng.standard_normal()))
    return flow


def make_field_plan(
    city: City, assignment: Assignment, tables: Tables, rng: np.random.Generator
) -> FieldPlan:
    """Apply the office's rules to the last survey's flows."""
    flow = survey_flows(assignment, tables, rng)
    ratios = assignment.ratios(flow)
    cycles = _cycles(assignment.signals, ratios, tables)
    greens = {
        name: webster_greens(signal, ratios[name], cycles[name])
        for name, signal in assignment.signals.items()
    }
    plan = FieldPlan(cycles, greens, dict.fromkeys(greens, 0))
    fixed: set[str] = set()
    for arterial in tables.city["plan"]["offset_arterials"]:
        members = city.arterials[arterial]
        legs = AXES[next(b.axis for b in members[0].legs.values() if b.arterial == arterial)]
        first, last = (_through_flow(members, leg, assignment, flow) for leg in legs)
        if first >= last:
            _progress(plan, members, legs[0], fixed, assignment.signals, tables)
        else:
            _progress(plan, members[::-1], legs[1], fixed, assignment.signals, tables)
        fixed |= {junction.id for junction in members}
    return plan


def _through_flow(members: list[Junction], leg: str, assignment: Assignment, flow: Floats) -> float:
    """Add up the through flow that enters an arterial's intersections by a leg [veh/h]."""
    arcs = [assignment.graph.movement.get((junction.id, leg, "T")) for junction in members]
    return float(sum(flow[arc] for arc in arcs if arc is not None))


def _cycles(
    signals: Mapping[str, Signal], ratios: Mapping[str, GroupFlows], tables: Tables
) -> dict[str, int]:
    """Return one cycle for all arterial signals, as arterials cross, and local ones elsewhere."""
    plan = tables.city["plan"]
    step = int(plan["cycle_step_s"])
    longest = int(plan["max_cycle_s"])
    own: dict[str, int] = {}
    for name, signal in signals.items():
        kind = "min_cycle_arterial_s" if signal.junction.on_arterial else "min_cycle_s"
        own[name] = webster_cycle(signal, ratios[name], step, int(plan[kind]), longest)
    arterial = sorted(own[name] for name, signal in signals.items() if signal.junction.on_arterial)
    common = arterial[math.ceil(plan["arterial_cycle_quantile"] * len(arterial)) - 1]
    return {name: common if signal.junction.on_arterial else own[name] for name, signal in signals.items()}


def _progress(
    plan: FieldPlan,
    ordered: list[Junction],
    leg: str,
    fixed: set[str],
    signals: Mapping[str, Signal],
    tables: Tables,
) -> None:
    """Set offsets for traffic that enters by a leg; those set before stay and re-anchor it."""
    speed = tables.value("plan", "progression_speed_share") * float(
        tables.city["class"]["arterial"]["speed_m_s"]
    )
    arrival = 0.0
    for here, junction in enumerate(ordered):
        if here:
            last = ordered[here - 1]
            arrival += math.hypot(junction.x - last.x, junction.y - last.y) / speed
        start = _stage_start(signals[junction.id], plan.greens_s[junction.id], leg)
        if junction.id in fixed:
            arrival = float(plan.offset_s[junction.id] + start)
        else:
            plan.offset_s[junction.id] = round(arrival - start) % plan.cycle_s[junction.id]


def _stage_start(signal: Signal, greens: list[int], leg: str) -> int:
    """Return when the through green of a leg starts within the cycle [s]."""
    k = next(k for k, stage in enumerate(signal.stages) if (leg, "T") in stage.groups)
    return sum(greens[:k]) + k * signal.intergreen_s


def write_programs(plan: FieldPlan, signals: Mapping[str, Signal], streets: Streets, bare_net: Path) -> str:
    """Return netconvert's signal file: programs and the connections they control."""
    links: dict[str, list[dict[str, str]]] = {}
    for element in ET.parse(bare_net).getroot().iter("connection"):
        if "tl" in element.attrib:
            links.setdefault(element.attrib["tl"], []).append(dict(element.attrib))
    lines = ["<tlLogics>"]
    connections: list[str] = []
    for name, signal in signals.items():
        turn_of = {pair: key for key, pair in turn_edges(signal, streets).items()}
        ordered = sorted(links[name], key=lambda link: int(link["linkIndex"]))
        turns = [turn_of[link["from"], link["to"]] for link in ordered]
        lines.append(f'<tlLogic id="{name}" type="static" programID="field" offset="{plan.offset_s[name]}">')
        for duration, state in _intervals(signal, plan.greens_s[name], turns):
            lines.append(f'<phase duration="{duration}" state="{state}"/>')
        lines.append("</tlLogic>")
        connections += [
            f'<connection from="{k["from"]}" to="{k["to"]}" fromLane="{k["fromLane"]}" '
            f'toLane="{k["toLane"]}" tl="{name}" linkIndex="{k["linkIndex"]}"/>'
            for k in ordered
        ]
    return "\n".join([*lines, *connections, "</tlLogics>", ""])


def _intervals(signal: Signal, greens: list[int], turns: list[tuple[str, str]]) -> list[tuple[int, str]]:
    """Return (duration, state) of each interval; right turns stay free on red and yield."""
    group_of = {
        (leg, turn): key
        for key, group in signal.groups.items()
        for leg, turn in ((group.leg, t) for t in group.turns)
    }
    found: list[tuple[int, str]] = []
    for k, stage in enumerate(signal.stages):
        following = signal.stages[(k + 1) % len(signal.stages)]
        green = yellow = red = ""
        for movement in turns:
            key = group_of[movement]
            now, later = key in stage.groups, key in following.groups
            rest = "g" if movement[1] == "R" else "r"
            green += "G" if now else rest
            yellow += ("G" if later else ("y" if rest == "r" else "g")) if now else rest
            red += "G" if now and later else rest
        found += [(greens[k], green), (signal.yellow_s, yellow), (signal.all_red_s, red)]
    return found

"""Prove that SUMO shows the signals as a plan says, second by second."""

from __future__ import annotations

import tempfile
import xml.etree.ElementTree as ET  # SUMO's own output of a moment ago needs no defused parser
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from trafficopt.errors import UnsafePlanError
from trafficopt.plan import TimingPlan
from trafficopt.scenario import Scenario
from trafficopt.sumo.additional import without_outputs
from trafficopt.sumo.binary import run_tool
from trafficopt.sumo.command import sumo_arguments
from trafficopt.sumo.judge import PROGRAM_ID, plan_files
from trafficopt.sumo.xml import opened
from trafficopt.units import Seconds

SHOWN = "shown.xml"
WATCH = f'<additional><timedEvent type="SaveTLSSwitchStates" dest="{SHOWN}"/></additional>\n'
LISTED = 10


@dataclass(frozen=True, slots=True)
class Shown:
    """A state that SUMO showed from `from_s` on."""

    from_s: Seconds
    program_id: str
    state: str


def prove_plan(
    scenario: Scenario,
    plan: TimingPlan,
    program_id: str | None = None,
    *,
    files: Sequence[Path] | None = None,
    time_limit_s: Seconds = 600.0,
) -> None:
    """Let SUMO run two of the longest cycles and compare every signal of `plan` with it.

    Parameters
    ----------
    program_id
        Program that must be running; None accepts any.
    files
        Additional files said to hold the plan. By default the plan is written anew; the field plan
        is proved with the scenario's files untouched.
    time_limit_s
        Wall-clock time [s] that the run may take.

    Raises
    ------
    UnsafePlanError
        If a signal shows another state or runs another program than the plan says.
    SimulationError
        If SUMO fails.
    """
    if not len(plan):
        return
    with tempfile.TemporaryDirectory(prefix="trafficopt-") as name:
        folder = Path(name)
        if files is None:
            files = plan_files(scenario, plan, folder, program_id or PROGRAM_ID)
        shown = _run(scenario, plan, tuple(files), folder, time_limit_s)
    faults = [fault for key in plan for fault in _faults(scenario, plan, key, shown.get(key, []), program_id)]
    if faults:
        more = [f"and {len(faults) - LISTED} more"] if len(faults) > LISTED else []
        listed = "\n".join(f"  - {fault}" for fault in [*faults[:LISTED], *more])
        raise UnsafePlanError(f"SUMO does not show plan {plan.name!r}:\n{listed}")


def _end_s(scenario: Scenario, plan: TimingPlan) -> Seconds:
    return scenario.simulation.begin_s + 2 * max(plan[key].cycle_s for key in plan)


def _run(
    scenario: Scenario, plan: TimingPlan, files: tuple[Path, ...], folder: Path, time_limit_s: Seconds
) -> dict[str, list[Shown]]:
    """States that SUMO showed, by signal."""
    watch = folder / "watch.add.xml"
    watch.write_text(WATCH, encoding="utf-8")
    quiet = without_outputs(scenario.simulation.additional, folder)
    settings = replace(scenario.simulation, end_s=_end_s(scenario, plan), additional=quiet)
    args = sumo_arguments(settings, (watch, *(file.absolute() for file in files)))
    run_tool("sumo", args, cwd=folder, time_limit_s=time_limit_s)
    shown: dict[str, list[Shown]] = {}
    with opened(folder / SHOWN) as stream:
        for _, element in ET.iterparse(stream):
            if element.tag == "tlsState":
                row = element.attrib
                state = Shown(float(row["time"]), row["programID"], row["state"])
                shown.setdefault(row["id"], []).append(state)
    return shown


def _faults(
    scenario: Scenario, plan: TimingPlan, key: str, shown: Sequence[Shown], program_id: str | None
) -> list[str]:
    """First difference of one signal in state, and in program."""
    if not shown:
        return [f"{key}: SUMO has no such signal"]
    faults = []
    other = next((row for row in shown if program_id not in (None, row.program_id)), None)
    if other is not None:
        faults.append(f"{key}: program {other.program_id!r} runs at {other.from_s:g} s, not {program_id!r}")
    step = scenario.simulation.step_s
    for time_s, state in _each_step(shown, scenario.simulation.begin_s, _end_s(scenario, plan), step):
        # SUMO acts at the beginning of the step in which a switch falls.
        wanted = plan[key].state_at(time_s + step - 1e-6)
        if state != wanted:
            faults.append(f"{key}: shows {state} at {time_s:g} s, the plan says {wanted}")
            break
    return faults


def _each_step(
    shown: Sequence[Shown], begin_s: Seconds, end_s: Seconds, step_s: Seconds
) -> Iterator[tuple[Seconds, str]]:
    """Time and state of every step; before the first row that SUMO wrote, its state is unknown."""
    row = 0
    for index in range(round((end_s - begin_s) / step_s)):
        time_s = begin_s + index * step_s
        while row + 1 < len(shown) and shown[row + 1].from_s <= time_s + 1e-6:
            row += 1
        yield time_s, shown[row].state if shown[row].from_s <= time_s + 1e-6 else "nothing"

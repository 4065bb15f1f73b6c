"""Prove that SUMO shows the signals of a day as its plans and transitions say, switches included."""

from __future__ import annotations

import math
import tempfile
import xml.etree.ElementTree as ET  # SUMO's own output of a moment ago needs no defused parser
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

from trafficopt.day_plan import DayPlan
from trafficopt.errors import UnsafePlanError
from trafficopt.scenario import Scenario, SimulationSettings
from trafficopt.signals.day_schedule import day_schedules, shown_rows
from trafficopt.sumo.additional import without_outputs
from trafficopt.sumo.binary import run_tool
from trafficopt.sumo.command import sumo_arguments
from trafficopt.sumo.day_programs import write_day_programs
from trafficopt.sumo.proof import LISTED, SHOWN, WATCH
from trafficopt.sumo.xml import opened
from trafficopt.units import Seconds

Change = tuple[Seconds, str]


def prove_day(
    scenario: Scenario,
    day: DayPlan,
    *,
    file: Path | None = None,
    begin_s: Seconds | None = None,
    end_s: Seconds | None = None,
    time_limit_s: Seconds = 600.0,
) -> None:
    """Let SUMO run a day and compare every change of every signal with what is due.

    That no green is too short or too long, no yellow is lost, no foes are green together and each plan runs
    on its own offset was checked of what is due (`day_schedules`), so it holds for what SUMO shows. The run
    has no vehicles: fixed-time signals do not depend on them.

    Parameters
    ----------
    file
        Additional file said to hold the day. By default it is written anew.
    begin_s, end_s
        Part of the day to run [s from midnight]; by default all of it.
    time_limit_s
        Wall-clock time [s] that the run may take.

    Raises
    ------
    InputError, InfeasibleError
        As `day_schedules`.
    UnsafePlanError
        If a plan or a transition breaks a safety rule, or a signal shows something else than is due.
    SimulationError
        If SUMO fails or reaches its time limit.
    """
    schedules = day_schedules(scenario, day)
    if not schedules:
        return
    begin = day.begin_s if begin_s is None else begin_s
    end = day.end_s if end_s is None else end_s
    settings = replace(scenario.simulation, routes=(), begin_s=begin, end_s=end)
    with tempfile.TemporaryDirectory(prefix="trafficopt-") as name:
        folder = Path(name)
        if file is None:
            file = folder / "day.add.xml"
            write_day_programs(scenario, day, file)
        seen = _run(settings, file, folder, time_limit_s, frozenset(schedules))
    faults: list[str] = []
    for key, spans in schedules.items():
        rows = ((time_s, row.state) for time_s, row in shown_rows(spans, begin, end))
        due = _changes(_at_steps(rows, begin, settings.step_s))
        faults += _difference(key, due, _changes(seen.get(key, ())))
    if faults:
        more = [f"and {len(faults) - LISTED} more"] if len(faults) > LISTED else []
        told = "\n".join(f"  - {fault}" for fault in [*faults[:LISTED], *more])
        raise UnsafePlanError(f"SUMO does not show the day as planned:\n{told}")


def _run(
    settings: SimulationSettings, file: Path, folder: Path, time_limit_s: Seconds, signals: frozenset[str]
) -> dict[str, list[Change]]:
    """Time and state whenever SUMO wrote one, by signal."""
    watch = folder / "watch.add.xml"
    watch.write_text(WATCH, encoding="utf-8")
    settings = replace(settings, additional=without_outputs(settings.additional, folder))
    args = sumo_arguments(settings, (watch, file.absolute()))
    run_tool("sumo", args, cwd=folder, time_limit_s=time_limit_s)
    seen: dict[str, list[Change]] = {key: [] for key in signals}
    with opened(folder / SHOWN) as stream:
        for _, element in ET.iterparse(stream):
            if element.tag == "tlsState" and element.attrib["id"] in signals:
                seen[element.attrib["id"]].append((float(element.attrib["time"]), element.attrib["state"]))
            element.clear()
    return seen


def _at_steps(rows: Iterable[Change], begin_s: Seconds, step_s: Seconds) -> Iterator[Change]:
    """Changes when SUMO makes them: at the beginning of the step in which they fall."""
    for time_s, state in rows:
        yield round(begin_s + math.floor((time_s - begin_s + 1e-6) / step_s) * step_s, 6), state


def _changes(rows: Iterable[Change]) -> list[Change]:
    """Times at which the state changes; of several at one time the last counts."""
    changes: list[Change] = []
    for time_s, state in rows:
        if changes and time_s - changes[-1][0] < 1e-6:
            changes.pop()
        if not changes or changes[-1][1] != state:
            changes.append((time_s, state))
    return changes


def _difference(signal: str, due: Sequence[Change], seen: Sequence[Change]) -> Iterator[str]:
    """First difference of one signal."""
    if not seen:
        yield f"{signal}: SUMO has no such signal"
        return
    for wanted, shown in zip_longest(due, seen):
        if wanted is None or shown is None or wanted[1] != shown[1] or abs(wanted[0] - shown[0]) > 1e-6:
            yield f"{signal}: shows {_told(shown)}; due is {_told(wanted)}"
            return


def _told(change: Change | None) -> str:
    return "no more change" if change is None else f"{change[1]} from {change[0]:g} s on"

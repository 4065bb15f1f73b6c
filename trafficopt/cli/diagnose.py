"""`trafficopt diagnose`: what is wrong where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from trafficopt.cli.app import app
from trafficopt.cli.options import (
    JsonOption,
    MinutesOption,
    PlanOption,
    ScenarioArgument,
    TeleportOption,
    parse_seeds,
    problem_and_plan,
)
from trafficopt.console import progress


@app.command()
def diagnose(
    scenario: ScenarioArgument,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="DIR", help="Folder for tables and a map.")
    ] = None,
    plan: PlanOption = None,
    seeds: Annotated[
        str, typer.Option(metavar="N", help="SUMO's seeds, N or a list; 0 (default) asks the models alone.")
    ] = "0",
    top: Annotated[int, typer.Option(metavar="N", min=1, help="Points of the worklist to tell.")] = 10,
    teleport: TeleportOption = None,
    minutes: MinutesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rank the signals by what they could save, and say why.

    Degree of saturation, delay, queues, green use and progression of each movement, intersection, link and
    arterial, by the models; --seeds adds what SUMO shows. -o leaves the tables as CSV and a map.
    """
    from trafficopt.diagnosis_study import diagnose as diagnose_problem
    from trafficopt.diagnosis_study import write_diagnosis
    from trafficopt.diagnosis_text import diagnosis_object, diagnosis_text
    from trafficopt.outputs import writable

    chosen = () if seeds == "0" else parse_seeds(seeds)
    with progress() as tell:
        tell("reading", 0.0)
        problem, timed = problem_and_plan(scenario, plan, teleport, minutes, safe=bool(chosen))
        if out is not None:
            writable(out)
        tell("models and SUMO" if chosen else "models", 0.0)
        found = diagnose_problem(problem, timed, chosen)
    if out is not None:
        write_diagnosis(found, problem, out)
    typer.echo(
        json.dumps(diagnosis_object(found), ensure_ascii=False) if as_json else diagnosis_text(found, top)
    )
    if out is not None and not as_json:
        typer.echo(f"\nTables and map: {out}")

"""`trafficopt check` and `signal`: is it right, and what is there."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from trafficopt.cli.app import app
from trafficopt.cli.options import (
    JsonOption,
    PlanOption,
    ProfileOption,
    ScenarioArgument,
    TeleportOption,
    problem_and_plan,
)
from trafficopt.console import findings_table
from trafficopt.errors import InputError


@app.command()
def check(
    scenario: ScenarioArgument,
    plan: PlanOption = None,
    profile: ProfileOption = None,
    teleport: TeleportOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check input and plan by the safety rules and in SUMO.

    Rules look at each signal and at the whole system; then SUMO must show what the plan says. Exit code 1
    if a rule of error severity is broken and not waived. Names each signal that keeps its program, and why.
    """
    from trafficopt.linter import lint
    from trafficopt.rules.findings import errors, finding_json
    from trafficopt.sumo.proof import prove_plan

    problem, timed = problem_and_plan(scenario, plan, teleport, None, profile)
    findings = lint(problem, None if plan is None else timed)
    wrong = errors(findings)
    if plan is None or not wrong:
        prove_plan(problem.scenario, timed)
    if as_json:
        typer.echo(json.dumps([finding_json(finding) for finding in findings], ensure_ascii=False, indent=1))
    else:
        typer.echo(repr(problem.scenario))
        n_retime = len(problem.scenario.retime)
        typer.echo(f"  {len(timed)} signals with a fixed-time program, {n_retime} to retime")
        for node in problem.network.intersections:
            if node.kept_because:
                typer.echo(f"  {node.id} is kept: {node.kept_because}")
        typer.echo(findings_table(findings, problem.limits))
    if wrong:
        raise typer.Exit(1)


@app.command()
def signal(
    scenario: ScenarioArgument,
    intersection: Annotated[str, typer.Argument(metavar="SIGNAL", help="Id of the signal.")],
    profile: ProfileOption = None,
) -> None:
    """Show the conflicts and stages of one signal.

    Who meets whom, intergreens, the field plan, and the stage sequences that an engineer could choose.
    """
    from trafficopt.signals.description import describe
    from trafficopt.sumo.read import read_scenario

    read = read_scenario(scenario, profile=profile)
    try:
        node = read.network[intersection]
    except KeyError:
        names = [node.id for node in read.network.intersections]
        known = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
        raise InputError(intersection, "is no signal of this network", f"signals are {known}") from None
    typer.echo(describe(node, read.field_plan.timings.get(intersection)))

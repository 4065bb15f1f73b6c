"""`trafficopt doctor`: does the installation work."""

from __future__ import annotations

import json
from dataclasses import asdict

import typer

from trafficopt.cli.app import app
from trafficopt.cli.options import JsonOption


@app.command()
def doctor(as_json: JsonOption = False) -> None:
    """Check the installation, and run the example.

    Looks at Python, packages, extras, SUMO, fonts, processors, memory and folders; then reads the example,
    estimates it, and lets SUMO run five minutes of it. Exit code 1 if there is a problem.
    """
    from trafficopt.doctor.checkup import State
    from trafficopt.doctor.examination import examine

    found = []
    for checkup in examine():
        found.append(checkup)
        if not as_json:
            typer.echo(str(checkup))
    n_problems, n_warnings = (sum(each.state is s for each in found) for s in (State.PROBLEM, State.WARNING))
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in found], ensure_ascii=False, indent=1))
    else:
        typer.echo(
            f"{n_problems} problems, {n_warnings} warnings" if n_problems or n_warnings else "All is well."
        )
    if n_problems:
        raise typer.Exit(1)

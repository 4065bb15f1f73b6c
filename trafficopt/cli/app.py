"""The application that the commands belong to."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from trafficopt.console import Commands

app = typer.Typer(
    name="trafficopt",
    cls=Commands,
    help="Time traffic signals: a plan, judged in SUMO with paired seeds, and a report.",
    epilog="Exit codes: 0 good, 1 a run failed, 2 bad input, 130 stopped.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def _base(
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if show_version:
        typer.echo(f"trafficopt {version('trafficopt')}")
        raise typer.Exit

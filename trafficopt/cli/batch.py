"""`trafficopt batch`: many runs that survive anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trafficopt.cli.app import app
from trafficopt.cli.options import JsonOption, OutOption
from trafficopt.console import progress

if TYPE_CHECKING:
    from trafficopt.batch.results import BatchResults


@app.command()
def batch(
    matrix: Annotated[
        Path,
        typer.Argument(
            metavar="MATRIX.toml", help="Names each SCENARIO, method, demand and seed; see docs/batch.md."
        ),
    ],
    out: OutOption,
    jobs: Annotated[
        int | None,
        typer.Option("-j", "--jobs", metavar="N", min=1, help="Worker processes. Default: one a processor."),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="A Dask cluster that does it: tcp://HOST:PORT, or local for N workers on this machine.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Run a matrix of scenarios, methods, demands and seeds.

    Stop it as you like: the next start with the same DIR goes on, and makes nothing twice. A run that fails
    does not stop the others. Leaves results.csv, summary.html, summary.json, plans, and logs of failures.
    """
    from trafficopt.batch.matrix import read_matrix
    from trafficopt.batch.run import run_batch

    with progress() as tell:
        tell("reading", 0.0)
        found = run_batch(read_matrix(matrix), out, jobs=jobs, scheduler=scheduler, on_progress=tell)
    typer.echo(json.dumps(found.summary, ensure_ascii=False) if as_json else _text(found))
    if found.n_failed:
        n = found.n_ok + found.n_failed
        typer.echo(
            f"Error: {found.n_failed} of {n} runs failed, see {out / 'logs'}; the next start tries again",
            err=True,
        )
        raise typer.Exit(1)


def _text(found: BatchResults) -> str:
    """A line for each cell, and where the rest is."""
    from trafficopt.console import in_words

    width = max([len("scenario, method"), *(len(f"{c.scenario}, {c.method}") for c in found.cells)])
    lines = [f"{'scenario, method'.ljust(width)}  demand  runs  delay [s]  against shipped"]
    for cell in found.cells:
        change, delay = cell.changes.get("mean_delay_s"), cell.totals.get("mean_delay_s")
        shown = f"{delay:9.2f}" if delay is not None else f"{'-':>9}"
        lines.append(
            f"{f'{cell.scenario}, {cell.method}'.ljust(width)}  {cell.demand:6g}  {cell.n_ok:4}  {shown}  "
            f"{in_words(change) if change else ''}".rstrip()
        )
    doubtful = [
        f"{n} runs are {verdict}: summary.html says why"
        for verdict, n in found.summary["verdicts"].items()
        if verdict != "valid"
    ]
    return "\n".join(
        [*doubtful, *lines, f"Results: {found.folder / 'results.csv'}, {found.folder / 'summary.html'}"]
    )

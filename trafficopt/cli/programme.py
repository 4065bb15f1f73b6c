"""`trafficopt run --programme`: a city's programme, from diagnosis to closed ledger."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from trafficopt.console import progress

HALF_HOUR_MIN = 30.0  # of SUMO in each run, unless the user says otherwise


def run_whole(
    path: Path,
    out: Path,
    seeds: tuple[int, ...],
    seed: int,
    max_seconds: float,
    teleport: float | None,
    minutes: float | None,
    profile: str | None,
    as_json: bool,
) -> None:
    """Run the programme and tell what each family of treatments does."""
    from trafficopt.programme.files import write_programme
    from trafficopt.programme.records import ledger_of
    from trafficopt.programme.run import run_programme
    from trafficopt.programme.text import programme_object, programme_text
    from trafficopt.sumo.read import read_scenario

    with progress() as tell:
        tell("reading", 0.0)
        read = read_scenario(path, teleport_s=teleport, minutes=minutes or HALF_HOUR_MIN, profile=profile)
        found = run_programme(read, out, seeds=seeds, seed=seed, max_seconds=max_seconds, on_progress=tell)
        ledger = ledger_of(found)
        write_programme(found, ledger, out)
    if as_json:
        typer.echo(json.dumps(programme_object(found, ledger), ensure_ascii=False))
        return
    typer.echo(programme_text(found, ledger))
    typer.echo(f"\nReport: {out / 'report.html'}")

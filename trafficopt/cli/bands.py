"""`trafficopt bands`: green bands along a corridor."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from trafficopt.cli.app import app
from trafficopt.cli.options import JsonOption, PlanOption, parse_seeds, problem_and_plan
from trafficopt.console import progress
from trafficopt.errors import InputError

if TYPE_CHECKING:
    from trafficopt.model.band_plan import BandPlan
    from trafficopt.model.corridor import Corridor

log = logging.getLogger("trafficopt")


@app.command()
def bands(
    target: Annotated[
        Path,
        typer.Argument(
            metavar="SCENARIO|CORRIDOR", help="A scenario with arterials, or a corridor's TOML file."
        ),
    ],
    model: Annotated[
        Literal["maxband", "multiband", "amband", "partition"] | None,
        typer.Option(
            help="maxband (default): two bands through all signals; multiband: one for each link, symmetric "
            "about a line through all signals; amband: the same, to any side of the line; partition: lines "
            "may break. A scenario has multiband (default) or amband; its lines may break."
        ),
    ] = None,
    break_price: Annotated[
        float,
        typer.Option(metavar="SHARE", min=0.0, help="With partition: band that a break costs, of the cycle."),
    ] = 0.1,
    prove: Annotated[
        bool, typer.Option("--prove", help="Also run the mixed-integer program: a bound, and maybe more.")
    ] = False,
    whole_seconds: Annotated[
        bool, typer.Option("--whole-seconds", help="Round offsets to whole seconds; bands as they then are.")
    ] = False,
    max_seconds: Annotated[
        float, typer.Option(metavar="S", min=1.0, help="Limit of the mixed-integer program.")
    ] = 20.0,
    plan: PlanOption = None,
    arterial: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Of a scenario: only this arterial; may be repeated."),
    ] = None,
    keep: Annotated[
        float,
        typer.Option(metavar="SHARE", min=0.0, max=1.0, help="Of a scenario: bands kept for less delay."),
    ] = 1.0,
    seeds: Annotated[
        str, typer.Option(metavar="N", help="Of a scenario: SUMO's seeds, N or a list; 0 runs no SUMO.")
    ] = "0",
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="DIR", help="Of a scenario: folder for the plan.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.svg", help="Of a corridor: draw signals and bands to a file.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Find green bands along a corridor, or on all arterials.

    A corridor is a TOML file with signals, greens and links: cycle and speeds may be ranges, signals may have
    several stage orders. Where no two-way band exists, the wave of one direction is given, and the signals
    that block each other are named. A scenario keeps the greens of its field plan, or of --plan; offsets have
    wide bands first, then little delay.
    """
    if target.exists() and not _is_corridor(target):
        _refuse("a scenario", {"--prove": prove, "--whole-seconds": whole_seconds, "--plot": plot})
        _of_scenario(target, plan, arterial, keep, model, seeds, out, as_json)
        return
    _refuse("a corridor", {"--plan": plan, "--arterial": arterial, "--seeds": seeds != "0", "-o": out})
    if plot is not None:
        _check_format(plot)
    from trafficopt.band_text import band_object, band_text
    from trafficopt.search.bands import design

    for option, value in (("--break-price", break_price), ("--max-seconds", max_seconds)):
        if not isfinite(value):
            raise InputError(option, f"{value} is not finite", "name a number")
    corridor = _of_corridor(target)
    with progress() as tell:
        tell("bands", 0.0)
        found = design.design_bands(
            corridor, model or "maxband", break_price=break_price, prove=prove, max_seconds=max_seconds
        )
    if whole_seconds:
        found = design.whole_seconds(found)
    typer.echo(json.dumps(band_object(found), ensure_ascii=False) if as_json else band_text(found))
    if plot is not None:
        _draw(found, plot)


def _is_corridor(path: Path) -> bool:
    """Whether a file is no scenario: those are folders, scenario.toml, or configurations of SUMO."""
    return path.is_file() and path.suffix == ".toml" and path.name != "scenario.toml"


def _refuse(what: str, given: Mapping[str, object]) -> None:
    """Refuse options that say nothing about what is named."""
    for option, value in given.items():
        if value:
            other = "a corridor's TOML file" if what == "a scenario" else "a scenario"
            raise InputError(option, f"says nothing about {what}", f"leave it out, or name {other}")


def _check_format(plot: Path) -> None:
    """Refuse a plot whose ending says nothing, before anything is computed."""
    from trafficopt.reporting.plots.plot_file import check_format

    check_format(plot)


def _draw(found: BandPlan, plot: Path) -> None:
    """Draw signals and bands to a file."""
    from trafficopt.reporting.plots.band_diagram import save_bands

    save_bands(found, plot)
    log.info("plot: %s", plot)


def _of_scenario(
    path: Path,
    plan: Path | None,
    arterials: list[str] | None,
    keep: float,
    model: str | None,
    seeds: str,
    out: Path | None,
    as_json: bool,
) -> None:
    """Green waves on the arterials of a scenario."""
    from trafficopt.search.bands.lines import LinkBands
    from trafficopt.wave_study import run_waves
    from trafficopt.wave_text import wave_object, wave_text

    if model not in (None, *LinkBands):
        raise InputError("--model", f"{model} is none for a scenario", f"choose {' or '.join(LinkBands)}")
    chosen = () if seeds == "0" else parse_seeds(seeds)
    with progress() as tell:
        tell("reading", 0.0)
        problem, timed = problem_and_plan(path, plan)
        study = run_waves(
            problem.scenario,
            out,
            plan=timed,
            arterials=arterials or None,
            keep=keep,
            shape=LinkBands(model or LinkBands.SYMMETRIC),
            seeds=chosen,
            on_progress=tell,
        )
    typer.echo(json.dumps(wave_object(study), ensure_ascii=False) if as_json else wave_text(study))


def _of_corridor(path: Path) -> Corridor:
    """The corridor of a TOML file."""
    from trafficopt.corridor_file import read_corridor

    return read_corridor(path)

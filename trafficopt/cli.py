"""The command line: `trafficopt run`, `check`, `estimate`, `optimize`, `simulate`."""

from __future__ import annotations

import json
import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from trafficopt.errors import InputError, TrafficoptError
from trafficopt.evaluation import Change, Evaluation

app = typer.Typer(
    name="trafficopt",
    help="Time traffic signals: a plan, judged in SUMO with paired seeds, and a report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
log = logging.getLogger("trafficopt")

ScenarioArgument: TypeAlias = Annotated[
    Path, typer.Argument(metavar="SCENARIO", help="A folder with scenario.toml, that file, or any .sumocfg.")
]
OutOption: TypeAlias = Annotated[
    Path, typer.Option("-o", "--out", metavar="DIR", help="Folder for the results.")
]
SeedsOption: TypeAlias = Annotated[
    str, typer.Option(metavar="N", help="SUMO's seeds: a number N for 1..N, or a list such as 5,6,7.")
]
SecondsOption: TypeAlias = Annotated[
    float, typer.Option(metavar="S", min=1.0, help="Limit of the optimizer's wall-clock time, SUMO included.")
]
SeedOption: TypeAlias = Annotated[int, typer.Option(metavar="K", min=1, help="The optimizer's seed.")]
TeleportOption: TypeAlias = Annotated[
    float | None,
    typer.Option(metavar="S", help="Overrides the time to teleport; -1: vehicles are never removed."),
]
MinutesOption: TypeAlias = Annotated[
    float | None, typer.Option(metavar="M", min=1.0, help="Only the first M minutes of the scenario.")
]
PlanOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="PLAN", help="A plan.json, or a SUMO additional file. Default: the field plan."),
]
JsonOption: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback(invoke_without_command=True)
def _base(
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if show_version:
        typer.echo(f"trafficopt {version('trafficopt')}")
        raise typer.Exit


@app.command()
def run(
    scenario: ScenarioArgument,
    out: OutOption,
    seeds: SeedsOption = "5",
    max_seconds: SecondsOption = 60.0,
    seed: SeedOption = 1,
    teleport: TeleportOption = None,
    minutes: MinutesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Optimize the signals, judge old and new plan in SUMO, and leave a report."""
    from trafficopt.study import run_study
    from trafficopt.sumo.read import read_scenario

    chosen = parse_seeds(seeds)
    with _progress() as tell:
        tell("reading", 0.0)
        read = read_scenario(scenario, teleport_s=teleport, minutes=minutes)
        log.info("%r", read)
        study = run_study(read, out, seeds=chosen, seed=seed, max_seconds=max_seconds, on_progress=tell)
    if as_json:
        typer.echo((out / "summary.json").read_text(encoding="utf-8"), nl=False)
        return
    before, after = study.comparison.before, study.comparison.after
    typer.echo(f"{study.scenario.name}: {study.status.value}")
    typer.echo(f"  mean delay before  {before.mean('mean_delay_s'):8.2f} s")
    if study.rejected is not None:
        tried = study.rejected.after.mean("mean_delay_s")
        typer.echo(f"  mean delay tried   {tried:8.2f} s  {_in_words(study.rejected['mean_delay_s'])}")
        typer.echo("  the field plan is kept")
    else:
        change = study.comparison["mean_delay_s"]
        typer.echo(f"  mean delay after   {after.mean('mean_delay_s'):8.2f} s  {_in_words(change)}")
    typer.echo(f"Report: {out / 'report.html'}")


@app.command()
def check(scenario: ScenarioArgument, teleport: TeleportOption = None, plan: PlanOption = None) -> None:
    """Read everything, prove that SUMO shows the plan, and say what cannot be retimed."""
    from trafficopt.sumo.proof import prove_plan

    problem, timed = _problem_and_plan(scenario, plan, teleport, None)
    prove_plan(problem.scenario, timed)
    typer.echo(repr(problem.scenario))
    typer.echo(f"  {len(timed)} signals with a fixed-time program, {len(problem.scenario.retime)} to retime")
    for node in problem.network.intersections:
        if node.kept_because:
            typer.echo(f"  {node.id} is kept: {node.kept_because}")


@app.command()
def estimate(scenario: ScenarioArgument, plan: PlanOption = None, as_json: JsonOption = False) -> None:
    """Answer with the model alone: signal delay in milliseconds, without running SUMO."""
    from trafficopt.model.signal_model import SignalModel

    problem, timed = _problem_and_plan(scenario, plan, None, None)
    answer = SignalModel(problem).estimate(timed)
    if as_json:
        whole = {"demanded": len(problem.scenario.demand), "unfinished": 0, "undeparted": 0, "teleports": 0}
        means = {"mean_delay_s": round(answer.mean_delay_s, 3), "mean_stops": round(answer.mean_stops, 4)}
        typer.echo(json.dumps({**means, **whole}))
        return
    typer.echo(
        f"{timed.name}: {answer.mean_delay_s:.1f} s of signal delay and {answer.mean_stops:.2f} stops a vehicle"
    )
    typer.echo("intersection  delay_s  saturation")
    for node, delay, load in zip(
        problem.network.intersections, answer.delay_s, answer.saturation, strict=True
    ):
        typer.echo(f"{node.id}  {delay:.1f}  {load:.2f}")


@app.command()
def optimize(
    scenario: ScenarioArgument,
    out: OutOption,
    max_seconds: SecondsOption = 60.0,
    seed: SeedOption = 1,
    teleport: TeleportOption = None,
    minutes: MinutesOption = None,
) -> None:
    """Find a plan without judging it on unseen seeds; leaves plan.json and plan.add.xml."""
    from trafficopt import study
    from trafficopt.sumo.programs import write_programs

    with _progress() as tell:
        problem, _ = _problem_and_plan(scenario, None, teleport, minutes)
        result = study.optimize(problem, seed=seed, max_seconds=max_seconds, on_progress=tell)
    out.mkdir(parents=True, exist_ok=True)
    write_programs(
        problem.network, result.plan, out / "plan.add.xml", study.free_program_id(problem.scenario)
    )
    (out / "plan.json").write_text(result.plan.to_json(), encoding="utf-8")
    typer.echo(f"{result.status.value}: {result.message}")
    typer.echo(
        f"  model's signal delay {result.objective_before:.1f} -> {result.objective_after:.1f} s a vehicle"
    )
    typer.echo(f"Plan: {out / 'plan.json'}, {out / 'plan.add.xml'}")


@app.command()
def simulate(
    scenario: ScenarioArgument,
    plan: PlanOption = None,
    seeds: SeedsOption = "5",
    teleport: TeleportOption = None,
    minutes: MinutesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a plan in SUMO and print its figures, all demanded vehicles counted."""
    from trafficopt import study

    chosen = parse_seeds(seeds)
    with _progress() as tell:
        problem, timed = _problem_and_plan(scenario, plan, teleport, minutes)
        found = study.simulate(problem, timed, chosen, on_progress=lambda share: tell("SUMO", share))
    typer.echo(_as_json(found) if as_json else repr(found))


def _problem_and_plan(scenario: Path, plan: Path | None, teleport: float | None, minutes: float | None):  # type: ignore[no-untyped-def]
    """The problem, and the plan named by PLAN or the field plan."""
    from trafficopt.plan import read_plan_json
    from trafficopt.problem import build_problem
    from trafficopt.sumo.read import read_scenario

    if plan is not None and not plan.is_file():
        raise InputError(plan, "does not exist", "name a plan.json or a SUMO additional file with <tlLogic>")
    from_json = plan is not None and plan.suffix == ".json"
    programs = plan if not from_json else None
    problem = build_problem(
        read_scenario(scenario, teleport_s=teleport, minutes=minutes, programs_file=programs)
    )
    return problem, read_plan_json(plan) if plan is not None and from_json else problem.field_plan


def parse_seeds(text: str) -> tuple[int, ...]:
    """Seeds 1..N of a number N, or those of a list.

    Examples
    --------
    >>> parse_seeds("3"), parse_seeds("5,6")
    ((1, 2, 3), (5, 6))
    """
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if not numbers or min(numbers) < (1 if len(numbers) == 1 and "," not in text else 0):
        raise InputError("--seeds", f"{text!r} is no number and no list", "write 5 for seeds 1..5, or 5,6,7")
    return numbers if "," in text else tuple(range(1, numbers[0] + 1))


def _in_words(change: Change) -> str:
    interval = (
        "" if change.ci95 is None else f", 95 % interval {change.ci95[0]:+.2f} to {change.ci95[1]:+.2f} s"
    )
    return f"({change.percent:+.1f} %{interval}: {change.verdict.value})"


def _as_json(found: Evaluation) -> str:
    from dataclasses import asdict

    return json.dumps({**found.totals(), "per_seed": [asdict(run) for run in found.runs]})


@contextmanager
def _progress() -> Iterator[Callable[[str, float], None]]:
    """A bar on stderr, or nothing where stderr is no terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<28}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=1.0)

        def tell(what: str, share: float) -> None:
            bar.update(task, description=what, completed=share)

        yield tell


def main() -> None:
    """Run the command line; bad input ends with exit code 2, a failed run with 1."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    warnings.showwarning = lambda message, *_: print(f"Warning: {message}", file=sys.stderr)
    try:
        app()
    except InputError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(2)
    except TrafficoptError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        sys.exit(130)

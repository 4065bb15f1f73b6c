"""The command line: `trafficopt run`, `check`, `estimate`, `optimize`, `simulate`."""

from __future__ import annotations

import json
import logging
import sys
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from trafficopt.console import (
    Commands,
    evaluation_json,
    evaluation_table,
    in_words,
    progress,
    unwind_on_signals,
)
from trafficopt.errors import InputError
from trafficopt.evaluation import COUNTS, MEANS

if TYPE_CHECKING:
    from trafficopt.plan import TimingPlan
    from trafficopt.problem import Problem


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
log = logging.getLogger("trafficopt")

MOST_SEEDS = 10_000
LARGEST_SEED = 2**31 - 1  # of SUMO
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
SeedOption: TypeAlias = Annotated[
    int, typer.Option(metavar="K", min=1, max=1_000_000, help="The optimizer's seed.")
]
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
    """Find a plan, judge it against the field plan, and report.

    Both plans run in SUMO with the same seeds; the field plan is kept unless the new one has less delay
    beyond noise. Leaves report.html, plan.json, plan.add.xml and the figures.
    """
    from trafficopt.study import run_study
    from trafficopt.sumo.read import read_scenario

    chosen = parse_seeds(seeds)
    with progress() as tell:
        tell("reading", 0.0)
        read = read_scenario(scenario, teleport_s=teleport, minutes=minutes)
        log.info("%r", read)
        study = run_study(read, out, seeds=chosen, seed=seed, max_seconds=max_seconds, on_progress=tell)
    if as_json:
        typer.echo((out / "summary.json").read_text(encoding="utf-8"), nl=False)
        return
    before, after = study.comparison.before, study.comparison.after
    typer.echo(f"{study.scenario.name}: {study.status.value}. {study.result.message}")
    typer.echo(f"  mean delay before  {before.mean('mean_delay_s'):8.2f} s")
    if study.rejected is not None:
        tried = study.rejected.after.mean("mean_delay_s")
        typer.echo(f"  mean delay tried   {tried:8.2f} s  {in_words(study.rejected['mean_delay_s'])}")
        typer.echo("  the field plan is kept")
    else:
        change = study.comparison["mean_delay_s"]
        typer.echo(f"  mean delay after   {after.mean('mean_delay_s'):8.2f} s  {in_words(change)}")
    typer.echo(f"Report: {out / 'report.html'}")


@app.command()
def check(scenario: ScenarioArgument, teleport: TeleportOption = None, plan: PlanOption = None) -> None:
    """Check the input, and prove that SUMO shows the plan.

    Names each signal that keeps its program, and why.
    """
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
    """Estimate delays with the model alone, in milliseconds.

    --json has the keys of `simulate`; null is what the model does not know.
    """
    from trafficopt.model.signal_model import SignalModel

    problem, timed = _problem_and_plan(scenario, plan, None, None)
    answer = SignalModel(problem).estimate(timed)
    if as_json:
        known = {"mean_delay_s": round(answer.mean_delay_s, 3), "mean_stops": round(answer.mean_stops, 4)}
        known["demanded"] = len(problem.scenario.demand)
        typer.echo(json.dumps({**dict.fromkeys((*MEANS, *COUNTS)), **known}))
        return
    delay, stops = answer.mean_delay_s, answer.mean_stops
    typer.echo(f"{timed.name}: {delay:.1f} s of signal delay and {stops:.2f} stops a vehicle")
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
    """Find a plan; leaves plan.json and plan.add.xml.

    It is not judged on unseen seeds: that is what `run` does.
    """
    from trafficopt import outputs, study

    with progress() as tell:
        tell("reading", 0.0)
        problem, _ = _problem_and_plan(scenario, None, teleport, minutes)
        outputs.writable(out)
        result = study.optimize(problem, seed=seed, max_seconds=max_seconds, on_progress=tell)
    outputs.write_plan(problem.scenario, result.plan, out)
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
    """Run a plan in SUMO, and print its delays and stops.

    Every demanded vehicle counts, also one that did not depart or arrive.
    """
    from trafficopt import study

    chosen = parse_seeds(seeds)
    with progress() as tell:
        problem, timed = _problem_and_plan(scenario, plan, teleport, minutes)
        found = study.simulate(problem, timed, chosen, on_progress=lambda share: tell("SUMO", share))
    typer.echo(evaluation_json(found) if as_json else evaluation_table(found))


def _problem_and_plan(
    scenario: Path, plan: Path | None, teleport: float | None, minutes: float | None
) -> tuple[Problem, TimingPlan]:
    """The problem, and the plan named by PLAN or the field plan."""
    from trafficopt.checks import check_plan
    from trafficopt.plan import read_plan_json
    from trafficopt.problem import build_problem
    from trafficopt.sumo.read import read_scenario

    if plan is not None and not plan.is_file():
        what = "is no file" if plan.exists() else "does not exist"
        raise InputError(plan, what, "name a plan.json or a SUMO additional file with <tlLogic>")
    from_json = plan is not None and plan.suffix == ".json"
    programs = None if from_json else plan
    problem = build_problem(
        read_scenario(scenario, teleport_s=teleport, minutes=minutes, programs_file=programs)
    )
    if plan is None or not from_json:
        return problem, problem.field_plan
    timed = read_plan_json(plan)
    check_plan(problem.network, timed, plan)
    return problem, timed


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
    is_list = "," in text
    remedy = "write 5 for seeds 1..5, or 5,6,7"
    if not numbers or min(numbers) < (0 if is_list else 1):
        raise InputError("--seeds", f"{text!r} is no number above zero, and no list", remedy)
    if len(set(numbers)) < len(numbers):
        raise InputError("--seeds", f"{text!r} names a seed twice", remedy)
    if max(numbers) > LARGEST_SEED:
        raise InputError("--seeds", f"{text!r} names a seed above {LARGEST_SEED}", remedy)
    if not is_list and numbers[0] > MOST_SEEDS:
        raise InputError("--seeds", f"{text!r} are more runs than {MOST_SEEDS}", remedy)
    return numbers if is_list else tuple(range(1, numbers[0] + 1))


def main() -> None:
    """Run the command line."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    warnings.showwarning = lambda message, *_: print(f"Warning: {message}", file=sys.stderr)
    unwind_on_signals()
    app()

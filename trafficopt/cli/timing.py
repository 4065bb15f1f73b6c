"""`trafficopt run`, `optimize`, `estimate` and `simulate`: find a plan and judge it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trafficopt.cli.app import app
from trafficopt.cli.options import (
    AgainstSumoOption,
    CompareStagesOption,
    FrozenRoutesOption,
    JsonOption,
    MinutesOption,
    ObjectiveOption,
    OutOption,
    PlanOption,
    PlotOption,
    ProfileOption,
    ScenarioArgument,
    SecondsOption,
    SeedOption,
    SeedsOption,
    StagesOption,
    TeleportOption,
    log,
    parse_seeds,
    problem_and_plan,
)
from trafficopt.console import (
    estimate_figures,
    estimate_text,
    evaluation_json,
    evaluation_table,
    in_words,
    progress,
    reconciliation_json,
    reconciliation_text,
)
from trafficopt.errors import InputError

if TYPE_CHECKING:
    from trafficopt.result import Study


@app.command()
def run(
    scenario: ScenarioArgument,
    out: OutOption,
    seeds: SeedsOption = "5",
    max_seconds: SecondsOption = 60.0,
    seed: SeedOption = 1,
    stages: StagesOption = "protected",
    objective: ObjectiveOption = "delay",
    compare_stages: CompareStagesOption = False,
    teleport: TeleportOption = None,
    minutes: MinutesOption = None,
    profile: ProfileOption = None,
    programme: Annotated[
        bool, typer.Option("--programme", help="Also treat openings, islands and parking; keep a ledger.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Find a plan, judge it against the field plan, and report.

    Both plans run in SUMO with the same seeds; the field plan is kept unless the new one has less delay
    beyond noise, or is better by what --objective says. Leaves report.html, plan.json, plan.add.xml and the
    figures. --programme treats the whole city, in the first half hour if --minutes says nothing else.
    """
    if programme:
        from trafficopt.cli.programme import run_whole

        _refuse_with_programme(stages, objective, compare_stages)
        run_whole(scenario, out, parse_seeds(seeds), seed, max_seconds, teleport, minutes, profile, as_json)
        return
    from trafficopt.study import run_study
    from trafficopt.sumo.read import read_scenario

    chosen = parse_seeds(seeds)
    with progress() as tell:
        tell("reading", 0.0)
        read = read_scenario(scenario, teleport_s=teleport, minutes=minutes, profile=profile)
        log.info("%r", read)
        study = run_study(
            read,
            out,
            seeds=chosen,
            stages=stages,
            objective=objective,
            seed=seed,
            max_seconds=max_seconds,
            compare_stages=compare_stages,
            on_progress=tell,
        )
    if as_json:
        typer.echo((out / "summary.json").read_text(encoding="utf-8"), nl=False)
        return
    before, after = study.comparison.before, study.comparison.after
    typer.echo(f"{study.scenario.name}: {study.status.value}. {study.result.message}")
    _tell_objective(study)
    typer.echo(f"  mean delay before  {before.mean('mean_delay_s'):8.2f} s")
    if study.rejected is not None:
        tried = study.rejected.after.mean("mean_delay_s")
        typer.echo(f"  mean delay tried   {tried:8.2f} s  {in_words(study.rejected['mean_delay_s'])}")
        typer.echo("  the field plan is kept")
    else:
        change = study.comparison["mean_delay_s"]
        typer.echo(f"  mean delay after   {after.mean('mean_delay_s'):8.2f} s  {in_words(change)}")
    typer.echo(f"Report: {out / 'report.html'}")


def _refuse_with_programme(stages: str, objective: str, compare_stages: bool) -> None:
    """Refuse options that say nothing about a programme: it tries stages in its own order, for delay."""
    given = {
        "--stages": stages != "protected",
        "--objective": objective != "delay",
        "--compare-stages": compare_stages,
    }
    for option, is_given in given.items():
        if is_given:
            raise InputError(
                option, "says nothing about a programme", "leave it out, or leave out --programme"
            )


def _tell_objective(study: Study) -> None:
    """Say how the objective changed where it is not the delay."""
    objective, comparison = study.result.objective, study.rejected or study.comparison
    if not objective.is_delay:
        typer.echo(f"  objective: {objective}")
        typer.echo(f"  change of the objective  {in_words(comparison[objective.measure])}")


@app.command()
def estimate(
    scenario: ScenarioArgument,
    plan: PlanOption = None,
    against_sumo: AgainstSumoOption = False,
    seeds: SeedsOption = "5",
    teleport: TeleportOption = None,
    minutes: MinutesOption = None,
    frozen_routes: FrozenRoutesOption = False,
    plot: PlotOption = None,
    as_json: JsonOption = False,
) -> None:
    """Estimate delays with the queue model alone, in milliseconds.

    --json has the keys of `simulate`; null is what the model does not know. --against-sumo also runs SUMO,
    and tells where the two differ and what may be behind it.
    """
    if plot is not None and not against_sumo:
        raise InputError("--plot", "draws the model against SUMO", "add --against-sumo")
    if against_sumo:
        _reconcile(scenario, plan, parse_seeds(seeds), teleport, minutes, frozen_routes, plot, as_json)
        return
    from trafficopt.model.queues.queue_model import QueueModel
    from trafficopt.model.signal_model import SignalModel

    problem, timed = problem_and_plan(scenario, plan, teleport, minutes)
    answer = QueueModel(problem, frozen_routes=frozen_routes).estimate(timed)
    if as_json:
        typer.echo(json.dumps(estimate_figures(answer)))
        return
    typer.echo(estimate_text(timed.name, answer))
    signals = SignalModel(problem).estimate(timed)
    typer.echo("intersection  delay_s  saturation")
    for node, delay, load in zip(
        problem.network.intersections, signals.delay_s, signals.saturation, strict=True
    ):
        typer.echo(f"{node.id}  {delay:.1f}  {load:.2f}")


def _reconcile(
    scenario: Path,
    plan: Path | None,
    seeds: tuple[int, ...],
    teleport: float | None,
    minutes: float | None,
    frozen_routes: bool,
    plot: Path | None,
    as_json: bool,
) -> None:
    """The model and SUMO side by side."""
    from trafficopt import study
    from trafficopt.reporting.plot_file import check_format
    from trafficopt.reporting.reconciliation_words import explain
    from trafficopt.reporting.scatter import save_reconciliation

    if plot is not None:
        check_format(plot)
    with progress() as tell:
        tell("reading", 0.0)
        problem, timed = problem_and_plan(scenario, plan, teleport, minutes, safe=True)
        tell("model and SUMO", 0.0)
        found = study.reconcile(problem, timed, seeds, frozen_routes=frozen_routes)
    told = explain(found, problem, timed)
    typer.echo(reconciliation_json(found, told) if as_json else reconciliation_text(found, told))
    if plot is not None:
        save_reconciliation(found, plot)
        log.info("plot: %s", plot)


@app.command()
def optimize(
    scenario: ScenarioArgument,
    out: OutOption,
    max_seconds: SecondsOption = 60.0,
    seed: SeedOption = 1,
    stages: StagesOption = "protected",
    objective: ObjectiveOption = "delay",
    teleport: TeleportOption = None,
    minutes: MinutesOption = None,
    profile: ProfileOption = None,
) -> None:
    """Find a plan; leaves plan.json and plan.add.xml.

    It is not judged on unseen seeds: that is what `run` does.
    """
    from trafficopt import outputs
    from trafficopt.optimizer import optimize as find_plan

    with progress() as tell:
        tell("reading", 0.0)
        problem, _ = problem_and_plan(scenario, None, teleport, minutes, profile)
        outputs.writable(out)
        result = find_plan(
            problem,
            stages=stages,
            objective=objective,
            seed=seed,
            max_seconds=max_seconds,
            on_progress=tell,
        )
    outputs.write_plan(problem.scenario, result.plan, out)
    typer.echo(f"{result.status.value}: {result.message}")
    before, after = result.performance_before, result.performance_after
    typer.echo(f"  model's mean delay {before.delay_s:.1f} -> {after.delay_s:.1f} s a vehicle")
    if not result.objective.is_delay:
        typer.echo(f"  objective: {result.objective}")
        typer.echo(
            f"  model's value of it {result.objective_before:.1f} -> {result.objective_after:.1f} s a vehicle"
        )
        typer.echo(f"  model's stops {before.stops:.2f} -> {after.stops:.2f} a vehicle")
    typer.echo(f"Plan: {out / 'plan.json'}, {out / 'plan.add.xml'}")


@app.command()
def simulate(
    scenario: ScenarioArgument,
    plan: PlanOption = None,
    seeds: SeedsOption = "5",
    teleport: TeleportOption = None,
    minutes: MinutesOption = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a plan in SUMO, and print its delays and stops.

    Every demanded vehicle counts, also one that did not depart or arrive.
    """
    from trafficopt import study

    chosen = parse_seeds(seeds)
    with progress() as tell:
        problem, timed = problem_and_plan(scenario, plan, teleport, minutes, profile, safe=True)
        found = study.simulate(problem, timed, chosen, on_progress=lambda share: tell("SUMO", share))
    typer.echo(evaluation_json(found) if as_json else evaluation_table(found))

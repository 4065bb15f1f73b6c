"""`trafficopt run`, `optimize`, `estimate` and `simulate`: find a plan and judge it."""

from __future__ import annotations

import json

import typer

from trafficopt.cli.app import app
from trafficopt.cli.options import (
    JsonOption,
    MinutesOption,
    OutOption,
    PlanOption,
    ProfileOption,
    ScenarioArgument,
    SecondsOption,
    SeedOption,
    SeedsOption,
    TeleportOption,
    log,
    parse_seeds,
    problem_and_plan,
)
from trafficopt.console import evaluation_json, evaluation_table, in_words, progress
from trafficopt.evaluation import COUNTS, MEANS


@app.command()
def run(
    scenario: ScenarioArgument,
    out: OutOption,
    seeds: SeedsOption = "5",
    max_seconds: SecondsOption = 60.0,
    seed: SeedOption = 1,
    teleport: TeleportOption = None,
    minutes: MinutesOption = None,
    profile: ProfileOption = None,
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
        read = read_scenario(scenario, teleport_s=teleport, minutes=minutes, profile=profile)
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
def estimate(scenario: ScenarioArgument, plan: PlanOption = None, as_json: JsonOption = False) -> None:
    """Estimate delays with the model alone, in milliseconds.

    --json has the keys of `simulate`; null is what the model does not know.
    """
    from trafficopt.model.signal_model import SignalModel

    problem, timed = problem_and_plan(scenario, plan, None, None)
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
    profile: ProfileOption = None,
) -> None:
    """Find a plan; leaves plan.json and plan.add.xml.

    It is not judged on unseen seeds: that is what `run` does.
    """
    from trafficopt import outputs, study

    with progress() as tell:
        tell("reading", 0.0)
        problem, _ = problem_and_plan(scenario, None, teleport, minutes, profile)
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

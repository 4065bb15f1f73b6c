"""`trafficopt run`, `optimize`, `estimate` and `simulate`: find a plan and judge it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trafficopt.cli.app import app
from trafficopt.cli.demands import check_options, read_demands, robustness_text
from trafficopt.cli.options import (
    AgainstSumoOption,
    CompareStagesOption,
    DemandsOption,
    EmissionsOption,
    FrozenRoutesOption,
    JsonOption,
    MarginOption,
    MinutesOption,
    ObjectiveOption,
    OutOption,
    PlanOption,
    PlotOption,
    PrecisionOption,
    ProfileOption,
    RegretOption,
    RiskOption,
    ScenarioArgument,
    SecondsOption,
    SeedOption,
    SeedsOption,
    StagesOption,
    TeleportOption,
    WarmUpOption,
    log,
    parse_percent,
    parse_seeds,
    problem_and_plan,
)
from trafficopt.cli.reconciling import tell_reconciliation
from trafficopt.comparison import PLANS
from trafficopt.console import (
    caveats_text,
    comparison_text,
    estimate_figures,
    estimate_text,
    evaluation_json,
    evaluation_table,
    in_words,
    progress,
)
from trafficopt.errors import InfeasibleError, InputError

if TYPE_CHECKING:
    from trafficopt.study_findings import Study


@app.command()
def run(
    scenario: ScenarioArgument,
    out: OutOption,
    seeds: SeedsOption = "5",
    max_seconds: SecondsOption = 60.0,
    seed: SeedOption = 1,
    stages: StagesOption = "protected",
    objective: ObjectiveOption = "delay",
    demands: DemandsOption = None,
    risk: RiskOption = "mean",
    regret: RegretOption = False,
    compare_stages: CompareStagesOption = False,
    teleport: TeleportOption = None,
    minutes: MinutesOption = None,
    precision: PrecisionOption = None,
    margin: MarginOption = "2%",
    warm_up: WarmUpOption = 0.0,
    emissions: EmissionsOption = False,
    profile: ProfileOption = None,
    programme: Annotated[
        bool, typer.Option("--programme", help="Also treat openings, islands and parking; keep a ledger.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Find a plan, judge it against the field plan, and report.

    Both plans run in SUMO with the same seeds; the field plan is kept unless the new one has less delay
    beyond noise, or is better by what --objective says. Leaves report.html, plan.json, plan.add.xml and the
    figures. With --demands the plans run under each of them, and the new one may fail under none.
    --programme treats the whole city, in the first half hour if --minutes says nothing else.
    --precision that takes more than 50 seeds ends with exit code 1; what ran is reported all the same.
    """
    wanted = None if precision is None else parse_percent("--precision", precision)
    matters = parse_percent("--margin", margin)
    if programme:
        from trafficopt.cli.programme import run_whole

        _refuse_with_programme(
            {
                "--stages": stages != "protected",
                "--objective": objective != "delay",
                "--demands": demands is not None,
                "--compare-stages": compare_stages,
                "--precision": precision is not None,
                "--margin": margin != "2%",
                "--warm-up": warm_up > 0,
                "--emissions": emissions,
            }
        )
        run_whole(scenario, out, parse_seeds(seeds), seed, max_seconds, teleport, minutes, profile, as_json)
        return
    from trafficopt.study import run_study
    from trafficopt.sumo.read import read_scenario

    chosen = parse_seeds(seeds)
    check_options(demands, risk, regret, compare_stages)
    with progress() as tell:
        tell("reading", 0.0)
        read = read_scenario(scenario, teleport_s=teleport, minutes=minutes, profile=profile)
        log.info("%r", read)
        samples = read_demands(demands, teleport, minutes, profile)
        study = run_study(
            read,
            out,
            seeds=chosen,
            stages=stages,
            objective=objective,
            demands=samples,
            risk=risk,
            regret=regret,
            seed=seed,
            max_seconds=max_seconds,
            compare_stages=compare_stages,
            warm_up_s=60.0 * warm_up,
            emissions=emissions,
            precision_percent=wanted,
            margin_percent=matters,
            on_progress=tell,
        )
    if as_json:
        typer.echo((out / "summary.json").read_text(encoding="utf-8"), nl=False)
    else:
        _tell(study, out)
    found = study.facts.get("precision")
    if isinstance(found, Mapping) and not found["reached"]:
        raise InfeasibleError(f"--precision: {found['message']} The results are in {out}")


def _tell(study: Study, out: Path) -> None:
    """The study in a few lines: first what makes it doubtful, then the delay, then the other measures."""
    compared = study.rejected or study.comparison
    if caveats := compared.caveats(PLANS):
        typer.echo(caveats_text(caveats))
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
    if compared.before is not compared.after and (others := comparison_text(compared)):
        typer.echo(others)
    if study.robustness is not None:
        typer.echo(robustness_text(study.robustness))
    typer.echo(f"Report: {out / 'report.html'}")


def _refuse_with_programme(given: Mapping[str, bool]) -> None:
    """Refuse options that say nothing about a programme: it tries stages in its own order, for delay."""
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
        tell_reconciliation(
            scenario, plan, parse_seeds(seeds), teleport, minutes, frozen_routes, plot, as_json
        )
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


@app.command()
def optimize(
    scenario: ScenarioArgument,
    out: OutOption,
    max_seconds: SecondsOption = 60.0,
    seed: SeedOption = 1,
    stages: StagesOption = "protected",
    objective: ObjectiveOption = "delay",
    demands: DemandsOption = None,
    risk: RiskOption = "mean",
    teleport: TeleportOption = None,
    minutes: MinutesOption = None,
    profile: ProfileOption = None,
) -> None:
    """Find a plan; leaves plan.json and plan.add.xml.

    It is not judged on unseen seeds: that is what `run` does.
    """
    from trafficopt import outputs
    from trafficopt.optimizer import optimize as find_plan

    check_options(demands, risk, regret=False, compare_stages=False)
    with progress() as tell:
        tell("reading", 0.0)
        problem, _ = problem_and_plan(scenario, None, teleport, minutes, profile)
        samples = read_demands(demands, teleport, minutes, profile)
        outputs.writable(out)
        result = find_plan(
            problem,
            stages=stages,
            objective=objective,
            demands=samples,
            risk=risk,
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
    for each in result.samples:
        typer.echo(f"  under {each.name} {each.before_s:.1f} -> {each.after_s:.1f} s a vehicle")
    typer.echo(f"Plan: {out / 'plan.json'}, {out / 'plan.add.xml'}")


@app.command()
def simulate(
    scenario: ScenarioArgument,
    plan: PlanOption = None,
    seeds: SeedsOption = "5",
    teleport: TeleportOption = None,
    minutes: MinutesOption = None,
    warm_up: WarmUpOption = 0.0,
    emissions: EmissionsOption = False,
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
        found = study.simulate(
            problem,
            timed,
            chosen,
            on_progress=lambda share: tell("SUMO", share),
            warm_up_s=60.0 * warm_up,
            emissions=emissions,
            arterials=bool(problem.network.arterials),
        )
    typer.echo(evaluation_json(found) if as_json else evaluation_table(found))

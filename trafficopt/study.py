"""The wiring: from a scenario to a judged plan."""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from trafficopt.comparison import MARGIN_PERCENT
from trafficopt.conclusion import conclude
from trafficopt.demand_samples import DemandSamples, GivenDemand
from trafficopt.diagnosis_study import diagnose
from trafficopt.errors import TeleportWarning, UnsafeFieldPlanWarning
from trafficopt.evaluation import Evaluation
from trafficopt.linter import lint
from trafficopt.model.queues.calibration import Calibration
from trafficopt.model.queues.fitting import fit_calibration
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.model.reconciliation import Reconciliation, reconciled, saturation_veh_h
from trafficopt.objective import DELAY, Objective, compare_by
from trafficopt.optimizer import Progress, optimize
from trafficopt.outputs import demand_facts, study_facts, writable, write_outputs
from trafficopt.paired_runs import plan_not_lost, run_both
from trafficopt.plan import TimingPlan
from trafficopt.precision import check_percentages
from trafficopt.problem import Problem, build_problem
from trafficopt.result import Result, Status
from trafficopt.risk import MEAN, Risk
from trafficopt.robust_study import Usual, add_regret, check_regret, judge_demands
from trafficopt.rules.findings import errors
from trafficopt.scenario import Scenario
from trafficopt.search.choose import check_unseen
from trafficopt.search.menu import StagePolicy, dropped_protection
from trafficopt.signals.gate import listed, network_findings
from trafficopt.study_findings import Alternative, Study
from trafficopt.sumo.cache import measure_once
from trafficopt.sumo.frozen_routes import with_frozen_routes
from trafficopt.sumo.judge import check_warm_up
from trafficopt.sumo.judge import simulate as run_sumo
from trafficopt.sumo.measure import measure
from trafficopt.sumo.proof import prove_plan
from trafficopt.units import Seconds

DEFAULT_SEEDS = (1, 2, 3, 4, 5)


def simulate(
    problem: Problem,
    plan: TimingPlan,
    seeds: Sequence[int] = DEFAULT_SEEDS,
    *,
    jobs: int | None = None,
    on_progress: Callable[[float], None] | None = None,
    warm_up_s: Seconds = 0.0,
    emissions: bool = False,
    arterials: bool = False,
) -> Evaluation:
    """Run `plan` in SUMO with each seed, after the safety rules and the proof that SUMO shows it.

    The field plan runs whatever the rules say of it; its errors are told in a warning.

    Parameters
    ----------
    warm_up_s
        Vehicles that want to depart in the first seconds drive, but count in no mean.
    emissions, arterials
        Measure fuel and CO2, and how trips along arterials fare; both take time.

    Raises
    ------
    UnsafePlanError
        If the plan breaks a safety rule, or SUMO shows other signals than it says.
    SimulationError
        If a run fails.
    """
    _prove(problem, plan)
    found = run_sumo(
        problem.scenario,
        plan,
        seeds,
        jobs=jobs,
        on_progress=on_progress,
        warm_up_s=warm_up_s,
        emissions=emissions,
        arterials=arterials,
    )
    if found.mean("teleports") > 0:
        text = f"{plan.name}: SUMO removed {found.mean('teleports'):g} standing vehicles a run (teleports)"
        warnings.warn(text, TeleportWarning, stacklevel=2)
    return found


def reconcile(
    problem: Problem,
    plan: TimingPlan,
    seeds: Sequence[int] = DEFAULT_SEEDS,
    *,
    frozen_routes: bool = False,
    jobs: int | None = None,
) -> Reconciliation:
    """Compare the queue model with SUMO under one plan, movement by movement.

    Parameters
    ----------
    frozen_routes
        Keep all vehicles on their routes of the demand, in the model and in SUMO.

    Raises
    ------
    UnsafePlanError
        If the plan breaks a safety rule, or SUMO shows other signals than it says.
    SimulationError
        If a run fails.
    """
    model = QueueModel(problem, frozen_routes=frozen_routes)
    estimate = model.estimate(plan)
    _prove(problem, plan)
    with tempfile.TemporaryDirectory(prefix="trafficopt-") as name:
        scenario = problem.scenario
        if frozen_routes:
            scenario = with_frozen_routes(scenario, Path(name))
        measured = measure(scenario, plan, seeds, jobs=jobs)
    return reconciled(problem, estimate, measured, saturation_veh_h(model, measured.place_vehicles))


def calibrate(
    problem: Problem, seeds: Sequence[int] = (1,), *, use_cache: bool = True, jobs: int | None = None
) -> Calibration:
    """Measure the field plan in SUMO and find the factors that bring the queue model in line with it.

    `QueueModel(problem, calibration=...)` takes them. On other plans they were found not to help
    (decision 6); what they tell of a network is in `Calibration.describe`.

    Parameters
    ----------
    use_cache
        Keep measurements in the user's cache folder, and take them from there.

    Raises
    ------
    SimulationError
        If a run fails.
    """
    plan = problem.field_plan
    measured = measure_once(problem.scenario, plan, seeds, jobs=jobs, use_cache=use_cache)
    return fit_calibration(problem, plan, measured)


def _prove(problem: Problem, plan: TimingPlan) -> None:
    """Let no unsafe plan into SUMO but the field plan, whose errors are told in a warning."""
    if plan.timings == problem.field_plan.timings:
        _warn_of_errors(problem.scenario)
    prove_plan(problem.scenario, plan)


def _warn_of_errors(scenario: Scenario) -> None:
    wrong = errors(network_findings(scenario))
    if wrong:
        text = f"the field plan breaks safety rules (profile {scenario.limits.profile}):\n{listed(wrong)}"
        warnings.warn(text, UnsafeFieldPlanWarning, stacklevel=4)


def run_study(
    scenario: Scenario,
    out: str | Path,
    *,
    seeds: Sequence[int] = DEFAULT_SEEDS,
    stages: StagePolicy | str = StagePolicy.PROTECTED,
    objective: Objective | str = DELAY,
    demands: DemandSamples | Iterable[GivenDemand] | None = None,
    risk: Risk | str = MEAN,
    regret: bool = False,
    seed: int = 1,
    max_seconds: Seconds = 60.0,
    compare_stages: bool = False,
    precision_percent: float | None = None,
    margin_percent: float = MARGIN_PERCENT,
    warm_up_s: Seconds = 0.0,
    emissions: bool = False,
    on_progress: Progress | None = None,
) -> Study:
    """Optimize, judge both plans in SUMO, and leave plan, report and figures in the folder `out`.

    Parameters
    ----------
    seeds
        SUMO's seeds; field plan and optimized plan run with the same ones.
    stages, objective, demands, risk, seed, max_seconds
        Of the optimizer. The objective also decides whether the new plan is better; with demands, its one
        value for all of them, if it is worse than the field plan under none.
    regret
        Also find a plan for each demand alone, and one for the usual demand, with as much time each, and
        report what every plan loses against the best that is known for a demand.
    compare_stages
        Search and judge under the other stage policies too, and report what they would give.
    precision_percent
        Add seeds until half of the interval of the change of the mean delay is so much of the delay before,
        or less; where that takes too many (`precision.MOST_SEEDS`), the facts of the study say so.
    margin_percent
        Least change that matters, in percent of the mean before.
    warm_up_s, emissions
        As of `simulate`. The optimizer knows of neither. Trips along arterials are followed where there are
        arterials.
    on_progress
        Called with the name of the step and its share done, 0 to 1.

    Returns
    -------
    Study
        The plan to switch on and how it compares: the field plan where nothing beat it beyond noise.

    Raises
    ------
    InputError
        If a seed is a training seed of the optimizer, `out` cannot be written, or the precision, the margin
        or the warm-up is out of bounds.
    """
    check_unseen(seeds, seed)
    given = None if demands is None else DemandSamples.of(demands)
    risk = Risk.named(risk) if isinstance(risk, str) else risk
    check_regret(given, regret, compare_stages)
    check_warm_up(warm_up_s, scenario.simulation.period_s)
    check_percentages(precision_percent, margin_percent)
    tell = on_progress or (lambda what, share: None)
    walls: dict[str, float] = {}
    out = writable(Path(out))
    with _timed(walls, "build"):
        problem = build_problem(scenario)
    with _timed(walls, "optimize"):
        result = optimize(
            problem,
            stages=stages,
            objective=objective,
            demands=given,
            risk=risk,
            seed=seed,
            max_seconds=max_seconds,
            on_progress=on_progress,
        )
    arterials = bool(scenario.network.arterials)
    run = partial(simulate, problem, warm_up_s=warm_up_s, emissions=emissions, arterials=arterials)
    with _timed(walls, "simulate"), plan_not_lost(scenario, result, out):
        before, after, precision = run_both(result, run, problem.field_plan, seeds, precision_percent, tell)
        usual = Usual(problem, result, partial(simulate, warm_up_s=warm_up_s), before, after)
        judged = judge_demands(usual, given, risk, margin_percent, on_progress) if given else None
    facts = study_facts(scenario, result, before.seeds, str(stages), seed, max_seconds, walls)
    facts |= {"precision": precision.facts()} if precision else {}
    facts |= {"warm_up_s": warm_up_s} if warm_up_s else {}
    facts |= {"demands": demand_facts(scenario, given, risk)} if given else {}
    study = conclude(scenario, result, before, after, facts, margin_percent, judged)
    study = replace(study, field_findings=lint(problem), plan_findings=lint(problem, study.plan))
    tell("report", 0.0)
    study = replace(
        study,
        field_diagnosis=diagnose(problem),
        plan_diagnosis=diagnose(problem, study.tested_plan) if study.tested_plan else None,
    )
    write_outputs(study, out, walls)
    if compare_stages:  # the answer itself is safe by now
        others = [other for other in StagePolicy if other is not StagePolicy(stages)]
        search = partial(optimize, problem, objective=objective, seed=seed, max_seconds=max_seconds)
        found = [
            _alternative(problem, other, search, run, before, margin_percent, on_progress) for other in others
        ]
        study = replace(study, alternatives=tuple(found))
        write_outputs(study, out, walls)
    if regret and given and judged:
        search = partial(
            optimize, problem, stages=stages, objective=objective, seed=seed, max_seconds=max_seconds
        )
        study = replace(study, robustness=add_regret(judged, usual, given, search, on_progress))
        write_outputs(study, out, walls)
    return study


def _alternative(
    problem: Problem,
    policy: StagePolicy,
    search: Callable[..., Result],
    run: Callable[..., Evaluation],
    before: Evaluation,
    margin_percent: float,
    on_progress: Progress | None,
) -> Alternative:
    """Search under a stage policy and judge with the seeds of `before`."""

    def tell(what: str, share: float) -> None:
        if on_progress:
            on_progress(f"{policy} stages: {what}", share)

    result = search(stages=policy, on_progress=tell)
    after = before
    if result.status is Status.IMPROVED:
        after = run(result.plan, before.seeds, on_progress=partial(tell, "in SUMO"))
    network = problem.network
    field = (before, problem.field_plan)
    lost = [
        movement
        for node in network.intersections
        if node.id in result.plan
        for movement in dropped_protection(node, result.plan[node.id])
    ]
    comparison = compare_by(result.objective, network, field, (after, result.plan), margin_percent)
    return Alternative(str(policy), result, comparison, len(lost))


@contextmanager
def _timed(walls: dict[str, Seconds], step: str) -> Iterator[None]:
    """Note the wall-clock time of a block in `walls`."""
    began = time.monotonic()
    yield
    walls[step] = time.monotonic() - began

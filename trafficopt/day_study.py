"""From a demand profile to a day of plans: a plan for each period, found with demand of that period."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from trafficopt.comparison import Comparison, compare
from trafficopt.day_plan import DayPlan, Period
from trafficopt.demand_profile import DemandProfile
from trafficopt.errors import InputError
from trafficopt.optimizer import Progress, optimize
from trafficopt.plan import TimingPlan
from trafficopt.problem import build_problem
from trafficopt.result import Result
from trafficopt.scenario import Scenario
from trafficopt.search.choose import check_unseen
from trafficopt.search.menu import StagePolicy
from trafficopt.signals.day_files import write_day
from trafficopt.sumo.day_programs import write_day_programs
from trafficopt.sumo.day_proof import prove_day
from trafficopt.sumo.judge import simulate
from trafficopt.sumo.scaled_trips import with_scaled_trips
from trafficopt.units import Seconds

PROGRAMS = "day.add.xml"
SUMMARY = "day_summary.json"


@dataclass(frozen=True, slots=True)
class DayStudy:
    """A day of plans, and what each was made for.

    Attributes
    ----------
    factors
        Demand of each plan's periods, as a share of the scenario's own.
    results
        Of the optimizer, by plan, with that demand.
    """

    day: DayPlan
    factors: Mapping[str, float]
    results: Mapping[str, Result]


@dataclass(frozen=True, slots=True)
class PlanJudgment:
    """How a plan does in SUMO with the demand that it was made for, paired by seed.

    Attributes
    ----------
    against_field, against_peak
        The field plan, and the day's plan of the most demand, against the plan.
    """

    against_field: Comparison
    against_peak: Comparison


def plan_day(
    scenario: Scenario,
    profile: DemandProfile,
    periods: Sequence[Period],
    *,
    stages: StagePolicy | str = StagePolicy.SHIPPED,
    seed: int = 1,
    max_seconds: Seconds = 60.0,
    repeatable: bool = False,
    on_progress: Progress | None = None,
) -> DayStudy:
    """Find a plan for each name in `periods`.

    The scenario's vehicles are those of its own window of time; for a plan they are scaled by what the
    profile has in the plan's periods, all series together, to what it has in that window. All vehicles
    keep their routes.

    Parameters
    ----------
    stages
        The stages of the field plan by default: plans with other stages can be switched only where they
        have one in common.
    seed, max_seconds, repeatable
        Of the optimizer, for each plan.

    Raises
    ------
    InputError
        If the profile does not cover the scenario's window, or has no traffic in it or in a plan's periods.
    """
    factors = demand_factors(scenario, profile, periods)
    results: dict[str, Result] = {}
    for name, factor in factors.items():
        with tempfile.TemporaryDirectory(prefix="trafficopt-") as folder:
            results[name] = optimize(
                build_problem(with_scaled_trips(scenario, factor, Path(folder))),
                stages=stages,
                seed=seed,
                max_seconds=max_seconds,
                repeatable=repeatable,
                on_progress=_of_plan(name, on_progress),
            )
    plans = {name: TimingPlan(name, result.plan.timings) for name, result in results.items()}
    return DayStudy(DayPlan(tuple(periods), plans), factors, results)


def _of_plan(name: str, tell: Progress | None) -> Progress | None:
    """Progress that names the plan."""
    return None if tell is None else lambda what, share: tell(f"plan {name}: {what}", share)


def demand_factors(scenario: Scenario, profile: DemandProfile, periods: Sequence[Period]) -> dict[str, float]:
    """Demand in the periods of each plan as a share of that in the scenario's window, by the profile."""
    window = scenario.simulation
    if not profile.begin_s <= window.begin_s < window.end_s <= profile.end_s:
        fault = f"covers {profile.begin_s:g} to {profile.end_s:g} s; the scenario's vehicles are of "
        fault += f"{window.begin_s:g} to {window.end_s:g} s"
        raise InputError("profile", fault, "count the time of the scenario too")
    own = float(profile.mean_veh_h(window.begin_s, window.end_s).sum())
    vehicles: dict[str, float] = {}
    hours: dict[str, float] = {}
    for period in periods:
        length = (period.end_s - period.begin_s) / 3600.0
        flow = float(profile.mean_veh_h(period.begin_s, period.end_s).sum())
        vehicles[period.plan] = vehicles.get(period.plan, 0.0) + flow * length
        hours[period.plan] = hours.get(period.plan, 0.0) + length
    empty = [f"has no traffic in the periods of plan {name!r}" for name, n in vehicles.items() if n <= 0]
    if own <= 0:
        empty.append("has no traffic in the scenario's window")
    if empty:
        raise InputError("profile", empty, "give flows above zero there")
    return {name: vehicles[name] / hours[name] / own for name in vehicles}


def judge_day(
    scenario: Scenario, study: DayStudy, seeds: Sequence[int], on_progress: Progress | None = None
) -> dict[str, PlanJudgment]:
    """Run each plan in SUMO with its demand, beside the field plan and the one of the most demand.

    The latter is what a single plan for the day would be: plans are worth their switches where they beat it.
    Transitions are not in these runs.

    Raises
    ------
    InputError
        If a seed is a training seed of the optimizer.
    SimulationError
        If a run fails.
    """
    for result in study.results.values():
        check_unseen(seeds, result.seed)
    peak = study.day.plans[max(study.factors, key=lambda name: study.factors[name])]
    judged = {}
    for number, (name, factor) in enumerate(study.factors.items()):
        if on_progress:
            on_progress(f"plan {name} in SUMO", number / len(study.factors))
        with tempfile.TemporaryDirectory(prefix="trafficopt-") as folder:
            scaled = with_scaled_trips(scenario, factor, Path(folder))
            plan = study.day.plans[name]
            field, own = simulate(scaled, scaled.field_plan, seeds), simulate(scaled, plan, seeds)
            other = own if plan is peak else simulate(scaled, peak, seeds)
        judged[name] = PlanJudgment(compare(field, own), compare(other, own))
    return judged


def write_day_study(
    scenario: Scenario, study: DayStudy, out: Path, judged: Mapping[str, PlanJudgment] | None = None
) -> None:
    """Write the day's plans, and once SUMO was seen to show the whole day its programs and a summary.

    Raises
    ------
    InputError, InfeasibleError, UnsafePlanError, SimulationError
        As `write_day_programs` and `prove_day`. The plans are there by then.
    """
    with _complete(out) as folder:
        write_day(scenario, study.day, folder)
    with _complete(out) as folder:
        write_day_programs(scenario, study.day, folder / PROGRAMS)
        prove_day(scenario, study.day, file=folder / PROGRAMS)
        text = json.dumps(day_summary(study, judged), indent=1) + "\n"
        (folder / SUMMARY).write_text(text, encoding="utf-8")


@contextmanager
def _complete(out: Path) -> Iterator[Path]:
    """A folder whose files appear in `out` together, when all are complete."""
    with tempfile.TemporaryDirectory(prefix=".trafficopt-", dir=out) as name:
        yield Path(name)
        for path in sorted(Path(name).iterdir()):
            os.replace(path, out / path.name)


def day_summary(study: DayStudy, judged: Mapping[str, PlanJudgment] | None = None) -> dict[str, object]:
    """Periods and plans of a day, for machines: delays [s/veh] by the queue model, and by SUMO if judged."""
    return {
        "periods": [
            {"begin_s": float(p.begin_s), "end_s": float(p.end_s), "plan": p.plan} for p in study.day.periods
        ],
        "plans": {
            name: {
                "demand_factor": round(study.factors[name], 4),
                "status": result.status.value,
                "cycles_s": sorted({float(result.plan[key].cycle_s) for key in result.plan}),
                "model_delay_s": {
                    "field": round(result.performance_before.delay_s, 2),
                    "plan": round(result.performance_after.delay_s, 2),
                },
                **({"sumo_delay_s": _judged_json(judged[name])} if judged else {}),
            }
            for name, result in study.results.items()
        },
    }


def _judged_json(found: PlanJudgment) -> dict[str, object]:
    field, peak = found.against_field, found.against_peak
    means = {"field": field.before, "peak_plan": peak.before, "plan": field.after}
    return {
        **{name: round(evaluation.mean("mean_delay_s"), 2) for name, evaluation in means.items()},
        "verdict_against_field": field["mean_delay_s"].verdict.value,
        "verdict_against_peak_plan": peak["mean_delay_s"].verdict.value,
    }

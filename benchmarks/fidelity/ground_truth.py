"""A case with its plans, by kind, and SUMO's record of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from benchmarks.fidelity.plans import Drawer, drawer_of, good_plans, random_plans, redesigned_plans
from benchmarks.fidelity.scenarios import case_of, read_case
from benchmarks.fidelity.sumo_runs import RunRecord, known_run, run
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem, build_problem

KINDS = ("field", "random", "redesigned", "good")

Told = Callable[[int, int], None]  # runs done, runs in all


class MissingRunError(LookupError):
    """A run that is wanted has not been made."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Plans of each kind, and SUMO's seeds 1 to `seeds` for each."""

    random: int = 40
    redesigned: int = 40
    good: int = 20
    seeds: int = 3

    @property
    def runs(self) -> int:
        """Runs of a case."""
        return self.seeds * (1 + self.random + self.redesigned + self.good)


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """What SUMO says of a case.

    Attributes
    ----------
    plans
        By kind: field, random, redesigned, good.
    records
        A tuple with a record a seed for each plan, in the order of `plans`.
    """

    name: str
    problem: Problem
    plans: Mapping[str, tuple[TimingPlan, ...]]
    records: Mapping[str, tuple[tuple[RunRecord, ...], ...]]

    def delays_s(self, *kinds: str) -> list[list[float]]:
        """Mean delay [s] by plan and seed, of some kinds (all by default)."""
        chosen = [row for kind in kinds or KINDS for row in self.records[kind]]
        return [[record.result.mean_delay_s for record in row] for row in chosen]


def ground_truth(
    name: str, cache: Path, sizes: Sizes, *, jobs: int = 1, told: Told | None = None, simulate: bool = True
) -> GroundTruth:
    """Draw the plans of a case and run those that are not in `cache`.

    Parameters
    ----------
    told
        Called after each run.
    simulate
        Make the runs that are missing.

    Raises
    ------
    MissingRunError
        If a run is missing and shall not be made.
    """
    scenario = read_case(name, cache)
    problem = build_problem(scenario)
    drawer = drawer_of(scenario, case_of(name).base)
    done = 0

    def answer(plan: TimingPlan, seed: int) -> RunRecord:
        if simulate:
            return run(scenario, plan, seed, cache)
        found = known_run(scenario, plan, seed, cache)
        if found is None:
            raise MissingRunError(f"no run of {plan.name!r} with seed {seed}")
        return found

    def records(plans: Sequence[TimingPlan]) -> tuple[tuple[RunRecord, ...], ...]:
        nonlocal done
        wanted = [(plan, seed) for plan in plans for seed in range(1, sizes.seeds + 1)]
        made = []
        with ThreadPoolExecutor(jobs) as pool:
            for record in pool.map(lambda pair: answer(*pair), wanted):
                made.append(record)
                done += 1
                if told is not None:
                    told(done, sizes.runs)
        return tuple(tuple(made[k : k + sizes.seeds]) for k in range(0, len(made), sizes.seeds))

    plans: dict[str, tuple[TimingPlan, ...]] = {
        "field": (problem.field_plan,),
        "random": tuple(random_plans(drawer, sizes.random)),
        "redesigned": tuple(redesigned_plans(drawer, sizes.redesigned)),
    }
    found = {kind: records(chosen) for kind, chosen in plans.items()}
    plans["good"], found["good"] = _good(drawer, plans, found, records, sizes.good)
    return GroundTruth(name, problem, plans, found)


def _good(
    drawer: Drawer,
    plans: Mapping[str, Sequence[TimingPlan]],
    found: Mapping[str, Sequence[tuple[RunRecord, ...]]],
    records: Callable[[Sequence[TimingPlan]], tuple[tuple[RunRecord, ...], ...]],
    n: int,
) -> tuple[tuple[TimingPlan, ...], tuple[tuple[RunRecord, ...], ...]]:
    """Good plans and their records."""
    drawn = [*plans["random"], *plans["redesigned"]]
    known = [*found["random"], *found["redesigned"]]

    def delays_s(asked: Sequence[TimingPlan]) -> list[float]:
        known.extend(records(asked[len(known) :]))
        return [fmean(record.result.mean_delay_s for record in row) for row in known]

    good = good_plans(drawer, drawn, delays_s, n)
    delays_s([*drawn, *good])
    return tuple(good), tuple(known[len(drawn) :])

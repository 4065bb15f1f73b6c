"""The optimizer: from a problem to a plan, in readable steps."""

from __future__ import annotations

import time
from collections.abc import Callable

from trafficopt.model.signal_model import SignalModel
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.result import Result, Status, Step
from trafficopt.search.candidates import (
    Candidate,
    assess,
    at_cycle,
    best_by_zone,
    coarse_cycles,
    fine_cycles,
    refine,
)
from trafficopt.search.choose import Judge, choose
from trafficopt.search.zones import coordination_zones
from trafficopt.units import Seconds

COARSE_SWEEPS, FINE_SWEEPS = 1, 4
SHARE_FOR_CYCLES = 0.5  # of the time, for trying cycles
JUDGED = 7
TRAINING_SEEDS = 8
UPDATES_PER_S = 60_000.0  # vehicle seconds that SUMO simulates in a second, cautiously


def optimize(
    problem: Problem,
    *,
    judge: Judge | None = None,
    seed: int = 1,
    max_seconds: Seconds = 60.0,
    on_progress: Callable[[str, float], None] | None = None,
) -> Result:
    """Find a timing plan.

    Every coordination zone is timed at each cycle (splits by HCM delay, offsets and greens by
    coordinate descent on cyclic flow profiles); the best cycles are refined, and a judge chooses
    among them if there is time.

    Parameters
    ----------
    problem
        Network, demand, limits, field plan.
    judge
        Says how a plan does on given seeds (SUMO); without one the model alone decides.
    seed
        Decides the judge's training seeds: `1000 * seed` and up.
    max_seconds
        Limit of the wall-clock time, judge included; the best plan so far is returned.
    on_progress
        Called with the step's name and the share of the time used, 0 to 1.

    Returns
    -------
    Result
        `Status.UNCHANGED` with the field plan if nothing better was found.
    """
    began = time.monotonic()
    history: list[Step] = []

    def used() -> Seconds:
        return time.monotonic() - began

    def note(what: str, candidate: Candidate) -> None:
        history.append(Step(used(), what, candidate.delay_s))

    def tell(what: str) -> None:
        if on_progress:
            on_progress(what, min(1.0, used() / max_seconds))

    model, base = SignalModel(problem), problem.field_plan
    retimed = [
        i for i, node in enumerate(model.nodes) if node.id in problem.scenario.retime and node.id in base
    ]
    zones = coordination_zones(problem, retimed)
    shipped = assess(model, base, zones)
    note("field plan", shipped)
    if not retimed:
        return _unchanged(base, "no signal of this network can be retimed", shipped, history, seed, used())

    tried: dict[int, Candidate] = {}
    for cycles in (
        lambda: coarse_cycles(model, problem.limits, zones),
        lambda: fine_cycles(problem.limits, tried),
    ):
        for cycle in cycles():
            if used() > SHARE_FOR_CYCLES * max_seconds:
                break
            tell(f"cycle {cycle} s")
            tried[cycle] = at_cycle(model, base, zones, cycle, COARSE_SWEEPS, lambda: used() > max_seconds)
            note(tried[cycle].plan.name, tried[cycle])
    mixed = best_by_zone(model, base, zones, [shipped, *tried.values()])
    note(mixed.plan.name, mixed)

    tell("refinement")
    ranked = sorted([shipped, *tried.values(), mixed], key=lambda candidate: candidate.delay_s)
    finished = []
    for candidate in ranked[:JUDGED]:
        if used() > 0.7 * max_seconds and finished:
            break
        finished.append(refine(model, candidate.plan, zones, FINE_SWEEPS, lambda: used() > 0.8 * max_seconds))
        note(f"{candidate.plan.name}, refined", finished[-1])
    finished.sort(key=lambda candidate: candidate.delay_s)
    best = finished[0].plan
    if judge is not None:
        tell("judging candidates")
        plans = [*(candidate.plan for candidate in finished), base]
        seeds = range(1000 * seed, 1000 * seed + TRAINING_SEEDS)
        best, _ = choose(plans, judge, seeds, lambda: max_seconds - used(), expected_run_s(problem))
    after = assess(model, best, zones)
    note("chosen", after)
    if best is base:
        return _unchanged(base, "no candidate beat the field plan", shipped, history, seed, used())
    plan = TimingPlan("optimized", best.timings)
    message = f"{len(retimed)} signals in {len(zones)} zones"
    return Result(
        plan, Status.IMPROVED, message, shipped.delay_s, after.delay_s, tuple(history), seed, used()
    )


def expected_run_s(problem: Problem) -> Seconds:
    """Guess of SUMO's time for one run, before one was made."""
    links = problem.network.links
    driven = sum(links[link].free_flow_s for route in problem.scenario.demand.routes for link in route)
    return 2.0 * driven / UPDATES_PER_S


def _unchanged(
    base: TimingPlan, message: str, shipped: Candidate, history: list[Step], seed: int, run_time: Seconds
) -> Result:
    return Result(
        base, Status.UNCHANGED, message, shipped.delay_s, shipped.delay_s, tuple(history), seed, run_time
    )

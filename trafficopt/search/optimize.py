"""The optimizer: from a problem to a plan, in readable steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

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
from trafficopt.search.choose import Choice, Judge, choose, training_seeds
from trafficopt.search.clock import Clock
from trafficopt.search.splits import least_cycle_s, longest_cycle_s
from trafficopt.search.zones import coordination_zones
from trafficopt.units import Seconds

COARSE_SWEEPS, FINE_SWEEPS = 1, 4
SHARE_FOR_CYCLES, SHARE_TO_REFINE = 0.6, 0.9  # of the time: later work is left out
SHARE_FOR_JUDGE = 0.5
REFINED, JUDGED = 2, 7  # candidates without and with a judge, at most
UPDATES_PER_S = 120_000.0  # vehicle seconds that SUMO simulates in a second

Progress = Callable[[str, float], None]


def optimize(
    problem: Problem,
    *,
    judge: Judge | None = None,
    seed: int = 1,
    max_seconds: Seconds = 60.0,
    on_progress: Progress | None = None,
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
        Decides the judge's training seeds: see `training_seeds`.
    max_seconds
        Limit of the wall-clock time, judge included; the best plan so far is returned, as it is
        after Ctrl-C. `Result.message` says so: such a result cannot be repeated exactly.
    on_progress
        Called with the step's name and the share of the time used, 0 to 1.

    Returns
    -------
    Result
        `Status.UNCHANGED` with the field plan if nothing better was found. A signal whose minimum
        greens do not fit into the longest cycle keeps its field timing; the message names it.

    Raises
    ------
    InfeasibleError
        If the limits allow no cycle that suits all signals of a coordination zone.
    SimulationError
        If the judge can run no plan at all.
    """
    clock = Clock(max_seconds)
    model = SignalModel(problem)
    retimed, kept = _retimable(model)
    search = _Search(model, coordination_zones(problem, retimed), clock, on_progress)
    n_to_judge = affordable(problem, max_seconds) if judge is not None else 0
    try:
        if retimed:
            search.try_cycles()
            search.refine_best(max(REFINED, n_to_judge))
    except KeyboardInterrupt:
        clock.interrupted = True
    ranked, n_judged = search.ranked(), 0
    best = ranked[0]
    if judge is not None and n_to_judge and len(ranked) > 1 and not clock.interrupted:
        choice = search.let_choose(ranked, judge, seed)
        best, n_judged = ranked[choice.best], len(choice.scores)
    return search.conclude(best, n_judged, kept, seed)


def affordable(problem: Problem, max_seconds: Seconds) -> int:
    """Candidates that a judge has time for beside the field plan; decided before any run is timed.

    So the same input and limit lead to the same work on any machine that is fast enough.
    """
    return max(0, min(JUDGED, int(SHARE_FOR_JUDGE * max_seconds / expected_run_s(problem)) - 1))


def expected_run_s(problem: Problem) -> Seconds:
    """Guess of SUMO's time for one run, before one was made."""
    links = problem.network.links
    driven = sum(links[link].free_flow_s for route in problem.scenario.demand.routes for link in route)
    return max(driven, 1.0) / UPDATES_PER_S


def _retimable(model: SignalModel) -> tuple[list[int], list[str]]:
    """Signals that can be retimed within the limits, and for the others that might be, why they cannot."""
    problem, nodes, kept = model.problem, [], []
    shortest, longest = math.ceil(problem.limits.min_cycle_s), math.floor(problem.limits.max_cycle_s)
    for i, node in enumerate(model.nodes):
        if node.id not in problem.scenario.retime or node.id not in problem.field_plan:
            continue
        least, most = least_cycle_s(model, i), longest_cycle_s(model, i)
        if max(least, shortest) <= min(most, longest):
            nodes.append(i)
        elif least > longest:
            kept.append(
                f"{node.id} keeps its field timing: minimum greens and intergreens need {least} s, "
                f"above the longest cycle of {longest} s."
            )
        else:
            kept.append(
                f"{node.id} keeps its field timing: maximum greens and intergreens fill {most} s, "
                f"and no cycle from {shortest} s to {longest} s suits it."
            )
    return nodes, kept


class _Search:
    """Candidates found so far; `field` is the field plan."""

    def __init__(
        self, model: SignalModel, zones: Sequence[Sequence[int]], clock: Clock, on_progress: Progress | None
    ) -> None:
        self.model, self.zones, self.clock, self.on_progress = model, zones, clock, on_progress
        self.base = model.problem.field_plan
        self.history: list[Step] = []
        self.field = assess(model, self.base, zones)
        self.tried: dict[int, Candidate] = {}
        self.refined: list[Candidate] = []
        self._note("field plan", self.field)

    def try_cycles(self) -> None:
        """Time all zones at cycles in wide steps, then near the best ones."""
        self._try(coarse_cycles(self.model, self.zones))
        self._try(fine_cycles(self.model.problem.limits, self.tried))

    def _try(self, cycles: Sequence[int]) -> None:
        for cycle in cycles:
            if self.clock.over(SHARE_FOR_CYCLES):
                return
            self._tell(f"cycle {cycle} s")
            found = at_cycle(self.model, self.base, self.zones, cycle, COARSE_SWEEPS, self.clock.over)
            self.tried[cycle] = found
            self._note(found.plan.name, found)

    def refine_best(self, n: int) -> None:
        """Refine the best `n` of the field plan, the cycles tried and the best cycle of each zone."""
        self._tell("refinement")
        starts = [self.field, *self.tried.values()]
        starts.append(best_by_zone(self.model, self.base, self.zones, starts))
        for start in sorted(starts, key=lambda candidate: candidate.delay_s)[:n]:
            if self.refined and self.clock.over(SHARE_TO_REFINE):
                return
            found = refine(
                self.model, start.plan, self.zones, FINE_SWEEPS, lambda: self.clock.over(SHARE_TO_REFINE)
            )
            self.refined.append(found)
            self._note(f"{start.plan.name}, refined", found)

    def ranked(self) -> list[Candidate]:
        """Different plans in the order of the model's delay: the field plan, and what was found."""
        different: list[Candidate] = []
        whole = self.refined and not self.clock.interrupted
        pool = [self.field, *self.refined, *(() if whole else self.tried.values())]
        for candidate in sorted(pool, key=lambda candidate: candidate.delay_s):
            if all(candidate.plan.timings != other.plan.timings for other in different):
                different.append(candidate)
        return different

    def let_choose(self, ranked: Sequence[Candidate], judge: Judge, seed: int) -> Choice:
        """Let the judge choose among `ranked` in the time that is left."""
        self._tell("judging candidates")
        plans = [candidate.plan for candidate in ranked]
        choice = choose(
            plans, judge, training_seeds(seed), self.clock.left_s, expected_run_s(self.model.problem)
        )
        self.clock.cut |= choice.cut
        self.clock.interrupted |= choice.interrupted
        return choice

    def conclude(self, best: Candidate, n_judged: int, kept: list[str], seed: int) -> Result:
        """The answer with the plan of `best`."""
        if best.plan.timings == self.base.timings:
            plan, status, best = self.base, Status.UNCHANGED, self.field
        else:
            plan, status = TimingPlan("optimized", best.plan.timings), Status.IMPROVED
        self.history.append(Step(self.clock.used_s(), "chosen", best.delay_s))
        message = " ".join(self._sentences(status, n_judged, kept))
        history, used = tuple(self.history), self.clock.used_s()
        return Result(plan, status, message, self.field.delay_s, best.delay_s, history, seed, used)

    def _sentences(self, status: Status, n_judged: int, kept: list[str]) -> list[str]:
        n_signals, n_zones, limit = sum(map(len, self.zones)), len(self.zones), self.clock.max_seconds
        if not n_signals:
            said = ["No signal of this network can be retimed."]
        else:
            said = [f"The search timed {_count(n_signals, 'signal')} in {_count(n_zones, 'zone')}."]
            if n_judged:
                said.append(f"Simulation compared {_count(n_judged, 'plan')}.")
            if status is Status.UNCHANGED:
                said.append("No plan was found that beats the field plan.")
        said += kept
        if self.clock.interrupted:
            said.append("Stopped by the user: this is the best plan found until then.")
        elif self.clock.cut:
            said.append(f"Stopped at the time limit of {limit:g} s: another run may end with another plan.")
        return said

    def _note(self, what: str, candidate: Candidate) -> None:
        self.history.append(Step(self.clock.used_s(), what, candidate.delay_s))
        if candidate.interrupted:
            raise KeyboardInterrupt

    def _tell(self, what: str) -> None:
        if self.on_progress:
            self.on_progress(what, min(1.0, self.clock.used_s() / self.clock.max_seconds))


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"

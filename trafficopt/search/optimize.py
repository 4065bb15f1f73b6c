"""The optimizer: from a problem to a plan, in readable steps."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem
from trafficopt.result import Result, Status, Step
from trafficopt.search.anneal import Found, anneal
from trafficopt.search.choose import Choice, Judge, choose, training_seeds
from trafficopt.search.clock import Clock
from trafficopt.search.first_plan import first_plan
from trafficopt.search.menu import SignalMenu, StagePolicy, dropped_protection, menus
from trafficopt.search.moves import Moves, at_cycle
from trafficopt.search.offsets import coordinated, offset_delay
from trafficopt.search.splits import least_cycle_s, longest_cycle_s
from trafficopt.search.zones import coordination_zones
from trafficopt.units import Seconds

CHAINS = 4  # a number that does not depend on the machine, so that the plan does not either
PROCESSORS = 2  # that the amount of work is planned for
PASSAGE_S = 0.35e-6  # of the queue model for one vehicle on one link, see benchmarks/queue_speed.py
EVALUATION_S = 0.3e-3  # of everything else in an evaluation
SHARE_TO_ANNEAL = 0.45  # of the time: planned
SHARE_AT_MOST = 0.6  # of the time: later work is left out
SHARE_FOR_JUDGE = 0.4
MOST_EVALUATIONS = 60_000  # of one chain
LEAST_EVALUATIONS = 100
PER_CHAIN, JUDGED = 2, 9  # candidates
UPDATES_PER_S = 120_000.0  # vehicle seconds that SUMO simulates in a second

Progress = Callable[[str, float], None]


def optimize(
    problem: Problem,
    *,
    judge: Judge | None = None,
    policy: StagePolicy = StagePolicy.PROTECTED,
    seed: int = 1,
    max_seconds: Seconds = 60.0,
    max_evaluations: int | None = None,
    jobs: int | None = None,
    on_progress: Progress | None = None,
) -> Result:
    """Find a timing plan.

    A first plan comes from analytic delay, zone by zone. Annealing chains begin there and at the field
    plan, and change greens, offsets, cycles and stages on the queue model. A judge chooses among what they
    find if there is time.

    Parameters
    ----------
    problem
        Network, demand, limits, field plan.
    judge
        Says how a plan does on given seeds (SUMO); without one the model alone decides.
    policy
        What stages may be shown.
    seed
        Of the annealing, and of the judge's training seeds: see `training_seeds`.
    max_seconds
        Limit of the wall-clock time, judge included; the best plan so far is returned, as it is
        after Ctrl-C. `Result.message` says so: such a result cannot be repeated exactly.
    max_evaluations
        Plans that the queue model tries; by default as many as a usual machine does in a part of the time.
    jobs
        Chains at a time; it never changes the plan.
    on_progress
        Called with the step's name and the share of the time used, 0 to 1.

    Returns
    -------
    Result
        `Status.UNCHANGED` with the field plan if nothing better was found. A signal whose minimum
        greens do not fit into the longest cycle keeps its field timing; the message names it.

    Raises
    ------
    InputError
        If the scenario has no lanes.
    SimulationError
        If the judge can run no plan at all.
    """
    clock = Clock(max_seconds)
    model = QueueModel(problem)
    choosable, kept = _retimable(problem, menus(problem, policy))
    search = _Search(model, choosable, clock, on_progress)
    n_to_judge = affordable(problem, max_seconds) if judge is not None else 0
    budget = max_evaluations or planned_evaluations(problem, max_seconds)
    choice = Choice(0, {})
    try:
        if choosable:
            search.begin()
            search.anneal(seed, budget, jobs)
    except KeyboardInterrupt:
        clock.interrupted = True
    ranked = search.ranked()
    if judge is not None and n_to_judge and len(ranked) > 1 and not clock.interrupted:
        ranked = [*ranked[:-1][:n_to_judge], search.field]
        choice = search.let_choose(ranked, judge, seed)
    return search.conclude(ranked[choice.best], len(choice.scores), kept, seed)


def planned_evaluations(problem: Problem, max_seconds: Seconds) -> int:
    """Plans that all chains together try, decided before any is timed.

    So the same input and limit lead to the same work on any machine that is fast enough.
    """
    passages = sum(len(route) for route in problem.scenario.demand.routes)
    each = PASSAGE_S * passages + EVALUATION_S
    most = int(SHARE_TO_ANNEAL * max_seconds * PROCESSORS / each)
    return max(CHAINS * LEAST_EVALUATIONS, min(CHAINS * MOST_EVALUATIONS, most))


def affordable(problem: Problem, max_seconds: Seconds) -> int:
    """Candidates that a judge has time for beside the field plan; decided before any run is timed."""
    return max(0, min(JUDGED, int(SHARE_FOR_JUDGE * max_seconds / expected_run_s(problem)) - 1))


def expected_run_s(problem: Problem) -> Seconds:
    """Guess of SUMO's time for one run, before one was made."""
    links = problem.network.links
    driven = sum(links[link].free_flow_s for route in problem.scenario.demand.routes for link in route)
    return max(driven, 1.0) / UPDATES_PER_S


def _retimable(problem: Problem, every: Mapping[str, SignalMenu]) -> tuple[dict[str, SignalMenu], list[str]]:
    """Signals that may change and can run some cycle, and sentences on those that can run none."""
    shortest, longest = math.ceil(problem.limits.min_cycle_s), math.floor(problem.limits.max_cycle_s)
    choosable, kept = {}, []
    for key, menu in every.items():
        sets = [menu.stages(sequence) for sequence in menu.sequences]
        least = min(least_cycle_s(stages) for stages in sets)
        most = max(longest_cycle_s(stages) for stages in sets)
        if max(least, shortest) <= min(most, longest):
            choosable[key] = menu
        elif least > longest:
            kept.append(
                f"{key} keeps its field timing: minimum greens and intergreens need {least} s, "
                f"above the longest cycle of {longest} s."
            )
        else:
            kept.append(
                f"{key} keeps its field timing: maximum greens and intergreens fill {most:g} s, "
                f"and no cycle from {shortest} s to {longest} s suits it."
            )
    return choosable, kept


class _Search:
    """What was found so far; `field` is the field plan."""

    def __init__(
        self,
        model: QueueModel,
        choosable: Mapping[str, SignalMenu],
        clock: Clock,
        on_progress: Progress | None,
    ) -> None:
        self.model, self.menus, self.clock, self.on_progress = model, choosable, clock, on_progress
        self.problem = model.problem
        self.base = self.problem.field_plan
        nodes = self.problem.network.intersections
        indices = [i for i, node in enumerate(nodes) if node.id in choosable]
        self.zones = coordination_zones(self.problem, indices)
        self.moves = tuple(
            Moves({nodes[i].id: choosable[nodes[i].id] for i in zone}, self.problem.limits)
            for zone in self.zones
        )
        self.history: list[Step] = []
        self.field = self._assessed(self.base, "field plan")
        self.starts: list[Found] = []
        self.chains: list[tuple[Found, ...]] = []

    def begin(self) -> None:
        """Plans from which chains start: the analytic one, and the field plan with one cycle a zone."""
        self._tell("first plan")
        menu = {key: tuple(m.stages(s) for s in m.sequences) for key, m in self.menus.items()}
        first = first_plan(
            self.problem, menu, self.zones, coordinate=partial(coordinated, self.problem), stop=self._late
        )
        self.starts.append(self._assessed(self._safe(first.plan), "first plan"))
        in_step = self._safe(self._in_step())
        self.starts.append(self._assessed(in_step, "field plan with one cycle a zone"))

    def _late(self) -> bool:
        """Whether the time that is left is the judge's."""
        return self.clock.over(SHARE_AT_MOST)

    def _safe(self, plan: TimingPlan) -> TimingPlan:
        """The plan, with the field timing of each signal at which it would break a rule."""
        kept = {key: self.base[key] for key, menu in self.menus.items() if not menu.is_safe(plan[key])}
        return TimingPlan(plan.name, {**plan.timings, **kept})

    def _in_step(self) -> TimingPlan:
        """The field plan, with the most frequent cycle of each zone at all its signals that can run it."""
        timings: dict[str, SignalTiming] = dict(self.base.timings)
        limits = self.problem.limits
        for moves in self.moves:
            counted = Counter(float(round(timings[key].cycle_s)) for key in moves.menus)
            cycle = max(counted, key=lambda c: (counted[c], c))
            cycle = min(max(cycle, math.ceil(limits.min_cycle_s)), math.floor(limits.max_cycle_s))
            for key in moves.menus:
                if timings[key].cycle_s != cycle:
                    timings[key] = at_cycle(timings[key], cycle) or timings[key]
        return TimingPlan("field plan in step", timings)

    def anneal(self, seed: int, budget: int, jobs: int | None) -> None:
        """Let the chains run, half of them from each start, several at a time."""
        self._tell("annealing")
        each = max(1, budget // CHAINS)

        def run(number: int) -> tuple[Found, ...]:
            start = self.starts[number % len(self.starts)].plan
            return anneal(
                self.model,
                self.moves,
                start,
                seed=1000 * seed + number,
                evaluations=each,
                stop=lambda: halted or self._late(),
            )

        halted = False
        with ThreadPoolExecutor(max_workers=jobs or os.cpu_count() or 1) as pool:
            futures = [pool.submit(run, number) for number in range(CHAINS)]
            try:
                for future in futures:
                    future.result()
            except KeyboardInterrupt:
                halted = self.clock.interrupted = True
        for number, future in enumerate(futures):
            self.chains.append(future.result())
            best = self.chains[-1][0]
            self.history.append(Step(self.clock.used_s(), f"chain {number + 1}", best.delay_s))

    def ranked(self) -> list[Found]:
        """Different plans that beat the field plan by the model, best first, and then the field plan."""
        pool = [*self.starts]
        for chain in self.chains:
            pool += chain[:PER_CHAIN]
        different: list[Found] = []
        for found in sorted(pool, key=lambda found: found.delay_s):
            if all(found.plan.timings != other.plan.timings for other in (self.field, *different)):
                different.append(found)
        better = [found for found in different if found.delay_s < self.field.delay_s]
        return [*better[:JUDGED], self.field]

    def let_choose(self, ranked: Sequence[Found], judge: Judge, seed: int) -> Choice:
        """Let the judge choose among `ranked` in the time that is left."""
        self._tell("judging candidates")
        plans = [found.plan for found in ranked]
        run_s = expected_run_s(self.problem)
        choice = choose(plans, judge, training_seeds(seed), self.clock.left_s, run_s)
        self.clock.cut |= choice.cut
        self.clock.interrupted |= choice.interrupted
        return choice

    def conclude(self, best: Found, n_judged: int, kept: list[str], seed: int) -> Result:
        """The answer with the plan of `best`."""
        if best.plan.timings == self.base.timings:
            plan, status, best = self.base, Status.UNCHANGED, self.field
        else:
            plan, status = TimingPlan("optimized", best.plan.timings), Status.IMPROVED
        self.history.append(Step(self.clock.used_s(), "chosen", best.delay_s))
        message = " ".join([*self._sentences(status, n_judged, kept), *self._dropped(plan)])
        history, used = tuple(self.history), self.clock.used_s()
        zones = [tuple(moves.menus) for moves in self.moves]
        offsets = offset_delay(self.problem, plan, zones)
        return Result(plan, status, message, self.field.delay_s, best.delay_s, history, seed, used, *offsets)

    def _sentences(self, status: Status, n_judged: int, kept: list[str]) -> list[str]:
        n_signals, n_zones, limit = len(self.menus), len(self.zones), self.clock.max_seconds
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

    def _dropped(self, plan: TimingPlan) -> list[str]:
        """A sentence that names all protection that the plan drops."""
        lost = [
            f"{key}: {', '.join(movements)}"
            for key, menu in self.menus.items()
            if (movements := dropped_protection(menu.node, plan[key]))
        ]
        return [f"Without a protected green from now on: {'; '.join(lost)}."] if lost else []

    def _assessed(self, plan: TimingPlan, what: str) -> Found:
        found = Found(plan, self.model.estimate(plan).mean_delay_s)
        self.history.append(Step(self.clock.used_s(), what, found.delay_s))
        return found

    def _tell(self, what: str) -> None:
        if self.on_progress:
            self.on_progress(what, min(1.0, self.clock.used_s() / self.clock.max_seconds))


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"

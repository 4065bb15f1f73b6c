"""The optimizer: from a problem to a plan, in readable steps."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property, partial

from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem
from trafficopt.result import Result, Status, Step
from trafficopt.search.anneal import Found, anneal
from trafficopt.search.choose import Choice, Judge, choose, training_seeds
from trafficopt.search.clock import Clock
from trafficopt.search.explanation import explain
from trafficopt.search.first_plan import first_plan
from trafficopt.search.menu import SignalMenu, StagePolicy, menus
from trafficopt.search.message import message
from trafficopt.search.moves import Moves, at_cycle
from trafficopt.search.offsets import coordinated, offset_delay
from trafficopt.search.splits import least_cycle_s, longest_cycle_s
from trafficopt.search.windows import refine
from trafficopt.search.work import CHAINS, Work, expected_run_s, planned_work
from trafficopt.search.zones import coordination_zones
from trafficopt.units import Seconds

RESERVE = 1.1  # demand that half of the chains search with, and that candidates are ranked by
PER_CHAIN = 2  # candidates

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

    A first plan comes from analytic delay, zone by zone. From there and from the field plan, annealing
    chains change greens, offsets, cycles and stages on the queue model, half of them under more demand, so
    that plans that are about to break down are left; large networks are refined signal by signal. A judge
    chooses among what is found if there is time.

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
    choosable, kept = _retimable(problem, menus(problem, policy))
    work = planned_work(problem, max_seconds, judged=judge is not None, max_evaluations=max_evaluations)
    search = _Search(problem, choosable, work, clock, on_progress)
    choice = Choice(0, {})
    try:
        if choosable:
            search.begin()
            search.improve(seed, jobs)
    except KeyboardInterrupt:
        clock.interrupted = True
    ranked = search.ranked()
    if judge is not None and work.n_to_judge and len(ranked) > 1 and not clock.interrupted:
        ranked = [*ranked[:-1][: work.n_to_judge], search.field]
        choice = search.let_choose(ranked, judge, seed)
    return search.conclude(ranked[choice.best], len(choice.scores), kept, seed)


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
        problem: Problem,
        choosable: Mapping[str, SignalMenu],
        work: Work,
        clock: Clock,
        on_progress: Progress | None,
    ) -> None:
        self.problem, self.menus, self.work = problem, choosable, work
        self.clock, self.on_progress = clock, on_progress
        self.model = QueueModel(problem)
        nodes = problem.network.intersections
        indices = [i for i, node in enumerate(nodes) if node.id in choosable]
        self.zones = coordination_zones(problem, indices)
        self.moves = tuple(
            Moves({nodes[i].id: choosable[nodes[i].id] for i in zone}, problem.limits) for zone in self.zones
        )
        self.history: list[Step] = []
        self.field = self._assessed(problem.field_plan, "field plan")
        self.starts: list[Found] = []
        self.found: list[Found] = []

    def begin(self) -> None:
        """Plans from which the search starts: the analytic one, and the field plan with one cycle a zone."""
        self._tell("first plan")
        menu = {key: tuple(m.stages(s) for s in m.sequences) for key, m in self.menus.items()}
        coordinate = partial(coordinated, self.problem)
        first = first_plan(self.problem, menu, self.zones, coordinate=coordinate, stop=self._late)
        self.starts.append(self._assessed(self._safe(first.plan), "first plan"))
        in_step = self._safe(self._in_step())
        self.starts.append(self._assessed(in_step, "field plan with one cycle a zone"))

    def improve(self, seed: int, jobs: int | None) -> None:
        """Search from the starts: whole plans in chains, or signal by signal in windows."""
        if self.work.by_windows:
            self._refine(seed, jobs)
        else:
            self._anneal(seed, jobs)

    def _late(self) -> bool:
        """Whether the time that is left is the judge's."""
        return self.clock.over(self.work.search_share)

    def _safe(self, plan: TimingPlan) -> TimingPlan:
        """The plan, with the field timing of each signal at which it would break a rule."""
        base = self.problem.field_plan
        kept = {key: base[key] for key, menu in self.menus.items() if not menu.is_safe(plan[key])}
        return TimingPlan(plan.name, {**plan.timings, **kept})

    def _in_step(self) -> TimingPlan:
        """The field plan, with the most frequent cycle of each zone at all its signals that can run it."""
        timings: dict[str, SignalTiming] = dict(self.problem.field_plan.timings)
        limits = self.problem.limits
        for moves in self.moves:
            counted = Counter(float(round(timings[key].cycle_s)) for key in moves.menus)
            cycle = max(counted, key=lambda c: (counted[c], c))
            cycle = min(max(cycle, math.ceil(limits.min_cycle_s)), math.floor(limits.max_cycle_s))
            for key in moves.menus:
                if timings[key].cycle_s != cycle:
                    timings[key] = at_cycle(timings[key], cycle) or timings[key]
        return TimingPlan("field plan in step", timings)

    def _refine(self, seed: int, jobs: int | None) -> None:
        """Change the better start signal by signal."""
        self._tell("refining")
        start = min(self.starts, key=lambda found: found.delay_s)
        steps = refine(
            self.model,
            self.moves,
            start.plan,
            seed=seed,
            evaluations=self.work.evaluations,
            stop=self._late,
            jobs=jobs,
        )
        for step in steps:
            self.found = [step]
            self.history.append(Step(self.clock.used_s(), "refinement", step.delay_s))
            self._tell("refining")

    def _anneal(self, seed: int, jobs: int | None) -> None:
        """Let chains run, half of them from each start, with the demand as it is and with the reserve."""
        self._tell("annealing")
        models = (self.model, self.stressed)

        def run(number: int) -> tuple[Found, ...]:
            return anneal(
                models[number // 2 % 2],
                self.moves,
                self.starts[number % 2].plan,
                seed=1000 * seed + number,
                evaluations=max(1, self.work.evaluations // CHAINS),
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
            best = [
                self._assessed(found.plan, f"chain {number + 1}") for found in future.result()[:PER_CHAIN]
            ]
            self.found += best

    @cached_property
    def stressed(self) -> QueueModel:
        """The model with more demand: plans that break down under it may do so on some day without."""
        scenario = self.problem.scenario
        more = replace(scenario, demand=scenario.demand.scaled(RESERVE))
        return QueueModel(replace(self.problem, scenario=more))

    def ranked(self) -> list[Found]:
        """Different plans that beat the field plan by the model, best first, and then the field plan.

        The best is the one that does best under more demand, where whole runs are cheap enough to know.
        """
        different: list[Found] = []
        for found in sorted([*self.starts, *self.found], key=lambda found: found.delay_s):
            if all(found.plan.timings != other.plan.timings for other in (self.field, *different)):
                different.append(found)
        better = [found for found in different if found.delay_s < self.field.delay_s]
        if not self.work.by_windows and not self.clock.interrupted and len(better) > 1:
            under = self.stressed.estimate_many([found.plan for found in better])
            better = [
                found
                for _, found in sorted(
                    zip([e.mean_delay_s for e in under], better, strict=True), key=lambda pair: pair[0]
                )
            ]
        return [*better, self.field]

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
        field = self.problem.field_plan
        if best.plan.timings == field.timings:
            plan, status, best = field, Status.UNCHANGED, self.field
        else:
            plan, status = TimingPlan("optimized", best.plan.timings), Status.IMPROVED
        self.history.append(Step(self.clock.used_s(), "chosen", best.delay_s))
        zones = [tuple(moves.menus) for moves in self.moves]
        said = message(
            self.menus,
            plan,
            status,
            n_zones=len(zones),
            n_judged=n_judged,
            kept=kept,
            clock=self.clock,
        )
        delay, bound = offset_delay(self.problem, plan, zones)
        return Result(
            plan,
            status,
            said,
            objective_before=self.field.delay_s,
            objective_after=best.delay_s,
            history=tuple(self.history),
            seed=seed,
            run_time_s=self.clock.used_s(),
            link_delay_veh_s_s=delay,
            link_delay_bound_veh_s_s=bound,
            explanations=explain(self.problem, plan),
        )

    def _assessed(self, plan: TimingPlan, what: str) -> Found:
        found = Found(plan, self.model.estimate(plan).mean_delay_s)
        self.history.append(Step(self.clock.used_s(), what, found.delay_s))
        return found

    def _tell(self, what: str) -> None:
        if self.on_progress:
            self.on_progress(what, min(1.0, self.clock.used_s() / self.clock.max_seconds))

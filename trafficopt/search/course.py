"""The course of a search: plans that were found and judged so far, and its steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.objective import Objective, Performance
from trafficopt.plan import TimingPlan
from trafficopt.result import Result, Status, Step
from trafficopt.search.anneal import Found, mean_cost_s
from trafficopt.search.chains import ROUNDS, ChainRound, run_chains
from trafficopt.search.choose import Choice, PlanKey, choose, plan_key, training_seeds
from trafficopt.search.clock import Clock
from trafficopt.search.demands import OneDemand
from trafficopt.search.explanation import explain
from trafficopt.search.many_demands import ManyDemands
from trafficopt.search.menu import SignalMenu
from trafficopt.search.message import message
from trafficopt.search.moves import Moves
from trafficopt.search.offsets import offset_delay
from trafficopt.search.starts import analytic_start, field_start
from trafficopt.search.windows import refine
from trafficopt.search.work import CHAINS, Work
from trafficopt.search.zones import coordination_zones
from trafficopt.units import Seconds

N_LEADERS = 2  # plans from which the second round of chains starts
SHARE_FOR_LEADERS = 0.15  # of the time: to find them
PER_CHAIN = 2  # candidates

Progress = Callable[[str, float], None]


class Course:
    """What was found so far; `field` is the field plan."""

    def __init__(
        self,
        model: QueueModel,
        choosable: Mapping[str, SignalMenu],
        objective: Objective,
        demands: OneDemand | ManyDemands,
        work: Work,
        clock: Clock,
        on_progress: Progress | None,
    ) -> None:
        self.model, self.problem, self.menus, self.objective = model, model.problem, choosable, objective
        self.demands, self.work, self.clock, self.on_progress = demands, work, clock, on_progress
        problem = model.problem
        nodes = problem.network.intersections
        indices = [i for i, node in enumerate(nodes) if node.id in choosable]
        self.zones = coordination_zones(problem, indices)
        self.moves = tuple(
            Moves({nodes[i].id: choosable[nodes[i].id] for i in zone}, problem.limits) for zone in self.zones
        )
        self.history: list[Step] = []
        self.before = self._performance(problem.field_plan)
        self.field = self._noted(problem.field_plan, "field plan", self.before)
        self.found: list[Found] = []
        self.earlier: list[Found] = []  # of rounds before the last
        self.judged: dict[PlanKey, Sequence[Seconds]] = {}
        self.until_share = work.latest_share

    def begin(self) -> None:
        """Plans from which the search starts: the analytic one, and the field plan with one cycle a zone."""
        self._tell("first plan")
        first = analytic_start(self.problem, self.menus, self.zones, self._late)
        self.found.append(self._assessed(first, "first plan"))
        in_step = field_start(self.problem, self.moves)
        self.found.append(self._assessed(in_step, "field plan with one cycle a zone"))

    def improve(self, seed: int, jobs: int | None) -> None:
        """Search from the starts: signal by signal in windows, or whole plans in two rounds of chains.

        The judge says from which plans the second round starts: its changes are small, so that what the
        model does not know of these plans hardly changes either.
        """
        if self.work.by_windows:
            self._refine(seed, jobs)
            return
        for turn in ROUNDS:
            if turn.number and not self.clock.interrupted:
                self.earlier, self.found = self.found, self._leaders(seed)
            if not self.clock.interrupted:
                self._anneal(turn, seed, jobs)

    def _leaders(self, seed: int) -> list[Found]:
        """The two best plans so far: by a few runs of the judge if it has time, else by the model."""
        ranked = self.ranked(self.found)[:-1] or self.found
        if self.work.n_to_judge and len(ranked) > 1:
            ranked = ranked[: self.work.n_to_judge]
            until_s = self.clock.used_s() + SHARE_FOR_LEADERS * self.clock.max_seconds
            scores = self.let_choose(ranked, seed, until_s, final=False).scores
            ranked = [ranked[k] for k in sorted(range(len(ranked)), key=lambda k: scores.get(k, math.inf))]
        return ranked[:N_LEADERS]

    def _late(self) -> bool:
        """Whether the time of the present step is over."""
        return self.clock.over(self.until_share)

    def _refine(self, seed: int, jobs: int | None) -> None:
        """Change the better start signal by signal."""
        self._tell("refining")
        start = min(self.found, key=lambda found: found.cost_s)
        steps = refine(
            self.demands.searched,
            self.moves,
            start.plan,
            seed=seed,
            evaluations=self.work.evaluations,
            stop=self._late,
            jobs=jobs,
            objective=self.objective,
        )
        self.found.append(start)
        self.clock.spend(self.work.search_share * self.clock.max_seconds)
        for step in steps:
            self.found[-1] = step
            self.history.append(Step(self.clock.used_s(), "refinement", step.cost_s))
            self._tell("refining")

    def _anneal(self, turn: ChainRound, seed: int, jobs: int | None) -> None:
        """Let a round of chains run from the plans that were found."""
        self._tell("annealing")
        share = turn.evaluation_share * self.work.latest_share
        self.until_share = self.clock.used_s() / self.clock.max_seconds + share
        models = self.demands.models(turn.number)
        chains, interrupted = run_chains(
            models.sets,
            self.moves,
            [found.plan for found in self.found],
            turn,
            seed=seed,
            evaluations=int(models.effort * self.work.evaluations),
            stop=self._late,
            objective=self.objective,
            jobs=jobs,
        )
        self.clock.interrupted |= interrupted
        self.clock.spend(turn.evaluation_share * self.work.search_share * self.clock.max_seconds)
        for number, chain in enumerate(chains, start=1 + CHAINS * turn.number):
            self.found += [self._assessed(found.plan, f"chain {number}") for found in chain[:PER_CHAIN]]

    def best(self, seed: int) -> tuple[Found, int]:
        """The plan that the judge confirms, and how many broke down.

        Where it confirms none of the last round, plans of the round before may do: a long search comes closer
        to what breaks down.
        """
        best, n_broken = self.ranked(self.found)[0], 0
        for pool in (self.found, self.earlier):
            ranked = self.ranked(pool)
            if not self.work.n_to_judge or len(ranked) < 2 or self.clock.interrupted:
                break
            known_first = sorted(ranked[:-1], key=lambda found: plan_key(found.plan) not in self.judged)
            ranked = [*known_first[: self.work.n_to_judge], self.field]
            best, n_found = self._confirmed(ranked, seed)
            n_broken += n_found
            if best is not self.field:
                break
        return best, n_broken

    def _confirmed(self, ranked: list[Found], seed: int) -> tuple[Found, int]:
        """The plan that the judge confirms and no demand speaks against, and how many broke down."""
        while True:
            choice = self.let_choose(ranked, seed, self.clock.max_seconds, final=True)
            best = ranked[choice.best]
            if best is self.field or self.clock.interrupted or not self._refused(best, seed):
                return best, choice.n_broken
            ranked.remove(best)

    def _refused(self, found: Found, seed: int) -> bool:
        """Whether a plan fails under one of several demands."""
        try:
            return self.demands.refuses(found.plan, training_seeds(seed))
        except KeyboardInterrupt:
            self.clock.interrupted = True
            return False

    def ranked(self, pool: Sequence[Found]) -> list[Found]:
        """Plans of `pool` that beat the field plan by the model, best first, and then the field plan.

        The best is the one that does best under more demand, where whole runs are cheap enough to know.
        """
        different = {plan_key(found.plan): found for found in pool}
        better = [found for found in different.values() if found.cost_s < self.field.cost_s]
        better.sort(key=lambda found: found.cost_s)
        if not self.work.by_windows and not self.clock.interrupted and len(better) > 1:
            models = self.demands.ranking
            state = models[0].blank_state()
            better.sort(key=lambda found: mean_cost_s(models, found.plan, state, self.objective))
        return [*better, self.field]

    def let_choose(self, ranked: Sequence[Found], seed: int, until_s: Seconds, *, final: bool) -> Choice:
        """Let the judge choose among `ranked`; what is not `final` has one round, which the next has too."""
        self._tell("judging candidates")
        assert self.demands.judge is not None
        plans = [found.plan for found in ranked]
        known = {k: costs for k, plan in enumerate(plans) if (costs := self.judged.get(plan_key(plan)))}
        choice = choose(
            plans,
            self.demands.judge,
            training_seeds(seed),
            lambda: until_s - self.clock.used_s(),
            self.demands.run_s,
            self.demands.costs_s,
            stress=self.demands.stress,
            n_tried=self.work.n_trials,
            known=known,
            confirmed=final,
        )
        self.judged |= {plan_key(plans[k]): costs for k, costs in choice.costs.items()}
        self.clock.cut |= choice.cut and not self.clock.repeatable
        self.clock.interrupted |= choice.interrupted
        return choice

    def conclude(self, best: Found, kept: list[str], seed: int, n_broken: int) -> Result:
        """The answer with the plan of `best`."""
        field = self.problem.field_plan
        if best.plan.timings == field.timings:
            plan, status, best = field, Status.UNCHANGED, self.field
        else:
            plan, status = TimingPlan("optimized", best.plan.timings), Status.IMPROVED
        self.history.append(Step(self.clock.used_s(), "chosen", best.cost_s))
        zones = [tuple(moves.menus) for moves in self.moves]
        said = message(
            self.menus,
            plan,
            status,
            n_zones=len(zones),
            n_judged=len(self.judged),
            n_broken=n_broken,
            kept=[*kept, *self.demands.said()],
            clock=self.clock,
            objective=self.objective,
        )
        delay, bound = offset_delay(self.problem, plan, zones)
        return Result(
            plan,
            status,
            said,
            objective_before=self.field.cost_s,
            objective_after=best.cost_s,
            history=tuple(self.history),
            seed=seed,
            run_time_s=self.clock.wall_s(),
            link_delay_veh_s_s=delay,
            link_delay_bound_veh_s_s=bound,
            explanations=explain(self.problem, plan),
            objective=self.objective,
            performance_before=self.before,
            performance_after=self.before if plan is field else self._performance(plan),
            samples=self.demands.each(plan),
            risk=self.demands.risk,
        )

    def _assessed(self, plan: TimingPlan, what: str) -> Found:
        return self._noted(plan, what, self._performance(plan))

    def _noted(self, plan: TimingPlan, what: str, performance: Performance) -> Found:
        found = Found(plan, self.demands.cost_s(plan, performance))
        self.history.append(Step(self.clock.used_s(), what, found.cost_s))
        return found

    def _performance(self, plan: TimingPlan) -> Performance:
        return self.model.performance(plan, self.model.estimate(plan))

    def _tell(self, what: str) -> None:
        if self.on_progress:
            self.on_progress(what, min(1.0, self.clock.used_s() / self.clock.max_seconds))

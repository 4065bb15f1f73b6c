"""Several demands that a search is for: one value for all, and no plan that fails under any of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import compress

from trafficopt.errors import SimulationError
from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.objective import Objective, Performance, simulated_costs_s
from trafficopt.plan import TimingPlan
from trafficopt.result import SampleCost
from trafficopt.risk import Risk
from trafficopt.search.anneal import Model
from trafficopt.search.chains import RESERVE, models_by_chance, stressed_model
from trafficopt.search.choose import N_SCORED, STRESS_SEEDS, Judge, PlanKey, plan_key
from trafficopt.search.demand_guard import breaks_down, is_worse
from trafficopt.search.demands import RoundModels, Sample, Spend
from trafficopt.search.sampled import SampledModel
from trafficopt.search.work import counted, expected_run_s
from trafficopt.units import Seconds

_Run = tuple[SeedResult, Mapping[str, Seconds]]


class ManyDemands:
    """Demands that are searched for together; see `OneDemand` for what it answers.

    Parameters
    ----------
    samples
        At least one, the one with the most vehicles last.
    """

    def __init__(
        self, samples: Sequence[Sample], risk: Risk, objective: Objective, field: TimingPlan, spend: Spend
    ) -> None:
        self.samples, self.risk, self.objective, self.field = tuple(samples), risk, objective, field
        self.weights = [sample.weight for sample in samples]
        self._vehicles = [len(sample.problem.scenario.demand) for sample in samples]
        self._mean_vehicles = sum(w * n for w, n in zip(self.weights, self._vehicles, strict=True))
        self.searched = SampledModel([QueueModel(s.problem) for s in samples], self.weights, risk)
        self.n_refused = 0
        self._state = self.searched.blank_state()
        self.run_s = sum(expected_run_s(sample.problem) for sample in samples)
        run_s = [expected_run_s(sample.problem) for sample in samples]
        self.judge = SampledJudge.of([s.judge for s in samples], run_s, spend)
        stresses = [None if self.has_reserve else s.stress for s in samples]
        self.stress = SampledJudge.of(stresses, run_s, spend)

    @property
    def has_reserve(self) -> bool:
        """Whether the largest demand is so much above the mean that nobody needs to search with more."""
        return max(self._vehicles) >= RESERVE * self._mean_vehicles

    def models(self, number: int) -> RoundModels:
        """Models of a round of chains.

        Chains of the first round have one demand each, so that they try more plans in the same time: the one
        next to the mean, and the largest or, without a reserve, more of the former. Later ones have them all.
        """
        if number or len(self.samples) == 1:
            return RoundModels(self._sets)
        middle = min(range(len(self.samples)), key=lambda k: abs(self._vehicles[k] - self._mean_vehicles))
        usual = self.searched.models[middle]
        last = self.searched.models[-1] if self.has_reserve else stressed_model(usual.problem)
        longest_s = max(expected_run_s(usual.problem), expected_run_s(last.problem))
        return RoundModels([models_by_chance(usual), models_by_chance(last)], self.run_s / longest_s)

    @cached_property
    def _sets(self) -> tuple[Sequence[Model], ...]:
        """By chance of the demands as they are, and of more of each unless they have a reserve."""
        if self.has_reserve:
            return (models_by_chance(self.searched),)
        more = [stressed_model(sample.problem) for sample in self.samples]
        stressed = SampledModel(more, self.weights, self.risk)
        return models_by_chance(self.searched), models_by_chance(stressed)

    @property
    def ranking(self) -> Sequence[Model]:
        """Models that say which plan is best for all demands."""
        return self._sets[-1]

    def cost_s(self, plan: TimingPlan, performance: Performance) -> Seconds:
        """The one value for all demands [s/veh]; the performance under the usual demand says nothing."""
        return self.searched.cost_s(plan, self._state, self.objective)

    def each(self, plan: TimingPlan) -> tuple[SampleCost, ...]:
        """What the model says of the field plan and of a plan under each demand."""
        values = [self.searched.costs_s(p, self._state, self.objective) for p in (self.field, plan)]
        rows = zip(self.samples, *values, strict=True)
        return tuple(SampleCost(sample.name, sample.weight, *pair) for sample, *pair in rows)

    def said(self) -> list[str]:
        """Sentences on the demands, and on plans that failed under one of them."""
        names = ", ".join(sample.name for sample in self.samples)
        worst = "" if self.risk.is_mean else f"the worst {100 * self.risk.share:g} % of "
        said = [f"It is one plan for the demands {names}: the mean over {worst}them was made small."]
        if self.n_refused:
            count = f"{self.n_refused} plan{'s' if self.n_refused > 1 else ''}"
            said.append(f"Left out because the field plan does better under one demand: {count}.")
        return said

    def costs_s(self, plan: TimingPlan, evaluation: Evaluation) -> Sequence[Seconds]:
        """The one value for all demands in the runs with each seed [s/veh]."""
        by_run = simulated_costs_s(self.objective, evaluation, self.samples[0].problem.network, plan)
        n = len(by_run) // len(self.samples)
        return [self.risk.value(by_run[seed::n], self.weights) for seed in range(n)]

    def refuses(self, plan: TimingPlan, seeds: Sequence[int]) -> bool:
        """Whether a plan breaks down or is worse than the field plan beyond noise under some demand.

        It is compared in the runs that the judge has made by now; the field plan also runs where the plan was
        very slow.

        Parameters
        ----------
        seeds
            Training seeds, see `choose`.
        """
        refused = any(self._refused_by(k, plan, seeds) for k in range(len(self.samples)))
        self.n_refused += refused
        return refused

    def _refused_by(self, k: int, plan: TimingPlan, seeds: Sequence[int]) -> bool:
        """Whether it does so under one of the demands."""
        if self.judge is None:
            return False
        known, field = self.judge.known(k, plan), self.judge.known(k, self.field)
        both = [seed for seed in seeds[:N_SCORED] if seed in known and seed in field]
        ours, theirs = (self._costs_s(self.judge, k, p, both) for p in (plan, self.field))
        if is_worse(theirs, ours):
            return True
        scored = [seed for seed in seeds[:N_SCORED] if seed in known]
        usual_s = self._costs_s(self.judge, k, plan, scored)
        met = [seed for seed in seeds if seed in known]
        if self._breaks_down(self.judge, k, plan, met, usual_s):
            return True
        if self.stress is None:
            return False
        met = [seed for seed in seeds[:STRESS_SEEDS] if seed in self.stress.known(k, plan)]
        return self._breaks_down(self.stress, k, plan, met, usual_s)

    def _breaks_down(
        self, judge: SampledJudge, k: int, plan: TimingPlan, seeds: Sequence[int], usual_s: Sequence[Seconds]
    ) -> bool:
        """Whether a run with one of the seeds is far above what is usual, and above the field plan's."""
        costs = self._costs_s(judge, k, plan, seeds)
        slow = breaks_down(costs, usual_s)
        try:
            theirs = self._costs_s(judge, k, self.field, list(compress(seeds, slow)))
        except SimulationError:  # nothing is known of the field plan then
            return False
        return any(own > other for own, other in zip(compress(costs, slow), theirs, strict=True))

    def _costs_s(
        self, judge: SampledJudge, k: int, plan: TimingPlan, seeds: Sequence[int]
    ) -> tuple[Seconds, ...]:
        """Value of the objective under one demand with some seeds [s/veh]."""
        if not seeds:
            return ()
        network = self.samples[k].problem.network
        return simulated_costs_s(self.objective, judge.under(k, plan, seeds), network, plan)


class SampledJudge:
    """Judges of several demands as one, which keeps what each said.

    Its evaluation of a plan has the runs of one demand after the other, each with all seeds.
    """

    def __init__(self, judges: Sequence[Judge]) -> None:
        self.judges = tuple(judges)
        self._runs: list[dict[PlanKey, dict[int, _Run]]] = [{} for _ in judges]

    @classmethod
    def of(
        cls, judges: Sequence[Judge | None], run_s: Sequence[Seconds], spend: Spend
    ) -> SampledJudge | None:
        """Of judges with the expected time of a run, which counts as spent; None without any."""
        pairs = zip(judges, run_s, strict=True)
        there = [counted(judge, each_s, spend) for judge, each_s in pairs if judge is not None]
        return cls(there) if there else None

    def __call__(self, plan: TimingPlan, seeds: Sequence[int]) -> Evaluation:
        """Run `plan` with each of `seeds` under each demand."""
        parts = [self.under(k, plan, seeds) for k in range(len(self.judges))]
        return Evaluation(
            plan.name,
            tuple(run for part in parts for run in part.runs),
            run_link_delay_s=tuple(links for part in parts for links in part.run_link_delay_s),
        )

    def known(self, k: int, plan: TimingPlan) -> Mapping[int, object]:
        """Seeds with which a plan ran under one demand."""
        return self._runs[k].get(plan_key(plan), {})

    def under(self, k: int, plan: TimingPlan, seeds: Sequence[int]) -> Evaluation:
        """Run `plan` under one demand, with those of `seeds` that it has not met."""
        runs = self._runs[k].setdefault(plan_key(plan), {})
        if missing := [seed for seed in seeds if seed not in runs]:
            found = self.judges[k](plan, missing)
            links = found.run_link_delay_s or (found.link_delay_s,) * len(missing)
            runs.update(zip(missing, zip(found.runs, links, strict=True), strict=True))
        return Evaluation(
            plan.name,
            tuple(runs[seed][0] for seed in seeds),
            run_link_delay_s=tuple(runs[seed][1] for seed in seeds),
        )

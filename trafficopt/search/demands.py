"""The demand that a search is for: the usual one alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from trafficopt.evaluation import Evaluation
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.objective import Objective, Performance, simulated_costs_s
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.result import SampleCost
from trafficopt.risk import MEAN
from trafficopt.search.anneal import Model
from trafficopt.search.chains import models_by_chance, stressed_model
from trafficopt.search.choose import Judge
from trafficopt.search.work import counted, expected_run_s
from trafficopt.units import Seconds

Spend = Callable[[Seconds], None]


@dataclass(frozen=True, slots=True)
class Sample:
    """One of several demands that a plan shall be good for.

    Attributes
    ----------
    problem
        The problem with this demand.
    weight
        How much it counts; the weights of all add up to 1.
    judge, stress
        As those of a search, with this demand.
    """

    name: str
    problem: Problem = field(repr=False)
    weight: float
    judge: Judge | None = field(default=None, repr=False)
    stress: Judge | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class RoundModels:
    """What a round of chains searches with.

    Attributes
    ----------
    sets
        Sets of models that differ by chance, each of which every start meets.
    effort
        Plans that are tried in the time in which one meets all demands.
    """

    sets: Sequence[Sequence[Model]]
    effort: float = 1.0


class OneDemand:
    """The usual demand: what the model and the judge say of a plan is its value.

    Attributes
    ----------
    searched
        The model that says how plans do.
    judge, stress
        Their runs count as planned.
    run_s
        Expected time of one run of a plan.
    risk
        How values under several demands become one.
    """

    risk = MEAN

    def __init__(
        self, model: QueueModel, objective: Objective, judge: Judge | None, stress: Judge | None, spend: Spend
    ) -> None:
        self.searched, self.objective = model, objective
        self.run_s = expected_run_s(model.problem)
        self.judge = judge and counted(judge, self.run_s, spend)
        self.stress = stress and counted(stress, self.run_s, spend)

    @cached_property
    def _models(self) -> tuple[Sequence[Model], Sequence[Model]]:
        """By chance of the demand as it is, and of more demand."""
        stressed = stressed_model(self.searched.problem)
        return models_by_chance(self.searched), models_by_chance(stressed)

    def models(self, number: int) -> RoundModels:
        """Models of a round of chains: half of them have more demand."""
        return RoundModels(self._models)

    @property
    def ranking(self) -> Sequence[Model]:
        """Models that say which plan is best: they have more demand."""
        return self._models[-1]

    def cost_s(self, plan: TimingPlan, performance: Performance) -> Seconds:
        """Value of the objective for a plan, whose performance under the usual demand is known [s/veh]."""
        return self.objective.cost_s(performance)

    def costs_s(self, plan: TimingPlan, evaluation: Evaluation) -> Sequence[Seconds]:
        """Value of the objective in each run of the judge [s/veh]."""
        return simulated_costs_s(self.objective, evaluation, self.searched.problem.network, plan)

    def each(self, plan: TimingPlan) -> tuple[SampleCost, ...]:
        """What the model says of a plan under each of several demands: nothing here."""
        return ()

    def said(self) -> list[str]:
        """Sentences on the demands: none here."""
        return []

    def refuses(self, plan: TimingPlan, seeds: Sequence[int]) -> bool:
        """Whether a plan that the judge confirmed is out all the same: here never."""
        return False

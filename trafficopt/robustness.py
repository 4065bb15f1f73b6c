"""How plans do under several demands: values, what one plan for all is worth, and regret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import fmean

from trafficopt.comparison import MARGIN_PERCENT, Change, Verdict, paired_change
from trafficopt.evaluation import Evaluation
from trafficopt.risk import Risk
from trafficopt.table_repr import Cell, Column, Table, Tabled, counted
from trafficopt.units import Seconds

FIELD, NEW, NOMINAL, OWN = "field", "new", "nominal", "own"
"""Plans: of the field, found for all demands, found for the usual demand, and for one demand alone."""


@dataclass(frozen=True, slots=True)
class PlanOutcome:
    """How a plan does under one demand.

    Attributes
    ----------
    model_s
        Value of the objective by the queue model [s/veh].
    costs_s
        Value of the objective in each SUMO run, in the order of the seeds [s/veh].
    evaluation
        All that SUMO said.
    """

    model_s: Seconds
    costs_s: tuple[Seconds, ...]
    evaluation: Evaluation = field(repr=False)

    @property
    def mean_s(self) -> Seconds:
        """Mean value over the seeds."""
        return fmean(self.costs_s)


@dataclass(frozen=True, slots=True)
class DemandOutcome:
    """How each plan does under one demand, all with the same seeds.

    Attributes
    ----------
    weight
        Part of all weight.
    vehicles
        That want to depart.
    plans
        By `FIELD`, `NEW` and, where they were searched, `NOMINAL` and `OWN`.
    fails
        The new plan is worse than the field plan beyond noise, or breaks down.
    """

    name: str
    weight: float
    vehicles: int
    plans: Mapping[str, PlanOutcome]
    fails: bool = False

    @property
    def best(self) -> str:
        """The plan with the least mean value."""
        return min(self.plans, key=lambda name: self.plans[name].mean_s)

    def regret(self, plan: str) -> Change:
        """What a plan loses against the best plan that is known for this demand, never below zero.

        That is Savage's regret (1951) with the plans compared as the acts and the demands as the states of
        the world. The best is chosen by the same runs, so that the regret is if anything too large.
        """
        return paired_change(self.plans[self.best].costs_s, self.plans[plan].costs_s)

    def model_regret_s(self, plan: str) -> Seconds:
        """The same by the queue model [s/veh]."""
        return self.plans[plan].model_s - min(other.model_s for other in self.plans.values())


@dataclass(frozen=True, slots=True, repr=False)
class Robustness(Tabled):
    """How plans do under several demands.

    Attributes
    ----------
    risk
        How values under several demands become one.
    demands
        Fewest vehicles first.
    margin_percent
        Least change that matters, in percent of the mean before.
    """

    risk: Risk
    demands: tuple[DemandOutcome, ...]
    margin_percent: float = MARGIN_PERCENT

    @property
    def names(self) -> tuple[str, ...]:
        """Plans that ran under every demand."""
        return tuple(name for name in self.demands[0].plans if name != OWN)

    @property
    def knows_regret(self) -> bool:
        """Whether a plan was searched for each demand alone."""
        return all(OWN in demand.plans for demand in self.demands)

    @property
    def weights(self) -> tuple[float, ...]:
        """Of the demands; they add up to 1."""
        return tuple(demand.weight for demand in self.demands)

    def values_s(self, plan: str) -> tuple[Seconds, ...]:
        """The one value for all demands of a plan, by seed [s/veh]."""
        by_seed = zip(*(demand.plans[plan].costs_s for demand in self.demands), strict=True)
        return tuple(self.risk.value(costs, self.weights) for costs in by_seed)

    def model_s(self, plan: str) -> Seconds:
        """The one value for all demands of a plan by the queue model [s/veh]."""
        return self.risk.value([demand.plans[plan].model_s for demand in self.demands], self.weights)

    def change(self, plan: str = NEW) -> Change:
        """What a plan changes in it against the field plan."""
        return paired_change(self.values_s(FIELD), self.values_s(plan), margin_percent=self.margin_percent)

    def change_under(self, demand: DemandOutcome, plan: str = NEW) -> Change:
        """What a plan changes against the field plan under one demand."""
        before, after = demand.plans[FIELD].costs_s, demand.plans[plan].costs_s
        return paired_change(before, after, margin_percent=self.margin_percent)

    def worst_regret_s(self, plan: str) -> Seconds:
        """The largest mean regret of a plan over the demands [s/veh]."""
        return max(demand.regret(plan).mean for demand in self.demands)

    @property
    def fails_under(self) -> tuple[str, ...]:
        """Demands under which the new plan is worse than the field plan beyond noise, or breaks down."""
        return tuple(demand.name for demand in self.demands if demand.fails)

    @property
    def is_better(self) -> bool:
        """Whether the new plan is better for all demands together beyond noise, and fails under none."""
        return self.change().verdict is Verdict.BETTER and not self.fails_under

    def _table(self) -> Table:
        columns = (
            *(Column("demand"), Column("weight", "", 2), Column("vehicles")),
            *(Column(f"{name} plan", "s", 1) for name in self.names),
            *(Column("change", "%", 1), Column("verdict")),
        )
        rows: list[tuple[Cell, ...]] = []
        for demand in self.demands:
            change = self.change_under(demand)
            means = (demand.plans[name].mean_s for name in self.names)
            verdict = f"{change.verdict}{', fails' if demand.fails else ''}"
            rows.append((demand.name, demand.weight, demand.vehicles, *means, change.percent, verdict))
        change, under = self.change(), f"{counted(len(rows), 'demand')}, {self.risk}"
        title = f"Robustness under {under}: {change.percent:+.1f} %, {change.verdict}"
        return Table(title, columns, rows)

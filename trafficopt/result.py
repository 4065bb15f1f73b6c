"""What the optimizer returns, and what a whole study found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum

from trafficopt.comparison import Comparison
from trafficopt.errors import InputError
from trafficopt.objective import DELAY, Objective, Performance
from trafficopt.plan import TimingPlan
from trafficopt.risk import MEAN, Risk
from trafficopt.robustness import Robustness
from trafficopt.rules.findings import Finding
from trafficopt.scenario import Scenario
from trafficopt.signals.explanation import Explanation
from trafficopt.units import Seconds


class Status(StrEnum):
    """How an optimization or a study ended."""

    IMPROVED = "improved"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Step:
    """An accepted step of the search: when, what, and the objective reached."""

    at_s: Seconds
    what: str
    objective: float


@dataclass(frozen=True, slots=True)
class SampleCost:
    """What the model says under one of several demands.

    Attributes
    ----------
    weight
        Part of all weight.
    before_s, after_s
        Value of the objective [s/veh] under the field plan and under the plan found.
    """

    name: str
    weight: float
    before_s: Seconds
    after_s: Seconds


@dataclass(frozen=True, slots=True)
class Result:
    """Answer of `optimize`.

    Attributes
    ----------
    plan
        The best plan found; the field plan where nothing beat it.
    objective_before, objective_after
        Value of the objective [s/veh] by the model under the field plan and under `plan`: the mean delay,
        unless something else was to count too. With several demands it is that of all, by `risk`.
    history
        Steps of the search.
    run_time_s
        Wall-clock time.
    link_delay_veh_s_s, link_delay_bound_veh_s_s
        Delay between the coordinated signals of `plan` by cyclic platoons, and what no other offsets could
        bring it below with the same cycles, stages and greens [veh*s/s]; 0 where nothing is coordinated.
    explanations
        Why each signal of `plan` is timed as it is, by id.
    objective
        What was made small.
    performance_before, performance_after
        Mean delay, stops and the like by the model under the field plan and under `plan`, with the usual
        demand.
    samples
        What the model says under each demand, where the plan is for several; fewest vehicles first.
    risk
        How their values become one.
    """

    plan: TimingPlan = field(repr=False)
    status: Status
    message: str
    objective_before: Seconds
    objective_after: Seconds
    history: tuple[Step, ...] = field(repr=False)
    seed: int
    run_time_s: Seconds = field(compare=False)
    link_delay_veh_s_s: float = 0.0
    link_delay_bound_veh_s_s: float = 0.0
    explanations: Mapping[str, Explanation] = field(default_factory=dict, repr=False, compare=False)
    objective: Objective = DELAY
    performance_before: Performance = field(default=Performance(), repr=False)
    performance_after: Performance = field(default=Performance(), repr=False)
    samples: tuple[SampleCost, ...] = field(default=(), repr=False)
    risk: Risk = MEAN

    @property
    def gap(self) -> float:
        """Part of `link_delay_veh_s_s` that other offsets could save at most, 0 to 1."""
        value, bound = self.link_delay_veh_s_s, self.link_delay_bound_veh_s_s
        return (value - bound) / value if value > 0.0 else 0.0

    def explain(self, intersection: str) -> Explanation:
        """Why a signal of `plan` is timed as it is; prints as a table.

        Raises
        ------
        InputError
            If there is no explanation for `intersection`: the plan has no such signal.
        """
        if intersection not in self.explanations:
            near = get_close_matches(intersection, self.explanations, n=3)
            fault = f"the plan explains no signal {intersection!r}"
            raise InputError("intersection", fault, f"choose one like {', '.join(near)}" if near else "")
        return self.explanations[intersection]


@dataclass(frozen=True, slots=True)
class Alternative:
    """What the search finds under another stage policy, for comparison: it is not delivered.

    Attributes
    ----------
    stages
        The policy.
    comparison
        Field plan against the plan found, paired by seed.
    n_unprotected
        Movements that the field plan protects in some stage and the plan found in none.
    """

    stages: str
    result: Result = field(repr=False)
    comparison: Comparison
    n_unprotected: int


@dataclass(frozen=True, slots=True)
class Study:
    """Everything that a report shows of one scenario.

    Attributes
    ----------
    plan
        The plan to switch on: the optimized one, or the field plan where nothing beat it.
    comparison
        Field plan against `plan`, paired by seed.
    rejected
        Field plan against the optimized plan that was not better beyond noise, if so it ended.
    facts
        What was run: versions, hashes of the inputs, seeds, times of each step.
    field_findings, plan_findings
        What the linter says of the field plan and of `plan`.
    alternatives
        What other stage policies would give, if that was asked.
    robustness
        How the plans do under each of several demands, if the plan is for several.
    """

    scenario: Scenario
    result: Result
    plan: TimingPlan
    status: Status
    comparison: Comparison
    rejected: Comparison | None = None
    facts: Mapping[str, object] = field(default_factory=dict, repr=False)
    field_findings: tuple[Finding, ...] = field(default=(), repr=False)
    plan_findings: tuple[Finding, ...] = field(default=(), repr=False)
    alternatives: tuple[Alternative, ...] = field(default=(), repr=False)
    robustness: Robustness | None = field(default=None, repr=False)

    @property
    def retimed(self) -> frozenset[str]:
        """Intersections whose timing in `plan` is not that of the field plan."""
        before = self.scenario.field_plan.timings
        return frozenset(key for key in self.plan if self.plan[key] != before.get(key))

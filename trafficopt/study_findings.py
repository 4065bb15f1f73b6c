"""What a whole study found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from trafficopt.comparison import Comparison
from trafficopt.diagnosis.diagnose import Diagnosis
from trafficopt.plan import TimingPlan
from trafficopt.result import Result, Status
from trafficopt.robustness import Robustness
from trafficopt.rules.findings import Finding
from trafficopt.scenario import Scenario
from trafficopt.table_repr import Table, Tabled


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


@dataclass(frozen=True, slots=True, repr=False)
class Study(Tabled):
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
    field_diagnosis, plan_diagnosis
        What the models say is wrong where under the field plan and under the plan that was compared with it,
        where they were asked.
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
    field_diagnosis: Diagnosis | None = field(default=None, repr=False)
    plan_diagnosis: Diagnosis | None = field(default=None, repr=False)

    @property
    def tested(self) -> Comparison | None:
        """The field plan against the optimized one, adopted or rejected; None where nothing was found."""
        return self.comparison if self.status is Status.IMPROVED else self.rejected

    @property
    def tested_plan(self) -> TimingPlan | None:
        """The plan that was compared with the field plan, adopted or rejected."""
        if self.status is Status.IMPROVED:
            return self.plan
        return self.result.plan if self.rejected is not None else None

    @property
    def retimed(self) -> frozenset[str]:
        """Intersections whose timing in `plan` is not that of the field plan."""
        before = self.scenario.field_plan.timings
        return frozenset(key for key in self.plan if self.plan[key] != before.get(key))

    def _table(self) -> Table:
        judged = (self.tested or self.comparison)._table()
        signals = f"{len(self.retimed)} of {len(self.plan)} signals retimed"
        kept = (
            ("The plan found was not better beyond noise: the field plan is kept.",)
            if self.rejected is not None
            else ()
        )
        title = f"Study of {self.scenario.name}: {self.status}, {signals}"
        return replace(judged, title=title, notes=(*judged.notes, *kept))

"""What a study ends with: the new plan if it is better beyond noise, else the field plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from trafficopt.comparison import MARGIN_PERCENT, Verdict
from trafficopt.evaluation import Evaluation
from trafficopt.objective import compare_by
from trafficopt.result import Result, Status
from trafficopt.robustness import Robustness
from trafficopt.scenario import Scenario
from trafficopt.study_findings import Study


def conclude(
    scenario: Scenario,
    result: Result,
    before: Evaluation,
    after: Evaluation,
    facts: Mapping[str, object],
    margin_percent: float = MARGIN_PERCENT,
    robustness: Robustness | None = None,
) -> Study:
    """Keep the field plan unless the new one is better beyond noise by the objective of `result`.

    With several demands it must be so for all together, and under none may it be worse or break down.
    """
    objective, network = result.objective, scenario.network
    field = (before, scenario.field_plan)
    comparison = compare_by(objective, network, field, (after, result.plan), margin_percent)
    verdict = comparison[objective.measure].verdict
    better = robustness.is_better if robustness else verdict is Verdict.BETTER
    if result.status is Status.IMPROVED and better:
        study = Study(scenario, result, result.plan, Status.IMPROVED, comparison, None, facts)
        return replace(study, robustness=robustness)
    rejected = comparison if result.status is Status.IMPROVED else None
    same = compare_by(objective, network, field, field, margin_percent)
    study = Study(scenario, result, scenario.field_plan, Status.UNCHANGED, same, rejected, facts)
    return replace(study, robustness=robustness)

"""Rounds of a search: what the last one leaves to those before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.result import Status
from trafficopt.search.choose import PlanKey, plan_key
from trafficopt.search.course import N_LEADERS
from trafficopt.search.optimize import optimize

LOCKED_S = 900.0
FIRST_SEEDS = 2


class LastRoundLocksUp:
    """A judge that likes the plans of the first round, but for its leaders, and no others.

    The leaders and all plans of the second round lock up on later seeds.
    """

    def __init__(self, field: TimingPlan) -> None:
        self.field = plan_key(field)
        self.first_round: list[PlanKey] = []
        self.n_rounds = 0

    def tell(self, what: str, share: float) -> None:
        self.n_rounds += what == "annealing"

    def __call__(self, plan: TimingPlan, seeds: Sequence[int]) -> Evaluation:
        key = plan_key(plan)
        if self.n_rounds == 1 and key not in self.first_round:
            self.first_round.append(key)
        usual = 30.0 + self.first_round.index(key) if key in self.first_round else 25.0
        later = usual if key in self.first_round[N_LEADERS:] else LOCKED_S
        delays = [usual if seed % 1000 < FIRST_SEEDS else later for seed in seeds]
        if key == self.field:
            delays = [100.0] * len(seeds)
        pairs = zip(seeds, delays, strict=True)
        runs = (SeedResult(seed, 100, 100, 0, 0, delay, 1.0, 0.0, 0.0, 0, 0, 0) for seed, delay in pairs)
        return Evaluation(plan.name, tuple(runs))


def test_a_plan_of_the_first_round_is_taken_where_all_of_the_last_lock_up(
    corridor: Callable[..., Problem],
) -> None:
    problem = corridor(3, main_veh_h=650.0)
    judge = LastRoundLocksUp(problem.field_plan)
    result = optimize(problem, judge=judge, max_seconds=600.0, max_evaluations=1200, on_progress=judge.tell)
    assert len(judge.first_round) > N_LEADERS
    assert result.status is Status.IMPROVED
    assert plan_key(result.plan) in judge.first_round[N_LEADERS:]

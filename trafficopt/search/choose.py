"""Let a judge choose among candidate plans: all on two seeds, the better half on more, the leader on all."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from statistics import fmean
from types import MappingProxyType
from typing import Protocol

from trafficopt.errors import SimulationError
from trafficopt.evaluation import Evaluation
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.units import Seconds

ROUNDS = (2, 3, 5)
"""Training seeds of each round: few for many plans, more for the best."""
STRESS_SEEDS = 6  # with more demand
BREAKDOWN = 2.0  # a run that loses so many times what the plan usually loses is a lock-up
N_SEEDS = 20  # that the plan which is chosen has met: lock-ups are rare


def training_seeds(seed: int) -> range:
    """SUMO's seeds that choose a plan for the optimizer's `seed`; they must not judge it again.

    Examples
    --------
    >>> training_seeds(1)
    range(1000, 1020)
    """
    return range(1000 * seed, 1000 * seed + N_SEEDS)


PlanKey = frozenset[tuple[str, SignalTiming]]


def plan_key(plan: TimingPlan) -> PlanKey:
    """What two plans share that show the same."""
    return frozenset(plan.timings.items())


Costs = Callable[[TimingPlan, Evaluation], Sequence[Seconds]]
"""Value of an objective in each run of a plan [s/veh]."""


def delays_s(plan: TimingPlan, evaluation: Evaluation) -> Sequence[Seconds]:
    """Mean delay in each run [s/veh]."""
    return evaluation.values("mean_delay_s")


class Judge(Protocol):
    """Answers how a plan does; the search never knows who answers."""

    def __call__(self, plan: TimingPlan, seeds: Sequence[int]) -> Evaluation:
        """Run `plan` with each of `seeds`."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a judge chose.

    Attributes
    ----------
    best
        Index of the chosen plan; 0 if none was judged.
    scores
        Score [s/veh] of every plan that was judged, by index; see `score`.
    costs
        Value of the objective [s/veh] of each of them with the first seeds.
    n_broken
        Plans that are out because they broke down under more demand.
    cut, interrupted
        Whether the time ran out, or the user stopped the judge, before the last round.
    """

    best: int
    scores: Mapping[int, Seconds] = field(repr=False)
    costs: Mapping[int, Sequence[Seconds]] = field(default_factory=dict, repr=False)
    n_broken: int = 0
    cut: bool = False
    interrupted: bool = False


def choose(
    plans: Sequence[TimingPlan],
    judge: Judge,
    seeds: Sequence[int],
    time_left_s: Callable[[], Seconds],
    seed_s: Seconds,
    costs_s: Costs = delays_s,
    *,
    stress: Judge | None = None,
    known: Mapping[int, Sequence[Seconds]] = MappingProxyType({}),
    rounds: Sequence[int] = ROUNDS,
    confirmed: bool = True,
) -> Choice:
    """Successive halving: two seeds for every plan, then more for the better half, and so on (`ROUNDS`).

    Then, if it is to be `confirmed`, the plan with the best score, be it one that was dropped, meets all
    seeds; if another is better then, so does that one, until the best has met all. If it breaks down under
    more demand (`stress`) with a seed with which the last plan does better, it is out, and the next is
    tried. A plan that the judge cannot run is out. A run that takes longer than the judge may wait, or
    Ctrl-C, ends the judging: what is known then decides.

    Parameters
    ----------
    plans
        In the order of the model's preference; at least one. The last is the field plan where others are to
        be confirmed.
    seeds
        Training seeds, used from the front: see `training_seeds`.
    time_left_s
        Time that may still be spent.
    seed_s
        Expected time of one seed of one plan; renewed from what is measured.
    costs_s
        What is compared; by default the mean delay.
    stress
        A judge with more demand: lock-ups that are rare with the usual demand are frequent there.
    known
        Costs of some plans (indices) with the first seeds, from an earlier choice.
    rounds
        Seeds of each round.

    Raises
    ------
    SimulationError
        If the judge can run none of the plans.
    """
    judging = _Judging(plans, judge, time_left_s, seed_s, costs_s, known, stress)
    interrupted = False
    try:
        for last in accumulate(rounds):
            judging.run_round(seeds[:last])
            judging.drop_worse_half()
            if judging.cut or len(judging.standing) < 2:
                break
        if confirmed:
            judging.confirm_leader(seeds)
    except KeyboardInterrupt:
        interrupted = True
    scores = judging.scores()
    if not scores and judging.failure is not None:
        raise judging.failure
    best = min(scores, key=lambda k: scores[k], default=0)
    costs = {k: tuple(found) for k, found in judging.costs.items() if found}
    return Choice(best, scores, costs, len(judging.broken), judging.cut, interrupted)


class _Judging:
    """Plans still standing, and the costs [s/veh] of each plan by seed."""

    def __init__(
        self,
        plans: Sequence[TimingPlan],
        judge: Judge,
        time_left_s: Callable[[], Seconds],
        seed_s: Seconds,
        costs_s: Costs,
        known: Mapping[int, Sequence[Seconds]],
        stress: Judge | None,
    ) -> None:
        self.plans, self.judge, self.time_left_s, self.seed_s = plans, judge, time_left_s, seed_s
        self.costs_s, self.stress = costs_s, stress
        self.stressed: dict[int, Sequence[Seconds]] = {}
        self.broken: set[int] = set()
        self.standing = list(range(len(plans)))
        self.costs: dict[int, list[float]] = {k: [*known.get(k, ())] for k in self.standing}
        self.failure: SimulationError | None = None
        self.cut = False

    def run_round(self, seeds: Sequence[int]) -> None:
        """Judge every standing plan on those of `seeds` that it has not met, while there is time."""
        for k in list(self.standing):
            missing = seeds[len(self.costs[k]) :]
            if not missing:
                continue
            self.cut |= self.time_left_s() < self.seed_s * len(missing)
            if self.cut:
                return
            began = time.monotonic()
            self._run(k, missing)
            self.seed_s = (time.monotonic() - began) / len(missing)

    def confirm_leader(self, seeds: Sequence[int]) -> None:
        """Let the best plan meet all seeds, and more demand, while there is time; then what is best then."""
        while not self.cut and (scores := self.scores()):
            leader = min(scores, key=lambda k: scores[k])
            missing = seeds[len(self.costs[leader]) :]
            last = len(self.plans) - 1
            if len(scores) < 2 or (not missing and (leader in self.stressed or self.stress is None)):
                return
            n_runs = len(missing) or 2 * STRESS_SEEDS
            self.cut |= self.time_left_s() < self.seed_s * n_runs
            if self.cut:
                return
            if missing:
                self._run(leader, missing)
            elif leader == last or not self._breaks_down(leader, last, seeds[:STRESS_SEEDS]):
                return
            else:
                self.broken.add(leader)

    def _breaks_down(self, k: int, last: int, seeds: Sequence[int]) -> bool:
        """Whether a plan is above the last one with some seed under more demand, and far above itself."""
        for plan in (k, last):
            if plan not in self.stressed:
                self.stressed[plan] = self._under_stress(plan, seeds)
        bound = BREAKDOWN * fmean(self.costs[k])
        pairs = zip(self.stressed[k], self.stressed[last], strict=True)
        return any(own > max(bound, other) for own, other in pairs)

    def _under_stress(self, k: int, seeds: Sequence[int]) -> Sequence[Seconds]:
        """Costs with more demand; infinite where the judge cannot run it."""
        assert self.stress is not None
        try:
            return self.costs_s(self.plans[k], self.stress(self.plans[k], seeds))
        except SimulationError:
            return (math.inf,) * len(seeds)

    def scores(self) -> dict[int, Seconds]:
        """Score [s/veh] of every plan that was judged and is not out."""
        return {k: score(found) for k, found in self.costs.items() if found and k not in self.broken}

    def _run(self, k: int, seeds: Sequence[int]) -> None:
        try:
            self.costs[k] += self.costs_s(self.plans[k], self.judge(self.plans[k], seeds))
        except SimulationError as error:
            if error.exit_code is None:  # it took longer than the judge may wait
                self.cut = True
                return
            self.failure = error
            self.standing.remove(k)
            self.costs[k].clear()

    def drop_worse_half(self) -> None:
        """Keep the better half after a whole round; after one that was cut, all that may be best."""
        if not self.cut:
            ranked = sorted(self.standing, key=lambda k: score(self.costs[k]))
            self.standing = ranked[: (len(ranked) + 1) // 2]


def score(costs: Sequence[float]) -> Seconds:
    """Mean, and half of what the worst seed is above it: a plan that locks up on one seed is no good."""
    mean = fmean(costs)
    return mean + 0.5 * (max(costs) - mean)

"""Let a judge choose among candidate plans: all on two seeds, the better half on more, the leader on all."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from statistics import fmean
from types import MappingProxyType
from typing import Protocol

from trafficopt.errors import InputError, SimulationError
from trafficopt.evaluation import Evaluation
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.units import Seconds

ROUNDS = (2, 3, 5)
"""Training seeds of each round: few for many plans, more for the best."""
BREAKDOWN = 2.0  # a run that loses so many times what the plan usually loses is a lock-up
N_SCORED = 20  # training seeds that count in the score of the plan which is chosen
STRESS_SEEDS = 6  # with more demand
N_TRIED = 100  # further ones at most, in which it must not break down: lock-ups are rare
BATCH = 10  # of these, before the next look


def training_seeds(seed: int) -> range:
    """SUMO's seeds that choose a plan for the optimizer's `seed`; they must not judge it again.

    Examples
    --------
    >>> training_seeds(1)
    range(1000, 1120)
    """
    return range(1000 * seed, 1000 * seed + N_SCORED + N_TRIED)


def check_unseen(seeds: Sequence[int], seed: int) -> None:
    """Refuse to judge plans on seeds that chose them.

    Raises
    ------
    InputError
        If one is a training seed of the optimizer's `seed`.
    """
    if seen := sorted(set(seeds) & set(training_seeds(seed))):
        fault = f"{seen[0]} is a training seed of the optimizer's seed {seed}: it would judge what it chose"
        raise InputError("seeds", fault, "choose other seeds, or another seed of the optimizer")


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
        Plans that are out because they broke down in a trial.
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
    n_tried: int = 0,
    known: Mapping[int, Sequence[Seconds]] = MappingProxyType({}),
    confirmed: bool = True,
) -> Choice:
    """Successive halving: two seeds for every plan, then more for the better half, and so on (`ROUNDS`).

    Then, if it is to be `confirmed`, the plan with the best score, be it one that was dropped, meets all
    seeds that are scored; if another is better then, so does that one, until the best has met all. Then it
    is tried under more demand (`stress`), and with further seeds: if it breaks down with one with which the
    last plan does better, it is out, and the next is tried. A plan that the judge cannot run is out. A run
    that takes longer than the judge may wait, or Ctrl-C, ends the judging: what is known then decides.

    Parameters
    ----------
    plans
        In the order of the model's preference; at least one. The last is the field plan where others are to
        be confirmed.
    seeds
        Training seeds, used from the front: see `training_seeds`. The first `N_SCORED` are scored.
    time_left_s
        Time that may still be spent.
    seed_s
        Expected time of one seed of one plan; renewed from what is measured.
    costs_s
        What is compared; by default the mean delay.
    stress
        A judge with more demand: lock-ups that are rare with the usual demand are more frequent there.
    n_tried
        Seeds, after those that are scored, of the trials under the usual demand.
    known
        Costs of some plans (indices) with the first seeds, from an earlier choice.
    confirmed
        Without it, there is one round and nothing more.

    Raises
    ------
    SimulationError
        If the judge can run none of the plans.
    """
    trials = _trials(judge, stress, seeds, n_tried)
    judging = _Judging(plans, judge, time_left_s, seed_s, costs_s, known)
    interrupted = False
    try:
        for last in accumulate(ROUNDS if confirmed else ROUNDS[:1]):
            judging.run_round(seeds[:last])
            judging.drop_worse_half()
            if judging.cut or len(judging.standing) < 2:
                break
        if confirmed:
            judging.confirm_leader(seeds[:N_SCORED], trials)
    except KeyboardInterrupt:
        interrupted = True
    scores = judging.scores()
    if not scores and judging.failure is not None:
        raise judging.failure
    best = min(scores, key=lambda k: scores[k], default=0)
    costs = {k: tuple(found) for k, found in judging.costs.items() if found}
    return Choice(best, scores, costs, len(judging.broken), judging.cut, interrupted)


_Trial = tuple[Judge, Sequence[int]]
"""A judge and seeds with which a plan must not break down."""


def _trials(judge: Judge, stress: Judge | None, seeds: Sequence[int], n_tried: int) -> list[_Trial]:
    """Trials under more demand, and then some seeds at a time under the usual one."""
    further = seeds[N_SCORED : N_SCORED + n_tried]
    usual = [(judge, further[k : k + BATCH]) for k in range(0, len(further), BATCH)]
    return usual if stress is None else [(stress, seeds[:STRESS_SEEDS]), *usual]


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
    ) -> None:
        self.plans, self.judge, self.time_left_s, self.seed_s = plans, judge, time_left_s, seed_s
        self.costs_s = costs_s
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
            if not self._has_time(missing):
                return
            began = self.time_left_s()
            self._run(k, missing)
            self.seed_s = (began - self.time_left_s()) / len(missing)

    def confirm_leader(self, seeds: Sequence[int], trials: Sequence[_Trial]) -> None:
        """Let the best plan meet all seeds, and the trials, while there is time; then what is best then."""
        last = len(self.plans) - 1
        while not self.cut and len(scores := self.scores()) > 1:
            leader = min(scores, key=lambda k: scores[k])
            missing = seeds[len(self.costs[leader]) :]
            if missing and self._has_time(missing):
                self._run(leader, missing)
            elif leader == last or self.cut or not self._breaks_down(leader, last, trials):
                return
            else:
                self.broken.add(leader)

    def _breaks_down(self, k: int, last: int, trials: Sequence[_Trial]) -> bool:
        """Whether a plan is in some run of a trial far above itself, and above the last plan."""
        bound = BREAKDOWN * fmean(self.costs[k])
        for judge, seeds in trials:
            if not self._has_time(seeds):
                return False
            costs = dict(zip(seeds, self._tried(k, judge, seeds), strict=True))
            slow = [seed for seed in seeds if costs[seed] > bound]
            others = self._tried(last, judge, slow) if slow else ()
            if any(costs[seed] > other for seed, other in zip(slow, others, strict=True)):
                return True
        return False

    def _tried(self, k: int, judge: Judge, seeds: Sequence[int]) -> Sequence[Seconds]:
        """Costs in a trial; infinite where the judge cannot run it."""
        try:
            return self.costs_s(self.plans[k], judge(self.plans[k], seeds))
        except SimulationError:
            return (math.inf,) * len(seeds)

    def _has_time(self, seeds: Sequence[int]) -> bool:
        """Whether there is time for a run with each seed; if not, the judging ends."""
        self.cut |= self.time_left_s() < self.seed_s * len(seeds)
        return not self.cut

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

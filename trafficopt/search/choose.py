"""Let a judge choose among candidate plans: all on two seeds, the better half on more, the leader on all."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from statistics import fmean
from typing import Protocol

from trafficopt.errors import SimulationError
from trafficopt.evaluation import Evaluation
from trafficopt.plan import TimingPlan
from trafficopt.units import Seconds

ROUNDS = (2, 3, 5)
"""Training seeds of each round: few for many plans, more for the best."""
N_SEEDS = 20  # that the plan which is chosen has met: lock-ups are rare


def training_seeds(seed: int) -> range:
    """SUMO's seeds that choose a plan for the optimizer's `seed`; they must not judge it again.

    Examples
    --------
    >>> training_seeds(1)
    range(1000, 1020)
    """
    return range(1000 * seed, 1000 * seed + N_SEEDS)


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
    cut, interrupted
        Whether the time ran out, or the user stopped the judge, before the last round.
    """

    best: int
    scores: dict[int, Seconds] = field(repr=False)
    cut: bool = False
    interrupted: bool = False


def choose(
    plans: Sequence[TimingPlan],
    judge: Judge,
    seeds: Sequence[int],
    time_left_s: Callable[[], Seconds],
    seed_s: Seconds,
) -> Choice:
    """Successive halving: two seeds for every plan, then more for the better half, and so on (`ROUNDS`).

    Then the plan with the best score, be it one that was dropped, meets all seeds; if another is better
    then, so does that one, until the best has met all. A plan that the judge cannot run is out. A run that
    takes longer than the judge may wait, or Ctrl-C, ends the judging: what is known then decides.

    Parameters
    ----------
    plans
        In the order of the model's preference; at least one.
    seeds
        Training seeds, used from the front: see `training_seeds`.
    time_left_s
        Time that may still be spent.
    seed_s
        Expected time of one seed of one plan; renewed from what is measured.

    Raises
    ------
    SimulationError
        If the judge can run none of the plans.
    """
    judging = _Judging(plans, judge, time_left_s, seed_s)
    interrupted = False
    try:
        for first, last in pairwise((0, *accumulate(ROUNDS))):
            judging.run_round(seeds[first:last])
            judging.drop_worse_half()
            if judging.cut or len(judging.standing) < 2:
                break
        judging.confirm_leader(seeds)
    except KeyboardInterrupt:
        interrupted = True
    scores = judging.scores()
    if not scores and judging.failure is not None:
        raise judging.failure
    best = min(scores, key=lambda k: scores[k], default=0)
    return Choice(best, scores, judging.cut, interrupted)


class _Judging:
    """Plans still standing, and the delays [s/veh] of each plan by seed."""

    def __init__(
        self,
        plans: Sequence[TimingPlan],
        judge: Judge,
        time_left_s: Callable[[], Seconds],
        seed_s: Seconds,
    ) -> None:
        self.plans, self.judge, self.time_left_s, self.seed_s = plans, judge, time_left_s, seed_s
        self.standing = list(range(len(plans)))
        self.delays: dict[int, list[float]] = {k: [] for k in self.standing}
        self.failure: SimulationError | None = None
        self.cut = False

    def run_round(self, seeds: Sequence[int]) -> None:
        """Judge every standing plan on `seeds` while there is time."""
        for k in list(self.standing):
            self.cut |= self.time_left_s() < self.seed_s * len(seeds)
            if self.cut:
                return
            began = time.monotonic()
            self._run(k, seeds)
            self.seed_s = (time.monotonic() - began) / len(seeds)

    def confirm_leader(self, seeds: Sequence[int]) -> None:
        """Let the best plan meet all seeds while there is time; if another is better then, that one too."""
        while not self.cut and (scores := self.scores()):
            leader = min(scores, key=lambda k: scores[k])
            missing = seeds[len(self.delays[leader]) :]
            if not missing or len(scores) < 2:
                return
            self.cut |= self.time_left_s() < self.seed_s * len(missing)
            if not self.cut:
                self._run(leader, missing)

    def scores(self) -> dict[int, Seconds]:
        """Score [s/veh] of every plan that was judged."""
        return {k: score(found) for k, found in self.delays.items() if found}

    def _run(self, k: int, seeds: Sequence[int]) -> None:
        try:
            self.delays[k] += self.judge(self.plans[k], seeds).values("mean_delay_s")
        except SimulationError as error:
            if error.exit_code is None:  # it took longer than the judge may wait
                self.cut = True
                return
            self.failure = error
            self.standing.remove(k)
            self.delays[k].clear()

    def drop_worse_half(self) -> None:
        """Keep the better half after a whole round; after one that was cut, all that may be best."""
        if not self.cut:
            ranked = sorted(self.standing, key=lambda k: score(self.delays[k]))
            self.standing = ranked[: (len(ranked) + 1) // 2]


def score(delays: Sequence[float]) -> Seconds:
    """Mean, and half of what the worst seed is above it: a plan that locks up on one seed is no good."""
    mean = fmean(delays)
    return mean + 0.5 * (max(delays) - mean)

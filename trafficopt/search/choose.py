"""Let a judge choose among candidate plans: all on one seed, the better half on more."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Protocol

from trafficopt.evaluation import Evaluation
from trafficopt.plan import TimingPlan
from trafficopt.units import Seconds

SEEDS_PER_ROUND = 2


class Judge(Protocol):
    """Answers how a plan does; the search never knows who answers."""

    def __call__(self, plan: TimingPlan, seeds: Sequence[int]) -> Evaluation: ...


def choose(
    plans: Sequence[TimingPlan],
    judge: Judge,
    seeds: Sequence[int],
    time_left_s: Callable[[], Seconds],
    run_s: Seconds,
) -> tuple[TimingPlan, list[tuple[TimingPlan, Seconds]]]:
    """Successive halving: two seeds for every plan, then two more for the better half, and so on.

    Parameters
    ----------
    plans
        In the order of the model's preference; at least one.
    seeds
        Training seeds, used from the front.
    time_left_s
        Time that may still be spent.
    run_s
        Expected time of a round for one plan; renewed from what is measured.

    Returns
    -------
    best, scores
        The chosen plan, and the last score [s/veh] of every plan that was judged, best first.
    """
    delays: dict[int, list[float]] = {k: [] for k in range(len(plans))}
    field = list(delays)
    for first in range(0, len(seeds), SEEDS_PER_ROUND):
        for k in field:
            if time_left_s() < run_s:
                break
            began = time.monotonic()
            delays[k] += judge(plans[k], seeds[first : first + SEEDS_PER_ROUND]).values("mean_delay_s")
            run_s = time.monotonic() - began
        judged = [k for k in field if len(delays[k]) == max(map(len, delays.values())) > 0]
        field = sorted(judged, key=lambda k: _score(delays[k]))[: max(1, (len(judged) + 1) // 2)]
        if len(field) < 2 or time_left_s() < run_s:
            break
    judged = [k for k in delays if delays[k]]
    ranked = sorted(judged, key=lambda k: (-len(delays[k]), _score(delays[k])))
    best = plans[field[0]] if field else plans[0]
    return best, [(plans[k], _score(delays[k])) for k in ranked]


def _score(delays: Sequence[float]) -> Seconds:
    """Mean, and half of what the worst seed is above it: a plan that locks up on one seed is no good."""
    mean = fmean(delays)
    return mean + 0.5 * (max(delays) - mean)

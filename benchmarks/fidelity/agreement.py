"""How well a model's figures of many plans agree with SUMO's: ranks, bias, movements, lock-ups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from benchmarks.fidelity.table import ceiling_row, rank_correlation
from trafficopt.units import BoolArray, FloatArray, IntArray, Seconds

MEDIUM = 2.0  # plans of medium saturation have less than so many times the field plan's delay
FEWEST_MEDIUM = 5
LOCKED_UP = 3  # links that stand at the end; one or two are a side road that nobody lets in


class Rank(NamedTuple):
    """Spearman correlation with the mean of the seeds, and how well SUMO would agree with itself."""

    spearman: float
    ceiling: float

    def reaches(self, wanted: float, below_ceiling: float) -> bool:
        """Whether it is `wanted` or `below_ceiling` under the ceiling; where there is no figure, it is."""
        enough = self.spearman >= wanted or self.spearman >= self.ceiling - below_ceiling
        return not np.isfinite(self.spearman) or bool(enough)


class Target(NamedTuple):
    """What a rank correlation shall be at least, or how much less than the ceiling."""

    group: str
    wanted: float
    below_ceiling: float


USUAL = (Target("all", 0.95, 0.03), Target("redesigned", 0.95, 0.03), Target("good", 0.90, 0.05))
OVERLOADED = (Target("all", 0.85, 0.05),)
MOST_BIAS = 0.10


@dataclass(frozen=True, slots=True)
class Answers:
    """What the model and SUMO say of the plans of a case; the field plan is the first.

    Attributes
    ----------
    kinds
        field, random, redesigned or good, of each of n plans.
    model_s, sumo_s
        Mean delay a vehicle [s], shapes (n,) and (n, n_seeds).
    movements_r2
        R2 over movements of each plan, shape (n,).
    model_standing, sumo_standing
        Links that stand at the end, shapes (n,) and (n, n_seeds).
    evaluation_s
        Processor time of an evaluation by the model.
    sumo_run_s
        Time that a run of SUMO took.
    """

    name: str
    kinds: tuple[str, ...]
    model_s: FloatArray
    sumo_s: FloatArray
    movements_r2: FloatArray
    model_standing: IntArray
    sumo_standing: IntArray
    evaluation_s: Seconds
    sumo_run_s: Seconds

    def rank(self, group: str) -> Rank:
        """Of all plans ("all") or those of a kind."""
        chosen = np.array([group in ("all", kind) for kind in self.kinds])
        table = self.sumo_s[chosen]
        ceiling = ceiling_row(table.tolist())[2] if len(table) else float("nan")
        return Rank(rank_correlation(self.model_s[chosen], table.mean(axis=1)), ceiling)

    @property
    def medium(self) -> BoolArray:
        """Plans of medium saturation, shape (n,)."""
        return medium_saturated(self.sumo_s.mean(axis=1))

    def bias(self, chosen: BoolArray | None = None) -> float:
        """Share by which the model's mean delay of some plans (all by default) exceeds SUMO's."""
        mask = np.ones(len(self.kinds), dtype=np.bool_) if chosen is None else chosen
        return float(self.model_s[mask].mean() / self.sumo_s[mask].mean() - 1.0)

    @property
    def locked_up(self) -> tuple[BoolArray, BoolArray]:
        """Plans that lock up in the model and in SUMO, each of shape (n,)."""
        return self.model_standing >= LOCKED_UP, mostly(self.sumo_standing >= LOCKED_UP)

    @property
    def evaluations_a_run(self) -> float:
        """Evaluations in the time of a run of SUMO."""
        return self.sumo_run_s / self.evaluation_s


def medium_saturated(sumo_s: FloatArray) -> BoolArray:
    """Plans with less than twice the delay of the first, the field plan; the better half if they are too few.

    Parameters
    ----------
    sumo_s
        Mean delay of each plan [s], shape (n,); the result has that shape too.
    """
    medium = sumo_s < MEDIUM * sumo_s[0]
    return np.asarray(medium if medium.sum() >= FEWEST_MEDIUM else sumo_s <= np.median(sumo_s))


def mostly(by_seed: BoolArray) -> BoolArray:
    """What holds with more than half of the seeds, of shape (n, n_seeds), as shape (n,)."""
    return np.asarray(2 * by_seed.sum(axis=1) > by_seed.shape[1])


def misses(answers: Answers, targets: tuple[Target, ...]) -> list[str]:
    """What the case misses, in words."""
    found = []
    for group, wanted, below in targets:
        rank = answers.rank(group)
        if not rank.reaches(wanted, below):
            least = min(wanted, rank.ceiling - below) if np.isfinite(rank.ceiling) else wanted
            found.append(f"Spearman of {group} plans {rank.spearman:.3f}, wanted {least:.3f}")
    bias = answers.bias(answers.medium)
    if abs(bias) >= MOST_BIAS:
        limit = f"wanted under {100 * MOST_BIAS:.0f} %"
        found.append(f"bias on medium-saturated plans {100 * bias:+.1f} %, {limit}")
    return found

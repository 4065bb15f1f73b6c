"""Adding seeds until the change of the mean delay is known well enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from math import inf
from statistics import fmean

import numpy as np

from trafficopt.errors import InputError
from trafficopt.evaluation import HEADLINE, Evaluation, joined
from trafficopt.paired_differences import half_width, seeds_needed

LEAST_SEEDS = 10
"""Before the first look at the spread: with five, up to 8 % of intervals would miss the change, see
`docs/comparison.md`."""
MOST_SEEDS = 50
"""A wish that takes more is refused."""

Pair = tuple[Evaluation, Evaluation]


@dataclass(frozen=True, slots=True)
class Precision:
    """How well the change of the mean delay is known.

    Attributes
    ----------
    wanted_percent, half_width_percent
        Half of the interval's width in percent of the mean delay before: what was wanted, and what it is.
    n_seeds
        Seeds that ran.
    n_needed
        Seeds that it takes, going by the spread that was seen; about.
    """

    wanted_percent: float
    half_width_percent: float
    n_seeds: int
    n_needed: int

    @property
    def reached(self) -> bool:
        """Whether it is known as well as was wanted."""
        return self.half_width_percent <= self.wanted_percent

    def __str__(self) -> str:
        known = (
            f"With {self.n_seeds} seeds, the change of the mean delay is known within "
            f"{self.half_width_percent:.2g} % of the delay before"
        )
        if self.reached:
            return f"{known} (wanted: {self.wanted_percent:g} %)."
        return (
            f"{known}, not within the {self.wanted_percent:g} % that were wanted: that would take about "
            f"{self.n_needed} seeds, and none are added beyond {MOST_SEEDS}."
        )

    def facts(self) -> dict[str, object]:
        """For the files of a study."""
        return {
            "wanted_percent": self.wanted_percent,
            "half_width_percent": round(self.half_width_percent, 3),
            "reached": self.reached,
            "seeds": self.n_seeds,
            "seeds_needed": self.n_needed,
            "most_seeds": MOST_SEEDS,
            "message": str(self),
        }


def check_percentages(precision_percent: float | None, margin_percent: float) -> None:
    """Refuse a precision or a margin that nothing can meet.

    Raises
    ------
    InputError
        If the precision is not above zero, or the margin below zero.
    """
    if precision_percent is not None and not 0.0 < precision_percent < inf:
        raise InputError("precision", f"is {precision_percent:g} %", "give more than 0, such as 2%")
    if not 0.0 <= margin_percent < inf:
        raise InputError("margin", f"is {margin_percent:g} %", "give 0 or more, such as 2%")


def unused_seeds(seeds: Sequence[int], training: Sequence[int]) -> Iterator[int]:
    """Seeds after the given ones, without training seeds.

    Examples
    --------
    >>> list(islice(unused_seeds((1, 4), range(5, 7)), 3))
    [7, 8, 9]
    """
    taken = set(training)
    return (seed for seed in count(max(seeds) + 1) if seed not in taken)


def until_precise(
    pair: Pair,
    run: Callable[[Sequence[int]], Pair],
    more: Iterator[int],
    wanted_percent: float,
    least_seeds: int = LEAST_SEEDS,
) -> tuple[Pair, Precision]:
    """Run both plans with more seeds until the change of their mean delay is known well enough.

    The spread of at least `least_seeds` says how many are needed; all of those run before the next look. What
    the change is never decides. A wish that takes more than `MOST_SEEDS` is not followed.

    Parameters
    ----------
    pair
        Both plans with the first seeds.
    run
        Both plans with other seeds.
    more
        Seeds to add.
    wanted_percent
        Half width of the 95 % interval in percent of the mean delay before, above zero.
    least_seeds
        That run before the first look, two or more.
    """
    while True:
        n, wish = len(pair[0].runs), least_seeds
        if n >= least_seeds:
            precision = _precision(pair, wanted_percent)
            if precision.reached or precision.n_needed > MOST_SEEDS:
                return pair, precision
            wish = max(n + 1, precision.n_needed)
        added = run(tuple(islice(more, wish - n)))
        pair = joined(pair[0], added[0]), joined(pair[1], added[1])


def _precision(pair: Pair, wanted_percent: float) -> Precision:
    before, after = (evaluation.values(HEADLINE) for evaluation in pair)
    differences, base = np.subtract(after, before).tolist(), fmean(before)
    half = half_width(differences)
    if half == 0.0 or base == 0.0:
        return Precision(wanted_percent, 0.0, len(before), len(before))
    needed = seeds_needed(differences, wanted_percent / 100.0 * base)
    return Precision(wanted_percent, 100.0 * half / base, len(before), needed)

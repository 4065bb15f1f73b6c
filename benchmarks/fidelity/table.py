"""Statistics of plans by seeds: ranks, and how well the best model could agree with SUMO's."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from statistics import fmean

import numpy as np
from scipy.stats import spearmanr

from trafficopt.units import FloatArray


def rank_correlation(ours: FloatArray, theirs: FloatArray) -> float:
    """Spearman's correlation; nan below three plans or where one side is constant.

    Examples
    --------
    >>> rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([1.0, 4.0, 9.0]))
    1.0
    """
    if len(ours) < 3 or np.ptp(ours) == 0 or np.ptp(theirs) == 0:
        return float("nan")
    return float(spearmanr(ours, theirs).statistic)


def between_seeds(delays_s: FloatArray) -> float:
    """Mean Spearman correlation of single seeds with each other.

    Parameters
    ----------
    delays_s
        Mean delay [s], shape (n_plans, n_seeds).
    """
    n_seeds = delays_s.shape[1]
    pairs = [rank_correlation(delays_s[:, a], delays_s[:, b]) for a, b in combinations(range(n_seeds), 2)]
    return fmean(pairs) if pairs else float("nan")


def spearman_brown(single: float, n: int) -> float:
    """Correlation between two means of n seeds each, from that of single seeds: n r / (1 + (n - 1) r).

    Spearman (1910) and Brown (1910), for seeds whose noise is independent and alike.

    Examples
    --------
    >>> spearman_brown(0.5, 3)
    0.75
    """
    return n * single / (1.0 + (n - 1) * single)


def first_against_others(delays_s: FloatArray) -> float:
    """Spearman correlation of the first seed with the mean of the others, shape (n_plans, n_seeds)."""
    return rank_correlation(delays_s[:, 0], delays_s[:, 1:].mean(axis=1))


def ceiling_row(delays_s: Sequence[Sequence[float]]) -> tuple[float, float, float, float]:
    """First seed against the others, single seeds with each other, ceiling, and its root.

    The ceiling is `spearman_brown` of `between_seeds` for the number of seeds: how well a second set of
    as many seeds would agree. A model that knew the expected delay exactly would agree as well as its root.
    """
    table = np.array(delays_s, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] < 2:
        return (float("nan"),) * 4
    single = between_seeds(table)
    ceiling = spearman_brown(single, table.shape[1])
    return first_against_others(table), single, ceiling, float(np.sqrt(max(ceiling, 0.0)))

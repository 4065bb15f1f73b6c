"""Tests of the mean of paired differences, by Student's t."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
from scipy.special import stdtr, stdtrit

from trafficopt.units import FloatArray

LEVEL = 0.05
"""Of every test: 95 % intervals, and 5 % of changes that are none called one."""
MOST_SEEDS = 10**15  # nobody asks for more
SKEWED = 2.58
"""A skewness of so many standard errors is clear: 1 % of normal samples have as much."""
LEAST_FOR_SKEWNESS = 8  # with fewer, the largest skewness that a sample can have is not clear yet


def half_width(differences: Sequence[float]) -> float:
    """Half width of the 95 % interval of the mean, t(0.975, n - 1) s / sqrt(n); n must be 2 or more.

    Examples
    --------
    >>> round(half_width([-10.0, -11.0, -9.0]), 4)  # 4.3027 x 1 / sqrt(3)
    2.4841
    """
    return _quantile(len(differences)) * _standard_error(differences)


def p_different(differences: Sequence[float]) -> float:
    """Two-sided p-value of the mean against zero; 1 where all differences are zero."""
    mean, error = float(np.mean(differences)), _standard_error(differences)
    if error == 0.0:
        return 1.0 if mean == 0.0 else 0.0
    return 2.0 * float(stdtr(len(differences) - 1, -abs(mean) / error))


def p_equivalent(differences: Sequence[float], margin: float) -> float:
    """P-value of two one-sided tests that the mean lies within `margin` of zero.

    It is the larger one of the two (Schuirmann 1987): at most 0.05 where the 90 % interval lies within the
    margin. Without spread it is 0 within the margin, also for no difference at all and no margin.
    """
    mean, error = float(np.mean(differences)), _standard_error(differences)
    if error == 0.0:
        return 0.0 if mean == 0.0 or abs(mean) < margin else 1.0
    return float(stdtr(len(differences) - 1, (abs(mean) - margin) / error))


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """P-values of a family of tests, adjusted by the method of Holm 1979.

    The smallest is taken times the number m of tests, the next times m - 1, and so on; none is less than
    one before it, or more than 1. Whoever calls those up to 0.05 significant errs in 5 % of families at
    most, however the tests depend on each other.

    Examples
    --------
    >>> holm([0.04, 0.01, 0.03])
    (0.06, 0.03, 0.06)
    """
    order = np.argsort(p_values, kind="stable")
    factors = len(order) - np.arange(len(order))
    raised = np.minimum(1.0, np.maximum.accumulate(np.asarray(p_values, dtype=np.float64)[order] * factors))
    adjusted = np.empty(len(order))
    adjusted[order] = raised
    return tuple(adjusted.tolist())


def is_skewed(differences: Sequence[float]) -> bool:
    """Whether differences lean clearly to one side, so that their interval holds less than it says.

    The sample skewness G1 is compared with its standard error under a normal distribution,
    sqrt(6 n (n - 1) / ((n - 2) (n + 1) (n + 3))) (Joanes and Gill 1998).
    """
    x, n = np.asarray(differences, dtype=np.float64), len(differences)
    spread = float(x.std())
    if n < LEAST_FOR_SKEWNESS or spread == 0.0:
        return False
    g1 = float((((x - x.mean()) / spread) ** 3).mean()) * np.sqrt(n * (n - 1.0)) / (n - 2.0)
    error = np.sqrt(6.0 * n * (n - 1.0) / ((n - 2.0) * (n + 1.0) * (n + 3.0)))
    return bool(abs(g1) > SKEWED * error)


def seeds_needed(differences: Sequence[float], wanted: float) -> int:
    """How many differences of this spread would have an interval of half width `wanted` or less.

    The least n of 2 or more with t(0.975, n - 1) s / sqrt(n) <= wanted.

    Raises
    ------
    ValueError
        If `wanted` is not above zero, or there are fewer than two differences.

    Examples
    --------
    >>> seeds_needed([-10.0, -11.0, -9.0], 1.0)
    7
    """
    if not wanted > 0.0 or len(differences) < 2:
        raise ValueError(f"{wanted} of {len(differences)} differences: needs a width and two differences")
    spread = float(np.std(differences, ddof=1))
    wide = bisect_left(range(2, MOST_SEEDS), True, key=lambda n: _quantile(n) * spread / np.sqrt(n) <= wanted)
    return wide + 2


def _quantile(n: int) -> float:
    """Of Student's t for a two-sided 95 % interval of n values."""
    return float(stdtrit(n - 1, 1.0 - LEVEL / 2.0))


def _standard_error(differences: Sequence[float]) -> float:
    values: FloatArray = np.asarray(differences, dtype=np.float64)
    return float(values.std(ddof=1) / np.sqrt(len(values)))

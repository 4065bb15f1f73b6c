"""How well two sets of figures agree, weighted."""

from __future__ import annotations

import numpy as np

from trafficopt.units import FloatArray

UNKNOWN = float("nan")


def determination(model: FloatArray, sumo: FloatArray, weights: FloatArray) -> float:
    """Share of the weighted spread of `sumo` that `model` explains as it is.

    Parameters
    ----------
    model, sumo, weights
        Arrays of one shape.

    Examples
    --------
    >>> sumo = np.array([10.0, 20.0, 30.0])
    >>> determination(sumo, sumo, np.ones(3)), determination(np.full(3, 20.0), sumo, np.ones(3))
    (1.0, 0.0)
    """
    if not weights.sum() > 0:
        return UNKNOWN
    spread = float(weights @ (sumo - np.average(sumo, weights=weights)) ** 2)
    return 1.0 - float(weights @ (model - sumo) ** 2) / spread if spread > 0 else UNKNOWN


def rank_correlation(a: FloatArray, b: FloatArray, weights: FloatArray) -> float:
    """Spearman's correlation, with weights.

    Parameters
    ----------
    a, b, weights
        Arrays of one shape; a whole weight counts as so many equal values.

    Examples
    --------
    >>> a = np.array([1.0, 2.0, 3.0, 4.0])
    >>> round(rank_correlation(a, a**2, np.ones(4)), 3), round(rank_correlation(a, -a, np.ones(4)), 3)
    (1.0, -1.0)
    """
    if not weights.sum() > 0:
        return UNKNOWN
    ranks = [_weighted_ranks(values, weights) for values in (a, b)]
    x, y = (rank - np.average(rank, weights=weights) for rank in ranks)
    spread = float(np.sqrt((weights @ x**2) * (weights @ y**2)))
    return float(weights @ (x * y)) / spread if spread > 0 else UNKNOWN


def _weighted_ranks(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Weight of all that is less, and half the weight of what is equal."""
    _, group = np.unique(values, return_inverse=True)
    of_group = np.bincount(group, weights)
    return np.asarray((np.cumsum(of_group) - 0.5 * of_group)[group])

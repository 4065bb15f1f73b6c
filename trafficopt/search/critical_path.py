"""The critical path of a signal: the lanes whose flows ask for the most of a cycle."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog

from trafficopt.model.lane_groups import LaneGroups
from trafficopt.units import FloatArray, Seconds


def path_weights(groups: LaneGroups, green_s: Seconds) -> FloatArray:
    """Weight of each lane on the critical path, shape (n_lanes,); 0 beside it.

    The largest common multiplier of all flows that greens of `green_s` in total serve is a linear program
    (Allsop 1972); the lanes that its dual weighs are critical. With weights u, flow ratios y, intergreens I
    and seconds served beside the greens s (`LaneGroups.served_s`), the path has Y = sum(u y) and
    L = I - sum(u s), and the multiplier is 1 / Xc with Xc = Y C / (C - L) as in the HCM. A lane that its
    greens serve in full has weight 1, one that they serve by half, 2. Unlike a sum of the largest flow
    ratio of each stage, this holds for movements that run over several stages, too.

    Parameters
    ----------
    green_s
        Displayed green of all stages together [s].
    """
    weights = np.zeros(len(groups.flow_veh_h))
    served = np.flatnonzero(groups.served.sum(axis=1) > 0)
    if len(served) == 0 or green_s <= 0:
        return weights
    n_stages = groups.served.shape[1]
    ratios = groups.flow_veh_h[served] / groups.saturation_veh_h[served]
    found = linprog(  # greens, and the multiplier times the cycle
        np.append(np.zeros(n_stages), -1.0),
        A_ub=np.hstack([-groups.served[served], ratios[:, None]]),
        b_ub=groups.served_s[served],
        A_eq=np.append(np.ones(n_stages), 0.0)[None, :],
        b_eq=[green_s],
        bounds=[*[(0.0, None)] * n_stages, (None, None)],
        method="highs-ds",
    )
    if found.x is None:
        return weights
    weights[served] = found.ineqlin.marginals / found.eqlin.marginals[0]
    return np.where(weights > 1e-9, weights, 0.0)

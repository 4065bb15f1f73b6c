"""Which share of a movement arrives on green, by the cyclic model of platoons."""

from __future__ import annotations

import numpy as np

from trafficopt.model.progression import green_windows
from trafficopt.model.signal_model import SignalModel
from trafficopt.plan import TimingPlan
from trafficopt.units import FloatArray


def arrivals_on_green(model: SignalModel, plan: TimingPlan) -> FloatArray:
    """Share of each movement's vehicles that would reach the stop line on green without a queue (P, HCM).

    Returns
    -------
    array of shape (n_movements,)
        nan where the plan does not time the signal, or nobody comes.
    """
    state, found = model.start(plan), np.full(len(model.problem.movements), np.nan)
    for k, movement in enumerate(model.problem.movements):
        node = model.nodes[model.problem.intersection_of[k]].id
        if node not in plan:
            continue
        cycle = state.cycle_s[model.problem.intersection_of[k]]
        arrivals = state.arrivals[k, :cycle]
        if arrivals.sum() > 0:
            green = np.zeros(cycle)
            seconds = np.arange(cycle) + 0.5
            for start, length in green_windows(plan[node], movement.heads):
                green[(seconds - start) % plan[node].cycle_s < length] = 1.0
            found[k] = float(arrivals @ green / arrivals.sum())
    return found

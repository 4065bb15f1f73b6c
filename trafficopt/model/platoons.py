"""Platoons on their way from a signal to the next one: they disperse (Robertson 1969), as in TRANSYT."""

from __future__ import annotations

import numba

from trafficopt.model.dispersion import disperse
from trafficopt.model.layout import Layout
from trafficopt.units import FloatArray, IntArray


@numba.njit(cache=True)
def add_platoons(
    lay: Layout,
    node: int,
    cycle_s: int,
    same_cycle: IntArray,
    departures: FloatArray,
    sign: float,
    arrivals: FloatArray,
) -> None:
    """Add (or with sign -1 take away) the platoons that leave a signal from the arrivals downstream.

    A platoon reaches a signal with another cycle as a steady flow.
    """
    for m in range(lay.movement_at[node], lay.movement_at[node + 1]):
        leaving = 0.0
        for t in range(cycle_s):
            leaving += departures[m, t]
        for p in range(lay.out_at[m], lay.out_at[m + 1]):
            if same_cycle[p] and leaving > 0.0:
                scale = sign * lay.out_flow[p] * cycle_s / leaving
                disperse(
                    departures[m],
                    cycle_s,
                    lay.out_travel_s[p],
                    lay.out_smoothing[p],
                    scale,
                    arrivals[lay.out_to[p]],
                )

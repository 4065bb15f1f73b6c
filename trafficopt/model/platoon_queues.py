"""Queues of a cycle that platoons feed, second by second: compiled."""

from __future__ import annotations

import math

import numba
import numpy as np

from trafficopt.model.dispersion import disperse
from trafficopt.units import FloatArray, IntArray

NEARLY_FULL = 0.98  # arrivals beyond this part of capacity queue whatever the offsets are


@numba.njit(cache=True)
def _mean_queue(arrivals: FloatArray, served: FloatArray, shift: int) -> float:
    """Mean queue [veh] where arrivals [veh/step] come `shift` steps earlier; its second cycle is periodic."""
    n, queue, total = served.shape[0], 0.0, 0.0
    for turn in range(2):
        for t in range(n):
            at = t + shift if t + shift < n else t + shift - n
            after = max(0.0, queue + arrivals[at] - served[t])
            total += turn * 0.5 * (queue + after)
            queue = after
    return float(total / n)


@numba.njit(cache=True)
def _within_capacity(arrivals: FloatArray, served: FloatArray) -> float:
    """Part of the arrivals that is nearly all that can be served; at most 1."""
    coming = float(arrivals.sum())
    if coming <= 0.0:
        return 1.0
    return min(1.0, NEARLY_FULL * float(served.sum()) / coming)


@numba.njit(cache=True)
def run_steady(flow: FloatArray, served: FloatArray, leaving: FloatArray, mean_queue: FloatArray) -> None:
    """Departures by step over their mean, and the mean queue [veh], of steady arrivals [veh/step]."""
    n = served.shape[1]
    for q in range(flow.shape[0]):
        arrivals = np.full(n, flow[q])
        part = _within_capacity(arrivals, served[q])
        if part <= 0.0:
            leaving[q] = 1.0
            continue
        arrivals *= part
        queue = 0.0
        for _turn in range(2):
            for t in range(n):
                leaving[q, t] = min(queue + arrivals[t], served[q, t])
                queue += arrivals[t] - leaving[q, t]
        leaving[q] /= leaving[q].mean()
        mean_queue[q] = _mean_queue(arrivals, served[q], 0) / part


@numba.njit(cache=True)
def add_fed(
    starts: IntArray,
    queues: IntArray,
    pairs: IntArray,
    turned: IntArray,
    source: IntArray,
    sent: FloatArray,
    lag: FloatArray,
    smoothing: FloatArray,
    leaving: FloatArray,
    flow: FloatArray,
    served: FloatArray,
    steady: FloatArray,
    cost: FloatArray,
) -> None:
    """Add to `cost` what each queue's delay differs from that of steady arrivals, by offset difference."""
    n = served.shape[1]
    for f in range(queues.shape[0]):
        q = queues[f]
        arrivals = np.full(n, max(0.0, flow[q] - sent[starts[f] : starts[f + 1]].sum()))
        for p in range(starts[f], starts[f + 1]):
            whole = math.floor(lag[p])
            late = lag[p] - whole
            disperse(leaving[source[p]], n, whole, smoothing[p], sent[p] * (1.0 - late), arrivals)
            disperse(leaving[source[p]], n, whole + 1, smoothing[p], sent[p] * late, arrivals)
        part = _within_capacity(arrivals, served[q])
        if part <= 0.0:
            continue
        arrivals *= part
        for k in range(n):
            at = (n - k) % n if turned[f] else k
            cost[pairs[f], at] += _mean_queue(arrivals, served[q], k) / part - steady[q]

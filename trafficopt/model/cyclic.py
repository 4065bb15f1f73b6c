"""Cyclic flow profiles: queues at a signal second by second.

Every lane is a vertical queue with cyclic arrivals, as in TRANSYT. All functions work on the flat
arrays of a `Layout` and are compiled.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from trafficopt.model.capacity import gap_headway_s
from trafficopt.model.delay import incremental_delay_s
from trafficopt.model.layout import PERMISSIVE, RED, Layout
from trafficopt.units import FloatArray, IntArray

NEARLY_FULL = 0.98  # the uniform part of the queue is computed below capacity, the rest is overflow


@numba.njit(cache=True)
def rows_by_second(lay: Layout, node: int, greens_s: FloatArray, offset_s: float, cycle_s: int) -> IntArray:
    """Row that a signal shows in the middle of each second of the cycle, from midnight; shape (cycle_s,).

    A cycle that is no whole number of seconds is cut or stretched in its last row.
    """
    rows = np.empty(cycle_s, dtype=np.int64)
    first = lay.row_at[node]
    n_rows = lay.row_at[node + 1] - first
    start = math.ceil(offset_s - 0.5)
    row, end = -1, 0.0
    for second in range(cycle_s):
        shown = start + second + 0.5 - offset_s  # a billionth of a second early is the same moment
        while shown + 1e-9 >= end and row < n_rows - 1:
            row += 1
            stage = lay.row_stage[first + row]
            end += greens_s[stage] if stage >= 0 else lay.row_fixed_s[first + row]
        rows[(start + second) % cycle_s] = row
    return rows


@numba.njit(cache=True)
def lane_service(
    lay: Layout,
    lane: int,
    rows: IntArray,
    opposing: FloatArray,
    first: int,
    rate: FloatArray,
    free: FloatArray,
) -> None:
    """Service of a lane by second: `rate` [veh/s], and `free`, the share of the flow that is not held at red.

    Vehicles start 2 s after green and use 1 s of yellow. A permissive stream leaves as gaps in its
    foes' flow allow (`opposing`: profile of each movement of the signal, whose first movement is
    `first`); those waiting inside the junction leave when its green ends.
    """
    cycle_s = rows.shape[0]
    for t in range(cycle_s):
        now, before, after = rows[t - 1], rows[t - 2], rows[t]
        share, time, waiting = 0.0, 0.0, 0.0
        for s in range(lay.stream_at[lane], lay.stream_at[lane + 1]):
            kind = lay.kind[lay.kind_at[s] + now]
            if kind == RED or lay.kind[lay.kind_at[s] + before] == RED:
                continue
            headway = lay.stream_headway_s[s]
            if kind == PERMISSIVE:
                foes = 0.0
                for f in range(lay.foe_at[s], lay.foe_at[s + 1]):
                    foes += opposing[lay.foe[f] - first, t]
                headway = max(headway, gap_headway_s(foes))
                if lay.kind[lay.kind_at[s] + after] == RED:
                    waiting += lay.stream_waiting[s]
            share += lay.stream_share[s]
            time += lay.stream_share[s] * headway
        rate[t] = share / time + waiting if share > 0.0 else 0.0
        free[t] = share if share < 0.999 else 1.0


@numba.njit(cache=True)
def serve(waiting: float, rate: float, free: float, unblocked: float) -> tuple[float, float]:
    """Vehicles that leave a lane in a second, and the chance that none at red blocks it afterwards.

    A vehicle is held at red with probability 1 - `free`; the first such one blocks the lane. Of n
    vehicles that might leave, `free` + ... + `free`^n do on average.
    """
    n = min(waiting, rate)
    if free >= 1.0 or n <= 0.0:
        return max(n, 0.0), 1.0 if free >= 1.0 else unblocked
    after = unblocked * free**n
    return (unblocked - after) * free / (1.0 - free), after


@numba.njit(cache=True)
def lane_capacity(rate: FloatArray, free: FloatArray) -> float:
    """Vehicles a cycle that a lane with a standing queue discharges."""
    total, unblocked = 0.0, 1.0
    for t in range(2 * rate.shape[0]):
        k = t % rate.shape[0]
        if free[k] == 0.0:
            unblocked = 1.0
        out, unblocked = serve(np.inf, rate[k], free[k], unblocked)
        if t >= rate.shape[0]:
            total += out
    return total


@numba.njit(cache=True)
def lane_queue(
    arrivals: FloatArray, rate: FloatArray, free: FloatArray, out: FloatArray
) -> tuple[float, float, float]:
    """Let one lane run to its periodic state.

    Returns
    -------
    waited, stopped, longest
        Time waited in a cycle [veh*s], vehicles stopped in a cycle, longest queue [veh];
        `out` [veh/s] holds the departures of the last cycle.
    """
    cycle_s = rate.shape[0]
    queue, unblocked, waited, stopped, longest = 0.0, 1.0, 0.0, 0.0, 0.0
    for t in range(2 * cycle_s):
        k = t % cycle_s
        if t == cycle_s:
            waited, stopped, longest = 0.0, 0.0, 0.0
        if free[k] == 0.0:
            unblocked = 1.0
        here = queue + arrivals[k]
        out[k], unblocked = serve(here, rate[k], free[k], unblocked)
        if here > out[k] + 1e-9:
            stopped += arrivals[k]
        queue = here - out[k]
        waited += queue
        longest = max(longest, queue)
    return waited, stopped, longest


@numba.njit(cache=True)
def run_node(
    lay: Layout,
    node: int,
    rows: IntArray,
    arrivals: FloatArray,
    departures: FloatArray,
    lanes_out: FloatArray,
) -> float:
    """Queues of one signal: its delay [veh*s/s]; writes `departures` of its movements.

    Parameters
    ----------
    arrivals, departures
        Profiles [veh/s] by movement and second, shape (n_movements, at least cycle_s).
    lanes_out
        Shape (n_lanes, 6), rows of this signal are written: flow [veh/s], capacity [veh/s],
        uniform delay [veh*s/s], stops [1/s], longest queue [veh], overflow delay [veh*s/s].
    """
    cycle_s = rows.shape[0]
    first, last = lay.movement_at[node], lay.movement_at[node + 1]
    opposing = np.zeros((last - first, cycle_s))
    for _ in range(2):  # first as if nobody yielded, then against the foes' departures
        departures[first:last, :cycle_s] = 0.0
        for lane in range(lay.lane_at[node], lay.lane_at[node + 1]):
            out = _run_lane(lay, lane, rows, arrivals, opposing, first, lanes_out)
            _spread(lay, lane, rows, out, departures)
        opposing[:] = departures[first:last, :cycle_s]
    return _with_overflow(lay, node, lanes_out)


@numba.njit(cache=True)
def rerun_lanes(
    lay: Layout,
    node: int,
    lanes: IntArray,
    rows: IntArray,
    arrivals: FloatArray,
    departures: FloatArray,
    lanes_out: FloatArray,
) -> float:
    """Queues of some lanes of a signal whose other lanes stay as they are; its delay [veh*s/s].

    Foes leave as in `departures`, which stays as it is: what the lanes send on is not kept.
    """
    first, last = lay.movement_at[node], lay.movement_at[node + 1]
    opposing = departures[first:last]
    for lane in lanes:
        _run_lane(lay, lane, rows, arrivals, opposing, first, lanes_out)
    return _with_overflow(lay, node, lanes_out)


@numba.njit(cache=True)
def _run_lane(
    lay: Layout,
    lane: int,
    rows: IntArray,
    arrivals: FloatArray,
    opposing: FloatArray,
    first: int,
    lanes_out: FloatArray,
) -> FloatArray:
    """Queue of one lane: writes its row of `lanes_out`; departures by second [veh/s]."""
    cycle_s = rows.shape[0]
    rate, free, out, entering = np.empty(cycle_s), np.empty(cycle_s), np.empty(cycle_s), np.zeros(cycle_s)
    lane_service(lay, lane, rows, opposing, first, rate, free)
    for s in range(lay.stream_at[lane], lay.stream_at[lane + 1]):
        for t in range(cycle_s):
            entering[t] += lay.stream_part[s] * arrivals[lay.stream_movement[s], t]
    flow, capacity = entering.sum() / cycle_s, lane_capacity(rate, free) / cycle_s
    scale = max(1e-3, min(1.0, NEARLY_FULL * capacity / flow)) if flow > 0.0 else 1.0
    entering *= scale
    waited, stopped, longest = lane_queue(entering, rate, free, out)
    lanes_out[lane, 0], lanes_out[lane, 1] = flow, capacity
    lanes_out[lane, 2] = waited / cycle_s / scale
    lanes_out[lane, 3], lanes_out[lane, 4] = stopped / cycle_s / scale, longest
    return out


@numba.njit(cache=True)
def _spread(lay: Layout, lane: int, rows: IntArray, out: FloatArray, departures: FloatArray) -> None:
    """Add a lane's departures to the movements that are green."""
    for t in range(rows.shape[0]):
        if out[t] == 0.0:
            continue
        green = 0.0
        for s in range(lay.stream_at[lane], lay.stream_at[lane + 1]):
            if lay.kind[lay.kind_at[s] + rows[t - 1]] != RED:
                green += lay.stream_share[s]
        for s in range(lay.stream_at[lane], lay.stream_at[lane + 1]):
            if green > 0.0 and lay.kind[lay.kind_at[s] + rows[t - 1]] != RED:
                departures[lay.stream_movement[s], t] += out[t] * lay.stream_share[s] / green


@numba.njit(cache=True)
def _with_overflow(lay: Layout, node: int, lanes_out: FloatArray) -> float:
    """Add the delay of queues that outlast a cycle; returns the signal's delay [veh*s/s]."""
    total = 0.0
    first, last = lay.lane_at[node], lay.lane_at[node + 1]
    demand = np.empty(lay.lane_slices.shape[1])
    for head in range(first, last):
        if lay.group[head] != head:
            continue
        flow, capacity = 0.0, 0.0
        demand[:] = 0.0
        for lane in range(first, last):
            if lay.group[lane] == head:
                flow += lanes_out[lane, 0]
                capacity += lanes_out[lane, 1]
                demand += lay.lane_slices[lane]
        if flow <= 0.0:
            continue
        extra = overflow_delay(demand, max(capacity, 1e-4), lay.slice_s)
        for lane in range(first, last):
            if lay.group[lane] == head:
                lanes_out[lane, 5] = extra * lanes_out[lane, 0] / flow
                total += lanes_out[lane, 2] + lanes_out[lane, 5]
    return total


@numba.njit(cache=True)
def overflow_delay(demand: FloatArray, capacity: float, slice_s: float) -> float:
    """Delay of a queue that is carried from slice to slice [veh*s/s].

    In each slice the queue grows by demand - capacity; the random part of the HCM's incremental
    delay (d2 less its deterministic part) is added.

    Parameters
    ----------
    demand
        Flow [veh/s] in each slice, shape (n_slices,).
    capacity
        Flow [veh/s] that can be served.
    """
    queue, waited = 0.0, 0.0
    for flow in demand:
        rate = flow - capacity
        after = max(0.0, queue + rate * slice_s)
        lasting = slice_s if after > 0.0 or rate >= 0.0 else queue / -rate
        waited += 0.5 * (queue + after) * lasting
        queue = after
        random = incremental_delay_s(flow / capacity, 3600.0 * capacity, slice_s / 3600.0)
        waited += flow * slice_s * (random - 0.5 * slice_s * max(0.0, flow / capacity - 1.0))
    per_second: float = waited / (slice_s * demand.shape[0])
    return per_second

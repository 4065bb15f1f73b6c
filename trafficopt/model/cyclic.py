"""Cyclic flow profiles: queues at a signal second by second, and platoons to the next one.

Every lane is a vertical queue with cyclic arrivals; what leaves it travels on as a platoon that
disperses (Robertson 1969), as in TRANSYT. All functions work on flat arrays and are compiled.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba
import numpy as np

from trafficopt.model.delay import incremental_delay_s
from trafficopt.units import FloatArray, IntArray

RED, PROTECTED, PERMISSIVE = 0, 1, 2
CRITICAL_GAP_S = 4.0
FOLLOW_UP_S = 2.2
NEARLY_FULL = 0.98  # the uniform part of the queue is computed below capacity, the rest is overflow


class Layout(NamedTuple):
    """What does not change while plans are tried; `*_at` arrays are offsets (n + 1 entries).

    A stream is a movement on one lane. Rows are the greens and intergreens of a signal in order.

    Attributes
    ----------
    row_at, row_stage, row_fixed_s
        Rows of each signal; stage of a green row or -1; duration of an intergreen row [s].
    lane_at
        Lanes of each signal.
    group
        First lane of each lane's lane group.
    stream_at, stream_movement, stream_share, stream_part
        Streams of each lane; share of the lane's flow; part of the movement's flow.
    stream_headway_s, stream_waiting
        Saturation headway; vehicles that can wait inside the junction.
    kind_at, kind
        Signal of each stream (RED, PROTECTED, PERMISSIVE) by row: `kind[kind_at[stream] + row]`.
    foe_at, foe
        Movements that each stream yields to where it is permissive.
    movement_at, movement_flow
        Movements of each signal; demand [veh/s].
    out_at, out_to, out_flow, out_travel_s, out_smoothing
        Platoons of each movement: downstream movement, flow [veh/s], travel time, Robertson's F.
    node_of
        Signal of each movement.
    lane_slices, slice_s
        Demand [veh/s] by lane and time slice; length of a slice.
    """

    row_at: IntArray
    row_stage: IntArray
    row_fixed_s: FloatArray
    lane_at: IntArray
    group: IntArray
    stream_at: IntArray
    stream_movement: IntArray
    stream_share: FloatArray
    stream_part: FloatArray
    stream_headway_s: FloatArray
    stream_waiting: FloatArray
    kind_at: IntArray
    kind: IntArray
    foe_at: IntArray
    foe: IntArray
    movement_at: IntArray
    movement_flow: FloatArray
    out_at: IntArray
    out_to: IntArray
    out_flow: FloatArray
    out_travel_s: FloatArray
    out_smoothing: FloatArray
    node_of: IntArray
    lane_slices: FloatArray
    slice_s: float


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def rows_by_second(
    lay: Layout, node: int, greens_s: FloatArray, offset_s: float, cycle_s: int
) -> IntArray:
    """Row that a signal shows at each second of the cycle, counted from midnight; shape (cycle_s,)."""
    rows = np.empty(cycle_s, dtype=np.int64)
    first = lay.row_at[node]
    n_rows = lay.row_at[node + 1] - first
    start = int(round(offset_s))
    row, end = -1, 0.0
    for second in range(cycle_s):
        while second + 0.5 > end and row < n_rows - 1:
            row += 1
            stage = lay.row_stage[first + row]
            end += greens_s[stage] if stage >= 0 else lay.row_fixed_s[first + row]
        rows[(start + second) % cycle_s] = row
    return rows


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
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


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def gap_headway_s(opposing: float) -> float:
    """Mean time between vehicles that filter through gaps in `opposing` [veh/s] (HCM 2000 equation 17-3)."""
    if opposing < 1e-4:
        return FOLLOW_UP_S
    capacity = opposing * math.exp(-opposing * CRITICAL_GAP_S) / (1.0 - math.exp(-opposing * FOLLOW_UP_S))
    return 1.0 / max(capacity, 1e-3)


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
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


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
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


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
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


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
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
            _run_lane(lay, lane, rows, arrivals, opposing, first, departures, lanes_out)
        opposing[:] = departures[first:last, :cycle_s]
    return _with_overflow(lay, node, lanes_out)


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def rerun_lanes(
    lay: Layout,
    node: int,
    lanes: IntArray,
    rows: IntArray,
    arrivals: FloatArray,
    departures: FloatArray,
    scratch: FloatArray,
    lanes_out: FloatArray,
) -> float:
    """Queues of some lanes of a signal whose other lanes stay as they are; its delay [veh*s/s].

    Foes leave as in `departures`; what the lanes send on is not kept (`scratch`, of the same shape).
    """
    first, last = lay.movement_at[node], lay.movement_at[node + 1]
    opposing = departures[first:last]
    for lane in lanes:
        _run_lane(lay, lane, rows, arrivals, opposing, first, scratch, lanes_out)
    return _with_overflow(lay, node, lanes_out)


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _run_lane(
    lay: Layout,
    lane: int,
    rows: IntArray,
    arrivals: FloatArray,
    opposing: FloatArray,
    first: int,
    departures: FloatArray,
    lanes_out: FloatArray,
) -> None:
    """Queue of one lane: writes its row of `lanes_out` and adds to `departures`."""
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
    _spread(lay, lane, rows, out, departures)


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
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


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
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


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
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
    return waited / (slice_s * demand.shape[0])


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def add_platoons(
    lay: Layout, node: int, cycle_s: int, same_cycle: IntArray, departures: FloatArray, sign: float,
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
                _disperse(
                    departures[m], cycle_s, lay.out_travel_s[p], lay.out_smoothing[p], scale,
                    arrivals[lay.out_to[p]],
                )


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _disperse(
    profile: FloatArray, cycle_s: int, travel_s: float, smoothing: float, scale: float, arrivals: FloatArray
) -> None:
    """Robertson's recursion q'(t) = F q(t - T) + (1 - F) q'(t - 1) on a cyclic profile."""
    shift = int(round(travel_s))
    value, weight = 0.0, 1.0
    for t in range(cycle_s):  # the periodic start value: one cycle of the recursion in closed form
        value = smoothing * profile[(t - shift) % cycle_s] + (1.0 - smoothing) * value
        weight *= 1.0 - smoothing
    value /= 1.0 - weight
    for t in range(cycle_s):
        value = smoothing * profile[(t - shift) % cycle_s] + (1.0 - smoothing) * value
        arrivals[t] += scale * value

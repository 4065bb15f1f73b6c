"""Coordinate descent on the signal model: one signal at a time, offset or greens."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from trafficopt.model.signal_model import SignalModel, State

TRANSFERS_S = (8.0, 4.0, 2.0, 1.0)
COARSE_OFFSETS = 16
LEAST_GAIN = 1e-6  # [veh*s/s]

Stop = Callable[[], bool]


def descend_offsets(model: SignalModel, state: State, nodes: Sequence[int], stop: Stop) -> float:
    """Give each signal the offset that is best for it and its neighbors; returns the gain [veh*s/s]."""
    gain = 0.0
    for node in nodes:
        if stop():
            break
        before = model.local_delay(state, node)
        cycle = state.cycle_s[node]
        width = max(1, cycle // COARSE_OFFSETS)
        coarse = range(0, cycle, width)
        best, delay = _best_offset(model, state, node, coarse, state.offset_s[node], before)
        fine = [(int(best) + sign * step) % cycle for step in range(1, width // 2 + 2) for sign in (-1, 1)]
        best, delay = _best_offset(model, state, node, fine, best, delay)
        state.offset_s[node] = best
        model.local_delay(state, node)
        gain += before - delay
    return gain


def _best_offset(
    model: SignalModel, state: State, node: int, tries: Sequence[int], best: float, delay: float
) -> tuple[float, float]:
    for offset in tries:
        state.offset_s[node] = float(offset)
        found = model.local_delay(state, node)
        if found < delay - LEAST_GAIN:
            best, delay = float(offset), found
    return best, delay


def descend_greens(model: SignalModel, state: State, nodes: Sequence[int], stop: Stop) -> float:
    """Move green between the stages of each signal as long as it helps; returns the gain [veh*s/s]."""
    gain = 0.0
    for node in nodes:
        if stop():
            break
        before = delay = model.local_delay(state, node)
        for step in TRANSFERS_S:
            delay = _transfer(model, state, node, step, delay)
        model.local_delay(state, node)
        gain += before - delay
    return gain


def _transfer(model: SignalModel, state: State, node: int, step: float, delay: float) -> float:
    stages = model.nodes[node].stages
    for giver in range(len(stages)):
        for taker in range(len(stages)):
            greens = state.greens_s[node]
            allowed = greens[giver] - step >= stages[giver].min_green_s - 1e-9
            if giver == taker or not allowed or greens[taker] + step > stages[taker].max_green_s + 1e-9:
                continue
            tried = greens.copy()
            tried[giver] -= step
            tried[taker] += step
            state.greens_s[node] = tried
            found = model.local_delay(state, node)
            if found < delay - LEAST_GAIN:
                delay = found
            else:
                state.greens_s[node] = greens
    return delay


def busiest_first(model: SignalModel, nodes: Sequence[int]) -> list[int]:
    """Signals in the order of their flow, largest first."""
    lay = model.layout
    flow = [lay.movement_flow[lay.movement_at[n] : lay.movement_at[n + 1]].sum() for n in nodes]
    return [nodes[i] for i in np.argsort(-np.array(flow), kind="stable")]

"""Webster's cycle and splits.

F. V. Webster, *Traffic signal settings*, Road Research Technical Paper 39, HMSO, London 1958.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from stages import Signal

GroupFlows = Mapping[tuple[str, str], float]
"""Ratio of flow to saturation flow of each lane group (leg, name)."""


def flow_ratio(flows: Mapping[str, float], lanes: int, through: float, turn: float) -> float:
    """Return flow over saturation flow of a lane group; right turns weigh more than through.

    ``flows`` holds veh/h by turn letter, ``through`` and ``turn`` saturation flows in veh/h
    of one lane.
    """
    if "T" in flows:
        weighted = sum(q if letter == "T" else q * through / turn for letter, q in flows.items())
        return weighted / (lanes * through)
    return sum(flows.values()) / (lanes * turn)


def stage_ratios(signal: Signal, ratios: GroupFlows) -> list[float]:
    """Return the critical flow ratio of each stage; a group green twice needs the sum."""
    twice = {
        key
        for stage in signal.stages
        for key in stage.groups
        if sum(key in other.groups for other in signal.stages) > 1
    }
    found = [
        max(
            (ratios.get(k, 0.0) for k in stage.groups if k not in twice and k[1] != "R"),
            default=0.0,
        )
        for stage in signal.stages
    ]
    for key in twice:
        where = [k for k, stage in enumerate(signal.stages) if key in stage.groups]
        found[where[0]] += max(0.0, ratios.get(key, 0.0) - sum(found[k] for k in where))
    return found


def webster_cycle(signal: Signal, ratios: GroupFlows, step: int, low: int, high: int) -> int:
    """Return Webster's cycle, (1.5 L + 5) / (1 - Y), rounded up and kept within bounds [s]."""
    lost = len(signal.stages) * signal.intergreen_s
    total = min(0.95, sum(stage_ratios(signal, ratios)))
    best = (1.5 * lost + 5.0) / (1.0 - total)
    shortest = max(low, lost + sum(stage.min_green_s for stage in signal.stages))
    return step * math.ceil(min(float(high), max(best, shortest)) / step)


def webster_greens(signal: Signal, ratios: GroupFlows, cycle: int) -> list[int]:
    """Split the cycle in proportion to the stages' flow ratios, minimum greens kept [s]."""
    spare = cycle - len(signal.stages) * signal.intergreen_s
    weights = [max(1e-3, y) for y in stage_ratios(signal, ratios)]
    minimum = [stage.min_green_s for stage in signal.stages]
    if sum(minimum) > spare:
        raise ValueError(f"{signal.junction.id}: cycle {cycle} s is too short")
    fixed: set[int] = set()
    greens = [float(g) for g in minimum]
    while len(fixed) < len(weights):
        left = spare - sum(minimum[k] for k in fixed)
        total = sum(w for k, w in enumerate(weights) if k not in fixed)
        greens = [float(minimum[k]) if k in fixed else left * w / total for k, w in enumerate(weights)]
        short = {k for k, g in enumerate(greens) if k not in fixed and g < minimum[k]}
        if not short:
            break
        fixed |= short
    else:
        greens = [float(g) for g in minimum]
    whole = [math.floor(g) for g in greens]
    order = sorted(range(len(greens)), key=lambda k: (whole[k] - greens[k], k))
    for k in order[: spare - sum(whole)]:
        whole[k] += 1
    return whole

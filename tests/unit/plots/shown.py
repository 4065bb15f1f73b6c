"""What signals of the example street show, second by second: the yardstick of the drawings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from trafficopt.intersection import Movement
from trafficopt.network import Network
from trafficopt.plan import SignalTiming, TimingPlan


def moved(plan: TimingPlan, **offsets_s: float) -> TimingPlan:
    """A plan with other offsets of some signals."""
    changed = {
        key: replace(plan[key], offset_s=offset % plan[key].cycle_s) for key, offset in offsets_s.items()
    }
    return TimingPlan("moved", {**plan.timings, **changed})


def later(plan: TimingPlan, signal: str, by_s: float) -> TimingPlan:
    """A plan in which one signal is so much later."""
    return moved(plan, **{signal: plan[signal].offset_s + by_s})


def is_green(timing: SignalTiming, heads: Sequence[int], at_s: float) -> bool:
    """Whether any of some heads is green, by `SignalTiming.state_at`."""
    state = timing.state_at(at_s)
    return any(state[head] in "Gg" for head in heads)


def movement_of(network: Network, name: str) -> tuple[str, Movement]:
    """Signal and movement by the movement's id."""
    return next(
        (node.id, movement)
        for node in network.intersections
        for movement in node.movements
        if movement.id == name
    )

"""An arterial of a network under a plan as a corridor for green bands."""

from __future__ import annotations

from trafficopt.errors import InputError
from trafficopt.intersection import Intersection
from trafficopt.model.arterial_ways import Direction, arterial_links, design_travel_s, through_movement
from trafficopt.model.corridor import Corridor, CorridorLink, CorridorSignal, Pattern, Span
from trafficopt.model.progression import Window, common_cycle, green_windows
from trafficopt.network import Arterial, Network
from trafficopt.plan import TimingPlan


def arterial_corridor(arterial: Arterial, network: Network, plan: TimingPlan) -> Corridor:
    """Collect the through greens and the travel times of an arterial.

    Of a signal that shows a through movement green more than once in its cycle the longest green counts.

    Raises
    ------
    InputError
        If the signals have no common cycle in the plan, or a through movement is never green.
    """
    timings = [plan.timings.get(key) for key in arterial.intersections]
    cycle_s = common_cycle([timing.cycle_s if timing else None for timing in timings])
    if cycle_s is None:
        fault = "its signals have no common cycle in this plan"
        raise InputError(arterial.name, fault, "give them one cycle, or half of it, first")
    by_id = {node.id: node for node in network.intersections}
    signals, faults = [], []
    for index, key in enumerate(arterial.intersections):
        timing = plan[key]
        windows = [_longest(by_id[key], arterial, index, direction, plan) for direction in Direction]
        if None in windows:
            faults.append(f"signal {key} shows no green along it")
            continue
        (out, green_out), (into, green_in) = (window for window in windows if window is not None)
        pattern = Pattern(Span(out), Span(green_out), Span(into), Span(green_in))
        signals.append(CorridorSignal(key, (pattern,), timing.cycle_s < 0.75 * cycle_s))
    if faults:
        raise InputError(arterial.name, faults, "end the arterial there, or choose another plan")
    travel = [design_travel_s(arterial, network, direction).tolist() for direction in Direction]
    links = tuple(CorridorLink((out, out), (into, into)) for out, into in zip(*travel, strict=True))
    return Corridor(arterial.name, (cycle_s, cycle_s), tuple(signals), links)


def _longest(
    node: Intersection, arterial: Arterial, index: int, direction: Direction, plan: TimingPlan
) -> Window | None:
    """Longest green of the through movement after the plan's start; None if there is none."""
    movement = through_movement(node, *arterial_links(arterial, index, direction))
    windows = green_windows(plan[node.id], movement.heads) if movement else ()
    if not windows:
        return None
    start, green = max(windows, key=lambda window: window[1])
    return (start - plan[node.id].offset_s) % plan[node.id].cycle_s, green

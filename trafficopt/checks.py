"""Whether a plan fits a network: the invariants that every part relies on."""

from __future__ import annotations

import math

from trafficopt.errors import InputError
from trafficopt.network import Intersection, Network
from trafficopt.plan import SignalTiming, TimingPlan


def check_plan(network: Network, plan: TimingPlan, where: object = "") -> None:
    """Refuse a plan that was made for another network, or breaks an invariant.

    Parameters
    ----------
    where
        The file that holds the plan; by default its name is given.

    Raises
    ------
    InputError
        With all that is wrong.
    """
    nodes = {node.id: node for node in network.intersections}
    faults = [f"signal {key!r} is not in the network" for key in plan if key not in nodes]
    faults += [fault for key in plan if key in nodes for fault in timing_faults(nodes[key], plan[key])]
    if faults:
        raise InputError(where or f"plan {plan.name!r}", faults, "use a plan made for this network")


def timing_faults(intersection: Intersection, timing: SignalTiming) -> list[str]:
    """Say how `timing` breaks an invariant of the plan of `intersection` (empty: it does not)."""
    here = intersection.id
    if any(not 0 <= stage < len(intersection.stages) for stage in timing.stages):
        return [f"{here}: names a stage that the intersection does not have"]
    faults = []
    if timing.stages != tuple(range(len(intersection.stages))):
        faults.append(f"{here}: stage order differs from the field plan, its intergreens are unknown")
    total = math.fsum(timing.greens_s) + intersection.lost_time_s
    if abs(total - timing.cycle_s) > 1e-6:
        faults.append(f"{here}: greens and intergreens add up to {total:g} s, cycle is {timing.cycle_s:g} s")
    for index, green in zip(timing.stages, timing.greens_s, strict=True):
        stage = intersection.stages[index]
        if green < stage.min_green_s - 1e-6:
            faults.append(f"{here}: stage {index + 1} has {green:g} s, minimum {stage.min_green_s:g} s")
    return faults

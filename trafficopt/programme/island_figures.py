"""Right-turn islands: capacity of right turns, walks and waits of people on foot, with them and without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import inf, isfinite
from operator import add
from statistics import fmean

import numpy as np

from trafficopt.intersection import Intersection
from trafficopt.model.crossing_waits import crossing_time, gap_wait_s
from trafficopt.model.crossing_walks import Walk, approach_walks
from trafficopt.model.turn_capacity import MERGING, STEADY, outflow_factors
from trafficopt.network import Network
from trafficopt.programme.before_after import BeforeAfter, TurnFigures, timing_of
from trafficopt.signals.clearance import pedestrian_intergreen_s
from trafficopt.sumo.roads import Pair
from trafficopt.treatment import RemoveIsland
from trafficopt.units import FloatArray, Seconds, VehiclesPerHour

OPPOSITE = -0.7  # cosine: lanes that leave within 45 degrees of where others come from are of one street


@dataclass(frozen=True, slots=True)
class CrossingFigures:
    """What crossing one approach takes before and after.

    Attributes
    ----------
    approach
        Link that comes to the signal, or that leaves it where the street is one-way.
    wait_before_s, wait_after_s
        Means; infinite where no green is long enough to cross.
    """

    approach: str
    before: Walk
    after: Walk
    wait_before_s: Seconds
    wait_after_s: Seconds


@dataclass(frozen=True, slots=True)
class IslandFigures:
    """Right-turn islands of an intersection, and what is there without them.

    Walks and waits are by geometry and plan: nobody on foot is simulated.
    """

    edit: RemoveIsland
    turns: tuple[TurnFigures, ...]
    crossings: tuple[CrossingFigures, ...]

    @property
    def walk_before(self) -> Walk:
        """Across all approaches."""
        return reduce(add, (crossing.before for crossing in self.crossings))

    @property
    def walk_after(self) -> Walk:
        """Across all approaches."""
        return reduce(add, (crossing.after for crossing in self.crossings))

    @property
    def waits_s(self) -> tuple[Seconds, Seconds]:
        """Mean wait before and after over the approaches that can be crossed; infinite where none can."""
        both = [(c.wait_before_s, c.wait_after_s) for c in self.crossings]
        able = [(old, new) for old, new in both if isfinite(old) and isfinite(new)]
        return (fmean(old for old, _ in able), fmean(new for _, new in able)) if able else (inf, inf)

    @property
    def without_green(self) -> int:
        """Approaches that nobody on foot can cross in one go after, because no green is long enough."""
        return sum(not isfinite(crossing.wait_after_s) for crossing in self.crossings)


def island_figures(both: BeforeAfter, edit: RemoveIsland) -> IslandFigures:
    """Figures of an intersection whose islands are among the treatments."""
    node = both.before.network[edit.intersection]
    approaches = {m.from_link for m in node.movements}
    slips = {slip: ends for slip, ends in both.changes.deleted.items() if ends[0] in approaches}
    streets = streets_of(both.before.network, node)
    return IslandFigures(
        edit,
        tuple(_right_turn(both, node, slip, ends) for slip, ends in slips.items()),
        tuple(_crossing(both, node, street, slips) for street in streets),
    )


def _right_turn(both: BeforeAfter, node: Intersection, slip: str, ends: Pair) -> TurnFigures:
    """A right turn past the signal, into the platoons that it lets go, and under it."""
    timing = timing_of(both.before, both.plan, node.id)
    platoons = STEADY if timing is None else outflow_factors(node, timing, ends[1], both.flows)
    beyond = list(dict.fromkeys(both.roads.to_link(c) for c in both.roads.outgoing[slip]))
    return TurnFigures(
        *ends,
        sum(both.flows.get((slip, link), 0.0) for link in beyond),
        both.through_gaps_veh_h((slip, beyond[0]), MERGING, platoons),
        both.flows_after.get(ends, 0.0),
        both.under_signal_veh_h(ends),
    )


def streets_of(network: Network, node: Intersection) -> tuple[Pair, ...]:
    """Links that come to a signal and leave it in the same street; an empty name where there is none."""
    coming = dict.fromkeys(m.from_link for m in node.movements)
    leaving = dict.fromkeys(m.to_link for m in node.movements)
    found = []
    for link in coming:
        way_in = _direction(network, link, -2)
        turned = [(float(way_in @ _direction(network, other, 0)), other) for other in leaving]
        cosine, back = min(turned, default=(1.0, ""))
        found.append((link, back if cosine <= OPPOSITE else ""))
    taken = {back for _, back in found}
    return (*found, *(("", link) for link in leaving if link not in taken))


def _direction(network: Network, link: str, segment: int) -> FloatArray:
    """Direction of one segment of a link's line, shape (2,), of length 1."""
    (x, y), (u, v) = network.links[link].shape[segment], network.links[link].shape[segment + 1]
    return np.array([u - x, v - y]) / max(float(np.hypot(u - x, v - y)), 1e-9)


def _crossing(
    both: BeforeAfter, node: Intersection, street: Pair, slips: Mapping[str, Pair]
) -> CrossingFigures:
    """One approach for people on foot: the slip lanes from it and into it, and the carriageway."""
    limits, roads = both.before.limits, both.carriageways
    beside = [next((slip for slip, ends in slips.items() if ends[k] == street[k]), "") for k in (0, 1)]
    parts: Sequence[str] = (*street, *beside)
    before, after = approach_walks(*(roads.get(link) for link in parts))
    clearance = pedestrian_intergreen_s(limits, after.roadway_m)
    gaps = [
        gap_wait_s(_leaving(both, slip), roads[slip].width_m, limits.walking_speed_m_s)
        for slip in filter(None, beside)
    ]
    times = [
        (node, timing_of(both.before, both.plan, node.id)),
        (both.after.scenario.network[node.id], timing_of(both.after.scenario, both.after.plan, node.id)),
    ]
    old, new = (
        crossing_time(there.heads, timing.intervals, *street, clearance).wait_s if timing else 0.0
        for there, timing in times
    )
    return CrossingFigures(street[0] or street[1], before, after, old + sum(gaps), new)


def _leaving(both: BeforeAfter, link: str) -> VehiclesPerHour:
    """Vehicles that leave a link, before."""
    return sum(flow for (start, _), flow in both.flows.items() if start == link)

"""How many vehicles could make one turn in an hour: through gaps, or with the room that a signal has left."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from trafficopt.intersection import Intersection
from trafficopt.lanes import LaneGraph
from trafficopt.model.capacity import CRITICAL_GAP_S, FOLLOW_UP_S, saturation_headway_s
from trafficopt.model.lane_figures import figures_of
from trafficopt.model.lane_groups import Following, JunctionLanes
from trafficopt.plan import SignalTiming
from trafficopt.problem import Problem
from trafficopt.stage import GREEN, Interval
from trafficopt.units import MetersPerSecond, Seconds, VehiclesPerHour


@dataclass(frozen=True, slots=True)
class Gaps:
    """What drivers who yield need.

    Attributes
    ----------
    critical_s, follow_up_s
        Shortest gap that one takes, and what each next one needs more.
    """

    critical_s: Seconds = CRITICAL_GAP_S
    follow_up_s: Seconds = FOLLOW_UP_S


MERGING = Gaps()
"""As SUMO's drivers need them on common geometries."""
U_TURN = Gaps(4.4, 2.6)
"""At an opening: HCM 7th edition, chapter 23 (U-turn crossovers, observed).

SUMO's drivers of impatience 0.4 to 0.6 let through 15 % less at 300 veh/h opposing, as many at 1,500.
"""
CAUTIOUS_U_TURN = Gaps(6.9, 3.1)
"""The same on four lanes with a narrow median: HCM 7th edition, exhibits 20-17 and 20-18."""
STEADY = ((1.0, 1.0),)
LEAST_VEH_H = 1.0  # so few that nobody notices
ROUNDS = 14  # of halving: to less than 1 veh/h


def gap_capacity_veh_h(opposing_veh_h: VehiclesPerHour, gaps: Gaps = MERGING) -> VehiclesPerHour:
    """Vehicles that find a gap in a steady flow of random arrivals.

    q exp(-q t_c) / (1 - exp(-q t_f)), HCM 2000 equation 17-3; 1 / t_f without anybody to yield to.

    Examples
    --------
    >>> round(gap_capacity_veh_h(360.0)), round(gap_capacity_veh_h(0.0))
    (1222, 1636)
    >>> round(gap_capacity_veh_h(900.0, CAUTIOUS_U_TURN))
    297
    """
    flow = opposing_veh_h / 3600.0
    if flow < 1e-6:
        return 3600.0 / gaps.follow_up_s
    return 3600.0 * flow * math.exp(-flow * gaps.critical_s) / (1.0 - math.exp(-flow * gaps.follow_up_s))


def yielding_capacity_veh_h(
    opposing_veh_h: VehiclesPerHour,
    speed_m_s: MetersPerSecond,
    driving: Following,
    gaps: Gaps = MERGING,
    platoons: Sequence[tuple[float, float]] = STEADY,
) -> VehiclesPerHour:
    """Capacity of one lane without a signal that yields at its end: gaps, at most its saturation flow.

    Parameters
    ----------
    speed_m_s
        At which the end of the lane is driven.
    driving
        Space and time headway of the vehicles.
    platoons
        Shares of time, each with the opposing flow over its mean: see `outflow_factors`.
    """
    most = 3600.0 / saturation_headway_s(speed_m_s, driving.space_m, driving.tau_s)
    each = [(share, gap_capacity_veh_h(factor * opposing_veh_h, gaps)) for share, factor in platoons]
    return sum(share * min(most, capacity) for share, capacity in each)


def opposing_flow_veh_h(
    graph: LaneGraph, connection: int, flows_veh_h: Mapping[tuple[str, str], VehiclesPerHour]
) -> VehiclesPerHour:
    """Flow of all lanes to which a connection without a signal yields.

    Those who drive from one link to the next spread evenly over its connections.

    Parameters
    ----------
    connection
        Index into `LaneGraph.connections`.
    flows_veh_h
        By the two links.
    """
    ways = [(graph.lanes[c.from_lane].link, graph.lanes[c.to_lane].link) for c in graph.connections]
    rows = slice(int(graph.foe_at[connection]), int(graph.foe_at[connection + 1]))
    first = [ways[foe] for foe, yields in zip(graph.foe[rows], graph.yields[rows], strict=True) if yields]
    return sum(flows_veh_h.get(way, 0.0) / ways.count(way) for way in first)


def outflow_factors(
    node: Intersection,
    timing: SignalTiming,
    link: str,
    flows_veh_h: Mapping[tuple[str, str], VehiclesPerHour],
) -> tuple[tuple[float, float], ...]:
    """How the flow from a signal into a link varies in a cycle: shares of time, each with flow over the mean.

    Vehicles of a movement are taken to leave evenly while it is green.

    Parameters
    ----------
    flows_veh_h
        Of movements, by their two links.
    """
    into = [m for m in node.movements if m.to_link == link]
    flow = np.array([flows_veh_h.get((m.from_link, m.to_link), 0.0) for m in into])
    rows = timing.intervals
    green = np.array([[_is_green(row, m.heads) for m in into] for row in rows], dtype=np.float64)
    share = np.array([row.duration_s for row in rows]) / timing.cycle_s
    green_share = share @ green.reshape(len(rows), len(into))
    leaving = np.where(green_share > 0, flow, 0.0)
    if not leaving.any():
        return STEADY
    by_row = green @ (leaving / np.maximum(green_share, 1e-9)) / leaving.sum()
    return tuple(zip(share.tolist(), by_row.tolist(), strict=True))


def _is_green(row: Interval, heads: Sequence[int]) -> bool:
    return any(row.state[head] in GREEN for head in heads)


def spare_capacity_veh_h(
    problem: Problem, node: int, movement: str, timing: SignalTiming, driving: Following
) -> VehiclesPerHour:
    """Flow of one movement with which the first of its lanes is full, all other flows as they are.

    By the lanes of `lane_groups`: who shares a lane changes to another one where that is idler, who yields
    waits for gaps, and who is held at red stands in the way of those behind. 0 where nothing is left.

    Parameters
    ----------
    node
        Index of the intersection.
    movement
        Its id, `from->to`.
    driving
        Space and time headway of the vehicles.

    Raises
    ------
    KeyError
        If the intersection has no such movement.
    """
    movements = problem.network.intersections[node].movements
    place = next((k for k, each in enumerate(movements) if each.id == movement), None)
    if place is None:
        raise KeyError(movement)
    index = int(np.searchsorted(problem.intersection_of, node)) + place

    def full(flow_veh_h: VehiclesPerHour) -> bool:
        flows = problem.flow_veh_h.copy()
        flows[index] = flow_veh_h
        asked = replace(problem, flow_veh_h=flows, slice_flow_veh_h=flows[:, None].copy())
        lanes = figures_of(JunctionLanes(asked, node, driving), timing)
        return max(lane.degree_of_saturation for lane in lanes if movement in lane.movements) >= 1.0

    low, high = 0.0, 3600.0 * len(movements[place].lanes)
    if full(LEAST_VEH_H):
        return 0.0
    for _ in range(ROUNDS):
        middle = (low + high) / 2.0
        low, high = (low, middle) if full(middle) else (middle, high)
    return low

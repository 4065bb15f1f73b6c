"""What each lane of a signal has to do under a plan: flow, degree of saturation, control delay."""

from __future__ import annotations

import numpy as np

from trafficopt.model.delay import incremental_delay_s, uniform_delay_s
from trafficopt.model.lane_groups import JunctionLanes, LaneGroups, following
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem
from trafficopt.signals.explanation import LaneFigures
from trafficopt.units import FloatArray, Seconds, SecondsArray

PERIOD_H = 0.25  # analysis period of the HCM
LEAST_SERVED_S = 0.1  # stands for no green at all, so that more green is always better


def lane_figures(problem: Problem, plan: TimingPlan) -> dict[str, tuple[LaneFigures, ...]]:
    """Give the figures of every lane in use at the signals of a plan, by intersection."""
    driving = following(problem)
    return {
        node.id: figures_of(JunctionLanes(problem, index, driving), plan[node.id])
        for index, node in enumerate(problem.network.intersections)
        if node.id in plan
    }


def figures_of(lanes: JunctionLanes, timing: SignalTiming) -> tuple[LaneFigures, ...]:
    """Give the figures of the lanes of one signal, in the order of `JunctionLanes.groups`."""
    groups = lanes.groups(timing.stages)
    greens = np.array(timing.greens_s, dtype=np.float64)
    loads, delays = lane_delays(groups, greens, timing.cycle_s)
    return tuple(
        LaneFigures(
            movements=movements,
            lane=lane,
            stages=_serving(groups.served[k]),
            flow_veh_h=float(groups.flow_veh_h[k]),
            saturation_flow_veh_h=float(groups.saturation_veh_h[k]),
            degree_of_saturation=float(loads[k]),
            delay_s=float(delays[k]),
        )
        for k, (movements, lane) in enumerate(lanes.lane_names(timing.stages))
    )


def lane_delays(
    groups: LaneGroups, greens_s: SecondsArray, cycle_s: Seconds
) -> tuple[FloatArray, SecondsArray]:
    """Degree of saturation and control delay [s/veh] of each lane, both of shape (n_lanes,).

    Their sum, weighted by flow, is `delay_veh_s_s` (HCM 2000 equations 16-11 and 16-12, T = 0.25 h).

    Parameters
    ----------
    greens_s
        Displayed green of each stage, shape (n_stages,).
    """
    moving = np.clip(groups.shown_s + groups.shown @ greens_s, LEAST_SERVED_S, cycle_s)
    used = np.clip(groups.served_s + groups.served @ greens_s, LEAST_SERVED_S, moving)
    capacity = groups.saturation_veh_h * used / cycle_s
    load = groups.flow_veh_h / capacity
    delay = uniform_delay_s(cycle_s, moving, load) + incremental_delay_s(load, capacity, PERIOD_H)
    return load, np.asarray(delay)


def _serving(served: FloatArray) -> tuple[int, ...]:
    """Indices of the stages that serve a lane at least half as well as the best of them."""
    return tuple(np.flatnonzero((served > 0) & (served >= 0.5 * served.max())).tolist())

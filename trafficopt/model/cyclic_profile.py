"""Flow and queue of an approach second by second of the cycle, by the cyclic model of platoons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from trafficopt.errors import InputError
from trafficopt.model.cyclic import NEARLY_FULL, lane_capacity, lane_queue, lane_service
from trafficopt.model.layout import Layout
from trafficopt.model.progression import Window, green_windows
from trafficopt.model.signal_model import SignalModel, State
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.signals.gate import check_fits
from trafficopt.table_repr import Tabled
from trafficopt.units import FloatArray, IntArray, VehiclesPerHourArray, read_only
from trafficopt.unknown_name import unknown_name


@dataclass(frozen=True, slots=True, repr=False)
class CyclicProfile(Tabled):
    """What comes, waits and leaves on some lanes in each second of the cycle.

    Attributes
    ----------
    name
        Link or movement that was asked for.
    cycle_s
        Length of the cycle in whole seconds, as the model has it.
    arrivals_veh_h, departures_veh_h
        Flows [veh/h] in second t of the cycle from midnight, shape (cycle_s,).
    queue_veh
        Vehicles held up at the end of each second, shape (cycle_s,).
    served_share
        Part of the demand that arrivals and departures are: less than 1 beyond capacity.
    greens
        Start and length of the greens of each movement on these lanes, by its id [s from midnight, modulo
        the cycle].
    """

    name: str
    cycle_s: int
    arrivals_veh_h: VehiclesPerHourArray = field(repr=False)
    departures_veh_h: VehiclesPerHourArray = field(repr=False)
    queue_veh: FloatArray = field(repr=False)
    served_share: float
    greens: Mapping[str, tuple[Window, ...]]

    def __post_init__(self) -> None:
        for array in (self.arrivals_veh_h, self.departures_veh_h, self.queue_veh):
            read_only(array)

    @property
    def uniform_delay_veh_s_s(self) -> float:
        """Mean queue = delay of a cycle that repeats itself [veh*s/s]."""
        return float(self.queue_veh.mean())


def cyclic_profile(model: SignalModel, plan: TimingPlan, name: str) -> CyclicProfile:
    """Profile of the lanes of a link, or of those that a movement uses.

    Vehicles come in platoons that left the signals before and dispersed on their way; they queue at the stop
    line and leave at saturation flow while it is green, as gaps allow where they yield. Nobody passes anybody
    in a lane: on lanes that movements share, the profile is that of all. Foes leave as the model has them
    once its platoons have settled.

    Beyond capacity there is no cycle that repeats itself: what is shown is then the demand cut to 98 % of the
    capacity of each lane, as the model does for the uniform part of its delay.

    Parameters
    ----------
    name
        Id of a link that leads to a stop line, or of a movement (`from->to`).

    Raises
    ------
    InputError
        If no signal that the plan times has it, or the plan does not fit the network.
    """
    problem, lay = model.problem, model.layout
    check_fits(problem.network, plan)
    if any(plan[node.id].stages != node.stages for node in model.nodes if node.id in plan):
        return cyclic_profile(SignalModel(problem.with_stages_of(plan)), plan, name)
    asked = {k for k, movement in enumerate(problem.movements) if name in (movement.id, movement.from_link)}
    node = int(problem.intersection_of[min(asked)]) if asked else -1
    if not asked or model.nodes[node].id not in plan:
        timed = [k for k, of in enumerate(problem.intersection_of) if model.nodes[of].id in plan]
        raise unknown_name(f"plan {plan.name!r}", "approach or movement", name, _names(problem, timed))
    users = {lane: _users(lay, lane) for lane in range(lay.lane_at[node], lay.lane_at[node + 1])}
    lanes = [lane for lane, movements in users.items() if movements & asked]
    if not lanes:
        raise InputError(name, "nobody drives there", "choose another one")
    state, timing = model.start(plan), plan[model.nodes[node].id]
    cycle_s = state.cycle_s[node]
    entering, leaving, queue, demand = (np.zeros(cycle_s) for _ in range(4))
    for lane in lanes:
        come, served, left, waiting = _lane_profile(model, state, node, lane)
        demand, entering, leaving, queue = demand + come, entering + served, leaving + left, queue + waiting
    shown = [problem.movements[k] for k in sorted(set().union(*(users[lane] for lane in lanes)))]
    return CyclicProfile(
        name=name,
        cycle_s=cycle_s,
        arrivals_veh_h=3600.0 * entering,
        departures_veh_h=3600.0 * leaving,
        queue_veh=queue,
        served_share=float(entering.sum() / demand.sum()) if demand.any() else 1.0,
        greens={movement.id: green_windows(timing, movement.heads) for movement in shown},
    )


def _names(problem: Problem, movements: Sequence[int]) -> list[str]:
    """Movements, and the links that they come from."""
    found = [problem.movements[k] for k in movements]
    return [movement.id for movement in found] + list(dict.fromkeys(movement.from_link for movement in found))


def _users(lay: Layout, lane: int) -> set[int]:
    """Movements that use a lane."""
    return set(lay.stream_movement[lay.stream_at[lane] : lay.stream_at[lane + 1]].tolist())


def _lane_profile(
    model: SignalModel, state: State, node: int, lane: int
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Demand, what of it can be served, departures [veh/s], and queue [veh] of a lane, shape (cycle_s,)."""
    lay, cycle_s, rows = model.layout, state.cycle_s[node], state.rows[node]
    first, last = int(lay.movement_at[node]), int(lay.movement_at[node + 1])
    opposing = np.ascontiguousarray(state.departures[first:last, :cycle_s])
    rate, free, leaving = np.empty(cycle_s), np.empty(cycle_s), np.empty(cycle_s)
    lane_service(lay, lane, rows, opposing, first, rate, free)
    streams: IntArray = np.arange(lay.stream_at[lane], lay.stream_at[lane + 1])
    demand = lay.stream_part[streams] @ state.arrivals[lay.stream_movement[streams], :cycle_s]
    total, capacity = float(demand.sum()), lane_capacity(rate, free)
    scale = max(1e-3, min(1.0, NEARLY_FULL * capacity / total)) if total > 0.0 else 1.0
    waited, _, _ = lane_queue(scale * demand, rate, free, leaving)
    change = np.cumsum(scale * demand - leaving)
    queue = np.maximum(change + (waited - change.sum()) / cycle_s, 0.0)
    return demand, scale * demand, leaving, queue

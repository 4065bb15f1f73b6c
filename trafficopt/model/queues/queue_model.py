"""The queue model of a scenario: arrays built once, answers for any plan."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, field, replace
from queue import SimpleQueue

import numpy as np

from trafficopt.errors import InputError
from trafficopt.intersection import Intersection
from trafficopt.lanes import LaneGraph
from trafficopt.model.queues.calibration import Calibration
from trafficopt.model.queues.engine import run
from trafficopt.model.queues.fleet import build_fleet
from trafficopt.model.queues.passages import Passages, passages_of
from trafficopt.model.queues.records import Records
from trafficopt.model.queues.roads import build_roads
from trafficopt.model.queues.routes import candidate_routes
from trafficopt.model.queues.shown import Shown, build_shown
from trafficopt.model.queues.state import TELEPORTS, State, make_state
from trafficopt.model.queues.window import REACH_M, links_around, passing_demand
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem
from trafficopt.signals.gate import check_fits
from trafficopt.units import FloatArray, IntArray, Meters, Seconds

STANDING_S = 300.0  # a link that nobody leaves for so long, though somebody is on it, has locked up
UNKNOWN_GREEN_S = 10.0


@dataclass(frozen=True, slots=True)
class QueueEstimate:
    """What the queue model says of one plan; all means are over all demanded vehicles.

    Attributes
    ----------
    demanded, unfinished, undeparted
        Vehicles that want to depart within the window; under way at its end; not let in by then.
    mean_delay_s
        Time lost against free driving and waiting to depart, with what vehicles have lost by the end if
        they are not through: SUMO's (timeLoss + departDelay).
    teleports
        Vehicles that were lifted over a junction after the scenario's time to teleport.
    standing
        Links that nobody left in the last 300 s though somebody stood on them.
    chosen_routes
        Whether drivers chose among routes as they departed; else each kept the route of the demand.
    movements
        From and to link of each movement, n of them; the arrays below follow it.
    served, stops
        Vehicles of each movement that left its link, and times that they stopped there, shape (n,).
    delay_s
        Time lost by them on the link before [veh*s], shape (n,).
    link_delay_s, link_depart_delay_s
        Time lost [veh*s] on each link (order of `QueueModel.links`), and before departing on it.
    link_left
        Vehicles that left each link or arrived on it.
    """

    demanded: int
    unfinished: int
    undeparted: int
    teleports: int
    mean_delay_s: Seconds
    mean_depart_delay_s: Seconds
    mean_stops: float
    standing: tuple[str, ...]
    chosen_routes: bool
    movements: tuple[tuple[str, str], ...] = field(repr=False)
    served: IntArray = field(repr=False)
    stops: IntArray = field(repr=False)
    delay_s: FloatArray = field(repr=False)
    link_delay_s: FloatArray = field(repr=False)
    link_depart_delay_s: FloatArray = field(repr=False)
    link_left: IntArray = field(repr=False)


class QueueModel:
    """Vehicles one by one through every lane of a network.

    Parameters
    ----------
    problem
        What is modeled; its scenario must come with lanes.
    frozen_routes
        Keep every vehicle on its route of the demand, also where SUMO's drivers choose at departure.
    calibration
        Measured factors on the theory; by default none.

    Raises
    ------
    InputError
        If the scenario has no lanes.
    ValueError
        If the calibration is of another network.
    """

    def __init__(
        self, problem: Problem, *, frozen_routes: bool = False, calibration: Calibration | None = None
    ) -> None:
        scenario = problem.scenario
        graph = scenario.network.lane_graph
        if graph is None:
            raise InputError(scenario.source, "has no lanes", "read the scenario with read_scenario")
        demand, settings = scenario.demand, scenario.simulation
        self.problem = problem
        self.links = tuple(dict.fromkeys(lane.link for lane in graph.lanes))
        candidates = None if frozen_routes else candidate_routes(demand, graph)
        self.chosen_routes = candidates is not None and any(len(c) > 1 for c in candidates)
        lengths = [demand.vehicle_types[key].length_m for key in demand.types]
        self.roads = build_roads(
            graph,
            [node.id for node in scenario.network.intersections],
            demand.mean_space_m(),
            float(np.mean(lengths)) if lengths else 5.0,
        )
        self.fleet = build_fleet(demand, graph, settings, candidates)
        self.movements, self.movement_of = _movements(graph)
        if calibration is not None:
            if (calibration.movements, calibration.links) != (self.movements, self.links):
                raise ValueError("the calibration is of another network")
            calibration.apply(self.roads, self.movement_of)
        self._graph = graph
        self._state = self.blank_state()

    def run(self, plan: TimingPlan, state: State | None = None) -> State:
        """Let the demand run under a plan; by default in the model's own arrays, which the next run reuses.

        Raises
        ------
        InputError
            If the plan does not fit the network.
        """
        check_fits(self.problem.network, plan)
        settings = self.problem.scenario.simulation
        state = self._state if state is None else state
        seconds = len(state.bucket) - 1
        run(self.roads, self.fleet, self.shown(plan), state, seconds, settings.teleport_s, np.inf)
        return state

    def estimate(self, plan: TimingPlan) -> QueueEstimate:
        """Answer for `plan`.

        Raises
        ------
        InputError
            If the plan does not fit the network.
        """
        return self._summary(self.run(plan))

    def mean_delay_s(self, plan: TimingPlan, state: State, most_s: Seconds = np.inf) -> Seconds:
        """Mean delay of a plan that is known to fit, in arrays of its own; inf once it is above `most_s`."""
        settings, n = self.problem.scenario.simulation, len(self.fleet.vehicles)
        seconds = len(state.bucket) - 1
        shown, most = self.shown(plan), most_s * max(n, 1)
        if not run(self.roads, self.fleet, shown, state, seconds, settings.teleport_s, most):
            return np.inf
        return float(state.vehicles.delay.sum()) / max(n, 1)

    def estimate_many(
        self, plans: Sequence[TimingPlan], *, jobs: int | None = None
    ) -> tuple[QueueEstimate, ...]:
        """Answers for many plans, in their order, on several processors that share the model's arrays.

        Parameters
        ----------
        jobs
            Plans at a time; by default as many as there are processors. It never changes a figure.

        Raises
        ------
        InputError
            If a plan does not fit the network.
        """
        jobs = max(1, min(jobs or os.cpu_count() or 1, len(plans)))
        spare: SimpleQueue[State] = SimpleQueue()
        for _ in range(jobs):
            spare.put(self.blank_state())

        def answer(plan: TimingPlan) -> QueueEstimate:
            state = spare.get()
            try:
                return self._summary(self.run(plan, state))
            finally:
                spare.put(state)

        with ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="queues") as pool:
            return tuple(pool.map(answer, plans))

    def passages(self, plan: TimingPlan) -> Passages:
        """When each vehicle came to each stop line: arrivals on green, queues and flows over time.

        Raises
        ------
        InputError
            If the plan does not fit the network.
        """
        recorded = self.run(plan, self.blank_state(record=True))
        heads: dict[int, tuple[tuple[int, int], ...]] = {}
        for k, c in zip(self.movement_of.tolist(), self.roads.connections, strict=True):
            if c.signal >= 0:
                heads[k] = (*heads.get(k, ()), (int(c.signal), int(c.head)))
        return passages_of(self.fleet, recorded, self.shown(plan), self.movements, self.links, heads)

    def window(self, signals: Collection[str], plan: TimingPlan, *, reach_m: Meters = REACH_M) -> QueueModel:
        """The model of some signals' surroundings alone, with the vehicles that come there under `plan`.

        It answers in milliseconds for changes at those signals. Compare its answers with one another only:
        vehicles come as they did, and what a change does beyond is not seen.

        Parameters
        ----------
        reach_m
            How far upstream of the approaches the window reaches.

        Raises
        ------
        KeyError
            If the network has no such signal.
        InputError
            If the plan does not fit the network.
        """
        scenario = self.problem.scenario
        links = links_around(scenario.network, signals, reach_m)
        recorded = self.run(plan, self.blank_state(record=True))
        begin_s = scenario.simulation.begin_s
        demand = passing_demand(scenario.demand, self.fleet, recorded, links, self.links, begin_s)
        window = copy(self)
        window.problem = replace(self.problem, scenario=replace(scenario, demand=demand))
        window.fleet = build_fleet(demand, self._graph, scenario.simulation)
        window.chosen_routes = False
        window._state = window.blank_state()
        return window

    def blank_state(self, *, record: bool = False) -> State:
        """Arrays for one run at a time."""
        seconds = int(self.problem.scenario.simulation.period_s)
        return make_state(self.roads, self.fleet, seconds, record=record)

    def shown(self, plan: TimingPlan) -> Shown:
        """What all signals show under `plan`, second by second."""
        nodes = self.problem.network.intersections
        timings = [plan.timings.get(node.id) or guessed_timing(node) for node in nodes]
        return build_shown(timings, self.problem.scenario.simulation.begin_s)

    def _summary(self, state: State) -> QueueEstimate:
        vehicles, connections, n = state.vehicles, state.connections, len(self.fleet.vehicles)
        n_lanes, n_movements = len(self.roads.lanes), len(self.movements)
        lanes, link_of = state.queues[:n_lanes], self.roads.lanes.link
        end = float(len(state.bucket) - 1)
        outside = vehicles.gone == 0
        waited = np.where(outside, end, vehicles.departed) - self.fleet.vehicles.depart
        first_link = self.fleet.places.link[self.fleet.place_at[self.fleet.vehicles.route]]
        of_link = len(self.links)
        return QueueEstimate(
            demanded=n,
            unfinished=int((vehicles.gone == 1).sum()),
            undeparted=int(outside.sum()),
            teleports=int(state.totals[TELEPORTS]),
            mean_delay_s=float(vehicles.delay.sum()) / max(n, 1),
            mean_depart_delay_s=float(waited.sum()) / max(n, 1),
            mean_stops=float(vehicles.stops.sum()) / max(n, 1),
            standing=self._standing(lanes, vehicles, end),
            chosen_routes=self.chosen_routes,
            movements=self.movements,
            served=np.bincount(self.movement_of, connections.served, n_movements).astype(np.int64),
            stops=np.bincount(self.movement_of, connections.stops, n_movements).astype(np.int64),
            delay_s=_sums(self.movement_of, connections.delay, n_movements),
            link_delay_s=_sums(link_of, lanes.delay, of_link),
            link_depart_delay_s=_sums(first_link, waited, of_link),
            link_left=np.bincount(link_of, lanes.left, of_link).astype(np.int64),
        )

    def _standing(self, lanes: Records, vehicles: Records, end: Seconds) -> tuple[str, ...]:
        """Links that have locked up."""
        link_of, since = self.roads.lanes.link, end - STANDING_S
        occupied = lanes.first >= 0
        entered = (
            np.where(occupied, vehicles.entered[np.maximum(lanes.first, 0)], np.inf)
            if len(vehicles)
            else np.inf
        )
        moved, there = np.zeros(len(self.links)), np.full(len(self.links), np.inf)
        np.maximum.at(moved, link_of, lanes.out_time)
        np.minimum.at(there, link_of, np.broadcast_to(entered, link_of.shape))
        return tuple(self.links[k] for k in np.flatnonzero((moved < since) & (there < since)))


def _sums(group: IntArray, values: FloatArray, n: int) -> FloatArray:
    """Sum of the values of each group, shape (n,)."""
    return np.bincount(group, values, n).astype(np.float64)


def guessed_timing(node: Intersection) -> SignalTiming:
    """A fixed program where none is known (actuated signals): every stage of the field plan in turn."""
    if not node.stages:
        raise InputError(node.id, "has no stages", "give it a program")
    greens = tuple(max(UNKNOWN_GREEN_S, stage.min_green_s) for stage in node.stages)
    return SignalTiming(node.stages, greens, sum(greens) + node.lost_time_s, 0.0)


def _movements(graph: LaneGraph) -> tuple[tuple[tuple[str, str], ...], IntArray]:
    """Movements by from and to link, and the movement of each connection."""
    pairs = [(graph.lanes[c.from_lane].link, graph.lanes[c.to_lane].link) for c in graph.connections]
    index = {pair: k for k, pair in enumerate(dict.fromkeys(pairs))}
    return tuple(index), np.array([index[pair] for pair in pairs], dtype=np.int64)

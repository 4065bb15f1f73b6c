"""The queue model of a scenario: arrays built once, answers for any plan."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import replace
from queue import SimpleQueue

import numpy as np

from trafficopt.errors import InputError
from trafficopt.intersection import Intersection
from trafficopt.lanes import LaneGraph
from trafficopt.model.queues.calibration import Calibration
from trafficopt.model.queues.engine import run
from trafficopt.model.queues.estimate import QueueEstimate, estimate_of, waited_s
from trafficopt.model.queues.fleet import LaneOptions, build_fleet, with_other_drivers
from trafficopt.model.queues.passages import Passages, passages_of
from trafficopt.model.queues.roads import build_roads
from trafficopt.model.queues.routes import candidate_routes
from trafficopt.model.queues.shown import Shown, build_shown
from trafficopt.model.queues.state import State, make_state
from trafficopt.model.queues.window import (
    REACH_M,
    Recording,
    links_around,
    passing_demand,
    recording_of,
)
from trafficopt.objective import Objective, Performance, arterial_links, crossings_of, walk_wait_s
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem
from trafficopt.signals.gate import check_fits
from trafficopt.table_repr import Table, Tabled
from trafficopt.units import IntArray, Meters, Seconds

UNKNOWN_GREEN_S = 10.0


class QueueModel(Tabled):
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
        self._lanes = LaneOptions(graph)
        self.fleet = build_fleet(demand, graph, settings, candidates, lanes=self._lanes)
        self.signals: tuple[int, ...] = tuple(range(len(scenario.network.intersections)))
        self.movements, self.movement_of = _movements(graph)
        self.crossings = crossings_of(scenario.network)
        self._on_arterial = np.isin(self.links, sorted(arterial_links(scenario.network)))
        if calibration is not None:
            if (calibration.movements, calibration.links) != (self.movements, self.links):
                raise ValueError("the calibration is of another network")
            calibration.apply(self.roads, self.movement_of)
        self._graph = graph
        self._state = self.blank_state()

    def _table(self) -> Table:
        name, sizes = (
            self.problem.scenario.name,
            f"{len(self.fleet.vehicles)} vehicles, {len(self.links)} links",
        )
        routes = "chosen at departure" if self.chosen_routes else "as planned"
        return Table(f"QueueModel of {name}: {sizes}, routes {routes}")

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
        return self._estimate(self.run(plan))

    def mean_delay_s(self, plan: TimingPlan, state: State, most_s: Seconds = np.inf) -> Seconds:
        """Mean delay of a plan that is known to fit, in arrays of its own; inf once it is above `most_s`."""
        settings, n = self.problem.scenario.simulation, len(self.fleet.vehicles)
        seconds = len(state.bucket) - 1
        shown, most = self.shown(plan), most_s * max(n, 1)
        if not run(self.roads, self.fleet, shown, state, seconds, settings.teleport_s, most):
            return np.inf
        return float(state.vehicles.delay.sum()) / max(n, 1)

    def cost_s(
        self, plan: TimingPlan, state: State, objective: Objective, most_s: Seconds = np.inf
    ) -> Seconds:
        """Value of an objective [s/veh] for a plan that is known to fit, in arrays of its own.

        Once the delay alone is above `most_s` the run ends, and the answer is inf: no other part of an
        objective is below zero.
        """
        delay = self.mean_delay_s(plan, state, most_s)
        if objective.is_delay or not np.isfinite(delay):
            return delay
        n, lanes = max(len(self.fleet.vehicles), 1), state.queues[: len(self.roads.lanes)]
        return objective.cost_s(
            Performance(
                delay_s=delay,
                stops=float(state.vehicles.stops.sum()) / n,
                depart_delay_s=float(waited_s(self.fleet, state).sum()) / n,
                arterial_delay_s=float(lanes.delay[self._on_arterial[self.roads.lanes.link]].sum()) / n,
                walk_wait_s=walk_wait_s(self.crossings, plan),
            )
        )

    def performance(self, plan: TimingPlan, estimate: QueueEstimate) -> Performance:
        """What an objective weighs, from this model's estimate of `plan`."""
        return Performance(
            delay_s=estimate.mean_delay_s,
            stops=estimate.mean_stops,
            depart_delay_s=estimate.mean_depart_delay_s,
            arterial_delay_s=float(estimate.link_delay_s[self._on_arterial].sum())
            / max(estimate.demanded, 1),
            walk_wait_s=walk_wait_s(self.crossings, plan),
        )

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
                return self._estimate(self.run(plan, state))
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

    def record(self, plan: TimingPlan) -> Recording:
        """When every vehicle comes to every link under `plan`: what windows are fed with.

        Raises
        ------
        InputError
            If the plan does not fit the network.
        """
        demand = self.problem.scenario.demand
        return recording_of(demand, self.fleet, self.run(plan, self.blank_state(record=True)))

    def redrawn(self, draw: int) -> QueueModel:
        """The same model with other drivers: their wanted speeds are drawn anew, by the number `draw`."""
        other = copy(self)
        other.fleet = with_other_drivers(self.fleet, self.problem.scenario.demand, draw)
        other._state = other.blank_state()
        return other

    def window(
        self, signals: Collection[str], recording: Recording, *, reach_m: Meters = REACH_M
    ) -> QueueModel:
        """The model of some signals' surroundings alone, with the vehicles that came there.

        It answers in milliseconds for changes at those signals. Compare its answers with one another only:
        vehicles come as they did, and what a change does beyond is not seen.

        Parameters
        ----------
        recording
            Of this model, see `record`.
        reach_m
            How far upstream of the approaches the window reaches.

        Raises
        ------
        KeyError
            If the network has no such signal.
        """
        scenario = self.problem.scenario
        links = links_around(scenario.network, signals, reach_m)
        begin_s = scenario.simulation.begin_s
        demand = passing_demand(scenario.demand, recording, links, self.links, begin_s)
        window = copy(self)
        window.problem = replace(self.problem, scenario=replace(scenario, demand=demand))
        window.fleet = build_fleet(demand, self._graph, scenario.simulation, lanes=self._lanes)
        window.chosen_routes = False
        window.signals = tuple(
            k
            for k, node in enumerate(scenario.network.intersections)
            if any(m.from_link in links and m.to_link in links for m in node.movements)
        )
        seen = {scenario.network.intersections[k].id for k in window.signals}
        window.crossings = {key: heads for key, heads in self.crossings.items() if key in seen}
        window._state = window.blank_state()
        return window

    def blank_state(self, *, record: bool = False) -> State:
        """Arrays for one run at a time."""
        seconds = int(self.problem.scenario.simulation.period_s)
        return make_state(self.roads, self.fleet, seconds, record=record)

    def shown(self, plan: TimingPlan) -> Shown:
        """What the model's signals show under `plan`, second by second."""
        nodes = self.problem.network.intersections
        timings = {k: plan.timings.get(nodes[k].id) or guessed_timing(nodes[k]) for k in self.signals}
        return build_shown(timings, len(nodes), self.problem.scenario.simulation.begin_s)

    def _estimate(self, state: State) -> QueueEstimate:
        ids = self.links, self.movements, self.movement_of
        return estimate_of(self.roads, self.fleet, state, *ids, self.chosen_routes)


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

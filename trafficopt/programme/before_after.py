"""A scenario before and after its network is edited, and what all its sites are asked about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from math import inf

import numpy as np

from trafficopt.lanes import LaneGraph
from trafficopt.model.crossing_walks import Carriageway
from trafficopt.model.lane_groups import Following
from trafficopt.model.turn_capacity import (
    STEADY,
    Gaps,
    opposing_flow_veh_h,
    spare_capacity_veh_h,
    yielding_capacity_veh_h,
)
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem, build_problem
from trafficopt.scenario import Scenario
from trafficopt.sumo.carriageways import read_carriageways
from trafficopt.sumo.changed_net import Changes
from trafficopt.sumo.net_changes import changes_of
from trafficopt.sumo.network_edits import EditedScenario
from trafficopt.sumo.roads import Pair, Roads
from trafficopt.units import VehiclesPerHour


@dataclass(frozen=True, slots=True)
class TurnFigures:
    """A turn of a site: who wants to make it, and how many could.

    Attributes
    ----------
    from_link, to_link
        Of the network before: the approach and the exit of a right turn, the links of a U-turn.
    flow_before_veh_h, flow_after_veh_h
        Vehicles of the demand; after: all that make the turn which replaces it.
    capacity_before_veh_h, capacity_after_veh_h
        nan where no signal has the turn after.
    """

    from_link: str
    to_link: str
    flow_before_veh_h: VehiclesPerHour
    capacity_before_veh_h: VehiclesPerHour
    flow_after_veh_h: VehiclesPerHour
    capacity_after_veh_h: VehiclesPerHour

    @property
    def saturation_before(self) -> float:
        """Share of the capacity that is wanted."""
        return _share(self.flow_before_veh_h, self.capacity_before_veh_h)

    @property
    def saturation_after(self) -> float:
        """Share of the capacity that is wanted; infinite where there is none."""
        return _share(self.flow_after_veh_h, self.capacity_after_veh_h)


def _share(flow: VehiclesPerHour, capacity: VehiclesPerHour) -> float:
    return flow / capacity if capacity else inf if flow > 0 else 0.0


@dataclass(frozen=True)
class BeforeAfter:
    """A scenario and the same after treatments of its network, each with its plan.

    Attributes
    ----------
    plan
        Of the scenario before, the one that `after.plan` was made of.
    """

    before: Scenario
    after: EditedScenario
    plan: TimingPlan

    @cached_property
    def roads(self) -> Roads:
        """Lanes and connections before."""
        return Roads(self.before.network)

    @cached_property
    def changes(self) -> Changes:
        """What the treatments change."""
        return changes_of(self.before.network, self.after.treatments)

    @cached_property
    def flows(self) -> Mapping[Pair, VehiclesPerHour]:
        """Demand from each link to the next, before."""
        return demanded_veh_h(self.before)

    @cached_property
    def flows_after(self) -> Mapping[Pair, VehiclesPerHour]:
        """Demand from each link to the next, after."""
        return demanded_veh_h(self.after.scenario)

    @cached_property
    def driving(self) -> Following:
        """How close drivers are."""
        demand = self.before.demand
        return Following(demand.mean_space_m(), demand.mean_tau_s())

    @cached_property
    def problem(self) -> Problem:
        """The scenario after with the flows of its demand, and without vehicles: only flows are asked for."""
        problem, flows = build_problem(self.after.scenario), self.flows_after
        each = np.array([flows.get((m.from_link, m.to_link), 0.0) for m in problem.movements])
        demand = problem.scenario.demand
        scenario = replace(problem.scenario, demand=demand.without(frozenset(demand.vehicles)))
        return replace(problem, scenario=scenario, flow_veh_h=each, slice_flow_veh_h=each[:, None].copy())

    @cached_property
    def carriageways(self) -> Mapping[str, Carriageway]:
        """Of the links at signals, and of the slip lanes that go."""
        movements = (m for node in self.before.network.intersections for m in node.movements)
        links = {link for m in movements for link in (m.from_link, m.to_link)}
        return read_carriageways(self.before.simulation.net, links | self.changes.deleted.keys())

    def opposing_veh_h(self, pair: Pair) -> VehiclesPerHour:
        """Flow to which those yield, before, who drive from link to link without a signal."""
        graph = _graph(self.before)
        return opposing_flow_veh_h(graph, _connection(graph, pair), self.flows)

    def through_gaps_veh_h(
        self, pair: Pair, gaps: Gaps, platoons: Sequence[tuple[float, float]] = STEADY
    ) -> VehiclesPerHour:
        """How many could drive from link to link without a signal, before."""
        graph = _graph(self.before)
        speed = graph.connections[_connection(graph, pair)].speed_m_s
        return yielding_capacity_veh_h(self.opposing_veh_h(pair), speed, self.driving, gaps, platoons)

    def under_signal_veh_h(self, pair: Pair) -> VehiclesPerHour:
        """How many could drive from link to link under a signal, after; nan where no timed signal has it."""
        for index, node in enumerate(self.after.scenario.network.intersections):
            for movement in node.movements:
                if (movement.from_link, movement.to_link) == pair:
                    timing = timing_of(self.after.scenario, self.after.plan, node.id)
                    if timing is not None:
                        return spare_capacity_veh_h(self.problem, index, movement.id, timing, self.driving)
        return float("nan")


def timing_of(scenario: Scenario, plan: TimingPlan, signal: str) -> SignalTiming | None:
    """What a signal runs under a plan: what the scenario has where the plan leaves it out."""
    return plan.timings.get(signal) or scenario.field_plan.timings.get(signal)


def demanded_veh_h(scenario: Scenario) -> dict[Pair, VehiclesPerHour]:
    """Vehicles of the demand from each link to the next, as routes have them, whenever they get there."""
    counts = Counter(pair for route in scenario.demand.routes for pair in pairwise(route))
    return {pair: n * 3600.0 / scenario.simulation.period_s for pair, n in counts.items()}


def _graph(scenario: Scenario) -> LaneGraph:
    graph = scenario.network.lane_graph
    assert graph is not None, "the network was read without lanes"
    return graph


def _connection(graph: LaneGraph, pair: Pair) -> int:
    """Index of the first connection from link to link."""
    ends = ((graph.lanes[c.from_lane].link, graph.lanes[c.to_lane].link) for c in graph.connections)
    return next(index for index, each in enumerate(ends) if each == pair)

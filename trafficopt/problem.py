"""One consistent, index-ordered whole: what the models and the search work on."""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from trafficopt.errors import InputError, TrafficoptWarning
from trafficopt.intersection import Movement
from trafficopt.limits import Limits
from trafficopt.network import Network
from trafficopt.plan import TimingPlan
from trafficopt.scenario import Scenario
from trafficopt.signals.gate import check_fits
from trafficopt.table_repr import Column, Table, Tabled
from trafficopt.units import (
    FloatArray,
    IntArray,
    Meters,
    Seconds,
    SecondsArray,
    VehiclesPerHourArray,
    read_only,
)

SLICE_S = 60.0  # about: the window is cut into equal slices


@dataclass(frozen=True, slots=True)
class Platoons:
    """Vehicles that go from one signalized movement straight to the next.

    Attributes
    ----------
    upstream, downstream
        Movement indices, shape (n_platoons,); in ascending order of `upstream`, then of `downstream`.
    flow_veh_h
        Flow [veh/h], shape (n_platoons,).
    travel_s
        Travel time from stop line to stop line at the speed limit [s], shape (n_platoons,).
    """

    upstream: IntArray
    downstream: IntArray
    flow_veh_h: VehiclesPerHourArray
    travel_s: SecondsArray

    def __post_init__(self) -> None:
        for array in (self.upstream, self.downstream, self.flow_veh_h, self.travel_s):
            read_only(array)


@dataclass(frozen=True, slots=True, repr=False)
class Problem(Tabled):
    """Network, demand, limits and field plan, with one index order for all arrays.

    Attributes
    ----------
    scenario
        What was read.
    movements
        All movements, ordered by intersection; arrays over movements follow it.
    intersection_of
        Index of each movement's intersection, shape (n_movements,).
    flow_veh_h
        Mean demand of each movement [veh/h], shape (n_movements,).
    slice_flow_veh_h
        Demand [veh/h] by movement and time slice, shape (n_movements, n_slices): when vehicles would
        arrive if nothing held them up; those that would arrive after the window are left out.
    platoons
        Flows between signalized movements.
    space_m, tau_s
        Road that a standing vehicle takes, and time headway that a driver wants: means over all vehicles.
    """

    scenario: Scenario
    movements: tuple[Movement, ...] = field(repr=False)
    intersection_of: IntArray = field(repr=False)
    flow_veh_h: VehiclesPerHourArray = field(repr=False)
    slice_flow_veh_h: VehiclesPerHourArray = field(repr=False)
    platoons: Platoons = field(repr=False)
    space_m: Meters = field(init=False, repr=False)
    tau_s: Seconds = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for array in (self.intersection_of, self.flow_veh_h, self.slice_flow_veh_h):
            read_only(array)
        object.__setattr__(self, "space_m", self.scenario.demand.mean_space_m())
        object.__setattr__(self, "tau_s", self.scenario.demand.mean_tau_s())

    @property
    def network(self) -> Network:
        """The road network."""
        return self.scenario.network

    @property
    def field_plan(self) -> TimingPlan:
        """The plan that the scenario came with."""
        return self.scenario.field_plan

    @property
    def limits(self) -> Limits:
        """Bounds of a plan."""
        return self.scenario.limits

    @property
    def period_s(self) -> Seconds:
        """Length of the demand window."""
        return self.scenario.simulation.period_s

    @property
    def slice_s(self) -> Seconds:
        """Length of a time slice."""
        return self.period_s / float(self.slice_flow_veh_h.shape[1])

    def with_stages_of(self, plan: TimingPlan) -> Problem:
        """The same problem at intersections whose stages are those of `plan`."""
        nodes = tuple(
            replace(node, stages=plan[node.id].stages) if node.id in plan else node
            for node in self.network.intersections
        )
        network = replace(self.network, intersections=nodes)
        return replace(self, scenario=replace(self.scenario, network=network))

    def _table(self) -> Table:
        nodes = self.network.intersections
        title = (
            f"Problem {self.scenario.name}: {len(nodes)} signals "
            f"({len(self.scenario.retime)} to retime), {len(self.movements)} movements, "
            f"{len(self.scenario.demand)} vehicles in {self.period_s:g} s"
        )
        columns = (
            Column("signal"),
            Column("flow", "veh/h", 0),
            Column("busiest movement"),
            Column("its flow", "veh/h", 0),
        )
        busiest: dict[int, int] = {}
        for k, node in enumerate(self.intersection_of.tolist()):
            if node not in busiest or self.flow_veh_h[k] > self.flow_veh_h[busiest[node]]:
                busiest[node] = k
        flow = np.bincount(self.intersection_of, self.flow_veh_h, len(nodes))
        rows = [
            (nodes[i].id, float(flow[i]), self.movements[k].id, float(self.flow_veh_h[k]))
            for i, k in busiest.items()
        ]
        return Table(title, columns, rows)


def build_problem(scenario: Scenario) -> Problem:
    """Bind demand to the signalized movements of the network.

    Raises
    ------
    InputError
        If a route names an unknown link, or the field plan an unknown signal, or it breaks an invariant.
    """
    _check(scenario)
    nodes = scenario.network.intersections
    movements = tuple(m for node in nodes for m in node.movements)
    owner = np.array([i for i, node in enumerate(nodes) for _ in node.movements], dtype=np.int64)
    index = {(m.from_link, m.to_link): k for k, m in enumerate(movements)}
    per_hour = 3600.0 / scenario.simulation.period_s
    slices, pairs, times = _trace(scenario, index)
    flow = slices.sum(axis=1) * per_hour
    keys = sorted(pairs)
    upstream, downstream = np.divmod(np.array(keys, dtype=np.int64), len(movements))
    platoons = Platoons(
        upstream=upstream,
        downstream=downstream,
        flow_veh_h=np.array([pairs[k] * per_hour for k in keys], dtype=np.float64),
        travel_s=np.array([times[k] / pairs[k] for k in keys], dtype=np.float64),
    )
    if not flow.any():
        warnings.warn("no vehicle passes a signal of this network", TrafficoptWarning, stacklevel=2)
    return Problem(scenario, movements, owner, flow, slices * (slices.shape[1] * per_hour), platoons)


def _check(scenario: Scenario) -> None:
    links = scenario.network.links
    unknown = Counter(link for route in scenario.demand.routes for link in set(route) if link not in links)
    if unknown:
        faults = [
            f"{n} routes use link {link!r}, which the network lacks" for link, n in sorted(unknown.items())
        ]
        raise InputError(scenario.source, faults, "make the routes fit the network")
    check_fits(scenario.network, scenario.field_plan, scenario.source)


def _trace(
    scenario: Scenario, index: Mapping[tuple[str, str], int]
) -> tuple[FloatArray, dict[int, int], dict[int, float]]:
    """Follow every vehicle that departs within the window at the speed limit.

    Returns vehicles by movement and time slice, vehicles by pair of movements in a row (the first
    times the number of all, and the second), and travel time [s] summed by pair.
    """
    begin_s, period_s = scenario.simulation.begin_s, scenario.simulation.period_s
    free_flow_s = {key: link.free_flow_s for key, link in scenario.network.links.items()}
    n_slices = max(1, round(period_s / SLICE_S))
    slice_s = period_s / n_slices
    slices = np.zeros((len(index), n_slices))
    pairs: dict[int, int] = defaultdict(int)
    times: dict[int, float] = defaultdict(float)
    for depart_s, route in zip(scenario.demand.depart_s.tolist(), scenario.demand.routes, strict=True):
        last, left_at, now = -1, 0.0, depart_s - begin_s
        if now < 0:
            continue
        for here, after in pairwise(route):
            now += free_flow_s[here]
            movement = index.get((here, after))
            if movement is None:
                continue
            if now >= period_s:
                break
            slices[movement, min(int(now / slice_s), n_slices - 1)] += 1
            if last >= 0:
                pair = last * len(index) + movement
                pairs[pair] += 1
                times[pair] += now - left_at
            last, left_at = movement, now
    return slices, pairs, times

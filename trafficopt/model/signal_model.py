"""The model of all signals: arrays built once from a problem, answers for any plan."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from trafficopt.model.capacity import lane_flows, saturation_headway_s
from trafficopt.model.cyclic import (
    PERMISSIVE,
    PROTECTED,
    RED,
    Layout,
    add_platoons,
    gap_headway_s,
    rerun_lanes,
    rows_by_second,
    run_node,
)
from trafficopt.network import Intersection, Movement
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import SLICE_S, Problem
from trafficopt.units import FloatArray, IntArray, Seconds, SecondsArray

SPEED_DEVIATION = 0.1  # SUMO's default spread of the drivers' speed factor
SPEED_BELOW_LIMIT_M_S = 0.6
SWEEPS = 3


@dataclass(frozen=True, slots=True)
class Estimate:
    """The model's answer for one plan.

    Attributes
    ----------
    mean_delay_s
        Signal delay over all demanded vehicles [s/veh].
    delay_s
        Delay of each intersection [s/veh], shape (n_intersections,).
    saturation
        Degree of saturation of each intersection's critical lane, shape (n_intersections,).
    mean_stops
        Stops at signals over all demanded vehicles.
    """

    mean_delay_s: Seconds
    delay_s: SecondsArray = field(repr=False)
    saturation: FloatArray = field(repr=False)
    mean_stops: float


@dataclass(slots=True)
class State:
    """A plan inside the model, with the flow profiles that it causes.

    Attributes
    ----------
    greens_s, offset_s, cycle_s
        Timing of each intersection.
    arrivals, departures
        Profiles [veh/s] by movement and second of the cycle.
    delay
        Delay of each intersection [veh*s/s].
    lanes
        Figures of each lane, see `run_node`.
    rows
        Row of the program that each intersection shows by second of the cycle.
    """

    greens_s: list[FloatArray]
    offset_s: list[float]
    cycle_s: list[int]
    same_cycle: IntArray
    arrivals: FloatArray
    departures: FloatArray
    delay: FloatArray
    lanes: FloatArray
    rows: list[IntArray]


class SignalModel:
    """Cyclic-profile model of every signal that has a fixed-time program.

    Parameters
    ----------
    problem
        What is modeled; demand is taken as steady over its window.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.nodes = problem.network.intersections
        self.layout, self.lane_names = build_layout(problem)
        self.n_vehicles_per_s = max(len(problem.scenario.demand), 1) / problem.period_s
        self.fed = [self._fed_lanes(node) for node in range(len(self.nodes))]
        self._scratch = np.zeros((0, 0))

    def _fed_lanes(self, node: int) -> list[tuple[int, IntArray]]:
        """Signals that get platoons from `node`, each with the lanes they arrive on."""
        lay = self.layout
        targets = lay.out_to[lay.out_at[lay.movement_at[node]] : lay.out_at[lay.movement_at[node + 1]]]
        lane_of = np.repeat(np.arange(len(lay.stream_at) - 1), np.diff(lay.stream_at))
        lanes = np.unique(lane_of[np.isin(lay.stream_movement, targets)])
        owner = np.searchsorted(lay.lane_at, lanes, side="right") - 1
        return [(int(n), lanes[owner == n]) for n in np.unique(owner) if n != node]

    def modeled(self, plan: TimingPlan) -> list[int]:
        """Indices of the intersections that `plan` times."""
        return [i for i, node in enumerate(self.nodes) if node.id in plan]

    def start(self, plan: TimingPlan) -> State:
        """Put a plan into the model and let the profiles settle."""
        timings = [plan.timings.get(node.id) for node in self.nodes]
        cycles = [round(t.cycle_s) if t else 1 for t in timings]
        lay, shape = self.layout, (len(self.problem.movements), max([2, *cycles]))
        source = np.repeat(np.arange(len(lay.out_at) - 1), np.diff(lay.out_at))
        cycle = np.array(cycles, dtype=np.int64)
        same = (cycle[lay.node_of[source]] == cycle[lay.node_of[lay.out_to]]) & (
            cycle[lay.node_of[source]] > 1
        )
        state = State(
            greens_s=[np.array(t.greens_s if t else (), dtype=np.float64) for t in timings],
            offset_s=[t.offset_s if t else 0.0 for t in timings],
            cycle_s=cycles,
            same_cycle=same.astype(np.int64),
            arrivals=np.zeros(shape),
            departures=np.zeros(shape),
            delay=np.zeros(len(self.nodes)),
            lanes=np.zeros((lay.lane_at[-1], 6)),
            rows=[np.zeros(0, dtype=np.int64)] * len(self.nodes),
        )
        self._steady(state)
        for _ in range(SWEEPS):
            for node in self.modeled(plan):
                self.update(state, node)
        for node in self.modeled(plan):
            self.run(state, node)
        return state

    def _steady(self, state: State) -> None:
        """Arrivals that no platoon brings: steady flow [veh/s]."""
        lay = self.layout
        steady = lay.movement_flow.copy()
        np.subtract.at(steady, lay.out_to, lay.out_flow * state.same_cycle)
        state.arrivals[:] = np.maximum(steady, 0.0)[:, None]
        for node, cycle in enumerate(state.cycle_s):
            first, last = lay.movement_at[node], lay.movement_at[node + 1]
            state.departures[first:last, :cycle] = lay.movement_flow[first:last, None]
            add_platoons(lay, node, cycle, state.same_cycle, state.departures, 1.0, state.arrivals)

    def run(self, state: State, node: int) -> float:
        """Queues of one signal under its present timing and arrivals; delay [veh*s/s]."""
        cycle, lay = state.cycle_s[node], self.layout
        state.rows[node] = rows_by_second(lay, node, state.greens_s[node], state.offset_s[node], cycle)
        delay = float(run_node(lay, node, state.rows[node], state.arrivals, state.departures, state.lanes))
        state.delay[node] = delay
        return delay

    def update(self, state: State, node: int) -> float:
        """Run one signal and send its new platoons downstream; delay [veh*s/s]."""
        lay, cycle = self.layout, state.cycle_s[node]
        add_platoons(lay, node, cycle, state.same_cycle, state.departures, -1.0, state.arrivals)
        delay = self.run(state, node)
        add_platoons(lay, node, cycle, state.same_cycle, state.departures, 1.0, state.arrivals)
        return delay

    def local_delay(self, state: State, node: int) -> float:
        """Delay at a signal and where its platoons go [veh*s/s], after its timing in `state` changed."""
        if self._scratch.shape != state.departures.shape:
            self._scratch = np.zeros_like(state.departures)
        delay, lay = self.update(state, node), self.layout
        for n, lanes in self.fed[node]:
            if state.cycle_s[n] > 1:
                rows, scratch = state.rows[n], self._scratch
                delay += rerun_lanes(
                    lay, n, lanes, rows, state.arrivals, state.departures, scratch, state.lanes
                )
        return delay

    def mean_delay_s(self, state: State) -> Seconds:
        """Signal delay over all demanded vehicles [s/veh]."""
        return float(state.delay.sum() / self.n_vehicles_per_s)

    def estimate(self, plan: TimingPlan) -> Estimate:
        """Answer for `plan`."""
        state = self.start(plan)
        lay, lanes = self.layout, state.lanes
        flow = np.add.reduceat(np.append(lanes[:, 0], 0.0), lay.lane_at[:-1]) * (np.diff(lay.lane_at) > 0)
        ratio = np.divide(lanes[:, 0], lanes[:, 1], out=np.zeros(len(lanes)), where=lanes[:, 1] > 0)
        critical = [ratio[a:b].max(initial=0.0) for a, b in zip(lay.lane_at, lay.lane_at[1:], strict=False)]
        return Estimate(
            mean_delay_s=self.mean_delay_s(state),
            delay_s=np.divide(state.delay, flow, out=np.zeros(len(flow)), where=flow > 0),
            saturation=np.array(critical),
            mean_stops=float(lanes[:, 3].sum() / self.n_vehicles_per_s),
        )

    def plan(self, state: State, name: str, like: TimingPlan) -> TimingPlan:
        """The plan that `state` holds, for the intersections of `like`."""
        timings = {}
        for i in self.modeled(like):
            cycle = like[self.nodes[i].id].cycle_s if state.cycle_s[i] == 1 else float(state.cycle_s[i])
            greens = tuple(float(g) for g in state.greens_s[i])
            timings[self.nodes[i].id] = SignalTiming(
                like[self.nodes[i].id].stages, greens, cycle, float(state.offset_s[i] % cycle)
            )
        return TimingPlan(name, timings)


def robertson_smoothing(travel_s: float, deviation: float = SPEED_DEVIATION) -> float:
    """Robertson's F for a given relative spread of travel times.

    The recursion spreads arrivals with variance (1 - F)/F^2; equal to (deviation * travel)^2 for
    F = (sqrt(1 + 4 s^2) - 1) / (2 s^2).

    Examples
    --------
    >>> round(robertson_smoothing(30.0), 3)
    0.282
    """
    variance = max((deviation * travel_s) ** 2, 1e-6)
    return (math.sqrt(1.0 + 4.0 * variance) - 1.0) / (2.0 * variance)


@dataclass(slots=True)
class _Lanes:
    """Lanes and streams gathered intersection by intersection."""

    lane_at: list[int] = field(default_factory=lambda: [0])
    group: list[int] = field(default_factory=list)
    stream_at: list[int] = field(default_factory=lambda: [0])
    movement: list[int] = field(default_factory=list)
    share: list[float] = field(default_factory=list)
    part: list[float] = field(default_factory=list)
    headway: list[float] = field(default_factory=list)
    waiting: list[float] = field(default_factory=list)
    kind_at: list[int] = field(default_factory=list)
    kind: list[int] = field(default_factory=list)
    foe_at: list[int] = field(default_factory=lambda: [0])
    foe: list[int] = field(default_factory=list)
    names: list[tuple[str, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Stream:
    movement: int
    head: int
    flow: float
    headway: float


def build_layout(problem: Problem) -> tuple[Layout, list[tuple[str, int]]]:
    """Flat arrays of all signals, and link and lane of each modeled lane."""
    nodes, lanes = problem.network.intersections, _Lanes()
    rows = [_rows(node) for node in nodes]
    first = np.concatenate([[0], np.cumsum([len(node.movements) for node in nodes])]).astype(np.int64)
    for i, node in enumerate(nodes):
        _add_lanes(problem, node, int(first[i]), [state for state, _, _ in rows[i]], lanes)
        lanes.lane_at.append(len(lanes.group))
    platoons = problem.platoons
    order = np.argsort(platoons.upstream, kind="stable")
    out_at = np.searchsorted(platoons.upstream[order], np.arange(len(problem.movements) + 1))
    mean_travel = _travel_times(problem)[order]
    smoothing = np.array([robertson_smoothing(t) for t in mean_travel])
    flat = [row for group in rows for row in group]
    layout = Layout(
        row_at=np.concatenate([[0], np.cumsum([len(group) for group in rows])]).astype(np.int64),
        row_stage=np.array([stage for _, stage, _ in flat], dtype=np.int64),
        row_fixed_s=np.array([seconds for _, _, seconds in flat], dtype=np.float64),
        lane_at=np.array(lanes.lane_at, dtype=np.int64),
        group=np.array(lanes.group, dtype=np.int64),
        stream_at=np.array(lanes.stream_at, dtype=np.int64),
        stream_movement=np.array(lanes.movement, dtype=np.int64),
        stream_share=np.array(lanes.share, dtype=np.float64),
        stream_part=np.array(lanes.part, dtype=np.float64),
        stream_headway_s=np.array(lanes.headway, dtype=np.float64),
        stream_waiting=np.array(lanes.waiting, dtype=np.float64),
        kind_at=np.array(lanes.kind_at, dtype=np.int64),
        kind=np.array(lanes.kind, dtype=np.int64),
        foe_at=np.array(lanes.foe_at, dtype=np.int64),
        foe=np.array(lanes.foe, dtype=np.int64),
        movement_at=first,
        movement_flow=problem.flow_veh_h / 3600.0,
        out_at=out_at.astype(np.int64),
        out_to=platoons.downstream[order],
        out_flow=platoons.flow_veh_h[order] / 3600.0,
        out_travel_s=mean_travel - (1.0 / smoothing - 1.0) if len(smoothing) else mean_travel,
        out_smoothing=smoothing,
        node_of=problem.intersection_of.copy(),
        lane_slices=_lane_slices(problem, lanes),
        slice_s=SLICE_S,
    )
    return layout, lanes.names


def _lane_slices(problem: Problem, lanes: _Lanes) -> FloatArray:
    """Demand [veh/s] by lane and time slice."""
    slices = np.zeros((len(lanes.group), problem.slice_flow_veh_h.shape[1]))
    lane_of = np.repeat(np.arange(len(lanes.group)), np.diff(lanes.stream_at))
    per_stream = np.array(lanes.part)[:, None] * problem.slice_flow_veh_h[lanes.movement] / 3600.0
    np.add.at(slices, lane_of, per_stream)
    return slices


def _travel_times(problem: Problem) -> SecondsArray:
    """Mean travel time of each platoon: drivers stay a little below the limit."""
    speeds = np.array([problem.network.links[m.to_link].speed_m_s for m in problem.movements])
    speed = speeds[problem.platoons.upstream] if len(speeds) else np.zeros(0)
    return np.asarray(problem.platoons.travel_s * speed / np.maximum(speed - SPEED_BELOW_LIMIT_M_S, 1.0))


def _rows(node: Intersection) -> list[tuple[str, int, float]]:
    """State, stage (-1 in an intergreen) and fixed duration of each row of the program."""
    rows = []
    for index, stage in enumerate(node.stages):
        rows.append((stage.state, index, 0.0))
        rows += [(interval.state, -1, interval.duration_s) for interval in stage.intergreen]
    return rows or [("r" * node.n_heads, -1, 1.0)]


def _add_lanes(problem: Problem, node: Intersection, first: int, states: list[str], lanes: _Lanes) -> None:
    """Append the lanes of one intersection: those whose streams never yield come first."""
    by_lane: dict[tuple[str, int], list[_Stream]] = defaultdict(list)
    groups: dict[tuple[str, int], str] = {}
    for link in sorted({m.from_link for m in node.movements}):
        members = [(first + k, m) for k, m in enumerate(node.movements) if m.from_link == link]
        for lane, streams, group in _approach(problem, node, first, members):
            by_lane[link, lane] = streams
            groups[link, lane] = f"{link} {group}"
    kinds = {
        key: [
            [_kind(node, problem.movements[s.movement], s.head, state) for state in states] for s in streams
        ]
        for key, streams in by_lane.items()
    }
    order = sorted(by_lane, key=lambda key: any(PERMISSIVE in row for row in kinds[key]))
    heads: dict[str, int] = {}
    for key in order:
        heads.setdefault(groups[key], len(lanes.group))
        lanes.group.append(heads[groups[key]])
        lanes.names.append(key)
        total = sum(s.flow for s in by_lane[key])
        for stream, kind in zip(by_lane[key], kinds[key], strict=True):
            movement = problem.movements[stream.movement]
            lanes.movement.append(stream.movement)
            lanes.share.append(stream.flow / total if total > 0 else 1.0 / len(by_lane[key]))
            demand = problem.flow_veh_h[stream.movement]
            lanes.part.append(stream.flow / demand if demand > 0 else 0.0)
            lanes.headway.append(stream.headway)
            lanes.waiting.append(float(movement.waiting_spaces))
            lanes.kind_at.append(len(lanes.kind))
            lanes.kind += kind
            foes = set(movement.yields_to)
            lanes.foe += [first + k for k, other in enumerate(node.movements) if foes & set(other.heads)]
            lanes.foe_at.append(len(lanes.foe))
        lanes.stream_at.append(len(lanes.movement))


def _approach(
    problem: Problem, node: Intersection, first: int, members: list[tuple[int, Movement]]
) -> list[tuple[int, list[_Stream], int]]:
    """Streams of each lane of an approach, and the lane group (lanes joined by shared movements)."""
    demand = problem.scenario.demand
    space, tau = demand.mean_space_m(), demand.mean_tau_s()
    limit = problem.network.links[members[0][1].from_link].speed_m_s
    headways = [saturation_headway_s(min(limit, m.turn_speed_m_s), space, tau) for _, m in members]
    flows = [float(problem.flow_veh_h[k]) for k, _ in members]
    in_use = [
        max(h, _wait_for_gap_s(problem, node, first, m)) for h, (_, m) in zip(headways, members, strict=True)
    ]
    split = lane_flows(flows, in_use, [sorted(set(m.lanes)) for _, m in members])
    group = list(range(split.shape[1]))
    for _, movement in members:
        joined = {group[lane] for lane in movement.lanes}
        group = [min(joined) if g in joined else g for g in group]
    result = []
    for lane in range(split.shape[1]):
        streams = [
            _Stream(k, m.heads[m.lanes.index(lane)], float(split[row, lane]), headways[row])
            for row, (k, m) in enumerate(members)
            if lane in m.lanes and (split[row, lane] > 0 or flows[row] == 0)
        ]
        with_flow = [s for s in streams if s.flow > 0]
        if streams:
            result.append((lane, with_flow or streams, group[lane]))
    return result


def _wait_for_gap_s(problem: Problem, node: Intersection, first: int, movement: Movement) -> Seconds:
    """Time that a vehicle holds its lane where its green yields: drivers behind take another lane.

    Foes are taken to use half of the cycle. Zero for a movement whose green never yields.
    """
    states = [stage.state for stage in node.stages]
    if not any(
        _kind(node, movement, head, state) == PERMISSIVE for head in movement.heads for state in states
    ):
        return 0.0
    foes = [first + k for k, other in enumerate(node.movements) if set(other.heads) & set(movement.yields_to)]
    shown = [k for k in foes if any(_together(movement, problem.movements[k], state) for state in states)]
    return float(gap_headway_s(2.0 * float(problem.flow_veh_h[shown].sum()) / 3600.0))


def _together(a: Movement, b: Movement, state: str) -> bool:
    return any(state[h] in "Gg" for h in a.heads) and any(state[h] in "Gg" for h in b.heads)


def _kind(node: Intersection, movement: Movement, head: int, state: str) -> int:
    """Signal that a head shows in a row: red, green that goes first, or green that yields."""
    if state[head] == "G":
        return PROTECTED
    if state[head] != "g":
        return RED
    return PERMISSIVE if any(state[foe] in "Gg" for foe in movement.yields_to) else PROTECTED

"""The model of all signals: arrays built once from a problem, answers for any plan."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from trafficopt.model.cyclic import rerun_lanes, rows_by_second, run_node
from trafficopt.model.layout import build_layout
from trafficopt.model.platoons import add_platoons
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem
from trafficopt.signals.gate import check_fits
from trafficopt.table_repr import Table, Tabled
from trafficopt.units import FloatArray, IntArray, Seconds, SecondsArray

SWEEPS = 3
SELF_FED_VEH_H = 50.0  # weaker platoons that a signal sends to itself count as steady flow


@dataclass(frozen=True, slots=True)
class Estimate:
    """The model's answer for one plan.

    Attributes
    ----------
    mean_delay_s
        Signal delay over all demanded vehicles [s/veh].
    delay_s
        Delay of each intersection [s/veh], shape (n_intersections,); 0 where the plan has no timing.
    saturation
        Degree of saturation of each intersection's critical lane, shape (n_intersections,); infinite
        if a lane with demand is never served.
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
        Greens by stage, offset and cycle of each intersection; cycle 1 where the plan has no timing.
    same_cycle
        1 where a platoon stays one, because both signals run one cycle; shape (n_platoons,).
    arrivals, departures
        Profiles [veh/s], shape (n_movements, longest cycle): second t of the cycle from midnight.
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


class SignalModel(Tabled):
    """Cyclic-profile model of every signal that has a fixed-time program.

    Parameters
    ----------
    problem
        What is modeled. Profiles are those of the mean demand; queues that outlast a cycle follow the
        demand of each time slice.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.nodes = problem.network.intersections
        self.layout = build_layout(problem)
        self.n_vehicles_per_s = max(len(problem.scenario.demand), 1) / problem.period_s
        self.fed = [self._fed_lanes(node) for node in range(len(self.nodes))]
        lay = self.layout
        self._source = np.repeat(np.arange(len(lay.out_at) - 1), np.diff(lay.out_at))
        own = lay.node_of[self._source] == lay.node_of[lay.out_to]
        weak = own & (lay.out_flow < SELF_FED_VEH_H / 3600.0)
        self._stays = ~weak
        self.self_fed = frozenset(lay.node_of[self._source[own & ~weak]].tolist())

    def _table(self) -> Table:
        n_lanes = len(self.layout.group)
        return Table(
            f"SignalModel of {self.problem.scenario.name}: {len(self.nodes)} signals, {n_lanes} lanes"
        )

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
        """Put a plan with the stages of the problem's network into the model and let the profiles settle."""
        timings = [plan.timings.get(node.id) for node in self.nodes]
        cycles = [max(2, round(t.cycle_s)) if t else 1 for t in timings]
        lay, shape = self.layout, (len(self.problem.movements), max([2, *cycles]))
        cycle = np.array(cycles, dtype=np.int64)[lay.node_of]
        source = self._source
        same = (cycle[source] == cycle[lay.out_to]) & (cycle[source] > 1) & self._stays
        state = State(
            greens_s=[np.array(t.greens_s if t else ()) for t in timings],
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
            self._send(state, node, 1.0)

    def run(self, state: State, node: int) -> float:
        """Queues of one signal under its present timing and arrivals; delay [veh*s/s]."""
        cycle, lay = state.cycle_s[node], self.layout
        state.rows[node] = rows_by_second(lay, node, state.greens_s[node], state.offset_s[node], cycle)
        delay = float(run_node(lay, node, state.rows[node], state.arrivals, state.departures, state.lanes))
        state.delay[node] = delay
        return delay

    def update(self, state: State, node: int) -> float:
        """Run one signal and send its new platoons downstream; delay [veh*s/s]."""
        self._send(state, node, -1.0)
        delay = self.run(state, node)
        self._send(state, node, 1.0)
        if node in self.self_fed:  # again, with the platoons that it sends to itself
            first, last = self.layout.movement_at[node], self.layout.movement_at[node + 1]
            sent = state.departures[first:last].copy()
            delay = self.run(state, node)
            found = state.departures[first:last].copy()
            state.departures[first:last] = sent
            self._send(state, node, -1.0)
            state.departures[first:last] = found
            self._send(state, node, 1.0)
        return delay

    def _send(self, state: State, node: int, sign: float) -> None:
        """Add the platoons of a signal to the arrivals downstream, or take them away (sign -1)."""
        cycle, lay = state.cycle_s[node], self.layout
        add_platoons(lay, node, cycle, state.same_cycle, state.departures, sign, state.arrivals)

    def local_delay(self, state: State, node: int) -> float:
        """Delay at a signal and where its platoons go [veh*s/s], after its timing in `state` changed."""
        delay, lay = self.update(state, node), self.layout
        for n, lanes in self.fed[node]:
            if state.cycle_s[n] > 1:
                rows = state.rows[n]
                delay += rerun_lanes(lay, n, lanes, rows, state.arrivals, state.departures, state.lanes)
        return delay

    def mean_delay_s(self, state: State) -> Seconds:
        """Signal delay over all demanded vehicles [s/veh]."""
        return float(state.delay.sum() / self.n_vehicles_per_s)

    def estimate(self, plan: TimingPlan) -> Estimate:
        """Answer for `plan`.

        Raises
        ------
        InputError
            If the plan names a signal that the network lacks, or its greens and intergreens do not fill
            the cycle.
        """
        check_fits(self.problem.network, plan)
        if any(plan[node.id].stages != node.stages for node in self.nodes if node.id in plan):
            return SignalModel(self.problem.with_stages_of(plan)).estimate(plan)
        state = self.start(plan)
        lay, flow, capacity = self.layout, state.lanes[:, 0], state.lanes[:, 1]
        unserved = np.where(flow > 0, np.inf, 0.0)
        ratio = np.divide(flow, capacity, out=unserved, where=capacity > 0)
        of_node = [slice(a, b) for a, b in zip(lay.lane_at, lay.lane_at[1:], strict=False)]
        by_node = np.array([flow[lanes].sum() for lanes in of_node])
        return Estimate(
            mean_delay_s=self.mean_delay_s(state),
            delay_s=np.divide(state.delay, by_node, out=np.zeros(len(by_node)), where=by_node > 0),
            saturation=np.array([ratio[lanes].max(initial=0.0) for lanes in of_node]),
            mean_stops=float(state.lanes[:, 3].sum() / self.n_vehicles_per_s),
        )

    def plan(self, state: State, name: str, like: TimingPlan) -> TimingPlan:
        """The greens and offsets that `state` holds, with the cycles of `like`, from which it started."""
        timings = dict(like.timings)
        for i in self.modeled(like):
            old = like[self.nodes[i].id]
            greens = tuple(map(float, state.greens_s[i]))
            offset = float(state.offset_s[i]) % old.cycle_s
            timings[self.nodes[i].id] = SignalTiming(old.stages, greens, old.cycle_s, offset)
        return TimingPlan(name, timings)

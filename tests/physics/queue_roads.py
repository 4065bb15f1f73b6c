"""Small roads, signals and drivers made by hand for the queue model, and a look at who passed when."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from trafficopt.demand import Demand, Departure, VehicleType
from trafficopt.errors import TrafficoptWarning
from trafficopt.intersection import Intersection, Movement, Turn
from trafficopt.lanes import Connection, Lane, LaneGraph
from trafficopt.limits import Limits
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.model.queues.state import make_state
from trafficopt.network import Link, Network
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem, build_problem
from trafficopt.scenario import Scenario, SimulationSettings
from trafficopt.signals.by_hand import intersection_by_hand
from trafficopt.stage import Interval, Stage
from trafficopt.units import FloatArray, Meters, MetersPerSecond, Seconds

SPEED_M_S = 13.89
SPACE_M = 7.5
CARS = frozenset({"passenger", "truck"})
CAR = VehicleType("car", speed_deviation=0.0)
Rows = Sequence[tuple[str, Seconds]]


@dataclass(frozen=True, slots=True)
class Trip:
    """A vehicle that wants to depart at a second of the window."""

    depart_s: Seconds
    route: tuple[str, ...]
    kind: VehicleType = CAR
    departure: Departure = Departure()  # noqa: RUF009


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two connections whose paths share an area: from and to [m] on the path of each."""

    minor: int
    major: int
    minor_m: tuple[Meters, Meters]
    major_m: tuple[Meters, Meters]


@dataclass(slots=True)
class Sketch:
    """Lanes and connections in the order in which they were drawn."""

    lanes: list[Lane] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)
    meetings: list[Meeting] = field(default_factory=list)

    def link(
        self, name: str, length_m: Meters = 300.0, *, n_lanes: int = 1, speed_m_s: MetersPerSecond = SPEED_M_S
    ) -> None:
        self.lanes += [Lane(name, k, length_m, speed_m_s, CARS) for k in range(n_lanes)]

    def connect(
        self,
        origin: str,
        target: str,
        *,
        lanes: tuple[int, int] = (0, 0),
        head: tuple[str, int] = ("", -1),
        right_of_way: str = "M",
        turn: Turn = Turn.THROUGH,
        path_m: Meters = 15.0,
        waiting_m: Meters = 0.0,
        speed_m_s: MetersPerSecond = SPEED_M_S,
        keep_clear: bool = True,
    ) -> int:
        """Connect two lanes; the number serves to let connections meet."""
        self.connections.append(
            Connection(
                from_lane=self._lane(origin, lanes[0]),
                to_lane=self._lane(target, lanes[1]),
                turn=turn,
                node="junction",
                signal=head[0],
                head=head[1],
                right_of_way=right_of_way,
                length_m=path_m,
                waiting_m=waiting_m,
                speed_m_s=speed_m_s,
                keep_clear=keep_clear,
            )
        )
        return len(self.connections) - 1

    def cross(
        self,
        minor: int,
        major: int,
        minor_m: tuple[Meters, Meters] = (5.0, 10.0),
        major_m: tuple[Meters, Meters] = (5.0, 10.0),
    ) -> None:
        """Let the paths of two connections meet; the first gives way."""
        self.meetings.append(Meeting(minor, major, minor_m, major_m))

    def graph(self) -> LaneGraph:
        """The drawing as the models read it: connections sorted by lane, foes as rows."""
        order = sorted(range(len(self.connections)), key=lambda k: self.connections[k].from_lane)
        place = {k: row for row, k in enumerate(order)}
        rows = [(place[m.minor], place[m.major], True, *m.minor_m) for m in self.meetings]
        rows += [(place[m.major], place[m.minor], False, *m.major_m) for m in self.meetings]
        rows.sort()
        counts = np.bincount([row[0] for row in rows], minlength=len(order))
        return LaneGraph(
            lanes=tuple(self.lanes),
            connections=tuple(self.connections[k] for k in order),
            foe_at=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            foe=np.array([row[1] for row in rows], dtype=np.int64),
            yields=np.array([row[2] for row in rows], dtype=np.bool_),
            near_m=np.array([row[3] for row in rows], dtype=np.float64),
            far_m=np.array([row[4] for row in rows], dtype=np.float64),
        )

    def _lane(self, link: str, index: int) -> int:
        return next(k for k, lane in enumerate(self.lanes) if (lane.link, lane.index) == (link, index))

    def problem(
        self,
        programs: Mapping[str, Rows],
        trips: Iterable[Trip],
        period_s: Seconds,
        *,
        teleport_s: Seconds = -1.0,
        begin_s: Seconds = 0.0,
        offsets_s: Mapping[str, Seconds] | None = None,
    ) -> Problem:
        """Bind signals and trips to the drawing.

        Parameters
        ----------
        programs
            Rows of each signal from its offset (by default second 0) on.
        """
        timings = {}
        for name, rows in programs.items():
            intergreen = tuple(Interval(state, seconds) for state, seconds in rows[1:])
            stage, cycle = Stage(rows[0][0], intergreen), sum(seconds for _, seconds in rows)
            offset = (offsets_s or {}).get(name, 0.0)
            timings[name] = SignalTiming((stage,), (rows[0][1],), cycle, offset)
        links = {
            lane.link: Link(lane.link, "a", "b", lane.length_m, lane.speed_m_s, lane.index + 1, ())
            for lane in self.lanes
        }
        nodes = tuple(self._signal(name, timing) for name, timing in timings.items())
        here = Path("made-up")
        ordered = sorted(trips, key=lambda trip: trip.depart_s)
        demand = _demand(ordered, begin_s)
        scenario = Scenario(
            name="made-up",
            source=here,
            network=Network(links, nodes, lane_graph=self.graph()),
            demand=demand,
            field_plan=TimingPlan("field", timings),
            limits=Limits(),
            simulation=SimulationSettings(here, (), (), begin_s, begin_s + period_s, teleport_s=teleport_s),
            retime=frozenset(timings),
            demanded=dict(zip(demand.vehicles, demand.depart_s.tolist(), strict=True)),
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", TrafficoptWarning)  # no vehicle passes a signal
            return build_problem(scenario)

    def idle_signal(self) -> None:
        """Add a signal `idle` (head 0) that nobody passes."""
        self.link("nowhere")
        self.link("nowhere-else")
        self.connect("nowhere", "nowhere-else", head=("idle", 0))

    def _signal(self, name: str, timing: SignalTiming) -> Intersection:
        heads: dict[tuple[str, str, Turn], list[tuple[int, int]]] = {}
        for c in self.connections:
            if c.signal == name:
                ends = self.lanes[c.from_lane], self.lanes[c.to_lane]
                heads.setdefault((ends[0].link, ends[1].link, c.turn), []).append((c.head, ends[0].index))
        movements = [
            Movement(a, b, turn, tuple(h for h, _ in pairs), tuple(k for _, k in pairs), SPEED_M_S, 0, ())
            for (a, b, turn), pairs in heads.items()
        ]
        return intersection_by_hand(name, movements, timing.stages)


def _demand(trips: Sequence[Trip], begin_s: Seconds) -> Demand:
    return Demand(
        vehicles=tuple(f"v{k}" for k in range(len(trips))),
        depart_s=np.array([begin_s + trip.depart_s for trip in trips], dtype=np.float64),
        routes=tuple(trip.route for trip in trips),
        types=tuple(trip.kind.id for trip in trips),
        vehicle_types={trip.kind.id: trip.kind for trip in trips},
        departures=tuple(trip.departure for trip in trips),
    )


def steady(
    route: tuple[str, ...],
    spacing_s: Seconds,
    until_s: Seconds,
    *,
    from_s: Seconds = 0.0,
    kind: VehicleType = CAR,
) -> list[Trip]:
    """Trips at equal distances in time."""
    return [Trip(float(t), route, kind) for t in np.arange(from_s, until_s, spacing_s)]


def at_random(route: tuple[str, ...], flow_veh_h: float, until_s: Seconds, seed: int) -> list[Trip]:
    """Trips of a Poisson stream."""
    gaps = np.random.default_rng(seed).exponential(3600.0 / flow_veh_h, int(flow_veh_h * until_s / 1800))
    times = np.cumsum(gaps)
    return [Trip(float(t), route) for t in times[times < until_s]]


def one_approach(length_m: Meters = 600.0, *, speed_m_s: MetersPerSecond = SPEED_M_S) -> Sketch:
    """Link `in`, signal `s` (head 0), link `out`."""
    sketch = Sketch()
    sketch.link("in", length_m)
    sketch.link("out", 600.0)
    sketch.connect("in", "out", head=("s", 0), speed_m_s=speed_m_s)
    return sketch


def two_links(second_m: Meters, *, keep_clear: bool = True) -> Sketch:
    """Links `in`, `mid`, `out` in a row with signals `s` and `t` (head 0 each); `s` has a cross street
    `side` to `off` (head 1), whose path lies across that into `mid`."""
    sketch = Sketch()
    for name, length_m in {"in": 600.0, "mid": second_m, "out": 300.0, "side": 300.0, "off": 300.0}.items():
        sketch.link(name, length_m)
    ahead = sketch.connect("in", "mid", head=("s", 0), keep_clear=keep_clear)
    across = sketch.connect("side", "off", head=("s", 1))
    sketch.connect("mid", "out", head=("t", 0))
    sketch.cross(across, ahead, (4.0, 12.0), (4.0, 15.0))
    return sketch


def with_pocket(pocket_m: Meters) -> Sketch:
    """Link `in`, link `bay` whose lane 0 goes straight on (head 0) and lane 1 turns left (head 1)."""
    sketch = Sketch()
    sketch.link("in", 600.0)
    sketch.link("bay", pocket_m, n_lanes=2)
    sketch.link("on", 300.0)
    sketch.link("left", 300.0)
    for lane in (0, 1):
        sketch.connect("in", "bay", lanes=(0, lane), path_m=0.1)
    sketch.connect("bay", "on", head=("s", 0))
    sketch.connect("bay", "left", lanes=(1, 0), head=("s", 1), turn=Turn.LEFT, speed_m_s=8.0)
    return sketch


def facing(*, waiting_m: Meters = 0.0, signal: bool = True) -> Sketch:
    """A left turn `w` to `wl` (head 0) that gives way to two lanes `e` to `ew` (heads 1 and 2).

    Without signal there is an idle one elsewhere.
    """
    sketch = Sketch()
    if not signal:
        sketch.idle_signal()
    for name, lanes in {"w": 1, "wl": 1, "e": 2, "ew": 2}.items():
        sketch.link(name, 600.0, n_lanes=lanes)
    heads = [("s", k) if signal else ("", -1) for k in range(3)]
    left = sketch.connect(
        *("w", "wl"),
        head=heads[0],
        right_of_way="m",
        turn=Turn.LEFT,
        path_m=25.0,
        waiting_m=waiting_m,
        speed_m_s=7.0,
    )
    for lane in (0, 1):
        through = sketch.connect("e", "ew", lanes=(lane, lane), head=heads[1 + lane], path_m=25.0)
        sketch.cross(left, through, (14.0 + 3 * (1 - lane), 18.0 + 3 * (1 - lane)), (8.0, 13.0))
    return sketch


def passings(problem: Problem, link: str, *, frozen_routes: bool = False) -> FloatArray:
    """When each vehicle came to the stop line of a link, and when it passed it, under the field plan.

    Returns
    -------
    array [s of the window] of shape (n_vehicles, 2) in the order of departure; nan where it has not, or
    where its route does not lead there.
    """
    model = QueueModel(problem, frozen_routes=frozen_routes)
    seconds = int(problem.scenario.simulation.period_s)
    state = model.run(problem.field_plan, make_state(model.roads, model.fleet, seconds, record=True))
    found = np.full((len(state.vehicles), 2), np.nan)
    wanted = model.links.index(link)
    for v, vehicle in enumerate(state.vehicles):
        if vehicle.gone == 0:  # it never entered
            continue
        end = model.fleet.place_at[np.searchsorted(model.fleet.place_at, vehicle.begin, side="right")]
        places = np.flatnonzero(model.fleet.places.link[vehicle.begin : end] == wanted)
        if len(places):
            found[v] = state.log[vehicle.log_at + places[0]]
    return found


def crossings(problem: Problem, link: str) -> FloatArray:
    """Sorted times [s] at which vehicles passed the end of a link."""
    times = passings(problem, link)[:, 1]
    return np.sort(times[~np.isnan(times)])


def waits(problem: Problem, link: str) -> FloatArray:
    """Time [s] that vehicles waited at the stop line of a link, in the order of departure; none missing."""
    times = passings(problem, link)
    times = times[~np.isnan(times[:, 1])]
    return np.asarray(times[:, 1] - times[:, 0])

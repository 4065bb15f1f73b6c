"""Everything that moves: queues, vehicles and the calendar of one run, as flat arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from trafficopt.model.queues.compiled import inlined
from trafficopt.model.queues.fleet import Fleet
from trafficopt.model.queues.records import Records, blank_records
from trafficopt.model.queues.roads import Roads
from trafficopt.units import FloatArray, IntArray

WAVE_M_S = 8.0  # at which vacancies travel back through a standing queue
LONG_AGO = -1e6


class State(NamedTuple):
    """Arrays of one run.

    Queues are lanes, then waiting places inside junctions (by connection), then lanes at which vehicles
    enter the network: queue `lane`, `n_lanes + connection`, `n_lanes + n_connections + lane`.

    Attributes
    ----------
    bucket
        Calendar: first queue of each second, -1: none.
    queues
        `due`: second in the calendar, -1: none, `next_in_bucket`; `first`, `last` vehicle (-1: none),
        `count`; `next_time`, `next_speed`, `next_place`: when and how fast the first vehicle passes the
        stop line if nothing holds it, and its place in the platoon; `held_since`: second since which it is
        held, -1: it is not, `held_at`: second until which that is known; `out_time`: last passing of the
        stop line; and of lanes `in_time`: last passing of the begin, `used`: road [m] taken, with what has
        left but whose vacancy is still traveling (`flying`), `wave_end`: when the last
        vehicle of a queue that starts is reached, `ring_*`: those vacancies, `stuck`: vehicles beyond the
        capacity, which stand on the junction behind, `left`: vehicles that left or arrived, `delay`: what
        they lost there [s].
    ring_time, ring_length
        Vacancies on their way back: arrival at the begin of the lane [s], road [m].
    stuck_on
        Connections on which vehicles beyond the capacity of a lane stand, shape (n_lanes, MOST_STUCK).
    connections
        `cleared`: when the last vehicle has left the junction [s]; `inside_n`: vehicles that wait inside the
        junction, `inside_at`: how far the first one has come [m], `inside_since`: when it went in; `stuck_n`,
        `stuck_until`: vehicles that stand on the junction because their lane is full, and when the last one
        clears it; `served`, `delay` [veh*s], `stops`: of all that used it.
    nodes
        `busy`: vehicles that wait inside the junction or stand on it, `until`: when the last that stood
        clears it.
    vehicles
        `behind`: next in the queue; `place` in its route, which starts at `begin`, `option` there,
        `stands_on`: lane whose road it takes; `departed`: when it entered the network; `ready`: when it
        reaches the stop line if nothing holds it; `entered`: when it entered the link, `free`: the time that
        the link takes at its own free speed; `delay` [s], `stops`; `gone`: 0 outside, 1 under way, 2 arrived.
    link_speed
        Mean speed of late on each link [m/s].
    log
        When each vehicle reached the stop line of each link of its route, and when it passed it [s], shape
        (n, 2), nan where it has not; the places of a vehicle begin at its `log_at`. Empty if not recorded.
    totals
        TELEPORTS, ...
    """

    bucket: IntArray
    queues: Records
    ring_time: FloatArray
    ring_length: FloatArray
    stuck_on: IntArray
    connections: Records
    nodes: Records
    vehicles: Records
    link_speed: FloatArray
    log: FloatArray
    totals: FloatArray


QUEUE_WHOLE = (
    *("due", "next_in_bucket", "first", "last", "count", "next_place", "held_since", "held_at"),
    *("ring_at", "ring_size", "ring_first", "ring_n", "stuck", "left"),
)
QUEUE_REAL = (*("next_time", "next_speed", "out_time", "in_time", "used", "flying", "wave_end", "delay"),)
CONNECTION_WHOLE = ("inside_n", "stuck_n", "served", "stops")
CONNECTION_REAL = ("cleared", "inside_at", "inside_since", "stuck_until", "delay")
VEHICLE_WHOLE = ("behind", "begin", "place", "option", "stops", "gone", "log_at", "stands_on")
VEHICLE_REAL = ("departed", "ready", "entered", "free", "delay")
TELEPORTS = 0
MOST_STUCK = 4


def make_state(roads: Roads, fleet: Fleet, seconds: int, *, record: bool = False) -> State:
    """Arrays for runs of a number of seconds; `record` keeps a log of every vehicle at every link."""
    n_lanes, n_connections = len(roads.lanes), len(roads.connections)
    queues = blank_records(QUEUE_WHOLE, QUEUE_REAL, 2 * n_lanes + n_connections)
    sizes = (roads.lanes.length / WAVE_M_S).astype(np.int64) + 4
    queues["ring_size"][:n_lanes] = sizes
    queues["ring_at"][:n_lanes] = np.cumsum(sizes) - sizes
    vehicles = blank_records(VEHICLE_WHOLE, VEHICLE_REAL, len(fleet.vehicles))
    longest = _longest_routes(fleet) if record else np.zeros(len(fleet.vehicles), dtype=np.int64)
    vehicles["log_at"] = np.cumsum(longest) - longest
    return State(
        bucket=np.zeros(seconds + 1, dtype=np.int64),
        queues=queues,
        ring_time=np.zeros(int(sizes.sum())),
        ring_length=np.zeros(int(sizes.sum())),
        stuck_on=np.zeros((n_lanes, MOST_STUCK), dtype=np.int64),
        connections=blank_records(CONNECTION_WHOLE, CONNECTION_REAL, n_connections),
        nodes=blank_records(("busy",), ("until",), roads.n_nodes),
        vehicles=vehicles,
        link_speed=np.zeros(len(roads.links)),
        log=np.full((int(longest.sum()), 2), np.nan),
        totals=np.zeros(4),
    )


def _longest_routes(fleet: Fleet) -> IntArray:
    """Places of the longest candidate route of each vehicle."""
    n_places = np.diff(fleet.place_at)
    pairs = zip(fleet.vehicles.route, fleet.vehicles.route_end, strict=True)
    return np.array([n_places[a:b].max() for a, b in pairs], dtype=np.int64)


@inlined
def reset(state: State) -> None:
    """Empty the network."""
    state.bucket[:] = -1
    for q in state.queues:
        q.due, q.next_in_bucket, q.first, q.last, q.count, q.next_place = -1, -1, -1, -1, 0, 0
        q.held_since, q.held_at, q.ring_first, q.ring_n, q.stuck = -1, -10, 0, 0, 0
        q.next_time, q.next_speed, q.used, q.left, q.delay, q.flying = 0.0, 0.0, 0.0, 0, 0.0, 0.0
        q.out_time, q.in_time, q.wave_end = LONG_AGO, LONG_AGO, LONG_AGO
    for c in state.connections:
        c.inside_n, c.stuck_n, c.served, c.stops = 0, 0, 0, 0
        c.cleared, c.stuck_until, c.delay = LONG_AGO, LONG_AGO, 0.0
    for n in state.nodes:
        n.busy, n.until = 0, LONG_AGO
    for v in state.vehicles:
        v.delay, v.stops, v.gone = 0.0, 0, 0
    state.log[:] = np.nan
    state.totals[:] = 0.0


@inlined
def inside(roads: Roads, connection: int) -> int:
    """Queue of the vehicles that wait inside the junction on a connection."""
    return roads.lanes.shape[0] + connection


@inlined
def outside(roads: Roads, lane: int) -> int:
    """Queue of the vehicles that wait to enter the network on a lane."""
    return roads.lanes.shape[0] + roads.connections.shape[0] + lane


@inlined
def schedule(state: State, queue: int, second: int) -> None:
    """Look at a queue again in a second, or earlier if that is planned already."""
    if second >= state.bucket.shape[0]:
        return
    planned = state.queues[queue].due
    if planned >= 0:
        if planned <= second:
            return
        at = state.bucket[planned]  # take it out
        if at == queue:
            state.bucket[planned] = state.queues[queue].next_in_bucket
        else:
            while state.queues[at].next_in_bucket != queue:
                at = state.queues[at].next_in_bucket
            state.queues[at].next_in_bucket = state.queues[queue].next_in_bucket
    state.queues[queue].due = second
    state.queues[queue].next_in_bucket = state.bucket[second]
    state.bucket[second] = queue


@inlined
def push(state: State, queue: int, vehicle: int) -> None:
    """Let a vehicle join a queue at its end."""
    state.vehicles[vehicle].behind = -1
    if state.queues[queue].first < 0:
        state.queues[queue].first = vehicle
    else:
        state.vehicles[state.queues[queue].last].behind = vehicle
    state.queues[queue].last = vehicle
    state.queues[queue].count += 1


@inlined
def pop(state: State, queue: int) -> int:
    """Take the first vehicle of a queue."""
    vehicle = state.queues[queue].first
    state.queues[queue].first = state.vehicles[vehicle].behind
    if state.queues[queue].first < 0:
        state.queues[queue].last = -1
    state.queues[queue].count -= 1
    return vehicle


@inlined
def settle_vacancies(state: State, lane: int, time: float) -> None:
    """Give back the road whose vacancy has reached the begin of the lane."""
    base = state.queues[lane].ring_at
    size = state.queues[lane].ring_size
    while state.queues[lane].ring_n > 0 and state.ring_time[base + state.queues[lane].ring_first] <= time:
        state.queues[lane].used -= state.ring_length[base + state.queues[lane].ring_first]
        state.queues[lane].flying -= state.ring_length[base + state.queues[lane].ring_first]
        state.queues[lane].ring_first = (state.queues[lane].ring_first + 1) % size
        state.queues[lane].ring_n -= 1


@inlined
def send_vacancy(state: State, lane: int, time: float, length: float) -> None:
    """A vehicle has left the lane: its road is free at the begin of the lane at `time`."""
    base = state.queues[lane].ring_at
    size = state.queues[lane].ring_size
    if state.queues[lane].ring_n == size:
        settle_vacancies(state, lane, state.ring_time[base + state.queues[lane].ring_first])
    state.ring_time[base + (state.queues[lane].ring_first + state.queues[lane].ring_n) % size] = time
    state.ring_length[base + (state.queues[lane].ring_first + state.queues[lane].ring_n) % size] = length
    state.queues[lane].ring_n += 1
    state.queues[lane].flying += length

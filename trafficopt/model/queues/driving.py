"""Vehicles between stop lines: they join lanes, cross junctions and leave lanes."""

from __future__ import annotations

from trafficopt.model.queues.compiled import inlined
from trafficopt.model.queues.fleet import Fleet
from trafficopt.model.queues.physics import drive, following_speed_m_s, headway_s
from trafficopt.model.queues.roads import Roads
from trafficopt.model.queues.state import MOST_STUCK, WAVE_M_S, State, pop, push, schedule, send_vacancy
from trafficopt.model.queues.storage import road_to_come

FROM_STOP_M_S = 1.0  # speed of a front that has just started
MOVING = 99  # place of vehicles that do not come from a queue
STOPPED_S = 2.0  # a vehicle that is held longer has stopped
ARRIVED = -1  # in place of a connection: the end of a route


@inlined
def own_limit_m_s(fleet: Fleet, vehicle: int, limit_m_s: float) -> float:
    """Speed that a driver wants where a limit holds."""
    return min(fleet.kinds[fleet.vehicles[vehicle].kind].top, fleet.vehicles[vehicle].factor * limit_m_s)


@inlined
def cruise_m_s(fleet: Fleet, vehicle: int, limit_m_s: float) -> float:
    """Mean speed of a driver who is free to go: a little below the own limit."""
    own = own_limit_m_s(fleet, vehicle, limit_m_s)
    return max(0.5 * own, own - fleet.kinds[fleet.vehicles[vehicle].kind].below)


@inlined
def join_lane(
    roads: Roads,
    fleet: Fleet,
    state: State,
    vehicle: int,
    option: int,
    entry: int,
    time: float,
    speed: float,
    length: float,
    spent: float,
    spent_free: float,
) -> None:
    """A vehicle leaves a stop line (or enters the network) at `time` and joins the queue of a lane.

    Parameters
    ----------
    option, entry
        Where it goes on this link, and the lane by which it comes: there it stands if its own is full.
    speed, length
        Speed at the begin of the link [m/s], and what it drives there [m].
    spent, spent_free
        Time on the junction before, and at its own free speed [s].
    """
    kind = fleet.vehicles[vehicle].kind
    lane, connection = fleet.options[option].lane, fleet.options[option].connection
    if connection == ARRIVED:
        length *= fleet.vehicles[vehicle].last_share
    limit = roads.lanes[lane].speed
    travel, arriving = drive(length, speed, cruise_m_s(fleet, vehicle, limit), fleet.kinds[kind].accel)
    travel *= roads.lanes[lane].time_factor
    if connection != ARRIVED and roads.connections[connection].turn_speed < arriving:
        slower = arriving - roads.connections[connection].turn_speed
        travel += slower * slower / (2.0 * fleet.kinds[kind].decel * arriving)
    state.vehicles[vehicle].option = option
    state.vehicles[vehicle].entered = time
    state.vehicles[vehicle].free = spent_free + length / own_limit_m_s(fleet, vehicle, limit)
    state.vehicles[vehicle].ready = time + spent + travel
    stands_on, size = lane, fleet.kinds[kind].length
    if road_to_come(roads, state, lane) < size <= road_to_come(roads, state, entry):
        stands_on = entry
    state.vehicles[vehicle].stands_on = stands_on
    state.queues[stands_on].used += fleet.kinds[kind].length + fleet.kinds[kind].gap
    alone = state.queues[lane].first < 0
    push(state, lane, vehicle)
    if alone:
        prepare_first(roads, fleet, state, lane, MOVING)


@inlined
def prepare_first(roads: Roads, fleet: Fleet, state: State, lane: int, place: int) -> None:
    """Work out when the first vehicle of a lane passes its stop line if nothing holds it.

    Parameters
    ----------
    place
        Its place in the platoon that leaves a queue (0: the first), or MOVING.
    """
    if state.queues[lane].first < 0:
        return
    vehicle = state.queues[lane].first
    kind = fleet.vehicles[vehicle].kind
    connection = fleet.options[state.vehicles[vehicle].option].connection
    cap, factor = cruise_m_s(fleet, vehicle, roads.lanes[lane].speed), 1.0
    if connection != ARRIVED:
        cap = min(cap, roads.connections[connection].turn_speed)
        factor = roads.connections[connection].headway_factor
    space = fleet.kinds[kind].length + fleet.kinds[kind].gap
    speed = cap if place == MOVING else following_speed_m_s(place, space, fleet.kinds[kind].accel, cap)
    follows = state.queues[lane].out_time + factor * headway_s(place, speed, space, fleet.kinds[kind].tau)
    if state.vehicles[vehicle].ready > follows:
        state.queues[lane].next_time = state.vehicles[vehicle].ready
        state.queues[lane].next_speed = cap
        state.queues[lane].next_place = MOVING
    else:
        state.queues[lane].next_time = follows
        state.queues[lane].next_speed = speed
        state.queues[lane].next_place = place
    state.queues[lane].held_since = -1
    schedule(state, lane, int(max(state.queues[lane].next_time, 0.0)))


@inlined
def next_place(place: int) -> int:
    """Place in the platoon of the vehicle behind."""
    return place if place == MOVING else min(place + 1, MOVING - 1)


@inlined
def leave_lane(roads: Roads, fleet: Fleet, state: State, lane: int, time: float) -> int:
    """Take the first vehicle off a lane; its vacancy starts to travel back."""
    vehicle = pop(state, lane)
    kind = fleet.vehicles[vehicle].kind
    arrives = time + roads.lanes[lane].length / WAVE_M_S
    stood_on = state.vehicles[vehicle].stands_on
    send_vacancy(state, stood_on, arrives, fleet.kinds[kind].length + fleet.kinds[kind].gap)
    state.queues[lane].out_time = time
    state.queues[lane].held_since = -1
    stuck = state.queues[lane].stuck
    if stuck > 0:
        connection = state.stuck_on[lane, 0]
        for k in range(1, stuck):
            state.stuck_on[lane, k - 1] = state.stuck_on[lane, k]
        state.queues[lane].stuck = stuck - 1
        state.connections[connection].stuck_n -= 1
        state.connections[connection].stuck_until = max(state.connections[connection].stuck_until, arrives)
        node = roads.connections[connection].node
        state.nodes[node].busy -= 1
        state.nodes[node].until = max(state.nodes[node].until, arrives)
    return vehicle


@inlined
def account(fleet: Fleet, state: State, vehicle: int, connection: int, time: float) -> None:
    """Book what a vehicle lost on the link that it leaves."""
    lost = time - state.vehicles[vehicle].entered - state.vehicles[vehicle].free
    lane = fleet.options[state.vehicles[vehicle].option].lane
    state.vehicles[vehicle].delay += lost
    state.queues[lane].delay += lost
    state.queues[lane].left += 1
    if state.log.shape[0] > 0:
        at = state.vehicles[vehicle].log_at + state.vehicles[vehicle].place - state.vehicles[vehicle].begin
        state.log[at, 0] = state.vehicles[vehicle].ready
        state.log[at, 1] = time
    if connection == ARRIVED:
        return
    state.connections[connection].delay += lost
    state.connections[connection].served += 1
    if time - state.vehicles[vehicle].ready > STOPPED_S:
        state.vehicles[vehicle].stops += 1
        state.connections[connection].stops += 1


@inlined
def cross_junction(
    roads: Roads,
    fleet: Fleet,
    state: State,
    vehicle: int,
    connection: int,
    target: int,
    time: float,
    speed: float,
    done_m: float,
) -> None:
    """A vehicle drives over the junction (but for `done_m` of the path) and joins the lane of `target`.

    It is stuck there if its lane is full and will not have moved up by then.
    """
    account(fleet, state, vehicle, connection, time)
    kind = fleet.vehicles[vehicle].kind
    lane, entry = fleet.options[target].lane, roads.connections[connection].to_lane
    path, limit = roads.connections[connection].path - done_m, roads.connections[connection].turn_speed
    cap = cruise_m_s(fleet, vehicle, limit)
    spent, speed = drive(path, speed, cap, fleet.kinds[kind].accel)
    state.vehicles[vehicle].place += 1
    state.queues[entry].in_time = time
    length = fleet.kinds[kind].length
    state.connections[connection].cleared = time + spent + length / max(speed, FROM_STOP_M_S)
    stuck = road_to_come(roads, state, lane) < length and road_to_come(roads, state, entry) < length
    free = path / own_limit_m_s(fleet, vehicle, limit)
    join_lane(roads, fleet, state, vehicle, target, entry, time, speed, roads.lanes[lane].length, spent, free)
    if stuck and state.queues[lane].stuck < MOST_STUCK:
        state.stuck_on[lane, state.queues[lane].stuck] = connection
        state.queues[lane].stuck += 1
        state.connections[connection].stuck_n += 1
        state.nodes[roads.connections[connection].node].busy += 1

"""What happens at stop lines, and at the places inside junctions where vehicles wait."""

from __future__ import annotations

from trafficopt.model.queues.compiled import compiled, inlined
from trafficopt.model.queues.driving import (
    ARRIVED,
    FROM_STOP_M_S,
    account,
    cross_junction,
    leave_lane,
    next_place,
    prepare_first,
)
from trafficopt.model.queues.fleet import Fleet
from trafficopt.model.queues.physics import START_S, drive
from trafficopt.model.queues.right_of_way import (
    FREE_M,
    NO_SIGNAL,
    NOT_YET,
    blocked_from,
    has_gap,
    impatience_of,
    letter,
    must_yield,
    opening,
    since_row_began,
    waits_for_gap,
)
from trafficopt.model.queues.roads import Roads
from trafficopt.model.queues.shown import RED, YELLOW, Shown
from trafficopt.model.queues.state import TELEPORTS, WAVE_M_S, State, inside, pop, push, schedule
from trafficopt.model.queues.storage import choose_option

MERGE_S = 1.5  # between vehicles that enter a lane from different lanes
YELLOW_USE = 0.7  # share of the time a vehicle needs to stop from its speed
GAP_M = 2.5  # between a vehicle and what stands in its way on the junction
NO_STOP_M = 1e6  # farther than any junction
ENTERABLE_M = 4.0  # drivers enter a junction on which somebody stands in their way farther off than this
FOLLOWS_INSIDE_S = 2.0  # between vehicles that leave a waiting place inside a junction


@compiled
def serve_lane(
    roads: Roads, fleet: Fleet, shown: Shown, state: State, lane: int, second: int, teleport_s: float
) -> None:
    """Let vehicles of a lane pass the stop line during this second."""
    while state.queues[lane].first >= 0:
        vehicle = state.queues[lane].first
        held = state.queues[lane].held_since >= 0
        time, speed, place = state.queues[lane].next_time, state.queues[lane].next_speed, 0
        if held:
            time, speed = max(time, second + START_S), FROM_STOP_M_S
        else:
            place = state.queues[lane].next_place
        if time >= second + 1:
            schedule(state, lane, int(time))
            return
        connection = fleet.options[state.vehicles[vehicle].option].connection
        if connection == ARRIVED:
            leave_lane(roads, fleet, state, lane, time)
            account(fleet, state, vehicle, ARRIVED, time)
            state.vehicles[vehicle].gone = 2
            prepare_first(roads, fleet, state, lane, next_place(place))
            continue
        shows = letter(roads, shown, connection, second)
        if shows == RED or (shows == YELLOW and not _runs_yellow(roads, fleet, shown, state, lane, second)):
            hold(state, lane, second, opening(roads, shown, connection, second))
            return
        if held:
            queue_m = min(state.queues[lane].used, roads.lanes[lane].length)
            state.queues[lane].wave_end = time + queue_m / WAVE_M_S
        at = _enters(roads, fleet, shown, state, lane, connection, shows, second, time)
        if at < 0.0:
            overdue = held and 0.0 < teleport_s < second - state.queues[lane].held_since
            if overdue and _teleport(roads, fleet, shown, state, lane, second):
                continue
            hold(state, lane, second, second + 1)
            return
        if at < FREE_M:
            _move_inside(roads, fleet, state, lane, connection, time, speed, at)
            prepare_first(roads, fleet, state, lane, next_place(place))
            continue
        entry = roads.connections[connection].to_lane
        merges = state.queues[entry].in_time + MERGE_S
        if merges > time and state.queues[lane].out_time < state.queues[entry].in_time:
            time = merges
            if time >= second + 1:
                state.queues[lane].next_time = time
                schedule(state, lane, int(time))
                return
        target = _option_beyond(roads, fleet, shown, state, vehicle, connection, time)
        if target < 0:
            hold(state, lane, second, second + 1)
            return
        leave_lane(roads, fleet, state, lane, time)
        cross_junction(roads, fleet, state, vehicle, connection, target, time, speed, 0.0)
        prepare_first(roads, fleet, state, lane, next_place(place))


@inlined
def hold(state: State, queue: int, second: int, again: int) -> None:
    """The first vehicle of a queue cannot go before the second `again`."""
    if state.queues[queue].held_since < 0:
        state.queues[queue].held_since = second
    state.queues[queue].held_at = again - 1
    schedule(state, queue, again)


@inlined
def _runs_yellow(roads: Roads, fleet: Fleet, shown: Shown, state: State, lane: int, second: int) -> bool:
    """Whether the first vehicle is too close to stop when the yellow begins."""
    if state.queues[lane].held_since >= 0:
        return False
    vehicle = state.queues[lane].first
    connection = fleet.options[state.vehicles[vehicle].option].connection
    began = second - since_row_began(shown, roads.connections[connection].signal, second)
    to_stop = state.queues[lane].next_speed / (2.0 * fleet.kinds[fleet.vehicles[vehicle].kind].decel)
    return state.queues[lane].next_time - began < YELLOW_USE * to_stop


@inlined
def _enters(
    roads: Roads,
    fleet: Fleet,
    shown: Shown,
    state: State,
    lane: int,
    connection: int,
    shows: int,
    second: int,
    time: float,
) -> float:
    """How far the first vehicle of a lane may drive onto the junction [m].

    Negative: it stays outside; FREE_M: it may cross (if its lane beyond has room).
    """
    waiting, places = state.connections[connection].inside_n, roads.connections[connection].inside
    stop = blocked_from(roads, state, connection, time, -1.0, NOT_YET)
    if (
        (waiting > 0 and waiting >= places)
        or stop < ENTERABLE_M
        or _tail_blocks(roads, state, lane, connection)
    ):
        return -1.0
    at = stop - GAP_M
    if must_yield(roads, connection, shows) and shows != YELLOW:
        stops_first = roads.connections[connection].stops > 0 and shows == NO_SIGNAL
        if (stops_first and state.queues[lane].held_since < 0) or not has_gap(
            roads,
            fleet,
            shown,
            state,
            connection,
            second,
            time,
            -1.0,
            state.queues[lane].held_since < 0,
            impatience_of(fleet, state, lane, second),
        ):
            if waiting >= places:
                return -1.0
            at, waiting = min(roads.connections[connection].inside_m, at), 0
    if waiting > 0:
        return -1.0
    if at >= NO_STOP_M:
        return FREE_M
    vehicle = state.queues[lane].first  # onto the junction only if the way out is free
    target = _option_beyond(roads, fleet, shown, state, vehicle, connection, time)
    return at if target >= 0 else -1.0


@inlined
def _option_beyond(
    roads: Roads, fleet: Fleet, shown: Shown, state: State, vehicle: int, connection: int, time: float
) -> int:
    """Option on the next link, -1 if there is no room."""
    stands_m = roads.connections[connection].path if roads.connections[connection].open_ended else 0.0
    place, kind = state.vehicles[vehicle].place + 1, fleet.vehicles[vehicle].kind
    entry = roads.connections[connection].to_lane
    return choose_option(roads, fleet, shown, state, place, entry, kind, stands_m, time)


@inlined
def _tail_blocks(roads: Roads, state: State, lane: int, connection: int) -> bool:
    """Whether a vehicle that waits inside the junction for another way sticks out into the lane."""
    for other in range(roads.lanes[lane].connection_at, roads.lanes[lane].connection_end):
        waiting = state.connections[other].inside_n
        if other != connection and waiting > 0 and waiting >= roads.connections[other].sticks_out:
            return True
    return False


@inlined
def _move_inside(
    roads: Roads, fleet: Fleet, state: State, lane: int, connection: int, time: float, speed: float, at: float
) -> None:
    """The first vehicle of a lane passes the stop line to wait `at` meters inside the junction."""
    vehicle = leave_lane(roads, fleet, state, lane, time)
    queue = inside(roads, connection)
    cap, accel = roads.connections[connection].turn_speed, fleet.kinds[fleet.vehicles[vehicle].kind].accel
    travel, _ = drive(at, speed, cap, accel)
    push(state, queue, vehicle)
    state.connections[connection].inside_n += 1
    state.nodes[roads.connections[connection].node].busy += 1
    if state.connections[connection].inside_n == 1:
        state.connections[connection].inside_at = at
        state.connections[connection].inside_since = time
        state.queues[queue].next_time = time + travel
        state.queues[queue].held_since = -1
        schedule(state, queue, int(time + travel))


@compiled
def serve_inside(
    roads: Roads, fleet: Fleet, shown: Shown, state: State, connection: int, second: int
) -> None:
    """Let the first vehicle that waits inside the junction go on."""
    queue = inside(roads, connection)
    vehicle = state.queues[queue].first
    if vehicle < 0:
        return
    time = max(state.queues[queue].next_time, float(second))
    if time >= second + 1:
        schedule(state, queue, int(time))
        return
    at, since = state.connections[connection].inside_at, state.connections[connection].inside_since
    target = -1
    if blocked_from(roads, state, connection, time, at, since) == FREE_M and (
        not waits_for_gap(roads, state, connection)
        or has_gap(
            roads,
            fleet,
            shown,
            state,
            connection,
            second,
            time,
            at,
            False,
            impatience_of(fleet, state, queue, second),
        )
    ):
        target = _option_beyond(roads, fleet, shown, state, vehicle, connection, time)
    if target < 0:
        hold(state, queue, second, second + 1)
        return
    pop(state, queue)
    state.connections[connection].inside_n -= 1
    state.nodes[roads.connections[connection].node].busy -= 1
    state.connections[connection].inside_since = time
    state.queues[queue].held_since = -1
    state.queues[queue].out_time = time
    cross_junction(roads, fleet, state, vehicle, connection, target, time, FROM_STOP_M_S, at)
    if state.queues[queue].first >= 0:
        state.queues[queue].next_time = time + FOLLOWS_INSIDE_S
        schedule(state, queue, int(time + FOLLOWS_INSIDE_S))


@inlined
def _teleport(roads: Roads, fleet: Fleet, shown: Shown, state: State, lane: int, second: int) -> bool:
    """Lift the first vehicle of a lane over the junction; False if there is no room beyond either."""
    vehicle = state.queues[lane].first
    connection = fleet.options[state.vehicles[vehicle].option].connection
    time = float(second)
    target = _option_beyond(roads, fleet, shown, state, vehicle, connection, time)
    if target < 0:
        return False
    state.totals[TELEPORTS] += 1.0
    leave_lane(roads, fleet, state, lane, time)
    cross_junction(roads, fleet, state, vehicle, connection, target, time, FROM_STOP_M_S, 0.0)
    prepare_first(roads, fleet, state, lane, 1)
    return True

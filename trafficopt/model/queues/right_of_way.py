"""Who may enter a junction: signals, gaps in the flow of those who go first, and what stands on it."""

from __future__ import annotations

from trafficopt.model.queues.compiled import inlined
from trafficopt.model.queues.fleet import Fleet
from trafficopt.model.queues.physics import SURE_S
from trafficopt.model.queues.roads import Roads
from trafficopt.model.queues.shown import GO, YELLOW, Shown
from trafficopt.model.queues.state import State

SEEN_AHEAD_S = 3.5  # foes that have another stop line to pass are seen when they are this close to it
IMPATIENT_S = 180.0  # SUMO's time-to-impatience
SLOW_M_S = 1.0
DECEL_M_S2 = 4.5
FOES_SEEN = 3
FOLLOWING_S = 1.9
PASSED_S = 0.5
NO_SIGNAL = 9
FREE_M = 1e9
NOT_YET = 1e9
BEHIND_M = 6.0  # vehicles that cannot leave the junction stand on the last meters of its path
STANDING_M = 5.0  # road that a vehicle takes on the junction


@inlined
def second_of_cycle(shown: Shown, signal: int, second: int) -> int:
    """Second of the signal's cycle."""
    return (second + shown.signals[signal].shift) % shown.signals[signal].cycle


@inlined
def letter(roads: Roads, shown: Shown, connection: int, second: int) -> int:
    """What a connection is shown; NO_SIGNAL where nothing rules it."""
    signal = roads.connections[connection].signal
    if signal < 0:
        return NO_SIGNAL
    row = shown.row[shown.signals[signal].second_at + second_of_cycle(shown, signal, second)]
    return shown.kind[
        shown.signals[signal].kind_at
        + row * shown.signals[signal].n_heads
        + roads.connections[connection].head
    ]


@inlined
def opening(roads: Roads, shown: Shown, connection: int, second: int) -> int:
    """First second from now on at which a connection is green; far away if never."""
    signal = roads.connections[connection].signal
    at = second_of_cycle(shown, signal, second)
    row = shown.row[shown.signals[signal].second_at + at]
    opens = shown.opens[
        shown.signals[signal].kind_at
        + row * shown.signals[signal].n_heads
        + roads.connections[connection].head
    ]
    if opens < 0:
        return second + 1_000_000
    if opens == row:
        return second
    return second + (shown.row_start[shown.signals[signal].row_at + opens] - at) % shown.signals[signal].cycle


@inlined
def since_row_began(shown: Shown, signal: int, second: int) -> int:
    """Seconds since the present row began."""
    at = second_of_cycle(shown, signal, second)
    row = shown.row[shown.signals[signal].second_at + at]
    return at - shown.row_start[shown.signals[signal].row_at + row]


@inlined
def must_yield(roads: Roads, connection: int, shown_letter: int) -> bool:
    """Whether a vehicle has to look for a gap."""
    if shown_letter == NO_SIGNAL:
        return roads.connections[connection].yields > 0
    return shown_letter != GO


@inlined
def impatience_of(fleet: Fleet, state: State, queue: int, second: int) -> float:
    """Impatience of the first driver of a queue, 0 to 1: it grows while the vehicle is held."""
    vehicle = state.queues[queue].first
    waited = float(second - state.queues[queue].held_since) if state.queues[queue].held_since >= 0 else 0.0
    impatience = fleet.kinds[fleet.vehicles[vehicle].kind].impatience + waited / IMPATIENT_S
    return min(1.0, max(0.0, impatience))


@inlined
def waits_for_gap(roads: Roads, state: State, connection: int) -> bool:
    """Whether the vehicle inside the junction stands where vehicles wait for a gap."""
    return (
        roads.connections[connection].inside > 0
        and state.connections[connection].inside_at <= roads.connections[connection].inside_m
    )


@inlined
def blocked_from(
    roads: Roads, state: State, connection: int, time: float, passed_m: float, since: float
) -> float:
    """Where on the path of a connection, beyond `passed_m`, the first vehicle stands in the way [m].

    Far away if nobody does. A vehicle on the junction holds those who enter it later (SUMO's link leaders)
    wherever their paths meet ahead of it, unless it waits for a gap itself.

    Parameters
    ----------
    since
        When the vehicle itself entered the junction [s]; NOT_YET if it is outside.
    """
    nearest = FREE_M
    for k in range(roads.connections[connection].foe_at, roads.connections[connection].foe_end):
        foe = roads.foes[k].foe
        inside, stuck = state.connections[foe].inside_n > 0, state.connections[foe].stuck_n > 0
        if not inside and not stuck and state.connections[foe].stuck_until <= time:
            continue
        near = roads.foes[k].near
        if near >= nearest or near < passed_m:
            continue
        if inside:
            front = state.connections[foe].inside_at
            back = front - STANDING_M * state.connections[foe].inside_n
            if roads.foes[k].foe_far > back and (
                roads.foes[k].foe_near < front - 0.5
                or (state.connections[foe].inside_since < since and not waits_for_gap(roads, state, foe))
            ):
                nearest = near
                continue
        if (stuck or state.connections[foe].stuck_until > time) and (
            roads.foes[k].foe_far > roads.connections[foe].path - BEHIND_M
        ):
            nearest = near
    return nearest


@inlined
def has_gap(
    roads: Roads,
    fleet: Fleet,
    shown: Shown,
    state: State,
    connection: int,
    second: int,
    time: float,
    passed_m: float,
    rolling: bool,
    impatience: float,
) -> bool:
    """Whether those who go first leave room for a vehicle that starts at `time`.

    Parameters
    ----------
    passed_m
        Part of the path that lies behind a vehicle that waits inside the junction; negative: none.
    rolling
        Whether the vehicle has not stopped.
    impatience
        Share of their full braking that the driver expects of foes, 0 to 1.
    """
    gap = roads.connections[connection].gap
    if passed_m > 0.0:
        gap = roads.connections[connection].gap_inside
    elif rolling:
        gap = roads.connections[connection].gap_rolling
    gap *= roads.connections[connection].gap_factor
    for k in range(roads.connections[connection].foe_at, roads.connections[connection].foe_end):
        first = roads.foes[k].first_inside if passed_m > 0.0 else roads.foes[k].first
        if not first or roads.foes[k].near < passed_m - 0.5:
            continue
        foe = roads.foes[k].foe
        if state.connections[foe].cleared + roads.foes[k].merges * SURE_S > time:
            return False
        seen = letter(roads, shown, foe, second)
        if seen <= YELLOW:
            continue
        if _comes(roads, fleet, shown, state, foe, second, time, gap, impatience):
            return False
    return True


@inlined
def _comes(
    roads: Roads,
    fleet: Fleet,
    shown: Shown,
    state: State,
    foe: int,
    second: int,
    time: float,
    gap: float,
    impatience: float,
) -> bool:
    """Whether a vehicle reaches the junction on connection `foe` too early.

    Parameters
    ----------
    impatience
        Share of their full braking that the driver expects of foes, 0 to 1.
    """
    lane = roads.connections[foe].from_lane
    vehicle = state.queues[lane].first
    if vehicle >= 0 and state.queues[lane].held_at < second - 1:
        comes, speed = state.queues[lane].next_time, state.queues[lane].next_speed
        for _ in range(FOES_SEEN):
            if comes > time + gap:
                break
            if fleet.options[state.vehicles[vehicle].option].connection == foe and comes > time - PASSED_S:
                ahead = max(comes - time, 0.0)
                slower = max(speed - impatience * DECEL_M_S2 * ahead, SLOW_M_S)
                if comes + 0.5 * impatience * DECEL_M_S2 * ahead * ahead / slower <= time + gap:
                    return True
            vehicle = state.vehicles[vehicle].behind
            if vehicle < 0:
                break
            comes = max(state.vehicles[vehicle].ready, comes + FOLLOWING_S)
    if roads.lanes[lane].feeder_at == roads.lanes[lane].feeder_end:
        return False
    travel = roads.lanes[lane].length / max(5.0, 0.8 * roads.lanes[lane].speed)
    for k in range(roads.lanes[lane].feeder_at, roads.lanes[lane].feeder_end):
        feeder = roads.feeders[k]
        from_lane = roads.connections[feeder].from_lane
        vehicle = state.queues[from_lane].first
        if vehicle < 0 or state.queues[from_lane].held_at >= second - 1:
            continue
        passes = state.queues[from_lane].next_time
        comes = passes + travel + roads.connections[feeder].path / roads.connections[feeder].turn_speed
        if passes > time + SEEN_AHEAD_S or comes > time + gap or comes < time - PASSED_S:
            continue
        if fleet.options[state.vehicles[vehicle].option].connection != feeder:
            continue
        after = state.vehicles[vehicle].place + 2
        if after < fleet.places.shape[0] and fleet.places[after].link == roads.connections[foe].to_link:
            seen = letter(roads, shown, feeder, second)
            if seen > YELLOW:
                return True
    return False

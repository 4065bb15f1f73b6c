"""Where vehicles go: room on the lanes ahead, and the choice among them."""

from __future__ import annotations

from trafficopt.model.queues.compiled import inlined
from trafficopt.model.queues.fleet import Fleet
from trafficopt.model.queues.right_of_way import letter
from trafficopt.model.queues.roads import Roads
from trafficopt.model.queues.shown import YELLOW, Shown
from trafficopt.model.queues.state import State, settle_vacancies

CREEP_M = 1.0  # drivers stop this much closer than length and gap would have it
SEEN_AFTER_S = 1.0  # drivers behind notice that a vehicle has stopped
SEEN_RED_M = 30.0  # drivers at the begin of shorter lanes see that those ahead brake for a red
MOVING_EXTRA_M = 12.0  # road that vehicles take beyond the standing capacity of a lane that moves
LANE_CHANGE_M = 30.0  # a lane change costs one vehicle of queue on a link of this length
LOOK_AHEAD = 3
INSERTED = -1.0  # in place of road on the junction: the vehicle comes from outside
MOST_BESIDE = 1000


@inlined
def somebody_stands(roads: Roads, fleet: Fleet, shown: Shown, state: State, lane: int, time: float) -> bool:
    """Whether a vehicle of a lane stands, or is about to.

    Its first is held, or the start has not yet reached the last, or a short lane ends at red.
    """
    vehicle = state.queues[lane].first
    if vehicle >= 0 and roads.lanes[lane].length < SEEN_RED_M:
        connection = fleet.options[state.vehicles[vehicle].option].connection
        if connection >= 0:
            shows = letter(roads, shown, connection, int(time - SEEN_AFTER_S))
            if shows <= YELLOW:
                return True
    held = state.queues[lane].held_since
    if held >= 0:
        return time > held + SEEN_AFTER_S
    return time < state.queues[lane].wave_end


@inlined
def free_road(roads: Roads, state: State, lane: int, time: float) -> float:
    """Road [m] that is left at the begin of a lane on which somebody stands."""
    settle_vacancies(state, lane, time)
    return roads.lanes[lane].length + CREEP_M - state.queues[lane].used


@inlined
def road_to_come(roads: Roads, state: State, lane: int) -> float:
    """Road [m] that will be left when all vacancies have come back."""
    return roads.lanes[lane].length + CREEP_M - state.queues[lane].used + state.queues[lane].flying


@inlined
def has_room(
    roads: Roads,
    fleet: Fleet,
    shown: Shown,
    state: State,
    lane: int,
    place: int,
    kind: int,
    stands_m: float,
    time: float,
) -> bool:
    """Whether a vehicle may enter a lane: it must be able to leave the junction behind if anybody stands.

    Parameters
    ----------
    stands_m
        Road [m] on the junction on which vehicles may stand; negative: the vehicle is inserted, and must
        find room in any case.
    """
    length = fleet.kinds[kind].length
    needed = length - max(stands_m, 0.0)
    for _ in range(LOOK_AHEAD):
        if state.queues[lane].count > 0 or state.queues[lane].used > 0.0:
            if free_road(roads, state, lane, time) >= needed:
                return True
            if stands_m >= 0.0 and not somebody_stands(roads, fleet, shown, state, lane, time):
                return road_to_come(roads, state, lane) + MOVING_EXTRA_M > needed
            if state.queues[lane].count > 0:
                return False
        if roads.lanes[lane].length + CREEP_M >= needed:
            return True
        needed -= roads.lanes[lane].length
        # the whole lane is shorter than the vehicle: what is beyond?
        options = fleet.places[place].options
        found = -1
        for o in range(fleet.option_at[options], fleet.option_at[options + 1]):
            if fleet.options[o].lane == lane:
                found = fleet.options[o].connection
        if found < 0:
            return True
        lane = roads.connections[found].to_lane
        place += 1
    return True


@inlined
def choose_option(
    roads: Roads,
    fleet: Fleet,
    shown: Shown,
    state: State,
    place: int,
    entry: int,
    kind: int,
    stands_m: float,
    time: float,
) -> int:
    """Option of a vehicle at a place of its route: the shortest lane with room; -1 if all are full.

    Parameters
    ----------
    entry
        Lane to which its connection leads; changing lanes costs the more the shorter the link.
    """
    options = fleet.places[place].options
    best, best_cost = -1, 1e18
    for o in range(fleet.option_at[options], fleet.option_at[options + 1]):
        lane = fleet.options[o].lane
        cost = state.queues[lane].count + abs(lane - entry) * LANE_CHANGE_M / (roads.lanes[lane].length + 1.0)
        if cost < best_cost and has_room(roads, fleet, shown, state, lane, place, kind, stands_m, time):
            best, best_cost = o, cost
    if best >= 0 or roads.lanes[entry].length < LANE_CHANGE_M:
        return best
    # all lanes that serve the route are full: stand beside them, on the lane of entry
    if free_road(roads, state, entry, time) < fleet.kinds[kind].length:
        return -1
    for o in range(fleet.option_at[options], fleet.option_at[options + 1]):
        lane = fleet.options[o].lane
        cost = abs(lane - entry) * MOST_BESIDE + state.queues[lane].count
        if lane != entry and cost < best_cost:
            best, best_cost = o, cost
    return best

"""How vehicles enter the network: they wait outside until there is room."""

from __future__ import annotations

import math

from trafficopt.model.queues.compiled import compiled
from trafficopt.model.queues.driving import cruise_m_s, join_lane
from trafficopt.model.queues.fleet import Fleet
from trafficopt.model.queues.roads import Roads
from trafficopt.model.queues.route_choice import quickest_route
from trafficopt.model.queues.shown import Shown
from trafficopt.model.queues.state import State, outside, pop, push, schedule
from trafficopt.model.queues.storage import INSERTED, choose_option

INSERTION_S = 2.0  # between vehicles that enter the network on a lane
REROUTE_S = 60.0  # drivers who wait longer to enter choose again


@compiled
def appear(roads: Roads, fleet: Fleet, state: State, vehicle: int, second: int) -> None:
    """A vehicle wants to depart: it waits at its lane, or at the one with the fewest vehicles."""
    _choose_route(roads, fleet, state, vehicle)
    lane = fleet.vehicles[vehicle].enter_lane
    if lane < 0:
        options = fleet.places[state.vehicles[vehicle].place].options
        fewest = 1 << 60
        for o in range(fleet.option_at[options], fleet.option_at[options + 1]):
            other = fleet.options[o].lane
            waiting = state.queues[other].count + state.queues[outside(roads, other)].count
            if waiting < fewest:
                lane, fewest = other, waiting
    queue = outside(roads, lane)
    push(state, queue, vehicle)
    schedule(state, queue, second)


@compiled
def _choose_route(roads: Roads, fleet: Fleet, state: State, vehicle: int) -> None:
    place = fleet.place_at[quickest_route(roads, fleet, state, vehicle)]
    state.vehicles[vehicle].place = place
    state.vehicles[vehicle].begin = place


@compiled
def let_enter(roads: Roads, fleet: Fleet, shown: Shown, state: State, lane: int, second: int) -> None:
    """Insert the first vehicle that waits outside at a lane, if there is room."""
    queue = outside(roads, lane)
    vehicle = state.queues[queue].first
    if vehicle < 0:
        return
    if state.queues[lane].in_time + INSERTION_S > second:
        schedule(state, queue, math.ceil(state.queues[lane].in_time + INSERTION_S))
        return
    if second - fleet.vehicles[vehicle].depart > REROUTE_S:
        _choose_route(roads, fleet, state, vehicle)
    place, kind = state.vehicles[vehicle].place, fleet.vehicles[vehicle].kind
    option = choose_option(roads, fleet, shown, state, place, lane, kind, INSERTED, float(second))
    if option < 0:
        schedule(state, queue, second + 1)
        return
    pop(state, queue)
    state.vehicles[vehicle].gone = 1
    state.vehicles[vehicle].departed = float(second)
    state.vehicles[vehicle].delay = second - fleet.vehicles[vehicle].depart
    state.queues[lane].in_time = float(second)
    speed = min(fleet.vehicles[vehicle].start_speed, cruise_m_s(fleet, vehicle, roads.lanes[lane].speed))
    length = roads.lanes[lane].length * fleet.vehicles[vehicle].first_share
    join_lane(roads, fleet, state, vehicle, option, lane, float(second), speed, length, 0.0, 0.0)
    if state.queues[queue].first >= 0:
        schedule(state, queue, second + 1)

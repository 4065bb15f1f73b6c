"""Drivers choose routes by the speeds of the moment, as SUMO's do at departure."""

from __future__ import annotations

from trafficopt.model.queues.compiled import compiled
from trafficopt.model.queues.fleet import Fleet
from trafficopt.model.queues.roads import Roads
from trafficopt.model.queues.state import State

SAMPLE_S = 10  # between two looks at the links
MEMORY_S = 90.0  # SUMO's mean over the last 180 s is as old as this on average
SLOWEST_M_S = 0.1
MINOR_S = 1.5  # SUMO's default penalty of a connection that gives way


@compiled
def start_watching(roads: Roads, state: State) -> None:
    """Links are free at first."""
    for link in range(roads.links.shape[0]):
        state.link_speed[link] = roads.links[link].speed


@compiled
def watch_links(roads: Roads, fleet: Fleet, state: State, second: int) -> None:
    """Take the mean speed on the links of the moment into their running mean."""
    share = SAMPLE_S / MEMORY_S
    for link in fleet.watched:
        here, moving = 0, 0
        for lane in range(roads.links[link].lane_at, roads.links[link].lane_end):
            vehicle = state.queues[lane].first
            while vehicle >= 0:
                here += 1
                if state.vehicles[vehicle].ready > second:
                    moving += 1
                vehicle = state.vehicles[vehicle].behind
        speed = roads.links[link].speed
        if here > 0:
            speed *= moving / here
        state.link_speed[link] += share * (speed - state.link_speed[link])


@compiled
def quickest_route(roads: Roads, fleet: Fleet, state: State, vehicle: int) -> int:
    """Candidate route of least travel time at present."""
    first, end = fleet.vehicles[vehicle].route, fleet.vehicles[vehicle].route_end
    best, least = first, 1e18
    if end - first == 1:
        return best
    for route in range(first, end):
        cost = 0.0
        for place in range(fleet.place_at[route], fleet.place_at[route + 1]):
            link = fleet.places[place].link
            cost += roads.links[link].length / max(state.link_speed[link], SLOWEST_M_S)
            option = fleet.option_at[fleet.places[place].options]
            connection = fleet.options[option].connection
            if connection >= 0:
                cost += roads.connections[connection].path / roads.connections[connection].turn_speed
                if roads.connections[connection].yields:
                    cost += MINOR_S
            if cost >= least:
                break
        if cost < least:
            best, least = route, cost
    return best

"""The run: queues served second by second, in the order of a calendar."""

from __future__ import annotations

from trafficopt.model.queues.compiled import compiled
from trafficopt.model.queues.departures import appear, let_enter
from trafficopt.model.queues.fleet import Fleet
from trafficopt.model.queues.roads import Roads
from trafficopt.model.queues.route_choice import SAMPLE_S, start_watching, watch_links
from trafficopt.model.queues.shown import Shown
from trafficopt.model.queues.state import State, reset
from trafficopt.model.queues.stop_lines import serve_inside, serve_lane


@compiled
def run(
    roads: Roads,
    fleet: Fleet,
    shown: Shown,
    state: State,
    seconds: int,
    teleport_s: float,
    most_delay: float,
) -> bool:
    """Let the demand run through the network for a number of seconds.

    Queues are looked at only when something may happen there: when their first vehicle reaches its stop
    line, turns green, or, held by others, every second. Results stay in `state`.

    Parameters
    ----------
    teleport_s
        Time after which a vehicle that stands is lifted over the junction; not above 0: never.
    most_delay
        The run ends early once vehicles have lost more than that [veh*s].

    Returns
    -------
    bool
        Whether it ran to its end.
    """
    reset(state)
    start_watching(roads, state)
    n_lanes, n_connections = roads.lanes.shape[0], roads.connections.shape[0]
    n, due = fleet.vehicles.shape[0], 0
    for second in range(seconds):
        if second % SAMPLE_S == 0 and second > 0:
            watch_links(roads, fleet, state, second)
            if _lost(state) > most_delay:
                return False
        while due < n and fleet.vehicles[due].depart <= second:
            appear(roads, fleet, state, due, second)
            due += 1
        queue = state.bucket[second]
        while queue >= 0:
            state.bucket[second] = state.queues[queue].next_in_bucket
            state.queues[queue].due = -1
            if queue < n_lanes:
                serve_lane(roads, fleet, shown, state, queue, second, teleport_s)
            elif queue < n_lanes + n_connections:
                serve_inside(roads, fleet, shown, state, queue - n_lanes, second)
            else:
                let_enter(roads, fleet, shown, state, queue - n_lanes - n_connections, second)
            queue = state.bucket[second]
    _close(fleet, state, float(seconds))
    return True


@compiled
def _lost(state: State) -> float:
    """What vehicles have lost so far on the links that they left [veh*s]."""
    lost = 0.0
    for v in state.vehicles:
        lost += v.delay
    return lost


@compiled
def _close(fleet: Fleet, state: State, end: float) -> None:
    """Book what vehicles that are still waiting or under way have lost until the end."""
    for vehicle in range(fleet.vehicles.shape[0]):
        if state.vehicles[vehicle].gone == 0:
            state.vehicles[vehicle].delay = max(0.0, end - fleet.vehicles[vehicle].depart)
        elif state.vehicles[vehicle].gone == 1:
            elapsed = end - state.vehicles[vehicle].entered
            planned = max(state.vehicles[vehicle].ready - state.vehicles[vehicle].entered, 1e-6)
            lost = elapsed - min(1.0, elapsed / planned) * state.vehicles[vehicle].free
            state.vehicles[vehicle].delay += lost
            state.queues[fleet.options[state.vehicles[vehicle].option].lane].delay += lost

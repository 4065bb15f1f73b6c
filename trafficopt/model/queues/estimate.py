"""What the queue model says of a plan, added up from the end of a run."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from trafficopt.model.queues.fleet import Fleet
from trafficopt.model.queues.records import Records
from trafficopt.model.queues.roads import Roads
from trafficopt.model.queues.state import TELEPORTS, State
from trafficopt.table_repr import Column, Table, Tabled
from trafficopt.units import FloatArray, IntArray, Seconds

STANDING_S = 300.0  # a link that nobody leaves for so long, though somebody is on it, has locked up


@dataclass(frozen=True, slots=True, repr=False)
class QueueEstimate(Tabled):
    """What the queue model says of one plan; all means are over all demanded vehicles.

    Attributes
    ----------
    demanded, unfinished, undeparted
        Vehicles that want to depart within the window; under way at its end; not let in by then.
    mean_delay_s
        Time lost against free driving and waiting to depart, with what vehicles have lost by the end if
        they are not through: SUMO's (timeLoss + departDelay).
    teleports
        Vehicles that were lifted over a junction after the scenario's time to teleport.
    standing
        Links that nobody left in the last 300 s though somebody stood on them.
    chosen_routes
        Whether drivers chose among routes as they departed; else each kept the route of the demand.
    movements
        From and to link of each movement, n of them; the arrays below follow it.
    served, stops
        Vehicles of each movement that left its link, and times that they stopped there, shape (n,).
    delay_s
        Time lost by them on the link before [veh*s], shape (n,).
    link_delay_s, link_depart_delay_s
        Time lost [veh*s] on each link (order of `QueueModel.links`), and before departing on it.
    link_left
        Vehicles that left each link or arrived on it.
    """

    demanded: int
    unfinished: int
    undeparted: int
    teleports: int
    mean_delay_s: Seconds
    mean_depart_delay_s: Seconds
    mean_stops: float
    standing: tuple[str, ...]
    chosen_routes: bool
    movements: tuple[tuple[str, str], ...] = field(repr=False)
    served: IntArray = field(repr=False)
    stops: IntArray = field(repr=False)
    delay_s: FloatArray = field(repr=False)
    link_delay_s: FloatArray = field(repr=False)
    link_depart_delay_s: FloatArray = field(repr=False)
    link_left: IntArray = field(repr=False)

    def _table(self) -> Table:
        rows = [
            ("mean delay", self.mean_delay_s, "s"),
            ("of it before departing", self.mean_depart_delay_s, "s"),
            ("stops", self.mean_stops, "a vehicle"),
            ("demanded", self.demanded, "vehicles"),
            ("unfinished", self.unfinished, "vehicles"),
            ("undeparted", self.undeparted, "vehicles"),
            ("teleports", self.teleports, "vehicles"),
            ("locked up", len(self.standing), "links"),
        ]
        routes = "chosen at departure" if self.chosen_routes else "as planned"
        return Table(f"QueueEstimate, routes {routes}", (Column(), Column(), Column()), rows)


def estimate_of(
    roads: Roads,
    fleet: Fleet,
    state: State,
    links: tuple[str, ...],
    movements: tuple[tuple[str, str], ...],
    movement_of: IntArray,
    chosen_routes: bool,
) -> QueueEstimate:
    """Figures of a run.

    Parameters
    ----------
    links, movements
        Ids by index.
    movement_of
        Movement of each connection.
    """
    vehicles, connections, n = state.vehicles, state.connections, len(fleet.vehicles)
    lanes, link_of = state.queues[: len(roads.lanes)], roads.lanes.link
    end = float(len(state.bucket) - 1)
    waited = waited_s(fleet, state)
    first_link = fleet.places.link[fleet.place_at[fleet.vehicles.route]]
    return QueueEstimate(
        demanded=n,
        unfinished=int((vehicles.gone == 1).sum()),
        undeparted=int((vehicles.gone == 0).sum()),
        teleports=int(state.totals[TELEPORTS]),
        mean_delay_s=float(vehicles.delay.sum()) / max(n, 1),
        mean_depart_delay_s=float(waited.sum()) / max(n, 1),
        mean_stops=float(vehicles.stops.sum()) / max(n, 1),
        standing=_standing(link_of, lanes, vehicles, end, links),
        chosen_routes=chosen_routes,
        movements=movements,
        served=np.bincount(movement_of, connections.served, len(movements)).astype(np.int64),
        stops=np.bincount(movement_of, connections.stops, len(movements)).astype(np.int64),
        delay_s=_sums(movement_of, connections.delay, len(movements)),
        link_delay_s=_sums(link_of, lanes.delay, len(links)),
        link_depart_delay_s=_sums(first_link, waited, len(links)),
        link_left=np.bincount(link_of, lanes.left, len(links)).astype(np.int64),
    )


def waited_s(fleet: Fleet, state: State) -> FloatArray:
    """Wait of each vehicle to enter the network [s], shape (n_vehicles,); until the end if it did not."""
    end = float(len(state.bucket) - 1)
    departed = np.where(state.vehicles.gone == 0, end, state.vehicles.departed)
    return np.asarray(departed - fleet.vehicles.depart)


def _standing(
    link_of: IntArray, lanes: Records, vehicles: Records, end: Seconds, links: tuple[str, ...]
) -> tuple[str, ...]:
    """Links that have locked up."""
    since = end - STANDING_S
    entered = np.full(len(lanes), np.inf)
    if len(vehicles):
        entered = np.where(lanes.first >= 0, vehicles.entered[np.maximum(lanes.first, 0)], np.inf)
    moved, there = np.zeros(len(links)), np.full(len(links), np.inf)
    np.maximum.at(moved, link_of, lanes.out_time)
    np.minimum.at(there, link_of, entered)
    return tuple(links[k] for k in np.flatnonzero((moved < since) & (there < since)))


def _sums(group: IntArray, values: FloatArray, n: int) -> FloatArray:
    """Sum of the values of each group, shape (n,)."""
    return np.bincount(group, values, n).astype(np.float64)

"""How those who drive along arterials fare in a run, beside the figures of all vehicles."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from operator import add
from pathlib import Path

from trafficopt.model.arterial_trips import ThroughTrip, TripFigures, through_trips, trip_figures
from trafficopt.model.arterial_ways import Direction, links_in_order
from trafficopt.network import Arterial
from trafficopt.plan import TimingPlan
from trafficopt.scenario import Scenario
from trafficopt.sumo.fcd import as_many_as_fit, fcd_arguments, read_trajectories, write_edges
from trafficopt.units import Seconds

Way = tuple[Arterial, Direction]


@dataclass(frozen=True, slots=True)
class ArterialWatch:
    """Who is followed where.

    Attributes
    ----------
    trips
        Through trips of each arterial and direction.
    vehicles, links
        Who is followed, and where.
    edges
        File that names the links.
    """

    scenario: Scenario
    plan: TimingPlan
    trips: tuple[tuple[Way, tuple[ThroughTrip, ...]], ...] = field(repr=False)
    vehicles: tuple[str, ...] = field(repr=False)
    links: tuple[str, ...] = field(repr=False)
    edges: Path

    def arguments(self) -> tuple[str, ...]:
        """What SUMO is asked for in addition."""
        return fcd_arguments(self.vehicles, self.edges)

    def figures(self, folder: Path, seed: int, from_s: Seconds) -> tuple[float | None, float | None]:
        """Travel time [s/km] and share of arrivals on green of those who depart from a time on.

        None where nobody drove, or arrived. SUMO's file in `folder` is removed.
        """
        run, demand = (
            read_trajectories(folder, seed, self.scenario, self.vehicles, self.links),
            self.scenario.demand,
        )
        found = [
            trip_figures(
                [trip for trip in trips if demand.depart_s[trip.vehicle] >= from_s],
                run,
                demand,
                arterial,
                self.scenario.network,
                direction,
                self.plan,
            )
            for (arterial, direction), trips in self.trips
        ]
        total: TripFigures = reduce(add, found)
        return (
            round(total.s_per_km, 3) if total.distance_m else None,
            round(total.on_green_share, 4) if total.n_passed else None,
        )


def watch_arterials(scenario: Scenario, plan: TimingPlan, folder: Path) -> ArterialWatch | None:
    """Follow those who drive at least half of an arterial; None where there is no arterial, or nobody."""
    ways = [(arterial, direction) for arterial in scenario.network.arterials for direction in Direction]
    trips = tuple((way, through_trips(*way, scenario.demand)) for way in ways)
    numbers = sorted({trip.vehicle for _, found in trips for trip in found})
    if not numbers:
        return None
    links = tuple(sorted({link for way in ways for gap in links_in_order(*way) for link in gap}))
    vehicles = as_many_as_fit([scenario.demand.vehicles[k] for k in numbers])
    return ArterialWatch(scenario, plan, trips, vehicles, links, write_edges(links, folder))

"""How trips along arterials fare in SUMO under a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add

import numpy as np

from trafficopt.evaluation import Evaluation
from trafficopt.model.arterial_trips import TripFigures, through_trips, trip_figures
from trafficopt.model.arterial_ways import Direction, links_in_order
from trafficopt.network import Arterial
from trafficopt.plan import TimingPlan
from trafficopt.scenario import Scenario
from trafficopt.sumo.trajectories import follow
from trafficopt.trajectories import Trajectories

SAMPLE_S = 600.0


@dataclass(frozen=True, slots=True)
class DirectionTrips:
    """Through trips of one direction of an arterial.

    Attributes
    ----------
    by_seed
        Figures of each run.
    """

    arterial: str
    direction: Direction
    by_seed: tuple[TripFigures, ...] = field(repr=False)

    @property
    def together(self) -> TripFigures:
        """Figures of all runs."""
        return reduce(add, self.by_seed)


@dataclass(frozen=True, slots=True)
class ProgressionCheck:
    """What SUMO shows of a plan, and of the through trips of arterials.

    Attributes
    ----------
    evaluation
        All vehicles.
    rows
        Each arterial, outbound and inbound.
    sample
        Where the followed vehicles were in the first run, in the middle `SAMPLE_S` seconds of it.
    """

    evaluation: Evaluation
    rows: tuple[DirectionTrips, ...]
    sample: Trajectories | None = field(default=None, repr=False)

    def by_seed(self) -> tuple[TripFigures, ...]:
        """Through trips of all arterials in each run."""
        return tuple(
            reduce(add, figures) for figures in zip(*(row.by_seed for row in self.rows), strict=True)
        )


def check_progression(
    scenario: Scenario,
    plan: TimingPlan,
    seeds: Sequence[int],
    arterials: Sequence[Arterial] | None = None,
    *,
    jobs: int | None = None,
) -> ProgressionCheck:
    """Run a plan in SUMO and follow those who drive at least half of an arterial.

    Parameters
    ----------
    arterials
        All of the network by default.

    Raises
    ------
    SimulationError
        If a run fails.
    """
    network, demand = scenario.network, scenario.demand
    ways = [(a, direction) for a in arterials or network.arterials for direction in Direction]
    trips = [through_trips(arterial, direction, demand) for arterial, direction in ways]
    vehicles = [demand.vehicles[k] for k in sorted({trip.vehicle for found in trips for trip in found})]
    links = sorted({link for way in ways for gap in links_in_order(*way) for link in gap})
    evaluation, runs = follow(scenario, plan, seeds, vehicles, links, jobs=jobs)
    rows = [
        DirectionTrips(
            arterial.name,
            direction,
            tuple(trip_figures(found, run, demand, arterial, network, direction, plan) for run in runs),
        )
        for (arterial, direction), found in zip(ways, trips, strict=True)
    ]
    return ProgressionCheck(evaluation, tuple(rows), _middle(runs[0], scenario))


def _middle(run: Trajectories, scenario: Scenario) -> Trajectories:
    """The part of a run in the middle of the scenario's window."""
    window = scenario.simulation
    middle = (window.begin_s + window.end_s) / 2.0
    kept = np.abs(run.time_s - middle) <= SAMPLE_S / 2.0
    return replace(
        run,
        vehicle=run.vehicle[kept],
        link=run.link[kept],
        time_s=run.time_s[kept],
        position_m=run.position_m[kept],
        speed_m_s=run.speed_m_s[kept],
    )

"""Trips along an arterial: who drives them, and how they fare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

import numpy as np

from trafficopt.demand import Demand
from trafficopt.model.arterial_ways import Direction, links_in_order
from trafficopt.model.progression import Window, through_greens
from trafficopt.network import Arterial, Network
from trafficopt.plan import TimingPlan
from trafficopt.trajectories import Trajectories
from trafficopt.units import BoolArray, IntArray, Meters, Seconds, SecondsArray

THROUGH_SHARE = 0.5  # of the gaps between an arterial's signals, driven without leaving it
HALTING_M_S = 0.1  # SUMO's: slower is standing


@dataclass(frozen=True, slots=True)
class ThroughTrip:
    """A part of a trip along an arterial.

    Attributes
    ----------
    vehicle
        Index in the demand.
    first, last
        Gaps between signals that are driven, in the direction's order, both included.
    """

    vehicle: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class TripFigures:
    """How through trips fare.

    A trip counts from its first stop line to its last; one that had not come to its end when the run ended
    counts with the way and the time that it had by then.

    Attributes
    ----------
    n_trips, n_finished
        Trips that began, and that came to their end.
    time_s, distance_m, stops
        Of all of them.
    n_passed, n_unstopped, n_on_green
        Stop lines that they passed, those of them without a stop on the way there, and those that they
        reached, or whose queue they joined, on green (arrivals on green, P of HCM 2000).
    n_without_stop
        Trips that came to their end without any stop.
    """

    n_trips: int
    n_finished: int
    time_s: Seconds
    distance_m: Meters
    stops: int
    n_passed: int
    n_unstopped: int
    n_on_green: int
    n_without_stop: int

    def __add__(self, other: TripFigures) -> TripFigures:
        return TripFigures(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def s_per_km(self) -> float:
        """Travel time [s/km]."""
        return 1000.0 * self.time_s / self.distance_m if self.distance_m else float("nan")

    @property
    def stops_per_km(self) -> float:
        """Stops [1/km]."""
        return 1000.0 * self.stops / self.distance_m if self.distance_m else float("nan")

    @property
    def unstopped_share(self) -> float:
        """Share of stop lines passed without a stop."""
        return self.n_unstopped / self.n_passed if self.n_passed else float("nan")

    @property
    def on_green_share(self) -> float:
        """Share of arrivals at stop lines, or at the queues before them, on green."""
        return self.n_on_green / self.n_passed if self.n_passed else float("nan")

    @property
    def share_without_stop(self) -> float:
        """Share of finished trips without any stop."""
        return self.n_without_stop / self.n_finished if self.n_finished else float("nan")


def through_trips(
    arterial: Arterial, direction: Direction, demand: Demand, share: float = THROUGH_SHARE
) -> tuple[ThroughTrip, ...]:
    """Trips that drive at least a share of an arterial's gaps in a row, in the order of the demand."""
    gaps = links_in_order(arterial, direction)
    number_of = {path[0]: number for number, path in enumerate(gaps)}
    found = []
    for vehicle, route in enumerate(demand.routes):
        longest = max(_runs(route, gaps, number_of), key=len, default=[])
        if len(longest) >= max(1.0, share * len(gaps)):
            found.append(ThroughTrip(vehicle, longest[0], longest[-1]))
    return tuple(found)


def _runs(
    route: Sequence[str], gaps: Sequence[tuple[str, ...]], number_of: Mapping[str, int]
) -> list[list[int]]:
    """Numbers of whole gaps that are driven one after the other."""
    runs: list[list[int]] = []
    place, ahead = 0, -1  # the gap that would go on with the last run, and only at this place
    while place < len(route):
        number = number_of.get(route[place], -1)
        if number < 0 or tuple(route[place : place + len(gaps[number])]) != gaps[number]:
            place, ahead = place + 1, -1
            continue
        if number == ahead:
            runs[-1].append(number)
        else:
            runs.append([number])
        place, ahead = place + len(gaps[number]), number + 1
    return runs


def trip_figures(
    trips: Sequence[ThroughTrip],
    run: Trajectories,
    demand: Demand,
    arterial: Arterial,
    network: Network,
    direction: Direction,
    plan: TimingPlan,
) -> TripFigures:
    """Add up what happened to trips in a run of `plan`; trips that were not followed do not count.

    At a signal that the plan does not time nobody arrives on green.
    """
    rows, street = _Rows.of(run), _Street.of(arterial, network, direction, plan)
    total = TripFigures(0, 0, 0.0, 0.0, 0, 0, 0, 0, 0)
    for trip in trips:
        vehicle = demand.vehicles[trip.vehicle]
        total += _figures_of(trip, rows, vehicle, demand.routes[trip.vehicle], street)
    return total


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of a run by vehicle."""

    run: Trajectories
    place: dict[str, tuple[int, int]]

    @classmethod
    def of(cls, run: Trajectories) -> _Rows:
        """Index of a run."""
        bounds = np.searchsorted(run.vehicle, np.arange(len(run.vehicles) + 1)).tolist()
        place = {vehicle: (bounds[k], bounds[k + 1]) for k, vehicle in enumerate(run.vehicles)}
        return cls(run, place)


@dataclass(frozen=True, slots=True)
class _Street:
    """A direction of an arterial, gap by gap in the order in which it is driven.

    `cycles_s` and `greens` are those of the signal at the end of each gap; lengths of links in metres.
    """

    gaps: tuple[tuple[str, ...], ...]
    lengths_m: Mapping[str, Meters]
    cycles_s: tuple[Seconds, ...]
    greens: tuple[tuple[Window, ...], ...]

    @classmethod
    def of(cls, arterial: Arterial, network: Network, direction: Direction, plan: TimingPlan) -> _Street:
        """What of an arterial the figures need."""
        gaps = links_in_order(arterial, direction)
        keys, greens = arterial.intersections, through_greens(arterial, network, plan, direction)
        if direction is Direction.INBOUND:
            keys, greens = keys[::-1], greens[::-1]
        cycles_s = tuple(plan[key].cycle_s if key in plan.timings else 1.0 for key in keys[1:])
        lengths_m = {link: network.links[link].length_m for gap in gaps for link in gap}
        return cls(gaps, lengths_m, cycles_s, greens[1:])

    def is_green(self, gap: int, time_s: Seconds) -> bool:
        """Whether the signal at the end of a gap shows the through movement green."""
        cycle_s = self.cycles_s[gap]
        return any((time_s - start) % cycle_s < green for start, green in self.greens[gap])


def _figures_of(
    trip: ThroughTrip, rows: _Rows, vehicle: str, route: Sequence[str], street: _Street
) -> TripFigures:
    """Figures of one trip; zeros if it did not begin."""
    run = rows.run
    first, end = rows.place.get(vehicle, (0, 0))
    driven = range(trip.first, trip.last + 1)
    path = [link for gap in driven for link in street.gaps[gap]]
    start = next(k for k in range(len(route)) if list(route[k : k + len(path)]) == path)
    places = _places(route, [run.links[k] for k in run.link[first:end].tolist()])
    at = np.array(places, dtype=np.int64) - start
    on = np.flatnonzero((at >= 0) & (at < len(path)))
    if not len(on):
        return TripFigures(0, 0, 0.0, 0.0, 0, 0, 0, 0, 0)
    went_on = bool((at >= len(path)).any())
    at, here = at[on], on + first
    time, standing = run.time_s[here], run.speed_m_s[here] <= HALTING_M_S
    stopped = standing & ~np.concatenate([[False], standing[:-1]])
    lengths = np.array([street.lengths_m[link] for link in path])
    distance = float(lengths[: at[-1]].sum() + run.position_m[here[-1]])
    rest = float(lengths[at[-1] :].sum() - run.position_m[here[-1]])
    near_end = at[-1] == len(path) - 1 or rest < run.speed_m_s[here[-1]] * run.step_s
    finished = went_on or bool(near_end and time[-1] < run.end_s - 1.5 * run.step_s)
    gap = np.array([gap for gap in driven for _ in street.gaps[gap]])[at]
    arrivals = _arrivals(gap, time, stopped, driven, finished)
    return TripFigures(
        n_trips=1,
        n_finished=int(finished),
        time_s=float(time[-1] - time[0] + run.step_s),
        distance_m=float(lengths.sum()) if finished else distance,
        stops=int(stopped.sum()),
        n_passed=len(arrivals),
        n_unstopped=sum(not queued for _, _, queued in arrivals),
        n_on_green=sum(street.is_green(gap, time_s) for gap, time_s, _ in arrivals),
        n_without_stop=int(finished and not stopped.any()),
    )


def _places(route: Sequence[str], links: Sequence[str]) -> list[int]:
    """Place in the route of each row's link; -1 until the first that is on it."""
    found, place, before = [], -1, ""
    for link in links:
        if link != before:
            place = next((k for k in range(place + 1, len(route)) if route[k] == link), place)
            before = link
        found.append(place)
    return found


def _arrivals(
    gap: IntArray, time_s: SecondsArray, stopped: BoolArray, driven: range, finished: bool
) -> list[tuple[int, Seconds, bool]]:
    """Gap, time of arrival, and whether it stopped before, of each stop line that was passed.

    A vehicle arrives when it first stops on the way there, or else when it passes. One without a row on a gap
    passed it between two rows; it counts as unstopped, at the time of its next row.
    """
    found = []
    for number in driven:
        if not finished and number >= gap[-1]:
            break
        stops = time_s[(gap == number) & stopped]
        if len(stops):
            found.append((number, float(stops[0]), True))
            continue
        until = time_s[gap <= number]
        found.append((number, float(until[-1] if len(until) else time_s[0]), False))
    return found

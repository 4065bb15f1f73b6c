"""Trips along an arterial: who drives them, and how they fare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

import numpy as np

from trafficopt.demand import Demand
from trafficopt.model.arterial_ways import Direction, links_in_order
from trafficopt.network import Arterial, Network
from trafficopt.trajectories import Trajectories
from trafficopt.units import BoolArray, FloatArray, IntArray, Meters, Seconds

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
    n_passed, n_unstopped
        Stop lines that they passed, and those of them without a stop on the link before.
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
) -> TripFigures:
    """Add up what happened to trips in a run; trips that were not followed do not count."""
    rows, total = _Rows.of(run), np.zeros(8)
    for trip in trips:
        total += _figures_of(trip, rows, demand, arterial, network, direction)
    n_trips, n_finished, time_s, distance_m, stops, n_passed, n_unstopped, n_without = total.tolist()
    return TripFigures(
        int(n_trips),
        int(n_finished),
        time_s,
        distance_m,
        int(stops),
        int(n_passed),
        int(n_unstopped),
        int(n_without),
    )


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


def _figures_of(
    trip: ThroughTrip,
    rows: _Rows,
    demand: Demand,
    arterial: Arterial,
    network: Network,
    direction: Direction,
) -> FloatArray:
    """Numbers of one trip, in the order of `TripFigures`; zeros if it did not begin."""
    run = rows.run
    first, end = rows.place.get(demand.vehicles[trip.vehicle], (0, 0))
    path = [link for gap in links_in_order(arterial, direction)[trip.first : trip.last + 1] for link in gap]
    route = demand.routes[trip.vehicle]
    start = next(k for k in range(len(route)) if list(route[k : k + len(path)]) == path)
    places = _places(route, [run.links[k] for k in run.link[first:end].tolist()])
    at = np.array(places, dtype=np.int64) - start
    on = np.flatnonzero((at >= 0) & (at < len(path)))
    if not len(on):
        return np.zeros(8)
    went_on = bool((at >= len(path)).any())
    at, here = at[on], on + first
    time, standing = run.time_s[here], run.speed_m_s[here] <= HALTING_M_S
    stopped = standing & ~np.concatenate([[False], standing[:-1]])
    lengths = np.array([network.links[link].length_m for link in path])
    distance = float(lengths[: at[-1]].sum() + run.position_m[here[-1]])
    rest = float(lengths[at[-1] :].sum() - run.position_m[here[-1]])
    near_end = at[-1] == len(path) - 1 or rest < run.speed_m_s[here[-1]] * run.step_s
    finished = went_on or bool(near_end and time[-1] < run.end_s - 1.5 * run.step_s)
    passed, unstopped = _stop_lines(at, stopped, path, arterial, direction, finished)
    return np.array(
        [
            1,
            finished,
            time[-1] - time[0] + run.step_s,
            float(lengths.sum()) if finished else distance,
            stopped.sum(),
            passed,
            unstopped,
            finished and not stopped.any(),
        ],
        dtype=np.float64,
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


def _stop_lines(
    at: IntArray,
    stopped: BoolArray,
    path: Sequence[str],
    arterial: Arterial,
    direction: Direction,
    finished: bool,
) -> tuple[int, int]:
    """Stop lines of the arterial's signals that were passed, and those without a stop on the gap before."""
    gap_of = {link: k for k, gap in enumerate(links_in_order(arterial, direction)) for link in gap}
    gaps = np.array([gap_of[link] for link in path])[at]
    driven = np.arange(gap_of[path[0]], (gap_of[path[-1]] if finished else gaps[-1]) + 1)
    passed = driven if finished else driven[driven < gaps[-1]]
    with_stop = np.unique(gaps[stopped])
    return len(passed), len(np.setdiff1d(passed, with_stop))

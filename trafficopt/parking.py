"""What more parking spaces may do to traffic: fewer drivers who cruise, fewer maneuvers beside a queue.

Nothing here is measured. Each figure rests on the `ASSUMPTIONS` of `parking_assumptions`, whose values come
from publications on other cities or are guesses; `sensitivity` there shows what hangs on each. The model is
one of means over a district in a steady hour: it knows neither streets nor prices, and no trip is made, or
made otherwise, because there are more spaces.

1. Little's law: who looks for a public space, times how long each stays, is how many want to be parked.
   Over the number of spaces that is the occupancy q, which falls when spaces are added.
2. Spaces are taken as full or free independently of each other, each with probability q. Then q^n of the
   drivers find all n spaces in sight at the destination full; they cruise and pass 1 / (1 - q) more spaces
   on average until one is free (geometric distribution).
3. Cruising adds vehicle-kilometers to the trips that end in a district. Cruising cars share the street with
   all others (Arnott and Inci 2006, Journal of Urban Economics 60).
4. A space is entered q / stay times an hour and left as often. Each of these maneuvers beside a queue stops
   the lane next to the curb (Highway Capacity Manual 2000, exhibit 16-7).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor, inf

from trafficopt.errors import InputError
from trafficopt.parking_assumptions import CENTRAL, FULLEST, ParkingParameters
from trafficopt.units import Meters, Seconds, VehiclesPerHour

LANE_LOST = 0.1
"""Lanes that parked cars take from an approach even if none moves (HCM 2000, exhibit 16-7)."""
LEAST_FACTOR = 0.05
"""Lower bound of the factor (HCM 2000, exhibit 16-7)."""
MOST_MANEUVERS_H = 180.0
"""Maneuvers an hour up to which the factor holds (HCM 2000, exhibit 16-7)."""


@dataclass(frozen=True, slots=True)
class DistrictParking:
    """Public parking of a district and the trips that end there.

    Attributes
    ----------
    trip_ends_veh_h
        Vehicles that end a trip in the district.
    trip_km
        Mean length of these trips.
    spaces_before, spaces_added
        Public spaces, at the curb and off street.

    Raises
    ------
    InputError
        If a number is negative or not finite, or there is no space or no length.
    """

    name: str
    trip_ends_veh_h: VehiclesPerHour
    trip_km: float
    spaces_before: int
    spaces_added: int = 0

    def __post_init__(self) -> None:
        least = {"trip_ends_veh_h": 0.0, "trip_km": 0.001, "spaces_before": 1, "spaces_added": 0}
        faults = [
            f"{name} is {getattr(self, name)}, but must be at least {value} and finite"
            for name, value in least.items()
            if not value <= getattr(self, name) < inf
        ]
        if faults:
            raise InputError(f"parking of district {self.name!r}", faults, "mend the figures of the district")

    @property
    def spaces_after(self) -> int:
        """Spaces with those added."""
        return self.spaces_before + self.spaces_added


@dataclass(frozen=True, slots=True)
class ParkingState:
    """What the parking of a district does to traffic with so many spaces.

    Attributes
    ----------
    occupancy
        Share of the spaces that are taken.
    cruising_share
        Share of the vehicles ending a trip that cruise.
    extra_m, extra_s
        What a vehicle that cruises drives more.
    vehicle_km_factor
        Vehicle-kilometers of the trips that end here, over those without any cruising.
    """

    occupancy: float
    cruising_share: float
    extra_m: Meters
    extra_s: Seconds
    vehicle_km_factor: float


def allot(total: int, needs: Mapping[str, float]) -> dict[str, int]:
    """Share out whole spaces in proportion to needs, so that they add up to `total` exactly.

    Largest remainder (Hamilton's method): each gets the whole part of its share, and those with the largest
    fractions one more. Among equal fractions the first in `needs` comes first.

    Raises
    ------
    InputError
        If `total` is negative, a need is negative or not finite, or nobody needs anything.

    Examples
    --------
    >>> allot(10, {"west": 1.0, "center": 3.0, "east": 2.0})
    {'west': 2, 'center': 5, 'east': 3}
    """
    faults = [f"need of {name!r} is {need}" for name, need in needs.items() if not 0.0 <= need < inf]
    if total < 0:
        faults.append(f"total is {total}")
    if not faults and not any(needs.values()):
        faults.append("nobody needs anything")
    if faults:
        raise InputError("spaces to share out", faults, "give numbers from 0 on, and at least one above 0")
    exact = {name: Fraction(need) for name, need in needs.items()}
    shares = {name: total * need / sum(exact.values()) for name, need in exact.items()}
    spaces = {name: floor(share) for name, share in shares.items()}
    by_fraction = sorted(shares, key=lambda name: spaces[name] - shares[name])
    for name in by_fraction[: total - sum(spaces.values())]:
        spaces[name] += 1
    return spaces


def parking_supply(
    trip_ends_veh_h: Mapping[str, VehiclesPerHour],
    trip_km: Mapping[str, float],
    added: int,
    parameters: ParkingParameters = CENTRAL,
) -> tuple[DistrictParking, ...]:
    """Allot `added` spaces to districts by their trip ends, and assume how many they had.

    The spaces before are those that give `occupancy_before`. Where they were counted, make `DistrictParking`
    from the counts instead.

    Parameters
    ----------
    trip_ends_veh_h, trip_km
        Vehicles that end a trip in each district, and the mean length of these trips, by district.

    Raises
    ------
    InputError
        If a district lacks a length, or a figure is impossible.
    """
    missing = [f"no mean length of the trips to {name!r}" for name in trip_ends_veh_h if name not in trip_km]
    if missing:
        raise InputError("parking supply", missing, "give a length for each district that has trip ends")
    spaces = allot(added, trip_ends_veh_h)
    return tuple(
        DistrictParking(
            name,
            ends,
            trip_km[name],
            max(1, round(_wanted(ends, parameters) / parameters.occupancy_before)),
            spaces[name],
        )
        for name, ends in trip_ends_veh_h.items()
    )


def parking_state(
    district: DistrictParking, spaces: int, parameters: ParkingParameters = CENTRAL
) -> ParkingState:
    """Give occupancy and cruising in a district if it has so many spaces.

    Examples
    --------
    >>> center = DistrictParking("center", 1000.0, 3.5, spaces_before=842, spaces_added=200)
    >>> before, after = (parking_state(center, n) for n in (center.spaces_before, center.spaces_after))
    >>> round(before.cruising_share, 3), round(after.cruising_share, 3)
    (0.266, 0.048)
    """
    p = parameters
    occupancy = min(FULLEST, _wanted(district.trip_ends_veh_h, p) / spaces)
    cruising_share = p.seeking_share * occupancy**p.spaces_in_sight
    extra_m = p.bunching * p.spacing_m / (1.0 - occupancy)
    return ParkingState(
        occupancy,
        cruising_share,
        extra_m,
        3.6 * extra_m / p.cruising_speed_km_h,
        1.0 + cruising_share * extra_m / (1000.0 * district.trip_km),
    )


def demand_factor(district: DistrictParking, parameters: ParkingParameters = CENTRAL) -> float:
    """Vehicle-kilometers of the trips that end in a district after spaces are added, over those before.

    To multiply the flows of these trips with, where they hold the cruising of before. The total is right
    then, the place is not: cruising happens at the end of a trip, and this takes from its whole length.
    """
    before, after = (
        parking_state(district, spaces, parameters)
        for spaces in (district.spaces_before, district.spaces_after)
    )
    return after.vehicle_km_factor / before.vehicle_km_factor


def saturation_factor(
    lanes: int, curb_spaces: int, occupancy: float, parameters: ParkingParameters = CENTRAL
) -> float:
    """Factor f_p on the saturation flow of an approach with parking at its curb.

    f_p = (N - 0.1 - t N_m / 3600) / N, at least 0.05 (HCM 2000, exhibit 16-7, where t = 18 s), with the
    maneuvers N_m = 2 n q / stay of n spaces, at most 180 an hour. Without spaces it is 1.

    Parameters
    ----------
    lanes
        Lanes N of the lane group beside the curb.
    curb_spaces
        Spaces n within 75 m before the stop line.
    occupancy
        Share q of them that are taken, see `ParkingState`.

    Raises
    ------
    InputError
        If there is no lane, or fewer spaces than none, or the occupancy is no share.

    Examples
    --------
    >>> round(saturation_factor(2, 10, 0.95), 3), saturation_factor(2, 0, 0.95)
    (0.926, 1.0)
    """
    if lanes < 1 or curb_spaces < 0 or not 0.0 <= occupancy <= 1.0:
        raise InputError(
            "curbside approach",
            f"{lanes} lanes, {curb_spaces} spaces and occupancy {occupancy}",
            "give at least 1 lane, 0 spaces or more, and a share from 0 to 1",
        )
    if curb_spaces == 0:
        return 1.0
    maneuvers_h = min(MOST_MANEUVERS_H, 2.0 * curb_spaces * occupancy / parameters.stay_h)
    lost = LANE_LOST + parameters.maneuver_s * maneuvers_h / 3600.0
    return max(LEAST_FACTOR, (lanes - lost) / lanes)


def _wanted(trip_ends_veh_h: VehiclesPerHour, parameters: ParkingParameters) -> float:
    """Vehicles that want to be parked at once in public spaces."""
    return trip_ends_veh_h * parameters.seeking_share * parameters.stay_h

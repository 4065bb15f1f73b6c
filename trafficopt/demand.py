"""Who drives where: vehicles with departure time, type and route."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from trafficopt.units import Meters, Seconds, SecondsArray, read_only


@dataclass(frozen=True, slots=True)
class VehicleType:
    """What the model needs of a vehicle type."""

    id: str
    length_m: Meters = 5.0
    min_gap_m: Meters = 2.5
    tau_s: Seconds = 1.0

    @property
    def space_m(self) -> Meters:
        """Road that a standing vehicle takes."""
        return self.length_m + self.min_gap_m


@dataclass(frozen=True, slots=True)
class Demand:
    """Vehicles in the order of departure.

    Attributes
    ----------
    vehicles
        Vehicle ids, n of them.
    depart_s
        Wanted departure of each vehicle, shape (n,), from midnight.
    routes
        Links that each vehicle drives, in order.
    types
        Type id of each vehicle.
    vehicle_types
        The types by id.
    """

    vehicles: tuple[str, ...] = field(repr=False)
    depart_s: SecondsArray = field(repr=False, compare=False)
    routes: tuple[tuple[str, ...], ...] = field(repr=False)
    types: tuple[str, ...] = field(repr=False)
    vehicle_types: Mapping[str, VehicleType] = field(repr=False)

    def __post_init__(self) -> None:
        n = len(self.vehicles)
        if not len(self.routes) == len(self.types) == self.depart_s.shape[0] == n:
            raise ValueError("vehicles, departures, routes and types must have the same length")
        read_only(self.depart_s)

    def __len__(self) -> int:
        return len(self.vehicles)

    def __repr__(self) -> str:
        if not self.vehicles:
            return "Demand: no vehicles"
        first, last = self.depart_s.min(), self.depart_s.max()
        return f"Demand: {len(self)} vehicles departing from {first:g} s to {last:g} s"

    def mean_space_m(self) -> Meters:
        """Mean road that a standing vehicle takes, over all vehicles."""
        counts = Counter(self.types)
        total = sum(n * self.vehicle_types[key].space_m for key, n in counts.items())
        return total / len(self) if len(self) else VehicleType("").space_m

    def mean_tau_s(self) -> Seconds:
        """Mean time headway wanted by drivers, over all vehicles."""
        counts = Counter(self.types)
        total = sum(n * self.vehicle_types[key].tau_s for key, n in counts.items())
        return total / len(self) if len(self) else VehicleType("").tau_s

"""Who drives where: vehicles with departure time, type and route."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass, field

import numpy as np

from trafficopt.units import Meters, MetersPerSecond, Seconds, SecondsArray, read_only


@dataclass(frozen=True, slots=True)
class VehicleType:
    """What the model needs of a vehicle type; the defaults are SUMO's passenger car.

    Attributes
    ----------
    vehicle_class
        SUMO's name of the class, which decides about lanes.
    sigma
        Imperfection of the driver, 0 to 1.
    max_speed_m_s
        What the vehicle can do, or its driver wants at most.
    speed_factor, speed_deviation
        Mean and standard deviation of the speed that drivers want, as a share of the limit.
    impatience
        Willingness to hinder others, 0 to 1, that a driver starts with.
    """

    id: str
    length_m: Meters = 5.0
    min_gap_m: Meters = 2.5
    tau_s: Seconds = 1.0
    vehicle_class: str = "passenger"
    accel_m_s2: float = 2.6
    decel_m_s2: float = 4.5
    sigma: float = 0.5
    max_speed_m_s: MetersPerSecond = 55.56
    speed_factor: float = 1.0
    speed_deviation: float = 0.1
    impatience: float = 0.0

    @property
    def space_m(self) -> Meters:
        """Road that a standing vehicle takes."""
        return self.length_m + self.min_gap_m


@dataclass(frozen=True, slots=True)
class Departure:
    """How a vehicle enters and leaves the network, as its file says; the defaults are those of SUMO 1.28.

    Attributes
    ----------
    lane
        Where it departs: first, best, best_prob, free, random, allowed, or the number of a lane
        (`departLane`).
    speed, position
        How fast and where on the link (`departSpeed`, `departPos`): a word or a number [m/s, m].
    arrival_position
        Where it leaves the last link (`arrivalPos`).
    chooses_route
        SUMO chooses the route when it departs: the file has none.
    stops
        Link and duration [s] of each stop with a fixed duration.
    """

    lane: str = "best_prob"
    speed: str = "avg"
    position: str = "base"
    arrival_position: str = "max"
    chooses_route: bool = False
    stops: tuple[tuple[str, Seconds], ...] = ()


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
    departures
        How each vehicle enters and leaves; empty where all do as SUMO has them by default.
    """

    vehicles: tuple[str, ...] = field(repr=False)
    depart_s: SecondsArray = field(repr=False, compare=False)
    routes: tuple[tuple[str, ...], ...] = field(repr=False)
    types: tuple[str, ...] = field(repr=False)
    vehicle_types: Mapping[str, VehicleType] = field(repr=False)
    departures: tuple[Departure, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        n = len(self.vehicles)
        if not len(self.routes) == len(self.types) == self.depart_s.shape[0] == n:
            raise ValueError("vehicles, departures, routes and types must have the same length")
        if self.departures and len(self.departures) != n:
            raise ValueError(f"{len(self.departures)} departures are given for {n} vehicles")
        read_only(self.depart_s)

    @classmethod
    def none(cls) -> Demand:
        """A demand of no vehicles."""
        return cls((), np.empty(0), (), (), {})

    def __len__(self) -> int:
        return len(self.vehicles)

    def __repr__(self) -> str:
        if not self.vehicles:
            return "Demand: no vehicles"
        first, last = self.depart_s.min(), self.depart_s.max()
        return f"Demand: {len(self)} vehicles departing from {first:g} s to {last:g} s"

    def scaled(self, factor: float) -> Demand:
        """As many vehicles times `factor`, spread evenly: some departures are doubled or left out.

        Vehicle k of the new demand, in the order of departure, is named after its original and k.
        """
        order = np.argsort(self.depart_s, kind="stable")
        copies = np.diff(np.floor(factor * np.arange(len(self) + 1) + 1e-9).astype(np.int64))
        taken = np.repeat(order, copies).tolist()
        return Demand(
            vehicles=tuple(f"{self.vehicles[k]}.{number}" for number, k in enumerate(taken)),
            depart_s=self.depart_s[taken],
            routes=tuple(self.routes[k] for k in taken),
            types=tuple(self.types[k] for k in taken),
            vehicle_types=self.vehicle_types,
            departures=tuple(self.departures[k] for k in taken) if self.departures else (),
        )

    def without(self, vehicles: Set[str]) -> Demand:
        """The demand without some vehicles."""
        kept = [k for k, key in enumerate(self.vehicles) if key not in vehicles]
        return Demand(
            vehicles=tuple(self.vehicles[k] for k in kept),
            depart_s=self.depart_s[kept],
            routes=tuple(self.routes[k] for k in kept),
            types=tuple(self.types[k] for k in kept),
            vehicle_types=self.vehicle_types,
            departures=tuple(self.departures[k] for k in kept) if self.departures else (),
        )

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

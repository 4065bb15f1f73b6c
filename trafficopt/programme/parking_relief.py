"""More parking spaces as fewer vehicles that cruise, by district: assumptions, nothing measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from trafficopt.network import Point
from trafficopt.parking import DistrictParking, demand_factor, parking_supply
from trafficopt.parking_assumptions import CENTRAL, ParkingParameters, Sensitivity, sensitivity
from trafficopt.programme.places import nearest
from trafficopt.scenario import Scenario
from trafficopt.units import VehiclesPerHour

SOME_DISTRICT = "all"


def districts_of(scenario: Scenario) -> dict[str, str]:
    """District in which each link that is the last of a route ends: that of the nearest signal."""
    signals: Mapping[str, Point] = {n.id: (n.x_m, n.y_m) for n in scenario.network.intersections}
    district = {n.id: n.district or SOME_DISTRICT for n in scenario.network.intersections}
    links = scenario.network.links
    ends = sorted({route[-1] for route in scenario.demand.routes if route[-1] in links})
    return {key: district[nearest(signals, links[key].shape[-1])] for key in ends}


def allotted(
    scenario: Scenario, spaces: int, parameters: ParkingParameters = CENTRAL
) -> tuple[DistrictParking, ...]:
    """Share `spaces` out to the districts by the trips that end there, sorted by name."""
    return parking_supply(*_trips(scenario), spaces, parameters)


def _trips(scenario: Scenario) -> tuple[dict[str, VehiclesPerHour], dict[str, float]]:
    """Trips that end in each district [veh/h], and their mean length [km]."""
    where, links = districts_of(scenario), scenario.network.links
    count: dict[str, float] = defaultdict(float)
    length: dict[str, float] = defaultdict(float)
    for route in scenario.demand.routes:
        if route[-1] in where:
            count[where[route[-1]]] += 1.0
            length[where[route[-1]]] += sum(links[key].length_m for key in route if key in links) / 1000.0
    hours = scenario.simulation.period_s / 3600.0
    ends = {key: count[key] / hours for key in sorted(count)}
    return ends, {key: length[key] / count[key] for key in ends}


def swings(scenario: Scenario, spaces: int) -> tuple[Sensitivity, ...]:
    """How many vehicles stay out with each assumption low or high; what most hangs on comes first."""
    hours, trips = scenario.simulation.period_s / 3600.0, _trips(scenario)

    def spared(parameters: ParkingParameters) -> float:
        return sum(
            district.trip_ends_veh_h * hours * (1.0 - demand_factor(district, parameters))
            for district in parking_supply(*trips, spaces, parameters)
        )

    return tuple(row for row in sensitivity(spared) if row.swing > 0.0)


def relieved(
    scenario: Scenario, districts: tuple[DistrictParking, ...], parameters: ParkingParameters = CENTRAL
) -> frozenset[str]:
    """Vehicles that stand for the cruising which added spaces save: an even sample of those who end there.

    As many of a district's vehicles are named as its vehicle-kilometers fall (`demand_factor`).
    """
    factor = {district.name: demand_factor(district, parameters) for district in districts}
    where, demand = districts_of(scenario), scenario.demand
    of_district: dict[str, list[str]] = defaultdict(list)
    for k in np.argsort(demand.depart_s, kind="stable").tolist():
        if demand.routes[k][-1] in where:
            of_district[where[demand.routes[k][-1]]].append(demand.vehicles[k])
    found: list[str] = []
    for name, vehicles in of_district.items():
        gone = round(len(vehicles) * (1.0 - factor.get(name, 1.0)))
        found += [vehicles[int((k + 0.5) * len(vehicles) / gone)] for k in range(gone)]
    return frozenset(found)

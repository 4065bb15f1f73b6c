"""Draw the trips of the peak hour: gravity between zones, then streets within zones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from city import City
from numpy.typing import NDArray
from streets import Streets
from tables import Tables

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CLASS_WEIGHT = {"minor": 1.0, "collector": 0.7, "ring": 0.3}


@dataclass(frozen=True, slots=True)
class Trips:
    """One row per trip: edges where it starts and ends, departure [s], vehicle type."""

    origin: list[str]
    destination: list[str]
    depart_s: Floats
    vehicle_type: list[str]


@dataclass(frozen=True, slots=True)
class _Places:
    """Street pieces where trips may start or end, and the zone of each."""

    edges: list[str]
    x: Floats
    y: Floats
    zone: Ints
    gate: NDArray[np.bool_]
    start_weight: Floats
    end_weight: Floats


def draw_trips(city: City, streets: Streets, tables: Tables, rng: np.random.Generator) -> Trips:
    """Return the trips of the hour, in order of departure."""
    places = _places(city, streets, tables)
    matrix = _gravity(places, tables)
    count = tables.count("demand", "trips_veh_h")
    pairs = rng.multinomial(count, (matrix / matrix.sum()).ravel())
    origins: list[str] = []
    destinations: list[str] = []
    zones = matrix.shape[0]
    shortest = tables.value("demand", "min_trip_m")
    for pair in np.flatnonzero(pairs):
        starts = np.flatnonzero((places.zone == pair // zones) & (places.start_weight > 0))
        ends = np.flatnonzero((places.zone == pair % zones) & (places.end_weight > 0))
        p_start = places.start_weight[starts] / places.start_weight[starts].sum()
        p_end = places.end_weight[ends] / places.end_weight[ends].sum()
        for _ in range(int(pairs[pair])):
            i, j = int(rng.choice(starts, p=p_start)), int(rng.choice(ends, p=p_end))
            for _attempt in range(20):
                far = abs(places.x[i] - places.x[j]) + abs(places.y[i] - places.y[j])
                if far >= shortest:
                    break
                i, j = int(rng.choice(starts, p=p_start)), int(rng.choice(ends, p=p_end))
            origins.append(places.edges[i])
            destinations.append(places.edges[j])
    return _with_times(origins, destinations, tables, rng)


def _places(city: City, streets: Streets, tables: Tables) -> _Places:
    leaves = {link.from_edge for link in streets.connections}
    reached = {link.to_edge for link in streets.connections}
    size = tables.value("demand", "zone_m")
    cells: dict[object, int] = {}
    rows: list[tuple[str, float, float, int, bool, float, float]] = []
    for name in streets.frontage:
        edge = streets.edges[name]
        first, last = name.rsplit(".", 1)[0].split("_")
        gate = "gate" in (city.junctions[first].kind, city.junctions[last].kind)
        x = (streets.nodes[edge.start][0] + streets.nodes[edge.end][0]) / 2
        y = (streets.nodes[edge.start][1] + streets.nodes[edge.end][1]) / 2
        key = (first if first.startswith("G") else last) if gate else (x // size, y // size)
        zone = cells.setdefault(key, len(cells))
        district = tables.district(x, y)
        if gate:
            weight = float(edge.lanes)
        elif edge.road_class == "side":
            weight = tables.value("demand", "side_street_weight") * edge.length_m
        elif edge.arterial:
            weight = tables.value("demand", "frontage_weight") * edge.length_m
        else:
            weight = CLASS_WEIGHT[edge.road_class] * edge.length_m
        homes = 1.0 if gate else district.homes * district.growth
        jobs = 1.0 if gate else district.jobs * district.growth
        start = weight * homes * (name in leaves)
        end = weight * jobs * (name in reached)
        rows.append((name, x, y, zone, gate, start, end))
    columns = list(zip(*rows, strict=True))
    return _Places(
        list(columns[0]),
        np.array(columns[1]),
        np.array(columns[2]),
        np.array(columns[3]),
        np.array(columns[4]),
        np.array(columns[5]),
        np.array(columns[6]),
    )


def _gravity(places: _Places, tables: Tables) -> Floats:
    """Return relative trips between zones, balanced to both margins."""
    zones = int(places.zone.max()) + 1
    starts = np.bincount(places.zone, places.start_weight, zones)
    ends = np.bincount(places.zone, places.end_weight, zones)
    counts = np.bincount(places.zone, minlength=zones)
    x = np.bincount(places.zone, places.x, zones) / counts
    y = np.bincount(places.zone, places.y, zones) / counts
    gates = np.bincount(places.zone, places.gate, zones) > 0
    for margin, key in ((starts, "external_share_out"), (ends, "external_share_in")):
        share = tables.value("demand", key)
        margin[gates] *= share / margin[gates].sum()
        margin[~gates] *= (1.0 - share) / margin[~gates].sum()
    distance = np.abs(x[:, None] - x[None, :]) + np.abs(y[:, None] - y[None, :])
    matrix = np.exp(-distance / tables.value("demand", "gravity_length_m"))
    south_bank = tables.city["layout"]["river_between_rows"][0]
    river_y = (tables.rows[south_bank - 1].position_m + tables.rows[south_bank].position_m) / 2
    north = y > river_y
    matrix[north[:, None] != north[None, :]] *= tables.value("demand", "river_factor")
    matrix[distance < 1.0] *= 0.3
    matrix[gates[:, None] & (distance < 1500.0)] = 0.0
    for _ in range(50):
        matrix *= (starts / np.maximum(matrix.sum(axis=1), 1e-12))[:, None]
        matrix *= (ends / np.maximum(matrix.sum(axis=0), 1e-12))[None, :]
    return matrix


def _with_times(
    origins: list[str], destinations: list[str], tables: Tables, rng: np.random.Generator
) -> Trips:
    """Mix the trips, give each a departure and a vehicle type, sort by departure."""
    count = len(origins)
    begin, end = tables.value("demand", "begin_s"), tables.value("demand", "end_s")
    shares = np.array(tables.city["demand"]["quarter_shares"])
    quarter = rng.choice(len(shares), size=count, p=shares / shares.sum())
    width = (end - begin) / len(shares)
    depart = np.floor((begin + width * (quarter + rng.random(count))) * 10.0) / 10.0
    types = tables.city["vehicle_type"]
    drawn = rng.choice(len(types), size=count, p=np.array([t["share"] for t in types]))
    order = np.lexsort((np.arange(count), depart))
    return Trips(
        [origins[i] for i in order],
        [destinations[i] for i in order],
        depart[order],
        [str(types[int(drawn[i])]["id"]) for i in order],
    )

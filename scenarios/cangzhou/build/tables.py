"""Read the source tables of the city: ``city.toml`` and ``lines.csv``."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """One street line of the map: a row (west to east) or a column (south to north)."""

    axis: str
    number: int
    position_m: float
    road_class: str
    lanes: int
    arterial: str


@dataclass(frozen=True, slots=True)
class District:
    """A rectangle of the map with its share of homes and jobs."""

    name: str
    box_m: tuple[float, float, float, float]
    homes: float
    jobs: float
    growth: float

    def holds(self, x: float, y: float) -> bool:
        """Tell whether the point lies in the rectangle."""
        west, south, east, north = self.box_m
        return west <= x < east and south <= y < north


@dataclass(frozen=True, slots=True)
class Tables:
    """All source tables."""

    city: dict[str, Any]
    rows: tuple[Line, ...]
    columns: tuple[Line, ...]
    districts: tuple[District, ...]

    @property
    def seed(self) -> int:
        """Seed of everything that is drawn."""
        return int(self.city["seed"])

    def value(self, table: str, key: str) -> float:
        """Return one number of ``city.toml``."""
        return float(self.city[table][key])

    def count(self, table: str, key: str) -> int:
        """Return one whole number of ``city.toml``."""
        return int(self.city[table][key])

    def district(self, x: float, y: float) -> District:
        """Return the first district that holds the point."""
        return next((d for d in self.districts if d.holds(x, y)), self.districts[-1])


def read_tables(directory: Path) -> Tables:
    """Read ``city.toml`` and ``lines.csv`` of a scenario directory."""
    city = tomllib.loads((directory / "city.toml").read_text(encoding="utf-8"))
    with (directory / "lines.csv").open(encoding="utf-8", newline="") as file:
        lines = [
            Line(
                row["axis"],
                int(row["number"]),
                float(row["position_m"]),
                row["class"],
                int(row["lanes"]),
                row["arterial"],
            )
            for row in csv.DictReader(file)
        ]
    districts = tuple(
        District(d["name"], tuple(d["box_m"]), d["homes"], d["jobs"], d["growth"]) for d in city["district"]
    )
    return Tables(
        city,
        tuple(line for line in lines if line.axis == "row"),
        tuple(line for line in lines if line.axis == "column"),
        districts,
    )

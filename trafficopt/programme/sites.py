"""What a scenario's tables name as candidates for treatment, and who answers for it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from trafficopt.errors import InputError
from trafficopt.programme.places import Site
from trafficopt.scenario import Scenario
from trafficopt.sumo.network_edits import read_openings
from trafficopt.sumo.scenario_file import locate
from trafficopt.treatment import CloseOpening, MoveOpening, RemoveIsland
from trafficopt.units import Meters

MOVED_M: Meters = 30.0  # how far an opening is tried up and down its block: five vehicles' length
OWNERS = {"signals": "signals", "roads": "roads", "parking": "parking"}


@dataclass(frozen=True, slots=True)
class Sites:
    """Candidates, beside the signals themselves.

    Attributes
    ----------
    openings
        U-turn openings that could be closed, with U-turns at the next signal instead, or moved.
    islands
        Intersections whose right-turn islands could go.
    parking_spaces
        Public spaces that are added.
    opened
        Day on which the matters were found.
    owners
        Who answers for `signals`, `roads` and `parking`.
    """

    openings: tuple[Site, ...]
    islands: tuple[Site, ...]
    parking_spaces: int = 0
    opened: date = date(2000, 1, 3)
    owners: Mapping[str, str] = field(default_factory=lambda: dict(OWNERS))


def read_sites(scenario: Scenario) -> Sites:
    """Read the candidates from the tables that `scenario.toml` names, and its table `[programme]`.

    Raises
    ------
    InputError
        If a key of `[programme]` is unknown, or a value is not what it should be.
    """
    source, table = locate(scenario.source)
    rows = table.get("programme", {})
    faults = _faults(rows)
    if faults:
        keys = "parking_spaces (a whole number), opened (a date), owners (texts for signals, roads, parking)"
        raise InputError(source, [f"[programme]: {fault}" for fault in faults], f"keys are {keys}")
    islands: tuple[Site, ...] = ()
    if "intersections" in table:
        with (source.parent / table["intersections"]).open(newline="", encoding="utf-8-sig") as stream:
            found = [row["intersection"] for row in csv.DictReader(stream) if row.get("islands") == "yes"]
        islands = tuple(Site((RemoveIsland(key),)) for key in found)
    openings = tuple(
        Site((CloseOpening(key, *pair), MoveOpening(key, *pair, MOVED_M), MoveOpening(key, *pair, -MOVED_M)))
        for key, pair in read_openings(scenario).items()
    )
    owners = {**OWNERS, **rows.get("owners", {})}
    return Sites(
        openings, islands, rows.get("parking_spaces", 0), rows.get("opened", date(2000, 1, 3)), owners
    )


def _faults(rows: object) -> list[str]:
    if not isinstance(rows, dict):
        return ["is not a table"]
    kinds = {"parking_spaces": int, "opened": date, "owners": dict}
    faults = [f"key {key!r} is unknown" for key in sorted(set(rows) - set(kinds))]
    faults += [
        f"{key} = {rows[key]!r} is no {kind.__name__}"
        for key, kind in kinds.items()
        if key in rows and (not isinstance(rows[key], kind) or isinstance(rows[key], bool))
    ]
    if not faults and rows.get("parking_spaces", 0) < 0:
        faults.append(f"parking_spaces = {rows['parking_spaces']} is below 0")
    for key, value in rows.get("owners", {}).items() if not faults else ():
        if key not in OWNERS or not isinstance(value, str) or not value.strip():
            faults.append(f"owners: {key} = {value!r} is no text for one of {', '.join(OWNERS)}")
    return faults

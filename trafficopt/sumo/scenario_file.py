"""The file `scenario.toml`: which files, which limits, what was corrected and waived by hand."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

from trafficopt.errors import InputError
from trafficopt.intersection import Override
from trafficopt.limits import PROFILES, Limits
from trafficopt.rules.catalog import RULES
from trafficopt.waiver import Waiver

TEXTS = ("name", "title", "note", "sumocfg", "intersections", "arterials", "uturn_openings")
TABLES = ("limits", "waivers", "conflicts", "programme")


def locate(path: Path) -> tuple[Path, dict[str, Any]]:
    """The file to read, and the table of a `scenario.toml` (empty for a `.sumocfg`).

    Raises
    ------
    InputError
        If the file is missing, is not TOML, or has a key that is unknown or of the wrong kind.
    """
    source = path / "scenario.toml" if path.is_dir() else path
    if not source.exists():
        what = "has no scenario.toml" if path.is_dir() else "does not exist"
        raise InputError(path, what, "name a folder with scenario.toml, that file, or a .sumocfg")
    if source.suffix.lower() != ".toml":
        return source, {}
    try:
        table = tomllib.loads(source.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(source, error.strerror or str(error), "check the path") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(source, f"is not TOML: {error}", "mend the file; TOML is text in UTF-8") from None
    faults = [f"key {key!r} is unknown" for key in sorted(set(table) - {*TEXTS, *TABLES})]
    faults += [
        f"{key} = {value!r} is not text in quotes"
        for key, value in sorted(table.items())
        if key in TEXTS and not isinstance(value, str)
    ]
    if "sumocfg" not in table:
        faults.append("key 'sumocfg' is missing")
    if faults:
        raise InputError(source, faults, f"keys are {', '.join(sorted((*TEXTS, *TABLES)))}")
    return source, table


def limits_of(source: Path, table: object, profile: str | None = None) -> Limits:
    """Limits of the table `[limits]`; `profile` takes the place of its rule profile.

    Raises
    ------
    InputError
        If a key is unknown, or a value is not what it should be.
    """
    if not isinstance(table, dict):
        raise InputError(source, f"limits = {table!r} is not a table", "write [limits] and its keys below")
    if profile is not None and profile not in PROFILES:
        fault = f"profile {profile!r} is unknown; profiles are {', '.join(PROFILES)}"
        raise InputError("--profile", fault, "docs/profiles.md lists what they ask for")
    changes = {key: value for key, value in table.items() if key != "profile"}
    try:
        return Limits(profile or table.get("profile", "keep"), **changes)
    except ValueError as error:
        raise InputError(source, f"[limits]: {error}", "docs/profiles.md lists profiles and keys") from None


def waivers_of(source: Path, table: Mapping[str, Any], known: Set[str]) -> tuple[Waiver, ...]:
    """Waivers of the tables `[[waivers]]`.

    Raises
    ------
    InputError
        If one names an unknown rule or signal, or gives no reason.
    """
    waivers, faults = [], []
    for number, row in enumerate(_rows(source, table, "waivers"), start=1):
        here = f"[[waivers]] number {number}"
        found = _row_faults(row, {"rule": str, "intersection": str, "reason": str, "movements": list})
        if not found and row["rule"] not in RULES:
            found = [f"rule {row['rule']!r} is unknown; rules are {', '.join(RULES)}"]
        if not found and row["intersection"] not in known:
            found = [f"{row['intersection']!r} is not a signal of the network"]
        if found:
            faults += [f"{here}: {fault}" for fault in found]
        else:
            movements = tuple(map(str, row.get("movements", ())))
            waivers.append(Waiver(row["rule"], row["intersection"], row["reason"], movements))
    if faults:
        raise InputError(
            source, faults, "a waiver needs rule, intersection and reason; movements if you like"
        )
    return tuple(waivers)


def overrides_of(source: Path, table: Mapping[str, Any], known: Set[str]) -> tuple[Override, ...]:
    """Corrections of the conflict matrix in the tables `[[conflicts]]`.

    Raises
    ------
    InputError
        If one is incomplete, or names an unknown signal.
    """
    overrides, faults = [], []
    kinds = {"intersection": str, "between": list, "conflict": bool, "reason": str}
    for number, row in enumerate(_rows(source, table, "conflicts"), start=1):
        found = _row_faults(row, kinds, optional=())
        if not found and len(row["between"]) != 2:
            found = ["between must name two movements"]
        if not found and row["intersection"] not in known:
            found = [f"{row['intersection']!r} is not a signal of the network"]
        if found:
            faults += [f"[[conflicts]] number {number}: {fault}" for fault in found]
        else:
            one, two = map(str, row["between"])
            overrides.append(Override(row["intersection"], (one, two), row["conflict"], row["reason"]))
    if faults:
        raise InputError(source, faults, "a correction needs intersection, between, conflict and reason")
    return tuple(overrides)


def _rows(source: Path, table: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    rows = table.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(
            source, f"{key} = {rows!r} is no list of tables", f"write [[{key}]] and its keys below"
        )
    return rows


def _row_faults(
    row: Mapping[str, Any], kinds: Mapping[str, type], optional: tuple[str, ...] = ("movements",)
) -> list[str]:
    """Say what is wrong with the keys of a table."""
    faults = [f"key {key!r} is unknown" for key in sorted(set(row) - set(kinds))]
    for key, kind in kinds.items():
        if key not in row and key not in optional:
            faults.append(f"key {key!r} is missing")
        elif key in row and (not isinstance(row[key], kind) or str(row[key]).strip() == ""):
            faults.append(f"{key} = {row[key]!r} is no {kind.__name__}, or empty")
    return faults

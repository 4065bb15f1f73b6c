"""Measurements kept by what decides them."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from trafficopt.measured import BY_LINK, BY_MOVEMENT, Measured
from trafficopt.plan import TimingPlan
from trafficopt.scenario import Scenario
from trafficopt.sumo.binary import find_binary, sumo_version
from trafficopt.sumo.command import sumo_arguments
from trafficopt.sumo.input_files import files_of_options, names_files
from trafficopt.sumo.measure import measure
from trafficopt.whole_file import write_whole_bytes

VERSION = 1  # of the measurement: raise it with any change of its figures, and all are made again


def measure_once(
    scenario: Scenario,
    plan: TimingPlan,
    seeds: Sequence[int],
    *,
    jobs: int | None = None,
    use_cache: bool = True,
) -> Measured:
    """What `measure` says, from the cache if it was asked before.

    Parameters
    ----------
    use_cache
        Look into the user's cache and leave the answer there.
    """
    if not use_cache:
        return measure(scenario, plan, seeds, jobs=jobs)
    path = cache_folder() / "measured" / f"{key_of(scenario, plan, seeds)}.json.gz"
    found = _stored(path)
    if found is None:
        found = measure(scenario, plan, seeds, jobs=jobs)
        _store(found, path)
    return replace(found, plan=plan.name)


def cache_folder() -> Path:
    """Where measurements are kept: TRAFFICOPT_CACHE, or `trafficopt` in the user's cache folder."""
    if chosen := os.environ.get("TRAFFICOPT_CACHE"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "trafficopt"


def key_of(scenario: Scenario, plan: TimingPlan, seeds: Sequence[int]) -> str:
    """Hash of all that decides a measurement: files, options, rows of the plan, seeds, SUMO, this code."""
    settings = scenario.simulation
    files = [[hashlib.sha256(path.read_bytes()).hexdigest() for path in group] for group in _groups(scenario)]
    options = {key: "" if names_files(key) else value for key, value in settings.options.items()}
    nameless = replace(settings, net=Path("net"), routes=(), additional=(), options=options)
    rows: object = "field"
    if plan.timings != scenario.field_plan.timings:
        rows = [
            (key, timing.offset_s, [(row.state, row.duration_s) for row in timing.intervals])
            for key, timing in sorted(plan.timings.items())
        ]
    version = sumo_version(find_binary("sumo"))
    parts = (VERSION, files, sumo_arguments(nameless), rows, list(seeds), str(version))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def _groups(scenario: Scenario) -> tuple[tuple[Path, ...], ...]:
    settings = scenario.simulation
    named = files_of_options(settings.options)
    return (settings.net,), settings.routes, settings.additional, *([named] if named else [])


def _stored(path: Path) -> Measured | None:
    """A measurement of the cache; None if there is none, or none that can be read."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            row: dict[str, Any] = json.load(stream)
        row |= {name: np.array(row[name], dtype=np.float64) for name in (*BY_MOVEMENT, *BY_LINK)}
        row["seeds"], row["links"] = tuple(row["seeds"]), tuple(row["links"])
        row["movements"] = tuple((a, b) for a, b in row["movements"])
        return Measured(**row)
    except (OSError, EOFError, zlib.error, ValueError, TypeError, KeyError):
        return None


def _store(measured: Measured, path: Path) -> None:
    """Write a measurement in one go; a cache that cannot be written is no fault."""
    row = {item.name: getattr(measured, item.name) for item in fields(measured)}
    plain = {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in row.items()}
    with suppress(OSError):
        write_whole_bytes(path, gzip.compress(json.dumps(plain).encode(), mtime=0))

"""All files that decide what SUMO does with a scenario, and a configuration that can travel with them."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from defusedxml.ElementTree import iterparse

from trafficopt.errors import InputError
from trafficopt.scenario import SimulationSettings
from trafficopt.sumo.additional import NAMES_A_FILE, READ, WRITTEN
from trafficopt.sumo.config import INPUT_FILES, read_config
from trafficopt.sumo.scenario_file import locate
from trafficopt.sumo.xml import opened

TABLE_FILES = ("intersections", "arterials")  # of a `scenario.toml`
NAMES = ("name", "title", "note", "sumocfg", "uturn_openings", "programme", *TABLE_FILES)
"""Keys of a `scenario.toml` that decide nothing, or do so by the files that they name."""


@dataclass(frozen=True, slots=True)
class ScenarioFiles:
    """The files of a scenario, each absolute.

    Attributes
    ----------
    source
        What a user names: a `scenario.toml`, or the configuration itself.
    name
        Of the scenario.
    config
        The `.sumocfg`.
    settings
        What the configuration says.
    tables
        CSV files that the `scenario.toml` names.
    rules
        What else the `scenario.toml` decides: limits, waivers, corrections.
    further
        Files that options name, and files that additional files read.
    """

    source: Path
    name: str
    config: Path
    settings: SimulationSettings
    tables: tuple[Path, ...]
    rules: Mapping[str, Any]
    further: tuple[Path, ...]


def scenario_files(path: Path) -> ScenarioFiles:
    """Find all files of a scenario without reading its network or demand.

    Raises
    ------
    InputError
        If a file is missing, the configuration or the `scenario.toml` is broken, or a file is named by an
        absolute path where it has to stand relative to the one that names it.
    """
    source, table = locate(path)
    source = source.absolute()
    config = (source.parent / table["sumocfg"]) if table else source
    tables = [key for key in TABLE_FILES if key in table]
    faults = [
        f"{key} = {table[key]!r} is an absolute path"
        for key in ("sumocfg", *tables)
        if key in table and Path(table[key]).is_absolute()
    ]
    faults += [
        f"{key} = {table[key]!r}: there is no such file"
        for key in tables
        if not (source.parent / table[key]).is_file()
    ]
    if faults:
        raise InputError(source, faults, "write the path of a file from the folder of scenario.toml")
    settings = read_config(config)
    read = [file for additional in settings.additional for file in _read_by(additional)]
    return ScenarioFiles(
        source,
        str(table.get("name", source.stem)),
        config,
        settings,
        tuple(source.parent / table[key] for key in tables),
        {key: value for key, value in table.items() if key not in NAMES},
        (*files_of_options(settings.options), *(file for found in read for file in _files_in(found))),
    )


def files_of_options(options: Mapping[str, str]) -> tuple[Path, ...]:
    """Files that options of a configuration name, where there are any."""
    return tuple(file for key in options for path in _named(options, key) for file in _files_in(path))


def names_files(option: str) -> bool:
    """Whether the value of a SUMO option is a list of files."""
    return option.endswith(("-file", "-files")) or option in INPUT_FILES


def travelling_config(files: ScenarioFiles) -> str:
    """Text of a configuration that says what `files.config` says, with all files by relative path.

    It holds wherever the files keep their places to each other: no environment variable, no absolute path.
    """
    settings, folder = files.settings, files.config.parent
    options = {
        "net-file": _relative([settings.net], folder),
        "route-files": _relative(settings.routes, folder),
        "additional-files": _relative(settings.additional, folder),
        "begin": f"{settings.begin_s!r}",
        "end": f"{settings.end_s!r}" if math.isfinite(settings.end_s) else "",
        "step-length": f"{settings.step_s!r}",
        "time-to-teleport": f"{settings.teleport_s!r}",
    }
    options = {key: value for key, value in options.items() if value}
    for key, value in settings.options.items():
        named = _named(settings.options, key)
        options[key] = _relative(named, folder) if named else value
    rows = [f"  <{key} value={quoteattr(value)}/>\n" for key, value in options.items()]
    return f"<configuration>\n{''.join(rows)}</configuration>\n"


def _named(options: Mapping[str, str], option: str) -> list[Path]:
    """Files and folders that an option names, absolute."""
    value = options[option] if names_files(option) else ""
    return [Path(name) for name in value.split(",")] if value else []


def _relative(paths: list[Path] | tuple[Path, ...], folder: Path) -> str:
    # SUMO, and `read_config`, decode %20 and its like in names of files.
    return ",".join(quote(os.path.relpath(path, folder), safe="/") for path in paths)


def _files_in(path: Path) -> Iterator[Path]:
    """A file, or all files of a folder; nothing where there is none: SUMO will say so."""
    if path.is_dir():
        yield from sorted(file for file in path.rglob("*") if file.is_file())
    elif path.is_file():
        yield path


def _read_by(additional: Path) -> list[Path]:
    """Files that the elements of an additional file read."""
    with opened(additional) as stream:
        if not NAMES_A_FILE.search(stream.read()):
            return []
    found, faults = [], []
    with opened(additional) as stream:
        for _, element in iterparse(stream):
            for name in READ:
                value = element.get(name)
                if not value or name == WRITTEN.get(element.tag):
                    continue
                if Path(value).is_absolute():
                    faults.append(f"<{element.tag}> reads {value!r}, an absolute path")
                found.append(additional.parent / value)
    if faults:
        raise InputError(additional, faults, "write the path from the folder of this file")
    return found

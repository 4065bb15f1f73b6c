"""Read a `.sumocfg`: which files, which window, which further options."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path

import defusedxml.ElementTree as DET

from trafficopt.errors import InputError
from trafficopt.scenario import SimulationSettings

SYNONYMS = {
    "net": "net-file",
    "n": "net-file",
    "routes": "route-files",
    "r": "route-files",
    "additional": "additional-files",
    "a": "additional-files",
    "b": "begin",
    "e": "end",
    "ignore-route-errors": "ignore-route-errors",
}
OWN = {
    *("net-file", "route-files", "additional-files", "begin", "end", "step-length", "time-to-teleport"),
    *("seed", "random", "configuration-file", "quit-on-end", "start", "no-step-log", "verbose"),
}
NOT_HONORED = ("output", "log", "report", "gui", "save-", "remote-port", "num-clients", "duration-log", "fcd")


def parse_time(text: str) -> float:
    """Seconds of SUMO's `3600`, `01:00:00` or `1:01:00:00` (days first).

    Examples
    --------
    >>> parse_time("07:00:00")
    25200.0
    >>> parse_time("1:00:00:01.5")
    86401.5
    """
    factors = (1, 60, 3600, 86400)
    parts = text.strip().split(":")[::-1]
    if len(parts) > len(factors):
        raise ValueError(f"{text!r} is not a time")
    return math.fsum(float(part) * factor for part, factor in zip(parts, factors, strict=False))


def read_config(path: Path) -> SimulationSettings:
    """Read a SUMO configuration.

    An `end` that is missing (or negative) comes back as infinity.

    Raises
    ------
    InputError
        If the file is missing or broken, names no network or no demand, or names a missing file.
    """
    options = _options(path)
    faults = [
        f"option {name!r} names {file}, which does not exist"
        for name in ("net-file", "route-files", "additional-files")
        for file in _files(path, options.get(name, ""))
        if not file.is_file()
    ]
    if not options.get("net-file"):
        faults.append("no <net-file> is given")
    if not options.get("route-files") and not options.get("additional-files"):
        faults.append("no <route-files> are given")
    if faults:
        raise InputError(path, faults, "mend the <input> section of the configuration")
    try:
        begin, end = (parse_time(options.get(key, default)) for key, default in (("begin", "0"), ("end", "-1")))
        step, teleport = (
            parse_time(options.get(key, default)) for key, default in (("step-length", "1"), ("time-to-teleport", "300"))
        )
    except ValueError as error:
        raise InputError(path, str(error), "give times in seconds or as hh:mm:ss") from None
    if 0 <= end <= begin:
        raise InputError(path, f"end ({end:g} s) is not after begin ({begin:g} s)", "mend <begin> and <end>")
    return SimulationSettings(
        net=_files(path, options["net-file"])[0],
        routes=_files(path, options.get("route-files", "")),
        additional=_files(path, options.get("additional-files", "")),
        begin_s=begin,
        end_s=end if end >= 0 else math.inf,
        step_s=step,
        teleport_s=teleport,
        options=_further(path, options),
    )


def _options(path: Path) -> dict[str, str]:
    try:
        root = DET.parse(path).getroot()
    except OSError as error:
        raise InputError(path, error.strerror or "cannot be read", "check the path of the configuration") from None
    except ET.ParseError as error:
        raise InputError(path, f"is not well-formed XML: {error}", "mend the file at that line") from None
    found: dict[str, str] = {}
    for element in root.iter():
        value = element.get("value", element.get("v"))
        if value is not None:
            found[SYNONYMS.get(element.tag, element.tag)] = value.strip()
    return found


def _files(config: Path, value: str) -> tuple[Path, ...]:
    names = [name.strip() for name in value.replace(";", ",").split(",")]
    return tuple((config.parent / name).resolve() for name in names if name)


def _further(path: Path, options: Mapping[str, str]) -> dict[str, str]:
    """Options that change the simulation; outputs are left out, other files become absolute."""
    further = {}
    for name, value in options.items():
        if name in OWN or any(part in name for part in NOT_HONORED):
            continue
        if name.endswith(("-file", "-files")) or name in ("load-state",):
            value = ",".join(str(file) for file in _files(path, value))
        further[name] = value
    return further

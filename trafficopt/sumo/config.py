"""Read a `.sumocfg`: which files, which window, which further options."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from defusedxml.ElementTree import parse

from trafficopt.errors import InputError
from trafficopt.scenario import SimulationSettings
from trafficopt.sumo.binary import child_environment, find_binary
from trafficopt.sumo.xml import opened

SYNONYMS = {
    **{"n": "net-file", "net": "net-file", "r": "route-files", "routes": "route-files"},
    **{"a": "additional-files", "additional": "additional-files", "b": "begin", "e": "end"},
    **{"s": "route-steps", "w": "weight-files", "weights": "weight-files", "x": "weight-attribute"},
    **{"measure": "weight-attribute", "srand": "seed", "abs-rand": "random", "v": "verbose"},
    **{"W": "no-warnings", "suppress-warnings": "no-warnings", "l": "log", "t": "duration-log.statistics"},
    **{"H": "human-readable-time", "S": "start", "Q": "quit-on-end", "X": "xml-validation", "g": "gui"},
    **{"c": "configuration-file", "configuration": "configuration-file", "C": "save-configuration"},
}
OWN = {
    *("net-file", "route-files", "additional-files", "begin", "end", "step-length", "time-to-teleport"),
    *("seed", "random", "configuration-file", "quit-on-end", "start", "no-step-log", "verbose", "language"),
    *("human-readable-time", "write-license", "write-metadata", "print-options"),
    *("pedestrian.jupedsim.wkt", "pedestrian.jupedsim.py"),
}
# Parts of the names of options that write files, talk to other programs, or draw.
NOT_HONORED = (
    *("output", "log", "report", "gui", "save-", "remote-port", "num-clients", "fcd", "netstate", "ndump"),
    *("dump-", "tripinfo", "vehroute", "summary", "personinfo", "personroute", "device.ssm"),
)
INPUT_FILES = ("load-state", "phemlight-path", "astar.all-distances", "astar.landmark-distances")
OTHER_ROOTS = ("net", "routes", "additional", "add")
YES = ("true", "1", "yes", "on", "x", "t")


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
    try:
        seconds = math.fsum(float(part) * factor for part, factor in zip(parts, factors, strict=False))
    except (ValueError, OverflowError):
        seconds = math.nan
    if len(parts) > len(factors) or not math.isfinite(seconds):
        raise ValueError(f"{text!r} is not a time")
    return seconds


def is_yes(value: str | None) -> bool:
    """Whether a value switches a SUMO option on."""
    return value is not None and value.lower() in YES


def read_config(path: Path) -> SimulationSettings:
    """Read a SUMO configuration.

    An `end` that is missing (or negative) comes back as infinity.

    Raises
    ------
    InputError
        If the file is missing or broken, names no network or no demand, names a missing file, or
        holds an option under which signals or demand would not be what the files say.
    """
    options = _options(path)
    if faults := _input_faults(path, options):
        raise InputError(path, faults, "mend the <input> section of the configuration")
    if faults := _unusable(options):
        raise InputError(path, faults, "remove the option from the configuration")
    begin, end, step, teleport = _times(path, options)
    return SimulationSettings(
        net=_files(path, options["net-file"])[0],
        routes=_files(path, options.get("route-files", "")),
        additional=_files(path, options.get("additional-files", "")),
        begin_s=begin,
        end_s=end,
        step_s=step,
        teleport_s=teleport,
        options=_further(path, options),
    )


def _options(path: Path) -> dict[str, str]:
    """Values by the option's full name."""
    with opened(path) as stream:
        root = parse(stream).getroot()
    if root is None or root.tag in OTHER_ROOTS:
        what = "no element" if root is None else f"<{root.tag}>"
        raise InputError(path, f"holds {what}, no SUMO configuration", "name a .sumocfg")
    found: dict[str, str] = {}
    twice = set()
    for element in root.iter():
        text = element.text if len(element) == 0 else None
        value = element.get("value", element.get("v", text))
        if value is None or element is root:
            continue
        name = SYNONYMS.get(element.tag, element.tag)
        if name in found:
            twice.add(name)
        found[name] = re.sub(r"\$\{(\w+)\}", lambda match: _variable(match[1]), value.strip())
    if twice:
        raise InputError(path, [f"option {name!r} is given twice" for name in sorted(twice)], "give it once")
    return found


def _variable(name: str) -> str:
    """Value of an environment variable; empty if unset, as in SUMO."""
    if name == "SUMO_HOME" and name not in os.environ:
        return child_environment(find_binary("sumo")).get(name, "")
    return os.environ.get(name, "")


def _input_faults(path: Path, options: Mapping[str, str]) -> list[str]:
    faults = []
    for name in ("net-file", "route-files", "additional-files"):
        for file in _files(path, options.get(name, "")):
            if not file.is_file():
                what = "is a folder" if file.is_dir() else "does not exist"
                faults.append(f"option {name!r} names {file}, which {what}")
            elif fault := comma_fault(file):
                faults.append(fault)
    if not options.get("net-file"):
        faults.append("no <net-file> is given")
    if not options.get("route-files") and not options.get("additional-files"):
        faults.append("no <route-files> are given")
    return faults


def comma_fault(file: Path) -> str:
    """Say that SUMO cannot open a path with a comma in it (empty: there is none)."""
    return f"{file} has a comma, at which SUMO cuts: rename the file or folder" if "," in str(file) else ""


def _unusable(options: Mapping[str, str]) -> list[str]:
    faults = []
    if is_yes(options.get("tls.all-off")):
        faults.append("option 'tls.all-off' switches all signals off")
    try:
        scaled = float(options.get("scale") or 1) != 1
    except ValueError:
        scaled = True
    if scaled:
        faults.append("option 'scale' makes other vehicles than the files name: write them into the files")
    return faults


def _times(path: Path, options: Mapping[str, str]) -> tuple[float, float, float, float]:
    """Begin, end, step and time to teleport [s]."""
    defaults = {"begin": "0", "end": "-1", "step-length": "1", "time-to-teleport": "300"}
    found, faults = [], []
    for name, default in defaults.items():
        try:
            found.append(parse_time(options.get(name) or default))
        except ValueError as error:
            faults.append(f"option {name!r}: {error}")
    if faults:
        raise InputError(path, faults, "give times in seconds or as hh:mm:ss")
    begin, end, step, teleport = found
    if begin < 0:
        raise InputError(path, f"begin ({begin:g} s) is negative", "mend <begin>")
    if 0 <= end <= begin:
        raise InputError(path, f"end ({end:g} s) is not after begin ({begin:g} s)", "mend <begin> and <end>")
    if step < 0.001:
        raise InputError(path, f"step-length is {step:g} s", "give a step of 0.001 s or more, such as 1")
    return begin, end if end >= 0 else math.inf, step, teleport


def _files(config: Path, value: str) -> tuple[Path, ...]:
    """Absolute paths of a list; SUMO decodes %20 and its like in configurations."""
    names = [unquote(name.strip()) for name in value.split(",")]
    return tuple((config.parent / name).resolve() for name in names if name)


def _further(path: Path, options: Mapping[str, str]) -> dict[str, str]:
    """Options that change the simulation; outputs are left out, other files become absolute."""
    further = {}
    for name, value in options.items():
        if name in OWN or any(part in name for part in NOT_HONORED):
            continue
        if name.endswith(("-file", "-files")) or name in INPUT_FILES:
            value = ",".join(str(file) for file in _files(path, value))
        further[name] = value
    return further

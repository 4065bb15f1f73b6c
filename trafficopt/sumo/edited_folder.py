"""The files of an edited scenario, in a folder of its own."""

from __future__ import annotations

import csv
import gzip
import re
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence, Set
from pathlib import Path

from trafficopt.errors import InputError
from trafficopt.scenario import Scenario
from trafficopt.sumo.edited_routes import LONGEST_DETOUR_S, Rerouting
from trafficopt.sumo.rebound_programs import Binding
from trafficopt.sumo.rebuilt_net import read_tree
from trafficopt.sumo.routes import ROAD_USERS
from trafficopt.sumo.scenario_file import locate
from trafficopt.sumo.timed_bans import OwnRoutes
from trafficopt.treatment import CloseOpening, NetworkEdit, RemoveIsland

CONFIG = "edited.sumocfg"
MENDED = (*ROAD_USERS, "route")  # elements whose links are replaced
PLACES = ("edge", "edges", "from", "to", "lane", "lanes")
TABLE_KEYS = ("intersections", "arterials", "uturn_openings")


def write_folder(
    scenario: Scenario,
    edits: Sequence[NetworkEdit],
    net: ET.Element | None,
    bindings: Mapping[str, Binding],
    rerouting: Rerouting,
    folder: Path,
) -> Path:
    """Write all files of the edited scenario; the one to read.

    Parameters
    ----------
    net
        None where it stays as it is.

    Raises
    ------
    InputError
        If vehicles have no other way, or a file names a link that goes.
    """
    settings = scenario.simulation
    files = {path: folder / name for path, name in _names(settings.inputs).items()}
    own = OwnRoutes(scenario, rerouting.held_up(), rerouting.changes.windows.keys())
    faults: list[str] = []
    changed: dict[Path, ET.Element] = {}
    for path in (*settings.routes, *settings.additional):
        root = read_tree(path)
        faults += _uses(path, root, rerouting.changes.deleted.keys())
        if _rebind(root, bindings) | own.rewrite(root) | rerouting.rewrite(root):
            changed[path] = root
    faults += own.faults
    for (from_link, to_link), vehicles in sorted(rerouting.stranded.items()):
        way = f"other way from {from_link!r} to {to_link!r} of {LONGEST_DETOUR_S:g} s or less at free flow"
        faults.append(f"no {way} for {len(vehicles)} of the vehicles, first {next(iter(vehicles))!r}")
    if faults:
        raise InputError("treatments", faults, "leave the place as it is, or change what is named")
    folder.mkdir(parents=True, exist_ok=True)
    for path, file in files.items():
        if path == settings.net and net is not None:
            write_tree(net, file)
        elif path in changed:
            write_tree(changed[path], file)
        else:
            shutil.copyfile(path, file)
    sorting = {"route-steps": "0"} if own.unsorted else {}  # SUMO then sorts all vehicles itself
    _write_config(scenario, files, sorting, folder / CONFIG)
    return _write_tables(scenario, edits, folder)


def write_tree(root: ET.Element, path: Path) -> None:
    """Write an XML file, compressed if its name ends with .gz; the same bytes for the same content."""
    ET.indent(root, "    ")
    text = ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"
    path.write_bytes(gzip.compress(text, compresslevel=6, mtime=0) if path.suffix == ".gz" else text)


def _names(paths: Sequence[Path]) -> dict[Path, str]:
    """A name for each file, numbered where two files have the same one."""
    names: dict[Path, str] = {}
    for path in paths:
        taken = path.name in names.values()
        names[path] = f"{len(names)}-{path.name}" if taken else path.name
    return names


def _uses(path: Path, root: ET.Element, deleted: Set[str]) -> list[str]:
    """Say what else than a route names a link that goes (a detector, a stop, a walk)."""
    faults = []
    for element in root.iter():
        for name in ("via",) if element.tag in MENDED else PLACES:
            if value := element.get(name, ""):
                links = [part.rpartition("_")[0] if "lane" in name else part for part in value.split()]
                if not deleted.isdisjoint(links):
                    faults.append(f"{path.name}: <{element.tag} {name}={value!r}> lies on a link that goes")
    return faults


def _rebind(root: ET.Element, bindings: Mapping[str, Binding]) -> bool:
    """Bind the programs of a file in place; whether there were any of edited signals."""
    found = False
    for logic in root.iter("tlLogic"):
        if (binding := bindings.get(logic.get("id", ""))) is not None:
            logic[:] = binding.program(logic)[:]
            found = True
    return found


def _write_config(
    scenario: Scenario, files: Mapping[Path, Path], sorting: Mapping[str, str], path: Path
) -> None:
    settings = scenario.simulation
    values = {
        "net-file": files[settings.net].name,
        "route-files": ",".join(files[file].name for file in settings.routes),
        "additional-files": ",".join(files[file].name for file in settings.additional),
        "begin": f"{settings.begin_s:.10g}",
        "end": f"{settings.end_s:.10g}",
        "step-length": f"{settings.step_s:.10g}",
        "time-to-teleport": f"{settings.teleport_s:.10g}",
        **settings.options,
        **sorting,
    }
    root = ET.Element("configuration")
    for name, value in values.items():
        if value:
            ET.SubElement(root, name, value=value)
    write_tree(root, path)


def _write_tables(scenario: Scenario, edits: Sequence[NetworkEdit], folder: Path) -> Path:
    """Write `scenario.toml` and the tables it names, as the treatments leave them; the file to read."""
    source, table = locate(scenario.source)
    if not table:
        return folder / CONFIG
    text = source.read_text(encoding="utf-8")
    names = {"sumocfg": CONFIG}
    for key in TABLE_KEYS:
        if key in table:
            names[key] = f"{key}.csv"
            shutil.copyfile(source.parent / table[key], folder / names[key])
    for key, name in names.items():
        text = re.sub(rf"(?m)^(\s*{key}\s*=\s*).*$", rf'\g<1>"{name}"', text, count=1)
    closed = {edit.opening for edit in edits if isinstance(edit, CloseOpening)}
    flat = {edit.intersection for edit in edits if isinstance(edit, RemoveIsland)}
    if closed and "uturn_openings" in names:
        path = folder / names["uturn_openings"]
        header, *rows = _rows(path)
        _write_rows(path, [header, *[row for row in rows if row[header.index("opening")] not in closed]])
    if flat and "intersections" in names:
        path = folder / names["intersections"]
        header, *rows = _rows(path)
        if "islands" in header:
            for row in rows:
                if row[header.index("intersection")] in flat:
                    row[header.index("islands")] = "no"
            _write_rows(path, [header, *rows])
    path = folder / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8-sig") as stream:
        return list(csv.reader(stream))


def _write_rows(path: Path, rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)

"""From a `.sumocfg` or a scenario folder to a `Scenario`."""

from __future__ import annotations

import csv
import math
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import networkx as nx

from trafficopt.errors import InputError
from trafficopt.limits import Limits
from trafficopt.network import Arterial, Intersection, Network
from trafficopt.plan import TimingPlan
from trafficopt.scenario import Scenario
from trafficopt.sumo.config import read_config
from trafficopt.sumo.net import read_intersections, read_links, read_net
from trafficopt.sumo.programs import read_programs
from trafficopt.sumo.routes import named_demand, routed_demand

SCENARIO_KEYS = {
    *("name", "title", "note", "sumocfg", "intersections", "arterials", "uturn_openings", "limits"),
}
CLEARING_S = 1800.0


def read_scenario(
    path: str | Path,
    *,
    teleport_s: float | None = None,
    minutes: float | None = None,
    programs_file: Path | None = None,
) -> Scenario:
    """Read a scenario.

    Parameters
    ----------
    path
        A folder with `scenario.toml`, that file, or any `.sumocfg`.
    teleport_s
        Overrides the configuration's time to teleport [s]; negative: never.
    minutes
        Keep only the first minutes of the window.
    programs_file
        SUMO additional file whose programs take the place of the field plan.

    Raises
    ------
    InputError
        If anything is missing, broken or does not fit together.
    """
    source, table = _locate(Path(path))
    config = (source.parent / table["sumocfg"]) if table else source
    limits = _limits(source, table.get("limits", {}))
    settings = read_config(config)
    if teleport_s is not None:
        settings = replace(settings, teleport_s=teleport_s)
    if programs_file is not None:
        settings = replace(settings, additional=(*settings.additional, programs_file.resolve()))
    if minutes is not None:
        settings = replace(settings, end_s=min(settings.end_s, settings.begin_s + 60.0 * minutes))
    named = named_demand([*settings.routes, *settings.additional])
    departures = {k: t for k, t in named.departures.items() if settings.begin_s <= t < settings.end_s}
    if not departures and not named.flows:
        window = f"from {settings.begin_s:g} s to {settings.end_s:g} s"
        raise InputError(
            config, f"no vehicle departs in the window {window}", "mend <route-files> or the window"
        )
    if math.isinf(settings.end_s):
        settings = replace(settings, end_s=math.ceil(max(departures.values(), default=0.0)) + CLEARING_S)
    settings = replace(settings, flows=frozenset(named.flows))

    net = read_net(settings.net)
    demand = routed_demand(settings, named, settings.end_s)
    programs = read_programs([settings.net, *settings.additional], settings.begin_s)
    intersections, timings = read_intersections(net, settings.net, programs, limits, demand.mean_space_m())
    links = read_links(net)
    rows = _read_table(source, table.get("intersections"), {"intersection", "retime"})
    network = Network(links, _with_districts(source, intersections, rows))
    arterials = _arterials(
        source, _read_table(source, table.get("arterials"), {"arterial", "intersection"}), network
    )
    kept = {row["intersection"] for row in rows if row["retime"] != "yes"}
    return Scenario(
        name=str(table.get("name", source.stem)),
        source=source,
        network=replace(network, arterials=arterials),
        demand=demand,
        field_plan=TimingPlan("field", timings),
        limits=limits,
        simulation=settings,
        retime=frozenset(n.id for n in intersections if not n.kept_because and n.id not in kept),
        demanded=departures,
        program_ids=programs.ids,
        title=str(table.get("title", table.get("name", source.stem))),
        note=str(table.get("note", "")),
    )


def _locate(path: Path) -> tuple[Path, dict[str, Any]]:
    """The file to read, and the table of a `scenario.toml` (empty for a `.sumocfg`)."""
    source = path / "scenario.toml" if path.is_dir() else path
    if not source.exists():
        what = "has no scenario.toml" if path.is_dir() else "does not exist"
        raise InputError(path, what, "name a folder with scenario.toml, that file, or a .sumocfg")
    if source.suffix != ".toml":
        return source, {}
    try:
        table = tomllib.loads(source.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(source, f"is not TOML: {error}", "mend the file at that line") from None
    faults = [f"key {key!r} is unknown" for key in sorted(set(table) - SCENARIO_KEYS)]
    if "sumocfg" not in table:
        faults.append("key 'sumocfg' is missing")
    if faults:
        raise InputError(source, faults, f"keys are {', '.join(sorted(SCENARIO_KEYS))}")
    return source, table


def _limits(source: Path, table: Mapping[str, Any]) -> Limits:
    try:
        return Limits(**table)
    except (TypeError, ValueError) as error:
        raise InputError(source, f"[limits]: {error}", "see trafficopt.Limits for the keys") from None


def _read_table(source: Path, name: str | None, columns: set[str]) -> list[dict[str, str]]:
    if name is None:
        return []
    path = source.parent / name
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            reader = csv.DictReader(stream)
            rows = list(reader)
    except OSError as error:
        raise InputError(path, error.strerror or str(error), f"mend the name in {source.name}") from None
    missing = columns - set(reader.fieldnames or ())
    if missing:
        raise InputError(path, f"columns are missing: {', '.join(sorted(missing))}", "mend the header line")
    return rows


def _with_districts(
    source: Path, intersections: tuple[Intersection, ...], rows: list[dict[str, str]]
) -> tuple[Intersection, ...]:
    known = {node.id for node in intersections}
    faults = [
        f"{r['intersection']!r} is not a signal of the network"
        for r in rows
        if r["intersection"] not in known
    ]
    if faults:
        raise InputError(source, faults, "make the table of intersections fit the network")
    district = {row["intersection"]: row.get("district", "") for row in rows}
    return tuple(replace(node, district=district.get(node.id, "")) for node in intersections)


def _arterials(source: Path, rows: list[dict[str, str]], network: Network) -> tuple[Arterial, ...]:
    """Arterials of the table, with the shortest link path between neighbors both ways."""
    members: dict[str, list[str]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row["arterial"], int(row.get("position", "0")))):
        members[row["arterial"]].append(row["intersection"])
    nodes = _nodes_of(network)
    unknown = [
        f"arterial {a}: {i!r} is not a signal" for a, ids in members.items() for i in ids if i not in nodes
    ]
    if unknown:
        raise InputError(source, unknown, "make the table of arterials fit the network")
    return tuple(
        Arterial(
            name,
            tuple(ids),
            tuple(_path(source, network, nodes, a, b) for a, b in zip(ids, ids[1:], strict=False)),
            tuple(_path(source, network, nodes, b, a) for a, b in zip(ids, ids[1:], strict=False)),
        )
        for name, ids in sorted(members.items())
    )


def _nodes_of(network: Network) -> dict[str, set[str]]:
    """Nodes that each signal controls."""
    return {
        node.id: {network.links[m.from_link].to_node for m in node.movements}
        for node in network.intersections
    }


def _path(
    source: Path, network: Network, nodes: Mapping[str, set[str]], start: str, end: str
) -> tuple[str, ...]:
    best: tuple[float, list[str]] | None = None
    for a in sorted(nodes[start]):
        lengths, paths = nx.single_source_dijkstra(network.graph, a, weight="length_m", cutoff=5000.0)
        for b in sorted(nodes[end] & set(lengths)):
            if best is None or lengths[b] < best[0]:
                best = lengths[b], paths[b]
    if best is None:
        raise InputError(source, f"no road leads from {start} to {end}", "mend the table of arterials")
    return tuple(
        min(network.graph[u][v].items(), key=lambda item: (item[1]["length_m"], item[0]))[0]
        for u, v in zip(best[1], best[1][1:], strict=False)
    )

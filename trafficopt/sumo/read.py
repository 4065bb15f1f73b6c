"""From a `.sumocfg` or a scenario folder to a `Scenario`."""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import networkx as nx

from trafficopt.errors import InputError
from trafficopt.intersection import Intersection
from trafficopt.network import Arterial, Link, Network
from trafficopt.plan import TimingPlan
from trafficopt.scenario import Scenario, SimulationSettings
from trafficopt.sumo.config import read_config
from trafficopt.sumo.lane_graph import read_lane_graph
from trafficopt.sumo.net import read_intersections, read_links, read_net
from trafficopt.sumo.programs import read_programs
from trafficopt.sumo.routes import named_demand, routed_demand
from trafficopt.sumo.scenario_file import limits_of, locate, overrides_of, waivers_of

CLEARING_S = 1800.0
REACH_M = 5000.0


def read_scenario(
    path: str | Path,
    *,
    teleport_s: float | None = None,
    minutes: float | None = None,
    profile: str | None = None,
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
    profile
        Overrides the rule profile of `[limits]`: keep, us, cn or de.

    Raises
    ------
    InputError
        If anything is missing, broken or does not fit together.
    """
    source, table = locate(Path(path))
    config = (source.parent / table["sumocfg"]) if table else source
    limits = limits_of(source, table.get("limits", {}), profile)
    settings = _settings(config, teleport_s, minutes)
    named = named_demand(settings)
    if not named.homes:
        raise InputError(config, "its files name no vehicle, trip or flow", "mend <route-files>")
    settings = replace(settings, flows=frozenset(named.flows))
    programs = read_programs([settings.net, *settings.additional], settings.begin_s)
    net = read_net(settings.net)
    demand = routed_demand(settings, named)
    departures = {k: t for k, t in named.departures.items() if settings.begin_s <= t < settings.end_s}
    settings = _ended(config, settings, [*departures.values(), *map(float, demand.depart_s)])

    intersections, timings = read_intersections(
        net,
        settings.net,
        programs,
        limits,
        demand.mean_space_m(),
        overrides_of(source, table, set(programs.active)),
    )
    network, kept = _with_tables(source, table, read_links(net), intersections)
    network = replace(network, lane_graph=read_lane_graph(net, settings.net))
    return Scenario(
        name=str(table.get("name", source.stem)),
        source=source,
        network=network,
        demand=demand,
        field_plan=TimingPlan("field", timings),
        limits=limits,
        simulation=settings,
        retime=frozenset(n.id for n in intersections if not n.kept_because) - kept,
        demanded=departures,
        program_ids=programs.ids,
        title=str(table.get("title", table.get("name", source.stem))),
        note=str(table.get("note", "")),
        waivers=waivers_of(source, table, {node.id for node in intersections}),
    )


def _settings(config: Path, teleport_s: float | None, minutes: float | None) -> SimulationSettings:
    """Settings of the configuration with what the caller wants otherwise."""
    settings = read_config(config)
    for name, value in (("teleport", teleport_s), ("minutes", minutes)):
        if value is not None and not math.isfinite(value):
            raise InputError(name, f"is {value}", "give a number; a negative time to teleport means never")
    if teleport_s is not None:
        settings = replace(settings, teleport_s=teleport_s)
    if minutes is not None:
        settings = replace(settings, end_s=min(settings.end_s, settings.begin_s + 60.0 * minutes))
    return settings


def _ended(config: Path, settings: SimulationSettings, departures: Sequence[float]) -> SimulationSettings:
    """Settings with an end; where the configuration has none, `CLEARING_S` after the last departure."""
    if not departures:
        window = f"from {settings.begin_s:g} s to {settings.end_s:g} s"
        raise InputError(
            config, f"no vehicle departs in the window {window}", "mend <route-files> or <begin> and <end>"
        )
    if math.isfinite(settings.end_s):
        return settings
    return replace(settings, end_s=math.ceil(max(departures)) + CLEARING_S)


def _with_tables(
    source: Path, table: Mapping[str, Any], links: Mapping[str, Link], nodes: tuple[Intersection, ...]
) -> tuple[Network, set[str]]:
    """The network with the districts and arterials of the tables, and the signals to keep."""
    districts, kept = _intersection_table(source, table.get("intersections"), {node.id for node in nodes})
    placed = tuple(replace(node, district=districts.get(node.id, "")) for node in nodes)
    network = Network(links, placed)
    if "arterials" not in table:
        return network, kept
    path = source.parent / table["arterials"]
    rows = _read_table(source, path, ("arterial", "position", "intersection"))
    return replace(network, arterials=_arterials(path, rows, network)), kept


def _read_table(source: Path, path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Rows of a CSV file; text is stripped, missing cells are empty."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream, restval="")
            rows = [{k: v.strip() for k, v in row.items() if isinstance(v, str)} for row in reader]
    except OSError as error:
        raise InputError(path, error.strerror or str(error), f"mend the name in {source.name}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(path, f"is not a CSV file: {error}", "save it as CSV in UTF-8") from None
    missing = sorted(set(columns) - set(reader.fieldnames or ()))
    if missing:
        remedy = f"the header must name {', '.join(columns)}"
        raise InputError(path, f"columns are missing: {', '.join(missing)}", remedy)
    return rows


def _intersection_table(source: Path, name: str | None, known: set[str]) -> tuple[dict[str, str], set[str]]:
    """District by signal, and the signals that keep their field plan."""
    if name is None:
        return {}, set()
    path = source.parent / name
    rows = _read_table(source, path, ("intersection", "retime"))
    faults = []
    for line, row in enumerate(rows, start=2):
        if row["intersection"] not in known:
            faults.append(f"line {line}: {row['intersection']!r} is not a signal of the network")
        if row["retime"] not in ("yes", "no"):
            faults.append(f"line {line}: retime is {row['retime']!r}, neither yes nor no")
    if faults:
        raise InputError(path, faults, "make the table of intersections fit the network")
    kept = {row["intersection"] for row in rows if row["retime"] == "no"}
    return {row["intersection"]: row.get("district", "") for row in rows}, kept


def _arterials(path: Path, rows: list[dict[str, str]], network: Network) -> tuple[Arterial, ...]:
    """Arterials of the table, with the shortest link path between neighbors both ways."""
    nodes = _nodes_of(network)
    members: dict[str, dict[int, str]] = defaultdict(dict)
    faults = []
    for line, row in enumerate(rows, start=2):
        name, place, signal = row["arterial"], row["position"], row["intersection"]
        if signal not in nodes:
            faults.append(f"line {line}: arterial {name!r}: {signal!r} is not a signal of the network")
        if not place.isdecimal():
            faults.append(f"line {line}: arterial {name!r}: position {place!r} is not a whole number")
        elif int(place) in members[name]:
            faults.append(f"line {line}: arterial {name!r}: position {place} is given twice")
        else:
            members[name][int(place)] = signal
    faults += [f"arterial {name!r} has fewer than two signals" for name in members if len(members[name]) < 2]
    if faults:
        raise InputError(path, faults, "make the table of arterials fit the network")
    chains = {name: tuple(places[key] for key in sorted(places)) for name, places in sorted(members.items())}
    return tuple(
        Arterial(
            name,
            ids,
            tuple(_path(path, network, nodes, a, b) for a, b in pairwise(ids)),
            tuple(_path(path, network, nodes, b, a) for a, b in pairwise(ids)),
        )
        for name, ids in chains.items()
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
    """Links of the shortest way from signal to signal."""
    graph, sources = network.graph, nodes[start]
    found: list[Any] = []
    for node in sorted(nodes[end]) if sources else ():
        try:
            length_m, path = nx.multi_source_dijkstra(graph, sources, node, REACH_M, weight="length_m")
        except nx.NetworkXNoPath:
            continue
        found.append((length_m, node, path))
    if not found:
        fault = f"no road of {REACH_M / 1000:g} km or less leads from {start!r} to {end!r}"
        raise InputError(source, fault, "mend the order or the members of the arterial")
    return tuple(
        min(graph[u][v].items(), key=lambda item: (item[1]["length_m"], item[0]))[0]
        for u, v in pairwise(min(found)[2])
    )

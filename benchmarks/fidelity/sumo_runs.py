"""SUMO's answer for a plan: what was measured of a run, kept by content."""

from __future__ import annotations

import gzip
import hashlib
import os
import pickle
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from trafficopt.evaluation import SeedResult
from trafficopt.plan import TimingPlan
from trafficopt.scenario import Scenario
from trafficopt.sumo.additional import without_outputs
from trafficopt.sumo.binary import find_binary, run_tool, sumo_version
from trafficopt.sumo.command import sumo_arguments
from trafficopt.sumo.judge import OUTPUTS, PROGRAM_ID, plan_files
from trafficopt.sumo.outputs import TRIPS, read_run

FORMAT = 1  # of the records; a new one makes all runs again
LAST_S = 300.0  # a link that stands does so at least over this time at the end
WHOLE, LAST, VEHICLES = "whole.xml", "last.xml", "vehicles.xml"
ROUTES = (
    *("--vehroute-output", VEHICLES, "--vehroute-output.exit-times"),
    "--vehroute-output.write-unfinished",
)
TIME_LIMIT_S = 3600.0


class LinkRecord(NamedTuple):
    """Of one link over the whole run.

    Attributes
    ----------
    time_loss_s
        Time lost by all vehicles on it [veh*s].
    depart_delay_s
        Waited before it by those who begin there, not departed ones included [veh*s].
    present_s
        Time spent on it by all vehicles [veh*s] (SUMO's sampledSeconds).
    """

    time_loss_s: float
    depart_delay_s: float
    departed: int
    entered: int
    left: int
    arrived: int
    present_s: float


class MovementRecord(NamedTuple):
    """Of the vehicles that went from one link to another.

    Attributes
    ----------
    time_s
        Mean time on the first link and in the junction behind it, from entry (or departure) to the entry
        of the second.
    """

    vehicles: int
    time_s: float


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run.

    Attributes
    ----------
    links
        By link; those that nobody drove or waited for are left out.
    movements
        By pair of links; passages that were finished only.
    standing
        Links where somebody was in each of the last 300 s, and nobody left or arrived.
    routes
        Routes of vehicles that drove another one than `Scenario.demand` has.
    """

    result: SeedResult
    links: Mapping[str, LinkRecord]
    movements: Mapping[tuple[str, str], MovementRecord]
    standing: tuple[str, ...]
    routes: Mapping[str, tuple[str, ...]]
    wall_s: float


def run(scenario: Scenario, plan: TimingPlan, seed: int, cache: Path) -> RunRecord:
    """The record of a run, from `cache` where it is there."""
    found = known_run(scenario, plan, seed, cache)
    if found is None:
        found = measured(scenario, plan, seed)
        _store(found, _path_of(scenario, plan, seed, cache))
    return found


def known_run(scenario: Scenario, plan: TimingPlan, seed: int, cache: Path) -> RunRecord | None:
    """The record of a run if `cache` has it."""
    return stored(_path_of(scenario, plan, seed, cache))


def _path_of(scenario: Scenario, plan: TimingPlan, seed: int, cache: Path) -> Path:
    return cache / "runs" / f"{key_of(scenario, plan, seed)}.pkl.gz"


def stored(path: Path) -> RunRecord | None:
    """A record of the cache, or None."""
    if not path.exists():
        return None
    with gzip.open(path, "rb") as stream:
        row: dict[str, Any] = pickle.load(stream)
    row["result"] = SeedResult(**row["result"])
    row["links"] = {key: LinkRecord(*values) for key, values in row["links"].items()}
    row["movements"] = {key: MovementRecord(*values) for key, values in row["movements"].items()}
    return RunRecord(**row)


def _store(record: RunRecord, path: Path) -> None:
    """Write a record as plain Python values, so that it does not depend on where classes live."""
    row = {name: getattr(record, name) for name in RunRecord.__dataclass_fields__}
    row["result"] = asdict(record.result)
    row["links"] = {key: tuple(values) for key, values in record.links.items()}
    row["movements"] = {key: tuple(values) for key, values in record.movements.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(handle, "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as stream:
        pickle.dump(row, stream, protocol=5)
    Path(name).replace(path)


def key_of(scenario: Scenario, plan: TimingPlan, seed: int) -> str:
    """Hash of all that decides a run: files, options, plan, seed, SUMO."""
    settings = scenario.simulation
    files = [_digest(path, path.stat().st_mtime_ns) for path in settings.inputs]
    bare = replace(settings, net=Path(), routes=(), additional=())
    rows: Any = "field"
    if plan.timings != scenario.field_plan.timings:
        rows = [
            (key, t.offset_s, t.cycle_s, [(row.state, row.duration_s) for row in t.intervals])
            for key, t in sorted(plan.timings.items())
        ]
    version = sumo_version(find_binary("sumo"))
    parts = (FORMAT, files, sumo_arguments(bare, seed=seed), rows, version)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


@lru_cache(maxsize=256)
def _digest(path: Path, changed_ns: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def measured(scenario: Scenario, plan: TimingPlan, seed: int) -> RunRecord:
    """Run SUMO and read all that it leaves."""
    began = time.perf_counter()
    settings = scenario.simulation
    with tempfile.TemporaryDirectory(prefix="fidelity-") as name:
        folder = Path(name)
        silent = replace(settings, additional=without_outputs(settings.additional, folder))
        edge_data = folder / "links.add.xml"
        edge_data.write_text(_edge_data(settings.begin_s, settings.end_s), encoding="utf-8")
        files = (edge_data, *plan_files(scenario, plan, folder, PROGRAM_ID))
        arguments = [*sumo_arguments(silent, files, seed), *OUTPUTS, *ROUTES]
        run_tool("sumo", arguments, cwd=folder, time_limit_s=TIME_LIMIT_S)
        planned = dict(zip(scenario.demand.vehicles, scenario.demand.routes, strict=True))
        return RunRecord(
            result=read_run(folder, seed, scenario.demanded, settings.flows, settings.end_s),
            links=_links(folder, scenario, planned),
            movements=_movements(folder / VEHICLES),
            standing=_standing(folder / LAST),
            routes=_other_routes(folder / VEHICLES, planned),
            wall_s=time.perf_counter() - began,
        )


def _edge_data(begin_s: float, end_s: float) -> str:
    last = max(begin_s, end_s - LAST_S)
    return (
        f'<additional><edgeData id="fidelity-whole" file="{WHOLE}" excludeEmpty="true"/>'
        f'<edgeData id="fidelity-last" file="{LAST}" begin="{last:g}" end="{end_s:g}" excludeEmpty="true"/>'
        "</additional>\n"
    )


def _elements(path: Path, tag: str) -> Iterator[ET.Element]:
    for _, element in ET.iterparse(path):
        if element.tag == tag:
            yield element
            element.clear()


def _links(folder: Path, scenario: Scenario, planned: Mapping[str, tuple[str, ...]]) -> dict[str, LinkRecord]:
    waited: dict[str, float] = defaultdict(float)
    unseen = {key: scenario.simulation.end_s - depart for key, depart in scenario.demanded.items()}
    for trip in _elements(folder / TRIPS, "tripinfo"):
        key = trip.attrib["id"]
        unseen.pop(key, None)
        if key in planned:
            waited[planned[key][0]] += float(trip.attrib["departDelay"])
    for key, seconds in unseen.items():
        if key in planned:
            waited[planned[key][0]] += seconds
    links = {
        edge.attrib["id"]: LinkRecord(
            time_loss_s=float(edge.get("timeLoss", 0.0)),
            depart_delay_s=waited.get(edge.attrib["id"], 0.0),
            departed=int(edge.get("departed", 0)),
            entered=int(edge.get("entered", 0)),
            left=int(edge.get("left", 0)),
            arrived=int(edge.get("arrived", 0)),
            present_s=float(edge.get("sampledSeconds", 0.0)),
        )
        for edge in _elements(folder / WHOLE, "edge")
    }
    for key, seconds in waited.items():
        if key not in links and seconds > 0:
            links[key] = LinkRecord(0.0, seconds, 0, 0, 0, 0, 0.0)
    return links


def _driven(path: Path) -> Iterator[tuple[str, float, tuple[str, ...], list[float]]]:
    """Vehicle, departure [s], links and exit times [s] (-1: not left) of all that departed."""
    for vehicle in _elements(path, "vehicle"):
        depart = float(vehicle.attrib["depart"])
        routes = [route for route in vehicle.iter("route") if route.get("exitTimes")]
        if depart >= 0 and routes:
            links = tuple(routes[-1].attrib["edges"].split())
            yield (
                vehicle.attrib["id"],
                depart,
                links,
                [float(t) for t in routes[-1].attrib["exitTimes"].split()],
            )


def _movements(path: Path) -> dict[tuple[str, str], MovementRecord]:
    total: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0, 0.0])
    for _, depart, links, exits in _driven(path):
        entry = depart
        for k, left in enumerate(exits[: len(links) - 1]):
            if left < 0:
                break
            figures = total[links[k], links[k + 1]]
            figures[0] += 1
            figures[1] += left - entry
            entry = left
    return {pair: MovementRecord(int(n), time_s / n) for pair, (n, time_s) in total.items()}


def _standing(path: Path) -> tuple[str, ...]:
    return tuple(
        edge.attrib["id"]
        for edge in _elements(path, "edge")
        if float(edge.get("sampledSeconds", 0.0)) >= LAST_S - 1.0
        and int(edge.get("left", 0)) + int(edge.get("arrived", 0)) == 0
    )


def _other_routes(path: Path, planned: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {key: links for key, _, links, _ in _driven(path) if planned.get(key) != links}

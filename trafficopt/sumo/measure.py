"""Run a plan in SUMO and measure its movements and links."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

import numpy as np

from trafficopt.errors import InputError
from trafficopt.measured import Measured
from trafficopt.plan import TimingPlan
from trafficopt.scenario import Scenario
from trafficopt.sumo.additional import without_outputs
from trafficopt.sumo.binary import run_tool
from trafficopt.sumo.command import sumo_arguments
from trafficopt.sumo.discharge import (
    GREENS,
    LOOPS,
    Discharge,
    crossings,
    detectors,
    discharge,
    green_begins,
)
from trafficopt.sumo.judge import EDGE_DATA, OUTPUTS, PROGRAM_ID, plan_files
from trafficopt.sumo.outputs import LINKS, TRIPS, read_run
from trafficopt.sumo.passages import ROUTES, VEHICLES, Index, Sums, Trip, passages_of, rows_of
from trafficopt.units import FloatArray, Seconds


def measure(
    scenario: Scenario,
    plan: TimingPlan,
    seeds: Sequence[int],
    *,
    jobs: int | None = None,
    time_limit_s: Seconds = 3600.0,
) -> Measured:
    """Run `plan` in SUMO with each seed and measure every movement and link.

    The runs are those of `simulate`: detectors and further outputs change nothing.

    Parameters
    ----------
    jobs
        Processes at a time; by default as many as there are processors. It never changes a figure.
    time_limit_s
        Wall-clock time [s] that one run may take.

    Raises
    ------
    InputError
        If SUMO is absent, no seed is given, the scenario has no lanes, or the plan does not fit.
    SimulationError
        If a run fails or reaches its time limit; the other runs are stopped.
    """
    seeds = tuple(seeds)
    if not seeds:
        raise InputError("seeds", "none is given", "give at least one seed")
    graph = scenario.network.lane_graph
    if graph is None:
        raise InputError(scenario.source, "has no lanes", "read the scenario with read_scenario")
    index = Index.of(scenario, graph)
    with tempfile.TemporaryDirectory(prefix="trafficopt-") as name:
        folder = Path(name)
        files = plan_files(scenario, plan, folder, PROGRAM_ID)
        stop = Event()

        def run(seed: int) -> _Run:
            return _run(scenario, index, files, seed, folder / str(seed), time_limit_s, stop)

        with ThreadPoolExecutor(max_workers=jobs or min(os.cpu_count() or 1, len(seeds))) as pool:
            try:
                runs = list(pool.map(run, seeds))
            finally:
                stop.set()
    return _combined(plan.name, seeds, index, runs)


@dataclass(frozen=True, slots=True)
class _Run:
    """Figures of one run; arrays of links have shape (m,)."""

    mean_delay_s: Seconds
    movements: Sums
    queues: Discharge
    link_delay_s: FloatArray
    link_depart_delay_s: FloatArray
    link_left: FloatArray
    link_halting: FloatArray


def _run(
    scenario: Scenario,
    index: Index,
    plan: Sequence[Path],
    seed: int,
    folder: Path,
    time_limit_s: Seconds,
    stop: Event,
) -> _Run:
    """Run SUMO to its end and read its outputs."""
    folder.mkdir()
    settings = scenario.simulation
    silent = replace(settings, additional=without_outputs(settings.additional, folder))
    (folder / "links.add.xml").write_text(EDGE_DATA, encoding="utf-8")
    (folder / "queues.add.xml").write_text(detectors(index.graph), encoding="utf-8")
    files = (folder / "links.add.xml", *plan, folder / "queues.add.xml")
    arguments = [*sumo_arguments(silent, files, seed), *OUTPUTS, *ROUTES]
    run_tool("sumo", arguments, cwd=folder, time_limit_s=time_limit_s, stop=stop)
    result = read_run(folder, seed, scenario.demanded, settings.flows, settings.end_s)
    trips = {
        row["id"]: Trip(float(row["departPos"]), int(row["waitingCount"]) > 0)
        for row in rows_of(folder / TRIPS, "tripinfo")
        if float(row["depart"]) >= 0
    }
    sums, passages = passages_of(folder / VEHICLES, index, trips)
    queues = discharge(
        index.graph,
        tuple(index.movement_of),
        crossings(rows_of(folder / LOOPS, "instantOut")),
        passages,
        green_begins(rows_of(folder / GREENS, "tlsSwitch"), settings.step_s),
    )
    return _Run(result.mean_delay_s, sums, queues, *_links(folder, scenario, index))


def _links(
    folder: Path, scenario: Scenario, index: Index
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Delay, delay before departing, vehicles that left, and mean number of halting ones of each link."""
    delay, waited, left, halting = (np.zeros(len(index.link_of)) for _ in range(4))
    period = scenario.simulation.period_s
    for row in rows_of(folder / LINKS, "edge"):
        k = index.link_of.get(row["id"])
        if k is not None:
            delay[k] = float(row.get("timeLoss", 0.0))
            left[k] = float(row.get("left", 0.0)) + float(row.get("arrived", 0.0))
            halting[k] = float(row.get("waitingTime", 0.0)) / period
    first = {v: r[0] for v, r in zip(scenario.demand.vehicles, scenario.demand.routes, strict=True)}
    unseen = dict(scenario.demanded)
    for row in rows_of(folder / TRIPS, "tripinfo"):
        unseen.pop(row["id"], None)
        if row["id"] in first:
            waited[index.link_of[first[row["id"]]]] += float(row["departDelay"])
    for key, depart in unseen.items():
        if key in first:
            waited[index.link_of[first[key]]] += scenario.simulation.end_s - depart
    return delay, waited, left, halting


def _combined(plan: str, seeds: tuple[int, ...], index: Index, runs: Sequence[_Run]) -> Measured:
    """Means over the seeds; what is rare is pooled."""
    headway_n = np.sum([run.queues.vehicles for run in runs], axis=0)
    starts = np.sum([run.queues.starts for run in runs], axis=0)
    free = [[t for run in runs for t in run.movements.free.get(k, ())] for k in range(len(index.movement_of))]
    with np.errstate(invalid="ignore", divide="ignore"):
        headway = np.sum([run.queues.headway_sum_s for run in runs], axis=0) / headway_n
        start = np.sum([run.queues.start_sum_s for run in runs], axis=0) / starts

    def mean(name: str) -> FloatArray:
        return np.asarray(np.mean([getattr(run, name) for run in runs], axis=0))

    def mean_sum(name: str) -> FloatArray:
        return np.asarray(np.mean([getattr(run.movements, name) for run in runs], axis=0))

    return Measured(
        plan=plan,
        seeds=seeds,
        mean_delay_s=float(np.mean([run.mean_delay_s for run in runs])),
        movements=tuple(index.movement_of),
        vehicles=mean_sum("vehicles"),
        time_s=mean_sum("time_s"),
        delay_s=mean_sum("delay_s"),
        delay_error_s=_delay_error_s(runs),
        place_headway_s=headway,
        place_vehicles=headway_n,
        start_s=start,
        free_s=np.array([np.median(times) if times else np.nan for times in free]),
        free_vehicles=np.array([float(len(times)) for times in free]),
        links=tuple(index.link_of),
        link_delay_s=mean("link_delay_s"),
        link_depart_delay_s=mean("link_depart_delay_s"),
        link_left=mean("link_left"),
        link_halting=mean("link_halting"),
    )


def _delay_error_s(runs: Sequence[_Run]) -> FloatArray:
    """Standard error of the mean delay of a vehicle, by movement [s]."""
    n = np.array([run.movements.vehicles for run in runs])
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.array([run.movements.delay_s for run in runs]) / n
        if len(runs) > 1:
            return np.asarray(means.std(axis=0, ddof=1) / np.sqrt(len(runs)))
        variance = np.maximum(runs[0].movements.delay_squares / n[0] - means[0] ** 2, 0.0)
        return np.where(n[0] > 1, np.sqrt(variance / (n[0] - 1.0)), np.nan)

"""Run a plan in SUMO and follow some vehicles on some links."""

from __future__ import annotations

import os
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np

from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.plan import TimingPlan
from trafficopt.scenario import Scenario
from trafficopt.sumo.additional import without_outputs
from trafficopt.sumo.binary import run_tool
from trafficopt.sumo.command import sumo_arguments
from trafficopt.sumo.judge import OUTPUTS, PROGRAM_ID, plan_files
from trafficopt.sumo.outputs import read_run
from trafficopt.trajectories import Trajectories
from trafficopt.units import Seconds

MOST_CHARACTERS = 100_000  # of the list of vehicles on SUMO's command line
FCD, EDGES = "fcd.xml", "edges.txt"
Row = tuple[float, int, int, float, float]


def follow(
    scenario: Scenario,
    plan: TimingPlan,
    seeds: Sequence[int],
    vehicles: Sequence[str],
    links: Sequence[str],
    *,
    jobs: int | None = None,
    time_limit_s: Seconds = 3600.0,
) -> tuple[Evaluation, tuple[Trajectories, ...]]:
    """Run `plan` with each seed as `simulate` does, and record where some vehicles are in every step.

    Parameters
    ----------
    vehicles
        Ids of those that are followed; where they are more than SUMO's command line takes, evenly fewer.
    links
        Where they are followed.
    jobs
        Processes at a time; it changes nothing in the answer.

    Returns
    -------
    tuple
        Figures of all vehicles (without those of links), and the trajectories of each seed.

    Raises
    ------
    SimulationError
        If a run fails or takes longer than `time_limit_s`.
    """
    vehicles = _as_many_as_fit(vehicles)
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="trafficopt-") as name:
        folder = Path(name)
        files = plan_files(scenario, plan, folder, PROGRAM_ID)
        (folder / EDGES).write_text("".join(f"edge:{link}\n" for link in links), encoding="utf-8")

        def run(seed: int) -> tuple[SeedResult, Trajectories]:
            own = folder / str(seed)
            own.mkdir()
            settings = scenario.simulation
            settings = replace(settings, additional=without_outputs(settings.additional, own))
            recorded = ("--fcd-output", FCD, "--fcd-output.attributes", "lane,pos,speed")
            where = ("--fcd-output.filter-edges.input-file", str(folder / EDGES))
            who = ("--device.fcd.explicit", ",".join(vehicles))
            args = [*sumo_arguments(settings, files, seed), *recorded, *where, *who]
            run_tool("sumo", [*args, *OUTPUTS], cwd=own, time_limit_s=time_limit_s)
            result = read_run(own, seed, scenario.demanded, settings.flows, settings.end_s)
            found = _read(own / FCD, seed, scenario, vehicles, links)
            (own / FCD).unlink()
            return result, found

        with ThreadPoolExecutor(max_workers=jobs or min(os.cpu_count() or 1, len(seeds))) as pool:
            answers = list(pool.map(run, seeds))
    evaluation = Evaluation(
        plan=plan.name,
        runs=tuple(result for result, _ in answers),
        wall_s=time.perf_counter() - begun,
    )
    return evaluation, tuple(found for _, found in answers)


def _as_many_as_fit(vehicles: Sequence[str]) -> tuple[str, ...]:
    """Vehicles at even distances, so few that their names fit."""
    characters = sum(len(vehicle.encode()) + 1 for vehicle in vehicles)
    step = max(1, -(-characters // MOST_CHARACTERS))
    return tuple(vehicles[::step])


def _read(
    path: Path, seed: int, scenario: Scenario, vehicles: Sequence[str], links: Sequence[str]
) -> Trajectories:
    """Rows of a file of SUMO, ordered by vehicle and time."""
    index = {vehicle: k for k, vehicle in enumerate(vehicles)}, {link: k for k, link in enumerate(links)}
    rows = np.array(list(_rows(path, *index)), dtype=np.float64).reshape(-1, 5)
    rows = rows[np.lexsort((rows[:, 0], rows[:, 1]))]
    settings = scenario.simulation
    return Trajectories(
        seed,
        settings.end_s,
        settings.step_s,
        tuple(vehicles),
        tuple(links),
        rows[:, 1].astype(np.int64),
        rows[:, 2].astype(np.int64),
        rows[:, 0].copy(),
        rows[:, 3].copy(),
        rows[:, 4].copy(),
    )


def _rows(path: Path, vehicles: dict[str, int], links: dict[str, int]) -> Iterator[Row]:
    """Time, vehicle, link, position and speed of each row."""
    time_s = 0.0
    for event, element in ET.iterparse(path, events=("start", "end")):
        if event == "start" and element.tag == "timestep":
            time_s = float(element.attrib["time"])
        elif event == "end" and element.tag == "vehicle":
            row = element.attrib
            link = links.get(row["lane"].rpartition("_")[0])
            vehicle = vehicles.get(row["id"])
            if link is not None and vehicle is not None:
                yield time_s, vehicle, link, float(row["pos"]), float(row["speed"])
        elif event == "end" and element.tag == "timestep":
            element.clear()

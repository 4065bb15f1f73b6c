"""Run a plan in SUMO and follow some vehicles on some links."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.plan import TimingPlan
from trafficopt.scenario import Scenario
from trafficopt.sumo.additional import without_outputs
from trafficopt.sumo.binary import run_tool
from trafficopt.sumo.command import sumo_arguments
from trafficopt.sumo.fcd import as_many_as_fit, fcd_arguments, read_trajectories, write_edges
from trafficopt.sumo.judge import OUTPUTS, PROGRAM_ID, plan_files
from trafficopt.sumo.outputs import read_run
from trafficopt.trajectories import Trajectories
from trafficopt.units import Seconds


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
    vehicles = as_many_as_fit(vehicles)
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="trafficopt-") as name:
        folder = Path(name)
        files = plan_files(scenario, plan, folder, PROGRAM_ID)
        edges = write_edges(links, folder)

        def run(seed: int) -> tuple[SeedResult, Trajectories]:
            own = folder / str(seed)
            own.mkdir()
            settings = scenario.simulation
            settings = replace(settings, additional=without_outputs(settings.additional, own))
            args = [*sumo_arguments(settings, files, seed), *fcd_arguments(vehicles, edges)]
            run_tool("sumo", [*args, *OUTPUTS], cwd=own, time_limit_s=time_limit_s)
            result = read_run(own, seed, scenario.demanded, settings.flows, settings.end_s)
            return result, read_trajectories(own, seed, scenario, vehicles, links)

        with ThreadPoolExecutor(max_workers=jobs or min(os.cpu_count() or 1, len(seeds))) as pool:
            answers = list(pool.map(run, seeds))
    evaluation = Evaluation(
        plan=plan.name,
        runs=tuple(result for result, _ in answers),
        wall_s=time.perf_counter() - begun,
    )
    return evaluation, tuple(found for _, found in answers)

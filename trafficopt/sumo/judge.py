"""Run a plan in SUMO, one process per seed, and measure every demanded vehicle."""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean
from threading import Event

from trafficopt.errors import InputError
from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.plan import TimingPlan
from trafficopt.scenario import Scenario
from trafficopt.sumo.additional import without_outputs
from trafficopt.sumo.binary import POLL_S, run_tool
from trafficopt.sumo.command import sumo_arguments
from trafficopt.sumo.outputs import LINKS, STATISTICS, TRIPS, LinkFigures, read_link_figures, read_run
from trafficopt.sumo.programs import write_programs
from trafficopt.units import Seconds

# Differs from the id of exported plans, so that a scenario may load one and still be judged.
PROGRAM_ID = "trafficopt-judge"
STEP = re.compile(r"Step #(\d+(?:\.\d+)?)(?: .*)?")
EDGE_DATA = f'<additional><edgeData id="trafficopt-links" file="{LINKS}" excludeEmpty="true"/></additional>\n'
OUTPUTS = (
    *("--tripinfo-output", TRIPS, "--tripinfo-output.write-unfinished", "--tripinfo-output.write-undeparted"),
    *("--statistic-output", STATISTICS),
)


def with_more_demand(scenario: Scenario, factor: float) -> Scenario:
    """The scenario with SUMO's `--scale`: some vehicles depart twice.

    `simulate` counts the scenario's own vehicles, and of flows also those that come in addition.
    """
    settings = scenario.simulation
    scale = factor * float(settings.options.get("scale", "1"))
    options = {**settings.options, "scale": f"{scale:g}"}
    return replace(scenario, simulation=replace(settings, options=options))


def simulate(
    scenario: Scenario,
    plan: TimingPlan,
    seeds: Sequence[int],
    *,
    jobs: int | None = None,
    time_limit_s: Seconds = 3600.0,
    on_progress: Callable[[float], None] | None = None,
) -> Evaluation:
    """Run `plan` in SUMO with each seed.

    The field plan runs the scenario's files untouched; another plan is loaded after them.

    Parameters
    ----------
    seeds
        SUMO's seeds, all different.
    jobs
        Processes at a time; by default as many as there are processors. It never changes a figure.
    time_limit_s
        Wall-clock time [s] that one run may take.
    on_progress
        Called from this thread with the share done of all seeds, 0 to 1.

    Returns
    -------
    Evaluation
        One result a seed, in the order of `seeds`.

    Raises
    ------
    InputError
        If SUMO is absent, seeds are missing or repeated, `jobs` is below 1, or the plan does not
        fit the network.
    SimulationError
        If a run fails or reaches its time limit; the other runs are stopped.
    """
    seeds = tuple(seeds)
    _check(seeds, jobs)
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="trafficopt-") as name:
        folder = Path(name)
        files = plan_files(scenario, plan, folder, PROGRAM_ID)
        runs = [_Run(scenario, files, seed, folder / str(seed), time_limit_s) for seed in seeds]
        figures = _run_all(runs, jobs or min(os.cpu_count() or 1, len(seeds)), on_progress)
    links = [by_link for _, by_link in figures]
    return Evaluation(
        plan=plan.name,
        runs=tuple(result for result, _ in figures),
        link_delay_s=_mean_of_seeds(links, lambda link: link.delay_s),
        link_vehicles=_mean_of_seeds(links, lambda link: link.vehicles),
        wall_s=time.perf_counter() - begun,
        run_link_delay_s=tuple({key: link.delay_s for key, link in by_link.items()} for by_link in links),
    )


def plan_files(scenario: Scenario, plan: TimingPlan, folder: Path, program_id: str) -> tuple[Path, ...]:
    """Additional files that make SUMO run `plan`, written to `folder`; none for the field plan."""
    if plan.timings == scenario.field_plan.timings:
        return ()
    path = folder / "plan.add.xml"
    write_programs(scenario, plan, path, program_id)
    return (path,)


def _check(seeds: Sequence[int], jobs: int | None) -> None:
    if not seeds:
        raise InputError("seeds", "none is given", "give at least one seed")
    if len(set(seeds)) < len(seeds):
        raise InputError("seeds", "one is repeated: it would count as evidence twice", "give each seed once")
    if jobs is not None and jobs < 1:
        raise InputError("jobs", f"is {jobs}", "give 1 or more")


@dataclass(slots=True)
class _Run:
    """One SUMO process: what it needs, and how far it is."""

    scenario: Scenario
    plan_files: tuple[Path, ...]
    seed: int
    folder: Path
    time_limit_s: Seconds
    share: float = field(default=0.0, init=False)

    def measure(self, stop: Event, follow: bool) -> tuple[SeedResult, dict[str, LinkFigures]]:
        """Run SUMO to its end and read its outputs."""
        self.folder.mkdir()
        settings = self.scenario.simulation
        settings = replace(settings, additional=without_outputs(settings.additional, self.folder))
        edge_data = self.folder / "links.add.xml"
        edge_data.write_text(EDGE_DATA, encoding="utf-8")
        # SUMO writes its log in blocks of 4 kB: only a line for every step comes through in time.
        args = sumo_arguments(
            settings, (edge_data, *self.plan_files), self.seed, step_log_period=1 if follow else None
        )
        limit = self.time_limit_s
        run_tool(
            "sumo", [*args, *OUTPUTS], cwd=self.folder, time_limit_s=limit, on_line=self._heard, stop=stop
        )
        result = read_run(self.folder, self.seed, self.scenario.demanded, settings.flows, settings.end_s)
        self.share = 1.0
        return result, read_link_figures(self.folder / LINKS)

    def _heard(self, line: str) -> bool:
        """Take a line of the step log."""
        match = STEP.fullmatch(line)
        if match is None:
            return False
        settings = self.scenario.simulation
        self.share = min(1.0, max(self.share, (float(match[1]) - settings.begin_s) / settings.period_s))
        return True


def _run_all(
    runs: Sequence[_Run], jobs: int, on_progress: Callable[[float], None] | None
) -> list[tuple[SeedResult, dict[str, LinkFigures]]]:
    """Results in the order of `runs`; a failure, an interrupt or a failing callback stops all of them."""
    stop = Event()
    with ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="sumo") as pool:
        futures = [pool.submit(run.measure, stop, on_progress is not None) for run in runs]
        try:
            _await(futures, runs, on_progress)
            return [future.result() for future in futures]
        finally:
            stop.set()
            for future in futures:
                future.cancel()


def _await(
    futures: Sequence[Future[tuple[SeedResult, dict[str, LinkFigures]]]],
    runs: Sequence[_Run],
    on_progress: Callable[[float], None] | None,
) -> None:
    """Wait for all, or for the first failure, and raise it."""
    told, waiting = -1.0, True
    while waiting:
        done, pending = wait(futures, timeout=POLL_S, return_when=FIRST_EXCEPTION)
        waiting = bool(pending)
        for future in futures:
            if future in done:
                future.result()
        share = fmean(run.share for run in runs)
        if on_progress is not None and share > told:
            on_progress(share)
            told = share


def _mean_of_seeds(
    links: Sequence[Mapping[str, LinkFigures]], figure: Callable[[LinkFigures], float]
) -> dict[str, float]:
    """Mean over the seeds by link; a link that no vehicle drove counts as zero."""
    none = LinkFigures(0.0, 0.0)
    keys = sorted(set().union(*links))
    return {key: fmean(figure(by_link.get(key, none)) for by_link in links) for key in keys}

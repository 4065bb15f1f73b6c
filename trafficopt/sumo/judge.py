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

from trafficopt.demand import Demand
from trafficopt.errors import InputError
from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.plan import TimingPlan
from trafficopt.scenario import Scenario, SimulationSettings
from trafficopt.sumo.additional import without_outputs
from trafficopt.sumo.arterial_watch import ArterialWatch, watch_arterials
from trafficopt.sumo.binary import POLL_S, run_tool
from trafficopt.sumo.command import sumo_arguments
from trafficopt.sumo.link_course import INTERVAL_DATA
from trafficopt.sumo.outputs import LINKS, STATISTICS, TRIPS, LinkFigures, read_link_figures, read_run
from trafficopt.sumo.programs import write_programs
from trafficopt.units import Seconds

# Differs from the id of exported plans, so that a scenario may load one and still be judged.
PROGRAM_ID = "trafficopt-judge"
STEP = re.compile(r"Step #(\d+(?:\.\d+)?)(?: .*)?")
OUTPUTS = (
    *("--tripinfo-output", TRIPS, "--tripinfo-output.write-unfinished", "--tripinfo-output.write-undeparted"),
    *("--statistic-output", STATISTICS),
)
EMISSIONS = ("--device.emissions.probability", "1")


def edge_data(from_s: Seconds | None = None) -> str:
    """Additional file that makes SUMO write the figures of links: of the run, or from a time on."""
    begin = "" if from_s is None else f'begin="{from_s:.10g}" '
    links = f'<edgeData id="trafficopt-links" file="{LINKS}" {begin}excludeEmpty="true"/>'
    return f"<additional>{links}{INTERVAL_DATA}</additional>\n"


EDGE_DATA = edge_data()


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
    warm_up_s: Seconds = 0.0,
    emissions: bool = False,
    arterials: bool = False,
) -> Evaluation:
    """Run `plan` in SUMO with each seed.

    The field plan runs the scenario's files untouched; another plan is loaded after them. What is measured in
    addition changes nothing of what vehicles do.

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
    warm_up_s
        Vehicles that want to depart in the first seconds drive, but do not count in any mean; figures of
        links and queues begin after it. Teleports, collisions and emergency stops are those of the whole run.
    emissions
        Measure fuel and CO2, which takes time.
    arterials
        Follow those who drive along arterials, which takes time where many do.

    Returns
    -------
    Evaluation
        One result a seed, in the order of `seeds`.

    Raises
    ------
    InputError
        If SUMO is absent, seeds are missing or repeated, `jobs` is below 1, the warm-up is not within the
        window, or the plan does not fit the network.
    SimulationError
        If a run fails or reaches its time limit; the other runs are stopped.
    """
    seeds = tuple(seeds)
    _check(seeds, jobs)
    check_warm_up(warm_up_s, scenario.simulation.period_s)
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="trafficopt-") as name:
        folder = Path(name)
        files = plan_files(scenario, plan, folder, PROGRAM_ID)
        watch = watch_arterials(scenario, plan, folder) if arterials else None
        asked = _Asked(scenario, files, time_limit_s, warm_up_s, emissions, watch, _origins(scenario.demand))
        runs = [_Run(asked, seed, folder / str(seed)) for seed in seeds]
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


def check_warm_up(warm_up_s: Seconds, period_s: Seconds) -> None:
    """Refuse a warm-up that is not within the window.

    Raises
    ------
    InputError
        If it is below zero, or as long as the window.
    """
    if not 0.0 <= warm_up_s < period_s:
        fault = f"takes {warm_up_s / 60.0:g} minutes of the {period_s / 60.0:g} that the run lasts"
        raise InputError("warm-up", fault, "give less, 0 for none")


def _origins(demand: Demand) -> dict[str, str]:
    """Link on which each vehicle wants to enter."""
    return {vehicle: route[0] for vehicle, route in zip(demand.vehicles, demand.routes, strict=True) if route}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What all runs of a plan have in common."""

    scenario: Scenario
    plan_files: tuple[Path, ...]
    time_limit_s: Seconds
    warm_up_s: Seconds
    emissions: bool
    watch: ArterialWatch | None
    origins: Mapping[str, str]

    def settings(self) -> SimulationSettings:
        """Those of the scenario; if emissions are asked for, all vehicles are measured whatever it says."""
        settings = self.scenario.simulation
        if not self.emissions:
            return settings
        options = {key: value for key, value in settings.options.items() if f"--{key}" not in EMISSIONS}
        return replace(settings, options=options)

    def outputs(self) -> tuple[str, ...]:
        """What SUMO is asked to write, as arguments."""
        watched = () if self.watch is None else self.watch.arguments()
        return (*OUTPUTS, *(EMISSIONS if self.emissions else ()), *watched)

    def edge_data(self) -> str:
        """Additional file with the figures of links."""
        return edge_data(self.from_s if self.warm_up_s else None)

    @property
    def from_s(self) -> Seconds:
        """Wanted departure from which on vehicles count."""
        return self.scenario.simulation.begin_s + self.warm_up_s

    def read(self, folder: Path, seed: int) -> SeedResult:
        """Figures of a run that is over."""
        settings = self.scenario.simulation
        result = read_run(
            folder,
            seed,
            self.scenario.demanded,
            settings.flows,
            settings.end_s,
            begin_s=settings.begin_s,
            warm_up_s=self.warm_up_s,
            origins=self.origins,
        )
        if self.watch is None:
            return result
        s_per_km, on_green = self.watch.figures(folder, seed, self.from_s)
        return replace(result, arterial_s_per_km=s_per_km, arterial_on_green=on_green)


@dataclass(slots=True)
class _Run:
    """One SUMO process: what it needs, and how far it is."""

    asked: _Asked
    seed: int
    folder: Path
    share: float = field(default=0.0, init=False)

    def measure(self, stop: Event, follow: bool) -> tuple[SeedResult, dict[str, LinkFigures]]:
        """Run SUMO to its end and read its outputs."""
        self.folder.mkdir()
        asked, settings = self.asked, self.asked.settings()
        settings = replace(settings, additional=without_outputs(settings.additional, self.folder))
        data = self.folder / "links.add.xml"
        data.write_text(asked.edge_data(), encoding="utf-8")
        # SUMO writes its log in blocks of 4 kB: only a line for every step comes through in time.
        args = sumo_arguments(
            settings, (data, *asked.plan_files), self.seed, step_log_period=1 if follow else None
        )
        args, limit = [*args, *asked.outputs()], asked.time_limit_s
        run_tool("sumo", args, cwd=self.folder, time_limit_s=limit, on_line=self._heard, stop=stop)
        result = asked.read(self.folder, self.seed)
        self.share = 1.0
        return result, read_link_figures(self.folder / LINKS)

    def _heard(self, line: str) -> bool:
        """Take a line of the step log."""
        match = STEP.fullmatch(line)
        if match is None:
            return False
        settings = self.asked.scenario.simulation
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

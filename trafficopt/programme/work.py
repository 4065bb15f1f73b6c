"""Where a programme keeps what it ran and searched, and how a state of the city is judged."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, CancelledError, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import fmean
from threading import Event

from trafficopt.optimizer import optimize
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.programme.attribution import Step
from trafficopt.programme.detours import longer_s
from trafficopt.programme.plans import plan_once
from trafficopt.scenario import Scenario
from trafficopt.sumo.cache import key_of
from trafficopt.sumo.network_edits import apply_treatments
from trafficopt.sumo.proof import prove_plan
from trafficopt.sumo.run_store import StoredRun, simulate_once
from trafficopt.treatment import NetworkEdit
from trafficopt.units import Seconds

POLL_S: Seconds = 0.2
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class City:
    """A state of the city: what is built, who drives, how signals are timed."""

    scenario: Scenario
    plan: TimingPlan
    detour_s: Seconds = 0.0


@dataclass(frozen=True, slots=True)
class Work:
    """Runs and searches in one folder.

    Attributes
    ----------
    seeds
        SUMO's, of all judgments.
    seed, max_seconds
        Of each search, which does the work that is planned for that time.
    jobs
        SUMO's processes at a time; they never change a figure.
    """

    scenario: Scenario
    out: Path
    seeds: tuple[int, ...]
    seed: int
    max_seconds: Seconds
    jobs: int | None
    tell: Progress
    _built: dict[str, City] = field(default_factory=dict, init=False, repr=False)

    def built(self, edits: Sequence[NetworkEdit]) -> City:
        """The field with edits of its network, and its plan bound to it; each set of edits is built once.

        Raises
        ------
        InputError, UnsafePlanError
            As `apply_treatments`.
        """
        names = " ".join(sorted(map(str, edits)))
        key = hashlib.sha256(names.encode()).hexdigest()[:12]
        if key not in self._built:
            edited = apply_treatments(self.scenario, edits, self.out / "networks" / key)
            detour_s = sum(longer_s(self.scenario, edited).values())
            self._built[key] = City(edited.scenario, edited.scenario.field_plan, detour_s)
        return self._built[key]

    def judged(self, cities: Mapping[str, City]) -> dict[str, Step]:
        """States of the city in SUMO, by name, each proven to show its plan; equal ones run once."""
        keys = {}
        for name, city in cities.items():
            prove_plan(city.scenario, city.plan)
            keys[name] = key_of(city.scenario, city.plan, self.seeds)
        different = {keys[name]: city for name, city in cities.items()}
        jobs = self.jobs or os.cpu_count() or 1
        each = max(1, jobs // len(different))
        runs = _together(
            [partial(self._run, city, self.seeds, each) for city in different.values()],
            jobs,
            partial(self.tell, "everything in SUMO"),
        )
        found = dict(zip(different, runs, strict=True))
        return {name: Step(name, found[keys[name]], city.detour_s) for name, city in cities.items()}

    def simulated(self, city: City, name: str, seeds: tuple[int, ...]) -> StoredRun:
        """A state of the city in SUMO, or from the folder."""
        return self._run(city, seeds, self.jobs, partial(self.tell, f"{name} in SUMO"))

    def _run(
        self, city: City, seeds: tuple[int, ...], jobs: int | None, on_progress: Callable[[float], None]
    ) -> StoredRun:
        folder = self.out / "runs"
        return simulate_once(city.scenario, city.plan, seeds, folder, jobs=jobs, on_progress=on_progress)

    def searched(self, problem: Problem, stages: str) -> TimingPlan:
        """A plan of the optimizer, or from the folder."""
        find = partial(
            optimize,
            problem,
            stages=stages,
            seed=self.seed,
            max_seconds=self.max_seconds,
            repeatable=True,
            on_progress=self.tell,
        )
        how = f"{stages} {self.seed} {self.max_seconds}"
        return plan_once(problem, lambda: find().plan, how, self.out / "plans")


def _together(
    tasks: Sequence[Callable[[Callable[[float], None]], StoredRun]],
    jobs: int,
    on_progress: Callable[[float], None],
) -> list[StoredRun]:
    """Results of tasks that are told where to leave their progress; a failure or Ctrl-C stops all of them."""
    shares, stop = [0.0] * len(tasks), Event()

    def run(number: int) -> StoredRun:
        def note(share: float) -> None:
            if stop.is_set():
                raise CancelledError
            shares[number] = share

        result = tasks[number](note)
        shares[number] = 1.0
        return result

    with ThreadPoolExecutor(min(jobs, len(tasks)), thread_name_prefix="city") as pool:
        futures = [pool.submit(run, number) for number in range(len(tasks))]
        pending: set[Future[StoredRun]] = set(futures)
        try:
            while pending:
                done, pending = wait(pending, timeout=POLL_S, return_when=FIRST_EXCEPTION)
                for future in done:
                    future.result()
                on_progress(fmean(shares))
            return [future.result() for future in futures]
        finally:
            stop.set()
            for future in futures:
                future.cancel()

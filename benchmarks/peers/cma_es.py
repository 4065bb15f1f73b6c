"""CMA-ES straight on SUMO: the delay of a run is the objective, nothing else is known."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.peers.plan_vector import plan_vector
from trafficopt.errors import InputError, SimulationError
from trafficopt.evaluation import HEADLINE
from trafficopt.plan import TimingPlan
from trafficopt.scenario import Scenario
from trafficopt.signals.conforming import conforming
from trafficopt.sumo.judge import simulate
from trafficopt.units import FloatArray, Seconds

FIRST_STEP = 0.3


@dataclass(frozen=True, slots=True)
class CmaAnswer:
    """The best plan that was simulated.

    Attributes
    ----------
    training_delay_s
        Its mean delay with the training seed.
    n_runs
        Runs of SUMO that were finished.
    """

    plan: TimingPlan
    training_delay_s: Seconds
    n_runs: int


def cma_es_on_sumo(
    scenario: Scenario, *, max_seconds: Seconds, jobs: int, training_seed: int, seed: int = 1
) -> CmaAnswer:
    """Greens, offsets and cycle of the shipped stages with the least delay in SUMO that was found in time.

    One training seed for all runs, as many processes as `jobs`. The strategy is that of Hansen's package
    `cma` with its own population size; a run that fails or comes too late counts as infinite delay.

    Raises
    ------
    InputError
        If the package is not installed.
    """
    cma = _package()
    legal = conforming(scenario)
    vector = plan_vector(legal)
    deadline = time.monotonic() + max_seconds

    def delay_s(plan: TimingPlan) -> Seconds:
        left = deadline - time.monotonic()
        if left <= 0.0:
            return math.inf
        try:
            found = simulate(legal, plan, (training_seed,), jobs=1, time_limit_s=left)
        except SimulationError:
            return math.inf
        return found.mean(HEADLINE)

    best, n_runs = CmaAnswer(legal.field_plan, math.inf, 0), 0
    options = {"seed": seed, "verbose": -9, "popsize": _population(vector.size, jobs)}
    strategy: Any = cma.CMAEvolutionStrategy(np.zeros(vector.size), FIRST_STEP, options)
    with ThreadPoolExecutor(jobs) as pool:
        while time.monotonic() < deadline and not strategy.stop():
            points: Sequence[FloatArray] = strategy.ask()
            plans = [vector.plan(point, "CMA-ES") for point in points]
            delays = list(pool.map(delay_s, plans))
            n_runs += int(np.isfinite(delays).sum())
            first = int(np.argmin(delays))
            if delays[first] < best.training_delay_s:
                best = CmaAnswer(plans[first], delays[first], n_runs)
            finite = [delay if math.isfinite(delay) else 1e6 for delay in delays]
            strategy.tell(points, finite)
    return CmaAnswer(best.plan, best.training_delay_s, n_runs)


def _population(size: int, jobs: int) -> int:
    """4 + 3 ln n (Hansen 2016), rounded up so that no process waits."""
    usual = 4 + int(3 * math.log(size))
    return math.ceil(usual / jobs) * jobs


def _package() -> Any:
    try:
        return import_module("cma")
    except ImportError:
        raise InputError("CMA-ES", "the package cma is not installed", "pip install cma") from None

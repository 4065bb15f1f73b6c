"""Whether measuring one plan helps the queue model on others: agreement with SUMO with and without factors.

    python -m benchmarks.calibration [CASES...] [--cache FOLDER --random N --redesigned N --seeds N]

Factors come from runs of the field plan; the plans of the table are others. A case is named as in
`benchmarks/fidelity`, which makes the runs that are not in the folder yet.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from benchmarks.fidelity.ground_truth import Sizes, ground_truth
from benchmarks.fidelity.scenarios import case_of
from trafficopt.errors import TrafficoptWarning
from trafficopt.model.queues.calibration import Calibration
from trafficopt.model.queues.fitting import fit_calibration
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.sumo.cache import measure_once
from trafficopt.units import FloatArray

MAPS = ("cologne1", "cologne3", "cologne8", "ingolstadt1", "ingolstadt7")
CASES = (*MAPS, *(f"{name}+frozen" for name in MAPS), *(f"{name}x1.4+frozen" for name in MAPS))
HEADER = (
    "| case | calibration | field plan, model / SUMO [s] | all plans | redesigned | better half | "
    "log(model / SUMO), median | its spread |\n|---|---|---|---|---|---|---|---|"
)
FOUND_HEADER = (
    "| case | headways found / theory | free times found / theory | gaps tried | shorter | longer |\n"
    "|---|---|---|---|---|---|"
)


def variants(found: Calibration) -> Mapping[str, Calibration | None]:
    """Each factor alone, all together, and one headway factor for all movements in their place."""
    n, m = np.ones(len(found.movements)), np.ones(len(found.links))
    return {
        "none": None,
        "headways": replace(found, gap_factor=n, time_factor=m),
        "gaps": replace(found, headway_factor=n, time_factor=m),
        "times": replace(found, headway_factor=n, gap_factor=n),
        "all": found,
        "headways x 0.97": replace(found, headway_factor=0.97 * n, gap_factor=n, time_factor=m),
    }


def estimates(
    problem: Problem, plans: list[TimingPlan], calibration: Calibration | None, frozen: bool
) -> FloatArray:
    """Mean delay by the model [s], shape (number of plans,)."""
    model = QueueModel(problem, frozen_routes=frozen, calibration=calibration)
    return np.array([model.estimate(plan).mean_delay_s for plan in plans])


def rows(name: str, cache: Path, sizes: Sizes) -> tuple[dict[str, tuple[float, ...]], str]:
    """Figures of a case by calibration, as in the table, and what was found beside the theory."""
    truth, frozen = ground_truth(name, cache, sizes), case_of(name).frozen
    problem, field = truth.problem, truth.plans["field"][0]
    seeds = tuple(range(1, sizes.seeds + 1))
    measured = measure_once(problem.scenario, field, seeds, jobs=1)
    found = fit_calibration(problem, field, measured, frozen_routes=frozen)
    plans = [field, *truth.plans["random"], *truth.plans["redesigned"]]
    sumo = np.mean(truth.delays_s("field", "random", "redesigned"), axis=1)
    kinds = np.array(["field"] + ["random"] * sizes.random + ["redesigned"] * sizes.redesigned)
    others = kinds != "field"
    better = others & (sumo <= np.median(sumo[others]))
    result = {}
    for label, calibration in variants(found).items():
        ours = estimates(problem, plans, calibration, frozen)
        ratio = np.log(ours / sumo)[others]
        ranks = [spearmanr(ours[g], sumo[g]).statistic for g in (others, kinds == "redesigned", better)]
        result[label] = (ours[0], sumo[0], *ranks, float(np.median(ratio)), float(ratio.std()))
    return result, found_line(name, found)


def found_line(name: str, found: Calibration) -> str:
    """A line of the second table."""

    def ratio(measured: FloatArray, theory: FloatArray, n: FloatArray) -> str:
        known = ~np.isnan(measured) & (n > 0)
        total = float((theory * n)[known].sum())
        return f"{float((measured * n)[known].sum()) / total:.2f}" if total else "-"

    headways = ratio(found.headway_s, found.headway_theory_s, found.headways * (found.headway_factor != 1.0))
    times = ratio(found.free_s, found.free_theory_s, found.free_vehicles * (found.time_factor != 1.0))
    tried = ~np.isnan(found.delay_s)
    below, above = (found.gap_factor < 1.0).sum(), (found.gap_factor > 1.0).sum()
    return f"| {name} | {headways} | {times} | {tried.sum()} | {below} | {above} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibration")
    parser.add_argument("cases", nargs="*", default=CASES, metavar="CASE")
    parser.add_argument("--cache", type=Path, default=Path("out/fidelity"))
    for name, number in (("random", 8), ("redesigned", 8), ("seeds", 2)):
        parser.add_argument(f"--{name}", type=int, default=number)
    options = parser.parse_args()
    warnings.simplefilter("ignore", TrafficoptWarning)
    sizes = Sizes(options.random, options.redesigned, 0, options.seeds)
    print(HEADER)
    every: dict[str, list[tuple[float, ...]]] = {}
    beside = []
    for case in options.cases:
        by_label, text = rows(case, options.cache, sizes)
        beside.append(text)
        for label, figures in by_label.items():
            every.setdefault(label, []).append(figures)
            print(line(case, label, figures), flush=True)
    for label, found in every.items():
        mean = np.mean(found, axis=0)
        bias = float(np.mean([abs(figures[5]) for figures in found]))
        print(line("mean (of the median: absolute)", label, (*mean[:5], bias, mean[6])))
    print("\n".join(["", FOUND_HEADER, *beside]))


def line(case: str, label: str, figures: tuple[float, ...]) -> str:
    """A line of the table."""
    ours, sumo, *rest = figures
    ranks = " | ".join(f"{value:.2f}" for value in rest[:3])
    return f"| {case} | {label} | {ours:.1f} / {sumo:.1f} | {ranks} | {rest[3]:+.2f} | {rest[4]:.2f} |"


if __name__ == "__main__":
    main()

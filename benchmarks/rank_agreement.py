"""How the signal model ranks plans, against SUMO: Spearman's correlation of mean delay.

Usage: python benchmarks/rank_agreement.py [NAME ...]

Names are folders of ../shared/maps (real maps that are not part of this repository) or `main_street`;
without any, all that are there. The plans are the field plan and random ones (cycle, splits, offsets).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

import trafficopt as to

MAPS = Path(__file__).resolve().parent.parent.parent / "shared" / "maps"
N_RANDOM, SEEDS = 24, (1, 2)
CYCLES_S = (40, 110)
# With teleports off this map locks up on some seeds, whatever the plan.
TELEPORT_S = {"ingolstadt7": 300.0}


def random_plan(problem: to.Problem, rng: np.random.Generator, name: str) -> to.TimingPlan:
    """A legal plan with a random common cycle, splits around those of the field plan, random offsets."""
    wanted = int(rng.integers(*CYCLES_S))
    timings = dict(problem.field_plan.timings)
    for node in problem.network.intersections:
        if node.id not in problem.scenario.retime:
            continue
        old = timings[node.id]
        least = np.array([stage.min_green_s for stage in node.stages])
        cycle = max(wanted, int(np.ceil(node.lost_time_s + least.sum())))
        free = cycle - node.lost_time_s - least.sum()
        share = 0.5 * rng.dirichlet(np.full(len(least), 1.5)) + 0.5 * np.array(old.greens_s) / sum(
            old.greens_s
        )
        greens = least + np.floor(share * free)
        greens[0] += free - np.floor(share * free).sum()
        offset = float(rng.integers(0, cycle))
        timings[node.id] = to.SignalTiming(old.stages, tuple(map(float, greens)), float(cycle), offset)
    return to.TimingPlan(name, timings)


def row(name: str) -> str:
    """A line of the table for one map."""
    path = to.example_path(name) if name == "main_street" else MAPS / name / f"{name}.sumocfg"
    problem = to.build_problem(to.read_scenario(path, teleport_s=TELEPORT_S.get(name, -1.0)))
    rng, model = np.random.default_rng(1), to.SignalModel(problem)
    plans = [problem.field_plan, *(random_plan(problem, rng, f"random {k}") for k in range(N_RANDOM))]
    ours = np.array([model.estimate(plan).mean_delay_s for plan in plans])
    sumo = np.array([to.simulate(problem, plan, SEEDS).mean("mean_delay_s") for plan in plans])
    good = sumo <= np.median(sumo)
    ratio = np.log(ours / sumo)
    ranks = (spearmanr(ours, sumo).statistic, spearmanr(ours[good], sumo[good]).statistic)
    return f"| {name} | {ranks[0]:.2f} | {ranks[1]:.2f} | {np.median(ratio):+.2f} | {ratio.std():.2f} |"


def main() -> None:
    """Print the table."""
    found = [path.parent.name for path in sorted(MAPS.glob("*/*.sumocfg"))] if MAPS.is_dir() else []
    print("| map | all plans | better half | log(model / SUMO), median | its spread |\n|---|---|---|---|---|")
    for name in sys.argv[1:] or ["main_street", *found]:
        print(row(name), flush=True)


if __name__ == "__main__":
    main()

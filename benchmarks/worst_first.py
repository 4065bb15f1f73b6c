"""Whether the worklist of a diagnosis names the right signals: the worst three against three at random.

    python -m benchmarks.worst_first SCENARIO... [--seeds 5 --max-seconds 20 --random 5 --markdown FILE]

Each time only three signals are optimized, the rest keeps its field timing. SUMO judges all plans with the
same seeds. Signals that may not be retimed are in no triple; the first triple is never drawn again.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import warnings
from collections.abc import Collection
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from statistics import fmean

import numpy as np

import trafficopt as to
from trafficopt.diagnosis_study import diagnose
from trafficopt.errors import TrafficoptWarning
from trafficopt.evaluation import HEADLINE

N_POINTS = 3
SEED = 1  # of the optimizer, and of the triples
HEADS = (
    "scenario (signals)",
    "field plan [s]",
    f"worst {N_POINTS} [s]",
    f"random {N_POINTS}, mean [s]",
    "random, best to worst [s]",
    "saved of what all signals save: worst, random",
)


def delay_s(problem: to.Problem, points: Collection[str], seeds: range, max_seconds: float) -> float:
    """Mean delay in SUMO [s] after only some signals were optimized."""
    restricted = replace(problem, scenario=replace(problem.scenario, retime=frozenset(points)))
    plan = to.optimize(restricted, seed=SEED, max_seconds=max_seconds).plan
    return to.simulate(restricted, plan, seeds).mean(HEADLINE)


def row(path: Path, n_seeds: int, max_seconds: float, n_random: int) -> str:
    """A line of the table for one scenario; triples and their delays go to stderr."""
    scenario = to.read_scenario(path)
    problem, seeds = to.build_problem(scenario), range(1, n_seeds + 1)
    ranked = [p.figures.id for p in diagnose(problem).worklist if p.figures.id in scenario.retime]
    if len(ranked) <= N_POINTS:
        raise SystemExit(f"{path}: no more than {N_POINTS} signals may be retimed")
    worst, *others = combinations(ranked, N_POINTS)
    drawn = np.random.default_rng(SEED).permutation(len(others))[:n_random].tolist()

    def told(points: Collection[str]) -> float:
        found = delay_s(problem, points, seeds, max_seconds)
        print(f"{scenario.name}: {found:.1f} s after {', '.join(points)}", file=sys.stderr, flush=True)
        return found

    before = to.simulate(problem, problem.field_plan, seeds).mean(HEADLINE)
    first, everywhere = told(worst), told(ranked)
    after = [told(others[k]) for k in drawn]
    cells = (
        f"{scenario.name} ({len(ranked)})",
        f"{before:.1f}",
        f"{first:.1f}",
        f"{fmean(after):.1f}",
        f"{min(after):.1f} to {max(after):.1f}",
        f"{share(before, first, everywhere)}, {share(before, fmean(after), everywhere)}",
    )
    return f"| {' | '.join(cells)} |"


def share(before: float, after: float, everywhere: float) -> str:
    """What was saved, as a share of what is saved where all signals are optimized."""
    return f"{100 * (before - after) / (before - everywhere):.0f} %" if before > everywhere else "–"


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("scenarios", type=Path, nargs="+", metavar="SCENARIO")
    parser.add_argument("--seeds", type=int, default=5, help="SUMO's seeds 1 to N")
    parser.add_argument("--max-seconds", type=float, default=20.0, help="of each search")
    parser.add_argument("--random", type=int, default=5, help="triples drawn")
    parser.add_argument("--markdown", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore", TrafficoptWarning)
    lines = [f"| {' | '.join(HEADS)} |", "|---" * len(HEADS) + "|"]
    for path in options.scenarios:
        lines.append(row(path, options.seeds, options.max_seconds, options.random))
        print(lines[-1], file=sys.stderr, flush=True)
    command = "python -m benchmarks.worst_first " + shlex.join(sys.argv[1:])
    text = "\n".join([*lines, "", "```", command, "```"])
    print(text)
    if options.markdown:
        options.markdown.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

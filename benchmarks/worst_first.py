"""Whether the worklist of a diagnosis names the right signals: the worst three against three at random.

    python -m benchmarks.worst_first SCENARIO... [--seeds 5 --max-seconds 20 --random 5 --markdown FILE]
    python -m benchmarks.worst_first SCENARIO... --alone

Each time only three signals are optimized, the rest keeps its field timing. SUMO judges all plans with the
same seeds. Signals that may not be retimed are in no triple; the first triple is never drawn again.
--alone optimizes each signal alone: rank correlation of what it saves with what the diagnosis says.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import warnings
from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from statistics import fmean

import numpy as np
from scipy.stats import spearmanr

import trafficopt as to
from trafficopt.diagnosis.diagnose import Point
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
ALONE_HEADS = ("scenario (signals)", "rank correlation, by the gain", "by the delay")


@dataclass(frozen=True, slots=True)
class Trial:
    """A scenario, its worklist of signals that may be retimed, and how plans are found and judged."""

    problem: to.Problem
    worklist: tuple[Point, ...]
    seeds: range
    max_seconds: float

    @classmethod
    def of(cls, path: Path, n_seeds: int, max_seconds: float) -> Trial:
        """Read and diagnose a scenario."""
        problem = to.build_problem(to.read_scenario(path))
        points = diagnose(problem).worklist
        mine = tuple(point for point in points if point.figures.id in problem.scenario.retime)
        if len(mine) <= N_POINTS:
            raise SystemExit(f"{path}: no more than {N_POINTS} signals may be retimed")
        return cls(problem, mine, range(1, n_seeds + 1), max_seconds)

    @property
    def names(self) -> list[str]:
        """Ids of the signals, in the order of the worklist."""
        return [point.figures.id for point in self.worklist]

    def before_s(self) -> float:
        """Mean delay in SUMO under the field plan [s]."""
        return to.simulate(self.problem, self.problem.field_plan, self.seeds).mean(HEADLINE)

    def after_s(self, points: Collection[str]) -> float:
        """Mean delay in SUMO after only some signals were optimized [s]; also told to stderr."""
        scenario = replace(self.problem.scenario, retime=frozenset(points))
        restricted = replace(self.problem, scenario=scenario)
        plan = to.optimize(restricted, seed=SEED, max_seconds=self.max_seconds).plan
        found = to.simulate(restricted, plan, self.seeds).mean(HEADLINE)
        print(f"{scenario.name}: {found:.1f} s after {', '.join(points)}", file=sys.stderr, flush=True)
        return found


def triples_row(trial: Trial, n_random: int) -> str:
    """The worst signals against random ones."""
    worst, *others = combinations(trial.names, N_POINTS)
    drawn = np.random.default_rng(SEED).permutation(len(others))[:n_random].tolist()
    before, first, everywhere = trial.before_s(), trial.after_s(worst), trial.after_s(trial.names)
    after = [trial.after_s(others[k]) for k in drawn]
    cells = (
        f"{trial.problem.scenario.name} ({len(trial.names)})",
        f"{before:.1f}",
        f"{first:.1f}",
        f"{fmean(after):.1f}",
        f"{min(after):.1f} to {max(after):.1f}",
        f"{share(before, first, everywhere)}, {share(before, fmean(after), everywhere)}",
    )
    return f"| {' | '.join(cells)} |"


def alone_row(trial: Trial) -> str:
    """Spearman's correlation of what each signal saves alone with its gain, and with its delay."""
    before = trial.before_s()
    saved = [before - trial.after_s([name]) for name in trial.names]
    said = [[p.figures.gain_veh_h, p.figures.delay_veh_h] for p in trial.worklist]
    ranks = [spearmanr(column, saved).statistic for column in zip(*said, strict=True)]
    name = f"{trial.problem.scenario.name} ({len(saved)})"
    return f"| {name} | {ranks[0]:.2f} | {ranks[1]:.2f} |"


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
    parser.add_argument("--alone", action="store_true", help="each signal alone, no triples")
    options = parser.parse_args()
    warnings.simplefilter("ignore", TrafficoptWarning)
    heads = ALONE_HEADS if options.alone else HEADS
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for path in options.scenarios:
        trial = Trial.of(path, options.seeds, options.max_seconds)
        lines.append(alone_row(trial) if options.alone else triples_row(trial, options.random))
        print(lines[-1], file=sys.stderr, flush=True)
    command = "python -m benchmarks.worst_first " + shlex.join(sys.argv[1:])
    text = "\n".join([*lines, "", "```", command, "```"])
    print(text)
    if options.markdown:
        options.markdown.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

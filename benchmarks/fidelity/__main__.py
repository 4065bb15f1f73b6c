"""SUMO's runs of many plans of many cases, and how well a model could agree with them at best.

    python -m benchmarks.fidelity simulate CASES... [--random N --redesigned N --good N --seeds N -j N]
    python -m benchmarks.fidelity ceiling CASES...  [the same]

A case is BASE[x1.2][+frozen][+t300]; see `scenarios.py`. Runs are kept in the folder --cache, and only
those that are not there are made; either command may be stopped and started again at any moment.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.fidelity.ground_truth import GroundTruth, Sizes, ground_truth
from benchmarks.fidelity.table import ceiling_row
from trafficopt.errors import TrafficoptWarning

GROUPS = {"all": (), "redesigned": ("redesigned",), "good": ("good",)}
HEADER = (
    "| case | field plan [s] | plans from-to [s] | locked up | group | seed 1 / others | single seeds | "
    "ceiling | its root |\n|---|---|---|---|---|---|---|---|---|"
)


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fidelity", description=__doc__.split("\n")[0])
    parser.add_argument("command", choices=("simulate", "ceiling"))
    parser.add_argument("cases", nargs="+", metavar="CASE")
    parser.add_argument("--cache", type=Path, default=Path("out/fidelity"))
    for name in ("random", "redesigned", "good", "seeds"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Sizes(), name))
    parser.add_argument("-j", "--jobs", type=int, default=1)
    options = parser.parse_args()
    warnings.simplefilter("ignore", TrafficoptWarning)
    sizes = Sizes(options.random, options.redesigned, options.good, options.seeds)
    if options.command == "ceiling":
        print(HEADER)
    for name in options.cases:
        truth = ground_truth(name, options.cache, sizes, jobs=options.jobs, told=_teller(name))
        if options.command == "ceiling":
            print("\n".join(rows(truth)), flush=True)


def _teller(name: str) -> Callable[[int, int], None]:
    began = time.monotonic()

    def tell(done: int, total: int) -> None:
        if done == total or done % 10 == 0:
            print(f"{name}  {done}/{total}  {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)

    return tell


def rows(truth: GroundTruth) -> list[str]:
    """Lines of the table for a case."""
    delays = np.array(truth.delays_s())
    drawn = delays[1:].mean(axis=1) if len(delays) > 1 else delays.mean(axis=1)
    runs = [record for kind in truth.records.values() for row in kind for record in row]
    locked = sum(bool(record.standing) for record in runs) / len(runs)
    reach = f"{drawn.min():.1f}-{drawn.max():.1f}"
    head = f"| {truth.name} | {delays[0].mean():.1f} | {reach} | {100 * locked:.0f} %"
    lines = []
    for group, kinds in GROUPS.items():
        figures = " | ".join(f"{figure:.3f}" for figure in ceiling_row(truth.delays_s(*kinds)))
        lines.append(f"{head} | {group} | {figures} |")
    return lines


if __name__ == "__main__":
    main()

"""SUMO's runs of many plans of many cases, and how well the queue model agrees with them.

    python -m benchmarks.fidelity simulate CASES...  [--random N --redesigned N --good N --seeds N -j N]
    python -m benchmarks.fidelity ceiling CASES...   [the same]
    python -m benchmarks.fidelity table CASES...     [the same, --markdown FILE]

A case is BASE[x1.2][+frozen][+t300]; see `scenarios.py`, and `sizes.py` for its plans and seeds. Runs are
kept in the folder --cache. `simulate` and `ceiling` make those that are not there, and may be stopped and
started again at any moment; `table` makes none: a case that lacks runs says so.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.fidelity import page
from benchmarks.fidelity.agreement import Answers
from benchmarks.fidelity.ground_truth import GroundTruth, MissingRunError, Sizes, ground_truth
from benchmarks.fidelity.model_runs import model_answers
from benchmarks.fidelity.sizes import CASES, default_sizes
from benchmarks.fidelity.table import ceiling_row
from trafficopt.errors import TrafficoptWarning

GROUPS = {"all": (), "redesigned": ("redesigned",), "good": ("good",)}
SIZES = ("random", "redesigned", "good", "seeds")
CEILING_HEADER = (
    "| case | field plan [s] | plans from-to [s] | locked up | group | seed 1 / others | single seeds | "
    "ceiling | its root |\n|---|---|---|---|---|---|---|---|---|"
)


def main() -> None:
    """Do what the command line says."""
    options = _options()
    warnings.simplefilter("ignore", TrafficoptWarning)
    if options.command == "table":
        _table(options)
        return
    if options.command == "ceiling":
        print(CEILING_HEADER)
    for name in options.cases:
        sizes = _sizes(name, options)
        truth = ground_truth(name, options.cache, sizes, jobs=options.jobs, told=_teller(name))
        if options.command == "ceiling":
            print("\n".join(ceiling_rows(truth)), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fidelity",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("command", choices=("simulate", "ceiling", "table"))
    parser.add_argument("cases", nargs="*", metavar="CASE", default=CASES, help="by default all of sizes.py")
    parser.add_argument("--cache", type=Path, default=Path("out/fidelity"))
    for name in SIZES:
        parser.add_argument(f"--{name}", type=int)
    parser.add_argument("-j", "--jobs", type=int, default=1)
    parser.add_argument("--markdown", type=Path, help="where to write the page of the documentation")
    return parser.parse_args()


def _sizes(name: str, options: argparse.Namespace) -> Sizes:
    asked = {key: getattr(options, key) for key in SIZES if getattr(options, key) is not None}
    return replace(default_sizes(name), **asked)


def _table(options: argparse.Namespace) -> None:
    """Print the table, and what misses its target; write the page."""
    print(page.HEADER, flush=True)
    cases: dict[str, Answers | str] = {}
    for name in options.cases:
        try:
            truth = ground_truth(name, options.cache, _sizes(name, options), simulate=False)
        except MissingRunError as error:
            cases[name] = str(error)
            print(page.missing_row(name, str(error)), flush=True)
            continue
        cases[name] = answers = model_answers(truth)
        print(page.row(answers), flush=True)
    known = [case for case in cases.values() if isinstance(case, Answers)]
    if known:
        print("\n".join(["", page.lock_ups(known), "", *page.missed(known)]))
    if options.markdown:
        options.markdown.write_text(page.page(cases), encoding="utf-8")


def _teller(name: str) -> Callable[[int, int], None]:
    began = time.monotonic()

    def tell(done: int, total: int) -> None:
        if done == total or done % 10 == 0:
            print(f"{name}  {done}/{total}  {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)

    return tell


def ceiling_rows(truth: GroundTruth) -> list[str]:
    """Lines of the table of ceilings for a case."""
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

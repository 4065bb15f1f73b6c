"""Mean delay in SUMO of many ways to time the signals of some maps, as a table.

    python -m benchmarks.peers MAP... [--seeds 5 --max-seconds 120 -j 2 --markdown docs/peers.md]

A map is a .sumocfg, or the folder of a scenario. Outcomes are kept in the folder --cache by input files,
seeds and budget; a run that was stopped goes on. What changed in this library is not noticed: --again METHOD
makes those anew whose names begin so (as `--again ours`).
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import warnings
from pathlib import Path

import trafficopt as to
from benchmarks.peers.methods import METHODS, SHIPPED
from benchmarks.peers.outcome import Outcome
from benchmarks.peers.running import Settings, outcome_of
from benchmarks.peers.table import failures, page, table
from trafficopt.errors import TrafficoptWarning


def main() -> None:
    """Do what the command line says."""
    options = _options()
    warnings.simplefilter("ignore", TrafficoptWarning)
    seeds = range(1, options.seeds + 1)
    settings = Settings(seeds, options.max_seconds, options.jobs, options.cache)
    outcomes: dict[str, dict[str, Outcome]] = {}
    for path in options.maps:
        scenario = to.read_scenario(path, teleport_s=-1.0, minutes=options.minutes)
        problem = to.build_problem(scenario)
        outcomes[scenario.name] = by_method = {}
        for name in options.methods:
            again = name.startswith(tuple(options.again))
            by_method[name] = outcome_of(name, problem, settings, again=again)
        if options.markdown:
            command = "python -m benchmarks.peers " + shlex.join(sys.argv[1:])
            text = page(outcomes, options.methods, command, options.max_seconds, options.jobs)
            options.markdown.write_text(text, encoding="utf-8")
    print("\n".join([table(outcomes, options.methods), *failures(outcomes)]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.peers",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("maps", nargs="+", type=Path, metavar="MAP")
    parser.add_argument("--seeds", type=int, default=5, help="SUMO's seeds 1 to N")
    parser.add_argument("--max-seconds", type=float, default=120.0, help="of CMA-ES and of each of our modes")
    parser.add_argument("--minutes", type=float, help="only the first minutes of the window")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1, help="processes at a time")
    parser.add_argument("--methods", nargs="+", metavar="METHOD", help="by how their names begin")
    parser.add_argument("--again", nargs="+", default=[], metavar="METHOD", help="not from the cache")
    parser.add_argument("--cache", type=Path, default=Path("out/peers"))
    parser.add_argument("--markdown", type=Path, help="where to write the page of the documentation")
    options = parser.parse_args()
    wanted = options.methods
    options.methods = [
        name for name in METHODS if not wanted or name == SHIPPED or name.startswith(tuple(wanted))
    ]
    return options


if __name__ == "__main__":
    main()

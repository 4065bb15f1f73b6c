"""Delay of the plans that `optimize` finds in various times, beside the shipped ones, as a table.

    python -m benchmarks.time_profile MAP... [--seconds 10 30 120 600 --stages warranted --markdown FILE]

A map is a .sumocfg, or the folder of a scenario. Outcomes are kept in the folder --cache, as those of
benchmarks.peers.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import warnings
from pathlib import Path

import trafficopt as to
from benchmarks.peers.methods import OURS, SHIPPED
from benchmarks.peers.outcome import Outcome
from benchmarks.peers.running import Settings, kept_at, outcome_of
from benchmarks.peers.table import table
from trafficopt.errors import TrafficoptWarning

PAGE = """\
# Time profile: what more time gives

Mean delay [s] of the plans that `optimize` finds in a limit of wall-clock time (SUMO's runs included), with
`{stages}` stages, {jobs} processes and one set of defaults. Cells as in [peers](peers.md): change against the
shipped plan, seeds that lock up, time until the plan was there. The search plans its work by the limit of
time before it begins, so that the plan does not depend on the machine's speed; what is left is not used.

{table}

```
{command}
```
"""


def main() -> None:
    """Do what the command line says."""
    options = _options()
    warnings.simplefilter("ignore", TrafficoptWarning)
    method = f"ours, {options.stages} stages"
    rows = [SHIPPED, *(f"{limit:g} s" for limit in options.seconds)]
    outcomes: dict[str, dict[str, Outcome]] = {}
    for path in options.maps:
        scenario = to.read_scenario(path, teleport_s=-1.0)
        problem = to.build_problem(scenario)
        outcomes[scenario.name] = by_limit = {}
        for row, limit in zip(rows, [0.0, *options.seconds], strict=True):
            settings = Settings(range(1, options.seeds + 1), limit, options.jobs, options.cache)
            name = SHIPPED if row == SHIPPED else method
            if not options.known or kept_at(name, problem, settings).exists():
                by_limit[row] = outcome_of(name, problem, settings)
        if options.markdown:
            command = "python -m benchmarks.time_profile " + shlex.join(sys.argv[1:])
            text = PAGE.format(
                stages=options.stages, jobs=options.jobs, table=table(outcomes, rows), command=command
            )
            options.markdown.write_text(text, encoding="utf-8")
    print(table(outcomes, rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.time_profile",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("maps", nargs="+", type=Path, metavar="MAP")
    parser.add_argument("--seconds", nargs="+", type=float, default=[10.0, 30.0, 120.0, 600.0])
    parser.add_argument("--stages", choices=OURS, default=OURS[-1])
    parser.add_argument("--seeds", type=int, default=5, help="SUMO's seeds 1 to N")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1, help="processes at a time")
    parser.add_argument("--known", action="store_true", help="only what is in the cache; the rest is a dash")
    parser.add_argument("--cache", type=Path, default=Path("out/peers"))
    parser.add_argument("--markdown", type=Path, help="where to write the page of the documentation")
    return parser.parse_args()


if __name__ == "__main__":
    main()

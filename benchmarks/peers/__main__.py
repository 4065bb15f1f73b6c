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
import tempfile
import time
import warnings
from dataclasses import replace
from pathlib import Path

import trafficopt as to
from benchmarks.peers.methods import METHODS, SHIPPED, Method, Proposal, Task
from benchmarks.peers.outcome import Outcome, load_outcome, outcome_path, store_outcome
from benchmarks.peers.table import failures, page, table
from trafficopt.errors import TrafficoptError, TrafficoptWarning
from trafficopt.problem import Problem
from trafficopt.sumo.judge import simulate
from trafficopt.sumo.proof import prove_plan


def main() -> None:
    """Do what the command line says."""
    options = _options()
    warnings.simplefilter("ignore", TrafficoptWarning)
    outcomes: dict[str, dict[str, Outcome]] = {}
    for path in options.maps:
        scenario = to.read_scenario(path, teleport_s=-1.0, minutes=options.minutes)
        problem = to.build_problem(scenario)
        outcomes[scenario.name] = by_method = {}
        for name in options.methods:
            by_method[name] = _outcome(name, problem, options)
            _tell(scenario.name, name, by_method[name])
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


def _outcome(name: str, problem: Problem, options: argparse.Namespace) -> Outcome:
    """From the cache where it is there."""
    method, scenario = METHODS[name], problem.scenario
    seeds = tuple(range(1, options.seeds + 1))
    budget = f"{options.max_seconds:g} s, {options.jobs}" if method.takes_all else ""
    path = outcome_path(options.cache, scenario.name, scenario.simulation, seeds, name, budget)
    again = bool(options.again) and name.startswith(tuple(options.again))
    known = None if again else load_outcome(path)
    if known is not None:
        return known
    with tempfile.TemporaryDirectory(prefix="peers-") as folder:
        task = Task(problem, Path(folder), options.max_seconds, options.jobs)
        found = judged(method, task, seeds)
    if not found.failure:
        store_outcome(found, path)
    return found


def judged(method: Method, task: Task, seeds: tuple[int, ...]) -> Outcome:
    """Make a plan and run it with each seed; what fails says why."""
    began = time.monotonic()
    try:
        proposal = method.make(task)
        made = Outcome((), time.monotonic() - began, note=proposal.note)
    except Exception as error:  # other methods go on, whatever is wrong with this one
        return Outcome((), time.monotonic() - began, failure=_first_line(error))
    try:
        _prove(task, proposal)
        found = simulate(proposal.scenario, proposal.plan, seeds, jobs=task.jobs)
    except TrafficoptError as error:
        return replace(made, failure=_first_line(error))
    return replace(made, runs=found.runs)


def _prove(task: Task, proposal: Proposal) -> None:
    """Prove that SUMO shows a plan of the scenario as it is; programs from a file are SUMO's own."""
    if proposal.scenario is task.scenario:
        prove_plan(proposal.scenario, proposal.plan)


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".strip().splitlines()[0][:300]


def _tell(map_name: str, method: str, outcome: Outcome) -> None:
    figure = outcome.failure or f"{outcome.evaluation.mean('mean_delay_s'):.2f} s {outcome.note}"
    print(f"{map_name}  {method}  {outcome.making_s:.0f} s  {figure}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

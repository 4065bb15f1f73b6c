"""How fast a batch is: runs a second with one and with two processes, and time a run beyond SUMO's own.

    python benchmarks/batch_speed.py [SCENARIO] [--runs 24] [--rounds 3] [--jobs 2]

Each round makes all runs once in each way, in turn, so that what else a machine does meanwhile meets all
alike. SUMO alone is its program with the same files and seeds and the judge's outputs, one after the other,
nothing else. A batch is timed from its first finished run to its last: worker processes have started by then,
and have read the scenario. Processor times are those of all processes.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median

import trafficopt as to
from trafficopt.batch.run import run_batch
from trafficopt.sumo.binary import run_tool
from trafficopt.sumo.command import sumo_arguments
from trafficopt.sumo.judge import EDGE_DATA, OUTPUTS

MATRIX = 'scenarios = ["{scenario}"]\nmethods = ["shipped"]\nseeds = {seeds}\nkeep = []\nparquet = false\n'


def sumo_alone_s(scenario: to.Scenario, seeds: range, folder: Path) -> float:
    """Time of SUMO's program for one run [s]."""
    links = folder / "links.add.xml"
    links.write_text(EDGE_DATA, encoding="utf-8")
    began = time.perf_counter()
    for seed in seeds:
        arguments = sumo_arguments(scenario.simulation, (links,), seed)
        run_tool("sumo", [*arguments, *OUTPUTS], cwd=folder, time_limit_s=3600.0)
    return (time.perf_counter() - began) / len(seeds)


def batch_s(matrix: Path, folder: Path, jobs: int) -> tuple[float, float]:
    """Time between finished runs of a batch [s], and until the first is finished."""
    began, finished = time.perf_counter(), [0.0]
    n_done = 0

    def tell(what: str, share: float) -> None:
        nonlocal n_done
        words = what.split()
        if words[1:2] == ["of"] and int(words[0]) > n_done:
            n_done = int(words[0])
            finished.append(time.perf_counter() - began)

    found = run_batch(matrix, folder, jobs=jobs, on_progress=tell)
    assert found.n_failed == 0
    return (finished[-1] - finished[1]) / (found.n_ok - 1), finished[1]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scenario", nargs="?", default=str(to.example_path("main_street")))
    parser.add_argument("--runs", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    scenario = to.read_scenario(options.scenario)
    seeds = range(1, options.runs + 1)
    alone, one, many, first = [], [], [], []
    for number in range(options.rounds):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            matrix = folder / "matrix.toml"
            matrix.write_text(MATRIX.format(scenario=Path(options.scenario).absolute(), seeds=list(seeds)))
            alone.append(sumo_alone_s(scenario, seeds, folder))
            each, until = batch_s(matrix, folder / "one", 1)
            one.append(each)
            first.append(until)
            many.append(batch_s(matrix, folder / "many", options.jobs)[0])
        print(
            f"round {number + 1}: SUMO alone {alone[-1]:.3f} s a run; batch -j 1 {one[-1]:.3f} s, "
            f"-j {options.jobs} {many[-1]:.3f} s",
            flush=True,
        )
    overhead = [batch - sumo for batch, sumo in zip(one, alone, strict=True)]
    gains = [a / b for a, b in zip(one, many, strict=True)]
    print(f"\n{scenario.name}, {options.runs} runs, medians of {options.rounds} rounds:")
    print(f"  SUMO alone                    {median(alone):6.3f} s a run")
    print(f"  batch -j 1                    {median(one):6.3f} s a run")
    print(f"  beyond SUMO's own time        {median(overhead):6.3f} s a run")
    print(f"  -j {options.jobs} over -j 1                 {median(gains):6.2f} times the runs a second")
    print(f"  until the first run is done   {median(first):6.2f} s (start, reading, one run)")


if __name__ == "__main__":
    main()

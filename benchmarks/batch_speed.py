"""How fast a batch is: runs a second with one and with more processes, and time a run beyond SUMO's own.

    python benchmarks/batch_speed.py [SCENARIO] [--runs 24] [--rounds 3] [--jobs 2]

Each round makes all runs once in each way, in turn, so that what else a machine does meanwhile meets all
alike. SUMO alone is its program with the same files and seeds and the judge's outputs, one after the other,
nothing else. A batch is timed from its first finished run to its last: worker processes have started by then,
and have read the scenario. Processor time is that of all processes; a batch of one run, which is start and
reading, is taken off.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import trafficopt as to
from trafficopt.batch.run import run_batch
from trafficopt.sumo.binary import run_tool
from trafficopt.sumo.command import sumo_arguments
from trafficopt.sumo.judge import EDGE_DATA, OUTPUTS

MATRIX = 'scenarios = ["{scenario}"]\nmethods = ["shipped"]\nseeds = {seeds}\nkeep = []\nparquet = false\n'


@dataclass(frozen=True, slots=True)
class Pace:
    """Time of one run on the wall and of the processors, and time until the first run was done [s]."""

    wall_s: float
    processor_s: float
    first_s: float = 0.0


def processor_s() -> float:
    """Processor time of this process and of all that it has waited for."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def sumo_alone(scenario: to.Scenario, n_runs: int, folder: Path) -> Pace:
    links = folder / "links.add.xml"
    links.write_text(EDGE_DATA, encoding="utf-8")
    began, used = time.perf_counter(), processor_s()
    for seed in range(1, n_runs + 1):
        arguments = sumo_arguments(scenario.simulation, (links,), seed)
        run_tool("sumo", [*arguments, *OUTPUTS], cwd=folder, time_limit_s=3600.0)
    return Pace((time.perf_counter() - began) / n_runs, (processor_s() - used) / n_runs)


def batch(scenario: Path, n_runs: int, jobs: int) -> tuple[list[float], float]:
    """When runs of a batch were finished [s], and its processor time."""
    finished: list[float] = []

    def tell(what: str, share: float) -> None:
        words = what.split()
        if words[1:2] == ["of"]:
            finished.extend([time.perf_counter() - began] * (int(words[0]) - len(finished)))

    with tempfile.TemporaryDirectory() as name:
        matrix = Path(name) / "matrix.toml"
        matrix.write_text(MATRIX.format(scenario=scenario.absolute(), seeds=n_runs), encoding="utf-8")
        began, used = time.perf_counter(), processor_s()
        assert run_batch(matrix, Path(name) / "out", jobs=jobs, on_progress=tell).n_ok == n_runs
        return finished, processor_s() - used


def batch_pace(scenario: Path, n_runs: int, jobs: int) -> Pace:
    _, start_s = batch(scenario, 1, 1)
    finished, used = batch(scenario, n_runs, jobs)
    wall_s = (finished[-1] - finished[0]) / (n_runs - 1)
    return Pace(wall_s, (used - start_s) / (n_runs - 1), finished[0])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scenario", nargs="?", type=Path, default=to.example_path("main_street"))
    parser.add_argument("--runs", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    scenario, n = to.read_scenario(options.scenario), options.runs
    alone, one, many = [], [], []
    for number in range(1, options.rounds + 1):
        with tempfile.TemporaryDirectory() as name:
            alone.append(sumo_alone(scenario, n, Path(name)))
        one.append(batch_pace(options.scenario, n, 1))
        many.append(batch_pace(options.scenario, n, options.jobs))
        walls = [pace[-1].wall_s for pace in (alone, one, many)]
        told = zip(("alone", "-j 1", f"-j {options.jobs}"), walls, strict=True)
        print(f"round {number}:", ", ".join(f"{what} {wall_s:.3f}" for what, wall_s in told), "s a run")
    rows = {
        "SUMO alone": ([pace.wall_s for pace in alone], [pace.processor_s for pace in alone]),
        "batch -j 1": ([pace.wall_s for pace in one], [pace.processor_s for pace in one]),
        "beyond SUMO's own time": (
            [b.wall_s - a.wall_s for a, b in zip(alone, one, strict=True)],
            [b.processor_s - a.processor_s for a, b in zip(alone, one, strict=True)],
        ),
    }
    print(f"\n{scenario.name}, {n} runs, medians of {options.rounds} rounds   wall  processor [s a run]")
    for name, (wall, used) in rows.items():
        print(f"  {name:45} {median(wall):7.3f} {median(used):7.3f}")
    gain = median(a.wall_s / b.wall_s for a, b in zip(one, many, strict=True))
    print(f"-j {options.jobs}: {gain:.2f} times the runs a second of -j 1")
    print(f"until the first run is done (start, reading, one run): {median(p.first_s for p in one):.2f} s")


if __name__ == "__main__":
    main()

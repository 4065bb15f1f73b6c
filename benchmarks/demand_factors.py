"""Before and after on real maps whose demand is scaled at random: does any end worse than its field plan?

    python -m benchmarks.demand_factors MAP... [--draws 2 --max-seconds 60 --seeds 5 --cache DIR]

A MAP is the name of a folder of ../shared/maps. Factors are drawn evenly from 0.6 to 1.3, always the same for
a map. Each scaled map is optimized with the defaults and judged without teleports.
"""

from __future__ import annotations

import argparse
import random
import warnings
from pathlib import Path

import trafficopt as to
from benchmarks.fidelity.scenarios import read_case
from trafficopt.errors import TrafficoptWarning
from trafficopt.study import conclude
from trafficopt.study_findings import Study

LEAST, MOST = 0.6, 1.3
COLUMNS = ("map", "demand", "before [s]", "tried [s]", "change, 95 % interval [s]", "ends with")
HEADER = f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|"


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("maps", nargs="+", metavar="MAP")
    parser.add_argument("--draws", type=int, default=2, help="factors for each map")
    parser.add_argument("--max-seconds", type=float, default=60.0)
    parser.add_argument("--seeds", type=int, default=5, help="SUMO's seeds 1 to N")
    parser.add_argument("--cache", type=Path, default=Path("out/demand_factors"))
    options = parser.parse_args()
    warnings.simplefilter("ignore", TrafficoptWarning)
    print(HEADER, flush=True)
    for name in options.maps:
        chance = random.Random(name)
        for _ in range(options.draws):
            factor = f"{chance.uniform(LEAST, MOST):.2f}"
            scenario = read_case(f"{name}x{factor}", options.cache)
            study = judged(scenario, options.max_seconds, tuple(range(1, options.seeds + 1)))
            print(row(name, factor, study), flush=True)


def judged(scenario: to.Scenario, max_seconds: float, seeds: tuple[int, ...]) -> Study:
    """Optimize and judge a scenario as `run_study` does, without its files."""
    problem = to.build_problem(scenario)
    result = to.optimize(problem, max_seconds=max_seconds)
    before = to.simulate(problem, problem.field_plan, seeds)
    after = to.simulate(problem, result.plan, seeds)
    return conclude(scenario, result, before, after, {})


def row(name: str, factor: str, study: Study) -> str:
    """A line of the table; a plan that was tried and not better is told too."""
    comparison = study.rejected or study.comparison
    change = comparison["mean_delay_s"]
    low, high = change.ci95 or (float("nan"), float("nan"))
    cells = (
        name,
        factor,
        f"{comparison.before.mean('mean_delay_s'):.1f}",
        f"{comparison.after.mean('mean_delay_s'):.1f}",
        f"{change.percent:+.1f} %, {low:+.1f} to {high:+.1f}",
        "the new plan" if study.rejected is None else "the field plan",
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()

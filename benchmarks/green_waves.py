"""Green waves on the arterials of a scenario in SUMO, beside other offsets: a table for the documentation.

    python -m benchmarks.green_waves scenarios/cangzhou [--seeds 5 --max-seconds 60 --markdown FILE]

Compared with the field plan: the offsets of SUMO's tlsCoordinator, waves on the field plan's greens, the plan
of `optimize`, waves on its greens, and `optimize` with an objective that counts delay on arterials twice.
Through trips are the parts of trips that drive at least half of an arterial.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import trafficopt as to
from benchmarks.peers.sumo_tools import coordinated
from trafficopt.comparison import Change, paired_change
from trafficopt.errors import TrafficoptWarning
from trafficopt.evaluation import HEADLINE
from trafficopt.progression_check import ProgressionCheck, check_progression
from trafficopt.search.bands.network import design_waves
from trafficopt.sumo.plan_programs import with_programs

FIELD, TOOL, WAVES = "field plan", "tlsCoordinator", "waves, field greens"
OURS, BOTH, ARTERIALS = "optimize", "optimize, then waves", "optimize, objective arterials"
PLANS = (FIELD, TOOL, WAVES, OURS, BOTH, ARTERIALS)
FIGURES = (
    ("s_per_km", "travel time [s/km]"),
    ("stops_per_km", "stops [1/km]"),
    ("on_green_share", "arrivals on green"),
)


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("scenario", type=Path)
    parser.add_argument("--seeds", type=int, default=5, help="SUMO's seeds 1 to N")
    parser.add_argument("--max-seconds", type=float, default=60.0, help="of optimize")
    parser.add_argument("--minutes", type=float, help="only the first minutes of the window")
    parser.add_argument("--plans", nargs="+", choices=PLANS, default=PLANS, help="beside the field plan")
    parser.add_argument("--markdown", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore", TrafficoptWarning)
    scenario = to.read_scenario(options.scenario, minutes=options.minutes)
    seeds = tuple(range(1, options.seeds + 1))
    checks = checked(scenario, seeds, options.max_seconds, options.plans)
    command = "python -m benchmarks.green_waves " + shlex.join(sys.argv[1:])
    text = "\n".join([*totals(checks), "", *by_arterial(checks), "", "```", command, "```"])
    print(text)
    if options.markdown:
        options.markdown.write_text(text + "\n", encoding="utf-8")


def checked(
    scenario: to.Scenario, seeds: tuple[int, ...], max_seconds: float, wanted: Sequence[str]
) -> dict[str, ProgressionCheck]:
    """What SUMO shows of each plan."""
    problem = to.build_problem(scenario)
    field = problem.field_plan
    checks = {FIELD: check_progression(scenario, field, seeds)}
    _tell(FIELD, checks)
    found = None
    if OURS in wanted or BOTH in wanted:
        found = to.optimize(problem, max_seconds=max_seconds).plan
    for name in (name for name in PLANS[1:] if name in wanted):
        if name == TOOL:
            with tempfile.TemporaryDirectory(prefix="waves-") as folder:
                tool = with_programs(coordinated(scenario, None, Path(folder)), scenario)
                checks[name] = check_progression(tool, tool.field_plan, seeds)
        elif name == ARTERIALS:
            plan = to.optimize(problem, objective="arterials", max_seconds=max_seconds).plan
            checks[name] = check_progression(scenario, plan, seeds)
        elif name == OURS:
            assert found is not None
            checks[name] = check_progression(scenario, found, seeds)
        else:
            base = field if name == WAVES else found
            assert base is not None
            checks[name] = check_progression(scenario, design_waves(problem, base).widest().plan, seeds)
        _tell(name, checks)
    return checks


def _tell(name: str, checks: Mapping[str, ProgressionCheck]) -> None:
    print(name, *totals({FIELD: checks[FIELD], name: checks[name]})[-1:], file=sys.stderr, flush=True)


def totals(checks: Mapping[str, ProgressionCheck]) -> list[str]:
    """A row for each plan: all vehicles, and all through trips."""
    heads = ["plan", "mean delay of all [s]", *(f"through trips: {head}" for _, head in FIGURES)]
    lines = [_row(heads), "|---" * len(heads) + "|"]
    before = checks[FIELD]
    for name, check in checks.items():
        cells = [_cell(*(c.evaluation.values(HEADLINE) for c in (before, check)))]
        for key, _ in FIGURES:
            cells.append(_cell(*(tuple(getattr(f, key) for f in c.by_seed()) for c in (before, check))))
        lines.append(_row([name, *cells]))
    return lines


def by_arterial(checks: Mapping[str, ProgressionCheck]) -> list[str]:
    """A row for each arterial and direction: travel time and stops of through trips under each plan."""
    heads = ["arterial", "trips a run", *checks]
    lines = [_row(heads), "|---" * len(heads) + "|"]
    for number, row in enumerate(checks[FIELD].rows):
        cells = [f"{row.arterial} {row.direction}", f"{row.together.n_trips / len(row.by_seed):.0f}"]
        for check in checks.values():
            figures = check.rows[number].together
            cells.append(f"{figures.s_per_km:.0f} s/km, {figures.stops_per_km:.2f} stops/km")
        lines.append(_row(cells))
    return lines


def _cell(before: tuple[float, ...], after: tuple[float, ...]) -> str:
    """Mean, and the paired change with half of its 95 % interval."""
    mean = sum(after) / len(after)
    change: Change = paired_change(before, after)
    if change.ci95 is None or before == after:
        return f"{mean:.4g}"
    half = (change.ci95[1] - change.ci95[0]) / 2.0 / (sum(before) / len(before)) * 100.0
    return f"{mean:.4g} ({change.percent:+.0f} % ± {half:.0f})"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()

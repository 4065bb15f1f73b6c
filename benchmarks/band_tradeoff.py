"""Bands against delay on the arterials of a scenario, every choice judged in SUMO: a table and a plot.

    python -m benchmarks.band_tradeoff SCENARIO [--seeds 5 --minutes 30 --markdown FILE --plot FILE.svg]

Greens, stages and cycles are those of the field plan; offsets weigh bands and delay in six ways.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import warnings
from functools import partial
from pathlib import Path

import trafficopt as to
from trafficopt.errors import TrafficoptWarning
from trafficopt.evaluation import HEADLINE
from trafficopt.progression_check import check_progression
from trafficopt.reporting import plot_band_tradeoff
from trafficopt.reporting.plots.plot_file import save_plot
from trafficopt.search.bands.network import design_waves

HEADS = (
    *(
        "offsets",
        "bands, of what greens allow",
        "breaks",
        "delay of all, model [s]",
        "delay of all, SUMO [s]",
    ),
    *("through trips [s/km]", "stops [1/km]", "arrivals on green"),
)


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("scenario", type=Path)
    parser.add_argument("--seeds", type=int, default=5, help="SUMO's seeds 1 to N")
    parser.add_argument("--minutes", type=float, help="only the first minutes of the window")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore", TrafficoptWarning)
    problem = to.build_problem(to.read_scenario(options.scenario, minutes=options.minutes))
    design = design_waves(problem, problem.field_plan)
    judged = []
    lines = [f"| {' | '.join(HEADS)} |", "|---" * len(HEADS) + "|"]
    for choice in (design.given, *design.choices):
        check = check_progression(problem.scenario, choice.plan, range(1, options.seeds + 1))
        judged.append((choice, check.evaluation))
        trips = sum(check.by_seed()[1:], check.by_seed()[0])
        value = "field plan" if choice.band_value is None else f"a second is worth {choice.band_value:g}"
        cells = [value, f"{100 * choice.band:.0f} %", str(choice.n_breaks), f"{choice.delay_s:.1f}"]
        cells += [f"{check.evaluation.mean(HEADLINE):.1f}", f"{trips.s_per_km:.0f}"]
        cells += [f"{trips.stops_per_km:.2f}", f"{100 * trips.on_green_share:.0f} %"]
        lines.append(f"| {' | '.join(cells)} |")
        print(lines[-1], file=sys.stderr, flush=True)
    command = "python -m benchmarks.band_tradeoff " + shlex.join(sys.argv[1:])
    text = "\n".join([*lines, "", "```", command, "```"])
    print(text)
    if options.markdown:
        options.markdown.write_text(text + "\n", encoding="utf-8")
    if options.plot:
        save_plot(options.plot, partial(plot_band_tradeoff, design, design.widest(), judged))


if __name__ == "__main__":
    main()

"""Models of green bands on the same arterial: bands, delay in the model, delay and stops in SUMO, as a table.

    python -m benchmarks.band_models SCENARIO [--arterial NAME --seeds 5 --minutes 30 --markdown FILE]

Each model sets the offsets of one arterial (the first, or --arterial); all else is the field plan.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

import trafficopt as to
from trafficopt.errors import TrafficoptWarning
from trafficopt.evaluation import HEADLINE
from trafficopt.model.arterial_corridor import arterial_corridor
from trafficopt.model.arterial_ways import Direction
from trafficopt.model.band_plan import band_through
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.network import Arterial
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.progression_check import check_progression
from trafficopt.search.bands.design import design_bands, whole_seconds
from trafficopt.search.bands.network import design_waves
from trafficopt.search.bands.program_rows import BandModel

HEADS = (
    *("offsets", "bands end to end, out / in [s]", "delay of all, model [s]", "delay of all, SUMO [s]"),
    *("through trips [s/km]", "stops [1/km]", "arrivals on green", "stop lines passed without a stop"),
)


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("scenario", type=Path)
    parser.add_argument("--arterial")
    parser.add_argument("--seeds", type=int, default=5, help="SUMO's seeds 1 to N")
    parser.add_argument("--minutes", type=float, help="only the first minutes of the window")
    parser.add_argument("--markdown", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore", TrafficoptWarning)
    problem = to.build_problem(to.read_scenario(options.scenario, minutes=options.minutes))
    arterials = problem.network.arterials
    arterial = next(a for a in arterials if options.arterial in (None, a.name))
    lines = [f"| {' | '.join(HEADS)} |", "|---" * len(HEADS) + "|"]
    model = QueueModel(problem)
    for name, plan in plans(problem, arterial).items():
        lines.append(row(name, plan, problem, arterial, model, options.seeds))
        print(lines[-1], file=sys.stderr, flush=True)
    command = "python -m benchmarks.band_models " + shlex.join(sys.argv[1:])
    text = "\n".join([*lines, "", "```", command, "```"])
    print(text)
    if options.markdown:
        options.markdown.write_text(text + "\n", encoding="utf-8")


def plans(problem: Problem, arterial: Arterial) -> Mapping[str, TimingPlan]:
    """The field plan with offsets of each model on one arterial."""
    field = problem.field_plan
    corridor = arterial_corridor(arterial, problem.network, field)
    found = {"field plan": field}
    for model in BandModel:
        bands = whole_seconds(design_bands(corridor, model))
        offsets = dict(zip(corridor.names, bands.offset_s.tolist(), strict=True))
        name = f"{model}, one-way" if bands.one_way else str(model)
        found[name] = with_offsets(field, offsets)
    design = design_waves(problem, field, [arterial.name])
    found["bands, then delay"] = only(field, design.widest().plan, arterial)
    found["delay only"] = only(field, design.choices[-1].plan, arterial)
    return found


def with_offsets(plan: TimingPlan, offsets_s: Mapping[str, float]) -> TimingPlan:
    """The plan with other offsets [s] at some signals."""
    changed = {
        key: replace(plan[key], offset_s=offset % plan[key].cycle_s) for key, offset in offsets_s.items()
    }
    return TimingPlan("bands", {**plan.timings, **changed})


def only(field: TimingPlan, plan: TimingPlan, arterial: Arterial) -> TimingPlan:
    """The field plan with the offsets of another plan along the arterial."""
    return with_offsets(field, {key: plan[key].offset_s for key in arterial.intersections})


def row(
    name: str, plan: TimingPlan, problem: Problem, arterial: Arterial, model: QueueModel, n_seeds: int
) -> str:
    """A line of the table."""
    corridor = arterial_corridor(arterial, problem.network, plan)
    offsets_s = np.array([plan[key].offset_s for key in arterial.intersections])
    widths = [
        band_through(corridor, (0,) * len(offsets_s), offsets_s, direction).width_s for direction in Direction
    ]
    estimate = model.performance(plan, model.estimate(plan))
    check = check_progression(problem.scenario, plan, range(1, n_seeds + 1), [arterial])
    trips = [figures.together for figures in check.rows]
    together = trips[0] + trips[1]
    cells = [
        name,
        " / ".join(f"{width:.1f}" for width in widths),
        f"{estimate.delay_s:.1f}",
        f"{check.evaluation.mean(HEADLINE):.1f}",
        f"{together.s_per_km:.0f}",
        f"{together.stops_per_km:.2f}",
        f"{100 * together.on_green_share:.0f} %",
        f"{100 * together.unstopped_share:.0f} %",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()

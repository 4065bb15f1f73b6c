"""What plans by time of day are worth: the table of `docs/day_plans.md`.

    python -m benchmarks.day_plans [--max-seconds 15 --minutes 20 --seeds 5]

A made-up day of counts on `main_street`: periods, a plan for each, and each in SUMO with its demand, beside
the field plan and the plan of the most demand. Searches do all the work that is planned for their time.
"""

from __future__ import annotations

import argparse

import numpy as np

import trafficopt as to
from trafficopt.comparison import Change
from trafficopt.day_study import judge_day
from trafficopt.demand_profile import DemandProfile
from trafficopt.evaluation import HEADLINE
from trafficopt.units import clock

FLOW_VEH_H = 800.0
HEAD = (
    "| plan | periods | demand | own plan [s] | against the field plan | against the plan of the peak |",
    "|---|---|---|---|---|---|",
)


def two_directions(scale: float, chance: np.random.Generator | None = None) -> DemandProfile:
    """A made-up day in quarter hours: the morning peak is in one direction, the evening peak in the other."""
    t = np.arange(96) / 4
    am, pm = np.exp(-(((t - 8) / 1.2) ** 2)), np.exp(-(((t - 17.5) / 1.6) ** 2))
    base = 0.15 + 0.5 / (1 + np.exp(3 * (6.5 - t))) - 0.45 / (1 + np.exp(1.5 * (20 - t)))
    flow = scale * np.array([base + 0.9 * am + 0.4 * pm, base + 0.35 * am + 0.95 * pm])
    flow = flow if chance is None else 4.0 * chance.poisson(flow / 4)
    return DemandProfile(0.0, 900.0, ("in", "out"), flow)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--max-seconds", type=float, default=15.0)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    scenario = to.read_scenario(to.example_path("main_street"), minutes=arguments.minutes)
    profile = two_directions(FLOW_VEH_H, np.random.default_rng(1))
    periods = to.day_periods(profile).periods
    study = to.plan_day(scenario, profile, periods, max_seconds=arguments.max_seconds, repeatable=True)
    judged = judge_day(scenario, study, tuple(range(1, arguments.seeds + 1)))
    print(
        "| plan | periods | demand | own plan [s] | against the field plan | against the plan of the peak |"
    )
    print("|---|---|---|---|---|---|")
    for name, judgment in judged.items():
        times = ", ".join(f"{clock(p.begin_s)}-{clock(p.end_s)}" for p in periods if p.plan == name)
        own = judgment.against_field.after.mean(HEADLINE)
        changes = [_words(c[HEADLINE]) for c in (judgment.against_field, judgment.against_peak)]
        print(f"| {name} | {times} | {study.factors[name]:.2f} | {own:.1f} | {' | '.join(changes)} |")


def _words(change: Change) -> str:
    if not change.mean:
        return "it is that plan"
    low, high = change.ci95 or (float("nan"), float("nan"))
    return f"{change.percent:+.1f} %, {low:+.2f} to {high:+.2f} s"


if __name__ == "__main__":
    main()

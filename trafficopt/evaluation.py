"""What SUMO said of a plan, and whether two plans differ beyond noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import fmean

import numpy as np
from scipy.special import stdtrit

from trafficopt.units import Seconds


@dataclass(frozen=True, slots=True)
class SeedResult:
    """One SUMO run.

    All means are over all demanded vehicles: unfinished and undeparted ones count with what they
    have accrued at the end of the run.

    Attributes
    ----------
    demanded
        Vehicles that want to depart within the window.
    completed, unfinished, undeparted
        They add up to `demanded`.
    mean_delay_s
        (timeLoss + departDelay) / demanded.
    mean_stops
        Times that a vehicle came to a halt (SUMO's waitingCount) / demanded.
    """

    seed: int
    demanded: int
    completed: int
    unfinished: int
    undeparted: int
    mean_delay_s: Seconds
    mean_stops: float
    mean_waiting_s: Seconds
    mean_depart_delay_s: Seconds
    teleports: int
    collisions: int
    emergency_stops: int


COUNTS = ("demanded", "unfinished", "undeparted", "teleports", "collisions", "emergency_stops")
MEANS = ("mean_delay_s", "mean_stops", "mean_waiting_s", "mean_depart_delay_s")
HEADLINE = "mean_delay_s"  # the measure that decides
COMPARED = ("mean_delay_s", "mean_stops", "mean_waiting_s")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One row per SUMO seed, and the delay of each link.

    Attributes
    ----------
    plan
        Name of the plan that ran.
    runs
        One result a seed, in the order of the seeds.
    link_delay_s
        Time lost on each link by all vehicles [veh*s], mean of the seeds.
    link_vehicles
        Vehicles that left each link, mean of the seeds.
    wall_s
        Wall-clock time of all runs together.
    run_link_delay_s
        Time lost on each link [veh*s] in each run, where that was kept.
    """

    plan: str
    runs: tuple[SeedResult, ...]
    link_delay_s: Mapping[str, Seconds] = field(default_factory=dict, repr=False)
    link_vehicles: Mapping[str, float] = field(default_factory=dict, repr=False)
    wall_s: Seconds = field(default=0.0, compare=False)
    run_link_delay_s: tuple[Mapping[str, Seconds], ...] = field(default=(), repr=False)

    @property
    def seeds(self) -> tuple[int, ...]:
        """SUMO's seeds, in order."""
        return tuple(run.seed for run in self.runs)

    def values(self, measure: str) -> tuple[float, ...]:
        """`measure` (a field of `SeedResult`) of each seed."""
        return tuple(float(getattr(run, measure)) for run in self.runs)

    def mean(self, measure: str) -> float:
        """Mean of `measure` over the seeds."""
        return fmean(self.values(measure))

    def totals(self) -> dict[str, float]:
        """Means over the seeds, by name; counts that are whole stay whole."""
        means = {key: round(self.mean(key), 4) for key in MEANS}
        counts = {key: self.mean(key) for key in COUNTS}
        whole = {k: int(v) if v.is_integer() else round(v, 2) for k, v in counts.items()}
        return {**means, **whole}

    def __repr__(self) -> str:
        rows = [
            f"Evaluation of {self.plan}",
            "seed  mean_delay_s  mean_stops  unfinished  undeparted  teleports",
        ]
        rows += [
            f"{run.seed}  {run.mean_delay_s:.2f}  {run.mean_stops:.2f}  "
            f"{run.unfinished}  {run.undeparted}  {run.teleports}"
            for run in self.runs
        ]
        return "\n".join(rows)


class Verdict(StrEnum):
    """What paired seeds allow to say of a change."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "no significant change"
    UNKNOWN = "too few seeds"


@dataclass(frozen=True, slots=True)
class Change:
    """Paired difference after - before of one measure.

    Attributes
    ----------
    mean
        Mean difference, in the unit of the measure; negative is less.
    ci95
        Its 95 % interval (Student's t over seeds), or None below two seeds.
    percent
        `mean` in percent of the mean before.
    """

    mean: float
    ci95: tuple[float, float] | None
    percent: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two evaluations paired by seed, with a change for each measure (less is better)."""

    before: Evaluation = field(repr=False)
    after: Evaluation = field(repr=False)
    changes: Mapping[str, Change]

    def __getitem__(self, measure: str) -> Change:
        return self.changes[measure]


def compare(before: Evaluation, after: Evaluation) -> Comparison:
    """Compare two evaluations seed by seed.

    Parameters
    ----------
    before, after
        Evaluations with the same seeds in the same order.

    Raises
    ------
    ValueError
        If the seeds differ: unpaired runs would hide the change in noise.

    Examples
    --------
    >>> def run(seed, delay):
    ...     return SeedResult(seed, 100, 100, 0, 0, delay, 1.0, 0.0, 0.0, 0, 0, 0)
    >>> before = Evaluation("field", (run(1, 50.0), run(2, 54.0), run(3, 52.0)))
    >>> after = Evaluation("new", (run(1, 40.0), run(2, 43.0), run(3, 42.0)))
    >>> compare(before, after)["mean_delay_s"].verdict
    <Verdict.BETTER: 'better'>
    """
    if before.seeds != after.seeds:
        raise ValueError(f"seeds differ: {before.seeds} and {after.seeds}")
    changes = {key: paired_change(before.values(key), after.values(key)) for key in COMPARED}
    return Comparison(before, after, changes)


def paired_change(before: tuple[float, ...], after: tuple[float, ...]) -> Change:
    """Student's t interval of the paired differences of a measure by seed (two-sided, 95 %)."""
    differences = np.subtract(after, before)
    mean, base = float(differences.mean()), fmean(before)
    percent = 100.0 * mean / base if base else 0.0
    n = len(differences)
    if n < 2:
        return Change(mean, None, percent, Verdict.UNKNOWN)
    half = float(stdtrit(n - 1, 0.975) * differences.std(ddof=1) / np.sqrt(n))
    interval = (mean - half, mean + half)
    verdict = Verdict.BETTER if interval[1] < 0 else Verdict.WORSE if interval[0] > 0 else Verdict.SAME
    return Change(mean, interval, percent, verdict)

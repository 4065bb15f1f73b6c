"""What a plan is judged by: its delay, and what else shall count, in seconds of delay a vehicle."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from itertools import groupby
from statistics import fmean

from trafficopt.comparison import MARGIN_PERCENT, Comparison, compare, paired_change
from trafficopt.errors import InputError
from trafficopt.evaluation import HEADLINE, Evaluation
from trafficopt.network import Network
from trafficopt.plan import TimingPlan
from trafficopt.stage import GREEN, Interval
from trafficopt.table_repr import Table, Tabled
from trafficopt.units import MetersPerSecond, Seconds

OBJECTIVE = "objective"
"""Name of the objective's change in a comparison."""
NAMES = ("delay", "fuel", "arterials", "walk")
USUAL_SPEED_M_S = 13.89
MILE_PER_HOUR_M_S = 0.44704
DELAY_GAL_H = 0.7329  # TRANSYT-7F's k2
STOP_GAL = 6.14e-6  # TRANSYT-7F's k3 over the square of the speed in mph

Crossings = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, repr=False)
class Performance(Tabled):
    """What traffic meets under a plan.

    Attributes
    ----------
    delay_s
        Mean delay over all demanded vehicles; so are the next three.
    stops
        Stops a vehicle: times that it came to a halt (SUMO), or that a stop line held it (queue model).
    depart_delay_s
        Wait to enter the network, which is part of the delay: queues that reach beyond it.
    arterial_delay_s
        Time lost on the links between the signals of the arterials, which is part of the delay.
    walk_wait_s
        Mean wait of pedestrians over the crossings, see `walk_wait_s`.
    """

    delay_s: Seconds = 0.0
    stops: float = 0.0
    depart_delay_s: Seconds = 0.0
    arterial_delay_s: Seconds = 0.0
    walk_wait_s: Seconds = 0.0


@dataclass(frozen=True, slots=True, repr=False)
class Objective(Tabled):
    """Mean delay and a weighted sum of what else shall count, as in TRANSYT's performance index.

    The weight of the delay is always 1. Stops alone, or arrivals on green alone, are best where hardly
    anybody moves: a queue that never leaves stops once, and who is kept far away arrives when it suits. No
    weight is below zero, so the value is never below the mean delay.

    Attributes
    ----------
    stop_s
        What a stop counts.
    overflow
        Weight of the wait to enter the network, beside its 1 in the delay.
    arterial
        Weight of the delay on the links between the signals of the arterials, beside its 1 in the delay.
    walk
        Weight of the mean wait of pedestrians: how many of them cross a street for each vehicle.

    Raises
    ------
    ValueError
        If a weight is below zero or not finite.

    Examples
    --------
    >>> print(Objective(stop_s=10.0, arterial=1.0))
    mean delay + 10 s x stops + 1 x arterial delay
    >>> Objective(stop_s=10.0).cost_s(Performance(delay_s=40.0, stops=1.5))
    55.0
    """

    stop_s: Seconds = 0.0
    overflow: float = 0.0
    arterial: float = 0.0
    walk: float = 0.0

    def __post_init__(self) -> None:
        for part in fields(self):
            weight = getattr(self, part.name)
            if not 0.0 <= weight < math.inf:
                raise ValueError(f"the weight {part.name} of an objective is {weight}, but must be 0 or more")

    @classmethod
    def named(cls, name: str, speed_m_s: MetersPerSecond = USUAL_SPEED_M_S) -> Objective:
        """An objective by its name.

        `delay`: mean delay alone. `fuel`: delay and stops in proportion to the fuel that they take, see
        `stop_in_delay_s`. `arterials`: delay between the signals of arterials counts twice. `walk`: a
        pedestrian crosses a street for each vehicle.

        Parameters
        ----------
        speed_m_s
            Mean speed limit, which decides what a stop takes of fuel.

        Raises
        ------
        InputError
            If there is no such name.
        """
        if name not in NAMES:
            raise InputError("objective", f"there is none named {name!r}", f"choose {', '.join(NAMES)}")
        known = {
            "delay": DELAY,
            "fuel": cls(stop_s=stop_in_delay_s(speed_m_s)),
            "arterials": cls(arterial=1.0),
            "walk": cls(walk=1.0),
        }
        return known[name]

    @property
    def is_delay(self) -> bool:
        """Whether nothing but the delay counts."""
        return self == DELAY

    @property
    def measure(self) -> str:
        """Name of the measure that decides in a comparison."""
        return HEADLINE if self.is_delay else OBJECTIVE

    def cost_s(self, performance: Performance) -> Seconds:
        """Value for a performance: seconds of delay a vehicle, less is better."""
        return (
            performance.delay_s
            + self.stop_s * performance.stops
            + self.overflow * performance.depart_delay_s
            + self.arterial * performance.arterial_delay_s
            + self.walk * performance.walk_wait_s
        )

    def __str__(self) -> str:
        parts = (
            (self.stop_s, f"{self.stop_s:.3g} s x stops"),
            (self.overflow, f"{self.overflow:.3g} x wait to enter"),
            (self.arterial, f"{self.arterial:.3g} x arterial delay"),
            (self.walk, f"{self.walk:.3g} x pedestrians' wait"),
        )
        return " + ".join(["mean delay", *(words for weight, words in parts if weight)])

    def _table(self) -> Table:
        return Table(f"Objective: {self}")


DELAY = Objective()


def stop_in_delay_s(speed_m_s: MetersPerSecond) -> Seconds:
    """Delay that takes as much fuel as a stop.

    Fuel [gal] is k1 distance + k2 delay + k3 stops with k2 = 0.7329 gal/h and k3 = 6.14e-6 v^2 gal, v the
    speed limit in mph (TRANSYT-7F, Synchro); signals hardly change the distance. The relation takes
    emissions in proportion to fuel, so that a plan that saves fuel saves as much of them.

    Examples
    --------
    >>> round(stop_in_delay_s(13.89), 1)
    29.1
    """
    return 3600.0 * STOP_GAL * (speed_m_s / MILE_PER_HOUR_M_S) ** 2 / DELAY_GAL_H


def arterial_links(network: Network) -> frozenset[str]:
    """Links between the signals of the arterials, both ways."""
    ways = (path for arterial in network.arterials for path in (*arterial.outbound, *arterial.inbound))
    return frozenset(link for path in ways for link in path)


def crossings_of(network: Network) -> dict[str, tuple[int, ...]]:
    """Heads of the pedestrian crossings of each signal that has some, by its id."""
    return {node.id: heads for node in network.intersections if (heads := node.crossings)}


def n_crossings(crossings: Crossings, plan: TimingPlan) -> int:
    """Crossings at signals that `plan` times."""
    return sum(len(heads) for key, heads in crossings.items() if key in plan.timings)


def walk_wait_s(crossings: Crossings, plan: TimingPlan) -> Seconds:
    """Mean wait of pedestrians over the crossings at signals that `plan` times; 0 without any.

    They come evenly; how many is not known, so each crossing counts the same. Who comes in a red of r
    seconds waits r / 2, which makes the sum of r^2 / (2 C) over the reds of a cycle C. With one green g that
    is (C - g)^2 / (2 C) of the HCM 2000, equation 18-5, with the displayed green.
    """
    waits = [
        wait
        for key, heads in crossings.items()
        if (timing := plan.timings.get(key)) is not None
        for wait in _waits_s(heads, timing.intervals)
    ]
    return fmean(waits) if waits else 0.0


@lru_cache(maxsize=1 << 14)
def _waits_s(heads: tuple[int, ...], rows: tuple[Interval, ...]) -> tuple[Seconds, ...]:
    """Mean wait at each head over the cycle that `rows` make."""
    return tuple(_wait_s([(row.state[head] in GREEN, row.duration_s) for row in rows]) for head in heads)


def _wait_s(shown: list[tuple[bool, Seconds]]) -> Seconds:
    """Mean wait over a cycle of greens (true) and reds with their durations."""
    shown = [(green, duration) for green, duration in shown if duration > 0.0]
    first = next((k for k, (green, _) in enumerate(shown) if green), 0)
    spells = groupby(shown[first:] + shown[:first], key=lambda row: row[0])
    reds = [sum(duration for _, duration in rows) for green, rows in spells if not green]
    return sum(red**2 for red in reds) / (2.0 * sum(duration for _, duration in shown))


def simulated_performance(
    evaluation: Evaluation, network: Network, plan: TimingPlan
) -> tuple[Performance, ...]:
    """What SUMO's traffic met in each run of `plan`; pedestrians wait as `plan` has it.

    Runs whose link delays were not kept one by one have the mean delay on arterials of all.
    """
    links = sorted(arterial_links(network))
    walk = walk_wait_s(crossings_of(network), plan)
    lost = evaluation.run_link_delay_s or (evaluation.link_delay_s,) * len(evaluation.runs)
    return tuple(
        Performance(
            delay_s=run.mean_delay_s,
            stops=run.mean_stops,
            depart_delay_s=run.mean_depart_delay_s,
            arterial_delay_s=sum(by_link.get(link, 0.0) for link in links) / max(run.demanded, 1),
            walk_wait_s=walk,
        )
        for run, by_link in zip(evaluation.runs, lost, strict=True)
    )


def simulated_costs_s(
    objective: Objective, evaluation: Evaluation, network: Network, plan: TimingPlan
) -> tuple[Seconds, ...]:
    """Value of an objective in each run of `plan` in SUMO."""
    return tuple(objective.cost_s(run) for run in simulated_performance(evaluation, network, plan))


def compare_by(
    objective: Objective,
    network: Network,
    before: tuple[Evaluation, TimingPlan],
    after: tuple[Evaluation, TimingPlan],
    margin_percent: float = MARGIN_PERCENT,
) -> Comparison:
    """Compare two plans seed by seed, with the change of the objective's value if it is not the delay.

    Parameters
    ----------
    before, after
        What SUMO said of a plan, and the plan.
    margin_percent
        Least change that matters, in percent of the mean before.
    """
    comparison = compare(before[0], after[0], margin_percent)
    if objective.is_delay:
        return comparison
    costs = [simulated_costs_s(objective, found, network, plan) for found, plan in (before, after)]
    change = paired_change(*costs, margin_percent=margin_percent)
    return replace(comparison, changes={**comparison.changes, OBJECTIVE: change})

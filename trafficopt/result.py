"""What the optimizer returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from trafficopt.objective import DELAY, Objective, Performance
from trafficopt.plan import TimingPlan
from trafficopt.risk import MEAN, Risk
from trafficopt.signals.explanation import Explanation
from trafficopt.table_repr import Column, Table, Tabled
from trafficopt.units import Seconds
from trafficopt.unknown_name import unknown_name


class Status(StrEnum):
    """How an optimization or a study ended."""

    IMPROVED = "improved"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Step:
    """An accepted step of the search: when, what, and the objective reached."""

    at_s: Seconds
    what: str
    objective: float


@dataclass(frozen=True, slots=True)
class SampleCost:
    """What the model says under one of several demands.

    Attributes
    ----------
    weight
        Part of all weight.
    before_s, after_s
        Value of the objective [s/veh] under the field plan and under the plan found.
    """

    name: str
    weight: float
    before_s: Seconds
    after_s: Seconds


@dataclass(frozen=True, slots=True, repr=False)
class Result(Tabled):
    """Answer of `optimize`.

    Attributes
    ----------
    plan
        The best plan found; the field plan where nothing beat it.
    objective_before, objective_after
        Value of the objective [s/veh] by the model under the field plan and under `plan`: the mean delay,
        unless something else was to count too. With several demands it is that of all, by `risk`.
    history
        Steps of the search.
    run_time_s
        Wall-clock time.
    link_delay_veh_s_s, link_delay_bound_veh_s_s
        Delay between the coordinated signals of `plan` by cyclic platoons, and what no other offsets could
        bring it below with the same cycles, stages and greens [veh*s/s]; 0 where nothing is coordinated.
    explanations
        Why each signal of `plan` is timed as it is, by id.
    objective
        What was made small.
    performance_before, performance_after
        Mean delay, stops and the like by the model under the field plan and under `plan`, with the usual
        demand.
    samples
        What the model says under each demand, where the plan is for several; fewest vehicles first.
    risk
        How their values become one.
    """

    plan: TimingPlan = field(repr=False)
    status: Status
    message: str
    objective_before: Seconds
    objective_after: Seconds
    history: tuple[Step, ...] = field(repr=False)
    seed: int
    run_time_s: Seconds = field(compare=False)
    link_delay_veh_s_s: float = 0.0
    link_delay_bound_veh_s_s: float = 0.0
    explanations: Mapping[str, Explanation] = field(default_factory=dict, repr=False, compare=False)
    objective: Objective = DELAY
    performance_before: Performance = field(default=Performance(), repr=False)
    performance_after: Performance = field(default=Performance(), repr=False)
    samples: tuple[SampleCost, ...] = field(default=(), repr=False)
    risk: Risk = MEAN

    @property
    def gap(self) -> float:
        """Part of `link_delay_veh_s_s` that other offsets could save at most, 0 to 1."""
        value, bound = self.link_delay_veh_s_s, self.link_delay_bound_veh_s_s
        return (value - bound) / value if value > 0.0 else 0.0

    def explain(self, intersection: str) -> Explanation:
        """Why a signal of `plan` is timed as it is; prints as a table.

        Raises
        ------
        InputError
            If there is no explanation for `intersection`: the plan has no such signal.
        """
        if intersection not in self.explanations:
            raise unknown_name("explanations of the plan", "signal", intersection, self.explanations)
        return self.explanations[intersection]

    def _table(self) -> Table:
        columns = (
            Column("by the queue model"),
            *(Column(name, "", 2) for name in ("before", "after")),
            Column("", "%", 1),
        )
        before, after = self.performance_before, self.performance_after
        told = [
            (f"{self.objective} [s]", self.objective_before, self.objective_after),
            ("delay [s]", before.delay_s, after.delay_s),
            ("stops a vehicle", before.stops, after.stops),
        ]
        told = [row for row in told if row[1:] != (0.0, 0.0)]
        if self.objective.is_delay and not self.samples:
            told = [row for row in told if row[0] != "delay [s]"]
        told += [(f"under demand {each.name} [s]", each.before_s, each.after_s) for each in self.samples]
        rows = [(name, old, new, 100.0 * (new - old) / old if old else None) for name, old, new in told]
        title = f"Result: {self.status}, {len(self.plan)} signals, seed {self.seed}, {self.run_time_s:.1f} s"
        return Table(title, columns, rows, (self.message,) if self.message else ())

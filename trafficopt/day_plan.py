"""A day of timing plans: which plan runs when."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from trafficopt.plan import TimingPlan
from trafficopt.table_repr import Column, Table, Tabled, counted
from trafficopt.units import Seconds, clock

NAME = re.compile(r"[\w.-]+")  # names become ids of SUMO's programs, and names of files


@dataclass(frozen=True, slots=True, repr=False)
class Period(Tabled):
    """A part of the day, and the name of the plan that runs in it.

    Attributes
    ----------
    begin_s, end_s
        From midnight.
    """

    begin_s: Seconds
    end_s: Seconds
    plan: str

    def __post_init__(self) -> None:
        if not 0 <= self.begin_s < self.end_s < math.inf:
            raise ValueError(f"a period from {self.begin_s:g} s to {self.end_s:g} s is impossible")

    @property
    def hours(self) -> str:
        """Begin and end as clock times."""
        return f"{clock(self.begin_s)}-{clock(self.end_s)}"

    def _table(self) -> Table:
        return Table(f"Period {self.hours}: plan {self.plan}")


@dataclass(frozen=True, slots=True, repr=False)
class DayPlan(Tabled):
    """Timing plans by time of day.

    Attributes
    ----------
    periods
        In order, without gap or overlap; neighbors have different plans.
    plans
        By name. A signal that is absent from one of them runs what the scenario has.

    Examples
    --------
    >>> plans = {name: TimingPlan(name, {}) for name in ("night", "day")}
    >>> day = DayPlan((Period(0, 21600, "night"), Period(21600, 86400, "day")), plans)
    >>> [day.plan_at(t).name for t in (0.0, 21599.0, 21600.0, 90000.0)]
    ['night', 'night', 'day', 'day']
    """

    periods: tuple[Period, ...]
    plans: Mapping[str, TimingPlan]

    def __post_init__(self) -> None:
        object.__setattr__(self, "plans", MappingProxyType(dict(self.plans)))
        if not self.periods:
            raise ValueError("a day needs at least one period")
        for before, after in pairwise(self.periods):
            if before.end_s != after.begin_s:
                raise ValueError(
                    f"a period ends at {before.end_s:g} s, the next begins at {after.begin_s:g} s"
                )
            if before.plan == after.plan:
                raise ValueError(f"two periods in a row have plan {after.plan!r}: make them one")
        named = {period.plan for period in self.periods}
        if strange := sorted(named ^ set(self.plans)):
            raise ValueError(f"plans {', '.join(map(repr, strange))} are not both given and used")
        for key, plan in self.plans.items():
            if not NAME.fullmatch(key):
                raise ValueError(f"plan {key!r} has more in its name than letters, digits, '.', '_' and '-'")
            if plan.name != key:
                raise ValueError(f"the plan called {key!r} is named {plan.name!r}")

    def __reduce__(self) -> tuple[Any, ...]:
        return DayPlan, (self.periods, dict(self.plans))

    @property
    def begin_s(self) -> Seconds:
        """Begin of the first period."""
        return self.periods[0].begin_s

    @property
    def end_s(self) -> Seconds:
        """End of the last period."""
        return self.periods[-1].end_s

    @property
    def signals(self) -> tuple[str, ...]:
        """Signals that any of the plans times, sorted."""
        return tuple(sorted({key for plan in self.plans.values() for key in plan}))

    def plan_at(self, t_s: Seconds) -> TimingPlan:
        """Plan that is due at `t_s` [s from midnight]; the first and the last go on beyond the day."""
        due = [period for period in self.periods if period.begin_s <= t_s]
        return self.plans[(due[-1] if due else self.periods[0]).plan]

    def _table(self) -> Table:
        columns = Column("period"), Column("plan"), Column("cycles", "s")
        rows = [(period.hours, period.plan, _cycles(self.plans[period.plan])) for period in self.periods]
        title = f"DayPlan: {counted(len(rows), 'period')}, {counted(len(self.plans), 'plan')}"
        return Table(f"{title}, {counted(len(self.signals), 'signal')}", columns, rows)


def _cycles(plan: TimingPlan) -> str:
    """The cycles that a plan has, shortest first."""
    return ", ".join(
        f"{cycle_s:g}" for cycle_s in sorted({timing.cycle_s for timing in plan.timings.values()})
    )

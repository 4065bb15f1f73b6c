"""Timing plans: only what is decided."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from trafficopt.stage import Interval, Stage
from trafficopt.table_repr import Column, Table, Tabled, counted
from trafficopt.units import Seconds
from trafficopt.unknown_name import unknown_name


@dataclass(frozen=True, slots=True, repr=False)
class SignalTiming(Tabled):
    """Timing of one signalized intersection.

    Attributes
    ----------
    stages
        In the order they are shown.
    greens_s
        Displayed green of each shown stage.
    cycle_s
        Greens and intergreens add up to it exactly.
    offset_s
        The first shown stage turns green at every t with (t - offset) mod cycle = 0, t from midnight.
    """

    stages: tuple[Stage, ...]
    greens_s: tuple[Seconds, ...]
    cycle_s: Seconds
    offset_s: Seconds

    def __post_init__(self) -> None:
        if len(self.stages) != len(self.greens_s):
            raise ValueError("one green is needed for each stage")
        if not all(0 <= green < math.inf for green in self.greens_s):
            raise ValueError(f"greens {self.greens_s} s must be finite and not negative")
        if not 0 < self.cycle_s < math.inf:
            raise ValueError(f"a cycle of {self.cycle_s} s is impossible")
        if not 0 <= self.offset_s < self.cycle_s:
            raise ValueError(f"offset {self.offset_s} s is outside the cycle of {self.cycle_s} s")

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """Greens and intergreens of one cycle in the order shown, from the first stage's green on."""
        return tuple(
            row
            for stage, green in zip(self.stages, self.greens_s, strict=True)
            for row in (Interval(stage.state, green), *stage.intergreen)
        )

    def state_at(self, t_s: Seconds) -> str:
        """State string that the signal shows at `t_s` [s from midnight].

        Examples
        --------
        >>> stages = (
        ...     Stage("Gr", (Interval("yr", 3.0),)),
        ...     Stage("rG", (Interval("ry", 3.0),)),
        ... )
        >>> timing = SignalTiming(stages, (20.0, 24.0), cycle_s=50.0, offset_s=10.0)
        >>> [timing.state_at(t) for t in (9.0, 10.0, 30.0, 33.0, 57.0)]
        ['ry', 'Gr', 'yr', 'rG', 'ry']
        """
        # A billionth of a second apart is the same moment: sums of decimal greens are not exact.
        left = (t_s - self.offset_s + 1e-9) % self.cycle_s
        state = ""
        for interval in self.intervals:
            state = interval.state
            if left < interval.duration_s:
                break
            left -= interval.duration_s
        return state

    def _table(self) -> Table:
        columns = Column("stage"), Column("state"), Column("green", "s"), Column("intergreen", "s")
        rows = [
            (number, stage.state, green, stage.intergreen_s)
            for number, (stage, green) in enumerate(zip(self.stages, self.greens_s, strict=True), start=1)
        ]
        return Table(f"SignalTiming: cycle {self.cycle_s:g} s, offset {self.offset_s:g} s", columns, rows)


@dataclass(frozen=True, slots=True, repr=False)
class TimingPlan(Tabled):
    """Timings by intersection id; a signal that is absent runs what the scenario has."""

    name: str
    timings: Mapping[str, SignalTiming]

    def __post_init__(self) -> None:
        object.__setattr__(self, "timings", MappingProxyType(dict(self.timings)))

    def __reduce__(self) -> tuple[Any, ...]:
        return TimingPlan, (self.name, dict(self.timings))

    def __getitem__(self, intersection: str) -> SignalTiming:
        try:
            return self.timings[intersection]
        except KeyError:
            raise unknown_name(f"plan {self.name!r}", "signal", intersection, self.timings) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.timings)

    def __len__(self) -> int:
        return len(self.timings)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.timings)

    def _table(self) -> Table:
        columns = Column("signal"), Column("cycle", "s"), Column("offset", "s"), Column("greens", "s")
        rows = [
            (key, timing.cycle_s, timing.offset_s, " ".join(f"{green:g}" for green in timing.greens_s))
            for key, timing in self.timings.items()
        ]
        return Table(f"TimingPlan {self.name}: {counted(len(self), 'signal')}", columns, rows)

"""Stages and what is shown between them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from trafficopt.table_repr import Table, Tabled
from trafficopt.units import Seconds

GREEN = "Gg"
YELLOW = "yY"


@dataclass(frozen=True, slots=True)
class Interval:
    """A row of a signal program: a green, or what lies between two greens (yellow, all-red).

    Attributes
    ----------
    state
        One letter for each head: `G` green, `g` green that yields, `y` yellow, `r` red.
    """

    state: str
    duration_s: Seconds


@dataclass(frozen=True, slots=True, repr=False)
class Stage(Tabled):
    """Movements that are green together, and what follows them.

    Attributes
    ----------
    state
        One letter for each head: `G` green, `g` green that yields, `r` red.
    intergreen
        What follows the green before the next stage of its plan: clearance of crossings, yellow, all-red.
    min_green_s, max_green_s
        Bounds of the displayed green that an optimizer keeps; stages that differ only in them are equal.
    """

    state: str
    intergreen: tuple[Interval, ...]
    min_green_s: Seconds = field(default=0.0, compare=False)
    max_green_s: Seconds = field(default=math.inf, compare=False)

    @property
    def intergreen_s(self) -> Seconds:
        """Time from the end of the green to the next stage."""
        return sum(interval.duration_s for interval in self.intergreen)

    def _table(self) -> Table:
        most = f" to {self.max_green_s:g} s" if math.isfinite(self.max_green_s) else " s or more"
        bounds = f"{self.min_green_s:g}{most}"
        return Table(f"Stage {self.state}: green {bounds}, then {self.intergreen_s:g} s of intergreen")

"""Offsets of a corridor and the bands that they give, seen from the greens alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from trafficopt.model.arterial_ways import Direction
from trafficopt.model.corridor import Corridor
from trafficopt.model.progression import TOLERANCE_S, Band, Window, widest_band
from trafficopt.table_repr import Column, Table, Tabled
from trafficopt.units import Seconds, SecondsArray

GRADES = ((0.125, "poor"), (0.245, "fair"), (0.365, "good"))
ATTAINABILITY_ADVICE = ((0.70, "major changes needed"), (0.99, "fine-tuning needed"))


@dataclass(frozen=True, slots=True, repr=False)
class BandPlan(Tabled):
    """Offsets and stage orders of a corridor with a fixed cycle and fixed travel times.

    Attributes
    ----------
    corridor
        With the cycle and the travel times that were chosen, where they could vary.
    model
        Name of the formulation.
    pattern
        Index of the pattern of each signal.
    offset_s
        Of each signal, within [0, cycle), shape (n,) [s]: when its plan starts.
    slack_s
        How much earlier (negative) and later each offset may be, shape (n, 2) [s], as long as the others stay
        within theirs; zeros where the model does not know.
    link_band_out_s, link_band_in_s
        Band of each link in models that have one for each, shape (n - 1,) [s]; empty in others.
    broken_out, broken_in
        Links over which a wave does not go on.
    value_s, bound_s
        What the model makes large, and what no plan exceeds: of two bands through all signals their sum [s],
        of bands by link the weighted sum over links less the price of breaks, divided by n - 1 [s].
    one_way
        The only direction that was looked at, where no trajectories both ways meet only greens.
    message
        What the user should know.
    """

    corridor: Corridor
    model: str
    pattern: tuple[int, ...]
    offset_s: SecondsArray = field(compare=False)
    slack_s: SecondsArray = field(compare=False)
    link_band_out_s: SecondsArray = field(compare=False)
    link_band_in_s: SecondsArray = field(compare=False)
    broken_out: tuple[int, ...]
    broken_in: tuple[int, ...]
    value_s: Seconds
    bound_s: Seconds
    one_way: Direction | None = None
    message: str = ""

    @property
    def cycle_s(self) -> Seconds:
        """The common cycle [s]."""
        return self.corridor.cycle_s[0]

    def band(self, direction: Direction) -> Band:
        """Widest band through all signals, from the offsets and greens alone."""
        return band_through(self.corridor, self.pattern, self.offset_s, Direction(direction))

    @property
    def efficiency(self) -> float:
        """Both bands as a share of two cycles."""
        return self._total_s / (2.0 * self.cycle_s)

    @property
    def attainability(self) -> float:
        """Both bands as a share of the shortest green each way."""
        return self._total_s / sum(self.shortest_green_s(direction) for direction in Direction)

    @property
    def one_way_best_s(self) -> Seconds:
        """Band that one direction alone could have [s]: its shortest green, of the better direction."""
        return max(float(self.corridor.longest_greens_s(direction).min()) for direction in Direction)

    @property
    def limiting(self) -> tuple[str, ...]:
        """Signals whose green begins or ends at an edge of a band."""
        touched = [self.limits(direction) for direction in Direction]
        return tuple(name for i, name in enumerate(self.corridor.names) if any(i in each for each in touched))

    def shortest_green_s(self, direction: Direction) -> Seconds:
        """Shortest green that a band of one direction passes [s]."""
        windows = (self.corridor.windows(i, p, direction) for i, p in enumerate(self.pattern))
        return min(green for ((_, green), *_) in windows)

    def limits(self, direction: Direction) -> frozenset[int]:
        """Signals that touch an edge of the band of one direction."""
        band = self.band(direction)
        return touching(self.corridor, self.pattern, self.offset_s, direction, band)

    @property
    def _total_s(self) -> Seconds:
        return sum(self.band(direction).width_s for direction in Direction)

    def _table(self) -> Table:
        slack = Column("earlier", "s", 1), Column("later", "s", 1)
        columns = Column("signal"), Column("stage order"), Column("offset", "s", 1), *slack
        rows = [
            (name, str(pattern + 1), offset_s, abs(before_s), after_s)
            for name, pattern, offset_s, (before_s, after_s) in zip(
                self.corridor.names, self.pattern, self.offset_s.tolist(), self.slack_s.tolist(), strict=True
            )
        ]
        widths = ", ".join(f"{direction} {self.band(direction).width_s:.1f} s" for direction in Direction)
        title = f"BandPlan of {self.corridor.name} ({self.model}): cycle {self.cycle_s:g} s, bands {widths}"
        return Table(title, columns, rows, (self.message,) if self.message else ())


def arcs(
    corridor: Corridor, pattern: Sequence[int], offset_s: SecondsArray, direction: Direction
) -> list[tuple[Window, ...]]:
    """Greens of each signal in absolute time [s], modulo the cycle."""
    cycle_s = corridor.cycle_s[0]
    return [
        tuple(((offset + start) % cycle_s, green) for start, green in corridor.windows(i, chosen, direction))
        for i, (chosen, offset) in enumerate(zip(pattern, offset_s.tolist(), strict=True))
    ]


def band_through(
    corridor: Corridor, pattern: Sequence[int], offset_s: SecondsArray, direction: Direction
) -> Band:
    """Widest band through all signals; its start is when it passes the direction's first stop line.

    Parameters
    ----------
    pattern, offset_s
        Of each signal, shape (n,).
    """
    travel_s = corridor.travel_s(direction)
    if direction is Direction.INBOUND:
        travel_s = travel_s - travel_s[-1]
    band = widest_band(arcs(corridor, pattern, offset_s, direction), travel_s, corridor.cycle_s[0])
    assert band is not None  # every signal has a green
    return band


def touching(
    corridor: Corridor, pattern: Sequence[int], offset_s: SecondsArray, direction: Direction, band: Band
) -> frozenset[int]:
    """Signals whose green begins at the band's front edge or ends at its rear edge; none without a band."""
    if band.width_s <= 0.0:
        return frozenset()
    cycle_s = corridor.cycle_s[0]
    travel_s = corridor.travel_s(direction)
    if direction is Direction.INBOUND:
        travel_s = travel_s - travel_s[-1]
    found = set()
    for i, windows in enumerate(arcs(corridor, pattern, offset_s, direction)):
        for start, green in windows:
            if green > cycle_s - TOLERANCE_S:
                continue
            front = _circular(start - travel_s[i] - band.start_s, cycle_s)
            rear = _circular(start + green - travel_s[i] - band.start_s - band.width_s, cycle_s)
            if min(abs(front), abs(rear)) < 10.0 * TOLERANCE_S:
                found.add(i)
    return frozenset(found)


def _circular(difference_s: Seconds, cycle_s: Seconds) -> Seconds:
    """Difference of two times on the circle of the cycle, between minus and plus half a cycle."""
    return float((difference_s + cycle_s / 2.0) % cycle_s - cycle_s / 2.0)


def grade(efficiency: float) -> str:
    """Word for an efficiency; the source of this table is not verified (see `docs/references.md`)."""
    return next((word for bound, word in GRADES if efficiency < bound), "great")


def advice(attainability: float) -> str:
    """Word for an attainability; the source of this table is not verified (see `docs/references.md`)."""
    found = (word for bound, word in ATTAINABILITY_ADVICE if attainability < bound)
    return next(found, "increase the shortest through green")


def rounded(plan: BandPlan) -> SecondsArray:
    """Give offsets in whole seconds near those of a plan, within its slack if it has any, shape (n,) [s]."""
    low, high = plan.offset_s + plan.slack_s[:, 0], plan.offset_s + plan.slack_s[:, 1]
    nearest = np.round(plan.offset_s)
    inside = np.where(nearest < low - TOLERANCE_S, np.ceil(low - TOLERANCE_S), nearest)
    inside = np.where(inside > high + TOLERANCE_S, np.floor(high + TOLERANCE_S), inside)
    fits = (inside >= low - TOLERANCE_S) & (inside <= high + TOLERANCE_S)
    return np.asarray(np.floor(np.where(fits, inside, nearest) % plan.cycle_s), dtype=np.float64)

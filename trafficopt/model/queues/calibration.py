"""Factors that bring the queue model in line with what was measured of one plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from trafficopt.model.queues.roads import Roads
from trafficopt.table_repr import Table, Tabled
from trafficopt.units import FloatArray, IntArray, read_only


@dataclass(frozen=True, slots=True, repr=False)
class Calibration(Tabled):
    """Factors on the theory of `physics.py`, and what they come from; a factor of 1 leaves the theory alone.

    Arrays of movements have shape (n,), arrays of links (m,), in the order of the queue model. Found and
    theoretical figures are nan where nothing was measured.

    Attributes
    ----------
    headway_factor
        Of the discharge headway of each movement.
    gap_factor
        Of the gap that each movement wants in the flow that goes first.
    time_factor
        Of the free travel time over each link.
    headway_s, headway_theory_s, headways
        Mean discharge headway found [s], the model's for the same places in the queue, and vehicles behind.
    delay_s, delay_before_s, delay_after_s
        Mean delay of a vehicle of each movement whose gap was fitted [s]: found, of the model without and
        with the factor.
    free_s, free_theory_s, free_vehicles
        Free travel time found over each link [s], the model's, and vehicles behind it.
    """

    movements: tuple[tuple[str, str], ...] = field(repr=False)
    headway_factor: FloatArray = field(repr=False)
    gap_factor: FloatArray = field(repr=False)
    headway_s: FloatArray = field(repr=False)
    headway_theory_s: FloatArray = field(repr=False)
    headways: FloatArray = field(repr=False)
    delay_s: FloatArray = field(repr=False)
    delay_before_s: FloatArray = field(repr=False)
    delay_after_s: FloatArray = field(repr=False)
    links: tuple[str, ...] = field(repr=False)
    time_factor: FloatArray = field(repr=False)
    free_s: FloatArray = field(repr=False)
    free_theory_s: FloatArray = field(repr=False)
    free_vehicles: FloatArray = field(repr=False)

    def __post_init__(self) -> None:
        for names, n in ((OF_MOVEMENTS, len(self.movements)), (OF_LINKS, len(self.links))):
            for name in names:
                if len(getattr(self, name)) != n:
                    raise ValueError(f"{name} has {len(getattr(self, name))} values instead of {n}")
                read_only(getattr(self, name))

    def apply(self, roads: Roads, movement_of: IntArray) -> None:
        """Write the factors into the arrays of a model with the same movements and links.

        Parameters
        ----------
        movement_of
            Movement of each connection.
        """
        roads.connections["headway_factor"] = self.headway_factor[movement_of]
        roads.connections["gap_factor"] = self.gap_factor[movement_of]
        roads.lanes["time_factor"] = self.time_factor[roads.lanes.link]

    def describe(self) -> str:
        """What was found beside the theory: a table of headways, one of gaps, one of free travel times."""
        names = [f"{a} -> {b}" for a, b in self.movements]
        headways = (self.headway_s, self.headway_theory_s, self.headways, self.headway_factor)
        gaps = (self.delay_s, self.delay_before_s, self.delay_after_s, self.gap_factor)
        times = (self.free_s, self.free_theory_s, self.free_vehicles, self.time_factor)
        return "\n\n".join(
            (
                _table("movement  headway [s]  theory [s]  vehicles  factor", names, headways),
                _table("movement  delay [s]  theory [s]  fitted [s]  gap factor", names, gaps),
                _table("link  free time [s]  theory [s]  vehicles  factor", self.links, times),
            )
        )

    def _table(self) -> Table:
        counts = [int((f != 1.0).sum()) for f in (self.headway_factor, self.gap_factor, self.time_factor)]
        return Table(f"Calibration: {counts[0]} headways, {counts[1]} gaps, {counts[2]} travel times")


OF_MOVEMENTS = (
    *("headway_factor", "gap_factor", "headway_s", "headway_theory_s", "headways"),
    *("delay_s", "delay_before_s", "delay_after_s"),
)
OF_LINKS = ("time_factor", "free_s", "free_theory_s", "free_vehicles")


def _table(head: str, names: Sequence[str], columns: tuple[FloatArray, ...]) -> str:
    """Rows of which something was measured."""
    lines = [head]
    for name, *values in zip(names, *columns, strict=True):
        if not np.isnan(values[0]):
            lines.append("  ".join((name, *(f"{value:.4g}" for value in values))))
    return "\n".join(lines)

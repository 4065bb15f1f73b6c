"""What a plan may be: bounds that the optimizer keeps."""

from __future__ import annotations

from dataclasses import dataclass

from trafficopt.units import Seconds


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a timing plan.

    Stages and intergreens are those of the field plan (profile `keep`).

    Attributes
    ----------
    min_green_s
        Shortest green of a stage; a stage that the field plan shows for less keeps that green.
    min_cycle_s, max_cycle_s
        Range of the cycle.
    """

    profile: str = "keep"
    min_green_s: Seconds = 5.0
    min_cycle_s: Seconds = 30.0
    max_cycle_s: Seconds = 120.0

    def __post_init__(self) -> None:
        if not 0 < self.min_green_s < self.min_cycle_s <= self.max_cycle_s:
            raise ValueError("0 < min_green_s < min_cycle_s <= max_cycle_s must hold")

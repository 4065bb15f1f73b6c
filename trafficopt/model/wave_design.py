"""Choices of offsets for the arterials of a network: their bands, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from trafficopt.plan import TimingPlan
from trafficopt.units import Seconds


@dataclass(frozen=True, slots=True)
class WaveChoice:
    """Offsets that weigh bands and delay in one way.

    Attributes
    ----------
    band_value
        Delay [veh*s/s] that a second of band was worth; None of offsets that were there before.
    plan
        The plan with these offsets.
    band
        Of the arterials, as a share of what their greens allow on each link, weighted by traffic.
    n_breaks
        Times that a wave ends at a link and another begins.
    delay_s, stops
        Mean of all vehicles, by the queue model.
    """

    band_value: float | None
    plan: TimingPlan = field(repr=False)
    band: float
    n_breaks: int
    delay_s: Seconds
    stops: float


@dataclass(frozen=True, slots=True)
class WaveDesign:
    """What waves a plan's greens allow.

    Attributes
    ----------
    given
        The offsets that the plan had.
    choices
        From the widest bands to the least delay.
    arterials
        Names of those that have waves.
    left_out
        Why others have none, by name.
    """

    given: WaveChoice
    choices: tuple[WaveChoice, ...]
    arterials: tuple[str, ...]
    left_out: Mapping[str, str]

    def widest(self, keep: float = 1.0) -> WaveChoice:
        """The choice of least delay among those with at least a share of the widest bands."""
        most = max(choice.band for choice in self.choices)
        kept = [choice for choice in self.choices if choice.band >= keep * most - 1e-9]
        return min(kept, key=lambda choice: choice.delay_s)

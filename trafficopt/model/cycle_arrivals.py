"""Arrivals at a stop line by time of day and by time in the signal's cycle."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from trafficopt.errors import InputError
from trafficopt.intersection import Intersection
from trafficopt.model.progression import Window, green_windows
from trafficopt.model.queues.passages import Passages
from trafficopt.plan import SignalTiming
from trafficopt.table_repr import Tabled
from trafficopt.units import BoolArray, Seconds, SecondsArray, read_only
from trafficopt.unknown_name import unknown_name

SAME_MOMENT_S = 1e-9  # sums of decimal greens are not exact


@dataclass(frozen=True, slots=True, repr=False)
class CycleArrivals(Tabled):
    """When each vehicle of a movement came to the stop line.

    Time in the cycle runs from the end of the movement's green, of the longest one if there are several:
    first red, yellow included, then green. Without a green, or a red, it runs from the plan's offset.

    Attributes
    ----------
    movement
        Id, `from->to`.
    at_s
        Arrivals [s from midnight], ascending, shape (n,).
    in_cycle_s
        The same as time in the cycle [s], shape (n,).
    on_green
        Whether the movement showed green then, bool array of shape (n,).
    cycle_s
        Cycle of the signal.
    greens
        Start and length of each green in the time of the cycle [s], ascending.
    """

    movement: str
    at_s: SecondsArray = field(repr=False)
    in_cycle_s: SecondsArray = field(repr=False)
    on_green: BoolArray = field(repr=False)
    cycle_s: Seconds
    greens: tuple[Window, ...]

    def __post_init__(self) -> None:
        for array in (self.at_s, self.in_cycle_s, self.on_green):
            read_only(array)

    @property
    def green_share(self) -> float:
        """Green over cycle."""
        return sum(length for _, length in self.greens) / self.cycle_s

    @property
    def on_green_share(self) -> float:
        """Share of arrivals on green; nan if nobody came."""
        return float(self.on_green.mean()) if len(self.on_green) else float("nan")

    @property
    def platoon_ratio(self) -> float:
        """Share of arrivals on green over green / cycle; nan if nobody came, or it is never green."""
        return self.on_green_share / self.green_share if self.greens else float("nan")


def cycle_arrivals(
    passages: Passages, intersection: Intersection, movement: str, timing: SignalTiming, begin_s: Seconds
) -> CycleArrivals:
    """Lay the arrivals of a movement of the queue model out by the cycle of its signal.

    A vehicle arrives when it would have passed the stop line if nothing had held it.

    Parameters
    ----------
    movement
        Id, `from->to`.
    timing
        Of the intersection in the plan that the passages were modeled with.
    begin_s
        Begin of the window [s from midnight], from which passages are counted.

    Raises
    ------
    InputError
        If the intersection has no such movement, or the passages are of another network.
    """
    found = next((each for each in intersection.movements if each.id == movement), None)
    if found is None:
        raise unknown_name(
            intersection.id, "movement", movement, [each.id for each in intersection.movements]
        )
    pair = (found.from_link, found.to_link)
    if pair not in passages.movements:
        raise InputError(movement, "is not in the passages", "take those of a model of this network")
    at_s = np.sort(passages.reached_s[passages.movement == passages.movements.index(pair)]) + begin_s
    windows, cycle_s = green_windows(timing, found.heads), timing.cycle_s
    start_s, length_s = max(windows, key=lambda window: window[1], default=(timing.offset_s, 0.0))
    zero_s = start_s + length_s
    in_cycle_s = (at_s - zero_s + SAME_MOMENT_S) % cycle_s
    greens = tuple(sorted(((start - zero_s) % cycle_s, length) for start, length in windows))
    on_green = np.zeros(len(at_s), dtype=np.bool_)
    for start, length in greens:
        on_green |= (in_cycle_s - start) % cycle_s < length
    return CycleArrivals(movement, at_s, in_cycle_s, on_green, cycle_s, greens)

"""What each signal of a corridor may show: which pattern, and which of its greens the bands use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trafficopt.errors import InputError
from trafficopt.model.arterial_ways import Direction
from trafficopt.model.corridor import Corridor, CorridorSignal, Span
from trafficopt.model.progression import TOLERANCE_S
from trafficopt.units import BoolArray, FloatArray, IntArray, Seconds, SecondsArray


@dataclass(frozen=True, slots=True)
class Choice:
    """One way in which bands pass a signal; spans are within the corridor's cycle.

    Attributes
    ----------
    pattern
        Index into `CorridorSignal.patterns`.
    """

    pattern: int
    start_out: Span
    green_out: Span
    start_in: Span
    green_in: Span


ALWAYS = Span(0.0, 1.0)


def choices(corridor: Corridor, signal: CorridorSignal) -> tuple[Choice, ...]:
    """List the ways in which bands pass a signal.

    A green of the signal's whole cycle is `ALWAYS`. A signal with half the cycle is green twice in it: the
    inbound band may take the same of its two cycles as the outbound one, or the other. Which of the two the
    outbound band takes is decided by the offset.
    """
    times = 2 if signal.double_cycle else 1
    found = []
    for number, each in enumerate(signal.patterns):
        out, green_out, back, green_in = (
            Span(span.seconds, span.share / times)
            for span in (each.start_out, each.green_out, each.start_in, each.green_in)
        )
        if all(green_out.at(cycle) > cycle / times - TOLERANCE_S for cycle in corridor.cycle_s):
            green_out = ALWAYS
        if all(green_in.at(cycle) > cycle / times - TOLERANCE_S for cycle in corridor.cycle_s):
            green_in = ALWAYS
        for which in range(times):
            start_in = Span(back.seconds, back.share + which / times)
            found.append(Choice(number, out, green_out, start_in, green_in))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class FixedCorridor:
    """Arrays of a corridor whose cycle and travel times are given; n signals with up to k choices each.

    Attributes
    ----------
    start_out_s, green_out_s, start_in_s, green_in_s
        Of each choice, shape (n, k) [s]. Where a signal has fewer choices its first is repeated.
    pattern
        Of each choice, shape (n, k).
    travel_out_s, travel_in_s
        From one signal to the next less the time that queues get to clear, shape (n - 1,) [s].
    weight_out, weight_in
        Of each link, shape (n - 1,).
    """

    cycle_s: Seconds
    start_out_s: SecondsArray
    green_out_s: SecondsArray
    start_in_s: SecondsArray
    green_in_s: SecondsArray
    pattern: IntArray
    travel_out_s: SecondsArray
    travel_in_s: SecondsArray
    weight_out: FloatArray
    weight_in: FloatArray

    @property
    def n(self) -> int:
        """Number of signals."""
        return len(self.pattern)

    def always(self, green_s: SecondsArray) -> BoolArray:
        """Which greens have no end."""
        return np.asarray(green_s > self.cycle_s - TOLERANCE_S)


def fixed(corridor: Corridor) -> FixedCorridor:
    """Collect the arrays of a corridor.

    Raises
    ------
    InputError
        If its cycle or its travel times are not fixed.
    """
    if not corridor.is_fixed:
        remedy = "fix them with Corridor.at, or use the mixed-integer program"
        raise InputError(corridor.name, "has a cycle or travel times that may vary", remedy)
    cycle_s = corridor.cycle_s[0]
    of_signal = [choices(corridor, signal) for signal in corridor.signals]
    width = max(map(len, of_signal))
    table = [[*each, *(each[:1] * (width - len(each)))] for each in of_signal]

    def seconds(field: str) -> SecondsArray:
        return np.array([[getattr(choice, field).at(cycle_s) for choice in row] for row in table])

    return FixedCorridor(
        cycle_s,
        seconds("start_out"),
        seconds("green_out"),
        seconds("start_in"),
        seconds("green_in"),
        np.array([[choice.pattern for choice in row] for row in table]),
        np.diff(corridor.travel_s(Direction.OUTBOUND)),
        -np.diff(corridor.travel_s(Direction.INBOUND)),
        np.array([link.weight_out for link in corridor.links]),
        np.array([link.weight_in for link in corridor.links]),
    )

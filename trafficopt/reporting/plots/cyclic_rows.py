"""What time-space diagrams share: how thick a row of bars is, and when something cyclic can be seen."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from trafficopt.units import FloatArray, Seconds, SecondsArray


def row_height(positions_m: FloatArray) -> float:
    """Height of a row [m]: thin, and less where stop lines are close."""
    length = float(positions_m[-1]) or 100.0
    gaps = np.diff(positions_m)
    closest = float(gaps.min()) if len(gaps) else length
    return max(0.006 * length, min(0.016 * length, 0.4 * closest))


def visible_starts(
    start_s: Seconds, cycle_s: Seconds, travel_s: SecondsArray, width_s: Seconds, span_s: Seconds
) -> Iterable[Seconds]:
    """Yield the starts, one a cycle, of everything that can be seen within [0, span]."""
    first = int(np.floor((-float(travel_s.max()) - width_s - start_s) / cycle_s))
    last = int(np.ceil((span_s - float(travel_s.min()) - start_s) / cycle_s))
    for k in range(first, last + 1):
        at_s = start_s + k * cycle_s
        if at_s + float(travel_s.max()) + width_s > 0 and at_s + float(travel_s.min()) < span_s:
            yield at_s

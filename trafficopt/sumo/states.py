"""What a signal shows at a moment, going by its timing."""

from __future__ import annotations

from collections.abc import Iterator

from trafficopt.network import Intersection, Interval
from trafficopt.plan import SignalTiming
from trafficopt.units import Seconds


def intervals(intersection: Intersection, timing: SignalTiming) -> Iterator[Interval]:
    """Greens and intergreens of one cycle in the order shown, from the first stage's green on."""
    for index, green in zip(timing.stages, timing.greens_s, strict=True):
        stage = intersection.stages[index]
        yield Interval(stage.state, green)
        yield from stage.intergreen


def state_at(intersection: Intersection, timing: SignalTiming, t_s: Seconds) -> str:
    """State string that the signal shows at `t_s` [s from midnight].

    Examples
    --------
    >>> import numpy as np
    >>> from trafficopt.network import Stage
    >>> amber = Interval("yr", 3.0), Interval("ry", 3.0)
    >>> stages = Stage("Gr", amber[:1], 5.0, 60.0), Stage("rG", amber[1:], 5.0, 60.0)
    >>> node = Intersection("A", 0.0, 0.0, 2, (), (), np.zeros((2, 2), dtype=bool), stages)
    >>> timing = SignalTiming((0, 1), (20.0, 24.0), cycle_s=50.0, offset_s=10.0)
    >>> [state_at(node, timing, t) for t in (9.0, 10.0, 30.0, 33.0, 57.0)]
    ['ry', 'Gr', 'yr', 'rG', 'ry']
    """
    # A billionth of a second apart is the same moment: sums of decimal greens are not exact.
    left = (t_s - timing.offset_s + 1e-9) % timing.cycle_s
    state = ""
    for interval in intervals(intersection, timing):
        state = interval.state
        if left < interval.duration_s:
            break
        left -= interval.duration_s
    return state

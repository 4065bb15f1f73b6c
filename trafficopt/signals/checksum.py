"""A short sum by which two copies of a timing are told to be the same."""

from __future__ import annotations

import hashlib

from trafficopt.plan import SignalTiming


def timing_checksum(timing: SignalTiming) -> str:
    """First eight hexadecimal digits of the SHA-256 of all that a signal shows: states, times and offset.

    Examples
    --------
    >>> from trafficopt.stage import Interval, Stage
    >>> stages = (Stage("Gr", (Interval("yr", 3.0),)), Stage("rG", (Interval("ry", 3.0),)))
    >>> timing_checksum(SignalTiming(stages, (20.0, 24.0), cycle_s=50.0, offset_s=10.0))
    '3b58b944'
    """
    rows = [
        f"offset {timing.offset_s:.3f}",
        *(f"{row.state} {row.duration_s:.3f}" for row in timing.intervals),
    ]
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:8]

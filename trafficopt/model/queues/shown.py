"""What signals show, second by second, as flat arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from trafficopt.model.queues.records import Records, records
from trafficopt.plan import SignalTiming
from trafficopt.units import IntArray

RED, YELLOW, YIELD, GO, STOP_FIRST = 0, 1, 2, 3, 4
_LETTERS = np.zeros(256, dtype=np.int64)
for _letter, _kind in {
    "y": YELLOW,
    "Y": YELLOW,
    "u": RED,
    "g": YIELD,
    "G": GO,
    "s": STOP_FIRST,
    "o": YIELD,
    "O": GO,
}.items():
    _LETTERS[ord(_letter)] = _kind


class Shown(NamedTuple):
    """Rows of each signal's program.

    Attributes
    ----------
    signals
        `cycle`: whole seconds; `shift`: second of the cycle at the begin of the window; `second_at`,
        `row_at`, `kind_at`: where it begins in the other arrays; `n_heads`.
    row
        Row by second of the cycle: `row[second_at + second]`.
    row_start
        Second of the cycle at which each row begins.
    kind
        RED, YELLOW, YIELD, GO or STOP_FIRST by row and head: `kind[kind_at + row * n_heads + head]`.
    opens
        Row of the same layout in which a head that is not green now is green next; -1: never.
    """

    signals: Records
    row: IntArray
    row_start: IntArray
    kind: IntArray
    opens: IntArray


def build_shown(timings: Sequence[SignalTiming], begin_s: float) -> Shown:
    """Rows of all signals in order, from the begin of the window."""
    cycle, shift, rows, row_start, kinds, opens, n_heads = [], [], [], [], [], [], []
    second_at, row_at, kind_at = [0], [0], [0]
    for timing in timings:
        intervals = [i for i in timing.intervals if i.duration_s > 0] or list(timing.intervals[:1])
        ends = np.rint(np.cumsum([i.duration_s for i in intervals])).astype(np.int64)
        starts = np.concatenate([[0], ends[:-1]])
        seconds = max(1, int(ends[-1]))
        rows.append(np.repeat(np.arange(len(intervals)), np.diff(np.append(starts, max(ends[-1], 1)))))
        table = _LETTERS[np.frombuffer("".join(i.state for i in intervals).encode("ascii"), dtype=np.uint8)]
        table = table.reshape(len(intervals), -1)
        cycle.append(seconds)
        shift.append(round(begin_s - timing.offset_s) % seconds)
        row_start.append(starts)
        kinds.append(table.ravel())
        opens.append(_opens(table).ravel())
        n_heads.append(table.shape[1])
        second_at.append(second_at[-1] + seconds)
        row_at.append(row_at[-1] + len(intervals))
        kind_at.append(kind_at[-1] + table.size)
    return Shown(
        signals=records(
            {
                "cycle": cycle,
                "shift": shift,
                "second_at": second_at[:-1],
                "row_at": row_at[:-1],
                "kind_at": kind_at[:-1],
                "n_heads": n_heads,
            },
            {},
        ),
        row=_joined(rows),
        row_start=_joined(row_start),
        kind=_joined(kinds),
        opens=_joined(opens),
    )


def _joined(parts: Sequence[IntArray]) -> IntArray:
    return np.concatenate(parts).astype(np.int64) if len(parts) else np.zeros(0, dtype=np.int64)


def _opens(table: IntArray) -> IntArray:
    """Next row with green for each row and head, shape like `table`; -1: never."""
    n = len(table)
    green = table >= YIELD
    found = np.full_like(table, -1)
    upcoming = np.full(table.shape[1], -1)
    for row in range(2 * n - 1, -1, -1):
        upcoming = np.where(green[row % n], row % n, upcoming)
        found[row % n] = upcoming
    return found

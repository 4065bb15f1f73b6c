"""What signals show, second by second, as flat arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from trafficopt.model.queues.records import Records, blank_records
from trafficopt.plan import SignalTiming
from trafficopt.stage import Stage
from trafficopt.units import IntArray, Seconds

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


class _Rows(NamedTuple):
    """One signal's program from the begin of its first stage: what `Shown` has of all of them."""

    row: IntArray
    row_start: IntArray
    kind: IntArray
    opens: IntArray
    n_heads: int


def build_shown(timings: Mapping[int, SignalTiming], n_signals: int, begin_s: float) -> Shown:
    """Rows of the signals that a model sees, from the begin of the window.

    Parameters
    ----------
    timings
        By index of the signal; no vehicle may come to one of the others.
    n_signals
        Of the network.
    """
    seen = np.fromiter(timings, np.int64, len(timings))
    parts = [_rows(timing.stages, timing.greens_s) for timing in timings.values()]
    cycles = np.array([len(part.row) for part in parts], dtype=np.int64)
    offsets = np.array([round(begin_s - timing.offset_s) for timing in timings.values()], dtype=np.int64)
    names = ("cycle", "shift", "second_at", "row_at", "kind_at", "n_heads")
    signals = blank_records(names, (), n_signals)
    signals["cycle"] = 1
    signals["cycle"][seen] = cycles
    signals["shift"][seen] = offsets % cycles
    signals["second_at"][seen] = np.cumsum(cycles) - cycles
    signals["row_at"][seen] = _starts([len(part.row_start) for part in parts])
    signals["kind_at"][seen] = _starts([len(part.kind) for part in parts])
    signals["n_heads"][seen] = [part.n_heads for part in parts]
    return Shown(
        signals=signals,
        row=_joined([part.row for part in parts]),
        row_start=_joined([part.row_start for part in parts]),
        kind=_joined([part.kind for part in parts]),
        opens=_joined([part.opens for part in parts]),
    )


@lru_cache(maxsize=4096)  # from plan to plan few signals change
def _rows(stages: tuple[Stage, ...], greens_s: tuple[Seconds, ...]) -> _Rows:
    every = SignalTiming(stages, greens_s, 1.0, 0.0).intervals
    intervals = [i for i in every if i.duration_s > 0] or list(every[:1])
    ends = np.rint(np.cumsum([i.duration_s for i in intervals])).astype(np.int64)
    starts = np.concatenate([[0], ends[:-1]])
    lengths = np.diff(np.append(starts, max(ends[-1], 1)))
    table = _LETTERS[np.frombuffer("".join(i.state for i in intervals).encode("ascii"), dtype=np.uint8)]
    table = table.reshape(len(intervals), -1)
    rows = np.repeat(np.arange(len(intervals)), lengths)
    return _Rows(rows, starts, table.ravel(), _opens(table).ravel(), table.shape[1])


def _starts(sizes: Sequence[int]) -> IntArray:
    """Where each part begins in the joined array, shape (n,)."""
    return np.cumsum(sizes, dtype=np.int64) - np.array(sizes, dtype=np.int64)


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

"""Arrays of records: one row a thing, one field a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Records = Any  # numpy record arrays, whose fields the type checker cannot follow


def records(whole: Mapping[str, Any], real: Mapping[str, Any]) -> Records:
    """Record array with columns of whole (32-bit) and real numbers, all of one length."""
    size = len(next(iter((*whole.values(), *real.values()))))
    table = blank_records(tuple(whole), tuple(real), size)
    for name, column in {**whole, **real}.items():
        table[name] = column
    return table


def blank_records(whole: Sequence[str], real: Sequence[str], size: int) -> Records:
    """Record array of zeros."""
    fields = [*((name, np.int32) for name in whole), *((name, np.float64) for name in real)]
    return np.zeros(size, dtype=fields).view(np.recarray)

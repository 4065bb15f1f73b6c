"""How demand goes through the day: flows by time slice, read from a CSV file."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from trafficopt.errors import InputError
from trafficopt.table_repr import Column, Table, Tabled
from trafficopt.units import Seconds, VehiclesPerHourArray, clock, read_only

CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d))?")
REMEDY = "write a column `time` (07:15) or `begin_s` (26100) in equal steps, and columns in veh/h beside it"


@dataclass(frozen=True, slots=True, repr=False)
class DemandProfile(Tabled):
    """Flows through the day in equal time slices.

    Attributes
    ----------
    begin_s
        Begin of the first slice, from midnight.
    slice_s
        Length of a slice.
    series
        Names of what was counted: directions of an arterial, movements, or all traffic as one.
    flow_veh_h
        Shape (n_series, n_slices) [veh/h].
    """

    begin_s: Seconds
    slice_s: Seconds
    series: tuple[str, ...]
    flow_veh_h: VehiclesPerHourArray = field(repr=False)

    def __post_init__(self) -> None:
        shape = self.flow_veh_h.shape
        if len(shape) != 2 or shape[0] != len(self.series) or 0 in shape:
            raise ValueError(f"flows of shape {shape} do not fit {len(self.series)} series")
        if not (np.isfinite(self.flow_veh_h) & (self.flow_veh_h >= 0)).all():
            raise ValueError("flows must be finite and not negative")
        if not (0 <= self.begin_s < math.inf and 0 < self.slice_s < math.inf):
            raise ValueError(f"slices of {self.slice_s} s from {self.begin_s} s on are impossible")
        read_only(self.flow_veh_h)

    @property
    def n_slices(self) -> int:
        """Number of time slices."""
        return int(self.flow_veh_h.shape[1])

    @property
    def end_s(self) -> Seconds:
        """End of the last slice."""
        return self.begin_s + self.n_slices * self.slice_s

    def mean_veh_h(self, begin_s: Seconds, end_s: Seconds) -> VehiclesPerHourArray:
        """Mean flow of each series in a part of the day, shape (n_series,) [veh/h].

        Raises
        ------
        ValueError
            If the part is empty, or not within the profile.
        """
        if not self.begin_s <= begin_s < end_s <= self.end_s:
            raise ValueError(f"{begin_s:g} s to {end_s:g} s is no part of the profile")
        starts = self.begin_s + self.slice_s * np.arange(self.n_slices)
        shared_s = np.minimum(starts + self.slice_s, end_s) - np.maximum(starts, begin_s)
        mean: VehiclesPerHourArray = self.flow_veh_h @ np.maximum(shared_s, 0.0) / (end_s - begin_s)
        return mean

    def _table(self) -> Table:
        columns = Column("series"), Column("mean", "veh/h"), Column("peak", "veh/h"), Column("peak at")
        rows = [
            (
                name,
                float(flow.mean()),
                float(flow.max()),
                clock(self.begin_s + int(flow.argmax()) * self.slice_s),
            )
            for name, flow in zip(self.series, self.flow_veh_h, strict=True)
        ]
        hours = f"{clock(self.begin_s)} to {clock(self.end_s)}"
        return Table(f"DemandProfile from {hours} in slices of {self.slice_s:g} s", columns, rows)


def read_demand_profile(path: str | Path) -> DemandProfile:
    """Read a profile: a column `time` (7:15, 07:15:00) or `begin_s`, and a column in veh/h for each series.

    Raises
    ------
    InputError
        With all faults of the file.
    """
    path = Path(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            lines = [
                (number, row) for number, row in enumerate(csv.reader(stream, strict=True), 1) if any(row)
            ]
    except OSError as error:
        raise InputError(path, error.strerror or str(error), "check the path") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(path, f"is no CSV file: {error}", REMEDY) from None
    header = [cell.strip() for cell in lines[0][1]] if lines else []
    if faults := [*_header_faults(header), *([] if len(lines) > 2 else ["has fewer than two time slices"])]:
        raise InputError(path, faults, REMEDY)
    at = header.index("time" if "time" in header else "begin_s")
    rows = [(number, [cell.strip() for cell in row]) for number, row in lines[1:]]
    times = [_time_s(row[at], header[at]) if len(row) == len(header) else math.nan for _, row in rows]
    faults = [fault for number, row in rows for fault in _row_faults(number, row, header, at)]
    if faults := [*faults, *_step_faults([number for number, _ in rows], times)]:
        raise InputError(path, faults, REMEDY)
    flows = [[float(cell) for k, cell in enumerate(row) if k != at] for _, row in rows]
    names = tuple(name for k, name in enumerate(header) if k != at)
    return DemandProfile(times[0], times[1] - times[0], names, np.array(flows, dtype=np.float64).T.copy())


def _header_faults(header: Sequence[str]) -> Iterator[str]:
    n_times = sum(name in ("time", "begin_s") for name in header)
    if n_times != 1:
        yield f"has {n_times or 'no'} columns named `time` or `begin_s`; one is needed"
    if len(header) <= n_times:
        yield "has no column with flows"
    for k, name in enumerate(header, start=1):
        if not name:
            yield f"column {k} has no name"
        elif name in header[: k - 1] and name not in ("time", "begin_s"):
            yield f"two columns are named {name!r}"


def _row_faults(number: int, row: Sequence[str], header: Sequence[str], at: int) -> Iterator[str]:
    if len(row) != len(header):
        yield f"line {number} has {len(row)} cells; the header has {len(header)}"
        return
    for k, (name, cell) in enumerate(zip(header, row, strict=True)):
        if k == at and not 0 <= _time_s(cell, name) < math.inf:
            yield f"line {number}: {name} {cell!r} is no time of day"
        elif k != at and not 0 <= _number(cell) < math.inf:
            yield f"line {number}: {name} {cell!r} is no flow in veh/h"


def _step_faults(numbers: Sequence[int], times_s: Sequence[Seconds]) -> Iterator[str]:
    """Slices of unequal length; nan is a time that was faulty already."""
    step = times_s[1] - times_s[0]
    if step <= 0:
        yield f"line {numbers[1]} does not begin later than line {numbers[0]}"
        return
    for number, before, now in zip(numbers[1:], times_s, times_s[1:], strict=False):
        if abs(now - before - step) > 1e-6:
            yield f"line {number} begins {now - before:g} s after the one before, not {step:g} s as at first"


def _time_s(text: str, column: str) -> Seconds:
    """Seconds from midnight; nan where `text` is no time."""
    if column == "begin_s":
        return _number(text)
    match = CLOCK.fullmatch(text)
    return 3600.0 * int(match[1]) + 60.0 * int(match[2]) + int(match[3] or 0) if match else math.nan


def _number(text: str) -> float:
    """A number; nan where `text` is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan

"""Units carried in types: numbers and arrays say what they measure."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import numpy as np
from numpy.typing import NDArray

Seconds: TypeAlias = Annotated[float, "s"]
Meters: TypeAlias = Annotated[float, "m"]
MetersPerSecond: TypeAlias = Annotated[float, "m/s"]
VehiclesPerHour: TypeAlias = Annotated[float, "veh/h"]

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]

SecondsArray: TypeAlias = Annotated[FloatArray, "s"]
VehiclesPerHourArray: TypeAlias = Annotated[FloatArray, "veh/h"]

KM_H_PER_M_S = 3.6


def clock(t_s: Seconds) -> str:
    """Write a time from midnight as hours and minutes, with seconds where there are any.

    Examples
    --------
    >>> clock(26100.0), clock(26130.0), clock(86400.0)
    ('07:15', '07:15:30', '24:00')
    """
    minutes, seconds = divmod(round(t_s), 60)
    text = f"{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{text}:{seconds:02d}" if seconds else text


def read_only(array: NDArray[np.generic]) -> None:
    """Make `array` read-only, so that frozen types stay frozen."""
    array.setflags(write=False)

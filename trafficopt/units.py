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


def read_only(array: NDArray[np.generic]) -> None:
    """Make `array` read-only, so that frozen types stay frozen."""
    array.setflags(write=False)

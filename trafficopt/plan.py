"""Timing plans: only what is decided."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from trafficopt.errors import InputError
from trafficopt.units import Seconds

FORMAT = "trafficopt-plan/1"


@dataclass(frozen=True, slots=True)
class SignalTiming:
    """Timing of one signalized intersection.

    Attributes
    ----------
    stages
        Indices into the intersection's stages, in the order they are shown.
    greens_s
        Displayed green of each shown stage.
    cycle_s
        Greens and intergreens add up to it exactly.
    offset_s
        The first shown stage turns green at every t with (t - offset) mod cycle = 0, t from midnight.
    """

    stages: tuple[int, ...]
    greens_s: tuple[Seconds, ...]
    cycle_s: Seconds
    offset_s: Seconds

    def __post_init__(self) -> None:
        if len(self.stages) != len(self.greens_s):
            raise ValueError("one green is needed for each stage")
        if not all(0 <= green < math.inf for green in self.greens_s):
            raise ValueError(f"greens {self.greens_s} s must be finite and not negative")
        if not 0 < self.cycle_s < math.inf:
            raise ValueError(f"a cycle of {self.cycle_s} s is impossible")
        if not 0 <= self.offset_s < self.cycle_s:
            raise ValueError(f"offset {self.offset_s} s is outside the cycle of {self.cycle_s} s")


@dataclass(frozen=True, slots=True)
class TimingPlan:
    """Timings by intersection id; a signal that is absent runs what the scenario has."""

    name: str
    timings: Mapping[str, SignalTiming]

    def __post_init__(self) -> None:
        object.__setattr__(self, "timings", MappingProxyType(dict(self.timings)))

    def __reduce__(self) -> tuple[Any, ...]:
        return TimingPlan, (self.name, dict(self.timings))

    def __getitem__(self, intersection: str) -> SignalTiming:
        return self.timings[intersection]

    def __iter__(self) -> Iterator[str]:
        return iter(self.timings)

    def __len__(self) -> int:
        return len(self.timings)

    def __repr__(self) -> str:
        rows = [f"TimingPlan {self.name}: {len(self)} signals", "signal  cycle_s  offset_s  greens_s"]
        for key, timing in list(self.timings.items())[:12]:
            greens = " ".join(f"{green:g}" for green in timing.greens_s)
            rows.append(f"{key}  {timing.cycle_s:g}  {timing.offset_s:g}  {greens}")
        if len(self) > 12:
            rows.append(f"... {len(self) - 12} more")
        return "\n".join(rows)

    def to_json(self) -> str:
        """Text of the plan's JSON file, the same bytes for the same plan."""
        signals = {
            key: {
                "cycle_s": float(timing.cycle_s),
                "offset_s": float(timing.offset_s),
                "stages": list(timing.stages),
                "greens_s": [float(green) for green in timing.greens_s],
            }
            for key, timing in sorted(self.timings.items())
        }
        return json.dumps({"format": FORMAT, "name": self.name, "signals": signals}, indent=1) + "\n"


def read_plan_json(path: Path) -> TimingPlan:
    """Read a plan that `TimingPlan.to_json` wrote.

    Raises
    ------
    InputError
        If the file is missing, is not JSON, or lacks a field.
    """
    remedy = "use a plan.json that trafficopt wrote, or a SUMO additional file with <tlLogic>"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.get("format") != FORMAT:
            raise InputError(path, f"format is {data.get('format')!r}, not {FORMAT!r}", remedy)
        timings = {
            key: SignalTiming(
                tuple(int(stage) for stage in row["stages"]),
                tuple(float(green) for green in row["greens_s"]),
                float(row["cycle_s"]),
                float(row["offset_s"]),
            )
            for key, row in data["signals"].items()
        }
    except OSError as error:
        raise InputError(path, error.strerror or "cannot be read", "check the path") from None
    except KeyError as error:
        raise InputError(path, f"field {error} is missing", remedy) from None
    except (json.JSONDecodeError, ValueError, TypeError, AttributeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(path, str(error), remedy) from None
    return TimingPlan(str(data.get("name", path.stem)), timings)

"""Values of a matrix, with everything that is wrong with them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from trafficopt.batch.method import Method, parse_method
from trafficopt.errors import InputError
from trafficopt.limits import PROFILES
from trafficopt.sumo.input_files import ScenarioFiles, scenario_files

LARGEST_SEED = 2**31 - 1  # of SUMO
LARGEST_DEMAND = 10.0
LARGEST = 1e300  # nan and inf are no numbers of a matrix, nor is what no float can be
DEFAULT_SEEDS = 5
Value = TypeVar("Value")


class Reader:
    """Takes values from a table, and gathers faults instead of stopping at the first.

    Attributes
    ----------
    faults
        What is wrong with the values that were taken so far, each with its key.
    """

    def __init__(self, table: Mapping[str, Any], folder: Path) -> None:
        self.table, self.folder = table, folder
        self.faults: list[str] = []
        self._asked: list[str] = []

    def unknown(self) -> list[str]:
        """Say which keys nobody asked for."""
        known = ", ".join(self._asked)
        return [f"key {key!r} is unknown; keys are {known}" for key in self.table if key not in self._asked]

    def scenarios(self) -> tuple[tuple[ScenarioFiles, ...], tuple[str, ...]]:
        """Files of each scenario, and how the matrix names it."""
        names = self._texts("scenarios", ())
        if not names and "scenarios" not in self.table:
            self.faults.append("key 'scenarios' is missing: name a .sumocfg, or a folder with scenario.toml")

        def found(name: str) -> ScenarioFiles:
            try:
                return scenario_files(self.folder / name)
            except InputError as error:
                raise ValueError(f"{error.where}: {'; '.join(error.faults)} ({error.remedy})") from None

        return self._each("scenarios", names, found), tuple(names)

    def methods(self) -> tuple[Method, ...]:
        """The methods; the field plan and a search where the matrix has none."""
        texts = self._texts("methods", ("shipped", "optimize"))
        return self._each("methods", texts, lambda text: parse_method(text, self.folder))

    def demand(self) -> tuple[float, ...]:
        """Factors of the demand."""

        def factor(value: object) -> float:
            if not _is_number(value) or not 0 < float(value) <= LARGEST_DEMAND:  # type: ignore[arg-type]
                raise ValueError(f"{value!r} is no number above 0, {LARGEST_DEMAND:g} at most")
            return float(value)  # type: ignore[arg-type]

        return self._distinct("demand", self._each("demand", self._list("demand", (1.0,)), factor))

    def seeds(self) -> tuple[int, ...]:
        """SUMO's seeds: a list, or a number N for 1 to N."""
        given = self._value("seeds", DEFAULT_SEEDS)
        if _is_whole(given) and given >= 1:
            return tuple(range(1, given + 1))
        if not isinstance(given, list) or not given:
            self.faults.append(f"seeds = {given!r} is no list of whole numbers, and no number of seeds")
            return ()

        def seed(value: object) -> int:
            if not _is_whole(value) or not 0 <= value <= LARGEST_SEED:  # type: ignore[operator]
                raise ValueError(f"{value!r} is no whole number from 0 to {LARGEST_SEED}")
            return value  # type: ignore[return-value]

        return self._distinct("seeds", self._each("seeds", given, seed))

    def number(self, key: str, default: float | None, *, least: float = -math.inf) -> float | None:
        """A number."""
        value = self._value(key, default)
        if value is None:
            return None
        if not _is_number(value) or value < least:
            bound = f" of {least:g} or more" if math.isfinite(least) else ""
            self.faults.append(f"{key} = {value!r} is no number{bound}")
            return default
        return float(value)

    def whole(self, key: str, default: int | None, *, least: int, most: int = LARGEST_SEED) -> int | None:
        """A whole number."""
        value = self._value(key, default)
        if value is not None and not (_is_whole(value) and least <= value <= most):
            self.faults.append(f"{key} = {value!r} is no whole number from {least} to {most}")
            return default
        return value  # type: ignore[no-any-return]

    def switch(self, key: str) -> bool | None:
        """Yes, no, or nothing said."""
        value = self._value(key, None)
        if value is not None and not isinstance(value, bool):
            self.faults.append(f"{key} = {value!r} is neither true nor false")
            return None
        return value

    def one_of(self, key: str, choices: Sequence[str]) -> str | None:
        """One of some words."""
        value = self._value(key, None)
        if value is not None and value not in choices:
            self.faults.append(f"{key} = {value!r} is none of {', '.join(choices)}")
            return None
        return str(value) if value is not None else None

    def profile(self) -> str | None:
        """A rule profile."""
        return self.one_of("profile", tuple(PROFILES))

    def some_of(self, key: str, choices: Sequence[str], default: Sequence[str]) -> tuple[str, ...]:
        """Some of some words, in the order of `choices`."""
        texts = self._texts(key, default, empty=True)
        self.faults += [
            f"{key}: {text!r} is none of {', '.join(choices)}" for text in texts if text not in choices
        ]
        return tuple(choice for choice in choices if choice in texts)

    def _value(self, key: str, default: object) -> Any:
        self._asked.append(key)
        return self.table.get(key, default)

    def _list(self, key: str, default: Sequence[object], *, empty: bool = False) -> list[Any]:
        value = self._value(key, list(default))
        if not isinstance(value, list):
            self.faults.append(f"{key} = {value!r} is no list: write it in [ ]")
            return []
        if not value and key in self.table and not empty:
            self.faults.append(f"{key} is empty: name at least one, or leave the key out")
        return value

    def _texts(self, key: str, default: Sequence[str], *, empty: bool = False) -> list[str]:
        values = self._list(key, default, empty=empty)
        self.faults += [
            f"{key}: {v!r} is no text in quotes" for v in values if not isinstance(v, str) or not v
        ]
        return list(self._distinct(key, tuple(v for v in values if isinstance(v, str) and v)))

    def _each(self, key: str, values: Sequence[Any], made: Callable[[Any], Value]) -> tuple[Value, ...]:
        found = []
        for value in values:
            try:
                found.append(made(value))
            except ValueError as error:
                self.faults.append(f"{key}: {error}")
        return tuple(found)

    def _distinct(self, key: str, values: tuple[Value, ...]) -> tuple[Value, ...]:
        twice = {value: None for n, value in enumerate(values) if value in values[:n]}
        self.faults += [f"{key}: {value!r} is named twice" for value in twice]
        return values


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST

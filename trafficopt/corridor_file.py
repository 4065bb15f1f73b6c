"""Corridor files: a street's signals with their through greens and the links between them, in TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from reprlib import repr as shown
from typing import Any, TypeVar

from trafficopt.errors import InputError
from trafficopt.model.corridor import Corridor, CorridorLink, CorridorSignal, Pattern, Span
from trafficopt.units import Meters, Seconds

T = TypeVar("T")

SPANS = ("green_out", "green_in", "start_out", "start_in")
SPAN_KEYS = tuple(f"{stem}_{unit}" for stem in SPANS for unit in ("s", "share"))
SIGNAL_KEYS = ("name", "double_cycle", "patterns", *SPAN_KEYS)
LINK_KEYS = (
    *("travel_out_s", "travel_in_s", "length_m", "speed_km_h", "speed_out_km_h", "speed_in_km_h"),
    *("queue_out_s", "queue_in_s", "weight_out", "weight_in"),
)
VOLUME_KEYS = ("volume_out_veh_h", "volume_in_veh_h")
TOP_KEYS = ("name", "cycle_s", *VOLUME_KEYS, "slowness_change_s_m", "signals", "links")

LARGEST = 1e9  # of any number
LONGEST_CYCLE_S = 600.0
SLOWEST_KM_H = 0.1
SHORTEST_M = 0.1

# In the place of what cannot be read, so that the rest is judged too
NEUTRAL_CYCLE_S = (LARGEST, LARGEST)
NEUTRAL_PAIR = (1.0, 1.0)
NEUTRAL_SPAN = Span(share=0.5)
NEUTRAL_PATTERN = {"green_out_share": 0.5, "green_in_share": 0.5}
NEUTRAL_LINK = {"travel_out_s": 1.0, "travel_in_s": 1.0, "length_m": 1.0}

REMEDY = (
    "a corridor needs cycle_s, [[signals]] with greens such as green_out_s, and between them [[links]] with "
    "travel times or with length_m and speed_km_h"
)


def read_corridor(path: Path) -> Corridor:
    """Read a corridor from a TOML file.

    Raises
    ------
    InputError
        If there is no such file, it is not TOML, or the corridor in it is incomplete or contradicts itself;
        names all faults.
    """
    try:
        row = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(path, error.strerror or str(error), "name the TOML file of a corridor") from None
    except (ValueError, RecursionError) as error:
        raise InputError(path, f"is not TOML: {error}", "mend the file; TOML is text in UTF-8") from None
    table = _Table(row, "", [])
    found = _corridor(table, path.stem)
    if table.faults or found is None:
        raise InputError(path, list(dict.fromkeys(table.faults)), REMEDY)
    return found


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of the file; its faults are collected, and something neutral takes the faulty value's place."""

    row: dict[str, Any]
    here: str
    faults: list[str]

    def blame(self, fault: str) -> None:
        """Note a fault with its place."""
        self.faults.append(f"{self.here}: {fault}" if self.here else fault)

    def check_keys(self, known: Sequence[str]) -> None:
        """Find unknown keys."""
        for key in self.row:
            if key not in known:
                near = get_close_matches(key, known, n=1, cutoff=0.0)[0]
                self.blame(f"key {key!r} is unknown; the nearest known key is {near!r}")

    def number(self, key: str, neutral: T, *, least: float = -LARGEST, most: float = LARGEST) -> float | T:
        """A number; `neutral` where there is none."""
        if key not in self.row or not self._is_number(key, self.row[key], least, most):
            return neutral
        return float(self.row[key])

    def pair(
        self, key: str, neutral: tuple[float, float], *, least: float = -LARGEST, most: float = LARGEST
    ) -> tuple[float, float]:
        """Least and largest value of a range; of a number both are the same."""
        value = self.row.get(key)
        if not isinstance(value, list):
            alone = self.number(key, None, least=least, most=most)
            return neutral if alone is None else (alone, alone)
        if len(value) != 2:
            self.blame(f"{key} = {shown(value)} is neither a number nor a list of the least and the largest")
            return neutral
        readable = [self._is_number(key, end, least, most) for end in value]
        if not all(readable):
            return neutral
        if value[0] > value[1]:
            self.blame(f"{key} = {shown(value)} must name the smaller number first")
            return neutral
        return float(value[0]), float(value[1])

    def text(self, key: str, default: str) -> str:
        """Text that is not empty."""
        value = self.row.get(key, default)
        if isinstance(value, str) and value.strip():
            return value
        self.blame(f"{key} = {shown(value)} is not text in quotes, or empty")
        return default

    def tables(self, key: str, written: str, neutral: Sequence[dict[str, Any]] = ()) -> list[_Table]:
        """The tables of a list; `written` is how the file should have them."""
        rows = self.row.get(key, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self.blame(f"{key} is no list of tables: write {written}")
            rows = neutral
        here = f"{self.here}, {key}" if self.here else f"[[{key}]]"
        return [_Table(row, f"{here} number {k}", self.faults) for k, row in enumerate(rows, start=1)]

    def span(self, stem: str, default: Span | None) -> Span | None:
        """A time in seconds or as a share of the cycle."""
        in_s, share = f"{stem}_s", f"{stem}_share"
        if in_s in self.row and share in self.row:
            self.blame(f"{in_s} and {share} stand side by side: keep one of them")
            return NEUTRAL_SPAN
        if in_s in self.row:
            seconds = self.number(in_s, None)
            return NEUTRAL_SPAN if seconds is None else Span(seconds)
        if share in self.row:
            part = self.number(share, None, least=0.0, most=1.0)
            return NEUTRAL_SPAN if part is None else Span(share=part)
        return default

    def _is_number(self, key: str, value: object, least: float, most: float) -> bool:
        what = f"{shown(value)} in {key}" if isinstance(self.row[key], list) else f"{key} = {shown(value)}"
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.blame(f"{what} is no number")
        elif not abs(value) <= LARGEST:
            self.blame(f"{what} is not finite, or far too large")
        elif value < least:
            self.blame(f"{what} is below {least:g}")
        elif value > most:
            self.blame(f"{what} is above {most:g}")
        else:
            return True
        return False


def _corridor(table: _Table, stem: str) -> Corridor | None:
    """The corridor of a file; None if it has faults."""
    table.check_keys(TOP_KEYS)
    if "cycle_s" not in table.row:
        table.blame("key 'cycle_s' is missing")
    name = table.text("name", stem)
    cycle_s = table.pair("cycle_s", NEUTRAL_CYCLE_S, most=LONGEST_CYCLE_S)
    volume_out, volume_in = (table.number(key, 1.0, least=0.0) for key in VOLUME_KEYS)
    slowness = table.number("slowness_change_s_m", None, least=0.0)
    if "signals" not in table.row or table.row["signals"] == []:
        table.blame("there are no [[signals]]")
    signals = [
        _signal(each, str(k)) for k, each in enumerate(table.tables("signals", "[[signals]]"), start=1)
    ]
    links = [_link(each) for each in table.tables("links", "[[links]]", [NEUTRAL_LINK] * (len(signals) - 1))]
    _check_names(table, [signal.name for signal in signals])
    if not signals:
        return None
    try:
        return Corridor(name, cycle_s, tuple(signals), tuple(links), volume_out, volume_in, slowness)
    except InputError as error:
        table.faults.extend(error.faults)
        return None


def _check_names(table: _Table, names: Sequence[str]) -> None:
    for k, name in enumerate(names):
        if name in names[:k]:
            table.blame(f"[[signals]] number {names.index(name) + 1} and {k + 1} are both named {name!r}")


def _signal(table: _Table, number: str) -> CorridorSignal:
    """A signal, with the number as its name where it has none."""
    table.check_keys(SIGNAL_KEYS)
    double = table.row.get("double_cycle", False)
    if not isinstance(double, bool):
        table.blame(f"double_cycle = {shown(double)} is neither true nor false")
    own = {stem: table.span(stem, Span() if stem.startswith("start") else None) for stem in SPANS}
    if "patterns" in table.row:
        rows = table.tables("patterns", "patterns = [{green_out_s = ...}, ...]", [NEUTRAL_PATTERN])
        for each in rows:
            each.check_keys(SPAN_KEYS)
        spans = [(each, {stem: each.span(stem, own[stem]) for stem in SPANS}) for each in rows]
    else:
        spans = [(table, own)]
    patterns = tuple(_pattern(where, found) for where, found in spans)
    return CorridorSignal(table.text("name", number), patterns, double is True)


def _pattern(table: _Table, spans: Mapping[str, Span | None]) -> Pattern:
    found = {}
    for stem, span in spans.items():
        if span is None:
            table.blame(f"{stem}_s (or {stem}_share) is missing")
        found[stem] = span or NEUTRAL_SPAN
    return Pattern(**found)


def _link(table: _Table) -> CorridorLink:
    table.check_keys(LINK_KEYS)
    if {"travel_out_s", "travel_in_s", "speed_km_h"} <= set(table.row):
        table.blame("speed_km_h says again what travel_out_s and travel_in_s say")
    length_m = table.number("length_m", 1.0, least=SHORTEST_M) if "length_m" in table.row else None
    link = CorridorLink(_travel_s(table, "out", "in", length_m), _travel_s(table, "in", "out", length_m))
    return replace(
        link,
        queue_out_s=table.number("queue_out_s", 0.0),
        queue_in_s=table.number("queue_in_s", 0.0),
        weight_out=table.number("weight_out", 1.0, least=0.0),
        weight_in=table.number("weight_in", 1.0, least=0.0),
        length_m=length_m,
    )


def _travel_s(table: _Table, way: str, other: str, length_m: Meters | None) -> tuple[Seconds, Seconds]:
    """Travel time of one direction, as it stands or from length and speed."""
    time, speed = f"travel_{way}_s", f"speed_{way}_km_h"
    if time in table.row:
        if speed in table.row:
            table.blame(f"{speed} says again what {time} says")
        return table.pair(time, NEUTRAL_PAIR)
    if speed not in table.row:
        speed = "speed_km_h"
    if speed not in table.row:
        given = [key for key in (f"travel_{other}_s", f"speed_{other}_km_h") if key in table.row]
        table.blame(
            f"{given[0]} is for one direction: {time}, or length_m and a speed, is missing for the other one"
            if given
            else "travel times are missing, or length_m and speed_km_h"
        )
        return NEUTRAL_PAIR
    if length_m is None:
        table.blame(f"length_m is missing: {speed} needs it")
        return NEUTRAL_PAIR
    slowest, fastest = table.pair(speed, NEUTRAL_PAIR, least=SLOWEST_KM_H)
    return 3.6 * length_m / fastest, 3.6 * length_m / slowest

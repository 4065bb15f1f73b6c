"""The timing sheet of a signal: stages with their times, crossings, and what identifies it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from trafficopt.intersection import Intersection
from trafficopt.network import Network
from trafficopt.phrase import Phrase
from trafficopt.plan import SignalTiming
from trafficopt.reporting.drawings.signal_names import head_names
from trafficopt.reporting.words.drawing_words import in_chinese
from trafficopt.reporting.words.wording import NOTHING, compact
from trafficopt.signals.checksum import timing_checksum
from trafficopt.stage import GREEN, YELLOW, Stage
from trafficopt.units import Seconds

OTHER_ORDER = Phrase("other order of stages", "相序调整")
OTHER_STAGES = Phrase("other stages", "相位调整")


@dataclass(frozen=True, slots=True)
class StageRow:
    """A stage, written out [s]; `changed` marks a green that is not that of the same stage before."""

    number: int
    green: str
    yellow: str
    intergreen: str
    bounds: str
    changed: bool


@dataclass(frozen=True, slots=True)
class CrossingRow:
    """A pedestrian crossing: its length [m], walk and the rest of the cycle [s]."""

    name: Phrase
    length: str
    walk: str
    wait: str


@dataclass(frozen=True, slots=True)
class TimingSheet:
    """What a technician needs to set a signal.

    Attributes
    ----------
    changes
        What differs from the timing before, in words; empty for that one itself.
    """

    cycle: str
    offset: str
    greens: str
    checksum: str
    stages: tuple[StageRow, ...]
    crossings: tuple[CrossingRow, ...]
    changes: tuple[Phrase, ...]


def timing_sheet(
    network: Network, node: Intersection, timing: SignalTiming, before: SignalTiming | None = None
) -> TimingSheet:
    """Write out a timing, with what it changes of another one."""
    names = head_names(network, node)
    greens_before = dict(zip(before.stages, before.greens_s, strict=True)) if before else {}
    rows = tuple(
        _stage_row(number, stage, green, greens_before.get(stage, math.nan) if before else green)
        for number, (stage, green) in enumerate(zip(timing.stages, timing.greens_s, strict=True), start=1)
    )
    return TimingSheet(
        compact(timing.cycle_s),
        compact(timing.offset_s),
        _greens(timing),
        timing_checksum(timing),
        rows,
        tuple(_crossing_row(node, timing, head, names[node.heads[head].id]) for head in node.crossings),
        tuple(timing_changes(before, timing)) if before else (),
    )


def _stage_row(number: int, stage: Stage, green_s: Seconds, before_s: Seconds) -> StageRow:
    yellow = sum(i.duration_s for i in stage.intergreen if any(letter in YELLOW for letter in i.state))
    most = NOTHING if math.isinf(stage.max_green_s) else compact(stage.max_green_s)
    return StageRow(
        number,
        compact(green_s),
        compact(yellow),
        compact(stage.intergreen_s),
        f"{compact(stage.min_green_s)} – {most}",
        green_s != before_s,
    )


def _crossing_row(node: Intersection, timing: SignalTiming, head: int, name: str) -> CrossingRow:
    walk_s = sum(row.duration_s for row in timing.intervals if row.state[head] in GREEN)
    return CrossingRow(
        Phrase(name, in_chinese(name) or ""),
        compact(node.heads[head].length_m),
        compact(walk_s),
        compact(timing.cycle_s - walk_s),
    )


def timing_changes(before: SignalTiming, after: SignalTiming) -> list[Phrase]:
    """What differs between two timings of a signal, in words; empty if nothing does."""
    said = []
    states = [[stage.state for stage in timing.stages] for timing in (before, after)]
    if states[0] != states[1]:
        said.append(OTHER_ORDER if sorted(states[0]) == sorted(states[1]) else OTHER_STAGES)
    elif [stage.intergreen for stage in before.stages] != [stage.intergreen for stage in after.stages]:
        said.append(Phrase("other intergreens", "绿灯间隔调整"))
    if before.cycle_s != after.cycle_s:
        said.append(_moved(Phrase("cycle", "周期"), compact(before.cycle_s), compact(after.cycle_s)))
    if states[0] == states[1] and before.greens_s != after.greens_s:
        said.append(_moved(Phrase("greens", "绿灯"), _greens(before), _greens(after)))
    if before.offset_s != after.offset_s:
        said.append(_moved(Phrase("offset", "相位差"), compact(before.offset_s), compact(after.offset_s)))
    return said


def _greens(timing: SignalTiming) -> str:
    return " / ".join(map(compact, timing.greens_s))


def _moved(what: Phrase, before: str, after: str) -> Phrase:
    """A time of a timing before and after [s]."""
    return Phrase(f"{what.en} {before} s to {after} s", f"{what.zh}由 {before} s 改为 {after} s")

"""One signal in words and tables: for a terminal or a notebook."""

from __future__ import annotations

from trafficopt.intersection import Intersection
from trafficopt.plan import SignalTiming
from trafficopt.signals.tables import conflict_table, intergreen_table
from trafficopt.stage import GREEN
from trafficopt.staging.nema import dual_ring
from trafficopt.staging.sequences import candidate_sequences
from trafficopt.staging.stages import blocked_lanes, candidate_stages


def describe(intersection: Intersection, timing: SignalTiming | None = None) -> str:
    """Conflicts, intergreens, the program shown, and the stage sequences that could take its place.

    Parameters
    ----------
    timing
        Timing to list; without one the field plan's stages are listed without times.
    """
    parts = [
        f"Signal {intersection.id} ({intersection.control.value})",
        f"Conflicts\n{conflict_table(intersection)}",
        f"Intergreens [s], from the row's green to the column's\n{intergreen_table(intersection)}",
        f"Field plan\n{_program(intersection, timing)}",
        f"Candidates: {len(candidate_stages(intersection))} stages; sequences\n{_sequences(intersection)}",
        f"NEMA dual ring\n{_rings(intersection)}",
    ]
    if intersection.conflicts.overrides:
        lines = [f"  {o.heads[0]} and {o.heads[1]}: {o.reason}" for o in intersection.conflicts.overrides]
        parts.insert(2, "\n".join(["Corrected by hand", *lines]))
    return "\n\n".join(parts)


def _program(intersection: Intersection, timing: SignalTiming | None) -> str:
    greens = timing.greens_s if timing else (None,) * len(intersection.stages)
    stages = timing.stages if timing else intersection.stages
    lines = [f"  cycle {timing.cycle_s:g} s, offset {timing.offset_s:g} s"] if timing else []
    for number, (stage, green) in enumerate(zip(stages, greens, strict=True), start=1):
        time = "" if green is None else f"{green:g} s, "
        lines.append(f"  {number}  {stage.state}  {time}then {stage.intergreen_s:g} s")
        lines += [f"       {name}" for name in _green(intersection, stage.state)]
    return "\n".join(lines) or "  none"


def _green(intersection: Intersection, state: str) -> list[str]:
    """Movements that are green, with a mark where they give way."""
    shown = []
    for name, heads in intersection.heads_by_name.items():
        letters = {state[head] for head in heads}
        if letters & set(GREEN):
            shown.append(name + (" (gives way)" if "G" not in letters else ""))
    return shown


def _sequences(intersection: Intersection) -> str:
    sequences = candidate_sequences(intersection)
    alike = [sequence for sequence in sequences if " / " not in sequence.name]
    rows = []
    for sequence in alike:
        blocked = {lane for state in sequence.states for lane in blocked_lanes(intersection, state)}
        mark = f"   (lanes blocked by who waits on them: {len(blocked)})" if blocked else ""
        rows.append(f"  {sequence.name}: {' | '.join(sequence.states)}{mark}")
    if len(alike) < len(sequences):
        rows.append(f"  and {len(sequences) - len(alike)} with another form on each road")
    return "\n".join(rows) or "  none serves every movement"


def _rings(intersection: Intersection) -> str:
    ring = dual_ring(intersection)
    if ring is None:
        return "  does not fit this intersection"
    return "\n".join(f"  phase {number}: {', '.join(ring.movements(number))}" for number in ring.present)

"""A linter for signals: checks the rows of one cycle against all rules of the catalog."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

from trafficopt.intersection import Intersection
from trafficopt.rules import states, times
from trafficopt.rules.findings import RULES, Finding
from trafficopt.rules.shown import LETTERS, TOLERANCE_S, Shown, show
from trafficopt.rules.states import Weighed, seconds
from trafficopt.stage import Interval
from trafficopt.units import Seconds

CHECKS: tuple[Callable[[Shown], Iterator[Weighed]], ...] = (
    states.greens_together,
    times.yellows,
    times.greens_to_permissive,
    times.intergreens,
    times.greens,
    states.never_served,
    times.yellows_without_green,
    times.waits,
    states.always_green,
    states.idle_stages,
    states.u_turns_across_walk,
    states.switched_off,
    states.merges_within_approach,
)


def check_rows(
    intersection: Intersection, rows: Sequence[Interval], cycle_s: Seconds | None = None
) -> tuple[Finding, ...]:
    """Check what a signal shows in one cycle.

    Parameters
    ----------
    intersection
        Its conflicts and requirements are the measure; the rules have no figures of their own.
    rows
        One cycle; the first row follows the last.
    cycle_s
        What the rows must add up to (None: not checked).

    Returns
    -------
    tuple
        One finding for each rule and movement or pair of movements, with the worst figure, in the order
        of the catalog and then of the movements. Malformed rows are reported alone.
    """
    malformed = tuple(_malformed(intersection, rows))
    if malformed:
        return malformed
    shown = show(intersection, rows)
    weighed = [found for check in CHECKS for found in check(shown)]
    return (*_wrong_sum(intersection, rows, cycle_s), *_worst(weighed))


def _malformed(intersection: Intersection, rows: Sequence[Interval]) -> Iterator[Finding]:
    """Rows that cannot be read."""
    bad = RULES["bad-state"]
    faults = [] if rows else ["the program has no rows"]
    for place, row in enumerate(rows, start=1):
        if len(row.state) != intersection.n_heads:
            faults.append(f"row {place} has {len(row.state)} letters for {intersection.n_heads} heads")
        unknown = sorted(set(row.state) - set(LETTERS))
        if unknown:
            faults.append(f"row {place} has unknown letters {' '.join(unknown)}")
        if not 0 < row.duration_s < math.inf:
            faults.append(f"row {place} lasts {row.duration_s:g} s")
    for fault in faults:
        yield Finding(bad.id, bad.severity, intersection.id, (), fault)


def _wrong_sum(
    intersection: Intersection, rows: Sequence[Interval], cycle_s: Seconds | None
) -> Iterator[Finding]:
    """Rows that do not fill the cycle."""
    rule = RULES["cycle-sum"]
    total = math.fsum(row.duration_s for row in rows)
    if cycle_s is not None and not abs(total - cycle_s) <= TOLERANCE_S:
        text = f"the rows add up to {seconds(total)}; the cycle is {seconds(cycle_s)}"
        yield Finding(rule.id, rule.severity, intersection.id, (), text)


def _worst(weighed: Iterable[Weighed]) -> list[Finding]:
    """Keep the worst finding of each rule and movements, in the order of the catalog."""
    order = {rule: place for place, rule in enumerate(RULES)}
    kept: dict[tuple[int, tuple[str, ...]], tuple[float, str, Finding]] = {}
    for weight, finding in weighed:
        key = (order[finding.rule], finding.movements)
        rank = (-round(weight, 6), finding.message, finding)
        kept[key] = min(kept.get(key, rank), rank, key=lambda entry: entry[:2])
    return [kept[key][2] for key in sorted(kept)]

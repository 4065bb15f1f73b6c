"""What each signal shows through a day of plans, transitions included."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from trafficopt.day_plan import DayPlan, Period
from trafficopt.errors import InputError, UnsafePlanError
from trafficopt.intersection import Intersection
from trafficopt.plan import SignalTiming
from trafficopt.rules.check import check_rows
from trafficopt.rules.findings import Finding, errors, waive
from trafficopt.scenario import Scenario
from trafficopt.signals.gate import listed, require_safe
from trafficopt.signals.plan_transition import plan_transition
from trafficopt.stage import GREEN, Interval
from trafficopt.units import Seconds, clock

APART_S = 1000.0  # longer than any intergreen


@dataclass(frozen=True, slots=True)
class Span:
    """A timing of a signal, and when it runs.

    Attributes
    ----------
    begin_s, end_s
        From midnight; a stage of the timing begins at either of them, but for the ends of the day.
    plan
        The plan that runs, or that the transition leads to.
    in_transition
        Whether this is one cycle on the way to `plan`.
    """

    begin_s: Seconds
    end_s: Seconds
    timing: SignalTiming
    plan: str
    in_transition: bool = False


def day_schedules(scenario: Scenario, day: DayPlan) -> dict[str, tuple[Span, ...]]:
    """Timings of each signal of the day's plans by time, from the day's begin to its end.

    A signal changes over with the first of its cycles that begins in the new period, see
    `plan_transition`; a plan that leaves it out means its field plan.

    Raises
    ------
    InputError
        If a plan does not fit the network, a signal has no timing in some period, or a period is too
        short for a transition.
    InfeasibleError
        If the bounds of greens leave no way from a plan to the next.
    UnsafePlanError
        If a plan or a transition breaks a safety rule.
    """
    for plan in day.plans.values():
        require_safe(scenario, plan)
    missing = [
        f"signal {key!r} has no timing in plan {plan.name!r}, and no fixed-time field plan"
        for plan in day.plans.values()
        for key in day.signals
        if key not in plan and key not in scenario.field_plan
    ]
    if missing:
        raise InputError("day plan", missing, "time the same signals in all plans of the day")
    nodes = {node.id: node for node in scenario.network.intersections}
    schedules = {key: _spans(scenario, day, key) for key in day.signals}
    found = [each for key, spans in schedules.items() for each in _transition_errors(nodes[key], spans)]
    if wrong := errors(waive(found, scenario.waivers)):
        raise UnsafePlanError(f"transitions of the day must not be switched on:\n{listed(wrong)}")
    return schedules


def _spans(scenario: Scenario, day: DayPlan, signal: str) -> tuple[Span, ...]:
    field = scenario.field_plan.timings
    timings = [{**field, **day.plans[period.plan].timings}[signal] for period in day.periods]
    spans = [Span(day.begin_s, day.end_s, timings[0], day.periods[0].plan)]
    for period, timing in zip(day.periods[1:], timings[1:], strict=True):
        if timing != spans[-1].timing:
            spans[-1:] = _change(spans[-1], timing, period, signal)
    return tuple(spans)


def _change(old: Span, new: SignalTiming, period: Period, signal: str) -> Iterator[Span]:
    """The old span up to the transition, the cycles of the transition, the new span up to the end."""
    way = plan_transition(old.timing, new, period.begin_s, signal)
    if way.end_s >= period.end_s:
        told = f"signal {signal!r}: the change to plan {period.plan!r} at {clock(period.begin_s)} takes until"
        fault = f"{told} {clock(way.end_s)}, as long as the period"
        raise InputError("day plan", fault, "make periods longer")
    yield Span(old.begin_s, way.begin_s, old.timing, old.plan)
    now = way.begin_s
    for cycle in way.cycles:
        yield Span(now, round(now + cycle.cycle_s, 6), cycle, period.plan, in_transition=True)
        now = round(now + cycle.cycle_s, 6)
    yield Span(now, old.end_s, new, period.plan)


def shown_rows(spans: Sequence[Span], begin_s: Seconds, end_s: Seconds) -> Iterator[tuple[Seconds, Interval]]:
    """Begin [s from midnight] and interval of all that a signal shows from `begin_s` to `end_s`.

    The first and the last span go on beyond the day.
    """
    for k, span in enumerate(spans):
        first = begin_s if k == 0 else max(begin_s, span.begin_s)
        last = end_s if k == len(spans) - 1 else min(end_s, span.end_s)
        timing = span.timing
        cycle = (first - timing.offset_s) // timing.cycle_s
        now = timing.offset_s + cycle * timing.cycle_s
        while now < last - 1e-6:
            for row in timing.intervals:
                left, right = max(now, first), min(now + row.duration_s, last)
                if right - left > 1e-6:
                    yield round(left, 6), Interval(row.state, round(right - left, 6))
                now += row.duration_s
            cycle += 1
            now = timing.offset_s + cycle * timing.cycle_s


def _transition_errors(node: Intersection, spans: Sequence[Span]) -> Iterator[Finding]:
    """Errors in a cycle before each transition, the transition, and a cycle after it.

    What the safety rules say of the two timings as they are is left out: that is told of the plans.
    """
    settled = [span for span in spans if not span.in_transition]
    for old, new in pairwise(settled):
        begin, end = old.end_s - old.timing.cycle_s, new.begin_s + new.timing.cycle_s
        rows = [row for _, row in shown_rows(spans, begin, end)]
        rows.append(_apart(rows[-1].state, rows[0].state))
        if found := errors(check_rows(node, rows)):
            own = {
                (each.rule, each.movements)
                for timing in (old.timing, new.timing)
                for each in check_rows(node, timing.intervals)
            }
            yield from (each for each in found if (each.rule, each.movements) not in own)


def _apart(last: str, first: str) -> Interval:
    """A long red between the end of rows and their begin, which do not follow one another.

    Rules take rows as a cycle. Heads that are green on both sides stay so.
    """
    state = "".join(b if a in GREEN and b in GREEN else "r" for a, b in zip(last, first, strict=True))
    return Interval(state, APART_S)

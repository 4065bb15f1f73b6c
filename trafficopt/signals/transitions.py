"""From stage to stage: clearance of crossings, yellow, all-red, and the stages of a whole sequence."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from trafficopt.intersection import Intersection, User
from trafficopt.signals.field_program import shown_yellow_s
from trafficopt.stage import GREEN, Interval, Stage
from trafficopt.units import Seconds


def stages_in_order(intersection: Intersection, states: Sequence[str]) -> tuple[Stage, ...]:
    """Stages of a sequence: each with what is shown before the next one, and its least green.

    Parameters
    ----------
    states
        State strings of the greens in the order shown; the first follows the last.

    Examples
    --------
    The stages of the field plan in another order:

    >>> import trafficopt as to
    >>> node = to.read_scenario(to.example_path("main_street")).network.intersections[0]
    >>> swapped = stages_in_order(node, [stage.state for stage in reversed(node.stages)])
    >>> [stage.state for stage in swapped] == [stage.state for stage in reversed(node.stages)]
    True
    """
    free = _free_turns(intersection, states)
    following = [*states[1:], *states[:1]]
    return with_least_greens(
        intersection,
        [Stage(a, transition(intersection, a, b, free)) for a, b in zip(states, following, strict=True)],
    )


def with_least_greens(intersection: Intersection, stages: Sequence[Stage]) -> tuple[Stage, ...]:
    """Stages of a sequence with the least greens that the requirements ask for in this order.

    Heads that begin with a stage need their least green in it; where none begins, the shortest of those
    that go on will do. Foes of what ended must not begin too early, even if that is some stages later.
    """
    goes_on = [_green_throughout(stage) for stage in stages]
    least = [
        replace(stage, min_green_s=_least_green_s(intersection, before, stage.state))
        for stage, before in zip(stages, [*goes_on[-1:], *goes_on[:-1]], strict=True)
    ]
    for first in range(len(least)):
        _lengthen_next(intersection, least, first)
    return tuple(least)


def _lengthen_next(intersection: Intersection, stages: list[Stage], first: int) -> None:
    """Raise the least green of the stage after `first`, so that foes of what ended begin late enough.

    It matters where a foe begins one or more stages later, at the latest a cycle later with the stage
    that ended: pedestrians may need longer to clear than the stages between take.
    """
    required, opposed, n = intersection.requirements.intergreen_s, intersection.opposed, len(stages)
    second = (first + 1) % n
    for head in set(_green(stages[first])) - set(_green(stages[second])):
        elapsed = _time_to_next(stages[first], head)
        for step in range(2, n + 1):
            last, now = stages[(first + step - 1) % n], stages[(first + step) % n]
            elapsed += last.min_green_s + last.intergreen_s
            begun = [b for b in set(_green(now)) - set(_green(last)) if opposed[head, b]]
            missing = float(np.nanmax(required[head, begun], initial=0.0)) - elapsed
            if missing > 0:
                least = round(stages[second].min_green_s + missing, 6)
                stages[second] = replace(stages[second], min_green_s=least)
                elapsed += missing
            if head in _green(now):
                break


def _green_throughout(stage: Stage) -> str:
    """The state, with red for the heads that end their green before the next stage."""
    ended = {h for row in stage.intergreen for h, letter in enumerate(row.state) if letter not in GREEN}
    return "".join("r" if head in ended else letter for head, letter in enumerate(stage.state))


def _green(stage: Stage) -> list[int]:
    return [head for head, letter in enumerate(stage.state) if letter in GREEN]


def _least_green_s(intersection: Intersection, before: str, state: str) -> Seconds:
    least = intersection.requirements.min_green_s
    green = [h for h, letter in enumerate(state) if letter in GREEN]
    begun = [h for h in green if before[h] not in GREEN]
    if begun:
        return float(least[begun].max())
    return float(least[green].min()) if green else 0.0


def transition(
    intersection: Intersection, ending: str, starting: str, free: Collection[int] | None = None
) -> tuple[Interval, ...]:
    """What is shown between two stages: the rows of the field plan where it has this change and they suffice.

    Otherwise vehicles that end do so together, so that the longest of their intergreens is kept;
    pedestrians end as much earlier as they need to clear. What is green in both stages stays green,
    unless it went first and gives way from now on: that change gets yellow.

    Parameters
    ----------
    free
        Heads that are green all the time and only merge, which need no yellow; by default those of the
        field plan.
    """
    if free is None:
        free = _free_turns(intersection, [stage.state for stage in intersection.stages])
    for stage, after in pairwise((*intersection.stages, *intersection.stages[:1])):
        if (stage.state, after.state) == (ending, starting) and _suffices(intersection, stage, after, free):
            return stage.intergreen
    needs = _needs(intersection, ending, starting, free)
    if not needs:
        return ()
    vehicles = [h for h in needs if intersection.heads[h].user is not User.PEDESTRIANS]
    total, latest = max(needs.values()), max((needs[h] for h in vehicles), default=0.0)
    ends = {h: total - (latest if h in vehicles else need) for h, need in needs.items()}
    return _rows(intersection, ending, ends, total)


def _needs(
    intersection: Intersection, ending: str, starting: str, free: Collection[int]
) -> dict[int, Seconds]:
    """Time that each ending head needs from the end of its green to the next stage."""
    required, opposed = intersection.requirements, intersection.opposed
    softened = [
        h
        for h, (a, b) in enumerate(zip(ending, starting, strict=True))
        if a == "G" and b == "g" and h not in free and _gives_way(intersection, h, starting)
    ]
    ends = [h for h, a in enumerate(ending) if a in GREEN and (starting[h] not in GREEN or h in softened)]
    begins = [h for h, b in enumerate(starting) if b in GREEN and (ending[h] not in GREEN or h in softened)]
    needs = {}
    for head in ends:
        foes = [b for b in begins if opposed[head, b]]
        between = required.intergreen_s[head, foes]
        needs[head] = float(np.nanmax([required.yellow_s[head], *between]))
    return needs


def _gives_way(intersection: Intersection, head: int, state: str) -> bool:
    return any(state[foe] in GREEN for foe in _goes_after(intersection, head))


def _goes_after(intersection: Intersection, head: int) -> list[int]:
    """Heads that a head gives way to."""
    return [int(b) for b in np.flatnonzero((intersection.opposed & intersection.conflicts.yields)[head])]


def _free_turns(intersection: Intersection, states: Sequence[str]) -> frozenset[int]:
    """Heads that are green in all states, and only merge with those that they give way to in them."""
    exits = [head.to_link for head in intersection.heads]
    shown = {head for state in states for head, letter in enumerate(state) if letter in GREEN}
    return frozenset(
        h
        for h in shown
        if all(state[h] in GREEN for state in states)
        and all(exits[foe] == exits[h] != "" for foe in _goes_after(intersection, h) if foe in shown)
    )


def _rows(
    intersection: Intersection, ending: str, ends: dict[int, Seconds], total: Seconds
) -> tuple[Interval, ...]:
    """Rows of a change in which head h ends its green at `ends[h]`."""
    yellow = intersection.requirements.yellow_s
    changes = sorted({0.0, total, *ends.values(), *(min(total, end + yellow[h]) for h, end in ends.items())})
    rows = []
    for start, end in pairwise(changes):
        letters = list(ending)
        for head, until in ends.items():
            if start >= until - 1e-9:
                letters[head] = "y" if start < until + yellow[head] - 1e-9 else "r"
        if end - start > 1e-9:
            rows.append(Interval("".join(letters), round(end - start, 6)))
    return tuple(rows)


def _suffices(intersection: Intersection, stage: Stage, after: Stage, free: Collection[int]) -> bool:
    """Whether the field plan's rows between two stages keep the requirements."""
    needs = _needs(intersection, stage.state, after.state, free)
    yellow = shown_yellow_s([Interval(stage.state, 1.0), *stage.intergreen, Interval(after.state, 1.0)])
    for head, need in needs.items():
        least = intersection.requirements.yellow_s[head]
        shown = 0.0 if math.isnan(yellow[head]) else float(yellow[head])
        if shown < least - 1e-6 or _time_to_next(stage, head) < need - 1e-6:
            return False
    return True


def _time_to_next(stage: Stage, head: int) -> Seconds:
    """Time from the end of a head's green to the stage that follows."""
    left = stage.intergreen_s
    for row in stage.intergreen:
        if row.state[head] not in GREEN:
            break
        left -= row.duration_s
    return left

"""Signal programs bound to an edited net: each letter follows its movement."""

from __future__ import annotations

import copy
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from trafficopt.intersection import Turn
from trafficopt.plan import SignalTiming
from trafficopt.scenario import Scenario
from trafficopt.stage import GREEN, Interval, Stage
from trafficopt.sumo.changed_net import Changes
from trafficopt.sumo.roads import LaneEnds, Roads


@dataclass(frozen=True, slots=True)
class _New:
    """A letter that the net did not have.

    Attributes
    ----------
    leads
        Letters before the edit that it goes with.
    contests
        Letters before the edit of other approaches that end in the same link.
    """

    turn: Turn
    leads: tuple[int, ...]
    contests: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Binding:
    """How the states of one signal are written after an edit of the net.

    Attributes
    ----------
    sources
        For each letter the one it was before, or what a new one goes with.
    free_on_red
        Right turns may go on red, and give way.
    """

    sources: tuple[int | _New, ...]
    free_on_red: bool

    def state(self, before: str) -> str:
        """State of the edited signal where it showed `before`."""
        return "".join(
            before[source] if isinstance(source, int) else self._letter(source, before)
            for source in self.sources
        )

    def timing(self, before: SignalTiming) -> SignalTiming:
        """The same timing of the edited signal."""
        return replace(before, stages=tuple(map(self._stage, before.stages)))

    def program(self, before: ET.Element) -> ET.Element:
        """The same `<tlLogic>` of the edited signal."""
        logic = copy.deepcopy(before)
        for phase in logic.iter("phase"):
            phase.set("state", self.state(phase.get("state", "")))
        return logic

    def _stage(self, before: Stage) -> Stage:
        rows = tuple(Interval(self.state(row.state), row.duration_s) for row in before.intergreen)
        return replace(before, state=self.state(before.state), intergreen=rows)

    def _letter(self, new: _New, before: str) -> str:
        """As the movement it goes with; it gives way where another approach goes first into its exit."""
        shown = {before[lead] for lead in new.leads}
        if shown & set(GREEN):
            return "g" if "G" not in shown or any(before[k] == "G" for k in new.contests) else "G"
        if new.turn is Turn.RIGHT and self.free_on_red:
            return "g"
        return next((letter for letter in "yYu" if letter in shown), "r")


def bindings_of(
    scenario: Scenario, changes: Changes, after: Mapping[str, Mapping[LaneEnds, int]]
) -> dict[str, Binding]:
    """Bindings of edited signals.

    Parameters
    ----------
    after
        By signal, the letter of each connection in the edited net.
    """
    roads, free_on_red = Roads(scenario.network), rights_free_on_red(scenario)
    before: dict[str, dict[LaneEnds, int]] = {key: {} for key in after}
    turns = dict(changes.added)
    for connections in roads.outgoing.values():
        for c in connections:
            if c.signal in before:
                before[c.signal][roads.ends(c)] = c.head
                turns[roads.ends(c)] = c.turn
    bindings = {}
    for key, letters in after.items():
        shared = {ends: before[key][one] for ends, one in changes.like.items() if one in before[key]}
        bindings[key] = Binding(_sources({**before[key], **shared}, before[key], letters, turns), free_on_red)
    return bindings


def _sources(
    known: Mapping[LaneEnds, int],
    before: Mapping[LaneEnds, int],
    after: Mapping[LaneEnds, int],
    turns: Mapping[LaneEnds, Turn],
) -> tuple[int | _New, ...]:
    """Where each letter comes from; one that several connections share follows the first that is known.

    Parameters
    ----------
    known
        Letters before the edit: of connections that were there, and of those that share the signal of one.
    """
    members: list[list[LaneEnds]] = [[] for _ in range(1 + max(after.values()))]
    for ends, letter in after.items():
        members[letter].append(ends)
    found = [[known[ends] for ends in sharing if ends in known] for sharing in members]
    return tuple(
        letters[0] if letters else _new(sharing[0], before, after, turns)
        for letters, sharing in zip(found, members, strict=True)
    )


def _new(
    ends: LaneEnds,
    before: Mapping[LaneEnds, int],
    after: Mapping[LaneEnds, int],
    turns: Mapping[LaneEnds, Turn],
) -> _New:
    """A right turn goes with the through traffic of its approach, a U-turn with the left turn."""
    turn = turns[ends]
    own = [other for other in before if other.from_link == ends.from_link]
    wanted = Turn.LEFT if turn is Turn.U_TURN else Turn.THROUGH
    leads = [other for other in own if turns[other] is wanted] or own
    contests = [
        other for other in before if other.to_link == ends.to_link and other not in own and other in after
    ]
    return _New(turn, _letters(leads, before), _letters(contests, before))


def _letters(ends: Iterable[LaneEnds], before: Mapping[LaneEnds, int]) -> tuple[int, ...]:
    return tuple(sorted({before[one] for one in ends}))


def rights_free_on_red(scenario: Scenario) -> bool:
    """Whether most right turns under fixed-time signals are green while the rest of their approach is red."""
    free = []
    for node in scenario.network.intersections:
        timing = scenario.field_plan.timings.get(node.id)
        for right in node.movements if timing is not None else ():
            others = [
                head
                for m in node.movements
                if m.from_link == right.from_link and m.turn is not Turn.RIGHT
                for head in m.heads
            ]
            if right.turn is Turn.RIGHT and others and timing is not None:
                states = [row.state for row in timing.intervals]
                free.append(any(_only_right(state, right.heads, others) for state in states))
    return sum(free) * 2 > len(free)


def _only_right(state: str, rights: Sequence[int], others: Sequence[int]) -> bool:
    return any(state[k] in GREEN for k in rights) and not any(state[k] in GREEN for k in others)

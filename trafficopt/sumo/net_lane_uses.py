"""Lanes of an approach that serve other movements than before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass
from itertools import combinations

from trafficopt.intersection import Turn
from trafficopt.sumo.changed_net import Changes
from trafficopt.sumo.lane_arrivals import Arrivals, Way, arrivals_of
from trafficopt.sumo.lane_graph import WALKING
from trafficopt.sumo.roads import LaneEnds, Roads
from trafficopt.treatment import ChangeLaneUse

Uses = Mapping[int, Set[str]]  # links that each lane serves
FROM_THE_RIGHT = (Turn.RIGHT, Turn.THROUGH, Turn.LEFT)


@dataclass(frozen=True, slots=True)
class _Approach:
    """What the lanes of an approach serve once all other treatments are done.

    Attributes
    ----------
    lanes
        Those for cars, from the curb on.
    turns
        Links that one may drive to from them, in the net's order: from the curb on.
    arrivals
        By link, the lanes of it at which each lane arrives.
    """

    link: str
    lanes: tuple[int, ...]
    turns: Mapping[str, Turn]
    arrivals: Mapping[str, Arrivals]

    @property
    def uses(self) -> Uses:
        """Links that each lane serves."""
        return {lane: {link for link, by in self.arrivals.items() if lane in by} for lane in self.lanes}

    def way(self, to_link: str) -> Way:
        """Where a link lies; left of the curb lane in left-hand traffic."""
        turn, found = self.turns[to_link], [t for t in self.turns.values() if t in FROM_THE_RIGHT]
        left_hand = bool(found) and FROM_THE_RIGHT.index(found[0]) > FROM_THE_RIGHT.index(found[-1])
        if turn is Turn.THROUGH:
            return Way.AHEAD
        return Way.CURB if turn is (Turn.LEFT if left_hand else Turn.RIGHT) else Way.MEDIAN


def change_lane_use(roads: Roads, changes: Changes, edit: ChangeLaneUse) -> list[str]:
    """Enter the connections that go and come as lanes serve other movements; say why it cannot be."""
    approach = _approach_of(roads, changes, edit.approach)
    if approach is None:
        return [f"{edit.approach!r} is no approach of a signal"]
    named, faults = _named(approach, edit)
    after = {**approach.uses, **named}
    faults = faults or _faults(roads, approach, after)
    if not faults:
        arrivals = _arrivals(roads, approach, after)
        faults = _shut_out(roads, approach, arrivals)
        if not faults:
            _enter(changes, approach, arrivals)
    return [f"lanes of {edit.approach!r}: {fault}" for fault in faults]


def _approach_of(roads: Roads, changes: Changes, link: str) -> _Approach | None:
    """Lanes and movements of an approach; None where no signal stands at its end."""
    connections = roads.outgoing.get(link, ())
    if link in changes.deleted or not any(c.signal for c in connections):
        return None
    lanes, found = roads.car_lanes.get(link, ()), []
    for c in connections:
        ends = roads.ends(c)
        if ends.from_lane in lanes and changes.keeps(ends):
            found.append((ends, c.turn))
    for ends, turn in changes.added.items():
        if ends.from_link == link:
            found.insert(0 if turn is Turn.RIGHT else len(found), (ends, turn))
    arrivals: dict[str, dict[int, tuple[int, ...]]] = defaultdict(dict)
    for ends, _ in found:
        there = arrivals[ends.to_link].get(ends.from_lane, ())
        arrivals[ends.to_link][ends.from_lane] = tuple(sorted((*there, ends.to_lane)))
    return _Approach(link, lanes, {ends.to_link: turn for ends, turn in found}, dict(arrivals))


def _named(approach: _Approach, edit: ChangeLaneUse) -> tuple[Uses, list[str]]:
    """Links that each lane is to serve, and what is wrong with the names."""
    faults = [
        f"lane {lane} is none for cars; those are {', '.join(map(str, approach.lanes))}"
        for lane in edit.lanes
        if lane not in approach.lanes
    ]
    found = {name: _links(approach, name) for names in edit.lanes.values() for name in names}
    known = ", ".join(f"{turn} to {link!r}" for link, turn in approach.turns.items())
    for name, links in found.items():
        if not links:
            faults.append(f"there is no movement {name!r}; there are {known}")
        elif len(links) > 1:
            faults.append(f"{name!r} may be to {' or '.join(map(repr, links))}: name the link")
    named = {
        lane: frozenset(to for name in names for to in found[name]) for lane, names in edit.lanes.items()
    }
    return named, faults


def _links(approach: _Approach, name: str) -> list[str]:
    """Links that a name means: the link itself, or those in a direction."""
    if name in approach.turns:
        return [name]
    return [link for link, turn in approach.turns.items() if turn == name]


def _faults(roads: Roads, approach: _Approach, after: Uses) -> list[str]:
    """Why lanes cannot be used so."""
    before, order = approach.uses, list(approach.turns)
    faults = [] if after != before else ["the lanes serve that already"]
    for link, turn in approach.turns.items():
        n, room = sum(link in links for links in after.values()), len(roads.car_lanes.get(link, ()))
        if not n:
            faults.append(f"no lane would serve the {turn} movement to {link!r}; only a ban takes one away")
        elif n > room and any((link in after[lane]) != (link in before[lane]) for lane in approach.lanes):
            faults.append(f"{n} lanes would serve the {turn} movement to {link!r}, which has {room}")
    for curb, median in combinations(approach.lanes, 2):
        faults += [
            f"lane {curb} to {one!r} would cross lane {median} to {other!r}"
            for one in sorted(after[curb], key=order.index)
            for other in sorted(after[median], key=order.index)
            if order.index(one) > order.index(other)
            if not (one in before[curb] and other in before[median])
        ]
    return faults


def _arrivals(roads: Roads, approach: _Approach, after: Uses) -> dict[str, Arrivals]:
    """By link, the lanes of it at which each lane arrives; as before where the same lanes serve it."""
    arrivals: dict[str, Arrivals] = {}
    for link, before in approach.arrivals.items():
        lanes = [lane for lane in approach.lanes if link in after[lane]]
        changed = set(lanes) != before.keys()
        targets = roads.car_lanes.get(link, ())
        arrivals[link] = arrivals_of(lanes, before, targets, approach.way(link)) if changed else before
    return arrivals


def _shut_out(roads: Roads, approach: _Approach, after: Mapping[str, Arrivals]) -> list[str]:
    """Movements that some vehicles could make so far, on a lane that not all may use."""
    faults = []
    for link, turn in approach.turns.items():
        others = [c for c in map(roads.ends, roads.outgoing[approach.link]) if c.to_link == link]
        kept = {ends for ends in others if ends.from_lane not in approach.lanes}
        old, new = (
            {kind for ends in kept | _ends(approach.link, link, by) for kind in roads.classes(ends)}
            for by in (approach.arrivals[link], after[link])
        )
        if lost := sorted(old - new - WALKING):
            faults.append(f"no lane would serve the {turn} movement to {link!r} for {', '.join(lost)}")
    return faults


def _ends(from_link: str, to_link: str, arrivals: Arrivals) -> set[LaneEnds]:
    return {LaneEnds(from_link, to_link, lane, place) for lane in arrivals for place in arrivals[lane]}


def _enter(changes: Changes, approach: _Approach, after: Mapping[str, Arrivals]) -> None:
    """Enter what differs; connections that another treatment brings go without a trace."""
    for link, turn in approach.turns.items():
        old, new = (_ends(approach.link, link, by[link]) for by in (approach.arrivals, after))
        known = old - changes.added.keys()
        for ends in sorted(old - new):
            if changes.added.pop(ends, None) is None:
                changes.dropped.add(ends)
        for ends in sorted(new - old):
            changes.added[ends] = turn
            if known:
                changes.like[ends] = _nearest(ends, known)


def _nearest(ends: LaneEnds, others: Set[LaneEnds]) -> LaneEnds:
    """The one from the nearest lane."""
    return min(others, key=lambda one: (abs(one.from_lane - ends.from_lane), one))

"""How one drives from link to link, and the shortest way between two."""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from trafficopt.lanes import Connection, Lane
from trafficopt.network import Link, Network
from trafficopt.units import Seconds

CAR = "passenger"
Pair = tuple[str, str]
Successors = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, order=True)
class LaneEnds:
    """A connection by names that survive a rebuild of the net."""

    from_link: str
    to_link: str
    from_lane: int
    to_lane: int


@dataclass(frozen=True)
class Roads:
    """Links, lanes and connections of a network by link."""

    network: Network

    @property
    def links(self) -> Mapping[str, Link]:
        """Links by id."""
        return self.network.links

    @cached_property
    def lanes(self) -> tuple[Lane, ...]:
        """All lanes, as `LaneGraph` numbers them."""
        assert self.network.lane_graph is not None, "the network was read without lanes"
        return self.network.lane_graph.lanes

    @cached_property
    def outgoing(self) -> Mapping[str, tuple[Connection, ...]]:
        """Connections out of each link that has any."""
        assert self.network.lane_graph is not None, "the network was read without lanes"
        found: dict[str, list[Connection]] = defaultdict(list)
        for connection in self.network.lane_graph.connections:
            found[self.lanes[connection.from_lane].link].append(connection)
        return {link: tuple(connections) for link, connections in found.items()}

    @cached_property
    def car_lanes(self) -> Mapping[str, tuple[int, ...]]:
        """Lanes of each link that cars may use, from right to left."""
        found: dict[str, list[int]] = defaultdict(list)
        for lane in self.lanes:
            if CAR in lane.classes:
                found[lane.link].append(lane.index)
        return {link: tuple(lanes) for link, lanes in found.items()}

    def to_link(self, connection: Connection) -> str:
        """Link that a connection leads to."""
        return self.lanes[connection.to_lane].link

    def ends(self, connection: Connection) -> LaneEnds:
        """A connection by names."""
        one, other = self.lanes[connection.from_lane], self.lanes[connection.to_lane]
        return LaneEnds(one.link, other.link, one.index, other.index)

    def classes(self, ends: LaneEnds) -> frozenset[str]:
        """SUMO's vehicle classes that may drive on both lanes."""
        named = self._lanes_by_name
        return named[ends.from_link, ends.from_lane].classes & named[ends.to_link, ends.to_lane].classes

    @cached_property
    def _lanes_by_name(self) -> Mapping[tuple[str, int], Lane]:
        return {(lane.link, lane.index): lane for lane in self.lanes}

    def successors(
        self, *, without: Set[Pair], deleted: Set[str], added: Set[Pair], vehicle_class: str = CAR
    ) -> dict[str, tuple[str, ...]]:
        """Links that a class of vehicles may drive to from each link once the network is changed.

        Parameters
        ----------
        without, added
            Connected links that are so no more, and those that are so in addition.
        deleted
            Links that go.
        """
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for link, connections in self.outgoing.items():
            for c in connections:
                to_link = self.to_link(c)
                allowed = self.lanes[c.from_lane].classes & self.lanes[c.to_lane].classes
                if vehicle_class in allowed and (link, to_link) not in without:
                    found[link][to_link] = None
        for from_link, to_link in sorted(added):
            found[from_link][to_link] = None
        return {
            link: tuple(other for other in others if other not in deleted)
            for link, others in found.items()
            if link not in deleted
        }


def way_between(
    successors: Successors, links: Mapping[str, Link], start: str, end: str
) -> tuple[tuple[str, ...], Seconds] | None:
    """Links between two links on the way that is shortest by free-flow time, and that time (Dijkstra).

    The time [s] counts the links between and the last one. None where no way leads there.

    Examples
    --------
    >>> links = {key: Link(key, "", "", 100.0, 10.0, 1, ()) for key in "abcd"}
    >>> way_between({"a": ("b",), "b": ("c", "d"), "c": ("d",)}, links, "a", "d")
    (('b',), 20.0)
    """
    if start == end:
        return (), 0.0
    found = way_back(successors, links, start, {end: 0.0})
    return None if found is None else (found[0][:-1], found[1])


def way_back(
    successors: Successors, links: Mapping[str, Link], start: str, rest_s: Mapping[str, Seconds]
) -> tuple[tuple[str, ...], Seconds] | None:
    """Links from one to that of several from which the rest is reached soonest at free flow (Dijkstra).

    Parameters
    ----------
    rest_s
        Links where the way may end, with the time [s] that is needed from their end on.

    Returns
    -------
    links and time [s]
        The links after `start` up to the one where the way ends; the time on them and for the rest. None
        where no way leads to any.

    Examples
    --------
    >>> links = {key: Link(key, "", "", 100.0, 10.0, 1, ()) for key in "abcde"}
    >>> way_back({"a": ("b", "e"), "b": ("c",), "c": ("d",), "e": ("d",)}, links, "a", {"c": 15.0, "d": 0.0})
    (('e', 'd'), 20.0)
    """
    before: dict[str, str] = {}
    heap, order = [(0.0, 0, start, "")], 0
    best_s, end = math.inf, ""
    while heap and heap[0][0] < best_s:
        time_s, _, link, came_from = heapq.heappop(heap)
        if link in before:
            continue
        before[link] = came_from
        if came_from and time_s + rest_s.get(link, math.inf) < best_s:
            best_s, end = time_s + rest_s[link], link
        for after in successors.get(link, ()):
            if after not in before:
                order += 1
                heapq.heappush(heap, (time_s + links[after].free_flow_s, order, after, link))
    if not end:
        return None
    way = [end]
    while before[way[-1]] != start:
        way.append(before[way[-1]])
    return tuple(way[::-1]), best_s

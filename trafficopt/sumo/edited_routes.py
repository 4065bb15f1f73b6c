"""Routes for an edited net: vehicles whose route is gone get another, the others keep theirs."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import pairwise

from trafficopt.scenario import Scenario
from trafficopt.sumo.changed_net import Changes
from trafficopt.sumo.roads import CAR, Pair, Roads, Successors, way_back
from trafficopt.sumo.routes import ROAD_USERS
from trafficopt.units import Seconds

LONGEST_DETOUR_S = 300.0  # at free flow; beyond it a driver would have chosen another route altogether
NONE: frozenset[Pair] = frozenset()


@dataclass(frozen=True, slots=True)
class _Driver:
    """Who drives a route.

    Attributes
    ----------
    key
        Id of the vehicle, flow or named route.
    depart_s
        None where bans by time of day do not count.
    halts
        Stops on the way: no link of the route may be left out.
    """

    key: str
    vehicle_class: str
    depart_s: Seconds | None = None
    halts: bool = False


@dataclass(slots=True)
class Rerouting:
    """Finds new routes.

    Attributes
    ----------
    stranded
        Vehicles (or flows, or named routes) without a way within the limit, by the links from one to the
        other of which they cannot drive any more.
    """

    scenario: Scenario
    changes: Changes
    stranded: dict[Pair, dict[str, None]] = field(default_factory=dict)
    _roads: Roads = field(init=False)
    _departs_s: Mapping[str, Seconds] = field(init=False)
    _successors: dict[tuple[str, Set[Pair]], Successors] = field(default_factory=dict)
    _ways: dict[tuple[str, Set[Pair], tuple[str, ...]], tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        demand = self.scenario.demand
        self._roads = Roads(self.scenario.network)
        self._departs_s = dict(zip(demand.vehicles, demand.depart_s.tolist(), strict=True))

    def held_up(self) -> set[str]:
        """Vehicles of the demand that would drive a turn while it is banned."""
        demand, found = self.scenario.demand, set()
        rows = zip(demand.vehicles, demand.types, demand.routes, strict=True) if self.changes.windows else ()
        for key, kind, route in rows:
            driver = _Driver(key, self._class_of(kind), self._departs_s[key])
            if self._way(route, driver) != self._open_way(route, driver, NONE):
                found.add(key)
        return found

    def rewrite(self, root: ET.Element) -> bool:
        """Mend all routes of a file in place; whether any was broken."""
        broken = False
        for element in root:
            key, vehicle_class = element.get("id", ""), self._class_of(element.get("type", ""))
            if element.tag in ROAD_USERS:
                broken |= self._mend_ends(element)
            depart_s = self._departs_s.get(key) if element.tag == "vehicle" else None
            driver = _Driver(key, vehicle_class, depart_s, next(element.iter("stop"), None) is not None)
            for route in element.iter("route"):
                before = route.get("edges", "").split()
                after = self._way(before, driver)
                if after != before:
                    route.set("edges", " ".join(after))
                    broken = True
        return broken

    def _class_of(self, vehicle_type: str) -> str:
        kind = self.scenario.demand.vehicle_types.get(vehicle_type)
        return kind.vehicle_class if kind else CAR

    def _mend_ends(self, element: ET.Element) -> bool:
        """Replace deleted links at the ends of a trip."""
        changed = False
        for name, place in (("from", 0), ("to", -1)):
            pair = self.changes.deleted.get(element.get(name, ""))
            if pair is not None:
                element.set(name, pair[place])
                changed = True
        return changed

    def _way(self, before: Sequence[str], driver: _Driver) -> list[str]:
        """A route without what is gone, and without turns that are banned when they would be driven."""
        closed = NONE
        while True:
            way = self._open_way(before, driver, closed)
            met = self._banned_on(way, driver.depart_s) - closed
            if not met:
                return way
            closed |= met

    def _banned_on(self, way: Sequence[str], depart_s: Seconds | None) -> frozenset[Pair]:
        """Turns of a way that are banned when a vehicle comes to them at free flow."""
        if depart_s is None or not self.changes.windows:
            return NONE
        found, time_s = set(), depart_s
        for pair in pairwise(way):
            time_s += self._roads.links[pair[0]].free_flow_s
            if any(begin_s <= time_s < end_s for begin_s, end_s in self.changes.windows.get(pair, ())):
                found.add(pair)
        return frozenset(found)

    def _open_way(self, before: Sequence[str], driver: _Driver, closed: frozenset[Pair]) -> list[str]:
        """A route as before where it can be, with another way where it cannot."""
        gone = self.changes.removed | closed
        links = [link for one in before for link in self.changes.deleted.get(one, (one,))]
        if gone.isdisjoint(pairwise(links)):
            return links
        way, k = links[:1], 1
        while k < len(links):
            back: Sequence[str] = links[k : k + 1]
            if (links[k - 1], links[k]) in gone:
                last = k + 1 if driver.halts else self._horizon(links, k)
                back = self._back(tuple(links[k - 1 : last]), driver, closed)
            way += back
            k += 1 + links[k:].index(back[-1])
        return way if driver.halts else without_loops(way)

    def _horizon(self, links: Sequence[str], k: int) -> int:
        """Up to where a vehicle that cannot drive on to link `k` may come back to its route.

        Who turned at an opening comes back to where it would have turned to.
        """
        last, left_s = k + 1, LONGEST_DETOUR_S
        if (links[k - 1], links[k]) in self.changes.banned:
            while last < len(links) and (left_s := left_s - self._seconds([links[last]])) > 0.0:
                last += 1
        return last

    def _back(self, tail: tuple[str, ...], driver: _Driver, closed: frozenset[Pair]) -> Sequence[str]:
        """Links from the first one of a route's tail to one of the others, its second being cut off."""
        place = driver.vehicle_class, closed, tail
        if place not in self._ways:
            between = self.changes.detours.get((tail[0], tail[1]))
            way = (*between, tail[1]) if between is not None else ()
            if not way or not closed.isdisjoint(pairwise((tail[0], *way))):
                way = self._soonest(tail, driver.vehicle_class, closed)
            longer_s = self._seconds(way) - self._seconds(tail[1 : 1 + tail.index(way[-1])]) if way else 0.0
            self._ways[place] = way if longer_s <= LONGEST_DETOUR_S else ()
        found = self._ways[place]
        if not found:
            self.stranded.setdefault((tail[0], tail[1]), {})[driver.key] = None
        return found or tail[1:2]

    def _soonest(self, tail: tuple[str, ...], vehicle_class: str, closed: frozenset[Pair]) -> tuple[str, ...]:
        """The way back that is shortest at free flow; empty if there is none."""
        place = vehicle_class, closed
        if place not in self._successors:
            self._successors[place] = self.changes.successors(self._roads, vehicle_class, closed)
        rest_s = {link: self._seconds(tail[k + 1 :]) for k, link in enumerate(tail) if k}
        found = way_back(self._successors[place], self._roads.links, tail[0], rest_s)
        return found[0] if found else ()

    def _seconds(self, links: Sequence[str]) -> Seconds:
        return sum(self._roads.links[link].free_flow_s for link in links)


def without_loops(way: Sequence[str]) -> list[str]:
    """A way without the rounds that come back to a link.

    Examples
    --------
    >>> without_loops(["a", "b", "c", "b", "d"])
    ['a', 'b', 'd']
    """
    places: dict[str, int] = {}
    kept: list[str] = []
    for link in way:
        if link in places:
            for gone in kept[places[link] + 1 :]:
                del places[gone]
            del kept[places[link] + 1 :]
        else:
            places[link] = len(kept)
            kept.append(link)
    return kept

"""Routes for an edited net: vehicles whose route is gone get another, the others keep theirs."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from trafficopt.scenario import Scenario
from trafficopt.sumo.net_changes import Changes
from trafficopt.sumo.roads import CAR, Pair, Roads, Successors, way_between
from trafficopt.sumo.routes import ROAD_USERS
from trafficopt.units import Seconds

LONGEST_DETOUR_S = 300.0  # at free flow; beyond it a driver would have chosen another route altogether


@dataclass(slots=True)
class Rerouting:
    """Finds new routes, and remembers for whom.

    Attributes
    ----------
    rerouted
        Seconds that the new route takes longer at free flow, by vehicle (or flow, or named route).
    stranded
        Vehicles without a way within the limit, by the links that are connected no more.
    """

    scenario: Scenario
    changes: Changes
    rerouted: dict[str, Seconds] = field(default_factory=dict)
    stranded: dict[Pair, list[str]] = field(default_factory=dict)
    _roads: Roads = field(init=False)
    _successors: dict[str, Successors] = field(default_factory=dict)
    _ways: dict[tuple[str, Pair], tuple[str, ...] | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._roads = Roads(self.scenario.network)

    def rewrite(self, root: ET.Element) -> bool:
        """Mend all routes of a file in place; whether any was broken."""
        classes = {key: kind.vehicle_class for key, kind in self.scenario.demand.vehicle_types.items()}
        broken = False
        for element in root:
            key = element.get("id", "")
            vehicle_class = classes.get(element.get("type", ""), CAR)
            if element.tag in ROAD_USERS:
                broken |= self._mend_ends(element)
            for route in element.iter("route"):
                broken |= self._mend(route, key, vehicle_class)
        return broken

    def _mend_ends(self, element: ET.Element) -> bool:
        """Replace deleted links at the ends of a trip."""
        changed = False
        for name, place in (("from", 0), ("to", -1)):
            pair = self.changes.deleted.get(element.get(name, ""))
            if pair is not None:
                element.set(name, pair[place])
                changed = True
        return changed

    def _mend(self, route: ET.Element, key: str, vehicle_class: str) -> bool:
        before = route.get("edges", "").split()
        after = self._way(before, key, vehicle_class)
        if after == before:
            return False
        route.set("edges", " ".join(after))
        self.rerouted[key] = self._seconds(after) - self._seconds(before)
        return True

    def _way(self, before: Sequence[str], key: str, vehicle_class: str) -> list[str]:
        """A route without what is gone: as before where it can be, with the way between where it cannot."""
        links = [link for one in before for link in self.changes.deleted.get(one, (one,))]
        broken = [pair for pair in pairwise(links) if pair in self.changes.removed]
        if not broken:
            return links
        way = links[:1]
        for pair in pairwise(links):
            between = self._between(pair, vehicle_class) if pair in self.changes.removed else ()
            if between is None:
                self.stranded.setdefault(pair, []).append(key)
                between = ()
            way += [*between, pair[1]]
        return without_loops(way)

    def _between(self, pair: Pair, vehicle_class: str) -> tuple[str, ...] | None:
        """Links between two that are connected no more; None where the way is too long, or there is none."""
        if (vehicle_class, pair) not in self._ways:
            if vehicle_class not in self._successors:
                self._successors[vehicle_class] = self.changes.successors(self._roads, vehicle_class)
            successors, links = self._successors[vehicle_class], self._roads.links
            between = self.changes.detours.get(pair)
            if between is None:
                found = way_between(successors, links, *pair)
                between = found[0] if found else None
            if between is not None and self._seconds(between) > LONGEST_DETOUR_S:
                between = None
            self._ways[vehicle_class, pair] = between
        return self._ways[vehicle_class, pair]

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

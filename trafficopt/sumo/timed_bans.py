"""Turns that are banned by time of day: whom a scenario can hold to a route, and who needs one of their own.

The connection stays in the net. Those who would come to the turn while it is banned get another route, by
departure and free-flow travel time: who is late or early in SUMO drives as planned all the same.
"""

from __future__ import annotations

import tempfile
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from trafficopt.scenario import Scenario
from trafficopt.sumo.frozen_routes import with_frozen_routes
from trafficopt.sumo.rebuilt_net import read_tree
from trafficopt.sumo.roads import Pair
from trafficopt.sumo.routes import ROAD_USERS
from trafficopt.treatment import BanTurn, NetworkEdit

REROUTED_BY_SUMO = ("device.rerouting.probability", "device.rerouting.explicit")


def ban_faults(scenario: Scenario, edits: Sequence[NetworkEdit]) -> list[str]:
    """Why bans by time of day would mean nothing, or would not hold."""
    bans = [edit for edit in edits if isinstance(edit, BanTurn) and edit.begin_s is not None]
    begin_s, end_s = scenario.simulation.begin_s, scenario.simulation.end_s
    faults = [
        f"{ban}: the scenario runs from {begin_s:g} s to {end_s:g} s, not then"
        for ban in bans
        if ban.window[1] <= begin_s or ban.window[0] >= end_s
    ]
    until_s = max((ban.window[1] for ban in bans), default=0.0)
    rows = zip(scenario.demand.vehicles, scenario.demand.depart_s, scenario.demand.departures, strict=False)
    choosing = [key for key, depart_s, how in rows if how.chooses_route and depart_s < until_s]
    if choosing:
        who = f"{len(choosing)} vehicles, first {choosing[0]!r},"
        faults.append(f"a turn cannot be banned by time of day: {who} choose their routes when they depart")
    options = [name for name in REROUTED_BY_SUMO if scenario.simulation.options.get(name, "0") != "0"]
    if bans and options:
        faults.append(
            f"a turn cannot be banned by time of day: {options[0]} lets vehicles change their routes"
        )
    return faults


@dataclass(slots=True)
class OwnRoutes:
    """Gives vehicles a route of their own where they share one.

    Attributes
    ----------
    vehicles
        Those who need one.
    banned
        Turns that are banned at some time.
    faults
        Why some cannot be given one.
    unsorted
        Whether vehicles of a flow stand in a file out of the order of departure.
    """

    scenario: Scenario
    vehicles: Set[str]
    banned: Set[Pair]
    faults: list[str] = field(default_factory=list)
    unsorted: bool = False
    _members: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _given: dict[str, ET.Element] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key in self.scenario.demand.vehicles:
            self._members[key.rpartition(".")[0]].append(key)

    def rewrite(self, root: ET.Element) -> bool:
        """Replace elements of a file in place; whether any was."""
        if not self.banned:
            return False
        for drawn in root.iter("routeDistribution"):
            routes = [route.get("edges", "").split() for route in drawn.iter("route")]
            if any(not self.banned.isdisjoint(pairwise(route)) for route in routes):
                self.faults.append(
                    f"SUMO draws from routes ({drawn.get('id', '')!r}) that drive a banned turn"
                )
        elements = [made for element in root for made in self._apart(element)]
        changed = elements != list(root)
        root[:] = elements
        return changed

    def _apart(self, element: ET.Element) -> list[ET.Element]:
        """The vehicles that take the place of an element, or the element."""
        key, is_flow = element.get("id", ""), element.tag == "flow"
        alone = not is_flow and element.find("route") is not None
        if element.tag not in ROAD_USERS or alone:
            return [element]
        members = self._members[key] if is_flow else [key]
        if self.vehicles.isdisjoint(members):
            return [element]
        if "probability" in element.attrib or element.get("period", "").startswith("exp"):
            self.faults.append(f"flow {key!r}: SUMO draws when its vehicles depart, of which some meet a ban")
            return [element]
        self._given = self._given or _with_routes(self.scenario)
        if lacking := [one for one in members if one not in self._given]:
            self.faults.append(f"{lacking[0]!r} stands in an additional file, and cannot get another route")
            return [element]
        self.unsorted |= is_flow
        return [self._given[one] for one in members]


def _with_routes(scenario: Scenario) -> dict[str, ET.Element]:
    """All vehicles of the route files with a route each, by id."""
    with tempfile.TemporaryDirectory(prefix="trafficopt-") as name:
        root = read_tree(with_frozen_routes(scenario, Path(name)).simulation.routes[0])
    return {element.get("id", ""): element for element in root.iter("vehicle")}

"""What treatments change of a net: links and connections that go or come, and the ways that replace them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from trafficopt.intersection import Turn
from trafficopt.network import Link
from trafficopt.sumo.roads import CAR, LaneEnds, Pair, Roads, Successors
from trafficopt.units import FloatArray, Seconds

Window = tuple[Seconds, Seconds]


@dataclass(slots=True)
class Changes:
    """Changes of a net.

    Attributes
    ----------
    deleted
        Links that go, each with the two links that replace it in a route.
    removed
        Connected links that are connected no more.
    dropped
        Connections that go although their links stay connected, by other lanes.
    added
        New connections, with their turn.
    like
        Of new connections of a movement that the net has: the one whose signal and manner they share.
    detours
        Links between two links whose connection goes, where a treatment prescribes the way.
    banned
        Turns that are banned, always or for a time.
    windows
        Of those that are banned for a time and stay in the net: from when until when [s].
    moved
        How far nodes are moved [m], shape (2,) each.
    """

    deleted: dict[str, Pair] = field(default_factory=dict)
    removed: set[Pair] = field(default_factory=set)
    dropped: set[LaneEnds] = field(default_factory=set)
    added: dict[LaneEnds, Turn] = field(default_factory=dict)
    like: dict[LaneEnds, LaneEnds] = field(default_factory=dict)
    detours: dict[Pair, tuple[str, ...]] = field(default_factory=dict)
    banned: set[Pair] = field(default_factory=set)
    windows: dict[Pair, list[Window]] = field(default_factory=lambda: defaultdict(list))
    moved: dict[str, FloatArray] = field(default_factory=dict)

    def nodes(self, links: Mapping[str, Link]) -> set[str]:
        """Nodes at which anything changes."""
        ends = {node for key in self.deleted for node in (links[key].from_node, links[key].to_node)}
        turned = [link for link, _ in self.removed]
        turned += [ends.from_link for ends in self.dropped | self.added.keys()]
        return ends | {links[key].to_node for key in turned} | self.moved.keys()

    def keeps(self, ends: LaneEnds) -> bool:
        """Whether a connection of the net stays."""
        pair = ends.from_link, ends.to_link
        return pair not in self.removed and ends not in self.dropped and self.deleted.keys().isdisjoint(pair)

    def successors(
        self, roads: Roads, vehicle_class: str = CAR, closed: frozenset[Pair] = frozenset()
    ) -> Successors:
        """Links that one may drive to from each link of the changed net, but for turns that are closed."""
        added = {(ends.from_link, ends.to_link) for ends in self.added}
        return roads.successors(
            without=self.removed | closed,
            deleted=self.deleted.keys(),
            added=added,
            vehicle_class=vehicle_class,
        )

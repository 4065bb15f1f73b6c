"""The road network as the signals see it: links, intersections, arterials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import networkx as nx

from trafficopt.intersection import Intersection
from trafficopt.lanes import LaneGraph
from trafficopt.table_repr import Column, Table, Tabled, counted
from trafficopt.units import Meters, MetersPerSecond, Seconds
from trafficopt.unknown_name import unknown_name

Point = tuple[float, float]
if TYPE_CHECKING:
    Graph: TypeAlias = nx.MultiDiGraph[str]
else:
    Graph = nx.MultiDiGraph  # takes no type when it runs


@dataclass(frozen=True, slots=True)
class Link:
    """A directed stretch of road between two nodes."""

    id: str
    from_node: str
    to_node: str
    length_m: Meters
    speed_m_s: MetersPerSecond
    n_lanes: int
    shape: tuple[Point, ...] = field(repr=False)

    @property
    def free_flow_s(self) -> Seconds:
        """Travel time at the speed limit."""
        return self.length_m / self.speed_m_s


@dataclass(frozen=True, slots=True, repr=False)
class Arterial(Tabled):
    """Intersections in a row, driven both ways.

    Attributes
    ----------
    outbound, inbound
        Links from each intersection to the next, and back: as many entries as gaps, `inbound[i]`
        leads from intersection i + 1 to intersection i.
    """

    name: str
    intersections: tuple[str, ...]
    outbound: tuple[tuple[str, ...], ...] = field(repr=False)
    inbound: tuple[tuple[str, ...], ...] = field(repr=False)

    def __post_init__(self) -> None:
        if not len(self.outbound) == len(self.inbound) == len(self.intersections) - 1:
            raise ValueError(f"{self.name}: one link path is needed for each gap")

    def _table(self) -> Table:
        n = counted(len(self.intersections), "intersection")
        return Table(f"Arterial {self.name}: {n}, {', '.join(self.intersections)}")


@dataclass(frozen=True, slots=True, repr=False)
class Network(Tabled):
    """All links, and the signalized intersections in a fixed order.

    Attributes
    ----------
    lane_graph
        Lanes and their connections, where they were read.
    """

    links: Mapping[str, Link] = field(repr=False)
    intersections: tuple[Intersection, ...] = field(repr=False)
    arterials: tuple[Arterial, ...] = ()
    lane_graph: LaneGraph | None = field(default=None, repr=False, compare=False)
    graph: Graph = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        graph: Graph = nx.MultiDiGraph()
        for link in self.links.values():
            graph.add_edge(link.from_node, link.to_node, key=link.id, length_m=link.length_m)
        object.__setattr__(self, "graph", graph)

    def __getitem__(self, intersection: str) -> Intersection:
        """Intersection by its id.

        Raises
        ------
        UnknownNameError
            If the network has no such signal; it is a KeyError and an InputError.
        """
        for node in self.intersections:
            if node.id == intersection:
                return node
        raise unknown_name("network", "signal", intersection, self._ipython_key_completions_())

    def _ipython_key_completions_(self) -> list[str]:
        return [node.id for node in self.intersections]

    def _table(self) -> Table:
        columns = (
            *map(Column, ("signal", "movements", "crossings", "stages", "control")),
            Column("kept because"),
        )
        rows = [
            (
                node.id,
                len(node.movements),
                len(node.crossings),
                len(node.stages),
                node.control.value,
                node.kept_because,
            )
            for node in self.intersections
        ]
        sizes = (
            (len(rows), "signalized intersection"),
            (len(self.links), "link"),
            (len(self.arterials), "arterial"),
        )
        return Table(f"Network: {', '.join(counted(*size) for size in sizes)}", columns, rows)

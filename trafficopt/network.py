"""The road network as the signals see it: links, movements, stages, intersections, arterials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import networkx as nx

from trafficopt.units import BoolArray, Meters, MetersPerSecond, Seconds, read_only

Point = tuple[float, float]


class Turn(StrEnum):
    """Direction of a movement."""

    THROUGH = "through"
    LEFT = "left"
    RIGHT = "right"
    U_TURN = "u-turn"


class Control(StrEnum):
    """How a signal is run in the field."""

    FIXED_TIME = "fixed-time"
    ACTUATED = "actuated"
    OTHER = "other"


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


@dataclass(frozen=True, slots=True)
class Movement:
    """Traffic from one approach to one exit of a signalized intersection.

    Attributes
    ----------
    heads
        Indices into the signal's state string, one for each lane connection.
    lanes
        Lane of the approach that each head serves (0 = rightmost), as long as `heads`.
    turn_speed_m_s
        Speed at which the junction's geometry is driven.
    waiting_spaces
        Vehicles that can wait inside the junction ahead of the stop line for a gap.
    yields_to
        Heads of the same signal that go first when both are green.
    """

    from_link: str
    to_link: str
    turn: Turn
    heads: tuple[int, ...]
    lanes: tuple[int, ...]
    turn_speed_m_s: MetersPerSecond
    waiting_spaces: int
    yields_to: tuple[int, ...]

    @property
    def id(self) -> str:
        """Name that survives a rebuild of the network: `from->to`."""
        return f"{self.from_link}->{self.to_link}"


@dataclass(frozen=True, slots=True)
class Crossing:
    """A pedestrian crossing under the signal."""

    head: int
    length_m: Meters


@dataclass(frozen=True, slots=True)
class Interval:
    """A row of a signal program between two greens: yellow or all-red."""

    state: str
    duration_s: Seconds


@dataclass(frozen=True, slots=True)
class Stage:
    """Movements that are green together.

    Attributes
    ----------
    state
        One letter for each head: `G` green, `g` green that yields, `r` red.
    intergreen
        What follows the green before the next stage of the field plan: yellow, all-red.
    min_green_s, max_green_s
        Bounds of the displayed green.
    """

    state: str
    intergreen: tuple[Interval, ...]
    min_green_s: Seconds
    max_green_s: Seconds

    @property
    def intergreen_s(self) -> Seconds:
        """Yellow plus all-red after the green."""
        return sum(interval.duration_s for interval in self.intergreen)


@dataclass(frozen=True, slots=True)
class Intersection:
    """A signalized intersection.

    Attributes
    ----------
    conflicts
        bool array of shape (n_heads, n_heads): paths that cross or merge.
    stages
        In the order of the field plan.
    kept_because
        Why the signal cannot be retimed (empty: it can).
    """

    id: str
    x_m: Meters
    y_m: Meters
    n_heads: int
    movements: tuple[Movement, ...] = field(repr=False)
    crossings: tuple[Crossing, ...] = field(repr=False)
    conflicts: BoolArray = field(repr=False, compare=False)
    stages: tuple[Stage, ...] = field(repr=False)
    control: Control = Control.FIXED_TIME
    kept_because: str = ""
    district: str = ""

    def __post_init__(self) -> None:
        if self.conflicts.shape != (self.n_heads, self.n_heads):
            raise ValueError(f"{self.id}: conflicts must be {self.n_heads} x {self.n_heads}")
        read_only(self.conflicts)

    @property
    def lost_time_s(self) -> Seconds:
        """Sum of the intergreens of the field plan's stage order."""
        return sum(stage.intergreen_s for stage in self.stages)


@dataclass(frozen=True, slots=True)
class Arterial:
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


@dataclass(frozen=True, slots=True)
class Network:
    """All links, and the signalized intersections in a fixed order."""

    links: Mapping[str, Link] = field(repr=False)
    intersections: tuple[Intersection, ...] = field(repr=False)
    arterials: tuple[Arterial, ...] = ()
    graph: nx.MultiDiGraph[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        for link in self.links.values():
            graph.add_edge(link.from_node, link.to_node, key=link.id, length_m=link.length_m)
        object.__setattr__(self, "graph", graph)

    def __repr__(self) -> str:
        return (
            f"Network: {len(self.intersections)} signalized intersections, "
            f"{len(self.links)} links, {len(self.arterials)} arterials"
        )

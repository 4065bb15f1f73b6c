"""Every lane of the network, what connects it to the next, and whose paths meet in between."""

from __future__ import annotations

from dataclasses import dataclass, field

from trafficopt.intersection import Turn
from trafficopt.units import BoolArray, FloatArray, IntArray, Meters, MetersPerSecond, read_only


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane of a link.

    Attributes
    ----------
    index
        Place on the link, 0 = rightmost.
    classes
        SUMO's vehicle classes that may drive here.
    """

    link: str
    index: int
    length_m: Meters
    speed_m_s: MetersPerSecond
    classes: frozenset[str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Connection:
    """From a lane to a lane of another link, over a junction.

    Attributes
    ----------
    from_lane, to_lane
        Indices into `LaneGraph.lanes`.
    signal, head
        Signal and the letter of its state that shows; empty and -1 where there is no signal.
    right_of_way
        SUMO's letter of the connection: M major, m minor, s stop, w all-way stop, = equal, Z zipper,
        o and O off (blinking or not). Of a signal, what holds while it is switched off.
    length_m
        Of the whole path inside the junction; 0 in a network without internal links.
    waiting_m
        Of the path up to the place inside the junction where vehicles wait for a gap; 0: there is none.
    speed_m_s
        Lowest limit on the path inside.
    keep_clear
        Vehicles wait ahead of the junction when they could not leave it.
    waits_for
        Lanes whose traffic goes first at the waiting place; None: those that it gives way to anyhow.
    """

    from_lane: int
    to_lane: int
    turn: Turn
    node: str
    signal: str
    head: int
    right_of_way: str
    length_m: Meters
    waiting_m: Meters
    speed_m_s: MetersPerSecond
    keep_clear: bool
    waits_for: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class LaneGraph:
    """Lanes and connections of a network, with the right of way.

    Attributes
    ----------
    lanes
        Of all links, in the order of the network, from right to left.
    connections
        Grouped by `from_lane`, ascending; those of one lane in the order of the network.
    foe_at
        Where each connection's foes begin in the arrays below, shape (n_connections + 1,).
    foe
        Connections whose paths meet that of the row, as SUMO's foes have it, shape (n_foes,). SUMO also
        lets a row give way to a connection that it does not meet (into a lane beside): that one stands
        here too, with an empty area at the end of the row's path, and has no row the other way.
    yields
        bool array of shape (n_foes,): the row gives way to the foe. At a signal: where both are green.
    near_m, far_m
        Distance [m] from the stop line of the row along its path to the near and the far edge of the
        area that it shares with the foe, shape (n_foes,).
    """

    lanes: tuple[Lane, ...] = field(repr=False)
    connections: tuple[Connection, ...] = field(repr=False)
    foe_at: IntArray = field(repr=False)
    foe: IntArray = field(repr=False)
    yields: BoolArray = field(repr=False)
    near_m: FloatArray = field(repr=False)
    far_m: FloatArray = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.foe_at) != len(self.connections) + 1:
            raise ValueError("one row of foes is needed for each connection")
        n = int(self.foe_at[-1])
        if any(len(array) != n for array in (self.foe, self.yields, self.near_m, self.far_m)):
            raise ValueError(f"the arrays of foes must have {n} values")
        for name in ("foe_at", "foe", "yields", "near_m", "far_m"):
            read_only(getattr(self, name))

    def __repr__(self) -> str:
        return f"LaneGraph: {len(self.lanes)} lanes, {len(self.connections)} connections"

"""Treatments: changes of the network, the demand or the plan, as data.

A treatment only says what is changed, and where. `sumo` applies those of the network, so that each can
be evaluated alone and undone: the scenario that it is applied to stays as it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from trafficopt.units import Meters


class Family(StrEnum):
    """Kinds of treatments."""

    RETIME = "retime"
    COORDINATE = "coordinate"
    RESEQUENCE = "resequence"
    U_TURN_OPENING = "u-turn opening"
    ISLAND = "island"
    LANE_USE = "lane use"
    POCKET = "pocket"
    TURN_BAN = "turn ban"
    PARKING = "parking"


class Treatment(Protocol):
    """A change at one place; `str` says it in words."""

    @property
    def family(self) -> Family:
        """What kind of change it is."""

    @property
    def place(self) -> str:
        """Id of the intersection, opening or movement that is changed."""


@dataclass(frozen=True, slots=True)
class CloseOpening:
    """A U-turn opening of a median is closed.

    Attributes
    ----------
    from_edge, to_edge
        Links from and to which one could turn.
    at_junction
        Those who turned here turn at the next signal downstream that has a left turn, together with it.
        Otherwise they take the shortest other way that the network allows.
    """

    opening: str
    from_edge: str
    to_edge: str
    at_junction: bool = True

    def __post_init__(self) -> None:
        _require_names(self.opening, self.from_edge, self.to_edge)

    @property
    def family(self) -> Family:
        """Always a U-turn opening."""
        return Family.U_TURN_OPENING

    @property
    def place(self) -> str:
        """Id of the opening."""
        return self.opening

    def __str__(self) -> str:
        turners = "at the next signal with a left turn" if self.at_junction else "where else it is allowed"
        return f"close the U-turn opening {self.opening}; U-turns {turners}"


@dataclass(frozen=True, slots=True)
class MoveOpening:
    """A U-turn opening of a median is moved along its block, with the pocket ahead of it.

    Attributes
    ----------
    from_edge, to_edge
        Links from and to which one turns; they keep their names.
    downstream_m
        How far [m], in the direction of those who come to turn; negative: upstream.
    """

    opening: str
    from_edge: str
    to_edge: str
    downstream_m: Meters

    def __post_init__(self) -> None:
        _require_names(self.opening, self.from_edge, self.to_edge)
        if not math.isfinite(self.downstream_m) or self.downstream_m == 0.0:
            raise ValueError(f"opening {self.opening!r} cannot be moved by {self.downstream_m} m")

    @property
    def family(self) -> Family:
        """Always a U-turn opening."""
        return Family.U_TURN_OPENING

    @property
    def place(self) -> str:
        """Id of the opening."""
        return self.opening

    def __str__(self) -> str:
        way = "downstream" if self.downstream_m > 0 else "upstream"
        return f"move the U-turn opening {self.opening} by {abs(self.downstream_m):g} m {way}"


@dataclass(frozen=True, slots=True)
class ExtendPocket:
    """The pocket of an approach begins further upstream.

    Attributes
    ----------
    link
        The link with the pocket: it has more lanes than the one that leads to it.
    by_m
        How much longer it gets [m].
    """

    link: str
    by_m: Meters

    def __post_init__(self) -> None:
        _require_names(self.link)
        if not 0.0 < self.by_m < math.inf:
            raise ValueError(f"the pocket of {self.link!r} cannot be extended by {self.by_m} m")

    @property
    def family(self) -> Family:
        """Always a pocket."""
        return Family.POCKET

    @property
    def place(self) -> str:
        """Id of the link."""
        return self.link

    def __str__(self) -> str:
        return f"extend the pocket of {self.link} by {self.by_m:g} m"


@dataclass(frozen=True, slots=True)
class RemoveIsland:
    """The right-turn islands of an intersection go: its right turns come under the signal."""

    intersection: str

    def __post_init__(self) -> None:
        _require_names(self.intersection)

    @property
    def family(self) -> Family:
        """Always an island."""
        return Family.ISLAND

    @property
    def place(self) -> str:
        """Id of the intersection."""
        return self.intersection

    def __str__(self) -> str:
        return f"remove the right-turn islands of {self.intersection}; right turns from the curb lane"


@dataclass(frozen=True, slots=True)
class BanTurn:
    """One may no longer drive from one link to the next."""

    from_link: str
    to_link: str

    def __post_init__(self) -> None:
        _require_names(self.from_link, self.to_link)

    @property
    def family(self) -> Family:
        """Always a turn ban."""
        return Family.TURN_BAN

    @property
    def place(self) -> str:
        """Id of the movement."""
        return f"{self.from_link}->{self.to_link}"

    def __str__(self) -> str:
        return f"ban the turn from {self.from_link} to {self.to_link}"


NetworkEdit = CloseOpening | MoveOpening | ExtendPocket | RemoveIsland | BanTurn


def _require_names(*names: object) -> None:
    for name in names:
        if not (isinstance(name, str) and name.strip()):
            raise ValueError(f"{name!r} is no id of the network")

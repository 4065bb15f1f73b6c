"""Treatments: changes of the network, the demand or the plan, as data.

A treatment only says what is changed, and where. `sumo` applies those of the network, so that each can
be evaluated alone and undone: the scenario that it is applied to stays as it is.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar, Protocol

from trafficopt.intersection import Turn
from trafficopt.table_repr import Table, Tabled
from trafficopt.units import Meters, Seconds, clock

FROM_THE_LEFT = (Turn.U_TURN, Turn.LEFT, Turn.THROUGH, Turn.RIGHT)  # as arrows stand on a lane


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
        """Id of the intersection, opening, link or movement that is changed."""


class _Told(Tabled):
    """Prints as its words."""

    __slots__ = ()

    def _table(self) -> Table:
        return Table(f"{type(self).__name__}: {self}")


@dataclass(frozen=True, slots=True, repr=False)
class CloseOpening(_Told):
    """A U-turn opening of a median is closed.

    Attributes
    ----------
    from_edge, to_edge
        Links from and to which one could turn.
    at_junction
        Those who turned here turn at the next signal downstream that has a left turn, together with it.
        Otherwise they take the shortest other way that the network allows.
    """

    family: ClassVar[Family] = Family.U_TURN_OPENING
    opening: str
    from_edge: str
    to_edge: str
    at_junction: bool = True

    def __post_init__(self) -> None:
        _require_names(self.opening, self.from_edge, self.to_edge)

    @property
    def place(self) -> str:
        """Id of the opening."""
        return self.opening

    def __str__(self) -> str:
        turners = "at the next signal with a left turn" if self.at_junction else "where else it is allowed"
        return f"close the U-turn opening {self.opening}; U-turns {turners}"


@dataclass(frozen=True, slots=True, repr=False)
class MoveOpening(_Told):
    """A U-turn opening of a median is moved along its block, with the pocket ahead of it.

    Attributes
    ----------
    from_edge, to_edge
        Links from and to which one turns; they keep their names.
    downstream_m
        How far [m], in the direction of those who come to turn; negative: upstream.
    """

    family: ClassVar[Family] = Family.U_TURN_OPENING
    opening: str
    from_edge: str
    to_edge: str
    downstream_m: Meters

    def __post_init__(self) -> None:
        _require_names(self.opening, self.from_edge, self.to_edge)
        if not math.isfinite(self.downstream_m) or self.downstream_m == 0.0:
            raise ValueError(f"opening {self.opening!r} cannot be moved by {self.downstream_m} m")

    @property
    def place(self) -> str:
        """Id of the opening."""
        return self.opening

    def __str__(self) -> str:
        way = "downstream" if self.downstream_m > 0 else "upstream"
        return f"move the U-turn opening {self.opening} by {abs(self.downstream_m):g} m {way}"


@dataclass(frozen=True, slots=True, repr=False)
class ExtendPocket(_Told):
    """The pocket of an approach begins further upstream.

    Attributes
    ----------
    link
        The link with the pocket: it has more lanes than the one that leads to it.
    by_m
        How much longer it gets [m].
    """

    family: ClassVar[Family] = Family.POCKET
    link: str
    by_m: Meters

    def __post_init__(self) -> None:
        _require_names(self.link)
        if not 0.0 < self.by_m < math.inf:
            raise ValueError(f"the pocket of {self.link!r} cannot be extended by {self.by_m} m")

    @property
    def place(self) -> str:
        """Id of the link."""
        return self.link

    def __str__(self) -> str:
        return f"extend the pocket of {self.link} by {self.by_m:g} m"


@dataclass(frozen=True, slots=True, repr=False)
class RemoveIsland(_Told):
    """The right-turn islands of an intersection go: its right turns come under the signal."""

    family: ClassVar[Family] = Family.ISLAND
    intersection: str

    def __post_init__(self) -> None:
        _require_names(self.intersection)

    @property
    def place(self) -> str:
        """Id of the intersection."""
        return self.intersection

    def __str__(self) -> str:
        return f"remove the right-turn islands of {self.intersection}; right turns from the curb lane"


@dataclass(frozen=True, slots=True, repr=False)
class BanTurn(_Told):
    """One may no longer drive from one link to the next, always or by time of day.

    Attributes
    ----------
    begin_s, end_s
        From when and until when [s of the simulation's clock]; None, both: always.
    """

    family: ClassVar[Family] = Family.TURN_BAN
    from_link: str
    to_link: str
    begin_s: Seconds | None = None
    end_s: Seconds | None = None

    def __post_init__(self) -> None:
        _require_names(self.from_link, self.to_link)
        times_s = [time_s for time_s in (self.begin_s, self.end_s) if time_s is not None]
        if times_s and not (len(times_s) == 2 and 0.0 <= times_s[0] < times_s[1] < math.inf):
            raise ValueError(
                f"the turn {self.place} cannot be banned from {self.begin_s} s to {self.end_s} s"
            )

    @property
    def place(self) -> str:
        """Id of the movement."""
        return f"{self.from_link}->{self.to_link}"

    @property
    def window(self) -> tuple[Seconds, Seconds]:
        """When the ban holds [s]; without end both ways if it always does."""
        return (
            -math.inf if self.begin_s is None else self.begin_s,
            math.inf if self.end_s is None else self.end_s,
        )

    def __str__(self) -> str:
        turn = f"ban the turn from {self.from_link} to {self.to_link}"
        if self.begin_s is None:
            return turn
        begin, end = map(clock, self.window)
        return f"{turn} between {begin} and {end}"


@dataclass(frozen=True, slots=True, repr=False)
class ChangeLaneUse(_Told):
    """Lanes of an approach of a signal serve other movements than before.

    Attributes
    ----------
    approach
        The link that leads to the signal.
    lanes
        For each lane whose use changes (SUMO's index, 0 = curb lane), all that it serves afterwards: turns
        ("u-turn", "left", "through", "right") or, where two links lie in one direction, the link.

    Examples
    --------
    >>> print(ChangeLaneUse("west", {0: ["through", "right"], 2: "left"}))
    change the use of the lanes of west: lane 0 for through, right; lane 2 for left
    """

    family: ClassVar[Family] = Family.LANE_USE
    approach: str
    lanes: Mapping[int, Collection[str]]

    def __post_init__(self) -> None:
        _require_names(self.approach)
        if not self.lanes:
            raise ValueError(f"no lane of {self.approach!r} is named")
        lanes = {lane: _served(self.approach, lane, names) for lane, names in self.lanes.items()}
        object.__setattr__(self, "lanes", MappingProxyType(dict(sorted(lanes.items()))))

    def __hash__(self) -> int:
        return hash((self.approach, tuple(self.lanes.items())))

    def __reduce__(self) -> tuple[Any, ...]:
        return ChangeLaneUse, (self.approach, dict(self.lanes))

    @property
    def place(self) -> str:
        """Id of the approach."""
        return self.approach

    def __str__(self) -> str:
        lanes = "; ".join(f"lane {lane} for {', '.join(names)}" for lane, names in self.lanes.items())
        return f"change the use of the lanes of {self.approach}: {lanes}"


NetworkEdit = CloseOpening | MoveOpening | ExtendPocket | RemoveIsland | BanTurn | ChangeLaneUse


def _require_names(*names: object) -> None:
    for name in names:
        if not (isinstance(name, str) and name.strip()):
            raise ValueError(f"{name!r} is no id of the network")


def _served(approach: str, lane: object, served: Collection[str]) -> tuple[str, ...]:
    """What a lane serves, each once, from left to right; links after turns."""
    if not isinstance(lane, int) or isinstance(lane, bool) or lane < 0:
        raise ValueError(f"{lane!r} is no lane of {approach!r}: 0 is the one at the curb")
    names = [served] if isinstance(served, str) else list(served)
    if not names:
        raise ValueError(f"lane {lane} of {approach!r} would serve nothing")
    _require_names(*names)
    turns = [turn.value for turn in FROM_THE_LEFT if turn in names]
    return (*turns, *sorted(set(names) - set(turns)))

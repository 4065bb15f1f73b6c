"""What the city is made of: junctions, blocks between them, openings."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

OPPOSITE = {"N": "S", "S": "N", "E": "W", "W": "E"}
RIGHT_OF = {"W": "S", "S": "E", "E": "N", "N": "W"}
"""The leg by which traffic leaves when it comes from a leg and turns right."""
LEFT_OF = {"W": "N", "N": "E", "E": "S", "S": "W"}
CLASS_RANK = {"arterial": 4, "ring": 3, "collector": 2, "minor": 1, "side": 0, "gate": 0}


@dataclass(slots=True)
class Junction:
    """A node where blocks meet; ``legs`` maps a compass letter to the block there."""

    id: str
    x: float
    y: float
    kind: str
    legs: dict[str, Block] = field(default_factory=dict)
    signal: bool = False
    islands: bool = False
    retime: bool = False
    right_lane: bool = False
    district: str = ""

    def leg_of(self, block: Block) -> str:
        """Return the leg by which a block meets the junction."""
        return next(letter for letter, other in self.legs.items() if other is block)

    @property
    def on_arterial(self) -> bool:
        """Whether an arterial passes."""
        return any(block.arterial for block in self.legs.values())

    @property
    def right_in_right_out(self) -> bool:
        """Whether the median of an arterial closes all turns but right ones."""
        return self.on_arterial and not self.signal and len(self.legs) > 2

    @property
    def rank(self) -> int:
        """Static importance: classes of the roads that meet."""
        return sum(CLASS_RANK[block.road_class] for block in self.legs.values())


@dataclass(slots=True)
class Block:
    """A two-way stretch of road from ``a`` (west or south end) to ``b``."""

    a: Junction
    b: Junction
    axis: str
    road_class: str
    lanes: int
    arterial: str
    line: int

    @property
    def length_m(self) -> float:
        """Straight distance between the ends."""
        return math.hypot(self.b.x - self.a.x, self.b.y - self.a.y)

    def point(self, share: float) -> tuple[float, float]:
        """Return the point at a share of the way from ``a`` to ``b``."""
        return (
            self.a.x + share * (self.b.x - self.a.x),
            self.a.y + share * (self.b.y - self.a.y),
        )

    def join(self) -> None:
        """Enter the block as a leg of both its ends."""
        leave, arrive = ("E", "W") if self.axis == "row" else ("N", "S")
        self.a.legs[leave] = self
        self.b.legs[arrive] = self

    def part(self) -> None:
        """Take the block out of the legs of both its ends."""
        for end in (self.a, self.b):
            for letter in [k for k, v in end.legs.items() if v is self]:
                del end.legs[letter]


@dataclass(frozen=True, slots=True)
class Opening:
    """A U-turn opening in a median, for traffic that comes from ``a`` (``from_a``) or ``b``."""

    id: str
    block: Block
    from_a: bool
    share: float


@dataclass(slots=True)
class City:
    """The whole layout."""

    junctions: dict[str, Junction]
    blocks: list[Block]
    openings: list[Opening]
    arterials: dict[str, list[Junction]]

    def signals(self) -> list[Junction]:
        """Return all signalized intersections in the order of their names."""
        return sorted((j for j in self.junctions.values() if j.signal), key=lambda j: j.id)

"""Words for places: from which side an approach comes, and what a movement does."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from trafficopt.intersection import Movement, Turn
from trafficopt.network import Link
from trafficopt.units import Meters

SEEN_M: Meters = (
    20.0  # of an approach, by which its side is told: pieces at stop lines may be short and askew
)
LONGEST_ID = 30
SIDES = ("east", "northeast", "north", "northwest", "west", "southwest", "south", "southeast")
TURNS = {
    Turn.THROUGH: "straight on",
    Turn.LEFT: "left turn",
    Turn.RIGHT: "right turn",
    Turn.U_TURN: "U-turn",
}


def side(link: Link) -> str:
    """Name the side from which traffic on a link comes, by its last 20 m or more; north is upward.

    Empty where the link's shape does not tell.

    Examples
    --------
    >>> side(Link("w", "a", "b", 50.0, 13.9, 1, ((0.0, 0.0), (50.0, 3.0))))  # driven eastward
    'west'
    """
    end = link.shape[-1] if link.shape else (0.0, 0.0)
    begin = next((p for p in reversed(link.shape) if math.dist(p, end) >= SEEN_M), [*link.shape, end][0])
    if begin == end:
        return ""
    return SIDES[round(math.atan2(begin[1] - end[1], begin[0] - end[0]) / (math.pi / 4.0)) % 8]


def movement_name(turn: Turn, link: Link) -> str:
    """Name a movement: "left turn from the west"."""
    where = side(link)
    return f"{TURNS[turn]} from {f'the {where}' if where else short_id(link.id)}"


def movement_names(movements: Sequence[Movement], links: Mapping[str, Link]) -> dict[str, str]:
    """Names of the movements of an intersection by id; where two are alike, their links are told too."""
    names = {m.id: movement_name(m.turn, links[m.from_link]) for m in movements}
    times = Counter(names.values())
    return {
        m.id: names[m.id]
        if times[names[m.id]] == 1
        else f"{names[m.id]} ({short_id(m.from_link)} to {short_id(m.to_link)})"
        for m in movements
    }


def short_id(text: str) -> str:
    """Shorten a long id in the middle, for a line of text.

    Examples
    --------
    >>> short_id("cluster_1757124350_1757124352_1757124360")
    'cluster_175712…4352_1757124360'
    """
    if len(text) <= LONGEST_ID:
        return text
    keep = LONGEST_ID // 2
    return f"{text[: keep - 1]}…{text[-keep:]}"

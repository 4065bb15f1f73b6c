"""Words for places: from which side an approach comes, and what a movement does."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from trafficopt.intersection import Movement, Turn
from trafficopt.network import Link
from trafficopt.phrase import Phrase
from trafficopt.units import Meters

SEEN_M: Meters = (
    20.0  # of an approach, by which its side is told: pieces at stop lines may be short and askew
)
LONGEST_ID = 30
SIDES = ("east", "northeast", "north", "northwest", "west", "southwest", "south", "southeast")
CHINESE_SIDES = dict(zip(SIDES, ("东", "东北", "北", "西北", "西", "西南", "南", "东南"), strict=True))
TURNS = {
    Turn.THROUGH: Phrase("straight on", "直行"),
    Turn.LEFT: Phrase("left turn", "左转"),
    Turn.RIGHT: Phrase("right turn", "右转"),
    Turn.U_TURN: Phrase("U-turn", "掉头"),
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


def movement_name(turn: Turn, link: Link) -> Phrase:
    """Name a movement: "left turn from the west"."""
    where, words = side(link), TURNS[turn]
    if where:
        return Phrase(f"{words.en} from the {where}", f"{CHINESE_SIDES[where]}进口{words.zh}")
    return Phrase(f"{words.en} from {short_id(link.id)}", f"{short_id(link.id)} {words.zh}")


def movement_names(movements: Sequence[Movement], links: Mapping[str, Link]) -> dict[str, Phrase]:
    """Names of the movements of an intersection by id; where two are alike, their links are told too."""
    names = {m.id: movement_name(m.turn, links[m.from_link]) for m in movements}
    times = Counter(names.values())
    return {m.id: names[m.id] if times[names[m.id]] == 1 else _with_links(names[m.id], m) for m in movements}


def _with_links(name: Phrase, movement: Movement) -> Phrase:
    start, end = short_id(movement.from_link), short_id(movement.to_link)
    return Phrase(f"{name.en} ({start} to {end})", f"{name.zh}（{start} 至 {end}）")


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

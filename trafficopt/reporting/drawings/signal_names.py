"""Words for what a signal serves: movements and crossings, and several of them in one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import takewhile

from trafficopt.diagnosis.names import SIDES, TURNS
from trafficopt.intersection import Head, Intersection, User
from trafficopt.network import Network, Point
from trafficopt.reporting.drawings.junction_arms import WALK, arms_of, crossed_links, links_of
from trafficopt.reporting.plots.canvas import short_label

FROM_SIDE = "{turn} from the {side}"
FROM_LINK = "{turn} from {link}"
CROSSING_SIDE = "crossing in the {side}"
WITH_LINKS = "{name} ({links})"
CROSSING_LINKS = "crossing over {links}"
AND, AND_WITHOUT_SPACES = ", ", "、"
LINK_LENGTH = 20


def head_names(network: Network, intersection: Intersection) -> dict[str, str]:
    """Name movements and crossings by the side from which an approach comes, by the ids of their heads.

    Where two would have the same name, their links are told too.
    """
    arms = arms_of(network, intersection)
    outward: dict[str, Point] = {}
    for (link, incoming), arm in arms.items():
        if incoming or link not in outward:
            outward[link] = arm.outward
    names: dict[str, str] = {}
    for head in (each for each in intersection.heads if each.user is not User.NOBODY):
        names.setdefault(head.id, _by_side(head, outward) or name_of(head))
    times = Counter(names.values())
    return {
        key: name if times[name] == 1 else WITH_LINKS.format(name=name, links=_ends(key))
        for key, name in names.items()
    }


def name_of(head: Head) -> str:
    """Name a movement by its approach, a crossing by the links that it crosses."""
    if head.user is User.PEDESTRIANS:
        links = (short_label(link, LINK_LENGTH) for link in crossed_links(head))
        return CROSSING_LINKS.format(links=AND.join(links))
    starts = dict.fromkeys(start for start, _ in links_of(head)) or {head.from_link: None}
    link = AND.join(short_label(start, LINK_LENGTH) for start in starts)
    return FROM_LINK.format(turn=TURNS[head.turn].en, link=link)


def _ends(head_id: str) -> str:
    """Links of a head's id, shortened, without the mark of a crossing."""
    links = head_id.removeprefix(WALK).replace("->", " → ").replace("+", " + ").split()
    return " ".join(short_label(link, LINK_LENGTH) for link in links)


def _by_side(head: Head, outward: Mapping[str, Point]) -> str:
    walks = head.user is User.PEDESTRIANS
    links = crossed_links(head) if walks else [start for start, _ in links_of(head)]
    ways = [outward[link] for link in links if link in outward]
    if not ways or (not walks and len(set(links)) > 1):
        return ""
    x, y = sum(way[0] for way in ways), sum(way[1] for way in ways)
    side = SIDES[round(math.atan2(y, x) / (math.pi / 4.0)) % len(SIDES)]
    return CROSSING_SIDE.format(side=side) if walks else FROM_SIDE.format(turn=TURNS[head.turn].en, side=side)


def joined(names: Sequence[str]) -> str:
    """Name several in one: what they end with alike is said once, without spaces what they begin with.

    Examples
    --------
    >>> joined(["straight on from the west", "right turn from the west"])
    'straight on, right turn from the west'
    >>> joined(["crossing in the west", "crossing in the east"])
    'crossing in the west, east'
    >>> joined(["西进口直行", "西进口右转"])
    '西进口直行、右转'
    """
    unique = list(dict.fromkeys(names))
    space = " " if any(" " in name for name in unique) else ""
    parts = [name.split(space) if space else list(name) for name in unique]
    longest = min(len(part) for part in parts) - 1
    n_end = min(_n_alike([part[::-1] for part in parts]), longest) if space else 0
    n_begin = 0 if n_end else min(_n_alike(parts), longest)
    own = (space.join(part[n_begin : len(part) - n_end]) for part in parts)
    told = (AND if space else AND_WITHOUT_SPACES).join(own)
    return space.join([*parts[0][:n_begin], told, *parts[0][len(parts[0]) - n_end :]])


def _n_alike(parts: Sequence[Sequence[str]]) -> int:
    """With how many equal words all begin."""
    return sum(1 for _ in takewhile(lambda words: len(set(words)) == 1, zip(*parts, strict=False)))

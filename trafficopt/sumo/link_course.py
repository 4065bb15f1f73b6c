"""How queues on links went over a run: the longest, and what had locked up by the end."""

from __future__ import annotations

import xml.etree.ElementTree as ET  # SUMO's own output of a moment ago needs no defused parser
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from trafficopt.run_verdict import FEW
from trafficopt.sumo.xml import opened
from trafficopt.units import Seconds

INTERVALS = "intervals.xml"
INTERVAL_S = 300.0
"""Longer than any cycle: a link that nobody leaves for so long is locked up."""
INTERVAL_DATA = (
    f'<edgeData id="trafficopt-intervals" file="{INTERVALS}" period="{INTERVAL_S:g}" excludeEmpty="true" '
    'writeAttributes="sampledSeconds waitingTime left arrived"/>'
)
STANDING = 0.95
"""Share of the time that vehicles spend standing from which nobody moves: some always roll up to a queue."""


@dataclass(frozen=True, slots=True)
class LinkCourse:
    """What links saw in a run.

    Attributes
    ----------
    longest_queue_veh
        Mean number of vehicles that stand on a link in an interval, of the link and the interval with most.
    standstill_s
        Longest time in which nobody moved.
    present_veh
        Mean number of vehicles in the network in the last whole interval.
    locked_veh
        Mean number standing on each link that nobody left in it while somebody stood there all the time.
    """

    longest_queue_veh: float = 0.0
    standstill_s: Seconds = 0.0
    present_veh: float = 0.0
    locked_veh: Mapping[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class _Interval:
    """Vehicle seconds on links between two times, all and standing, and whether somebody left."""

    begin_s: Seconds
    end_s: Seconds
    present: dict[str, float] = field(default_factory=dict)
    standing: dict[str, float] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)

    @property
    def period_s(self) -> Seconds:
        return self.end_s - self.begin_s

    def is_standstill(self) -> bool:
        """Whether nobody moves, and it is not just a stray vehicle."""
        present = sum(self.present.values())
        return present >= FEW * self.period_s and sum(self.standing.values()) >= STANDING * present

    def locked_veh(self) -> dict[str, float]:
        """Vehicles standing on links that nobody left, at least one all the time."""
        found = {link: s / self.period_s for link, s in self.standing.items() if link not in self.left}
        return {link: n for link, n in found.items() if n >= 1.0}


def read_link_course(path: Path, from_s: Seconds) -> LinkCourse:
    """What links saw from a time on; intervals that are cut short count only where no other is there.

    Raises
    ------
    InputError
        If the file is missing or not whole.
    """
    all_of_them = [interval for interval in _intervals(path) if interval.end_s > from_s]
    late = [interval for interval in all_of_them if interval.begin_s >= from_s] or all_of_them
    whole = [interval for interval in late if interval.period_s >= INTERVAL_S]
    queues = [n / i.period_s for i in whole or late for n in i.standing.values() if i.period_s > 0]
    if not whole:
        return LinkCourse(max(queues, default=0.0))
    last = whole[-1]
    return LinkCourse(
        longest_queue_veh=max(queues, default=0.0),
        standstill_s=_longest_s([interval.is_standstill() for interval in whole]),
        present_veh=sum(last.present.values()) / last.period_s,
        locked_veh=last.locked_veh(),
    )


def _longest_s(standstill: list[bool]) -> Seconds:
    """Length of the longest run of intervals in which nobody moves."""
    longest = now = 0
    for stands in standstill:
        now = now + 1 if stands else 0
        longest = max(longest, now)
    return longest * INTERVAL_S


def _intervals(path: Path) -> Iterator[_Interval]:
    interval = _Interval(0.0, 0.0)
    with opened(path) as stream:
        for event, element in ET.iterparse(stream, events=("start", "end")):
            row = element.attrib
            if event == "start" and element.tag == "interval":
                interval = _Interval(float(row["begin"]), float(row["end"]))
            elif event == "end" and element.tag == "edge":
                interval.present[row["id"]] = float(row.get("sampledSeconds", 0.0))
                interval.standing[row["id"]] = float(row.get("waitingTime", 0.0))
                if float(row.get("left", 0)) + float(row.get("arrived", 0)) > 0:
                    interval.left.add(row["id"])
                element.clear()
            elif event == "end" and element.tag == "interval":
                yield interval
                element.clear()

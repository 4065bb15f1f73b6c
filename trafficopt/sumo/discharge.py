"""How standing queues discharge at the stop lines of signals, from SUMO's instant induction loops."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

import numpy as np

from trafficopt.lanes import LaneGraph
from trafficopt.measured import FIRST_PLACE, LAST_PLACE, N_PLACES
from trafficopt.units import FloatArray, MetersPerSecond, Seconds

LOOPS = "loops.xml"
GREENS = "greens.xml"
AHEAD_OF_STOP_LINE_M = 0.1  # vehicles stop farther away from it
QUEUED_S = 3.0  # who would have come so long before the vehicle ahead has passed was in the queue
LONGEST_S = 5.0  # a longer headway is none of the queue: something else holds the vehicle
STARTED_S = 10.0  # the first of a queue passes it within this time, or something else holds it
BLOCKED_M_S = 3.0  # whoever is slower that far back meets something else than the queue's own discharge


class Passage(NamedTuple):
    """Movement that a vehicle took from a link, and when it would have been at the stop line if free [s]."""

    movement: int
    ready_s: Seconds


class Crossing(NamedTuple):
    """A front at a stop line."""

    lane: int
    time_s: Seconds
    vehicle: str
    speed_m_s: MetersPerSecond


@dataclass(frozen=True, slots=True)
class Discharge:
    """Sums over all queues of one run.

    Attributes
    ----------
    headway_sum_s, vehicles
        Headways [s] and their number by movement and place, shape (n, N_PLACES).
    start_sum_s, starts
        Times from green to the first crossing [s] and their number by movement, shape (n,).
    """

    headway_sum_s: FloatArray
    vehicles: FloatArray
    start_sum_s: FloatArray
    starts: FloatArray


def detectors(graph: LaneGraph) -> str:
    """Additional file with a loop at each signalized stop line, and a record of all greens."""
    signalized = [c for c in graph.connections if c.signal]
    rows = []
    for k in dict.fromkeys(c.from_lane for c in signalized):
        lane = quoteattr(f"{graph.lanes[k].link}_{graph.lanes[k].index}")
        where = f'lane={lane} pos="-{AHEAD_OF_STOP_LINE_M}" friendlyPos="true"'
        rows.append(f'<instantInductionLoop id="measured-{k}" {where} file="{LOOPS}"/>')
    for key in dict.fromkeys(quoteattr(c.signal) for c in signalized):
        rows.append(f'<timedEvent type="SaveTLSSwitchTimes" source={key} dest="{GREENS}"/>')
    return "\n".join(["<additional>", *rows, "</additional>\n"])


def crossings(rows: Iterable[Mapping[str, str]]) -> Iterator[Crossing]:
    """Fronts at the stop lines, from the attributes of the `instantOut` elements of `LOOPS`."""
    for row in rows:
        if row["state"] == "enter":
            lane = int(row["id"].removeprefix("measured-"))
            yield Crossing(lane, float(row["time"]), row["vehID"], float(row["speed"]))


def green_begins(rows: Iterable[Mapping[str, str]], step_s: Seconds) -> dict[tuple[str, str], list[Seconds]]:
    """Begins of greens, ascending, by lane and next link, on the clock of the loops.

    SUMO switches a signal before the vehicles of a step move, and its loops count that move as the step
    before: their clock is a step behind.

    Parameters
    ----------
    rows
        Attributes of the `tlsSwitch` elements of `GREENS`.
    """
    begins: dict[tuple[str, str], set[Seconds]] = defaultdict(set)
    for row in rows:
        begins[row["fromLane"], row["toLane"].rpartition("_")[0]].add(float(row["begin"]) - step_s)
    return {key: sorted(times) for key, times in begins.items()}


def discharge(
    graph: LaneGraph,
    movements: tuple[tuple[str, str], ...],
    fronts: Iterable[Crossing],
    passages: Mapping[tuple[str, str], Passage],
    greens: Mapping[tuple[str, str], list[Seconds]],
) -> Discharge:
    """Starts and headways of all standing queues.

    Parameters
    ----------
    fronts
        In the order of time.
    passages
        By vehicle and link.
    greens
        Begins by lane and next link, as `green_begins` has them.
    """
    n = len(movements)
    found = Discharge(np.zeros((n, N_PLACES)), np.zeros((n, N_PLACES)), np.zeros(n), np.zeros(n))
    before: dict[int, tuple[Seconds, int]] = {}  # last crossing of each lane and its place, 0: no queue
    for front in fronts:
        lane = graph.lanes[front.lane]
        passage = passages.get((front.vehicle, lane.link))
        last, place = before.get(front.lane, (-np.inf, 0))
        if passage is None:
            before[front.lane] = (front.time_s, 0)
            continue
        movement = passage.movement
        begin = _last_begin(greens.get((f"{lane.link}_{lane.index}", movements[movement][1])), front.time_s)
        if begin > last:
            place = int(passage.ready_s < begin and front.time_s - begin < STARTED_S)
            if place:
                found.start_sum_s[movement] += front.time_s - begin
                found.starts[movement] += 1
        else:
            follows = passage.ready_s < last - QUEUED_S and front.time_s - last < LONGEST_S
            place = place + 1 if place and follows else 0
            if place >= FIRST_PLACE and front.speed_m_s < BLOCKED_M_S:
                place = 0
        if place >= FIRST_PLACE:
            column = min(place, LAST_PLACE) - FIRST_PLACE
            found.headway_sum_s[movement, column] += front.time_s - last
            found.vehicles[movement, column] += 1
        before[front.lane] = (front.time_s, place)
    return found


def _last_begin(begins: list[Seconds] | None, time_s: Seconds) -> Seconds:
    """Begin of the last green up to a time; an unknown one lies far back."""
    at = bisect_right(begins, time_s) if begins else 0
    return begins[at - 1] if begins and at else -np.inf

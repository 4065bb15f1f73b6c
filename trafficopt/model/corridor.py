"""An arterial as green bands see it: through greens and travel times, with or without a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from trafficopt.errors import InputError
from trafficopt.model.arterial_ways import Direction
from trafficopt.model.progression import TOLERANCE_S, Window
from trafficopt.table_repr import Cell, Column, Table, Tabled, counted
from trafficopt.units import FloatArray, Meters, Seconds, SecondsArray


@dataclass(frozen=True, slots=True)
class Span:
    """A time in a plan whose cycle may vary: some seconds, and a share of the cycle.

    Examples
    --------
    >>> Span(5.0, 0.5).at(60.0)
    35.0
    """

    seconds: Seconds = 0.0
    share: float = 0.0

    def at(self, cycle_s: Seconds) -> Seconds:
        """Give the time at a cycle [s]."""
        return self.seconds + self.share * cycle_s


@dataclass(frozen=True, slots=True)
class Pattern:
    """Through greens of a signal with one order of its stages; each may wrap past the end of the cycle.

    Attributes
    ----------
    start_out, start_in
        Begin of the outbound and the inbound through green after the plan's start.
    green_out, green_in
        How long they are.
    """

    start_out: Span
    green_out: Span
    start_in: Span
    green_in: Span

    def window(self, direction: Direction, cycle_s: Seconds) -> Window:
        """Start and length [s] of the green of one direction at a cycle [s]."""
        outbound = direction is Direction.OUTBOUND
        start, green = (self.start_out, self.green_out) if outbound else (self.start_in, self.green_in)
        return start.at(cycle_s), green.at(cycle_s)


@dataclass(frozen=True, slots=True)
class CorridorSignal:
    """A signal of a corridor.

    Attributes
    ----------
    patterns
        Stage orders that it may run; at least one.
    double_cycle
        Whether it runs half of the corridor's cycle. Its patterns then hold in its own, shorter cycle.
    """

    name: str
    patterns: tuple[Pattern, ...]
    double_cycle: bool = False


@dataclass(frozen=True, slots=True)
class CorridorLink:
    """What lies between two signals of a corridor, stop line to stop line.

    Attributes
    ----------
    travel_out_s, travel_in_s
        Least and longest travel time of each direction [s]; both are the same where the speed is fixed.
    queue_out_s, queue_in_s
        Time by which the band arrives after the start of green at the link's downstream signal, so that a
        queue can leave first [s].
    weight_out, weight_in
        What a second of band on this link counts, for models with a band of its own for each link.
    length_m
        Needed only where neighboring speeds may not differ much.
    """

    travel_out_s: tuple[Seconds, Seconds]
    travel_in_s: tuple[Seconds, Seconds]
    queue_out_s: Seconds = 0.0
    queue_in_s: Seconds = 0.0
    weight_out: float = 1.0
    weight_in: float = 1.0
    length_m: Meters | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Corridor(Tabled):
    """Signals along a street and the links between them, in outbound order.

    Attributes
    ----------
    cycle_s
        Shortest and longest common cycle [s].
    links
        One fewer than there are signals.
    volume_out, volume_in
        By what two bands share what there is; any unit.
    slowness_change_s_m
        Largest change of 1 / speed from a link to the next [s/m], if there is a limit; where speeds may vary.

    Raises
    ------
    InputError
        If numbers do not fit together.
    """

    name: str
    cycle_s: tuple[Seconds, Seconds]
    signals: tuple[CorridorSignal, ...]
    links: tuple[CorridorLink, ...]
    volume_out: float = 1.0
    volume_in: float = 1.0
    slowness_change_s_m: float | None = None

    def __post_init__(self) -> None:
        if faults := [*self._faults()]:
            raise InputError(self.name, faults, "mend the corridor")

    @property
    def is_fixed(self) -> bool:
        """Whether cycle and travel times are given, so that only offsets and patterns are to be found."""
        spans = [
            self.cycle_s,
            *(pair for link in self.links for pair in (link.travel_out_s, link.travel_in_s)),
        ]
        return all(longest - least < TOLERANCE_S for least, longest in spans)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the signals."""
        return tuple(signal.name for signal in self.signals)

    def at(
        self,
        cycle_s: Seconds,
        travel_out_s: Sequence[Seconds] | None = None,
        travel_in_s: Sequence[Seconds] | None = None,
    ) -> Corridor:
        """Give the corridor with one cycle [s] and, if they are named, with travel times [s] of each link."""
        out = [link.travel_out_s for link in self.links]
        back = [link.travel_in_s for link in self.links]
        if travel_out_s is not None:
            out = [(float(travel), float(travel)) for travel in travel_out_s]
        if travel_in_s is not None:
            back = [(float(travel), float(travel)) for travel in travel_in_s]
        links = tuple(
            replace(link, travel_out_s=there, travel_in_s=here)
            for link, there, here in zip(self.links, out, back, strict=True)
        )
        return replace(self, cycle_s=(cycle_s, cycle_s), links=links)

    def windows(self, signal: int, pattern: int, direction: Direction) -> tuple[Window, ...]:
        """Greens of a signal after its plan's start, within the shortest common cycle [s]."""
        return self._windows(signal, pattern, direction, self.cycle_s[0])

    def travel_s(self, direction: Direction) -> SecondsArray:
        """Time of a band's front edge from the outbound direction's first stop line to each, shape (n,) [s].

        Inbound it is negative: a band that passes the last signal reaches the first one later. The time that
        queues get to clear is taken off: the band's front falls back by it at every signal.
        """
        if direction is Direction.OUTBOUND:
            gaps = [link.travel_out_s[0] - link.queue_out_s for link in self.links]
        else:
            gaps = [link.queue_in_s - link.travel_in_s[0] for link in self.links]
        return np.concatenate([[0.0], np.cumsum(gaps)])

    def longest_greens_s(self, direction: Direction) -> FloatArray:
        """Longest green of each signal among its patterns at the shortest cycle, shape (n,) [s]."""
        greens = [
            [self.windows(i, p, direction)[0][1] for p in range(len(signal.patterns))]
            for i, signal in enumerate(self.signals)
        ]
        return np.array([max(of_patterns) for of_patterns in greens])

    def _windows(
        self, signal: int, pattern: int, direction: Direction, cycle_s: Seconds
    ) -> tuple[Window, ...]:
        node = self.signals[signal]
        own_s = cycle_s / 2.0 if node.double_cycle else cycle_s
        start, green = node.patterns[pattern].window(direction, own_s)
        if green > own_s - TOLERANCE_S:
            return ((0.0, cycle_s),)
        return ((start, green), (start + own_s, green)) if node.double_cycle else ((start, green),)

    def _faults(self) -> list[str]:
        """What does not fit together."""
        faults = []
        shortest, longest = self.cycle_s
        if not 0.0 < shortest <= longest:
            faults.append(f"the cycle is {shortest:g} to {longest:g} s: it must be above 0, the longest last")
        if not self.signals or len(self.links) != len(self.signals) - 1:
            n_signals, n_links = len(self.signals), len(self.links)
            faults.append(
                f"links: {n_links}, signals: {n_signals}; there must be one link fewer than signals"
            )
        if min(self.volume_out, self.volume_in) < 0.0:
            faults.append(f"volumes are {self.volume_out:g} and {self.volume_in:g}: none may be below 0")
        for number, link in enumerate(self.links, start=1):
            if min(link.weight_out, link.weight_in) < 0.0:
                faults.append(f"link {number} has a weight below 0")
            for least, most in (link.travel_out_s, link.travel_in_s):
                if not 0.0 <= least <= most:
                    faults.append(f"link {number} takes {least:g} to {most:g} s")
            if min(link.queue_out_s, link.queue_in_s) < 0.0:
                faults.append(f"link {number} has a queue that clears in less than no time")
            if self.slowness_change_s_m is not None and not link.length_m:
                faults.append(f"link {number} has no length, and speeds may change by a limit only")
        return faults + (self._faults_of_greens() if shortest > 0.0 else [])

    def _table(self) -> Table:
        columns = (
            *(Column("signal"), Column("stage orders")),
            *(Column(f"{way} {what}", "s") for what in ("green", "to next") for way in Direction),
        )
        rows: list[tuple[Cell, ...]] = []
        for i, signal in enumerate(self.signals):
            greens = (float(self.longest_greens_s(way)[i]) for way in Direction)
            link = self.links[i] if i < len(self.links) else None
            travel = (_range(link.travel_out_s), _range(link.travel_in_s)) if link else ("", "")
            rows.append((signal.name, str(len(signal.patterns)), *greens, *travel))
        title = f"Corridor {self.name}: {counted(len(rows), 'signal')}, cycle {_range(self.cycle_s)} s"
        return Table(title, columns, rows)

    def _faults_of_greens(self) -> list[str]:
        faults = []
        for signal in self.signals:
            if not signal.patterns:
                faults.append(f"signal {signal.name} has no greens")
            for p in range(len(signal.patterns)):
                for direction in Direction:
                    for cycle_s in self.cycle_s:
                        own_s = cycle_s / 2.0 if signal.double_cycle else cycle_s
                        green_s = signal.patterns[p].window(direction, own_s)[1]
                        if not 0.0 < green_s <= own_s + TOLERANCE_S:
                            what = f"the {direction} green of signal {signal.name} is {green_s:g} s"
                            faults.append(f"{what} in a cycle of {own_s:g} s")
        return list(dict.fromkeys(faults))


def _range(span: tuple[Seconds, Seconds]) -> str:
    """Least and longest time, or the one that they are."""
    return f"{span[0]:.4g}" if span[0] == span[1] else f"{span[0]:.4g} to {span[1]:.4g}"

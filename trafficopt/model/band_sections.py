"""Green bands over parts of an arterial, for arterials that no band runs through."""

from __future__ import annotations

from dataclasses import dataclass

from trafficopt.model.arterial_ways import Direction
from trafficopt.model.progression import Band, Progression, repeat_windows, widest_band
from trafficopt.units import Seconds

MIN_WIDTH_S = 5.0


@dataclass(frozen=True, slots=True)
class Section:
    """A band over consecutive intersections.

    Attributes
    ----------
    first, last
        Indices into `Arterial.intersections`, first < last, in both directions.
    band
        As `Progression.band`: its start is the time at which it would pass the direction's first
        stop line, so that it passes intersection i at start + travel time to i.
    """

    first: int
    last: int
    band: Band

    @property
    def n_signals(self) -> int:
        """Signals that the band passes."""
        return self.last - self.first + 1


def band_sections(progression: Progression, min_width_s: Seconds = MIN_WIDTH_S) -> tuple[Section, ...]:
    """Cut one direction into sections that each have a band of at least `min_width_s` [s].

    Each section begins where the last one ended and goes as far as its band stays wide enough. A
    band that runs end to end is the only section, however narrow it is.

    Returns
    -------
    tuple of Section
        In driving order; links without such a band are in none of them.
    """
    cycle_s, n = progression.cycle_s, len(progression.greens)
    if cycle_s is None or n < 2:
        return ()
    if progression.band is not None and progression.band.width_s > 0:
        return (Section(0, n - 1, progression.band),)
    order = list(range(n)) if progression.direction is Direction.OUTBOUND else list(range(n - 1, -1, -1))
    sections: list[Section] = []
    begin = 0
    while begin < n - 1:
        found = _longest_from(progression, cycle_s, order[begin:], min_width_s)
        if found is not None:
            sections.append(found)
        begin += found.n_signals - 1 if found else 1
    return tuple(sections)


def _longest_from(
    progression: Progression, cycle_s: Seconds, order: list[int], min_width_s: Seconds
) -> Section | None:
    """Find the longest section that starts at the first of `order`."""
    greens = [
        repeat_windows(progression.greens[i], progression.cycles_s[i] or cycle_s, cycle_s) for i in order
    ]
    longest = None
    for n in range(2, len(order) + 1):
        band = widest_band(greens[:n], progression.travel_s[order[:n]], cycle_s)
        if band is None or band.width_s < min_width_s:
            break
        longest = Section(min(order[0], order[n - 1]), max(order[0], order[n - 1]), band)
    return longest

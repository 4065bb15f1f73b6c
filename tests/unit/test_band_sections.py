"""Bands over parts of an arterial, by hand: 60 s cycle, 10 s from signal to signal."""

from __future__ import annotations

import numpy as np

from trafficopt.model.arterial_ways import Direction
from trafficopt.model.band_sections import Section, band_sections
from trafficopt.model.progression import Band, Progression, Window, widest_band


def drive(direction: Direction, *starts_s: float, length_s: float = 20.0) -> Progression:
    """One green of `length_s` at each signal, starting at `starts_s`, in the arterial's order."""
    n = len(starts_s)
    travel_s = np.array([10.0 * k for k in range(n)], dtype=np.float64)
    travel_s = travel_s if direction is Direction.OUTBOUND else travel_s[::-1].copy()
    greens: tuple[tuple[Window, ...], ...] = tuple(((start, length_s),) for start in starts_s)
    return Progression(direction, travel_s, (60.0,) * n, greens, 60.0, widest_band(greens, travel_s, 60.0))


def test_band_from_end_to_end_is_the_only_section() -> None:
    found = band_sections(drive(Direction.OUTBOUND, 0.0, 28.0, 20.0))
    assert found == (Section(0, 2, Band(18.0, 2.0)),)


def test_section_ends_where_the_band_gets_too_narrow() -> None:
    # Shifted arcs 0-20, 5-25, 35-55, 40-60: 15 s over the first link, 15 s over the last one.
    found = band_sections(drive(Direction.OUTBOUND, 0.0, 15.0, 55.0, 10.0))
    assert found == (Section(0, 1, Band(5.0, 15.0)), Section(2, 3, Band(40.0, 15.0)))


def test_neighboring_sections_share_a_signal() -> None:
    # Shifted arcs 0-20, 12-32, 24-44: 8 s over either link, nothing over both.
    found = band_sections(drive(Direction.OUTBOUND, 0.0, 22.0, 44.0))
    assert found == (Section(0, 1, Band(12.0, 8.0)), Section(1, 2, Band(24.0, 8.0)))


def test_inbound_sections_start_at_the_far_end() -> None:
    # Driven from signal 2: shifted arcs 0-20, 12-32, 24-44 again.
    found = band_sections(drive(Direction.INBOUND, 44.0, 22.0, 0.0))
    assert found == (Section(1, 2, Band(12.0, 8.0)), Section(0, 1, Band(24.0, 8.0)))


def test_narrow_bands_and_missing_cycles_give_no_section() -> None:
    apart = drive(Direction.OUTBOUND, 0.0, 40.0, 20.0, length_s=12.0)
    assert band_sections(apart) == ()
    unknown = Progression(Direction.OUTBOUND, np.zeros(2), (60.0, 50.0), apart.greens[:2], None, None)
    assert band_sections(unknown) == ()

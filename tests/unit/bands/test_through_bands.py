"""The widest bands through all signals: known cases, all offsets of a tiny street, slack, what blocks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.bands.random_corridors import (
    IN,
    OUT,
    S0,
    S1,
    by_seconds,
    little,
    random_corridor,
    turned,
    without,
)
from trafficopt.model.arterial_ways import Direction
from trafficopt.model.band_plan import band_through
from trafficopt.model.corridor import Corridor, CorridorLink, CorridorSignal, Pattern, Span
from trafficopt.search.bands.arcs import ThroughBands, blocking_signals, widest_bands
from trafficopt.search.bands.choices import fixed
from trafficopt.units import IntArray, Seconds, SecondsArray


def widths_s(corridor: Corridor, found: ThroughBands, offset_s: SecondsArray) -> list[Seconds]:
    """Width of both bands from offsets and greens alone."""
    data = fixed(corridor)
    pattern = [int(data.pattern[i, k]) for i, k in enumerate(found.choice)]
    return [band_through(corridor, pattern, offset_s, direction).width_s for direction in (OUT, IN)]


def total_s(corridor: Corridor) -> Seconds:
    return widest_bands(fixed(corridor)).total_s


@pytest.mark.parametrize(("corridor", "known_s"), [(S0, 31.0), (S1, 22.0)])
def test_golden_streets(corridor: Corridor, known_s: Seconds) -> None:
    found = widest_bands(fixed(corridor))
    assert found.total_s == pytest.approx(known_s, abs=1e-9)
    assert (found.band_out_s, found.band_in_s) == pytest.approx((known_s / 2.0, known_s / 2.0))


@pytest.mark.parametrize(("cycle_s", "speed_m_s", "share"), [(55.0, 13.4, 0.43786), (60.0, 15.65, 0.37785)])
def test_ten_signals_of_little(cycle_s: Seconds, speed_m_s: float, share: float) -> None:
    corridor = little((cycle_s, cycle_s), (speed_m_s, speed_m_s))
    assert total_s(corridor) / cycle_s == pytest.approx(share, abs=1e-5)


def test_two_signals_and_eight_streets_of_course_notes() -> None:
    assert total_s(by_seconds(60.0, ([30] * 2, [30] * 2), ([35], [35]))) == pytest.approx(50.0)
    travel = [feet / 44.0 for feet in (1320, 1320, 990, 660, 990, 1320, 1320)]
    greens = [60.0 * share for share in (0.50, 0.66, 0.52, 0.75, 0.75, 0.50, 0.66, 0.50)]
    assert total_s(by_seconds(60.0, (greens, greens), (travel, travel))) == pytest.approx(60.0)


def tiny_street(seed: int) -> tuple[Corridor, IntArray]:
    """Three signals in a cycle of 20 s, in whole seconds; rows: greens, starts, travel and queues."""
    rng = np.random.default_rng(seed)
    rows = np.array([[rng.integers(low, high, 3) for _ in range(2)] for low, high in TINY])
    green, start, travel, queue = rows.tolist()
    return (
        by_seconds(
            20.0,
            (green[0], green[1]),
            (travel[0][:2], travel[1][:2]),
            (start[0], start[1]),
            queues=(queue[0][:2], queue[1][:2]),
        ),
        rows,
    )


TINY = ((7, 14), (0, 20), (5, 40), (0, 4))


def longest_run(shown: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> int:
    """Longest run of true on a circle."""
    if shown.all():
        return len(shown)
    ends = np.flatnonzero(~shown)
    return int((np.diff([*ends, ends[0] + len(shown)]) - 1).max())


def best_of_all_offsets(rows: IntArray) -> int:
    """Largest sum of two bands that both pass, over all whole offsets, from greens second by second."""
    green, start, travel, queue = rows
    clock, best = np.arange(20), 0
    ahead = [[0, *np.cumsum(travel[way, :2] - queue[way, :2])] for way in range(2)]
    for second in range(20):
        for third in range(20):
            found = []
            for way, sign in ((0, 1), (1, -1)):
                seen = np.ones(20, dtype=bool)
                for i, offset in enumerate((0, second, third)):
                    in_plan = (clock + sign * ahead[way][i] - offset - start[way, i]) % 20
                    seen &= in_plan < green[way, i]
                found.append(longest_run(seen))
            if min(found) > 0:
                best = max(best, sum(found))
    return best


@pytest.mark.parametrize("seed", range(12))
def test_no_offsets_of_a_tiny_street_give_more(seed: int) -> None:
    corridor, rows = tiny_street(seed)
    best, found = best_of_all_offsets(rows), total_s(corridor)
    assert found == pytest.approx(best) if best >= 2 else found < 2.0 + 1e-6


def test_offsets_give_the_bands_that_are_promised() -> None:
    for seed in range(100):
        corridor = random_corridor(seed, 4 + seed % 20, patterns=(1, 2, 4)[seed % 3], queues=seed % 2 == 0)
        found = widest_bands(fixed(corridor), (seed % 11) / 10.0)
        if found.total_s >= 0.0:
            middle = (found.earliest_s + found.latest_s) / 2.0
            out_s, in_s = widths_s(corridor, found, middle)
            assert found.band_out_s + found.band_in_s == pytest.approx(found.total_s)
            assert out_s >= found.band_out_s - 1e-5
            assert in_s >= found.band_in_s - 1e-5
            assert out_s + in_s <= found.total_s + 1e-5


@pytest.mark.parametrize("seed", range(20))
def test_offsets_within_their_slack_keep_both_bands(seed: int) -> None:
    corridor = random_corridor(seed, 7, patterns=(1, 4)[seed % 2], queues=True, double=0.2)
    found = widest_bands(fixed(corridor))
    middle = (found.earliest_s + found.latest_s) / 2.0
    rng = np.random.default_rng(seed)
    trials = [found.earliest_s, found.latest_s]
    trials += [np.where(rng.random(7) < 0.5, found.earliest_s, found.latest_s) for _ in range(10)]
    for i in range(7):
        for end in (found.earliest_s, found.latest_s):
            trials.append(np.where(np.arange(7) == i, end, middle))
    promised = [found.band_out_s, found.band_in_s]
    for offset_s in trials:
        widths = widths_s(corridor, found, offset_s)
        assert all(width >= band - 1e-5 for width, band in zip(widths, promised, strict=True))


@pytest.mark.parametrize("seed", range(12))
def test_an_offset_beyond_its_slack_costs_band(seed: int) -> None:
    corridor = random_corridor(seed, 6, queues=True)
    found = widest_bands(fixed(corridor))
    middle = (found.earliest_s + found.latest_s) / 2.0
    for i in range(6):
        for end, by in ((found.earliest_s, -0.1), (found.latest_s, 0.1)):
            offset_s = np.where(np.arange(6) == i, end + by, middle)
            widths = widths_s(corridor, found, offset_s)
            assert min(np.subtract(widths, (found.band_out_s, found.band_in_s))) < -0.05


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8, 1.0])
def test_the_sum_is_the_same_for_every_split_that_greens_allow(share: float) -> None:
    for corridor in (S0, S1, random_corridor(4, 9, patterns=4)):
        data = fixed(corridor)
        found = widest_bands(data, share)
        rows = np.arange(data.n)
        most = data.green_out_s[rows, found.choice].min(), data.green_in_s[rows, found.choice].min()
        wanted = np.clip(share * found.total_s, found.total_s - most[1], most[0])
        assert found.total_s == pytest.approx(total_s(corridor))
        assert found.band_out_s == pytest.approx(wanted)
        middle = (found.earliest_s + found.latest_s) / 2.0
        assert widths_s(corridor, found, middle)[0] >= wanted - 1e-5


def starting_later(signal: CorridorSignal, by_s: Seconds) -> CorridorSignal:
    """The signal with a plan whose greens all start later."""

    def later(span: Span) -> Span:
        return replace(span, seconds=span.seconds + by_s)

    moved = (replace(p, start_out=later(p.start_out), start_in=later(p.start_in)) for p in signal.patterns)
    return replace(signal, patterns=tuple(moved))


@pytest.mark.parametrize("seed", range(20))
def test_bands_do_not_depend_on_which_end_is_first_or_where_plans_start(seed: int) -> None:
    corridor = random_corridor(seed, 9, patterns=(1, 4)[seed % 2], queues=True, double=0.2)
    later = tuple(starting_later(signal, 7.0 * i) for i, signal in enumerate(corridor.signals))
    known = total_s(corridor)
    assert total_s(turned(corridor)) == pytest.approx(known, abs=1e-6)
    assert total_s(replace(corridor, signals=later)) == pytest.approx(known, abs=1e-6)


@pytest.mark.parametrize("seed", range(30))
def test_a_signal_more_never_widens_bands(seed: int) -> None:
    corridor = random_corridor(seed, 10, patterns=(1, 4)[seed % 2], queues=True)
    assert all(total_s(without(corridor, i)) >= total_s(corridor) - 1e-6 for i in range(10))


@pytest.mark.parametrize("seed", range(20))
def test_a_choice_of_stage_orders_never_narrows_bands(seed: int) -> None:
    corridor = random_corridor(seed, 8, patterns=4, queues=True)
    known = total_s(corridor)
    for k in range(4):
        signals = tuple(replace(each, patterns=each.patterns[k : k + 1]) for each in corridor.signals)
        assert total_s(replace(corridor, signals=signals)) <= known + 1e-6


def with_idle(corridor: Corridor, index: int, start_s: Seconds = 11.0) -> Corridor:
    """Put a signal that is always green into the middle of a link."""
    cycle_s, link = corridor.cycle_s[0], corridor.links[index]
    idle = Pattern(Span(), Span(cycle_s), Span(start_s), Span(cycle_s))
    half = replace(
        link,
        travel_out_s=(link.travel_out_s[0] / 2.0,) * 2,
        travel_in_s=(link.travel_in_s[0] / 2.0,) * 2,
        queue_out_s=link.queue_out_s / 2.0,
        queue_in_s=link.queue_in_s / 2.0,
    )
    signals = (
        *corridor.signals[: index + 1],
        CorridorSignal("idle", (idle,)),
        *corridor.signals[index + 1 :],
    )
    links = (*corridor.links[:index], half, half, *corridor.links[index + 1 :])
    return replace(corridor, signals=signals, links=links)


@pytest.mark.parametrize("seed", range(10))
def test_a_signal_that_is_always_green_changes_nothing(seed: int) -> None:
    corridor = random_corridor(seed, 6, queues=True)
    assert total_s(with_idle(corridor, seed % 5)) == pytest.approx(total_s(corridor), abs=1e-6)


def test_a_signal_that_is_always_green_does_not_cut_a_band_longer_than_half_the_cycle() -> None:
    corridor = by_seconds(60.0, ([50] * 2, [50] * 2), ([30], [30]))
    assert total_s(corridor) == pytest.approx(100.0)
    assert total_s(with_idle(corridor, 0, 0.0)) == pytest.approx(100.0)


def test_a_direction_that_is_always_green_at_one_signal_leaves_the_other_its_whole_green() -> None:
    # A side street from one side only: outbound traffic never stops at the middle signal.
    corridor = by_seconds(60.0, ([30, 60, 30], [30, 30, 30]), ([15, 15], [15, 15]), ([0, 45, 0], [0, 0, 0]))
    assert total_s(corridor) == pytest.approx(60.0)


def test_an_always_green_signal_with_half_the_cycle_changes_nothing() -> None:
    wave = CorridorSignal("wave", (Pattern(Span(), Span(45.0), Span(), Span(45.0)),))
    idle = CorridorSignal(
        "idle", (Pattern(Span(), Span(0.0, 1.0), Span(), Span(0.0, 1.0)),), double_cycle=True
    )
    links = (CorridorLink((30.0, 30.0), (30.0, 30.0)),) * 2
    assert total_s(Corridor("c", (60.0, 60.0), (wave, idle, wave), links)) == pytest.approx(90.0)


@pytest.mark.parametrize("seed", [50, 59, 136])
def test_signals_that_block_do_so_together_but_not_without_any_of_them(seed: int) -> None:
    corridor = random_corridor(seed, 25)
    blocking = blocking_signals(fixed(corridor))
    assert len(blocking) > 1
    for i in reversed(range(25)):
        if i not in blocking:
            corridor = without(corridor, i)
    assert total_s(corridor) < 0.0
    assert all(total_s(without(corridor, i)) >= 0.0 for i in range(len(blocking)))


def test_two_signals_may_block_alone_and_none_does_where_bands_pass() -> None:
    greens, travel = [40, 10, 40, 10, 40], [5, 7, 8, 5]
    assert blocking_signals(fixed(by_seconds(60.0, (greens, greens), (travel, travel)))) == (1, 3)
    assert blocking_signals(fixed(S1)) == ()


@pytest.mark.parametrize(("queues", "apart_s"), [(([0], [0]), 0.0), (([7], [0]), -7.0), (([0], [7]), 7.0)])
def test_a_queue_moves_the_downstream_signal_of_its_own_direction(
    queues: tuple[list[float], list[float]], apart_s: Seconds
) -> None:
    # Travel there and back takes a cycle: a queue alone stands between both bands and whole greens.
    corridor = by_seconds(60.0, ([20] * 2, [20] * 2), ([30], [30]), queues=queues)
    found = widest_bands(fixed(corridor))
    assert found.total_s == pytest.approx(40.0 - abs(apart_s))
    middle = (found.earliest_s + found.latest_s) / 2.0
    assert (middle[1] - middle[0] - 30.0) % 60.0 == pytest.approx(apart_s / 2.0 % 60.0)


def test_half_the_cycle_offers_two_greens_to_the_inbound_band() -> None:
    # Travel of a quarter of the cycle: with one green each the waves are in each other's way.
    link = CorridorLink((15.0, 15.0), (15.0, 15.0))
    once = CorridorSignal("a", (Pattern(Span(), Span(20.0), Span(), Span(20.0)),))
    single = Corridor("c", (60.0, 60.0), (once, once), (link,))
    twice = replace(single, signals=(once, replace(once, double_cycle=True)))
    assert total_s(single) == pytest.approx(10.0)
    assert total_s(twice) == pytest.approx(40.0)


def test_a_whole_cycle_of_travel_changes_nothing() -> None:
    near = by_seconds(60.0, ([25] * 3, [22] * 3), ([20, 13], [17, 31]))
    far = by_seconds(60.0, ([25] * 3, [22] * 3), ([140, 193], [137, 91]))
    assert total_s(far) == pytest.approx(total_s(near))


def test_both_directions_get_what_their_greens_allow_if_bands_meet_freely() -> None:
    corridor = by_seconds(60.0, ([20, 50], [44, 31]), ([30], [30]), ([0, 0], [10, 10]))
    found = widest_bands(fixed(corridor), 0.9)
    assert found.total_s == pytest.approx(51.0)
    assert (found.band_out_s, found.band_in_s) == pytest.approx((20.0, 31.0))


def test_one_signal_has_its_greens_as_bands() -> None:
    only = by_seconds(60.0, ([20], [31]), ([], []))
    assert total_s(only) == pytest.approx(51.0)
    assert {
        direction: band_through(only, [0], np.zeros(1), direction).width_s for direction in Direction
    } == {
        OUT: 20.0,
        IN: 31.0,
    }

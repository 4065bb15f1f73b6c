"""Green windows and bands of hand-made arterials; every figure is calculated by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from trafficopt.intersection import Intersection, Movement, Turn
from trafficopt.model.arterial_ways import Direction, stop_line_positions, through_movement, travel_times
from trafficopt.model.progression import (
    Band,
    Window,
    common_cycle,
    green_windows,
    progress,
    repeat_windows,
    through_greens,
    widest_band,
)
from trafficopt.network import Arterial, Link, Network
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.signals.by_hand import intersection_by_hand
from trafficopt.stage import Interval, Stage

OUT, IN = Direction.OUTBOUND, Direction.INBOUND


def link(name: str, length_m: float, speed_m_s: float = 10.0) -> Link:
    return Link(name, "a", "b", length_m, speed_m_s, 1, ())


def signal(name: str, stages: tuple[Stage, ...], movements: tuple[Movement, ...] = ()) -> Intersection:
    return intersection_by_hand(name, movements, stages)


def move(from_link: str, to_link: str, head: int, turn: Turn = Turn.THROUGH) -> Movement:
    return Movement(from_link, to_link, turn, (head,), (0,), 10.0, 0, ())


def stage(state: str, *intervals: tuple[str, float]) -> Stage:
    return Stage(state, tuple(Interval(*interval) for interval in intervals), 5.0, 90.0)


# Head 0 outbound, 1 inbound, 2 cross street; the inbound green starts with the second stage.
THREE = (
    stage("Grr", ("Grr", 4.0)),
    stage("Ggr", ("yyr", 3.0), ("rrr", 1.0)),
    stage("rrG", ("rry", 3.0), ("rrr", 1.0)),
)


def corridor(n: int, gap_m: float = 200.0) -> tuple[Arterial, Network]:
    """Signals s0, s1, ...; links o1 = s0 to s1 and i1 = s1 to s0; each gap has two links.

    They are driven at 10 m/s outbound and 20 m/s inbound: 0.6 m/s below the limit.
    """
    names = tuple(f"s{k}" for k in range(n))
    keys = [f"{way}{k}{part}" for k in range(n + 1) for way in "oi" for part in "ab"]
    links = {key: link(key, gap_m / 2, 10.6 if key[0] == "o" else 20.6) for key in keys}
    intersections = tuple(
        signal(
            f"s{k}",
            THREE,
            (
                move(f"o{k}b", f"o{k + 1}a", 0),
                move(f"i{k + 1}b", f"i{k}a", 1),
                move(f"o{k}b", "side", 2, Turn.LEFT),
            ),
        )
        for k in range(n)
    )
    outbound = tuple((f"o{k}a", f"o{k}b") for k in range(1, n))
    inbound = tuple((f"i{k}a", f"i{k}b") for k in range(1, n))
    return Arterial("A1", names, outbound, inbound), Network(links, intersections)


def timing(offset_s: float, greens_s: tuple[float, ...] = (6.0, 20.0, 22.0)) -> SignalTiming:
    """Intergreens are 12 s, so that the cycle is 60 s: head 0 is green for 30 s from the offset on."""
    return SignalTiming(THREE, greens_s, sum(greens_s) + 12.0, offset_s)


def plan(*offsets_s: float) -> TimingPlan:
    return TimingPlan("p", {f"s{k}": timing(offset_s) for k, offset_s in enumerate(offsets_s)})


def test_positions_and_travel_times() -> None:
    arterial, network = corridor(3)
    assert stop_line_positions(arterial, network).tolist() == [0.0, 200.0, 400.0]
    assert travel_times(arterial, network, OUT) == pytest.approx([0.0, 20.0, 40.0])
    assert travel_times(arterial, network, IN) == pytest.approx([20.0, 10.0, 0.0])


def test_the_way_over_the_junction_counts() -> None:
    arterial, network = corridor(2)
    heads = tuple(replace(head, length_m=30.0) for head in network.intersections[0].heads)
    wide = replace(network.intersections[0], heads=heads)
    network = replace(network, intersections=(wide, network.intersections[1]))
    assert travel_times(arterial, network, OUT) == pytest.approx([0.0, 20.0 + 30.0 / 10.0])
    assert travel_times(arterial, network, IN) == pytest.approx([10.0, 0.0])


def test_green_that_lasts_through_an_intergreen_is_one_window() -> None:
    assert green_windows(timing(7.0), [0]) == ((7.0, 30.0),)


def test_green_of_a_later_stage_starts_after_what_precedes_it() -> None:
    assert green_windows(timing(7.0), [1]) == ((17.0, 20.0),)


def test_window_wraps_past_the_end_of_the_cycle() -> None:
    assert green_windows(timing(50.0), [0]) == ((50.0, 30.0),)
    assert green_windows(timing(55.0), [1]) == ((5.0, 20.0),)


def test_green_around_the_start_of_the_plan_is_one_window() -> None:
    stages = (stage("G", ("y", 3.0)), stage("r", ("r", 2.0)), stage("G"))
    shown = SignalTiming(stages, (10.0, 20.0, 5.0), 40.0, 12.0)
    assert green_windows(shown, [0]) == ((7.0, 15.0),)


def test_two_greens_in_a_cycle_are_two_windows() -> None:
    stages = (stage("G", ("y", 5.0)), stage("r"), stage("g", ("y", 5.0)), stage("r"))
    shown = SignalTiming(stages, (10.0, 15.0, 12.0, 13.0), 60.0, 0.0)
    assert green_windows(shown, [0]) == ((0.0, 10.0), (30.0, 12.0))


def test_order_of_shown_stages_counts() -> None:
    shown = SignalTiming((THREE[2], *THREE[:2]), (22.0, 6.0, 20.0), 60.0, 0.0)
    assert green_windows(shown, [0]) == ((26.0, 30.0),)


def test_always_green_and_never_green() -> None:
    stages = (stage("Gr", ("Gr", 5.0)),)
    shown = SignalTiming(stages, (55.0,), 60.0, 20.0)
    assert green_windows(shown, [0]) == ((20.0, 60.0),)
    assert green_windows(shown, [1]) == ()


def test_movement_at_the_end_prefers_straight_ahead() -> None:
    item = signal("x", THREE, (move("a", "c", 0, Turn.LEFT), move("b", "c", 1), move("a", "d", 2)))
    assert through_movement(item, None, "c") == move("b", "c", 1)
    assert through_movement(item, "a", "c") == move("a", "c", 0, Turn.LEFT)
    assert through_movement(item, "b", "d") is None
    assert through_movement(item, None, None) is None


def test_greens_both_ways() -> None:
    arterial, network = corridor(2)
    assert through_greens(arterial, network, plan(0.0, 50.0), OUT) == (((0.0, 30.0),), ((50.0, 30.0),))
    assert through_greens(arterial, network, plan(0.0, 50.0), IN) == (((10.0, 20.0),), ((0.0, 20.0),))


def test_absent_signal_has_no_window_and_no_band() -> None:
    arterial, network = corridor(3)
    partial = TimingPlan("p", {"s0": timing(0.0), "s2": timing(0.0)})
    found = progress(arterial, network, partial, OUT)
    assert found.greens == (((0.0, 30.0),), (), ((0.0, 30.0),))
    assert (found.cycle_s, found.band) == (None, None)
    assert found.cycles_s == (60.0, None, 60.0)


def test_perfect_wave_has_the_whole_green() -> None:
    arterial, network = corridor(3)
    found = progress(arterial, network, plan(50.0, 10.0, 30.0), OUT)
    assert found.band == Band(50.0, 30.0)


def test_two_signals_both_ways() -> None:
    arterial, network = corridor(2)
    waves = plan(0.0, 5.0)
    # Outbound arcs 0-30 and 5-20 = -15 to 15; inbound arcs of s1 15-35, of s0 10-10 = 0 to 20.
    assert progress(arterial, network, waves, OUT).band == Band(0.0, 15.0)
    assert progress(arterial, network, waves, IN).band == Band(15.0, 5.0)


def test_band_wraps_past_the_end_of_the_cycle() -> None:
    # Shifted arcs 50-80 and 55-85 of 60 s.
    assert widest_band([[(50.0, 30.0)], [(15.0, 30.0)]], np.array([0.0, 20.0]), 60.0) == Band(55.0, 25.0)


def test_three_signals_share_what_all_have() -> None:
    # Shifted arcs 0-30, 10-40, -8-22: shared 10-22.
    greens: list[list[Window]] = [[(0.0, 30.0)], [(30.0, 30.0)], [(32.0, 30.0)]]
    assert widest_band(greens, np.array([0.0, 20.0, 40.0]), 60.0) == Band(10.0, 12.0)


def test_greens_in_opposition_have_a_band_of_zero() -> None:
    band = widest_band([[(0.0, 20.0)], [(30.0, 20.0)]], np.array([0.0, 0.0]), 60.0)
    assert band is not None
    assert band.width_s == 0.0


def test_widest_of_several_pieces() -> None:
    # Arcs 0-40 against 35-50 and 58-70 (= -2-10): pieces 35-40 and 0-10.
    greens: list[list[Window]] = [[(0.0, 40.0)], [(35.0, 15.0), (58.0, 12.0)]]
    assert widest_band(greens, np.zeros(2), 60.0) == Band(0.0, 10.0)


def test_signal_that_is_always_green_does_not_bind() -> None:
    assert widest_band([[(20.0, 60.0)], [(50.0, 30.0)]], np.zeros(2), 60.0) == Band(50.0, 30.0)
    assert widest_band([[(20.0, 60.0)]], np.zeros(1), 60.0) == Band(20.0, 60.0)


def test_different_cycles_have_no_band() -> None:
    arterial, network = corridor(2)
    mixed = TimingPlan("p", {"s0": timing(0.0), "s1": timing(0.0, (6.0, 20.0, 32.0))})
    found = progress(arterial, network, mixed, OUT)
    assert found.cycles_s == (60.0, 70.0)
    assert (found.cycle_s, found.band) == (None, None)


def test_half_cycle_shows_its_green_twice() -> None:
    assert common_cycle([60.0, 30.0, 60.0]) == 60.0
    assert common_cycle([60.0, 20.0]) is None
    assert repeat_windows([(5.0, 10.0)], 30.0, 60.0) == ((5.0, 10.0), (35.0, 10.0))
    assert repeat_windows([(5.0, 30.0)], 30.0, 60.0)[0] == (0.0, 60.0)
    arterial, network = corridor(2)
    half = TimingPlan("p", {"s0": timing(0.0), "s1": timing(20.0, (6.0, 6.0, 6.0))})
    # s1: green 16 s from 20 and from 50; shifted arcs 0-16 and 30-46 against 0-30.
    assert progress(arterial, network, half, OUT).band == Band(0.0, 16.0)


def test_shifting_all_offsets_keeps_the_widths() -> None:
    arterial, network = corridor(3)
    widths = []
    for shift in (0.0, 13.7, 41.2):
        moved = plan(*((offset + shift) % 60.0 for offset in (3.0, 5.0, 50.0)))
        bands = [progress(arterial, network, moved, direction).band for direction in Direction]
        widths.append([band.width_s for band in bands if band])
    # Outbound arcs 3-33, -15-15, 10-40; inbound arcs -7-13, 5-25, 0-20.
    assert widths[0] == [5.0, 8.0]
    assert widths[1] == pytest.approx(widths[0])
    assert widths[2] == pytest.approx(widths[0])

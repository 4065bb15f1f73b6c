"""Yellow, all-red and pedestrian times against hand-calculated and published cases."""

from __future__ import annotations

import math

import pytest

from trafficopt.intersection import Head, Movement, Turn, User
from trafficopt.limits import Limits
from trafficopt.rules.check import check_rows
from trafficopt.signals.by_hand import intersection_by_hand
from trafficopt.signals.clearance import (
    all_red_s,
    kinematic_yellow_s,
    least_walk_s,
    pedestrian_intergreen_s,
    vehicle_intergreen_s,
    walk_clearance_s,
    yellow_s,
)
from trafficopt.stage import Interval, Stage

US, CN, DE, KEEP = Limits("us"), Limits("cn"), Limits("de"), Limits("keep")
KM_H, MPH, FOOT = 1 / 3.6, 0.44704, 0.3048
AHEAD = Head("a->b", speed_m_s=13.89, turn_speed_m_s=13.89)
LEFT = Head("a->c", turn=Turn.LEFT, speed_m_s=13.89, turn_speed_m_s=6.0)
WALK = Head("walk:a", user=User.PEDESTRIANS, speed_m_s=0.0, length_m=12.0)


@pytest.mark.parametrize(("speed_km_h", "seconds"), [(50, 3.28), (60, 3.73), (70, 4.19), (80, 4.64)])
def test_kinematic_yellow_on_the_level(speed_km_h: float, seconds: float) -> None:
    assert kinematic_yellow_s(speed_km_h * KM_H, 0.0, 1.0, 3.05) == pytest.approx(seconds, abs=0.005)


def test_yellow_is_shorter_uphill_and_longer_downhill() -> None:
    # 15 m/s, 5 %: 2 x 9.81 x 0.05 = 0.981; 1 + 15 / 7.081 and 1 + 15 / 5.119
    assert kinematic_yellow_s(15.0, 0.05, 1.0, 3.05) == pytest.approx(3.118, abs=0.001)
    assert kinematic_yellow_s(15.0, -0.05, 1.0, 3.05) == pytest.approx(3.930, abs=0.001)


def test_a_slope_that_no_brake_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="does not slow down"):
        kinematic_yellow_s(10.0, -0.4, 1.0, 3.05)


MARYLAND = Limits(
    "us", deceleration_m_s2=10 * FOOT, through_speed_over_limit_m_s=0.0, left_speed_over_limit_m_s=0.0
)


@pytest.mark.parametrize(
    ("speed_mph", "percent", "formula", "law"),
    [
        (25, 0, 2.8325, 3.0),  # 1 + 18.325 / 10
        (30, 0, 3.199, 3.5),  # 1 + 21.99 / 10
        (45, 0, 4.2985, 4.5),  # 1 + 32.985 / 10
        (40, 4, 3.599, 4.0),  # 1 + 29.32 / 11.28
        (40, -4, 4.362, 4.5),  # 1 + 29.32 / 8.72
        (20, 0, 2.466, 3.0),  # never below 3 s
        (70, 0, 6.131, 6.0),  # never above 6 s
    ],
)
def test_yellow_agrees_with_the_law_of_maryland(
    speed_mph: float, percent: float, formula: float, law: float
) -> None:
    """COMAR 11.04.14.03: 1.0 + 0.733 S / (D + 0.32 G), S in mph, D = 10 ft/s2, G in percent; up to 0.5 s."""
    yellow = kinematic_yellow_s(speed_mph * MPH, percent / 100, 1.0, 10 * FOOT)
    assert yellow == pytest.approx(formula, abs=0.005)
    assert yellow_s(MARYLAND, speed_mph * MPH, percent / 100) == law


def test_drivers_exceed_the_limit_ahead_and_fall_below_it_in_left_turns() -> None:
    exact = Limits("us", yellow_step_s=0.0)
    # 50 km/h: (13.889 + 3.13) / 6.1 and (13.889 - 2.23) / 6.1, below 3 s for the turn
    assert yellow_s(exact, 50 * KM_H) == pytest.approx(1 + 17.019 / 6.1, abs=1e-3)
    assert yellow_s(exact, 50 * KM_H, turn=Turn.RIGHT) == yellow_s(exact, 50 * KM_H)
    assert yellow_s(exact, 50 * KM_H, turn=Turn.LEFT) == 3.0
    assert yellow_s(exact, 70 * KM_H, turn=Turn.LEFT) == pytest.approx(1 + 17.214 / 6.1, abs=1e-3)
    assert yellow_s(exact, 70 * KM_H, turn=Turn.U_TURN) == yellow_s(exact, 70 * KM_H, turn=Turn.LEFT)
    assert yellow_s(exact, 0.0, turn=Turn.LEFT) == 3.0


@pytest.mark.parametrize(
    ("speed_m_s", "seconds"), [(0.0, 3.0), (8.33, 3.0), (13.89, 3.0), (14.0, 4.0), (16.67, 4.0), (19.44, 5.0)]
)
def test_german_yellow_follows_the_table(speed_m_s: float, seconds: float) -> None:
    assert yellow_s(DE, speed_m_s) == seconds


def test_yellow_above_the_table_is_not_below_the_formula() -> None:
    assert yellow_s(DE, 80 * KM_H) == 5.0  # formula 4.64
    assert yellow_s(DE, 100 * KM_H) == 6.0  # formula 5.55


@pytest.mark.parametrize("speed_km_h", [30, 60, 90])
def test_chinese_yellow_is_three_seconds(speed_km_h: float) -> None:
    assert yellow_s(CN, speed_km_h * KM_H) == 3.0


def test_all_red_is_the_time_to_clear() -> None:
    exact = Limits("us", all_red_step_s=0.0)
    assert all_red_s(exact, 3.0, 20.0, 13.05) == pytest.approx(26.1 / 13.05)
    assert all_red_s(US, 3.0, 20.0, 13.05) == 2.0
    assert all_red_s(US, 3.0, 20.1, 13.05) == 2.5
    assert all_red_s(US, 3.0, 0.0, 13.05) == 1.0  # shortest
    assert all_red_s(US, 3.0, 100.0, 13.05) == 6.0  # longest
    assert all_red_s(Limits("us", all_red_deduction_s=1.0), 3.0, 33.05, 13.05) == 2.0


def test_a_german_intergreen_by_hand() -> None:
    # t_z = 3 + (24 + 6) / 10 - 11.12 / 11.12 = 5: 3 s of yellow and 2 s of all-red
    assert all_red_s(DE, 3.0, 24.0, 10.0, 11.12) == 2.0
    assert vehicle_intergreen_s(DE, AHEAD, AHEAD, 24.0, 11.12) == 5.0
    # a turn: 3 + (22 + 6) / 7 - 5.56 / 11.12 = 6.5, rounded up
    assert vehicle_intergreen_s(DE, LEFT, AHEAD, 22.0, 5.56) == 7.0
    # who enters late needs no all-red, but the yellow stays
    assert vehicle_intergreen_s(DE, AHEAD, AHEAD, 4.0, 55.6) == 3.0


def test_a_crossing_begins_without_time_to_enter() -> None:
    # 3 + (24 + 6) / 10 = 6, whatever the distance of the curb
    assert vehicle_intergreen_s(DE, AHEAD, WALK, 24.0, 11.12) == 6.0


def test_a_chinese_intergreen_by_hand() -> None:
    # I = 27.78 / 13.89 + 3 = 5: 3 s of yellow and 2 s of all-red; the near edge does not matter
    assert vehicle_intergreen_s(CN, AHEAD, LEFT, 27.78, 50.0) == 5.0
    # at 6 m/s: 18 / 6 + 3
    assert vehicle_intergreen_s(CN, LEFT, AHEAD, 18.0, 0.0) == 6.0


def test_an_american_intergreen_by_hand() -> None:
    # yellow 1 + 17.02 / 6.1 = 3.79, so 4.0; all-red (20 + 6.1) / 13.89 = 1.88, so 2.0
    assert vehicle_intergreen_s(US, AHEAD, LEFT, 20.0, 5.0) == 6.0
    # turn: yellow 3.0; all-red (20 + 6.1) / 6 = 4.35, so 4.5
    assert vehicle_intergreen_s(US, LEFT, AHEAD, 20.0, 5.0) == 7.5


@pytest.mark.parametrize("step_s", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("table_s", [3.0, 3.0000000001, 3.2, 3.3, 3.46, 3.7, 4.999])
def test_rounding_goes_up_to_the_step_and_no_further(table_s: float, step_s: float) -> None:
    limits = Limits("cn", yellow_s_by_speed_km_h=[[math.inf, table_s]], yellow_step_s=step_s)
    yellow = yellow_s(limits, 10.0)
    assert table_s - 1e-6 <= yellow < table_s + step_s - 1e-7
    assert yellow / step_s == pytest.approx(round(yellow / step_s), abs=1e-9)


def test_an_american_crossing_of_18_m_takes_23_8_s() -> None:
    assert least_walk_s(US, 18.0) == 7.0
    assert least_walk_s(US, 18.0) + walk_clearance_s(US, 18.0) == pytest.approx(23.8, abs=0.05)
    assert pedestrian_intergreen_s(US, 18.0) == pytest.approx(16.82 + 3.0, abs=0.01)


def test_slow_walkers_lengthen_the_walk_of_crossings_from_100_feet() -> None:
    """The FHWA's answer on MUTCD 2009, 4E.06: the second check matters from about 95 to 100 feet."""
    assert least_walk_s(US, 95 * FOOT) == 7.0
    assert least_walk_s(US, 105 * FOOT) > 7.0
    # 40 m: (40 + 1.8) / 0.91 = 45.934; clearance 37.383
    assert least_walk_s(US, 40.0) == pytest.approx(8.551, abs=0.001)
    assert least_walk_s(DE, 40.0) == DE.walk_min_s


@pytest.mark.parametrize(("cycle_s", "walk_s"), [(90.0, 20.0), (120.0, 50.0)])
def test_a_wait_of_70_s_caps_the_chinese_cycle(cycle_s: float, walk_s: float) -> None:
    cross = Movement("s", "n", Turn.THROUGH, (0,), (0,), 13.9, 0, ())

    def waits_too_long(limits: Limits, cycle_s: float) -> bool:
        node = intersection_by_hand(
            "A", [cross], [Stage("rG", ())], [(0, 1)], walks_m={1: 9.0}, limits=limits
        )
        found = check_rows(node, [Interval("rG", walk_s), Interval("Gr", cycle_s - walk_s)])
        return "long-walk-wait" in {finding.rule for finding in found}

    assert not waits_too_long(CN, cycle_s)
    assert waits_too_long(CN, cycle_s + 1.0)
    assert not waits_too_long(US, cycle_s + 1.0)


def test_the_field_plan_rule_has_no_formula() -> None:
    with pytest.raises(ValueError, match="'keep' keeps the yellow"):
        yellow_s(KEEP, 13.89)
    with pytest.raises(ValueError, match="'keep' keeps the all-red"):
        all_red_s(KEEP, 3.0, 20.0, 10.0)
    with pytest.raises(ValueError, match="'keep' keeps the yellow"):
        vehicle_intergreen_s(KEEP, AHEAD, AHEAD, 20.0, 5.0)


def test_the_profile_keep_has_the_walks_of_before() -> None:
    assert least_walk_s(KEEP, 12.0) == 5.0
    assert pedestrian_intergreen_s(KEEP, 12.0) == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("clearing_m", "speed_m_s", "entering_m"),
    [(math.nan, 10.0, 0.0), (-1.0, 10.0, 0.0), (20.0, 0.0, 0.0), (20.0, 10.0, math.nan)],
)
def test_all_red_of_unknown_distances_is_refused(
    clearing_m: float, speed_m_s: float, entering_m: float
) -> None:
    with pytest.raises(ValueError, match="all-red needs"):
        all_red_s(DE, 3.0, clearing_m, speed_m_s, entering_m)


def test_pedestrians_do_not_clear_as_vehicles() -> None:
    with pytest.raises(ValueError, match="does not serve vehicles"):
        vehicle_intergreen_s(US, WALK, AHEAD, 12.0, 0.0)

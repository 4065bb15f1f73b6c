"""Yellow, all-red and pedestrian times by the formulas of a rule profile."""

from __future__ import annotations

import math

from trafficopt.intersection import Head, Turn, User
from trafficopt.limits import Limits
from trafficopt.units import Meters, MetersPerSecond, Seconds

GRAVITY_M_S2 = 9.81
KM_H_PER_M_S = 3.6
SPEED_SLACK_KM_H = 0.05  # SUMO writes 50 km/h as 13.89 m/s
STEP_SLACK = 1e-6  # of a step: what floating point adds is not rounded up


def kinematic_yellow_s(
    speed_m_s: MetersPerSecond, grade: float, reaction_s: Seconds, deceleration_m_s2: float
) -> Seconds:
    """Yellow within which a driver who cannot stop passes the stop line: t + v / (2 a + 2 g G).

    Source: Gazis, Herman and Maradudin 1960; ITE; t = 1.0 s and a = 3.05 m/s2 as in MassDOT's memo.

    Parameters
    ----------
    grade
        Rise toward the stop line (0.02 = 2 % uphill), negative downhill.

    Raises
    ------
    ValueError
        If the slope is so steep that braking does not slow down.

    Examples
    --------
    >>> round(kinematic_yellow_s(50 / 3.6, 0.0, 1.0, 3.05), 2)
    3.28
    """
    slowing = deceleration_m_s2 + GRAVITY_M_S2 * grade
    if slowing <= 0:
        raise ValueError(
            f"on a grade of {grade:g} a braking of {deceleration_m_s2:g} m/s2 does not slow down"
        )
    return reaction_s + speed_m_s / (2 * slowing)


def yellow_s(
    limits: Limits,
    speed_limit_m_s: MetersPerSecond,
    grade: float = 0.0,
    turn: Turn = Turn.THROUGH,
) -> Seconds:
    """Yellow that a profile asks for on an approach, rounded up to its step and within its bounds.

    Left turns and U-turns have the speed of left turns; right turns are taken as fast as through
    traffic. Above the last speed of a table the longer of its last yellow and the kinematic one holds.

    Source: NCHRP 03-95 (speeds over the limit); the profile's sources (table, step, bounds).

    Raises
    ------
    ValueError
        If the profile takes yellow from the field plan.
    """
    if limits.yellow_rule == "field":
        raise ValueError(f"profile {limits.profile!r} keeps the yellow of the field plan and has no formula")
    if limits.yellow_rule == "by-speed":
        needed = _yellow_of_table(limits, speed_limit_m_s, grade)
    else:
        left = turn in (Turn.LEFT, Turn.U_TURN)
        over = limits.left_speed_over_limit_m_s if left else limits.through_speed_over_limit_m_s
        needed = _kinematic(limits, max(0.0, speed_limit_m_s + over), grade)
    return min(max(_rounded_up(needed, limits.yellow_step_s), limits.yellow_min_s), limits.yellow_max_s)


def _yellow_of_table(limits: Limits, speed_limit_m_s: MetersPerSecond, grade: float) -> Seconds:
    """Yellow of the first row whose speed is not below the limit."""
    for up_to_km_h, yellow in limits.yellow_s_by_speed_km_h:
        if speed_limit_m_s * KM_H_PER_M_S <= up_to_km_h + SPEED_SLACK_KM_H:
            return yellow
    return max(limits.yellow_s_by_speed_km_h[-1][1], _kinematic(limits, speed_limit_m_s, grade))


def _kinematic(limits: Limits, speed_m_s: MetersPerSecond, grade: float) -> Seconds:
    return kinematic_yellow_s(speed_m_s, grade, limits.reaction_s, limits.deceleration_m_s2)


def all_red_s(
    limits: Limits,
    after_yellow_s: Seconds,
    clearing_m: Meters,
    clearing_speed_m_s: MetersPerSecond,
    entering_m: Meters = 0.0,
) -> Seconds:
    """All-red that a profile asks for, rounded up to its step and within its bounds.

    `clearing`: R = (W + L) / v less the deduction. `clearing-entering`: what the intergreen
    t_z = t_ue + (W + L) / v - t_e exceeds the yellow.

    Source: ITE, NCHRP 731 (R); RiLSA as on info-lsa.de (t_z); with no length and no entering time
    I = z / u_a + t_s of the Chinese intersection design code, section 8.5.

    Parameters
    ----------
    after_yellow_s
        Yellow that the all-red follows.
    clearing_m
        From the stop line of the last vehicle to the far edge of the shared area (W).
    entering_m
        From the stop line of the first vehicle to the near edge.

    Raises
    ------
    ValueError
        If the profile takes all-red from the field plan, a distance is unknown or negative, or the
        clearing speed is not positive.
    """
    if limits.all_red_rule == "field":
        raise ValueError(f"profile {limits.profile!r} keeps the all-red of the field plan and has no formula")
    if not (0 <= clearing_m < math.inf and 0 <= entering_m < math.inf and clearing_speed_m_s > 0):
        raise ValueError("all-red needs distances of 0 m or more and a positive clearing speed")
    to_clear = (clearing_m + limits.vehicle_length_m) / clearing_speed_m_s
    if limits.all_red_rule == "clearing":
        needed = to_clear - limits.all_red_deduction_s
    else:
        to_enter = entering_m / limits.entering_speed_m_s if limits.entering_speed_m_s > 0 else 0.0
        needed = limits.crossing_time_s + to_clear - to_enter - after_yellow_s
    return min(max(_rounded_up(needed, limits.all_red_step_s), limits.all_red_min_s), limits.all_red_max_s)


def vehicle_intergreen_s(
    limits: Limits,
    clearing: Head,
    entering: Head,
    far_m: Meters,
    near_m: Meters,
) -> Seconds:
    """Time from the end of a head's green to the begin of an opposed one's: yellow and all-red.

    Before a crossing that begins, nobody needs time to enter: pedestrians stand at the curb.

    Parameters
    ----------
    clearing
        Head of the vehicles that leave.
    entering
        Head that turns green, of vehicles or pedestrians.
    far_m
        From the clearing head's stop line to the far edge of the shared area.
    near_m
        From the entering head's stop line to the near edge.

    Raises
    ------
    ValueError
        As `yellow_s` and `all_red_s`, and if the clearing head is not one of vehicles.
    """
    if clearing.user is not User.VEHICLES:
        raise ValueError(f"head {clearing.id!r} does not serve vehicles")
    yellow = yellow_s(limits, clearing.speed_m_s, clearing.grade, clearing.turn)
    entering_m = 0.0 if entering.user is User.PEDESTRIANS else near_m
    return yellow + all_red_s(limits, yellow, far_m, _clearing_speed_m_s(limits, clearing), entering_m)


def _clearing_speed_m_s(limits: Limits, head: Head) -> MetersPerSecond:
    """Speed of the last vehicle: the profile's, or where it has none the approach's or the turn's."""
    if head.turn is Turn.THROUGH:
        return limits.clearing_speed_m_s or head.speed_m_s
    return limits.turning_clearing_speed_m_s or head.turn_speed_m_s


def walk_clearance_s(limits: Limits, length_m: Meters) -> Seconds:
    """Time to cross for those who stepped off in the last moment of walk: length / walking speed.

    Source: MUTCD 2009, 4E.06 paragraph 7; GB/T 51439-2021, 9.2.1(3).

    Examples
    --------
    >>> from trafficopt.limits import Limits
    >>> round(walk_clearance_s(Limits("us"), 18.0), 1)
    16.8
    """
    return length_m / limits.walking_speed_m_s


def least_walk_s(limits: Limits, length_m: Meters) -> Seconds:
    """Shortest walk; long crossings need more where slow walkers must cross in walk and clearance.

    Source: MUTCD 2009, 4E.06 paragraph 14: walk + clearance >= (length + 6 ft) / (3 ft/s).
    """
    if limits.walk_total_speed_m_s <= 0:
        return limits.walk_min_s
    total = (length_m + limits.walk_total_extra_m) / limits.walk_total_speed_m_s
    return max(limits.walk_min_s, total - walk_clearance_s(limits, length_m))


def pedestrian_intergreen_s(limits: Limits, length_m: Meters) -> Seconds:
    """Time from the end of walk to the begin of an opposed green of vehicles: clearance and buffer.

    Source: MUTCD 2009, figure 4E-2.
    """
    return walk_clearance_s(limits, length_m) + limits.walk_buffer_s


def _rounded_up(needed_s: Seconds, step_s: Seconds) -> Seconds:
    """The next multiple of the step, not below the time needed; a step of 0 leaves it as it is."""
    if step_s <= 0:
        return needed_s
    return round(math.ceil(needed_s / step_s - STEP_SLACK) * step_s, 9)

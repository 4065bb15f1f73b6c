"""Bounds of a timing plan, taken from a rule profile."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from trafficopt.limits.profile import Source, read_profile
from trafficopt.table_repr import FIELD_COLUMNS, Table, Tabled, field_rows
from trafficopt.units import Meters, MetersPerSecond, Seconds

YELLOW_RULES = ("field", "kinematic", "by-speed")
ALL_RED_RULES = ("field", "clearing", "clearing-entering")
PERMISSIVE = ("field", "warranted", "none")
POSITIVE = ("deceleration_m_s2", "walking_speed_m_s", "permissive_left_max_speed_m_s")
SIGNED = ("through_speed_over_limit_m_s", "left_speed_over_limit_m_s")


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Limits(Tabled):
    """Bounds of a timing plan: a rule profile, and what a scenario changes of it.

    No value is in the code: `Limits("us", min_green_s=8.0)` takes all but the minimum green from the
    file of the profile `us`. `docs/profiles.md` has every value with its source.

    Attributes
    ----------
    profile, title
        Name of the profile, and what it stands for.
    min_green_s, max_green_s
        Bounds of a stage's green; a stage that the field plan shows for less keeps that green where
        the yellow rule is `field`.
    min_through_green_s
        Shortest green of movements straight on, where it is above `min_green_s`.
    min_cycle_s, max_cycle_s
        Range of the cycle.
    max_red_s
        Longest red of vehicles.
    yellow_rule
        `field` (as shown), `kinematic` (reaction and braking), `by-speed` (a table).
    yellow_s_by_speed_km_h
        Rows (speed limit up to [km/h], yellow [s]), ascending.
    reaction_s, deceleration_m_s2
        Of the kinematic rule.
    yellow_min_s, yellow_max_s, yellow_step_s
        Bounds, and the step that yellows are rounded up to (0: not rounded).
    through_speed_over_limit_m_s, left_speed_over_limit_m_s
        What the kinematic rule adds to the speed limit.
    all_red_rule
        `field` (as shown), `clearing` (time to clear), `clearing-entering` (less the time to enter).
    vehicle_length_m
        Added to the distance that is cleared.
    clearing_speed_m_s, turning_clearing_speed_m_s
        Speed of the last vehicle; 0: the approach's speed limit, and the speed of the turn.
    entering_speed_m_s
        Speed of the first vehicle; 0: no entering time is deducted.
    crossing_time_s
        Time after the end of green at which the last vehicle passes its stop line.
    all_red_deduction_s
        Deducted by the rule `clearing` for the start-up of the next stream.
    all_red_min_s, all_red_max_s, all_red_step_s
        Bounds, and the step that all-reds are rounded up to (0: not rounded).
    walk_min_s
        Shortest walk.
    walking_speed_m_s
        Of a pedestrian who clears the crossing.
    walk_buffer_s
        Between the clearance of pedestrians and the next green of vehicles.
    walk_total_speed_m_s, walk_total_extra_m
        Walk and clearance must suffice to walk the crossing and the extra length at this speed; 0: no
        such rule.
    max_walk_wait_s
        Longest time between two walks.
    permissive
        Which greens may give way: `field` (those that the field plan shows), `warranted` (also where
        the warrant below is met), `none`.
    permissive_left_max_speed_m_s, permissive_left_max_opposing_lanes, permissive_left_max_lanes
        Warrant: speed limit and through lanes of the oncoming approach, lanes that turn.
    permissive_left_max_volume_product
        Warrant: flow that turns times oncoming flow [veh/h x veh/h].
    sources
        Where each value comes from, by field name.

    Parameters
    ----------
    profile
        One of `PROFILES`.
    **changes
        Values by field name that differ from the profile's.

    Raises
    ------
    ValueError
        If the profile or a key is unknown, or a value is of the wrong type or makes no sense.

    Examples
    --------
    >>> limits = Limits("us", min_green_s=8)
    >>> limits.min_green_s, limits.walk_min_s
    (8.0, 7.0)
    >>> limits.sources["min_green_s"].text
    'set by the scenario'
    """

    profile: str
    title: str = field(init=False)
    min_green_s: Seconds
    max_green_s: Seconds
    min_through_green_s: Seconds
    min_cycle_s: Seconds
    max_cycle_s: Seconds
    max_red_s: Seconds
    yellow_rule: str
    yellow_s_by_speed_km_h: tuple[tuple[float, Seconds], ...]
    reaction_s: Seconds
    deceleration_m_s2: float
    yellow_min_s: Seconds
    yellow_max_s: Seconds
    yellow_step_s: Seconds
    through_speed_over_limit_m_s: MetersPerSecond
    left_speed_over_limit_m_s: MetersPerSecond
    all_red_rule: str
    vehicle_length_m: Meters
    clearing_speed_m_s: MetersPerSecond
    turning_clearing_speed_m_s: MetersPerSecond
    entering_speed_m_s: MetersPerSecond
    crossing_time_s: Seconds
    all_red_deduction_s: Seconds
    all_red_min_s: Seconds
    all_red_max_s: Seconds
    all_red_step_s: Seconds
    walk_min_s: Seconds
    walking_speed_m_s: MetersPerSecond
    walk_buffer_s: Seconds
    walk_total_speed_m_s: MetersPerSecond
    walk_total_extra_m: Meters
    max_walk_wait_s: Seconds
    permissive: str
    permissive_left_max_speed_m_s: MetersPerSecond
    permissive_left_max_opposing_lanes: int
    permissive_left_max_volume_product: float
    permissive_left_max_lanes: int
    sources: Mapping[str, Source] = field(init=False, compare=False, repr=False)

    def __init__(self, profile: str = "keep", **changes: object) -> None:
        if not isinstance(profile, str):
            raise ValueError(f"profile = {profile!r} is not text in quotes")
        read = read_profile(profile)
        usual, given = _checked(read.values), _checked(changes)
        changed = [name for name, value in given.items() if value != usual[name]]
        sources = {**read.sources, **dict.fromkeys(changed, Source("set by the scenario", verified=False))}
        values = {"profile": profile, "title": read.title, **usual, **given, "sources": sources}
        for name, value in values.items():
            object.__setattr__(self, name, value)
        self.__post_init__()

    def __post_init__(self) -> None:
        faults = [*_faults(self)]
        if faults:
            raise ValueError("; ".join(faults))

    def _table(self) -> Table:
        rows = [row for row in field_rows(self) if row[0] not in ("profile", "title")]
        return Table(f"Limits {self.profile}: {self.title}", FIELD_COLUMNS, rows)


def _checked(values: Mapping[str, Any]) -> dict[str, object]:
    """Values in the types of their fields; all faults of the values together."""
    kinds = {item.name: str(item.type) for item in fields(Limits) if item.init and item.name != "profile"}
    faults = [f"key {name!r} is unknown" for name in sorted(set(values) - set(kinds))]
    checked: dict[str, object] = {}
    for name in (name for name in values if name in kinds):
        try:
            checked[name] = _converted(values[name], kinds[name])
        except TypeError as error:
            faults.append(f"{name} = {values[name]!r} is not {error}")
    if faults:
        raise ValueError(f"{'; '.join(faults)}; keys are {', '.join(kinds)}")
    return checked


def _converted(value: Any, kind: str) -> object:
    """A value in the type of its field; TypeError says what it should have been."""
    if kind == "str":
        if not isinstance(value, str):
            raise TypeError("text in quotes")
        return value
    if kind.startswith("tuple"):
        rows: list[Any] = list(value) if isinstance(value, list | tuple) else []
        if not rows or not all(isinstance(row, list | tuple) and len(row) == 2 for row in rows):
            raise TypeError("a list of pairs [up to km/h, s]")
        return tuple(tuple(_converted(number, "float") for number in row) for row in rows)
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        raise TypeError("a number")
    if kind == "int":
        if value != math.floor(value if math.isfinite(value) else 0.5):
            raise TypeError("a whole number")
        return int(value)
    return float(value)


def _faults(limits: Limits) -> Iterator[str]:
    """What makes no sense."""
    if not 0 < limits.min_green_s < limits.min_cycle_s <= limits.max_cycle_s:
        yield "0 < min_green_s < min_cycle_s <= max_cycle_s must hold"
    for low, high in (
        ("min_green_s", "max_green_s"),
        ("yellow_min_s", "yellow_max_s"),
        ("all_red_min_s", "all_red_max_s"),
    ):
        if not getattr(limits, low) <= getattr(limits, high):
            yield f"{low} <= {high} must hold"
    for name, rules in (
        ("yellow_rule", YELLOW_RULES),
        ("all_red_rule", ALL_RED_RULES),
        ("permissive", PERMISSIVE),
    ):
        if getattr(limits, name) not in rules:
            yield f"{name} = {getattr(limits, name)!r} is unknown; choose one of {', '.join(rules)}"
    if (limits.yellow_rule == "field") != (limits.all_red_rule == "field"):
        yield "yellow_rule and all_red_rule must both be 'field', or neither"
    for item in fields(Limits):
        value = getattr(limits, item.name)
        if item.name in POSITIVE and not value > 0:
            yield f"{item.name} must be positive"
        elif isinstance(value, int | float) and item.name not in SIGNED and not value >= 0:
            yield f"{item.name} must not be negative"
    speeds = [speed for speed, _ in limits.yellow_s_by_speed_km_h]
    if sorted(set(speeds)) != speeds or not all(yellow > 0 for _, yellow in limits.yellow_s_by_speed_km_h):
        yield "yellow_s_by_speed_km_h must have ascending speeds and positive yellows"

"""Parking: spaces shared out exactly, cruising and maneuvers by hand, and what hangs on each assumption."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trafficopt.errors import InputError
from trafficopt.parking import (
    DistrictParking,
    allot,
    demand_factor,
    parking_state,
    parking_supply,
    saturation_factor,
)
from trafficopt.parking_assumptions import (
    ASSUMPTIONS,
    CENTRAL,
    FULLEST,
    Assumption,
    ParkingParameters,
    sensitivity,
)

# 1000 ends x 0.4 that seek x 2 h = 800 that want to be parked.
CENTER = DistrictParking("center", 1000.0, 3.0, spaces_before=1000, spaces_added=600)


def test_shares_are_whole_and_add_up() -> None:
    # 6900 x 3/7, 2/7, 2/7 = 2957.14, 1971.43, 1971.43: one is left, for the first of the equal fractions.
    assert allot(6900, {"a": 3.0, "b": 2.0, "c": 2.0}) == {"a": 2957, "b": 1972, "c": 1971}
    assert allot(6900, {"a": 0.0, "b": 1.5}) == {"a": 0, "b": 6900}
    assert allot(0, {"a": 1.0}) == {"a": 0}


@given(
    st.integers(0, 10**6),
    st.dictionaries(st.text(max_size=3), st.floats(0.0, 1e9), min_size=1).filter(lambda d: any(d.values())),
)
def test_no_share_is_a_whole_space_off(total: int, needs: dict[str, float]) -> None:
    spaces = allot(total, needs)
    assert list(spaces) == list(needs)
    assert sum(spaces.values()) == total
    whole = sum(needs.values())
    assert all(abs(spaces[k] - total * (need / whole)) < 1.0 + 1e-6 for k, need in needs.items())


@pytest.mark.parametrize(
    ("total", "needs", "fault"),
    [
        (-1, {"a": 1.0}, "total is -1"),
        (5, {"a": -2.0}, "need of 'a' is -2.0"),
        (5, {"a": float("nan")}, "need of 'a' is nan"),
        (5, {"a": 0.0}, "nobody needs anything"),
        (5, {}, "nobody needs anything"),
    ],
)
def test_impossible_shares_are_refused(total: int, needs: dict[str, float], fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        allot(total, needs)


def test_cruising_by_hand() -> None:
    before = parking_state(CENTER, CENTER.spaces_before)
    assert before.occupancy == pytest.approx(0.8)
    assert before.cruising_share == pytest.approx(0.4 * 0.16777216)  # 0.8^8
    assert before.extra_m == pytest.approx(75.0)  # 1.5 x 10 m / 0.2
    assert before.extra_s == pytest.approx(16.875)  # at 16 km/h
    assert before.vehicle_km_factor == pytest.approx(1.0 + 0.067108864 * 0.075 / 3.0)
    after = parking_state(CENTER, CENTER.spaces_after)
    assert after.occupancy == pytest.approx(0.5)
    assert after.cruising_share == pytest.approx(0.4 / 256.0)
    assert after.extra_m == pytest.approx(30.0)
    assert demand_factor(CENTER) == pytest.approx((1.0 + 0.4 / 256.0 * 0.01) / (1.0 + 0.067108864 * 0.025))


def test_more_spaces_never_make_it_worse() -> None:
    states = [parking_state(CENTER, spaces) for spaces in range(100, 3000, 50)]
    assert [s.occupancy for s in states] == sorted((s.occupancy for s in states), reverse=True)
    factors = [s.vehicle_km_factor for s in states]
    assert factors == sorted(factors, reverse=True)
    assert factors[0] > factors[-1] > 1.0
    assert demand_factor(replace(CENTER, spaces_added=0)) == 1.0


def test_occupancy_has_a_bound_where_too_many_want_to_park() -> None:
    assert parking_state(CENTER, 10).occupancy == FULLEST


def test_the_spaces_before_are_those_of_the_assumed_occupancy() -> None:
    west, center = parking_supply({"west": 500.0, "center": 1500.0}, {"west": 4.0, "center": 3.0}, 101)
    assert (west.spaces_before, center.spaces_before) == (421, 1263)  # 400 and 1200 over 0.95
    assert (west.spaces_added, center.spaces_added) == (25, 76)  # 25.25 and 75.75
    assert (west.trip_km, center.trip_km) == (4.0, 3.0)
    assert parking_state(center, center.spaces_before).occupancy == pytest.approx(0.95, abs=5e-4)
    empty = parking_supply({"a": 0.0, "b": 1.0}, {"a": 1.0, "b": 1.0}, 3)[0]
    assert (empty.spaces_before, empty.spaces_added, parking_state(empty, 1).cruising_share) == (1, 0, 0.0)
    with pytest.raises(InputError, match="no mean length of the trips to 'center'"):
        parking_supply({"west": 500.0, "center": 1500.0}, {"west": 4.0}, 101)


def test_maneuvers_beside_a_queue_by_hand() -> None:
    # 12 spaces x 0.8 / 2 h x 2 = 9.6 maneuvers an hour of 18 s: 0.048 lanes, and 0.1 for the parked cars.
    assert saturation_factor(2, 12, 0.8) == pytest.approx((2.0 - 0.148) / 2.0)
    assert saturation_factor(1, 12, 0.8) == pytest.approx(1.0 - 0.148)
    assert saturation_factor(2, 12, 0.5) == pytest.approx((2.0 - 0.1 - 0.03) / 2.0)
    assert saturation_factor(3, 0, 0.8) == 1.0


def test_the_factor_keeps_to_the_range_of_the_manual() -> None:
    # 180 maneuvers an hour of 18 s take 0.9 lanes, and 0.1 for the parked cars: nothing is left of one.
    assert saturation_factor(1, 500, 0.95) == 0.05
    assert saturation_factor(2, 500, 0.95) == pytest.approx(0.5)


@pytest.mark.parametrize(("lanes", "spaces", "occupancy"), [(0, 5, 0.5), (1, -1, 0.5), (1, 5, 1.1)])
def test_impossible_approaches_are_refused(lanes: int, spaces: int, occupancy: float) -> None:
    with pytest.raises(InputError, match="curbside approach"):
        saturation_factor(lanes, spaces, occupancy)


def test_all_faults_of_a_district_come_together() -> None:
    with pytest.raises(InputError) as caught:
        DistrictParking("west", -1.0, 0.0, 0, -5)
    assert len(caught.value.faults) == 4
    assert "district 'west'" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("occupancy_before", 1.0), ("seeking_share", 1.2), ("stay_h", 0.0), ("spacing_m", float("nan"))],
)
def test_impossible_parameters_are_refused(name: str, value: float) -> None:
    with pytest.raises(InputError, match=f"{name} is"):
        ParkingParameters(**{name: value})


def test_every_parameter_is_an_assumption_with_a_source() -> None:
    assert [part.name for part in fields(ParkingParameters)] == list(ASSUMPTIONS)
    for name, assumption in ASSUMPTIONS.items():
        assert assumption.low < assumption.central < assumption.high
        assert getattr(CENTRAL, name) == assumption.central
        assert "guess" in assumption.source or "from memory" in assumption.source
        for value in (assumption.low, assumption.high):
            replace(CENTRAL, **{name: value})
    with pytest.raises(ValueError, match="not in order"):
        Assumption(1.0, 0.5, 2.0, "m", "a length", "a guess")


def test_each_assumption_is_varied_alone() -> None:
    seen: list[ParkingParameters] = []

    def evaluate(parameters: ParkingParameters) -> float:
        seen.append(parameters)
        return 10.0 * parameters.stay_h - parameters.spacing_m

    rows = sensitivity(evaluate)
    assert len(seen) == 1 + 2 * len(ASSUMPTIONS) == len(set(seen))
    stay, spacing, *rest = rows
    assert (stay.name, stay.at_low, stay.at_central, stay.at_high) == ("stay_h", 0.0, 10.0, 30.0)
    assert (spacing.name, spacing.at_low, spacing.at_high, spacing.swing) == ("spacing_m", 14.0, 0.0, 14.0)
    assert [row.name for row in rest] == [n for n in ASSUMPTIONS if n not in ("stay_h", "spacing_m")]
    assert all(row.swing == 0.0 for row in rest)
    assert [row.name for row in sensitivity(evaluate, ["maneuver_s"])] == ["maneuver_s"]

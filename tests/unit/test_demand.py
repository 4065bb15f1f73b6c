"""Vehicles and their means."""

from __future__ import annotations

import numpy as np
import pytest

from trafficopt.demand import Demand, VehicleType


def demand(types: tuple[str, ...]) -> Demand:
    n = len(types)
    kinds = {"car": VehicleType("car"), "truck": VehicleType("truck", 12.0, 3.0, 1.4)}
    departs = np.arange(n, dtype=np.float64) * 10
    return Demand(tuple(f"v{k}" for k in range(n)), departs, (("a", "b"),) * n, types, kinds)


def test_means_are_over_vehicles_not_types() -> None:
    mixed = demand(("car", "car", "car", "truck"))
    assert mixed.mean_space_m() == pytest.approx((3 * 7.5 + 15.0) / 4)
    assert mixed.mean_tau_s() == pytest.approx((3 * 1.0 + 1.4) / 4)


def test_nobody_drives_as_cars_do() -> None:
    nobody = demand(())
    assert (nobody.mean_space_m(), nobody.mean_tau_s()) == (7.5, 1.0)
    assert repr(nobody) == "Demand: no vehicles"


def test_repr_says_who_departs_when() -> None:
    assert repr(demand(("car",) * 4)) == "Demand: 4 vehicles departing from 0 s to 30 s"


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="same length"):
        Demand(("v",), np.zeros(2), (("a",),), ("car",), {"car": VehicleType("car")})


def test_departures_cannot_change() -> None:
    with pytest.raises(ValueError, match="read-only"):
        demand(("car",)).depart_s[0] = 5.0


@pytest.mark.parametrize(("factor", "n"), [(0.6, 12), (1.0, 20), (1.1, 22), (2.5, 50)])
def test_scaled_demand_is_spread_evenly(factor: float, n: int) -> None:
    base = demand(("car",) * 20)
    scaled = base.scaled(factor)
    assert len(scaled) == len(set(scaled.vehicles)) == n
    assert np.all(np.diff(scaled.depart_s) >= 0)
    early = (scaled.depart_s < 100.0).sum()
    assert abs(early - n / 2) <= 1
    assert scaled.vehicle_types == base.vehicle_types


def test_demand_scaled_by_one_is_the_same_but_for_names() -> None:
    base = demand(("car", "truck", "car"))
    same = base.scaled(1.0)
    assert same.types == base.types
    assert np.array_equal(same.depart_s, base.depart_s)
    assert same.vehicles == ("v0.0", "v1.1", "v2.2")

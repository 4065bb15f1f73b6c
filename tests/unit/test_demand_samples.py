"""Demands that a plan shall be good for: what is refused, names and weights."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from trafficopt.demand_samples import DemandSamples
from trafficopt.errors import InputError
from trafficopt.problem import Problem

Maker = Callable[..., Problem]


def test_names_and_weights(corridor: Maker) -> None:
    scenario = corridor(1).scenario
    found = DemandSamples((0.8, scenario, scenario.demand), weights=(1, 1, 2))
    assert found.names == ("x0.8", scenario.name, "demand 3")
    assert found.weights == (0.25, 0.25, 0.5)
    assert DemandSamples.of(found) is found
    assert DemandSamples.of([0.8, 1.2]).weights == (0.5, 0.5)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InputError) as told:
        DemandSamples((0.0, -1.0, math.nan, math.inf, 1, 1.0), weights=(1.0, 0.0))
    assert [fault for fault in told.value.faults if "not above zero" in fault] == [
        "the factor 0 is not above zero",
        "the factor -1 is not above zero",
        "the factor nan is not above zero",
        "the factor inf is not above zero",
        "the weight 0 is not above zero",
    ]
    assert "x1 comes 2 times" in told.value.faults
    assert "2 weights are given for 6 demands" in told.value.faults


def test_no_demand_and_one_without_vehicles(corridor: Maker) -> None:
    with pytest.raises(InputError, match="none is given"):
        DemandSamples(())
    demand = corridor(1).scenario.demand
    with pytest.raises(InputError, match="has no vehicles"):
        DemandSamples((1.0, demand.without(set(demand.vehicles))))
    with pytest.raises(InputError, match="1 names are given for 2 demands"):
        DemandSamples((1.0, 2.0), names=("one",))

"""Periods of the day: exact against all divisions of small days, sensible on a day with two peaks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.day_plans import two_directions
from trafficopt.demand_profile import DemandProfile
from trafficopt.errors import InputError
from trafficopt.search.day_periods import (
    cheapest_cuts,
    day_periods,
    relative_flows,
    squared_deviations,
    usual_switch_penalty,
)
from trafficopt.units import FloatArray


def hourly(*series: list[float]) -> DemandProfile:
    names = tuple(f"s{k}" for k in range(len(series)))
    return DemandProfile(0.0, 3600.0, names, np.array(series, dtype=np.float64))


def divisions(n: int, least: int) -> Iterator[tuple[int, ...]]:
    """All divisions of n slices into periods of at least `least`."""
    for size in range(n):
        for inner in combinations(range(1, n), size):
            cuts = (0, *inner, n)
            if all(b - a >= least for a, b in pairwise(cuts)):
                yield cuts


def deviation(flows: FloatArray, cuts: tuple[int, ...]) -> float:
    """Squared deviations from the means of periods, by their definition."""
    return sum(
        float(((flows[:, a:b] - flows[:, a:b].mean(axis=1, keepdims=True)) ** 2).sum())
        for a, b in pairwise(cuts)
    )


days = st.integers(1, 3).flatmap(
    lambda m: st.lists(st.lists(st.integers(0, 9).map(float), min_size=8, max_size=8), min_size=m, max_size=m)
)


@given(days, st.integers(1, 4), st.floats(0.0, 3.0))
def test_the_division_is_the_best_of_all(rows: list[list[float]], least: int, penalty: float) -> None:
    flows = np.array(rows)
    cuts = cheapest_cuts(squared_deviations(flows), least, penalty)
    assert all(b - a >= least for a, b in pairwise(cuts))
    best = min(deviation(flows, other) + penalty * (len(other) - 2) for other in divisions(8, least))
    assert deviation(flows, cuts) + penalty * (len(cuts) - 2) == pytest.approx(best, abs=1e-6)


@given(days, st.integers(1, 2), st.integers(1, 4))
def test_so_many_periods_are_the_best_of_all_such(rows: list[list[float]], least: int, n: int) -> None:
    profile = hourly(*rows)
    found = day_periods(profile, n_periods=n, min_period_s=3600.0 * least, share_plans=False)
    assert len(found.periods) == n
    flows = relative_flows(profile)
    best = min(deviation(flows, cuts) for cuts in divisions(8, least) if len(cuts) == n + 1)
    assert found.squared_deviation == pytest.approx(best, abs=1e-6)


def test_the_costs_of_a_day_by_hand() -> None:
    """Two series over three slices: 1, 3, 3 and 0, 0, 6.

    Slices 0 and 1: mean 2 and 0, deviations 1 + 1 + 0. All three: means 7/3 and 2, deviations
    (16 + 4 + 4) / 9 + 4 + 4 + 16.
    """
    costs = squared_deviations(np.array([[1.0, 3.0, 3.0], [0.0, 0.0, 6.0]]))
    assert costs[0, 1] == costs[1, 2] == costs[2, 3] == 0.0
    assert costs[0, 2] == pytest.approx(2.0)
    assert costs[1, 3] == pytest.approx(18.0)
    assert costs[0, 3] == pytest.approx(24 / 9 + 24)


def test_a_switch_is_made_only_if_it_is_worth_its_penalty() -> None:
    """Relative flows 0.5, 0.5, 1.5, 1.5: one period deviates by 4 x 0.25 = 1."""
    profile = hourly([100.0, 100.0, 300.0, 300.0])
    for penalty, n in ((0.9, 2), (1.1, 1)):
        found = day_periods(profile, switch_penalty=penalty)
        assert len(found.periods) == n
        assert found.squared_deviation == pytest.approx(0.0 if n == 2 else 1.0)
        assert found.switch_penalty == penalty


def test_steady_demand_is_one_period_at_any_penalty() -> None:
    profile = hourly([330.0] * 24, [70.1] * 24)
    for penalty in (0.0, None):
        (period,) = day_periods(profile, switch_penalty=penalty).periods
        assert (period.begin_s, period.end_s, period.plan) == (0.0, 86400.0, "1")
    assert len(day_periods(hourly([0.0] * 24)).periods) == 1


def test_periods_are_as_long_as_asked() -> None:
    profile = hourly([100.0] * 5 + [900.0] + [100.0] * 6)
    short = day_periods(profile, switch_penalty=0.1, min_period_s=3600.0).periods
    assert [(p.begin_s, p.end_s) for p in short] == [(0, 18000), (18000, 21600), (21600, 43200)]
    long = day_periods(profile, switch_penalty=0.1, min_period_s=3 * 3600.0).periods
    assert min(p.end_s - p.begin_s for p in long) >= 3 * 3600.0


def test_the_usual_penalty_by_hand() -> None:
    """Flows 900, 1100, 900, 1100 of one series, hourly: relative 0.9 and 1.1.

    Half the mean squared difference 0.02, two parameters, ln 4; Poisson's 1 / 1000 is less. With flows of
    a hundredth it is 1 / 10, and more.
    """
    flows = [900.0, 1100.0, 900.0, 1100.0]
    assert usual_switch_penalty(hourly(flows)) == pytest.approx(0.02 * 2 * math.log(4))
    assert usual_switch_penalty(hourly([f / 100 for f in flows])) == pytest.approx(0.1 * 2 * math.log(4))
    assert usual_switch_penalty(hourly(flows, flows)) == pytest.approx(0.02 * 3 * math.log(4))
    assert usual_switch_penalty(hourly(flows), 7200.0) == pytest.approx(0.001 * 2 * math.log(4))


@pytest.mark.parametrize("scale", [200.0, 800.0, 2000.0])
@pytest.mark.parametrize("seed", [None, 1, 2, 3])
def test_a_day_with_two_peaks_has_some_periods_whatever_the_noise(scale: float, seed: int | None) -> None:
    profile = two_directions(scale, None if seed is None else np.random.default_rng(seed))
    periods = day_periods(profile).periods
    assert 5 <= len(periods) <= 8
    at = {
        hour: next(p.plan for p in periods if p.begin_s <= 3600 * hour < p.end_s) for hour in (1, 8, 13, 17)
    }
    assert at[1] == periods[0].plan == periods[-1].plan == "1"  # evening and early morning share the night
    assert len(set(at.values())) == 4


def test_like_periods_share_a_plan() -> None:
    """Means 0.4, 1.6, 0.5, 1.5 of 6 slices: joining 0.4 and 0.5, or 1.6 and 1.5, adds 3 x 0.01 = 0.03.

    The penalty of a mean is half that of a switch, which has a place besides.
    """
    profile = hourly([40.0] * 6 + [160.0] * 6 + [50.0] * 6 + [150.0] * 6)
    assert [p.plan for p in day_periods(profile, switch_penalty=0.07).periods] == ["1", "2", "1", "2"]
    assert [p.plan for p in day_periods(profile, switch_penalty=0.05).periods] == ["1", "2", "3", "4"]
    apart = day_periods(profile, switch_penalty=0.07, share_plans=False).periods
    assert [p.plan for p in apart] == ["1", "2", "3", "4"]


def test_neighbors_that_share_a_plan_are_one_period() -> None:
    profile = hourly([100.0] * 6 + [300.0] * 6)
    found = day_periods(profile, n_periods=3, switch_penalty=0.5)
    assert [(p.begin_s, p.end_s) for p in found.periods] == [(0, 21600), (21600, 43200)]
    assert found.squared_deviation == 0.0


def test_impossible_wishes_are_told_together() -> None:
    profile = hourly([1.0, 2.0, 3.0])
    with pytest.raises(InputError, match="3 slices are too few for 2 periods of 2 slices or more"):
        day_periods(profile, n_periods=2, min_period_s=7200.0)
    with pytest.raises(InputError) as caught:
        day_periods(profile, n_periods=0, switch_penalty=math.nan)
    assert caught.value.faults == ("a penalty of nan for a switch is impossible", "0 periods are impossible")

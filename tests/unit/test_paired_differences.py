"""Tests of paired differences, against hand calculation, SciPy and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from trafficopt.paired_differences import (
    half_width,
    holm,
    is_skewed,
    p_different,
    p_equivalent,
    seeds_needed,
)

SAMPLES = st.lists(st.floats(-100, 100), min_size=2, max_size=30).filter(lambda x: np.std(x) > 1e-3)


@given(SAMPLES)
def test_interval_and_p_are_those_of_scipy(x: list[float]) -> None:
    found = stats.ttest_1samp(x, 0.0)
    low, high = found.confidence_interval(0.95)
    assert half_width(x) == pytest.approx((high - low) / 2, rel=1e-6)
    assert p_different(x) == pytest.approx(found.pvalue, rel=1e-6)


@given(SAMPLES, st.floats(0.01, 100))
def test_equivalence_is_two_one_sided_tests(x: list[float], margin: float) -> None:
    above = stats.ttest_1samp(x, -margin, alternative="greater").pvalue
    below = stats.ttest_1samp(x, margin, alternative="less").pvalue
    assert p_equivalent(x, margin) == pytest.approx(max(above, below), rel=1e-6, abs=1e-12)


def test_without_spread_nothing_is_left_to_chance() -> None:
    assert p_different([0.0, 0.0]) == 1.0
    assert p_different([0.5, 0.5]) == 0.0
    assert [p_equivalent([0.5, 0.5], margin) for margin in (0.4, 0.5, 0.6)] == [1.0, 1.0, 0.0]
    assert p_equivalent([0.0, 0.0], 0.0) == 0.0


def test_holm_by_hand() -> None:
    # 0.01 x 4, 0.015 x 3, then 0.03 x 2, and 0.9 x 1.
    assert holm([0.03, 0.01, 0.9, 0.015]) == pytest.approx((0.06, 0.04, 0.9, 0.045))
    assert holm([0.6, 0.5]) == (1.0, 1.0)
    assert holm([]) == ()


def test_holm_errs_in_a_twentieth_of_families() -> None:
    rng = np.random.default_rng(1)
    p_values = rng.uniform(size=(20_000, 4))
    assert np.mean([min(holm(row)) <= 0.05 for row in p_values]) == pytest.approx(0.05, abs=0.005)


@given(SAMPLES, st.floats(0.05, 20))
def test_as_many_seeds_as_the_width_takes_and_no_more(x: list[float], wanted: float) -> None:
    n, s = seeds_needed(x, wanted), np.std(x, ddof=1)
    width = [stats.t.ppf(0.975, k - 1) * s / np.sqrt(k) for k in (n, max(2, n - 1))]
    assert width[0] <= wanted * (1 + 1e-9)
    assert n == 2 or width[1] > wanted * (1 - 1e-9)


@pytest.mark.parametrize(("x", "wanted"), [([1.0], 1.0), ([1.0, 2.0], 0.0)])
def test_no_number_of_seeds_without_spread_or_width(x: list[float], wanted: float) -> None:
    with pytest.raises(ValueError, match="needs a width"):
        seeds_needed(x, wanted)


def test_skewness_is_told_where_it_is_clear() -> None:
    rng = np.random.default_rng(2)
    normal = np.mean([is_skewed(x) for x in rng.normal(size=(4000, 20))])
    assert normal == pytest.approx(0.015, abs=0.01)
    assert np.mean([is_skewed(x) for x in rng.lognormal(0, 1, size=(1000, 20))]) > 0.75
    assert not is_skewed([0.0, 0.0, 100.0])
    assert not is_skewed([1.0] * 20)

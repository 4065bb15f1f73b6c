"""Seeds that are added until a change is known well enough."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count, islice

import numpy as np
import pytest

from tests.unit.test_evaluation import run
from trafficopt.errors import InputError
from trafficopt.evaluation import Evaluation
from trafficopt.precision import (
    LEAST_SEEDS,
    MOST_SEEDS,
    Pair,
    check_percentages,
    until_precise,
    unused_seeds,
)


class City:
    """Both plans with a spread of the difference from seed to seed [s]; notes which seeds ran."""

    def __init__(self, spread_s: float) -> None:
        self.spread_s, self.ran = spread_s, list[int]()

    def __call__(self, seeds: Sequence[int]) -> Pair:
        self.ran += seeds
        noise = {seed: np.random.default_rng(seed).normal() for seed in seeds}
        before = Evaluation("field", tuple(run(seed, 100.0) for seed in seeds))
        after = Evaluation("new", tuple(run(seed, 90.0 + self.spread_s * noise[seed]) for seed in seeds))
        return before, after


@pytest.mark.parametrize(("spread_s", "n"), [(0.5, LEAST_SEEDS), (3.5, 12)])
def test_seeds_are_added_until_it_is_known(spread_s: float, n: int) -> None:
    city = City(spread_s)
    (before, after), found = until_precise(city((1, 2, 3)), city, count(4), 2.0)
    assert found.reached
    assert before.seeds == after.seeds == tuple(city.ran) == tuple(range(1, found.n_seeds + 1))
    assert n <= found.n_seeds <= 2 * n
    assert "within" in str(found)


def test_what_takes_too_many_is_refused_with_their_number() -> None:
    city = City(20.0)
    pair, found = until_precise(city((1, 2, 3)), city, count(4), 2.0)
    assert not found.reached
    assert len(pair[0].runs) == LEAST_SEEDS
    assert found.n_needed > MOST_SEEDS
    assert f"about {found.n_needed} seeds" in str(found)
    assert found.facts()["seeds_needed"] == found.n_needed


def test_no_difference_at_all_is_known_exactly() -> None:
    city = City(0.0)
    _, found = until_precise(city(range(LEAST_SEEDS)), city, count(100), 0.1)
    assert (found.reached, found.half_width_percent, len(city.ran)) == (True, 0.0, LEAST_SEEDS)


def test_many_given_seeds_are_enough_or_stay_as_they_are() -> None:
    city = City(20.0)
    pair, found = until_precise(city(range(1, 61)), city, count(100), 1.0)
    assert (len(pair[0].runs), found.reached) == (60, False)


def test_training_seeds_are_passed_over() -> None:
    assert list(islice(unused_seeds((3, 998), range(1000, 1120)), 3)) == [999, 1120, 1121]


@pytest.mark.parametrize(("precision", "margin"), [(0.0, 2.0), (-1.0, 2.0), (float("nan"), 2.0), (2.0, -1.0)])
def test_percentages_that_nothing_can_meet(precision: float, margin: float) -> None:
    with pytest.raises(InputError, match=r"precision|margin"):
        check_percentages(precision, margin)

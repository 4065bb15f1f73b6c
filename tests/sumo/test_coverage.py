"""A plan is not called better than itself: comparisons of runs of SUMO with other runs of the same plan."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.coverage import CLEAR, with_itself
from trafficopt.comparison import Verdict
from trafficopt.evaluation import Evaluation
from trafficopt.examples import example_path
from trafficopt.sumo.judge import simulate
from trafficopt.sumo.read import read_scenario

N_SEEDS = 40
N_COMPARISONS = 1000
MOST = 0.07  # of comparisons, where 0.05 is what is promised


@pytest.fixture(scope="module")
def field() -> Evaluation:
    scenario = read_scenario(example_path("main_street"), minutes=10)
    return simulate(scenario, scenario.field_plan, range(1, N_SEEDS + 1))


@pytest.mark.parametrize("n_seeds", [5, 10])
def test_a_plan_differs_from_itself_in_a_twentieth_of_comparisons(field: Evaluation, n_seeds: int) -> None:
    found = list(with_itself(field, n_seeds, N_COMPARISONS))
    different = np.mean([comparison["mean_delay_s"].verdict in CLEAR for comparison in found])
    assert 0.02 <= different <= MOST
    assert np.mean([comparison["mean_delay_s"].verdict in CLEAR for comparison in found[:200]]) <= MOST


def test_several_measures_together_err_no_more_often(field: Evaluation) -> None:
    found = list(with_itself(field, 5, N_COMPARISONS))
    family = [any(c[key].verdict in CLEAR for key in c.family) for c in found]
    alone = [any((c[key].p or 0.0) <= 0.05 for key in c.family) for c in found]
    assert np.mean(family) <= MOST
    assert np.mean(alone) > 1.5 * np.mean(family)


def test_a_plan_is_seen_to_equal_itself_within_a_wide_margin(field: Evaluation) -> None:
    found = list(with_itself(field, 10, 200))
    same = [comparison["mean_delay_s"].verdict is Verdict.EQUIVALENT for comparison in found]
    assert np.mean(same) > 0.8

"""How much work is planned."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trafficopt.problem import Problem
from trafficopt.search.work import LARGE, affordable, expected_run_s, planned_work

Maker = Callable[..., Problem]


def test_work_hangs_on_time_and_demand_alone(corridor: Maker) -> None:
    # 900 vehicles on two links: 1,800 passages of .35 us, and .3 ms, are .93 ms a plan on two processors.
    judged = planned_work(corridor(1), 10.0, judged=True)
    assert judged.evaluations == int(0.45 * 10 * 2 / 0.93e-3)
    alone = planned_work(corridor(1), 10.0, judged=False)
    assert alone.evaluations == int(0.8 * 10 * 2 / 0.93e-3)
    assert alone.n_to_judge == 0 < judged.n_to_judge
    assert judged.search_share < alone.search_share < 1.0


def test_a_judge_without_time_leaves_it_to_the_search(corridor: Maker) -> None:
    work = planned_work(corridor(1), 0.1, judged=True)
    assert work.n_to_judge == 0
    assert work.search_share == planned_work(corridor(1), 0.1, judged=False).search_share


def test_evaluations_may_be_given(corridor: Maker) -> None:
    assert planned_work(corridor(1), 10.0, judged=False, max_evaluations=77).evaluations == 77


def test_large_networks_are_searched_by_windows(corridor: Maker) -> None:
    assert not planned_work(corridor(LARGE), 10.0, judged=False).by_windows
    large = planned_work(corridor(LARGE + 1), 10.0, judged=False)
    assert large.by_windows
    assert large.evaluations > planned_work(corridor(LARGE), 10.0, judged=False).evaluations


def test_expected_run_is_all_vehicle_seconds(corridor: Maker) -> None:
    # 900 vehicles over two links of 300 m at 13.9 m/s; 120,000 vehicle seconds a second.
    assert expected_run_s(corridor(1)) == pytest.approx(900 * 2 * 300 / 13.9 / 120_000)
    assert affordable(expected_run_s(corridor(1)), 1000.0) == 9

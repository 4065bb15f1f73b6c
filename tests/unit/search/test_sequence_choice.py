"""Which sequence serves an intersection best."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from trafficopt.model.lane_groups import JunctionLanes, following
from trafficopt.problem import Problem
from trafficopt.search.sequence_choice import best_by_cycle, ranked_sequences
from trafficopt.stage import Interval, Stage

Maker = Callable[..., Problem]


def stage(state: str, lost_s: float = 4.0) -> Stage:
    return Stage(state, (Interval(state.replace("G", "y").replace("g", "y"), lost_s),), 5.0, 120.0)


PERMISSIVE = (stage("GgG"),)
PROTECTED = (stage("GrG"), stage("rGr"))


def test_light_left_turns_need_no_stage_and_heavy_ones_do(facing: Maker) -> None:
    light = facing(through_veh_h=300.0, left_veh_h=40.0, oncoming_veh_h=300.0)
    heavy = facing(through_veh_h=300.0, left_veh_h=350.0, oncoming_veh_h=700.0)
    assert ranked_sequences(light, 0, (PROTECTED, PERMISSIVE), 60.0)[0].sequence == 1
    assert ranked_sequences(heavy, 0, (PROTECTED, PERMISSIVE), 60.0)[0].sequence == 0


def test_ranked_by_cost_and_only_what_fits(facing: Maker) -> None:
    problem = facing(through_veh_h=300.0, left_veh_h=40.0, oncoming_veh_h=300.0)
    slow = (stage("GrG", 30.0), stage("rGr", 30.0))
    ranked = ranked_sequences(problem, 0, (slow, PROTECTED, PROTECTED, PERMISSIVE), 60.0)
    assert [found.sequence for found in ranked] == [3, 1, 2]  # equal ones in the order given
    costs = [found.cost_veh_s_s for found in ranked]
    assert costs == sorted(costs) and costs[1] == costs[2]
    assert ranked[1].greens_s.sum() == pytest.approx(52.0)


def test_best_at_each_cycle_agrees_with_the_ranking(facing: Maker) -> None:
    problem = facing(through_veh_h=300.0, left_veh_h=200.0, oncoming_veh_h=600.0)
    cycles = np.array([6.0, 30.0, 60.0, 90.0])
    lanes = JunctionLanes(problem, 0, following(problem))
    choice = best_by_cycle(lanes, (PROTECTED, PERMISSIVE), cycles)
    assert choice.sequence[0] == -1 and np.isinf(choice.cost_veh_s_s[0])
    for k in (1, 2, 3):
        best = ranked_sequences(problem, 0, (PROTECTED, PERMISSIVE), float(cycles[k]))[0]
        assert (choice.sequence[k], choice.cost_veh_s_s[k]) == (best.sequence, best.cost_veh_s_s)

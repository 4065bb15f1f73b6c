"""Which sequence serves an intersection best."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from trafficopt.model.lane_groups import JunctionLanes, following
from trafficopt.problem import Problem
from trafficopt.search.sequence_choice import CycleChoice, best_by_cycle
from trafficopt.stage import Interval, Stage

Maker = Callable[..., Problem]


def stage(state: str, lost_s: float = 4.0) -> Stage:
    return Stage(state, (Interval(state.replace("G", "y").replace("g", "y"), lost_s),), 5.0, 120.0)


PERMISSIVE = (stage("GgG"),)
PROTECTED = (stage("GrG"), stage("rGr"))


def chosen(problem: Problem, sequences: tuple[tuple[Stage, ...], ...], cycle_s: float = 60.0) -> CycleChoice:
    lanes = JunctionLanes(problem, 0, following(problem))
    return best_by_cycle(lanes, sequences, np.array([cycle_s]))


def test_light_left_turns_need_no_stage_and_heavy_ones_do(facing: Maker) -> None:
    light = facing(through_veh_h=300.0, left_veh_h=40.0, oncoming_veh_h=300.0)
    heavy = facing(through_veh_h=300.0, left_veh_h=350.0, oncoming_veh_h=700.0)
    assert chosen(light, (PROTECTED, PERMISSIVE)).sequence[0] == 1
    assert chosen(heavy, (PROTECTED, PERMISSIVE)).sequence[0] == 0


def test_only_what_fits_is_chosen_and_the_first_of_equals(facing: Maker) -> None:
    problem = facing(through_veh_h=300.0, left_veh_h=40.0, oncoming_veh_h=300.0)
    slow = (stage("GrG", 30.0), stage("rGr", 30.0))
    assert chosen(problem, (slow,)).sequence[0] == -1
    assert chosen(problem, (slow, PROTECTED, PROTECTED)).sequence[0] == 1
    assert chosen(problem, (slow, PROTECTED, PROTECTED, PERMISSIVE)).sequence[0] == 3


def test_best_at_each_cycle_is_that_of_the_cycle_alone(facing: Maker) -> None:
    problem = facing(through_veh_h=300.0, left_veh_h=200.0, oncoming_veh_h=600.0)
    cycles = np.array([6.0, 30.0, 60.0, 90.0])
    lanes = JunctionLanes(problem, 0, following(problem))
    choice = best_by_cycle(lanes, (PROTECTED, PERMISSIVE), cycles)
    assert choice.sequence[0] == -1 and np.isinf(choice.cost_veh_s_s[0])
    for k in (1, 2, 3):
        costs = [chosen(problem, (one,), float(cycles[k])).cost_veh_s_s[0] for one in (PROTECTED, PERMISSIVE)]
        assert choice.sequence[k] == int(np.argmin(costs))
        assert choice.cost_veh_s_s[k] == min(costs)

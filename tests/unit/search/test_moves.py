"""Random moves: what they change, and that plans stay whole."""

from __future__ import annotations

import math
import random
from collections import Counter

import pytest

from trafficopt.examples import example_path
from trafficopt.plan import SignalTiming
from trafficopt.problem import Problem, build_problem
from trafficopt.search.menu import StagePolicy, menus
from trafficopt.search.moves import Moves, at_cycle, fitted
from trafficopt.stage import Interval, Stage
from trafficopt.sumo.read import read_scenario

STAGES = (Stage("Gr", (Interval("yr", 3.0),), 5.0, 40.0), Stage("rG", (Interval("ry", 3.5),), 8.0, 60.0))


@pytest.fixture(scope="module")
def main_street() -> Problem:
    return build_problem(read_scenario(example_path("main_street")))


@pytest.mark.parametrize("policy", list(StagePolicy))
def test_a_walk_of_moves_keeps_plans_whole(main_street: Problem, policy: StagePolicy) -> None:
    choosable = menus(main_street, policy)
    moves, chance = Moves(choosable, main_street.limits), random.Random(1)
    plan: dict[str, SignalTiming] = dict(main_street.field_plan.timings)
    moved: Counter[str] = Counter()
    for _ in range(1500):
        changes = moves.draw(plan, chance)
        for key, timing in changes.items():
            moved["stages"] += timing.stages != plan[key].stages
            moved["greens"] += timing.greens_s != plan[key].greens_s
            moved["offset"] += timing.offset_s != plan[key].offset_s
            moved["cycle"] += timing.cycle_s != plan[key].cycle_s
        plan |= changes
        longest = max(timing.cycle_s for timing in plan.values())
        for key, timing in plan.items():
            spent = math.fsum(timing.greens_s) + math.fsum(s.intergreen_s for s in timing.stages)
            assert spent == pytest.approx(timing.cycle_s)
            assert longest / timing.cycle_s in (1.0, 2.0)
            assert main_street.limits.min_cycle_s <= timing.cycle_s <= main_street.limits.max_cycle_s
            for stage, green in zip(timing.stages, timing.greens_s, strict=True):
                assert stage.min_green_s - 1e-9 <= green <= stage.max_green_s + 1e-9
            assert choosable[key].allows(tuple(stage.state for stage in timing.stages))
    assert min(moved["greens"], moved["offset"], moved["cycle"]) > 20
    assert (moved["stages"] > 20) == (policy is not StagePolicy.SHIPPED)


def test_greens_fill_the_cycle_near_what_is_wanted() -> None:
    timing = fitted(STAGES, (20.0, 30.0), 70.0, 75.0)
    assert timing is not None
    assert sum(timing.greens_s) == pytest.approx(63.5)
    assert timing.greens_s[0] in (25.0, 25.5)
    assert timing.offset_s == 5.0


@pytest.mark.parametrize("cycle_s", [19.0, 107.0])
def test_a_cycle_that_the_bounds_cannot_fill_is_refused(cycle_s: float) -> None:
    assert fitted(STAGES, (20.0, 30.0), cycle_s, 0.0) is None


@pytest.mark.parametrize(("cycle_s", "greens_s"), [(19.5, (5.0, 8.0)), (106.5, (40.0, 60.0))])
def test_bounds_are_reached_exactly(cycle_s: float, greens_s: tuple[float, float]) -> None:
    timing = fitted(STAGES, (30.0, 1.0), cycle_s, 0.0)
    assert timing is not None
    assert timing.greens_s == greens_s


def test_another_cycle_keeps_proportions() -> None:
    timing = at_cycle(SignalTiming(STAGES, (20.0, 33.5), 60.0, 30.0), 90.0)
    assert timing is not None
    assert timing.greens_s == pytest.approx((31.0, 52.5), abs=1.0)
    assert timing.offset_s == 45.0

"""Successive halving with made-up judges."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from trafficopt.errors import SimulationError
from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.plan import TimingPlan
from trafficopt.search.choose import N_SCORED, choose, score, training_seeds

PLANS = [TimingPlan(f"p{k}", {}) for k in range(8)]
SEEDS = training_seeds(1)
SCORED = SEEDS[:N_SCORED]


def plenty() -> float:
    return 1e9


class FakeJudge:
    """Answers from a function of plan number and seed; keeps what it was asked."""

    def __init__(self, delay: Callable[[int, int], float]) -> None:
        self.delay = delay
        self.asked: list[tuple[int, tuple[int, ...]]] = []

    def __call__(self, plan: TimingPlan, seeds: Sequence[int]) -> Evaluation:
        number = int(plan.name[1:])
        self.asked.append((number, tuple(seeds)))
        runs = (
            SeedResult(seed, 100, 100, 0, 0, self.delay(number, seed), 1.0, 0.0, 0.0, 0, 0, 0)
            for seed in seeds
        )
        return Evaluation(plan.name, tuple(runs))


def until(judge: FakeJudge, runs: int) -> Callable[[], float]:
    """Time that is left until the judge has run so many times."""
    return lambda: 9.0 if len(judge.asked) < runs else -1.0


def test_the_best_plan_is_chosen_by_halving() -> None:
    judge = FakeJudge(lambda number, seed: 30.0 + abs(number - 5) + 0.1 * (seed % 2))
    choice = choose(PLANS, judge, SEEDS, plenty, 1.0)
    assert choice.best == 5
    assert (choice.cut, choice.interrupted) == (False, False)
    by_round = [[n for n, seeds in judge.asked if seeds[0] == first] for first in (1000, 1002, 1005)]
    assert [len(numbers) for numbers in by_round] == [8, 4, 2]
    assert by_round[1] == [5, 4, 6, 3]
    assert choice.scores[5] == pytest.approx(30.05 + 0.5 * 0.05)


def test_a_plan_that_locks_up_on_one_seed_loses() -> None:
    judge = FakeJudge(
        lambda number, seed: 200.0 if (number, seed) == (2, 1002) else 30.0 + 5 * abs(number - 2)
    )
    choice = choose(PLANS[:4], judge, SEEDS, plenty, 1.0)
    assert choice.best in (1, 3)
    assert choice.scores[2] > 80


def test_a_plan_that_was_dropped_comes_back_when_the_leaders_lock_up() -> None:
    def delay(number: int, seed: int) -> float:
        return 300.0 if number in (0, 1) and seed == 1017 else 30.0 + number

    judge = FakeJudge(delay)
    choice = choose(PLANS, judge, SEEDS, plenty, 1.0)
    assert choice.best == 2
    met = {number: [s for n, seeds in judge.asked for s in seeds if n == number] for number in range(8)}
    assert [met[number] for number in (0, 1, 2)] == [list(SCORED)] * 3
    assert max(len(met[number]) for number in range(3, 8)) < len(SCORED)


def test_what_is_known_is_not_asked_again() -> None:
    judge = FakeJudge(lambda number, seed: 30.0 + abs(number - 5) + 0.1 * (seed % 2))
    first = choose(PLANS, judge, SEEDS, plenty, 1.0, confirmed=False)
    assert first.best == 5
    assert all(len(costs) == 2 for costs in first.costs.values())
    assert len(judge.asked) == 8
    again = choose(PLANS, judge, SEEDS, plenty, 1.0, known=first.costs)
    assert again.best == 5
    assert all(seeds[0] >= 1002 for _, seeds in judge.asked[8:])
    fresh = FakeJudge(judge.delay)
    assert choose(PLANS, fresh, SEEDS, plenty, 1.0).scores == again.scores


def test_a_plan_that_breaks_down_under_more_demand_is_out() -> None:
    judge = FakeJudge(lambda number, seed: 30.0 + number)
    stress = FakeJudge(lambda number, seed: 200.0 if number == 0 and seed == 1003 else 40.0 + number)
    choice = choose(PLANS[:4], judge, SEEDS, plenty, 1.0, stress=stress)
    assert (choice.best, choice.n_broken) == (1, 1)
    assert stress.asked == [(0, tuple(SEEDS[:6])), (3, (1003,)), (1, tuple(SEEDS[:6]))]
    assert 0 not in choice.scores


def test_a_lock_up_that_the_scored_seeds_do_not_show_puts_a_plan_out() -> None:
    judge = FakeJudge(lambda number, seed: 500.0 if (number, seed) == (0, 1043) else 30.0 + number)
    choice = choose(PLANS[:4], judge, SEEDS, plenty, 1.0, n_tried=30)
    assert (choice.best, choice.n_broken) == (1, 1)
    met = [seed for number, seeds in judge.asked for seed in seeds if number == 1]
    assert met == list(SEEDS[: N_SCORED + 30])
    assert (3, (1043,)) in judge.asked
    few = choose(PLANS[:4], judge, SEEDS, plenty, 1.0, n_tried=20)
    assert (few.best, few.n_broken) == (0, 0)


def test_trials_that_time_does_not_allow_are_left_out() -> None:
    judge = FakeJudge(lambda number, seed: 500.0 if (number, seed) == (0, 1023) else 30.0 + number)
    choice = choose(PLANS[:4], judge, SEEDS, until(judge, 7), 1e-9, n_tried=30)
    assert (choice.best, choice.n_broken, choice.cut) == (0, 0, True)


def test_more_demand_that_the_field_plan_bears_no_better_is_no_reason() -> None:
    judge = FakeJudge(lambda number, seed: 30.0 + number)
    stress = FakeJudge(lambda number, seed: 200.0 + number)
    choice = choose(PLANS[:4], judge, SEEDS, plenty, 1.0, stress=stress)
    assert (choice.best, choice.n_broken) == (0, 0)


def test_the_last_plan_is_never_out() -> None:
    judge = FakeJudge(lambda number, seed: 30.0 - number)
    stress = FakeJudge(lambda number, seed: 500.0)
    choice = choose(PLANS[:4], judge, SEEDS, plenty, 1.0, stress=stress)
    assert (choice.best, choice.n_broken, stress.asked) == (3, 0, [])


def test_a_judge_that_fails_under_more_demand_puts_a_plan_out() -> None:
    def stress(plan: TimingPlan, seeds: Sequence[int]) -> Evaluation:
        if plan is PLANS[0]:
            raise SimulationError(["sumo"], 1, "crashed")
        return judge(plan, seeds)

    judge = FakeJudge(lambda number, seed: 30.0 + number)
    assert choose(PLANS[:4], judge, SEEDS, plenty, 1.0, stress=stress).best == 1


def test_a_worst_seed_counts_half() -> None:
    assert score([30.0, 50.0]) == 45.0
    assert score([40.0]) == 40.0


def test_without_time_the_first_plan_is_taken() -> None:
    judge = FakeJudge(lambda number, seed: 30.0)
    choice = choose(PLANS, judge, SEEDS, lambda: 0.5, 1.0)
    assert (choice.best, choice.scores, choice.cut, judge.asked) == (0, {}, True, [])


def test_time_ends_the_judging() -> None:
    judge = FakeJudge(lambda number, seed: 40.0 - number)
    choice = choose(PLANS, judge, SEEDS, until(judge, 3), 1e-9)
    assert [number for number, _ in judge.asked] == [0, 1, 2]
    assert (choice.best, choice.cut) == (2, True)


def test_a_round_that_was_cut_does_not_hide_a_better_plan() -> None:
    # In the second round only the leader is judged, and locks up.
    judge = FakeJudge(lambda number, seed: 300.0 if number == 0 and seed > 1001 else 30.0 + number)
    choice = choose(PLANS[:4], judge, SEEDS, until(judge, 5), 1e-9)
    assert judge.asked[-1] == (0, (1002, 1003, 1004))
    assert choice.best == 1


def test_one_plan_is_judged_once() -> None:
    judge = FakeJudge(lambda number, seed: 30.0)
    assert choose(PLANS[:1], judge, SEEDS, plenty, 1.0).best == 0
    assert len(judge.asked) == 1


def failing(codes: dict[int, int | None]) -> FakeJudge:
    def delay(number: int, seed: int) -> float:
        if number in codes:
            raise SimulationError(["sumo"], codes[number], "log")
        return 30.0 + number

    return FakeJudge(delay)


def test_plans_that_cannot_run_are_out() -> None:
    choice = choose(PLANS[:3], failing({0: 1}), SEEDS, plenty, 1.0)
    assert choice.best == 1
    assert 0 not in choice.scores


def test_no_plan_that_runs_is_an_error() -> None:
    with pytest.raises(SimulationError, match="ended with 1"):
        choose(PLANS[:2], failing({0: 1, 1: 1}), SEEDS, plenty, 1.0)


def test_a_run_beyond_its_time_limit_ends_the_judging() -> None:
    choice = choose(PLANS[:3], failing({1: None}), SEEDS, plenty, 1.0)
    assert (choice.best, choice.cut, set(choice.scores)) == (0, True, {0})


def test_stopping_by_hand_keeps_the_scores() -> None:
    def delay(number: int, seed: int) -> float:
        if number == 3:
            raise KeyboardInterrupt
        return 40.0 - number

    choice = choose(PLANS, FakeJudge(delay), SEEDS, plenty, 1.0)
    assert (choice.best, choice.interrupted) == (2, True)

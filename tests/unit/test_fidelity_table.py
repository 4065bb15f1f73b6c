"""Statistics of the fidelity benchmark: ranks and ceilings, bias, lock-ups, and what misses its target."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.fidelity.agreement import OVERLOADED, USUAL, Answers, Rank, medium_saturated, misses, mostly
from benchmarks.fidelity.page import missing_row, page, row, targets_of
from benchmarks.fidelity.sizes import CASES, default_sizes

FIELD_S = 20.0


@pytest.fixture
def answers() -> Answers:
    """A field plan, eight redesigned and three good ones; the model is 5 % high and ranks as SUMO."""
    mean_s = np.array([FIELD_S, *np.linspace(25.0, 95.0, 8), 17.0, 18.0, 19.0])
    return Answers(
        name="cologne1",
        kinds=("field", *["redesigned"] * 8, *["good"] * 3),
        model_s=1.05 * mean_s,
        sumo_s=mean_s[:, np.newaxis] + np.array([-0.1, 0.1]),
        movements_r2=np.full(12, 0.9),
        model_standing=np.zeros(12, dtype=np.int64),
        sumo_standing=np.zeros((12, 2), dtype=np.int64),
        evaluation_s=0.002,
        sumo_run_s=1.0,
    )


def test_equal_ranks_reach_everything(answers: Answers) -> None:
    assert answers.rank("all").spearman == pytest.approx(1.0)
    assert answers.rank("good").ceiling == pytest.approx(1.0)
    assert misses(answers, USUAL) == []
    assert answers.evaluations_a_run == pytest.approx(500.0)


def test_a_group_is_ranked_alone(answers: Answers) -> None:
    model_s = answers.model_s.copy()
    model_s[-3:] = model_s[-3:][::-1]
    turned = replace(answers, model_s=model_s)
    assert turned.rank("good").spearman == pytest.approx(-1.0)
    assert turned.rank("redesigned").spearman == pytest.approx(1.0)
    assert [line.split(",")[0] for line in misses(turned, USUAL)] == ["Spearman of good plans -1.000"]
    assert misses(turned, OVERLOADED) == []


def test_noise_between_seeds_lowers_what_is_wanted() -> None:
    assert not Rank(0.80, 0.90).reaches(0.90, 0.05)
    assert Rank(0.80, 0.84).reaches(0.90, 0.05)
    assert not Rank(0.80, math.nan).reaches(0.90, 0.05)
    assert Rank(math.nan, math.nan).reaches(0.90, 0.05)


def test_bias_is_judged_on_medium_plans(answers: Answers) -> None:
    far = answers.sumo_s.mean(axis=1) >= 2.0 * FIELD_S
    assert answers.bias() == pytest.approx(0.05)
    outside = replace(answers, model_s=np.where(far, 2.0 * answers.model_s, answers.model_s))
    inside = replace(answers, model_s=np.where(far, answers.model_s, 0.84 * answers.model_s))
    assert misses(outside, USUAL) == []
    assert misses(inside, USUAL) == ["bias on medium-saturated plans -11.8 %, wanted under 10 %"]


def test_medium_plans_are_the_better_half_where_few_are_near_the_field() -> None:
    near = np.array([10.0, 19.0, 18.0, 17.0, 16.0, 20.0, 50.0])
    far = np.array([10.0, 19.0, 28.0, 30.0, 40.0, 50.0, 60.0])
    assert medium_saturated(near).tolist() == [True] * 5 + [False] * 2
    assert medium_saturated(far).tolist() == [True] * 4 + [False] * 3


def test_half_of_the_seeds_is_no_lock_up(answers: Answers) -> None:
    assert mostly(np.array([[True, False], [True, True]])).tolist() == [False, True]
    sumo = answers.sumo_standing.copy()
    sumo[1:4] = [[3, 2], [3, 4], [2, 2]]
    model = answers.model_standing.copy()
    model[1] = 3
    ours, theirs = replace(answers, sumo_standing=sumo, model_standing=model).locked_up
    assert (np.flatnonzero(ours).tolist(), np.flatnonzero(theirs).tolist()) == ([1], [2])


def test_rows_have_a_cell_a_column(answers: Answers) -> None:
    text = page({"cologne1": answers, "grid": "no run of a plan"})
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert [line.count("|") for line in table] == [13] * 4
    assert missing_row("grid", "no run of a plan") in table
    assert "| 12 x 2 | 1.000 (1.000) |" in row(answers)
    assert "No case misses them." in text


def test_every_case_has_its_sizes_and_targets() -> None:
    assert default_sizes("ingolstadt7").runs == 303
    assert default_sizes("ingolstadt7+frozen").runs == default_sizes("grid").runs == 66
    assert (default_sizes("dense").good, default_sizes("cangzhou").runs) == (0, 7)
    overloaded = {name for name in CASES if targets_of(name) is OVERLOADED}
    assert overloaded == {name for name in CASES if "x1." in name or name == "dense"}

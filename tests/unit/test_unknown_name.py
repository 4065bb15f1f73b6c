"""Names that are not there: the error names those that are near, and editors complete those that are."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trafficopt.comparison import compare
from trafficopt.errors import InputError
from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.ledger import Ledger
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.unknown_name import UnknownNameError, unknown_name

Maker = Callable[..., Problem]


@pytest.fixture
def problem(corridor: Maker) -> Problem:
    return corridor(3)


def comparison() -> object:
    return compare(
        *(Evaluation("p", (SeedResult(1, 9, 9, 0, 0, 1.0, 1.0, 0.0, 0.0, 0, 0, 0),)) for _ in "ab")
    )


def test_a_signal_that_is_not_there_is_an_error_of_both_kinds(problem: Problem) -> None:
    for wanted in (problem.network, problem.field_plan):
        with pytest.raises(KeyError):
            wanted["S1"]
        with pytest.raises(InputError, match=r"has no signal 'S1'\nRemedy: choose one like s1"):
            wanted["S1"]


def test_the_message_is_not_in_quotes(problem: Problem) -> None:
    with pytest.raises(UnknownNameError) as caught:
        problem.network["nowhere"]
    assert str(caught.value) == "network: has no signal 'nowhere'\nRemedy: choose one of s0, s1, s2"


def test_of_many_names_ten_are_listed() -> None:
    told = str(unknown_name("plan", "signal", "x", (f"J{k}" for k in range(30))))
    assert told.endswith("J8, J9 and 20 more")
    assert str(unknown_name("plan", "signal", "x", ())).endswith("Remedy: there is none")


def test_measures_and_matters_are_asked_for_in_the_same_way() -> None:
    with pytest.raises(KeyError, match="choose one like mean_delay_s"):
        comparison()["mean_delay"]  # type: ignore[index]
    with pytest.raises(KeyError, match="has no matter 'M1'"):
        Ledger()["M1"]


def test_editors_complete_names(problem: Problem) -> None:
    assert problem.network._ipython_key_completions_() == ["s0", "s1", "s2"]
    assert problem.field_plan._ipython_key_completions_() == ["s0", "s1", "s2"]
    assert "mean_delay_s" in comparison()._ipython_key_completions_()  # type: ignore[attr-defined]


def test_a_plan_is_still_asked_as_a_mapping(problem: Problem) -> None:
    plan = TimingPlan("none", {})
    assert ("s0" in plan, "s0" in problem.field_plan, plan.timings.get("s0")) == (False, True, None)

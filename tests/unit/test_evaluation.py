"""Evaluations and their comparison, against hand calculation."""

from __future__ import annotations

import pytest

from trafficopt.evaluation import Evaluation, SeedResult, Verdict, compare


def run(seed: int, delay_s: float, *, unfinished: int = 0) -> SeedResult:
    return SeedResult(
        seed=seed,
        demanded=100,
        completed=100 - unfinished,
        unfinished=unfinished,
        undeparted=0,
        mean_delay_s=delay_s,
        mean_stops=1.0,
        mean_waiting_s=10.0,
        mean_depart_delay_s=0.5,
        teleports=0,
        collisions=0,
        emergency_stops=0,
    )


def evaluation(*delays_s: float, first_seed: int = 1) -> Evaluation:
    return Evaluation("plan", tuple(run(first_seed + i, delay) for i, delay in enumerate(delays_s)))


def test_interval_is_students_t_of_paired_differences() -> None:
    # Differences -10, -11, -9: mean -10, s = 1, t(0.975, 2) = 4.30265, half = 4.30265 / sqrt(3) = 2.48414.
    change = compare(evaluation(50, 54, 52), evaluation(40, 43, 43))["mean_delay_s"]
    assert change.mean == pytest.approx(-10)
    assert change.ci95 == pytest.approx((-12.48414, -7.51586), abs=1e-4)
    assert change.percent == pytest.approx(-100 * 10 / 52)
    assert change.verdict is Verdict.BETTER


def test_pairing_finds_a_change_that_unpaired_seeds_would_hide() -> None:
    change = compare(evaluation(20, 60, 100), evaluation(19, 59, 98.9))["mean_delay_s"]
    assert change.verdict is Verdict.BETTER


@pytest.mark.parametrize(
    ("after", "verdict"),
    [
        ((60.0, 65.0, 61.0), Verdict.WORSE),
        ((40.0, 60.0, 52.0), Verdict.SAME),
        ((50.0, 54.0, 52.0), Verdict.SAME),
    ],
)
def test_verdicts(after: tuple[float, ...], verdict: Verdict) -> None:
    assert compare(evaluation(50, 54, 52), evaluation(*after))["mean_delay_s"].verdict is verdict


def test_one_seed_allows_no_verdict() -> None:
    change = compare(evaluation(50), evaluation(40))["mean_delay_s"]
    assert change.ci95 is None
    assert change.verdict is Verdict.UNKNOWN
    assert change.percent == pytest.approx(-20)


def test_no_delay_before_gives_no_percentage() -> None:
    assert compare(evaluation(0, 0), evaluation(1, 2))["mean_delay_s"].percent == 0


@pytest.mark.parametrize("after", [evaluation(40, 43), evaluation(40, 43, 43, first_seed=2)])
def test_different_seeds_are_refused(after: Evaluation) -> None:
    with pytest.raises(ValueError, match="seeds differ"):
        compare(evaluation(50, 54, 52), after)


def test_totals_are_means_and_whole_counts_stay_whole() -> None:
    both = Evaluation("plan", (run(1, 10.0, unfinished=3), run(2, 13.0, unfinished=4)))
    totals = both.totals()
    assert totals["mean_delay_s"] == 11.5
    assert totals["unfinished"] == 3.5
    assert totals["demanded"] == 100
    assert isinstance(totals["demanded"], int)
    assert both.seeds == (1, 2)
    assert "10.00" in repr(both)

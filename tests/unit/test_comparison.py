"""Comparisons of two plans, against hand calculation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.test_evaluation import COLLISIONS, TELEPORTS, run
from trafficopt.comparison import INVALID_RUNS, Verdict, compare, paired_change
from trafficopt.evaluation import Evaluation
from trafficopt.run_verdict import RunVerdict


def evaluation(*delays_s: float, first_seed: int = 1) -> Evaluation:
    return Evaluation("plan", tuple(run(first_seed + i, delay) for i, delay in enumerate(delays_s)))


def with_stops(stops: tuple[float, ...], waits_s: tuple[float, ...]) -> Evaluation:
    runs = (
        replace(run(k, 50.0), mean_stops=n, mean_waiting_s=w)
        for k, (n, w) in enumerate(zip(stops, waits_s, strict=True))
    )
    return Evaluation("plan", tuple(runs))


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
        ((50.0, 54.0, 52.0), Verdict.EQUIVALENT),
        ((50.2, 54.1, 52.3), Verdict.EQUIVALENT),
        ((49.0, 55.5, 52.5), Verdict.SAME),
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


def test_a_change_may_be_better_and_yet_not_matter() -> None:
    change = compare(evaluation(50, 54, 52), evaluation(49.8, 53.7, 51.8))["mean_delay_s"]
    assert (change.verdict, change.equivalent) == (Verdict.BETTER, True)
    stricter = compare(evaluation(50, 54, 52), evaluation(49.8, 53.7, 51.8), margin_percent=0.1)
    assert not stricter["mean_delay_s"].equivalent


def test_the_margin_is_of_the_mean_before() -> None:
    # Differences 0.1, 0.3, 0.5: mean 0.3, s = 0.2, t(0.95, 2) = 2.91999, half of the 90 % interval 0.33717.
    # The interval ends at 0.63717, which is 1.27 % of 50.
    before, after = (50.0, 50.0, 50.0), (50.1, 50.3, 50.5)
    assert paired_change(before, after, margin_percent=1.28).verdict is Verdict.EQUIVALENT
    assert paired_change(before, after, margin_percent=1.27).verdict is Verdict.SAME
    with pytest.raises(ValueError, match="margin is -1 %"):
        paired_change(before, after, margin_percent=-1)


def test_more_of_some_measures_is_better() -> None:
    def on_green(*shares: float) -> Evaluation:
        return Evaluation(
            "plan", tuple(replace(run(k, 50.0), arterial_on_green=s) for k, s in enumerate(shares))
        )

    change = compare(on_green(0.5, 0.52, 0.51), on_green(0.6, 0.63, 0.61))["arterial_on_green"]
    assert (change.verdict, change.mean > 0) == (Verdict.BETTER, True)
    back = compare(on_green(0.6, 0.63, 0.61), on_green(0.5, 0.52, 0.51))["arterial_on_green"]
    assert back.verdict is Verdict.WORSE


def test_measures_that_only_one_plan_has_are_not_compared() -> None:
    measured = Evaluation("plan", tuple(replace(run(k, 50.0), fuel_g_km=90.0) for k in (1, 2)))
    assert "fuel_g_km" not in compare(evaluation(50, 50), measured).changes
    assert "fuel_g_km" in compare(measured, measured).changes


def test_secondary_measures_are_judged_together_and_the_delay_alone() -> None:
    # With two degrees of freedom, p = 1 - |t| / sqrt(t^2 + 2). Stops: differences 0.1, 0.2, 0.3, t = 3.4641;
    # waits: -1, -1.2, -1.5, t = -8.4882, p = 0.0136 alone and twice that of two.
    before = with_stops((1.0, 1.0, 1.0), (10.0, 10.0, 10.0))
    after = with_stops((1.1, 1.2, 1.3), (9.0, 8.8, 8.5))
    found = compare(before, after)
    assert found.family == ("mean_stops", "mean_waiting_s")
    assert found["mean_delay_s"].p_adjusted is None
    assert found["mean_stops"].p == pytest.approx(0.0742, abs=1e-4)
    assert found["mean_stops"].p_adjusted == pytest.approx(0.0742, abs=1e-4)
    assert found["mean_waiting_s"].p == pytest.approx(0.0136, abs=1e-4)
    assert found["mean_waiting_s"].p_adjusted == pytest.approx(0.0272, abs=1e-4)
    assert found["mean_waiting_s"].verdict is Verdict.BETTER


def test_holm_takes_a_verdict_back_that_a_measure_alone_would_have() -> None:
    # Waits: differences -1, -1.4, -2, p = 0.0379 alone, which is 0.0758 where two are judged.
    before = with_stops((1.0, 1.0, 1.0), (10.0, 10.0, 10.0))
    change = compare(before, with_stops((1.1, 0.9, 1.0), (9.0, 8.6, 8.0)))["mean_waiting_s"]
    assert change.ci95 is not None
    assert change.ci95[1] < 0
    assert change.verdict is Verdict.SAME


def test_invalid_runs_are_said_first() -> None:
    before = evaluation(50, 54, 52)
    runs = (run(1, 40.0), replace(run(2, 43.0), doubts=(COLLISIONS, TELEPORTS)), run(3, 43.0))
    found = compare(before, Evaluation("new", runs))
    assert found.run_verdict is RunVerdict.INVALID
    first, second, third = found.caveats(("field plan", "new plan"))
    assert first == INVALID_RUNS
    assert second.startswith("new plan: seed 2 invalid: 2 collisions")
    assert third.startswith("new plan: seed 2 suspicious: 3 of 100 vehicles")
    assert found["mean_delay_s"].verdict is Verdict.BETTER
    assert compare(before, before).caveats() == ()

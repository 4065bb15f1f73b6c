"""Evaluations, against hand calculation."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from trafficopt.evaluation import Evaluation, SeedResult, joined
from trafficopt.run_verdict import Cause, Doubt, RunVerdict


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


def test_totals_are_means_and_whole_counts_stay_whole() -> None:
    both = Evaluation("plan", (run(1, 10.0, unfinished=3), run(2, 13.0, unfinished=4)))
    totals = both.totals()
    assert totals["mean_delay_s"] == 11.5
    assert totals["unfinished"] == 3.5
    assert totals["demanded"] == 100
    assert isinstance(totals["demanded"], int)
    assert both.seeds == (1, 2)
    assert "10.00" in repr(both)


TELEPORTS = Doubt(Cause.TELEPORTS, RunVerdict.SUSPICIOUS, 3, 100)
COLLISIONS = Doubt(Cause.COLLISIONS, RunVerdict.INVALID, 2, 100)


def test_a_result_survives_json_with_its_doubts() -> None:
    result = replace(run(1, 10.0), doubts=(COLLISIONS, TELEPORTS))
    again = SeedResult(**json.loads(json.dumps(asdict(result))))
    assert again == result
    assert again.verdict is RunVerdict.INVALID


def test_a_row_is_flat_and_says_why() -> None:
    row = replace(run(1, 10.0), doubts=(TELEPORTS,)).row()
    assert row["verdict"] == "suspicious"
    assert "3 of 100 vehicles" in str(row["reasons"])
    assert row["arterial_s_per_km"] is None
    assert run(1, 10.0).row()["verdict"] == "valid"


def test_figures_that_lack_are_left_out_of_the_totals() -> None:
    known = Evaluation("plan", (replace(run(1, 10.0), fuel_g_km=90.0), replace(run(2, 10.0), fuel_g_km=92.0)))
    half = Evaluation("plan", (known.runs[0], run(2, 10.0)))
    assert known.totals()["fuel_g_km"] == 91.0
    assert not half.has("fuel_g_km")
    assert "fuel_g_km" not in half.totals()


def test_an_evaluation_is_as_good_as_its_worst_run_and_names_the_seeds() -> None:
    worse = replace(run(3, 10.0), doubts=(replace(TELEPORTS, amount=7),))
    bad = Evaluation("new", (run(1, 10.0), replace(run(2, 10.0), doubts=(TELEPORTS,)), worse))
    assert bad.verdict is RunVerdict.SUSPICIOUS
    (sentence,) = bad.caveats(RunVerdict.SUSPICIOUS)
    assert sentence.startswith("Seeds 2, 3 suspicious: 7 of 100 vehicles stood")
    assert bad.caveats(RunVerdict.INVALID) == ()


def test_joined_evaluations_are_those_of_all_seeds() -> None:
    first = Evaluation(
        "p", (run(1, 10.0), run(2, 20.0)), {"a": 4.0}, {"a": 2.0}, 1.0, ({"a": 3.0}, {"a": 5.0})
    )
    second = Evaluation("p", (run(3, 30.0),), {"a": 1.0, "b": 6.0}, {"b": 3.0}, 2.0, ({"a": 1.0, "b": 6.0},))
    both = joined(first, second)
    assert both.seeds == (1, 2, 3)
    assert both.link_delay_s == {"a": 3.0, "b": 2.0}
    assert both.link_vehicles == pytest.approx({"a": 4 / 3, "b": 1.0})
    assert len(both.run_link_delay_s) == 3
    with pytest.raises(ValueError, match=r"\[1, 2\] are in both"):
        joined(first, first)

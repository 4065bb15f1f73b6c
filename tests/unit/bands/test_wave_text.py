"""What is told of green waves: as a text, and as an object for JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.bands.test_network_waves import SIGNALS, grid
from trafficopt.comparison import Verdict
from trafficopt.errors import InputError
from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.model.arterial_trips import TripFigures
from trafficopt.model.arterial_ways import Direction
from trafficopt.model.speed_advice import SpeedAdvice
from trafficopt.model.wave_design import WaveChoice, WaveDesign
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.progression_check import DirectionTrips, ProgressionCheck
from trafficopt.wave_study import FIELD, LEAST_DELAY, WAVES, WaveStudy, run_waves
from trafficopt.wave_text import wave_object, wave_text

OUT, IN = Direction.OUTBOUND, Direction.INBOUND
NONE = TripFigures(0, 0, 0.0, 0.0, 0, 0, 0, 0, 0)
Maker = Callable[..., Problem]


def check(
    name: str, delays_s: tuple[float, ...], s_per_km: tuple[float, ...], unstopped: int = 7
) -> ProgressionCheck:
    """Runs with these delays; outbound trips of a run drive 2 km with 4 stops, inbound ones 1 km without."""
    runs = tuple(
        SeedResult(seed, 100, 100, 0, 0, delay, 1.0, 0.0, 0.0, 0, 0, 0)
        for seed, delay in enumerate(delays_s, start=1)
    )
    out = tuple(TripFigures(5, 4, 2.0 * pace, 2000.0, 4, 10, unstopped, 8, 1) for pace in s_per_km)
    back = tuple(TripFigures(3, 3, pace, 1000.0, 0, 3, 3, 2, 3) for pace in s_per_km)
    rows = (DirectionTrips("A1", OUT, out), DirectionTrips("A1", IN, back))
    return ProgressionCheck(Evaluation(name, runs), rows)


@pytest.fixture
def study(corridor: Maker) -> WaveStudy:
    """Two seeds: waves take 10 % off the delay, and 20 % off the travel time of through trips."""
    scenario = corridor(n=2).scenario
    plan = scenario.field_plan
    choices = (WaveChoice(1000.0, plan, 0.8125, 1, 7.26, 2.0), WaveChoice(0.0, plan, 0.25, 12, 3.5, 1.5))
    given = WaveChoice(None, plan, 0.125, 9, 8.0, 2.5)
    design = WaveDesign(given, choices, ("A1",), {"A2": "signal s9 shows no green along it"})
    checks = {
        FIELD: check(FIELD, (50.0, 54.0), (100.0, 120.0)),
        WAVES: check(WAVES, (45.0, 48.6), (80.0, 96.0), 9),
        LEAST_DELAY: check(LEAST_DELAY, (40.0, 44.0), (100.0, 120.0)),
    }
    speeds = (SpeedAdvice("A1", OUT, 45.0, 0.75, 0.5), SpeedAdvice("A1", IN, 50.0, 0.625, 0.625))
    return WaveStudy(scenario, design, choices[0], speeds, checks)


def with_one_seed(study: WaveStudy) -> WaveStudy:
    checks = {
        name: ProgressionCheck(
            replace(each.evaluation, runs=each.evaluation.runs[:1]),
            tuple(replace(row, by_seed=row.by_seed[:1]) for row in each.rows),
        )
        for name, each in study.checks.items()
    }
    return replace(study, checks=checks)


def through_json(study: WaveStudy) -> Any:
    return json.loads(json.dumps(wave_object(study), allow_nan=False))


def test_the_object_tells_choices_and_offsets(study: WaveStudy) -> None:
    found = through_json(replace(study, checks={}))
    assert (found["scenario"], found["arterials"]) == ("made-up", ["A1"])
    assert found["left_out"] == {"A2": "signal s9 shows no green along it"}
    assert [each["band"] for each in found["choices"]] == [0.8125, 0.25]
    assert (found["given"]["band"], found["given"]["band_value"]) == (0.125, None)
    assert found["chosen"] == {
        "band_value": 1000.0,
        "band": 0.8125,
        "n_breaks": 1,
        "delay_s": 7.26,
        "stops": 2.0,
    }
    assert found["offsets_s"] == {"s0": 0.0, "s1": 0.0}
    assert not {"mean_delay_s", "through_trips", "change"} & set(found)


def test_the_object_tells_what_sumo_showed(study: WaveStudy) -> None:
    found = through_json(study)
    assert {name: each["mean_delay_s"] for name, each in found["mean_delay_s"].items()} == {
        FIELD: 52.0,
        WAVES: 46.8,
        LEAST_DELAY: 42.0,
    }
    out, back = found["through_trips"]
    assert [(row["arterial"], row["direction"]) for row in (out, back)] == [
        ("A1", "outbound"),
        ("A1", "inbound"),
    ]
    assert (out[FIELD]["n_trips"], out[FIELD]["time_s"], out[WAVES]["time_s"]) == (10, 440.0, 352.0)
    assert (back[FIELD]["time_s"], back[WAVES]["distance_m"]) == (220.0, 2000.0)


def test_the_object_has_changes_against_the_field_plan(study: WaveStudy) -> None:
    change = through_json(study)["change"]
    assert change["mean_delay_s"]["mean"] == pytest.approx(-5.2)
    assert change["mean_delay_s"]["percent"] == pytest.approx(-10.0)
    assert change["mean_delay_s"]["verdict"] == str(Verdict.BETTER)
    # Student's t of one degree of freedom is 12.706; half of the range of the differences is 0.2 s.
    assert change["mean_delay_s"]["ci95"] == pytest.approx([-5.2 - 2.541, -5.2 + 2.541], abs=1e-3)
    assert change["s_per_km"]["mean"] == pytest.approx(-22.0)
    assert change["s_per_km"]["percent"] == pytest.approx(-20.0)
    assert (change["stops_per_km"]["mean"], change["stops_per_km"]["percent"]) == (0.0, 0.0)


def test_changes_between_other_plans(study: WaveStudy) -> None:
    assert study.delay_change(LEAST_DELAY, WAVES).percent == pytest.approx(100.0 * 4.8 / 42.0)
    assert study.trip_change("s_per_km", WAVES, FIELD).percent == pytest.approx(25.0)


def test_one_seed_has_no_interval(study: WaveStudy) -> None:
    change = through_json(with_one_seed(study))["change"]["mean_delay_s"]
    assert (change["ci95"], change["percent"]) == (None, pytest.approx(-10.0))
    assert "s (-10.0 %; one seed: no interval)" in wave_text(with_one_seed(study))


def test_the_text_tells_choices(study: WaveStudy) -> None:
    lines = wave_text(replace(study, checks={})).splitlines()
    assert lines[0] == "made-up: green waves on 1 arterial"
    assert "  A2 has none: signal s9 shows no green along it" in lines
    rows = [line.split() for line in lines if line.startswith("  ") and "%" in line]
    assert rows == [
        ["81", "%", "1", "7.3", "2.00"],
        ["25", "%", "12", "3.5", "1.50"],
        ["12", "%", "9", "8.0", "2.50", "as", "given"],
    ]
    assert not any("through trips" in line for line in lines)


def test_speeds_to_post_are_told(study: WaveStudy) -> None:
    assert through_json(study)["speeds_to_post"] == [
        {"arterial": "A1", "direction": "outbound", "speed_km_h": 45.0, "share": 0.75, "share_at_limit": 0.5},
        {
            "arterial": "A1",
            "direction": "inbound",
            "speed_km_h": 50.0,
            "share": 0.625,
            "share_at_limit": 0.625,
        },
    ]
    lines = wave_text(replace(study, checks={})).splitlines()
    assert [" ".join(line.split()) for line in lines if line.startswith("A1 ")] == [
        "A1 outbound 45 75 %, 50 % at the limit",
        "A1 inbound 50 62 %",
    ]


def test_offsets_of_less_delay_are_offered(study: WaveStudy) -> None:
    words = "Least delay: 3.5 s with 25 % of bands, against 7.3 s with 81 %; --keep 0.3 takes those offsets."
    assert words in wave_text(replace(study, checks={})).splitlines()
    assert study.design.widest(0.3) is study.least_delay
    settled = replace(study, chosen=study.least_delay)
    assert "Least delay" not in wave_text(settled)


def test_the_text_counts_arterials(study: WaveStudy) -> None:
    two = replace(study, design=replace(study.design, arterials=("A1", "A2")))
    assert wave_text(two).startswith("made-up: green waves on 2 arterials\n")


def test_the_text_tells_trips_of_each_direction(study: WaveStudy) -> None:
    rows = [line.split() for line in wave_text(study).splitlines() if line.startswith("A1 ") and ">" in line]
    assert [" ".join(row) for row in rows] == [
        "A1 outbound 5 110 > 88 2.00 > 2.00 80 > 80 % 70 > 90 %",
        "A1 inbound 3 110 > 88 0.00 > 0.00 67 > 67 % 100 > 100 %",
    ]


def test_the_text_tells_changes_in_percent(study: WaveStudy) -> None:
    said = dict(line.split(": ", 1) for line in wave_text(study).splitlines() if ": " in line)
    assert said["travel time"].startswith("-22.00 s/km (-20.0 %)")
    assert said["stops"].startswith("+0.00 stops/km (+0.0 %)")
    assert "s (-10.0 %), 95 % interval" in said["delay of all vehicles"]
    assert said["delay of all vehicles"].endswith(": better")
    assert "(+11.4 %)" in said["delay of all vehicles against the offsets of least delay"]


def test_the_object_is_json_also_where_nobody_drives_along(study: WaveStudy) -> None:
    empty = {
        name: replace(each, rows=tuple(replace(row, by_seed=(NONE, NONE)) for row in each.rows))
        for name, each in study.checks.items()
    }
    assert through_json(replace(study, checks=empty))["change"]["s_per_km"]["percent"] is None


def test_the_least_delay_counts_whatever_the_bands(study: WaveStudy) -> None:
    assert study.least_delay is study.design.choices[1]


def test_waves_without_seeds_are_designed_alone() -> None:
    told: list[tuple[str, float]] = []
    found = run_waves(
        grid().scenario, arterials=["A"], on_progress=lambda what, share: told.append((what, share))
    )
    assert told == [("green waves", 0.0)]
    assert (found.checks, found.design.arterials) == ({}, ("A",))
    assert found.chosen.band == max(choice.band for choice in found.design.choices)
    assert set(found.chosen.plan) == set(SIGNALS)


def test_what_must_be_left_of_the_widest_bands_decides() -> None:
    kept = [run_waves(grid().scenario, keep=keep).chosen for keep in (1.0, 0.0)]
    assert kept[0].band > kept[1].band
    assert kept[0].delay_s > kept[1].delay_s


def test_waves_keep_the_greens_of_another_plan() -> None:
    scenario = grid().scenario
    other = TimingPlan(
        "o", {k: replace(t, greens_s=(6.0, 26.0, 16.0)) for k, t in scenario.field_plan.timings.items()}
    )
    found = run_waves(scenario, plan=other, arterials=["A"])
    assert {timing.greens_s for timing in found.chosen.plan.timings.values()} == {(6.0, 26.0, 16.0)}


def test_an_unknown_arterial_is_an_error_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="known are A, B, 0, 2"):
        run_waves(grid().scenario, tmp_path / "out", arterials=["Z"])
    assert not (tmp_path / "out" / "plan.json").exists()

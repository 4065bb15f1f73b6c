"""Days of plans and demand profiles: what is refused, and what files keep."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from trafficopt.day_plan import DayPlan, Period
from trafficopt.demand_profile import DemandProfile, read_demand_profile
from trafficopt.errors import InputError
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem
from trafficopt.scenario import Scenario
from trafficopt.signals.day_files import read_day, write_day

NIGHT, PEAK = TimingPlan("night", {}), TimingPlan("peak", {})
PLANS = {"night": NIGHT, "peak": PEAK}


def test_times_before_and_after_the_day_have_its_first_and_last_plan() -> None:
    day = DayPlan((Period(100, 200, "night"), Period(200, 300, "peak")), PLANS)
    assert [day.plan_at(t) for t in (0.0, 100.0, 199.9, 200.0, 1e6)] == [NIGHT, NIGHT, NIGHT, PEAK, PEAK]
    assert (day.begin_s, day.end_s) == (100, 300)
    assert pickle.loads(pickle.dumps(day)) == day
    assert "00:01:40-00:03:20  night" in repr(day)


@pytest.mark.parametrize(
    ("periods", "told"),
    [
        ((), "at least one period"),
        ((Period(0, 100, "night"), Period(110, 200, "peak")), "ends at 100 s, the next begins at 110 s"),
        ((Period(0, 100, "night"), Period(90, 200, "peak")), "ends at 100 s, the next begins at 90 s"),
        ((Period(0, 100, "night"), Period(100, 200, "night")), "two periods in a row have plan 'night'"),
        ((Period(0, 100, "night"),), "plans 'peak' are not both given and used"),
        ((Period(0, 100, "night"), Period(100, 200, "noon")), "plans 'noon', 'peak' are not both"),
    ],
)
def test_days_with_gaps_or_strange_plans_are_refused(periods: tuple[Period, ...], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        DayPlan(periods, PLANS)


def test_a_name_must_be_fit_for_a_file_and_be_the_plans_own() -> None:
    with pytest.raises(ValueError, match="has more in its name than letters"):
        DayPlan((Period(0, 1, "a/b"),), {"a/b": TimingPlan("a/b", {})})
    with pytest.raises(ValueError, match="the plan called 'night' is named 'peak'"):
        DayPlan((Period(0, 1, "night"),), {"night": PEAK})


@pytest.mark.parametrize(("begin", "end"), [(-1, 5), (5, 5), (6, 5), (0, float("inf")), (float("nan"), 5)])
def test_periods_that_cannot_be_are_refused(begin: float, end: float) -> None:
    with pytest.raises(ValueError, match="is impossible"):
        Period(begin, end, "night")


@pytest.fixture
def scenario(corridor: Callable[..., Problem]) -> Scenario:
    return corridor(2).scenario


@pytest.fixture
def day(scenario: Scenario) -> DayPlan:
    stages = scenario.network.intersections[0].stages
    long = SignalTiming(stages, (50.0, 32.0), 90.0, 12.5)
    peak = TimingPlan("peak", {"s0": long, "s1": long})
    return DayPlan(
        (Period(0, 21600, "night"), Period(21600, 36000, "peak"), Period(36000, 86400, "night")),
        {"night": TimingPlan("night", dict(scenario.field_plan.timings)), "peak": peak},
    )


def test_a_day_is_read_as_it_was_written(scenario: Scenario, day: DayPlan, tmp_path: Path) -> None:
    write_day(scenario, day, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "day.json",
        "plan-night.json",
        "plan-peak.json",
    ]
    first = (tmp_path / "day.json").read_bytes()
    found = read_day(tmp_path, scenario.network)
    assert found == read_day(tmp_path / "day.json", scenario.network) == day
    write_day(scenario, found, tmp_path)
    assert (tmp_path / "day.json").read_bytes() == first


def test_broken_days_are_told_with_their_place(scenario: Scenario, day: DayPlan, tmp_path: Path) -> None:
    write_day(scenario, day, tmp_path)
    data = json.loads((tmp_path / "day.json").read_text())

    def told(text: str) -> str:
        (tmp_path / "day.json").write_text(text)
        with pytest.raises(InputError) as caught:
            read_day(tmp_path, scenario.network)
        return str(caught.value)

    assert "is not JSON" in told("{")
    assert "format is None, not 'trafficopt-day/1'" in told("[]")
    assert "periods are no list" in told('{"format": "trafficopt-day/1"}')
    odd = told(json.dumps({**data, "periods": [3, {"begin_s": "7:00", "end_s": 5, "plan": "../x"}]}))
    assert "period 1 is no object" in odd
    assert "period 2: begin_s = '7:00' is no number" in odd
    assert "period 2: plan = '../x' is no name of a plan" in odd
    gap = [*data["periods"][:1], {**data["periods"][1], "begin_s": 21601.0}]
    assert "ends at 21600 s, the next begins at 21601 s" in told(json.dumps({**data, "periods": gap}))
    (tmp_path / "plan-peak.json").unlink()
    assert "plan-peak.json: No such file" in told(json.dumps(data))


def test_a_day_of_another_network_is_refused(scenario: Scenario, day: DayPlan, tmp_path: Path) -> None:
    write_day(scenario, day, tmp_path)
    smaller = replace(scenario.network, intersections=scenario.network.intersections[:1])
    with pytest.raises(InputError, match="signal 's1' is not in the network"):
        read_day(tmp_path, smaller)


def test_a_profile_is_read_by_clock_or_seconds(tmp_path: Path) -> None:
    file = tmp_path / "counts.csv"
    file.write_text(
        "\ufefftime, east ,west\n7:00,100,200\n07:15,300,400\n07:30:00,500,0\n\n", encoding="utf-8"
    )
    found = read_demand_profile(file)
    assert (found.begin_s, found.slice_s, found.series) == (25200.0, 900.0, ("east", "west"))
    assert found.flow_veh_h.tolist() == [[100, 300, 500], [200, 400, 0]]
    assert not found.flow_veh_h.flags.writeable
    file.write_text("west,begin_s,east\n200,25200,100\n400,26100,300\n0,27000,500\n", encoding="utf-8")
    other = read_demand_profile(file)
    assert other.series == ("west", "east")
    assert other.flow_veh_h[::-1].tolist() == found.flow_veh_h.tolist()


def test_the_mean_of_a_part_weighs_slices_by_what_lies_in_it() -> None:
    """(450 s of 100 + 900 s of 300) / 1350 s = 233.3 veh/h."""
    profile = DemandProfile(900.0, 900.0, ("all",), np.array([[100.0, 300.0, 900.0]]))
    assert profile.mean_veh_h(1350.0, 2700.0) == pytest.approx([700 / 3])
    assert profile.mean_veh_h(2700.0, 3600.0) == pytest.approx([900.0])
    assert profile.end_s == 3600.0
    with pytest.raises(ValueError, match="is no part of the profile"):
        profile.mean_veh_h(0.0, 1800.0)


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (
            "",
            [
                "has no columns named `time` or `begin_s`",
                "no column with flows",
                "fewer than two time slices",
            ],
        ),
        ("time,begin_s,a\n7:00,1,1\n", ["has 2 columns named", "fewer than two time slices"]),
        ("time,a,a,\n7:00,1,1,1\n7:15,1,1,1\n", ["two columns are named 'a'", "column 4 has no name"]),
        (
            "time,a\n7:00,x\n7:15,-1\n25:60,inf\n7:45,2,3\n8:00,1\n8:30,2\n",
            [
                *("line 2: a 'x' is no flow", "line 3: a '-1' is no flow", "line 4: time '25:60' is no time"),
                *("line 4: a 'inf' is no flow", "line 5 has 3 cells; the header has 2"),
                "line 7 begins 1800 s after the one before, not 900 s as at first",
            ],
        ),
        ("time,a\n7:15,1\n7:00,2\n", ["line 3 does not begin later than line 2"]),
        ('time,a\n"7:15,1\n', ["is no CSV file"]),
    ],
)
def test_all_faults_of_a_profile_are_told_together(tmp_path: Path, text: str, faults: list[str]) -> None:
    file = tmp_path / "counts.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_demand_profile(file)
    for fault in faults:
        assert any(fault in found for found in caught.value.faults), (fault, caught.value.faults)
    assert len(caught.value.faults) == len(faults)
    assert str(file) in str(caught.value)


def test_a_missing_profile_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_demand_profile(tmp_path / "nothing.csv")

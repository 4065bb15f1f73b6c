"""Timings, plans, their JSON, and what breaks them."""

from __future__ import annotations

import json
import math
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from trafficopt.checks import timing_faults
from trafficopt.errors import InputError
from trafficopt.plan import SignalTiming, TimingPlan, read_plan_json
from trafficopt.problem import Problem

TIMING = SignalTiming((0, 1), (26.0, 26.0), 60.0, 12.5)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"greens_s": (26.0,)}, "one green is needed for each stage"),
        ({"greens_s": (math.nan, 26.0)}, "finite"),
        ({"greens_s": (-1.0, 53.0)}, "not negative"),
        ({"offset_s": 60.0}, "outside the cycle"),
        ({"offset_s": -0.1}, "outside the cycle"),
        ({"offset_s": math.nan}, "outside the cycle"),
        ({"cycle_s": 0.0, "offset_s": 0.0}, "impossible"),
        ({"cycle_s": math.inf}, "impossible"),
    ],
)
def test_impossible_timings_are_refused(change: dict[str, object], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        replace(TIMING, **change)


def test_a_plan_is_a_mapping_that_cannot_change() -> None:
    timings = {"b": TIMING, "a": TIMING}
    plan = TimingPlan("p", timings)
    timings.clear()
    assert (list(plan), len(plan), plan["a"]) == (["b", "a"], 2, TIMING)
    with pytest.raises(TypeError):
        plan.timings["c"] = TIMING  # type: ignore[index]
    assert pickle.loads(pickle.dumps(plan)) == plan


def test_repr_is_a_short_table() -> None:
    plan = TimingPlan("p", {f"s{k}": TIMING for k in range(20)})
    lines = repr(plan).splitlines()
    assert lines[0] == "TimingPlan p: 20 signals"
    assert lines[2] == "s0  60  12.5  26 26"
    assert lines[-1] == "... 8 more"


def test_json_is_the_same_for_the_same_plan() -> None:
    whole = TimingPlan("p", {"b": TIMING, "a": SignalTiming((0, 1), (26, 26), 60, 0)})
    other = TimingPlan("p", {"a": SignalTiming((0, 1), (26.0, 26.0), 60.0, 0.0), "b": TIMING})
    assert whole.to_json() == other.to_json()
    assert json.loads(whole.to_json())["signals"]["b"]["offset_s"] == 12.5


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("{", "Expecting"),
        ("[]", "attribute"),
        ('{"format": "other"}', "format is 'other'"),
        ('{"format": "trafficopt-plan/1"}', "field 'signals' is missing"),
        ('{"format": "trafficopt-plan/1", "signals": {"a": {"stages": [0]}}}', "field 'greens_s' is missing"),
        (
            '{"format": "trafficopt-plan/1", "signals": '
            '{"a": {"stages": [0], "greens_s": [NaN], "cycle_s": 60, "offset_s": 0}}}',
            "finite",
        ),
    ],
)
def test_broken_files_are_input_errors(tmp_path: Path, text: str, match: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=match):
        read_plan_json(path)


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_plan_json(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("timing", "fault"),
    [
        (TIMING, None),
        (replace(TIMING, stages=(0, 2)), "s0: names a stage that the intersection does not have"),
        (replace(TIMING, stages=(1, 0)), "s0: stage order differs"),
        (replace(TIMING, greens_s=(26.0, 27.0)), "s0: greens and intergreens add up to 61 s, cycle is 60 s"),
        (replace(TIMING, greens_s=(48.0, 4.0)), "s0: stage 2 has 4 s, minimum 5 s"),
        (replace(TIMING, greens_s=(25.5, 26.5)), None),
    ],
)
def test_faults_are_named(corridor: Callable[..., Problem], timing: SignalTiming, fault: str | None) -> None:
    found = timing_faults(corridor(1).network.intersections[0], timing)
    assert found == [] if fault is None else found[0].startswith(fault)


def test_all_faults_are_named_together(corridor: Callable[..., Problem]) -> None:
    timing = SignalTiming((0, 1), (3.0, 4.0), 60.0, 0.0)
    assert len(timing_faults(corridor(1).network.intersections[0], timing)) == 3

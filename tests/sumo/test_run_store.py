"""Evaluations that are kept: told again as they were, made again where anything differs or is broken."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

import trafficopt as to
from trafficopt.plan import TimingPlan
from trafficopt.scenario import Scenario
from trafficopt.sumo import run_store
from trafficopt.sumo.run_store import simulate_once


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return to.read_scenario(to.example_path("main_street"), minutes=2)


def test_what_ran_before_is_told_again_without_sumo(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = simulate_once(scenario, scenario.field_plan, (1, 2), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [f"{first.id}.json.gz"]
    monkeypatch.setattr(run_store, "simulate", None)
    renamed = TimingPlan("another name", scenario.field_plan.timings)
    again = simulate_once(scenario, renamed, (1, 2), tmp_path)
    assert (again.id, again.evaluation.plan) == (first.id, "another name")
    assert replace(again.evaluation, plan=first.evaluation.plan) == first.evaluation
    assert again.evaluation.link_delay_s == first.evaluation.link_delay_s
    assert again.evaluation.run_link_delay_s == first.evaluation.run_link_delay_s


def test_other_seeds_plans_and_windows_run_anew(scenario: Scenario, tmp_path: Path) -> None:
    plan = scenario.field_plan
    key, timing = next(iter(plan.timings.items()))
    moved = replace(timing, offset_s=(timing.offset_s + 7.0) % timing.cycle_s)
    shorter = to.read_scenario(to.example_path("main_street"), minutes=1)
    runs = [
        simulate_once(scenario, plan, (1,), tmp_path),
        simulate_once(scenario, plan, (2,), tmp_path),
        simulate_once(scenario, TimingPlan("moved", {**plan.timings, key: moved}), (1,), tmp_path),
        simulate_once(shorter, shorter.field_plan, (1,), tmp_path),
    ]
    assert len({run.id for run in runs}) == len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize("content", [b"", b"not gzip", b"cut"])
def test_a_file_that_cannot_be_read_is_made_again(scenario: Scenario, tmp_path: Path, content: bytes) -> None:
    first = simulate_once(scenario, scenario.field_plan, (1,), tmp_path)
    path = tmp_path / f"{first.id}.json.gz"
    whole = path.read_bytes()
    path.write_bytes(whole[:100] if content == b"cut" else content)
    assert simulate_once(scenario, scenario.field_plan, (1,), tmp_path).evaluation == first.evaluation
    assert path.read_bytes() == whole


def test_what_was_kept_before_runs_were_judged_is_made_again(scenario: Scenario, tmp_path: Path) -> None:
    first = simulate_once(scenario, scenario.field_plan, (1,), tmp_path)
    path = tmp_path / f"{first.id}.json.gz"
    whole = path.read_bytes()
    row = json.loads(gzip.decompress(whole))
    assert row["runs"][0].pop("doubts")  # two minutes cut off most trips
    path.write_bytes(gzip.compress(json.dumps(row).encode()))
    assert simulate_once(scenario, scenario.field_plan, (1,), tmp_path).evaluation == first.evaluation
    assert path.read_bytes() == whole

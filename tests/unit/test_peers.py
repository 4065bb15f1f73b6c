"""Benchmark of peers: the table, what is kept, and the plans and programs that peers make."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.peers.actuated import program
from benchmarks.peers.methods import METHODS, SHIPPED
from benchmarks.peers.outcome import Outcome, load_outcome, lock_ups, store_outcome
from benchmarks.peers.plan_vector import PlanVector, whole_shares
from benchmarks.peers.sumo_tools import merge_programs
from benchmarks.peers.table import cell, failures, page, table
from trafficopt.evaluation import SeedResult
from trafficopt.plan import SignalTiming
from trafficopt.stage import Interval, Stage

TIMING = SignalTiming(
    (
        Stage("Gr", (Interval("yr", 3.0), Interval("rr", 2.0)), min_green_s=10.0),
        Stage("rG", (Interval("ry", 3.0), Interval("rr", 2.0)), min_green_s=6.0),
    ),
    (30.0, 20.0),
    cycle_s=60.0,
    offset_s=15.0,
)
VECTOR = PlanVector({"a": TIMING}, {"b": TIMING}, shortest_s=40.0, longest_s=90.0)


def outcome(*delays_s: float, unfinished: tuple[int, ...] = (0, 0, 0)) -> Outcome:
    rows = enumerate(zip(delays_s, unfinished, strict=True), 1)
    runs = tuple(SeedResult(k, 100, 100 - n, n, 0, delay, 1.0, 0.0, 0.0, 0, 0, 0) for k, (delay, n) in rows)
    return Outcome(runs, 12.4)


@pytest.fixture
def found() -> dict[str, dict[str, Outcome]]:
    return {
        "east": {
            SHIPPED: outcome(50.0, 52.0, 54.0),
            "actuated": outcome(40.0, 41.0, 42.0, unfinished=(0, 30, 5)),
            "delay_based": Outcome((), 3.0, failure="SimulationError: it stopped"),
        },
        "west": {SHIPPED: outcome(20.0, 20.0, 20.0)},
    }


def test_a_cell_tells_change_interval_lock_ups_and_time(found: dict[str, dict[str, Outcome]]) -> None:
    east = found["east"]
    # Paired differences -10, -11, -12: mean -11 of 52 is -21 %; half interval 4.303 / sqrt(3) = 2.48, 5 %.
    assert cell(east["actuated"], east[SHIPPED]) == "41.0 (-21 % ± 5)<br>1/3 locked up, 12 s"
    assert cell(east["delay_based"], east[SHIPPED]) == "failed after 3 s"


def test_a_method_that_failed_has_a_row_and_a_reason(found: dict[str, dict[str, Outcome]]) -> None:
    lines = table(found, list(METHODS)).splitlines()
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| shipped plan", "| actuated", "| delay_based"]
    assert {line.count("|") for line in lines} == {4}
    assert lines[-1].endswith("| – |")
    assert failures(found) == ["- delay_based on east: SimulationError: it stopped"]
    assert failures(found)[0] in page(found, list(METHODS), "python", 120.0, 2)


def test_lock_ups_are_those_beyond_the_shipped_plan() -> None:
    shipped = outcome(9.0, 9.0, 9.0, unfinished=(0, 10, 10))
    assert lock_ups(outcome(9.0, 9.0, 9.0, unfinished=(5, 15, 16)), shipped) == 1


def test_outcomes_are_kept_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "map" / "actuated.json"
    assert load_outcome(path) is None
    kept = replace(outcome(1.5, 2.5, 3.5), note="as made")
    store_outcome(kept, path)
    assert load_outcome(path) == kept


def test_the_zero_vector_is_the_field_plan() -> None:
    assert VECTOR.size == 4
    assert VECTOR.plan(np.zeros(4)).timings == {"a": TIMING, "b": TIMING}


def test_a_vector_moves_cycle_offset_and_greens() -> None:
    # Cycle factor 1.5: 90 s, 64 s beyond least greens of 10 and 6 s and 10 s between; weights 20 : 14.
    timing = VECTOR.plan(np.array([np.log(1.5), 0.1, 0.0, 0.0]))["a"]
    assert timing.cycle_s == 90.0
    assert timing.greens_s == (48.0, 32.0)
    assert timing.offset_s == pytest.approx(32.0)  # (15 / 60 + 0.1) x 90 = 31.5, to the even second


@pytest.mark.parametrize("seed", range(5))
def test_every_vector_is_a_plan_within_bounds(seed: int) -> None:
    timing = VECTOR.plan(np.random.default_rng(seed).normal(0.0, 3.0, 4))["a"]
    assert 40.0 <= timing.cycle_s <= 90.0
    assert sum(timing.greens_s) + 10.0 == timing.cycle_s
    assert all(
        green >= stage.min_green_s for green, stage in zip(timing.greens_s, timing.stages, strict=True)
    )


def test_whole_shares_add_up() -> None:
    assert whole_shares([1.0, 1.0, 1.0], 8).tolist() == [3.0, 3.0, 2.0]
    assert whole_shares([0.2, 5.0], 0).tolist() == [0.0, 0.0]


def test_actuated_greens_have_bounds_and_intergreens_none() -> None:
    phases = list(program("a", TIMING, "actuated"))
    assert [phase.get("minDur") for phase in phases] == ["5", None, None, "5", None, None]
    assert [phase.attrib["state"] for phase in phases] == ["Gr", "yr", "rr", "rG", "ry", "rr"]
    assert [phase.attrib["duration"] for phase in phases] == ["30", "3", "2", "20", "3", "2"]


def test_signals_that_are_kept_get_no_program_of_a_tool(tmp_path: Path) -> None:
    written, merged = tmp_path / "tool.add.xml", tmp_path / "merged.add.xml"
    written.write_text('<additional><tlLogic id="a"/><tlLogic id="kept"/></additional>')
    merge_programs([written], {"a"}, merged)
    assert 'id="a"' in merged.read_text()
    assert "kept" not in merged.read_text()

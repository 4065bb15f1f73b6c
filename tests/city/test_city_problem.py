"""The synthetic city as the library sees it."""

from __future__ import annotations

from pathlib import Path

import pytest

import trafficopt as to

CITY = Path(__file__).parents[2] / "scenarios" / "cangzhou"


@pytest.fixture(scope="module")
def problem() -> to.Problem:
    return to.build_problem(to.read_scenario(CITY))


def test_intersections_and_arterials(problem: to.Problem) -> None:
    assert len(problem.network.intersections) == 167
    assert [arterial.name for arterial in problem.network.arterials] == [f"A{k}" for k in range(1, 8)]
    on_arterials = {key for arterial in problem.network.arterials for key in arterial.intersections}
    assert len(on_arterials) == 100
    assert on_arterials <= problem.scenario.retime


def test_what_is_retimed(problem: to.Problem) -> None:
    assert len(problem.scenario.retime) == 127
    assert len(problem.field_plan) == 167
    assert not any(node.kept_because for node in problem.network.intersections)


def test_all_red_is_no_stage(problem: to.Problem) -> None:
    stages = [stage for node in problem.network.intersections for stage in node.stages]
    assert min(green for timing in problem.field_plan.timings.values() for green in timing.greens_s) >= 10
    assert {stage.intergreen_s for stage in stages} <= {3.0, 5.0}


def test_scenario_says_that_it_is_synthetic(problem: to.Problem) -> None:
    assert "synthetic" in problem.scenario.note.lower()
    assert "synthetic" in (CITY / "README.md").read_text(encoding="utf-8")


def test_a_shorter_window_keeps_the_vehicles_of_its_minutes() -> None:
    half = to.read_scenario(CITY, minutes=30)
    assert half.simulation.period_s == 1800
    assert max(half.demanded.values()) < half.simulation.end_s
    assert len(half.demand) == len(half.demanded)

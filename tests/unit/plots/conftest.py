"""The example street under a plan with uneven offsets, and what the queue model says of it."""

from __future__ import annotations

import pytest

from tests.unit.plots.shown import moved
from trafficopt.examples import example_path
from trafficopt.model.queues.passages import Passages
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem, build_problem
from trafficopt.sumo.read import read_scenario

OFFSETS_S = {"M1": 0.0, "M2": 37.0, "M3": 61.0, "M4": 12.5, "M5": 93.0}


@pytest.fixture(scope="session")
def street() -> Problem:
    return build_problem(read_scenario(example_path("main_street")))


@pytest.fixture(scope="session")
def plan(street: Problem) -> TimingPlan:
    return moved(street.field_plan, **OFFSETS_S)


@pytest.fixture(scope="session")
def passages(street: Problem, plan: TimingPlan) -> Passages:
    return QueueModel(street).passages(plan)

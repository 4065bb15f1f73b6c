"""Answers of the models."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from trafficopt.diagnosis.movements import Answers
from trafficopt.measured import N_PLACES, Measured
from trafficopt.model.arrivals import arrivals_on_green
from trafficopt.model.lane_figures import lane_figures
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.model.signal_model import SignalModel
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.search.explanation import explain


@pytest.fixture(scope="session")
def asked() -> Callable[..., Answers]:
    """What the models say of a plan; SUMO's figures, where they are wanted, are all 0."""

    def ask(problem: Problem, plan: TimingPlan | None = None, *, with_sumo: bool = False) -> Answers:
        timed, model = plan or problem.field_plan, QueueModel(problem)
        estimate = model.estimate(timed)
        return Answers(
            estimate=estimate,
            links=model.links,
            lanes=lane_figures(problem, timed),
            explanations=explain(problem, timed),
            on_green=arrivals_on_green(SignalModel(problem), timed),
            measured=nothing_measured(estimate.movements, model.links) if with_sumo else None,
        )

    return ask


def nothing_measured(movements: tuple[tuple[str, str], ...], links: tuple[str, ...]) -> Measured:
    n, m = len(movements), len(links)
    return Measured(
        plan="field",
        seeds=(1, 2),
        mean_delay_s=12.5,
        movements=movements,
        vehicles=np.zeros(n),
        time_s=np.zeros(n),
        delay_s=np.zeros(n),
        delay_error_s=np.zeros(n),
        place_headway_s=np.zeros((n, N_PLACES)),
        place_vehicles=np.zeros((n, N_PLACES)),
        start_s=np.zeros(n),
        free_s=np.zeros(n),
        free_vehicles=np.zeros(n),
        links=links,
        link_delay_s=np.zeros(m),
        link_depart_delay_s=np.zeros(m),
        link_left=np.zeros(m),
        link_halting=np.zeros(m),
    )

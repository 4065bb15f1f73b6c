"""Answers of the models, and figures made by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from trafficopt.diagnosis.figures import IntersectionFigures, MovementFigures
from trafficopt.diagnosis.movements import Answers
from trafficopt.intersection import Turn
from trafficopt.measured import N_PLACES, Measured
from trafficopt.model.arrivals import arrivals_on_green
from trafficopt.model.lane_figures import lane_figures
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.model.signal_model import SignalModel
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.search.explanation import explain
from trafficopt.signals.explanation import BindingLimit


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


@pytest.fixture
def healthy() -> MovementFigures:
    """A movement of which there is nothing to tell."""
    return MovementFigures(
        intersection="J1",
        id="w->e",
        name="straight on from the west",
        turn=Turn.THROUGH,
        from_link="w",
        lane=0,
        flow_veh_h=400.0,
        lane_flow_veh_h=400.0,
        green_s=30.0,
        needed_green_s=20.0,
        saturation=0.6,
        vehicles=400.0,
        delay_s=18.0,
        sumo_delay_s=20.0,
        level_of_service="B",
        stops=0.6,
        first_pass_share=0.98,
        split_failure_share=0.01,
        arrivals_on_green=0.4,
        green_share=0.4,
        platoon_loss_veh_h=0.0,
        queue_m=60.0,
        storage_m=200.0,
        yields=False,
    )


@pytest.fixture
def calm(healthy: MovementFigures) -> IntersectionFigures:
    """An intersection of which there is nothing to tell: 400 vehicles lose 2 veh*h."""
    return IntersectionFigures(
        id="J1",
        district="Center",
        cycle_s=80.0,
        best_cycle_s=70.0,
        vehicles=400.0,
        delay_s=18.0,
        sumo_delay_s=20.0,
        delay_veh_h=2.0,
        level_of_service="B",
        critical_saturation=0.6,
        stage_saturation=(0.6, 0.4),
        stage_limit=(BindingLimit.NONE, BindingLimit.NONE),
        green_use=0.5,
        imbalance=1 / 3,
        approach_imbalance=0.2,
        first_pass_share=0.98,
        timing_gain_veh_h=0.1,
        standing=(),
        movements=(healthy,),
    )

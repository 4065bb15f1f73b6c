"""Figures of a diagnosis made by hand."""

from __future__ import annotations

import pytest

from trafficopt.diagnosis.figures import IntersectionFigures, MovementFigures
from trafficopt.intersection import Turn
from trafficopt.signals.explanation import BindingLimit


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

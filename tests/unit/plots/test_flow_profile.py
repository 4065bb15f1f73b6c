"""Cyclic flow profiles: vehicles are conserved, and leave when the bar below is green."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.plots.labels import check_words
from tests.unit.plots.shown import is_green, later, moved, movement_of
from tests.unit.plots.svg_reading import Drawing, covers, drawn, spans
from trafficopt.errors import InputError
from trafficopt.model.cyclic_profile import cyclic_profile
from trafficopt.model.signal_model import SignalModel
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.reporting.plots.flow_profile import (
    ARRIVALS_ID,
    DEPARTURES_ID,
    GREENS_ID,
    QUEUE_ID,
    REDS_ID,
    plot_flow_profile,
)
from trafficopt.units import FloatArray

PIXEL_VEH_H = 4.0  # long lines are drawn to a part of a pixel
NAMES = ["e1_stop", "e1_stop->e2", "s3_in_stop", "w4_stop->w3"]


@pytest.fixture(scope="module")
def model(street: Problem) -> SignalModel:
    return SignalModel(street)


def profile(model: SignalModel, plan: TimingPlan, name: str) -> Drawing:
    return drawn(lambda: plot_flow_profile(model, plan, name))


def flow(drawing: Drawing, gid: str) -> FloatArray:
    """Flow in each second of the cycle [veh/h], from the stairs that are drawn."""
    (points,) = drawing.shapes(gid)
    stairs = drawing.panel().data(points)
    return np.interp(np.arange(100) + 0.5, stairs[:, 0], stairs[:, 1])


def queue(drawing: Drawing) -> FloatArray:
    """Vehicles that wait at the begin of each second, and at the end of the last, shape (101,)."""
    (points,) = drawing.shapes(QUEUE_ID)
    panel = replace(drawing.panel(2), x=drawing.panel().x)
    return panel.data(points)[:, 1]


def wrong_seconds(drawing: Drawing, street: Problem, plan: TimingPlan, name: str, row: int) -> int:
    """Moments in which a row of bars is not what the signal shows."""
    signal, movement = movement_of(street.network, name)
    panel, n_wrong = drawing.panel(), 0
    reds, greens = (spans(panel, drawing.shapes(f"{gid}-{row}")) for gid in (REDS_ID, GREENS_ID))
    for at_s in np.arange(0.25, 100.0, 0.5).tolist():
        shown = is_green(plan[signal], movement.heads, at_s)
        n_wrong += covers(greens, at_s) != shown or covers(reds, at_s) == shown
    return n_wrong


@pytest.mark.parametrize("name", NAMES)
def test_what_comes_leaves_and_the_queue_is_the_difference(
    model: SignalModel, plan: TimingPlan, name: str
) -> None:
    drawing = profile(model, plan, name)
    come, leave, waiting = flow(drawing, ARRIVALS_ID), flow(drawing, DEPARTURES_ID), queue(drawing)
    assert come.sum() == pytest.approx(leave.sum(), rel=0.01)
    assert np.diff(waiting) == pytest.approx((come - leave) / 3600.0, abs=0.02)
    assert waiting.min() > -0.02
    assert waiting[0] == pytest.approx(waiting[-1], abs=0.02)


def test_as_many_come_as_want_to_pass(street: Problem, model: SignalModel, plan: TimingPlan) -> None:
    wanted = sum(
        flow_veh_h
        for movement, flow_veh_h in zip(street.movements, street.flow_veh_h, strict=True)
        if movement.from_link == "e1_stop"
    )
    assert flow(profile(model, plan, "e1_stop"), ARRIVALS_ID).mean() == pytest.approx(wanted, rel=0.01)


def test_vehicles_leave_only_while_the_bar_is_green(model: SignalModel, plan: TimingPlan) -> None:
    drawing = profile(model, plan, "e1_stop->e2")
    reds = [spans(drawing.panel(), drawing.shapes(f"{REDS_ID}-{row}")) for row in range(2)]
    # They use one second of yellow, and start two seconds after green.
    all_red = [all(covers(red, t) and covers(red, t - 1.0) for red in reds) for t in np.arange(100) + 0.5]
    assert sum(all_red) > 50
    assert flow(drawing, DEPARTURES_ID)[all_red] == pytest.approx(0.0, abs=PIXEL_VEH_H)
    assert flow(drawing, DEPARTURES_ID).max() > 3000.0  # two lanes


@pytest.mark.parametrize("name", NAMES)
def test_bars_are_what_the_signal_shows(
    street: Problem, model: SignalModel, plan: TimingPlan, name: str
) -> None:
    drawing, found = profile(model, plan, name), cyclic_profile(model, plan, name)
    for row, movement in enumerate(found.greens):
        assert wrong_seconds(drawing, street, plan, movement, row) == 0
    words = [text.get_text() for text in drawing.ax.texts]
    assert words == list(found.greens)


@pytest.mark.parametrize("by_s", [1.0, -1.0])
def test_an_offset_that_is_wrong_by_one_second_is_found(
    street: Problem, model: SignalModel, plan: TimingPlan, by_s: float
) -> None:
    drawing, wrong = profile(model, plan, "e1_stop->e2"), later(plan, "M2", by_s)
    assert wrong_seconds(drawing, street, wrong, "e1_stop->e2", 1) == 4  # two edges, half seconds
    assert wrong_seconds(profile(model, wrong, "e1_stop->e2"), street, wrong, "e1_stop->e2", 1) == 0


def test_platoons_and_queues_move_with_all_offsets(model: SignalModel, plan: TimingPlan) -> None:
    together = moved(plan, **{key: plan[key].offset_s + 17.0 for key in plan})
    first, second = (profile(model, each, "w4_stop->w3") for each in (plan, together))
    for gid in (ARRIVALS_ID, DEPARTURES_ID):
        assert np.roll(flow(first, gid), 17) == pytest.approx(flow(second, gid), abs=3 * PIXEL_VEH_H)


def test_the_mean_queue_is_the_uniform_delay_of_the_model(model: SignalModel, plan: TimingPlan) -> None:
    lay, state = model.layout, model.start(plan)
    lanes = range(lay.lane_at[2], lay.lane_at[3])  # of M3
    approach = [
        lane
        for lane in lanes
        if model.problem.movements[lay.stream_movement[lay.stream_at[lane]]].from_link == "s3_in_stop"
    ]
    drawing = profile(model, plan, "s3_in_stop")
    assert queue(drawing)[1:].mean() == pytest.approx(float(state.lanes[approach, 2].sum()), rel=0.01)


def test_a_demand_beyond_capacity_is_cut_and_the_title_says_so(
    street: Problem, model: SignalModel, plan: TimingPlan
) -> None:
    short = replace(plan["M3"], greens_s=(74.0, 8.0, 5.0))
    tight = TimingPlan("tight", {**plan.timings, "M3": short})
    found = cyclic_profile(model, tight, "s3_in_stop")
    assert found.served_share < 0.9
    drawing = profile(model, tight, "s3_in_stop")
    assert f"{100 * found.served_share:.0f} % of the demand" in drawing.ax.get_title("left")
    assert flow(drawing, ARRIVALS_ID).sum() == pytest.approx(flow(drawing, DEPARTURES_ID).sum(), rel=0.02)


def test_what_is_not_there_is_told(model: SignalModel, plan: TimingPlan) -> None:
    with pytest.raises(InputError, match="e1_stop"):
        cyclic_profile(model, plan, "e1_stopp")
    part = TimingPlan("part", {"M1": plan["M1"]})
    with pytest.raises(InputError, match="part"):
        cyclic_profile(model, part, "e1_stop")


@pytest.mark.parametrize("name", NAMES)
def test_words_can_be_read(model: SignalModel, plan: TimingPlan, name: str) -> None:
    check_words(profile(model, plan, name))

"""Delay over offsets: as the cyclic model has it, closed after a cycle, the plan and the least marked."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.contour import ContourSet
from matplotlib.path import Path

from tests.unit.plots.labels import check_words
from tests.unit.plots.shown import moved
from tests.unit.plots.svg_reading import Drawing, drawn
from trafficopt.errors import InputError
from trafficopt.model.offset_delays import OffsetDelays, offset_delays
from trafficopt.model.signal_model import SignalModel
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.reporting.plots.offset_surface import CURVE_ID, LEAST_ID, NOW_ID, plot_offset_surface
from trafficopt.units import FloatArray


@pytest.fixture(scope="module")
def model(street: Problem) -> SignalModel:
    return SignalModel(street)


@pytest.fixture(scope="module")
def one(model: SignalModel, plan: TimingPlan) -> OffsetDelays:
    return offset_delays(model, plan, ["M3"])


@pytest.fixture(scope="module")
def two(model: SignalModel, plan: TimingPlan) -> OffsetDelays:
    return offset_delays(model, plan, ["M2", "M3"], step_s=10.0)


def curve(drawing: Drawing) -> FloatArray:
    """Offsets [s] and delays [s/veh] of the line."""
    (points,) = drawing.shapes(CURVE_ID)
    return drawing.panel().data(points)


def mark(drawing: Drawing, gid: str) -> FloatArray:
    (point,) = drawing.panel().data(drawing.marks(gid))
    return np.asarray(point)


def test_the_line_is_what_the_model_says_of_each_offset(
    model: SignalModel, plan: TimingPlan, one: OffsetDelays
) -> None:
    seen = curve(drawn(lambda: plot_offset_surface(one)))
    assert seen[:, 0] == pytest.approx(np.arange(0.0, 101.0, 2.0), abs=1e-3)
    for offset_s, delay_s in seen[::7].tolist():
        asked = model.estimate(moved(plan, M3=round(offset_s, 3))).mean_delay_s
        assert delay_s == pytest.approx(asked, rel=0.01)
    assert seen[0, 1] == pytest.approx(seen[-1, 1], abs=1e-3)
    assert np.ptp(seen[:, 1]) > 2.0


def test_the_plan_is_on_the_line_and_the_least_is_its_lowest(plan: TimingPlan, one: OffsetDelays) -> None:
    drawing = drawn(lambda: plot_offset_surface(one))
    seen, now, least = curve(drawing), mark(drawing, NOW_ID), mark(drawing, LEAST_ID)
    assert now[0] == pytest.approx(plan["M3"].offset_s, abs=0.01)
    assert now[1] == pytest.approx(np.interp(now[0], seen[:, 0], seen[:, 1]), abs=0.2)
    lowest = seen[int(np.argmin(seen[:, 1]))]
    assert least == pytest.approx(lowest, abs=0.01)
    assert f"least: {lowest[1]:.1f} s/veh at {lowest[0]:.0f} s" in drawing.ax.get_title("left")


def test_a_mark_at_a_wrong_offset_is_found(plan: TimingPlan, one: OffsetDelays) -> None:
    elsewhere = offset_delays_at(one, plan["M3"].offset_s + 1.0)
    now = mark(drawn(lambda: plot_offset_surface(elsewhere)), NOW_ID)
    assert now[0] != pytest.approx(plan["M3"].offset_s, abs=0.01)


def offset_delays_at(found: OffsetDelays, now_s: float) -> OffsetDelays:
    return OffsetDelays(found.signals, found.offsets_s, found.delay_s, (now_s,), found.delay_now_s)


def test_shifting_a_signal_in_the_plan_shifts_nothing_but_the_mark(
    model: SignalModel, plan: TimingPlan, one: OffsetDelays
) -> None:
    other = offset_delays(model, moved(plan, M3=10.0), ["M3"])
    assert other.delay_s == pytest.approx(one.delay_s, rel=0.01)
    assert (other.now_s, one.now_s) == ((10.0,), (61.0,))


def test_contours_hold_the_delays_of_the_grid(two: OffsetDelays) -> None:
    drawing = drawn(lambda: plot_offset_surface(two))
    panel = drawing.panel()
    bands = [[Path(panel.data(ring)) for ring in rings] for rings in drawing.rings(CURVE_ID)]
    (contours,) = [each for each in drawing.ax.collections if isinstance(each, ContourSet)]
    levels = np.asarray(contours.levels)
    assert len(bands) == len(levels) - 1
    n = 0
    for (k, m), delay_s in np.ndenumerate(two.delay_s):
        if k == 0 or m == 0 or abs(levels - delay_s).min() < 0.05:
            continue
        # A point within an odd number of outlines of a band is in the band, not in a hole of it.
        point, n = (10.0 * k, 10.0 * m), n + 1
        within = [sum(ring.contains_point(point) for ring in rings) % 2 == 1 for rings in bands]
        assert np.flatnonzero(within).tolist() == [int(np.searchsorted(levels, delay_s)) - 1]
    assert n > 60


def test_both_marks_of_a_surface_stand_at_their_offsets(plan: TimingPlan, two: OffsetDelays) -> None:
    drawing = drawn(lambda: plot_offset_surface(two))
    assert mark(drawing, NOW_ID) == pytest.approx([plan["M2"].offset_s, plan["M3"].offset_s], abs=0.02)
    k, m = np.unravel_index(int(np.argmin(two.delay_s)), two.delay_s.shape)
    assert mark(drawing, LEAST_ID) == pytest.approx([10.0 * k, 10.0 * m], abs=0.02)
    names = (drawing.ax.get_xlabel(), drawing.ax.get_ylabel())
    assert names == ("Offset of M2 [s]", "Offset of M3 [s]")


def test_one_row_of_a_surface_is_the_line_of_one_signal(
    model: SignalModel, plan: TimingPlan, two: OffsetDelays
) -> None:
    alone = offset_delays(model, moved(plan, M2=40.0), ["M3"], step_s=10.0)
    assert two.delay_s[4] == pytest.approx(alone.delay_s, rel=0.01)


def test_a_signal_without_neighbors_loses_the_same_with_any_offset(corridor) -> None:
    problem = corridor(1)
    found = offset_delays(SignalModel(problem), problem.field_plan, ["s0"], step_s=7.0)
    assert np.ptp(found.delay_s) == pytest.approx(0.0, abs=1e-9)
    assert found.offsets_s[0].tolist() == pytest.approx(np.arange(9) * 60.0 / 9)


def test_what_is_not_there_is_told(model: SignalModel, plan: TimingPlan) -> None:
    for signals in ([], ["M1", "M1"], ["M1", "M2", "M3"], ["M9"]):
        with pytest.raises(InputError):
            offset_delays(model, plan, signals)
    with pytest.raises(ValueError, match="more than 0"):
        offset_delays(model, plan, ["M1"], step_s=0.0)


def test_words_can_be_read(one: OffsetDelays, two: OffsetDelays) -> None:
    check_words(drawn(lambda: plot_offset_surface(one)))
    check_words(drawn(lambda: plot_offset_surface(two)))

"""What each family of treatments does, read back."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.plots.labels import check_words
from tests.unit.plots.svg_reading import Drawing, drawn
from trafficopt.comparison import Change, Verdict
from trafficopt.reporting.plots.canvas import BLUE, INK, ORANGE
from trafficopt.reporting.plots.effects import FamilyEffect, plot_effects
from trafficopt.units import FloatArray

NOTHING = Change(0.0, None, 0.0, Verdict.UNKNOWN)
WAVES = Change(-30.0, (-35.0, -25.0), -6.0, Verdict.BETTER)
PLANS = Change(-40.0, (-52.0, -28.0), -8.0, Verdict.BETTER)
LATER = Change(-25.0, (-31.0, -19.0), -5.0, Verdict.BETTER)
TOGETHER = Change(-55.0, (-60.0, -50.0), -11.0, Verdict.BETTER)
EFFECTS = (
    FamilyEffect("turn pockets", NOTHING, NOTHING),
    FamilyEffect("green waves", WAVES, WAVES),
    FamilyEffect("new timing plans", PLANS, LATER),
)


@pytest.fixture(scope="module")
def drawing() -> Drawing:
    return drawn(lambda: plot_effects(EFFECTS, TOGETHER))


def means(drawing: Drawing, color: str) -> FloatArray:
    """Means of one kind, from the top row to the lowest."""
    panel, points = drawing.panel(), drawing.dots(color)
    assert panel.x is not None
    points = points[np.argsort(points[:, 1])]
    _, first = np.unique(np.round(points[:, 1], 2), return_index=True)
    return panel.x.values(points[first, 0])


def intervals(drawing: Drawing, color: str) -> list[list[float]]:
    panel = drawing.panel()
    assert panel.x is not None
    lines = [p for p in drawing.stroked(color) if len(p) == 2 and np.ptp(p[:, 1]) < 1e-3]
    lines.sort(key=lambda points: float(points[0, 1]))
    return [sorted(panel.x.values(points[:, 0]).tolist()) for points in lines]


def test_each_family_stands_at_its_mean_alone_and_in_order(drawing: Drawing) -> None:
    assert means(drawing, ORANGE) == pytest.approx([0.0, -30.0, -40.0], abs=0.02)
    assert means(drawing, BLUE) == pytest.approx([0.0, -30.0, -25.0], abs=0.02)
    assert means(drawing, INK) == pytest.approx([-55.0], abs=0.02)


@pytest.mark.parametrize(
    ("color", "changes"),
    [(ORANGE, (NOTHING, WAVES, PLANS)), (BLUE, (NOTHING, WAVES, LATER)), (INK, (TOGETHER,))],
)
def test_intervals_are_those_of_the_changes(
    drawing: Drawing, color: str, changes: tuple[Change, ...]
) -> None:
    told = [list(change.ci95 or (change.mean, change.mean)) for change in changes]
    assert np.array(intervals(drawing, color)) == pytest.approx(np.array(told), abs=0.05)


def test_a_change_that_is_drawn_elsewhere_is_found(drawing: Drawing) -> None:
    moved = Change(-31.0, (-36.0, -26.0), -6.0, Verdict.BETTER)
    other = drawn(lambda: plot_effects((*EFFECTS[:1], FamilyEffect("w", moved, moved), EFFECTS[2]), TOGETHER))
    assert means(other, ORANGE) != pytest.approx(means(drawing, ORANGE), abs=0.5)


def test_words_can_be_read(drawing: Drawing) -> None:
    check_words(drawing)

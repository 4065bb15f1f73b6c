"""Bands against delay, read back."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.plots.labels import check_words
from tests.unit.plots.svg_reading import Drawing, drawn
from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.model.wave_design import WaveChoice, WaveDesign
from trafficopt.plan import TimingPlan
from trafficopt.reporting.plots.band_tradeoff import plot_band_tradeoff
from trafficopt.reporting.plots.canvas import BLUE, ORANGE, RED

PLAN = TimingPlan("made up", {})
WIDE, MIDDLE = WaveChoice(10.0, PLAN, 0.75, 1, 40.0, 1.0), WaveChoice(2.0, PLAN, 0.62, 2, 33.5, 1.0)
NARROW = WaveChoice(0.0, PLAN, 0.5, 3, 30.0, 1.0)
DESIGN = WaveDesign(WaveChoice(None, PLAN, 0.25, 5, 50.0, 2.0), (WIDE, MIDDLE, NARROW), ("A1",), {})


def judged(*delays_s: float) -> Evaluation:
    runs = (SeedResult(k, 9, 9, 0, 0, delay, 1.0, 0.0, 0.0, 0, 0, 0) for k, delay in enumerate(delays_s))
    return Evaluation("made up", tuple(runs))


@pytest.fixture(scope="module")
def drawing() -> Drawing:
    told = [(WIDE, judged(41.0, 45.0)), (NARROW, judged(33.0, 34.0))]
    return drawn(lambda: plot_band_tradeoff(DESIGN, NARROW, told))


def test_each_choice_stands_at_its_band_and_its_delay(drawing: Drawing) -> None:
    panel = drawing.panel()
    found = panel.data(drawing.dots(BLUE))
    assert found == pytest.approx(np.array([(75.0, 40.0), (62.0, 33.5), (50.0, 30.0)]), abs=0.02)
    assert panel.data(drawing.dots(ORANGE)) == pytest.approx(np.array([(25.0, 50.0)]), abs=0.02)
    assert panel.data(drawing.dots(RED)) == pytest.approx(np.array([(75.0, 43.0), (50.0, 33.5)]), abs=0.02)


def test_what_sumo_showed_reaches_from_the_best_seed_to_the_worst(drawing: Drawing) -> None:
    lines = [drawing.panel().data(points) for points in drawing.stroked(RED)]
    ends = [sorted(line[:, 1].tolist()) for line in lines if np.ptp(line[:, 0]) < 0.01]
    assert np.array(ends) == pytest.approx(np.array([(41.0, 45.0), (33.0, 34.0)]), abs=0.02)


def test_words_can_be_read(drawing: Drawing) -> None:
    check_words(drawing)

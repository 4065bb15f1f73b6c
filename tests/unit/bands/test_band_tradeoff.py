"""Plots of bands against delay: what is drawn where."""

from __future__ import annotations

import numpy as np

from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.model.wave_design import WaveChoice, WaveDesign
from trafficopt.plan import TimingPlan
from trafficopt.reporting.plots.band_tradeoff import plot_band_tradeoff

PLAN = TimingPlan("made up", {})
WIDE, NARROW = WaveChoice(10.0, PLAN, 0.75, 1, 40.0, 1.0), WaveChoice(0.0, PLAN, 0.5, 3, 30.0, 1.0)
DESIGN = WaveDesign(WaveChoice(None, PLAN, 0.25, 5, 50.0, 2.0), (WIDE, NARROW), ("A1",), {})


def judged(*delays_s: float) -> Evaluation:
    runs = (SeedResult(k, 9, 9, 0, 0, delay, 1.0, 0.0, 0.0, 0, 0, 0) for k, delay in enumerate(delays_s))
    return Evaluation("made up", tuple(runs))


def test_each_choice_is_a_point_of_band_and_delay() -> None:
    ax = plot_band_tradeoff(DESIGN)
    found, given = (np.asarray(points.get_offsets()) for points in ax.collections)
    assert found.tolist() == [[75.0, 40.0], [50.0, 30.0]]
    assert given.tolist() == [[25.0, 50.0]]
    assert "[%]" in ax.get_xlabel()
    assert "[s]" in ax.get_ylabel()


def test_the_chosen_one_is_marked_and_what_sumo_showed_stands_above_its_band() -> None:
    ax = plot_band_tradeoff(DESIGN, NARROW, [(WIDE, judged(41.0, 45.0)), (NARROW, judged(33.0, 34.0))])
    points = [np.asarray(c.get_offsets()).tolist() for c in ax.collections]
    assert [[50.0, 30.0]] in points
    assert [[75.0, 43.0]] in points
    assert [[50.0, 33.5]] in points
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["offsets found, queue model", "offsets as given", "chosen", "SUMO, all seeds"]

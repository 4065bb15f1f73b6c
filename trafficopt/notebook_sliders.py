"""Sliders for the timing of one signal in a notebook: cycle, greens, offset."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from trafficopt.errors import InputError
from trafficopt.model.timing_answer import TimingModel
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem
from trafficopt.reporting.drawings.signal_timing_svg import signal_timing_svg
from trafficopt.search.explanation import shifted_greens
from trafficopt.search.moves import at_cycle, fitted
from trafficopt.search.splits import green_bounds_s, least_cycle_s, longest_cycle_s
from trafficopt.units import Seconds


def timing_sliders(problem: Problem, plan: TimingPlan, signal: str) -> TimingSliders:
    """Sliders for cycle, greens and offset of a signal; the model answers as they move.

    A green that is moved takes from the others, or gives to them, in proportion to their room; the cycle
    stays. Another cycle scales all greens and the offset. Nothing goes beyond the least and greatest greens.
    The answer is that of the cyclic model (`TimingModel`), within milliseconds: delay here and at the
    signals next to it, and the degree of saturation of each stage, beside those of the plan.

    Parameters
    ----------
    plan
        Whose timings the other signals keep.

    Raises
    ------
    InputError
        If ipywidgets is not installed, or the plan does not time the signal.
    """
    try:
        widgets = importlib.import_module("ipywidgets")
    except ModuleNotFoundError:
        raise InputError("ipywidgets", "is not installed", "pip install 'trafficopt[widgets]'") from None
    return TimingSliders(TimingModel(problem, plan, signal), problem.limits.max_cycle_s, widgets)


class TimingSliders:
    """The sliders, and what they say; the last line of a cell shows them.

    Attributes
    ----------
    cycle, greens, offset
        Sliders [s]; moving one moves what depends on it.
    timing, answer
        What they stand at, and what the model says of it.
    """

    def __init__(self, model: TimingModel, longest_s: Seconds, widgets: Any) -> None:
        self._model, self._given, self._quiet = model, model.before.timing, False
        self.timing = self._given
        self.answer = model.answer(self.timing)
        stages, cycle_s = self.timing.stages, self.timing.cycle_s
        longest = max(min(longest_s, longest_cycle_s(stages)), cycle_s)
        slide = partial(widgets.FloatSlider, step=1.0, readout_format=".0f")
        shortest = min(least_cycle_s(stages), cycle_s)
        self.cycle = slide(cycle_s, min=shortest, max=longest, description="cycle [s]")
        self.greens = tuple(
            slide(green, min=min(stage.min_green_s, green), max=longest, description=f"green {k} [s]")
            for k, (stage, green) in enumerate(zip(stages, self.timing.greens_s, strict=True), start=1)
        )
        self.offset = slide(self.timing.offset_s, min=0.0, max=longest, description="offset [s]")
        self._back = widgets.Button(description="back to the plan")
        self._page = widgets.HTML()
        sliders = [self.cycle, *self.greens, self.offset]
        self._box = widgets.VBox([widgets.HBox([widgets.VBox([*sliders, self._back]), self._page])])
        self.cycle.observe(lambda change: self._move(at_cycle(self.timing, change.new)), "value")
        self.offset.observe(lambda change: self._move(self._at_offset(change.new)), "value")
        for k, slider in enumerate(self.greens):
            slider.observe(lambda change, k=k: self._move(self._with_green(k, change.new)), "value")
        self._back.on_click(lambda _: self._move(self._given))
        self._show()

    @property
    def plan(self) -> TimingPlan:
        """The plan with what the sliders stand at, ready for `simulate`."""
        return self.answer.plan

    def __repr__(self) -> str:
        return repr(self.answer)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self._box._repr_mimebundle_(**options)

    def _at_offset(self, offset_s: Seconds) -> SignalTiming:
        return replace(self.timing, offset_s=offset_s % self.timing.cycle_s)

    def _with_green(self, stage: int, green_s: Seconds) -> SignalTiming | None:
        """The timing with another green of one stage in the same cycle; None where bounds forbid it."""
        timing = self.timing
        greens = np.array(timing.greens_s, dtype=np.float64)
        bounds = green_bounds_s(timing.stages)
        moved = shifted_greens(greens, stage, green_s - timing.greens_s[stage], *bounds)
        return (
            None if moved is None else fitted(timing.stages, moved.tolist(), timing.cycle_s, timing.offset_s)
        )

    def _move(self, timing: SignalTiming | None) -> None:
        """Go to a timing; where there is none, all sliders go back to where they were."""
        if self._quiet:
            return
        if timing is not None:
            self.timing, self.answer = timing, self._model.answer(timing)
        self._show()

    def _show(self) -> None:
        with self._unheard():
            self.cycle.value, self.offset.value = self.timing.cycle_s, self.timing.offset_s
            for slider, green_s in zip(self.greens, self.timing.greens_s, strict=True):
                slider.value = green_s
        drawing = signal_timing_svg(self._model.node, self.timing, f"timing-{self._model.signal}")
        self._page.value = f'{self.answer._repr_html_()}<div style="font-family:sans-serif">{drawing}</div>'

    @contextmanager
    def _unheard(self) -> Iterator[None]:
        """Sliders that are moved meanwhile do not answer."""
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False

"""What a timing of one signal would bring, and the sliders that ask for it."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from trafficopt.errors import InputError
from trafficopt.examples import example_path
from trafficopt.model.signal_model import SignalModel
from trafficopt.model.timing_answer import TimingModel, slider_answer
from trafficopt.notebook_sliders import TimingSliders, timing_sliders
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem, build_problem
from trafficopt.search.explanation import explain
from trafficopt.sumo.read import read_scenario

Maker = Callable[..., Problem]


@pytest.fixture(scope="module")
def street() -> Problem:
    return build_problem(read_scenario(example_path("main_street"), minutes=10))


def sliders(street: Problem, signal: str = "M2") -> TimingSliders:
    return timing_sliders(street, street.field_plan, signal)


def fills_the_cycle(timing: SignalTiming) -> bool:
    return math.isclose(sum(row.duration_s for row in timing.intervals), timing.cycle_s)


def test_the_timing_of_the_plan_changes_nothing(street: Problem) -> None:
    plan = street.field_plan
    timing = plan["M2"]
    found = slider_answer(street, plan, "M2", timing.cycle_s, timing.greens_s, timing.offset_s)
    assert found.now == found.before
    assert found.plan["M2"] == timing
    assert found.neighbors == ("M1", "M3")


def test_delay_is_that_of_the_model_of_these_signals(street: Problem) -> None:
    plan = street.field_plan
    timing = replace(plan["M2"], offset_s=37.0)
    found = TimingModel(street, plan, "M2").answer(timing)
    near = TimingPlan("near", {"M1": plan["M1"], "M2": timing, "M3": plan["M3"]})
    delay_s = SignalModel(street).estimate(near).delay_s
    assert found.now.delay_s == delay_s[1]
    assert found.now.delay_s != found.before.delay_s
    assert min(delay_s[0], delay_s[2]) < found.now.neighbor_delay_s < max(delay_s[0], delay_s[2])


def test_degrees_of_saturation_are_those_of_the_explanation(street: Problem) -> None:
    plan = street.field_plan
    found = TimingModel(street, plan, "M3").answer(plan["M3"]).now.saturation
    stages = explain(street, plan)["M3"].stages
    assert found == tuple(stage.critical.degree_of_saturation for stage in stages if stage.critical)


def test_more_green_for_the_main_street_takes_load_off_it(corridor: Maker) -> None:
    problem = corridor(1, main_veh_h=900.0, cross_veh_h=200.0)
    found = slider_answer(problem, problem.field_plan, "s0", 60.0, (36.0, 16.0), 0.0)
    assert found.now.saturation[0] < found.before.saturation[0]
    assert found.now.saturation[1] > found.before.saturation[1]
    assert found.now.delay_s < found.before.delay_s
    assert (found.neighbors, found.now.neighbor_delay_s) == ((), 0.0)
    assert "next to it" not in repr(found)


def test_what_cannot_be_shown_is_refused(street: Problem) -> None:
    plan = street.field_plan
    with pytest.raises(InputError, match="add up to"):
        slider_answer(street, plan, "M2", 100.0, (40.0, 8.0, 28.0, 9.0), 0.0)
    with pytest.raises(InputError, match="choose one like M2"):
        slider_answer(street, plan, "m2", 100.0, (40.0, 8.0, 28.0, 8.0), 0.0)
    with pytest.raises(InputError, match="stages are not those of the plan"):
        TimingModel(street, plan, "M2").answer(plan["M3"])


def test_sliders_begin_at_the_plan(street: Problem) -> None:
    shown = sliders(street)
    timing = street.field_plan["M2"]
    assert (shown.cycle.value, shown.offset.value) == (timing.cycle_s, timing.offset_s)
    assert tuple(slider.value for slider in shown.greens) == timing.greens_s
    assert shown.answer.now == shown.answer.before


def test_a_green_takes_from_the_others_and_the_cycle_stays(street: Problem) -> None:
    shown = sliders(street)
    shown.greens[0].value = 46.0
    assert shown.timing.greens_s[0] == 46.0
    assert shown.timing.cycle_s == 100.0
    assert fills_the_cycle(shown.timing)
    assert [slider.value for slider in shown.greens] == list(shown.timing.greens_s)
    assert shown.answer.now.timing == shown.timing


def test_another_cycle_scales_greens_and_offset(street: Problem) -> None:
    shown = sliders(street)
    shown.offset.value = 50.0
    shown.cycle.value = 80.0
    assert (shown.timing.cycle_s, shown.timing.offset_s, shown.offset.value) == (80.0, 40.0, 40.0)
    assert fills_the_cycle(shown.timing)


def test_what_bounds_forbid_leaves_all_sliders_where_they_were(street: Problem) -> None:
    shown = sliders(street)
    shown.greens[0].value = 99.0
    assert shown.timing == street.field_plan["M2"]
    assert shown.greens[0].value == 40.0


def test_the_plan_of_the_sliders_is_the_given_one_but_for_the_signal(street: Problem) -> None:
    shown = sliders(street)
    shown.offset.value = 12.0
    assert shown.plan["M2"].offset_s == 12.0
    assert {key: shown.plan[key] for key in shown.plan if key != "M2"} == {
        key: street.field_plan[key] for key in street.field_plan if key != "M2"
    }
    shown._back.click()
    assert shown.plan.timings == street.field_plan.timings


def test_a_notebook_shows_sliders_table_and_drawing(street: Problem) -> None:
    shown = sliders(street)
    assert "application/vnd.jupyter.widget-view+json" in shown._repr_mimebundle_()
    assert "<svg" in shown._page.value
    before = shown._page.value
    shown.greens[2].value = 20.0
    assert shown._page.value != before
    assert "v/c of stage 4" in shown._page.value


def test_without_ipywidgets_the_error_names_the_extra(tmp_path: Path) -> None:
    (tmp_path / "ipywidgets.py").write_text("raise ModuleNotFoundError(name='ipywidgets')", encoding="utf-8")
    code = """
from trafficopt.errors import InputError
from trafficopt.notebook_sliders import timing_sliders
try:
    timing_sliders(None, None, "M1")
except InputError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert "ipywidgets: is not installed\nRemedy: pip install 'trafficopt[widgets]'" in done.stdout

"""Why signals are timed as they are: in a notebook, and in the report."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from tests.unit.test_report import Outline, grid_study, kept_study
from trafficopt.errors import InputError
from trafficopt.reporting.explanations import COLUMNS, LIMITS, explanation_section
from trafficopt.reporting.report import render_report
from trafficopt.result import Study
from trafficopt.signals.explanation import (
    ANALYTIC,
    BindingLimit,
    CycleFigures,
    Explanation,
    LaneFigures,
    StageFigures,
)


def explanation(
    name: str, movement: str = "a->b", *, capacity_s: float = 30.0, n_same: int = 12
) -> Explanation:
    """Y = 0.5, L = 15 s, C = 90 s: Xc = 0.6; 3,600 veh/h, so that 1 veh*s/s is 1 s/veh."""
    lane = LaneFigures((movement, "a->c"), 1, (0,), 600.0, 1800.0, 0.75, 31.25)
    figures = CycleFigures(40.0, capacity_s, math.nan, 1.5, 70.0, -2.0, -0.5, n_same, 80.0)
    return Explanation(
        intersection=name,
        cycle_s=90.0,
        flow_veh_h=3600.0,
        delay_veh_s_s=30.0,
        stages=(
            StageFigures(40.0, 10.0, math.inf, BindingLimit.NONE, lane, -1.25, 2.5),
            StageFigures(12.0, 12.0, 50.0, BindingLimit.WALK, None, 3.0, math.nan),
        ),
        path=(lane,),
        flow_ratios=(0.5,),
        lost_time_s=15.0,
        overlaps=((movement, (0, 1)),),
        cycle=figures,
    )


def study(*explanations: Explanation, of: Study | None = None) -> Study:
    base = of or grid_study(2, 1)
    return replace(base, result=replace(base.result, explanations={e.intersection: e for e in explanations}))


def test_the_text_of_one_signal() -> None:
    text = str(explanation("J12"))
    assert text.startswith("Signal J12: cycle 90 s, analytic delay 30.0 s/veh\n")
    assert "Y = 0.50, lost time L = 15.0 s, degree of saturation Xc = 0.60" in text
    assert "stage 1  a->b and 1 more, lane 1  flow ratio 0.50  v/c 0.75" in text
    rows = [line.split() for line in text.splitlines() if line.strip().startswith(("1 ", "2 "))]
    assert rows[0][:5] == ["1", "40", "10", "-", "none"]
    assert rows[0][-6:] == ["600", "1800", "0.75", "31.2", "-1.2", "+2.5"]
    assert rows[1] == ["2", "12", "12", "50", "walk", "-", "-", "-", "-", "-", "+3.0", "-"]
    assert "A cycle 10 s shorter: the bounds of the greens forbid it; 10 s longer: +1.5 s/veh." in text
    assert "alone, this signal would run 70 s: -2.0 s/veh against this cycle." in text
    assert "12 signals run 90 s; together they would run 80 s." in text
    assert text.endswith(ANALYTIC)


def test_a_signal_without_traffic_or_company() -> None:
    empty = replace(explanation("J1", n_same=1), path=(), flow_ratios=(), flow_veh_h=0.0, delay_veh_s_s=0.0)
    assert empty.critical_saturation == 0.0
    assert "no vehicle uses this signal" in str(empty)
    assert "No other signal runs 90 s." in str(empty)


def test_lost_time_of_a_whole_cycle_leaves_no_capacity() -> None:
    assert replace(explanation("J1"), lost_time_s=90.0).critical_saturation == math.inf


def test_a_result_explains_its_signals_by_name() -> None:
    result = study(explanation("J12"), explanation("K3")).result
    assert result.explain("J12").intersection == "J12"
    with pytest.raises(InputError, match="no signal 'J13'\nRemedy: choose one like J12"):
        result.explain("J13")
    with pytest.raises(InputError, match=r"no signal 'somewhere'$"):
        result.explain("somewhere")


def test_explanations_do_not_make_results_differ() -> None:
    assert study(explanation("J12")).result == grid_study(2, 1).result


def test_without_explanations_the_report_has_no_such_section() -> None:
    assert explanation_section(grid_study(2, 1)) is None
    page = render_report(grid_study(2, 1))
    assert 'id="timings"' not in page
    assert 'href="#timings"' not in page


def test_the_report_opens_each_signal_on_demand() -> None:
    page = render_report(study(explanation("J12"), explanation("K3")))
    section = page[page.index('id="timings"') : page.index('id="safety"')]
    assert Outline(section).tags.count("details") == 2
    assert "<details open" not in section
    assert "cycle 90 s, Xc 0.60, delay 30.0 s/veh" in section
    assert "周期 90 s，关键饱和度 0.60，延误 30.0 s/辆" in section
    assert "行人绿灯" in section
    assert "受绿灯上下限约束，不可行" in section
    assert 'href="#timings"' in page
    assert page == render_report(study(explanation("J12"), explanation("K3")))


def test_cells_and_words_are_complete() -> None:
    section = explanation_section(study(explanation("J12", capacity_s=math.inf)))
    assert section is not None
    (signal,) = section.signals
    assert {len(row) for row in signal.rows} == {len(COLUMNS)}
    assert set(LIMITS) == set(BindingLimit)
    said = [*signal.facts, *section.notes, signal.summary, section.plan]
    assert all(phrase.en and phrase.zh for phrase in said)
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in phrase.zh) for phrase in said)


def test_the_section_says_whose_timings_it_explains() -> None:
    plans = [
        section.plan.en
        for of in (grid_study(2, 1), kept_study(), replace(kept_study(), rejected=None))
        if (section := explanation_section(study(explanation("J12"), of=of)))
    ]
    assert plans == ["new plan", "tried plan (rejected)", "field plan"]


def test_names_are_escaped() -> None:
    page = render_report(study(explanation("J<b>1", movement="<script>x</script>")))
    assert "<script>x" not in page
    assert "J&lt;b&gt;1" in page

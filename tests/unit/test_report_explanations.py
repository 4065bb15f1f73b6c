"""Why signals are timed as they are: in a notebook, and in the report."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from tests.unit.page_reading import CHINESE, read_page
from tests.unit.test_report import grid_study, kept_study, tags
from trafficopt.errors import InputError
from trafficopt.reporting.pages.report import render_report
from trafficopt.reporting.words.explanations import COLUMNS, LIMITS, NOTES, explained_signals
from trafficopt.signals.explanation import (
    ANALYTIC,
    BindingLimit,
    CycleFigures,
    Explanation,
    LaneFigures,
    StageFigures,
)
from trafficopt.study_findings import Study


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
    said = " ".join(text.split())  # lines are broken where they are full
    assert text.startswith("Signal J12: cycle 90 s, analytic delay 30.0 s/veh\n")
    assert "Y = 0.50, lost time L = 15.0 s, degree of saturation Xc = 0.60" in said
    assert "stage 1: a->b and 1 more, lane 1, 0.50" in said
    rows = [line.split() for line in text.splitlines() if line.strip().startswith(("1 ", "2 "))]
    assert rows[0][:5] == ["1", "40", "10", "-", "none"]
    assert rows[0][-6:] == ["600", "1800", "0.75", "31.2", "-1.2", "+2.5"]
    assert rows[1] == ["2", "12", "12", "50", "walk", "-", "-", "-", "-", "-", "+3.0", "-"]
    assert "A cycle 10 s shorter: the bounds of the greens forbid it; 10 s longer: +1.5 s/veh." in said
    assert "alone, this signal would run 70 s: -2.0 s/veh against this cycle." in said
    assert "12 signals run 90 s; together they would run 80 s." in said
    assert said.endswith(ANALYTIC)


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
    with pytest.raises(InputError, match=r"no signal 'somewhere'\nRemedy: choose one of J12, K3$"):
        result.explain("somewhere")


def test_explanations_do_not_make_results_differ() -> None:
    assert study(explanation("J12")).result == grid_study(2, 1).result


def test_without_explanations_no_page_gives_reasons() -> None:
    assert explained_signals(grid_study(2, 1)) == []
    assert not [
        why for sheet in read_page(render_report(grid_study(2, 1))).sheets for why in sheet.all(marked="why")
    ]


def test_the_page_of_each_signal_gives_its_reasons() -> None:
    of = study(explanation("n0.0"), explanation("n1.0"))
    page = render_report(of)
    first, second = (sheet.one("section", marked="why") for sheet in read_page(page).sheets)
    assert first.words() == second.words()
    assert "cycle 90 s, Xc 0.60, delay 30.0 s/veh" in first.words()
    assert "the bounds of the greens forbid it" in first.words()
    assert "周期 90 s，关键饱和度 0.60，延误 30.0 s/辆" in first.words(CHINESE)
    assert "受绿灯上下限约束，不可行" in first.words(CHINESE)
    assert page == render_report(of)


def test_the_bound_on_each_green_is_told_in_one_language() -> None:
    sheet, _ = read_page(render_report(study(explanation("n0.0")))).sheets
    why = sheet.one("section", marked="why")
    assert [row[3] for row in why.rows()] == ["Binding limit", "none", "walk"]
    assert [row[3] for row in why.rows(CHINESE)] == ["约束", "无", "行人绿灯"]
    assert [row[2] for row in why.rows(CHINESE)[1:]] == ["10 – –", "12 – 50"]


def test_cells_and_words_are_complete() -> None:
    (signal,) = explained_signals(study(explanation("J12", capacity_s=math.inf)))
    assert {len(row) for row in signal.rows} == {len(COLUMNS)}
    assert set(LIMITS) == set(BindingLimit)
    said = [*signal.facts, *NOTES, *COLUMNS, signal.summary]
    assert all(phrase.en and phrase.zh for phrase in said)
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in phrase.zh) for phrase in said)


@pytest.mark.parametrize(
    ("of", "plan"),
    [
        (grid_study(2, 1), "New plan"),
        (kept_study(), "Tried plan (rejected)"),
        (replace(kept_study(), rejected=None), "Field plan"),
    ],
    ids=["improved", "rejected", "nothing found"],
)
def test_the_page_says_whose_timings_it_explains(of: Study, plan: str) -> None:
    sheet = read_page(render_report(study(explanation("n0.0"), of=of))).sheets[0]
    assert sheet.one("section", marked="why").one("h4").words() == f"Why these timings: {plan}"


def test_names_are_escaped() -> None:
    page = render_report(study(explanation("n0.0", movement="<script>x</script>")))
    assert "<script>x" not in page
    read = read_page(page)
    assert tags(read) == tags(read_page(render_report(study(explanation("n0.0")))))
    assert "<script>x</script>" in read.sheets[0].one("section", marked="why").words()

"""What the report says of verdicts on changes and runs, in both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.page_reading import CHINESE, ENGLISH, Element, read_page
from tests.unit.test_evaluation import COLLISIONS, TELEPORTS
from tests.unit.test_report import grid_study
from trafficopt.comparison import INVALID_RUNS, Verdict, compare
from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.reporting.pages.report import render_report
from trafficopt.reporting.words.answer import headline
from trafficopt.reporting.words.verdict_words import INVALID, REASONS, RUN_VERDICTS, VERDICTS
from trafficopt.run_verdict import Cause, RunVerdict
from trafficopt.study_findings import Study


def judged_anew(study: Study, *delays_s: float, **known: float) -> Study:
    """The study with other delays after, and figures that all runs have, twice as much after."""
    before, after = study.comparison.before, study.comparison.after
    runs = [
        replace(run, mean_delay_s=delay, **{key: 2.0 * value for key, value in known.items()})
        for run, delay in zip(after.runs, delays_s, strict=True)
    ]
    first = replace(before, runs=tuple(replace(run, **known) for run in before.runs))
    return replace(study, comparison=compare(first, replace(after, runs=tuple(runs))))


def with_doubts(evaluation: Evaluation) -> Evaluation:
    first, *others = evaluation.runs
    return replace(evaluation, runs=(replace(first, doubts=(COLLISIONS, TELEPORTS)), *others))


def row_of(page: Element, label: str, language: str = ENGLISH) -> list[str]:
    """Cells after the label in the table of key figures."""
    (row,) = (row for row in page.one("section", id="figures").rows(language) if row[0] == label)
    return row[1:]


def test_invalid_runs_are_said_before_the_answer_in_both_languages() -> None:
    study = grid_study(1, 1)
    assert "cannot be relied on" not in render_report(study)
    doubtful = compare(study.comparison.before, with_doubts(study.comparison.after))
    page = read_page(render_report(replace(study, comparison=doubtful)))
    english, chinese = page.words(), page.words(CHINESE)
    said = (INVALID_RUNS, "seed 1 invalid: 2 coll", "seed 1 suspicious", "Mean delay f")
    places = [english.index(text) for text in said]
    assert places == sorted(places)
    said = (INVALID.zh, "种子 1 无效，100 辆车发生 2 次碰撞", "种子 1 存疑", "平均延误由")
    places = [chinese.index(text) for text in said]
    assert places == sorted(places)
    assert "新方案：种子 1 无效，100 辆车发生 2 次碰撞，路网或方案有误。" in chinese
    assert "New plan: 2 of" not in english  # the mean of collisions is not told a second time


def test_every_verdict_and_cause_has_both_languages() -> None:
    assert set(VERDICTS) == set(Verdict)
    assert set(RUN_VERDICTS) == set(RunVerdict)
    assert set(REASONS) == set(Cause)
    assert all(phrase.en == str(verdict) for verdict, phrase in VERDICTS.items())


@pytest.mark.parametrize(
    ("delays_s", "told", "chinese"),
    [
        (
            (52.1, 53.4, 51.2, 52.4, 51.4),
            "surely by less than the 2 % that matter: no relevant change.",
            "无实质变化",
        ),
        ((49.1, 55.4, 51.2, 55.0, 51.4), "neither a change nor its absence is shown.", "无显著变化"),
        ((51.8, 53.2, 50.8, 52.4, 51.1), "(−0.5 %, 95 % interval", "改善"),
    ],
)
def test_no_change_is_told_from_not_knowing(delays_s: tuple[float, ...], told: str, chinese: str) -> None:
    study = judged_anew(grid_study(1, 1), *delays_s)
    assert told in headline(study).en
    page = read_page(render_report(study))
    verdict = study.comparison["mean_delay_s"].verdict
    assert row_of(page, "Mean delay [s/veh]")[-1] == str(verdict)
    assert row_of(page, "平均延误 [s/辆]", CHINESE)[-1] == chinese


def test_a_small_gain_is_called_small() -> None:
    study = judged_anew(grid_study(1, 1), 51.8, 53.2, 50.8, 52.4, 51.1)
    assert headline(study).en.endswith(", surely by less than the 2 % that matter.")
    assert headline(study).zh.endswith("，变化必小于有意义的 2 %。")


def test_measures_that_there_are_have_rows_and_fuel_no_level() -> None:
    delays = (41.0, 42.3, 40.6, 41.9, 40.7)
    page = read_page(
        render_report(judged_anew(grid_study(1, 1), *delays, fuel_g_km=80.0, arterial_on_green=0.4))
    )
    assert row_of(page, "Fuel a km, and CO2 with it (before: 100)")[:4] == [
        "100.0",
        "200.0",
        "+100.0",
        "+100.0 %",
    ]
    assert row_of(page, "Arrivals on green on arterials [%]")[:3] == ["40.0", "80.0", "+40.0"]
    assert "Wait of pedestrians" not in page.words()


def test_method_names_holm_and_the_margin() -> None:
    page = read_page(render_report(grid_study(1, 1))).one("section", id="method")
    assert "Holm's correction" in page.words()
    assert "surely less than 2 % of the value before" in page.words()
    assert "Holm 方法" in page.words(CHINESE)
    assert "变化必小于原值的 2 %" in page.words(CHINESE)


def test_a_precision_that_was_not_reached_and_skewed_changes_are_warned_of() -> None:
    study = grid_study(1, 1)
    message = "With 10 seeds, too little is known."
    facts = {"precision": {"reached": False, "message": message}}
    assert message in render_report(replace(study, facts=facts))
    runs = tuple(SeedResult(k, 100, 100, 0, 0, 50.0, 1.0, 0.0, 0.0, 0, 0, 0) for k in range(12))
    after = tuple(replace(run, mean_delay_s=45.0 + k % 3 + 20.0 * (k == 5)) for k, run in enumerate(runs))
    before = replace(study.comparison.before, runs=runs)
    skewed = compare(before, replace(study.comparison.after, runs=after))
    assert "lean to one side" in render_report(replace(study, comparison=skewed))

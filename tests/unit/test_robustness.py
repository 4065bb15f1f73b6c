"""Values and regret of plans under several demands, by hand, and how they are told."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace

import pytest

from tests.unit.page_reading import CHINESE, read_page
from tests.unit.test_report import grid_study
from trafficopt.cli.demands import check_options, parse_demands, robustness_text
from trafficopt.comparison import Verdict
from trafficopt.conclusion import conclude
from trafficopt.errors import InputError
from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.reporting.pages.report import render_report
from trafficopt.reporting.plots.robust_plots import plot_demands, plot_regret
from trafficopt.reporting.words.answer import headline
from trafficopt.result import Status
from trafficopt.risk import MEAN, Risk
from trafficopt.robustness import FIELD, NEW, NOMINAL, OWN, DemandOutcome, PlanOutcome, Robustness
from trafficopt.robustness_files import robustness_csv, robustness_figures
from trafficopt.search.demand_guard import fails

SEEDS = (1, 2, 3)


def outcome(name: str, mean_s: float, model_s: float) -> PlanOutcome:
    costs = (mean_s - 1.0, mean_s, mean_s + 1.0)
    runs = (
        SeedResult(s, 100, 100, 0, 0, c, 1.0, 0.0, 0.0, 0, 0, 0) for s, c in zip(SEEDS, costs, strict=True)
    )
    return PlanOutcome(model_s, costs, Evaluation(name, tuple(runs)))


def demand(name: str, vehicles: int, *, failing: bool = False, **means: float) -> DemandOutcome:
    plans = {plan: outcome(plan, mean_s, mean_s - 2.0) for plan, mean_s in means.items()}
    return DemandOutcome(name, 0.5, vehicles, plans, failing)


@pytest.fixture
def found() -> Robustness:
    light = demand("x0.8", 80, field=50.0, new=40.0, nominal=38.0, own=35.0)
    heavy = demand("x1.2", 120, field=70.0, new=60.0, nominal=66.0, own=61.0)
    return Robustness(MEAN, (light, heavy))


def test_regret_is_what_a_plan_loses_against_the_best_that_is_known(found: Robustness) -> None:
    light, heavy = found.demands
    assert (light.best, heavy.best) == (OWN, NEW)
    assert [light.regret(plan).mean for plan in (FIELD, NEW, NOMINAL, OWN)] == [15.0, 5.0, 3.0, 0.0]
    assert [heavy.regret(plan).mean for plan in (FIELD, NEW, NOMINAL, OWN)] == [10.0, 0.0, 6.0, 1.0]
    assert light.regret(NEW).ci95 == pytest.approx((5.0, 5.0))  # paired: the spread over seeds cancels
    assert heavy.model_regret_s(NOMINAL) == 6.0
    assert (found.worst_regret_s(NOMINAL), found.worst_regret_s(NEW)) == (6.0, 5.0)
    assert found.knows_regret
    without = replace(found, demands=tuple(replace(d, plans={NEW: d.plans[NEW]}) for d in found.demands))
    assert not without.knows_regret


def test_values_are_taken_together_seed_by_seed(found: Robustness) -> None:
    assert found.values_s(NEW) == (49.0, 50.0, 51.0)
    assert replace(found, risk=Risk(0.5)).values_s(NEW) == (59.0, 60.0, 61.0)
    assert found.model_s(FIELD) == 58.0
    assert (found.change().mean, found.change().verdict) == (-10.0, Verdict.BETTER)
    assert found.change_under(found.demands[0], NOMINAL).mean == -12.0
    assert found.names == (FIELD, NEW, NOMINAL)
    assert found.is_better


def test_a_plan_that_fails_under_one_demand_is_not_better(found: Robustness) -> None:
    failing = replace(found, demands=(replace(found.demands[0], fails=True), found.demands[1]))
    assert failing.fails_under == ("x0.8",)
    assert failing.change().verdict is Verdict.BETTER and not failing.is_better


@pytest.mark.parametrize(
    ("field", "plan", "out"),
    [
        ((50.0, 51.0, 52.0), (40.0, 41.0, 42.0), False),
        ((50.0, 51.0, 52.0), (53.0, 54.1, 55.0), True),
        ((50.0, 51.0, 52.0), (45.0, 55.0, 54.0), False),
        ((50.0, 51.0, 52.0, 50.0, 51.0), (30.0, 31.0, 32.0, 30.0, 150.0), True),
        ((50.0, 51.0, 52.0, 50.0, 160.0), (30.0, 31.0, 32.0, 30.0, 150.0), False),
    ],
    ids=["better", "worse", "within noise", "breaks down", "where the field plan does too"],
)
def test_what_fails(field: tuple[float, ...], plan: tuple[float, ...], out: bool) -> None:
    assert fails(field, plan) == out


def test_a_study_is_decided_by_all_demands(found: Robustness) -> None:
    study = grid_study(2, 1)
    before, after = study.comparison.before, study.comparison.after
    ends = {}
    for name, what in {
        "better": found,
        "fails": replace(found, demands=(replace(found.demands[0], fails=True), found.demands[1])),
        "worse": replace(found, demands=(demand("x1", 100, field=50.0, new=60.0),)),
    }.items():
        ends[name] = conclude(study.scenario, study.result, before, after, {}, robustness=what)
        assert ends[name].robustness is what
    assert [end.status for end in ends.values()] == [Status.IMPROVED, Status.UNCHANGED, Status.UNCHANGED]
    better, fails = headline(ends["better"]), headline(ends["fails"])
    assert "What decides is the mean over 2 demands: −10.0 s per vehicle" in better.en
    assert "With the usual demand, mean delay falls from" in better.en
    assert "判定依据为2 个需求样本的均值：−10.0 s/辆" in better.zh
    assert "常规需求下，平均延误由" in better.zh
    assert fails.en.startswith("No better plan was proven; the field plan is kept.")
    assert "under x0.8 the new plan fails" in fails.en
    assert "在 x0.8 下新方案失效" in fails.zh


def test_the_report_has_a_section_in_both_languages(found: Robustness) -> None:
    page = read_page(render_report(replace(grid_study(2, 1), robustness=found)))
    section = page.one("section", id="demands")
    (tab,) = (each for each in page.all("div", marked="tab") if section in each)
    links = [each.attributes["href"].removeprefix("#") for each in page.one("nav", id="tabs").all("a")]
    assert any(tab.all(id=link) for link in links)  # it is reached from the top
    english, chinese = section.words(), section.words(CHINESE)
    for text in ("x0.8", "x1.2", "50.0 (48.0)", "Savage 1951"):
        assert text in english and text in chinese
    assert "Several demands" in english and "Regret: new plan" in english
    assert "多种需求" in chinese and "后悔值：新方案" in chinese
    assert "50.0 s per vehicle under the new plan" not in english
    assert "60.0 s per vehicle under the field plan, 50.0 s under the new plan" in english
    assert "现状方案 60.0 s/辆，新方案 50.0 s/辆" in chinese
    assert len(section.all("svg")) == 2
    assert "权重" not in section.rows(CHINESE)[0]  # all count the same
    unequal = replace(
        found, demands=tuple(replace(d, weight=w) for d, w in zip(found.demands, (0.2, 0.8), strict=True))
    )
    weighed = read_page(render_report(replace(grid_study(2, 1), robustness=unequal)))
    assert "权重" in weighed.one("section", id="demands").rows(CHINESE)[0]
    plain = read_page(render_report(grid_study(2, 1)))
    assert not plain.all(id="demands") and "多种需求" not in plain.words(CHINESE)


def test_the_report_without_regret_has_one_figure_and_names_the_risk(found: Robustness) -> None:
    demands = tuple(replace(d, plans={k: d.plans[k] for k in (FIELD, NEW)}) for d in found.demands)
    page = read_page(render_report(replace(grid_study(2, 1), robustness=Robustness(Risk(0.5), demands))))
    section = page.one("section", id="demands")
    text, chinese = section.words(), section.words(CHINESE)
    assert len(section.all("svg")) == 1
    assert "Mean over the worst 50 %" in text and "Rockafellar" in text and "Regret" not in text
    assert "最差 50 % 的均值" in chinese and "Rockafellar" in chinese and "后悔值：" not in chinese


def test_plots_have_a_line_or_a_bar_for_each_plan(found: Robustness) -> None:
    ax = plot_demands(found)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "field plan",
        "new plan",
        "plan for the usual demand",
        "plan for this demand alone",
    ]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["x0.8\n80 vehicles", "x1.2\n120 vehicles"]
    heights = [bar.get_height() for bar in plot_regret(found).patches]
    assert heights == [3.0, 6.0, 5.0, 0.0]


def test_figures_for_machines(found: Robustness) -> None:
    figures = json.loads(json.dumps(robustness_figures(found)))
    assert figures["risk"] == "mean"
    assert figures["value"]["new"] == {"model_s": 48.0, "sumo_s": 50.0}
    assert figures["worst_regret_s"] == {"field": 15.0, "new": 5.0, "nominal": 6.0}
    first = figures["samples"][0]
    assert (first["demand"], first["vehicles"], first["best"]) == ("x0.8", 80, "own")
    assert first["plans"]["own"]["mean_delay_s"] == 35.0
    assert first["regret"]["nominal"]["mean"] == 3.0
    rows = list(csv.DictReader(robustness_csv(found).splitlines()))
    assert [(row["demand"], row["plan"], row["seed"]) for row in rows[:4]] == [
        ("x0.8", "field", "1"),
        ("x0.8", "field", "2"),
        ("x0.8", "field", "3"),
        ("x0.8", "new", "1"),
    ]
    assert len(rows) == 2 * 4 * 3


def test_the_command_line_tells_a_line_for_each_demand(found: Robustness) -> None:
    lines = robustness_text(replace(found, demands=(found.demands[0], replace(found.demands[1], fails=True))))
    cells = [re.split(r"\s{2,}", line.strip()) for line in lines.splitlines()]
    assert cells[0] == ["demand", "vehicles", "field plan", "new plan", "usual demand's", "its own", "change"]
    assert cells[1][:6] == ["x0.8", "80", "50.00", "40.00", "38.00", "35.00"]
    assert cells[3][:4] == ["mean", "60.00", "50.00", "52.00"]
    assert cells[4] == ["worst regret", "15.00", "5.00", "6.00"]
    assert "under x1.2 the new plan fails" in lines


def test_lists_of_demands_that_are_none() -> None:
    assert parse_demands("0.8,1, 1.2") == (0.8, 1.0, 1.2)
    with pytest.raises(InputError, match=r"'' is no number and no file[\s\S]*'no.sumocfg' is no number"):
        parse_demands("1,,no.sumocfg")


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ((None, "cvar", False, False), "--risk"),
        ((None, "mean", True, False), "--regret"),
        (("1,2", "mean", False, True), "--compare-stages"),
    ],
)
def test_options_that_say_nothing(options: tuple[str | None, str, bool, bool], named: str) -> None:
    with pytest.raises(InputError, match=named):
        check_options(*options)

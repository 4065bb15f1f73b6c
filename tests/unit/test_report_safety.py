"""The safety section of the report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.unit.page_reading import CHINESE, Element, read_page
from trafficopt.comparison import compare
from trafficopt.demand import Demand
from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.intersection import Intersection, Movement, Override, Turn
from trafficopt.limits import Limits
from trafficopt.network import Link, Network
from trafficopt.phrase import Phrase
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.reporting.pages.report import render_report
from trafficopt.reporting.pages.safety import LISTED, kept_by_rules, rule_rows, safety_section
from trafficopt.reporting.words.method_words import method
from trafficopt.result import Result, Status
from trafficopt.rules.findings import RULES, Finding, Severity
from trafficopt.scenario import Scenario, SimulationSettings
from trafficopt.signals.by_hand import intersection_by_hand
from trafficopt.stage import Interval, Stage
from trafficopt.study_findings import Study
from trafficopt.waiver import Waiver

STAGES = tuple(
    Stage(green, (Interval(green.replace("G", "y"), 3.0), Interval("rr", 2.0)), 5.0, 60.0)
    for green in ("Gr", "rG")
)


@pytest.fixture(autouse=True)
def _without_font(monkeypatch: pytest.MonkeyPatch) -> None:
    """No font travels with the pages: to cut one takes longer than all else. `test_chinese.py` has it."""
    monkeypatch.setattr("trafficopt.reporting.pages.page.font_rule", lambda page: "")


def crossing(name: str, x_m: float, stages: tuple[Stage, ...] = STAGES) -> Intersection:
    """Two one-way streets that cross."""
    movements = [
        Movement(f"{name}-{a}", f"{name}-{b}", Turn.THROUGH, (head,), (0,), 13.9, 0, ())
        for head, (a, b) in enumerate((("w", "e"), ("s", "n")))
    ]
    made = intersection_by_hand(name, movements, stages, x_m=x_m, y_m=0.0)
    meets = ~np.eye(2, dtype=np.bool_)
    return replace(made, conflicts=type(made.conflicts).without_geometry(meets, np.zeros_like(meets)))


def links_of(name: str, x_m: float) -> list[Link]:
    ends = {"w": (-99.0, 0.0), "s": (0.0, -99.0), "e": (99.0, 0.0), "n": (0.0, 99.0)}
    links = []
    for side, (x, y) in ends.items():
        points, nodes = [(x_m + x, y), (x_m, 0.0)], [f"{name}{side}", name]
        step = 1 if side in "ws" else -1
        (start, end), (one, two) = points[::step], nodes[::step]
        links.append(Link(f"{name}-{side}", one, two, 99.0, 13.9, 1, (start, end)))
    return links


def timing(green_s: float, stages: tuple[Stage, ...] = STAGES) -> SignalTiming:
    return SignalTiming(stages, (green_s, green_s), 2 * green_s + 10.0, 0.0)


def evaluation(plan: str, delay_s: float) -> Evaluation:
    runs = tuple(
        SeedResult(seed, 100, 100, 0, 0, delay_s + 0.1 * seed, 1.0, 9.0, 1.0, 0, 0, 0) for seed in (1, 2, 3)
    )
    return Evaluation(plan, runs, {}, {})


def study_of(
    *,
    field: tuple[Finding, ...] = (),
    plan: tuple[Finding, ...] = (),
    status: Status = Status.IMPROVED,
    nodes: tuple[Intersection, ...] = (crossing("A", 0.0), crossing("B", 500.0)),
    retimed: tuple[str, ...] = ("A",),
    limits: Limits | None = None,
    waivers: tuple[Waiver, ...] = (),
) -> Study:
    links = [link for node in nodes for link in links_of(node.id, node.x_m)]
    network = Network({link.id: link for link in links}, nodes, ())
    field_plan = TimingPlan("field plan", {node.id: timing(20.0, node.stages) for node in nodes})
    new_plan = TimingPlan("optimized", {**field_plan.timings, **{key: timing(25.0) for key in retimed}})
    used = new_plan if status is Status.IMPROVED else field_plan
    scenario = Scenario(
        "pair",
        Path("pair"),
        network,
        Demand((), np.zeros(0), (), (), {}),
        field_plan,
        limits or Limits(),
        SimulationSettings(Path("net.xml"), (), (), 25200.0, 28800.0),
        frozenset(node.id for node in nodes),
        {},
        waivers=waivers,
    )
    before, after = evaluation("field plan", 50.0), evaluation("optimized", 40.0)
    comparison = compare(before, after if status is Status.IMPROVED else before)
    result = Result(new_plan, status, "", 50.0, 40.0, (), 1, 1.0)
    return Study(scenario, result, used, status, comparison, None, {}, field, plan)


def found(rule: str, place: str, message: str = "too short", waived: str = "", *heads: str) -> Finding:
    return Finding(rule, RULES[rule].severity, place, heads, message, waived)


def verdict(study: Study) -> str:
    return safety_section(study, {}).verdict.en


def chinese_verdict(study: Study) -> str:
    return safety_section(study, {}).verdict.zh


def section_of(study: Study) -> Element:
    return read_page(render_report(study)).one("section", id="safety")


def page_text(study: Study) -> str:
    """The English words of the section."""
    return section_of(study).words()


def test_plan_without_findings_breaks_no_rule() -> None:
    assert verdict(study_of()) == "The new plan breaks no rule of profile keep; nor does the field plan."
    assert chinese_verdict(study_of()) == "新方案和现状方案均未违反规则集 keep 的任何规则。"


def test_verdict_counts_rules_and_signals_not_findings() -> None:
    field = (
        found("short-yellow", "A", "too short", "", "a"),
        found("short-yellow", "A", "too short", "", "b"),
        found("short-yellow", "B"),
        found("short-intergreen", "A"),
    )
    study = study_of(field=field, limits=Limits("us"))
    text = "The field plan breaks 2 rules of profile us at 2 signals; the new plan breaks none."
    assert verdict(study) == text
    assert chinese_verdict(study) == "现状方案在 2 个信号处违反规则集 us 的 2 条规则；新方案未违反任何规则。"


def test_errors_that_stay_are_told_with_the_signals_that_keep_the_field_plan() -> None:
    field = (found("short-green", "A"), found("short-green", "B"))
    study = study_of(field=field, plan=field[1:])
    told = "The new plan breaks 1 rule of profile keep at 1 signal, which keeps its field plan; "
    assert verdict(study) == told + "the field plan breaks 1 rule at 2 signals."
    assert safety_section(study, {}).broken
    assert "which keeps" not in verdict(replace(study, plan_findings=field))
    assert "（这些信号保留现状方案）" in chinese_verdict(study)
    assert "保留现状方案" not in chinese_verdict(replace(study, plan_findings=field))


def test_kept_field_plan_is_told() -> None:
    study = study_of(status=Status.UNCHANGED, field=(found("short-green", "A"),))
    assert verdict(study) == "The field plan is kept; it breaks 1 rule of profile keep at 1 signal."
    assert verdict(replace(study, field_findings=())).endswith("kept; it breaks no rule of profile keep.")
    assert "New plan" not in page_text(study)


def test_waived_errors_do_not_count_but_are_told() -> None:
    waiver = Waiver("short-green", "A", "agreed with the authority")
    study = study_of(field=(found("short-green", "A", waived=waiver.reason),), waivers=(waiver,))
    assert verdict(study).startswith("Apart from what is waived, the new plan breaks no rule")
    section = section_of(study)
    text, chinese = section.words(), section.words(CHINESE)
    assert "1 (1 waived)" in text
    assert "agreed with the authority covers 1 finding of the field plan, none of the new plan" in text
    assert "1 (豁免 1)" in chinese
    assert "agreed with the authority 对应现状方案 1 条，新方案 0 条" in chinese


def test_waivers_are_shown_though_nothing_was_found() -> None:
    study = study_of(waivers=(Waiver("short-green", "A", "agreed", ("A-w->A-e",)),))
    row = section_of(study).one("ul", marked="reasons").one("li")
    assert row.words() == "A, short-green (A-w->A-e): agreed covers no finding and can be taken out"
    assert row.words(CHINESE).endswith("(A-w->A-e): agreed 不对应任何发现，可删去")
    assert " for " not in row.words(CHINESE)


def test_rows_have_errors_first_and_no_notes() -> None:
    note = Finding("always-green", Severity.NOTE, "A", (), "is green all the time")
    field = (note, found("long-red", "A"), found("never-served", "B"), found("short-yellow", "A"))
    rows = rule_rows(field, (), compared=True)
    assert [row.id for row in rows] == ["short-yellow", "never-served", "long-red"]
    assert (rows[0].field, rows[0].plan) == (("1", Phrase("")), ("0", Phrase("")))
    assert rows[0].summary.en == "1 place at 1 signal, field plan only"
    assert rows[0].summary.zh == "1 个信号处共 1 处，仅现状方案"
    section = section_of(study_of(field=field))
    assert "Notes, no breach of a rule: 1 on the field plan, 0 on the new plan" in section.words()
    assert "提示（不属违反规则）：现状方案 1 条，新方案 0 条" in section.words(CHINESE)


def test_place_of_both_plans_is_listed_once_with_both_figures() -> None:
    old, new = found("long-red", "A", "waits 90 s", "", "a"), found("long-red", "A", "waits 95 s", "", "a")
    (row,) = rule_rows((old, found("long-red", "B")), (new,), compared=True)
    assert row.summary.en == "2 places at 2 signals"
    texts = [(place.intersection, m.text.en, m.plan.en) for place in row.places for m in place.messages]
    assert texts == [
        ("A", "waits 95 s (field plan: waits 90 s)", "both plans"),
        ("B", "too short", "field plan only"),
    ]


def test_long_lists_are_cut_and_say_so() -> None:
    field = tuple(found("short-yellow", "A", f"number {n}", "", f"m{n}") for n in range(LISTED + 5))
    section = section_of(study_of(field=field))
    text = section.words()
    assert f"number {LISTED - 1} " in text
    assert f"number {LISTED} " not in text
    assert "and 5 more: findings.json" in text
    assert "另有 5 处，见 findings.json" in section.words(CHINESE)


def test_messages_and_reasons_are_escaped() -> None:
    study = study_of(
        field=(found("short-green", "A", "<script>x</script>"),),
        waivers=(Waiver("short-yellow", "A", "<img src=x>"),),
    )
    page = render_report(study)
    assert "<script>x" not in page
    assert "<img" not in page
    section = read_page(page).one("section", id="safety")
    assert not section.all("script")
    assert "<script>x</script>" in section.words()
    assert "<img src=x>" in section.words()


def test_corrections_by_hand_are_shown() -> None:
    node = crossing("A", 0.0)
    override = Override("A", ("A-w->A-e", "A-s->A-n"), False, "the streets cross on a bridge")
    node = replace(node, conflicts=replace(node.conflicts, overrides=(override,)))
    section = section_of(study_of(nodes=(node,)))
    assert "A-w->A-e, A-s->A-n do not meet: the streets cross on a bridge" in section.words()
    assert "A-w->A-e, A-s->A-n 不冲突: the streets cross on a bridge" in section.words(CHINESE)


def test_signals_that_the_rules_keep_are_shown_in_section_and_table() -> None:
    both = (replace(STAGES[0], state="GG", intergreen=(Interval("yy", 3.0), Interval("rr", 2.0))), STAGES[1])
    study = study_of(nodes=(crossing("A", 0.0), crossing("B", 500.0, both)))
    assert list(kept_by_rules(study)) == ["B"]
    reason = kept_by_rules(study)["B"]
    assert "conflicting-greens" in reason
    page = read_page(render_report(study))
    assert f"B: {reason}" in page.one("section", id="safety").words()
    table = page.one("table", id="signals")
    assert [cell.words() for cell in table.all("td", marked="treatment")] == ["retimed", f"kept: {reason}"]
    assert f"Kept: {reason}" in page.sheets[1].words()


def test_changed_values_are_named() -> None:
    text = page_text(study_of(limits=Limits("us", min_green_s=8.5)))
    assert "Rule profile: us (United States: kinematic yellow, MUTCD and NCHRP)." in text
    assert "The scenario sets min_green_s = 8.5." in text
    assert "min_green_s 8.5 set by the scenario" in text
    assert "reaction_s 1 read MassDOT memo" in text


@pytest.mark.parametrize("profile", ["keep", "us", "cn", "de"])
def test_each_profile_says_how_far_it_reaches(profile: str) -> None:
    study = study_of(limits=Limits(profile))
    text, stages = page_text(study), " ".join(said.en for said in method(study.scenario, 3))
    assert "No profile replaces the rules of the authority" in text
    assert ("Whether the field plan's own suffice, it cannot tell." in text) is (profile == "keep")
    own = f"where it shows less than rule profile {profile} asks for, they are the profile's"
    assert (own in stages) is (profile != "keep")
    kept = "Yellow and all-red times are no shorter than the field plan's."
    assert (kept in stages) is (profile == "keep")
    chinese = "".join(said.zh for said in method(study.scenario, 3))
    assert (f"低于规则集 {profile} 要求的按规则集执行" in chinese) is (profile != "keep")
    assert ("黄灯与全红时间不短于现状方案" in chinese) is (profile == "keep")

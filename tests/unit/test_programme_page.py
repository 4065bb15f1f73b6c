"""The report of a programme: what it says, where the plot puts it, and that it asks for nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from tests.unit.page_reading import CHINESE, Element, read_page
from tests.unit.test_ledger import LEDGER, matter
from tests.unit.test_report import grid_study
from trafficopt.comparison import Change, Verdict
from trafficopt.ledger import Ledger, State
from trafficopt.parking_assumptions import ASSUMPTIONS, Sensitivity
from trafficopt.phrase import Phrase
from trafficopt.reporting.pages.programme_page import (
    FAMILIES,
    SAID,
    ProgrammeFacts,
    SiteRow,
    render_programme_page,
)
from trafficopt.reporting.pages.side import Side
from trafficopt.reporting.plots.canvas import BLUE, INK, ORANGE
from trafficopt.reporting.plots.effects import FamilyEffect, plot_effects
from trafficopt.saved_report import page, read_shown, write_shown
from trafficopt.treatment import Family

WAVES = Change(-30.0, (-35.0, -25.0), -6.0, Verdict.BETTER)
PLANS = Change(-40.0, (-52.0, -28.0), -8.0, Verdict.BETTER)
NOTHING = Change(0.0, None, 0.0, Verdict.UNKNOWN)
TOGETHER = Change(-55.0, (-60.0, -50.0), -11.0, Verdict.BETTER)
EFFECTS = (
    FamilyEffect("pocket", NOTHING, NOTHING),
    FamilyEffect("coordinate", WAVES, WAVES),
    FamilyEffect("retime", PLANS, Change(-25.0, (-31.0, -19.0), -5.0, Verdict.BETTER)),
)
CITY = grid_study(2, 1)
SIDES = (
    Side(
        Phrase("As it is", "现状"),
        CITY.scenario.network,
        CITY.scenario.field_plan,
        CITY.comparison.before,
    ),
    Side(Phrase("Treated", "治理后"), CITY.scenario.network, CITY.plan, CITY.comparison.after),
)
OWN = tuple(
    replace(matter(f"S-{node.id}", state=State.ADOPTED), place=node.id, measure=f"6 s more at {node.id}")
    for node in CITY.scenario.network.intersections
)
"""A programme has a matter for each intersection."""
FACTS = ProgrammeFacts(
    title="A <street>",
    note="Everything here is synthetic.",
    caveats=(
        Phrase(
            "Treated: seed 2 suspicious: 900 of 2000 vehicles were under way.",
            "治理后：种子 2 存疑，2000 辆车中 900 辆在途中。",
        ),
    ),
    minutes=30.0,
    seeds=(1, 2, 3),
    delay_s=(186.2, 153.0),
    delay_change=Change(-33.2, (-34.0, -32.4), -17.8, Verdict.BETTER),
    lost_change=TOGETHER,
    effects=EFFECTS,
    overlap_veh_h=-15.0,
    sites=(SiteRow("u-turn opening", 78, 23, {"close": 11, "move": 12}), SiteRow("pocket", 3, 0, {})),
    parking_swings=(Sensitivity("stay_h", ASSUMPTIONS["stay_h"], 310.0, 240.0, 95.0),),
    spaces={"Center": 60, "North": 40},
    ledger=Ledger((*LEDGER.matters, *OWN)),
    sides=SIDES,
)


def read(facts: ProgrammeFacts) -> Element:
    return read_page(render_programme_page(facts))


@cache
def whole() -> Element:
    """The page of all facts, for those who only look at it."""
    return read(FACTS)


def test_the_answer_stands_first_in_both_languages() -> None:
    page = whole()
    answer = page.one("section", id="answer")
    assert "Mean delay 186.2 to 153.0 s a vehicle (−33.2 (−34.0 to −32.4), −17.8 %)" in answer.words()
    assert "better beyond noise" in answer.words()
    assert "平均延误由 186.2 变为 153.0 s/辆" in answer.words(CHINESE)
    assert "显著改善" in answer.words(CHINESE)
    assert "153.0\N{NO-BREAK SPACE}s a vehicle" in render_programme_page(FACTS)
    for text, first in ((page.words(), "Mean delay"), (page.words(CHINESE), "平均延误")):
        assert text.index("Everything here is synthetic.") < text.index(first)


def test_runs_that_cannot_be_believed_are_told_before_any_figure() -> None:
    page = whole()
    assert page.words().index("seed 2 suspicious") < page.words().index("Mean delay")
    assert page.words(CHINESE).index("注意事项") < page.words(CHINESE).index("平均延误")
    sure = read(replace(FACTS, caveats=()))
    assert "To be borne in mind" not in sure.words()
    assert "注意事项" not in sure.words(CHINESE)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_words(verdict: Verdict) -> None:
    page = read(replace(FACTS, delay_change=replace(TOGETHER, verdict=verdict))).one("section", id="answer")
    assert SAID[verdict].en in page.words()
    assert SAID[verdict].zh in page.words(CHINESE)


def test_every_family_has_words() -> None:
    assert set(FAMILIES) == {str(family) for family in Family}


def test_the_table_has_a_row_a_family_and_one_for_all() -> None:
    effects = whole().one("section", id="effects")
    rows = {row[0]: row[1:] for row in effects.rows()}
    assert rows["green waves"] == ["−30.0 (−35.0 to −25.0), −6.0 %"] * 2
    assert rows["turn pockets"][0] == "0.0, 0.0 %"
    assert rows["together"][0].startswith("−55.0")
    rows = {row[0]: row[1:] for row in effects.rows(CHINESE)}
    assert rows["绿波协调"] == ["−30.0（−35.0 至 −25.0），−6.0 %"] * 2
    assert rows["进口道展宽"][0] == "0.0，0.0 %"
    assert rows["全部措施"][0].startswith("−55.0")


def test_sites_tell_how_they_are_treated() -> None:
    sites = whole().one("section", id="sites")
    assert ["U-turn openings", "78", "23", "close 11, move 12"] in sites.rows()
    assert ["turn pockets", "3", "0", "–"] in sites.rows()
    rows = {row[0]: row[1:] for row in sites.rows(CHINESE)}
    assert rows["掉头开口"][:2] == ["78", "23"]
    assert not {"close", "move"} & set(rows["掉头开口"][2].split())
    assert rows["进口道展宽"] == ["3", "0", "–"]


def test_each_assumption_on_parking_has_its_range_and_what_hangs_on_it() -> None:
    rows = whole().one("section", id="sites").rows()
    assert [ASSUMPTIONS["stay_h"].meaning, "1, 2, 4 h", "310, 240, 95"] in rows


def test_each_intersection_has_its_page_with_its_matter() -> None:
    page = whole()
    for sheet, own in zip(page.sheets, OWN, strict=True):
        english, chinese = sheet.words(), sheet.words(CHINESE)
        assert own.id in english and own.id in chinese
        assert own.measure in english and own.measure in chinese
        assert [other.id for other in OWN if other.id in english] == [own.id]
        assert [other.measure for other in OWN if other.measure in english] == [own.measure]
    first, second = page.sheets
    assert "Timing sheet: Treated" in first.words() and "配时单: 治理后" in first.words(CHINESE)
    assert "Timing sheet: Treated" not in second.words()  # its timing stays
    treatments = [cell.words() for cell in page.one("table", id="signals").all("td", marked="treatment")]
    assert treatments == [own.measure for own in OWN]


def test_names_are_escaped_and_nothing_is_requested() -> None:
    page = render_programme_page(FACTS)
    assert "<street>" not in page
    assert read_page(page).one("h1").words() == "A <street>"
    assert all(address.startswith(("#", "data:")) for address in read_page(page).addresses)
    assert page == render_programme_page(FACTS)


def test_what_is_kept_of_a_programme_gives_the_same_page(tmp_path: Path) -> None:
    write_shown(FACTS, tmp_path / "new")
    written = (tmp_path / "new" / "report.html").read_text(encoding="utf-8")
    assert written == page(read_shown(tmp_path / "new")) == render_programme_page(FACTS)


def test_the_plot_has_each_mean_and_interval_where_it_belongs() -> None:
    ax = plot_effects(EFFECTS, TOGETHER)
    points = {
        line.get_color(): line.get_xydata() for line in ax.lines if line.get_marker() in ("s", "o", "D")
    }
    assert points[ORANGE][:, 0].tolist() == [0.0, -30.0, -40.0]
    assert points[BLUE][:, 0].tolist() == [0.0, -30.0, -25.0]
    assert points[INK][:, 0].tolist() == [-55.0]
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "pocket",
        "coordinate",
        "retime",
        "together",
    ]
    bars = [segment for c in ax.collections for segment in c.get_segments()]
    ends = sorted((segment[0][0], segment[1][0]) for segment in bars)
    assert (-35.0, -25.0) in ends
    assert (-60.0, -50.0) in ends
    low, high = ax.get_ylim()
    assert low > high  # the first family is at the top

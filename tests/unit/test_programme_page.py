"""The report of a programme: what it says, where the plot puts it, and that it asks for nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.test_ledger import LEDGER
from tests.unit.test_ledger_page import Outline
from trafficopt.comparison import Change, Verdict
from trafficopt.parking_assumptions import ASSUMPTIONS, Sensitivity
from trafficopt.reporting.canvas import BLUE, INK, ORANGE
from trafficopt.reporting.effects import FamilyEffect, plot_effects
from trafficopt.reporting.programme_page import (
    FAMILIES,
    SAID,
    ProgrammeFacts,
    SiteRow,
    render_programme_page,
    write_programme_page,
)
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
FACTS = ProgrammeFacts(
    title="A <street>",
    note="Everything here is synthetic.",
    caveats=("The treated city: seed 2 suspicious: 900 of 2000 vehicles were under way.",),
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
    ledger=LEDGER,
)


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", page, flags=re.DOTALL).split())


def test_the_answer_stands_first_in_both_languages() -> None:
    page = text_of(render_programme_page(FACTS))
    assert "Mean delay 186.2 to 153.0&nbsp;s a vehicle" in page
    assert "better beyond noise" in page
    assert "显著改善" in page
    assert page.index("Everything here is synthetic.") < page.index("Mean delay")


def test_runs_that_cannot_be_believed_are_told_before_any_figure() -> None:
    page = text_of(render_programme_page(FACTS))
    assert page.index("seed 2 suspicious") < page.index("Mean delay")
    assert "To be borne in mind" not in text_of(render_programme_page(replace(FACTS, caveats=())))


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_words(verdict: Verdict) -> None:
    page = text_of(render_programme_page(replace(FACTS, delay_change=replace(TOGETHER, verdict=verdict))))
    assert SAID[verdict].en in page
    assert SAID[verdict].zh in page


def test_every_family_has_words() -> None:
    assert set(FAMILIES) == {str(family) for family in Family}


def test_the_table_has_a_row_a_family_and_one_for_all() -> None:
    outline = Outline(render_programme_page(FACTS))
    rows = [outline.cells(k) for k in range(len(outline.rows))]
    waves = next(row for row in rows if row[0].startswith("green waves"))
    assert waves[1:] == ["−30.0 (−35.0 to −25.0), −6.0 %"] * 2
    assert next(row for row in rows if row[0].startswith("turn pockets"))[1] == "0.0, 0.0 %"
    assert next(row for row in rows if row[0].startswith("together"))[1].startswith("−55.0")


def test_sites_tell_how_they_are_treated() -> None:
    outline = Outline(render_programme_page(FACTS))
    rows = [outline.cells(k) for k in range(len(outline.rows))]
    assert ["U-turn openings 掉头开口", "78", "23", "close 11, move 12"] in rows
    assert ["turn pockets 进口道展宽", "3", "0", "–"] in rows


def test_each_assumption_on_parking_has_its_range_and_what_hangs_on_it() -> None:
    outline = Outline(render_programme_page(FACTS))
    rows = [outline.cells(k) for k in range(len(outline.rows))]
    assert [ASSUMPTIONS["stay_h"].meaning, "1, 2, 4 h", "310, 240, 95"] in rows


def test_names_are_escaped_and_nothing_is_requested() -> None:
    page = render_programme_page(FACTS)
    assert "<street>" not in page
    assert not re.search(r'(src|href)="(?!#|data:)', page)
    assert page == render_programme_page(FACTS)


def test_a_page_is_written_whole(tmp_path: Path) -> None:
    write_programme_page(FACTS, tmp_path / "new" / "report.html")
    assert (tmp_path / "new" / "report.html").read_text(encoding="utf-8") == render_programme_page(FACTS)


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

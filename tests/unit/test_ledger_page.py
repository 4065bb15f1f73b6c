"""The ledger's page: words, counts, filters and escapes, without a request."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.page_reading import CHINESE, ENGLISH, Element, read_page
from tests.unit.test_ledger import LEDGER, matter
from trafficopt.ledger import Effort, Kind, Ledger, State
from trafficopt.reporting.pages.ledger_page import (
    COLUMNS,
    COUNTS,
    TRANSLATED,
    WORDS,
    count_rows,
    render_ledger_page,
    write_ledger_page,
)

PAGE = render_ledger_page(LEDGER, title="Synthetic city", note="No survey data.")
READ = read_page(PAGE)
NARROW = "what"
"""Class of what only narrow screens show."""


def counts(language: str) -> list[list[str]]:
    return READ.one("table", marked="counts").rows(language)


def matters(page: Element, language: str = ENGLISH) -> list[list[str]]:
    """Rows of the ledger as a wide screen shows them."""
    return page.one("table", id="ledger-table").rows(language, without=NARROW)


def test_counts_stand_on_top() -> None:
    # M1 open and M3 adopted at intersections, M2 proposed at an opening, M4 rejected on an arterial
    assert [(row.word, row.counts) for row in count_rows(LEDGER)] == [
        ("intersection", (2, 1, 1, 0, 1)),
        ("opening", (1, 0, 0, 0, 1)),
        ("arterial", (1, 1, 0, 1, 0)),
        ("total", (4, 2, 1, 1, 2)),
    ]
    english, chinese = counts(ENGLISH), counts(CHINESE)
    assert english[0] == ["Kind", "Matters", "Closed", "adopted", "rejected", "Still open"]
    assert chinese[0] == ["类别", "问题数", "已办结", "已采用", "未采用", "未办结"]
    assert english[1] == ["intersection", "2", "1", "1", "0", "1"]
    assert english[-1] == ["Total", "4", "2", "1", "1", "2"]
    assert [row[0] for row in chinese[1:]] == ["路口", "掉头开口", "干道", "合计"]
    assert [row[1:] for row in chinese[1:]] == [row[1:] for row in english[1:]]
    assert READ.all("table")[0].attributes["class"] == "counts"


def test_a_row_tells_all_of_a_matter() -> None:
    english, chinese = matters(READ), matters(READ, CHINESE)
    assert english[0][:4] == ["Matter", "Place", "Kind", "Found"]
    assert chinese[0][:4] == ["编号", "地点", "类别", "发现的问题"]
    found, measure = "left turn overflows", "6 s more for the left turn"
    dates, end = ["2021-04-30", "2021-05-04"], ["runs/12", "better in every run"]
    assert english[3] == [
        *("M3", "J0312", "intersection", found, "0.98 v/c", measure, "signals", "simple"),
        *(*dates, "adopted", *end),
    ]
    assert chinese[3] == [
        *("M3", "J0312", "路口", found, "0.98 v/c", measure, "signals", "简单"),
        *(*dates, "已采用", *end),
    ]
    assert english[1][-2:] == ["–", "–"]
    assert len(READ.rows()) == 1 + 4 + 1 + 4


def test_filters_fit_the_rows() -> None:
    selects = [each.attributes["data-column"] for each in READ.all("select")]
    assert selects == list(TRANSLATED) == ["kind", "effort", "state"]
    options = READ.all("option")
    assert [each.attributes["value"] for each in options] == ["", *Kind, "", *Effort, "", *State]
    values = {option.attributes["value"]: option for option in options}
    assert values[State.ADOPTED].words() == "adopted"
    assert values[State.ADOPTED].words(CHINESE) == "已采用"
    rows = [each.attributes for each in READ.all("tr") if "data-state" in each.attributes]
    assert rows[1] == {"data-kind": "opening", "data-effort": "special", "data-state": "proposed"}
    scripts = "".join(each.text for each in READ.all("script"))
    wanted = set(re.findall(r'getElementById\("([^"]+)"\)', scripts))
    assert wanted == {"language", "ledger-filter", "ledger-find", "ledger-shown", "ledger-table"}
    assert wanted <= set(READ.ids)


def test_every_value_has_words_in_both_languages() -> None:
    for name in (*COLUMNS, *COUNTS, *Kind, *Effort, *State):
        assert WORDS[name].en
        assert re.search(r"[\u4e00-\u9fff]", WORDS[name].zh), name


def test_the_page_asks_for_nothing() -> None:
    for each in READ:
        assert "src" not in each.attributes, each.tag
    assert set(READ.addresses) == {"data:,", "#ledger"}
    assert "default-src 'none'" in PAGE
    assert set(re.findall(r"url\(.{5}", PAGE)) <= {"url(data:"}  # Chinese characters, where there is a font
    assert not re.search(r"https?://|@import|fetch\(|XMLHttpRequest", PAGE)


def test_text_cannot_break_the_page() -> None:
    nasty = "</td><script>alert(1)</script> & \"'"
    page = render_ledger_page(Ledger((replace(matter(), found=nasty, owner=nasty),)), title=nasty, note=nasty)
    assert "<script>alert" not in page
    read = read_page(page)
    assert matters(read)[1][3] == matters(read, CHINESE)[1][3] == nasty
    assert read.one("h1").words() == read.one("p", marked="note").words() == nasty


def test_an_empty_ledger_says_so() -> None:
    page = read_page(render_ledger_page(Ledger()))
    assert "The ledger is empty." in page.words()
    assert "台账为空" in page.words(CHINESE)
    assert len(page.all("script")) == 1  # that of the language
    assert not page.all("table")
    assert not page.all("form")


def test_narrow_screens_and_paper_are_thought_of() -> None:
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in PAGE
    labels = READ.all("b", marked=NARROW)
    assert [each.words() for each in labels].count("State") == 4
    assert [each.words(CHINESE) for each in labels].count("状态") == 4
    columns = len(READ.one("table", id="ledger-table").rows()[0])
    assert len(labels) == 4 * (columns - 1)  # the first cell of a row needs none
    wide, narrow = PAGE.split("@media screen and (max-width: 600px)")[:2]
    assert ".ledger .what { display: none; }" in wide
    assert ".ledger .what { display: block;" in narrow
    assert "@page { size: A4 landscape" in PAGE


@pytest.mark.parametrize("name", ["ledger.html", "new/ledger.html"])
def test_the_same_ledger_gives_the_same_bytes(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_ledger_page(LEDGER, path, title="Synthetic city", note="No survey data.")
    assert path.read_bytes() == PAGE.encode("utf-8")
    assert list(path.parent.iterdir()) == [path]

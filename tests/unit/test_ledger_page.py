"""The ledger's page: words, counts, filters and escapes, without a request."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.unit.test_ledger import LEDGER, matter
from trafficopt.ledger import Effort, Kind, Ledger, State
from trafficopt.reporting.ledger_page import (
    COLUMNS,
    COUNTS,
    TRANSLATED,
    WORDS,
    count_rows,
    render_ledger_page,
    write_ledger_page,
)

VOID = {"meta", "link", "input", "br", "wbr"}


class Outline(HTMLParser):
    """Tags with their attributes, the text in each table row, and whether tags are closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.stack: list[str] = []
        self.feed(page)
        self.close()
        assert self.stack == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.stack):
            self.rows[-1][-1] += data

    def cells(self, row: int) -> list[str]:
        return [" ".join(cell.split()) for cell in self.rows[row]]

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


PAGE = render_ledger_page(LEDGER, title="Synthetic city", note="No survey data.")


def test_counts_stand_on_top() -> None:
    # M1 open and M3 adopted at intersections, M2 proposed at an opening, M4 rejected on an arterial
    assert [(row.word, row.counts) for row in count_rows(LEDGER)] == [
        ("intersection", (2, 1, 1, 0, 1)),
        ("opening", (1, 0, 0, 0, 1)),
        ("arterial", (1, 1, 0, 1, 0)),
        ("total", (4, 2, 1, 1, 2)),
    ]
    outline = Outline(PAGE)
    assert outline.cells(0) == [
        *(
            "Kind 类别",
            "Matters 问题数",
            "Closed 已办结",
            "adopted 已采用",
            "rejected 未采用",
            "Still open 未办结",
        )
    ]
    assert outline.cells(1) == ["intersection 路口", "2", "1", "1", "0", "1"]
    assert outline.cells(4) == ["Total 合计", "4", "2", "1", "1", "2"]


def test_a_row_tells_all_of_a_matter() -> None:
    outline = Outline(PAGE)
    assert outline.cells(5)[:4] == ["Matter 编号", "Place 地点", "Kind 类别", "Found 发现的问题"]
    assert outline.cells(8) == [
        *(
            "M3",
            "J0312",
            "intersection 路口",
            "left turn overflows",
            "0.98 v/c",
            "6 s more for the left turn",
        ),
        *("signals", "simple 简单", "2021-04-30", "2021-05-04", "adopted 已采用", "runs/12"),
        "better in every run",
    ]
    assert outline.cells(6)[-2:] == ["–", "–"]
    assert len(outline.rows) == 1 + 4 + 1 + 4


def test_filters_fit_the_rows() -> None:
    outline = Outline(PAGE)
    selects = [attributes["data-column"] for attributes in outline.of("select")]
    assert selects == list(TRANSLATED) == ["kind", "effort", "state"]
    options = [attributes["value"] for attributes in outline.of("option")]
    assert options == ["", *Kind, "", *Effort, "", *State]
    rows = [attributes for attributes in outline.of("tr") if "data-state" in attributes]
    assert rows[1] == {"data-kind": "opening", "data-effort": "special", "data-state": "proposed"}
    ids = {attributes["id"] for _, attributes in outline.tags if "id" in attributes}
    script = PAGE[PAGE.index("<script>") :]
    wanted = set(re.findall(r'getElementById\("([^"]+)"\)', script))
    assert wanted == {"ledger-filter", "ledger-find", "ledger-shown", "ledger-table"}
    assert wanted <= ids


def test_every_value_has_words_in_both_languages() -> None:
    for name in (*COLUMNS, *COUNTS, *Kind, *Effort, *State):
        assert WORDS[name].en
        assert re.search(r"[\u4e00-\u9fff]", WORDS[name].zh), name


def test_the_page_asks_for_nothing() -> None:
    for tag, attributes in Outline(PAGE).tags:
        assert "src" not in attributes, tag
        assert attributes.get("href") in (None, "data:,")
    assert "default-src 'none'" in PAGE
    assert not re.search(r"https?://|url\(|@import|fetch\(|XMLHttpRequest", PAGE)


def test_text_cannot_break_the_page() -> None:
    nasty = "</td><script>alert(1)</script> & \"'"
    page = render_ledger_page(Ledger((replace(matter(), found=nasty, owner=nasty),)), title=nasty, note=nasty)
    assert "<script>alert" not in page
    assert Outline(page).cells(4)[3] == nasty


def test_an_empty_ledger_says_so() -> None:
    page = render_ledger_page(Ledger())
    assert "The ledger is empty." in page
    assert "台账为空" in page
    assert not Outline(page).of("script")
    assert not Outline(page).of("table")


def test_narrow_screens_and_paper_are_thought_of() -> None:
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in PAGE
    labels = [attributes.get("data-label") for attributes in Outline(PAGE).of("td")]
    assert labels.count("State 状态") == 4
    assert "content: attr(data-label)" in PAGE
    assert "@page { size: A4 landscape" in PAGE


@pytest.mark.parametrize("name", ["ledger.html", "new/ledger.html"])
def test_the_same_ledger_gives_the_same_bytes(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_ledger_page(LEDGER, path, title="Synthetic city", note="No survey data.")
    assert path.read_bytes() == PAGE.encode("utf-8")
    assert list(path.parent.iterdir()) == [path]

"""How objects print: one table, as text and as HTML."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest

from trafficopt.table_repr import LINE_LENGTH, MOST_LINES, Column, Table, Tabled
from trafficopt.units import FloatArray, Seconds

COLUMNS = Column("signal"), Column("delay", "s", 1), Column("note")


class Words(HTMLParser):
    """Texts of a page, and its elements in the order in which they end."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_numbers_stand_to_the_right_under_their_heads() -> None:
    table = Table("Delays", COLUMNS, [("M1", 4.0, "a"), ("Market", 123.456, "")], ("Of all.",))
    assert table.text().splitlines() == [
        "Delays",
        "signal  delay [s]  note",
        "M1            4.0  a",
        "Market      123.5",
        "Of all.",
    ]


def test_html_has_the_words_of_the_text() -> None:
    table = Table("Delays", COLUMNS, [("M1", 4.0, "a"), ("M2", None, "b")], ("Of all.",))
    page = Words(table.html())
    assert page.open == []
    assert " ".join(page.texts).split() == table.text().split()


def test_html_is_escaped() -> None:
    evil = '<img src=x onerror="alert(1)">&'
    page = Table(evil, (Column(evil), Column("", evil)), [(evil, 1.0)], (evil,)).html()
    assert "<img" not in page
    assert '"alert' not in page
    assert "".join(Words(page).texts).count(evil) == 5


@pytest.mark.parametrize("n", [0, 1, 12, 13, 14, 500])
@pytest.mark.parametrize("n_notes", [0, 1, 3])
def test_a_table_is_short_and_says_what_it_leaves_out(n: int, n_notes: int) -> None:
    rows = [(f"M{k}", float(k), "") for k in range(n)]
    lines = Table("Delays", COLUMNS, rows, ("Note.",) * n_notes).text().splitlines()
    shown = [line for line in lines if line.startswith("M")]
    assert len(lines) <= MOST_LINES
    told = [line for line in lines if line.startswith("...")]
    assert told == ([f"... {n - len(shown)} more"] if n > len(shown) else [])
    if n > len(shown):
        assert len(lines) == MOST_LINES


def test_sentences_are_wrapped_and_cells_cut() -> None:
    table = Table("word " * 60, (Column(),), [("long " * 60,)], ("note " * 60,))
    assert max(map(len, table.text().splitlines())) <= LINE_LENGTH
    assert "..." in table.text()
    assert table.text().count("word") == 60


def test_what_is_not_known_is_a_dash() -> None:
    column = Column("x", "s")
    assert [column.text(cell) for cell in (None, math.nan, 0.0, math.inf)] == ["-", "-", "0", "inf"]


@dataclass(frozen=True, slots=True, repr=False)
class Measures(Tabled):
    """A type without a table of its own."""

    plan: str
    delay_s: Seconds
    wait_s: Seconds | None
    stops: float
    queue: FloatArray
    links: tuple[str, ...]
    parts: tuple[Column, ...]


def test_without_a_table_of_its_own_a_type_shows_its_fields_with_units() -> None:
    shown = Measures("p", 40.0, None, 1.25, np.zeros((3, 4)), ("a", "b"), (Column(), Column(), Column()))
    assert [" ".join(line.split()) for line in repr(shown).splitlines()] == [
        *("Measures", "plan p", "delay_s 40 s", "wait_s - s", "stops 1.25"),
        *("queue array of 3 x 4", "links a, b", "parts 3 items"),
    ]


def test_columns_are_two_spaces_apart() -> None:
    lines = Table("", COLUMNS[:2], [("a", 1.0), ("b", 10.0)]).text().splitlines()
    assert all(len(one) == len(two) for one, two in pairwise(lines))

"""How objects print: a short table with units, as text or as HTML, from one description."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass, fields
from html import escape
from numbers import Real
from textwrap import wrap
from typing import Annotated, Any, TypeAlias, get_args, get_origin

import numpy as np

from trafficopt import units

MOST_LINES = 15
LEAST_ROWS = 4  # are shown, however long the notes are
LINE_LENGTH = 110
LONGEST_CELL, LONG_CELL = 60, 85
FEW = 6  # values of an array that are written out
UNITS = {name: get_args(kind)[1] for name, kind in vars(units).items() if get_origin(kind) is Annotated}
TITLE = "caption-side:top;text-align:left;font-weight:bold;white-space:pre"
NOTE = "text-align:left;white-space:pre"  # as wide as the text, however narrow the table is

Cell: TypeAlias = str | float | None
"""Text, a number, or None for what is not known."""


@dataclass(frozen=True, slots=True)
class Column:
    """What stands above the cells of a column.

    Attributes
    ----------
    digits
        Decimals of its numbers; by default as `number` has them.
    longest
        Letters from which on a text is cut.
    """

    name: str = ""
    unit: str = ""
    digits: int | None = None
    longest: int = LONGEST_CELL

    @property
    def head(self) -> str:
        """Name and unit."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name

    def text(self, cell: Cell) -> str:
        """A cell as it is shown."""
        if isinstance(cell, str):
            return short(cell, self.longest)
        if cell is None or math.isnan(cell):
            return "-"
        return number(cell) if self.digits is None else f"{cell:.{self.digits}f}"


@dataclass(frozen=True, slots=True)
class Table:
    """What is shown of an object.

    Attributes
    ----------
    title
        What it is, in a line.
    columns
        Where none has a name there is no line of heads.
    rows
        All of them; as many are shown as `MOST_LINES` leave.
    notes
        Sentences below.

    Examples
    --------
    >>> table = Table("Plan", (Column("signal"), Column("cycle", "s")), [("M1", 90.0), ("M2", 100.0)])
    >>> print(table.text())
    Plan
    signal  cycle [s]
    M1             90
    M2            100
    >>> table.html().count("<tr>")
    3
    """

    title: str
    columns: tuple[Column, ...] = ()
    rows: Sequence[tuple[Cell, ...]] = ()
    notes: tuple[str, ...] = ()

    def text(self) -> str:
        """Title, heads, rows and notes; numbers are aligned to the right."""
        cells = [*([self._heads] if any(self._heads) else []), *self._cells]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = [self._line(row, widths) for row in cells]
        return "\n".join([*_wrapped((self.title,)), *lines, *self._more, *_wrapped(self.notes)])

    def html(self) -> str:
        """The same as a table of HTML."""
        rows = [f'<caption style="{TITLE}">{_page((self.title,))}</caption>']
        if any(self._heads):
            rows.append(self._row("th", self._heads))
        rows += [self._row("td", cells) for cells in self._cells]
        if below := (*self._more, *self.notes):
            span = max(len(self.columns), 1)
            rows.append(f'<tr><td colspan="{span}" style="{NOTE}">{_page(below)}</td></tr>')
        return f"<table>{''.join(rows)}</table>"

    @property
    def _heads(self) -> list[str]:
        return [column.head for column in self.columns]

    @property
    def _n_shown(self) -> int:
        """Rows that there is room for; where not all fit, a line says how many more there are."""
        room = MOST_LINES - len(_wrapped((self.title, *self.notes))) - any(self._heads)
        return len(self.rows) if len(self.rows) <= room else max(room - 1, LEAST_ROWS)

    @property
    def _more(self) -> list[str]:
        more = len(self.rows) - self._n_shown
        return [f"... {more} more"] if more > 0 else []

    @property
    def _cells(self) -> list[list[str]]:
        return [
            [column.text(cell) for column, cell in zip(self.columns, row, strict=True)]
            for row in self.rows[: self._n_shown]
        ]

    @property
    def _right(self) -> list[bool]:
        """Whether a column holds no text, so that it stands to the right."""
        return [not any(isinstance(row[k], str) for row in self.rows) for k in range(len(self.columns))]

    def _line(self, cells: Sequence[str], widths: Sequence[int]) -> str:
        sides = zip(cells, widths, self._right, strict=True)
        return "  ".join(c.rjust(width) if right else c.ljust(width) for c, width, right in sides).rstrip()

    def _row(self, tag: str, cells: Sequence[str]) -> str:
        sides = zip(cells, self._right, strict=True)
        shown = (
            f'<{tag} style="text-align:{"right" if right else "left"}">{escape(cell)}</{tag}>'
            for cell, right in sides
        )
        return f"<tr>{''.join(shown)}</tr>"


FIELD_COLUMNS = Column(), Column(longest=LONG_CELL), Column()


class Tabled:
    """Prints as a table, and is shown as one in a notebook; by default with a row for each field."""

    __slots__ = ()

    def _table(self) -> Table:
        return Table(type(self).__name__, FIELD_COLUMNS, field_rows(self))

    def __repr__(self) -> str:
        return self._table().text()

    def _repr_html_(self) -> str:
        return self._table().html()


def _page(sentences: Sequence[str]) -> str:
    return escape("\n".join(_wrapped(sentences)))


def _wrapped(sentences: Sequence[str]) -> list[str]:
    return [line for each in sentences for line in wrap(each, LINE_LENGTH, subsequent_indent="  ")]


def number(value: float) -> str:
    """Write a number with four digits, or all of them where it is whole.

    Examples
    --------
    >>> [number(value) for value in (12.3456, 60.0, 1234567, 0.00123, float("inf"))]
    ['12.35', '60', '1234567', '0.00123', 'inf']
    """
    if not math.isfinite(value):
        return str(value)
    return f"{value:.0f}" if float(value).is_integer() else f"{float(f'{value:.4g}'):.10g}"


def short(text: str, length: int) -> str:
    r"""Write a text in one line, cut at its end where it is long.

    Examples
    --------
    >>> short("a\nb", 8), short("Main Street", 8)
    ('a b', 'Main ...')
    """
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 3]}..."


def counted(n: int, what: str) -> str:
    """Write how many there are.

    Examples
    --------
    >>> counted(1, "signal"), counted(5, "signal")
    ('1 signal', '5 signals')
    """
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def field_rows(shown: Any) -> list[tuple[Cell, ...]]:
    """Name, value and unit of each field of a dataclass that its `repr` may show."""
    return [
        (item.name, _told(getattr(shown, item.name)), _unit(str(item.type)))
        for item in fields(shown)
        if item.repr
    ]


def _unit(kind: str) -> str:
    """Unit that is part of a type, as `Seconds | None` has it."""
    return next((UNITS[word] for word in re.findall(r"\w+", kind) if word in UNITS), "")


def _told(value: object) -> Cell:
    """A value as a cell: collections and arrays in few words."""
    if value is None:
        return None
    if isinstance(value, Real) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, np.ndarray):
        if value.size <= FEW and value.ndim <= 1:
            return ", ".join(number(float(each)) for each in value.reshape(-1))
        return f"array of {' x '.join(map(str, value.shape))}"
    return str(value) if isinstance(value, str) or not isinstance(value, Sized) else _listed(value)


def _listed(values: Any) -> str:
    """What is in a collection: short values one by one, others by their number."""
    plain = all(isinstance(value, str | int | float) for value in values)
    if plain and not isinstance(values, Mapping) and len(values) <= FEW:
        return ", ".join(value if isinstance(value, str) else number(value) for value in values) or "none"
    return counted(len(values), "item")

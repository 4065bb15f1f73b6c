"""Ledgers as CSV files, a row a matter."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from trafficopt.errors import InputError
from trafficopt.ledger import TEXTS, Effort, Kind, Ledger, Matter, State, text_faults
from trafficopt.whole_file import write_whole

Choice = TypeVar("Choice", bound=StrEnum)

DATES = {"opened": "opened_date", "due": "due_date"}
COLUMNS = tuple(DATES.get(field.name, field.name) for field in fields(Matter))
"""Columns of a file, in the order of the fields of `Matter`; dates are ISO 8601, as 2021-03-05."""

NEUTRAL_DATE = date(2000, 1, 1)  # in the place of a date that cannot be read
REMEDY = "a ledger is a CSV file in UTF-8 with these columns: " + ", ".join(COLUMNS)


def write_ledger(ledger: Ledger, path: Path) -> None:
    """Write a ledger to the CSV file `path`, whole or not at all.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    names = [field.name for field in fields(Matter)]
    table.writerows([str(getattr(matter, name)) for name in names] for matter in ledger.matters)
    write_whole(Path(path), text.getvalue())


def read_ledger(path: Path) -> Ledger:
    """Read a ledger from a CSV file.

    Raises
    ------
    InputError
        If there is no such file, it is not a CSV file, or its rows contradict the rules of `Matter`; names
        all faults, each with its line.
    """
    rows = _rows(Path(path))
    faults: list[str] = []
    matters: list[Matter] = []
    first: dict[str, int] = {}
    for line, cells in rows:
        here = f"line {line}"
        if len(cells) != len(COLUMNS):
            faults.append(f"{here}: {len(cells)} cells, but there are {len(COLUMNS)} columns")
            continue
        row = dict(zip(COLUMNS, cells, strict=True))
        if row["id"] and first.setdefault(row["id"], line) != line:
            faults.append(f"{here}: id {row['id']!r} is given twice, first in line {first[row['id']]}")
        found = _matter(row)
        if isinstance(found, Matter):
            matters.append(found)
        else:
            name = f", matter {row['id']!r}" if row["id"] else ""
            faults += [f"{here}{name}: {fault}" for fault in found]
    if faults:
        raise InputError(path, faults, REMEDY)
    return Ledger(tuple(matters))


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Line and cells of each row under the header; empty lines are left out."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        rows = [(reader.line_num, cells) for cells in reader if cells]
    except OSError as error:
        raise InputError(path, error.strerror or str(error), "name the CSV file of a ledger") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(path, f"is not a CSV file in UTF-8: {error}", REMEDY) from None
    header = rows[0][1] if rows else []
    if tuple(header) != COLUMNS:
        raise InputError(path, _header_faults(header), REMEDY)
    return rows[1:]


def _header_faults(header: Sequence[str]) -> list[str]:
    faults = [f"column {name!r} is missing" for name in COLUMNS if name not in header]
    faults += [f"column {name!r} is unknown" for name in header if name not in COLUMNS]
    return faults or ["its columns are not in their order, or one is given twice"]


def _matter(row: dict[str, str]) -> Matter | list[str]:
    """The matter of a row, or all its faults."""
    faults = text_faults({name: row[name] for name in TEXTS})
    kind, effort, state = (
        _choice(row, name, of, faults) for name, of in (("kind", Kind), ("effort", Effort), ("state", State))
    )
    opened, due = (_date(row, column, faults) for column in DATES.values())
    texts = {name: row[name] for name in TEXTS}
    if state is None:  # what goes with it cannot be judged
        texts |= {"evidence": "", "reason": ""}
    try:
        matter = Matter(
            **texts,
            kind=Kind(kind or Kind.DISTRICT),
            effort=Effort(effort or Effort.SPECIAL),
            opened=opened or due or NEUTRAL_DATE,
            due=due or opened or NEUTRAL_DATE,
            state=State(state or State.OPEN),
        )
    except InputError as error:
        faults += error.faults
    return list(dict.fromkeys(faults)) or matter


def _choice(row: dict[str, str], column: str, of: type[Choice], faults: list[str]) -> Choice | None:
    text = row[column]
    if text in tuple(of):
        return of(text)
    faults.append(f"{column} is {text!r}; choose {', '.join(of)}")
    return None


def _date(row: dict[str, str], column: str, faults: list[str]) -> date | None:
    try:
        found = date.fromisoformat(row[column])
    except ValueError:
        found = None
    if found is None or found.isoformat() != row[column]:  # fromisoformat also takes 20210305
        faults.append(f"{column} is {row[column]!r}, not a day such as 2021-03-05")
        return None
    return found

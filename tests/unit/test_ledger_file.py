"""Ledgers as files: exact round trip, all faults at once, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.test_ledger import LEDGER, matter
from trafficopt.errors import InputError
from trafficopt.ledger import NO_TEXT, Effort, Kind, Ledger, Matter, State
from trafficopt.ledger_file import COLUMNS, read_ledger, write_ledger

HEADER = ",".join(COLUMNS)
GOOD = "M1,J0312,intersection,too long,0.98 v/c,,signals,simple,2021-04-30,2021-05-04,open,,"


def file_of(folder: Path, *lines: str, header: str = HEADER) -> Path:
    path = folder / "ledger.csv"
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return path


def faults_of(path: Path) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        read_ledger(path)
    assert str(path) in str(caught.value)
    return caught.value.faults


def test_a_file_holds_every_column(tmp_path: Path) -> None:
    path = tmp_path / "new" / "ledger.csv"
    write_ledger(LEDGER, path)
    lines = path.read_bytes().decode("utf-8").split("\n")
    assert lines[0] == (
        "id,place,kind,found,figure,measure,owner,effort,opened_date,due_date,state,evidence,reason"
    )
    assert lines[1] == (
        "M1,J0312,intersection,left turn overflows,0.98 v/c,,roads,simple,2021-04-30,2021-05-04,open,,"
    )
    assert lines[5:] == [""]
    assert read_ledger(path) == LEDGER


def test_an_empty_ledger_comes_back(tmp_path: Path) -> None:
    write_ledger(Ledger(), tmp_path / "ledger.csv")
    assert read_ledger(tmp_path / "ledger.csv") == Ledger()


words = st.text(st.characters(exclude_categories=NO_TEXT), min_size=1).filter(lambda t: t == t.strip())
dates = st.dates()


@given(st.lists(st.tuples(words, words, words, st.sampled_from(Kind), dates, dates), max_size=4))
def test_every_text_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str, Kind, object, object]]
) -> None:
    matters = tuple(
        Matter(
            f"{k} {a}", b, kind, a, "1 " + c, b, a, Effort.COMPLEX,
            *sorted((one, other)), State.REJECTED, c, b,
        )
        for k, (a, b, c, kind, one, other) in enumerate(rows)
    )  # fmt: skip
    path = tmp_path_factory.mktemp("ledger") / "ledger.csv"
    write_ledger(Ledger(matters), path)
    assert read_ledger(path) == Ledger(matters)


def test_files_of_spreadsheets_are_read(tmp_path: Path) -> None:
    path = tmp_path / "ledger.csv"
    path.write_bytes(("\ufeff" + "\r\n".join([HEADER, GOOD, "", ""])).encode("utf-8"))
    assert read_ledger(path).matters[0].place == "J0312"


def test_all_faults_come_together(tmp_path: Path) -> None:
    path = file_of(
        tmp_path,
        GOOD,
        GOOD,
        "M2,,crossing,too long,much,,signals,simple,30.4.2021,2021-05-04,open,,",
        "M3,J0312,intersection,too long,0.98 v/c,,signals,simple,2021-04-30",
        "M4,J0312,intersection,too long,0.98 v/c,,signals,simple,2021-04-30,2021-05-04,adopted,,",
        "M5,J0312,intersection,too long,0.98 v/c,m,signals,simple,2021-04-30,2021-05-04,addopted, e,r",
        "M6,J0312,intersection,too long,0.98 v/c,,signals,simple,20210504,2021-04-30,open,,",
        "M7,J0312,intersection,too long,0.98 v/c,,signals,simple,2021-05-04,2021-04-30,open,,",
    )
    assert faults_of(path) == (
        "line 3: id 'M1' is given twice, first in line 2",
        "line 4, matter 'M2': place is empty",
        "line 4, matter 'M2': figure is 'much', not a number, a space and its unit",
        "line 4, matter 'M2': kind is 'crossing'; "
        "choose intersection, opening, island, approach, arterial, district",
        "line 4, matter 'M2': opened_date is '30.4.2021', not a day such as 2021-03-05",
        "line 5: 9 cells, but there are 13 columns",
        "line 6, matter 'M4': it is adopted, but measure is empty",
        "line 6, matter 'M4': it is adopted, but evidence is empty",
        "line 6, matter 'M4': it is adopted, but reason is empty",
        "line 7, matter 'M5': evidence begins or ends with a space: ' e'",
        "line 7, matter 'M5': state is 'addopted'; choose open, proposed, tested, adopted, rejected",
        "line 8, matter 'M6': opened_date is '20210504', not a day such as 2021-03-05",
        "line 9, matter 'M7': it is due 2021-04-30, before it was opened (2021-05-04)",
    )


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        (HEADER.replace("owner,", ""), "column 'owner' is missing"),
        (HEADER + ",color", "column 'color' is unknown"),
        (HEADER.replace("id,place", "place,id"), "not in their order"),
        (HEADER + ",id", "given twice"),
        ("", "column 'id' is missing"),
    ],
)
def test_columns_are_checked(tmp_path: Path, header: str, fault: str) -> None:
    assert fault in faults_of(file_of(tmp_path, GOOD, header=header))[0]


def test_what_is_no_file_of_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.csv"
    assert faults_of(path) == ("No such file or directory",)
    path.write_bytes((HEADER + "\n" + GOOD.replace("too long", "左转")).encode("gbk"))
    assert "not a CSV file in UTF-8" in faults_of(path)[0]
    path.write_text(f'{HEADER}\n{GOOD}"never closed\n', encoding="utf-8")
    assert "not a CSV file in UTF-8" in faults_of(path)[0]
    path.write_bytes(b"")
    assert len(faults_of(path)) == len(COLUMNS)


def test_a_file_is_never_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ledger.csv"
    write_ledger(LEDGER, path)
    before = path.read_bytes()

    def fail(source: object, target: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_ledger(Ledger((matter("M9"),)), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_same_ledger_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        write_ledger(LEDGER, tmp_path / name)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()

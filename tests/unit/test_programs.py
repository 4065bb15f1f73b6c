"""Signal programs: which one runs, and what SUMO would refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from trafficopt.errors import InputError
from trafficopt.intersection import Control
from trafficopt.stage import Interval
from trafficopt.sumo.programs import (
    Program,
    Programs,
    control_of,
    holds_programs,
    read_programs,
)

ROWS = '<phase duration="20" state="Gr"/><phase duration="3" state="yr"/><phase duration="17" state="rG"/>'


def logic(program: str = "0", rest: str = 'type="static"', rows: str = ROWS, signal: str = "a") -> str:
    return f'<tlLogic id="{signal}" programID="{program}" {rest}>{rows}</tlLogic>'


def loaded(folder: Path, *texts: str, begin_s: float = 0.0) -> Programs:
    files = [folder / f"{number}.xml" for number in range(len(texts))]
    for path, text in zip(files, texts, strict=True):
        path.write_text(f"<add>{text}</add>", encoding="utf-8")
    return read_programs(files, begin_s)


def test_the_program_loaded_last_is_active(tmp_path: Path) -> None:
    found = loaded(tmp_path, logic("0") + logic("0", signal="b"), logic("1"), logic("2", signal="b"))
    assert {key: program.program_id for key, program in found.active.items()} == {"a": "1", "b": "2"}
    assert found.ids == {"0", "1", "2"}


def test_an_offset_alone_changes_but_does_not_activate(tmp_path: Path) -> None:
    change = '<tlLogic id="a" programID="0" offset="-7.5"/>'
    assert loaded(tmp_path, logic("0"), change).active["a"].offset_s == -7.5
    found = loaded(tmp_path, logic("0"), logic("1", 'type="static" offset="3"'), change)
    assert (found.active["a"].program_id, found.active["a"].offset_s) == ("1", 3)


def test_an_offset_at_the_begin(tmp_path: Path) -> None:
    begin = logic("0", 'type="static" offset="begin"')
    assert loaded(tmp_path, begin, begin_s=25200).active["a"].offset_s == 25200


def test_switched_signals(tmp_path: Path) -> None:
    waut = '<WAUT id="w" startProg="0"/><wautJunction wautID="w" junctionID="a"/>'
    assert loaded(tmp_path, logic("0"), waut).switched == {"a"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (logic("0"), "loaded already"),
        (logic("1", signal="z"), "no such signal"),
        (logic("1", ""), "type is missing"),
        (logic("1", rows=""), "has no phases"),
        (logic("1", "offset='1'", rows=""), "no program of that id"),
        (logic("0", "offset='begin'", rows=""), "needs phases"),
        (logic("1", 'type="static" offset="x"'), "offset 'x' is not a time"),
        (logic("1", rows='<phase state="Gr"/>'), "duration ''"),
        (logic("1", rows='<phase duration="0" state="Gr"/>'), "duration '0'"),
        (logic("1", rows='<phase duration="9" state="GX"/>'), "state 'GX'"),
        (logic("1", rows='<phase duration="9"/>'), "state ''"),
        (logic("1", rows=ROWS + '<phase duration="9" state="rrr"/>'), "differ in length"),
        ('<tlLogic id="a" type="static"/>', "lacks its programID"),
        ('<tlLogic programID="a" type="static"/>', "lacks its id"),
    ],
)
def test_what_sumo_refuses_is_an_input_error(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(InputError, match=fault) as caught:
        loaded(tmp_path, logic("0"), text)
    assert caught.value.where == str(tmp_path / "1.xml")


def test_all_faults_of_a_file_are_told_together(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        loaded(tmp_path, logic("0"), logic("0") + logic("1", ""))
    assert len(caught.value.faults) == 2


def test_whether_a_file_holds_programs(tmp_path: Path) -> None:
    loaded(tmp_path, logic(), "<edgeData/>")
    assert holds_programs(tmp_path / "0.xml")
    assert not holds_programs(tmp_path / "1.xml")


def program(
    *rows: tuple[str, float], kind: str = "static", in_order: bool = True, offset_s: float = 0
) -> Program:
    return Program("0", kind, offset_s, tuple(Interval(*row) for row in rows), in_order)


TWO = (("Gr", 20.0), ("yr", 3.0), ("rr", 1.0), ("rG", 15.0), ("ry", 3.0))


@pytest.mark.parametrize(
    ("found", "switched", "control", "because"),
    [
        (program(*TWO), False, Control.FIXED_TIME, ""),
        (program(*TWO), True, Control.OTHER, "WAUT"),
        (program(*TWO, kind="actuated"), False, Control.ACTUATED, "actuated"),
        (program(*TWO, kind="NEMA"), False, Control.ACTUATED, "NEMA"),
        (program(*TWO, in_order=False), False, Control.OTHER, "branches"),
        (program(("GG", 30.0)), False, Control.FIXED_TIME, "fewer than two"),
        (program(("oo", 30.0)), False, Control.OTHER, "fewer than two"),
        (program(kind="off"), False, Control.OTHER, "off"),
    ],
)
def test_control(found: Program, switched: bool, control: Control, because: str) -> None:
    told = control_of(found, switched)
    assert told[0] is control
    assert because in told[1]
    assert bool(told[1]) == bool(because)

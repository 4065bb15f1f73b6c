"""SUMO's configuration: options under all their names, times, paths, and what is left out."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from trafficopt.errors import InputError
from trafficopt.scenario import SimulationSettings
from trafficopt.sumo.config import is_yes, parse_time, read_config


def configured(folder: Path, options: str, *, name: str = "x.sumocfg") -> SimulationSettings:
    for file in ("n.net.xml", "a.rou.xml", "b.rou.xml", "c.add.xml"):
        (folder / file).touch()
    (folder / name).write_text(f"<configuration>{options}</configuration>", encoding="utf-8")
    return read_config(folder / name)


FILES = '<net-file value="n.net.xml"/><route-files value="a.rou.xml"/>'


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), (" 12.5 ", 12.5), ("1:00", 60), ("01:00:00", 3600), ("2:00:00:00", 172800), ("-1", -1)],
)
def test_times(text: str, seconds: float) -> None:
    assert parse_time(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "1:2:3:4:5", "nan", "inf", "1e999", "1h"])
def test_no_times(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time"):
        parse_time(text)


@pytest.mark.parametrize(("text", "answer"), [("true", True), ("X", True), ("false", False), (None, False)])
def test_switches(text: str | None, answer: bool) -> None:
    assert is_yes(text) is answer


def test_defaults_are_those_of_sumo(tmp_path: Path) -> None:
    found = configured(tmp_path, FILES)
    assert (found.begin_s, found.end_s, found.step_s, found.teleport_s) == (0, math.inf, 1, 300)
    assert found.additional == ()
    assert found.options == {}


def test_lists_keep_their_order(tmp_path: Path) -> None:
    found = configured(tmp_path, '<n v="n.net.xml"/><r v="b.rou.xml , a.rou.xml,"/><a v="c.add.xml"/>')
    assert [path.name for path in found.inputs] == ["n.net.xml", "b.rou.xml", "a.rou.xml", "c.add.xml"]
    assert all(path.is_absolute() for path in found.inputs)


def test_paths_start_at_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deep").mkdir()
    configured(tmp_path, FILES)
    options = '<n v="../n.net.xml"/><r v="../a.rou.xml"/>'
    (tmp_path / "deep" / "y.sumocfg").write_text(f"<c>{options}</c>", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "deep")
    assert read_config(Path("y.sumocfg")).net == (tmp_path / "n.net.xml").resolve()


def test_what_changes_the_simulation_is_kept_and_outputs_are_not(tmp_path: Path) -> None:
    kept = (
        '<s value="0"/><weight-files value="w.xml"/><lateral-resolution value="0.8"/>'
        '<max-depart-delay v="9"/>'
    )
    dropped = "".join(
        f'<{name} value="1"/>'
        for name in (
            *(
                "tripinfo",
                "tripinfo-output",
                "ndump",
                "summary",
                "vehroutes",
                "fcd-output",
                "emission-output",
            ),
            *("device.rerouting.output", "device.ssm.file", "save-state.times", "output-prefix", "l", "seed"),
            *("error-log", "H", "random", "remote-port", "gui-settings-file", "start", "Q", "language", "t"),
        )
    )
    found = configured(tmp_path, FILES + kept + dropped)
    weights = str((tmp_path / "w.xml").resolve())
    assert found.options == {
        **{"route-steps": "0", "weight-files": weights},
        **{"lateral-resolution": "0.8", "max-depart-delay": "9"},
    }


def test_all_faults_of_the_input_are_told_together(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        configured(tmp_path, '<n v="no.net.xml"/><r v="no.rou.xml,."/>')
    assert len(caught.value.faults) == 3
    assert "is a folder" in str(caught.value)
    with pytest.raises(InputError, match=r"no <net-file> is given"):
        configured(tmp_path, '<r v="a.rou.xml"/>')
    with pytest.raises(InputError, match=r"no <route-files> are given"):
        configured(tmp_path, '<n v="n.net.xml"/>')


def test_all_bad_times_are_told_together(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        configured(tmp_path, FILES + '<b v="x"/><e v="y"/>')
    assert len(caught.value.faults) == 2


@pytest.mark.parametrize("scale", ["1", "1.0", ""])
def test_a_scale_of_one_is_no_fault(tmp_path: Path, scale: str) -> None:
    assert "scale" in configured(tmp_path, f'{FILES}<scale value="{scale}"/>').options

"""`trafficopt bands --plot`: the file that it writes, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from trafficopt.cli import app
from trafficopt.search.bands import design

STREET = """
cycle_s = 60
signals = [
    { name = "First", green_out_s = 30, green_in_s = 30 },
    { name = "B $x$", green_out_s = 30, green_in_s = 30 },
]
links = [{ length_m = 300, speed_km_h = 50 }]
"""


def run(folder: Path, *options: str) -> Result:
    (folder / "street.toml").write_text(STREET, encoding="utf-8")
    return CliRunner().invoke(app, ["bands", str(folder / "street.toml"), *options])


@pytest.mark.parametrize(("name", "begin"), [("a.svg", b"<?xml"), ("a.png", b"\x89PNG")])
def test_the_command_writes_the_plot(tmp_path: Path, name: str, begin: bytes) -> None:
    result = run(tmp_path, "--plot", str(tmp_path / name))
    assert result.exit_code == 0, result.output
    written = (tmp_path / name).read_bytes()
    assert written.startswith(begin)
    assert name.endswith("png") or all(
        each in written for each in (b"B $x$", b"Distance [m]", b"band-inbound")
    )


def test_another_ending_is_refused_before_anything_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(design, "design_bands", lambda *_, **__: pytest.fail("computed"))
    result = run(tmp_path, "--plot", str(tmp_path / "a.txt"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "a.txt" in result.stderr and ".svg" in result.stderr
    assert not (tmp_path / "a.txt").exists()


def test_a_scenario_has_no_plot(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["bands", str(tmp_path), "--plot", str(tmp_path / "a.svg")])
    assert (result.exit_code, "--plot" in result.stderr) == (2, True)


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    result = run(tmp_path, "--plot", str(tmp_path / "none" / "a.svg"))
    assert (result.exit_code, "a.svg" in result.stderr) == (2, True)

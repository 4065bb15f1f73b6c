"""`trafficopt report` and `trafficopt view`, as a user meets them."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.unit.test_report import grid_study
from trafficopt.cli import app
from trafficopt.saved_report import write_shown


def called(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """What a run left."""
    write_shown(grid_study(2, 1), tmp_path)
    return tmp_path


def test_a_lost_report_is_drawn_again(left: Path) -> None:
    page = (left / "report.html").read_bytes()
    (left / "report.html").unlink()
    assert called("report", left).stdout == f"Report: {left / 'report.html'}\n"
    assert (left / "report.html").read_bytes() == page
    called("report", left / "report.json.gz", "-o", left / "elsewhere" / "today.html")
    assert (left / "elsewhere" / "today.html").read_bytes() == page


def test_faults_end_with_two_and_a_remedy(left: Path, tmp_path: Path) -> None:
    said = called("report", left / "missing", code=2).stderr
    assert "no such file or folder" in said
    assert "Remedy: name a folder that `trafficopt run` left" in said
    (left / "report.json.gz").write_bytes(b"spoiled")
    assert "holds no report" in called("report", left, code=2).stderr
    assert "there is no report.html" in called("view", left.parent / "nowhere", code=2).stderr


def test_a_page_that_cannot_be_written_leaves_nothing(left: Path) -> None:
    said = called("report", left, "-o", left / "report.json.gz" / "page.html", code=2).stderr
    assert "name a file that can be written with -o" in said


def test_view_opens_the_browser_on_the_page(left: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: bool(asked.append(address)))
    said = called("view", left).stdout
    assert asked == [(left / "report.html").as_uri()]
    assert "no browser was found" in said

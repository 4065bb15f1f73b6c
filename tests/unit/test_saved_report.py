"""A report is drawn again from what a run left, the same as it was."""

from __future__ import annotations

import gzip
import json
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from tests.unit.test_report import grid_study, kept_study
from trafficopt.errors import InputError
from trafficopt.page_server import page_in, serving
from trafficopt.reporting.pages.report import render_report
from trafficopt.saved_report import FILE, read_shown, saved, write_shown
from trafficopt.study_findings import Study


@pytest.mark.parametrize("of", [grid_study(3, 2), kept_study()], ids=["improved", "kept"])
def test_what_is_read_gives_the_same_page(of: Study, tmp_path: Path) -> None:
    write_shown(of, tmp_path)
    again = read_shown(tmp_path)
    assert isinstance(again, Study)
    assert render_report(again) == render_report(of) == (tmp_path / "report.html").read_text("utf-8")
    assert again.plan == of.plan
    assert again.comparison == of.comparison
    assert saved(again) == saved(read_shown(tmp_path / FILE)) != b""


def test_vehicles_are_not_kept(tmp_path: Path) -> None:
    write_shown(grid_study(2, 1), tmp_path)
    again = read_shown(tmp_path)
    assert isinstance(again, Study)
    assert len(again.scenario.demand) == 0
    assert len(again.scenario.network.intersections) == 2


def _other_format(content: bytes) -> bytes:
    held = json.loads(gzip.decompress(content))
    return gzip.compress(json.dumps({**held, "format": 999}).encode())


def _without_plan(content: bytes) -> bytes:
    held = json.loads(gzip.decompress(content))
    del held["shown"]["plan"]
    return gzip.compress(json.dumps(held).encode())


@pytest.mark.parametrize(
    ("spoiled", "fault"),
    [
        (lambda content: content[:100], "holds no report"),
        (lambda content: b"{}", "holds no report"),
        (lambda content: gzip.compress(b"[]"), "holds no report"),
        (_without_plan, "holds no report"),
        (_other_format, "has format 999, and this version reads 1"),
    ],
    ids=["cut", "not compressed", "something else", "incomplete", "of another version"],
)
def test_a_spoiled_file_is_told(spoiled: Callable[[bytes], bytes], fault: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(spoiled(saved(grid_study(2, 1))))
    with pytest.raises(InputError, match=fault) as caught:
        read_shown(tmp_path)
    assert str(tmp_path / FILE) in str(caught.value)
    assert "Remedy: " in str(caught.value)


def test_a_folder_without_a_report_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        read_shown(tmp_path)
    with pytest.raises(InputError, match=r"there is no report\.html or summary\.html in it"):
        page_in(tmp_path)


def test_the_report_comes_before_other_pages(tmp_path: Path) -> None:
    for name in ("ledger.html", "summary.html", "report.html"):
        (tmp_path / name).write_text(name)
        assert page_in(tmp_path).name == name
    assert page_in(tmp_path / "ledger.html").name == "ledger.html"


def test_a_served_page_is_the_file(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("the page", encoding="utf-8")
    with serving(page_in(tmp_path), 0) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            address = f"http://localhost:{server.server_port}/report.html"
            with urllib.request.urlopen(address, timeout=10) as answer:
                assert answer.read() == b"the page"
            with pytest.raises(InputError, match=f"port {server.server_port}: "):
                serving(page_in(tmp_path), server.server_port)
        finally:
            server.shutdown()
            thread.join()


def test_names_survive(tmp_path: Path) -> None:
    study = grid_study(2, 1)
    write_shown(replace(study, scenario=replace(study.scenario, title="沧州 <b>&")), tmp_path)
    again = read_shown(tmp_path)
    assert isinstance(again, Study)
    assert again.scenario.title == "沧州 <b>&"

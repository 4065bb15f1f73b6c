"""The documentation builds as a site without a warning, has every public name, and asks no other host."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
import typer.main

import trafficopt
from trafficopt.cli import app

ROOT = Path(__file__).parents[2]
REFERENCE = sorted((ROOT / "docs" / "reference").glob("*.md"))
FETCHED = {"img": "src", "script": "src", "iframe": "src", "link": "href", "source": "src", "object": "data"}
OUTSIDE = re.compile(r"(https?:)?//")


class Assets(HTMLParser):
    """Addresses that a page fetches as it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        address = given.get(FETCHED.get(tag, ""))
        if address and given.get("rel") != "canonical":
            self.found.append(address)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def test_every_public_name_is_on_one_page_of_the_reference() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in REFERENCE)
    shown = Counter(re.findall(r"^::: trafficopt\.(\w+)$", text, re.MULTILINE))
    assert sorted(shown.elements()) == sorted(trafficopt.__all__)


def test_every_public_name_is_written_out(site: Path) -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in (site / "reference").glob("*.html"))
    headings = set(re.findall(r'doc-object-name[^"]*">(\w+)</span>', pages))
    assert set(trafficopt.__all__) <= headings


def test_every_command_and_option_is_written_out(site: Path) -> None:
    page = (site / "reference" / "command_line.html").read_text(encoding="utf-8")
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert set(commands) <= set(re.findall(r'<h2 id="(\w+)"', page))
    options = {option for command in commands.values() for each in command.params for option in each.opts}
    assert {option for option in options if option.startswith("--") and option not in page} == set()


def test_no_page_asks_another_host_for_anything(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > len(REFERENCE)
    fetched = {}
    for page in pages:
        assets = Assets()
        assets.feed(page.read_text(encoding="utf-8"))
        assert assets.found
        fetched[page.name] = [address for address in assets.found if OUTSIDE.match(address)]
    assert {page: found for page, found in fetched.items() if found} == {}
    styles = "".join(style.read_text(encoding="utf-8") for style in site.rglob("*.css"))
    assert re.findall(r"(?:url\(|@import )[\"']?(?:https?:)?//[^)\"']+", styles) == []


def test_the_search_needs_no_server(site: Path) -> None:
    index = (site / "search" / "search_index.js").read_text(encoding="utf-8")
    assert index.startswith("var __index = ")
    assert "Main Street" in index
    assert "assets/iframe-worker.js" in (site / "index.html").read_text(encoding="utf-8")

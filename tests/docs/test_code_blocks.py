"""What the documentation tells people to type: its Python runs, its commands parse, its TOML is read."""

from __future__ import annotations

import ast
import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
import pytest
import typer.main
from typer.testing import CliRunner

import trafficopt
from trafficopt.cli import app
from trafficopt.examples import example_path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^(<!-- not run: .+ -->\n)?```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SEARCH_S, MINUTES = 1, 10
"""Longest search and window: pages show what is worth its time, and a test only asks whether it runs."""
EXAMPLE = example_path("main_street")
GIVEN = {
    "docs/robust_plans.md": """
import trafficopt as to
scenario = to.read_scenario(to.example_path("main_street"), minutes=3)
problem = to.build_problem(scenario)
monday = friday = scenario.demand
""",
}
"""What a page takes for granted."""


class Block(NamedTuple):
    """A block of a page and its first line; `runs` is false where the page says what is missing here."""

    page: str
    line: int
    kind: str
    text: str
    runs: bool

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks_of(path: Path) -> Iterator[Block]:
    page = path.read_text(encoding="utf-8")
    for found in BLOCK.finditer(page):
        line = page[: found.start(3)].count("\n") + 1
        yield Block(str(path.relative_to(ROOT)), line, found[2], found[3], found[1] is None)


BLOCKS = [block for page in PAGES for block in blocks_of(page)]
PYTHON = [block for block in BLOCKS if block.kind == "python"]
COMMANDS = [
    (block.page, line)
    for block in BLOCKS
    if block.kind in ("", "sh")
    for line in block.text.splitlines()
    if line.startswith("trafficopt ")
]
TUTORIAL = "docs/tutorial.md"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with the example where the pages have it."""
    (tmp_path / "trafficopt" / "examples").mkdir(parents=True)
    example = tmp_path / "trafficopt" / "examples" / EXAMPLE.name
    shutil.copytree(EXAMPLE, example)
    config = example / f"{EXAMPLE.name}.sumocfg"
    end = f'<end value="{28800 + 60 * MINUTES}"'
    config.write_text(re.sub(r'<end value="[^"]+"', end, config.read_text(encoding="utf-8")))
    scenarios = f'scenarios = ["trafficopt/examples/{EXAMPLE.name}"]'
    (tmp_path / "study.toml").write_text(f"{scenarios}\nseeds = 2\nminutes = 2\nmax_seconds = 1\n")
    monkeypatch.chdir(tmp_path)
    for search in (trafficopt.optimize, trafficopt.run_study):
        monkeypatch.setitem(search.__kwdefaults__, "max_seconds", SEARCH_S)
    monkeypatch.setitem(trafficopt.read_scenario.__kwdefaults__, "minutes", MINUTES)
    monkeypatch.setitem(mpl.rcParams, "backend", "agg")
    return tmp_path


def shortened(text: str) -> str:
    return re.sub(r"(max[_-]seconds[= ])\d+", rf"\g<1>{SEARCH_S}", text)


@pytest.mark.parametrize("page", sorted({block.page for block in PYTHON}))
def test_python_of_a_page_runs_from_top_to_bottom(page: str, folder: Path) -> None:
    names: dict[str, object] = {}
    exec(GIVEN.get(page, ""), names)
    blocks = [block for block in PYTHON if block.page == page and block.runs]
    for block in blocks:
        exec(compile("\n" * (block.line - 1) + shortened(block.text), page, "exec"), names)
    studied = any("run_study" in block.text for block in blocks)
    assert studied == bool(list(folder.glob("*/report.html")))


@pytest.mark.parametrize("block", [block for block in PYTHON if not block.runs], ids=str)
def test_python_that_cannot_run_here_uses_public_names(block: Block) -> None:
    used = {
        node.attr
        for node in ast.walk(ast.parse(block.text))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "to"
    }
    assert used
    assert used <= set(trafficopt.__all__)


@pytest.mark.parametrize(("page", "line"), COMMANDS)
def test_commands_have_the_arguments_and_options_shown(page: str, line: str) -> None:
    _, name, *words = shlex.split(line, comments=True)
    command = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]
    command.make_context(name, words)


def test_commands_of_the_tutorial_run(folder: Path) -> None:
    lines = [line for page, line in COMMANDS if page == TUTORIAL]
    assert any(line.startswith("trafficopt run ") for line in lines)
    for line in lines:
        done = CliRunner().invoke(app, shlex.split(shortened(line))[1:], catch_exceptions=False)
        assert done.exit_code == 0, f"{line}\n{done.output}"
    assert (folder / "out" / "report.html").is_file()


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.kind == "toml"], ids=str)
def test_toml_is_toml(block: Block) -> None:
    assert tomllib.loads(block.text)

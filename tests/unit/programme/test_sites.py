"""Candidates of a scenario's tables, and the table `[programme]`."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

import trafficopt as to
from trafficopt.errors import InputError
from trafficopt.programme.sites import MOVED_M, OWNERS, read_sites
from trafficopt.treatment import CloseOpening, MoveOpening

EXAMPLE = to.example_path("main_street")


def scenario_with(tmp_path: Path, lines: str) -> Path:
    """The example with more lines at the end of its scenario.toml."""
    folder = tmp_path / "street"
    shutil.copytree(EXAMPLE, folder)
    path = folder / "scenario.toml"
    path.write_text(path.read_text(encoding="utf-8") + "\n" + lines, encoding="utf-8")
    return folder


def test_a_scenario_without_tables_has_no_candidates() -> None:
    found = read_sites(to.read_scenario(EXAMPLE))
    assert (found.openings, found.islands, found.parking_spaces) == ((), (), 0)
    assert found.owners == OWNERS


def test_the_table_gives_spaces_date_and_owners(tmp_path: Path) -> None:
    lines = '[programme]\nparking_spaces = 12\nopened = 2021-03-01\nowners = { roads = "works" }\n'
    found = read_sites(to.read_scenario(scenario_with(tmp_path, lines)))
    assert (found.parking_spaces, found.opened) == (12, date(2021, 3, 1))
    assert found.owners == {**OWNERS, "roads": "works"}


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("programme = 3", "is not a table"),
        ("[programme]\nspaces = 3", "key 'spaces' is unknown"),
        ('[programme]\nparking_spaces = "many"', "is no int"),
        ("[programme]\nparking_spaces = true", "is no int"),
        ("[programme]\nparking_spaces = -1", "is below 0"),
        ('[programme]\nopened = "monday"', "is no date"),
        ('[programme]\nowners = { mayor = "x" }', "is no text for one of signals, roads, parking"),
        ('[programme]\nowners = { roads = "" }', "is no text for one of"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_key(tmp_path: Path, lines: str, words: str) -> None:
    if lines == "programme = 3":  # a key must stand above all tables
        folder = scenario_with(tmp_path, "")
        path = folder / "scenario.toml"
        path.write_text(lines + "\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    else:
        folder = scenario_with(tmp_path, lines)
    scenario = to.read_scenario(folder)
    with pytest.raises(InputError, match="keys are parking_spaces") as caught:
        read_sites(scenario)
    assert words in str(caught.value)
    assert "scenario.toml" in str(caught.value)


def test_an_opening_may_be_closed_or_moved_both_ways() -> None:
    city = Path(__file__).resolve().parents[3] / "scenarios" / "cangzhou"
    found = read_sites(to.read_scenario(city, minutes=1))
    assert (len(found.openings), len(found.islands)) == (78, 22)
    for site in found.openings:
        closed, down, up = site.options
        assert isinstance(closed, CloseOpening)
        assert isinstance(down, MoveOpening)
        assert isinstance(up, MoveOpening)
        assert {edit.place for edit in site.options} == {site.place}
        assert down.downstream_m == -up.downstream_m == MOVED_M

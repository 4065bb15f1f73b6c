"""Figures of sites in words and as a table, from records by hand."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path

import pytest

from trafficopt.intersection import Movement, Turn
from trafficopt.model.crossing_walks import Walk
from trafficopt.network import Link, Network
from trafficopt.programme.before_after import TurnFigures
from trafficopt.programme.island_figures import CrossingFigures, IslandFigures, streets_of
from trafficopt.programme.opening_figures import OpeningFigures
from trafficopt.programme.site_figures import COLUMNS, site_words, sites_csv, write_sites
from trafficopt.signals.by_hand import intersection_by_hand
from trafficopt.treatment import CloseOpening, MoveOpening, RemoveIsland

TURNS = (
    TurnFigures("a", "b", 100.0, 1000.0, 100.0, 400.0),
    TurnFigures("c", "d", 200.0, 800.0, 200.0, 250.0),
)
OLD, NEW = Walk(100.0, 60.0, 22.4), Walk(80.0, 16.0, 16.0)
ISLAND = IslandFigures(
    RemoveIsland("J1"),
    TURNS,
    (CrossingFigures("a", OLD, NEW, 31.5, 30.0), CrossingFigures("c", OLD, NEW, 27.5, 26.5)),
)
CLOSED = OpeningFigures(
    CloseOpening("U1", "e", "f"), TurnFigures("e", "f", 26.0, 781.0, 30.0, 91.4), 654.0, 434.0, 312.4, 18.7
)


def test_an_island_is_told_in_one_line_with_its_basis() -> None:
    assert site_words(ISLAND) == (
        "right turns 1800 to 650 veh/h for 300, the fullest at 25 % to 80 %, walk across all approaches "
        "200 to 160 m, 45 to 32 m of it on the roadway, wait 29.5 to 28.2 s an approach "
        "(by geometry and plan, not simulated)"
    )


def test_an_approach_that_no_green_lets_across_is_told_and_not_in_the_mean() -> None:
    dark = CrossingFigures("c", OLD, NEW, math.inf, math.inf)
    found = replace(ISLAND, crossings=(ISLAND.crossings[0], dark))
    assert found.waits_s == (31.5, 30.0)
    assert "wait 31.5 to 30.0 s an approach, 1 of 2 with no green long enough to cross" in site_words(found)
    none = replace(ISLAND, crossings=(dark, dark))
    assert "wait" not in site_words(none)
    assert "2 of 2 with no green" in site_words(none)


def test_a_right_turn_that_gets_no_room_is_told() -> None:
    full = replace(TURNS[1], capacity_after_veh_h=0.0)
    assert full.saturation_after == math.inf
    assert "the fullest at 25 % to no room at all" in site_words(replace(ISLAND, turns=(TURNS[0], full)))
    assert replace(full, flow_after_veh_h=0.0).saturation_after == 0.0  # nobody wants it


def test_an_opening_is_told_with_what_each_driver_drives_more() -> None:
    assert site_words(CLOSED) == (
        "U-turns 781 veh/h for 26 to 91 veh/h for 30, 312 m and 19 s further for each"
    )


def test_an_opening_moved_upstream_saves_way() -> None:
    moved = replace(CLOSED, edit=MoveOpening("U1", "e", "f", -20.0), further_m=-40.0, further_s=-2.4)
    assert site_words(moved).endswith("40 m and 2 s less for each")


def test_a_way_without_a_signal_has_no_capacity_after() -> None:
    around = replace(CLOSED, turn=replace(CLOSED.turn, capacity_after_veh_h=math.nan))
    assert "to no turn at a signal" in site_words(around)
    row = rows_of(sites_csv({around.edit: around}))[0]
    assert (row["capacity_after_veh_h"], row["fullest_turn_after"]) == ("", "")


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_the_table_has_a_row_a_site_and_a_unit_in_every_name_of_a_quantity(tmp_path: Path) -> None:
    figures = {ISLAND.edit: ISLAND, CLOSED.edit: CLOSED}
    write_sites(figures, tmp_path)
    text = (tmp_path / "sites.csv").read_text(encoding="utf-8")
    assert text == sites_csv(figures)
    island, opening = rows_of(text)
    assert (island["family"], island["site"], island["turns"]) == ("island", "J1", "2")
    assert island["treatment"] == str(ISLAND.edit)
    assert (island["walk_before_m"], island["walk_after_m"]) == ("200.0", "160.0")
    assert (island["walks_before_m"], island["waits_after_s"]) == ("100.0 100.0", "30.0 26.5")
    assert (island["fullest_turn_before"], island["fullest_turn_after"]) == ("0.250", "0.800")
    assert (opening["capacity_before_veh_h"], opening["cautious_capacity_before_veh_h"]) == ("781.0", "434.0")
    assert opening["walk_before_m"] == island["further_m"] == ""
    plain = {"family", "site", "treatment", "turns", "approaches", "basis", "crossings_without_green"}
    for name in set(COLUMNS) - plain:
        assert name.endswith(("_m", "_s", "_veh_h")) or name.startswith("fullest_turn"), name


def test_nothing_claims_safety() -> None:
    for text in (site_words(ISLAND), site_words(CLOSED), sites_csv({ISLAND.edit: ISLAND})):
        assert "safe" not in text.lower() and "risk" not in text.lower()


def test_sums_of_walks_add_each_part() -> None:
    assert Walk(1.0, 2.0, 3.0) + Walk(10.0, 20.0, 30.0) == Walk(11.0, 22.0, 33.0)
    assert (ISLAND.walk_before, ISLAND.walk_after) == (Walk(200.0, 120.0, 44.8), Walk(160.0, 32.0, 32.0))


def test_one_way_streets_have_an_approach_or_an_exit_alone() -> None:
    shapes = {
        "w": ((-100.0, 0.0), (0.0, 0.0)),
        "e": ((0.0, 0.0), (100.0, 0.0)),
        "n": ((0.0, 100.0), (0.0, 0.0)),
        "back": ((0.0, 0.0), (-100.0, 5.0)),
    }
    links = {key: Link(key, "a", "b", 100.0, 13.9, 1, shape) for key, shape in shapes.items()}
    movements = (
        Movement("w", "e", Turn.THROUGH, (0,), (0,), 13.9, 0, ()),
        Movement("n", "back", Turn.RIGHT, (1,), (0,), 8.0, 0, ()),
    )
    node = intersection_by_hand("J1", movements, ())
    found = streets_of(Network(links, (node,)), node)
    assert found == (("w", "back"), ("n", ""), ("", "e"))


@pytest.mark.parametrize("flow", [0.0, 50.0])
def test_saturation_is_the_share_that_is_wanted(flow: float) -> None:
    turn = TurnFigures("a", "b", flow, 100.0, flow, 200.0)
    assert (turn.saturation_before, turn.saturation_after) == (flow / 100.0, flow / 200.0)

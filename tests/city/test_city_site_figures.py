"""What all islands and openings of the synthetic city mean beside time lost: bounds that hold everywhere."""

from __future__ import annotations

from math import isfinite
from pathlib import Path

import pytest

import trafficopt as to
from trafficopt.programme.island_figures import IslandFigures
from trafficopt.programme.opening_figures import OpeningFigures
from trafficopt.programme.site_figures import site_figures, sites_csv
from trafficopt.scenario import Scenario
from trafficopt.sumo.network_edits import apply_treatments, read_openings
from trafficopt.treatment import CloseOpening, NetworkEdit, RemoveIsland

CITY = Path(__file__).resolve().parents[2] / "scenarios" / "cangzhou"
N_WITH_ISLANDS, N_OPENINGS = 22, 78


@pytest.fixture(scope="module")
def city() -> Scenario:
    return to.read_scenario(CITY)


@pytest.fixture(scope="module")
def islands(city: Scenario, tmp_path_factory: pytest.TempPathFactory) -> list[IslandFigures]:
    slips = {key.split(".slip")[0] for key in city.network.links if ".slip" in key}
    edits: list[NetworkEdit] = [RemoveIsland(key) for key in sorted(slips)]
    edited = apply_treatments(city, edits, tmp_path_factory.mktemp("islands") / "after")
    return [each for each in site_figures(city, edited, edits).values() if isinstance(each, IslandFigures)]


@pytest.fixture(scope="module")
def openings(city: Scenario, tmp_path_factory: pytest.TempPathFactory) -> list[OpeningFigures]:
    edits: list[NetworkEdit] = [CloseOpening(key, *links) for key, links in read_openings(city).items()]
    edited = apply_treatments(city, edits, tmp_path_factory.mktemp("openings") / "after")
    return [each for each in site_figures(city, edited, edits).values() if isinstance(each, OpeningFigures)]


def test_every_island_has_its_turns_and_crossings(islands: list[IslandFigures]) -> None:
    assert len(islands) == N_WITH_ISLANDS
    for island in islands:
        assert (len(island.turns), len(island.crossings)) == (4, 4)
        assert island.without_green == 0
        for turn in island.turns:
            assert 500.0 < turn.capacity_before_veh_h < 1640.0
            assert 0.0 <= turn.capacity_after_veh_h < 1640.0
            assert turn.saturation_before < 0.5
        for crossing in island.crossings:
            lanes = crossing.after.roadway_m / 3.2
            assert abs(lanes - round(lanes)) < 0.05 and 3 <= round(lanes) <= 7
            assert crossing.before.roadway_m == pytest.approx(crossing.after.roadway_m + 2 * 3.2)
            assert 10.0 < crossing.before.walk_m - crossing.after.walk_m < 40.0
            assert 0.0 < crossing.wait_before_s - crossing.wait_after_s < 5.0
            assert 10.0 < crossing.wait_after_s < 40.0  # a cycle of 80 s


def test_single_lanes_that_right_turns_come_to_share_have_the_least_room(
    islands: list[IslandFigures], city: Scenario
) -> None:
    single = [
        turn.capacity_after_veh_h
        for island in islands
        for turn in island.turns
        if city.network.links[turn.from_link].n_lanes == 2  # one, and the pocket for left turns
    ]
    others = [
        turn.capacity_after_veh_h
        for island in islands
        for turn in island.turns
        if city.network.links[turn.from_link].n_lanes > 2
    ]
    assert max(single) < 600.0
    assert sorted(others)[len(others) // 2] > 1000.0


def test_every_opening_has_more_room_than_the_left_turn_that_replaces_it(
    openings: list[OpeningFigures],
) -> None:
    assert len(openings) == N_OPENINGS
    for opening in openings:
        turn = opening.turn
        assert isfinite(turn.capacity_after_veh_h)
        assert turn.capacity_after_veh_h < turn.capacity_before_veh_h
        assert opening.cautious_veh_h < turn.capacity_before_veh_h
        assert 100.0 < opening.further_m < 1500.0
        assert opening.further_s == pytest.approx(opening.further_m / 16.67, rel=0.3)


def test_the_table_is_whole(islands: list[IslandFigures], openings: list[OpeningFigures]) -> None:
    text = sites_csv({each.edit: each for each in (*islands, *openings)})
    assert len(text.splitlines()) == 1 + N_WITH_ISLANDS + N_OPENINGS
    assert "nan" not in text

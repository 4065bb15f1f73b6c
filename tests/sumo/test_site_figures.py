"""What islands and openings mean beside time lost: a small net by hand, and the synthetic city."""

from __future__ import annotations

import csv
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import trafficopt as to
from trafficopt.errors import InputError
from trafficopt.model.turn_capacity import CAUTIOUS_U_TURN, MERGING, U_TURN, gap_capacity_veh_h
from trafficopt.programme.island_figures import IslandFigures, streets_of
from trafficopt.programme.opening_figures import OpeningFigures
from trafficopt.programme.site_figures import COLUMNS, site_figures, site_words, write_sites
from trafficopt.scenario import Scenario
from trafficopt.sumo.binary import run_tool
from trafficopt.sumo.carriageways import read_carriageways
from trafficopt.sumo.network_edits import apply_treatments
from trafficopt.treatment import BanTurn, CloseOpening, MoveOpening, NetworkEdit, RemoveIsland

# A crossroads c of one lane each way. Traffic from the west turns right past an island (w2 begins at wd, slip
# leads to sm, and is 4 m wide); that from the east may turn back at the opening u.
NODES = {
    **{"c": (0, 0), "w": (-300, 0), "e": (400, 0), "s": (0, -300), "n": (0, 300)},
    **{"wd": (-60, 0), "sm": (0, -60), "u": (150, 0)},
}
EDGES = {
    **{"w1": ("w", "wd"), "w2": ("wd", "c"), "cw": ("c", "w"), "slip": ("wd", "sm")},
    **{"s1": ("c", "sm"), "s2": ("sm", "s"), "sc": ("s", "c"), "nc": ("n", "c"), "cn": ("c", "n")},
    **{"e1": ("e", "u"), "e2": ("u", "c"), "c1": ("c", "u"), "c2": ("u", "e")},
}
CONNECTIONS = (
    *(("w1", "w2"), ("w1", "slip"), ("w2", "c1"), ("w2", "cn"), ("slip", "s2"), ("s1", "s2")),
    *(("e1", "e2"), ("e1", "c2"), ("c1", "c2")),
)
ROUTES = {"right": "w1 slip s2", "through": "w1 w2 c1 c2", "back": "e1 c2", "left": "e1 e2 s1 s2"}
PER_HOUR = {"right": 240, "through": 360, "back": 60, "left": 120}
ISLAND, OPENING = RemoveIsland("c"), CloseOpening("U1", "e1", "c2")
MOVED = MoveOpening("U1", "e1", "c2", 20.0)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    folder = tmp_path_factory.mktemp("before")
    nodes = "".join(
        f'<node id="{key}" x="{x}" y="{y}" type="{"traffic_light" if key == "c" else "priority"}"/>'
        for key, (x, y) in NODES.items()
    )
    shapes = {"slip": 'shape="-60,0 -20,-20 0,-60" width="4"'}
    edges = "".join(
        f'<edge id="{key}" from="{a}" to="{b}" speed="10" priority="{1 if key == "slip" else 5}" '
        f"{shapes.get(key, '')}/>"
        for key, (a, b) in EDGES.items()
    )
    connections = "".join(
        f'<connection from="{a}" to="{b}" fromLane="0" toLane="0"/>' for a, b in CONNECTIONS
    )
    for name, inside in (("nod", f"<nodes>{nodes}</nodes>"), ("edg", f"<edges>{edges}</edges>")):
        (folder / f"a.{name}.xml").write_text(inside, encoding="utf-8")
    (folder / "a.con.xml").write_text(f"<connections>{connections}</connections>", encoding="utf-8")
    files = ("-n", "a.nod.xml", "-e", "a.edg.xml", "-x", "a.con.xml", "-o", "a.net.xml")
    run_tool("netconvert", [*files, "--no-turnarounds"], cwd=folder, time_limit_s=60)
    vehicles = sorted(
        (k * 600.0 / (n // 6), f"{key}{k}", ROUTES[key]) for key, n in PER_HOUR.items() for k in range(n // 6)
    )
    text = "".join(
        f'<vehicle id="{key}" depart="{at:.1f}"><route edges="{way}"/></vehicle>' for at, key, way in vehicles
    )
    (folder / "a.rou.xml").write_text(f"<routes>{text}</routes>", encoding="utf-8")
    (folder / "a.sumocfg").write_text(
        '<configuration><net-file value="a.net.xml"/><route-files value="a.rou.xml"/>'
        '<begin value="0"/><end value="600"/></configuration>',
        encoding="utf-8",
    )
    return to.read_scenario(folder / "a.sumocfg")


def figures_of(scenario: Scenario, edit: NetworkEdit, folder: Path) -> IslandFigures | OpeningFigures:
    edited = apply_treatments(scenario, [edit], folder)
    return site_figures(scenario, edited, [edit])[edit]


@pytest.fixture(scope="module")
def island(small: Scenario, tmp_path_factory: pytest.TempPathFactory) -> IslandFigures:
    found = figures_of(small, ISLAND, tmp_path_factory.mktemp("island") / "after")
    assert isinstance(found, IslandFigures)
    return found


@pytest.fixture(scope="module")
def closed(small: Scenario, tmp_path_factory: pytest.TempPathFactory) -> OpeningFigures:
    found = figures_of(small, OPENING, tmp_path_factory.mktemp("closed") / "after")
    assert isinstance(found, OpeningFigures)
    return found


def test_a_right_turn_merges_before_and_shares_the_signal_after(
    small: Scenario, island: IslandFigures
) -> None:
    (turn,) = island.turns
    assert (turn.from_link, turn.to_link) == ("w2", "s1")
    assert (turn.flow_before_veh_h, turn.flow_after_veh_h) == (240.0, 240.0)
    # Left turns from the east, 120 veh/h, meet it while they are green; nobody does in the rest of the cycle.
    plan = small.field_plan["c"]
    heads = small.network["c"].heads_by_name["e2->s1"]
    green = sum(row.duration_s for row in plan.intervals if row.state[heads[0]] in "Gg") / plan.cycle_s
    steady, platoon = gap_capacity_veh_h(0.0, MERGING), gap_capacity_veh_h(120.0 / green, MERGING)
    assert platoon < turn.capacity_before_veh_h <= green * platoon + (1.0 - green) * steady
    # After: beside 360 veh/h straight on from the same lane.
    assert 0.0 < turn.capacity_after_veh_h < turn.capacity_before_veh_h
    assert turn.saturation_before < turn.saturation_after


def test_walks_follow_the_drawn_slip_lane(small: Scenario, island: IslandFigures) -> None:
    by = {crossing.approach: crossing for crossing in island.crossings}
    assert set(by) == {"e2", "nc", "sc", "w2"}
    for key in ("e2", "nc"):  # no island beside these
        assert by[key].before == by[key].after
        assert by[key].before.roadway_m == pytest.approx(6.4, abs=0.1)
    for key in ("w2", "sc"):
        assert by[key].before.roadway_m == pytest.approx(6.4 + 4.0, abs=0.1)
        assert by[key].after.crossing_m == pytest.approx(6.4, abs=0.1)
        assert by[key].before.walk_m > by[key].before.crossing_m > by[key].before.roadway_m
        assert by[key].after.walk_m < by[key].before.walk_m
    # The slip lane lies even to the diagonal, so do the walks on both sides.
    assert by["w2"].before.walk_m == pytest.approx(by["sc"].before.walk_m, abs=0.5)
    # netconvert draws an edge on its left side: the island ends 20 m west and south of c.
    corner = read_carriageways(small.simulation.net, {"w2"})["w2"].curb[-1]
    middle = np.array([small.network["c"].x_m - 20.0, small.network["c"].y_m - 20.0])
    across = 6.4 + float(np.hypot(*(corner - middle))) + 4.0
    assert by["w2"].before.crossing_m == pytest.approx(across, abs=0.2)


def test_waits_fall_by_what_the_slip_lane_took(island: IslandFigures) -> None:
    flow, needed = 240.0 / 3600.0, 4.0 / 1.2 + 3.0
    gap = (math.exp(flow * needed) - flow * needed - 1.0) / flow
    for crossing in island.crossings:
        saved = crossing.wait_before_s - crossing.wait_after_s
        assert saved == pytest.approx(gap if crossing.approach in ("w2", "sc") else 0.0, abs=1e-9)
        assert 0.0 < crossing.wait_after_s < 60.0


def test_an_opening_is_measured_by_gaps_and_by_the_way_to_the_signal(
    small: Scenario, closed: OpeningFigures
) -> None:
    assert closed.opposing_veh_h == 360.0
    assert closed.turn.flow_before_veh_h == 60.0
    assert closed.turn.capacity_before_veh_h <= gap_capacity_veh_h(360.0, U_TURN) + 1e-9
    assert closed.cautious_veh_h == pytest.approx(gap_capacity_veh_h(360.0, CAUTIOUS_U_TURN))
    links = small.network.links
    assert closed.further_m == pytest.approx(links["e2"].length_m + links["c1"].length_m)
    assert closed.further_s == pytest.approx(closed.further_m / 10.0)
    assert closed.turn.flow_after_veh_h == 60.0
    assert 0.0 < closed.turn.capacity_after_veh_h < closed.turn.capacity_before_veh_h


def test_a_moved_opening_is_as_far_away_on_the_way_there_and_back(small: Scenario, tmp_path: Path) -> None:
    edited = apply_treatments(small, [MOVED], tmp_path / "after")
    found = site_figures(small, edited, [MOVED])[MOVED]
    assert isinstance(found, OpeningFigures)
    old, new = small.network.links, edited.scenario.network.links
    assert found.further_m == pytest.approx(
        sum(new[key].length_m - old[key].length_m for key in ("e1", "c2")), abs=0.1
    )
    assert found.further_s == pytest.approx(found.further_m / 10.0)
    assert found.turn.capacity_after_veh_h == found.turn.capacity_before_veh_h


def test_without_a_turn_at_the_signal_there_is_no_capacity_after(tmp_path: Path, small: Scenario) -> None:
    elsewhere = CloseOpening("U1", "e1", "c2", at_junction=False)
    with pytest.raises(InputError, match="no other way"):  # nobody can turn back anywhere else here
        apply_treatments(small, [elsewhere], tmp_path / "after")


def test_words_and_table_say_the_same(island: IslandFigures, closed: OpeningFigures, tmp_path: Path) -> None:
    write_sites({ISLAND: island, OPENING: closed}, tmp_path)
    with (tmp_path / "sites.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert tuple(rows[0]) == COLUMNS
    assert [(row["family"], row["site"]) for row in rows] == [("island", "c"), ("u-turn opening", "U1")]
    first, second = rows
    words = site_words(island)
    for before, after in (
        ("capacity_before_veh_h", "capacity_after_veh_h"),
        ("walk_before_m", "walk_after_m"),
    ):
        assert f"{float(first[before]):.0f} to {float(first[after]):.0f}" in words
    assert f"wait {first['wait_before_s']} to {first['wait_after_s']} s" in words
    assert "by geometry and plan, not simulated" in words
    assert f"{float(second['further_m']):.0f} m and {float(second['further_s']):.0f} s further" in site_words(
        closed
    )
    assert second["walk_before_m"] == "" and first["further_m"] == ""
    for text in (words, site_words(closed), *COLUMNS):
        assert "safe" not in text.lower()


def test_what_is_no_site_is_left_out_and_what_was_not_built_is_refused(
    small: Scenario, tmp_path: Path
) -> None:
    ban = BanTurn("w2", "cn")
    edited = apply_treatments(small, [ban], tmp_path / "after")
    assert site_figures(small, edited, [ban]) == {}
    with pytest.raises(ValueError, match="not among the treatments"):
        site_figures(small, edited, [ISLAND])


def test_streets_pair_what_comes_and_what_leaves(small: Scenario) -> None:
    assert set(streets_of(small.network, small.network["c"])) >= {("w2", "cw"), ("e2", "c1")}


def test_sidewalks_are_no_carriageway(tmp_path: Path) -> None:
    lane = '<lane id="a_{}" index="{}" speed="9" length="10" width="{}" shape="0,{} 10,{}" {}/>'
    lanes = [
        lane.format(0, 0, "2.00", -5, -5, 'allow="pedestrian"'),
        lane.format(1, 1, "3.00", -2.5, -2.5, ""),
        lane.format(2, 2, "3.50", 0.75, 0.75, 'disallow="bicycle"'),
    ]
    net = tmp_path / "a.net.xml"
    net.write_text(f'<net><edge id="a">{"".join(lanes)}</edge><edge id="b"/></net>', encoding="utf-8")
    found = read_carriageways(net, {"a", "b"})
    assert set(found) == {"a"}
    assert found["a"].width_m == 6.5
    assert found["a"].curb.tolist() == [[0.0, -4.0], [10.0, -4.0]]


def test_routes_give_the_flows(small: Scenario) -> None:
    used = [pair for route in small.demand.routes for pair in pairwise(route)]
    assert used.count(("slip", "s2")) == 40  # in ten minutes

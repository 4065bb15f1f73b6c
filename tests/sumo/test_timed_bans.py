"""Turns that are banned by time of day: who drives another way, and who cannot be held to one."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

import trafficopt as to
from trafficopt.errors import InputError
from trafficopt.scenario import Scenario
from trafficopt.sumo.binary import run_tool
from trafficopt.sumo.judge import simulate
from trafficopt.sumo.network_edits import apply_treatments
from trafficopt.treatment import BanTurn, ChangeLaneUse

TURN = ("A0A1", "A1B1")
ROUTE = "A0A1 A1B1 B1C1"
AHEAD = "A0A1 A1A2 A2B2"
Write = Callable[..., Scenario]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Maker of a scenario on a grid of three by three signals, with the vehicles of some XML."""
    folder = tmp_path / "before"
    folder.mkdir()
    streets = ("--grid", "--grid.number", "3", "--grid.length", "200", "-L", "2", "--no-turnarounds")
    signals = ("--default-junction-type", "traffic_light", "--tls.default-type", "static")
    run_tool("netgenerate", [*streets, *signals, "-o", "a.net.xml"], cwd=folder, time_limit_s=60)

    def make(vehicles: str, options: str = "", additional: str = "") -> Scenario:
        (folder / "a.rou.xml").write_text(f"<routes>{vehicles}</routes>", encoding="utf-8")
        (folder / "a.add.xml").write_text(f"<additional>{additional}</additional>", encoding="utf-8")
        (folder / "a.sumocfg").write_text(
            '<configuration><net-file value="a.net.xml"/><route-files value="a.rou.xml"/>'
            '<additional-files value="a.add.xml"/><begin value="0"/><end value="900"/>'
            f"{options}</configuration>",
            encoding="utf-8",
        )
        return to.read_scenario(folder / "a.sumocfg")

    return make


def vehicle(key: str, depart_s: float, route: str = ROUTE) -> str:
    return f'<vehicle id="{key}" depart="{depart_s:g}"><route edges="{route}"/></vehicle>'


def routes_of(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    return dict(zip(scenario.demand.vehicles, scenario.demand.routes, strict=True))


def free_flow_s(scenario: Scenario, links: tuple[str, ...]) -> float:
    return sum(scenario.network.links[link].free_flow_s for link in links)


def test_those_who_come_within_the_window_drive_another_way_and_nothing_else_changes(
    write: Write, tmp_path: Path
) -> None:
    before = write("".join(vehicle(f"v{k}", k) for k in (0, 100, 200, 300)) + vehicle("ahead", 300, AHEAD))
    way_s = before.network.links["A0A1"].free_flow_s
    ban = BanTurn(*TURN, 100 + way_s, 300 + way_s)  # v100 comes just as it begins, v300 as it ends
    edited = apply_treatments(before, [ban], tmp_path / "after")
    old, new = routes_of(before), routes_of(edited.scenario)
    assert {key for key in old if new[key] != old[key]} == {"v100", "v200"}
    assert new["v100"] == new["v200"]
    assert TURN not in pairwise(new["v100"])
    assert (new["v100"][0], new["v100"][-1]) == ("A0A1", "B1C1")
    longer_s = free_flow_s(before, new["v100"]) - free_flow_s(before, old["v100"])
    assert longer_s > 0.0
    assert edited.rerouted_s == pytest.approx({"v100": longer_s, "v200": longer_s})
    assert edited.mean_detour_s == pytest.approx(2 * longer_s / 5)
    net = edited.scenario.simulation.net
    assert net.read_bytes() == before.simulation.net.read_bytes()
    assert edited.scenario.field_plan.timings == before.field_plan.timings
    run = simulate(edited.scenario, edited.plan, [1], jobs=1).runs[0]
    assert (run.demanded, run.unfinished, run.teleports) == (5, 0, 0)


def test_flows_and_routes_that_vehicles_share_are_taken_apart(write: Write, tmp_path: Path) -> None:
    shared = f'<route id="r" edges="{ROUTE}"/>'
    flows = '<flow id="f" route="r" begin="0" end="400" period="100" departLane="best"/>'
    flows += f'<flow id="g" begin="0" end="400" number="4"><route edges="{AHEAD}"/></flow>'
    single = '<vehicle id="a" route="r" depart="150"/><vehicle id="b" route="r" depart="350"/>'
    before = write(shared + flows + single)
    edited = apply_treatments(before, [BanTurn(*TURN, 100.0, 250.0)], tmp_path / "after")
    old, new = routes_of(before), routes_of(edited.scenario)
    assert {key for key in old if new[key] != old[key]} == {"f.1", "f.2", "a"} == set(edited.rerouted_s)
    assert list(edited.scenario.demand.depart_s) == list(before.demand.depart_s)
    assert edited.scenario.simulation.flows == {"g"}
    text = (tmp_path / "after" / "a.rou.xml").read_text(encoding="utf-8")
    assert '<vehicle id="b" route="r" depart="350"' in text
    run = simulate(edited.scenario, edited.plan, [1], jobs=1).runs[0]
    assert (run.demanded, run.undeparted, run.unfinished) == (10, 0, 0)


def test_detours_of_vehicles_with_a_shared_route_count_for_each(write: Write, tmp_path: Path) -> None:
    vehicles = '<vehicle id="a" route="r" depart="0"/><flow id="f" route="r" begin="5" end="20" number="2"/>'
    before = write(f'<route id="r" edges="{ROUTE}"/>{vehicles}')
    edited = apply_treatments(before, [BanTurn(*TURN)], tmp_path / "after")
    assert set(edited.rerouted_s) == {"a", "f.0", "f.1"}
    assert edited.mean_detour_s == pytest.approx(edited.rerouted_s["a"])


def test_a_detour_keeps_out_of_other_bans_of_its_time(write: Write, tmp_path: Path) -> None:
    before = write(vehicle("v", 0.0))
    first = BanTurn(*TURN, 0.0, 60.0)
    way = routes_of(apply_treatments(before, [first], tmp_path / "one").scenario)["v"]
    second = BanTurn(way[2], way[3], 0.0, 60.0)
    edits = [
        first,
        second,
        BanTurn(*TURN, 60.0, 90.0),
        ChangeLaneUse("C1B1", {1: "left", 0: ["right", "through"]}),
    ]
    one = apply_treatments(before, edits, tmp_path / "two").scenario
    other = apply_treatments(before, edits[::-1], tmp_path / "three").scenario
    assert {TURN, (way[2], way[3])}.isdisjoint(pairwise(routes_of(one)["v"]))
    for path in sorted(one.source.parent.iterdir()):
        assert path.read_bytes() == (other.source.parent / path.name).read_bytes()
    later = BanTurn(way[2], way[3], 600.0, 700.0)
    assert routes_of(apply_treatments(before, [first, later], tmp_path / "four").scenario)["v"] == way


def test_a_permanent_detour_may_meet_a_ban(write: Write, tmp_path: Path) -> None:
    before = write(vehicle("v", 0.0) + vehicle("w", 500.0))
    way = routes_of(apply_treatments(before, [BanTurn(*TURN)], tmp_path / "one").scenario)["v"]
    edits = [BanTurn(*TURN), BanTurn(way[2], way[3], 0.0, 60.0)]
    new = routes_of(apply_treatments(before, edits, tmp_path / "two").scenario)
    assert new["w"] == way
    assert (way[2], way[3]) not in pairwise(new["v"])


def test_who_stops_on_the_way_still_comes_by(write: Write, tmp_path: Path) -> None:
    bus = vehicle("bus", 0.0).replace("</vehicle>", '<stop lane="A1B1_0" duration="5"/></vehicle>')
    before = write(bus + vehicle("car", 10.0))
    edited = apply_treatments(before, [BanTurn(*TURN, 0.0, 60.0)], tmp_path / "after")
    new = routes_of(edited.scenario)
    assert TURN not in pairwise(new["bus"])
    assert "A1B1" in new["bus"]
    assert "A1B1" not in new["car"]
    run = simulate(edited.scenario, edited.plan, [1], jobs=1).runs[0]
    assert (run.unfinished, run.undeparted, run.teleports) == (0, 0, 0)


TRIP = '<trip id="t" depart="0" from="A0A1" to="B1C1"/>'
DRAWN = f'<routeDistribution id="d"><route edges="{ROUTE}" probability="1"/></routeDistribution>'
ALWAYS = '<device.rerouting.probability value="1"/>'


@pytest.mark.parametrize(
    ("vehicles", "more", "edits", "message"),
    [
        (TRIP, {}, [BanTurn(*TURN, 0, 60)], "1 vehicles, first 't', choose their routes when they depart"),
        (vehicle("v", 0), {"options": ALWAYS}, [BanTurn(*TURN, 0, 60)], "device.rerouting.probability lets"),
        (vehicle("v", 0), {}, [BanTurn(*TURN, 900, 960)], "the scenario runs from 0 s to 900 s, not then"),
        (vehicle("v", 0), {}, [BanTurn("A0A1", "A1A0", 0, 60)], "no connection leads from 'A0A1' to 'A1A0'"),
        (
            vehicle("v", 0),
            {},
            [BanTurn(*TURN, 0, 60), BanTurn(*TURN, 59, 90)],
            "'A0A1->A1B1' is treated twice",
        ),
        (vehicle("v", 0), {}, [BanTurn(*TURN, 0, 60), BanTurn(*TURN)], "'A0A1->A1B1' is treated twice"),
        (
            f'<flow id="f" begin="0" end="60" probability="0.5"><route edges="{ROUTE}"/></flow>',
            {},
            [BanTurn(*TURN, 0, 90)],
            "flow 'f': SUMO draws when its vehicles depart",
        ),
        (
            DRAWN + '<vehicle id="v" route="d" depart="0"/>',
            {},
            [BanTurn(*TURN, 0, 60)],
            "SUMO draws from routes ('d') that drive a banned turn",
        ),
        (
            vehicle("v", 0, AHEAD),
            {"additional": f'<route id="r" edges="{ROUTE}"/><vehicle id="w" route="r" depart="0"/>'},
            [BanTurn(*TURN, 0, 60)],
            "'w' stands in an additional file",
        ),
        (
            vehicle("v", 0),
            {},
            [BanTurn(*TURN, 0, 60), BanTurn("A0A1", "A1A2", 0, 60)],
            "no other way from 'A0A1' to 'A1B1' of 300 s or less at free flow for 1 of the vehicles",
        ),
    ],
)
def test_what_cannot_be_kept_is_refused_and_said(
    write: Write, tmp_path: Path, vehicles: str, more: dict[str, str], edits: list[BanTurn], message: str
) -> None:
    before = write(vehicles, **more)
    with pytest.raises(InputError) as caught:
        apply_treatments(before, edits, tmp_path / "after")
    assert message in str(caught.value)
    assert not (tmp_path / "after").exists()


def test_vehicles_that_choose_their_route_after_the_ban_do_no_harm(write: Write, tmp_path: Path) -> None:
    before = write(vehicle("v", 0.0) + TRIP.replace('"0"', '"100"'))
    edited = apply_treatments(before, [BanTurn(*TURN, 0.0, 60.0)], tmp_path / "after")
    assert set(edited.rerouted_s) == {"v"}

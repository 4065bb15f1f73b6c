"""Treatments that edit the net: on a small net made by hand, and on the synthetic city."""

from __future__ import annotations

import hashlib
import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import trafficopt as to
from trafficopt.errors import InputError, UnsafePlanError
from trafficopt.intersection import Intersection, Turn
from trafficopt.rules.findings import errors
from trafficopt.scenario import Scenario
from trafficopt.signals.gate import network_findings
from trafficopt.sumo.binary import run_tool
from trafficopt.sumo.judge import simulate
from trafficopt.sumo.net_changes import changes_of
from trafficopt.sumo.network_edits import EditedScenario, apply_treatments, read_openings
from trafficopt.sumo.rebound_programs import Binding
from trafficopt.sumo.roads import LaneEnds
from trafficopt.treatment import (
    BanTurn,
    ChangeLaneUse,
    CloseOpening,
    ExtendPocket,
    MoveOpening,
    NetworkEdit,
    RemoveIsland,
)

CITY = Path(__file__).parents[2] / "scenarios" / "cangzhou"

# A crossroads c. Traffic from the west turns right past an island (w2 begins at wd, slip leads to sm), that
# from the east may turn back at the opening u.
NODES = {
    **{"c": (0, 0), "w": (-300, 0), "e": (300, 0), "s": (0, -300), "n": (0, 300)},
    **{"wd": (-40, 0), "sm": (0, -40), "u": (150, 0)},
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
VEHICLES = {
    "right": "w1 slip s2",
    "through": "w1 w2 c1 c2",
    "back": "e1 c2",
    "back2": "e1 c2",
    "left": "e1 e2 s1 s2",
}
OPENING = CloseOpening("U1", "e1", "c2")
ISLAND = RemoveIsland("c")


@pytest.fixture
def small(tmp_path: Path) -> Scenario:
    folder = tmp_path / "before"
    folder.mkdir()
    nodes = "".join(
        f'<node id="{key}" x="{x}" y="{y}" type="{"traffic_light" if key == "c" else "priority"}"/>'
        for key, (x, y) in NODES.items()
    )
    edges = "".join(
        f'<edge id="{key}" from="{a}" to="{b}" speed="10" priority="{1 if key == "slip" else 5}"/>'
        for key, (a, b) in EDGES.items()
    )
    connections = "".join(
        f'<connection from="{a}" to="{b}" fromLane="0" toLane="0"/>' for a, b in CONNECTIONS
    )
    (folder / "a.nod.xml").write_text(f"<nodes>{nodes}</nodes>", encoding="utf-8")
    (folder / "a.edg.xml").write_text(f"<edges>{edges}</edges>", encoding="utf-8")
    (folder / "a.con.xml").write_text(f"<connections>{connections}</connections>", encoding="utf-8")
    files = ("-n", "a.nod.xml", "-e", "a.edg.xml", "-x", "a.con.xml", "-o", "a.net.xml")
    run_tool("netconvert", [*files, "--no-turnarounds"], cwd=folder, time_limit_s=60)
    vehicles = "".join(
        f'<vehicle id="{key}" depart="{depart}"><route edges="{route}"/></vehicle>'
        for depart, (key, route) in enumerate(VEHICLES.items())
    )
    (folder / "a.rou.xml").write_text(f"<routes>{vehicles}</routes>", encoding="utf-8")
    (folder / "a.sumocfg").write_text(
        '<configuration><net-file value="a.net.xml"/><route-files value="a.rou.xml"/>'
        '<begin value="0"/><end value="300"/></configuration>',
        encoding="utf-8",
    )
    return to.read_scenario(folder / "a.sumocfg")


def routes_of(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    return dict(zip(scenario.demand.vehicles, scenario.demand.routes, strict=True))


def shown(scenario: Scenario, signal: str, movement: str) -> str:
    """Letters of a movement, one for each row of the cycle."""
    heads = scenario.network[signal].heads_by_name[movement]
    return "".join(row.state[heads[0]] for row in scenario.field_plan[signal].intervals)


def digests(scenario: Scenario) -> dict[Path, str]:
    files = [path for path in scenario.source.parent.iterdir() if path.is_file()]
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(files)}


def connected(scenario: Scenario) -> set[tuple[str, int, str, int]]:
    graph = scenario.network.lane_graph
    assert graph is not None
    ends = [(graph.lanes[c.from_lane], graph.lanes[c.to_lane]) for c in graph.connections]
    return {(a.link, a.index, b.link, b.index) for a, b in ends}


def test_a_right_turn_goes_with_its_through_traffic_and_waits_on_red_where_others_do(
    small: Scenario, tmp_path: Path
) -> None:
    before = digests(small)
    edited = apply_treatments(small, [ISLAND], tmp_path / "after")
    after = edited.scenario
    assert set(small.network.links) - set(after.network.links) == {"slip"}
    assert connected(after) - connected(small) == {("w2", 0, "s1", 0)}
    assert shown(after, "c", "w2->s1") == shown(after, "c", "w2->c1")
    assert "G" in shown(after, "c", "w2->s1") and "r" in shown(after, "c", "w2->s1")
    for movement in small.network["c"].movements:
        assert shown(after, "c", movement.id) == shown(small, "c", movement.id)
    assert routes_of(after) == {**routes_of(small), "right": ("w1", "w2", "s1", "s2")}
    assert set(edited.rerouted_s) == {"right"}
    assert digests(small) == before


def test_u_turns_go_with_the_left_turn_of_the_next_signal_and_come_back(
    small: Scenario, tmp_path: Path
) -> None:
    edited = apply_treatments(small, [OPENING], tmp_path / "after")
    after = edited.scenario
    assert connected(small) - connected(after) == {("e1", 0, "c2", 0)}
    assert connected(after) - connected(small) == {("e2", 0, "c1", 0)}
    turn = next(m for m in after.network["c"].movements if m.id == "e2->c1")
    assert turn.turn is Turn.U_TURN
    assert shown(after, "c", "e2->c1") == shown(after, "c", "e2->s1")
    way = ("e1", "e2", "c1", "c2")
    assert routes_of(after) == {**routes_of(small), "back": way, "back2": way}
    lengths_m = small.network.links["e2"].length_m + small.network.links["c1"].length_m
    assert edited.rerouted_s == pytest.approx({"back": lengths_m / 10.0, "back2": lengths_m / 10.0})
    assert edited.mean_detour_s == pytest.approx(2 * lengths_m / 10.0 / len(VEHICLES))
    evaluation = simulate(after, edited.plan, [1], jobs=1)
    assert (evaluation.runs[0].unfinished, evaluation.runs[0].teleports) == (0, 0)


def test_treatments_combine_in_any_order_to_the_same_bytes(small: Scenario, tmp_path: Path) -> None:
    one = apply_treatments(small, [OPENING, ISLAND], tmp_path / "one").scenario
    other = apply_treatments(small, [ISLAND, OPENING], tmp_path / "other").scenario
    assert list(digests(one).values()) == list(digests(other).values())
    assert connected(one) - connected(small) == {("e2", 0, "c1", 0), ("w2", 0, "s1", 0)}


def test_a_banned_turn_goes_and_the_letters_of_the_others_follow_them(
    small: Scenario, tmp_path: Path
) -> None:
    after = apply_treatments(small, [BanTurn("w2", "cn")], tmp_path / "after").scenario
    assert connected(small) - connected(after) == {("w2", 0, "cn", 0)}
    assert after.network["c"].n_heads == small.network["c"].n_heads - 1
    for movement in after.network["c"].movements:
        assert shown(after, "c", movement.id) == shown(small, "c", movement.id)
    assert routes_of(after) == routes_of(small)


def lengthened_m(before: Scenario, after: Scenario) -> dict[str, float]:
    """How much longer links have become [m], those that have changed by more than what junctions take."""
    links = after.network.links
    changes = {key: links[key].length_m - link.length_m for key, link in before.network.links.items()}
    return {key: change for key, change in changes.items() if abs(change) > 0.1}


@pytest.mark.parametrize("by_m", [60.0, -60.0])
def test_an_opening_is_moved_along_its_block(small: Scenario, tmp_path: Path, by_m: float) -> None:
    after = apply_treatments(small, [MoveOpening("U1", "e1", "c2", by_m)], tmp_path / "after").scenario
    wanted = {"e1": by_m, "e2": -by_m, "c1": -by_m, "c2": by_m}
    assert lengthened_m(small, after) == pytest.approx(wanted, abs=0.1)
    assert connected(after) == connected(small)
    assert routes_of(after) == routes_of(small)
    assert after.field_plan.timings == small.field_plan.timings


def test_a_plan_is_bound_to_the_edited_net(small: Scenario, tmp_path: Path) -> None:
    timing = small.field_plan["c"]
    longer = to.SignalTiming(
        timing.stages, (timing.greens_s[0] + 7.0, *timing.greens_s[1:]), timing.cycle_s + 7.0, 5.0
    )
    edited = apply_treatments(small, [ISLAND], tmp_path / "after", to.TimingPlan("longer", {"c": longer}))
    bound, field = edited.plan["c"], edited.scenario.field_plan["c"]
    assert edited.plan.name == "longer"
    assert [stage.state for stage in bound.stages] == [stage.state for stage in field.stages]
    assert (bound.greens_s, bound.cycle_s, bound.offset_s) == (longer.greens_s, longer.cycle_s, 5.0)


def test_a_right_turn_that_would_go_first_on_red_is_refused(
    small: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Binding, "_letter", lambda *_: "G")
    with pytest.raises(UnsafePlanError, match=r"w2->s1"):
        apply_treatments(small, [ISLAND], tmp_path / "after")


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        ([], "none is given"),
        ([RemoveIsland("x")], "'x' is no signal of the network"),
        ([ISLAND, ISLAND], "island 'c' is treated twice"),
        ([CloseOpening("U1", "e1", "cn")], "no connection leads from 'e1' to 'cn'"),
        ([CloseOpening("U1", "w2", "cn")], "from 'w2' to 'cn' is no U-turn"),
        (
            [CloseOpening("U1", "e1", "c2", at_junction=False)],
            "at free flow for 2 of the vehicles, first 'back'",
        ),
        ([OPENING, BanTurn("e2", "s1")], "no signal ahead has a left turn"),
        ([MoveOpening("U1", "e1", "c2", 140.0)], "'e2' (143 m) can become 123 m shorter, not more"),
        ([MoveOpening("U1", "w2", "cn", 10.0)], "from 'w2' to 'cn' is no U-turn"),
        ([OPENING, MoveOpening("U1", "e1", "c2", 10.0)], "u-turn opening 'U1' is treated twice"),
        ([ExtendPocket("w2", 10.0)], "no pocket begins with 'w2'"),
        ([ExtendPocket("x", 10.0)], "'x' is no link of the network"),
        ([BanTurn("c1", "c2")], "leave no way out of 'c1'"),
        ([ISLAND, BanTurn("e1", "e2")], "no other way from 'e1' to 'e2' of 300 s or less"),
    ],
)
def test_what_cannot_be_done_is_refused_and_said(
    small: Scenario, tmp_path: Path, edits: list[NetworkEdit], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        apply_treatments(small, edits, tmp_path / "after")
    assert message in str(caught.value)
    assert not (tmp_path / "after").exists()


@pytest.fixture(scope="module")
def city() -> Scenario:
    return to.read_scenario(CITY, minutes=10)


@pytest.fixture(scope="module")
def edited(city: Scenario, tmp_path_factory: pytest.TempPathFactory) -> EditedScenario:
    """The city with two openings closed, one ahead of a T without a left turn, and an island removed."""
    openings = read_openings(city)
    edits = [CloseOpening(key, *openings[key]) for key in ("U61", "U67")]
    return apply_treatments(city, [*edits, RemoveIsland("J0707")], tmp_path_factory.mktemp("city"))


def test_closing_openings_and_removing_islands_changes_only_their_connections(
    city: Scenario, edited: EditedScenario
) -> None:
    slips = {f"J0707.slip{leg}" for leg in "WESN"}
    before, after = connected(city), connected(edited.scenario)
    gone = {ends for ends in before - after if not slips & {ends[0], ends[2]}}
    assert set(city.network.links) - set(edited.scenario.network.links) == slips
    assert gone == {("J0707_J0607.3", 2, "J0607_J0707.2", 1), ("J0111N_J0111.2", 2, "J0111_J0111N.3", 1)}
    assert after - before == {
        ("J0607_J0507.2", 2, "J0507_J0607.1", 1),  # J0607 has no left turn there: on to J0507
        ("J0111N_J0111.4", 2, "J0111_J0111N.1", 1),
        ("J0706_J0707.3", 0, "J0707_J0607.1", 0),
        ("J0708_J0707.3", 0, "J0707_J0807.1", 0),
        ("J0607_J0707.3", 0, "J0707_J0708.1", 0),
        ("J0807_J0707.3", 0, "J0707_J0706.1", 0),
    }
    listed = read_openings(city)
    assert set(listed) - set(read_openings(edited.scenario)) == {"U61", "U67"}


def test_every_vehicle_reaches_its_destination_and_only_those_concerned_drive_another_way(
    city: Scenario, edited: EditedScenario
) -> None:
    before, after = routes_of(city), routes_of(edited.scenario)
    listed = read_openings(city)
    closed = {listed["U61"], listed["U67"]}
    assert list(before) == list(after)
    assert np.array_equal(city.demand.depart_s, edited.scenario.demand.depart_s)
    assert edited.scenario.demand.types == city.demand.types
    changed = {key for key in before if before[key] != after[key]}
    concerned = {
        key
        for key, route in before.items()
        if closed & set(pairwise(route)) or any(link.startswith("J0707.slip") for link in route)
    }
    assert len(concerned) > 100
    assert changed == concerned == set(before) & set(edited.rerouted_s)
    assert all((before[k][0], before[k][-1]) == (after[k][0], after[k][-1]) for k in before)
    assert not any(closed & set(pairwise(route)) for route in after.values())
    turned = [key for key, route in before.items() if listed["U67"] in pairwise(route)]
    assert turned
    assert all(("J0111N_J0111.4", "J0111_J0111N.1") in pairwise(after[key]) for key in turned)


def test_right_turns_under_the_signal_give_way_to_whom_they_meet_on_red(
    city: Scenario, edited: EditedScenario
) -> None:
    node, timing = edited.scenario.network["J0707"], edited.scenario.field_plan["J0707"]
    rights = [m for m in node.movements if m.turn is Turn.RIGHT]
    assert len(rights) == 4
    for right in rights:
        head = right.heads[0]
        through = next(m for m in node.movements if m.from_link == right.from_link and m.turn is Turn.THROUGH)
        crossing = [
            m for m in node.movements if m.to_link == right.to_link and m.from_link != right.from_link
        ]
        assert {m.turn for m in crossing} == {Turn.THROUGH, Turn.LEFT}
        for row in timing.intervals:
            assert row.state[head] == ("G" if row.state[through.heads[0]] == "G" else "g")
        # Of the lanes into its exit, one is opposed to it: the curb lane of the cross traffic, and the left.
        assert all(set(m.heads) & set(right.yields_to) for m in crossing)
    assert errors(network_findings(edited.scenario)) == ()
    known = {(f.rule, f.intersection, f.movements) for f in network_findings(city)}
    new = [f for f in network_findings(edited.scenario) if (f.rule, f.intersection, f.movements) not in known]
    free = {right.id for right in rights}
    assert {(f.rule, f.intersection) for f in new} == {("always-green", "J0707")}
    assert {f.movements[0] for f in new} == free  # as everywhere in this city, whose right turns go on red


def test_the_linter_tells_what_the_u_turns_cost_and_nothing_else(
    city: Scenario, edited: EditedScenario
) -> None:
    def kinds(scenario: Scenario) -> set[tuple[str, str]]:
        return {(f.rule, f.intersection) for f in to.lint(to.build_problem(scenario))}

    # U-turns that used U67 share the pocket of the left turn at J0111.
    new = {("always-green", "J0707"), ("saturated", "J0111")}
    assert kinds(edited.scenario) - kinds(city) == new


def test_left_turns_and_through_traffic_keep_their_greens_at_an_edited_signal(
    city: Scenario, edited: EditedScenario
) -> None:
    for signal in ("J0707", "J0507", "J0111"):
        for movement in city.network[signal].movements:
            assert shown(edited.scenario, signal, movement.id) == shown(city, signal, movement.id)
    for back, left in (("J0607_J0507.2->J0507_J0607.1", "J0607_J0507.2->J0507_J0508.1"),):
        assert shown(edited.scenario, "J0507", back) == shown(city, "J0507", left)


def test_every_other_signal_is_the_same_second_by_second_and_in_its_right_of_way(
    city: Scenario, edited: EditedScenario
) -> None:
    others = [node for node in city.network.intersections if node.id not in {"J0707", "J0507", "J0111"}]
    assert len(others) == 164
    for node in others:
        after = edited.scenario.network[node.id]
        assert after == node
        assert same_right_of_way(after, node)
        old, new = city.field_plan[node.id], edited.scenario.field_plan[node.id]
        seconds = range(25200, 25200 + int(old.cycle_s))
        assert [new.state_at(t) for t in seconds] == [old.state_at(t) for t in seconds]


def same_right_of_way(one: Intersection, other: Intersection) -> bool:
    pairs = zip(
        (one.conflicts.meets, one.conflicts.yields),
        (other.conflicts.meets, other.conflicts.yields),
        strict=True,
    )
    return all(np.array_equal(a, b) for a, b in pairs)


def test_pockets_grow_and_openings_move_with_their_pockets(city: Scenario, tmp_path: Path) -> None:
    pair = read_openings(city)["U05"]
    assert pair[0] == "J0707_J0706.3"
    edits = [MoveOpening("U05", *pair, -30.0), ExtendPocket("J0707_J0706.5", 25.0)]
    after = apply_treatments(city, edits, tmp_path).scenario
    # 2 leads to the pocket of the opening, 3; 4 to the pocket of the signal, 5. The other way 1 leads past
    # the opening to 2.
    wanted = {
        **{"J0707_J0706.2": -30.0, "J0707_J0706.4": 30.0 - 25.0, "J0707_J0706.5": 25.0},
        **{"J0706_J0707.1": 30.0, "J0706_J0707.2": -30.0},
    }
    assert lengthened_m(city, after) == pytest.approx(wanted, abs=0.1)
    assert connected(after) == connected(city)
    assert routes_of(after) == routes_of(city)
    assert after.field_plan.timings == city.field_plan.timings


def test_the_treated_city_runs_in_sumo_without_teleports_or_collisions(edited: EditedScenario) -> None:
    run = simulate(edited.scenario, edited.plan, [1], jobs=1).runs[0]
    assert run.demanded == len(edited.scenario.demand)
    assert (run.teleports, run.collisions, run.emergency_stops) == (0, 0, 0)


def test_all_openings_and_islands_at_once_in_any_order(city: Scenario, tmp_path: Path) -> None:
    before = digests(city)
    rows = (CITY / "intersections.csv").read_text(encoding="utf-8").splitlines()
    islands: list[NetworkEdit] = [RemoveIsland(row.split(",")[0]) for row in rows if row.endswith(",yes")]
    edits = islands + [CloseOpening(key, *pair) for key, pair in read_openings(city).items()]
    assert len(edits) == 22 + 78
    one = apply_treatments(city, edits, tmp_path / "one")
    random.Random(1).shuffle(edits)
    other = apply_treatments(city, edits, tmp_path / "other")
    assert list(digests(one.scenario).values()) == list(digests(other.scenario).values())
    assert len(city.network.links) - len(one.scenario.network.links) == 88
    assert read_openings(one.scenario) == {}
    assert errors(network_findings(one.scenario)) == ()
    assert digests(city) == before


def test_lanes_may_serve_what_other_treatments_bring(city: Scenario) -> None:
    opening = CloseOpening("U67", *read_openings(city)["U67"])
    island, ban = RemoveIsland("J0707"), BanTurn("J0708_J0707.3", "J0707_J0607.1")
    edits: list[NetworkEdit] = [
        *(opening, island, ban),
        ChangeLaneUse("J0706_J0707.3", {0: "right"}),  # the island's turns come to the curb lane
        ChangeLaneUse("J0111N_J0111.4", {1: "left", 2: "u-turn"}),  # U-turns come with the left turn
        ChangeLaneUse("J0708_J0707.3", {3: "through", 0: "right"}),  # the ban leaves lane 3 empty
    ]
    changes = changes_of(city.network, edits)
    assert changes.dropped == {
        LaneEnds("J0706_J0707.3", "J0707_J0708.1", 0, 0),
        LaneEnds("J0111N_J0111.4", "J0111_GA7S.1", 1, 1),
        LaneEnds("J0111N_J0111.4", "J0111_J0112.1", 2, 1),
        *(LaneEnds("J0708_J0707.3", "J0707_J0706.1", lane, lane) for lane in (0, 1, 2)),
    }
    for ends, turn in {
        LaneEnds("J0706_J0707.3", "J0707_J0607.1", 0, 0): Turn.RIGHT,
        LaneEnds("J0111N_J0111.4", "J0111_J0112.1", 1, 1): Turn.LEFT,
        LaneEnds("J0111N_J0111.4", "J0111_J0111N.1", 2, 1): Turn.U_TURN,
        **{LaneEnds("J0708_J0707.3", "J0707_J0706.1", k, k - 1): Turn.THROUGH for k in (1, 2, 3)},
    }.items():
        assert changes.added[ends] is turn
    for order in (edits[::-1], [*edits[3:], *edits[:3]]):
        other = changes_of(city.network, order)
        assert other == changes
        assert list(other.added) == list(changes.added)
    with pytest.raises(InputError, match=r"the u-turn movement to 'J0111_J0111N.1'"):
        changes_of(city.network, [opening, ChangeLaneUse("J0111N_J0111.4", {1: "left", 2: "left"})])


def test_what_lies_on_a_slip_lane_that_goes_is_said(small: Scenario, tmp_path: Path) -> None:
    routes = small.simulation.routes[0]
    text = routes.read_text(encoding="utf-8")
    stop = '<stop lane="slip_0" duration="5"/></vehicle><vehicle id="through"'
    routes.write_text(text.replace('</vehicle><vehicle id="through"', stop), encoding="utf-8")
    with pytest.raises(InputError, match=r"a.rou.xml: <stop lane='slip_0'> lies on a link that goes"):
        apply_treatments(to.read_scenario(small.source), [ISLAND], tmp_path / "after")


def test_programs_of_additional_files_follow_their_movements(small: Scenario, tmp_path: Path) -> None:
    n_heads = small.network["c"].n_heads
    rows = "".join(f'<phase duration="20" state="{letter * n_heads}"/>' for letter in "Gyr")
    logic = f'<tlLogic id="c" type="static" programID="own" offset="3">{rows}</tlLogic>'
    (small.source.parent / "a.add.xml").write_text(f"<additional>{logic}</additional>", encoding="utf-8")
    config = small.source.read_text(encoding="utf-8")
    config = config.replace("<begin", '<additional-files value="a.add.xml"/><begin')
    small.source.write_text(config, encoding="utf-8")
    after = apply_treatments(
        to.read_scenario(small.source), [BanTurn("w2", "cn")], tmp_path / "after"
    ).scenario
    assert after.network["c"].n_heads == n_heads - 1
    timing = after.field_plan["c"]
    assert [row.state for row in timing.intervals] == [letter * (n_heads - 1) for letter in "Gyr"]
    assert (timing.cycle_s, timing.offset_s) == (60.0, 3.0)


def test_openings_and_islands_that_the_city_lacks_are_refused(city: Scenario, tmp_path: Path) -> None:
    pair = read_openings(city)["U07"]
    with pytest.raises(InputError, match="no opening 'U99' from"):
        apply_treatments(city, [CloseOpening("U99", *pair)], tmp_path)
    with pytest.raises(InputError, match="'J0708' has no islands"):
        apply_treatments(city, [RemoveIsland("J0708")], tmp_path)
    with pytest.raises(InputError, match="holds the scenario that is treated"):
        apply_treatments(city, [CloseOpening("U07", *pair)], CITY)

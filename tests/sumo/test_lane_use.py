"""Lanes of an approach that serve other movements: on a crossroads of any kind, and on Main Street."""

from __future__ import annotations

import gzip
import shutil
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import trafficopt as to
from trafficopt.errors import InputError, UnsafePlanError
from trafficopt.rules.findings import errors
from trafficopt.scenario import Scenario
from trafficopt.signals.gate import network_findings
from trafficopt.sumo.binary import run_tool
from trafficopt.sumo.judge import simulate
from trafficopt.sumo.net_changes import changes_of
from trafficopt.sumo.network_edits import apply_treatments
from trafficopt.sumo.rebuilt_net import read_tree
from trafficopt.sumo.roads import LaneEnds, Roads
from trafficopt.treatment import BanTurn, ChangeLaneUse

PLACES = {"w": (-200, 0), "e": (200, 0), "s": (0, -200), "n": (0, 200), "x": (-150, 150)}
Build = Callable[..., Scenario]
Ends = set[tuple[int, str, int]]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Maker of a crossroads `c`: one comes on `wc` and the like, and leaves on `ce` and the like."""

    def make(
        *options: str,
        legs: str = "wesn",
        lanes: int = 3,
        exits: int = 3,
        connections: str = "",
        program: str = "",
    ) -> Scenario:
        folder = tmp_path / "before"
        folder.mkdir()
        nodes = "".join(f'<node id="{k}" x="{PLACES[k][0]}" y="{PLACES[k][1]}"/>' for k in legs)
        nodes += '<node id="c" x="0" y="0" type="traffic_light"/>'
        edges = "".join(
            f'<edge id="{k}c" from="{k}" to="c" numLanes="{lanes}" speed="13.89"/>'
            f'<edge id="c{k}" from="c" to="{k}" numLanes="{exits}" speed="13.89"/>'
            for k in legs
        )
        for name, text in (("nod", nodes), ("edg", edges), ("con", connections)):
            root = {"nod": "nodes", "edg": "edges", "con": "connections"}[name]
            (folder / f"a.{name}.xml").write_text(f"<{root}>{text}</{root}>", encoding="utf-8")
        files = ("-n", "a.nod.xml", "-e", "a.edg.xml", "-x", "a.con.xml", "-o", "a.net.xml")
        run_tool("netconvert", [*files, *options], cwd=folder, time_limit_s=60)
        ways = sorted((a, b) for a in legs for b in legs if a != b)
        vehicles = "".join(
            f'<vehicle id="{a}{b}{k}" depart="{k}"><route edges="{a}c c{b}"/></vehicle>'
            for k in range(4)
            for a, b in ways
        )
        (folder / "a.rou.xml").write_text(f"<routes>{vehicles}</routes>", encoding="utf-8")
        (folder / "a.sumocfg").write_text(
            '<configuration><net-file value="a.net.xml"/><route-files value="a.rou.xml"/>'
            '<begin value="0"/><end value="400"/></configuration>',
            encoding="utf-8",
        )
        return to.read_scenario(folder / "a.sumocfg")

    return make


def served(scenario: Scenario, approach: str = "wc") -> Ends:
    """Connections of an approach: lane, link, lane of the link."""
    roads = Roads(scenario.network)
    ends = [roads.ends(c) for c in roads.outgoing[approach]]
    return {(one.from_lane, one.to_link, one.to_lane) for one in ends}


def letters(scenario: Scenario) -> dict[LaneEnds, str]:
    """What each connection under a signal is shown, one letter for each row of its cycle."""
    roads, found = Roads(scenario.network), {}
    for c in (c for out in roads.outgoing.values() for c in out if c.signal):
        rows = scenario.field_plan[c.signal].intervals
        found[roads.ends(c)] = "".join(row.state[c.head] for row in rows)
    return found


RIGHT, THROUGH, LEFT, BACK = "cs", "ce", "cn", "cw"
# As netconvert has it: lane 0 for right and through, 1 for through, 2 for through, left and U-turn.
USUAL: Ends = {(0, RIGHT, 0), (0, THROUGH, 0), (1, THROUGH, 1), (2, THROUGH, 2), (2, LEFT, 2), (2, BACK, 2)}
CHANGES: list[tuple[Mapping[int, list[str]], Ends, Ends]] = [
    ({0: [RIGHT]}, {(0, THROUGH, 0)}, set()),
    ({2: [LEFT, BACK]}, {(2, THROUGH, 2)}, set()),
    ({1: [LEFT], 2: [LEFT, BACK]}, {(1, THROUGH, 1), (2, THROUGH, 2)}, {(1, LEFT, 1)}),
    ({0: [RIGHT], 1: [RIGHT, THROUGH]}, {(0, THROUGH, 0)}, {(1, RIGHT, 1)}),
    ({1: [THROUGH, LEFT], 2: [BACK]}, {(2, THROUGH, 2), (2, LEFT, 2)}, {(1, LEFT, 2)}),
]


@pytest.mark.parametrize(("lanes", "gone", "new"), CHANGES)
def test_lanes_serve_what_is_named_and_new_ones_are_green_with_their_movement(
    build: Build, tmp_path: Path, lanes: Mapping[int, list[str]], gone: Ends, new: Ends
) -> None:
    before = build()
    assert served(before) == USUAL
    edited = apply_treatments(before, [ChangeLaneUse("wc", lanes)], tmp_path / "after")
    after = edited.scenario
    assert served(after) == USUAL - gone | new
    assert edited.rerouted_s == {}
    assert after.demand.routes == before.demand.routes
    by_movement = {(ends.from_link, ends.to_link): shown for ends, shown in letters(before).items()}
    assert letters(after) == {e: by_movement[e.from_link, e.to_link] for e in letters(after)}
    old, now = before.field_plan["c"], after.field_plan["c"]
    assert (now.greens_s, now.cycle_s, now.offset_s) == (old.greens_s, old.cycle_s, old.offset_s)
    run = simulate(after, edited.plan, [1], jobs=1).runs[0]
    assert (run.unfinished, run.teleports, run.collisions, run.emergency_stops) == (0, 0, 0, 0)


@pytest.mark.parametrize(("lanes", "gone", "new"), CHANGES)
def test_in_left_hand_traffic_all_is_mirrored(
    build: Build, tmp_path: Path, lanes: Mapping[int, list[str]], gone: Ends, new: Ends
) -> None:
    mirrored = {RIGHT: LEFT, LEFT: RIGHT}

    def mirror(ends: Ends) -> Ends:
        return {(lane, mirrored.get(link, link), place) for lane, link, place in ends}

    before = build("--lefthand")
    assert served(before) == mirror(USUAL)
    names = {lane: [mirrored.get(link, link) for link in links] for lane, links in lanes.items()}
    after = apply_treatments(before, [ChangeLaneUse("wc", names)], tmp_path / "after").scenario
    assert served(after) == mirror(USUAL - gone | new)


def test_turns_may_be_named_by_direction(build: Build, tmp_path: Path) -> None:
    before = build()
    by_turn = ChangeLaneUse("wc", {1: "left", 2: ["left", "u-turn"], 0: ["through", "right"]})
    by_link = ChangeLaneUse("wc", {1: LEFT, 2: [LEFT, BACK]})
    one = apply_treatments(before, [by_turn], tmp_path / "one").scenario
    other = apply_treatments(before, [by_link], tmp_path / "other").scenario
    assert one.simulation.net.read_bytes() == other.simulation.net.read_bytes()


@pytest.mark.parametrize(
    ("options", "lanes", "faults"),
    [
        ({"lanes": 1}, {0: "right"}, ["through movement to 'ce'", "left movement to 'cn'"]),
        ({"lanes": 1}, {0: ["right", "through", "left", "u-turn"]}, ["the lanes serve that already"]),
        ({}, {1: "left"}, ["lane 1 to 'cn' would cross lane 2 to 'ce'"]),
        ({}, {1: "right"}, ["lane 0 to 'ce' would cross lane 1 to 'cs'"]),
        ({}, {2: ["through", "left"]}, ["the u-turn movement to 'cw'; only a ban takes one away"]),
        (
            {"exits": 1},
            {0: "right", 1: ["right", "through"]},
            ["2 lanes would serve", "to 'cs', which has 1"],
        ),
        ({}, {3: "left", 0: "ramp"}, ["lane 3 is none for cars; those are 0, 1, 2", "no movement 'ramp'"]),
        ({"legs": "wes"}, {0: "left"}, ["there is no movement 'left'; there are right to 'cs'"]),
        ({"legs": "wesnx"}, {2: ["left", "u-turn"]}, ["'left' may be to 'cn' or 'cx': name the link"]),
    ],
)
def test_what_lanes_cannot_do_is_refused_and_said(
    build: Build,
    tmp_path: Path,
    options: dict[str, object],
    lanes: Mapping[int, list[str]],
    faults: list[str],
) -> None:
    before = build(**options)
    with pytest.raises(InputError) as caught:
        apply_treatments(before, [ChangeLaneUse("wc", lanes)], tmp_path / "after")
    for fault in faults:
        assert fault in str(caught.value)
    assert not (tmp_path / "after").exists()


def test_all_faults_of_all_approaches_are_told_at_once(build: Build, tmp_path: Path) -> None:
    edits = [
        ChangeLaneUse("wc", {1: "right"}),
        ChangeLaneUse("ce", {0: "left"}),
        ChangeLaneUse("?", {0: "left"}),
    ]
    with pytest.raises(InputError) as caught:
        apply_treatments(build(), [*edits, edits[0]], tmp_path / "after")
    assert sorted(caught.value.faults) == [
        "'?' is no approach of a signal",
        "'ce' is no approach of a signal",
        "lane use 'wc' is treated twice",
        "lanes of 'wc': lane 0 to 'ce' would cross lane 1 to 'cs'",
    ]


def test_of_two_links_in_one_direction_one_can_be_named(build: Build, tmp_path: Path) -> None:
    before = build(legs="wesnx")
    assert {(2, "cn", 1), (2, "cx", 2)} <= served(before)
    after = apply_treatments(
        before, [ChangeLaneUse("wc", {1: ["through", "cn"], 2: ["cx", "cw"]})], tmp_path / "a"
    )
    assert {(1, "ce", 1), (1, "cn", 2), (2, "cx", 2), (2, "cw", 2)} <= served(after.scenario)


def test_lanes_for_bicycles_and_sidewalks_are_left_alone(build: Build, tmp_path: Path) -> None:
    walks = ("--sidewalks.guess", "--bikelanes.guess", "--bikelanes.guess.max-speed", "50")
    before = build(*walks)
    bicycles = {ends for ends in served(before) if ends[0] == 1}
    assert {link for _, link, _ in bicycles} == {"cs", "ce", "cn"}
    edit = ChangeLaneUse("wc", {2: "right", 3: "through", 4: ["left", "u-turn"]})
    after = apply_treatments(before, [edit], tmp_path / "after").scenario
    assert served(after) == bicycles | {(2, "cs", 2), (3, "ce", 3), (4, "cn", 4), (4, "cw", 4)}
    for lane in (0, 1):
        with pytest.raises(InputError, match=f"lane {lane} is none for cars; those are 2, 3, 4"):
            apply_treatments(before, [ChangeLaneUse("wc", {lane: "right"})], tmp_path / "other")


def test_a_new_lane_goes_with_cars_not_with_bicycles(build: Build, tmp_path: Path) -> None:
    walks = ("--sidewalks.guess", "--bikelanes.guess", "--bikelanes.guess.max-speed", "50")
    before = apply_treatments(build(*walks), [ChangeLaneUse("wc", {2: "right"})], tmp_path / "after").scenario
    assert {(1, "ce", 1), (3, "ce", 3), (4, "ce", 4)} <= served(before)
    changes = changes_of(before.network, [ChangeLaneUse("wc", {2: ["right", "through"]})])
    assert changes.like == {LaneEnds("wc", "ce", 2, 2): LaneEnds("wc", "ce", 3, 3)}


def test_what_a_ban_leaves_empty_another_movement_can_use(build: Build, tmp_path: Path) -> None:
    ban, use = BanTurn("wc", "cw"), ChangeLaneUse("wc", {2: "left"})
    before = build()
    one = apply_treatments(before, [ban, use], tmp_path / "one").scenario
    other = apply_treatments(before, [use, ban], tmp_path / "other").scenario
    assert served(one) == USUAL - {(2, "ce", 2), (2, "cw", 2)}
    for path in sorted(one.source.parent.iterdir()):
        assert path.read_bytes() == (tmp_path / "other" / path.name).read_bytes()
    assert other.field_plan.timings == one.field_plan.timings
    with pytest.raises(InputError, match="there is no movement 'u-turn'"):
        apply_treatments(before, [ban, ChangeLaneUse("wc", {2: ["left", "u-turn"]})], tmp_path / "third")


def test_no_vehicles_lose_their_movement(build: Build, tmp_path: Path) -> None:
    before = build()
    net = before.simulation.net
    text = net.read_text(encoding="utf-8")
    net.write_text(text.replace('<lane id="wc_1" ', '<lane id="wc_1" disallow="bus" '), encoding="utf-8")
    edit = ChangeLaneUse("wc", {0: "right", 1: ["right", "through"], 2: ["left", "u-turn"]})
    with pytest.raises(InputError, match="no lane would serve the through movement to 'ce' for bus"):
        apply_treatments(to.read_scenario(before.source), [edit], tmp_path / "after")


def test_new_lanes_keep_the_manner_of_their_movement(build: Build, tmp_path: Path) -> None:
    free = '<connection from="wc" to="cs" fromLane="0" toLane="0" uncontrolled="true" keepClear="false"/>'
    others = "".join(
        f'<connection from="wc" to="{link}" fromLane="{lane}" toLane="{place}"/>'
        for lane, link, place in sorted(USUAL - {(0, RIGHT, 0)})
    )
    before = build(connections=free + others)
    edit = ChangeLaneUse("wc", {0: "right", 1: ["right", "through"]})
    after = Roads(apply_treatments(before, [edit], tmp_path / "after").scenario.network)
    rights = [c for c in after.outgoing["wc"] if after.to_link(c) == "cs"]
    assert [(c.signal, c.keep_clear) for c in rights] == [("", False), ("", False)]


def with_stages(scenario: Scenario, *stages: set[str]) -> Scenario:
    """The scenario with a program that shows each stage's movements G for 20 s."""
    heads = scenario.network["c"].heads
    rows = ""
    for stage in stages:
        green = "".join("G" if head.id in stage else "r" for head in heads)
        for duration, letters_ in ((20, green), (3, green.replace("G", "y")), (2, "r" * len(heads))):
            rows += f'<phase duration="{duration}" state="{letters_}"/>'
    logic = (
        f'<additional><tlLogic id="c" type="static" programID="own" offset="0">{rows}</tlLogic></additional>'
    )
    (scenario.source.parent / "a.add.xml").write_text(logic, encoding="utf-8")
    config = scenario.source.read_text(encoding="utf-8")
    config = config.replace("<begin", '<additional-files value="a.add.xml"/><begin')
    scenario.source.write_text(config, encoding="utf-8")
    return to.read_scenario(scenario.source)


def test_lanes_whose_green_would_meet_another_are_refused(build: Build, tmp_path: Path) -> None:
    # Left turns from the west and right turns from the east end in the two lanes to the north, one each.
    ahead = {"wc->ce", "wc->cs", "ec->cw"}, {"nc->cs", "nc->cw", "sc->cn", "sc->ce"}
    turns = {"wc->cn", "ec->cn"}, {"ec->cs"}, {"nc->ce", "sc->cw"}
    before = with_stages(build("--no-turnarounds", exits=2), *turns, *ahead)
    assert errors(network_findings(before)) == ()
    one_lane = ChangeLaneUse("wc", {0: "right"})
    assert apply_treatments(before, [one_lane], tmp_path / "one").plan["c"].cycle_s == 125.0
    with pytest.raises(UnsafePlanError, match=r"ec->cn.*wc->cn|wc->cn.*ec->cn"):
        apply_treatments(before, [ChangeLaneUse("wc", {1: "left", 2: "left"})], tmp_path / "two")


def test_a_plan_made_before_is_bound_as_well(build: Build, tmp_path: Path) -> None:
    before = build()
    field = before.field_plan["c"]
    greens_s = (field.greens_s[0] + 10.0, *field.greens_s[1:])
    longer = to.SignalTiming(field.stages, greens_s, field.cycle_s + 10.0, 7.0)
    edit, plan = (
        ChangeLaneUse("wc", {1: "left", 2: ["left", "u-turn"]}),
        to.TimingPlan("longer", {"c": longer}),
    )
    edited = apply_treatments(before, [edit], tmp_path / "after", plan)
    bound = edited.plan["c"]
    assert (bound.greens_s, bound.cycle_s, bound.offset_s) == (greens_s, longer.cycle_s, 7.0)
    states = [stage.state for stage in edited.scenario.field_plan["c"].stages]
    assert [stage.state for stage in bound.stages] == states
    assert len(states[0]) == before.network["c"].n_heads - 1  # two lanes ahead less, one to the left more


MORE_LEFT = '<flow id="more" route="S3-W" begin="28800" end="30600" period="6.5" departLane="best"/>'

SECOND_LEFT = ChangeLaneUse("s3_in_stop", {0: ["left", "right"]})


@pytest.fixture
def main_street(tmp_path: Path) -> Scenario:
    """Main Street with so many left turns from the south at M3 that they queue."""
    folder = tmp_path / "before"
    shutil.copytree(to.example_path("main_street"), folder)
    routes = folder / "main_street.rou.xml.gz"
    text = gzip.decompress(routes.read_bytes()).decode()
    place = text.index("<vehicle ")
    routes.write_bytes(gzip.compress((text[:place] + MORE_LEFT + text[place:]).encode()))
    return to.read_scenario(folder, minutes=15)


def passed(scenario: Scenario, approach: str) -> Counter[tuple[int, str]]:
    """Vehicles that SUMO sees drive from each lane of an approach to each link."""
    folder = scenario.source.parent
    data = '<laneData id="lanes" file="lanes.xml" withInternal="true"/>'
    (folder / "lanes.add.xml").write_text(f"<additional>{data}</additional>", encoding="utf-8")
    config = next(folder.glob("*.sumocfg")).name
    arguments = ["-c", config, "-a", "lanes.add.xml", "-e", str(scenario.simulation.end_s), "--no-step-log"]
    run_tool("sumo", arguments, cwd=folder, time_limit_s=300)
    lanes = read_tree(folder / "lanes.xml").iter("lane")
    entered = {lane.get("id"): int(lane.get("entered", 0)) for lane in lanes}
    found: Counter[tuple[int, str]] = Counter()
    for c in read_tree(scenario.simulation.net).iter("connection"):
        if c.get("from") == approach:
            found[int(c.attrib["fromLane"]), c.attrib["to"]] += entered.get(c.get("via"), 0)
    return found


def test_a_second_left_turn_lane_carries_traffic_and_the_queue_falls(
    main_street: Scenario, tmp_path: Path
) -> None:
    edited = apply_treatments(main_street, [SECOND_LEFT], tmp_path / "after")
    before, after = passed(main_street, "s3_in_stop"), passed(edited.scenario, "s3_in_stop")
    assert before.keys() == {(0, "e3"), (1, "w2")}
    assert after.keys() == {(0, "e3"), (0, "w2"), (1, "w2")}
    assert min(after.values()) > 30
    assert after[0, "w2"] + after[1, "w2"] > 1.2 * before[1, "w2"]
    pair = main_street, edited.scenario
    old, new = (simulate(scenario, scenario.field_plan, [1], jobs=1) for scenario in pair)
    waiting_s = [sum(ev.link_delay_s[link] for link in ("s3_in", "s3_in_stop")) for ev in (old, new)]
    assert waiting_s[1] < 0.7 * waiting_s[0]
    assert old.runs[0].undeparted > 20
    assert new.runs[0].undeparted < 10
    assert (new.runs[0].teleports, new.runs[0].collisions) == (0, 0)


def elements(net: Path, but: str) -> list[str]:
    """Elements of a net other than those of a signal, without the space between them."""
    root = read_tree(net)
    approaches = {edge.get("id") for edge in root.iter("edge") if edge.get("to") == but}
    kept = []
    for e in root:
        names = {e.get("id", ""), e.get("from", "")}
        inside = any(name.startswith(f":{but}_") for name in names) or but in names
        if not inside and not (e.tag == "connection" and e.get("from") in approaches):
            kept.append("".join(map(str.strip, ET.tostring(e, encoding="unicode").splitlines())))
    return kept


def test_all_else_stays_as_it_is_to_the_letter(main_street: Scenario, tmp_path: Path) -> None:
    after = apply_treatments(main_street, [SECOND_LEFT], tmp_path / "after").scenario
    old, new = (elements(scenario.simulation.net, "M3") for scenario in (main_street, after))
    assert old == new
    assert sum("<tlLogic" in element for element in new) == 4
    routes = main_street.simulation.routes[0]
    assert after.simulation.routes[0].read_bytes() == routes.read_bytes()

"""Plans on disk: JSON by names of movements, and SUMO's additional file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from trafficopt.errors import InputError, UnsafePlanError
from trafficopt.intersection import Intersection, Movement, Turn
from trafficopt.limits import Limits
from trafficopt.network import Network
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem
from trafficopt.rules.check import check_rows
from trafficopt.scenario import Scenario
from trafficopt.signals.by_hand import intersection_by_hand
from trafficopt.signals.field_program import field_stages
from trafficopt.signals.plan_files import plan_json, read_plan
from trafficopt.stage import Interval, Stage
from trafficopt.sumo.programs import read_programs, write_programs

YELLOW = (Interval("yr", 3.0), Interval("rr", 1.5)), (Interval("ry", 3.0),)
STAGES = Stage("Gr", YELLOW[0], 5.0, 60.0), Stage("rG", YELLOW[1], 5.0, 60.0)
EAST = Movement("w", "e", Turn.THROUGH, (0,), (0,), 13.9, 0, ())
NORTH = Movement("s", "n", Turn.THROUGH, (1,), (0,), 13.9, 0, ())


@pytest.fixture
def scenario(corridor: Callable[..., Problem]) -> Scenario:
    """Two signals of two movements each, "north" and "süd & co"."""
    nodes = tuple(intersection_by_hand(key, (EAST, NORTH), STAGES, [(0, 1)]) for key in ("north", "süd & co"))
    return scenario_of(corridor(1).scenario, *nodes)


def scenario_of(like: Scenario, *nodes: Intersection) -> Scenario:
    return replace(like, network=Network({}, nodes), field_plan=TimingPlan("field", {}))


@pytest.fixture
def plan() -> TimingPlan:
    first = SignalTiming(STAGES, (20.25, 15.0), 42.75, 41.5)
    return TimingPlan("mine", {"süd & co": first, "north": SignalTiming(STAGES, (30.0, 22.5), 60.0, 0.0)})


def written(scenario: Scenario, plan: TimingPlan, folder: Path) -> Path:
    path = folder / "plan.json"
    path.write_text(plan_json(scenario, plan), encoding="utf-8")
    return path


def test_json_round_trip(tmp_path: Path, plan: TimingPlan, scenario: Scenario) -> None:
    found = read_plan(written(scenario, plan, tmp_path), scenario.network)
    assert found.differences == ()
    assert found.plan == plan
    assert found.plan.name == "mine"
    assert plan_json(scenario, found.plan) == plan_json(scenario, plan)


def test_json_is_the_same_for_the_same_plan(plan: TimingPlan, scenario: Scenario) -> None:
    whole = SignalTiming(STAGES, (30, 22.5), 60, 0)
    other = TimingPlan("mine", {"north": whole, "süd & co": plan["süd & co"]})
    assert plan_json(scenario, other) == plan_json(scenario, plan)
    assert json.loads(plan_json(scenario, plan))["signals"]["süd & co"]["offset_s"] == 41.5


def test_json_names_movements_and_leaves_red_out(plan: TimingPlan, scenario: Scenario) -> None:
    signal = json.loads(plan_json(scenario, plan))["signals"]["north"]
    assert signal["stages"][0] == {
        "green_s": 30.0,
        "green": ["w->e"],
        "intergreen": [{"duration_s": 3.0, "yellow": ["w->e"]}, {"duration_s": 1.5}],
    }


def test_bounds_of_greens_come_from_the_network(tmp_path: Path, plan: TimingPlan, scenario: Scenario) -> None:
    path = written(scenario, plan, tmp_path)
    longer = Limits(min_green_s=8.0)
    nodes = [
        intersection_by_hand(key, (EAST, NORTH), STAGES, [(0, 1)], limits=longer)
        for key in ("north", "süd & co")
    ]
    found = read_plan(path, Network({}, tuple(nodes))).plan
    assert [stage.min_green_s for stage in found["north"].stages] == [8.0, 8.0]


# Binding to another network


def street(order: str, *, without: str = "", more: tuple[Movement, ...] = ()) -> Intersection:
    """A signal whose heads are in the given order.

    `a`, `b` are two lanes from west to east, `l` the left turn from the west, `o` oncoming, `c` the
    cross street, `w` a crossing of the cross street.
    """
    place = {key: order.index(key) for key in order}
    main = [key for key in "ab" if key in place]
    heads, lanes = tuple(place[key] for key in main), tuple("ab".index(key) for key in main)
    ends = {"l": ("w", "n", Turn.LEFT), "o": ("e", "w2", Turn.THROUGH), "c": ("s", "n", Turn.THROUGH)}
    yields = {"l": ("o",)}
    movements = [Movement("w", "e", Turn.THROUGH, heads, lanes, 13.9, 0, ())]
    for key in (key for key in "loc" if key in place and key not in without):
        foes = tuple(place[foe] for foe in yields.get(key, ()))
        start, end, turn = ends[key]
        movements.append(Movement(start, end, turn, (place[key],), (0,), 13.9, 0, foes))
    meeting = [(place["c"], place[key]) for key in "ablow" if key in place and key not in without]
    stages = tuple(
        Stage(
            lit(order, green),
            tuple(Interval(lit(order, row), duration_s) for row, duration_s in between),
        )
        for green, between in SHOWN
    )
    walks = {place["w"]: 6.0} if "w" in place else {}
    made = intersection_by_hand("x", [*movements, *more], stages, meeting, walks_m=walks)
    return replace(made, heads=tuple(replace(h, id="walk:s") if "walk" in h.id else h for h in made.heads))


def lit(order: str, row: dict[str, str]) -> str:
    return "".join(row.get(key, "r") for key in order)


# Lane `b` stays green with the left turn while the rest of the street ends.
SHOWN: tuple[tuple[dict[str, str], tuple[tuple[dict[str, str], float], ...]], ...] = (
    (
        dict(zip("ablow", "GGgGG", strict=True)),
        (
            (dict(zip("ablow", "GGgGr", strict=True)), 7.0),
            (dict(zip("ablo", "yGgy", strict=True)), 3.0),
            (dict(zip("bl", "Gg", strict=True)), 1.0),
        ),
    ),
    (dict(zip("bl", "GG", strict=True)), ((dict(zip("bl", "yy", strict=True)), 3.0), ({}, 1.0))),
    ({"c": "G"}, (({"c": "y"}, 3.0), ({}, 1.0))),
)
GREENS_S = (20.0, 10.0, 15.0)
CYCLE_S = 64.0


def timed(node: Intersection, offset_s: float = 5.0) -> TimingPlan:
    return TimingPlan("p", {"x": SignalTiming(node.stages, GREENS_S, CYCLE_S, offset_s)})


def shown(node: Intersection, timing: SignalTiming) -> list[tuple[float, dict[tuple[str, int], str]]]:
    """Duration and letters of each row, by movement and lane."""
    keys = [(head.id, head.lane) for head in node.heads]
    return [
        (row.duration_s, {key: c for key, c in zip(keys, row.state, strict=True) if key[0]})
        for row in timing.intervals
    ]


@pytest.fixture
def street_json(tmp_path: Path, scenario: Scenario) -> Path:
    """A plan of a signal of all movements, as a file."""
    node = street("abloxcw")
    return written(scenario_of(scenario, node), timed(node), tmp_path)


@pytest.mark.parametrize("order", ["abloxcw", "wcoxlba", "xcawblo"])
def test_heads_in_another_order_show_the_same(street_json: Path, order: str) -> None:
    before, after = street("abloxcw"), street(order)
    found = read_plan(street_json, Network({}, (after,)))
    assert found.differences == ()
    assert shown(after, found.plan["x"]) == shown(before, timed(before)["x"])
    assert [stage.state for stage in found.plan["x"].stages] == [stage.state for stage in after.stages]
    assert found.plan["x"] == timed(after)["x"]


def test_heads_of_a_movement_that_differ_are_numbered(street_json: Path) -> None:
    first, second, third = json.loads(street_json.read_text(encoding="utf-8"))["signals"]["x"]["stages"]
    assert first["green"] == ["w->e", "e->w2", "walk:s"]
    assert first["green_yielding"] == ["w->n"]
    assert first["intergreen"][1] == {
        "duration_s": 3.0,
        "green": ["w->e [1]"],
        "green_yielding": ["w->n"],
        "yellow": ["w->e [0]", "e->w2"],
    }
    assert second["green"] == ["w->e [1]", "w->n"]
    assert third["green"] == ["s->n"]


def test_letters_that_serve_nobody_are_not_named_and_red(street_json: Path) -> None:
    node = street("abloxcw")
    assert '""' not in street_json.read_text(encoding="utf-8")
    longer = replace(node, stages=tuple(replace(s, state=s.state.replace("x", "r")) for s in node.stages))
    found = read_plan(street_json, Network({}, (longer,))).plan["x"]
    assert {row.state[4] for row in found.intervals} == {"r"}


def test_a_movement_that_is_gone_and_a_new_one_are_named(street_json: Path) -> None:
    turn = Movement("s", "e", Turn.RIGHT, (6,), (0,), 8.0, 0, ())
    node = street("abxcwlo", without="lo", more=(turn,))
    assert node.heads[6].id == "s->e"
    found = read_plan(street_json, Network({}, (node,)))
    assert set(found.differences) == {
        "x: 'w->n' is green in the plan and not in the network",
        "x: 'e->w2' is green in the plan and not in the network",
        "x: 's->e' is in the network and not served by the plan",
    }
    assert {row.state[6] for row in found.plan["x"].intervals} == {"r"}
    rules = {finding.rule for finding in check_rows(node, found.plan["x"].intervals, CYCLE_S)}
    assert "never-served" in rules


def test_a_lane_that_is_gone_is_named(street_json: Path) -> None:
    found = read_plan(street_json, Network({}, (street("aloxcw"),)))
    assert found.differences == ("x: 'w->e [1]' is green in the plan and not in the network",)


def test_a_signal_that_is_gone_is_named(street_json: Path, scenario: Scenario) -> None:
    found = read_plan(street_json, scenario.network)
    assert found.differences == ("signal 'x' is not in the network",)
    assert len(found.plan) == 0


def test_an_added_lane_does_as_the_others_of_its_movement(tmp_path: Path, scenario: Scenario) -> None:
    wide = replace(EAST, heads=(0, 2), lanes=(0, 1))
    stages = tuple(
        Stage(s.state + s.state[0], tuple(Interval(i.state + i.state[0], i.duration_s) for i in s.intergreen))
        for s in STAGES
    )
    node = intersection_by_hand("north", (wide, NORTH), stages, [(0, 1), (1, 2)])
    timing = SignalTiming(STAGES, (30.0, 22.5), 60.0, 0.0)
    path = written(scenario, TimingPlan("p", {"north": timing}), tmp_path)
    found = read_plan(path, Network({}, (node,)))
    assert found.differences == ()
    assert found.plan["north"].stages == stages


@pytest.mark.parametrize("gone", ["w->e#1", "w->e#0"])
def test_a_link_named_with_a_number_sign_is_no_lane(tmp_path: Path, scenario: Scenario, gone: str) -> None:
    # SUMO calls the parts of a split link e#0, e#1, ...
    part = replace(EAST, to_link=gone.split(">")[1])
    before = intersection_by_hand("north", (part, NORTH), STAGES, [(0, 1)])
    timing = SignalTiming(STAGES, (30.0, 22.5), 60.0, 0.0)
    path = written(scenario_of(scenario, before), TimingPlan("p", {"north": timing}), tmp_path)
    whole = replace(EAST, heads=(0, 2), lanes=(0, 1))
    after = intersection_by_hand("north", (whole, NORTH), (Stage("GrG", ()), Stage("rGr", ())), [(0, 1)])
    found = read_plan(path, Network({}, (after,)))
    assert set(found.differences) == {
        f"north: {gone!r} is green in the plan and not in the network",
        "north: 'w->e' is in the network and not served by the plan",
    }


def test_lanes_are_told_from_links_named_with_a_number_sign(tmp_path: Path, scenario: Scenario) -> None:
    whole = replace(EAST, heads=(0, 2), lanes=(0, 1))
    part = Movement("w", "e#1", Turn.RIGHT, (3,), (0,), 8.0, 0, ())
    stages = Stage("rrGr", (Interval("rryr", 3.0),)), Stage("GGrr", (Interval("yyrr", 3.0),))
    node = intersection_by_hand("x", (whole, NORTH, part), stages)
    timing = SignalTiming(stages, (27.0, 27.0), 60.0, 0.0)
    free = scenario_of(scenario, node)
    in_field = replace(free, field_plan=TimingPlan("field", {"x": timing}))
    found = read_plan(written(in_field, in_field.field_plan, tmp_path), in_field.network)
    assert found.plan["x"].stages == stages


# Files that are none


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("{", "Expecting"),
        ("[]", "attribute"),
        ('{"format": "other"}', "format is 'other'"),
        ('{"format": "trafficopt-plan/1", "signals": {}}', "not 'trafficopt-plan/2'"),
        ('{"format": "trafficopt-plan/2"}', "field 'signals' is missing"),
    ],
)
def test_broken_files_are_input_errors(tmp_path: Path, scenario: Scenario, text: str, match: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=match) as caught:
        read_plan(path, scenario.network)
    assert caught.value.where == str(path)


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ('"stages"', '"phases"', "field 'stages' is missing"),
        ('"green_s"', '"green"', "field 'green_s' is missing"),
        ('"intergreen"', '"between"', "key 'between' is unknown"),
        ('"duration_s"', '"s"', "key 's' is unknown"),
        ('"yellow"', '"yelow"', "key 'yelow' is unknown"),
        ('"green_s": 30.0', '"green_s": NaN', "finite"),
        ('"cycle_s": 60.0', '"cycle_s": "long"', "long"),
        ('"offset_s": 0.0', '"offset_s": 60', "outside the cycle"),
    ],
)
def test_broken_signals_are_input_errors(
    tmp_path: Path, scenario: Scenario, plan: TimingPlan, old: str, new: str, match: str
) -> None:
    path = written(scenario, plan, tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=match):
        read_plan(path, scenario.network)


def test_a_missing_file_is_an_input_error(tmp_path: Path, scenario: Scenario) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_plan(tmp_path / "none.json", scenario.network)


# SUMO's additional file


def test_sumo_round_trip(tmp_path: Path, plan: TimingPlan, scenario: Scenario) -> None:
    path = tmp_path / "plan.add.xml"
    write_programs(scenario, plan, path, "new")
    found = read_programs([path], 0.0)
    assert found.ids == {"new"}
    assert list(found.active) == ["north", "süd & co"]
    for key, program in found.active.items():
        heads = scenario.network[key].heads
        stages, timing = field_stages(program.rows, program.offset_s, heads, Limits())
        assert timing == plan[key]
        assert [(s.state, s.intergreen) for s in stages] == [(s.state, s.intergreen) for s in STAGES]
    assert [item.name for item in tmp_path.iterdir()] == ["plan.add.xml"]


def test_the_same_plan_gives_the_same_bytes(tmp_path: Path, plan: TimingPlan, scenario: Scenario) -> None:
    paths = [tmp_path / "a.xml", tmp_path / "b.xml"]
    turned = TimingPlan("mine", dict(reversed(list(plan.timings.items()))))
    for path, one in zip(paths, (plan, turned), strict=True):
        write_programs(scenario, one, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_an_empty_plan_is_a_valid_file(tmp_path: Path, scenario: Scenario) -> None:
    write_programs(scenario, TimingPlan("none", {}), tmp_path / "plan.add.xml")
    assert not read_programs([tmp_path / "plan.add.xml"], 0.0).active


WITHOUT_YELLOW = (Stage("Gr", ()), Stage("rG", YELLOW[1]))


@pytest.mark.parametrize(
    ("key", "timing", "error", "fault"),
    [
        ("west", SignalTiming(STAGES, (20.0, 15.0), 42.5, 0.0), InputError, "'west' is not in the network"),
        (
            "north",
            SignalTiming(STAGES, (20.0, 15.0), 43.0, 0.0),
            InputError,
            "add up to 42.5 s, cycle is 43 s",
        ),
        ("north", SignalTiming(STAGES, (31.0, 4.0), 42.5, 0.0), UnsafePlanError, "short-green"),
        ("north", SignalTiming(WITHOUT_YELLOW, (20.0, 15.0), 38.0, 0.0), UnsafePlanError, "missing-yellow"),
    ],
)
def test_a_bad_plan_is_not_written(
    tmp_path: Path,
    scenario: Scenario,
    key: str,
    timing: SignalTiming,
    error: type[Exception],
    fault: str,
) -> None:
    plan = TimingPlan("bad", {key: timing})
    with pytest.raises(error, match=fault):
        write_programs(scenario, plan, tmp_path / "plan.add.xml")
    with pytest.raises(error, match=fault):
        plan_json(scenario, plan)
    assert not list(tmp_path.iterdir())

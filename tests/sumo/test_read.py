"""Scenarios as users have them: read, proved against SUMO, and run."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from trafficopt.errors import InputError, TrafficoptWarning, UnsafePlanError
from trafficopt.evaluation import Evaluation
from trafficopt.examples import example_path
from trafficopt.intersection import Control, Turn
from trafficopt.limits import Limits
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import build_problem
from trafficopt.scenario import Scenario
from trafficopt.signals.gate import require_safe_change
from trafficopt.sumo.additional import without_outputs
from trafficopt.sumo.binary import run_tool
from trafficopt.sumo.command import sumo_arguments
from trafficopt.sumo.judge import simulate
from trafficopt.sumo.plan_programs import with_programs as loaded_with
from trafficopt.sumo.programs import write_programs
from trafficopt.sumo.proof import prove_plan
from trafficopt.sumo.read import CLEARING_S, read_scenario

ENDS = {"w": (-150, 0), "e": (150, 0), "n": (0, 150), "s": (0, -150)}
ROUTE = '<route edges="wc ce"/>'
A_AND_B = "<routes>" + "".join(f'<vehicle id="{i}" depart="1">{ROUTE}</vehicle>' for i in "ab") + "</routes>"
ROWS = (
    '<phase duration="{0}" state="GGggrrrrGGggrrrr"/><phase duration="3" state="yyyyrrrryyyyrrrr"/>'
    '<phase duration="{1}" state="rrrrGGggrrrrGGgg"/><phase duration="3" state="rrrryyyyrrrryyyy"/>'
)

Write = Callable[..., Path]


def logic(program: str, first_s: object = 20, attributes: str = 'type="static" offset="0"') -> str:
    rows = ROWS.format(first_s, 20)
    return f'<tlLogic id="c" programID="{program}" {attributes}>{rows}</tlLogic>'


def netconvert(folder: Path, name: str, nodes: str, edges: str, *options: str) -> Path:
    (folder / f"{name}.nod.xml").write_text(f"<nodes>{nodes}</nodes>", encoding="utf-8")
    (folder / f"{name}.edg.xml").write_text(f"<edges>{edges}</edges>", encoding="utf-8")
    files = ("-n", f"{name}.nod.xml", "-e", f"{name}.edg.xml", "-o", f"{name}.net.xml")
    run_tool("netconvert", [*files, "--no-turnarounds", *options], cwd=folder, time_limit_s=60)
    return folder / f"{name}.net.xml"


def cross(folder: Path, name: str, *options: str) -> Path:
    """One signal `c` with four arms: edges wc, ce, nc, cs and back."""
    nodes = '<node id="c" x="0" y="0" type="traffic_light"/>'
    nodes += "".join(f'<node id="{i}" x="{x}" y="{y}"/>' for i, (x, y) in ENDS.items())
    edges = "".join(f'<edge id="{a}{b}" from="{a}" to="{b}"/>' for i in ENDS for a, b in ((i, "c"), ("c", i)))
    return netconvert(folder, name, nodes, edges, *options)


@pytest.fixture(scope="session")
def nets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nets")


@pytest.fixture(scope="session")
def plain(nets: Path) -> str:
    """Text of the net of one signal."""
    return cross(nets, "plain").read_text(encoding="utf-8")


@pytest.fixture
def write(tmp_path: Path, plain: str) -> Write:
    """Writes a scenario of named files; a configuration that names no file gets the usual ones."""

    def write(
        files: Mapping[str, str] | None = None,
        config: str = "",
        *,
        net: str = plain,
        folder: str = "scenario",
        additional: str = "",
    ) -> Path:
        home = tmp_path / folder
        home.mkdir(parents=True)
        for name, text in {"net.net.xml": net, "a.rou.xml": A_AND_B, **(files or {})}.items():
            (home / name).parent.mkdir(exist_ok=True)
            data = text.encode()
            (home / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        usual = '<net-file value="net.net.xml"/><route-files value="a.rou.xml"/>'
        if additional:
            usual += f'<additional-files value="{additional}"/>'
        text = config if ".net.xml" in config else f'{usual}<end value="100"/>{config}'
        (home / "x.sumocfg").write_text(f"<configuration>{text}</configuration>", encoding="utf-8")
        return home / "x.sumocfg"

    return write


def worked(config: Path) -> tuple[Scenario, Evaluation]:
    """Read, bind, prove and run; nothing may be left in the scenario's folder."""
    before = sorted(config.parent.rglob("*"))
    scenario = read_scenario(config)
    build_problem(scenario)
    prove_plan(scenario, scenario.field_plan)
    found = simulate(scenario, scenario.field_plan, (1,))
    assert sorted(config.parent.rglob("*")) == before
    return scenario, found


def timing(config: Path) -> SignalTiming:
    scenario, _ = worked(config)
    return scenario.field_plan["c"]


# Files and configuration


@pytest.mark.parametrize(
    "config",
    [
        '<input><net-file value="net.net.xml"/><route-files value="a.rou.xml, b.rou.xml"/></input>',
        '<n v="net.net.xml"/><r v=" b.rou.xml ,a.rou.xml,"/>',
        '<net value="net.net.xml"/><routes value="a.rou.xml"/><additional value="b.rou.xml"/>',
        '<net-file>net.net.xml</net-file><route-files value="../scenario/a.rou.xml,b%2Erou.xml"/>',
    ],
)
@pytest.mark.parametrize("window", ['<begin value="0:00:00"/><e v="0:01:40"/>', '<end value="100"/>'])
def test_ways_to_write_a_configuration(write: Write, config: str, window: str) -> None:
    more = A_AND_B.replace('id="a"', 'id="c"').replace('id="b"', 'id="d"')
    scenario, found = worked(write({"b.rou.xml": more}, config + window))
    assert set(scenario.demanded) == set(scenario.demand.vehicles) == set("abcd")
    assert (scenario.simulation.begin_s, scenario.simulation.end_s) == (0, 100)
    assert found.runs[0].demanded == 4


def test_gzipped_files_and_absolute_paths(write: Write, plain: str, tmp_path: Path) -> None:
    home = tmp_path / "scenario"
    config = (
        f'<net-file value="{home}/n.net.xml.gz"/><route-files value="r.rou.xml.gz"/>'
        f'<additional-files value="{home}/p.add.xml.gz"/><end value="100"/>'
    )
    files = {"n.net.xml.gz": plain, "r.rou.xml.gz": A_AND_B}
    files["p.add.xml.gz"] = f"<additional>{logic('1', 33)}</additional>"
    assert timing(write(files, config)).greens_s == (33, 20)


@pytest.mark.parametrize("folder", ["with space", "größe 沧州", "a;b'c&d"])
def test_odd_folders(write: Write, folder: str) -> None:
    assert worked(write(folder=folder))[1].runs[0].completed == 2


def test_a_comma_in_a_path_is_refused_as_sumo_cannot_open_it(write: Write) -> None:
    with pytest.raises(InputError, match="has a comma"):
        read_scenario(write(folder="a,b"))


def test_environment_variables(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIND_OF_DAY", "a")
    config = '<net-file value="net.net.xml"/><route-files value="${KIND_OF_DAY}.rou.xml"/>'
    assert worked(write(config=config + '<end value="90"/>'))[0].simulation.routes[0].name == "a.rou.xml"


@pytest.mark.parametrize("end", ["", '<end value="-1"/>'])
def test_without_an_end_the_run_clears(write: Write, end: str) -> None:
    flow = '<routes><flow id="f" begin="0" end="120" number="4" from="wc" to="ce"/></routes>'
    config = f'<net-file value="net.net.xml"/><route-files value="f.rou.xml"/>{end}'
    scenario, found = worked(write({"f.rou.xml": flow}, config))
    assert scenario.simulation.end_s == 90 + CLEARING_S
    assert found.runs[0].completed == found.runs[0].demanded == 4


def test_steps_teleport_and_outputs(write: Write) -> None:
    outputs = (
        '<step-length value="0.5"/><time-to-teleport value="120"/><lateral-resolution value="0.8"/>'
        '<output><tripinfo value="t.xml"/><netstate-dump value="no/such/folder.xml"/><H value="true"/>'
        '<summary-output value="s.xml"/><device.ssm.file value="ssm.xml"/><save-state.files value="z.xml"/>'
        '<output-prefix value="TIME"/><log value="l.txt"/><language value="de"/></output>'
        '<gui_only><gui-settings-file value="g.xml"/></gui_only>'
    )
    scenario, _ = worked(config := write(config=outputs))
    assert (scenario.simulation.step_s, scenario.simulation.teleport_s) == (0.5, 120)
    assert scenario.simulation.options == {"lateral-resolution": "0.8"}
    assert read_scenario(config, teleport_s=-1).simulation.teleport_s == -1


# Demand


def routed(write: Write, text: str, config: str = "", **files: str) -> tuple[Scenario, Evaluation]:
    return worked(write({"a.rou.xml": f"<routes>{text}</routes>"}, config, **files))


def test_trips_and_times(write: Write) -> None:
    text = (
        '<trip id="early" depart="0:00:10" from="wc" to="ce" via="ce"/>'
        '<trip id="begin" depart="begin" from="nc" to="ce"/>'
        f'<vehicle id="on_time" depart="20.5">{ROUTE}</vehicle>'
        f'<vehicle id="late" depart="00:01:00">{ROUTE}</vehicle>'
        f'<vehicle id="too_late" depart="100">{ROUTE}</vehicle>'
    )
    scenario, found = routed(write, text, '<begin value="15"/>')
    assert dict(scenario.demanded) == {"begin": 15, "on_time": 20.5, "late": 60}
    assert sorted(scenario.demand.depart_s) == [15, 20.5, 60]
    assert scenario.demand.routes[0] == ("nc", "ce")
    assert found.runs[0].demanded == 3


def test_flows_named_routes_and_distributions(write: Write) -> None:
    text = (
        '<vType id="lorry" vClass="truck" length="9"/><vTypeDistribution id="mix" vTypes="lorry"/>'
        '<route id="r" edges="wc ce"/><routeDistribution id="d">'
        '<route id="d1" edges="wc ce" probability="0.5"/><route id="d2" edges="wc cs" probability="0.5"/>'
        "</routeDistribution>"
        '<flow id="p" begin="0" end="60" period="20" route="r"/>'
        '<flow id="q" begin="0" end="60" probability="0.2" from="wc" to="ce"/>'
        '<flow id="n" begin="0" end="60" number="2" route="d" type="mix"/>'
        '<flow id="v" begin="0" end="60" vehsPerHour="120" from="nc" to="cs"/>'
        '<vehicle id="a" depart="1" route="r" type="lorry"/><vehicle id="b" depart="2" route="d"/>'
    )
    scenario, found = routed(write, text)
    assert scenario.simulation.flows == {*"pqnv"}
    vehicles = set(scenario.demand.vehicles)
    assert {"a", "b", "p.0", "p.1", "p.2", "n.0", "n.1", "v.0", "v.1"} <= vehicles
    assert scenario.demand.vehicle_types["lorry"].length_m == 9
    assert found.runs[0].demanded >= 9


def test_types_in_files_of_their_own_and_demand_in_an_additional_file(write: Write) -> None:
    files = {
        "types.add.xml": '<additional><vType id="van" length="6.5"/></additional>',
        "routes.rou.xml": '<routes><route id="r" edges="wc ce"/></routes>',
        "stop.add.xml": '<additional><busStop id="bs" lane="wc_0" startPos="10" endPos="30"/>'
        '<vehicle id="x" depart="1" type="van"><route edges="wc ce"/><stop busStop="bs" duration="5"/>'
        "</vehicle></additional>",
        "a.rou.xml": '<routes><vehicle id="a" depart="1" type="van" route="r"/></routes>',
    }
    config = (
        '<net-file value="net.net.xml"/><route-files value="routes.rou.xml,a.rou.xml"/>'
        '<additional-files value="types.add.xml,stop.add.xml"/><end value="100"/>'
    )
    scenario, found = worked(write(files, config))
    assert sorted(scenario.demand.vehicles) == ["a", "x"]
    assert scenario.demand.mean_space_m() == 9.0
    assert found.runs[0].completed == 2


def test_persons_stops_and_triggered_vehicles(write: Write, nets: Path) -> None:
    net = cross(nets, "walkable", "--sidewalks.guess", "--crossings.guess").read_text(encoding="utf-8")
    text = (
        '<person id="p" depart="0"><ride from="wc" to="ce" lines="ANY"/></person>'
        '<person id="w" depart="0"><walk edges="wc cs"/></person>'
        '<vehicle id="taxi" depart="triggered"><route edges="wc ce"/></vehicle>'
        '<vehicle id="a" depart="1"><route edges="wc ce"/><stop lane="ce_1" duration="5"/></vehicle>'
    )
    config = write({"a.rou.xml": f"<routes>{text}</routes>"}, net=net)
    scenario, found = worked(config)
    assert list(scenario.demanded) == ["a"]
    assert found.runs[0].demanded == 1
    assert scenario.network.intersections[0].crossings


def test_ignored_route_errors(write: Write) -> None:
    text = '<vehicle id="bad" depart="1"><route edges="wc nc"/></vehicle>' + A_AND_B[8:-9]
    scenario, found = routed(write, text, '<ignore-route-errors value="true"/>')
    assert {"a", "b"} <= set(scenario.demand.vehicles)
    assert found.runs[0].demanded == 3


def test_unsorted_route_files_are_said(write: Write) -> None:
    text = "".join(
        f'<trip id="{i}" depart="{t}" from="wc" to="ce"/>'
        for i, t in [("a", 9), ("b", 30), ("c", 20), ("d", 9)]
    )
    config = write({"a.rou.xml": f"<routes>{text}</routes>"})
    with pytest.warns(TrafficoptWarning, match=r"a\.rou\.xml: SUMO ignores 2 entries .*'c'"):
        scenario = read_scenario(config)
    run = simulate(scenario, scenario.field_plan, (1,)).runs[0]
    assert (run.completed, run.undeparted, run.demanded) == (2, 2, 4)


@pytest.mark.parametrize(
    ("files", "config"),
    [({}, '<route-steps value="0"/>'), ({"a.rou.xml": A_AND_B, "b.xml": ""}, "")],
)
def test_sumo_sorts_with_all_loaded_and_in_additional_files(
    write: Write, files: dict[str, str], config: str
) -> None:
    text = "".join(f'<trip id="t{t}" depart="{t}" from="wc" to="ce"/>' for t in (30, 10, 20))
    unsorted = "b.xml" if files else "a.rou.xml"
    path = write({**files, unsorted: f"<routes>{text}</routes>"}, config, additional="b.xml" if files else "")
    assert worked(path)[1].runs[0].undeparted == 0


def test_zones_and_outputs_of_additional_files(write: Write, tmp_path: Path) -> None:
    text = (
        '<additional><e1Detector id="e" lane="wc_0" pos="1" period="60" file="e1.xml"/>'
        '<taz id="west" edges="wc"/><taz id="east" edges="ce"/>'
        '<timedEvent type="SaveTLSStates" source="c" dest="no/such/folder/tls.xml"/>'
        '<variableSpeedSign id="v" lanes="wc_0" file="vss.xml"/>'
        '<edgeData id="d" file="edges.xml"/></additional>'
    )
    files = {
        "d.add.xml": text,
        "p.add.xml": f"<additional>{logic('1', 33)}</additional>",
        "vss.xml": '<vss><step time="0" speed="2"/></vss>',
        "a.rou.xml": '<routes><trip id="a" depart="1" fromTaz="west" toTaz="east"/></routes>',
    }
    scenario = read_scenario(write(files, additional="d.add.xml,p.add.xml"))
    assert scenario.demand.routes == (("wc", "ce"),)
    assert scenario.field_plan["c"].greens_s[0] == 33
    quiet = without_outputs(scenario.simulation.additional, tmp_path)
    assert quiet == (tmp_path / "0.add.xml", scenario.simulation.additional[1])
    args = sumo_arguments(replace(scenario.simulation, additional=quiet))
    before = sorted(tmp_path.rglob("*"))
    run_tool("sumo", args, cwd=tmp_path, time_limit_s=60)
    assert sorted(tmp_path.rglob("*")) == before


# Networks


def test_left_hand_traffic_and_no_internal_links(write: Write, nets: Path) -> None:
    left = cross(nets, "left", "--lefthand").read_text(encoding="utf-8")
    scenario, _ = worked(write(net=left, folder="left"))
    turns = {m.id: m.turn for m in scenario.network.intersections[0].movements}
    assert turns["wc->cn"] is Turn.LEFT
    bare = cross(nets, "bare", "--no-internal-links").read_text(encoding="utf-8")
    assert worked(write(net=bare, folder="bare"))[1].runs[0].completed == 2


def test_a_signal_over_two_nodes(write: Write, nets: Path) -> None:
    nodes = (
        '<node id="w" x="-150" y="0"/><node id="e" x="180" y="0"/><node id="n" x="0" y="150"/>'
        '<node id="m" x="30" y="150"/><node id="p" x="0" y="0" type="traffic_light" tl="c"/>'
        '<node id="q" x="30" y="0" type="traffic_light" tl="c"/>'
    )
    edges = "".join(f'<edge id="{a}{b}" from="{a}" to="{b}"/>' for a, b in ("wp", "pq", "qe", "np", "mq"))
    net = netconvert(nets, "joined", nodes, edges).read_text(encoding="utf-8")
    routes = '<routes><trip id="a" depart="1" from="wp" to="qe"/></routes>'
    scenario, found = worked(write({"a.rou.xml": routes}, net=net))
    (node,) = scenario.network.intersections
    assert {m.id for m in node.movements} == {"wp->pq", "np->pq", "pq->qe", "mq->qe"}
    assert scenario.retime == {"c"}
    assert found.runs[0].completed == 1


def test_a_roundabout_and_railways_beside_a_signal(write: Write, nets: Path) -> None:
    nodes = (
        '<node id="w" x="-150" y="0"/><node id="c" x="0" y="0" type="traffic_light"/>'
        '<node id="n" x="0" y="90"/>'
        '<node id="x" x="80" y="0" type="rail_crossing"/><node id="t" x="80" y="200"/>'
        '<node id="rs" x="80" y="100" type="rail_signal"/><node id="u" x="80" y="-100"/>'
        '<node id="1" x="150" y="0"/><node id="2" x="170" y="20"/><node id="3" x="190" y="0"/>'
        '<node id="4" x="170" y="-20"/><node id="e" x="300" y="0"/>'
    )
    road = (*("w c", "n c", "c x", "x 1", "1 4", "4 3", "3 2", "2 1", "3 e"),)
    rail = ("t rs", "rs x", "x u")
    edges = "".join(
        f'<edge id="{pair.replace(" ", "")}" from="{pair.split()[0]}" to="{pair.split()[1]}"{allow}/>'
        for pairs, allow in ((road, ""), (rail, ' allow="rail"'))
        for pair in pairs
    )
    net = netconvert(nets, "ring", nodes, edges, "--roundabouts.guess").read_text(encoding="utf-8")
    routes = '<routes><trip id="a" depart="1" from="wc" to="3e"/></routes>'
    scenario, found = worked(write({"a.rou.xml": routes}, net=net))
    assert [node.id for node in scenario.network.intersections] == ["c"]
    assert "<roundabout" in net
    assert found.runs[0].completed == 1


# Signal programs


def with_programs(plain: str, programs: str) -> str:
    start, end = plain.index("<tlLogic"), plain.index("</tlLogic>") + len("</tlLogic>")
    return plain[:start] + programs + plain[end:]


@pytest.mark.parametrize(
    ("programs", "first_green_s"),
    [(("0", "1"), 31), (("1", "0"), 31), (("b", "a"), 31), (("night",), 30)],
)
def test_the_last_program_of_the_net_runs(
    write: Write, plain: str, programs: tuple[str, ...], first_green_s: float
) -> None:
    text = "".join(logic(key, 30 + number) for number, key in enumerate(programs))
    assert timing(write(net=with_programs(plain, text))).greens_s[0] == first_green_s


@pytest.mark.parametrize(
    ("attributes", "begin_s", "offset_s"),
    [
        ('offset="7"', 0, 7),
        ('offset="-10"', 0, 36),
        ('offset="-10.5"', 0, 35.5),
        ('offset="10.25"', 0, 10.25),
        ('offset="0:01:00"', 0, 14),
        ('offset="begin"', 1000, 1000 % 46),
        ('offset="5"', 1000, 5),
        ("", 0, 0),
    ],
)
@pytest.mark.parametrize("step", ["1", "0.5"])
def test_offsets(write: Write, plain: str, attributes: str, begin_s: int, offset_s: float, step: str) -> None:
    net = with_programs(plain, logic("0", 20, f'type="static" {attributes}'))
    window = f'<begin value="{begin_s}"/><end value="{begin_s + 100}"/><step-length value="{step}"/>'
    routes = A_AND_B.replace('depart="1"', f'depart="{begin_s + 1}"')
    config = f'<net-file value="net.net.xml"/><route-files value="a.rou.xml"/>{window}'
    found = timing(write({"a.rou.xml": routes}, config, net=net))
    assert (found.offset_s, found.cycle_s) == (offset_s, 46)


@pytest.mark.parametrize(
    ("text", "greens_s", "offset_s"),
    [
        (logic("1", 28, 'type="static" offset="9"'), (28, 20), 9),
        ('<tlLogic id="c" programID="0" offset="9"/>', (42, 42), 9),
        ('<tlLogic id="c" programID="0"/>', (42, 42), 0),
        # An offset for a program that does not run changes nothing.
        (logic("1", 28) + '<tlLogic id="c" programID="0" offset="9"/>', (28, 20), 0),
        (logic("1", 28) + '<tlLogic id="c" programID="1" offset="9"/>', (28, 20), 9),
        (logic("1", 28) + logic("2", 27), (27, 20), 0),
        (logic("trafficopt", 20.4, 'type="static" offset="3.3"'), (20.4, 20), 3.3),
    ],
)
def test_programs_of_additional_files(
    write: Write, text: str, greens_s: tuple[float, ...], offset_s: float
) -> None:
    config = write({"p.add.xml": f"<additional>{text}</additional>"}, additional="p.add.xml")
    found = timing(config)
    assert (found.greens_s, found.offset_s) == (greens_s, offset_s)


def test_programs_of_two_additional_files(write: Write) -> None:
    files = {
        f"{key}.add.xml": f"<additional>{logic(key, s)}</additional>" for key, s in (("x", 24), ("y", 25))
    }
    assert timing(write(files, additional="y.add.xml,x.add.xml")).greens_s == (24, 20)


@pytest.mark.parametrize(
    ("text", "greens_s", "offset_s", "program_id"),
    [
        (logic("1", 28, 'type="static" offset="9"'), (28, 20), 9, "1"),
        ('<tlLogic id="c" programID="0" offset="9"/>', (33, 20), 9, "0"),
        (logic("1", 28) + logic("2", 27), (27, 20), 0, "2"),
        (logic("trafficopt", 20.4, 'type="static" offset="3.3"'), (20.4, 20), 3.3, "trafficopt"),
    ],
)
def test_programs_of_a_file_are_a_plan(
    write: Write,
    plain: str,
    tmp_path: Path,
    text: str,
    greens_s: tuple[float, ...],
    offset_s: float,
    program_id: str,
) -> None:
    path = tmp_path / "night.add.xml"
    path.write_text(f"<additional>{text}</additional>", encoding="utf-8")
    scenario = read_scenario(write(net=with_programs(plain, logic("0", 33))))
    plan = loaded_with(path, scenario).field_plan
    assert plan.name == "night"
    assert (plan["c"].greens_s, plan["c"].offset_s) == (greens_s, offset_s)
    assert scenario.field_plan["c"].greens_s == (33, 20)
    prove_plan(scenario, plan, program_id, files=[path])


def test_signals_that_a_plan_file_does_not_name_keep_the_field_plan(tmp_path: Path) -> None:
    scenario = read_scenario(example_path("main_street"), minutes=1)
    field = scenario.field_plan
    path = tmp_path / "one.add.xml"
    moved = replace(field["M2"], offset_s=(field["M2"].offset_s + 7) % field["M2"].cycle_s)
    write_programs(scenario, TimingPlan("one", {"M2": moved}), path)
    assert dict(loaded_with(path, scenario).field_plan.timings) == {**field.timings, "M2": moved}


def test_actuated_programs_of_a_plan_file_pass_the_rules_of_states(write: Write, tmp_path: Path) -> None:
    before = read_scenario(write())
    rows = "".join(
        f'<phase duration="{row.duration_s}" state="{row.state}"/>'
        for row in before.field_plan["c"].intervals
    )
    text = f'<additional><tlLogic id="c" programID="1" type="actuated">{rows}</tlLogic></additional>'
    path = tmp_path / "p.add.xml"
    path.write_text(text, encoding="utf-8")
    after = loaded_with(path, before)
    assert (after.network["c"].control, "c" in after.field_plan) == (Control.ACTUATED, False)
    assert after.simulation.additional[-1] == path
    require_safe_change(before, after)
    assert simulate(after, after.field_plan, [1]).mean("demanded") > 0
    path.write_text(re.sub('(?<=state=")[^"]*', lambda s: s[0].replace("y", "r"), text), encoding="utf-8")
    with pytest.raises(UnsafePlanError, match="missing-yellow"):
        require_safe_change(before, loaded_with(path, before))


@pytest.mark.parametrize("kind", ["NEMA", "off"])
def test_a_program_that_cannot_be_checked_is_no_plan(write: Write, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "p.add.xml"
    text = logic("1", 28, f'type="{kind}"')
    path.write_text(f"<additional>{text}</additional>", encoding="utf-8")
    with pytest.raises(InputError, match=r"signal 'c': .*so it is no plan") as caught:
        loaded_with(path, read_scenario(write()))
    assert caught.value.where == str(path)


def test_a_rule_profile_that_is_asked_for(write: Write) -> None:
    config = write()
    field, us = (read_scenario(config, profile=profile) for profile in ("keep", "us"))
    assert read_scenario(config).limits == field.limits == Limits("keep")
    assert us.limits == Limits("us")
    # All arms have 13.89 m/s; in the field all have 3 s of yellow.
    assert set(field.network["c"].requirements.yellow_s) == {3.0}
    assert set(us.network["c"].requirements.yellow_s) != {3.0}
    assert us.field_plan == field.field_plan
    with pytest.raises(InputError, match="profile 'fr' is unknown"):
        read_scenario(config, profile="fr")


def kept(config: Path, *, control: Control, because: str) -> Scenario:
    scenario, _ = worked(config)
    (node,) = scenario.network.intersections
    assert node.control is control
    assert because in node.kept_because
    assert not scenario.retime
    return scenario


@pytest.mark.parametrize("kind", ["actuated", "delay_based"])
def test_actuated_signals_are_kept_and_never_written(
    write: Write, plain: str, tmp_path: Path, kind: str
) -> None:
    net = with_programs(plain, logic("0", 20, f'type="{kind}"'))
    scenario = kept(write(net=net), control=Control.ACTUATED, because=kind)
    assert "c" not in scenario.field_plan
    write_programs(scenario, scenario.field_plan, tmp_path / "plan.add.xml")
    assert "tlLogic" not in (tmp_path / "plan.add.xml").read_text(encoding="utf-8")


def test_switched_signals_are_kept(write: Write) -> None:
    waut = (
        '<WAUT refTime="0" id="w" startProg="0"><wautSwitch time="50" to="1"/></WAUT>'
        '<wautJunction wautID="w" junctionID="c"/>'
    )
    text = f"<additional>{logic('1', 28)}{waut}</additional>"
    config = write({"p.add.xml": text}, additional="p.add.xml")
    assert not kept(config, control=Control.OTHER, because="WAUT").field_plan.timings


def test_a_signal_that_is_off_is_kept(write: Write) -> None:
    text = '<additional><tlLogic id="c" programID="off" type="off"/></additional>'
    config = write({"p.add.xml": text}, additional="p.add.xml")
    assert not kept(config, control=Control.OTHER, because="off").field_plan.timings


def following(*successors: int) -> str:
    """The usual program with `next` attributes."""
    phases = ROWS.format(20, 20).split("/>")[:4]
    rows = "".join(f'{phase} next="{after}"/>' for phase, after in zip(phases, successors, strict=True))
    return f'<tlLogic id="c" programID="0" type="static" offset="0">{rows}</tlLogic>'


def test_phases_that_name_the_next_one(write: Write, plain: str) -> None:
    assert timing(write(net=with_programs(plain, following(1, 2, 3, 0)), folder="ring")).cycle_s == 46
    branching = write(net=with_programs(plain, following(1, 2, 0, 0)), folder="branch")
    kept(branching, control=Control.OTHER, because="branches")


def test_a_signal_with_one_stage_is_kept(write: Write, plain: str) -> None:
    rows = '<phase duration="30" state="GGggGGggGGggGGgg"/><phase duration="3" state="yyyyyyyyyyyyyyyy"/>'
    net = with_programs(plain, f'<tlLogic id="c" programID="0" type="static">{rows}</tlLogic>')
    kept(write(net=net), control=Control.FIXED_TIME, because="fewer than two stages")


def test_a_program_that_begins_with_yellow(write: Write, plain: str) -> None:
    rows = ROWS.format(20, 20).split("/>")[:4]
    turned = "/>".join([*rows[1:], rows[0]]) + "/>"
    net = with_programs(plain, f'<tlLogic id="c" programID="0" type="static" offset="4">{turned}</tlLogic>')
    found = timing(write(net=net))
    assert (found.offset_s, found.greens_s) == (7, (20, 20))


def test_longer_states_than_heads(write: Write, plain: str) -> None:
    longer = logic("0").replace('r"', 'rr"').replace('g"', 'gr"').replace('y"', 'yr"')
    assert timing(write(net=with_programs(plain, longer))).cycle_s == 46

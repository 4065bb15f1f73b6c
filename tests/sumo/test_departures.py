"""How vehicles enter the network, and their types, as the files and SUMO have them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from trafficopt.demand import Demand, Departure
from trafficopt.sumo.binary import run_tool
from trafficopt.sumo.config import read_config
from trafficopt.sumo.routes import named_demand, routed_demand
from trafficopt.sumo.vehicle_types import OTHERS

ROADS = (
    '<edges><edge id="ab" from="a" to="b" numLanes="2" speed="30"/>'
    '<edge id="bc" from="b" to="c" numLanes="2" speed="30"/></edges>'
)
NODES = '<nodes><node id="a" x="0" y="0"/><node id="b" x="2000" y="0"/><node id="c" x="4000" y="0"/></nodes>'


def files(folder: Path, routes: str, options: str = "", additional: str = "") -> Path:
    """A road of two links, with this demand."""
    (folder / "n.xml").write_text(NODES, encoding="utf-8")
    (folder / "e.xml").write_text(ROADS, encoding="utf-8")
    run_tool("netconvert", ["-n", "n.xml", "-e", "e.xml", "-o", "net.xml"], cwd=folder, time_limit_s=60)
    (folder / "routes.xml").write_text(f"<routes>{routes}</routes>", encoding="utf-8")
    (folder / "more.xml").write_text(f"<additional>{additional}</additional>", encoding="utf-8")
    inputs = (
        '<net-file value="net.xml"/><route-files value="routes.xml"/><additional-files value="more.xml"/>'
    )
    config = folder / "x.sumocfg"
    config.write_text(f"<configuration>{inputs}{options}</configuration>", encoding="utf-8")
    return config


def demand_of(config: Path) -> Demand:
    settings = read_config(config)
    return routed_demand(settings, named_demand(settings))


def test_departures_stand_as_written(tmp_path: Path) -> None:
    way = '<route edges="ab bc"/>'
    ends = 'from="ab" to="bc"'
    routes = f"""
        <trip id="trip" depart="0" {ends} departLane="best" departSpeed="max" departPos="random"
            arrivalPos="40"/>
        <flow id="ends" begin="1" end="2" number="2" {ends} departLane="free"/>
        <flow id="way" begin="2" end="3" number="1" departPos="30">{way}</flow>
        <vehicle id="way.7" depart="4" departLane="1">{way}</vehicle>
        <vehicle id="ends.7" depart="5">{way}</vehicle>
        <vehicle id="stops" depart="6"><route edges="ab bc"/><stop lane="bc_0" duration="20" endPos="90"/>
            <stop busStop="stand" duration="30"/><stop edge="bc" until="9"/></vehicle>"""
    stand = '<busStop id="stand" lane="bc_1" startPos="200" endPos="220"/>'
    demand = demand_of(files(tmp_path, routes, additional=stand))
    assert dict(zip(demand.vehicles, demand.departures, strict=True)) == {
        "trip": Departure("best", "max", "random", "40.00", chooses_route=True),
        "ends.0": Departure(lane="free", chooses_route=True),
        "ends.1": Departure(lane="free", chooses_route=True),
        "way.0": Departure(position="30.00"),
        "way.7": Departure(lane="1"),
        "ends.7": Departure(),
        "stops": Departure(stops=(("bc", 20.0), ("bc", 30.0))),
    }
    ends_0, ends_1 = (demand.departures[demand.vehicles.index(f"ends.{k}")] for k in (0, 1))
    assert ends_0 is ends_1


def test_options_stand_in_for_what_vehicles_do_not_say(tmp_path: Path) -> None:
    routes = (
        '<vType id="own" speedFactor="normc(0.9,0.2,0.5,1.5)"/><vType id="mean" speedFactor="1.1"/>'
        '<vehicle id="a" depart="0"><route edges="ab"/></vehicle>'
        '<vehicle id="b" depart="1" type="own" departLane="1" departSpeed="5"><route edges="ab"/></vehicle>'
        '<vehicle id="c" depart="2" type="mean"><route edges="ab"/></vehicle>'
    )
    options = (
        '<default.speeddev value="0.3"/><default.departlane value="best"/><default.departspeed value="max"/>'
    )
    demand = demand_of(files(tmp_path, routes, options))
    assert [(d.lane, d.speed) for d in demand.departures] == [("best", "max"), ("1", "5.00"), ("best", "max")]
    factors = [
        (t.speed_factor, t.speed_deviation) for t in map(demand.vehicle_types.__getitem__, demand.types)
    ]
    assert factors == [(1.0, 0.3), (0.9, 0.2), (1.1, 0.3)]


def test_defaults_of_departures_are_those_of_sumo(tmp_path: Path) -> None:
    run_tool("sumo", ["--save-template", str(tmp_path / "template.xml")], time_limit_s=60)
    options = {element.tag: element.get("value") for element in ET.parse(tmp_path / "template.xml").iter()}
    usual = Departure()
    assert (options["default.departlane"], options["default.departspeed"]) == (usual.lane, usual.speed)


def test_defaults_of_vehicle_classes_are_those_of_sumo(tmp_path: Path) -> None:
    """SUMO drives a vehicle of each class, from the first step on an empty road to its top speed."""
    classes = ["passenger", *OTHERS]
    dull = 'sigma="0" speedFactor="1" speedDev="0"'
    types = "".join(f'<vType id="{c}" vClass="{c}" {dull}/>' for c in classes)
    routes = types + "".join(
        f'<vehicle id="{c}" type="{c}" depart="{1000 * k}" departSpeed="0"><route edges="ab bc"/></vehicle>'
        for k, c in enumerate(classes)
    )
    config = files(tmp_path, routes)
    known = demand_of(config).vehicle_types
    output = tmp_path / "fcd.xml"
    run_tool("sumo", ["-c", str(config), "--fcd-output", str(output), "--no-step-log"], time_limit_s=120)
    speeds: dict[str, list[float]] = {name: [] for name in classes}
    for name, speed in re.findall(r'<vehicle id="(\w+)"[^>]* speed="([\d.]+)"', output.read_text("utf-8")):
        speeds[name].append(float(speed))
    for name in classes:
        kind = known[name]
        assert speeds[name][1] == pytest.approx(min(kind.accel_m_s2, kind.max_speed_m_s), abs=0.01), name
        assert max(speeds[name]) == pytest.approx(min(30.0, kind.max_speed_m_s), abs=0.01), name

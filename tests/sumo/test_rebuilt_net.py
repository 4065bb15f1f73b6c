"""A plan made for a network is bound again, by movement, after the network was edited and rebuilt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import trafficopt as to
from trafficopt.errors import UnsafePlanError
from trafficopt.limits import Limits
from trafficopt.network import Network
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.scenario import Scenario
from trafficopt.signals.plan_files import plan_json
from trafficopt.sumo.binary import run_tool
from trafficopt.sumo.net import read_intersections, read_links, read_net
from trafficopt.sumo.programs import read_programs

PLACES = {"w": (-200, 0), "e": (200, 0), "s": (0, -200), "n": (0, 200)}
Built = tuple[Network, dict[str, SignalTiming]]
Build = Callable[..., Built]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Maker of a crossroads `c` with legs w, e, s, n."""

    def make(legs: str = "wesn", lanes: int = 2, options: tuple[str, ...] = ()) -> Built:
        nodes = "".join(f'<node id="{k}" x="{PLACES[k][0]}" y="{PLACES[k][1]}"/>' for k in legs)
        nodes += '<node id="c" x="0" y="0" type="traffic_light"/>'
        edges = "".join(
            f'<edge id="{a}{b}" from="{a}" to="{b}" numLanes="{lanes}" speed="13.89"/>'
            for k in legs
            for a, b in ((k, "c"), ("c", k))
        )
        (tmp_path / "nodes.xml").write_text(f"<nodes>{nodes}</nodes>", encoding="utf-8")
        (tmp_path / "edges.xml").write_text(f"<edges>{edges}</edges>", encoding="utf-8")
        files = ("--node-files=nodes.xml", "--edge-files=edges.xml", "--output-file=net.net.xml")
        run_tool("netconvert", [*files, *options], cwd=tmp_path, time_limit_s=60)
        path = tmp_path / "net.net.xml"
        net = read_net(path)
        nodes_read, timings = read_intersections(net, path, read_programs([path], 0.0), Limits(), 7.5)
        return Network(read_links(net), nodes_read), timings

    return make


def scenario_of(built: Built) -> Scenario:
    network, timings = built
    base = to.read_scenario(to.example_path("main_street"))
    return replace(base, network=network, field_plan=TimingPlan("field", timings))


def shown(network: Network, timing: SignalTiming) -> list[dict[str, set[str]]]:
    """Letters of each movement in each row."""
    heads = network["c"].heads
    return [
        {head.id: {row.state[k] for k, other in enumerate(heads) if other.id == head.id} for head in heads}
        for row in timing.intervals
    ]


def test_lanes_that_are_added_do_as_their_movement_does(build: Build, tmp_path: Path) -> None:
    before = build()
    path = tmp_path / "plan.json"
    path.write_text(plan_json(scenario_of(before), TimingPlan("field", before[1])), encoding="utf-8")
    network, timings = build(lanes=3)
    assert network["c"].n_heads > before[0]["c"].n_heads
    bound = to.read_plan(path, network)
    assert bound.differences == ()
    assert shown(network, bound.plan["c"]) == shown(before[0], before[1]["c"])
    scenario = scenario_of((network, timings))
    assert plan_json(scenario, bound.plan) == path.read_text(encoding="utf-8")


def test_a_leg_that_is_gone_is_told_and_the_rest_stays_safe(build: Build, tmp_path: Path) -> None:
    before = build()
    path = tmp_path / "plan.json"
    path.write_text(plan_json(scenario_of(before), TimingPlan("field", before[1])), encoding="utf-8")
    after = build("wes")
    bound = to.read_plan(path, after[0])
    gone = {difference.split("'")[1] for difference in bound.differences}
    assert gone == {"nc->cw", "nc->cs", "nc->ce", "nc->cn", "wc->cn", "ec->cn", "sc->cn"}
    plan_json(scenario_of(after), bound.plan)


def test_crossings_that_are_added_must_be_served_before_the_plan_is_written(
    build: Build, tmp_path: Path
) -> None:
    before = build()
    path = tmp_path / "plan.json"
    path.write_text(plan_json(scenario_of(before), TimingPlan("field", before[1])), encoding="utf-8")
    after = build(options=("--sidewalks.guess", "--crossings.guess"))
    assert len(after[0]["c"].crossings) == 4
    bound = to.read_plan(path, after[0])
    assert sorted(bound.differences) == [
        f"c: 'walk:c{k}+{k}c' is in the network and not served by the plan" for k in "ensw"
    ]
    with pytest.raises(UnsafePlanError, match="never-served"):
        plan_json(scenario_of(after), bound.plan)

"""Grades of approaches, from networks with elevation."""

from __future__ import annotations

from pathlib import Path

import pytest

from trafficopt.intersection import Intersection
from trafficopt.limits import Limits
from trafficopt.sumo.binary import run_tool
from trafficopt.sumo.net import read_intersections, read_net
from trafficopt.sumo.programs import read_programs


def crossroads(folder: Path, west_m: float, west_z_m: float, limits: Limits) -> Intersection:
    """Signal `c` at 0 m above sea level, whose west end is `west_m` away and `west_z_m` high."""
    places = {"w": (-west_m, 0, west_z_m), "e": (200, 0, 0), "s": (0, -200, 0), "n": (0, 200, 0)}
    nodes = "".join(f'<node id="{k}" x="{x}" y="{y}" z="{z}"/>' for k, (x, y, z) in places.items())
    nodes += '<node id="c" x="0" y="0" z="0" type="traffic_light"/>'
    edges = "".join(
        f'<edge id="{a}{b}" from="{a}" to="{b}" numLanes="1" speed="13.89"/>'
        for k in places
        for a, b in ((k, "c"), ("c", k))
    )
    (folder / "nodes.xml").write_text(f"<nodes>{nodes}</nodes>", encoding="utf-8")
    (folder / "edges.xml").write_text(f"<edges>{edges}</edges>", encoding="utf-8")
    files = ("--node-files=nodes.xml", "--edge-files=edges.xml", "--output-file=net.net.xml")
    run_tool("netconvert", files, cwd=folder, time_limit_s=60)
    path = folder / "net.net.xml"
    (node,), _ = read_intersections(read_net(path), path, read_programs([path], 0.0), limits, 7.5)
    return node


def of_west(node: Intersection) -> int:
    return next(k for k, head in enumerate(node.heads) if head.id == "wc->ce")


def test_yellow_is_longer_downhill(tmp_path: Path) -> None:
    node = crossroads(tmp_path, 200.0, 10.0, Limits("us", yellow_step_s=0.0))
    west = of_west(node)
    assert node.heads[west].grade == pytest.approx(-0.05, abs=0.005)
    assert {head.grade for head in node.heads if head.from_link != "wc"} == {0.0}
    level = next(k for k, head in enumerate(node.heads) if head.id == "ec->cw")
    # 1 + 17.02 / (2 x 3.05 - 2 x 9.81 x 0.05) and 1 + 17.02 / (2 x 3.05)
    assert node.requirements.yellow_s[west] == pytest.approx(4.32, abs=0.05)
    assert node.requirements.yellow_s[level] == pytest.approx(3.79, abs=0.005)


@pytest.mark.parametrize(
    ("west_m", "west_z_m", "grade"), [(60.0, 40.0, -0.25), (18.0, 4.0, 0.0)], ids=["steep", "short"]
)
def test_elevations_that_cannot_be_are_no_grades(
    tmp_path: Path, west_m: float, west_z_m: float, grade: float
) -> None:
    node = crossroads(tmp_path, west_m, west_z_m, Limits("us"))
    assert node.heads[of_west(node)].grade == grade

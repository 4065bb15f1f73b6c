"""Benchmark of scale: copies of the city, their joints, and the table."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET

import pytest

from benchmarks.scale.growing import Copies, Joint, continued
from benchmarks.scale.page import exponent, page, table
from benchmarks.scale.parts import ALL_PARTS, Costs


def costs(signals: int, each_s: float) -> Costs:
    seconds = dict.fromkeys(ALL_PARTS, each_s)
    memory_mb = dict.fromkeys(ALL_PARTS, 200.0) | {"evaluate a plan": 250.0}
    return Costs(signals, signals, 10 * signals, seconds, memory_mb)


def test_copies_lie_on_a_square_lattice() -> None:
    copies = Copies(5)
    assert [copies.place(copy) for copy in range(5)] == [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1)]
    assert [copies.neighbor(copy, "E") for copy in range(5)] == [1, 2, None, 4, None]
    assert [copies.neighbor(copy, "N") for copy in range(5)] == [3, 4, None, None, None]


def test_gates_that_face_one_another_are_joined() -> None:
    joints = Copies(4).joints(["GA1E", "GA1W", "GA5N", "GA5S"])
    assert [(joint.here, joint.there) for joint in joints] == [
        ((0, "GA1E"), (1, "GA1W")),
        ((0, "GA5N"), (2, "GA5S")),
        ((1, "GA5N"), (3, "GA5S")),
        ((2, "GA1E"), (3, "GA1W")),
    ]
    assert joints[0].node == "c0.GA1E"


def test_who_leaves_over_a_joint_goes_on_once() -> None:
    ends = {"out": ("J1", "GA1E"), "in": ("GA1W", "J1"), "back": ("GA1E", "J1"), "street": ("J1", "J2")}
    edges = [ET.Element("edge", {"id": key, "from": a, "to": b}) for key, (a, b) in ends.items()]
    routes = [["street", "out"], ["in", "street"], ["street"], ["street", "out"], ["in", "out"]]
    found = continued(routes, edges, [Joint((0, "GA1E"), (1, "GA1W"))])
    assert found == {(0, 0): (1, 1)}


def test_the_exponent_is_the_slope_of_logarithms() -> None:
    assert exponent([100, 1000, 10000], [2.0, 20.0, 200.0]) == pytest.approx(1.0)
    assert exponent([100, 400], [1.0, 2.0]) == pytest.approx(0.5)
    assert math.isnan(exponent([100], [1.0]))


def test_the_table_has_a_line_a_size_and_the_exponents() -> None:
    lines = table([costs(167, 1.0), costs(334, 2.0)]).splitlines()
    assert {line.count("|") for line in lines} == {len(ALL_PARTS) + 5}
    assert lines[2].startswith("| 167 (167) | 1670 | 1.00 |")
    assert lines[3].endswith("| 12.0 | 200, 250 |")  # six parts until the first plan
    assert lines[4].count("1.00") == len(ALL_PARTS) + 1
    told = page([costs(167, 1.0), costs(334, 30.0)], "python -m benchmarks.scale")
    assert (
        "334 signals have a first plan after 3.0 minutes of one processor and 200 MB; exponent 4.91" in told
    )

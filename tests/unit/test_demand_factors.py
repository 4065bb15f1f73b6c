"""Scaled maps of the benchmarks."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from benchmarks.fidelity.scenarios import _multiply, case_of


@pytest.mark.parametrize(("factor", "n"), [("0.75", 75), ("1.00", 100), ("1.40", 140)])
def test_a_factor_leaves_out_or_copies_vehicles(factor: str, n: int) -> None:
    root = ET.Element("routes")
    for k in range(100):
        ET.SubElement(root, "trip", id=f"t{k}", depart=f"{10 * k}")
    _multiply(root, case_of(f"cologne1x{factor}"), 0.0, 1000.0)
    departs = [float(trip.attrib["depart"]) for trip in root]
    assert len(departs) == n
    assert departs == sorted(departs)
    assert len({trip.attrib["id"] for trip in root}) == n

"""Curbs and widths of links, which the network of the signals does without."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Collection
from pathlib import Path

import numpy as np
from defusedxml.ElementTree import iterparse

from trafficopt.model.crossing_walks import Carriageway, beside
from trafficopt.sumo.lane_graph import WALKING
from trafficopt.sumo.xml import opened
from trafficopt.units import FloatArray

USUAL_WIDTH_M = 3.2  # SUMO's, where a lane has none of its own


def read_carriageways(net: Path, links: Collection[str]) -> dict[str, Carriageway]:
    """Read curb and width of some links of a network; sidewalks do not count.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    found = {}
    with opened(net) as stream:
        for _, element in iterparse(stream):
            if element.tag == "edge":
                if element.get("id") in links and (lanes := [x for x in element.iter("lane") if _is_road(x)]):
                    found[element.get("id")] = _carriageway([(_line(x), _width_m(x)) for x in lanes])
                element.clear()
    return found


def _is_road(lane: ET.Element) -> bool:
    allowed = lane.get("allow", "").split()
    return not allowed or not WALKING.issuperset(allowed)


def _width_m(lane: ET.Element) -> float:
    return float(lane.get("width", USUAL_WIDTH_M))


def _line(lane: ET.Element) -> FloatArray:
    points = lane.get("shape", "").split()
    return np.array([[float(c) for c in point.split(",")[:2]] for point in points])


def _carriageway(lanes: list[tuple[FloatArray, float]]) -> Carriageway:
    """From the lines and widths of lanes, from right to left."""
    line, width = lanes[0]
    return Carriageway(beside(line, width / 2.0), sum(width for _, width in lanes))

"""The plan of a junction, measured in its own meters."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.path import Path

from tests.unit.reporting.drawn_junctions import LANE_M, STOP_M, Drawn, crossroads, distance, main_street
from trafficopt.intersection import Turn
from trafficopt.network import Link, Network
from trafficopt.reporting.drawings.junction_drawing import (
    CROSSING_M,
    JunctionDrawing,
    MovementPath,
    bars,
    junction_drawing,
)
from trafficopt.reporting.drawings.junction_lines import Curve, Line, heading, length_of, turning_curve
from trafficopt.units import FloatArray

SIGNALS = ("M1", "M2", "M3", "M4", "M5")
CASES = (*SIGNALS, "crossroads", "mirrored", "short")


def case(name: str) -> Drawn:
    if name in SIGNALS:
        return main_street()[name]
    return crossroads(mirrored=name == "mirrored", approach_m=5.0 if name == "short" else 80.0)


def drawing(name: str) -> JunctionDrawing:
    network, node, _ = case(name)
    return junction_drawing(network, node)


def points_of(curve: Curve) -> FloatArray:
    """Points on a curve, shape (20, 2)."""
    t = np.linspace(0.0, 1.0, 20)[:, None]
    p, q, r, s = (np.array(point) for point in curve)
    points: FloatArray = (1 - t) ** 3 * p + 3 * (1 - t) ** 2 * t * q + 3 * (1 - t) * t**2 * r + t**3 * s
    return points


def area(line: Line) -> float:
    """Positive if counterclockwise."""
    x, y = np.array(line).T
    return 0.5 * float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))


def turned(path: MovementPath) -> float:
    """By how much the direction changes to the left [degrees]."""
    (a, b), (c, d) = heading(path.curve[:2]), heading(path.curve[2:])
    return math.degrees(math.atan2(a * d - b * c, a * c + b * d))


@pytest.mark.parametrize("name", CASES)
def test_each_head_has_a_path_that_turns_as_its_movement_does(name: str) -> None:
    _, node, _ = case(name)
    paths = drawing(name).paths
    assert [path.head for path in paths] == [k for k, head in enumerate(node.heads) if head.from_link]
    for path in paths:
        assert path.turn is node.heads[path.head].turn
        angle = turned(path)
        if path.turn is Turn.LEFT:
            assert 45.0 < angle < 135.0
        elif path.turn is Turn.RIGHT:
            assert -135.0 < angle < -45.0
        elif path.turn is Turn.U_TURN:
            assert abs(angle) > 135.0
        else:
            assert abs(angle) < 20.0


@pytest.mark.parametrize("name", CASES)
def test_arrows_begin_on_the_approach_and_end_on_the_exit(name: str) -> None:
    network, node, _ = case(name)
    links = {
        key: tuple((x - node.x_m, y - node.y_m) for x, y in link.shape) for key, link in network.links.items()
    }
    for path in drawing(name).paths:
        half = LANE_M * network.links[path.from_link].n_lanes / 2.0
        assert distance(path.curve[0], links[path.from_link][-2:]) <= half
        assert distance(path.end, links[path.to_link]) < distance(path.end, links[path.from_link])
        assert distance(path.end, links[path.to_link]) <= LANE_M * network.links[path.to_link].n_lanes / 2.0


@pytest.mark.parametrize("name", CASES)
def test_paths_are_smooth_and_stay_on_the_road(name: str) -> None:
    plan = drawing(name)
    outlines = [Path(np.array(line)) for line in (*plan.roads, *plan.areas)]
    for path in plan.paths:
        assert path.before[-1] == path.curve[0] and path.curve[-1] == path.after[0]
        for one, other in ((path.before[-2:], path.curve[:2]), (path.curve[2:], path.after[:2])):
            assert np.dot(heading(one), heading(other)) > 0.99
        points = np.array([*path.before, *points_of(path.curve), *path.after])
        inside = np.any([outline.contains_points(points, radius=0.3) for outline in outlines], axis=0)
        assert inside.all(), path


@pytest.mark.parametrize("name", CASES)
def test_lanes_are_as_far_apart_as_they_are_wide(name: str) -> None:
    network, node, _ = case(name)
    for path in drawing(name).paths:
        link, lane = network.links[path.from_link], node.heads[path.head].lane
        way = heading(link.shape[-2:])
        x = path.curve[0][0] + node.x_m - link.shape[-1][0]
        y = path.curve[0][1] + node.y_m - link.shape[-1][1]
        to_right = x * way[1] - y * way[0]
        from_curb = LANE_M * ((link.n_lanes - 1) / 2.0 - lane)
        assert to_right == pytest.approx(-from_curb if name == "mirrored" else from_curb, abs=0.1)


@pytest.mark.parametrize("name", CASES)
def test_outlines_run_counterclockwise_so_that_they_never_cancel_out(name: str) -> None:
    plan = drawing(name)
    assert all(area(line) > 1.0 for line in (*plan.roads, *plan.areas))


def test_roads_are_as_wide_as_their_lanes_and_reach_out_equally_far() -> None:
    plan = drawing("crossroads")
    assert len(plan.roads) == 8
    lengths = {round(area(road) / (2 * LANE_M), 3) for road in plan.roads}
    assert len(lengths) == 1
    west, south, east, north = plan.box
    assert (west, south) == pytest.approx((-east, -north))
    assert east == pytest.approx(STOP_M + lengths.pop())


def test_what_leads_to_a_short_approach_is_drawn_too() -> None:
    short, usual = drawing("short"), drawing("crossroads")
    assert np.allclose(short.box, usual.box)
    assert len(short.roads) > len(usual.roads)
    assert [length_of(path.before) for path in short.paths] == pytest.approx(
        [length_of(path.before) for path in usual.paths]
    )


def test_where_traffic_keeps_left_the_plan_is_the_mirror_image() -> None:
    plain, mirror = drawing("crossroads"), drawing("mirrored")
    for path, other in zip(plain.paths, mirror.paths, strict=True):
        assert np.allclose(np.array(path.curve) * (-1.0, 1.0), other.curve)
        if path.turn in (Turn.THROUGH, Turn.U_TURN):
            assert np.allclose(np.array(path.end) * (-1.0, 1.0), other.end)


def test_the_plan_is_the_same_wherever_the_junction_lies() -> None:
    here, there = (junction_drawing(*crossroads(place)[:2]) for place in ((0.0, 0.0), (5000.0, -300.0)))
    assert (there.x_m, there.y_m) == (5000.0, -300.0)
    for one, other in zip(here.paths, there.paths, strict=True):
        assert np.allclose(one.curve, other.curve)


@pytest.mark.parametrize("name", ["crossroads", "mirrored"])
def test_crossings_lie_across_their_arm_behind_the_stop_line(name: str) -> None:
    _, node, _ = case(name)
    crossings = drawing(name).crossings
    assert [crossing.head for crossing in crossings] == list(node.crossings)
    for crossing, (x, y) in zip(crossings, ((-1, 0), (1, 0), (0, -1), (0, 1)), strict=True):
        out = -x if name == "mirrored" else x
        middle = np.mean(crossing.line, axis=0)
        assert 0.5 * STOP_M < np.dot(middle, (out, y)) < STOP_M
        assert abs(np.dot(middle, (y, out))) < 1e-9
        assert math.dist(*crossing.line) == pytest.approx(4 * LANE_M)
        assert np.dot(heading(crossing.line), (out, y)) == pytest.approx(0.0)
        drawn_m2 = sum(area(bar) for bar in bars(crossing, 0.8))
        assert drawn_m2 == pytest.approx(0.5 * CROSSING_M * math.dist(*crossing.line))


def test_stop_lines_lie_at_the_ends_of_the_approaches() -> None:
    network, node, _ = case("crossroads")
    ends = [network.links[f"{arm}c"].shape[-1] for arm in "wesn"]
    plan = drawing("crossroads")
    assert [length_of(line) for line in plan.stop_lines] == pytest.approx([2 * LANE_M] * 4)
    origin = np.array([node.x_m, node.y_m])
    middles = [origin + np.mean(line, axis=0) for line in plan.stop_lines]
    assert np.allclose(middles, ends)


def test_links_without_shape_are_left_out() -> None:
    network, node, _ = crossroads()
    links = network.links
    bare = {key: Link(key, link.from_node, link.to_node, 50.0, 13.9, 2, ()) for key, link in links.items()}
    nothing = junction_drawing(Network(bare, (node,)), node)
    assert nothing.paths == nothing.roads == nothing.crossings == ()
    half = {**links, "wc": bare["wc"]}
    plan = junction_drawing(Network(half, (node,)), node)
    assert {path.from_link for path in plan.paths} == {"ec", "sc", "nc"}


def test_a_letter_of_two_movements_has_both_paths() -> None:
    network, node, _ = crossroads()
    head = replace(node.heads[1], id="ec->cw & wc->ce", from_link="ec&wc", to_link="ce&cw")
    both = replace(node, heads=(node.heads[0], head, *node.heads[2:]))
    paths = [path for path in junction_drawing(network, both).paths if path.head == 1]
    assert {(path.from_link, path.to_link) for path in paths} == {("ec", "cw"), ("wc", "ce")}


@pytest.mark.parametrize("degrees", [0.0, 30.0, 145.0, -70.0])
@pytest.mark.parametrize("to_left", [1.0, -1.0])
def test_a_quarter_turn_is_a_quarter_of_a_circle(degrees: float, to_left: float) -> None:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))

    def at(x: float, y: float) -> tuple[float, float]:
        return c * x - s * y, s * x + c * y

    curve = turning_curve(at(0.0, 0.0), at(1.0, 0.0), at(10.0, 10.0 * to_left), at(0.0, to_left))
    away = points_of(curve) - np.array(at(0.0, 10.0 * to_left))
    assert np.hypot(*away.T) == pytest.approx(10.0, abs=0.01)


def test_a_u_turn_is_half_a_circle() -> None:
    points = points_of(turning_curve((0.0, 0.0), (0.0, 1.0), (-6.0, 0.0), (0.0, -1.0)))
    assert np.hypot(*(points - np.array([-3.0, 0.0])).T) == pytest.approx(3.0, abs=0.06)


def test_paths_end_on_the_lane_that_the_connection_leads_to() -> None:
    network, node, _ = case("M1")
    graph = network.lane_graph
    assert graph is not None
    k = next(k for k, c in enumerate(graph.connections) if (c.signal, c.head) == ("M1", 4))
    lane = graph.connections[k].to_lane
    beside = next(
        j
        for j, other in enumerate(graph.lanes)
        if other.link == graph.lanes[lane].link and other.index == 1 - graph.lanes[lane].index
    )
    changed = list(graph.connections)
    changed[k] = replace(changed[k], to_lane=beside)
    moved = replace(network, lane_graph=replace(graph, connections=tuple(changed)))
    ends = [{path.head: path.end for path in junction_drawing(each, node).paths} for each in (network, moved)]
    assert {head for head in ends[0] if ends[0][head] != ends[1][head]} == {4}
    assert math.dist(ends[0][4], ends[1][4]) == pytest.approx(LANE_M, abs=0.1)

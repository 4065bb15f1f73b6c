"""Maps: circles, lines and arrows stand where the network has them, in the color of their value."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.plots.labels import check_words
from tests.unit.plots.svg_reading import Drawing, drawn, style
from trafficopt.errors import InputError
from trafficopt.intersection import Turn
from trafficopt.network import Network
from trafficopt.problem import Problem
from trafficopt.reporting.plots.city_map import DELAY, LINKS, MOVEMENTS, RISES, SIGNALS, plot_city_map
from trafficopt.units import FloatArray

DELAYS_S = {"M1": 12.0, "M2": 33.0, "M3": 44.0, "M4": 3.0}
CHANGES_S = {"M1": -12.0, "M2": 3.0, "M3": 8.0, "M4": -23.0, "M5": -0.5}
BAR = 2  # number of the axes of the color bar


def value_ranges(drawing: Drawing) -> dict[str, tuple[float, float]]:
    """Values that each color of the color bar stands for, from the bar's own drawing."""
    axis = drawing.panel(BAR).x
    assert axis is not None
    (group,) = drawing.groups(f"axes_{BAR}")
    found = {}
    for points, each in drawing.artists(group):
        across = axis.values(points[:, 0])
        color = style(each, "fill")
        if color not in ("none", "#ffffff") and np.ptp(across) > 0.0 and len(points) in (4, 5):
            found[color] = (float(across.min()), float(across.max()))
    return found


def places(drawing: Drawing, gid: str) -> FloatArray:
    return drawing.panel().data(drawing.marks(gid))


def delays_of(network: Network, scale: float = 1.0) -> dict[str, float]:
    """A value for each movement, none like another."""
    names = [movement.id for node in network.intersections for movement in node.movements]
    return {name: scale * (1.0 + k) for k, name in enumerate(names)}


def test_circles_stand_at_the_intersections(street: Problem) -> None:
    drawing = drawn(lambda: plot_city_map(street.network, DELAYS_S))
    where = {node.id: (node.x_m, node.y_m) for node in street.network.intersections}
    assert places(drawing, SIGNALS) == pytest.approx(np.array([where[key] for key in DELAYS_S]), abs=0.1)


def test_the_color_of_a_circle_stands_for_its_value(street: Problem) -> None:
    drawing = drawn(lambda: plot_city_map(street.network, DELAYS_S))
    ranges = value_ranges(drawing)
    assert len(ranges) >= 5
    for color, value in zip(drawing.fills(SIGNALS), DELAYS_S.values(), strict=True):
        low, high = ranges[color]
        assert low - 1e-3 <= value <= high + 1e-3
    wrong = {**DELAYS_S, "M2": DELAYS_S["M2"] + 10.0}
    seen = [ranges[color] for color in drawing.fills(SIGNALS)]
    assert any(not low <= value <= high for (low, high), value in zip(seen, wrong.values(), strict=True))


def test_maps_with_the_same_end_have_the_same_colors(street: Problem) -> None:
    both = [
        drawn(lambda value=value: plot_city_map(street.network, {"M1": value, "M2": 20.0}, vmax=40.0))
        for value in (5.0, 400.0)
    ]
    ranges, others = (value_ranges(each) for each in both)
    assert list(ranges) == list(others)
    assert np.array([*ranges.values()]) == pytest.approx(np.array([*others.values()]), abs=1e-3)
    assert both[0].fills(SIGNALS)[1] == both[1].fills(SIGNALS)[1]
    assert both[1].fills(SIGNALS)[0] not in others  # beyond the end


def test_changes_are_blue_below_and_red_above_and_bear_a_plus(street: Problem) -> None:
    drawing = drawn(lambda: plot_city_map(street.network, CHANGES_S, center=0.0, label="Change [s/veh]"))
    ranges = value_ranges(drawing)
    for color, value in zip(drawing.fills(SIGNALS), CHANGES_S.values(), strict=True):
        low, high = ranges[color]
        assert low - 1e-3 <= value <= high + 1e-3
        red, blue = int(color[1:3], 16), int(color[5:7], 16)
        assert (red > blue) == (value > 0.0)
    lows, highs = zip(*ranges.values(), strict=True)
    assert min(lows) == pytest.approx(-max(highs), abs=1e-3)
    rising = [(node.x_m, node.y_m) for node in street.network.intersections if CHANGES_S[node.id] > 0.0]
    assert places(drawing, RISES) == pytest.approx(np.array(rising), abs=0.1)


def test_links_lie_to_the_right_of_their_road_in_their_color(street: Problem) -> None:
    values = {"e2": 10.0, "w2": 38.0, "n1_in": 22.0}
    drawing = drawn(lambda: plot_city_map(street.network, link_values=values, label="Delay [veh·h/h]"))
    panel, ranges = drawing.panel(), value_ranges(drawing)
    order = sorted(values, key=lambda key: values[key])
    lines = [panel.data(points) for points in drawing.shapes(LINKS)]
    assert len(lines) == 3
    for key, line, color in zip(order, lines, drawing.strokes(LINKS), strict=True):
        low, high = ranges[color]
        assert low - 1e-3 <= values[key] <= high + 1e-3
        shape = np.array(street.network.links[key].shape)
        way = (shape[-1] - shape[0]) / np.hypot(*(shape[-1] - shape[0]))
        away = (line[[0, -1]] - shape[[0, -1]]) @ np.array([way[1], -way[0]])
        assert away[0] == pytest.approx(away[1], abs=0.2)
        assert 2.0 < away[0] < 25.0
        assert (line[[0, -1]] - shape[[0, -1]]) @ way == pytest.approx(0.0, abs=0.2)


def test_arrows_stand_at_their_approach_and_point_where_they_turn(street: Problem) -> None:
    network = street.network
    values = delays_of(network)
    drawing = drawn(lambda: plot_city_map(network, DELAYS_S, movement_values=values, label="Delay [s/veh]"))
    arrows = [drawing.panel().data(points)[:3] for points in drawing.shapes(MOVEMENTS)]
    movements = [(node, m) for node in network.intersections for m in node.movements]
    assert len(arrows) == len(movements) == 54
    ranges = value_ranges(drawing)
    for (node, movement), arrow, color in zip(movements, arrows, drawing.fills(MOVEMENTS), strict=True):
        low, high = ranges[color]
        assert low - 1e-3 <= values[movement.id] <= high + 1e-3
        shape = np.array(network.links[movement.from_link].shape)
        way = (shape[-1] - shape[-2]) / np.hypot(*(shape[-1] - shape[-2]))
        middle = arrow.mean(axis=0) - np.array([node.x_m, node.y_m])
        assert middle @ way < -30.0 and middle @ np.array([way[1], -way[0]]) > 0.0
        ahead = arrow[0] - arrow[1:].mean(axis=0)
        turned = (way[0] * ahead[1] - way[1] * ahead[0]) / np.hypot(*ahead)
        assert turned == pytest.approx({Turn.LEFT: 1.0, Turn.RIGHT: -1.0}.get(movement.turn, 0.0), abs=0.02)


def test_the_left_turn_is_next_to_the_middle_of_the_road(street: Problem) -> None:
    network = street.network
    drawing = drawn(lambda: plot_city_map(network, movement_values=delays_of(network), label="x [1]"))
    middles = [drawing.panel().data(points)[:3].mean(axis=0) for points in drawing.shapes(MOVEMENTS)]
    names = [m.id for node in network.intersections for m in node.movements]
    at = dict(zip(names, middles, strict=True))
    below = [at[name][1] for name in ("e1_stop->n2_out", "e1_stop->e2", "e1_stop->s2_out")]
    assert below == sorted(below, reverse=True)  # driven to the east: left is up


def test_a_map_around_some_signals_shows_them_alone(street: Problem) -> None:
    network = street.network
    drawing = drawn(
        lambda: plot_city_map(
            network, DELAYS_S, around=["M1", "M2"], movement_values=delays_of(network), label="Delay [s/veh]"
        )
    )
    where = {node.id: (node.x_m, node.y_m) for node in network.intersections}
    assert places(drawing, SIGNALS) == pytest.approx(np.array([where["M1"], where["M2"]]), abs=0.1)
    assert len(drawing.shapes(MOVEMENTS)) == 24
    low, high = drawing.ax.get_xlim()
    assert low < where["M1"][0] < where["M2"][0] < high < where["M3"][0]
    check_words(drawing)


def test_an_intersection_without_a_value_is_empty(street: Problem) -> None:
    drawing = drawn(lambda: plot_city_map(street.network, {"M1": 10.0, "M2": float("nan")}))
    assert len(places(drawing, SIGNALS)) == 1
    empty = drawn(lambda: plot_city_map(street.network))
    assert len(places(empty, SIGNALS)) == 0
    assert empty.figure.axes[1].get_xlabel() == DELAY


def test_what_is_not_in_the_network_is_told(street: Problem) -> None:
    with pytest.raises(InputError, match="e2"):
        plot_city_map(street.network, link_values={"e22": 1.0})
    with pytest.raises(InputError, match="e1_stop"):
        plot_city_map(street.network, movement_values={"e1_stop->e22": 1.0})
    with pytest.raises(InputError, match="M1"):
        plot_city_map(street.network, around=["m1"])


def test_words_can_be_read(street: Problem) -> None:
    network = street.network
    check_words(drawn(lambda: plot_city_map(network, DELAYS_S)))
    check_words(drawn(lambda: plot_city_map(network, CHANGES_S, center=0.0, label="Change [s/veh]")))
    check_words(drawn(lambda: plot_city_map(network, movement_values=delays_of(network), label="x [s/veh]")))
    far = replace(network, arterials=())
    check_words(drawn(lambda: plot_city_map(far, link_values={"e2": 10.0}, vmin=5.0, vmax=20.0)))

"""Map of the network with a measure of each signalized intersection, link or movement."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection

from trafficopt.network import Arterial, Network
from trafficopt.reporting.plots.canvas import GRAY, INK, PALE, new_axes, short_label
from trafficopt.reporting.plots.color_scale import ColorScale, color_scale, draw_color_bar
from trafficopt.reporting.plots.map_shapes import movement_arrows, right_of, simplify_shape
from trafficopt.units import FloatArray, Meters
from trafficopt.unknown_name import unknown_name

SIGNALS, LINKS, MOVEMENTS, RISES = "signals", "links", "movements", "above-center"
"""Artist ids (gid) of circles, lines and arrows, and of the signs on circles."""

ROAD = "#b8b8b8"
LINK_WIDTH = 2.6  # points
CASING = 1.1  # more: of the dark line below, on which pale colors can be seen
ARROW_POINTS = 6.5
AROUND_M: Meters = 180.0  # of map around the outermost of some intersections
NAME_POINTS, NAME_ABOVE_ARROWS = (7, 7), (7, 24)  # from the middle of a circle
N_THIN = 400
"""Beyond so many links, lines are thinner."""
N_NAMED = 12
"""Up to so many intersections are named on the map."""
DELAY = "Delay per vehicle [s/veh]"
NO_VALUES: Mapping[str, float] = MappingProxyType({})


def plot_city_map(
    network: Network,
    values: Mapping[str, float] = NO_VALUES,
    ax: Axes | None = None,
    vmax: float | None = None,
    *,
    vmin: float | None = None,
    center: float | None = None,
    link_values: Mapping[str, float] = NO_VALUES,
    movement_values: Mapping[str, float] = NO_VALUES,
    around: Collection[str] = (),
    label: str = DELAY,
) -> Axes:
    """Draw all links and the signalized intersections, colored by a measure.

    Intersections are circles, links with a value are lines to the right of the middle of their road, and
    movements are arrows at the stop line of their approach that point where they turn. All share one scale of
    colors.

    Parameters
    ----------
    network
        Links, intersections and arterials.
    values
        Value of each intersection, by id: by default its delay per vehicle [s/veh]; one without a value is an
        empty circle.
    ax
        Axes to draw on; new ones on a figure of their own if None.
    vmin, vmax
        Ends of the color scale, rounded to a round step; less and more than them get colors of their own.
        Maps with the same ends have the same colors. By default zero, or the least value if that is below
        zero, and the largest value.
    center
        For changes: colors go to blue below this value and to red above it, and circles above it bear a
        plus, so that they can be told apart without colors.
    link_values
        Value of links, by id.
    movement_values
        Value of movements, by `from->to`. In a city, arrows can be told apart only `around` a few signals.
    around
        Intersections that are shown with their surroundings alone; by default the whole network.
    label
        What the values are, with their unit in brackets.

    Returns
    -------
    matplotlib.axes.Axes
        With x and y in m.

    Raises
    ------
    InputError
        If the network lacks a link or a movement that has a value, or an intersection to draw the map around.
    """
    shown = _part(network, around) if around else network
    corners = _extent(shown, AROUND_M) if around else _extent(network)
    ax = new_axes(*_size_in(corners)) if ax is None else ax
    tolerance_m = max(corners[1] - corners[0]) / 1500
    thin = 0.8 if len(network.links) > N_THIN else 1.6
    ax.add_collection(_lines(network, network.links, tolerance_m, ROAD, thin))
    on_arterials = dict.fromkeys(key for arterial in network.arterials for key in _links_of(arterial))
    ax.add_collection(_lines(network, on_arterials, tolerance_m, GRAY, thin + 1.6))
    _frame(ax, corners)
    known = [*values.values(), *link_values.values(), *movement_values.values()]
    scale = color_scale([value for value in known if math.isfinite(value)], vmin, vmax, center)
    point_m = _meters_a_point(ax, corners)
    _draw_links(ax, network, _known(link_values), scale, tolerance_m, point_m)
    _draw_signals(ax, shown, _known(values), scale)
    _check_movements(network, movement_values)
    _draw_movements(ax, shown, _known(movement_values), scale, point_m)
    _name_places(ax, shown, NAME_ABOVE_ARROWS if movement_values else NAME_POINTS)
    _draw_scale_bar(ax, corners)
    draw_color_bar(ax, scale, label)
    return ax


def _known(values: Mapping[str, float]) -> dict[str, float]:
    return {key: value for key, value in values.items() if not math.isnan(value)}


def _links_of(arterial: Arterial) -> Iterable[str]:
    return (key for path in (*arterial.outbound, *arterial.inbound) for key in path)


def _part(network: Network, signals: Collection[str]) -> Network:
    """The network with some of its intersections alone; links stay."""
    names = [node.id for node in network.intersections]
    if unknown := [key for key in signals if key not in names]:
        raise unknown_name("network", "signal", unknown[0], names)
    return replace(network, intersections=tuple(node for node in network.intersections if node.id in signals))


def _extent(network: Network, around_m: Meters = 0.0) -> FloatArray:
    """Give the lower left and the upper right corner [m], shape (2, 2).

    With `around_m` it is the extent of the intersections with so much around them.
    """
    points = [(item.x_m, item.y_m) for item in network.intersections]
    if not around_m:
        points += [point for link in network.links.values() for point in link.shape]
    cloud = np.array(points or [(0.0, 0.0)], dtype=np.float64)
    low, high = cloud.min(axis=0), cloud.max(axis=0)
    margin = around_m or max(0.03 * float(max(high - low)), 10.0)
    return np.array([low - margin, high + margin])


def _size_in(corners: FloatArray) -> tuple[float, float]:
    """Figure size [in] that suits the extent, with room for the color bar."""
    width, height = corners[1] - corners[0]
    return 5.6, float(np.clip(5.0 * height / width, 1.6, 7.0)) + 1.3


def _lines(
    network: Network, keys: Iterable[str], tolerance_m: float, color: str, width: float
) -> LineCollection:
    shapes = [simplify_shape(network.links[key].shape, tolerance_m) for key in keys]
    return LineCollection(
        [shape for shape in shapes if len(shape) > 1],
        colors=color,
        linewidths=width,
        capstyle="round",
        zorder=1 + width / 10,
    )


def _frame(ax: Axes, corners: FloatArray) -> None:
    ax.set_xlim(corners[0, 0], corners[1, 0])
    ax.set_ylim(corners[0, 1], corners[1, 1])
    ax.set_aspect("equal")
    ax.set_xlabel("x [m]")
    ax.set_ylabel("y [m]")
    ax.locator_params(nbins=5)
    ax.ticklabel_format(useOffset=False, style="plain")
    ax.tick_params(labelsize="small", colors=GRAY)
    for spine in ax.spines.values():
        spine.set_color(PALE)


def _meters_a_point(ax: Axes, corners: FloatArray) -> float:
    """About how many meters of the map a point of the page is."""
    sides = np.array([ax.bbox.width, ax.bbox.height]) * 72.0 / ax.figure.dpi
    return float(np.max((corners[1] - corners[0]) / sides))


def _draw_links(
    ax: Axes,
    network: Network,
    values: Mapping[str, float],
    scale: ColorScale,
    tolerance_m: float,
    point_m: float,
) -> None:
    """Draw lines to the right of the road's middle, the strongest colors last."""
    if unknown := [key for key in values if key not in network.links]:
        raise unknown_name("network", "link", unknown[0], network.links)
    if not values:
        return
    order = sorted(values, key=lambda key: scale.strength(values[key]))
    shapes = [simplify_shape(network.links[key].shape, tolerance_m) for key in order]
    lines = [right_of(shape, 0.5 * LINK_WIDTH * point_m) for shape in shapes]
    casing = LineCollection(lines, colors=GRAY, linewidths=LINK_WIDTH + CASING, capstyle="butt", zorder=2.0)
    drawn = LineCollection(lines, linewidths=LINK_WIDTH, capstyle="butt", zorder=2.1, gid=LINKS)
    drawn.set(norm=scale.norm, cmap=scale.colors)
    drawn.set_array(np.array([values[key] for key in order], dtype=np.float64))
    for collection in (casing, drawn):
        ax.add_collection(collection)


def _circle_area(network: Network) -> float:
    """Area of a circle [points^2]."""
    return float(np.clip(4000 / max(1, len(network.intersections)), 34, 130))


def _draw_signals(ax: Axes, network: Network, values: Mapping[str, float], scale: ColorScale) -> None:
    size = _circle_area(network)
    silent = [item for item in network.intersections if item.id not in values]
    xs, ys = [item.x_m for item in silent], [item.y_m for item in silent]
    ax.scatter(xs, ys, s=size, facecolors="white", edgecolors=INK, linewidths=0.7, zorder=3)
    shown = [item for item in network.intersections if item.id in values]
    ax.scatter(
        [item.x_m for item in shown],
        [item.y_m for item in shown],
        s=size,
        c=[values[item.id] for item in shown],
        cmap=scale.colors,
        norm=scale.norm,
        edgecolors=INK,
        linewidths=0.7,
        zorder=4,
        gid=SIGNALS,
    )
    if scale.center is not None:
        above = [item for item in shown if values[item.id] > scale.center]
        xs, ys = [item.x_m for item in above], [item.y_m for item in above]
        ax.scatter(xs, ys, s=0.35 * size, color=INK, marker="+", linewidths=0.9, zorder=4.1, gid=RISES)


def _check_movements(network: Network, values: Mapping[str, float]) -> None:
    names = {movement.id: None for node in network.intersections for movement in node.movements}
    if unknown := [key for key in values if key not in names]:
        raise unknown_name("network", "movement", unknown[0], names)


def _draw_movements(
    ax: Axes, network: Network, values: Mapping[str, float], scale: ColorScale, point_m: float
) -> None:
    arrows: list[FloatArray] = []
    found: list[float] = []
    clear_m = (math.sqrt(_circle_area(network) / math.pi) + 1.0) * point_m
    for node in network.intersections:
        own = [movement for movement in node.movements if movement.id in values]
        arrows += movement_arrows(network, node, own, ARROW_POINTS * point_m, clear_m)
        found += [values[movement.id] for movement in own]
    if not found:
        return
    drawn = PolyCollection(
        arrows, norm=scale.norm, cmap=scale.colors, edgecolors=INK, linewidths=0.5, zorder=4.5
    )
    drawn.set_array(np.array(found, dtype=np.float64))
    drawn.set_gid(MOVEMENTS)
    ax.add_collection(drawn)


def _name_places(ax: Axes, network: Network, away: tuple[float, float]) -> None:
    """Name few intersections each, or the arterials of a city."""
    halo = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.8}
    if len(network.intersections) <= N_NAMED:
        places = [(item.x_m, item.y_m, short_label(item.id, 10)) for item in network.intersections]
    else:
        by_id = {item.id: item for item in network.intersections}
        firsts = [(by_id.get(a.intersections[0]), a.name) for a in network.arterials if a.intersections]
        places = [(item.x_m, item.y_m, short_label(name)) for item, name in firsts if item]
    for x, y, name in places:
        ax.annotate(
            name,
            (x, y),
            away,
            textcoords="offset points",
            fontsize="small",
            zorder=5,
            bbox=halo,
            parse_math=False,
        )


def _draw_scale_bar(ax: Axes, corners: FloatArray) -> None:
    """Draw a bar of a round length, about a fifth of the map, in the lower left corner."""
    width, height = (float(side) for side in corners[1] - corners[0])
    length = round_length(width / 5)
    x, y = corners[0, 0] + 0.03 * width, corners[0, 1] + 0.035 * height
    ax.plot([x, x + length], [y, y], color="black", linewidth=3, solid_capstyle="butt", zorder=6)
    ax.annotate(
        f"{length:g} m",
        (x + length / 2, y),
        (0, 3),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize="small",
        zorder=6,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5},
    )


def round_length(length_m: float) -> float:
    """Round down to 1, 2 or 5 times a power of ten.

    Examples
    --------
    >>> round_length(730.0)
    500.0
    """
    power = 10.0 ** math.floor(math.log10(length_m))
    return power * max(step for step in (1, 2, 5) if step * power <= length_m * (1 + 1e-9))

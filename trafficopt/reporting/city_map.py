"""Map of the network with the delay of each signalized intersection."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from trafficopt.network import Arterial, Network, Point
from trafficopt.reporting.canvas import GRAY, INK, PALE, new_axes, short_label
from trafficopt.units import FloatArray, Seconds

SIGNALS = "signals"
"""Artist id (gid) of the circles."""

COLORS = "YlOrRd"
ROAD = "#b8b8b8"
N_THIN = 400
"""Beyond so many links, lines are thinner."""
N_NAMED = 12
"""Up to so many intersections are named on the map."""


def plot_city_map(
    network: Network, delay_s: Mapping[str, Seconds], ax: Axes | None = None, vmax: Seconds | None = None
) -> Axes:
    """Draw all links and the signalized intersections, colored by delay.

    Parameters
    ----------
    network
        Links, intersections and arterials.
    delay_s
        Delay per vehicle of each intersection [s/veh]; one without a value is an empty circle.
    ax
        Axes to draw on; new ones on a figure of their own if None.
    vmax
        End of the color scale [s/veh], rounded up to a round step; more than it gets a color of its
        own. Maps with the same `vmax` have the same colors. The largest delay if None.

    Returns
    -------
    matplotlib.axes.Axes
        With x and y in m.
    """
    corners = _extent(network)
    ax = new_axes(*_size_in(corners)) if ax is None else ax
    tolerance_m = max(corners[1] - corners[0]) / 1500
    thin = 0.8 if len(network.links) > N_THIN else 1.6
    ax.add_collection(_lines(network, network.links, tolerance_m, ROAD, thin))
    on_arterials = dict.fromkeys(key for arterial in network.arterials for key in _links_of(arterial))
    ax.add_collection(_lines(network, on_arterials, tolerance_m, GRAY, thin + 1.6))
    _frame(ax, corners)
    _draw_signals(ax, network, delay_s, vmax)
    _name_places(ax, network)
    _draw_scale_bar(ax, corners)
    return ax


def _links_of(arterial: Arterial) -> Iterable[str]:
    return (key for path in (*arterial.outbound, *arterial.inbound) for key in path)


def _extent(network: Network) -> FloatArray:
    """Give the lower left and the upper right corner [m], shape (2, 2)."""
    points = [point for link in network.links.values() for point in link.shape]
    points += [(item.x_m, item.y_m) for item in network.intersections]
    cloud = np.array(points or [(0.0, 0.0)], dtype=np.float64)
    low, high = cloud.min(axis=0), cloud.max(axis=0)
    margin = max(0.03 * float(max(high - low)), 10.0)
    return np.array([low - margin, high + margin])


def _size_in(corners: FloatArray) -> tuple[float, float]:
    """Figure size [in] that suits the extent, with room for the color bar."""
    width, height = corners[1] - corners[0]
    return 5.6, float(np.clip(5.0 * height / width, 2.0, 7.0)) + 1.3


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


def simplify_shape(shape: tuple[Point, ...], tolerance_m: float) -> tuple[Point, ...]:
    """Leave out points that lie within `tolerance_m` of the line without them.

    Douglas and Peucker (1973).

    Examples
    --------
    >>> simplify_shape(((0.0, 0.0), (50.0, 0.2), (100.0, 0.0)), 1.0)
    ((0.0, 0.0), (100.0, 0.0))
    """
    if len(shape) < 3:
        return shape
    points = np.array(shape, dtype=np.float64)
    chord = points[-1] - points[0]
    length = float(np.hypot(*chord))
    rest = points[1:-1] - points[0]
    away = (
        np.hypot(*rest.T) if length == 0 else np.abs(rest[:, 0] * chord[1] - rest[:, 1] * chord[0]) / length
    )
    far = int(np.argmax(away)) + 1
    if away[far - 1] <= tolerance_m:
        return (shape[0], shape[-1])
    return simplify_shape(shape[: far + 1], tolerance_m)[:-1] + simplify_shape(shape[far:], tolerance_m)


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


def _draw_signals(ax: Axes, network: Network, delay_s: Mapping[str, Seconds], vmax: Seconds | None) -> None:
    top = vmax or max(delay_s.values(), default=0.0) or 1.0
    bounds = MaxNLocator(nbins=9, steps=[1, 2, 5, 10]).tick_values(0.0, top)
    beyond: Literal["max", "neither"] = "max" if vmax else "neither"
    size = float(np.clip(4000 / max(1, len(network.intersections)), 34, 130))
    silent = [item for item in network.intersections if item.id not in delay_s]
    xs, ys = [item.x_m for item in silent], [item.y_m for item in silent]
    ax.scatter(xs, ys, s=size, facecolors="white", edgecolors=INK, linewidths=0.7, zorder=3)
    shown = [item for item in network.intersections if item.id in delay_s]
    points = ax.scatter(
        [item.x_m for item in shown],
        [item.y_m for item in shown],
        s=size,
        c=[delay_s[item.id] for item in shown],
        cmap=COLORS,
        norm=BoundaryNorm(bounds, 256, extend=beyond),
        edgecolors=INK,
        linewidths=0.7,
        zorder=4,
        gid=SIGNALS,
    )
    figure = ax.get_figure(root=True)
    if isinstance(figure, Figure):
        bar = figure.colorbar(points, ax=ax, orientation="horizontal", shrink=0.8, aspect=32, pad=0.03)
        bar.set_label("Delay per vehicle [s/veh]")


def _name_places(ax: Axes, network: Network) -> None:
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
            (7, 7),
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

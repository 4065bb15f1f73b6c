"""Pictures of a signal's stages side by side, on axes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Polygon, Rectangle
from matplotlib.path import Path

from trafficopt.intersection import Intersection
from trafficopt.network import Network, Point
from trafficopt.plan import SignalTiming
from trafficopt.reporting.drawings.junction_drawing import MovementPath, bars
from trafficopt.reporting.drawings.junction_lines import Line
from trafficopt.reporting.drawings.signal_colors import BETWEEN, GREEN, PAPER, PERMISSIVE, ROAD
from trafficopt.reporting.drawings.stage_sheet import (
    ASIDE,
    BAR,
    DASHES,
    FOOT,
    HEAD_LONG,
    HEAD_WIDE,
    LANE_LINE,
    SMALL_TEXT,
    STOP_LINE,
    STROKE,
    TEXT,
    TITLE,
    ZEBRA,
    StagePicture,
    StageSheet,
    bar_lengths,
    stage_sheet,
    title_of,
)
from trafficopt.reporting.plots.canvas import GRAY, INK
from trafficopt.reporting.words.wording import compact
from trafficopt.units import Meters

PICTURE_IN = 1.9
"""Longer side of a picture on a figure of its own."""
PROTECTED_GID, PERMISSIVE_GID, WALK_GID = "protected", "permissive", "walk"
"""Artist ids (gid) with the number of the stage after a hyphen, and of a path the head: `protected-2-0`."""


def plot_stages(
    network: Network, intersection: Intersection, timing: SignalTiming, ax: Axes | None = None
) -> Axes:
    """Draw each stage of a timing as a picture of the junction with what is green.

    Solid arrows have green; dashed ones with a hollow head have green and give way; dark bars across an
    arm are a crossing where people walk. Above stands the number of the stage with its green, below the
    intergreen that follows. North is up.

    Parameters
    ----------
    ax
        Axes to draw on; new ones on a figure of their own if None.

    Returns
    -------
    matplotlib.axes.Axes
        With x to the east and y to the north, in m; each stage has its place.
    """
    sheet = stage_sheet(network, intersection, timing)
    width_m, height_m = sheet.size
    if ax is None:
        per_m = PICTURE_IN / sheet.size_m
        figure = Figure(figsize=(per_m * width_m, per_m * height_m))
        ax = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    ax.set_xlim(0.0, width_m)
    ax.set_ylim(0.0, height_m)
    ax.set_aspect("equal")
    ax.set_axis_off()
    scale = min(ax.bbox.width / width_m, ax.bbox.height / height_m) * 72.0 / ax.figure.dpi
    for picture in sheet.pictures:
        _draw_junction(ax, sheet, picture, scale)
        _draw_green(ax, sheet, picture, scale)
        _write(ax, sheet, picture, scale)
    return ax


def _draw_junction(ax: Axes, sheet: StageSheet, picture: StagePicture, scale: float) -> None:
    """Roads, lines on them, and all crossings, pale.

    Parameters
    ----------
    scale
        Points per meter.
    """
    drawing, origin = sheet.drawing, sheet.origin(picture)
    # The edge closes the hairlines between outlines that touch.
    roads = [_moved(line, origin) for line in (*drawing.roads, *drawing.areas)]
    ax.add_collection(PolyCollection(roads, facecolors=ROAD, edgecolors=ROAD, linewidths=0.5, zorder=1))
    zebra = [bar for crossing in drawing.crossings for bar in bars(crossing, ZEBRA * sheet.size_m)]
    ax.add_collection(PolyCollection([_moved(bar, origin) for bar in zebra], facecolors=PAPER, zorder=2))
    for lines, width in ((drawing.lane_lines, LANE_LINE), (drawing.stop_lines, STOP_LINE)):
        moved = [_moved(line, origin) for line in lines]
        width_pt = scale * width * sheet.size_m
        ax.add_collection(LineCollection(moved, colors=PAPER, linewidths=width_pt, zorder=2))


def _draw_green(ax: Axes, sheet: StageSheet, picture: StagePicture, scale: float) -> None:
    """Arrows and crossings that are green in the stage."""
    origin, k = sheet.origin(picture), picture.number
    for i in picture.walks:
        crossing = sheet.drawing.crossings[i]
        dark = [_moved(bar, origin) for bar in bars(crossing, ZEBRA * sheet.size_m)]
        gid = f"{WALK_GID}-{k}-{crossing.head}"
        ax.add_collection(PolyCollection(dark, facecolors=GREEN, zorder=3, gid=gid))
    for i in picture.permissive:
        path = sheet.paths[i]
        gid = f"{PERMISSIVE_GID}-{k}-{path.head}"
        _arrow(ax, path, origin, STROKE * sheet.size_m, scale, color=PERMISSIVE, hollow=True, gid=gid)
    for i in picture.protected:
        path = sheet.paths[i]
        gid = f"{PROTECTED_GID}-{k}-{path.head}"
        _arrow(ax, path, origin, STROKE * sheet.size_m, scale, color=GREEN, hollow=False, gid=gid)


def _arrow(
    ax: Axes,
    path: MovementPath,
    origin: Point,
    stroke_m: Meters,
    scale: float,
    *,
    color: str,
    hollow: bool,
    gid: str,
) -> None:
    points = _moved((*path.before, *path.curve[1:], *path.after[1:]), origin)
    straight = [Path.LINETO] * (len(path.before) - 1)
    codes = [Path.MOVETO, *straight, *[Path.CURVE4] * 3, *[Path.LINETO] * (len(path.after) - 1)]
    layer = 5 if hollow else 4
    line = PathPatch(
        Path(points, codes),
        fill=False,
        edgecolor=color,
        linewidth=scale * stroke_m,
        linestyle=(0, DASHES) if hollow else "-",
        capstyle="butt",
        joinstyle="round",
        zorder=layer,
        gid=gid,
    )
    ax.add_patch(line)
    (x, y), (u, v) = _moved((path.end,), origin)[0], path.way
    long, half = HEAD_LONG * stroke_m, HEAD_WIDE * stroke_m / 2.0
    corners = [(x + long * u, y + long * v), (x - half * v, y + half * u), (x + half * v, y - half * u)]
    ax.add_patch(
        Polygon(
            corners,
            facecolor=PAPER if hollow else color,
            edgecolor=color,
            linewidth=scale * stroke_m / 2.5,
            joinstyle="miter",
            zorder=layer,
        )
    )


def _write(ax: Axes, sheet: StageSheet, picture: StagePicture, scale: float) -> None:
    """Number and green above, intergreen below as a bar of its parts with its length."""
    size_m, (x, y) = sheet.size_m, picture.corner
    middle = x + sheet.place[0] / 2.0
    top = y + sheet.place[1] - TITLE * size_m / 2.0
    ax.text(
        middle,
        top,
        title_of(picture),
        fontsize=scale * TEXT * size_m,
        fontweight="bold",
        color=INK,
        ha="center",
        va="center",
    )
    lengths = bar_lengths(sheet, picture)
    ends = list(accumulate(lengths, initial=middle - sum(lengths)))
    low = y + (FOOT - BAR) / 2.0 * size_m
    for (kind, _), start, length in zip(picture.intergreen, ends, lengths, strict=False):
        ax.add_patch(
            Rectangle(
                (start, low),
                length,
                BAR * size_m,
                facecolor=BETWEEN[kind],
                edgecolor=GRAY,
                linewidth=scale * LANE_LINE * size_m,
                zorder=3,
            )
        )
    ax.text(
        middle + ASIDE * size_m,
        low + BAR * size_m / 2.0,
        f"{compact(picture.intergreen_s)} s",
        fontsize=scale * SMALL_TEXT * size_m,
        color=INK,
        ha="left",
        va="center",
    )


def _moved(points: Iterable[Point], origin: Point) -> Line:
    return tuple((x + origin[0], y + origin[1]) for x, y in points)

"""Columns of labels beside a diagram, in line with places on one of its axes and never over each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Transform, offset_copy

from trafficopt.reporting.plots.canvas import GRAY, INK
from trafficopt.units import FloatArray

SIZE = 7.5  # points, as all lengths below
LINE = 10.0
GAP = 10.0
LEADER = 12.0
HEAD = 6.0
MARKER = "marker"
"""Artist id (gid) of the markers."""


@dataclass(frozen=True, slots=True)
class Column:
    """Labels of one kind.

    Attributes
    ----------
    head
        Two lines, the second one may be empty.
    rows
        Index of the place of each label, and its text or its marker.
    bold
        Indices of places whose label is bold.
    marker_color
        If it is named, the rows are markers of this color.
    """

    head: tuple[str, str]
    rows: Sequence[tuple[int, str]]
    align: Literal["left", "center", "right"]
    bold: frozenset[int] = frozenset()
    marker_color: str = ""


@dataclass(frozen=True, slots=True)
class LabelColumns:
    """Columns to the right of the axes or, upright or turned, above them.

    Attributes
    ----------
    depth
        How far they reach away from the axes [points].
    before, beyond
        How far they and their heads reach past the axes' left and right end, if they are above them [points].
    """

    depth: float
    before: float = 0.0
    beyond: float = 0.0


def draw_columns(
    ax: Axes, columns: Sequence[Column], places: FloatArray, *, leading: Sequence[int], above: bool
) -> LabelColumns:
    """Write columns of labels along the vertical axis at the right, or along the horizontal one above.

    Parameters
    ----------
    places
        Where labels belong on that axis, ascending, shape (n,); neighbors are in different columns.
    leading
        Indices of the places that a thin line joins with its label.
    above
        Labels stand upright there if they have room, and are turned otherwise.
    """
    widths = [_width(ax, column) for column in columns]
    low, high = ax.get_xlim() if above else ax.get_ylim()
    per_point = (high - low) / points_of(ax.bbox.width if above else ax.bbox.height, ax)
    upright = above and all(
        _has_room(places[[index for index, _ in column.rows]], width * per_point)
        for column, width in zip(columns, widths, strict=True)
    )
    half = 0.5 * LINE * per_point
    spread = places if upright else _apart(places, 0.55 * LINE * per_point, low + half, high - half)
    at = 0.4 * GAP if upright else LEADER
    for index in () if upright else leading:
        _lead(ax, places[index], spread[index], at - 2.0, above)
    before = beyond = 0.0
    if upright:
        before, beyond = _overhang(ax, columns, (places - low) / per_point, (high - places) / per_point)
    for column, width in zip(columns, widths, strict=True):
        thick = (0.8 * LINE if column.marker_color else LINE) if upright else width
        share = {"left": 0.0, "center": 0.5, "right": 1.0}["center" if upright else column.align]
        _draw_rows(ax, column, spread, at + share * thick, above, upright)
        _draw_head(ax, column, at + share * thick, -before - HEAD, above, upright)
        at += thick + (0.0 if upright else 2.0 if column.marker_color else GAP)
    if not above:
        return LabelColumns(at)
    heads = [_text_width(ax, " ".join(column.head), False) for column in columns] if upright else [2.4 * LINE]
    return LabelColumns(at, before + HEAD + max(heads) + 2.0, beyond)


def points_of(pixels: float, ax: Axes) -> float:
    """A length on the axes' figure [points]."""
    return pixels * 72.0 / ax.figure.dpi


def _overhang(
    ax: Axes, columns: Sequence[Column], from_left: FloatArray, from_right: FloatArray
) -> tuple[float, float]:
    """How far upright labels, centered at places that far from the ends, reach past them [points]."""
    before = beyond = 0.0
    for column in columns:
        for index, text in column.rows:
            half = 0.5 * _text_width(ax, text, index in column.bold)
            before, beyond = max(before, half - from_left[index]), max(beyond, half - from_right[index])
    return before, beyond


def _width(ax: Axes, column: Column) -> float:
    """Room that a column needs [points]."""
    if column.marker_color:
        return 7.0
    texts = [(head, False) for head in column.head] + [(text, i in column.bold) for i, text in column.rows]
    return max(_text_width(ax, text, bold) for text, bold in texts)


def _text_width(ax: Axes, text: str, bold: bool) -> float:
    """Width of a text [points]; measured ten times as large, since small glyphs are fitted to pixels."""
    weight = "bold" if bold else "normal"
    drawn = ax.text(0, 0, text, fontsize=10 * SIZE, fontweight=weight, parse_math=False)
    width = points_of(drawn.get_window_extent().width, ax) / 10.0
    drawn.remove()
    return width


def _has_room(places: FloatArray, width: float) -> bool:
    """Whether labels of a width fit side by side at their places."""
    return bool(np.all(np.diff(places) > 1.15 * width))


def _apart(places: FloatArray, gap: float, low: float, high: float) -> FloatArray:
    """Nearest places (least squares) between two bounds that are at least `gap` apart."""
    steps = gap * np.arange(len(places))
    blocks: list[tuple[float, int]] = []
    for value in (places - steps).tolist():
        mean, n = value, 1
        while blocks and blocks[-1][0] > mean:
            before, m = blocks.pop()
            mean, n = (before * m + mean * n) / (m + n), m + n
        blocks.append((mean, n))
    level = np.repeat([mean for mean, _ in blocks], [n for _, n in blocks])
    top = max(low, high - float(steps[-1]))
    return np.asarray(np.clip(level, low, top) + steps, dtype=np.float64)


def _beside(ax: Axes, away: float, above: bool) -> Transform:
    """Coordinates along the axis, some points away from it."""
    figure = cast(Figure, ax.figure)
    if above:
        return offset_copy(ax.get_xaxis_transform(), figure, y=away, units="points")
    return offset_copy(ax.get_yaxis_transform(), figure, x=away, units="points")


def _lead(ax: Axes, place: float, label: float, away: float, above: bool) -> None:
    """Draw a thin line from the axis to a label."""
    start, end = ((place, 1.0), (label, 1.0)) if above else ((1.0, place), (1.0, label))
    style = {"arrowstyle": "-", "color": GRAY, "linewidth": 0.6, "shrinkA": 0.0, "shrinkB": 0.0}
    ax.annotate(
        "", start, end, _beside(ax, 0.0, above), _beside(ax, away, above), arrowprops=style
    ).set_clip_on(False)


def _draw_rows(ax: Axes, column: Column, places: FloatArray, away: float, above: bool, upright: bool) -> None:
    """Write the labels of a column, or draw its markers."""
    turn = 90.0 if above and not upright else 0.0
    along = _beside(ax, away + (3.5 if column.marker_color and not upright else 0.0), above)
    for index, text in column.rows:
        at = (places[index], 1.0) if above else (1.0, places[index])
        if column.marker_color:
            (marker,) = ax.plot(
                [at[0]], [at[1]], transform=along, color=column.marker_color, linestyle="none"
            )
            marker.set(marker=text, markersize=5.0, markeredgewidth=0.0, clip_on=False, gid=MARKER)
            continue
        weight = "bold" if index in column.bold else "normal"
        align = "center" if upright else column.align
        _write(ax, at, text, along, align, "center_baseline", turn, weight)


def _draw_head(ax: Axes, column: Column, away: float, left: float, above: bool, upright: bool) -> None:
    """Write what a column is above it or, where labels are above the axes, to the left of it."""
    figure = cast(Figure, ax.figure)
    if upright:
        place = offset_copy(ax.transAxes, figure, x=left, y=away, units="points")
        _write(ax, (0, 1), " ".join(column.head), place, "right", "center_baseline", 0.0, "normal")
    elif above:
        place = offset_copy(ax.transAxes, figure, x=left, y=away, units="points")
        _write(ax, (0, 1), "\n".join(column.head), place, column.align, "bottom", 90.0, "normal")
    else:
        place = offset_copy(ax.transAxes, figure, x=away, y=4.0, units="points")
        _write(ax, (1, 1), "\n".join(column.head), place, column.align, "bottom", 0.0, "normal")


def _write(
    ax: Axes,
    at: tuple[float, float],
    text: str,
    transform: Transform,
    align: Literal["left", "center", "right"],
    valign: Literal["center_baseline", "bottom"],
    turn: float,
    weight: str,
) -> None:
    if text.strip():
        ax.text(
            *at,
            text,
            transform=transform,
            ha=align,
            va=valign,
            rotation=turn,
            rotation_mode="anchor",
            fontsize=SIZE,
            fontweight=weight,
            color=INK,
            parse_math=False,
        )

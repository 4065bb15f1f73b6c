"""Two-way time-space diagram of a corridor and its green bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import offset_copy

from trafficopt.model.arterial_ways import Direction
from trafficopt.model.band_plan import BandPlan, arcs
from trafficopt.reporting.plots.band_labels import MARKERS, describe, label_signals_and_links
from trafficopt.reporting.plots.band_shapes import Part, band_parts, front_edge, has_lengths, stop_lines_m
from trafficopt.reporting.plots.canvas import GRAY, INK, PALE
from trafficopt.reporting.plots.cyclic_rows import row_height, visible_starts
from trafficopt.reporting.plots.label_columns import SIZE, LabelColumns, points_of
from trafficopt.reporting.plots.plot_file import save_plot
from trafficopt.reporting.plots.time_space import COLORS, REDS, red_spans
from trafficopt.units import FloatArray, Seconds, SecondsArray

FEWEST_CYCLES, MOST_CYCLES = 2, 6
DASHES = (0, (1, 2))
BAND_ALPHA = 0.22
AXIS_POINTS = 36.0  # room for ticks and name of the horizontal axis


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Axes on which points are (time [s], distance [m]), whichever of them is upward."""

    ax: Axes
    time_upward: bool
    begin_s: Seconds
    span_s: Seconds

    def polygons(self, shapes: Sequence[FloatArray], gid: str, color: str, alpha: float, layer: int) -> None:
        """Fill polygons, each of shape (corners, 2)."""
        turned = [self._turn(shape) for shape in shapes]
        self.ax.add_collection(
            PolyCollection(turned, facecolors=color, linewidths=0, alpha=alpha, zorder=layer, gid=gid),
            autolim=False,
        )

    def lines(
        self,
        lines: Sequence[FloatArray],
        gid: str,
        color: str,
        width: float,
        layer: float,
        dashes: object = "-",
    ) -> None:
        """Draw polylines, each of shape (points, 2)."""
        turned = [self._turn(line) for line in lines]
        drawn = LineCollection(turned, colors=color, linewidths=width, zorder=layer, gid=gid)
        drawn.set_linestyle(dashes)  # type: ignore[arg-type]
        self.ax.add_collection(drawn, autolim=False)

    def _turn(self, points: FloatArray) -> FloatArray:
        return points[:, ::-1] if self.time_upward else points


def plot_bands(
    plan: BandPlan,
    ax: Axes | None = None,
    *,
    time_upward: bool = False,
    trajectories: Sequence[tuple[SecondsArray, FloatArray]] = (),
) -> Axes:
    """Draw a corridor's stop lines with their reds, and the bands of both directions.

    Where no band runs from end to end, the widest band of each link over which the wave goes on is shaded,
    if the model has bands by link. At a stop line the outbound reds are beyond the line, the inbound reds
    before it. Where queues clear first, a band falls back by that time at the stop line.

    Parameters
    ----------
    plan
        Offsets and stage orders of a corridor.
    ax
        Axes to draw on; new ones on a figure of their own, as large as it needs to be, if None.
    time_upward
        Whether time is upward and distance to the right.
    trajectories
        Of vehicles, each times [s] and distances from the first stop line [m], both of shape (points,). The
        diagram then begins with the cycle of the first time and ends with that of the last.

    Returns
    -------
    matplotlib.axes.Axes
        Time [s] to the right and distance [m] upward, or the other way round.
    """
    positions_m = stop_lines_m(plan.corridor)
    begin_s, span_s = _window(plan, trajectories)
    own = ax is None
    ax = _own_axes(len(positions_m), span_s / plan.cycle_s, time_upward) if ax is None else ax
    sheet = _Sheet(ax, time_upward, begin_s, span_s)
    parts = {direction: band_parts(plan, direction) for direction in Direction}
    _frame(sheet, plan, positions_m)
    for direction in Direction:
        _draw_reds(sheet, plan, positions_m, direction)
        _draw_bands(sheet, plan, positions_m, direction, parts[direction])
    seen = [np.column_stack([time_s, distance_m]) for time_s, distance_m in trajectories]
    sheet.lines(seen, "trajectories", INK, 0.5, 4)
    labels = label_signals_and_links(ax, plan, positions_m, parts, above=time_upward)
    title = ax.set_title(
        describe(plan, parts),
        loc="left",
        parse_math=False,
        fontsize=9.5,
        linespacing=1.3,
        pad=8.0 + (labels.depth if time_upward else 0.0),
    )
    _draw_legend(sheet, bool(trajectories))
    if own:
        _fit(ax, labels, title, time_upward)
    return ax


def save_bands(plan: BandPlan, path: Path, *, time_upward: bool = False) -> None:
    """Write the diagram to a file, whose ending says how: .svg, .png or .pdf.

    Raises
    ------
    InputError
        If the ending is another one, or the file cannot be written.
    """
    save_plot(path, lambda: plot_bands(plan, time_upward=time_upward))


def _window(
    plan: BandPlan, trajectories: Sequence[tuple[SecondsArray, FloatArray]]
) -> tuple[Seconds, Seconds]:
    """Begin and length of what is shown, in whole cycles [s]."""
    cycle_s = plan.cycle_s
    if times := [time_s for time_s, _ in trajectories if len(time_s)]:
        first = np.floor(min(float(time_s.min()) for time_s in times) / cycle_s)
        last = np.ceil(max(float(time_s.max()) for time_s in times) / cycle_s)
        return float(first * cycle_s), float(max(last - first, FEWEST_CYCLES) * cycle_s)
    longest = max(abs(float(plan.corridor.travel_s(direction)[-1])) for direction in Direction)
    n = np.clip(np.ceil(longest / cycle_s) + 1, FEWEST_CYCLES, MOST_CYCLES)
    return 0.0, float(n * cycle_s)


def _draw_bands(
    sheet: _Sheet, plan: BandPlan, positions_m: FloatArray, direction: Direction, parts: Sequence[Part]
) -> None:
    """Shade bands in every cycle, with both edges."""
    shapes, edges = [], []
    for part in parts if len(positions_m) > 1 else ():
        front = front_edge(plan.corridor, direction, part, positions_m)
        width_s = part.band.width_s
        for start_s in visible_starts(part.band.start_s, plan.cycle_s, front[:, 0], width_s, sheet.span_s):
            at_s = sheet.begin_s + start_s
            both = [front + np.array([more_s, 0.0]) for more_s in (at_s, at_s + width_s)]
            shapes.append(np.concatenate([both[0], both[1][::-1]]))
            edges += both
    sheet.polygons(shapes, f"band-{direction}", COLORS[direction], BAND_ALPHA, 1)
    sheet.lines(edges, f"edges-{direction}", COLORS[direction], 0.9, 2)


def _draw_reds(sheet: _Sheet, plan: BandPlan, positions_m: FloatArray, direction: Direction) -> None:
    row_m = row_height(positions_m) * (1.0 if direction is Direction.OUTBOUND else -1.0)
    greens = arcs(plan.corridor, plan.pattern, plan.offset_s, direction)
    bars = []
    for position, windows in zip(positions_m.tolist(), greens, strict=True):
        for start_s, length_s in red_spans(windows, plan.cycle_s, sheet.span_s):
            first, last = sheet.begin_s + start_s, sheet.begin_s + start_s + length_s
            far = position + row_m
            bars.append(np.array([(first, position), (last, position), (last, far), (first, far)]))
    sheet.polygons(bars, f"red-{direction}", REDS[direction], 1.0, 3)


def _frame(sheet: _Sheet, plan: BandPlan, positions_m: FloatArray) -> None:
    """Limits, axes with their units, a line for each stop line and for each begin of the cycle."""
    ax, begin_s, end_s = sheet.ax, sheet.begin_s, sheet.begin_s + sheet.span_s
    length = float(positions_m[-1]) or 100.0
    margin = max(0.03 * length, 2 * row_height(positions_m))
    limits = ((begin_s, end_s), (-margin, length + margin))
    distance = "Distance [m]"
    if not has_lengths(plan.corridor):
        distance = "Outbound travel time as distance at 50 km/h [m]"
    names = ("Time [s]", distance)
    across, upward = (1, 0) if sheet.time_upward else (0, 1)
    ax.set_xlim(*limits[across])
    ax.set_ylim(*limits[upward])
    ax.set_xlabel(names[across], fontsize=8.5)
    ax.set_ylabel(names[upward], fontsize=8.5)
    ax.tick_params(labelsize=8)
    time_axis = ax.yaxis if sheet.time_upward else ax.xaxis
    time_axis.set_major_locator(MaxNLocator(10, steps=[1, 1.5, 2, 3, 5, 6, 10]))
    for spine in ("top", "right"):
        ax.spines[spine].set_visible(False)
    ways = [np.array([(begin_s, position), (end_s, position)]) for position in positions_m.tolist()]
    sheet.lines(ways, "stop-lines", PALE, 0.6, 0)
    cycles = np.arange(begin_s, end_s - 1e-6, plan.cycle_s)[1:].tolist()
    sheet.lines([np.array([(at_s, y) for y in limits[1]]) for at_s in cycles], "cycles", GRAY, 0.8, 0, DASHES)


def _draw_legend(sheet: _Sheet, with_vehicles: bool) -> None:
    """Explain colors, markers and lines below the axes."""
    handles: list[Patch | Line2D] = []
    for direction in Direction:
        handles.append(Patch(color=REDS[direction], label=f"red {direction}"))
    for direction in Direction:
        face = to_rgba(COLORS[direction], BAND_ALPHA)
        handles.append(Patch(facecolor=face, edgecolor=COLORS[direction], label=f"band {direction}"))
    for direction in Direction:
        marked = Line2D([], [], color=COLORS[direction], linestyle="none", label=f"limits band {direction}")
        marked.set(marker=MARKERS[direction][sheet.time_upward], markersize=5.0, markeredgewidth=0.0)
        handles.append(marked)
    handles.append(Line2D([], [], color=GRAY, linewidth=0.8, linestyle=DASHES, label="a cycle begins"))
    if with_vehicles:
        handles.append(Line2D([], [], color=INK, linewidth=0.5, label="vehicle"))
    low = offset_copy(sheet.ax.transAxes, cast(Figure, sheet.ax.figure), y=-AXIS_POINTS, units="points")
    sheet.ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.0, 0.0),
        bbox_transform=low,
        ncols=4,
        frameon=False,
        fontsize=SIZE,
        handlelength=1.6,
        columnspacing=1.6,
        borderpad=0.0,
        borderaxespad=0.0,
    )


def _own_axes(n: int, n_cycles: float, time_upward: bool) -> Axes:
    """Axes as long as the corridor and the time need, on a figure outside pyplot."""
    along, time = min(2.6 + 0.36 * n, 9.0), float(np.clip(1.3 * n_cycles, 5.6, 7.8))
    if time_upward:
        along, time = float(np.clip(4.4 + 0.36 * n, 6.0, 11.0)), float(np.clip(1.1 * n_cycles, 4.2, 6.6))
    figure = Figure(figsize=(along, time) if time_upward else (time, along))
    return figure.add_axes((0.0, 0.0, 1.0, 1.0))


def _fit(ax: Axes, labels: LabelColumns, title: Text, time_upward: bool) -> None:
    """Give the figure margins for what stands beside its axes, which keep their size."""
    figure = cast(Figure, ax.figure)
    width, height = points_of(ax.bbox.width, ax), points_of(ax.bbox.height, ax)
    legend = cast(Legend, ax.get_legend())
    legend_width, legend_height = (points_of(side, ax) for side in legend.get_window_extent().size)
    title_width, title_height = (points_of(side, ax) for side in title.get_window_extent().size)
    left, low = max(46.0, labels.before), AXIS_POINTS + legend_height + 6.0
    right = (
        max(labels.beyond if time_upward else labels.depth, legend_width - width, title_width - width) + 8.0
    )
    high = title_height + 14.0 + (labels.depth if time_upward else 0.0)
    full_width, full_height = left + width + right, low + height + high
    figure.set_size_inches(full_width / 72.0, full_height / 72.0)
    ax.set_position((left / full_width, low / full_height, width / full_width, height / full_height))

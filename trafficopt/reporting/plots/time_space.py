"""Time-space diagram of an arterial under a plan."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from trafficopt.model.arterial_ways import Direction, stop_line_positions
from trafficopt.model.band_sections import band_sections
from trafficopt.model.progression import Progression, Window, progress
from trafficopt.network import Arterial, Network
from trafficopt.plan import TimingPlan
from trafficopt.reporting.plots.canvas import (
    BLUE,
    INK,
    ORANGE,
    PALE,
    RED,
    new_axes,
    short_label,
    spread_labels,
)
from trafficopt.reporting.plots.cyclic_rows import row_height, visible_starts
from trafficopt.units import FloatArray, Seconds, SecondsArray

N_CYCLES = 3
COLORS = {Direction.OUTBOUND: BLUE, Direction.INBOUND: ORANGE}
REDS = {Direction.OUTBOUND: RED, Direction.INBOUND: "#dd8f95"}


def plot_time_space(
    arterial: Arterial,
    network: Network,
    plan: TimingPlan,
    ax: Axes | None = None,
    *,
    traces: Sequence[tuple[SecondsArray, FloatArray]] = (),
) -> Axes:
    """Draw when the arterial's stop lines are red, and the band that meets only greens.

    Where no band runs end to end, bands over parts of the way are drawn, if they have at least 5 s.
    At each stop line the upper row is the outbound signal, the lower row the inbound one.

    Parameters
    ----------
    arterial, network, plan
        What is drawn; a signal that the plan does not name gets a gray row.
    ax
        Axes to draw on; new ones on a figure of their own if None.
    traces
        Times [s] and distances [m] of vehicles, drawn as thin lines (`arterial_traces`). The time axis begins
        with a cycle shortly after the first of them.

    Returns
    -------
    matplotlib.axes.Axes
        Time [s] to the right, distance [m] upward.
    """
    ax = (
        new_axes(6.4, float(np.clip(2.8 + 0.28 * len(arterial.intersections), 3.6, 7.5)))
        if ax is None
        else ax
    )
    positions_m = stop_line_positions(arterial, network)
    both = [progress(arterial, network, plan, direction) for direction in Direction]
    span_s = N_CYCLES * max((cycle for cycle in both[0].cycles_s if cycle), default=60.0)
    row_m = row_height(positions_m)
    _draw_traces(ax, traces, both[0].cycle_s or span_s)
    for progression in both:
        _draw_band(ax, progression, positions_m, span_s)
        _draw_reds(ax, progression, positions_m, span_s, row_m)
    _frame(ax, positions_m, span_s, row_m)
    _name_stop_lines(ax, arterial, positions_m)
    cycle = f", cycle {both[0].cycle_s:g} s" if both[0].cycle_s else ""
    ax.set_title(
        f"{short_label(arterial.name)}, {plan.name}{cycle}\n{describe_bands(both)}",
        loc="left",
        parse_math=False,
        fontsize=9.5,
        pad=20,
    )
    _draw_legend(ax)
    return ax


def describe_bands(both: Sequence[Progression]) -> str:
    """Say how wide the bands are, or why there is none."""
    if both[0].cycle_s is None:
        missing = sum(cycle is None for cycle in both[0].cycles_s)
        return f"no band: {missing} signals not in the plan" if missing else "no band: cycles differ"
    return "\n".join(_describe_band(progression, both[0].cycle_s) for progression in both)


def _describe_band(progression: Progression, cycle_s: Seconds) -> str:
    start, band, n = f"band {progression.direction}", progression.band, len(progression.greens)
    if band is not None and band.width_s > 0:
        return f"{start} {band.width_s:.1f} s ({100 * band.width_s / cycle_s:.0f} % of the cycle)"
    whole = "unknown" if band is None else "none"
    longest = max(band_sections(progression), key=lambda part: part.n_signals, default=None)
    if longest is None:
        return f"{start} {whole}"
    return f"{start} {whole}; longest part {longest.n_signals} of {n} signals, {longest.band.width_s:.1f} s"


def red_spans(windows: Sequence[Window], cycle_s: Seconds, span_s: Seconds) -> list[Window]:
    """Give what is not green within [0, span), as (start, length) [s].

    Examples
    --------
    >>> red_spans([(50.0, 20.0)], 60.0, 60.0)
    [(10.0, 40.0)]
    """
    n = int(np.ceil(span_s / cycle_s))
    greens = sorted((start + k * cycle_s, length) for start, length in windows for k in range(-1, n))
    reds, at_s = [], 0.0
    for start, length in greens:
        if min(start, span_s) > at_s + 1e-9:
            reds.append((at_s, min(start, span_s) - at_s))
        at_s = max(at_s, start + length)
    if at_s < span_s - 1e-9:
        reds.append((at_s, span_s - at_s))
    return reds


def _draw_reds(
    ax: Axes, progression: Progression, positions_m: FloatArray, span_s: Seconds, row_m: float
) -> None:
    outbound = progression.direction is Direction.OUTBOUND
    rows = zip(positions_m.tolist(), progression.greens, progression.cycles_s, strict=True)
    for position, windows, cycle_s in rows:
        base = position if outbound else position - row_m
        if cycle_s is None:
            ax.broken_barh([(0.0, span_s)], (base, row_m), facecolors=PALE, zorder=3)
        elif reds := red_spans(windows, cycle_s, span_s):
            color = REDS[progression.direction]
            ax.broken_barh(reds, (base, row_m), facecolors=color, linewidth=0, zorder=3)


def _draw_band(ax: Axes, progression: Progression, positions_m: FloatArray, span_s: Seconds) -> None:
    """Shade the bands in every cycle; without any, draw lines at design speed only."""
    color, travel_s, cycle_s = COLORS[progression.direction], progression.travel_s, progression.cycle_s
    sections = band_sections(progression)
    for section in sections if cycle_s else ():
        part = slice(section.first, section.last + 1)
        width_s, way = section.band.width_s, positions_m[part]
        for start in visible_starts(section.band.start_s, cycle_s or 0.0, travel_s[part], width_s, span_s):
            front = start + travel_s[part]
            ax.fill_betweenx(way, front, front + width_s, color=color, alpha=0.16, linewidth=0, zorder=1)
            ax.plot(front, way, color=color, linewidth=0.9, zorder=2)
            ax.plot(front + width_s, way, color=color, linewidth=0.9, zorder=2)
    if sections:
        return
    entry = 0 if progression.direction is Direction.OUTBOUND else -1
    own_s = progression.cycles_s[entry]
    for first, _ in progression.greens[entry][:1] if own_s else ():
        for at_s in visible_starts(first, own_s or 60.0, travel_s, 0.0, span_s):
            ax.plot(at_s + travel_s, positions_m, color=color, linewidth=0.9, linestyle="--", zorder=2)


def _draw_traces(ax: Axes, traces: Sequence[tuple[SecondsArray, FloatArray]], cycle_s: Seconds) -> None:
    """Draw vehicles, moved by whole cycles so that the first begins within one."""
    first_s = min((float(times[0]) for times, _ in traces), default=0.0)
    for times, distances in traces:
        since = times - np.ceil(first_s / cycle_s) * cycle_s
        ax.plot(since, distances, color=INK, linewidth=0.5, alpha=0.6, zorder=2.5)


def _frame(ax: Axes, positions_m: FloatArray, span_s: Seconds, row_m: float) -> None:
    length = float(positions_m[-1]) or 100.0
    margin = max(0.04 * length, 2 * row_m)
    ax.set_xlim(0, span_s)
    ax.set_ylim(-margin, length + margin)
    ax.set_xlabel("Time [s]")
    ax.set_ylabel("Distance [m]")
    for spine in ("top", "right"):
        ax.spines[spine].set_visible(False)


def _name_stop_lines(ax: Axes, arterial: Arterial, positions_m: FloatArray) -> None:
    """Write the intersections at the right, moved apart where they are close."""
    low, high = ax.get_ylim()
    height_in = ax.bbox.height / 100 * 0.8 if ax.bbox.height else 3.0
    places = spread_labels(
        positions_m.tolist(), (high - low) * min(0.12 / height_in, 1 / (len(positions_m) + 1))
    )
    for name, place in zip(arterial.intersections, places, strict=True):
        ax.text(
            1.01,
            place,
            short_label(name),
            transform=ax.get_yaxis_transform(),
            va="center",
            fontsize=7.5,
            color=INK,
            parse_math=False,
        )


def _draw_legend(ax: Axes) -> None:
    entries: list[Patch | Line2D] = []
    for direction in Direction:
        entries.append(Patch(color=REDS[direction], label=f"red {direction}"))
    for direction in Direction:
        entries.append(Patch(color=COLORS[direction], alpha=0.3, label=f"band {direction}"))
    entries.append(Line2D([], [], color=INK, linewidth=0.9, label="design speed"))
    ax.legend(
        handles=entries,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=5,
        frameon=False,
        fontsize=7.5,
        handlelength=1.2,
        columnspacing=1.0,
        borderpad=0.2,
    )

"""Delay over the offset of one signal, or of two."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trafficopt.model.offset_delays import OffsetDelays
from trafficopt.reporting.plots.canvas import BLUE, INK, ORANGE, PALE, new_axes, short_label
from trafficopt.units import FloatArray

LINE_IN, SURFACE_IN = (6.4, 3.6), (6.0, 4.9)
COLORS = "cividis"  # even steps of lightness, for every color vision and in gray
N_LEVELS = 12

DELAY = "Mean delay by cyclic platoons [s/veh]"
NOW, LEAST = "offset in the plan", "least delay"
CURVE_ID, NOW_ID, LEAST_ID = "delays", "now", "least"
"""Artist ids (gid)."""


def plot_offset_surface(delays: OffsetDelays, ax: Axes | None = None) -> Axes:
    """Draw the mean delay over the offset of one signal as a line, or of two signals as filled contours.

    All other signals keep the offsets of the plan. The delay is that of the cyclic model of platoons, over
    all signals (`offset_delays`).

    Parameters
    ----------
    delays
        What `offset_delays` found.
    ax
        Axes to draw on; new ones on a figure of their own if None.

    Returns
    -------
    matplotlib.axes.Axes
        Offset [s] of the first signal to the right; delay [s/veh], or offset of the second [s], upward.
    """
    single = len(delays.signals) == 1
    ax = new_axes(*(LINE_IN if single else SURFACE_IN)) if ax is None else ax
    least = delays.least_s
    if single:
        offsets = _around(delays.offsets_s[0])
        ax.plot(offsets, _closed(delays.delay_s, 1), color=BLUE, linewidth=1.4, zorder=2, gid=CURVE_ID)
        points = [(delays.now_s[0], delays.delay_now_s), (least[0], float(delays.delay_s.min()))]
        ax.set_ylabel(DELAY)
        ax.grid(color=PALE, linewidth=0.5)
        ax.set_axisbelow(True)
        for spine in ("top", "right"):
            ax.spines[spine].set_visible(False)
    else:
        _draw_surface(ax, delays)
        points = [(delays.now_s[0], delays.now_s[1]), (least[0], least[1])]
        ax.set_ylabel(f"Offset of {short_label(delays.signals[1])} [s]")
    ax.set_xlabel(f"Offset of {short_label(delays.signals[0])} [s]", parse_math=False)
    styles = ((ORANGE, "s", NOW, NOW_ID), ("white", "o", LEAST, LEAST_ID))
    for (x, y), (face, marker, label, gid) in zip(points, styles, strict=True):
        (mark,) = ax.plot([x], [y], color=face, marker=marker, linestyle="none", label=label, zorder=4)
        mark.set(markersize=7.5, markeredgecolor=INK, markeredgewidth=1.2, clip_on=False, gid=gid)
    ax.set_xlim(0.0, _around(delays.offsets_s[0])[-1])
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False, fontsize="small")
    ax.set_title(describe_offsets(delays), loc="left", fontsize=9.5, pad=24, parse_math=False)
    return ax


def describe_offsets(delays: OffsetDelays) -> str:
    """Say what the offsets of the plan cost, and what the best of those tried would."""
    least, now = delays.least_s, delays.delay_now_s
    places = " and ".join(f"{s:g} s" for s in least)
    saved = now - float(delays.delay_s.min())
    told = f"plan: {now:.1f} s/veh; least: {delays.delay_s.min():.1f} s/veh at {places}"
    return told + (f" ({100 * saved / now:.1f} % less)" if now > 0.0 and saved > 0.0 else "")


def _around(offsets_s: FloatArray) -> FloatArray:
    """Offsets with the one that ends the cycle, at which it begins anew."""
    step = offsets_s[1] - offsets_s[0] if len(offsets_s) > 1 else 1.0
    return np.append(offsets_s, offsets_s[-1] + step)


def _closed(values: FloatArray, n_axes: int) -> FloatArray:
    """Values of one cycle, of both in turn, with those of the begin at the end too."""
    for axis in range(n_axes):
        values = np.concatenate([values, values.take([0], axis=axis)], axis=axis)
    return values


def _draw_surface(ax: Axes, delays: OffsetDelays) -> None:
    x, y = (_around(offsets) for offsets in delays.offsets_s)
    filled = ax.contourf(x, y, _closed(delays.delay_s, 2).T, levels=N_LEVELS, cmap=COLORS, zorder=1)
    filled.set_gid(CURVE_ID)
    ax.set_ylim(0.0, y[-1])
    figure = ax.get_figure(root=True)
    if isinstance(figure, Figure):
        figure.colorbar(filled, ax=ax, pad=0.03).set_label(DELAY)

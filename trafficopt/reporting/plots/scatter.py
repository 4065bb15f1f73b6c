"""Plot of the queue model against SUMO, a dot for each movement."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from trafficopt.model.reconciliation import Reconciliation, Row
from trafficopt.reporting.plots.canvas import BLUE, GRAY, INK, ORANGE, PALE, new_axes, short_label
from trafficopt.reporting.plots.plot_file import save_plot
from trafficopt.reporting.words.wording import number
from trafficopt.units import FloatArray

SIZE_IN = (7.9, 5.3)
LEAST_S = 0.5  # shorter delays are drawn here
AREA_PER_VEHICLE = 0.6  # points^2
LEAST_AREA = 4.0
DASHES = (0, (4, 3))
N_NAMED = 10
AXES_POINTS, ROOM_POINTS = 320.0, 16.0  # about the width of the axes, and the room that a number wants
ANGLES = np.deg2rad([30, -30, 150, -150, 90, -90, 0, 180])
DIRECTIONS = np.column_stack([np.cos(ANGLES), np.sin(ANGLES)])
TICKS_S = (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)
LABEL_LENGTH = 34
INDENT = 4 * "\N{NO-BREAK SPACE}"  # browsers keep it
LEGEND_VEHICLES = (10, 100, 500)


def plot_reconciliation(reconciliation: Reconciliation, ax: Axes | None = None) -> Axes:
    """Draw the delay a vehicle in the model over that in SUMO, a dot for each movement.

    The area of a dot is the number of vehicles in SUMO. Both axes are logarithmic; delays below 0.5 s stand
    at 0.5 s. The movements with the greatest differences of all vehicles' delay are numbered and named.

    Parameters
    ----------
    reconciliation
        What `reconcile` found.
    ax
        Axes to draw on; new ones on a figure of their own if None.

    Returns
    -------
    matplotlib.axes.Axes
        With x and y in s/veh.
    """
    ax = new_axes(*SIZE_IN) if ax is None else ax
    rows = [row for row in reconciliation.movements if min(row.vehicles) > 0]
    named = reconciliation.worst(N_NAMED)
    worst = [row for row in named if row in rows]
    others = [row for row in rows if row not in named]
    low, high = _bounds(rows)
    _draw_lines(ax, low, high)
    for group, color, name in ((others, BLUE, "movement"), (worst, ORANGE, "greatest differences")):
        x, y, area = _points(group)
        ax.scatter(x, y, s=area, color=color, alpha=0.55, linewidths=0.5, edgecolors="white", label=name)
    _number(ax, worst, [str(named.index(row) + 1) for row in worst], low, high)
    _name(ax, named, reconciliation)
    _frame(ax, low, high)
    return ax


def save_reconciliation(reconciliation: Reconciliation, path: Path) -> None:
    """Write the plot to a file, whose ending says how: .svg, .png or .pdf.

    Raises
    ------
    InputError
        If the ending is another one, or the file cannot be written.
    """
    save_plot(path, lambda: plot_reconciliation(reconciliation, new_axes(*SIZE_IN)))


def _points(rows: Sequence[Row]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Delays in SUMO and in the model [s], and areas [points^2]."""
    delays = np.maximum([(row.delay_s.sumo, row.delay_s.model) for row in rows], LEAST_S).reshape(-1, 2)
    vehicles = np.array([row.vehicles.sumo for row in rows])
    return delays[:, 0], delays[:, 1], np.maximum(AREA_PER_VEHICLE * vehicles, LEAST_AREA)


def _bounds(rows: Sequence[Row]) -> tuple[float, float]:
    x, y, _ = _points(rows)
    top = max(float(np.concatenate([x, y]).max(initial=0.0)), 10.0)
    return 0.8 * LEAST_S, 1.6 * top


def _draw_lines(ax: Axes, low: float, high: float) -> None:
    """The line of agreement, and where one is twice the other."""
    ax.plot([low, high], [low, high], color=INK, linewidth=1.0, zorder=1)
    ends = np.array([low, high])
    for factor in (0.5, 2.0):
        ax.plot(ends, factor * ends, color=GRAY, linewidth=0.8, linestyle=DASHES, zorder=1)


def _number(ax: Axes, rows: Sequence[Row], numbers: Sequence[str], low: float, high: float) -> None:
    """Numbers beside the dots, each on the side where most room is left."""
    x, y, area = _points(rows)
    dots = AXES_POINTS / np.log(high / low) * np.log(np.column_stack([x, y]) / low)
    taken: list[FloatArray] = []
    for k, size in enumerate(area):
        around = (0.5 * np.sqrt(size) + 6.0) * DIRECTIONS
        others = np.array([*np.delete(dots, k, axis=0), *taken]).reshape(-1, 2)
        gaps = np.linalg.norm((dots[k] + around)[:, None] - others[None], axis=2).min(axis=1, initial=99.0)
        offset = around[int(np.argmax(np.minimum(gaps, ROOM_POINTS)))]
        taken.append(dots[k] + offset)
        ax.annotate(
            numbers[k],
            (x[k], y[k]),
            xytext=tuple(offset),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize="small",
            fontweight="bold",
            color=INK,
        )


def _name(ax: Axes, rows: Sequence[Row], found: Reconciliation) -> None:
    """Key of the numbers beside the axes, and the size of dots."""
    lines = ["Greatest differences", "(share of all; model, SUMO [s])"]
    for k, row in enumerate(rows, start=1):
        name = " → ".join(row.links) if len(row.links) > 1 else f"before departing on {row.name}"
        lines.append(f"{k}{INDENT[:2]}{short_label(name, LABEL_LENGTH)}")
        lines.append(
            f"{INDENT}{100 * row.share:.0f} %; {number(row.delay_s.model)}, {number(row.delay_s.sumo)}"
        )
    ax.text(1.03, 1.0, "\n".join(lines), transform=ax.transAxes, va="top", fontsize="small", color=INK)
    ax.text(0.02, 0.97, "more delay in the model", transform=ax.transAxes, fontsize="small", color=GRAY)
    ax.set_title(
        f"Plan {found.plan}: mean delay {found.mean_delay_s.model:.1f} s in the model, "
        f"{found.mean_delay_s.sumo:.1f} s in SUMO\n"
        f"movements weighted by vehicles: R² {number(found.r2, 2)}, Spearman {number(found.spearman, 2)}",
        fontsize="medium",
        loc="left",
    )


def _frame(ax: Axes, low: float, high: float) -> None:
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlim(low, high)
    ax.set_ylim(low, high)
    ax.set_aspect("equal")
    ticks = [tick for tick in TICKS_S if tick < high]
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_ticks(ticks, [f"≤{tick:g}" if tick == LEAST_S else f"{tick:g}" for tick in ticks])
        axis.set_ticks([], minor=True)
    ax.set_xlabel("Delay in SUMO [s/veh]")
    ax.set_ylabel("Delay in the model [s/veh]")
    ax.grid(color=PALE, linewidth=0.5)
    ax.set_axisbelow(True)
    for spine in ("top", "right"):
        ax.spines[spine].set_visible(False)
    _draw_legend(ax)


def _draw_legend(ax: Axes) -> None:
    handles = [
        Line2D([], [], color=INK, linewidth=1.0, label="agreement"),
        Line2D([], [], color=GRAY, linewidth=0.8, linestyle=DASHES, label="half, twice SUMO"),
        *(
            ax.scatter([], [], s=AREA_PER_VEHICLE * n, color=GRAY, alpha=0.55, label=f"{n} vehicles")
            for n in LEGEND_VEHICLES
        ),
    ]
    ax.legend(handles=handles, loc="lower right", frameon=False, fontsize="small", labelspacing=0.9)

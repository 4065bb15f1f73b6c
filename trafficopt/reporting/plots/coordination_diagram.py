"""Purdue coordination diagram: arrivals by time of day and time in the cycle."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from trafficopt.intersection import Intersection
from trafficopt.model.cycle_arrivals import CycleArrivals, cycle_arrivals
from trafficopt.model.queues.passages import Passages
from trafficopt.plan import TimingPlan
from trafficopt.reporting.plots.canvas import BLUE, INK, ORANGE, RED, new_axes, short_label
from trafficopt.reporting.plots.clock_axis import show_time_of_day
from trafficopt.units import Seconds

SIZE_IN = (7.2, 3.9)
GREEN = "#009e73"  # Okabe and Ito (2008)
GREEN_ALPHA = 0.13
DOT_AREA = 9.0  # points^2
ID_LENGTH = 40

TIME_IN_CYCLE = "Time in the cycle, from the begin of red [s]"
ON_GREEN, ON_RED = "arrival on green", "arrival on red or yellow"
BEGIN_OF_GREEN, END_OF_CYCLE = "green begins", "green ends, the next cycle begins"
NOBODY = "nobody came"

DOTS = {True: "arrivals-on-green", False: "arrivals-on-red"}
"""Artist ids (gid) of the dots, by whether they are on green."""
GREEN_LINE, CYCLE_LINE = "begin-of-green", "end-of-cycle"
"""Artist ids (gid) of the lines."""


def plot_coordination_diagram(
    passages: Passages,
    intersection: Intersection,
    movement: str,
    plan: TimingPlan,
    ax: Axes | None = None,
    *,
    begin_s: Seconds,
) -> Axes:
    """Draw each arrival at a movement's stop line by the time of day and the time in the cycle.

    Every cycle is a column of dots that begins with red below and ends with green above (Day et al. 2010).
    A platoon that comes in time is a cloud above the line at which green begins. Where the movement is green
    more than once in a cycle, the cycle begins as the longest green ends, and each green is shaded.

    Parameters
    ----------
    passages
        Of `QueueModel.passages(plan)`: a vehicle arrives when it would have passed if nothing had held it.
    intersection, movement
        The signal, and one of its movements, `from->to`.
    plan
        The plan that was modeled.
    ax
        Axes to draw on; new ones on a figure of their own if None.
    begin_s
        Begin of the scenario's window [s from midnight]: `scenario.simulation.begin_s`.

    Returns
    -------
    matplotlib.axes.Axes
        Time of day to the right, time in the cycle [s] upward.

    Raises
    ------
    InputError
        If the intersection has no such movement, or the passages are of another network.
    KeyError
        If the plan does not time the intersection.
    """
    ax = new_axes(*SIZE_IN) if ax is None else ax
    found = cycle_arrivals(passages, intersection, movement, plan[intersection.id], begin_s)
    for on_green, color, marker in ((False, ORANGE, "x"), (True, BLUE, "o")):
        shown = found.on_green == on_green
        ax.scatter(
            found.at_s[shown],
            found.in_cycle_s[shown],
            s=DOT_AREA,
            marker=marker,
            color=color,
            linewidths=0.8 if marker == "x" else 0.0,
            zorder=3,
            gid=DOTS[on_green],
        )
    for start_s, length_s in found.greens:
        ax.axhspan(start_s, start_s + length_s, color=GREEN, alpha=GREEN_ALPHA, linewidth=0, zorder=0)
        ax.axhline(start_s, color=GREEN, linewidth=1.6, zorder=2, gid=GREEN_LINE)
    ax.axhline(found.cycle_s, color=RED, linewidth=1.6, linestyle="--", zorder=2, gid=CYCLE_LINE)
    window_s = max(float(passages.reached_s.max(initial=0.0)), found.cycle_s)
    show_time_of_day(ax, begin_s, begin_s + 60.0 * np.ceil(window_s / 60.0))
    ax.set_ylim(0.0, 1.04 * found.cycle_s)
    ax.set_ylabel(TIME_IN_CYCLE)
    for spine in ("top", "right"):
        ax.spines[spine].set_visible(False)
    ax.set_title(
        f"{short_label(intersection.id)}, {short_label(movement, ID_LENGTH)}, plan {plan.name}\n"
        f"{describe_arrivals(found)}",
        loc="left",
        parse_math=False,
        fontsize=9.5,
        pad=34,
    )
    _draw_legend(ax)
    return ax


def describe_arrivals(found: CycleArrivals) -> str:
    """Say how many came on green, and whether that is more than evenly spread ones would.

    Examples
    --------
    >>> at_s = np.array([5.0, 20.0, 40.0, 50.0])
    >>> describe_arrivals(CycleArrivals("w->e", at_s, at_s, at_s >= 30.0, 60.0, ((30.0, 30.0),)))
    '50 % of 4 arrivals on green; green is 50 % of the cycle of 60 s: platoon ratio 1.00'
    """
    green = f"green is {100 * found.green_share:.0f} % of the cycle of {found.cycle_s:g} s"
    if not len(found.at_s):
        return f"{NOBODY}; {green}"
    share = f"{100 * found.on_green_share:.0f} % of {len(found.at_s)} arrivals on green"
    return f"{share}; {green}" + (f": platoon ratio {found.platoon_ratio:.2f}" if found.greens else "")


def _draw_legend(ax: Axes) -> None:
    handles: list[Line2D] = []
    for color, marker, label in ((BLUE, "o", ON_GREEN), (ORANGE, "x", ON_RED)):
        handles.append(
            Line2D([], [], color=color, marker=marker, linestyle="none", markersize=4, label=label)
        )
    handles.append(Line2D([], [], color=GREEN, linewidth=1.6, label=BEGIN_OF_GREEN))
    handles.append(Line2D([], [], color=RED, linewidth=1.6, linestyle="--", label=END_OF_CYCLE))
    for dot in handles[:2]:
        dot.set_markersize(4.0)
    ax.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=2,
        frameon=False,
        fontsize=8,
        labelcolor=INK,
        borderpad=0.2,
        columnspacing=1.4,
    )

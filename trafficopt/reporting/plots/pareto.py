"""Plot of a Pareto set: stops over delay, a point for each plan."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from trafficopt.reporting.plots.canvas import BLUE, INK, ORANGE, PALE, frame_points, new_axes, spread_labels
from trafficopt.result import Result

SIZE_IN = (6.4, 4.2)
LABEL_GAP = 0.05  # of the range of stops


def plot_pareto(front: Sequence[Result], ax: Axes | None = None) -> Axes:
    """Draw stops over mean delay by the queue model, with what a stop counted for each plan.

    Parameters
    ----------
    front
        What `pareto` found for one problem; at least one plan.
    ax
        Axes to draw on; new ones on a figure of their own if None.

    Returns
    -------
    matplotlib.axes.Axes
        With x in s/veh and y in stops/veh.
    """
    ax = new_axes(*SIZE_IN) if ax is None else ax
    delays = [result.performance_after.delay_s for result in front]
    stops = [result.performance_after.stops for result in front]
    field = front[0].performance_before
    ax.plot(delays, stops, color=PALE, linewidth=1.2, zorder=1)
    ax.scatter(
        delays, stops, color=BLUE, marker="o", s=40, zorder=3, label="plans, each with what a stop counted"
    )
    ax.scatter([field.delay_s], [field.stops], color=ORANGE, marker="s", s=46, zorder=2, label="field plan")
    gap = LABEL_GAP * (max(*stops, field.stops) - min(stops))
    for result, delay, stop in zip(front, delays, spread_labels(stops[::-1], gap)[::-1], strict=True):
        ax.annotate(
            f"{result.objective.stop_s:g} s",
            (delay, stop),
            xytext=(6, 6),
            textcoords="offset points",
            va="center",
            fontsize="small",
            color=INK,
        )
    ax.set_xlabel("Mean delay by the queue model [s/veh]")
    ax.set_ylabel("Stops by the queue model [1/veh]")
    frame_points(ax)
    return ax

"""Plots of what was measured: the change in each run, and the search's way down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from trafficopt.comparison import Comparison
from trafficopt.objective import OBJECTIVE
from trafficopt.reporting.plots.canvas import BLUE, GRAY, INK, ORANGE, PALE, new_axes
from trafficopt.result import Step


@dataclass(frozen=True, slots=True)
class Measure:
    """How a measure is written on an axis.

    Attributes
    ----------
    scale
        From the measure's own unit to `unit`.
    """

    name: str
    unit: str
    scale: float = 1.0

    @property
    def label(self) -> str:
        """Name and unit."""
        return f"{self.name} [{self.unit}]"


MEASURES = {
    "mean_delay_s": Measure("Mean delay", "s/veh"),
    "mean_stops": Measure("Stops", "1/veh"),
    "mean_waiting_s": Measure("Mean waiting time", "s/veh"),
    "mean_depart_delay_s": Measure("Mean wait to enter", "s/veh"),
    "longest_queue_veh": Measure("Longest queue on a link", "veh"),
    "arterial_s_per_km": Measure("Travel time along arterials", "s/km"),
    "arterial_on_green": Measure("Arrivals on green on arterials", "%", 100.0),
    "pedestrian_wait_s": Measure("Wait of pedestrians", "s"),
    "fuel_g_km": Measure("Fuel", "g/km"),
    OBJECTIVE: Measure("Objective", "s/veh"),
}
BEFORE, AFTER = "before", "after"
INTERVAL = "95 % interval of the change"
OBJECTIVE_OF_PLANS = "Model's mean delay [s/veh]"
TRIED, LEAST_SO_FAR, BOUND = "plan tried", "least so far", "lower bound"
BEFORE_ID, AFTER_ID, TRIED_ID, LEAST_ID, BOUND_ID = "before", "after", "tried", "least-so-far", "bound"
"""Artist ids (gid) of the runs, of the plans tried, of the line of the least, and of the bound."""


def plot_intervals(
    comparison: Comparison,
    measure: str = "mean_delay_s",
    ax: Axes | None = None,
    names: tuple[str, str] = (BEFORE, AFTER),
) -> Axes:
    """Draw `measure` before and after of each seed, their means, and the 95 % interval of the change.

    The interval belongs to the paired difference; it is drawn around the mean after, that is, at
    mean before + interval of the change.

    Parameters
    ----------
    comparison
        Two evaluations with the same seeds.
    measure
        A measure that was compared.
    ax
        Axes to draw on; new ones on a figure of their own if None.
    names
        What the two plans are called in the legend.
    """
    shown = MEASURES.get(measure, Measure(measure, "1"))
    before, after = (
        shown.scale * np.array(found.values(measure)) for found in (comparison.before, comparison.after)
    )
    n = len(before)
    ax = new_axes(6.4, 1.5 + 0.26 * (n + 1)) if ax is None else ax
    rows = np.arange(1, n + 1)
    ax.hlines(rows, before, after, colors=PALE, linewidth=3, zorder=1)
    ax.scatter(before, rows, color=ORANGE, marker="s", s=34, zorder=2, label=names[0], gid=BEFORE_ID)
    ax.scatter(after, rows, color=BLUE, marker="o", s=34, zorder=2, label=names[1], gid=AFTER_ID)
    _draw_mean_row(ax, comparison, measure, shown.scale)
    ax.axhline(0.5, color=PALE, linewidth=0.8)
    labels = ["mean", *(f"seed {seed}" for seed in comparison.before.seeds)]
    ax.set_yticks(np.arange(n + 1), labels)
    ax.set_ylim(n + 0.6, -0.6)
    ax.set_xlabel(shown.label)
    ax.set_ylabel("Run [seed]")
    ax.grid(axis="x", color=PALE, linewidth=0.5)
    ax.set_axisbelow(True)
    for spine in ("top", "right"):
        ax.spines[spine].set_visible(False)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False, fontsize="small")
    return ax


def _draw_mean_row(ax: Axes, comparison: Comparison, measure: str, scale: float) -> None:
    change = comparison[measure]
    base, moved = scale * comparison.before.mean(measure), scale * change.mean
    ax.hlines(0, base, base + moved, colors=GRAY, linewidth=3, zorder=1)
    ax.scatter([base], [0], color=ORANGE, marker="s", s=64, zorder=3)
    ax.scatter([base + moved], [0], color=BLUE, marker="o", s=64, zorder=3)
    if change.ci95 is not None:
        low, high = (scale * limit for limit in change.ci95)
        ax.errorbar(
            [base + moved],
            [0],
            xerr=[[moved - low], [high - moved]],
            color=INK,
            capsize=5,
            linewidth=1.6,
            fmt="none",
            zorder=4,
            label=INTERVAL,
        )


def plot_history(
    history: Sequence[Step],
    ax: Axes | None = None,
    label: str = OBJECTIVE_OF_PLANS,
    *,
    bound: float | None = None,
    bound_label: str = BOUND,
) -> Axes:
    """Draw the objective of each plan tried, and the least so far, over the run time of the search.

    Parameters
    ----------
    history
        `Result.history`.
    ax
        Axes to draw on; new ones on a figure of their own if None.
    label
        What the objective is, with its unit in brackets.
    bound
        What no plan can be below, in the unit of the objective. No search knows such a bound of its
        objective: `Result.link_delay_bound_veh_s_s` is one of the delay between coordinated signals alone,
        in vehicles (veh*s/s), for given greens; it must not be drawn here.
    bound_label
        What the bound is, for the legend.

    Returns
    -------
    matplotlib.axes.Axes
        Run time [s] to the right, the objective upward.
    """
    ax = new_axes(6.4, 3.2) if ax is None else ax
    at_s, objective = [step.at_s for step in history], [step.objective for step in history]
    least = np.minimum.accumulate(objective)
    ax.step(at_s, least, where="post", color=BLUE, linewidth=1.5, zorder=2, label=LEAST_SO_FAR, gid=LEAST_ID)
    (tried,) = ax.plot(at_s, objective, color=BLUE, linestyle="none", zorder=3, label=TRIED)
    tried.set(marker="o", markersize=3.5, gid=TRIED_ID)
    if bound is not None:
        ax.axhline(
            bound, color=ORANGE, linewidth=1.5, linestyle="--", zorder=1, label=bound_label, gid=BOUND_ID
        )
    ax.set_xlabel("Run time of the search [s]")
    ax.set_ylabel(label)
    ax.set_xlim(left=0)
    ax.grid(color=PALE, linewidth=0.5)
    ax.set_axisbelow(True)
    for spine in ("top", "right"):
        ax.spines[spine].set_visible(False)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False, fontsize="small")
    return ax

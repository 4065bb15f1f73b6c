"""Plots of what was measured: the change in each run, and the search's way down."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from trafficopt.comparison import Comparison
from trafficopt.reporting.canvas import BLUE, GRAY, INK, ORANGE, PALE, new_axes
from trafficopt.result import Step

LABELS = {
    "mean_delay_s": "Mean delay [s/veh]",
    "mean_stops": "Stops [1/veh]",
    "mean_waiting_s": "Mean waiting time [s/veh]",
}


def plot_intervals(
    comparison: Comparison,
    measure: str = "mean_delay_s",
    ax: Axes | None = None,
    names: tuple[str, str] = ("before", "after"),
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
    before, after = comparison.before.values(measure), comparison.after.values(measure)
    n = len(before)
    ax = new_axes(6.4, 1.5 + 0.26 * (n + 1)) if ax is None else ax
    rows = np.arange(1, n + 1)
    ax.hlines(rows, before, after, colors=PALE, linewidth=3, zorder=1)
    ax.scatter(before, rows, color=ORANGE, marker="s", s=34, zorder=2, label=names[0])
    ax.scatter(after, rows, color=BLUE, marker="o", s=34, zorder=2, label=names[1])
    _draw_mean_row(ax, comparison, measure)
    ax.axhline(0.5, color=PALE, linewidth=0.8)
    labels = ["mean", *(f"seed {seed}" for seed in comparison.before.seeds)]
    ax.set_yticks(np.arange(n + 1), labels)
    ax.set_ylim(n + 0.6, -0.6)
    ax.set_xlabel(LABELS.get(measure, measure))
    ax.set_ylabel("Run [seed]")
    ax.grid(axis="x", color=PALE, linewidth=0.5)
    ax.set_axisbelow(True)
    for spine in ("top", "right"):
        ax.spines[spine].set_visible(False)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False, fontsize="small")
    return ax


def _draw_mean_row(ax: Axes, comparison: Comparison, measure: str) -> None:
    base, change = comparison.before.mean(measure), comparison[measure]
    ax.hlines(0, base, base + change.mean, colors=GRAY, linewidth=3, zorder=1)
    ax.scatter([base], [0], color=ORANGE, marker="s", s=64, zorder=3)
    ax.scatter([base + change.mean], [0], color=BLUE, marker="o", s=64, zorder=3)
    if change.ci95 is not None:
        low, high = change.ci95
        ax.errorbar(
            [base + change.mean],
            [0],
            xerr=[[change.mean - low], [high - change.mean]],
            color=INK,
            capsize=5,
            linewidth=1.6,
            fmt="none",
            zorder=4,
            label="95 % interval of the change",
        )


def plot_history(
    history: Sequence[Step], ax: Axes | None = None, label: str = "Model's mean delay [s/veh]"
) -> Axes:
    """Draw the objective of each plan tried, and the least so far, over the run time of the search."""
    ax = new_axes(6.4, 3.0) if ax is None else ax
    at_s, objective = [step.at_s for step in history], [step.objective for step in history]
    ax.step(at_s, np.minimum.accumulate(objective), where="post", color=BLUE, linewidth=1.5)
    ax.plot(at_s, objective, color=BLUE, linestyle="none", marker="o", markersize=3.5)
    ax.set_xlabel("Run time of the search [s]")
    ax.set_ylabel(label)
    ax.set_xlim(left=0)
    ax.grid(color=PALE, linewidth=0.5)
    for spine in ("top", "right"):
        ax.spines[spine].set_visible(False)
    return ax

"""Plots of plans under several demands: their values, and what they regret."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from trafficopt.paired_differences import half_width
from trafficopt.reporting.plots.canvas import BLUE, GRAY, INK, ORANGE, PALE, new_axes
from trafficopt.robustness import FIELD, NEW, NOMINAL, OWN, Robustness

SIZE_IN = (6.4, 3.6)
LABELS = {
    FIELD: "field plan",
    NEW: "new plan",
    NOMINAL: "plan for the usual demand",
    OWN: "plan for this demand alone",
}
STYLES = {FIELD: (ORANGE, "s"), NEW: (BLUE, "o"), NOMINAL: (INK, "^"), OWN: (GRAY, "D")}
APART = 0.06  # of the distance of two demands: between plans
BAR = 0.34


def plot_demands(found: Robustness, ax: Axes | None = None, label: str = "Mean delay [s/veh]") -> Axes:
    """Draw what each plan does under each demand in SUMO, with the 95 % interval of its mean over seeds.

    The intervals are those of each plan alone; changes, which are paired by seed, are known better.

    Parameters
    ----------
    ax
        Axes to draw on; new ones on a figure of their own if None.
    label
        What the values are.
    """
    ax = new_axes(*SIZE_IN) if ax is None else ax
    plans = [name for name in LABELS if name in found.demands[0].plans]
    for number, name in enumerate(plans):
        color, marker = STYLES[name]
        x = np.arange(len(found.demands)) + APART * (number - (len(plans) - 1) / 2)
        outcomes = [demand.plans[name] for demand in found.demands]
        known = len(outcomes[0].costs_s) > 1
        ax.errorbar(
            x,
            [plan.mean_s for plan in outcomes],
            yerr=[half_width(plan.costs_s) for plan in outcomes] if known else None,
            color=color,
            marker=marker,
            markersize=5,
            linestyle="none" if name == OWN else "-",
            linewidth=1.3,
            capsize=3,
            label=LABELS[name],
        )
    _dress(ax, found)
    ax.set_ylim(bottom=0.0)
    ax.set_ylabel(label)
    return ax


def plot_regret(found: Robustness, ax: Axes | None = None) -> Axes:
    """Draw what the usual demand's plan and the new plan lose against the best plan of each demand.

    The interval is the 95 % interval of the paired difference; a plan that is the best itself has none.

    Parameters
    ----------
    found
        With plans for each demand alone.
    ax
        Axes to draw on; new ones on a figure of their own if None.
    """
    ax = new_axes(*SIZE_IN) if ax is None else ax
    for number, name in enumerate((NOMINAL, NEW)):
        regrets = [demand.regret(name) for demand in found.demands]
        halves = [0.0 if change.ci95 is None else change.ci95[1] - change.mean for change in regrets]
        ax.bar(
            np.arange(len(regrets)) + BAR * (number - 0.5),
            [change.mean for change in regrets],
            BAR,
            yerr=halves,
            color=STYLES[name][0],
            ecolor=GRAY,
            capsize=4,
            label=LABELS[name],
        )
    ax.axhline(0.0, color=PALE, linewidth=0.8)
    _dress(ax, found)
    ax.set_ylabel("Regret [s/veh]")
    return ax


def _dress(ax: Axes, found: Robustness) -> None:
    """Name the demands, and frame the plot."""
    names = [f"{demand.name}\n{demand.vehicles} vehicles" for demand in found.demands]
    ax.set_xticks(range(len(names)), names)
    ax.set_xlim(-0.6, len(names) - 0.4)
    ax.grid(axis="y", color=PALE, linewidth=0.5)
    ax.set_axisbelow(True)
    for spine in ("top", "right"):
        ax.spines[spine].set_visible(False)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False, fontsize="small")

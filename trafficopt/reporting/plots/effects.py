"""What each family of treatments does, as a plot with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from trafficopt.comparison import Change
from trafficopt.reporting.plots.canvas import BLUE, GRAY, INK, ORANGE, PALE, new_axes

UNIT = "veh\N{DOT OPERATOR}h"


@dataclass(frozen=True, slots=True)
class FamilyEffect:
    """What a family of treatments changes of the time that all vehicles lose [veh*h].

    Attributes
    ----------
    alone, in_order
        Against the field, and against the families before it.
    """

    family: str
    alone: Change
    in_order: Change


def plot_effects(effects: Sequence[FamilyEffect], together: Change, ax: Axes | None = None) -> Axes:
    """Draw the change by each family, alone and after those above it, with 95 % intervals, and by all.

    Parameters
    ----------
    effects
        In the order in which they are applied, from top to bottom.
    together
        Change by all families together.
    ax
        Axes to draw on; new ones on a figure of their own if None.
    """
    n = len(effects)
    ax = new_axes(6.4, 1.3 + 0.42 * (n + 1)) if ax is None else ax
    rows = np.arange(n)
    ax.axvline(0.0, color=GRAY, linewidth=1.0, zorder=1)
    _draw(ax, rows - 0.14, [e.alone for e in effects], ORANGE, "s", "alone")
    _draw(ax, rows + 0.14, [e.in_order for e in effects], BLUE, "o", "after those above")
    _draw(ax, np.array([float(n)]), [together], INK, "D", "all together")
    ax.axhline(n - 0.5, color=PALE, linewidth=0.8)
    ax.set_yticks(np.arange(n + 1), [*(effect.family for effect in effects), "together"])
    ax.set_ylim(n + 0.6, -0.6)
    ax.set_xlabel(f"Change of the time lost by all vehicles [{UNIT}], with 95 % intervals")
    ax.grid(axis="x", color=PALE, linewidth=0.5)
    ax.set_axisbelow(True)
    for spine in ("top", "right", "left"):
        ax.spines[spine].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False, fontsize="small")
    return ax


def _draw(ax: Axes, rows: np.ndarray, changes: Sequence[Change], color: str, marker: str, label: str) -> None:
    """Means as markers, intervals as bars; a change without an interval has none."""
    means = [change.mean for change in changes]
    ends = [change.ci95 or (change.mean, change.mean) for change in changes]
    spread = [[mean - low for mean, (low, _) in zip(means, ends, strict=True)]]
    spread += [[high - mean for mean, (_, high) in zip(means, ends, strict=True)]]
    ax.errorbar(
        means,
        rows,
        xerr=spread,
        color=color,
        marker=marker,
        markersize=6,
        linestyle="none",
        capsize=3,
        linewidth=1.5,
        label=label,
        zorder=3,
    )

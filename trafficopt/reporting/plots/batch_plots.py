"""Plots of a batch: what methods change, and delay against demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from matplotlib.axes import Axes

from trafficopt.comparison import Change
from trafficopt.evaluation import HEADLINE, Evaluation
from trafficopt.reporting.plots.canvas import BLUE, GRAY, INK, ORANGE, PALE, RED, new_axes, short_label
from trafficopt.units import Seconds

WIDTH_IN = 6.4
ROW_IN = 0.3
LABEL_LENGTH = 34
COLORS = (ORANGE, BLUE, "#009e73", "#cc79a7", RED, "#56b4e9", INK)  # Okabe and Ito (2008)
MARKERS = "soD^vPX"


@dataclass(frozen=True, slots=True)
class CellFigures:
    """Runs of a batch that differ by seed alone.

    Attributes
    ----------
    demand
        Factor of the scenario's vehicles.
    n_failed, n_open
        Runs that failed, and that were not made.
    evaluation
        The others, in the order of their seeds.
    interval_s
        95 % interval of the mean delay (Student's t over seeds); None below two runs.
    changes
        By measure, against the field plan with the same demand and seeds; empty where that is not known.
    plan
        What became of the plan, in a word, and the message that came with it.
    """

    scenario: str
    method: str
    demand: float
    n_failed: int
    n_open: int
    evaluation: Evaluation
    interval_s: tuple[Seconds, Seconds] | None
    changes: Mapping[str, Change]
    plan: tuple[str, str] = ("", "")

    @property
    def n_ok(self) -> int:
        """Runs with figures."""
        return len(self.evaluation.runs)

    @property
    def n_runs(self) -> int:
        """All runs."""
        return self.n_ok + self.n_failed + self.n_open

    @property
    def totals(self) -> Mapping[str, float]:
        """Means of the runs with figures; empty if there is none."""
        return self.evaluation.totals() if self.n_ok else {}


def plot_changes(cells: Sequence[CellFigures], ax: Axes | None = None) -> Axes:
    """Draw the change of mean delay of each cell in percent, with its 95 % interval.

    Parameters
    ----------
    cells
        Of one scenario, the first at the top; those without a change are left out.
    ax
        Axes to draw on; new ones on a figure of their own if None.
    """
    colors = _by_method(cells, COLORS)
    several = len({cell.demand for cell in cells}) > 1
    changed = [cell for cell in cells if HEADLINE in cell.changes]
    ax = new_axes(WIDTH_IN, 0.9 + ROW_IN * len(changed)) if ax is None else ax
    ax.axvline(0.0, color=GRAY, linewidth=1.0, zorder=1)
    for row, cell in enumerate(changed):
        change, color = cell.changes[HEADLINE], colors[cell.method]
        if change.ci95 is not None and change.mean:
            low, high = (limit * change.percent / change.mean for limit in change.ci95)
            ax.hlines(row, low, high, colors=color, linewidth=2.2, zorder=2)
        ax.scatter([change.percent], [row], color=color, s=34, zorder=3)
    names = [
        short_label(cell.method, LABEL_LENGTH) + (f" · {cell.demand:g}" if several else "")
        for cell in changed
    ]
    ax.set_yticks(range(len(changed)), names)
    ax.set_ylim(len(changed) - 0.5, -0.5)
    ax.set_xlabel("Change of mean delay, 95 % interval [%]")
    if several:
        ax.set_ylabel("Method · demand")
    _clean(ax, "x")
    return ax


def plot_delay_by_demand(cells: Sequence[CellFigures], ax: Axes | None = None) -> Axes:
    """Draw mean delay over demand, a line for each method, with 95 % intervals over seeds.

    Parameters
    ----------
    cells
        Of one scenario; those without figures are left out.
    ax
        Axes to draw on; new ones on a figure of their own if None.
    """
    ax = new_axes(WIDTH_IN, 3.6) if ax is None else ax
    colors, markers = _by_method(cells, COLORS), _by_method(cells, MARKERS)
    for method, color in colors.items():
        known = sorted((c for c in cells if c.method == method and c.totals), key=lambda c: c.demand)
        demand = [cell.demand for cell in known]
        delays = [cell.totals[HEADLINE] for cell in known]
        label = short_label(method, LABEL_LENGTH)
        ax.plot(demand, delays, label=label, color=color, marker=markers[method], markersize=5, linewidth=1.4)
        for cell in known:
            if cell.interval_s is not None:
                ax.vlines(cell.demand, *cell.interval_s, colors=color, linewidth=1.2)
    ax.set_xlabel("Demand, of the scenario's vehicles [1]")
    ax.set_ylabel("Mean delay [s/veh]")
    ax.set_ylim(bottom=0.0)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False, fontsize="small")
    _clean(ax, "y")
    return ax


def _by_method(cells: Sequence[CellFigures], choices: Sequence[str]) -> dict[str, str]:
    """A color or marker for each method, the same in all plots of a batch."""
    methods = dict.fromkeys(cell.method for cell in cells)
    return {method: choices[number % len(choices)] for number, method in enumerate(methods)}


def _clean(ax: Axes, grid: Literal["x", "y"]) -> None:
    ax.grid(axis=grid, color=PALE, linewidth=0.5)
    ax.set_axisbelow(True)
    for spine in ("top", "right"):
        ax.spines[spine].set_visible(False)

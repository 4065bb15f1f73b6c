"""All compared measures before and after, in percent, with what can be said of each."""

from __future__ import annotations

import math
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from trafficopt.comparison import INVALID_RUNS, Change, Comparison, Verdict
from trafficopt.reporting.plots.canvas import BLUE, GRAY, INK, ORANGE, PALE, RED, new_axes
from trafficopt.reporting.plots.intervals import AFTER, BEFORE, INTERVAL, MEASURES, Measure
from trafficopt.reporting.words.verdict_words import VERDICTS
from trafficopt.reporting.words.wording import number
from trafficopt.run_verdict import RunVerdict

WIDTH_IN, ROW_IN, REST_IN = 7.2, 0.5, 1.5
PERCENT = "Value, of that before [%]"
SMALL = "change of less than {margin:g} %"
SUSPICIOUS_RUNS = "Some runs are suspicious: read why before the figures."
NO_PERCENT = "was 0 before"
OTHERS = "no change shown"


@dataclass(frozen=True, slots=True)
class _Mark:
    """How the value after is drawn, by what can be said of the change."""

    color: str
    marker: str
    filled: bool = True


MARKS = {Verdict.BETTER: _Mark(BLUE, "o"), Verdict.WORSE: _Mark(RED, "X")}
OTHER_MARK = _Mark(GRAY, "D", filled=False)
BEFORE_ID, AFTER_ID, INTERVAL_ID = "before", "after", "interval"
"""Artist ids (gid), followed by a dash and the row, 0 at the top."""


def plot_comparison(
    comparison: Comparison, ax: Axes | None = None, *, names: tuple[str, str] = (BEFORE, AFTER)
) -> Axes:
    """Draw every compared measure after the change in percent of its value before, with the verdict in words.

    A row for each measure: a square at 100 %, a marker where it is now, and the 95 % interval of the change
    (that of the measure alone) around it. The marker's form and the word beside it say what the paired seeds
    show, corrected for the number of measures. Changes within the gray strip do not matter.

    Parameters
    ----------
    comparison
        Two evaluations with the same seeds.
    ax
        Axes to draw on; new ones on a figure of their own if None.
    names
        What the two plans are called in the legend.

    Returns
    -------
    matplotlib.axes.Axes
        Percent of the value before to the right, a row for each measure.
    """
    keys = list(comparison.changes)
    ax = new_axes(WIDTH_IN, REST_IN + ROW_IN * len(keys)) if ax is None else ax
    margin = comparison.margin_percent
    ax.axvspan(100.0 - margin, 100.0 + margin, color=PALE, alpha=0.5, linewidth=0, zorder=0)
    ax.axvline(100.0, color=GRAY, linewidth=1.0, zorder=1)
    for row, key in enumerate(keys):
        _draw_row(ax, row, comparison[key])
    ax.set_yticks(range(len(keys)), [_row_label(comparison, key) for key in keys])
    ax.set_ylim(len(keys) - 0.5, -0.5)
    ax.margins(x=0.08)
    ax.set_xlabel(PERCENT)
    ax.grid(axis="x", color=PALE, linewidth=0.5)
    ax.set_axisbelow(True)
    ax.tick_params(axis="y", length=2.0, labelsize="small")
    for spine in ("top", "right", "left"):
        ax.spines[spine].set_visible(False)
    _draw_legend(ax, names, margin)
    if doubt := _doubt(comparison):
        ax.set_title(doubt, loc="left", fontsize=9.5, color=RED, pad=38)
    return ax


def percent_interval(change: Change) -> tuple[float, float] | None:
    """95 % interval of a change in percent of the mean before; None where there is none.

    Examples
    --------
    >>> percent_interval(Change(-2.0, (-3.0, -1.0), -20.0, Verdict.BETTER))
    (-30.0, -10.0)
    """
    half = change.half_width_percent
    if half is None and change.ci95 is not None and change.mean:
        half = abs(change.percent / change.mean) * (change.ci95[1] - change.ci95[0]) / 2.0
    return None if half is None or not math.isfinite(half) else (change.percent - half, change.percent + half)


def _draw_row(ax: Axes, row: int, change: Change) -> None:
    mark, now = MARKS.get(change.verdict, OTHER_MARK), 100.0 + change.percent
    known = math.isfinite(now) and not (change.percent == 0.0 and change.mean)
    if known:
        ax.hlines(row, 100.0, now, colors=PALE, linewidth=4, zorder=2)
        ax.scatter([100.0], [row], color=ORANGE, marker="s", s=40, zorder=4, gid=f"{BEFORE_ID}-{row}")
        if interval := percent_interval(change):
            low, high = (100.0 + limit for limit in interval)
            ax.plot([low, high], [row, row], color=INK, linewidth=1.4, zorder=3, gid=f"{INTERVAL_ID}-{row}")
            ax.scatter([low, high], [row, row], color=INK, marker="|", s=60, linewidths=1.4, zorder=3)
        ax.scatter(
            [now],
            [row],
            s=62,
            marker=mark.marker,
            facecolors=mark.color if mark.filled else "white",
            edgecolors=mark.color,
            linewidths=1.4,
            zorder=5,
            gid=f"{AFTER_ID}-{row}",
        )
    ax.text(
        1.01,
        row,
        VERDICTS[change.verdict].en if known else NO_PERCENT,
        transform=ax.get_yaxis_transform(),
        va="center",
        fontsize="small",
        color=INK,
    )


def _row_label(comparison: Comparison, key: str) -> str:
    """Name of a measure, and its means before and after where runs have it."""
    measure = MEASURES.get(key, Measure(key, "1"))
    both = (comparison.before, comparison.after)
    if not all(hasattr(run, key) for found in both for run in found.runs):
        return measure.name
    before, after = (
        number(measure.scale * found.mean(key), 2 if measure.unit == "1/veh" else 1) for found in both
    )
    return f"{measure.name}\n{before} → {after} {measure.unit}"


def _doubt(comparison: Comparison) -> str:
    """What must be said before any figure; empty if nothing must."""
    if comparison.run_verdict is RunVerdict.INVALID:
        return INVALID_RUNS
    return SUSPICIOUS_RUNS if comparison.run_verdict is RunVerdict.SUSPICIOUS else ""


def _draw_legend(ax: Axes, names: tuple[str, str], margin: float) -> None:
    handles: list[Line2D | Patch] = [_handle(_Mark(ORANGE, "s"), names[0])]
    for verdict, mark in MARKS.items():
        handles.append(_handle(mark, f"{names[1]}: {VERDICTS[verdict].en}"))
    handles.append(_handle(OTHER_MARK, f"{names[1]}: {OTHERS}"))
    handles.append(Line2D([], [], color=INK, linewidth=1.4, label=INTERVAL))
    handles.append(Patch(color=PALE, alpha=0.5, label=SMALL.format(margin=margin)))
    ax.legend(
        handles=handles,
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=3,
        frameon=False,
        fontsize="small",
        columnspacing=1.4,
    )


def _handle(mark: _Mark, label: str) -> Line2D:
    handle = Line2D([], [], color=mark.color, marker=mark.marker, linestyle="none", label=label)
    handle.set_markerfacecolor(mark.color if mark.filled else "white")
    return handle

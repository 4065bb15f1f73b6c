"""The signal timing diagram: what each movement and crossing shows over one cycle, on axes."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from trafficopt.intersection import Intersection
from trafficopt.plan import SignalTiming
from trafficopt.reporting.drawings.signal_colors import PAPER
from trafficopt.reporting.drawings.signal_rows import (
    COLORS,
    Shown,
    SignalRow,
    signal_rows,
    stage_spans,
    ticks_of,
    times_text,
    title_of,
)
from trafficopt.reporting.plots.canvas import GRAY, INK, PALE, new_axes, short_label
from trafficopt.reporting.words.wording import compact

TIME = "Time in the cycle [s]"
GREEN_TIMES = "Green [s]"
STAGE = "Stage"
KEY = {
    Shown.GREEN: "green",
    Shown.PERMISSIVE: "green, gives way",
    Shown.YELLOW: "yellow",
    Shown.RED_YELLOW: "red and yellow",
    Shown.RED: "red",
}
HEIGHTS = {
    Shown.GREEN: 0.62,
    Shown.PERMISSIVE: 0.62,
    Shown.YELLOW: 0.62,
    Shown.RED_YELLOW: 0.34,
    Shown.RED: 0.08,
}
"""Of bars, in rows."""
STAGE_ROW = -1.0
HATCH = "/////"
LABEL_WIDTH, TITLE_LENGTH = 34, 30


def plot_signal_timing(
    intersection: Intersection,
    timing: SignalTiming,
    ax: Axes | None = None,
    *,
    names: Mapping[str, str] | None = None,
) -> Axes:
    """Draw what each movement and crossing shows over one cycle, from the first stage's green on.

    Movements of one approach that always show the same are one row. At the right stands when each row is
    green, above the number of each stage over its green.

    Parameters
    ----------
    ax
        Axes to draw on; new ones on a figure of their own if None.
    names
        Of movements and crossings, by the ids of their heads; words with the ids of links by default.

    Returns
    -------
    matplotlib.axes.Axes
        With time [s] to the right and row 0, 1, ... downward. Bars have ids (gid): what is shown and the
        number of the row, as `green-0`.
    """
    rows = signal_rows(intersection, timing, names)
    ax = new_axes(8.2, 1.3 + 0.3 * len(rows)) if ax is None else ax
    _frame(ax, intersection, timing, rows)
    for number, row in enumerate(rows):
        _draw_row(ax, number, row)
    _draw_stages(ax, timing, len(rows))
    _draw_key(ax, rows)
    return ax


def _frame(ax: Axes, intersection: Intersection, timing: SignalTiming, rows: tuple[SignalRow, ...]) -> None:
    ax.set_xlim(0.0, timing.cycle_s)
    ax.set_ylim(len(rows) - 0.4, STAGE_ROW - 0.5)
    labels = ["\n".join(textwrap.wrap(row.name, LABEL_WIDTH)) for row in rows]
    ax.set_yticks([STAGE_ROW, *range(len(rows))], [STAGE, *labels], parse_math=False)
    title = title_of(timing, short_label(intersection.id, TITLE_LENGTH))
    ax.set_title(title, loc="left", fontsize="medium", parse_math=False)
    ax.set_xlabel(TIME, fontsize="small")
    ax.xaxis.set_label_position("top")
    ticks = ticks_of(timing.cycle_s)
    ax.set_xticks(ticks, [compact(tick) for tick in ticks])
    ax.tick_params(axis="x", top=True, labeltop=True, bottom=False, labelbottom=False)
    ax.tick_params(axis="y", length=0)
    ax.tick_params(labelsize="small", colors=INK)
    ax.grid(axis="x", color=PALE, linewidth=0.5)
    ax.set_axisbelow(True)
    for spine in ax.spines.values():
        spine.set_color(PALE)


def _draw_row(ax: Axes, number: int, row: SignalRow) -> None:
    """Bars of one row, and when it is green at the right."""
    for shown in dict.fromkeys(span.shown for span in row.spans):
        times = [(span.start_s, span.duration_s) for span in row.spans if span.shown is shown]
        height = HEIGHTS[shown]
        ax.broken_barh(
            times,
            (number - height / 2.0, height),
            facecolors=PAPER if shown is Shown.PERMISSIVE else COLORS[shown],
            edgecolors=COLORS[shown] if shown is Shown.PERMISSIVE else GRAY,
            linewidth=0.0 if shown in (Shown.RED, Shown.GREEN) else 0.6,
            hatch=HATCH if shown is Shown.PERMISSIVE else None,
            snap=False,
            zorder=2,
            gid=f"{shown}-{number}",
        )
    _write_beside(ax, number, times_text(row))


def _write_beside(ax: Axes, number: float, text: str) -> None:
    ax.annotate(
        text,
        (1.0, number),
        (6, 0),
        xycoords=ax.get_yaxis_transform(),
        textcoords="offset points",
        fontsize="small",
        color=INK,
        va="center",
        annotation_clip=False,
    )


def _draw_stages(ax: Axes, timing: SignalTiming, n_rows: int) -> None:
    """Number of each stage over its green, and lines down from where it begins and ends."""
    spans = stage_spans(timing)
    ax.broken_barh(
        [(span.start_s, span.green_s) for span in spans],
        (STAGE_ROW - 0.36, 0.72),
        facecolors=PALE,
        zorder=2,
        gid="stages",
    )
    for span in spans:
        middle = span.start_s + span.green_s / 2.0
        ax.text(middle, STAGE_ROW, str(span.number), fontsize="small", ha="center", va="center", color=INK)
    edges = [at for span in spans for at in (span.start_s, span.start_s + span.green_s)]
    ax.vlines(edges, STAGE_ROW + 0.36, n_rows - 0.4, colors=GRAY, linewidths=0.6, linestyles=":", zorder=1)
    _write_beside(ax, STAGE_ROW, GREEN_TIMES)


def _draw_key(ax: Axes, rows: tuple[SignalRow, ...]) -> None:
    used = {span.shown for row in rows for span in row.spans}
    patches = []
    for shown in (shown for shown in Shown if shown in used):
        hollow = shown is Shown.PERMISSIVE
        patch = Patch(
            facecolor=PAPER if hollow else COLORS[shown],
            edgecolor=COLORS[shown] if hollow else GRAY,
            hatch=HATCH if hollow else None,
            linewidth=0.6,
            label=KEY[shown],
        )
        patches.append(patch)
    ax.legend(
        handles=patches,
        loc="upper left",
        bbox_to_anchor=(0.0, 0.0),
        ncols=len(patches),
        frameon=False,
        fontsize="small",
        borderpad=0.2,
    )

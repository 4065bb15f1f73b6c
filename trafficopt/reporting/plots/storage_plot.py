"""Queues over time against the road that is there for them."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from trafficopt.model.link_queues import LinkQueues
from trafficopt.reporting.plots.canvas import BLUE, GRAY, INK, PALE, RED, new_axes, short_label
from trafficopt.reporting.plots.clock_axis import show_time_of_day

WIDTH_IN, ROW_IN, REST_IN = 7.2, 0.62, 1.3
MOST_LINKS = 8
PITCH = 140.0  # percent from the line of one row to that of the next
ID_LENGTH = 20

BACK_OF_QUEUE = "Back of queue [% of its road]"
SPILLBACK = "no room for another vehicle"
QUEUE_ID, SPILLBACK_ID, FULL_ID = "queue", "spillback", "full"
"""Artist ids (gid), followed by a dash and the row, 0 at the top."""


def plot_storage(queues: LinkQueues, ax: Axes | None = None, *, most: int = MOST_LINKS) -> Axes:
    """Draw how far the queue before each stop line reaches back, over the time of day.

    A row for each link; at the top those that are full for longest, then the fullest. Its upper line is
    100 %: the link and those that alone lead there are full, and the queue stands in the way of others. Times
    without room for another vehicle are shaded.

    Parameters
    ----------
    queues
        What `link_queues` found.
    ax
        Axes to draw on; new ones on a figure of their own if None.
    most
        Rows at most.

    Returns
    -------
    matplotlib.axes.Axes
        Time of day to the right; 0 to 100 % of the road upward in each row.
    """
    most_share, full_time = queues.share.max(axis=1, initial=0.0), queues.full.mean(axis=1)
    order = np.lexsort((-most_share, -full_time))[:most].tolist()
    ax = new_axes(WIDTH_IN, REST_IN + ROW_IN * max(3, len(order))) if ax is None else ax
    for row, k in enumerate(order):
        _draw_row(ax, queues, k, row, PITCH * (len(order) - 1 - row))
    show_time_of_day(ax, float(queues.times_s[0]), float(queues.times_s[-1]))
    bases = [PITCH * (len(order) - 1 - row) for row in range(len(order))]
    ax.set_yticks([base + full for base in bases for full in (0.0, 100.0)], ["0", "100"] * len(order))
    ax.set_ylim(-8.0, PITCH * len(order) - 20.0)
    ax.set_ylabel(BACK_OF_QUEUE)
    ax.tick_params(axis="y", labelsize="small")
    ax.grid(axis="x", color=PALE, linewidth=0.5)
    ax.set_axisbelow(True)
    for spine in ("top", "right"):
        ax.spines[spine].set_visible(False)
    n_full = sum(bool(queues.full[k].any()) for k in order)
    ax.set_title(describe_spillback(n_full, len(order)), loc="left", fontsize=9.5)
    return ax


def describe_spillback(n_full: int, n: int) -> str:
    """Say how many of the links shown run full.

    Examples
    --------
    >>> describe_spillback(0, 3), describe_spillback(1, 3)
    ('none of 3 queues fills its road', '1 of 3 queues fills its road (shaded: no room for another vehicle)')
    """
    if n_full == 0:
        return f"none of {n} queues fills its road" if n > 1 else "the queue does not fill its road"
    told = f"{n_full} of {n} queues {'fills its' if n_full == 1 else 'fill their'} road"
    return f"{told if n > 1 else 'the queue fills its road'} (shaded: {SPILLBACK})"


def _draw_row(ax: Axes, queues: LinkQueues, k: int, row: int, base: float) -> None:
    name, percent = queues.links[k], base + 100.0 * queues.share[k]
    ax.axhline(base, color=GRAY, linewidth=0.6, zorder=2)
    ax.axhline(base + 100.0, color=INK, linewidth=0.9, linestyle="--", zorder=2, gid=f"{FULL_ID}-{row}")
    if spans := [(start, end - start) for start, end in queues.spillbacks(name)]:
        ax.broken_barh(
            spans,
            (base, 100.0),
            facecolors=RED,
            alpha=0.3,
            linewidth=0,
            zorder=1,
            gid=f"{SPILLBACK_ID}-{row}",
        )
    ax.fill_between(queues.times_s, base, percent, color=BLUE, alpha=0.3, linewidth=0, zorder=3)
    ax.plot(queues.times_s, percent, color=BLUE, linewidth=1.1, zorder=4, gid=f"{QUEUE_ID}-{row}")
    ax.text(
        1.01,
        base + 50.0,
        f"{short_label(name, ID_LENGTH)}\n{queues.storage_m[k]:.0f} m",
        transform=ax.get_yaxis_transform(),
        va="center",
        fontsize="small",
        color=INK,
        parse_math=False,
    )

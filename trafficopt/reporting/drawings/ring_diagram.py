"""The ring-and-barrier diagram of a timing, on axes."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes

from trafficopt.intersection import Intersection
from trafficopt.plan import SignalTiming
from trafficopt.reporting.drawings.ring_blocks import (
    REST,
    RING,
    RingBlock,
    RingTiming,
    change_times_s,
    clock_text,
    phase_names,
    ring_timing,
)
from trafficopt.reporting.drawings.signal_colors import ALL_RED, GREEN, PAPER, YELLOW
from trafficopt.reporting.drawings.signal_rows import title_of
from trafficopt.reporting.plots.canvas import GRAY, INK, PALE, new_axes, short_label
from trafficopt.reporting.words.wording import NOTHING, compact
from trafficopt.units import Seconds

TIME = "Time in the cycle [s]"
HEIGHT, STRIP, RED_STRIP = 0.8, 0.16, 0.05
"""Of a block, of the strip in it that shows green and yellow, and of the red at its end, in rings."""
STRIP_GID = "strip"
TITLE_LENGTH = 30


def plot_rings(
    intersection: Intersection,
    timing: SignalTiming,
    ax: Axes | None = None,
    *,
    names: Mapping[str, str] | None = None,
) -> Axes:
    """Draw a timing as two rings of NEMA phases between barriers.

    Each block has the number of its phase and its split: green, yellow and red, which the strip below
    shows. Double lines are barriers. The diagram begins with the road that the first stage serves.

    Parameters
    ----------
    ax
        Axes to draw on; new ones on a figure of their own if None.
    names
        Of movements, by their ids; words with the ids of links by default.

    Returns
    -------
    matplotlib.axes.Axes
        With time [s] to the right, labeled by the time from the first stage's green, and ring 1 above
        ring 2 at 1 and 2. Blocks have ids (gid): `phase-2`, and the
        parts of their strips `strip-2`.

    Raises
    ------
    InputError
        If the intersection has no NEMA phases, or the timing cannot be written as two rings.
    """
    found = ring_timing(intersection, timing)
    told = phase_names(intersection, found, names)
    ax = new_axes(7.0, 2.5 + 0.17 * len(told)) if ax is None else ax
    _frame(ax, intersection, timing, found)
    for ring, blocks in enumerate(found.rings, start=1):
        for block in blocks:
            _draw_block(ax, ring, block)
    for at_s in found.barriers_s:
        _draw_barrier(ax, at_s, timing.cycle_s)
    ax.annotate(
        "\n".join(told),
        (0.0, 0.0),
        (0, -8),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize="small",
        va="top",
        color=INK,
        linespacing=1.35,
        parse_math=False,
        annotation_clip=False,
    )
    return ax


def _frame(ax: Axes, intersection: Intersection, timing: SignalTiming, found: RingTiming) -> None:
    margin = 0.012 * timing.cycle_s
    ax.set_xlim(-margin, timing.cycle_s + margin)
    ax.set_ylim(2.5, 0.5)
    ax.set_yticks([1, 2], [RING.format(ring=ring) for ring in (1, 2)])
    times = change_times_s(found)
    ax.set_xticks(times, [clock_text(found, at_s) for at_s in times])
    ax.set_xlabel(TIME, fontsize="small")
    ax.xaxis.set_label_position("top")
    ax.tick_params(axis="x", top=True, labeltop=True, bottom=False, labelbottom=False)
    ax.tick_params(axis="y", length=0)
    ax.tick_params(labelsize="small", colors=INK)
    title = title_of(timing, short_label(intersection.id, TITLE_LENGTH))
    ax.set_title(title, loc="left", fontsize="medium", parse_math=False)
    for spine in ax.spines.values():
        spine.set_visible(False)


def _draw_block(ax: Axes, ring: int, block: RingBlock) -> None:
    rests = block.phase == REST
    ax.broken_barh(
        [(block.start_s, block.split_s)],
        (ring - HEIGHT / 2.0, HEIGHT),
        facecolors=PALE if rests else PAPER,
        edgecolors=GRAY,
        linewidth=0.8,
        zorder=1,
        gid=f"phase-{block.phase}",
    )
    middle = block.start_s + block.split_s / 2.0
    if rests:
        ax.text(middle, ring, NOTHING, ha="center", va="center", color=GRAY)
        return
    at_s = block.start_s
    parts = (
        (block.green_s, GREEN, STRIP),
        (block.yellow_s, YELLOW, STRIP),
        (block.red_s, ALL_RED, RED_STRIP),
    )
    for lasts_s, color, high in parts:
        ax.broken_barh(
            [(at_s, lasts_s)],
            (ring + HEIGHT / 2.0 - high, high),
            facecolors=color,
            zorder=2,
            gid=f"{STRIP_GID}-{block.phase}",
        )
        at_s += lasts_s
    number, split = (str(block.phase), f"{compact(round(block.split_s, 6))} s")
    ax.text(middle, ring - 0.17, number, ha="center", va="center", fontweight="bold", color=INK)
    ax.text(middle, ring + 0.08, split, ha="center", va="center", fontsize="small", color=INK)


def _draw_barrier(ax: Axes, at_s: Seconds, cycle_s: Seconds) -> None:
    """A double line through both rings."""
    half = 0.003 * cycle_s
    ax.vlines([at_s - half, at_s + half], 0.5, 2.5, colors=INK, linewidths=1.6, zorder=3, gid="barrier")

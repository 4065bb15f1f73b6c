"""Axes to draw on, and the colors that all plots share."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito (2008): told apart with every common color vision.
BLUE = "#0072b2"
ORANGE = "#d55e00"
RED = "#b3263a"
INK = "#333333"
GRAY = "#8a8a8a"
PALE = "#c9c9c9"

LABEL_LENGTH = 16


def new_axes(width_in: float, height_in: float) -> Axes:
    """Make axes on a figure of their own, outside pyplot, so that nothing keeps it alive."""
    return Figure(figsize=(width_in, height_in), layout="constrained").subplots()


def frame_points(ax: Axes) -> None:
    """Frame a plot of points: room around them, a pale grid, the legend above."""
    ax.margins(0.12)
    ax.grid(color=PALE, linewidth=0.5)
    ax.set_axisbelow(True)
    for spine in ("top", "right"):
        ax.spines[spine].set_visible(False)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False, fontsize="small")


def short_label(text: str, length: int = LABEL_LENGTH) -> str:
    """Shorten a long id in the middle, so that it fits beside a plot."""
    if len(text) <= length:
        return text
    keep = length // 2
    return f"{text[: keep - 1]}…{text[-keep:]}"


def spread_labels(positions: list[float], gap: float) -> list[float]:
    """Move ascending positions apart until neighbors are at least `gap` from each other."""
    placed: list[float] = []
    for position in positions:
        placed.append(max(position, placed[-1] + gap) if placed else position)
    overshoot = max(0.0, placed[-1] - positions[-1]) if placed else 0.0
    return [position - overshoot / 2 for position in placed]

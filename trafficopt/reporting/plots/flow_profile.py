"""Cyclic flow profile: what comes, waits and leaves at a stop line in each second of the cycle."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from trafficopt.model.cyclic_profile import CyclicProfile, cyclic_profile
from trafficopt.model.signal_model import SignalModel
from trafficopt.plan import TimingPlan
from trafficopt.reporting.plots.canvas import BLUE, INK, ORANGE, PALE, RED, new_axes, short_label
from trafficopt.reporting.plots.time_space import red_spans
from trafficopt.units import FloatArray, Seconds

SIZE_IN = (7.2, 3.6)
BAR_IN = 0.22  # height of a row of signal bars
ROWS_ABOVE = 0.8  # rows between the zero of the flows and the bars, and below them
ID_LENGTH = 24
GREEN = "#009e73"  # Okabe and Ito (2008)

TIME_IN_CYCLE = "Time in the cycle, from midnight on [s]"
FLOW, QUEUE = "Flow [veh/h]", "Queue [veh]"
ARRIVALS, DEPARTURES, WAITING = "arrivals", "departures", "queue (right axis)"
GREEN_BAR, RED_BAR = "green", "red or yellow"

ARRIVALS_ID, DEPARTURES_ID, QUEUE_ID, REDS_ID, GREENS_ID = "arrivals", "departures", "queue", "reds", "greens"
"""Artist ids (gid); those of bars are followed by a dash and the row, 0 at the top."""


def plot_flow_profile(model: SignalModel, plan: TimingPlan, name: str, ax: Axes | None = None) -> Axes:
    """Draw arrivals, departures and queue of an approach over one cycle, with the signal below.

    What is drawn is what the cyclic model of platoons computes, in the manner of TRANSYT (Robertson 1969):
    profiles that repeat themselves each cycle under the mean demand, of all lanes of a link or of those that
    a movement uses (`cyclic_profile`). Queues that random arrivals leave, or a demand beyond capacity, are
    not in it: such a demand is cut to what can be served, and the title says so.

    Parameters
    ----------
    model, plan
        The model of all signals, and the plan that it answers for.
    name
        Id of a link that leads to a stop line, or of a movement (`from->to`).
    ax
        Axes to draw on; new ones on a figure of their own if None. The queue has axes of its own over them.

    Returns
    -------
    matplotlib.axes.Axes
        Time in the cycle [s] to the right; flows [veh/h] upward.

    Raises
    ------
    InputError
        If no signal that the plan times has it, nobody drives there, or the plan does not fit the network.
    """
    profile = cyclic_profile(model, plan, name)
    n_bars = len(profile.greens)
    ax = new_axes(SIZE_IN[0], SIZE_IN[1] + BAR_IN * n_bars) if ax is None else ax
    seconds = np.arange(profile.cycle_s + 1, dtype=np.float64)
    come, leave = (_steps(flow) for flow in (profile.arrivals_veh_h, profile.departures_veh_h))
    ax.fill_between(seconds, come, step="post", color=BLUE, alpha=0.25, linewidth=0, zorder=1)
    ax.step(seconds, come, where="post", color=BLUE, linewidth=1.2, zorder=2, gid=ARRIVALS_ID)
    ax.step(seconds, leave, where="post", color=ORANGE, linewidth=1.6, zorder=3, gid=DEPARTURES_ID)
    queue_ax = ax.twinx()
    around = np.concatenate([profile.queue_veh[-1:], profile.queue_veh])
    queue_ax.plot(seconds, around, color=INK, linewidth=1.2, linestyle="--", zorder=4, gid=QUEUE_ID)
    share = BAR_IN * (n_bars + ROWS_ABOVE) / (SIZE_IN[1] + BAR_IN * n_bars)
    _frame(ax, queue_ax, profile, share)
    _draw_bars(ax, profile)
    _draw_legend(ax)
    ax.set_title(
        f"{short_label(name, ID_LENGTH)}, plan {plan.name}\n{describe_profile(profile)}",
        loc="left",
        parse_math=False,
        fontsize=9.5,
        pad=22,
    )
    return ax


def describe_profile(profile: CyclicProfile) -> str:
    """Say how much comes, what waits on average, and what part of the demand is left out."""
    queue = f"queue {profile.uniform_delay_veh_s_s:.1f} veh on average, {profile.queue_veh.max():.1f} at most"
    told = f"{profile.arrivals_veh_h.mean():.0f} veh/h; {queue}"
    if profile.served_share < 1.0:
        told += f"; beyond capacity: {100 * profile.served_share:.0f} % of the demand is shown"
    return told


def _steps(values: FloatArray) -> FloatArray:
    """Values of seconds as those at their begins, and at the end of the last."""
    return np.concatenate([values, values[-1:]])


def _frame(ax: Axes, queue_ax: Axes, profile: CyclicProfile, below: float) -> None:
    """Axes whose zeros are level, with room for the signal below them."""
    tops = (
        (ax, max(profile.arrivals_veh_h.max(), profile.departures_veh_h.max(), 1.0)),
        (queue_ax, max(float(profile.queue_veh.max()), 1.0)),
    )
    for each, top in tops:
        high = 1.08 * top
        each.set_ylim(-high * below / (1.0 - below), high)
        ticks = [tick for tick in each.get_yticks().tolist() if 0.0 <= tick <= high]
        each.set_yticks(ticks)
        each.spines["top"].set_visible(False)
    ax.set_xlim(0.0, profile.cycle_s)
    ax.set_xlabel(TIME_IN_CYCLE)
    ax.set_ylabel(FLOW)
    queue_ax.set_ylabel(QUEUE)
    ax.axhline(0.0, color=INK, linewidth=0.8, zorder=4)
    ax.grid(axis="x", color=PALE, linewidth=0.5)
    ax.set_axisbelow(True)


def _draw_bars(ax: Axes, profile: CyclicProfile) -> None:
    """Red of each movement as a thick bar and green as a thin one, with its name in the row."""
    low, _ = ax.get_ylim()
    row = -low / (len(profile.greens) + ROWS_ABOVE)
    for k, (name, windows) in enumerate(profile.greens.items()):
        base = -row * (k + 0.6 + ROWS_ABOVE)
        reds = red_spans(windows, float(profile.cycle_s), float(profile.cycle_s))
        ax.broken_barh(reds, (base, 0.8 * row), facecolors=RED, linewidth=0, zorder=2, gid=f"{REDS_ID}-{k}")
        greens = _within(windows, float(profile.cycle_s))
        bar = (base + 0.3 * row, 0.2 * row)
        ax.broken_barh(greens, bar, facecolors=GREEN, linewidth=0, zorder=2, gid=f"{GREENS_ID}-{k}")
        ax.text(
            1.01,
            base + 0.4 * row,
            short_label(name, ID_LENGTH),
            transform=ax.get_yaxis_transform(),
            va="center_baseline",
            fontsize=7.5,
            color=INK,
            parse_math=False,
        )


def _within(windows: tuple[tuple[Seconds, Seconds], ...], cycle_s: Seconds) -> list[tuple[Seconds, Seconds]]:
    """Greens as parts of one cycle; one that passes its end comes again at its begin."""
    parts = [(start, min(length, cycle_s - start)) for start, length in windows if start < cycle_s]
    return parts + [(0.0, start + length - cycle_s) for start, length in windows if start + length > cycle_s]


def _draw_legend(ax: Axes) -> None:
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=BLUE, linewidth=1.2, label=ARRIVALS),
        Line2D([], [], color=ORANGE, linewidth=1.6, label=DEPARTURES),
        Line2D([], [], color=INK, linewidth=1.2, linestyle="--", label=WAITING),
        Line2D([], [], color=GREEN, linewidth=2.0, label=GREEN_BAR),
        Patch(color=RED, label=RED_BAR),
    ]
    ax.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=5,
        frameon=False,
        fontsize=8,
        handlelength=1.6,
        columnspacing=1.2,
        borderpad=0.2,
    )

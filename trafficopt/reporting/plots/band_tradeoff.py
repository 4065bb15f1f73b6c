"""Plot of bands against delay: what each choice of offsets has of both."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from trafficopt.evaluation import HEADLINE, Evaluation
from trafficopt.model.wave_design import WaveChoice, WaveDesign
from trafficopt.reporting.plots.canvas import BLUE, INK, ORANGE, PALE, RED, frame_points, new_axes

SIZE_IN = (6.4, 4.2)


def plot_band_tradeoff(
    design: WaveDesign,
    chosen: WaveChoice | None = None,
    judged: Sequence[tuple[WaveChoice, Evaluation]] = (),
    ax: Axes | None = None,
) -> Axes:
    """Draw mean delay over bands, for each choice of offsets and for those that were there before.

    Parameters
    ----------
    chosen
        The choice to mark.
    judged
        Choices with what SUMO showed of them; the lines reach from the best to the worst seed.
    ax
        Axes to draw on; new ones on a figure of their own if None.

    Returns
    -------
    matplotlib.axes.Axes
        Bands as a share of what greens allow [%] to the right, delay [s/veh] upward.
    """
    ax = new_axes(*SIZE_IN) if ax is None else ax
    bands = [100.0 * choice.band for choice in design.choices]
    delays_s = [choice.delay_s for choice in design.choices]
    ax.plot(bands, delays_s, color=PALE, linewidth=1.2, zorder=1)
    ax.scatter(bands, delays_s, color=BLUE, s=36, zorder=3, label="offsets found, queue model")
    given = design.given
    before = [100.0 * given.band], [given.delay_s]
    ax.scatter(*before, color=ORANGE, marker="s", s=40, zorder=3, label="offsets as given")
    if chosen is not None:
        at = [100.0 * chosen.band], [chosen.delay_s]
        ax.scatter(*at, facecolors="none", edgecolors=INK, s=130, zorder=2, label="chosen")
    for number, (choice, evaluation) in enumerate(judged):
        values = evaluation.values(HEADLINE)
        ax.vlines(100.0 * choice.band, min(values), max(values), color=RED, linewidth=1.0, zorder=2)
        mean, label = evaluation.mean(HEADLINE), "SUMO, all seeds" if number == 0 else None
        ax.scatter([100.0 * choice.band], [mean], color=RED, marker="D", s=26, zorder=3, label=label)
    ax.set_xlabel("Bands of the arterials, of what greens allow [%]")
    ax.set_ylabel("Mean delay of all vehicles [s]")
    frame_points(ax)
    return ax

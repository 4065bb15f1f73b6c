"""Colors of a map's values, in steps that can be told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from trafficopt.units import FloatArray

COLORS, CHANGE_COLORS = "YlOrRd", "RdBu_r"
N_STEPS, N_STEPS_A_SIDE = 9, 5

Beyond = Literal["neither", "min", "max", "both"]
BEYOND: dict[tuple[bool, bool], Beyond] = {
    (False, False): "neither",
    (True, False): "min",
    (False, True): "max",
    (True, True): "both",
}
"""Which ends have a color of their own for values beyond, by whether the lower and the upper end is given."""


@dataclass(frozen=True, slots=True)
class ColorScale:
    """Steps of colors.

    Attributes
    ----------
    bounds
        Ascending ends of the steps, shape (n_steps + 1,).
    colors
        Name of the color map.
    beyond
        Which ends have a color of their own for values beyond.
    center
        Where changes are zero; None unless the values are changes.
    """

    bounds: FloatArray
    colors: str
    beyond: Beyond
    center: float | None

    @property
    def norm(self) -> BoundaryNorm:
        """Steps as matplotlib has them."""
        return BoundaryNorm(self.bounds, 256, extend=self.beyond)

    def strength(self, value: float) -> float:
        """Distance from the weakest color."""
        return value if self.center is None else abs(value - self.center)


def color_scale(
    values: Sequence[float], vmin: float | None, vmax: float | None, center: float | None
) -> ColorScale:
    """Choose round steps from `vmin` to `vmax`, or as far below `center` as above it.

    Parameters
    ----------
    values
        Finite ones.
    vmin, vmax
        Ends; by default zero, or the least value if that is below zero, and the largest value.
    center
        Of values that are changes.

    Examples
    --------
    >>> color_scale([3.0, 41.0], None, None, None).bounds.tolist()
    [0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0, 45.0]
    >>> color_scale([-7.0, 2.0], None, None, 0.0).bounds.tolist()
    [-8.0, -6.0, -4.0, -2.0, 0.0, 2.0, 4.0, 6.0, 8.0]
    """
    if center is None:
        low = min([0.0, *values]) if vmin is None else vmin
        top = vmax or max(values, default=0.0)
        bounds = _round_steps(low, top if top > low else low + 1.0, N_STEPS)
        return ColorScale(bounds, COLORS, BEYOND[vmin is not None, bool(vmax)], None)
    given = [end for end in (vmin, vmax) if end is not None]
    half = max((abs(value - center) for value in given or values), default=0.0) or 1.0
    steps = _round_steps(0.0, half, N_STEPS_A_SIDE)
    bounds = np.concatenate([center - steps[:0:-1], center + steps])
    return ColorScale(bounds, CHANGE_COLORS, BEYOND[bool(given), bool(given)], center)


def _round_steps(low: float, top: float, most: int) -> FloatArray:
    return np.asarray(MaxNLocator(nbins=most, steps=[1, 2, 5, 10]).tick_values(low, top), dtype=np.float64)


def draw_color_bar(ax: Axes, scale: ColorScale, label: str) -> None:
    """Explain the colors below the axes."""
    figure = ax.get_figure(root=True)
    if isinstance(figure, Figure):
        shown = ScalarMappable(scale.norm, scale.colors)
        bar = figure.colorbar(shown, ax=ax, orientation="horizontal", shrink=0.8, aspect=32, pad=0.03)
        bar.set_label(label)

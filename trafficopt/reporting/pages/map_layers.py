"""What the map of a report can show of each intersection: layers with their colors and texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex
from matplotlib.ticker import MaxNLocator

from trafficopt.diagnosis.diagnose import Point
from trafficopt.phrase import Phrase
from trafficopt.reporting.pages.side import Side
from trafficopt.reporting.words.wording import compact, number, signed

FEW_SIGNALS = 20
LOSS, CHANGE = "YlOrRd", "RdBu_r"
OUT = "#ffffff"
N_STEPS = 8
DELAY = Phrase("Delay in SUMO [s/veh]", "SUMO 延误 [s/辆]")
SATURATION = Phrase("Critical degree of saturation (HCM)", "关键饱和度（HCM）")
GREEN_USE = Phrase("Green use (HCM) [%]", "绿灯利用率（HCM）[%]")
LOST = Phrase("Time lost (queue model) [veh⋅h]", "损失时间（排队模型）[车·时]")
CYCLE = Phrase("Cycle [s]", "周期 [s]")
CHANGED = Phrase("Change of the delay in SUMO [s/veh]", "SUMO 延误变化 [s/辆]")


@dataclass(frozen=True, slots=True)
class MapLayer:
    """Colors of intersections by one measure.

    Attributes
    ----------
    name
        Measure, unit and plan.
    colors, texts
        By intersection id; one without a value is in neither.
    legend
        Color and words of each step, from the least on.
    """

    name: Phrase
    colors: Mapping[str, str]
    texts: Mapping[str, str]
    legend: tuple[tuple[str, str], ...]


def map_layers(sides: Sequence[Side]) -> list[MapLayer]:
    """Layers of one plan, or of two with what changes; those of one measure have one scale."""
    layers = _on_one_scale(DELAY, sides, [side.delays_s() for side in sides], number)
    if len(sides) > 1:
        layers.append(_changes(*(side.delays_s() for side in sides)))
    if all(side.diagnosis for side in sides):
        for name, figure, written in (
            (SATURATION, lambda p: p.figures.critical_saturation, lambda v: number(v, 2)),
            (GREEN_USE, lambda p: 100.0 * p.figures.green_use, lambda v: number(v, 0)),
            (LOST, lambda p: p.figures.delay_veh_h, number),
        ):
            layers += _on_one_scale(name, sides, [_figures(side, figure) for side in sides], written)
    cycles = [{key: side.plan[key].cycle_s for key in side.plan} for side in sides]
    return layers + _on_one_scale(CYCLE, sides, cycles, compact)


def _figures(side: Side, figure: Callable[[Point], float]) -> dict[str, float]:
    found = {key: figure(point) for key, point in side.points().items()}
    return {key: value for key, value in found.items() if np.isfinite(value)}


def _on_one_scale(
    name: Phrase,
    sides: Sequence[Side],
    values: Sequence[Mapping[str, float]],
    written: Callable[[float], str],
) -> list[MapLayer]:
    """A layer for each plan; the last step has all beyond the scale's end."""
    every = [value for of_plan in values for value in of_plan.values()]
    if not every:
        return []
    low = 0.0 if min(every) < 0.5 * max(every) else min(every)
    bounds = _steps(low, scale_end(every))
    shades = _shades(LOSS, len(bounds))
    ends = [f"{written(a)} – {written(b)}" for a, b in pairwise(bounds)]
    legend = tuple(zip(shades, [*ends, f"> {written(bounds[-1])}"], strict=True))
    return [
        MapLayer(
            Phrase(f"{name.en}, {_lower(side.name.en)}", f"{name.zh}，{side.name.chinese}"),
            {key: shades[_step(value, bounds)] for key, value in of_plan.items()},
            {key: written(value) for key, value in of_plan.items()},
            legend if max(every) > bounds[-1] else legend[:-1],
        )
        for side, of_plan in zip(sides, values, strict=True)
    ]


def _changes(before: Mapping[str, float], after: Mapping[str, float]) -> MapLayer:
    """What changes, blue where it falls and red where it rises."""
    changes = {key: after[key] - before[key] for key in before if key in after}
    top = scale_end([abs(value) for value in changes.values()] or [1.0])
    bounds = [-top, -top / 2, -top / 10, top / 10, top / 2, top]
    shades = _shades(CHANGE, len(bounds) + 1)
    ends = [f"{signed(a)} – {signed(b)}" for a, b in pairwise(bounds)]
    words = [f"< {signed(bounds[0])}", *ends, f"> {signed(bounds[-1])}"]
    return MapLayer(
        CHANGED,
        {key: shades[int(np.searchsorted(bounds, value))] for key, value in changes.items()},
        {key: signed(value) for key, value in changes.items()},
        tuple(zip(shades, words, strict=True)),
    )


def scale_end(values: Sequence[float]) -> float:
    """End of a color scale: the largest value; in a city the 95th percentile, so that the rest is not pale.

    Examples
    --------
    >>> scale_end([31.0, 12.0])
    31.0
    """
    return float(np.max(values) if len(values) <= 2 * FEW_SIGNALS else np.percentile(values, 95))


def _steps(low: float, high: float) -> list[float]:
    """Round limits of the steps between two values."""
    if high <= low:
        high = low + 1.0
    return [float(v) for v in MaxNLocator(nbins=N_STEPS, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)]


def _step(value: float, bounds: Sequence[float]) -> int:
    return min(max(int(np.searchsorted(bounds, value, side="right")) - 1, 0), len(bounds) - 1)


def _shades(name: str, n: int) -> list[str]:
    return [to_hex(colormaps[name](x)) for x in np.linspace(0.05, 0.95, n)]


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]

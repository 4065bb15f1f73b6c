"""What a diagram of bands says in words: signals and links beside it, and its title."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from trafficopt.model.arterial_ways import Direction
from trafficopt.model.band_plan import BandPlan
from trafficopt.reporting.plots.band_shapes import NARROWEST_S, Part
from trafficopt.reporting.plots.canvas import short_label
from trafficopt.reporting.plots.label_columns import Column, LabelColumns, draw_columns
from trafficopt.reporting.plots.time_space import COLORS
from trafficopt.units import KM_H_PER_M_S, FloatArray, Seconds

Parts = Mapping[Direction, Sequence[Part]]

NAME_LENGTH, TITLE_LENGTH = 24, 40
MARKERS = {Direction.OUTBOUND: ("^", ">"), Direction.INBOUND: ("v", "<")}
"""Of signals that limit a band, pointing as it is driven: distance upward, distance to the right."""


def label_signals_and_links(
    ax: Axes, plan: BandPlan, positions_m: FloatArray, parts: Parts, *, above: bool
) -> LabelColumns:
    """Write each signal with its offset and each link with its speed and its band beside the diagram.

    Parameters
    ----------
    positions_m
        Of the stop lines, shape (n,).
    above
        Labels stand above the axes, not at their right.
    """
    n = len(positions_m)
    places = np.zeros(2 * n - 1)
    places[::2], places[1::2] = positions_m, (positions_m[:-1] + positions_m[1:]) / 2.0
    limiting = {direction: limits(plan, direction) for direction in Direction}
    bold = frozenset(2 * i for i in frozenset().union(*limiting.values()))
    columns = [
        Column(
            ("", ""),
            [(2 * i, MARKERS[direction][above]) for i in sorted(limiting[direction])],
            "left",
            marker_color=COLORS[direction],
        )
        for direction in Direction
    ]
    names = [(2 * i, short_label(name, NAME_LENGTH)) for i, name in enumerate(plan.corridor.names)]
    offsets = [
        (2 * i, f"{round(at_s, 1) % plan.cycle_s:.1f}") for i, at_s in enumerate(plan.offset_s.tolist())
    ]
    columns += [
        Column(("Signal", ""), names, "left", bold),
        Column(("Offset", "[s]"), offsets, "right", bold),
    ]
    if n > 1:
        columns += _link_columns(plan, parts)
    return draw_columns(ax, columns, places, leading=range(0, 2 * n, 2), above=above)


def limits(plan: BandPlan, direction: Direction) -> frozenset[int]:
    """Signals that limit the band from end to end of one direction; none where there is no such band."""
    return plan.limits(direction) if plan.band(direction).width_s > NARROWEST_S else frozenset()


def describe(plan: BandPlan, parts: Parts) -> str:
    """Say what is drawn and how wide the bands are."""
    alone = ", one way" if plan.one_way else ""
    name = short_label(plan.corridor.name, TITLE_LENGTH)
    lines = [f"{name}: {plan.model}{alone}, cycle {plan.cycle_s:.4g} s"]
    for direction in Direction:
        width_s = plan.band(direction).width_s
        said = f"{width_s:.1f} s ({100 * width_s / plan.cycle_s:.0f} % of the cycle)"
        if width_s <= NARROWEST_S:
            said = "none from end to end"
            if found := [part.band.width_s for part in parts[direction]]:
                n_links = len(plan.corridor.links)
                said += f"; {len(found)} of {n_links} links {min(found):.1f} to {max(found):.1f} s"
        lines.append(f"band {direction} {said}")
    return "\n".join(lines)


def _link_columns(plan: BandPlan, parts: Parts) -> list[Column]:
    """Speeds, or travel times where no length is known, and bands of links, outbound / inbound."""
    links = plan.corridor.links
    with_speeds = any(link.length_m for link in links)
    rows = []
    for k, link in enumerate(links):
        travel_s = (link.travel_out_s[0], link.travel_in_s[0])
        told = (
            [_speed(link.length_m, each) for each in travel_s]
            if with_speeds
            else [f"{t:.1f}" for t in travel_s]
        )
        rows.append((2 * k + 1, " / ".join(told)))
    head = "Speed [km/h]" if with_speeds else "Travel [s]"
    columns = [Column((head, "out / in"), rows, "center")]
    if plan.link_band_out_s.size:
        both = [_link_bands(plan, direction, parts[direction]) for direction in Direction]
        rows = [(2 * k + 1, " / ".join(pair)) for k, pair in enumerate(zip(*both, strict=True))]
        columns.append(Column(("Link band [s]", "out / in"), rows, "center"))
    return columns


def _speed(length_m: float | None, travel_s: Seconds) -> str:
    return f"{KM_H_PER_M_S * length_m / travel_s:.0f}" if length_m and travel_s > 0.0 else "–"


def _link_bands(plan: BandPlan, direction: Direction, parts: Sequence[Part]) -> list[str]:
    """Band of each link: as wide as it is drawn or, where one runs from end to end, the model's own."""
    outbound = direction is Direction.OUTBOUND
    widths_s = (plan.link_band_out_s if outbound else plan.link_band_in_s).tolist()
    if plan.band(direction).width_s <= NARROWEST_S:
        drawn = {part.first: part.band.width_s for part in parts}
        widths_s = [drawn.get(k, 0.0) for k in range(len(widths_s))]
    broken = plan.broken_out if outbound else plan.broken_in
    return ["breaks" if k in broken else f"{width_s:.1f}" for k, width_s in enumerate(widths_s)]

"""Bands of a corridor as a text for people and as an object for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite
from textwrap import fill

from trafficopt.model.arterial_ways import Direction
from trafficopt.model.band_plan import BandPlan, advice, grade
from trafficopt.units import Seconds, SecondsArray

WORTH_TELLING_S = 0.05
OFFSETS = "Times in s; an offset is when the signal's plan starts"
SLACK = ", earlier and later how far it may be moved while all keep within theirs"
LIMITS = ". limits: whose green begins or ends at an edge of the band."
BY_LINK = " band out, band in: the model's band of each link, about a line through all signals."
SOURCE = "grade after an unverified table"
KM_H = 3.6  # in 1 m/s


def band_object(plan: BandPlan) -> dict[str, object]:
    """The plan by names, in numbers and lists that JSON knows; None is what the model does not have."""
    out, back = (plan.band(direction) for direction in Direction)
    names, links = plan.corridor.names, plan.corridor.links
    limits = [sorted(plan.limits(direction)) for direction in Direction]
    return {
        "name": plan.corridor.name,
        "model": str(plan.model),
        "cycle_s": _figure(plan.cycle_s),
        "signals": list(names),
        "offsets_s": [_figure(round(offset, 6) % plan.cycle_s) for offset in plan.offset_s.tolist()],
        "patterns": [int(index) for index in plan.pattern],
        "slack_s": [_figures(pair) for pair in plan.slack_s],
        "band_out_s": _figure(out.width_s),
        "band_in_s": _figure(back.width_s),
        "band_out_start_s": _figure(out.start_s),
        "band_in_start_s": _figure(back.start_s),
        "efficiency": _figure(plan.efficiency),
        "efficiency_grade": grade(plan.efficiency),
        "attainability": _figure(plan.attainability),
        "attainability_advice": advice(plan.attainability),
        "one_way": None if plan.one_way is None else str(plan.one_way),
        "one_way_best_s": _figure(plan.one_way_best_s),
        "limiting": list(plan.limiting),
        "limiting_out": [names[i] for i in limits[0]],
        "limiting_in": [names[i] for i in limits[1]],
        "value_s": _figure(plan.value_s),
        "bound_s": _figure(plan.bound_s),
        "link_bands_out_s": _figures(plan.link_band_out_s) if plan.link_band_out_s.size else None,
        "link_bands_in_s": _figures(plan.link_band_in_s) if plan.link_band_in_s.size else None,
        "broken_out": [[names[link], names[link + 1]] for link in plan.broken_out],
        "broken_in": [[names[link + 1], names[link]] for link in plan.broken_in],
        "travel_out_s": _figures(link.travel_out_s[0] for link in links),
        "travel_in_s": _figures(link.travel_in_s[0] for link in links),
        "message": plan.message,
    }


def band_text(plan: BandPlan) -> str:
    """Bands, grades, a table of signals with the links between them, and what the user should know."""
    lines = [f"{plan.corridor.name}: {plan.model}, cycle {plan.cycle_s:.1f} s", ""]
    lines += [_band_line(plan, direction) for direction in Direction]
    lines += [
        f"Efficiency    {100.0 * plan.efficiency:5.1f} %, {grade(plan.efficiency)} ({SOURCE})",
        f"Attainability {100.0 * plan.attainability:5.1f} %, {advice(plan.attainability)} ({SOURCE})",
    ]
    by_link = plan.link_band_out_s.size > 0
    note = OFFSETS + ("" if by_link else SLACK) + LIMITS + (BY_LINK if by_link else "")
    lines += [*_value_lines(plan), "", *_table(plan), "", _wrapped(note)]
    if plan.message:
        lines += ["", _wrapped(plan.message)]
    return "\n".join(lines)


def _figure(value: Seconds) -> float | None:
    """A plain number; None for what is not finite: JSON has none."""
    return round(float(value), 6) + 0.0 if isfinite(value) else None


def _figures(values: Iterable[Seconds] | SecondsArray) -> list[float | None]:
    return [_figure(value) for value in values]


def _wrapped(text: str) -> str:
    return fill(text, 110, break_on_hyphens=False)


def _band_line(plan: BandPlan, direction: Direction) -> str:
    """Width of a band, and where it begins."""
    band = plan.band(direction)
    first = plan.corridor.names[0 if direction is Direction.OUTBOUND else -1]
    share = 100.0 * band.width_s / plan.cycle_s
    line = f"{direction.capitalize() + ' band':<13} {band.width_s:5.1f} s, {share:4.1f} % of the cycle"
    if band.width_s < WORTH_TELLING_S:
        return f"{line}: none through all signals"
    return f"{line}; passes {first} from {band.start_s:.1f} s on"


def _value_lines(plan: BandPlan) -> list[str]:
    """Value of bands by link, and how much better another plan could be."""
    more = f"no plan exceeds {plan.bound_s:.1f} s"
    is_open = plan.bound_s > plan.value_s + WORTH_TELLING_S
    if plan.link_band_out_s.size:
        less = ", less the price of breaks" if plan.broken_out or plan.broken_in else ""
        said = f"Bands by link {plan.value_s:5.1f} s a link, both ways together, weighted{less}"
        return [f"{said}; {more}" if is_open else said]
    return [f"Both bands together: {more}"] if is_open else []


def _table(plan: BandPlan) -> list[str]:
    """A row for each signal, and between them one for each link."""
    by_link = plan.link_band_out_s.size > 0
    choosing = any(len(signal.patterns) > 1 for signal in plan.corridor.signals)
    of_signal = {"offset": True, "earlier": not by_link, "later": not by_link, "pattern": choosing}
    heads = [head for head, shown in of_signal.items() if shown] + ["limits", "travel out", "travel in"]
    if any(link.length_m for link in plan.corridor.links):
        heads += ["km/h out", "km/h in"]
    heads += ["band out", "band in"] if by_link else []
    limits = [plan.limits(direction) for direction in Direction]
    rows: list[tuple[str, dict[str, str]]] = []
    for i, signal in enumerate(plan.corridor.signals):
        if i:
            rows.append(("|", _link_cells(plan, i - 1)))
        n = len(signal.patterns)
        cells = {
            "offset": f"{round(float(plan.offset_s[i]), 1) % plan.cycle_s:.1f}",
            "earlier": _signed(plan.slack_s[i, 0]),
            "later": _signed(plan.slack_s[i, 1]),
            "pattern": f"{plan.pattern[i] + 1} of {n}" if n > 1 else "",
            "limits": ", ".join(way for way, found in zip(("out", "in"), limits, strict=True) if i in found),
        }
        rows.append((signal.name, cells))
    return _aligned(
        ["signal", *heads], [[name, *(cells.get(head, "") for head in heads)] for name, cells in rows]
    )


def _link_cells(plan: BandPlan, link: int) -> dict[str, str]:
    """Travel times of a link, and its bands where it has some of its own."""
    this = plan.corridor.links[link]
    cells = {}
    for way, (travel_s, _) in (("out", this.travel_out_s), ("in", this.travel_in_s)):
        cells[f"travel {way}"] = f"{travel_s:.1f}"
        if this.length_m and travel_s > 0.0:
            cells[f"km/h {way}"] = f"{KM_H * this.length_m / travel_s:.1f}"
    if plan.link_band_out_s.size:
        cells["band out"] = "breaks" if link in plan.broken_out else f"{plan.link_band_out_s[link]:.1f}"
        cells["band in"] = "breaks" if link in plan.broken_in else f"{plan.link_band_in_s[link]:.1f}"
    return cells


def _signed(seconds: Seconds) -> str:
    """A shift with its sign; 0 has none."""
    tenths = round(float(seconds), 1)
    return f"{tenths:+.1f}" if tenths else "0.0"


def _aligned(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns side by side: the first one to the left, others to the right."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in [heads, *rows]
    ]

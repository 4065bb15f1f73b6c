"""The ring-and-barrier diagram as lean SVG text for a page."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup, escape

from trafficopt.errors import InputError
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
from trafficopt.reporting.drawings.signal_svg_text import number, text_width
from trafficopt.reporting.plots.canvas import GRAY, INK, PALE
from trafficopt.reporting.words.wording import NOTHING, compact

LABEL = "Ring-and-barrier diagram of NEMA phases"

# In px.
CYCLE_PX = 420.0
TEXT, SMALL, BIG = 11.0, 10.0, 13.0
LEFT, GAP, LINE = 46.0, 8.0, 14.0
TITLE_DOWN, TICKS_DOWN, RINGS_DOWN = 12.0, 29.0, 35.0
RING_HIGH, BETWEEN_RINGS, SPLIT_DOWN = 38.0, 6.0, 26.0
STRIP_HIGH, RED_HIGH = 7.0, 2.5


def rings_svg(
    intersection: Intersection,
    timing: SignalTiming,
    key: str,
    *,
    names: Mapping[str, str] | None = None,
    label: str = LABEL,
) -> Markup | None:
    """Give the diagram of `plot_rings` as an `<svg>` element; None where there are no such rings.

    Parameters
    ----------
    key
        Unique within the page; the id of the element.
    names
        Of movements, by their ids; words with the ids of links by default.
    label
        What it shows, for those who cannot see it.
    """
    try:
        found = ring_timing(intersection, timing)
    except InputError:
        return None
    lines = phase_names(intersection, found, names)
    per_s = CYCLE_PX / timing.cycle_s
    bottom = RINGS_DOWN + 2.0 * RING_HIGH + BETWEEN_RINGS
    width = max(LEFT + CYCLE_PX + 2.0 * GAP, *(LEFT + text_width(line, SMALL) for line in lines))
    drawn = _frame(found, timing, per_s)
    drawn += "".join(_block(block, ring, per_s) for ring in (0, 1) for block in found.rings[ring])
    drawn += _barriers(found, per_s, bottom)
    for k, line in enumerate(lines, start=1):
        drawn += f'<text x="{LEFT:g}" y="{number(bottom + k * LINE)}">{escape(line)}</text>'
    return Markup(
        f'<svg id="{key}" viewBox="0 0 {number(width)} {number(bottom + len(lines) * LINE + 5.0)}" '
        f'style="max-width:{1.2 * width:.0f}px" role="img" aria-label="{escape(label)}" '
        f'fill="{INK}" font-size="{SMALL:g}">{drawn}</svg>'
    )


def _frame(found: RingTiming, timing: SignalTiming, per_s: float) -> str:
    """Title, times of changes above, names of the rings."""
    seconds = "".join(
        f'<text x="{number(LEFT + per_s * at_s)}" y="{TICKS_DOWN:g}">{clock_text(found, at_s)}</text>'
        for at_s in change_times_s(found)
    )
    rings = "".join(
        f'<text x="{LEFT - GAP:g}" y="{number(_top(ring) + RING_HIGH / 2.0 + 0.35 * SMALL)}" '
        f'text-anchor="end">{RING.format(ring=ring + 1)}</text>'
        for ring in (0, 1)
    )
    return (
        f'<text x="{LEFT:g}" y="{TITLE_DOWN:g}" font-size="{TEXT:g}">{title_of(timing)}</text>'
        f'<g text-anchor="middle">{seconds}</g>{rings}'
    )


def _top(ring: int) -> float:
    return RINGS_DOWN + ring * (RING_HIGH + BETWEEN_RINGS)


def _block(block: RingBlock, ring: int, per_s: float) -> str:
    """Box of a phase with its number, its split, and a strip of green, yellow and red."""
    x, top = LEFT + per_s * block.start_s, _top(ring)
    down = number(top + RING_HIGH / 2.0)
    box = (
        f'<rect x="{number(x)}" y="{number(top)}" width="{number(per_s * block.split_s)}" '
        f'height="{RING_HIGH:g}" fill="{PALE if block.phase == REST else PAPER}" stroke="{GRAY}"/>'
    )
    middle = number(x + per_s * block.split_s / 2.0)
    if block.phase == REST:
        return f'{box}<text x="{middle}" y="{down}" text-anchor="middle">{NOTHING}</text>'
    strip = ""
    parts = (
        (block.green_s, GREEN, STRIP_HIGH),
        (block.yellow_s, YELLOW, STRIP_HIGH),
        (block.red_s, ALL_RED, RED_HIGH),
    )
    for lasts_s, color, high in parts:
        if lasts_s > 0.0:
            width = number(per_s * lasts_s)
            start = f"M{number(x)} {number(top + RING_HIGH - high)}"
            strip += f'<path fill="{color}" d="{start}h{width}v{high:g}h-{width}z"/>'
            x += per_s * lasts_s
    return (
        f'{box}{strip}<g text-anchor="middle"><text x="{middle}" y="{number(top + BIG)}" '
        f'font-size="{BIG:g}" font-weight="bold">{block.phase}</text>'
        f'<text x="{middle}" y="{number(top + SPLIT_DOWN)}">{compact(round(block.split_s, 6))} s</text></g>'
    )


def _barriers(found: RingTiming, per_s: float, bottom: float) -> str:
    """Double lines through both rings."""
    data = "".join(
        f"M{number(LEFT + per_s * at_s + aside)} {RINGS_DOWN - 3.0:g}V{number(bottom + 3.0)}"
        for at_s in found.barriers_s
        for aside in (-1.5, 1.5)
    )
    return f'<path data-shown="barriers" stroke="{INK}" stroke-width="1.5" d="{data}"/>' if data else ""

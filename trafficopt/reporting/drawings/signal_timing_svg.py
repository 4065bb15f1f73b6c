"""The signal timing diagram as lean SVG text for a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from markupsafe import Markup, escape

from trafficopt.intersection import Intersection
from trafficopt.plan import SignalTiming
from trafficopt.reporting.drawings.signal_colors import ALL_RED, GREEN, PAPER, PERMISSIVE, YELLOW
from trafficopt.reporting.drawings.signal_rows import (
    Shown,
    SignalRow,
    signal_rows,
    stage_spans,
    ticks_of,
    times_text,
    title_of,
)
from trafficopt.reporting.drawings.signal_svg_text import number, text_width, wrapped
from trafficopt.reporting.plots.canvas import GRAY, INK, PALE
from trafficopt.reporting.words.drawing_words import in_chinese
from trafficopt.reporting.words.wording import compact
from trafficopt.units import Seconds

LABEL = "Signal timing diagram: what each movement and crossing shows over one cycle"

# In px.
CYCLE_PX = 420.0
TEXT, SMALL = 11.0, 10.0
LINE, PADDING, GAP = 13.0, 5.0, 8.0
BAR, LOW_BAR = 11.0, 6.0
TITLE_DOWN, TICKS_DOWN, STAGES_DOWN, STAGES_HIGH = 12.0, 29.0, 33.0, 14.0
LETTERS = 36
"""Of a label's line."""
LOOKS = {
    Shown.RED: f'stroke="{ALL_RED}" stroke-width="1.6"',
    Shown.RED_YELLOW: f'fill="{YELLOW}" stroke="{ALL_RED}" stroke-width=".8"',
    Shown.YELLOW: f'fill="{YELLOW}" stroke="{GRAY}" stroke-width=".6"',
    Shown.PERMISSIVE: "",
    Shown.GREEN: f'fill="{GREEN}"',
}
"""Attributes of bars, in the order in which they are drawn; the hatching of one has an id of its own."""


def signal_timing_svg(
    intersection: Intersection,
    timing: SignalTiming,
    key: str,
    *,
    names: Mapping[str, str] | None = None,
    label: str = LABEL,
) -> Markup:
    """Give the diagram of `plot_signal_timing` as an `<svg>` element.

    Parameters
    ----------
    key
        Unique within the page; begins the ids of what the element defines.
    names
        Of movements and crossings, by the ids of their heads; words with the ids of links by default.
    label
        What it shows, for those who cannot see it.
    """
    rows = signal_rows(intersection, timing, names)
    labels = [wrapped(row.name, LETTERS) for row in rows]
    times = [times_text(row) for row in rows]
    left = GAP + max((text_width(line, TEXT) for lines in labels for line in lines), default=0.0)
    right = 2.0 * GAP + max((text_width(text, SMALL) for text in times), default=0.0)
    heights = [LINE * len(lines) + PADDING for lines in labels]
    tops = list(accumulate(heights, initial=STAGES_DOWN + STAGES_HIGH + PADDING))
    middles = [top + height / 2.0 for top, height in zip(tops, heights, strict=False)]
    sheet = _Sheet(left, CYCLE_PX / timing.cycle_s)
    width, height = left + CYCLE_PX + right, tops[-1]
    drawn = _frame(sheet, timing, height) + _bars(sheet, rows, middles, key)
    return Markup(
        f'<svg viewBox="0 0 {number(width)} {number(height)}" style="max-width:{1.2 * width:.0f}px" '
        f'role="img" aria-label="{escape(label)}" fill="{INK}" font-size="{SMALL:g}">'
        f"{drawn}{_labels(sheet, labels, times, middles)}</svg>"
    )


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Where a time lies: px from the left to the begin of the cycle, and px for each second."""

    left: float
    per_s: float

    def x(self, at_s: Seconds) -> str:
        """Place of a time."""
        return number(self.left + self.per_s * at_s)

    def box(self, start_s: Seconds, end_s: Seconds, top: float, height: float) -> str:
        """Outline of a bar."""
        width = number(self.per_s * (end_s - start_s))
        return f"M{self.x(start_s)} {number(top)}h{width}v{height:g}h-{width}z"


def _frame(sheet: _Sheet, timing: SignalTiming, height: float) -> str:
    """Title, seconds and stages above, and lines down from where a stage begins and ends."""
    ticks = ticks_of(timing.cycle_s)
    grid = "".join(f"M{sheet.x(tick)} {STAGES_DOWN:g}V{number(height)}" for tick in ticks)
    seconds = "".join(f'<text x="{sheet.x(t)}" y="{TICKS_DOWN:g}">{compact(t)}</text>' for t in ticks)
    spans = stage_spans(timing)
    boxes = "".join(
        sheet.box(span.start_s, span.start_s + span.green_s, STAGES_DOWN, STAGES_HIGH) for span in spans
    )
    edges = "".join(
        f"M{sheet.x(at_s)} {STAGES_DOWN + STAGES_HIGH:g}V{number(height)}"
        for span in spans
        for at_s in (span.start_s, span.start_s + span.green_s)
    )
    down = number(STAGES_DOWN + 0.5 * STAGES_HIGH + 0.35 * SMALL)
    numbers = "".join(
        f'<text x="{sheet.x(span.start_s + span.green_s / 2.0)}" y="{down}" font-weight="bold">'
        f"{span.number}</text>"
        for span in spans
    )
    return (
        f'<text x="{number(sheet.left)}" y="{TITLE_DOWN:g}" font-size="{TEXT:g}">{title_of(timing)}</text>'
        f'<path stroke="{PALE}" stroke-width=".5" d="{grid}"/>'
        f'<path data-shown="stages" fill="{PALE}" d="{boxes}"/>'
        f'<path stroke="{GRAY}" stroke-width=".6" stroke-dasharray="1 2" d="{edges}"/>'
        f'<g text-anchor="middle">{seconds}{numbers}</g>'
    )


def _bars(sheet: _Sheet, rows: Sequence[SignalRow], middles: Sequence[float], key: str) -> str:
    """Bars of all rows, by what they show: its name is their `data-shown`."""
    shapes: dict[Shown, list[str]] = defaultdict(list)
    for row, middle in zip(rows, middles, strict=True):
        for span in row.spans:
            if span.shown is Shown.RED:
                shape = f"M{sheet.x(span.start_s)} {number(middle)}H{sheet.x(span.end_s)}"
            else:
                height = LOW_BAR if span.shown is Shown.RED_YELLOW else BAR
                shape = sheet.box(span.start_s, span.end_s, middle - height / 2.0, height)
            shapes[span.shown].append(shape)
    text = _pattern(key) if Shown.PERMISSIVE in shapes else ""
    looks = LOOKS | {Shown.PERMISSIVE: f'fill="url(#{key}-h)" stroke="{PERMISSIVE}" stroke-width=".8"'}
    for shown in (each for each in looks if each in shapes):
        text += f'<path data-shown="{shown}" {looks[shown]} d="{"".join(shapes[shown])}"/>'
    return text


def _pattern(key: str) -> str:
    """Hatching of green that gives way."""
    return (
        f'<pattern id="{key}-h" width="4" height="4" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><path fill="{PAPER}" d="M0 0h4v4h-4z"/>'
        f'<path fill="{PERMISSIVE}" d="M0 0h1.4v4h-1.4z"/></pattern>'
    )


def _labels(
    sheet: _Sheet, labels: Sequence[Sequence[str]], times: Sequence[str], middles: Sequence[float]
) -> str:
    """Names at the left, times of green at the right."""
    edge = number(sheet.left - GAP)
    names = "".join(
        f'<text x="{edge}" y="{number(middle + (k - (len(lines) - 1) / 2.0) * LINE + 0.35 * TEXT)}"'
        f"{_chinese(lines, k)}>{escape(line)}</text>"
        for lines, middle in zip(labels, middles, strict=True)
        for k, line in enumerate(lines)
    )
    beside = number(sheet.left + CYCLE_PX + GAP)
    greens = "".join(
        f'<text x="{beside}" y="{number(middle + 0.35 * SMALL)}">{text}</text>'
        for text, middle in zip(times, middles, strict=True)
    )
    return f'<g text-anchor="end" font-size="{TEXT:g}">{names}</g>{greens}'


def _chinese(lines: Sequence[str], k: int) -> str:
    """Attribute of a line of a name that was broken; Chinese is short enough for the first."""
    chinese = in_chinese(" ".join(lines))
    return "" if chinese is None else f' data-zh="{escape(chinese if k == 0 else "")}"'

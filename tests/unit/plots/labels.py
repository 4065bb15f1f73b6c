"""Whether the words of a plot can be read: none cut, none over another, units where there are numbers."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.transforms import Bbox, BboxBase

from tests.unit.plots.svg_reading import Drawing, number

LEAST_POINTS = 7.0
UNIT = re.compile(r"\[[^]]+\]")
CLOSE = 0.5  # pixels by which boxes of glyphs may touch


def check_words(drawing: Drawing) -> None:
    """Fail unless all words can be read."""
    found = texts(drawing)
    assert found
    assert [text.get_text() for text in found if float(text.get_fontsize()) < LEAST_POINTS] == []
    assert over_each_other(found) == []
    assert cut(found, drawing.figure.bbox) == []
    assert across_a_border(found) == []
    assert without_unit(drawing) == []


def over_each_other(found: Sequence[Text]) -> list[tuple[str, str]]:
    pairs = combinations([(text.get_text(), box_of(text)) for text in found], 2)
    return [(a, b) for (a, one), (b, other) in pairs if one.padded(-CLOSE).overlaps(other)]


def cut(found: Sequence[Text], sheet: BboxBase) -> list[str]:
    """Words that do not lie within the sheet."""
    return [text.get_text() for text in found if not _inside(box_of(text), sheet.padded(1.0))]


def across_a_border(found: Sequence[Text]) -> list[str]:
    """Words that lie neither within nor outside of the frame of their axes."""
    across = []
    for text in found:
        box, frame = box_of(text).padded(-CLOSE), text.axes.bbox if text.axes else None
        if frame is not None and box.overlaps(frame) and not _inside(box, frame):
            across.append(text.get_text())
    return across


def without_unit(drawing: Drawing) -> list[str]:
    """Axes with numbers whose label has no unit in brackets."""
    found = []
    for ax in drawing.figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            words = [tick.label1.get_text() for tick in axis.get_major_ticks() if tick.label1.get_visible()]
            words += [tick.label2.get_text() for tick in axis.get_major_ticks() if tick.label2.get_visible()]
            numbers = [each for each in words if each and number(each) is not None]
            if axis.get_visible() and numbers and not UNIT.search(axis.get_label_text()):
                found.append(axis.get_label_text() or "an axis without a label")
    return found


def texts(drawing: Drawing) -> list[Text]:
    """Everything that can be read; ticks beyond the ends of an axis are not drawn."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        drawing.figure.draw_without_rendering()
    hidden = {id(text) for ax in drawing.figure.axes for text in _beyond(ax)}
    seen = [each for each in drawing.figure.findobj(Text) if isinstance(each, Text)]
    found = [
        each for each in seen if each.get_visible() and each.get_text().strip() and id(each) not in hidden
    ]
    return list({id(each): each for each in found}.values())


def box_of(text: Text) -> Bbox:
    """Extent of the glyphs alone, without a box around them."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        return Bbox(Text.get_window_extent(text).get_points())


def _beyond(ax: Axes) -> Iterator[Text]:
    for axis in (ax.xaxis, ax.yaxis):
        low, high = sorted(axis.get_view_interval())
        room = 1e-9 * (high - low)
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            if not axis.get_visible() or not low - room <= tick.get_loc() <= high + room:
                yield from (tick.label1, tick.label2)


def _inside(box: BboxBase, sheet: BboxBase) -> bool:
    return bool(np.all(sheet.min <= box.min) and np.all(box.max <= sheet.max))

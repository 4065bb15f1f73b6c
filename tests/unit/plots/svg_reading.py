"""What a drawing shows, read back from its SVG alone: axes by their ticks, artists by their ids or colors."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from typing import cast
from xml.etree.ElementTree import Element

import numpy as np
from defusedxml.ElementTree import fromstring
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trafficopt.reporting.plots.inline_svg import figure_style
from trafficopt.units import FloatArray

NAMESPACE = re.compile(r"\{[^}]*\}")
TOKEN = re.compile(r"[MLCQZz]|-?\d+\.?\d*(?:e-?\d+)?")
CLOCK = re.compile(r"(\d\d):(\d\d)(?::(\d\d))?")
OFF_PIXELS = 0.02


@dataclass(frozen=True)
class Axis:
    """One axis, as its ticks have it: value = slope * pixel + start, or the logarithm of the value."""

    slope: float
    start: float
    is_log: bool
    ticks: tuple[tuple[float, str], ...]

    def values(self, pixels: FloatArray) -> FloatArray:
        found = self.slope * pixels + self.start
        return np.asarray(10.0**found if self.is_log else found)


@dataclass(frozen=True)
class Panel:
    """Axes of a drawing; an axis without two numbers on it cannot be recovered."""

    x: Axis | None
    y: Axis | None

    def data(self, pixels: FloatArray) -> FloatArray:
        """Points in the units of the axes, of shape (n, 2)."""
        assert self.x is not None and self.y is not None
        return np.column_stack([self.x.values(pixels[:, 0]), self.y.values(pixels[:, 1])])


class Drawing:
    """A plot, saved as SVG and read again."""

    def __init__(self, svg: str, ax: Axes) -> None:
        self.ax = ax
        self.svg = svg
        self.root = fromstring(svg)
        self.paths = {
            each.get("id"): each for each in self.root.iter() if tag(each) == "path" and each.get("id")
        }

    @property
    def figure(self) -> Figure:
        return cast(Figure, self.ax.get_figure(root=True))

    def panel(self, number: int = 1) -> Panel:
        """Axes by their number, in the order in which they were made."""
        (group,) = self.groups(f"axes_{number}")
        return Panel(self._axis(group, "xtick_"), self._axis(group, "ytick_"))

    def groups(self, gid: str) -> list[Element]:
        return [each for each in self.root.iter() if each.get("id") == gid]

    def shapes(self, gid: str) -> list[FloatArray]:
        """Corners of everything in the groups of an id [pixels], each of shape (n, 2)."""
        return [points for group in self.groups(gid) for points, _ in self.artists(group)]

    def rings(self, gid: str) -> list[list[FloatArray]]:
        """Outlines of everything in the groups of an id, holes among them [pixels]."""
        paths = [each for group in self.groups(gid) for each in group.iter() if tag(each) == "path"]
        return [[corners(part) for part in each.get("d", "").split("M")[1:]] for each in paths]

    def marks(self, gid: str) -> FloatArray:
        """Middles of everything in the groups of an id [pixels], shape (n, 2)."""
        found = [each for group in self.groups(gid) for each in self._middles(group)]
        return np.array(found, dtype=np.float64).reshape(-1, 2)

    def fills(self, gid: str) -> list[str]:
        """Colors of everything in the groups of an id."""
        return [style(each, "fill") for group in self.groups(gid) for _, each in self.artists(group)]

    def strokes(self, gid: str) -> list[str]:
        return [style(each, "stroke") for group in self.groups(gid) for _, each in self.artists(group)]

    def filled(self, color: str, *, legends: bool = False) -> list[FloatArray]:
        """Corners of everything that is filled with a color [pixels]; axes without ids are legends too."""
        seen = self.artists(self.root) if legends else self._seen
        return [points for points, each in seen if style(each, "fill") == color]

    def stroked(self, color: str) -> list[FloatArray]:
        """Points of every line of a color, legends left out [pixels]."""
        return [
            points
            for points, each in self._seen
            if style(each, "stroke") == color and style(each, "fill") == "none"
        ]

    def dots(self, color: str) -> FloatArray:
        """Middles of the markers of a color [pixels], legends and caps of bars left out, shape (n, 2)."""
        found = []
        for points, each in self._seen:
            if style(each, "fill") == color and len(points) > 2:
                found.append(place(each) if tag(each) == "use" else middle(points))
        return np.array(found, dtype=np.float64).reshape(-1, 2)

    def ticks(self, group: Element, prefix: str) -> list[tuple[float, str]]:
        """Pixel and words of each tick of an axis."""
        side, found = "x" if prefix == "xtick_" else "y", []
        for each in group.iter():
            if not (each.get("id") or "").startswith(prefix):
                continue
            uses = [use for use in each.iter() if tag(use) == "use"]
            words = ["".join(text.itertext()).strip() for text in each.iter() if tag(text) == "text"]
            if uses:
                found.append((float(uses[0].get(side, "nan")), " ".join(words)))
        return found

    def _axis(self, group: Element, prefix: str) -> Axis | None:
        found = self.ticks(group, prefix)
        numbers = [(pixel, value) for pixel, words in found if (value := number(words)) is not None]
        if len(numbers) < 2:
            return None
        pixels, values = (np.array(each) for each in zip(*numbers, strict=True))
        for is_log in (False, True):
            if is_log and np.any(values <= 0.0):
                break
            shown = np.log10(values) if is_log else values
            slope, start = np.polyfit(pixels, shown, 1)
            if np.all(abs(slope * pixels + start - shown) <= abs(slope) * OFF_PIXELS):
                return Axis(float(slope), float(start), is_log, tuple(found))
        return None

    def _visible(self) -> Iterator[Element]:
        """Groups of artists that are not part of a legend or an axis."""
        axes = [each for each in self.root.iter() if re.fullmatch(r"axes_\d+", each.get("id") or "")]
        for group in axes:
            for artist in group:
                if not re.match(r"(legend|matplotlib\.axis)_", artist.get("id") or ""):
                    yield artist

    @cached_property
    def _seen(self) -> list[tuple[FloatArray, Element]]:
        return [each for group in self._visible() for each in self.artists(group)]

    def artists(self, group: Element) -> Iterator[tuple[FloatArray, Element]]:
        """Corners [pixels] and element of everything that is drawn in a group."""
        hidden = {id(path) for each in group.iter() if tag(each) == "defs" for path in each.iter()}
        for each in group.iter():
            if tag(each) == "path" and id(each) not in hidden:
                yield corners(each.get("d", "")), each
            elif tag(each) == "use":
                yield corners(self._path_of(each).get("d", "")) + place(each), each

    def _middles(self, group: Element) -> Iterator[FloatArray]:
        uses = [each for each in group.iter() if tag(each) == "use"]
        if uses:
            yield from (place(each) for each in uses)
            return
        for points, _ in self.artists(group):
            yield middle(points)

    def _path_of(self, use: Element) -> Element:
        href = next(value for key, value in use.attrib.items() if key.endswith("href"))
        return self.paths[href.removeprefix("#")]


def drawn(make: Callable[[], Axes]) -> Drawing:
    """Draw with the report's style, and read what was drawn."""
    text = StringIO()
    with figure_style(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        ax = make()
        cast(Figure, ax.get_figure(root=True)).savefig(text, format="svg", metadata={"Date": None})
    return Drawing(text.getvalue(), ax)


def tag(element: Element) -> str:
    return NAMESPACE.sub("", element.tag)


def style(element: Element, key: str) -> str:
    """A property of an element; SVG fills with black unless something else is said."""
    found = re.search(rf"(?:^|;)\s*{key}:\s*([^;]+)", element.get("style") or "")
    return found.group(1).strip() if found else ("#000000" if key == "fill" else "none")


def place(use: Element) -> FloatArray:
    return np.array([float(use.get("x", "0")), float(use.get("y", "0"))])


def corners(d: str) -> FloatArray:
    """Points of a path, control points of curves among them, shape (n, 2)."""
    numbers = [float(token) for token in TOKEN.findall(d) if not token.isalpha()]
    return np.array(numbers, dtype=np.float64).reshape(-1, 2)


def middle(points: FloatArray) -> FloatArray:
    return np.asarray((points.min(axis=0) + points.max(axis=0)) / 2.0)


def number(words: str) -> float | None:
    """Value of a tick: a number, or a time of day in seconds; None if it is something else."""
    if clock := CLOCK.fullmatch(words):
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return 3600.0 * hours + 60.0 * minutes + seconds
    try:
        return float(words.replace("\N{MINUS SIGN}", "-"))
    except ValueError:
        return None


def spans(panel: Panel, shapes: list[FloatArray]) -> list[tuple[float, float]]:
    """First and last value on the horizontal axis of each shape, ascending."""
    assert panel.x is not None
    ends = [panel.x.values(points[:, 0]) for points in shapes]
    return sorted((float(each.min()), float(each.max())) for each in ends)


def covers(within: list[tuple[float, float]], value: float) -> bool:
    """Whether a value lies in one of some spans."""
    return any(low <= value <= high for low, high in within)

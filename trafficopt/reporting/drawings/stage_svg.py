"""Pictures of a signal's stages as lean SVG text for a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate

from markupsafe import Markup, escape

from trafficopt.intersection import Intersection
from trafficopt.network import Network, Point
from trafficopt.plan import SignalTiming
from trafficopt.reporting.drawings.junction_drawing import CROSSING_M, JunctionDrawing, MovementPath
from trafficopt.reporting.drawings.signal_colors import BETWEEN, GREEN, PAPER, PERMISSIVE, ROAD
from trafficopt.reporting.drawings.signal_svg_text import number
from trafficopt.reporting.drawings.stage_sheet import (
    ASIDE,
    BAR,
    DASHES,
    FOOT,
    HEAD_LONG,
    HEAD_WIDE,
    LANE_LINE,
    SMALL_TEXT,
    STOP_LINE,
    STROKE,
    TEXT,
    TITLE,
    ZEBRA,
    StagePicture,
    StageSheet,
    bar_lengths,
    stage_sheet,
    title_of,
)
from trafficopt.reporting.plots.canvas import GRAY, INK
from trafficopt.reporting.words.wording import compact

LABEL = "Stages of a signal with what is green in each; north is up"
PICTURE_PX = 170
"""Longer side of a picture in a page that has room."""


def stages_svg(
    network: Network,
    intersection: Intersection,
    timing: SignalTiming,
    key: str,
    label: str = LABEL,
) -> Markup:
    """Give the pictures of `plot_stages` as an `<svg>` element, without words but its label.

    The junction and each path are written once and used in every stage. Lengths are in m.

    Parameters
    ----------
    key
        Unique within the page; begins the ids of what the element defines.
    label
        What it shows, for those who cannot see it.
    """
    sheet = stage_sheet(network, intersection, timing)
    width_m, height_m = sheet.size
    shown_px = round(PICTURE_PX * width_m / sheet.size_m)
    stages = "".join(_stage(sheet, picture, height_m, key) for picture in sheet.pictures)
    return Markup(
        f'<svg viewBox="0 0 {number(width_m)} {number(height_m)}" style="max-width:{shown_px}px" '
        f'role="img" aria-label="{escape(label)}"><defs>{_definitions(sheet, key)}</defs>{stages}</svg>'
    )


def path_data(line: Iterable[Point], closed: bool = False) -> str:
    """Write a line as SVG path data; y goes down."""
    text = "L".join(f"{number(x)} {number(-y)}" for x, y in line)
    return f"M{text}{'Z' if closed else ''}"


def _definitions(sheet: StageSheet, key: str) -> str:
    size_m = sheet.size_m
    used = {i for picture in sheet.pictures for i in (*picture.protected, *picture.permissive)}
    walked = {i for picture in sheet.pictures for i in picture.walks}
    paths = [f'<path id="{key}-{i}" d="{_path(sheet.paths[i])}"/>' for i in sorted(used)]
    paths += [
        f'<path id="{key}-w{i}" d="{path_data(sheet.drawing.crossings[i].line)}"/>' for i in sorted(walked)
    ]
    give_way = any(picture.permissive for picture in sheet.pictures)
    heads = _head(f"{key}-a", f'fill="{GREEN}"')
    if give_way:
        heads += _head(f"{key}-b", f'fill="{PAPER}" stroke="{PERMISSIVE}" stroke-width=".5"')
    return f'<g id="{key}-j">{_junction(sheet.drawing, size_m)}</g>{"".join(paths)}{heads}'


def _head(name: str, look: str) -> str:
    """Arrowhead that begins where its line ends; one unit is the width of the line."""
    half = HEAD_WIDE / 2.0
    return (
        f'<marker id="{name}" orient="auto" overflow="visible" markerWidth="1" markerHeight="1">'
        f'<path {look} d="M-.1 {-half:g}L{HEAD_LONG:g} 0L-.1 {half:g}Z"/></marker>'
    )


def _junction(drawing: JunctionDrawing, size_m: float) -> str:
    roads = "".join(path_data(line, closed=True) for line in (*drawing.roads, *drawing.areas))
    text = f'<path fill="{ROAD}" d="{roads}"/>'
    for lines, width in ((drawing.lane_lines, LANE_LINE), (drawing.stop_lines, STOP_LINE)):
        if lines:
            data = "".join(path_data(line) for line in lines)
            text += f'<path stroke="{PAPER}" stroke-width="{width * size_m:.2f}" d="{data}"/>'
    if drawing.crossings:
        data = "".join(path_data(crossing.line) for crossing in drawing.crossings)
        text += f'<path {_zebra(size_m, PAPER)} d="{data}"/>'
    return text


def _zebra(size_m: float, color: str) -> str:
    """Look of a line from curb to curb that makes it a crossing."""
    return f'stroke="{color}" stroke-width="{CROSSING_M:g}" stroke-dasharray="{ZEBRA * size_m:.2f}"'


def _path(path: MovementPath) -> str:
    handles = " ".join(f"{number(x)} {number(-y)}" for x, y in path.curve[1:])
    rest = "".join(f"L{number(x)} {number(-y)}" for x, y in path.after[1:])
    return f"{path_data(path.before)}C{handles}{rest}"


def _stage(sheet: StageSheet, picture: StagePicture, height_m: float, key: str) -> str:
    x, y = sheet.origin(picture)
    stroke = STROKE * sheet.size_m
    dashes = " ".join(f"{dash * stroke:.2f}" for dash in DASHES)
    groups = [
        (picture.walks, f"{key}-w", _zebra(sheet.size_m, GREEN)),
        (
            picture.protected,
            f"{key}-",
            f'stroke="{GREEN}" stroke-width="{stroke:.2f}" marker-end="url(#{key}-a)"',
        ),
        (
            picture.permissive,
            f"{key}-",
            f'stroke="{PERMISSIVE}" stroke-width="{stroke:.2f}" stroke-dasharray="{dashes}" '
            f'marker-end="url(#{key}-b)"',
        ),
    ]
    green = "".join(_used(members, prefix, look) for members, prefix, look in groups if members)
    return (
        f'<g fill="none" transform="translate({number(x)} {number(height_m - y)})">'
        f'<use href="#{key}-j"/>{green}</g>{_texts(sheet, picture, height_m)}'
    )


def _used(members: Sequence[int], prefix: str, look: str) -> str:
    uses = "".join(f'<use href="#{prefix}{i}"/>' for i in members)
    return f"<g {look}>{uses}</g>"


def _texts(sheet: StageSheet, picture: StagePicture, height_m: float) -> str:
    """Number and green above, intergreen below."""
    size_m, (x, y) = sheet.size_m, picture.corner
    middle, down = x + sheet.place[0] / 2.0, height_m - y
    top = down - sheet.place[1] + (TITLE / 2.0 + 0.35 * TEXT) * size_m
    foot = down - (FOOT + BAR) / 2.0 * size_m
    lengths = bar_lengths(sheet, picture)
    ends = accumulate(lengths, initial=middle - sum(lengths))
    bar = "".join(
        f'<path fill="{BETWEEN[kind]}" d="M{number(start)} {number(foot)}h{number(length)}'
        f'v{number(BAR * size_m)}h{number(-length)}z"/>'
        for (kind, _), start, length in zip(picture.intergreen, ends, lengths, strict=False)
    )
    if bar:
        bar = f'<g stroke="{GRAY}" stroke-width="{LANE_LINE * size_m:.2f}">{bar}</g>'
    beside, low = middle + ASIDE * size_m, foot + (BAR / 2.0 + 0.35 * SMALL_TEXT) * size_m
    return (
        f'<g fill="{INK}" font-size="{number(SMALL_TEXT * size_m)}">{bar}<text x="{number(beside)}" '
        f'y="{number(low)}">{compact(picture.intergreen_s)} s</text><text x="{number(middle)}" '
        f'y="{number(top)}" text-anchor="middle" font-weight="bold" '
        f'font-size="{number(TEXT * size_m)}">{title_of(picture)}</text></g>'
    )

"""What pictures of stages show, and where each stands: for screens, print and pages alike."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from trafficopt.intersection import Intersection
from trafficopt.network import Network, Point
from trafficopt.plan import SignalTiming
from trafficopt.reporting.drawings.junction_drawing import JunctionDrawing, MovementPath, junction_drawing
from trafficopt.reporting.drawings.signal_colors import Between
from trafficopt.reporting.words.wording import compact
from trafficopt.stage import GREEN, YELLOW, Interval
from trafficopt.units import Meters, Seconds

MOST_COLUMNS = 4
NARROWEST = 0.62
"""Width of a picture, and its height, at least, in sizes of the larger one."""
TITLE, FOOT, GAP = 0.13, 0.12, 0.06
"""Height of a title and of the intergreen below, and space between pictures, in sizes of a picture."""
PER_SECOND = 0.035
"""Length of a second of intergreen in sizes of a picture."""
LONGEST_BAR = 0.5
"""Length of an intergreen at most, in widths of its place."""
STROKE, LANE_LINE, STOP_LINE = 0.018, 0.004, 0.01
TEXT, SMALL_TEXT, BAR, ASIDE = 0.095, 0.075, 0.04, 0.04
"""Widths of lines, sizes of text, height of the intergreen's bar, space beside it: in sizes of a picture."""
HEAD_LONG, HEAD_WIDE = 2.6, 2.8
DASHES = (2.0, 1.2)
"""Arrowheads and dashes in widths of the stroke."""
ZEBRA = 0.014
"""Width of a crossing's bars in sizes of a picture."""


@dataclass(frozen=True, slots=True)
class StagePicture:
    """One stage.

    Attributes
    ----------
    protected, permissive
        Indices into `StageSheet.paths` of what has green, and of what has green and gives way.
    walks
        Indices into `JunctionDrawing.crossings` of what has green.
    intergreen
        What follows, in order, with its duration.
    corner
        Lower left corner of the stage's place on the sheet [m].
    """

    number: int
    green_s: Seconds
    protected: tuple[int, ...]
    permissive: tuple[int, ...]
    walks: tuple[int, ...]
    intergreen: tuple[tuple[Between, Seconds], ...]
    corner: Point

    @property
    def intergreen_s(self) -> Seconds:
        """From the end of the green to the next stage."""
        return sum(lasts_s for _, lasts_s in self.intergreen)


@dataclass(frozen=True, slots=True)
class StageSheet:
    """All stages of a timing, each a picture of the junction, in rows.

    Attributes
    ----------
    paths
        One for each movement, of its lane that fewest others use; more where its lanes show different
        things in some stage.
    size_m
        Of a picture, the larger of width and height.
    place
        Width and height [m] of the place of a stage, with title and intergreen.
    middle
        Of the junction, from its origin [m].
    """

    drawing: JunctionDrawing
    paths: tuple[MovementPath, ...]
    pictures: tuple[StagePicture, ...]
    size_m: Meters
    place: Point
    middle: Point

    @property
    def size(self) -> Point:
        """Width and height of the whole sheet [m], with room all around."""
        gap_m = GAP * self.size_m
        n_columns = min(len(self.pictures), MOST_COLUMNS)
        n_rows = math.ceil(len(self.pictures) / MOST_COLUMNS)
        return gap_m + n_columns * (self.place[0] + gap_m), gap_m + n_rows * (self.place[1] + gap_m)

    def origin(self, picture: StagePicture) -> Point:
        """Where the origin of the junction lies on the sheet [m]."""
        x, y = picture.corner
        height_m = self.place[1] - (TITLE + FOOT) * self.size_m
        return (
            x + self.place[0] / 2.0 - self.middle[0],
            y + FOOT * self.size_m + height_m / 2.0 - self.middle[1],
        )


def stage_sheet(network: Network, intersection: Intersection, timing: SignalTiming) -> StageSheet:
    """Lay out the pictures of a timing's stages."""
    drawing = junction_drawing(network, intersection)
    west, south, east, north = drawing.box
    size_m = max(east - west, north - south)
    width_m, height_m = (max(side, NARROWEST * size_m) for side in (east - west, north - south))
    place = (width_m, height_m + (TITLE + FOOT) * size_m)
    states = [stage.state for stage in timing.stages]
    paths = _paths_shown(drawing.paths, states)
    return StageSheet(
        drawing=drawing,
        paths=tuple(paths),
        pictures=tuple(
            _picture(k, drawing, paths, timing, _corner(k, len(states), place, GAP * size_m))
            for k in range(len(states))
        ),
        size_m=size_m,
        place=place,
        middle=((west + east) / 2.0, (south + north) / 2.0),
    )


def _corner(k: int, n: int, place: Point, gap_m: Meters) -> Point:
    row, column = divmod(k, MOST_COLUMNS)
    rows_below = math.ceil(n / MOST_COLUMNS) - 1 - row
    return gap_m + column * (place[0] + gap_m), gap_m + rows_below * (place[1] + gap_m)


def _paths_shown(paths: Sequence[MovementPath], states: Sequence[str]) -> list[MovementPath]:
    """One path for the lanes of a movement that always show the same."""
    alike: dict[tuple[str, str, str], list[MovementPath]] = defaultdict(list)
    for path in paths:
        letters = "".join(state[path.head] for state in states)
        alike[path.from_link, path.to_link, letters].append(path)
    users = Counter(path.before[-1] for path in paths)
    shown = []
    for members in alike.values():
        middle = (len(members) - 1) / 2.0
        _, _, path = min(
            ((users[path.before[-1]], abs(k - middle), path) for k, path in enumerate(members)),
            key=lambda item: item[:2],
        )
        shown.append(path)
    return shown


def _picture(
    k: int,
    drawing: JunctionDrawing,
    paths: Sequence[MovementPath],
    timing: SignalTiming,
    corner: Point,
) -> StagePicture:
    stage, following = timing.stages[k], timing.stages[(k + 1) % len(timing.stages)]
    state = stage.state
    return StagePicture(
        number=k + 1,
        green_s=timing.greens_s[k],
        protected=tuple(i for i, path in enumerate(paths) if state[path.head] == "G"),
        permissive=tuple(i for i, path in enumerate(paths) if state[path.head] == "g"),
        walks=tuple(i for i, crossing in enumerate(drawing.crossings) if state[crossing.head] in GREEN),
        intergreen=_intergreen(stage.intergreen, following.state),
        corner=corner,
    )


def _intergreen(rows: Sequence[Interval], following: str) -> tuple[tuple[Between, Seconds], ...]:
    """What is shown between two greens; rows that show the same kind are one."""
    merged: list[tuple[Between, Seconds]] = []
    for row in rows:
        kind = _kind(row.state, following)
        before_s = merged.pop()[1] if merged and merged[-1][0] is kind else 0.0
        merged.append((kind, before_s + row.duration_s))
    return tuple(merged)


def _kind(state: str, following: str) -> Between:
    if any(letter in YELLOW for letter in state):
        return Between.YELLOW
    ending = any(a in GREEN and b not in GREEN for a, b in zip(state, following, strict=True))
    return Between.CLEARANCE if ending else Between.ALL_RED


def title_of(picture: StagePicture) -> str:
    """Write the number of a stage and its green."""
    return f"{picture.number}: {compact(picture.green_s)} s"


def bar_lengths(sheet: StageSheet, picture: StagePicture) -> list[Meters]:
    """Lengths of the intergreen's parts below a picture, all of one scale unless they are long."""
    per_s = PER_SECOND * sheet.size_m
    if picture.intergreen_s > 0.0:
        per_s = min(per_s, LONGEST_BAR * sheet.place[0] / picture.intergreen_s)
    return [per_s * lasts_s for _, lasts_s in picture.intergreen]

"""The part of a report on each arterial: both directions by the models, and its time-space diagrams."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup
from matplotlib.figure import Figure

from trafficopt.diagnosis.figures import ArterialFigures
from trafficopt.phrase import Phrase
from trafficopt.reporting.pages.side import Side
from trafficopt.reporting.plots.inline_svg import inline_svg
from trafficopt.reporting.plots.time_space import plot_time_space
from trafficopt.reporting.words.wording import number

DIRECTIONS = {"outbound": Phrase("outbound", "去程"), "inbound": Phrase("inbound", "返程")}
FIGURES: Sequence[tuple[Phrase, Callable[[ArterialFigures], float], int]] = (
    (Phrase("Travel time over free flow", "拥堵延时指数"), lambda way: way.travel_time_index, 2),
    (Phrase("Arrivals on green [%]", "绿灯到达率 [%]"), lambda way: 100.0 * way.arrivals_on_green, 0),
    (Phrase("Stops a vehicle and signal", "每车每信号停车次数"), lambda way: way.stops, 2),
    (Phrase("Time lost [veh⋅h]", "损失时间 [车·时]"), lambda way: way.delay_veh_h, 1),
)


@dataclass(frozen=True, slots=True)
class ArterialRow:
    """A figure of an arterial under each plan and direction, written out."""

    name: Phrase
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ArterialPage:
    """Everything that a report shows of an arterial.

    Attributes
    ----------
    signals
        Its intersections with their places in the report.
    columns, rows
        A column for each plan and direction; no rows where the models were not asked.
    drawn
        A time-space diagram of each plan.
    """

    anchor: str
    name: str
    size: Phrase
    signals: tuple[tuple[str, str], ...]
    columns: tuple[Phrase, ...]
    rows: tuple[ArterialRow, ...]
    drawn: tuple[tuple[Phrase, Markup], ...] = field(repr=False)


def arterial_pages(sides: Sequence[Side], anchors: Mapping[str, str]) -> list[ArterialPage]:
    """Give each arterial under one plan or two; to be called within `figure_style`.

    Parameters
    ----------
    anchors
        Place in the page of each intersection.
    """
    network = sides[0].network
    return [
        ArterialPage(
            f"arterial-{index}",
            arterial.name,
            Phrase(f"{len(arterial.intersections)} intersections", f"{len(arterial.intersections)} 个路口"),
            tuple((key, anchors[key]) for key in arterial.intersections if key in anchors),
            *_table(arterial.name, sides),
            tuple((side.name, _diagram(side, index, key)) for key, side in enumerate(sides)),
        )
        for index, arterial in enumerate(network.arterials)
    ]


def _table(name: str, sides: Sequence[Side]) -> tuple[tuple[Phrase, ...], tuple[ArterialRow, ...]]:
    """Columns, and a row for each figure."""
    ways = [
        (side.name, way)
        for side in sides
        for way in (side.diagnosis.arterials if side.diagnosis else ())
        if way.name == name
    ]
    columns = tuple(_column(plan, DIRECTIONS[way.direction]) for plan, way in ways)
    rows = tuple(
        ArterialRow(figure, tuple(number(value(way), digits) for _, way in ways))
        for figure, value, digits in FIGURES
    )
    return columns, rows if ways else ()


def _column(plan: Phrase, direction: Phrase) -> Phrase:
    return Phrase(f"{plan.en}, {direction.en}", f"{plan.chinese}，{direction.zh}")


def _diagram(side: Side, index: int, key: int) -> Markup:
    arterial = side.network.arterials[index]
    figure = plot_time_space(arterial, side.network, side.plan).get_figure(root=True)
    assert isinstance(figure, Figure)
    label = f"Time-space diagram of {arterial.name}, {side.name.en.lower()}"
    return inline_svg(figure, f"arterial-{index}-{key}", label)

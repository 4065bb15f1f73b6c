"""The diagram of bands, read back from what was drawn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations
from typing import cast

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from tests.unit.bands.random_corridors import IN, OUT, S1, by_seconds, random_corridor
from trafficopt.model.arterial_ways import Direction
from trafficopt.model.band_plan import BandPlan
from trafficopt.reporting import plot_bands
from trafficopt.reporting.plots.band_shapes import stop_lines_m
from trafficopt.reporting.plots.label_columns import MARKER
from trafficopt.search.bands import design
from trafficopt.units import FloatArray

FEET = (1320, 1320, 990, 660, 990, 1320, 1320)
STREETS = ("Aspen", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Grove", "Hill")
CASES = ("three", "eight", "twenty", "queues", "amband", "close")
UPWARD = pytest.mark.parametrize("time_upward", [False, True])


@cache
def plan(case: str) -> BandPlan:
    """Plans of 3, 8 (published) and 20 signals, with queues and half cycles, of times, of close signals."""
    if case == "close":
        near = ([2, 2, 2, 60, 1, 1, 1, 1, 1, 60, 3],) * 2
        return design.design_bands(by_seconds(60.0, ([30] * 12,) * 2, near), "partition")
    if case == "three":
        return design.design_bands(random_corridor(5, 3), "multiband")
    if case == "twenty":
        return design.design_bands(random_corridor(7, 20), "partition")
    if case == "queues":
        return design.design_bands(random_corridor(3, 8, queues=True, double=0.3))
    if case == "amband":
        return design.design_bands(S1, "amband")
    greens, travel = [60 * g for g in (0.5, 0.66, 0.52, 0.75, 0.75, 0.5, 0.66, 0.5)], [f / 44 for f in FEET]
    street = by_seconds(60.0, (greens, greens), (travel, travel))
    signals = [
        replace(each, name=f"{name} Street") for each, name in zip(street.signals, STREETS, strict=True)
    ]
    links = [replace(link, length_m=0.3048 * feet) for link, feet in zip(street.links, FEET, strict=True)]
    return design.design_bands(replace(street, name="8", signals=tuple(signals), links=tuple(links)))


@cache
def diagram(case: str, time_upward: bool = False) -> Axes:
    return plot_bands(plan(case), time_upward=time_upward)


def drawn(ax: Axes, gid: str, time_upward: bool = False) -> list[FloatArray]:
    """Corners of what has this id, as (time, distance), without the one that closes a polygon."""
    (found,) = (each for each in ax.collections if each.get_gid() == gid)
    cut = -1 if isinstance(found, PolyCollection) else None
    return [np.asarray(path.vertices)[:cut, :: -1 if time_upward else 1] for path in found.get_paths()]


def sides(ax: Axes, direction: Direction, time_upward: bool = False) -> list[FloatArray]:
    """Front and rear of each band: for each link where it leaves and arrives, shape (links, 2, 2)."""
    both = [np.split(corners, 2) for corners in drawn(ax, f"band-{direction}", time_upward)]
    return [side.reshape(-1, 2, 2) for front, rear in both for side in (front, rear[::-1])]


def is_green(found: BandPlan, signal: int, direction: Direction, at_s: float, spare_s: float) -> bool:
    """Whether a signal is green from so long before a time until so long after it (negative: for a part)."""
    node = found.corridor.signals[signal]
    own_s = found.cycle_s / 2 if node.double_cycle else found.cycle_s
    outbound, pattern = direction is OUT, node.patterns[found.pattern[signal]]
    start = pattern.start_out if outbound else pattern.start_in
    green = pattern.green_out if outbound else pattern.green_in
    since_s = (at_s - spare_s - found.offset_s[signal] - start.at(own_s)) % own_s
    return bool(since_s <= green.at(own_s) - 2 * spare_s)


def crossings(found: BandPlan, side: FloatArray, direction: Direction) -> Iterator[tuple[int, float]]:
    """Signals that a side of a band leaves and when [s]; where it arrives, a queue was before it."""
    lines_m = stop_lines_m(found.corridor)
    for ends in side:
        here, there = (int(np.flatnonzero(abs(lines_m - distance) < 1e-6)[0]) for distance in ends[:, 1])
        link = found.corridor.links[min(here, there)]
        assert (there > here) == (direction is OUT)
        yield here, ends[0, 0]
        yield there, ends[1, 0] - (link.queue_out_s if direction is OUT else link.queue_in_s)


def misplaced(ax: Axes, found: BandPlan, time_upward: bool = False, late_s: float = 0.0) -> set[int]:
    """Signals where a side of a band is not within green, if bands were so much later than they are."""
    return {
        signal
        for direction in Direction
        for side in sides(ax, direction, time_upward)
        for signal, at_s in crossings(found, side, direction)
        if not is_green(found, signal, direction, at_s + late_s, -1e-5)
    }


def texts(ax: Axes) -> list[Text]:
    """Everything that can be read; ticks beyond the ends of an axis are not drawn."""
    cast(Figure, ax.figure).draw_without_rendering()
    ticks = [(axis, tick) for axis in (ax.xaxis, ax.yaxis) for tick in axis.get_major_ticks()]
    views = [sorted(axis.get_view_interval()) for axis, _ in ticks]
    hidden = [
        tick.label1
        for (_, tick), (low, high) in zip(ticks, views, strict=True)
        if not low <= tick.get_loc() <= high
    ]
    seen = [each for each in ax.figure.findobj(Text) if isinstance(each, Text) and each not in hidden]
    return [each for each in seen if each.get_visible() and each.get_text().strip()]


def labels(ax: Axes) -> list[str]:
    return [each.get_text() for each in ax.texts]


# Bands


@UPWARD
@pytest.mark.parametrize("case", CASES)
def test_bands_pass_each_stop_line_within_green(case: str, time_upward: bool) -> None:
    ax = diagram(case, time_upward)
    assert all(sides(ax, direction, time_upward) for direction in Direction)
    assert misplaced(ax, plan(case), time_upward) == set()


@pytest.mark.parametrize("case", ["three", "eight", "twenty"])
def test_a_wrong_offset_or_a_band_elsewhere_is_found(case: str) -> None:
    found = plan(case)
    ax, signal = diagram(case), min(found.limits(OUT))
    for shift_s in (7.0, -7.0):
        offset_s = found.offset_s.copy()
        offset_s[signal] += shift_s
        wrong = replace(found, offset_s=offset_s)
        assert misplaced(ax, wrong) == {signal}
        assert misplaced(plot_bands(wrong), wrong) == set()
        assert signal in misplaced(ax, found, late_s=shift_s)


@pytest.mark.parametrize("case", CASES)
def test_bands_are_driven_in_the_travel_times_and_have_the_width_of_the_plan(case: str) -> None:
    found, ax = plan(case), diagram(case)
    for direction in Direction:
        links = found.corridor.links
        travel_s = [link.travel_out_s[0] if direction is OUT else link.travel_in_s[0] for link in links]
        lines_m = stop_lines_m(found.corridor)
        both = sides(ax, direction)
        for front, rear in zip(both[::2], both[1::2], strict=True):
            for ends in front:
                link = int(np.flatnonzero(abs(lines_m - ends[:, 1].min()) < 1e-6)[0])
                assert ends[1, 0] - ends[0, 0] == pytest.approx(travel_s[link])
            width_s = (rear - front)[:, :, 0]
            if len(front) == len(links):
                assert width_s == pytest.approx(found.band(direction).width_s)
            else:
                widths_s = found.link_band_out_s if direction is OUT else found.link_band_in_s
                assert width_s == pytest.approx(widths_s[link], abs=1e-6)
        assert np.concatenate(drawn(ax, f"edges-{direction}")) == pytest.approx(
            np.concatenate([side.reshape(-1, 2) for side in both])
        )


def test_bands_come_once_a_cycle_as_long_as_the_diagram_is() -> None:
    found, ax = plan("eight"), diagram("eight")
    enters_s = [side[0, 0, 0] for side in sides(ax, OUT)[::2]]
    assert np.diff(enters_s) == pytest.approx(60.0)
    begin_s, end_s = ax.get_xlim()
    assert end_s - begin_s >= 2 * found.cycle_s
    driven_s = float(found.corridor.travel_s(OUT)[-1])
    assert enters_s[0] - 60.0 + driven_s + found.band(OUT).width_s <= begin_s
    assert enters_s[-1] + 60.0 >= end_s


def test_links_over_which_a_wave_breaks_stay_blank() -> None:
    found, lines_m = plan("twenty"), stop_lines_m(plan("twenty").corridor)
    (gone,) = found.broken_in
    assert found.band(IN).width_s == 0.0
    shaded = {side[0, :, 1].min() for side in sides(plot_bands(found), IN)}
    assert shaded == {*lines_m[:-1].tolist()} - {lines_m[gone]}
    assert sum(text.endswith("/ breaks") for text in labels(plot_bands(found))) == 1


# Reds


@UPWARD
@pytest.mark.parametrize("case", CASES)
def test_red_bars_lie_where_the_signal_is_red(case: str, time_upward: bool) -> None:
    found, ax = plan(case), diagram(case, time_upward)
    lines_m = stop_lines_m(found.corridor)
    begin_s, end_s = ax.get_ylim() if time_upward else ax.get_xlim()
    at_s = np.arange(begin_s + 0.25, end_s, 1.0)
    for direction in Direction:
        bars = drawn(ax, f"red-{direction}", time_upward)
        for signal, line_m in enumerate(lines_m.tolist()):
            beside = -1.0 if direction is IN else 1.0
            own = [bar for bar in bars if np.any(abs(bar[:, 1] - line_m) < 1e-6)]
            assert all(np.all(beside * (bar[:, 1] - line_m) > -1e-6) for bar in own)
            for time_s in at_s.tolist():
                is_red = any(bar[:, 0].min() <= time_s <= bar[:, 0].max() for bar in own)
                if is_green(found, signal, direction, time_s, 0.01):
                    assert not is_red
                elif not is_green(found, signal, direction, time_s, -0.01):
                    assert is_red


# Words


@UPWARD
@pytest.mark.parametrize("case", CASES)
def test_signals_that_limit_a_band_are_marked_and_bold(case: str, time_upward: bool) -> None:
    found, ax = plan(case), diagram(case, time_upward)
    bold = {each.get_text() for each in ax.texts if each.get_fontweight() == "bold"}
    ways = [direction for direction in Direction if found.band(direction).width_s > 0.0]
    limiting = [{found.corridor.names[i] for i in found.limits(direction)} for direction in ways]
    assert bold & set(found.corridor.names) == set().union(*limiting)
    markers = [each for each in ax.lines if each.get_gid() == MARKER]
    assert len(markers) == sum(map(len, limiting))
    legend = ax.get_legend()
    assert legend is not None
    assert {"limits band outbound", "limits band inbound"} <= {each.get_text() for each in legend.get_texts()}


@UPWARD
@pytest.mark.parametrize("case", CASES)
def test_no_text_is_small_none_lies_over_another_and_all_are_on_the_sheet(
    case: str, time_upward: bool
) -> None:
    ax = diagram(case, time_upward)
    seen = texts(ax)
    assert {*plan(case).corridor.names} <= {each.get_text() for each in seen}
    assert min(float(each.get_fontsize()) for each in seen) >= 7.0
    boxes = [each.get_window_extent() for each in seen]
    over = [(a, b) for a, b in combinations(range(len(seen)), 2) if boxes[a].padded(-0.5).overlaps(boxes[b])]
    assert [(seen[a].get_text(), seen[b].get_text()) for a, b in over] == []
    sheet = cast(Figure, ax.figure).bbox.padded(1.0)
    assert [each.get_text() for each, box in zip(seen, boxes, strict=True) if not inside(box, sheet)] == []


def inside(box: Bbox, sheet: Bbox) -> bool:
    return bool(np.all(sheet.min <= box.min) and np.all(box.max <= sheet.max))


def test_axes_have_units_and_change_places() -> None:
    for case, distance in (
        ("eight", "Distance [m]"),
        ("amband", "Outbound travel time as distance at 50 km/h [m]"),
    ):
        for time_upward in (False, True):
            ax = diagram(case, time_upward)
            names = ax.get_xlabel(), ax.get_ylabel()
            assert names == ((distance, "Time [s]") if time_upward else ("Time [s]", distance))


def test_without_lengths_distance_is_outbound_travel_time() -> None:
    assert stop_lines_m(plan("amband").corridor) == pytest.approx(np.cumsum([0, 15, 17, 35]) * 50 / 3.6)
    assert stop_lines_m(plan("eight").corridor) == pytest.approx(0.3048 * np.cumsum([0, *FEET]))


def test_the_title_tells_model_cycle_and_bands() -> None:
    assert diagram("eight").get_title("left").splitlines() == [
        "8: maxband, cycle 60 s",
        "band outbound 30.0 s (50 % of the cycle)",
        "band inbound 30.0 s (50 % of the cycle)",
    ]
    long = diagram("twenty").get_title("left")
    assert re.search(r"^band inbound none from end to end; 18 of 19 links [\d.]+ to [\d.]+ s$", long, re.M)


def test_signals_have_offsets_and_links_speeds_and_bands() -> None:
    found, words = plan("three"), labels(diagram("three"))
    assert [f"{offset_s:.1f}" in words for offset_s in found.offset_s] == [True] * 3
    for link, *bands_s in zip(found.corridor.links, found.link_band_out_s, found.link_band_in_s, strict=True):
        speeds = [3.6 * (link.length_m or 0.0) / each[0] for each in (link.travel_out_s, link.travel_in_s)]
        assert "{:.0f} / {:.0f}".format(*speeds) in words
        assert "{:.1f} / {:.1f}".format(*bands_s) in words
    assert "15.0 / 21.0" in labels(diagram("amband"))  # travel times, where no length is known


def test_an_offset_just_below_the_cycle_is_told_as_0() -> None:
    found = replace(plan("eight"), offset_s=plan("eight").offset_s % 60.0 - 1e-9)
    assert "60.0" not in labels(plot_bands(found))


# What else can be asked for


def test_trajectories_are_drawn_where_they_were_and_the_diagram_begins_with_them() -> None:
    seen = (np.array([25210.0, 25240.0, 25300.0]), np.array([0.0, 0.0, 700.0]))
    for time_upward in (False, True):
        ax = plot_bands(plan("eight"), time_upward=time_upward, trajectories=[seen])
        (path,) = drawn(ax, "trajectories", time_upward)
        assert path.T.tolist() == [seen[0].tolist(), seen[1].tolist()]
        assert (ax.get_ylim() if time_upward else ax.get_xlim()) == (25200.0, 25320.0)
        assert misplaced(ax, plan("eight"), time_upward) == set()


@UPWARD
def test_given_axes_are_drawn_on_and_keep_their_figure(time_upward: bool) -> None:
    figure = Figure(figsize=(9.0, 7.0), layout="constrained")
    ax = figure.subplots()
    assert plot_bands(plan("three"), ax, time_upward=time_upward) is ax
    assert figure.get_size_inches().tolist() == [9.0, 7.0]


def test_one_signal_is_drawn() -> None:
    ax = plot_bands(design.design_bands(random_corridor(2, 1)))
    assert (drawn(ax, "band-outbound"), len(drawn(ax, "red-outbound")) > 0) == ([], True)

"""The signal timing diagram, read back as seconds from its own coordinates."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from tests.unit.reporting.drawn_junctions import crossroads, main_street, numbers_of, retimed, seconds_of
from trafficopt.intersection import Intersection, User
from trafficopt.plan import SignalTiming
from trafficopt.reporting.drawings.signal_names import head_names, joined
from trafficopt.reporting.drawings.signal_rows import Shown, signal_rows, spans_of, times_text
from trafficopt.reporting.drawings.signal_timing_diagram import plot_signal_timing
from trafficopt.reporting.drawings.signal_timing_svg import signal_timing_svg
from trafficopt.stage import GREEN, Interval, Stage

SIGNALS = ("M1", "M2", "M3", "M4", "M5")
CASES = (*SIGNALS, "crossroads")
LETTERS = {Shown.GREEN: "G", Shown.PERMISSIVE: "g", Shown.YELLOW: "yY", Shown.RED: "r", Shown.RED_YELLOW: "u"}
Bars = dict[str, list[tuple[float, float, float]]]


def case(name: str, seed: int) -> tuple[Intersection, SignalTiming]:
    _, node, timing = main_street()[name] if name in SIGNALS else crossroads()
    return node, retimed(timing, seed)


def bars_of(svg: ET.Element) -> Bars:
    """Height above ground [px], begin and end [s] of every bar, by what it shows."""
    ticks = [text for text in svg.iter("text") if text.get("font-weight") is None and text.get("y") == "29"]
    (x0, t0), (x1, t1) = ((float(t.get("x") or 0), float(t.text or 0)) for t in (ticks[0], ticks[-1]))
    per_s = (x1 - x0) / (t1 - t0)
    found: Bars = {}
    for path in (each for each in svg.iter("path") if each.get("data-shown")):
        bars = found.setdefault(path.get("data-shown") or "", [])
        for piece in (path.get("d") or "").split("M")[1:]:
            numbers = numbers_of(piece)
            if "H" in piece:
                x, y, end = numbers
            else:
                x, top, width, high, *_ = numbers
                y, end = top + high / 2.0, x + width
            bars.append((y, (x - x0) / per_s, (end - x0) / per_s))
    return found


def rows_of(node: Intersection, timing: SignalTiming) -> list[dict[Shown, list[tuple[float, float]]]]:
    """Bars of each row from above."""
    bars = bars_of(ET.fromstring(signal_timing_svg(node, timing, key="k")))
    heights = sorted({y for kind in LETTERS for y, _, _ in bars.get(kind, ())})
    return [
        {kind: [(a, b) for y, a, b in bars.get(kind, ()) if y == height] for kind in LETTERS}
        for height in heights
    ]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", CASES)
def test_bars_begin_and_end_when_the_signal_changes(name: str, seed: int) -> None:
    node, timing = case(name, seed)
    rows = signal_rows(node, timing)
    drawn = rows_of(node, timing)
    assert len(drawn) == len(rows)
    for row, bars in zip(rows, drawn, strict=True):
        for head in row.heads:
            for kind, letters in LETTERS.items():
                total = sum(end - start for start, end in bars[kind])
                assert total == pytest.approx(seconds_of(timing, head, letters), abs=0.1)
                for start, end in bars[kind]:
                    for at_s in (start + 0.1, (start + end) / 2.0, end - 0.1):
                        assert timing.state_at(timing.offset_s + at_s)[head] in letters
                    for at_s in (start - 0.1, end + 0.1):
                        if 0.0 < at_s < timing.cycle_s:
                            assert timing.state_at(timing.offset_s + at_s)[head] not in letters


@settings(max_examples=40)
@given(st.lists(st.integers(1, 240), min_size=4, max_size=4), st.integers(0, 39))
def test_whatever_the_greens_each_row_fills_the_cycle_without_a_gap(half_s: list[int], offset_s: int) -> None:
    _, node, field = main_street()["M1"]
    greens = tuple(n / 2.0 for n in half_s)
    cycle = sum(greens) + sum(stage.intergreen_s for stage in field.stages)
    timing = SignalTiming(field.stages, greens, cycle, min(float(offset_s), cycle - 1.0))
    for bars in rows_of(node, timing):
        spans = sorted(span for kind in bars.values() for span in kind)
        assert spans[0][0] == pytest.approx(0.0, abs=1e-6)
        assert spans[-1][1] == pytest.approx(cycle, rel=1e-3)
        for (_, end), (start, _) in pairwise(spans):
            assert end == pytest.approx(start, abs=0.0005 * cycle)


@pytest.mark.parametrize("name", CASES)
def test_stages_stand_over_their_greens(name: str) -> None:
    node, timing = case(name, 5)
    svg = ET.fromstring(signal_timing_svg(node, timing, key="k"))
    found = [(start, end) for _, start, end in bars_of(svg)["stages"]]
    at_s, expected = 0.0, []
    for stage, green in zip(timing.stages, timing.greens_s, strict=True):
        expected.append((at_s, at_s + green))
        at_s += green + stage.intergreen_s
    assert np.allclose(found, expected, atol=0.06)
    numbers = [text.text for text in svg.iter("text") if text.get("font-weight")]
    assert numbers == [str(k) for k in range(1, len(timing.stages) + 1)]


@pytest.mark.parametrize("name", CASES)
def test_each_head_is_in_one_row_with_those_of_its_approach_that_show_the_same(name: str) -> None:
    node, timing = case(name, 0)
    rows = signal_rows(node, timing)
    heads = [head for row in rows for head in row.heads]
    assert sorted(heads) == [k for k, head in enumerate(node.heads) if head.user is not User.NOBODY]
    shown = [
        (
            {node.heads[k].from_link for k in row.heads},
            {tuple(i.state[k] for i in timing.intervals) for k in row.heads},
        )
        for row in rows
    ]
    assert all(len(links) == len(letters) == 1 for links, letters in shown)
    assert max(Counter((links.pop(), letters.pop()) for links, letters in shown).values()) == 1
    walks = [row.user is User.PEDESTRIANS for row in rows]
    assert walks == sorted(walks)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", CASES)
def test_times_of_green_are_written(name: str, seed: int) -> None:
    node, timing = case(name, seed)
    svg = ET.fromstring(signal_timing_svg(node, timing, key="k"))
    texts = [text.text or "" for text in svg.iter("text")]
    for row in signal_rows(node, timing):
        assert times_text(row) in texts
        for start, end in row.greens:
            for at_s, inside in ((start, 0.01), (end, -0.01)):
                now = timing.state_at(timing.offset_s + at_s + inside)[row.heads[0]]
                before = timing.state_at(timing.offset_s + at_s - inside)[row.heads[0]]
                assert now in GREEN and before not in GREEN


def one_stage(*rows: tuple[str, float]) -> SignalTiming:
    """One stage, shown for the first row's time."""
    (state, green), *rest = rows
    stage = Stage(state, tuple(Interval(*row) for row in rest))
    return SignalTiming((stage,), (green,), sum(lasts for _, lasts in rows), 0.0)


def test_a_green_over_the_end_of_the_cycle_is_told_as_one() -> None:
    _, node, _ = crossroads()
    state = "r" * 20
    timing = one_stage(
        ("G" + state[1:], 10.0), ("y" + state[1:], 3.0), (state, 17.0), ("G" + state[1:], 20.0)
    )
    assert times_text(signal_rows(node, timing)[0]) == "30–10"
    assert [span.shown for span in spans_of(timing, 0)] == [
        Shown.GREEN,
        Shown.YELLOW,
        Shown.RED,
        Shown.GREEN,
    ]


def test_what_never_or_always_is_green_is_told_too() -> None:
    _, node, _ = crossroads()
    timing = one_stage(("G" + "r" * 19, 20.0), ("g" + "r" * 19, 20.0))
    first, second = signal_rows(node, timing)[:2]
    assert times_text(first) == "0–40"
    assert times_text(second) == "–"


def test_red_with_yellow_before_green_is_drawn_apart() -> None:
    _, node, _ = crossroads()
    rest = "r" * 19
    timing = one_stage(("G" + rest, 20.0), ("y" + rest, 3.0), ("r" + rest, 20.0), ("u" + rest, 2.0))
    bars = rows_of(node, timing)[0]
    assert bars[Shown.RED_YELLOW] == [pytest.approx((43.0, 45.0), abs=0.06)]
    assert bars[Shown.RED] == [pytest.approx((23.0, 43.0), abs=0.06)]


def test_the_title_says_cycle_and_offset() -> None:
    node, timing = case("M1", 3)
    title = next(ET.fromstring(signal_timing_svg(node, timing, key="k")).iter("text")).text
    assert title == f"Cycle {timing.cycle_s:g} s, offset {timing.offset_s:g} s"
    assert plot_signal_timing(node, timing).get_title(loc="left") == f"M1: c{title[1:]}"


def test_names_come_from_the_sides_or_from_whom_asks() -> None:
    network, node, timing = crossroads()
    names = head_names(network, node)
    assert names["wc->cn"] == "left turn from the west"
    assert names["walk:cn+nc"] == "crossing in the north"
    svg = str(signal_timing_svg(node, timing, key="k", names=names))
    assert "straight on from the south" in svg
    assert "crossing in the west, east" in svg
    told = signal_timing_svg(node, timing, key="k", names={"wc->ce": "<b> & co"})
    assert "&lt;b&gt; &amp; co" in told
    assert "<b>" not in told


def test_two_movements_never_have_one_name() -> None:
    network, node, _ = crossroads()
    links = {**network.links, "cw": replace(network.links["cn"], id="cw")}
    heads = [replace(head, turn=node.heads[0].turn) for head in node.heads]
    names = head_names(replace(network, links=links), replace(node, heads=tuple(heads)))
    assert len(set(names.values())) == len(names) == 20


def test_names_in_other_languages_are_joined_as_well() -> None:
    assert joined(["西进口直行", "西进口右转", "西进口左转"]) == "西进口直行、右转、左转"
    assert joined(["left turn from the west", "left turn from the west"]) == "left turn from the west"
    assert joined(["a b", "c d"]) == "a b, c d"
    assert joined(["直行", "右转"]) == "直行、右转"


@pytest.mark.parametrize("name", CASES)
def test_the_diagram_is_small_and_its_ids_are_its_own(name: str) -> None:
    node, timing = case(name, 0)
    text = str(signal_timing_svg(node, timing, key="before"))
    assert len(text.encode()) < 5000
    svg = ET.fromstring(text)
    ids = [each.get("id") for each in svg.iter() if each.get("id")]
    assert set(ids) <= {"before-h"}
    assert ("url(#before-h)" in text) == bool(ids)
    assert svg.get("role") == "img" and svg.get("aria-label")


@pytest.mark.parametrize("name", CASES)
def test_texts_lie_within_the_view(name: str) -> None:
    node, timing = case(name, 2)
    svg = ET.fromstring(signal_timing_svg(node, timing, key="k"))
    _, _, width, height = map(float, (svg.get("viewBox") or "").split())
    for text in svg.iter("text"):
        assert 0.0 <= float(text.get("x") or -1) < width
        assert 0.0 <= float(text.get("y") or -1) < height


def spans_drawn(ax: Axes, gid: str) -> list[tuple[float, float]]:
    found = [c for c in ax.collections if c.get_gid() == gid and isinstance(c, PolyCollection)]
    paths = [np.asarray(path.vertices)[:, 0] for each in found for path in each.get_paths()]
    return [(float(x.min()), float(x.max())) for x in paths]


@pytest.mark.parametrize("name", CASES)
def test_axes_have_the_same_bars(name: str) -> None:
    node, timing = case(name, 1)
    ax = plot_signal_timing(node, timing)
    rows = signal_rows(node, timing)
    for number, row in enumerate(rows):
        for shown in Shown:
            expected = [(span.start_s, span.end_s) for span in row.spans if span.shown is shown]
            assert spans_drawn(ax, f"{shown}-{number}") == [pytest.approx(span) for span in expected]
    assert ax.get_xlim() == (0.0, timing.cycle_s)
    labels = [label.get_text().replace("\n", " ") for label in ax.get_yticklabels()]
    assert labels == ["Stage", *(row.name for row in rows)]
    written = [text.get_text() for text in ax.texts]
    assert all(times_text(row) in written for row in rows)


def test_nothing_is_cut_off_beside_the_axes() -> None:
    network, node, timing = crossroads()
    ax = plot_signal_timing(node, timing, names=head_names(network, node))
    figure = ax.figure
    assert isinstance(figure, Figure)
    figure.draw_without_rendering()
    box = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert box.x0 >= 0.0 and box.y0 >= 0.0 and box.x1 <= width and box.y1 <= height

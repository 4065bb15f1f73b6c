"""Pictures of stages, read back from the SVG's own coordinates and from what stands on the axes."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch

from tests.unit.reporting.drawn_junctions import Drawn, crossroads, main_street, numbers_of, retimed
from trafficopt.network import Network
from trafficopt.plan import SignalTiming
from trafficopt.reporting.drawings.junction_drawing import junction_drawing
from trafficopt.reporting.drawings.signal_colors import ALL_RED, GREEN, PERMISSIVE, ROAD, YELLOW
from trafficopt.reporting.drawings.stage_diagram import plot_stages
from trafficopt.reporting.drawings.stage_svg import stages_svg
from trafficopt.stage import GREEN as GREEN_LETTERS
from trafficopt.stage import Interval

SIGNALS = ("M1", "M2", "M3", "M4", "M5")
CASES = (*SIGNALS, "crossroads", "mirrored")
Movement = tuple[str, str]


def case(name: str) -> Drawn:
    return main_street()[name] if name in SIGNALS else crossroads(mirrored=name == "mirrored")


@cache
def picture(name: str) -> ET.Element:
    return ET.fromstring(stages_svg(*case(name), key="k"))


def stages_of(svg: ET.Element) -> list[ET.Element]:
    return [group for group in svg.findall("g") if group.get("transform")]


def shape(svg: ET.Element, use: ET.Element) -> str:
    """Path data that a `<use>` shows."""
    name = (use.get("href") or "").removeprefix("#")
    return next(each.get("d") or "" for each in svg.iter("path") if each.get("id") == name)


def movement_at(drawn: Drawn, data: str) -> Movement:
    """Which movement a path of the picture is, by where it begins and ends on the plan."""
    x, y, *_, u, v = numbers_of(data)
    paths = junction_drawing(*drawn[:2]).paths
    off = [
        np.hypot(*np.subtract((x, -y), p.before[0])) + np.hypot(*np.subtract((u, -v), p.end)) for p in paths
    ]
    assert min(off) < 0.2
    path = paths[int(np.argmin(off))]
    return path.from_link, path.to_link


def shown(name: str, stage: int) -> dict[str, set[str]]:
    """Letters that each movement shows in a stage of the timing."""
    _, node, timing = case(name)
    letters: dict[str, set[str]] = {}
    for head, letter in zip(node.heads, timing.stages[stage].state, strict=True):
        letters.setdefault(head.id, set()).add(letter)
    return letters


@pytest.mark.parametrize("name", CASES)
def test_each_picture_shows_what_is_green_in_its_stage_dashed_where_it_gives_way(name: str) -> None:
    drawn, svg = case(name), picture(name)
    stages = stages_of(svg)
    assert len(stages) == len(drawn[2].stages)
    for number, stage in enumerate(stages):
        found: dict[str, set[str]] = {}
        for group in (each for each in stage.findall("g") if each.get("marker-end")):
            letter = "g" if group.get("stroke-dasharray") else "G"
            for use in group.findall("use"):
                start, end = movement_at(drawn, shape(svg, use))
                found.setdefault(f"{start}->{end}", set()).add(letter)
        expected = {key: letters & set(GREEN_LETTERS) for key, letters in shown(name, number).items()}
        assert found == {k: v for k, v in expected.items() if v and not k.startswith("walk:")}


@pytest.mark.parametrize("name", ["crossroads", "mirrored"])
def test_each_picture_shows_the_crossings_where_people_walk(name: str) -> None:
    (network, node, timing), svg = case(name), picture(name)
    lines = {c.head: np.array(c.line) for c in junction_drawing(network, node).crossings}
    for stage, group in zip(timing.stages, stages_of(svg), strict=True):
        walks = [use for g in group.findall("g") if not g.get("marker-end") for use in g.findall("use")]
        found = [np.array(numbers_of(shape(svg, use))).reshape(2, 2) * (1, -1) for use in walks]
        green = [head for head in node.crossings if stage.state[head] == "G"]
        assert len(found) == len(green) == 2
        for head, line in zip(green, found, strict=True):
            assert np.allclose(lines[head], line, atol=0.051)


@pytest.mark.parametrize("name", CASES)
def test_pictures_are_in_order_with_their_greens_and_intergreens(name: str) -> None:
    _, _, timing = case(name)
    stages = zip(timing.stages, timing.greens_s, strict=True)
    texts = [text.text for text in picture(name).iter("text")]
    expected = [
        {f"{number}: {green:g} s", f"{stage.intergreen_s:g} s"}
        for number, (stage, green) in enumerate(stages, start=1)
    ]
    assert [set(texts[k : k + 2]) for k in range(0, len(texts), 2)] == expected


@pytest.mark.parametrize("name", CASES)
def test_bars_of_yellow_and_all_red_are_as_long_as_these_last(name: str) -> None:
    _, _, timing = case(name)
    groups = (g for g in picture(name).iter("g") if g.get("stroke") and g[0].get("fill"))
    lengths, durations = [], []
    for stage, group in zip(timing.stages, groups, strict=True):
        colors = [path.get("fill") for path in group]
        assert colors == [YELLOW if "y" in row.state else ALL_RED for row in stage.intergreen]
        lengths += [numbers_of(path.get("d") or "")[2] for path in group]
        durations += [row.duration_s for row in stage.intergreen]
    per_s = sum(lengths) / sum(durations)
    assert np.allclose(lengths, per_s * np.array(durations), atol=0.11)


def test_ids_are_unique_on_a_page_and_all_that_is_used_is_defined() -> None:
    svgs = [str(stages_svg(*case(name), key=f"s{k}")) for k, name in enumerate(CASES)]
    ids = re.findall(r'\bid="([^"]+)"', "".join(svgs))
    assert len(ids) == len(set(ids))
    for k, svg in enumerate(svgs):
        own = set(re.findall(r'\bid="([^"]+)"', svg))
        assert all(name.startswith(f"s{k}-") for name in own)
        assert set(re.findall(r'(?:href="|url\()#([^")]+)', svg)) == own


@pytest.mark.parametrize("name", CASES)
def test_pictures_are_small(name: str) -> None:
    svg = stages_svg(*case(name), key="before-J0101")
    assert len(svg.encode()) < 6000
    assert not re.search(r"\d\.\d\d", "".join(re.findall(r'\bd="([^"]+)"', svg)))


def test_a_picture_says_what_it_is_and_escapes_what_it_is_told() -> None:
    svg = ET.fromstring(stages_svg(*case("M1"), key="k", label='Stages of "M1" & <more>'))
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == 'Stages of "M1" & <more>'


@pytest.mark.parametrize("name", CASES)
def test_all_that_is_drawn_lies_within_the_view(name: str) -> None:
    svg = picture(name)
    _, _, width, height = map(float, (svg.get("viewBox") or "").split())
    for stage in stages_of(svg):
        x, y = numbers_of(stage.get("transform") or "")
        for use in stage.iter("use"):
            if not (use.get("href") or "").endswith("-j"):
                points = np.array([x, y]) + np.array(numbers_of(shape(svg, use))).reshape(-1, 2)
                assert (points > 0).all() and (points < (width, height)).all()


def test_lanes_that_show_different_things_have_arrows_of_their_own() -> None:
    network, node, timing = case("M1")
    (lanes,) = (m.heads for m in node.movements if m.heads == (4, 5))
    mixed = timing.stages[0].state[:5] + "r" + timing.stages[0].state[6:]
    stages = (replace(timing.stages[0], state=mixed), *timing.stages[1:])
    ax = plot_stages(network, node, replace(timing, stages=stages))
    drawn = {patch.get_gid() for patch in ax.patches}
    assert "protected-1-4" in drawn and "protected-1-5" not in drawn
    assert len({f"protected-1-{k}" for k in lanes} & arrows(plot_stages(network, node, timing)).keys()) == 1


def arrows(ax: Axes) -> dict[str, PathPatch]:
    return {str(p.get_gid()): p for p in ax.patches if isinstance(p, PathPatch)}


@pytest.mark.parametrize("name", CASES)
def test_axes_show_the_same_as_the_page(name: str) -> None:
    drawn, svg = case(name), picture(name)
    found = arrows(plot_stages(*drawn))
    on_page = []
    for number, stage in enumerate(stages_of(svg), start=1):
        for group in (g for g in stage.findall("g") if g.get("marker-end")):
            kind = "permissive" if group.get("stroke-dasharray") else "protected"
            on_page += [(kind, number, movement_at(drawn, shape(svg, use))) for use in group.findall("use")]
    heads = drawn[1].heads
    ids = [gid.split("-") for gid in found]
    on_axes = [(kind, int(n), (heads[int(k)].from_link, heads[int(k)].to_link)) for kind, n, k in ids]
    assert sorted(on_axes) == sorted(on_page)
    for gid, patch in found.items():
        assert (patch.get_linestyle() == "-") == gid.startswith("protected"), patch.get_linestyle()


@pytest.mark.parametrize("name", CASES)
def test_arrows_on_axes_are_the_paths_of_the_plan_moved_to_their_stage(name: str) -> None:
    network, node, timing = case(name)
    paths = {path.head: path for path in junction_drawing(network, node).paths}
    ax = plot_stages(network, node, timing)
    moves: dict[str, set[tuple[float, ...]]] = {}
    for gid, patch in arrows(ax).items():
        _, stage, head = gid.split("-")
        path = paths[int(head)]
        plan = np.array([*path.before, *path.curve[1:], *path.after[1:]])
        moved = np.asarray(patch.get_path().vertices) - plan
        assert np.ptp(moved, axis=0) == pytest.approx(0.0, abs=1e-9)
        moves.setdefault(stage, set()).add(tuple(np.round(moved[0], 6).tolist()))
    assert all(len(places) == 1 for places in moves.values())
    assert len(set.union(*moves.values())) == len(moves)


def test_many_stages_stand_in_rows_of_four_without_touching() -> None:
    network, node, timing = case("M1")
    many = SignalTiming(timing.stages * 2, timing.greens_s * 2, 2 * timing.cycle_s, 0.0)
    ax = plot_stages(network, node, many)
    titles = {text.get_text(): text.get_position() for text in ax.texts if ":" in text.get_text()}
    assert [title.split(":")[0] for title in titles] == [*"12345678"]
    xs, ys = np.array(list(titles.values())).T
    assert len(set(xs.round(6))) == 4 and len(set(ys.round(6))) == 2
    assert ys[0] > ys[4]
    west, south, east, north = junction_drawing(network, node).box
    assert np.diff(xs[:4]).min() > east - west
    assert ys[0] - ys[4] > north - south


def test_axes_that_are_given_are_drawn_on() -> None:
    ax = Figure().subplots()
    assert plot_stages(*case("M3"), ax=ax) is ax
    assert arrows(ax)


def test_clearance_of_crossings_is_told_from_all_red() -> None:
    network, node, timing = case("crossroads")
    first, second = timing.stages
    walked = Interval(first.state[:-4] + "rrrr", 4.0)
    longer = replace(first, intergreen=(walked, *first.intergreen))
    changed = SignalTiming((longer, second), timing.greens_s, timing.cycle_s + 4.0, 0.0)
    svg = ET.fromstring(stages_svg(network, node, changed, key="k"))
    bars = next(g for g in svg.iter("g") if len(g) and {path.get("fill") for path in g} >= {YELLOW, ALL_RED})
    assert [path.get("fill") for path in bars] == ["#ffffff", YELLOW, ALL_RED]


def test_green_that_goes_on_does_not_keep_the_others_from_being_all_red() -> None:
    network, node, timing = case("crossroads")
    free = [replace(stage, state="g" + stage.state[1:]) for stage in timing.stages]
    rows = [tuple(replace(row, state="g" + row.state[1:]) for row in stage.intergreen) for stage in free]
    stages = tuple(replace(stage, intergreen=row) for stage, row in zip(free, rows, strict=True))
    svg = ET.fromstring(stages_svg(network, node, replace(timing, stages=stages), key="k"))
    bars = [[path.get("fill") for path in g] for g in svg.iter("g") if len(g) and g[0].get("fill") == YELLOW]
    assert bars == [[YELLOW, ALL_RED]] * 2


def test_other_greens_change_the_titles_alone() -> None:
    network, node, timing = case("M1")
    one, other = (str(stages_svg(network, node, retimed(timing, seed), key="k")) for seed in (1, 2))
    titles = re.compile(r">\d+: [\d.]+ s<")
    assert titles.findall(one) != titles.findall(other)
    assert titles.sub("", one) == titles.sub("", other)


def test_a_network_without_shapes_still_gives_titles() -> None:
    network, node, timing = case("M1")
    links = {key: replace(link, shape=()) for key, link in network.links.items()}
    bare = Network(links, (node,), lane_graph=network.lane_graph)
    svg = ET.fromstring(stages_svg(bare, node, timing, key="k"))
    assert [len(list(stage.iter("use"))) for stage in stages_of(svg)] == [1] * len(timing.stages)
    ax = plot_stages(bare, node, timing)
    assert not arrows(ax)
    assert [text.get_text() for text in ax.texts][::2] == [
        f"{k}: {green:g} s" for k, green in enumerate(timing.greens_s, start=1)
    ]


def luminance(color: str) -> float:
    """Relative luminance of WCAG 2.1."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


@pytest.mark.parametrize(("one", "other"), [(GREEN, ROAD), (PERMISSIVE, ROAD), (YELLOW, ALL_RED)])
def test_colors_differ_in_lightness(one: str, other: str) -> None:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) > 3.0

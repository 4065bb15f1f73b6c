"""The report and its plots, on a hand-made grid city."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.unit.page_reading import CHINESE, Element, read_page
from trafficopt.comparison import compare
from trafficopt.demand import Demand
from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.intersection import Intersection, Movement, Turn
from trafficopt.limits import Limits
from trafficopt.network import Arterial, Link, Network
from trafficopt.objective import Objective, Performance, compare_by
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.reporting import plot_city_map, plot_pareto, plot_time_space, write_report
from trafficopt.reporting.pages.report import render_report
from trafficopt.reporting.plots.intervals import plot_history, plot_intervals
from trafficopt.reporting.words.answer import headline
from trafficopt.reporting.words.wording import MINUS
from trafficopt.result import Result, Status, Step
from trafficopt.scenario import Scenario, SimulationSettings
from trafficopt.signals.by_hand import intersection_by_hand
from trafficopt.stage import Interval, Stage
from trafficopt.study_findings import Alternative, Study

BLOCK_M = 400.0
SIDES = {"W": (-1, 0), "S": (0, -1), "E": (1, 0), "N": (0, 1)}
STAGES = tuple(
    Stage(green, (Interval(green.replace("G", "y"), 3.0), Interval("r" * 12, 2.0)), 5.0, 60.0)
    for green in ("GGGrrrGGGrrr", "rrrGGGrrrGGG")
)


@pytest.fixture(autouse=True)
def _without_font(monkeypatch: pytest.MonkeyPatch) -> None:
    """No font travels with the pages: to cut one takes longer than all else. `test_chinese.py` has it."""
    monkeypatch.setattr("trafficopt.reporting.pages.page.font_rule", lambda page: "")


def node(column: int, row: int) -> str:
    return f"n{column}.{row}"


def link(column: int, row: int, to_column: int, to_row: int) -> Link:
    ends = ((column * BLOCK_M, row * BLOCK_M), (to_column * BLOCK_M, to_row * BLOCK_M))
    start, end = node(column, row), node(to_column, to_row)
    return Link(f"{start}-{end}", start, end, BLOCK_M, 13.9, 2, ends)


def grid_network(n_columns: int, n_rows: int, prefix: str = "") -> Network:
    """Signals at all inner crossings of a grid; the outermost nodes are gates."""
    inner = [(c, r) for r in range(n_rows) for c in range(n_columns)]
    pairs = [((c, r), (c + dx, r + dy)) for c, r in inner for dx, dy in SIDES.values()]
    both_ways = dict.fromkeys([*pairs, *(pair[::-1] for pair in pairs)])
    links = {item.id: item for item in (link(*start, *end) for start, end in both_ways)}
    intersections = tuple(grid_intersection(c, r, prefix) for c, r in inner)
    arterials = (
        tuple(grid_arterial(r, n_columns, prefix) for r in range(0, n_rows, 3)) if n_columns > 1 else ()
    )
    return Network(links, intersections, arterials)


def grid_intersection(column: int, row: int, prefix: str) -> Intersection:
    """Heads 0-2 serve the west, 3-5 the south, 6-8 the east, 9-11 the north approach."""
    movements = []
    for number_, (dx, dy) in enumerate(SIDES.values()):
        from_link = f"{node(column + dx, row + dy)}-{node(column, row)}"
        exits = {Turn.THROUGH: (-dx, -dy), Turn.LEFT: (dy, -dx), Turn.RIGHT: (-dy, dx)}
        for turn, (ex, ey) in exits.items():
            to_link = f"{node(column, row)}-{node(column + ex, row + ey)}"
            heads = (3 * number_ + list(exits).index(turn),)
            movements.append(Movement(from_link, to_link, turn, heads, (0,), 10.0, 0, ()))
    reason = "railway crossing beside it" if (column, row) == (1, 0) else ""
    made = intersection_by_hand(
        f"{prefix}{node(column, row)}", movements, STAGES, x_m=column * BLOCK_M, y_m=row * BLOCK_M
    )
    return replace(made, kept_because=reason, district="North" if row else "South")


def grid_arterial(row: int, n_columns: int, prefix: str) -> Arterial:
    east = tuple((f"{node(c, row)}-{node(c + 1, row)}",) for c in range(n_columns - 1))
    west = tuple((f"{node(c + 1, row)}-{node(c, row)}",) for c in range(n_columns - 1))
    return Arterial(f"A{row + 1}", tuple(f"{prefix}{node(c, row)}" for c in range(n_columns)), east, west)


def grid_plan(network: Network, name: str, cycle_s: float, wave: float) -> TimingPlan:
    green = cycle_s - 10.0
    timings = {
        item.id: SignalTiming(STAGES, (0.6 * green, 0.4 * green), cycle_s, (wave * item.x_m / 13.9) % cycle_s)
        for item in network.intersections
    }
    return TimingPlan(name, timings)


def run(seed: int, delay_s: float, teleports: int = 0) -> SeedResult:
    return SeedResult(
        seed, 2046, 2000, 46 - teleports, teleports, delay_s, 1.5, 0.7 * delay_s, 1.0, teleports, 0, 0
    )


def evaluation(network: Network, plan: str, delays_s: list[float], factor: float) -> Evaluation:
    runs = tuple(run(seed, delay_s) for seed, delay_s in enumerate(delays_s, start=1))
    vehicles = dict.fromkeys(network.links, 300.0)
    lost = {key: 300.0 * factor * (20 + 7 * (n % 11)) for n, key in enumerate(sorted(network.links))}
    return Evaluation(plan, runs, lost, vehicles)


def grid_study(
    n_columns: int, n_rows: int, prefix: str = "", note: str = "Synthetic city, no survey data."
) -> Study:
    network = grid_network(n_columns, n_rows, prefix)
    field, new = grid_plan(network, "field plan", 90.0, 0.0), grid_plan(network, "optimized", 80.0, 1.0)
    kept = {item.id: field[item.id] for item in network.intersections if item.kept_because}
    new = TimingPlan(new.name, {**new.timings, **kept})
    before = evaluation(network, field.name, [52.0, 53.5, 51.0, 52.6, 51.4], 1.0)
    after = evaluation(network, new.name, [41.0, 42.3, 40.6, 41.9, 40.7], 0.8)
    demand = Demand((), np.zeros(0), (), (), {})
    settings = SimulationSettings(Path("net.xml"), (), (), 25200.0, 28800.0)
    retime = frozenset(item.id for item in network.intersections if not item.kept_because)
    scenario = Scenario(
        *("grid", Path("grid"), network, demand, field, Limits(), settings, retime, {}),
        title="Grid city",
        note=note,
    )
    steps = (Step(0.1, "field plan", 50.0), Step(1.0, "cycle", 44.0), Step(4.0, "offsets", 40.0))
    result = Result(new, Status.IMPROVED, "Time was up.", 50.0, 40.0, steps, 1, 4.2)
    facts = {
        "versions": {"trafficopt": "0.1.0", "sumo": "1.28.0"},
        "seeds": [1, 2, 3, 4, 5],
        "wall_s": 12.34567,
    }
    return Study(scenario, result, new, Status.IMPROVED, compare(before, after), None, facts)


def test_the_page_says_what_other_offsets_could_save() -> None:
    study = grid_study(2, 2)
    assert "other offsets could save" not in render_report(study)
    result = replace(study.result, link_delay_veh_s_s=8.0, link_delay_bound_veh_s_s=7.8)
    figures = read_page(render_report(replace(study, result=result))).one("section", id="figures")
    assert "other offsets could save at most 2.5 % of the delay" in figures.words()
    assert "其他相位差至多还能减少协调信号间延误的 2.5 %" in figures.words(CHINESE)


def test_other_stage_policies_have_a_row_each() -> None:
    study = grid_study(2, 2)
    assert "What other rules on stages" not in render_report(study)
    others = tuple(
        Alternative(stages, study.result, study.comparison, n)
        for stages, n in (("shipped", 0), ("warranted", 7))
    )
    page = read_page(render_report(replace(study, alternatives=others)))
    rows = page.one("section", id="stages").rows()[1:]
    assert [row[0] for row in rows] == ["shipped", "protected", "warranted"]
    assert [row[2] for row in rows] == ["41.3"] * 3
    assert [row[-1] for row in rows] == ["0", "see above", "7"]


def kept_study() -> Study:
    study = grid_study(3, 2)
    before = study.comparison.before
    worse = replace(study.comparison.after, runs=tuple(run(s, 52.0 + s % 2, 3) for s in before.seeds))
    return replace(
        study,
        plan=study.scenario.field_plan,
        status=Status.UNCHANGED,
        comparison=compare(before, before),
        rejected=compare(before, worse),
    )


def written(study: Study, path: Path) -> Element:
    write_report(study, path / "report.html")
    assert [item.name for item in path.iterdir()] == ["report.html"]
    text = (path / "report.html").read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    return read_page(text)


def tags(page: Element) -> list[str]:
    """Of the page and of the pages kept in it."""
    return [each.tag for part in (page, *page.sheets) for each in part]


@cache
def whole() -> Element:
    """The report of a city, for those who only look at it."""
    return read_page(render_report(grid_study(3, 2)))


def test_report_holds_the_figures() -> None:
    page = whole()
    text = page.words()
    figures = f"({MINUS}20.7 %, 95 % interval {MINUS}11.2 to {MINUS}10.4 s, 5 paired runs)."
    assert f"Mean delay falls from 52.1 s to 41.3 s per vehicle {figures}" in text
    assert "Synthetic city, no survey data." in text
    assert "Retimed: 5 of 6 signalized intersections." in text
    assert "kept: railway crossing beside it" in text
    assert "12.3457" in text
    assert "1.28.0" in text
    headings = [each.words() for each in page.all("h2")]
    assert headings[0] == "To be borne in mind"
    assert "Key figures" in headings
    assert text.index("Synthetic city") < text.index("Mean delay falls") < text.index("Key figures Mean of")


def test_the_answer_stands_there_in_chinese_too() -> None:
    text = whole().words(CHINESE)
    figures = f"（{MINUS}20.7 %，95 % 区间 {MINUS}11.2 至 {MINUS}10.4 s，5 对仿真运行）。"
    assert f"平均延误由 52.1 s/辆降至 41.3 s/辆{figures}" in text
    assert "6 个信控路口中重新配时 5 个。" in text
    assert "保留：railway crossing beside it" in text


def test_each_intersection_has_a_page_of_its_own() -> None:
    page = whole()
    anchors = [row.attributes["data-anchor"] for row in page.one("table", id="signals").all("tr")[1:]]
    kept = [each.attributes["id"] for each in page.all("script", marked="page")]
    assert kept == [f"page-{anchor}" for anchor in anchors]
    sheets = [sheet.one("article") for sheet in page.sheets]
    assert [sheet.attributes["data-anchor"] for sheet in sheets] == anchors
    first, second = sheets[:2]
    assert first.one("h3").words() == "n0.0 South"
    assert "cycle 90 s to 80 s" in first.words()
    assert "周期由 90 s 改为 80 s" in first.words(CHINESE)
    assert [each.words() for each in first.all("section", marked="timing")[1].all("h4")] == [
        "Timing sheet: Field plan"
    ]
    assert "Kept: railway crossing beside it" in second.words()
    assert len(second.all("section", marked="timing")) == 1  # the field plan's, which stays
    ways = [
        [(a.attributes["rel"], a.attributes["href"]) for a in sheet.all("a") if "rel" in a.attributes]
        for sheet in sheets
    ]
    assert ways[0] == [("next", "#signal-1")]
    assert ways[1] == [("prev", "#signal-0"), ("next", "#signal-2")]
    assert ways[-1] == [("prev", "#signal-4")]


def test_report_needs_nothing_else(tmp_path: Path) -> None:
    page = written(grid_study(3, 2), tmp_path)
    parts = [page, *page.sheets]
    ids = [key for part in parts for key in part.ids]
    places = {f"#{key}" for key in ids} | {f"#{key.removeprefix('page-')}" for key in page.ids}
    assert len(page.all("svg")) == 5
    assert [len(sheet.all("svg")) for sheet in page.sheets] == [4, 2, 4, 4, 4, 4]
    assert [a for part in parts for a in part.addresses if a not in places and a != "data:,"] == []
    assert len(ids) == len(set(ids))
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not re.search(r'(src|href|url)\s*[=(]\s*["\']?https?:', text)


def test_same_study_gives_same_bytes(tmp_path: Path) -> None:
    paths = tmp_path / "a.html", tmp_path / "deep" / "b.html"
    for path in paths:
        write_report(grid_study(2, 2), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_unchanged_study_says_so(tmp_path: Path) -> None:
    page = written(kept_study(), tmp_path)
    text = page.words()
    assert "No better plan was proven; the field plan is kept." in text
    assert "mean delay rises from 52.1 s to 52.6 s per vehicle" in text
    assert "within the noise" in text
    assert "Retimed: 0 of 6 signalized intersections." in text
    assert "Tried plan (rejected): 3 of 2,046 vehicles a run were removed by SUMO" in text
    assert "未能证明有更优方案，保留现状方案。" in page.words(CHINESE)


def test_unchanged_study_without_a_tried_plan(tmp_path: Path) -> None:
    page = written(replace(kept_study(), rejected=None), tmp_path)
    assert "Mean delay under it is 52.1 s per vehicle." in page.words()
    assert len(page.all("svg")) == 3


def test_names_are_escaped(tmp_path: Path) -> None:
    evil = '<script>alert("$x$")</script>'
    page = written(grid_study(2, 1, prefix=evil, note=evil), tmp_path)
    assert tags(page) == tags(read_page(render_report(grid_study(2, 1, prefix="J", note="J"))))
    assert page.one("p", marked="note").words() == evil
    assert [sheet.one("h3").words() for sheet in page.sheets] == [f"{evil}n0.0 South", f"{evil}n1.0 South"]
    assert "<script>alert(" not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_names_in_other_scripts_are_kept(tmp_path: Path) -> None:
    page = written(grid_study(2, 1, prefix="解放路"), tmp_path)
    assert "解放路n0.0" in page.words()
    assert "解放路n0.0" in page.words(CHINESE)


def test_single_intersection_and_single_run(tmp_path: Path) -> None:
    study = grid_study(1, 1)
    one = compare(
        replace(study.comparison.before, runs=study.comparison.before.runs[:1]),
        replace(study.comparison.after, runs=study.comparison.after.runs[:1]),
    )
    page = written(replace(study, comparison=one), tmp_path)
    assert "no interval, one pair of runs), too few runs to tell it from noise." in page.words()
    assert "无区间，1 对仿真运行），仿真次数过少，无法与噪声区分。" in page.words(CHINESE)


def test_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.html"
    path.write_text("old", encoding="utf-8")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_report(grid_study(1, 1), path)
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_plots_have_units_on_both_axes() -> None:
    study = grid_study(3, 1)
    network, arterial = study.scenario.network, study.scenario.network.arterials[0]
    axes = [
        plot_city_map(network, {"n0.0": 30.0}),
        plot_time_space(arterial, network, study.plan),
        plot_intervals(study.comparison),
        plot_history(study.result.history),
        plot_pareto([study.result]),
    ]
    labels = [(ax.get_xlabel(), ax.get_ylabel()) for ax in axes]
    assert labels[:2] == [("x [m]", "y [m]"), ("Time [s]", "Distance [m]")]
    assert all(re.search(r"\[[^]]+\]$", label) for pair in labels for label in pair)


def test_arterial_of_one_intersection_is_drawn() -> None:
    network = grid_network(1, 1)
    ax = plot_time_space(Arterial("A1", ("n0.0",), (), ()), network, grid_plan(network, "x", 80.0, 0.0))
    assert "outbound unknown" in ax.get_title("left")


def test_plots_draw_on_given_axes() -> None:
    study = grid_study(3, 1)
    network = study.scenario.network
    ax = plot_city_map(network, {})
    assert plot_city_map(network, {}, ax=ax) is ax
    assert plot_time_space(network.arterials[0], network, study.plan, ax=ax) is ax


def test_time_space_title_tells_the_bands() -> None:
    network = grid_network(3, 1)
    arterial = network.arterials[0]
    waved = plot_time_space(arterial, network, grid_plan(network, "wave", 80.0, 1.0))
    # The plan is made for the limit; at 0.6 m/s less, two gaps of 400 m take 2.6 s of the green of 42 s.
    assert "band outbound 39.4 s (49 % of the cycle)" in waved.get_title("left")
    assert "cycle 80 s" in waved.get_title("left")
    plan = grid_plan(network, "x", 80.0, 1.0)
    mixed = TimingPlan("mixed", {**plan.timings, "n1.0": grid_plan(network, "y", 90.0, 0.0)["n1.0"]})
    assert "no band: cycles differ" in plot_time_space(arterial, network, mixed).get_title("left")
    partial = TimingPlan("partial", {"n1.0": plan["n1.0"]})
    assert "2 signals not in the plan" in plot_time_space(arterial, network, partial).get_title("left")


def test_headline_of_a_rise() -> None:
    study = grid_study(1, 1)
    turned = replace(study, comparison=compare(study.comparison.after, study.comparison.before))
    told = headline(turned)
    assert told.en.startswith("Mean delay rises from 41.3 s to 52.1 s per vehicle (+26.2 %")
    assert told.zh.startswith("平均延误由 41.3 s/辆升至 52.1 s/辆（+26.2 %")


def test_headline_tells_the_objective_that_decides(tmp_path: Path) -> None:
    study = grid_study(3, 1)
    objective, scenario = Objective(arterial=1.0), study.scenario
    compared = compare_by(
        objective,
        scenario.network,
        (study.comparison.before, scenario.field_plan),
        (study.comparison.after, study.plan),
    )
    weighed = replace(study, comparison=compared, result=replace(study.result, objective=objective))
    change = compared["objective"].mean
    assert change < compared["mean_delay_s"].mean
    told = headline(weighed).en
    assert told.startswith(
        f"What decides is mean delay + 1 x arterial delay: {MINUS}{-change:.1f} s per vehicle ({MINUS}"
    )
    assert ", better. Mean delay falls from 52.1 s to 41.3 s per vehicle" in told
    page = written(weighed, tmp_path)
    assert "Model's objective [s/veh]" in page.words()
    assert "模型目标值 [s/辆]" in page.words(CHINESE)
    assert "What decides" not in headline(study).en


def test_the_front_is_drawn_with_the_field_plan() -> None:
    base = grid_study(1, 1).result
    front = [
        replace(
            base,
            objective=Objective(stop_s=stop_s),
            performance_before=Performance(50.0, 2.0),
            performance_after=Performance(delay_s, stops),
        )
        for stop_s, delay_s, stops in ((0.0, 30.0, 1.5), (5.0, 30.5, 1.49), (40.0, 36.0, 1.1))
    ]
    ax = plot_pareto(front)
    plans, field = (np.asarray(collection.get_offsets()).tolist() for collection in ax.collections)
    assert plans == [[30.0, 1.5], [30.5, 1.49], [36.0, 1.1]]
    assert field == [[50.0, 2.0]]
    assert [text.get_text() for text in ax.texts] == ["0 s", "5 s", "40 s"]
    assert plot_pareto(front, ax=ax) is ax

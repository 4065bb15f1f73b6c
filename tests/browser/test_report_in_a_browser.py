"""A report of the synthetic city as a reader opens it, in Chromium."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import trafficopt as to
from trafficopt.reporting.pages.report import render_report
from trafficopt.result import Result, Status
from trafficopt.study_findings import Study

CITY = Path(__file__).parents[2] / "scenarios" / "cangzhou"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MOST_MB = 15.0
CJK = re.compile("[\u4e00-\u9fff]")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")


@dataclass
class Opened:
    """A page with what the browser said and asked for while it was open."""

    page: sync_api.Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of one SUMO run of ten minutes, with the field plan beside a plan of other offsets."""
    scenario = to.read_scenario(CITY, minutes=10)
    problem = to.build_problem(scenario)
    field_plan = problem.field_plan
    moved = {
        key: to.SignalTiming(t.stages, t.greens_s, t.cycle_s, (t.offset_s + 10.0) % t.cycle_s)
        for key, t in field_plan.timings.items()
        if key in scenario.retime
    }
    plan = to.TimingPlan("moved", {**field_plan.timings, **moved})
    before, after = (to.simulate(problem, p, seeds=(1,)) for p in (field_plan, plan))
    study = Study(
        scenario,
        Result(plan, Status.IMPROVED, "Offsets were moved by 10 s.", 60.0, 59.0, (), 1, 0.0),
        plan,
        Status.IMPROVED,
        to.compare(before, after),
        field_diagnosis=to.diagnose(problem),
        plan_diagnosis=to.diagnose(problem, plan),
    )
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render_report(study), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def opened(report: Path, browser: sync_api.Browser, request: pytest.FixtureRequest) -> Iterator[Opened]:
    """The report in a window of the width that a test asks for; nothing may go wrong in it."""
    width = getattr(request, "param", 1400)
    page = browser.new_page(viewport={"width": width, "height": 900}, locale="en-US")
    found = Opened(page)
    page.on("console", lambda message: found.said.append(message.text))
    page.on("pageerror", lambda error: found.said.append(str(error)))
    page.on("request", lambda asked: found.asked.append(asked.url))
    page.goto(report.as_uri())
    yield found
    page.close()
    assert found.said == []
    assert {url.split("#")[0].split("?")[0] for url in found.asked if not url.startswith("data:")} == {
        report.as_uri()
    }


def test_the_file_is_small_enough(report: Path) -> None:
    assert report.stat().st_size < MOST_MB * 1e6


def test_every_tab_shows_its_part_and_no_other(opened: Opened) -> None:
    page = opened.page
    tabs = page.locator("#tabs a")
    assert tabs.count() == 6
    for index in range(tabs.count()):
        tabs.nth(index).click()
        name = str(tabs.nth(index).get_attribute("href"))
        page.wait_for_function("name => document.querySelector(name).checkVisibility()", arg=name)
        assert page.locator(".tab:visible").count() == 1
        assert page.locator("#tabs a[aria-current]").count() == 1


def test_each_of_167_pages_can_be_reached(opened: Opened) -> None:
    page = opened.page
    page.locator("#tabs a[href='#intersections']").click()
    links = page.locator("#signals tbody th a")
    anchors = [str(link.get_attribute("href")) for link in links.all()]
    assert len(set(anchors)) == 167
    first = links.first.inner_text()
    links.first.click()
    seen = []
    for _ in anchors:
        seen.append(page.locator("#pages h3").evaluate("e => e.firstChild.textContent.trim()"))
        assert page.locator("#pages svg").count() >= 2
        following = page.locator("#pages a[rel=next]")
        if following.count():
            following.click()
            page.wait_for_function(
                "old => document.querySelector('#pages h3').firstChild.textContent.trim() !== old",
                arg=seen[-1],
            )
    assert seen[0] == first
    assert len(set(seen)) == 167


def test_arrow_keys_turn_pages(opened: Opened) -> None:
    page = opened.page
    page.goto(page.url.split("#")[0] + "#signal-3")
    names = [page.locator("#pages h3").inner_text()]
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => location.hash === '#signal-4'")
    names.append(page.locator("#pages h3").inner_text())
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("() => location.hash === '#signal-3'")
    assert page.locator("#pages h3").inner_text() == names[0] != names[1]


def test_the_switch_turns_words_into_chinese_and_back(opened: Opened) -> None:
    page = opened.page
    english = page.locator("main").inner_text()
    assert not CJK.search(english)
    page.locator("#language").click()
    chinese = page.locator("main").inner_text()
    assert CJK.search(chinese)
    assert "Key figures" not in chinese
    assert page.locator("#tabs a").all_inner_texts() == [
        "主要指标",
        "地图",
        "路口",
        "干道",
        "安全",
        "方法与局限",
    ]
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    page.locator("#language").click()
    assert page.locator("main").inner_text() == english


def test_a_chinese_address_opens_in_chinese(opened: Opened) -> None:
    page = opened.page
    page.goto(page.url.split("#")[0] + "?language=zh#signal-0")
    assert page.locator("#pages h4").first.inner_text() == "现状"
    assert "周期" in page.locator("#pages .key").first.inner_text()


def test_filters_leave_what_fits(opened: Opened) -> None:
    page = opened.page
    page.goto(page.url.split("#")[0] + "#intersections")
    rows = page.locator("#signals tbody tr:visible")
    assert rows.count() == 167
    page.locator("#only-retimed").check()
    assert rows.count() == 127
    page.locator("#find").fill("J01")
    assert 0 < rows.count() < 127
    assert page.locator("#shown").inner_text() == f"{rows.count()} / 167"


def test_the_map_changes_its_layer(opened: Opened) -> None:
    page = opened.page
    page.goto(page.url.split("#")[0] + "#map")
    colors = "() => [...document.querySelectorAll('#first-map a use')].map(e => e.style.fill).join()"
    title = page.locator("#first-map a title").first
    before, told = page.evaluate(colors), title.text_content()
    page.locator("#layer").select_option(index=2)
    assert page.evaluate(colors) != before
    assert title.text_content() != told
    assert page.locator("#second-map").is_hidden()
    page.locator("#other-layer").select_option(index=1)
    assert page.locator("#second-map").is_visible()
    page.locator("#first-map a").first.evaluate(
        "link => link.dispatchEvent(new MouseEvent('click', {bubbles: true}))"
    )
    page.wait_for_function("() => document.querySelector('#pages h3') !== null")


def test_the_keyboard_reaches_tabs_and_switch(opened: Opened) -> None:
    page = opened.page
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("(document.activeElement.id || document.activeElement.hash || '')"))
    assert "language" in reached
    assert {"#figures", "#map", "#intersections"} <= set(reached)


@pytest.mark.parametrize("opened", [390], indirect=True)
def test_a_phone_shows_no_page_wider_than_itself(opened: Opened) -> None:
    page = opened.page
    for name in ("#figures", "#map", "#intersections", "#signal-5", "#arterials", "#safety", "#method"):
        page.goto(page.url.split("#")[0] + name)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name


def test_paper_shows_one_sheet_for_a_page(opened: Opened) -> None:
    page = opened.page
    page.goto(page.url.split("#")[0] + "#signal-7")
    page.emulate_media(media="print")
    assert page.locator("article.sheet").is_visible()
    assert page.locator("#signals").is_hidden()
    assert page.locator("#tabs").is_hidden()
    page.goto(page.url.split("#")[0] + "#figures")
    assert page.locator("#figures").is_visible()
    assert page.locator("#safety").is_visible()

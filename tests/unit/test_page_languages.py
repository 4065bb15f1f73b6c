"""All four pages in both languages: nothing is left untranslated, unpaired, unused or led nowhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

import trafficopt.reporting
from tests.unit.batch.test_batch_page import FIELD as BATCH_FIELD
from tests.unit.batch.test_batch_page import page as batch_page
from tests.unit.page_reading import CHINESE, ENGLISH, LABELS, Element, read_page
from tests.unit.test_ledger import LEDGER
from tests.unit.test_programme_page import FACTS, OWN
from tests.unit.test_report import grid_study, kept_study
from tests.unit.test_report_explanations import explanation
from tests.unit.test_robustness import demand
from trafficopt.diagnosis.causes import weaknesses
from trafficopt.diagnosis.diagnose import Diagnosis, Point
from trafficopt.diagnosis.figures import ArterialFigures, IntersectionFigures, MovementFigures
from trafficopt.intersection import Override
from trafficopt.limits import Limits
from trafficopt.model.arterial_ways import Direction
from trafficopt.objective import Objective
from trafficopt.reporting.pages.ledger_page import render_ledger_page
from trafficopt.reporting.pages.programme_page import render_programme_page
from trafficopt.reporting.pages.report import render_report
from trafficopt.reporting.words.chinese import CHINESE as KNOWN
from trafficopt.risk import MEAN
from trafficopt.robustness import Robustness
from trafficopt.rules.findings import RULES, Finding
from trafficopt.study_findings import Alternative, Study
from trafficopt.waiver import Waiver

CHINESE_LETTER = re.compile(r"[\u4e00-\u9fff]")
LETTER = re.compile(r"[A-Za-z]{2}")
ENGLISH_WORD = re.compile(r"[A-Za-z]{3,}")
SENTENCE = re.compile(r"(?<![\w/.-])[A-Za-z][a-z']*(?:[ ,;:.]+[A-Za-z][a-z']*\b(?![\w/-])){2,}")
PARTICLE = re.compile(r"(?<![\w.>-])(?:a|and|at|by|for|from|in|more|no|none|of|the|to|veh|with)(?![\w-])")
UNIT = re.compile(r"\[[^\]]+\]")
SCRIPT_ID = re.compile(r'getElementById\("([^"]+)"\)')
SWITCH = "中文"
OPTIONAL_IDS = {"district"}  # there are scenarios without districts
REPORTING = Path(trafficopt.reporting.__file__).parent

Page = tuple[Element, ...]
"""A page, and the pages of intersections that are kept in it."""


def diagnosed(calm: IntersectionFigures, healthy: MovementFigures) -> Diagnosis:
    """Two intersections with every kind of weakness, one of which nothing is to be told, an arterial."""
    named = replace(healthy, name_zh="西进口直行")
    full = replace(named, saturation=1.2, queue_m=300.0, arrivals_on_green=0.2, platoon_loss_veh_h=0.3)
    idle = replace(calm, id="n0.0", stage_saturation=(1.1, 0.2), timing_gain_veh_h=0.5, standing=("w",))
    figures = [
        replace(idle, critical_saturation=1.1, movements=(full, replace(full, lane=1, yields=True))),
        replace(idle, id="n1.0", best_cycle_s=80.0, movements=(replace(full, green_share=0.0), named)),
        replace(calm, id="n2.0", movements=(named,)),
    ]
    ways = [ArterialFigures("A1", way, 1.5, 1.5, 0.4, 0.7, 3.04) for way in Direction]
    points = tuple(Point(each, weaknesses(each)) for each in figures)
    return Diagnosis("field", (), 21.34, 20.0, {"n0.1": "it is not in the plan"}, points, (), tuple(ways))


def full_study(diagnosis: Diagnosis) -> Study:
    """A study of which the report has all that it can have."""
    study = grid_study(3, 2)
    first, *others = study.scenario.network.intersections
    override = Override("n0.0", ("w->e", "s->n"), False, "a bridge")
    first = replace(first, conflicts=replace(first.conflicts, overrides=(override,)))
    waivers = (
        Waiver("short-green", "n0.0", "agreed with them", ("w->e",)),
        Waiver("long-red", "n2.0", "agreed"),
    )
    scenario = replace(
        study.scenario,
        network=replace(study.scenario.network, intersections=(first, *others)),
        limits=Limits("us", min_green_s=8.5),
        waivers=waivers,
    )
    short = Finding("short-green", RULES["short-green"].severity, "n0.0", ("w->e",), "green of 3 s", "")
    findings = (
        short,
        replace(short, intersection="n2.0", waived="agreed with them"),
        Finding("long-red", RULES["long-red"].severity, "n0.1", ("s->n",), "waits for 130 s", ""),
        Finding("always-green", RULES["always-green"].severity, "n0.1", (), "is always green", ""),
    )
    after = study.comparison.after
    doubtful = replace(after, runs=BATCH_FIELD.runs + after.runs[3:])
    light, heavy = (
        demand(name, 80, field=50.0, new=40.0, nominal=38.0, own=35.0, failing=failing)
        for name, failing in (("x0.8", False), ("x1.2", True))
    )
    result = replace(
        study.result,
        explanations={"n0.0": explanation("n0.0"), "n1.0": explanation("n1.0", n_same=1)},
        link_delay_veh_s_s=8.0,
        link_delay_bound_veh_s_s=7.8,
    )
    others_found = tuple(
        Alternative(name, study.result, study.comparison, 3) for name in ("shipped", "warranted")
    )
    return replace(
        study,
        scenario=scenario,
        result=result,
        comparison=replace(study.comparison, after=doubtful),
        alternatives=others_found,
        robustness=Robustness(MEAN, (light, heavy)),
        field_findings=findings,
        plan_findings=findings[:1],
        field_diagnosis=diagnosis,
        plan_diagnosis=diagnosis,
    )


def with_objective(study: Study) -> Study:
    return replace(study, result=replace(study.result, objective=Objective(arterial=1.0)))


PAGES: dict[str, Callable[[Diagnosis], str]] = {
    "report": lambda diagnosis: render_report(full_study(diagnosis)),
    "report of a kept plan": lambda _: render_report(kept_study()),
    "report without a plan": lambda _: render_report(with_objective(replace(kept_study(), rejected=None))),
    "ledger": lambda _: render_ledger_page(LEDGER, title="Synthetic city", note="No survey data."),
    "programme": lambda diagnosis: render_programme_page(FACTS),
    "batch": lambda _: batch_page(),
}
LEDGER_TEXTS = tuple(
    value
    for matter in (*LEDGER.matters, *OWN)
    for value in (matter.found, matter.measure, matter.reason, matter.evidence, matter.owner)
)
SOURCES = (
    *(rule.source for rule in RULES.values()),
    *(source.text for profile in ("keep", "us") for source in Limits(profile).sources.values()),
)
STUDY_TEXTS = (
    *("Grid city", "Synthetic city, no survey data.", "railway crossing beside it", *SOURCES),
    *("Time was up.", "it is not in the plan"),  # the search's message, and why a signal is not timed
)
ALLOWED: dict[str, tuple[str, ...]] = {
    # Titles and notes of scenarios, reasons that somebody gave, messages of rules, sources.
    "report": (
        *STUDY_TEXTS,
        "agreed with them",
        "green of 3 s",
        "waits for 130 s",
        "is always green",
        "a bridge",
    ),
    "report of a kept plan": STUDY_TEXTS,
    "report without a plan": STUDY_TEXTS,
    "ledger": ("Synthetic city", "No survey data.", *LEDGER_TEXTS),
    "programme": (*STUDY_TEXTS, FACTS.title, FACTS.note, *LEDGER_TEXTS),
    "batch": ("study <1>", "Timed <all>.", "sumo ended & died"),
}
"""English that stays in the Chinese view because others wrote it."""
SCENARIO_NAMES = {"<town>", "city", "A1"}
NAMES = re.compile(r"n\d\.\d|North|South|Center|SUMO|HCM|NEMA|veh|shipped|optimized?")
"""Words of drawings that are names or units."""


@cache
def read_of(name: str, calm: IntersectionFigures, healthy: MovementFigures) -> Page:
    page = read_page(PAGES[name](diagnosed(calm, healthy)))
    return page, *page.sheets


@pytest.fixture(params=PAGES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(name: str, calm: IntersectionFigures, healthy: MovementFigures) -> Page:
    return read_of(name, calm, healthy)


def lines_of(page: Page, language: str) -> list[str]:
    return [line for part in page for line in (*part.lines(language), *part.labels(language))]


def without(line: str, allowed: tuple[str, ...]) -> str:
    for text in sorted(allowed, key=len, reverse=True):
        line = line.replace(text, "…") if text else line
    return line


def none(left: Iterable[str]) -> None:
    """Nothing is left over; else all of it is shown."""
    found = sorted(set(left))
    assert not found, "\n".join(found)


def test_the_chinese_view_has_no_english_sentence(page: Page, name: str) -> None:
    lines = lines_of(page, CHINESE)
    none(line for line in lines if SENTENCE.search(without(line, ALLOWED[name])))


def test_the_chinese_view_has_no_english_particle_or_unit(page: Page, name: str) -> None:
    lines = lines_of(page, CHINESE)
    none(line for line in lines if PARTICLE.search(without(line, ALLOWED[name])))


def test_the_english_view_has_no_chinese_word(page: Page) -> None:
    lines = lines_of(page, ENGLISH)
    none(line for line in lines if CHINESE_LETTER.search(line) and not line.endswith(SWITCH))


def test_words_stand_in_pairs(page: Page) -> None:
    for part in page:
        paired = {id(each) for pair in pairs_in(part) for each in pair}
        spans = (each for each in part.all("span") if each.language and id(each) not in paired)
        none(each.words(each.language) for each in spans)
    assert len(pairs_in(page[0])) > 10


def pairs_in(part: Element) -> list[tuple[Element, Element]]:
    """Words in English with the Chinese ones that follow at once."""
    found = []
    for english in part.all("span", lang=ENGLISH):
        assert english.parent is not None
        beside = english.parent.children
        place = next(k for k, each in enumerate(beside) if each is english) + 1
        chinese = beside[place] if place < len(beside) else None
        if isinstance(chinese, Element) and chinese.tag == "span" and chinese.language == CHINESE:
            found.append((english, chinese))
    return found


def said_twice(page: Page) -> list[tuple[str, str]]:
    """All words that are there in both languages, whether as elements or as attributes."""
    found = [(a.words(), b.words(CHINESE)) for part in page for a, b in pairs_in(part)]
    for each in (each for part in page for each in part):
        if "data-zh" in each.attributes:
            found.append((each.words(), each.attributes["data-zh"]))
        for english, chinese in LABELS.items():
            if chinese in each.attributes:
                found.append((each.attributes[english], each.attributes[chinese]))
    return found


def test_the_second_language_is_chinese(page: Page) -> None:
    said = said_twice(page)
    assert all(english for english, _ in said)
    broken = [
        chinese
        for part in page
        for each in part.all("text")
        if (chinese := each.attributes.get("data-zh")) == ""
    ]
    assert [chinese for _, chinese in said].count("") == len(broken)  # the second line of a name
    words = (chinese for _, chinese in said if chinese not in SCENARIO_NAMES)
    none(each for each in words if LETTER.search(each) and not CHINESE_LETTER.search(each))


def test_units_are_told_in_both_languages(page: Page) -> None:
    said = said_twice(page)
    none(f"{a} | {b}" for a, b in said if len(UNIT.findall(a)) != len(UNIT.findall(b)))


def test_words_of_drawings_can_be_switched(page: Page) -> None:
    fixed = (each.words() for part in page for each in part.all("text") if "data-zh" not in each.attributes)
    none(words for words in fixed if ENGLISH_WORD.search(NAMES.sub("", words)))


def test_drawings_are_named_in_both_languages(page: Page) -> None:
    drawings = [each for part in page for each in part.all("svg")]
    assert all(each.attributes["role"] == "img" and each.attributes["aria-label"] for each in drawings)
    none(
        each.attributes["aria-label"]
        for each in drawings
        if not CHINESE_LETTER.search(each.attributes.get("data-zh-label", ""))
    )


def test_no_words_are_known_in_vain(calm: IntersectionFigures, healthy: MovementFigures) -> None:
    files = [*REPORTING.rglob("*.py"), *REPORTING.glob("templates/*.j2")]
    sources = "".join(file.read_text(encoding="utf-8") for file in files if file.name != "chinese.py")
    pages = [read_of(name, calm, healthy) for name in PAGES]
    drawn = {each.words() for page in pages for part in page for each in part.all("text")}
    none(words for words in KNOWN if f'"{words}"' not in sources and words not in drawn)


def test_ids_are_unique(page: Page) -> None:
    """All pages of intersections are there together when they are printed."""
    ids = Counter(key for part in page for key in part.ids)
    none(key for key, times in ids.items() if times > 1)


def test_everything_leads_somewhere(page: Page) -> None:
    own = set(page[0].ids)
    pages = {key.removeprefix("page-") for key in own if key.startswith("page-")}
    assert len(pages) == len(page) - 1
    for part in page:
        leads = {address.removeprefix("#") for address in part.addresses if address.startswith("#")}
        labels = {each.attributes["aria-labelledby"] for each in part if "aria-labelledby" in each.attributes}
        none((leads | labels | set(part.references)) - own - pages - set(part.ids))


def test_scripts_find_what_they_ask_for(page: Page) -> None:
    scripts = (each.text for each in page[0].all("script"))
    asked = {key for script in scripts for key in SCRIPT_ID.findall(script)}
    assert "language" in asked
    none(asked - OPTIONAL_IDS - set(page[0].ids))

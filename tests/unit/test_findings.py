"""Findings, waivers, and the page that lists the rules."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from trafficopt.rules.findings import (
    RULES,
    Finding,
    Severity,
    errors,
    finding_json,
    stale_waivers,
    waive,
)
from trafficopt.waiver import Waiver

DOCS = Path(__file__).parents[2] / "docs" / "rules.md"


def finding_of(rule: str = "short-intergreen", *movements: str) -> Finding:
    return Finding(rule, RULES[rule].severity, "J1", movements or ("a->b", "c->d"), "too short")


def test_a_finding_says_where_it_comes_from_and_how_to_mend_it() -> None:
    finding = finding_of()
    assert finding.source == RULES["short-intergreen"].source
    assert finding.remedy == RULES["short-intergreen"].remedy
    assert str(finding) == "error J1 short-intergreen: too short"


def test_a_waived_finding_is_no_error() -> None:
    kept, waived = waive(
        [finding_of("short-green", "a->b"), finding_of()],
        [Waiver("short-intergreen", "J1", "police"), Waiver("short-intergreen", "J1", "later")],
    )
    assert errors([kept, waived]) == (kept,)
    assert (kept.waived, waived.waived) == ("", "police")
    assert not errors([waived]) and errors([kept])
    assert str(waived).endswith("too short (waived: police)")


@pytest.mark.parametrize(
    ("waiver", "covers"),
    [
        (Waiver("short-intergreen", "J1", "x"), True),
        (Waiver("short-intergreen", "J1", "x", ("c->d", "a->b")), True),
        (Waiver("short-intergreen", "J1", "x", ("a->b",)), True),
        (Waiver("short-intergreen", "J1", "x", ("a->b", "e->f")), False),
        (Waiver("short-intergreen", "J2", "x"), False),
        (Waiver("short-green", "J1", "x"), False),
    ],
)
def test_a_waiver_covers_what_it_names(waiver: Waiver, covers: bool) -> None:
    assert bool(waive([finding_of()], [waiver])[0].waived) is covers
    assert stale_waivers([finding_of()], [waiver]) == (() if covers else (waiver,))


def test_warnings_are_no_errors() -> None:
    assert errors([finding_of("long-red"), finding_of("merge-within-approach")]) == ()


def test_waivers_without_reason_and_unknown_rules_are_refused() -> None:
    with pytest.raises(ValueError, match="gives no reason"):
        Waiver("short-green", "J1", " ")
    with pytest.raises(ValueError, match="unknown rule 'short'"):
        Finding("short", Severity.ERROR, "J1", (), "")


def test_a_finding_can_be_written_as_json() -> None:
    (waived,) = waive([finding_of()], [Waiver("short-intergreen", "J1", "police")])
    assert json.loads(json.dumps(finding_json(waived))) == {
        "rule": "short-intergreen",
        "severity": "error",
        "intersection": "J1",
        "movements": ["a->b", "c->d"],
        "message": "too short",
        "source": waived.source,
        "remedy": waived.remedy,
        "waived": "police",
    }
    assert finding_json(finding_of())["waived"] is None


def test_the_page_of_rules_lists_the_catalog() -> None:
    listed = [line for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert listed == [
        f"| `{rule.id}` | {rule.severity} | {rule.title} | {rule.source} | {rule.remedy} |"
        for rule in RULES.values()
    ]


def test_ids_are_kebab_case_and_texts_are_there() -> None:
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", key) and key == rule.id for key, rule in RULES.items())
    assert all(rule.title and rule.source and rule.remedy for rule in RULES.values())

"""Rows of the report's section on safety: what the rules say of the field plan and of the new one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from trafficopt.intersection import Override
from trafficopt.limits import Limits
from trafficopt.phrase import Phrase
from trafficopt.reporting.words import safety_wording as say
from trafficopt.reporting.words.rule_words import RULES_IN_WORDS
from trafficopt.result import Status
from trafficopt.rules.catalog import RULES, Severity
from trafficopt.rules.findings import Finding, covers, errors
from trafficopt.signals.conforming import conforming
from trafficopt.study_findings import Study
from trafficopt.waiver import Waiver

SEVERITIES = {
    Severity.ERROR: Phrase("error", "错误"),
    Severity.WARNING: Phrase("warning", "警告"),
    Severity.NOTE: Phrase("note", "提示"),
}
LISTED = 30
"""Messages of one rule, and signals kept because of the rules, that the report lists at most."""

Key = tuple[Severity, str]
Spot = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Message:
    """What a rule says of the same movements; `plan` is the plan meant (empty: as the summary says)."""

    text: Phrase
    waived: str
    plan: Phrase


@dataclass(frozen=True, slots=True)
class Place:
    """What a rule found at one intersection."""

    intersection: str
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule with errors or warnings.

    Attributes
    ----------
    field, plan
        Number of findings, and how many of them are waived (empty: none).
    summary
        How many places there are, and of which plan.
    more
        What is left out of `places`; empty if nothing is.
    """

    id: str
    severity: str
    title: Phrase
    remedy: Phrase
    source: str
    field: tuple[str, Phrase]
    plan: tuple[str, Phrase]
    summary: Phrase
    places: tuple[Place, ...]
    more: Phrase


@dataclass(frozen=True, slots=True)
class WaiverRow:
    """A waiver with the number of findings that it covers, in words."""

    waiver: Waiver
    covered: Phrase


@dataclass(frozen=True, slots=True)
class ValueRow:
    """A value of the rule profile, written out, with its source."""

    key: str
    value: Phrase
    source: Phrase
    verified: bool


@dataclass(frozen=True, slots=True)
class Safety:
    """Everything that the section shows; `broken`: the plan to switch on has errors that nobody waived."""

    verdict: Phrase
    broken: bool
    profile: Phrase
    caveats: tuple[Phrase, ...]
    rules: tuple[RuleRow, ...]
    notes: Phrase
    waivers: tuple[WaiverRow, ...]
    corrections: tuple[Override, ...]
    kept: tuple[tuple[str, str], ...]
    more_kept: int
    values: tuple[ValueRow, ...]


def safety_section(study: Study, kept: Mapping[str, str]) -> Safety:
    """Give the contents of the section.

    Parameters
    ----------
    kept
        Signals that keep their field plan because of the rules, with the reason: `kept_by_rules`.
    """
    scenario, field, plan = study.scenario, study.field_findings, study.plan_findings
    nodes = scenario.network.intersections
    return Safety(
        verdict=say.verdict(study, field, plan),
        broken=bool(errors(plan)),
        profile=say.profile(scenario.limits),
        caveats=tuple(say.caveats(scenario.limits)),
        rules=rule_rows(field, plan, compared=study.status is Status.IMPROVED),
        notes=say.notes(study, field, plan),
        waivers=tuple(_waiver_row(waiver, study, field, plan) for waiver in scenario.waivers),
        corrections=tuple(override for node in nodes for override in node.conflicts.overrides),
        kept=tuple(kept.items())[:LISTED],
        more_kept=max(0, len(kept) - LISTED),
        values=value_rows(scenario.limits),
    )


def kept_by_rules(study: Study) -> dict[str, str]:
    """Signals that could be retimed if their stages did not break rules, with the reason."""
    legal = conforming(study.scenario)
    left_out = study.scenario.retime - legal.retime
    return {node.id: node.kept_because for node in legal.network.intersections if node.id in left_out}


def rule_rows(field: Sequence[Finding], plan: Sequence[Finding], *, compared: bool) -> tuple[RuleRow, ...]:
    """Give a row for each rule with errors or warnings: errors first, then in the order of the catalog.

    Parameters
    ----------
    plan
        Of the new plan; of the field plan if there is none (`compared` is false).
    """
    rules, severities = list(RULES), list(Severity)
    keys = {(finding.severity, finding.rule) for finding in (*field, *plan)}
    ordered = sorted(keys, key=lambda key: (severities.index(key[0]), rules.index(key[1])))
    return tuple(
        _rule_row(key, _of(key, field), _of(key, plan), compared)
        for key in ordered
        if key[0] is not Severity.NOTE
    )


def _of(key: Key, findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if (finding.severity, finding.rule) == key]


def _rule_row(key: Key, field: list[Finding], plan: list[Finding], compared: bool) -> RuleRow:
    rule = RULES[key[1]]
    groups = _groups(field, plan)
    label = say.plan_label(groups.values()) if compared else Phrase("")
    listed = [*groups][:LISTED]
    messages = [(key, say.message(*groups[key], tagged=compared and not label)) for key in listed]
    return RuleRow(
        rule.id,
        str(key[0]),
        RULES_IN_WORDS[rule.id].title,
        RULES_IN_WORDS[rule.id].remedy,
        rule.source,
        say.count(field),
        say.count(plan) if compared else ("0", Phrase("")),
        say.places([*groups], label),
        _places(messages),
        say.more(len(groups) - len(listed)),
    )


def _groups(field: list[Finding], plan: list[Finding]) -> dict[Spot, tuple[list[Finding], list[Finding]]]:
    """Findings of both plans on the same movements; what the new plan shows comes before what it mends."""
    groups: dict[Spot, tuple[list[Finding], list[Finding]]] = {}
    for side, findings in ((1, plan), (0, field)):
        for finding in findings:
            spot = finding.intersection, finding.movements
            groups.setdefault(spot, ([], []))[side].append(finding)
    return groups


def _places(messages: Iterable[tuple[Spot, tuple[Phrase, str, Phrase]]]) -> tuple[Place, ...]:
    """Gather messages by intersection, each in the order of its first one."""
    places: dict[str, list[Message]] = {}
    for (intersection, _), parts in messages:
        places.setdefault(intersection, []).append(Message(*parts))
    return tuple(Place(key, tuple(found)) for key, found in places.items())


def _waiver_row(waiver: Waiver, study: Study, field: Sequence[Finding], plan: Sequence[Finding]) -> WaiverRow:
    numbers = [sum(covers(waiver, finding) for finding in findings) for findings in (field, plan)]
    return WaiverRow(waiver, say.covered(study, *numbers))


def value_rows(limits: Limits) -> tuple[ValueRow, ...]:
    """Give all values of the rule profile by the key that changes them in `scenario.toml`."""
    return tuple(
        ValueRow(
            item.name,
            say.written(getattr(limits, item.name)),
            say.source(limits.sources[item.name].text),
            limits.sources[item.name].verified,
        )
        for item in fields(limits)
        if item.name in limits.sources
    )

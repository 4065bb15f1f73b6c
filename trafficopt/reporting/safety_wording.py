"""Sentences of the report's section on safety."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from trafficopt.limits import Limits
from trafficopt.result import Status, Study
from trafficopt.rules.catalog import Severity
from trafficopt.rules.findings import Finding, errors

FIELD_RULE = "field"

Sides = tuple[Sequence[Finding], Sequence[Finding]]


def verdict(study: Study, field: Sequence[Finding], plan: Sequence[Finding]) -> str:
    """Say in one or two sentences which rules are broken, by which plan, and where."""
    profile = f"of profile {study.scenario.limits.profile}"
    waived = any(f.waived and f.severity is Severity.ERROR for f in (*field, *plan))
    before, after = errors(field), errors(plan)
    if study.status is not Status.IMPROVED:
        text = f"the field plan is kept; it breaks {_broken(before, profile)}."
    elif not before and not after:
        text = f"the new plan breaks no rule {profile}; nor does the field plan."
    elif not after:
        text = f"the field plan breaks {_broken(before, profile)}; the new plan breaks none."
    else:
        old = f"the field plan {'breaks ' + _broken(before) if before else 'breaks none'}"
        text = f"the new plan breaks {_broken(after, profile)}{_where(study, after)}; {old}."
    return f"Apart from what is waived, {text}" if waived else text[0].upper() + text[1:]


def _broken(findings: Sequence[Finding], profile: str = "") -> str:
    if not findings:
        return f"no rule {profile}".strip()
    what = _counted(len({finding.rule for finding in findings}), "rule")
    return f"{what} {profile}".strip() + f" at {_signals(findings)}"


def _where(study: Study, findings: Sequence[Finding]) -> str:
    """Say that the signals keep their field plan, if all of them do."""
    places = {finding.intersection for finding in findings}
    if places & study.retimed:
        return ""
    return f", which keep{'s its' if len(places) == 1 else ' their'} field plan"


def profile(limits: Limits) -> str:
    """Name the rule profile and what the scenario changes of it."""
    usual = Limits(limits.profile)
    values = {key: getattr(limits, key) for key in limits.sources}
    changed = [f"{key} = {written(value)}" for key, value in values.items() if value != getattr(usual, key)]
    own = f" The scenario sets {', '.join(changed)}." if changed else ""
    return f"Rule profile: {limits.profile} ({limits.title}).{own}"


def written(value: object) -> str:
    """Write a value of the rule profile.

    Examples
    --------
    >>> written(8.0), written(((50.0, 3.0), (math.inf, 4.0)))
    ('8', '3 s up to 50 km/h; 4 s at any speed')
    """
    if isinstance(value, tuple):
        return "; ".join(
            f"{yellow:g} s " + ("at any speed" if math.isinf(speed) else f"up to {speed:g} km/h")
            for speed, yellow in value
        )
    if isinstance(value, float):
        return "no limit" if math.isinf(value) else f"{value:g}"
    return str(value)


def caveats(limits: Limits) -> Iterator[str]:
    """Say how far the check reaches."""
    if limits.yellow_rule == FIELD_RULE:
        yield (
            "This profile measures the new plan by the field plan: yellow and the time between two greens "
            "of vehicles are no shorter. Whether the field plan's own suffice, it cannot tell."
        )
    yield (
        "Rules are checked on the signals that a plan shows, not on site: sight, lamps, detectors and the "
        "controller are not seen. No profile replaces the rules of the authority that owns the signals."
    )


def count(findings: Sequence[Finding]) -> tuple[str, str]:
    """Write the number of findings and how many of them are waived.

    Examples
    --------
    >>> count([])
    ('0', '')
    """
    waived = sum(bool(finding.waived) for finding in findings)
    return f"{len(findings):,}", f"{waived:,} waived" if waived else ""


def plan_label(groups: Iterable[Sides]) -> str:
    """Say of which plan all findings are; empty if it is not the same everywhere."""
    labels = {_plan_of(field, plan) for field, plan in groups}
    label = labels.pop()
    return "" if labels else label


def _plan_of(field: Sequence[Finding], plan: Sequence[Finding]) -> str:
    if field and plan:
        return "both plans"
    return "field plan only" if field else "new plan only"


def message(field: Sequence[Finding], plan: Sequence[Finding], *, tagged: bool) -> tuple[str, str, str]:
    """Give what is said of the same movements, why it is waived, and of which plan it is said."""
    old, new = ("; ".join(finding.message for finding in findings) for findings in (field, plan))
    text = f"{new} (field plan: {old})" if old and new and old != new else new or old
    waived = next((finding.waived for finding in (*plan, *field) if finding.waived), "")
    return text, waived, _plan_of(field, plan) if tagged else ""


def places(spots: Sequence[tuple[str, tuple[str, ...]]], label: str) -> str:
    """Say how many places there are, and of which plan."""
    n_signals = len({intersection for intersection, _ in spots})
    text = f"{_counted(len(spots), 'place')} at {_counted(n_signals, 'signal')}"
    return f"{text}, {label}" if label else text


def more(number: int) -> str:
    """Say where to find those that are not listed."""
    return f"and {number:,} more: findings.json" if number else ""


def notes(study: Study, field: Sequence[Finding], plan: Sequence[Finding]) -> str:
    """Say how many notes there are; empty if there is none."""
    before, after = (sum(f.severity is Severity.NOTE for f in findings) for findings in (field, plan))
    if not before and not after:
        return ""
    new = f", {after:,} on the new plan" if study.status is Status.IMPROVED else ""
    return f"Notes, no breach of a rule: {before:,} on the field plan{new}; findings.json has them."


def covered(study: Study, field: int, plan: int) -> str:
    """Say how many findings a waiver covers."""
    if not field and not plan:
        return "covers no finding and can be taken out"
    new = f", {_number(plan)} of the new plan" if study.status is Status.IMPROVED else ""
    return f"covers {_counted(field, 'finding')} of the field plan{new}"


def _number(number: int) -> str:
    return f"{number:,}" if number else "none"


def _signals(findings: Sequence[Finding]) -> str:
    return _counted(len({finding.intersection for finding in findings}), "signal")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"

"""Sentences of the report's section on safety, English and Chinese."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from trafficopt.limits import Limits
from trafficopt.phrase import Phrase
from trafficopt.result import Status
from trafficopt.rules.catalog import Severity
from trafficopt.rules.findings import Finding, errors
from trafficopt.study_findings import Study

FIELD_RULE = "field"
NONE = Phrase("")
TITLES = {
    "keep": "以现状方案为准",
    "us": "美国：黄灯动力学公式、MUTCD 与 NCHRP",
    "cn": "中国：GB/T 51439-2021 与交叉口设计规范",
    "de": "德国：VwV-StVO 与 RiLSA",
}
"""Of the rule profiles, in Chinese."""
SET_HERE = Phrase("set by the scenario", "场景设定")
FIELD_ONLY = Phrase(
    "This profile measures the new plan by the field plan: yellow and the time between two greens "
    "of vehicles are no shorter. Whether the field plan's own suffice, it cannot tell.",
    "此规则集以现状方案衡量新方案：黄灯和机动车绿灯间隔不短于现状；现状本身是否足够，无法判断。",
)
NOT_ON_SITE = Phrase(
    "Rules are checked on the signals that a plan shows, not on site: sight, lamps, detectors and the "
    "controller are not seen. No profile replaces the rules of the authority that owns the signals.",
    "规则只检查方案显示的灯色，不涉及现场：视距、灯具、检测器和信号机均未检查。任何规则集都不能代替主管部门的规定。",
)

Sides = tuple[Sequence[Finding], Sequence[Finding]]


def verdict(study: Study, field: Sequence[Finding], plan: Sequence[Finding]) -> Phrase:
    """Say in one or two sentences which rules are broken, by which plan, and where."""
    name = study.scenario.limits.profile
    profile = Phrase(f"of profile {name}", f"规则集 {name} 的")
    waived = any(f.waived and f.severity is Severity.ERROR for f in (*field, *plan))
    before, after = errors(field), errors(plan)
    old, new = _broken(before, profile), _broken(after, profile)
    if study.status is not Status.IMPROVED:
        text = Phrase(f"the field plan is kept; it breaks {old.en}.", f"保留现状方案，其{old.zh}。")
    elif not before and not after:
        text = Phrase(
            f"the new plan breaks no rule {profile.en}; nor does the field plan.",
            f"新方案和现状方案均{new.zh}。",
        )
    elif not after:
        text = Phrase(
            f"the field plan breaks {old.en}; the new plan breaks none.",
            f"现状方案{old.zh}；新方案未违反任何规则。",
        )
    else:
        short, where = _broken(before), _where(study, after)
        text = Phrase(
            f"the new plan breaks {new.en}{where.en}; "
            f"the field plan breaks {short.en if before else 'none'}.",
            f"新方案{new.zh}{where.zh}；现状方案{short.zh}。",
        )
    if waived:
        return Phrase(f"Apart from what is waived, {text.en}", f"除豁免者外，{text.zh}")
    return Phrase(text.en[0].upper() + text.en[1:], text.zh)


def _broken(findings: Sequence[Finding], profile: Phrase = NONE) -> Phrase:
    if not findings:
        return Phrase(f"no rule {profile.en}".strip(), f"未违反{profile.zh}任何规则")
    n = len({finding.rule for finding in findings})
    signals = len({finding.intersection for finding in findings})
    what = f"{_counted(n, 'rule')} {profile.en}".strip()
    return Phrase(
        f"{what} at {_counted(signals, 'signal')}", f"在 {signals:,} 个信号处违反{profile.zh} {n:,} 条规则"
    )


def _where(study: Study, findings: Sequence[Finding]) -> Phrase:
    """Say that the signals keep their field plan, if all of them do."""
    places = {finding.intersection for finding in findings}
    if places & study.retimed:
        return NONE
    return Phrase(
        f", which keep{'s its' if len(places) == 1 else ' their'} field plan", "（这些信号保留现状方案）"
    )


def profile(limits: Limits) -> Phrase:
    """Name the rule profile and what the scenario changes of it."""
    usual = Limits(limits.profile)
    values = {key: getattr(limits, key) for key in limits.sources}
    changed = [(key, written(value)) for key, value in values.items() if value != getattr(usual, key)]
    own = NONE
    if changed:
        own = Phrase(
            f" The scenario sets {', '.join(f'{key} = {value.en}' for key, value in changed)}.",
            f"场景设定 {'、'.join(f'{key} = {value.chinese}' for key, value in changed)}。",
        )
    return Phrase(
        f"Rule profile: {limits.profile} ({limits.title}).{own.en}",
        f"规则集：{limits.profile}（{TITLES.get(limits.profile, limits.title)}）。{own.zh}",
    )


def written(value: object) -> Phrase:
    """Write a value of the rule profile.

    Examples
    --------
    >>> print(written(8.0), written(((50.0, 3.0), (math.inf, 4.0))), sep=", ")
    8, 3 s up to 50 km/h; 4 s at any speed
    """
    if isinstance(value, tuple):
        steps = [_yellow(speed, yellow) for speed, yellow in value]
        return Phrase("; ".join(step.en for step in steps), "；".join(step.zh for step in steps))
    if isinstance(value, float):
        return Phrase("no limit", "不限") if math.isinf(value) else Phrase(f"{value:g}")
    return Phrase(str(value))


def _yellow(speed: float, yellow: float) -> Phrase:
    if math.isinf(speed):
        return Phrase(f"{yellow:g} s at any speed", f"任何车速 {yellow:g} s")
    return Phrase(f"{yellow:g} s up to {speed:g} km/h", f"不超过 {speed:g} km/h 时 {yellow:g} s")


def source(text: str) -> Phrase:
    """Say where a value comes from; titles of publications stay as they are."""
    return SET_HERE if text == SET_HERE.en else Phrase(text)


def caveats(limits: Limits) -> Iterator[Phrase]:
    """Say how far the check reaches."""
    if limits.yellow_rule == FIELD_RULE:
        yield FIELD_ONLY
    yield NOT_ON_SITE


def count(findings: Sequence[Finding]) -> tuple[str, Phrase]:
    """Write the number of findings and how many of them are waived.

    Examples
    --------
    >>> count([])
    ('0', Phrase(en='', zh=''))
    """
    waived = sum(bool(finding.waived) for finding in findings)
    return f"{len(findings):,}", Phrase(f"{waived:,} waived", f"豁免 {waived:,}") if waived else NONE


def plan_label(groups: Iterable[Sides]) -> Phrase:
    """Say of which plan all findings are; empty if it is not the same everywhere."""
    labels = {_plan_of(field, plan) for field, plan in groups}
    label = labels.pop()
    return NONE if labels else label


def _plan_of(field: Sequence[Finding], plan: Sequence[Finding]) -> Phrase:
    if field and plan:
        return Phrase("both plans", "两个方案")
    return Phrase("field plan only", "仅现状方案") if field else Phrase("new plan only", "仅新方案")


def message(field: Sequence[Finding], plan: Sequence[Finding], *, tagged: bool) -> tuple[Phrase, str, Phrase]:
    """Give what is said of the same movements, why it is waived, and of which plan it is said."""
    old, new = ("; ".join(finding.message for finding in findings) for findings in (field, plan))
    text = f"{new} (field plan: {old})" if old and new and old != new else new or old
    waived = next((finding.waived for finding in (*plan, *field) if finding.waived), "")
    return Phrase(text), waived, _plan_of(field, plan) if tagged else NONE


def places(spots: Sequence[tuple[str, tuple[str, ...]]], label: Phrase) -> Phrase:
    """Say how many places there are, and of which plan."""
    n = len({intersection for intersection, _ in spots})
    en = f"{_counted(len(spots), 'place')} at {_counted(n, 'signal')}"
    zh = f"{n:,} 个信号处共 {len(spots):,} 处"
    return Phrase(f"{en}, {label.en}", f"{zh}，{label.zh}") if label else Phrase(en, zh)


def more(number: int) -> Phrase:
    """Say where to find those that are not listed."""
    return (
        Phrase(f"and {number:,} more: findings.json", f"另有 {number:,} 处，见 findings.json")
        if number
        else NONE
    )


def notes(study: Study, field: Sequence[Finding], plan: Sequence[Finding]) -> Phrase:
    """Say how many notes there are; empty if there is none."""
    before, after = (sum(f.severity is Severity.NOTE for f in findings) for findings in (field, plan))
    if not before and not after:
        return NONE
    new = NONE
    if study.status is Status.IMPROVED:
        new = Phrase(f", {after:,} on the new plan", f"，新方案 {after:,} 条")
    return Phrase(
        f"Notes, no breach of a rule: {before:,} on the field plan{new.en}; findings.json has them.",
        f"提示（不属违反规则）：现状方案 {before:,} 条{new.zh}，见 findings.json。",
    )


def covered(study: Study, field: int, plan: int) -> Phrase:
    """Say how many findings a waiver covers."""
    if not field and not plan:
        return Phrase("covers no finding and can be taken out", "不对应任何发现，可删去")
    new = NONE
    if study.status is Status.IMPROVED:
        new = Phrase(f", {_number(plan)} of the new plan", f"，新方案 {plan:,} 条")
    return Phrase(
        f"covers {_counted(field, 'finding')} of the field plan{new.en}", f"对应现状方案 {field:,} 条{new.zh}"
    )


def _number(number: int) -> str:
    return f"{number:,}" if number else "none"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"

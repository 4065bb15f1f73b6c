"""Chinese for the words of drawings: fixed ones, and those around names and numbers."""

from __future__ import annotations

import re
from collections.abc import Callable

from trafficopt.diagnosis.names import CHINESE_SIDES, TURNS
from trafficopt.reporting.words.chinese import CHINESE

CHINESE_TURNS = {words.en: words.zh for words in TURNS.values()}
NUMBER = r"([\d.]+)"
WAY = "(outbound|inbound)"
WAYS = {"outbound": "去程", "inbound": "返程"}
PLANS = {
    "field": "现状方案",
    "optimized": "优化方案",
    "field plan": "现状方案",
    "new plan": "新方案",
    "tried plan (rejected)": "试算方案（未采用）",
    "as it is": "现状",
    "treated": "治理后",
}
Found = re.Match[str]


def in_chinese(words: str) -> str | None:
    """Give words of a drawing in Chinese; None where they are a name, a number, or unknown.

    Examples
    --------
    >>> in_chinese("Time [s]"), in_chinese("left turn, straight on from the west"), in_chinese("A1")
    ('时间 [s]', '西进口左转、直行', None)
    >>> in_chinese("Cycle 90 s, offset 12.5 s"), in_chinese("3: left turn from the northeast")
    ('周期 90 s，相位差 12.5 s', '3：东北进口左转')
    """
    if "\n" in words:
        lines = words.split("\n")
        known = [in_chinese(line) for line in lines]
        return "\n".join(new or old for new, old in zip(known, lines, strict=True)) if any(known) else None
    if words in CHINESE:
        return CHINESE[words]
    for pattern, written in PATTERNS:
        if found := pattern.fullmatch(words):
            return written(found)
    return None


def _movements(found: Found) -> str | None:
    turns = [CHINESE_TURNS.get(turn) for turn in found[1].split(", ")]
    side = CHINESE_SIDES.get(found[2])
    if side is None or None in turns:
        return None
    return f"{side}进口{'、'.join(turn for turn in turns if turn)}{_links(found[3])}"


def _crossing(found: Found) -> str | None:
    sides = [CHINESE_SIDES.get(side) for side in found[1].split(", ")]
    return None if None in sides else f"{'、'.join(s for s in sides if s)}侧人行横道{_links(found[2])}"


def _links(text: str | None) -> str:
    """Links in parentheses, where two movements would have one name."""
    return f"（{text.strip(' ()')}）" if text else ""


def _numbered(found: Found) -> str | None:
    name = in_chinese(found[2])
    return name and f"{found[1]}：{name}"


def _plan(name: str) -> str:
    """Name of a plan, in Chinese if it is one of ours."""
    return PLANS.get(name, name)


def _band(found: Found) -> str:
    return f"{WAYS[found[1]]}绿波带 {found[2]} s（周期的 {found[3]} %）"


def _no_band(found: Found) -> str:
    whole = {"none": "无贯通绿波带", "unknown": "绿波带未知"}[found[2]]
    part = f"；最长部分 {found[4]}/{found[5]} 个信号，{found[6]} s" if found[3] else ""
    return f"{WAYS[found[1]]}{whole}{part}"


PATTERNS: tuple[tuple[re.Pattern[str], Callable[[Found], str | None]], ...] = (
    (re.compile(r"([a-zU, -]+) from the (\w+)( \(.*\))?"), _movements),
    (re.compile(r"crossing in the ([\w, ]+)( \(.*\))?"), _crossing),
    (re.compile(r"(\d): (.+)"), _numbered),
    (re.compile(rf"Cycle {NUMBER} s, offset {NUMBER} s"), lambda m: f"周期 {m[1]} s，相位差 {m[2]} s"),
    (re.compile(r"Ring (\d)"), lambda m: f"环 {m[1]}"),
    (re.compile(r"seed (\d+)"), lambda m: f"种子 {m[1]}"),
    (re.compile(r"([\d,]+) vehicles"), lambda m: f"{m[1]} 辆车"),
    (re.compile(rf"(.+), (.+), cycle {NUMBER} s"), lambda m: f"{m[1]}，{_plan(m[2])}，周期 {m[3]} s"),
    (re.compile(rf"band {WAY} {NUMBER} s \((\d+) % of the cycle\)"), _band),
    (re.compile(rf"band {WAY} (none|unknown)(; longest part (\d+) of (\d+) signals, {NUMBER} s)?"), _no_band),
    (re.compile(r"no band: (\d+) signals not in the plan"), lambda m: f"无绿波带：{m[1]} 个信号不在方案中"),
    (re.compile(r"Time-space diagram of (.+), (.+)"), lambda m: f"{m[1]} 时空图，{_plan(m[2])}"),
)

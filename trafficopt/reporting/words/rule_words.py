"""The safety rules in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from trafficopt.phrase import Phrase
from trafficopt.rules.catalog import RULES


class RuleWords(NamedTuple):
    """What is found, and how to mend it."""

    title: Phrase
    remedy: Phrase


CHINESE = {
    "bad-state": (
        "某行的灯色字符与信号头不符，或时长不为正",
        "为每个信号头写一个 rRyYuUgGsoO 字符，时长大于 0 s",
    ),
    "cycle-sum": ("各行时长之和不等于周期", "按差值延长或缩短某个绿灯"),
    "conflicting-greens": (
        "两个冲突流向同时为不让行的绿灯（G）",
        "分设相位阶段，或对让行者显示 g；需人工修正",
    ),
    "permissive-without-yield": (
        "流向为让行绿灯（g、s），但路网未规定其让行",
        "分设相位阶段，或按此方案重建路网；需人工修正",
    ),
    "newly-permissive": ("流向在不允许处以绿灯让行放行", "保留其专用相位阶段，或选用允许此做法的规则集"),
    "missing-yellow": ("机动车由绿灯直接变红灯，没有黄灯", "插入黄灯"),
    "short-yellow": ("绿灯后的黄灯过短", "延长黄灯"),
    "green-to-permissive": (
        "专用绿灯（G）未经黄灯即变为让行绿灯（g），同时对向绿灯启亮",
        "其间插入黄灯，或先显示让行绿灯",
    ),
    "short-intergreen": (
        "某流向绿灯结束到与其冲突流向绿灯启亮的间隔过短",
        "延长其间的黄灯或全红，或调整相序",
    ),
    "short-walk-clearance": (
        "行人绿灯结束到与人行横道冲突的机动车绿灯启亮的间隔过短",
        "提前结束行人绿灯，或推迟机动车绿灯",
    ),
    "short-green": ("机动车绿灯过短", "延长绿灯"),
    "short-walk": ("行人绿灯过短", "延长行人绿灯"),
    "never-served": ("某流向或人行横道始终没有绿灯", "在某个相位阶段给其绿灯"),
    "yellow-without-green": ("红灯后直接为黄灯；绿灯前的红黄灯应为 u", "绿灯前写 u，其他处写 r"),
    "long-red": ("机动车等待绿灯过久", "缩短周期，或一个周期内放行两次"),
    "long-walk-wait": ("行人等待过久", "缩短周期、一个周期内放行两次，或设置安全岛"),
    "always-green": ("机动车始终为绿灯；仅合流或冲突者从无绿灯时为提示", "在某段时间给其红灯，或移出该信号"),
    "idle-stage": ("超过任一绿灯间隔的时间内，除常绿者外无人放行", "删去该行，或给某流向绿灯"),
    "u-turn-across-walk": ("掉头与其冲突的人行横道同时为绿灯", "将掉头移到该人行横道为红灯的相位阶段"),
    "switched-off": ("信号头熄灭（O）或闪烁（o）", "写入开启的方案，或移出该信号"),
    "merge-within-approach": (
        "同一进口的车道在停车线后合流，且均为 G",
        "使各车道通向各自的出口车道，或对其一显示 g",
    ),
    "saturated": ("某车道需求超过其通行能力", "增加其绿灯，或调整相位阶段、车道或需求"),
    "cycles-drift": ("相邻信号周期接近但不相等，也不成一半关系", "取相同周期，或其一取一半"),
    "zone-cycles": ("干道上某信号既非共同周期也非其一半，绿波无法保持", "使干道各信号取同一周期"),
    "cycle-range": ("周期超出规则集的范围", "在范围内选取周期，或修改 [limits]"),
    "permissive-volume": ("只能让行的转向，其让行流量超过规则集的允许值", "为该转向设专用相位阶段"),
    "stale-waiver": ("豁免不对应任何发现", "删去该豁免"),
}
RULES_IN_WORDS: Mapping[str, RuleWords] = {
    key: RuleWords(Phrase(rule.title, f"{CHINESE[key][0]}。"), Phrase(rule.remedy, CHINESE[key][1]))
    for key, rule in RULES.items()
}
"""All rules by id, in the order of the catalog."""

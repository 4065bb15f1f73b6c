"""The report of a programme: the answer, the effect of each family, its sites and its ledger, in one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup
from matplotlib.figure import Figure

from trafficopt.comparison import Change, Verdict
from trafficopt.ledger import Kind, Ledger
from trafficopt.parking_assumptions import Sensitivity
from trafficopt.phrase import Phrase
from trafficopt.reporting.pages.city_parts import city_parts
from trafficopt.reporting.pages.ledger_page import ledger_context
from trafficopt.reporting.pages.page import both, render_page
from trafficopt.reporting.pages.side import Side
from trafficopt.reporting.plots.effects import FamilyEffect, plot_effects
from trafficopt.reporting.plots.inline_svg import figure_style, inline_svg
from trafficopt.reporting.words.wording import interval_words, number, signed

FAMILIES: Mapping[str, Phrase] = {
    family: both(words)
    for family, words in {
        "island": "right-turn islands",
        "u-turn opening": "U-turn openings",
        "pocket": "turn pockets",
        "lane use": "lane use",
        "turn ban": "turn bans",
        "parking": "parking",
        "coordinate": "green waves",
        "retime": "retiming",
        "resequence": "new stage orders",
    }.items()
}
"""Families of treatments in words."""

TEXTS: Mapping[str, Phrase] = {
    "kind": Phrase("Programme report", "治理方案报告"),
    "caveats": Phrase("To be borne in mind", "注意事项"),
    "answer": Phrase("Answer", "结论"),
    "effects": Phrase("What each family of treatments does", "各类措施的效果"),
    "family": Phrase("Treatments", "措施类别"),
    "alone": Phrase("Alone", "单独实施"),
    "in_order": Phrase("After those above", "叠加于前述措施之后"),
    "together": Phrase("together", "全部措施"),
    "sites": Phrase("Sites", "候选点位"),
    "candidates": Phrase("Candidates", "候选"),
    "treated": Phrase("Treated", "采用"),
    "how": Phrase("How", "方式"),
    "parking": Phrase("Parking spaces", "停车泊位"),
    "assumption": Phrase("Assumption", "假设"),
    "range": Phrase("Low, central, high", "低、中、高值"),
    "spared": Phrase("Vehicles that stay out", "减少的车辆数"),
    "method": Phrase("Method and limits", "方法与局限"),
    "how_drawn": Phrase(
        "Each family alone against the field plan, and after those above it; left is less time lost.",
        "各类措施单独实施（对照现状方案）及叠加于其上各类之后的效果；越靠左损失时间越少。",
    ),
    "assumed": Phrase(
        "Their effect rests on assumptions about cruising; nothing of it is measured. With one assumption "
        "low or high and the others central:",
        "其效果基于对寻泊绕行的假设，均非实测。某一假设取低值或高值、其余取中值时：",
    ),
}
"""Words on the page, by place."""

METHOD = (
    Phrase(
        "Every state of the city ran in SUMO with the same seeds; intervals are 95 %, paired by seed. What "
        "ran is kept in runs/, and the ledger names the run.",
        "各状态均在 SUMO 中以相同种子运行；区间为按种子配对的 95 % 区间。"
        "运行结果保存在 runs/，台账注明所依据的运行。",
    ),
    Phrase(
        "Sites are told apart on one network: each link's delay counts for the nearest site. They are chosen "
        "and confirmed on seeds that judge nothing here.",
        "各点位在同一路网上区分：每个路段的延误计入最近的点位；选择与确认所用的种子不参与此处的判定。",
    ),
    Phrase(
        "Islands and openings are judged by time lost. Nothing here claims more safety.",
        "导流岛与掉头开口以损失时间判定；此处不主张任何安全效益。",
    ),
)

HOW = {
    "ban": Phrase("ban", "禁止"),
    "change": Phrase("change", "调整"),
    "close": Phrase("close", "封闭"),
    "extend": Phrase("extend", "延长"),
    "move": Phrase("move", "移位"),
    "remove": Phrase("remove", "拆除"),
}
"""What is done at a site, by the verb of the treatment."""
ASSUMED = {
    "share of the public spaces that are taken before any are added": "增设前公共泊位的占用率",
    "share of the vehicles ending a trip that look for a public space": "到达车辆中寻找公共泊位的比例",
    "mean time that a vehicle stays in a public space": "公共泊位平均停放时间",
    "spaces that a driver sees at the destination before any cruising": "驾驶人寻泊前在目的地可见的泊位数",
    "distance driven for each space passed while cruising": "寻泊时每经过一个泊位行驶的距离",
    "cruising distance over that of independent spaces": "寻泊距离与泊位相互独立时之比",
    "speed while cruising": "寻泊车速",
    "time for which a maneuver into or out of a space stops the lane beside it": (
        "进出泊位时阻塞相邻车道的时间"
    ),
}
"""What is assumed about parking, in Chinese."""

SAID: Mapping[Verdict, Phrase] = {
    Verdict.BETTER: Phrase("better beyond noise", "显著改善"),
    Verdict.WORSE: Phrase("worse beyond noise", "显著变差"),
    Verdict.EQUIVALENT: Phrase("no relevant change", "无实质变化"),
    Verdict.SAME: Phrase("no significant change", "无显著变化"),
    Verdict.UNKNOWN: Phrase("too few seeds to tell", "仿真次数不足，无法判断"),
}


@dataclass(frozen=True, slots=True)
class SiteRow:
    """Candidates of one family, how many were treated, and how."""

    family: str
    candidates: int
    treated: int
    how: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ProgrammeFacts:
    """What the page tells.

    Attributes
    ----------
    caveats
        What must be said before any figure: runs that cannot be believed, and why.
    delay_s
        Mean delay of all vehicles before and after, SUMO's mean over the seeds [s/veh].
    delay_change
        Of that mean [s/veh].
    lost_change
        Of the time lost by all vehicles, detours included [veh*h].
    overlap_veh_h
        What the effects alone add up to beyond all families together.
    spaces, parking_swings
        Parking spaces added, by district; and vehicles that stay out as the assumptions vary.
    sides
        The city as it is, and the treated one.
    declined
        Families whose plan loses no less time than the one before it, which is kept.
    """

    title: str
    note: str
    caveats: tuple[Phrase, ...]
    minutes: float
    seeds: tuple[int, ...]
    delay_s: tuple[float, float]
    delay_change: Change
    lost_change: Change
    effects: tuple[FamilyEffect, ...]
    overlap_veh_h: float
    sites: tuple[SiteRow, ...]
    spaces: Mapping[str, int]
    parking_swings: tuple[Sensitivity, ...]
    ledger: Ledger = field(repr=False)
    sides: tuple[Side, Side] = field(repr=False)
    declined: tuple[str, ...] = ()


def render_programme_page(facts: ProgrammeFacts) -> str:
    """Give the report as HTML text."""
    matters = facts.ledger.matters
    plans = [side.plan.timings for side in facts.sides]
    with figure_style():
        city = city_parts(
            facts.sides,
            {m.place: Phrase(m.measure) for m in matters if m.kind == Kind.INTERSECTION},
            {key for key, timing in plans[1].items() if plans[0].get(key) != timing},
            matters=matters,
        )
    context = {
        "kind": TEXTS["kind"],
        "title": facts.title,
        "note": facts.note,
        "status": "improved",
        **city,
        **ledger_context(facts.ledger),
        "facts": facts,
        "texts": TEXTS,
        "families": FAMILIES,
        "better": facts.delay_change.verdict is Verdict.BETTER,
        "answer": _answer(facts),
        "total": _total(facts),
        "overlap": _overlap(facts.overlap_veh_h),
        "how": HOW,
        "assumed": ASSUMED,
        "declined": [_declined(FAMILIES[family]) for family in facts.declined],
        "method": METHOD,
        "words_of": change_words,
        "figure": _figure(facts.effects, facts.lost_change),
    }
    return render_page("programme.html.j2", context)


def _answer(facts: ProgrammeFacts) -> Phrase:
    before, after = (number(value) for value in facts.delay_s)
    change, said = change_words(facts.delay_change), SAID[facts.delay_change.verdict]
    return Phrase(
        f"Mean delay {before} to {after} s a vehicle ({change.en}): {said.en}.",
        f"平均延误由 {before} 变为 {after} s/辆（{change.zh}）：{said.zh}。",
    )


def _total(facts: ProgrammeFacts) -> Phrase:
    change, seeds = change_words(facts.lost_change), ", ".join(map(str, facts.seeds))
    closed, matters = len(facts.ledger.closed), len(facts.ledger.matters)
    return Phrase(
        f"Time lost by all vehicles, detours included: {change.en} (veh⋅h). SUMO, {facts.minutes:g} minutes, "
        f"seeds {seeds}. {closed} of {matters} matters are closed.",
        f"全部车辆损失时间（含绕行）：{change.zh}（车·时）。SUMO 仿真 {facts.minutes:g} 分钟，种子 {seeds}。"
        f"{matters} 项问题中已办结 {closed} 项。",
    )


def _declined(family: Phrase) -> Phrase:
    return Phrase(
        f"{family.en[0].upper()}{family.en[1:]}: the plan found loses no less time on seeds that judge "
        "nothing here; the one before is kept.",
        f"{family.zh}：在不参与判定的种子上，所得方案并未减少损失时间，保留之前的方案。",
    )


def _overlap(overlap_veh_h: float) -> Phrase:
    more = Phrase(" (they claim more)", "（单独之和更大）") if overlap_veh_h < 0 else Phrase("")
    size = number(overlap_veh_h)
    return Phrase(
        f"The effects alone add up to {size} veh⋅h beyond the whole{more.en}: families treat the same delay, "
        "or make each other better.",
        f"各类单独效果之和与总效果相差 {size} 车·时{more.zh}：不同措施作用于同一延误，或互相促进。",
    )


def change_words(change: Change) -> Phrase:
    """A change with its interval and percent.

    Examples
    --------
    >>> change_words(Change(-12.34, (-15.0, -9.7), -4.2, Verdict.BETTER)).en
    '\N{MINUS SIGN}12.3 (\N{MINUS SIGN}15.0 to \N{MINUS SIGN}9.7), \N{MINUS SIGN}4.2 %'
    """
    size, percent, spread = signed(change.mean), f"{signed(change.percent)} %", interval_words(change)
    if change.ci95 is None:
        return Phrase(f"{size}, {percent}", f"{size}，{percent}")
    return Phrase(f"{size} ({spread.en}), {percent}", f"{size}（{spread.chinese}），{percent}")


def _figure(effects: Sequence[FamilyEffect], together: Change) -> Markup:
    """The plot of effects with names of families in words."""
    named = [FamilyEffect(FAMILIES[e.family].en, e.alone, e.in_order) for e in effects]
    with figure_style():
        figure = plot_effects(named, together).figure
        assert isinstance(figure, Figure)
        return inline_svg(figure, "effects", "Change of the time lost by each family of treatments")

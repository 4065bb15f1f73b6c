"""The report of a programme: the answer, the effect of each family, its sites and its ledger, in one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from trafficopt.comparison import Change, Verdict
from trafficopt.ledger import Ledger
from trafficopt.parking_assumptions import Sensitivity
from trafficopt.reporting.effects import FamilyEffect, plot_effects
from trafficopt.reporting.explanations import Phrase
from trafficopt.reporting.inline_svg import figure_style, inline_svg
from trafficopt.reporting.ledger_page import ledger_context
from trafficopt.reporting.wording import interval, number, signed
from trafficopt.whole_file import write_whole

FAMILIES: Mapping[str, Phrase] = {
    "island": Phrase("right-turn islands", "导流岛"),
    "u-turn opening": Phrase("U-turn openings", "掉头开口"),
    "pocket": Phrase("turn pockets", "进口道展宽"),
    "lane use": Phrase("lane use", "车道功能"),
    "turn ban": Phrase("turn bans", "禁止转向"),
    "parking": Phrase("parking", "停车泊位"),
    "coordinate": Phrase("green waves", "绿波协调"),
    "retime": Phrase("retiming", "重新配时"),
    "resequence": Phrase("new stage orders", "相序调整"),
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
}
"""Words on the page, by place."""

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
    """

    title: str
    note: str
    caveats: tuple[str, ...]
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


def write_programme_page(facts: ProgrammeFacts, path: Path) -> None:
    """Write the report to the HTML file `path`, which holds all it needs and makes no request.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    write_whole(path, render_programme_page(facts))


def render_programme_page(facts: ProgrammeFacts) -> str:
    """Give the report as HTML text."""
    environment = Environment(
        loader=PackageLoader("trafficopt.reporting", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"change": change_words, "number": number}
    context = ledger_context(facts.ledger)
    return environment.get_template("programme.html.j2").render(
        **context,
        facts=facts,
        texts=TEXTS,
        families=FAMILIES,
        said=SAID[facts.delay_change.verdict],
        better=facts.delay_change.verdict is Verdict.BETTER,
        figure=_figure(facts.effects, facts.lost_change),
        n_signals=facts.ledger.count("kind")["intersection"],
    )


def change_words(change: Change) -> str:
    """A change with its interval and percent.

    Examples
    --------
    >>> change_words(Change(-12.34, (-15.0, -9.7), -4.2, Verdict.BETTER))
    '\N{MINUS SIGN}12.3 (\N{MINUS SIGN}15.0 to \N{MINUS SIGN}9.7), \N{MINUS SIGN}4.2 %'
    """
    spread = f" ({interval(change)})" if change.ci95 else ""
    return f"{signed(change.mean)}{spread}, {signed(change.percent)} %"


def _figure(effects: Sequence[FamilyEffect], together: Change) -> Markup:
    """The plot of effects with names of families in words."""
    named = [FamilyEffect(FAMILIES[e.family].en, e.alone, e.in_order) for e in effects]
    with figure_style():
        figure = plot_effects(named, together).figure
        assert isinstance(figure, Figure)
        return inline_svg(figure, "effects", "Change of the time lost by each family of treatments")

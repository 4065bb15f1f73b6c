"""Verdicts on changes and on runs, English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping

from trafficopt.comparison import INVALID_RUNS, Comparison, Verdict
from trafficopt.evaluation import Evaluation, listed_seeds
from trafficopt.phrase import Phrase
from trafficopt.run_verdict import Cause, Doubt, RunVerdict

VERDICTS: Mapping[Verdict, Phrase] = {
    Verdict.BETTER: Phrase("better", "改善"),
    Verdict.WORSE: Phrase("worse", "恶化"),
    Verdict.EQUIVALENT: Phrase("no relevant change", "无实质变化"),
    Verdict.SAME: Phrase("no significant change", "无显著变化"),
    Verdict.UNKNOWN: Phrase("too few seeds", "种子过少"),
}
RUN_VERDICTS: Mapping[RunVerdict, Phrase] = {
    RunVerdict.VALID: Phrase("valid", "有效"),
    RunVerdict.SUSPICIOUS: Phrase("suspicious", "存疑"),
    RunVerdict.INVALID: Phrase("invalid", "无效"),
}
INVALID = Phrase(INVALID_RUNS, "本次对比含有无效的仿真运行：无论均值如何，结论均不可采信。")
REASONS: Mapping[Cause, str] = {
    Cause.STANDSTILL: "连续 {amount:g} s 无车移动",
    Cause.LOCKED: "结束时有路段锁死，路网内 {reference:.0f} 辆车中 {amount:.0f} 辆停在其上，{place} 最多",
    Cause.TELEPORTS: "{reference:g} 辆车中 {amount:g} 辆因停驶过久被 SUMO 移走（瞬移），真实延误更高",
    Cause.COLLISIONS: "{reference:g} 辆车发生 {amount:g} 次碰撞，路网或方案有误",
    Cause.EMERGENCY_STOPS: "{reference:g} 辆车发生 {amount:g} 次紧急制动，超出车辆制动能力",
    Cause.UNDEPARTED: "{reference:g} 辆车中 {amount:g} 辆始终未能驶入，其等待被结束时刻截断",
    Cause.GROWTH: "等待驶入的车辆由半程时的 {reference:g} 辆增至 {amount:g} 辆，延误取决于何时结束",
    Cause.BLOCKED_ORIGIN: "未驶入的 {reference:g} 辆车中 {amount:g} 辆欲由 {place} 驶入，"
    "该处堵塞与否可能纯属偶然",
    Cause.UNFINISHED: "{reference:g} 辆车中 {amount:g} 辆在结束时仍在途中，其延误尚未结束",
}


def caveats(comparison: Comparison, names: tuple[Phrase, Phrase]) -> list[Phrase]:
    """What must be said before any change, see `Comparison.caveats`, in both languages.

    Parameters
    ----------
    names
        What the plans are called.
    """
    plans = [(comparison.before, names[0])]
    if comparison.after is not comparison.before:
        plans.append((comparison.after, names[1]))
    found = [
        sentence
        for verdict in (RunVerdict.INVALID, RunVerdict.SUSPICIOUS)
        for evaluation, name in plans
        for sentence in _sentences(evaluation, name, verdict)
    ]
    return [INVALID, *found] if comparison.run_verdict is RunVerdict.INVALID else found


def _sentences(evaluation: Evaluation, name: Phrase, verdict: RunVerdict) -> list[Phrase]:
    """One for each cause that gave a verdict."""
    words = RUN_VERDICTS[verdict]
    return [
        Phrase(
            f"{name.en}: {'seed' if len(seeds) == 1 else 'seeds'} {listed_seeds(seeds)} {words.en}: {doubt}.",
            f"{name.zh}：种子 {listed_seeds(seeds, '等')} {words.zh}，{reason(doubt)}。",
        )
        for doubt, seeds in evaluation.doubts(verdict)
    ]


def reason(doubt: Doubt) -> str:
    """A reason not to believe a run, in Chinese."""
    return REASONS[doubt.cause].format(amount=doubt.amount, reference=doubt.reference, place=doubt.place)

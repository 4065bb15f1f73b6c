"""The answer of a study in one or two sentences, and what makes it less sure; English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping

from trafficopt.comparison import Change, Comparison, Verdict
from trafficopt.evaluation import HEADLINE, Evaluation
from trafficopt.phrase import Phrase, sentences
from trafficopt.reporting.words.verdict_words import VERDICTS
from trafficopt.reporting.words.wording import compact, interval_words, number, signed
from trafficopt.result import Status
from trafficopt.robustness import Robustness
from trafficopt.study_findings import Study

FIELD = Phrase("Field plan", "现状方案")
KEPT = Phrase("No better plan was proven; the field plan is kept.", "未能证明有更优方案，保留现状方案。")
TRIED = Phrase("The plan that was tried:", "试算方案：")
SKEWED = Phrase(
    "The changes of the mean delay from run to run lean to one side: their interval may hold the "
    "true change less often than 95 % of the time. More seeds help.",
    "各次运行的平均延误变化偏向一侧，其区间包含真值的概率可能低于 95 %；增加种子数可改善。",
)
OCCURRENCES = (
    (
        "teleports",
        Phrase(
            "removed by SUMO after standing too long (teleports): the true delay is higher",
            "因停驶过久被 SUMO 移走（瞬移），真实延误更高",
        ),
    ),
    (
        "undeparted",
        Phrase(
            "unable to enter the network by the end of the run: counted with their wait so far",
            "到结束时仍未能驶入路网，按已等待的时间计入",
        ),
    ),
    (
        "unfinished",
        Phrase(
            "still under way at the end of the run: counted with their delay so far",
            "到结束时仍在途中，按已产生的延误计入",
        ),
    ),
    (
        "collisions",
        Phrase(
            "involved in collisions: the simulated plan or network has a fault",
            "发生碰撞：仿真所用方案或路网有误",
        ),
    ),
)


def tested_name(study: Study) -> Phrase:
    """Name what the field plan was compared with."""
    if study.status is Status.IMPROVED:
        return Phrase("New plan", "新方案")
    return Phrase("Tried plan (rejected)", "试算方案（未采用）")


def headline(study: Study) -> Phrase:
    """Say the study's answer in one or two sentences."""
    found, rejected = study.robustness, study.rejected
    if study.status is Status.IMPROVED:
        if found is not None:
            return sentences(_demands(found), _usually(study.comparison))
        return sentences(_objective(study, study.comparison), _movement(study.comparison))
    if rejected is not None and found is not None:
        return sentences(KEPT, TRIED, _demands(found), _usually(rejected))
    if rejected is not None:
        return sentences(KEPT, _objective(study, rejected), TRIED, _lower_first(_movement(rejected)))
    delay = number(study.comparison.before.mean(HEADLINE))
    return sentences(
        KEPT,
        Phrase(f"Mean delay under it is {delay} s per vehicle.", f"其平均延误为 {delay} s/辆。"),
    )


def _demands(found: Robustness) -> Phrase:
    """Say how the value for several demands moves, which decides then."""
    change, n, first = found.change(), len(found.demands), found.demands[0].name
    part = f"{100 * found.risk.share:g} %"
    what = Phrase(f"the demand {first}", f"需求 {first}")
    if n > 1 and found.risk.is_mean:
        what = Phrase(f"the mean over {n} demands", f"{n} 个需求样本的均值")
    elif n > 1:
        what = Phrase(f"the mean over the worst {part} of {n} demands", f"{n} 个需求样本中最差 {part} 的均值")
    spread = _spread(change)
    verdict, names = VERDICTS[change.verdict], ", ".join(found.fails_under)
    fails = (
        Phrase(f"; under {names} the new plan fails", f"；在 {names} 下新方案失效") if names else Phrase("")
    )
    size = f"{signed(change.mean)} s"
    return Phrase(
        f"What decides is {what.en}: {size} per vehicle ({signed(change.percent)} %, {spread.en}), "
        f"{verdict.en}{fails.en}.",
        f"判定依据为{what.chinese}：{size}/辆（{signed(change.percent)} %，{spread.chinese}），"
        f"{verdict.chinese}{fails.chinese}。",
    )


def _spread(change: Change) -> Phrase:
    if change.ci95 is None:
        return Phrase("no interval", "无区间")
    words = interval_words(change)
    return Phrase(f"95 % interval {words.en} s", f"95 % 区间 {words.chinese} s")


def _usually(comparison: Comparison) -> Phrase:
    """Say how the mean delay moves with the usual demand."""
    moved = _lower_first(_movement(comparison))
    return Phrase(f"With the usual demand, {moved.en}", f"常规需求下，{moved.chinese}")


def _objective(study: Study, comparison: Comparison) -> Phrase:
    """Say how the value of the objective moves; empty if that is the delay."""
    objective = study.result.objective
    if objective.is_delay:
        return Phrase("")
    change, runs = comparison[objective.measure], _runs(comparison)
    spread, verdict = _spread(change), VERDICTS[change.verdict]
    moved, percent = f"{signed(change.mean)} s", f"{signed(change.percent)} %"
    return Phrase(
        f"What decides is {objective}: {moved} per vehicle ({percent}, {spread.en}, {runs.en}), "
        f"{verdict.en}.",
        f"判定依据为目标值（{objective}）：{moved}/辆（{percent}，{spread.zh}，{runs.zh}），{verdict.zh}。",
    )


def _runs(comparison: Comparison) -> Phrase:
    n = len(comparison.before.runs)
    return Phrase(f"{n} paired runs" if n > 1 else "one pair of runs", f"{n} 对仿真运行")


def _lower_first(sentence: Phrase) -> Phrase:
    return Phrase(sentence.en[0].lower() + sentence.en[1:], sentence.zh)


def _movement(comparison: Comparison) -> Phrase:
    """Say how the mean delay moves, and how sure that is."""
    change, runs, spread = comparison[HEADLINE], _runs(comparison), _spread(comparison[HEADLINE])
    before, after = (number(e.mean(HEADLINE)) for e in (comparison.before, comparison.after))
    percent, end = signed(change.percent), _how_sure(comparison)
    en, zh = (
        f"({percent} %, {spread.en}, {runs.en}){end.en}.",
        f"（{percent} %，{spread.zh}，{runs.zh}）{end.zh}。",
    )
    if before == after:
        return Phrase(f"Mean delay stays at {before} s per vehicle {en}", f"平均延误保持在 {before} s/辆{zh}")
    verb = Phrase("falls", "降至") if change.mean < 0 else Phrase("rises", "升至")
    return Phrase(
        f"Mean delay {verb.en} from {before} s to {after} s per vehicle {en}",
        f"平均延误由 {before} s/辆{verb.zh} {after} s/辆{zh}",
    )


def _how_sure(comparison: Comparison) -> Phrase:
    """End of a sentence on the mean delay."""
    change, margin = comparison[HEADLINE], f"{comparison.margin_percent:g} %"
    small = Phrase(f", surely by less than the {margin} that matter", f"，变化必小于有意义的 {margin}")
    if change.verdict is Verdict.SAME:
        return Phrase(
            ", which is within the noise of the runs: neither a change nor its absence is shown",
            "，仍在运行噪声之内：既未证明有变化，也未证明无变化",
        )
    if change.verdict is Verdict.EQUIVALENT:
        return Phrase(f"{small.en}: no relevant change", f"{small.zh}：无实质变化")
    if change.verdict is Verdict.UNKNOWN:
        return Phrase(", too few runs to tell it from noise", "，仿真次数过少，无法与噪声区分")
    return small if change.equivalent else Phrase("")


def warnings_of(study: Study) -> list[Phrase]:
    """Say what makes the figures less sure, by plan; empty if nothing does."""
    other = study.tested
    rows = _occurrences(FIELD, study.comparison.before)
    rows += _occurrences(tested_name(study), other.after) if other else []
    precision = study.facts.get("precision")
    if isinstance(precision, Mapping) and not precision["reached"]:
        rows.append(Phrase(str(precision["message"])))
    return [*rows, SKEWED] if other and other[HEADLINE].skewed else rows


def _occurrences(name: Phrase, evaluation: Evaluation) -> list[Phrase]:
    demanded = compact(evaluation.mean("demanded"))
    told = {str(doubt.cause) for run in evaluation.runs for doubt in run.doubts}
    means = ((compact(evaluation.mean(key)), words) for key, words in OCCURRENCES if key not in told)
    return [
        Phrase(
            f"{name.en}: {n} of {demanded} vehicles a run were {words.en}.",
            f"{name.zh}：每次运行 {demanded} 辆车中有 {n} 辆{words.zh}。",
        )
        for n, words in means
        if n != "0"
    ]

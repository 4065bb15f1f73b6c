"""Rows and sentences of the report's section on several demands, English and Chinese."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean

from trafficopt.comparison import Change
from trafficopt.objective import Objective
from trafficopt.phrase import Phrase
from trafficopt.reporting.words.verdict_words import VERDICTS
from trafficopt.reporting.words.wording import NOTHING, interval_words, number, signed
from trafficopt.risk import Risk
from trafficopt.robustness import FIELD, NEW, NOMINAL, OWN, DemandOutcome, Robustness
from trafficopt.run_verdict import RunVerdict
from trafficopt.study_findings import Study

PLANS = {
    FIELD: Phrase("Field plan", "现状方案"),
    NEW: Phrase("New plan", "新方案"),
    NOMINAL: Phrase("Usual demand's plan", "常规需求方案"),
    OWN: Phrase("Its own plan", "该需求单独优化方案"),
}
WEIGHT = Phrase("Weight", "权重")
LATER = (Phrase("Change [s/veh]", "变化 [s/辆]"), Phrase("Verdict", "结论"))
REGRETS = {
    NOMINAL: Phrase("Regret: usual demand's", "后悔值：常规需求方案"),
    NEW: Phrase("Regret: new plan", "后悔值：新方案"),
}
REGRET_NOTE = Phrase(
    "Regret: what a plan loses in SUMO against the best plan known for that demand, among the plan searched "
    "for it alone and the plans of this table (Savage 1951). The best is "
    "chosen by the same runs, so regrets are if anything too large. The last row has the largest regret.",
    "后悔值：某方案在 SUMO 中比该需求下已知最优方案（该需求单独优化的方案及表中各方案）"
    "多出的数值（Savage 1951）；最优方案由同一批运行选出，因此后悔值只会偏大。末行为最大后悔值。",
)


@dataclass(frozen=True, slots=True)
class RobustRow:
    """One demand, or all together; cells as many as the columns after the first."""

    name: Phrase
    cells: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class RobustSection:
    """The whole section; `answer` says what became of the new plan."""

    answer: Phrase
    columns: tuple[Phrase, ...]
    rows: tuple[RobustRow, ...]
    notes: tuple[Phrase, ...]


def robust_section(study: Study) -> RobustSection | None:
    """Tell how the plans do under each demand; None where there is only one."""
    found = study.robustness
    if found is None:
        return None
    names = [name for name in PLANS if name in found.demands[0].plans]
    regrets = list(REGRETS.values()) if found.knows_regret else []
    columns = (
        Phrase("Demand", "需求样本"),
        *([] if _equal(found) else [WEIGHT]),
        Phrase("Vehicles", "车辆数"),
        *(PLANS[name] for name in names),
        *LATER,
        *regrets,
    )
    rows = tuple(_row(found, demand, names) for demand in found.demands)
    notes = [_measure_note(study.result.objective, found.risk), *_invalid_notes(found)]
    if found.knows_regret:
        notes.append(REGRET_NOTE)
    return RobustSection(_answer(found), columns, (*rows, _total(found, names)), tuple(notes))


def _row(found: Robustness, demand: DemandOutcome, names: list[str]) -> RobustRow:
    plans = [demand.plans[name] for name in names]
    regrets = [_regret(demand.regret(name)) for name in REGRETS] if found.knows_regret else []
    return RobustRow(
        _same(demand.name),
        (
            *([] if _equal(found) else [_same(number(demand.weight, 2))]),
            _same(number(demand.vehicles, 0)),
            *(_same(_figures(plan.mean_s, plan.model_s)) for plan in plans),
            *_change(found.change_under(demand)),
            *regrets,
        ),
    )


def _total(found: Robustness, names: list[str]) -> RobustRow:
    """The one value for all demands of each plan that ran under all."""
    cells = [
        NOTHING if name == OWN else _figures(fmean(found.values_s(name)), found.model_s(name))
        for name in names
    ]
    regrets = [number(found.worst_regret_s(name)) for name in REGRETS] if found.knows_regret else []
    return RobustRow(
        _risk(found.risk),
        (
            *([] if _equal(found) else [_same(number(1.0, 2))]),
            _same(NOTHING),
            *map(_same, cells),
            *_change(found.change()),
            *map(_same, regrets),
        ),
    )


def _equal(found: Robustness) -> bool:
    """Whether all demands count the same."""
    return max(found.weights) - min(found.weights) < 1e-9


def _same(text: str) -> Phrase:
    return Phrase(text, "")


def _figures(sumo_s: float, model_s: float) -> str:
    return f"{number(sumo_s)} ({number(model_s)})"


def _change(change: Change) -> tuple[Phrase, ...]:
    return _with_interval(signed(change.mean), change), VERDICTS[change.verdict]


def _with_interval(value: str, change: Change) -> Phrase:
    """A value with the 95 % interval in parentheses, unless there is none, or nothing to tell."""
    if change.ci95 is None or not change.mean:
        return _same(value)
    spread = interval_words(change)
    return Phrase(f"{value} ({spread.en})", f"{value}（{spread.chinese}）")


def _regret(change: Change) -> Phrase:
    return _with_interval(number(change.mean), change)


def _risk(risk: Risk) -> Phrase:
    if risk.is_mean:
        return Phrase("Mean over all", "全部均值")
    share = f"{100 * risk.share:g} %"
    return Phrase(f"Mean over the worst {share}", f"最差 {share} 的均值")


def _answer(found: Robustness) -> Phrase:
    """How the new plan does for all demands together, and under which it fails."""
    change = found.change()
    before, after = (number(fmean(found.values_s(name))) for name in (FIELD, NEW))
    spread = interval_words(change)
    n, risk, verdict, fails = (
        len(found.demands),
        _risk(found.risk),
        VERDICTS[change.verdict],
        found.fails_under,
    )
    among = "demands" if found.risk.is_mean else "of the demands"
    en = (
        f"{risk.en} {among} ({n}): {before} s per vehicle under the field plan, {after} s under "
        f"the new plan (95 % interval of the change {spread.en} s): {verdict.en}."
    )
    zh = (
        f"{n} 个需求样本{risk.zh}：现状方案 {before} s/辆，新方案 {after} s/辆"
        f"（变化的 95 % 区间 {spread.chinese} s）：{verdict.zh}。"
    )
    if fails:
        names = ", ".join(fails)
        en += f" Under {names} it is worse than the field plan or breaks down, so the field plan is kept."
        zh += f"在 {names} 下新方案劣于现状方案或发生拥堵崩溃，因此保留现状方案。"
    return Phrase(en, zh)


def _measure_note(objective: Objective, risk: Risk) -> Phrase:
    what = Phrase("mean delay", "平均延误")
    if not objective.is_delay:
        what = Phrase(f"value of the objective ({objective})", f"目标值（{objective}）")
    en = (
        f"Each cell: {what.en} in SUMO [s/veh], mean over the seeds, and in parentheses by the queue model; "
        "of changes and regrets in parentheses the 95 % interval, paired by seed. All plans met the same "
        "vehicles and seeds under a demand. A demand counts by its weight, as a day does, not by vehicles."
    )
    zh = (
        f"单元格：SUMO 中各种子的{what.zh}均值 [s/辆]，括号内为排队模型的结果；"
        "变化与后悔值括号内为按种子配对的 95 % 区间。同一需求下各方案面对相同的车辆和种子；"
        "各需求按权重计（如同一天），与车辆数无关。"
    )
    if not risk.is_mean:
        en += " The last row is the conditional value at risk (Rockafellar and Uryasev 2000)."
        zh += "末行为条件风险价值（CVaR，Rockafellar 与 Uryasev 2000）。"
    return Phrase(en, zh)


def _invalid_notes(found: Robustness) -> list[Phrase]:
    """Runs that cannot be believed, by demand and plan."""
    notes = []
    for demand in found.demands:
        for name, plan in demand.plans.items():
            runs = plan.evaluation.runs
            n = sum(run.verdict is RunVerdict.INVALID for run in runs)
            if n:
                words = PLANS[name]
                notes.append(
                    Phrase(
                        f"{words.en} under {demand.name}: {n} of {len(runs)} runs cannot be relied on "
                        "(locked up or the like).",
                        f"{words.zh}，{demand.name}：{len(runs)} 次运行中 {n} 次不可采信（锁死等）。",
                    )
                )
    return notes

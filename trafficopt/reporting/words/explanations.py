"""Rows and sentences of the report's words on why each signal is timed as it is, English and Chinese."""

from __future__ import annotations

import math
from dataclasses import dataclass

from trafficopt.phrase import Phrase
from trafficopt.reporting.words.wording import MINUS, NOTHING, compact, number, signed
from trafficopt.signals.explanation import (
    ANALYTIC,
    CYCLE_STEP_S,
    BindingLimit,
    Explanation,
    LaneFigures,
    StageFigures,
    cycle_sentences,
    path_sentence,
    stage_numbers,
)
from trafficopt.study_findings import Study
from trafficopt.units import Seconds

LIMITS = {
    BindingLimit.NONE: Phrase("none", "无"),
    BindingLimit.MIN_GREEN: Phrase("min green", "最小绿灯"),
    BindingLimit.WALK: Phrase("walk", "行人绿灯"),
    BindingLimit.MAX_GREEN: Phrase("max green", "最大绿灯"),
}
COLUMNS = (
    Phrase("Stage", "相位阶段"),
    Phrase("Green [s]", "绿灯 [s]"),
    Phrase("Least – most [s]", "最小 – 最大 [s]"),
    Phrase("Binding limit", "约束"),
    Phrase("Critical movement", "关键流向"),
    Phrase("Flow [veh/h]", "流量 [辆/h]"),
    Phrase("Saturation flow [veh/h]", "饱和流量 [辆/h]"),
    Phrase("v/c", "饱和度"),
    Phrase("Delay [s/veh]", "延误 [s/辆]"),
    Phrase("5 s more [s/veh]", "绿灯加 5 s [s/辆]"),
    Phrase("5 s less [s/veh]", "绿灯减 5 s [s/辆]"),
)
TEXT_COLUMNS = (0, 3, 4)
NOTES = (
    Phrase(
        ANALYTIC,
        "以下均为解析值：按 HCM 延误公式和高峰 15 分钟流量计算，假定车辆均匀到达，"
        "不考虑车队，也不是 SUMO 的仿真结果。",
    ),
    Phrase(
        "“5 s more” and “5 s less” are the change of the whole signal's delay if this stage had so much more "
        "or less green and the other stages gave or took it within their bounds, in the same cycle. "
        "A dash: the bounds forbid it.",
        "“绿灯加、减 5 s”指周期不变、其余相位阶段在上下限内相应让出或补足时，整个路口车均延误的变化；"
        "短横线表示受上下限约束，无法调整。",
    ),
)


@dataclass(frozen=True, slots=True)
class ExplainedSignal:
    """One intersection, written out.

    Attributes
    ----------
    summary
        The line that opens the rest.
    rows
        Cells of each stage, as many as `COLUMNS`.
    facts
        Critical path, movements green in more than one stage, and what speaks for the cycle.
    """

    id: str
    summary: Phrase
    rows: tuple[tuple[str | Phrase, ...], ...]
    facts: tuple[Phrase, ...]


def explained_signals(study: Study) -> list[ExplainedSignal]:
    """Explain the signals of the plan that the search found; none where the result has no explanations."""
    return [_signal(explanation) for explanation in study.result.explanations.values()]


def _signal(explanation: Explanation) -> ExplainedSignal:
    e = explanation
    delay, critical = number(e.per_vehicle_s(e.delay_veh_s_s)), number(e.critical_saturation, 2)
    cycle = compact(e.cycle_s)
    stages = tuple(_stage(e, number_, stage) for number_, stage in enumerate(e.stages, start=1))
    return ExplainedSignal(
        e.intersection,
        Phrase(
            f"cycle {cycle} s, Xc {critical}, delay {delay} s/veh",
            f"周期 {cycle} s，关键饱和度 {critical}，延误 {delay} s/辆",
        ),
        stages,
        (*_path(e), *_overlaps(e), _cycle(e)),
    )


def _stage(explanation: Explanation, number_: int, stage: StageFigures) -> tuple[str | Phrase, ...]:
    most = NOTHING if math.isinf(stage.max_green_s) else compact(stage.max_green_s)
    changes = (explanation.per_vehicle_s(value) for value in (stage.more_veh_s_s, stage.less_veh_s_s))
    return (
        str(number_),
        compact(stage.green_s),
        f"{compact(stage.min_green_s)} – {most}",
        LIMITS[stage.limit],
        *_lane(stage.critical),
        *(NOTHING if math.isnan(value) else signed(value) for value in changes),
    )


def _lane(lane: LaneFigures | None) -> tuple[str | Phrase, ...]:
    if lane is None:
        return (NOTHING,) * 5
    return (
        _lane_label(lane),
        number(lane.flow_veh_h, 0),
        number(lane.saturation_flow_veh_h, 0),
        number(lane.degree_of_saturation, 2),
        number(lane.delay_s),
    )


def _lane_label(lane: LaneFigures) -> Phrase:
    """Main movement and lane."""
    others = f" 等 {len(lane.movements)} 个流向" if len(lane.movements) > 1 else ""
    return Phrase(lane.label, f"{lane.movements[0]}{others}，车道 {lane.lane}")


def _path(explanation: Explanation) -> list[Phrase]:
    """What the critical path asks of the cycle, and the lanes on it."""
    e = explanation
    if not e.path:
        return [Phrase(path_sentence(e), "关键路径：无，没有车辆经过该信号。")]
    lanes = list(zip(e.path, e.flow_ratios, strict=True))
    return [
        Phrase(
            path_sentence(e)
            + ": "
            + "; ".join(
                f"stage {stage_numbers(lane.stages)} {lane.label} (flow ratio {ratio:.2f})"
                for lane, ratio in lanes
            )
            + ".",
            f"关键路径：流量比之和 Y = {e.flow_ratio_sum:.2f}，损失时间 L = {e.lost_time_s:.1f} s，"
            f"关键饱和度 Xc = {e.critical_saturation:.2f}："
            + "；".join(
                f"阶段 {stage_numbers(lane.stages)} {lane.movements[0]} 车道 {lane.lane}"
                f"（流量比 {ratio:.2f}）"
                for lane, ratio in lanes
            )
            + "。",
        )
    ]


def _overlaps(explanation: Explanation) -> list[Phrase]:
    if not explanation.overlaps:
        return []
    said = [f"{name} ({stage_numbers(stages)})" for name, stages in explanation.overlaps]
    return [
        Phrase(
            f"Green in more than one stage: {'; '.join(said)}.", f"跨阶段放行（搭接）：{'；'.join(said)}。"
        )
    ]


def _cycle(explanation: Explanation) -> Phrase:
    """What speaks for the cycle and against it."""
    e, c = explanation, explanation.cycle
    shorter, longer, greens, alone = (
        _told(e.per_vehicle_s(value))
        for value in (c.shorter_veh_s_s, c.longer_veh_s_s, c.best_greens_veh_s_s, c.alone_veh_s_s)
    )
    capacity = (
        f"关键路径的通行能力需要 {c.capacity_s:.0f} s（L / (1 {MINUS} Y)）"
        if math.isfinite(c.capacity_s)
        else "任何周期都满足不了关键路径的流量（Y 不小于 1）"
    )
    others = (
        f"共有 {c.n_same} 个信号采用 {e.cycle_s:g} s，作为整体的最优周期为 {c.same_s:g} s。"
        if c.n_same > 1
        else f"没有其他信号采用 {e.cycle_s:g} s。"
    )
    return Phrase(
        " ".join(cycle_sentences(e)).replace("-", MINUS),
        f"最小绿灯与绿灯间隔需要 {c.least_s:g} s；{capacity}。"
        f"周期缩短 {CYCLE_STEP_S:g} s：{shorter}；延长 {CYCLE_STEP_S:g} s：{longer}。"
        f"本周期内采用延误最小的绿灯：{greens}；"
        f"若再单独配时，周期为 {c.alone_s:g} s，与本周期相比 {alone}。{others}",
    )


def _told(change_s: Seconds) -> str:
    return "受绿灯上下限约束，不可行" if math.isnan(change_s) else f"{signed(change_s)} s/辆"

"""How the figures of a study came about and how far they reach, English and Chinese."""

from __future__ import annotations

from trafficopt.comparison import MARGIN_PERCENT
from trafficopt.limits import Limits
from trafficopt.phrase import Phrase, sentences
from trafficopt.scenario import Scenario
from trafficopt.units import clock

DELAY = Phrase(
    "Delay is the time lost while driving and waiting to enter, over all vehicles that wanted to "
    "depart; those not finished at the end count with what they had lost by then.",
    "延误为行驶中及等待驶入时损失的时间，按全部需求车辆平均；结束时未到达的车辆按已损失的时间计入。",
)
INTERVALS = Phrase(
    "An interval is Student's 95 % interval of the paired differences. The mean delay, and what decides "
    "if that is another objective, is called better or worse only if its interval does not hold zero. "
    "The other measures are judged together by Holm's correction, so that chance calls one of them "
    "better or worse in at most 5 % of studies; an interval without zero is then not always enough.",
    "区间为配对差值的 t 分布 95 % 区间。"
    "平均延误（以及作为判定依据的其他目标）的区间不含零时才判定改善或恶化；"
    "其余指标用 Holm 方法共同判定，使因偶然而误判任一指标的研究不超过 5 %，因此区间不含零未必足够。",
)
INTERSECTION_DELAY = Phrase(
    "The delay of an intersection is the time lost on the links that lead nowhere but into it, divided "
    "by the vehicles that passed a stop line. A queue that reaches back into the intersection upstream "
    "counts there.",
    "路口延误为仅通往该路口的路段上损失的时间除以通过停车线的车辆数；排队回溢到上游路口的部分计入上游路口。",
)
BANDS = Phrase(
    "A green band is geometry: displayed greens shifted by the travel time at the links' speed. It knows "
    "neither queues nor turning traffic; the delay above does.",
    "绿波带只是几何关系：把显示绿灯按路段速度下的行程时间平移而得，不计排队和转弯车流；延误则已计入。",
)
STREET = Phrase(
    "A simulation is not the street. Check demand and driving behavior against counts, and the timings "
    "on site and against the rules of the authority, before a plan is switched on.",
    "仿真不等于实际道路。方案启用前，应以实测流量核对需求与驾驶行为，并在现场及按主管部门规定核对配时。",
)


def method(scenario: Scenario, n_seeds: int, margin_percent: float = MARGIN_PERCENT) -> list[Phrase]:
    """Say in plain sentences how the figures came about and how far they reach."""
    limits = scenario.limits
    least, most = f"{limits.min_cycle_s:g} s", f"{limits.max_cycle_s:g} s"
    return [
        _runs(scenario, n_seeds),
        DELAY,
        INTERVALS,
        Phrase(
            f"No relevant change: surely less than {margin_percent:g} % of the value before (two one-sided "
            "tests). No significant change: the runs show neither a change nor that there is none.",
            f"无实质变化：变化必小于原值的 {margin_percent:g} %（两个单侧检验）。"
            "无显著变化：既未证明有变化，也未证明无变化。",
        ),
        INTERSECTION_DELAY,
        sentences(
            Phrase(f"Cycles were searched from {least} to {most}.", f"周期搜索范围为 {least} 至 {most}。"),
            _kept(limits),
        ),
        BANDS,
        STREET,
    ]


def _runs(scenario: Scenario, n_seeds: int) -> Phrase:
    """Say how often SUMO ran, and over what time."""
    settings = scenario.simulation
    begin, end, stood = clock(settings.begin_s), clock(settings.end_s), f"{settings.teleport_s:g} s"
    teleport = Phrase("Standing vehicles are never removed.", "停驶车辆不会被移走。")
    if settings.teleport_s >= 0:
        teleport = Phrase(
            f"A vehicle that stands for {stood} is removed (teleport).",
            f"停驶 {stood} 的车辆会被移走（瞬移）。",
        )
    return sentences(
        Phrase(
            f"Every plan was simulated in SUMO from {begin} to {end}, {n_seeds} times with different random "
            "seeds. Both plans met the same seeds, so the runs are compared in pairs.",
            f"每个方案均在 SUMO 中以不同随机种子从 {begin} 到 {end} 仿真 {n_seeds} 次；"
            "两个方案使用相同的种子，逐次配对比较。",
        ),
        teleport,
    )


def _kept(limits: Limits) -> Phrase:
    """Say what the search leaves as the field plan or the rule profile has it."""
    green, profile = f"{limits.min_green_s:g} s", limits.profile
    if limits.yellow_rule == "field":
        return Phrase(
            f"A stage is green for at least {green}, or as long as the field plan shows it where that is "
            "less. Yellow and all-red times are no shorter than the field plan's. Signals that break rules "
            "in it are brought in line first.",
            f"各相位阶段绿灯不短于 {green}（现状方案更短的从其现状）。黄灯与全红时间不短于现状方案；"
            "现状方案违反规则的信号先行修正。",
        )
    return Phrase(
        f"A stage is green for at least {green}. Yellow and all-red times are those of the field plan; where "
        f"it shows less than rule profile {profile} asks for, they are the profile's.",
        f"各相位阶段绿灯不短于 {green}。黄灯与全红时间同现状方案；低于规则集 {profile} 要求的按规则集执行。",
    )

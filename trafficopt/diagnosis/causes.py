"""Why an intersection loses time, in words, and what could help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

from trafficopt.diagnosis.figures import IntersectionFigures, MovementFigures
from trafficopt.diagnosis.indices import FULL_GREEN
from trafficopt.diagnosis.names import short_id
from trafficopt.phrase import Phrase
from trafficopt.signals.explanation import BindingLimit
from trafficopt.treatment import Family

OVER = 0.95  # degree of saturation from which on a lane is told to be short of green
IDLE = 0.5  # critical degree of saturation below which a stage has green to spare
POOR_PLATOON_RATIO = 0.85  # arrival types 1 and 2 of HCM 2000, exhibit 16-11: poor, unfavorable progression
WORTH_COORDINATING_VEH_H = 100.0
WORTH_RETIMING = 0.1  # of the delay, that greens and a cycle of its own must save to be told
WORTH_TELLING_VEH_H = 0.05  # less is 0.0 in the text
FULL_LANE = 1.0  # back of queue over what fits


class Cause(StrEnum):
    """What is wrong."""

    LOCKED = "locked up"
    NO_CAPACITY = "no capacity"
    SHORT_GREEN = "short green"
    FEW_GAPS = "few gaps"
    SPILLBACK = "queue longer than its lane"
    IDLE_STAGE = "idle stage"
    CYCLE = "greens and cycle"
    PROGRESSION = "poor progression"


HELPS = {
    Cause.LOCKED: (Family.RETIME, Family.COORDINATE, Family.LANE_USE),
    Cause.NO_CAPACITY: (Family.RESEQUENCE, Family.RETIME, Family.LANE_USE, Family.TURN_BAN),
    Cause.SHORT_GREEN: (Family.RETIME, Family.RESEQUENCE),
    Cause.FEW_GAPS: (Family.RESEQUENCE, Family.TURN_BAN),
    Cause.SPILLBACK: (Family.RETIME, Family.POCKET, Family.LANE_USE),
    Cause.IDLE_STAGE: (Family.RETIME, Family.RESEQUENCE),
    Cause.CYCLE: (Family.RETIME,),
    Cause.PROGRESSION: (Family.COORDINATE,),
}
"""Treatments that could help, the least costly first."""


@dataclass(frozen=True, slots=True)
class Weakness:
    """Something wrong at an intersection.

    Attributes
    ----------
    intersection
        Its id.
    cause
        What kind it is.
    said
        A sentence with the figures, in English and Chinese.
    delay_veh_h
        Time lost in the window by those whom it concerns [veh*h], by the queue model; of an idle stage, of
        greens and cycle, and of progression, what could be saved. Weaknesses overlap: no sum is meant.
    """

    intersection: str
    cause: Cause
    said: Phrase
    delay_veh_h: float

    @property
    def words(self) -> str:
        """The sentence in English."""
        return self.said.en

    @property
    def treatments(self) -> tuple[Family, ...]:
        """What could help, the least costly first."""
        return HELPS[self.cause]


def weaknesses(figures: IntersectionFigures) -> tuple[Weakness, ...]:
    """Tell what is wrong at an intersection, what costs most first."""
    found = [*_of_signal(figures), *_of_stages(figures)]
    for lane in _lanes(figures.movements):
        found += _of_lane(lane)
    for movement in figures.movements:
        found += _of_platoons(movement)
    return tuple(sorted(found, key=lambda weakness: -weakness.delay_veh_h))


def _of_signal(figures: IntersectionFigures) -> Iterator[Weakness]:
    """What concerns the whole signal."""
    key, total, xc, cycle_s = figures.id, figures.delay_veh_h, figures.critical_saturation, figures.cycle_s
    for link in figures.standing:
        said = Phrase(
            f"link {short_id(link)} has locked up: vehicles stand on it, and nobody leaves it",
            f"路段 {short_id(link)} 已锁死：车辆停在其上，无车驶离",
        )
        yield Weakness(key, Cause.LOCKED, said, total)
    if xc >= OVER:
        said = Phrase(
            f"the intergreens fill the cycle of {cycle_s:g} s", f"绿灯间隔占满了 {cycle_s:g} s 的周期"
        )
        if isfinite(xc):
            said = Phrase(
                f"the critical path asks for {100 * xc:.0f} % of what a cycle of {cycle_s:g} s "
                "gives: no greens bring all lanes below that",
                f"关键路径的需求为 {cycle_s:g} s 周期通行能力的 {100 * xc:.0f} %，"
                "如何分配绿灯都不能使各车道更低",
            )
        yield Weakness(key, Cause.NO_CAPACITY, said, total)
    gain, best_s = figures.own_gain_veh_h, figures.best_cycle_s
    if gain > max(WORTH_RETIMING * total, WORTH_TELLING_VEH_H):
        cycle = Phrase(f"in the same cycle of {cycle_s:g} s", f"周期仍为 {cycle_s:g} s")
        if best_s != cycle_s:
            cycle = Phrase(
                f"in a cycle of {best_s:g} s instead of {cycle_s:g} s",
                f"周期由 {cycle_s:g} s 改为 {best_s:g} s",
            )
        said = Phrase(
            f"other greens {cycle.en} would save {gain:.1f} veh*h",
            f"{cycle.zh}并重新分配绿灯，可减少延误 {gain:.1f} 车·时",
        )
        yield Weakness(key, Cause.CYCLE, said, gain)


def _of_stages(figures: IntersectionFigures) -> Iterator[Weakness]:
    """Stages that have green to spare while another is full; at its minimum a green has none."""
    busiest = max(figures.stage_saturation, default=0.0)
    if busiest < FULL_GREEN:
        return
    full = figures.stage_saturation.index(busiest) + 1
    pairs = zip(figures.stage_saturation, figures.stage_limit, strict=True)
    for number, (load, limit) in enumerate(pairs, start=1):
        if load < IDLE and limit not in (BindingLimit.MIN_GREEN, BindingLimit.WALK):
            said = Phrase(
                f"stage {number} uses {100 * load:.0f} % of its green, stage {full} would need "
                f"{100 * busiest:.0f} % of its own",
                f"阶段 {number} 仅用到绿灯的 {100 * load:.0f} %，"
                f"而阶段 {full} 需要其绿灯的 {100 * busiest:.0f} %",
            )
            gain = (1.0 - load / busiest) * figures.own_gain_veh_h
            yield Weakness(figures.id, Cause.IDLE_STAGE, said, gain)


def _lanes(movements: Sequence[MovementFigures]) -> list[list[MovementFigures]]:
    """Movements by the lane that decides; on each first who yields, then who has most flow."""
    groups: dict[tuple[str, int], list[MovementFigures]] = {}
    for m in movements:
        groups.setdefault((m.from_link, m.lane), []).append(m)
    return [sorted(group, key=lambda m: (not m.yields, -m.flow_veh_h)) for group in groups.values()]


def _of_lane(lane: Sequence[MovementFigures]) -> Iterator[Weakness]:
    """What concerns a lane and all who share it."""
    m, lost = lane[0], sum(each.delay_veh_h for each in lane)
    name = m.called
    if len(lane) > 1:
        more = len(lane) - 1
        name = Phrase(f"{name.en} (and {more} more on its lane)", f"{name.chinese}（及同车道 {more} 个流向）")
    if m.saturation >= OVER and not m.green_share:
        said = Phrase(f"{name.en} is never green", f"{name.chinese}没有绿灯")
        yield Weakness(m.intersection, Cause.SHORT_GREEN, said, lost)
    elif m.saturation >= OVER and m.yields:
        share = f"{100 * m.saturation:.0f} %"
        said = Phrase(
            f"{name.en} asks for {share} of what gaps let through, with no green of its own",
            f"{name.chinese}没有专用绿灯，需求为间隙通行能力的 {share}",
        )
        yield Weakness(m.intersection, Cause.FEW_GAPS, said, lost)
    elif m.saturation >= OVER:
        said = Phrase(
            f"{name.en} needs {m.needed_green_s:.0f} s of effective green, gets {m.green_s:.0f} s",
            f"{name.chinese}需要有效绿灯 {m.needed_green_s:.0f} s，实际 {m.green_s:.0f} s",
        )
        yield Weakness(m.intersection, Cause.SHORT_GREEN, said, lost)
    if m.queue_ratio > FULL_LANE:
        said = Phrase(
            f"{name.en}: the queue is {m.queue_m:.0f} m long, its road {m.storage_m:.0f} m",
            f"{name.chinese}：排队长 {m.queue_m:.0f} m，可用路段长 {m.storage_m:.0f} m",
        )
        yield Weakness(m.intersection, Cause.SPILLBACK, said, lost)


def _of_platoons(m: MovementFigures) -> Iterator[Weakness]:
    """A movement whose platoons come in red."""
    poor = m.platoon_ratio < POOR_PLATOON_RATIO and m.platoon_loss_veh_h > WORTH_TELLING_VEH_H
    if poor and m.flow_veh_h >= WORTH_COORDINATING_VEH_H:
        on_green, share = f"{100 * m.arrivals_on_green:.0f} %", f"{100 * m.green_share:.0f} %"
        said = Phrase(
            f"{m.name}: {on_green} arrive on green, which is {share} of the cycle",
            f"{m.called.chinese}：绿灯到达率 {on_green}，而绿灯占周期的 {share}",
        )
        yield Weakness(m.intersection, Cause.PROGRESSION, said, m.platoon_loss_veh_h)

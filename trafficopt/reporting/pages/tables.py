"""Rows of the report's tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from trafficopt.comparison import COMPARED, Comparison
from trafficopt.evaluation import Evaluation
from trafficopt.intersection import Intersection
from trafficopt.phrase import Phrase
from trafficopt.plan import SignalTiming
from trafficopt.reporting.pages.side import Side
from trafficopt.reporting.plots.canvas import short_label
from trafficopt.reporting.words.verdict_words import VERDICTS
from trafficopt.reporting.words.wording import NOTHING, compact, interval_words, number, signed
from trafficopt.result import Status
from trafficopt.study_findings import Study
from trafficopt.units import Seconds

NONE = Phrase("")
RETIMED = Phrase("retimed", "重新配时")
MEASURES = {
    "mean_delay_s": Phrase("Mean delay [s/veh]", "平均延误 [s/辆]"),
    "mean_depart_delay_s": Phrase("of which waiting to enter [s/veh]", "其中等待驶入 [s/辆]"),
    "mean_stops": Phrase("Stops [1/veh]", "停车次数 [次/辆]"),
    "mean_waiting_s": Phrase("Mean waiting time [s/veh]", "平均停驶时间 [s/辆]"),
}
COUNTS = {
    "demanded": Phrase("Vehicles demanded", "需求车辆数"),
    "completed": Phrase("Vehicles that finished", "已到达车辆数"),
    "unfinished": Phrase("still under way at the end", "结束时仍在途中"),
    "undeparted": Phrase("not yet entered at the end", "结束时未能驶入"),
    "teleports": Phrase("Teleports", "瞬移次数"),
    "collisions": Phrase("Collisions", "碰撞次数"),
    "emergency_stops": Phrase("Emergency stops", "紧急制动次数"),
}


@dataclass(frozen=True, slots=True)
class Extra:
    """How a measure is written that not every scenario has.

    Attributes
    ----------
    scale
        From its unit to that of the label.
    relative
        Only its change means something.
    """

    label: Phrase
    scale: float = 1.0
    relative: bool = False


EXTRAS = {
    "longest_queue_veh": Extra(Phrase("Longest queue on a link [veh]", "路段最长排队 [辆]")),
    "arterial_s_per_km": Extra(Phrase("Travel time along arterials [s/km]", "干道行程时间 [s/km]")),
    "arterial_on_green": Extra(
        Phrase("Arrivals on green on arterials [%]", "干道绿灯到达率 [%]"), scale=100.0
    ),
    "pedestrian_wait_s": Extra(Phrase("Wait of pedestrians [s]", "行人等待时间 [s]")),
    "fuel_g_km": Extra(
        Phrase("Fuel a km, and CO2 with it (before: 100)", "单位里程油耗及 CO2（现状为 100）"), relative=True
    ),
}


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One key figure, written out."""

    label: Phrase
    before: str
    after: str
    change: str
    percent: str
    interval: Phrase
    verdict: Phrase


@dataclass(frozen=True, slots=True)
class IntersectionRow:
    """One intersection under the field plan and the plan compared with it.

    Attributes
    ----------
    anchor
        Id of the row within the page.
    treatment
        `retimed`, or `kept` and why.
    delay_before_s, delay_after_s, change_s
        Delay per vehicle [s/veh]; None where no vehicle passed.
    """

    anchor: str
    id: str
    district: str
    retimed: bool
    treatment: Phrase
    before: SignalTiming | None
    after: SignalTiming | None
    delay_before_s: Seconds | None
    delay_after_s: Seconds | None

    @property
    def label(self) -> str:
        """The id, shortened in the middle if it is very long."""
        return short_label(self.id, 22)

    @property
    def change_s(self) -> Seconds | None:
        """Change of the delay per vehicle [s/veh]."""
        if self.delay_before_s is None or self.delay_after_s is None:
            return None
        return self.delay_after_s - self.delay_before_s


def key_figures(before: Evaluation, comparison: Comparison | None) -> list[FigureRow]:
    """Give means a vehicle with intervals and verdicts, then counts a run."""
    rows = [_measure_row(key, label, before, comparison) for key, label in MEASURES.items()]
    rows += [_extra_row(key, extra, before, comparison) for key, extra in EXTRAS.items() if before.has(key)]
    for key, label in COUNTS.items():
        after = compact(comparison.after.mean(key)) if comparison else NOTHING
        rows.append(FigureRow(label, compact(before.mean(key)), after, "", "", NONE, NONE))
    return rows


def _measure_row(key: str, label: Phrase, before: Evaluation, comparison: Comparison | None) -> FigureRow:
    digits = 2 if key == "mean_stops" else 1
    base = number(before.mean(key), digits)
    if comparison is None:
        return FigureRow(label, base, NOTHING, "", "", NONE, NONE)
    after = number(comparison.after.mean(key), digits)
    if key not in COMPARED:
        difference = comparison.after.mean(key) - comparison.before.mean(key)
        return FigureRow(label, base, after, signed(difference, digits), "", NONE, NONE)
    change = comparison[key]
    return FigureRow(
        label,
        base,
        after,
        signed(change.mean, digits),
        f"{signed(change.percent)} %",
        interval_words(change, digits),
        VERDICTS[change.verdict],
    )


def _extra_row(key: str, extra: Extra, before: Evaluation, comparison: Comparison | None) -> FigureRow:
    """A measure that not every scenario has; one whose level means nothing is written with 100 before."""
    scale = 100.0 / before.mean(key) if extra.relative and before.mean(key) else extra.scale
    base = number(scale * before.mean(key))
    if comparison is None or key not in comparison.changes:
        return FigureRow(extra.label, base, NOTHING, "", "", NONE, NONE)
    change = comparison[key]
    ci95 = None if change.ci95 is None else (scale * change.ci95[0], scale * change.ci95[1])
    return FigureRow(
        extra.label,
        base,
        number(scale * comparison.after.mean(key)),
        signed(scale * change.mean),
        f"{signed(change.percent)} %",
        interval_words(replace(change, ci95=ci95)),
        VERDICTS[change.verdict],
    )


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """What the search finds under one stage policy, written out."""

    stages: str
    meaning: Phrase
    delay: str
    change: str
    interval: Phrase
    verdict: Phrase
    unprotected: Phrase


POLICIES = {
    "shipped": Phrase("as in the field plan", "同现状方案"),
    "protected": Phrase("other stages; protected greens stay", "可换相位阶段，保留专用绿灯"),
    "warranted": Phrase("permissive where the profile allows it", "规则集允许处可改为让行放行"),
}


def policy_rows(study: Study) -> list[PolicyRow]:
    """Rows of the stage policies that were compared, from the strictest on; none if only one was run."""
    if not study.alternatives:
        return []
    compared = {
        other.stages: (other.comparison, Phrase(str(other.n_unprotected))) for other in study.alternatives
    }
    own = next(stages for stages in POLICIES if stages not in compared)
    compared[own] = (study.rejected or study.comparison, Phrase("see above", "见上"))
    rows = []
    for stages, meaning in POLICIES.items():
        comparison, unprotected = compared[stages]
        change = comparison["mean_delay_s"]
        rows.append(
            PolicyRow(
                stages,
                meaning,
                number(comparison.after.mean("mean_delay_s")),
                f"{signed(change.percent)} %",
                interval_words(change),
                VERDICTS[change.verdict],
                unprotected,
            )
        )
    return rows


def intersection_rows(
    sides: Sequence[Side], treatments: Mapping[str, Phrase], retimed: Set[str]
) -> list[IntersectionRow]:
    """Give all intersections in the order of the network.

    Parameters
    ----------
    sides
        The field plan, and the plan compared with it if there is one.
    treatments
        What was done at each intersection.
    retimed
        Those whose timing was changed.
    """
    before, after = sides[0], sides[-1]
    delays_s = [side.delays_s() for side in sides]
    return [
        IntersectionRow(
            f"signal-{index}",
            node.id,
            node.district,
            node.id in retimed,
            treatments[node.id],
            before.plan.timings.get(node.id),
            after.plan.timings.get(node.id),
            delays_s[0].get(node.id),
            delays_s[1].get(node.id) if len(sides) > 1 else None,
        )
        for index, node in enumerate(before.network.intersections)
    ]


def study_treatments(study: Study, kept_by_rules: Mapping[str, str]) -> dict[str, Phrase]:
    """What was done at each intersection of a study, and why not where nothing was.

    Parameters
    ----------
    kept_by_rules
        Signals that the safety rules keep from being retimed, with the reason.
    """
    changed = study.retimed
    return {
        node.id: RETIMED if node.id in changed else _kept(_why_kept(study, node, kept_by_rules))
        for node in study.scenario.network.intersections
    }


def _kept(why: Phrase) -> Phrase:
    return Phrase(f"kept: {why.en}", f"保留：{why.chinese}")


def _why_kept(study: Study, intersection: Intersection, kept_by_rules: Mapping[str, str]) -> Phrase:
    reason = intersection.kept_because or kept_by_rules.get(intersection.id, "")
    if reason:
        return Phrase(reason)
    if intersection.id not in study.scenario.retime:
        return Phrase("not marked", "未列入重新配时范围")
    if study.status is not Status.IMPROVED:
        return Phrase("no better plan was proven", "未能证明有更优方案")
    return Phrase("the search found nothing better", "搜索未找到更优配时")


def extremes(rows: Sequence[IntersectionRow]) -> tuple[IntersectionRow | None, IntersectionRow | None]:
    """Give the rows with the largest fall and the largest rise of delay."""
    changes = [(row.change_s, row) for row in rows if row.change_s is not None]
    falls = [pair for pair in changes if pair[0] < -0.05]
    rises = [pair for pair in changes if pair[0] > 0.05]
    fall = min(falls, key=lambda pair: pair[0])[1] if falls else None
    rise = max(rises, key=lambda pair: pair[0])[1] if rises else None
    return fall, rise


def fact_rows(facts: Mapping[str, object], depth: int = 0) -> Iterator[tuple[int, str, str]]:
    """Flatten nested facts to (depth, key, value); a group has no value of its own."""
    for key, value in facts.items():
        if isinstance(value, Mapping):
            yield depth, str(key), ""
            yield from fact_rows(value, depth + 1)
        else:
            yield depth, str(key), _written(value)


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple | range):
        return ", ".join(_written(item) for item in value)
    return NOTHING if value is None else str(value)

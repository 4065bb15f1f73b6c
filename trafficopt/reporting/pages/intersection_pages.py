"""A page for each intersection: state, problem, measure, effect, and its timing sheets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from trafficopt.comparison import paired_change
from trafficopt.diagnosis.diagnose import Point
from trafficopt.diagnosis.figures import IntersectionFigures
from trafficopt.intersection import Intersection
from trafficopt.ledger import Matter
from trafficopt.phrase import Phrase
from trafficopt.plan import SignalTiming
from trafficopt.reporting.drawings.ring_svg import rings_svg
from trafficopt.reporting.drawings.signal_names import head_names
from trafficopt.reporting.drawings.signal_timing_svg import signal_timing_svg
from trafficopt.reporting.drawings.stage_svg import stages_svg
from trafficopt.reporting.pages.side import Side
from trafficopt.reporting.pages.tables import IntersectionRow
from trafficopt.reporting.pages.timing_sheet import TimingSheet, timing_changes, timing_sheet
from trafficopt.reporting.words.explanations import ExplainedSignal
from trafficopt.reporting.words.translatable import translatable
from trafficopt.reporting.words.verdict_words import VERDICTS
from trafficopt.reporting.words.wording import NOTHING, interval_words, number, signed
from trafficopt.rules.findings import Finding

MOST_WEAKNESSES = 6
FIGURES: Sequence[tuple[Phrase, int, Callable[[IntersectionFigures], float]]] = (
    (Phrase("Delay by the queue model [s/veh]", "排队模型延误 [s/辆]"), 1, lambda f: f.delay_s),
    (Phrase("Time lost on its approaches [veh⋅h]", "进口道损失时间 [车·时]"), 1, lambda f: f.delay_veh_h),
    (Phrase("Critical degree of saturation Xc", "关键饱和度 Xc"), 2, lambda f: f.critical_saturation),
    (Phrase("Green use [%]", "绿灯利用率 [%]"), 0, lambda f: 100.0 * f.green_use),
    (Phrase("Served by the next green [%]", "一次通过率 [%]"), 0, lambda f: 100.0 * f.first_pass_share),
    (Phrase("Imbalance of approaches", "进口失衡指数"), 2, lambda f: f.approach_imbalance),
)
"""What the models say of an intersection: words, digits, figure."""
NOTHING_WRONG = Phrase("Nothing stands out by the models.", "模型未发现突出问题。")
NOT_JUDGED = Phrase("The models were not asked about this signal.", "未用模型诊断该信号。")


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A figure before and after, written out; empty where there is no second plan."""

    name: Phrase
    before: str
    after: str
    change: str


@dataclass(frozen=True, slots=True)
class DrawnTiming:
    """A plan's timing of the signal, as a sheet and as drawings."""

    name: Phrase
    sheet: TimingSheet
    stages: Markup
    diagram: Markup
    rings: Markup | None


@dataclass(frozen=True, slots=True)
class IntersectionPage:
    """Everything on the page of an intersection.

    Attributes
    ----------
    before, after
        Anchors of its neighbors in the order of the pages.
    arterials
        Names of the arterials that it lies on, with their places in the report.
    problems, measures, effects
        Sentences.
    timings
        The new plan's first.
    findings
        What the safety rules say of the plan's timing of it, or of the field plan's.
    matters
        Of a programme's ledger.
    """

    anchor: str
    id: str
    district: str
    before: str
    after: str
    arterials: tuple[tuple[int, str], ...]
    state: tuple[FigureLine, ...]
    problems: tuple[Phrase, ...]
    measures: tuple[Phrase, ...]
    effects: tuple[Phrase, ...]
    timings: tuple[DrawnTiming, ...] = field(repr=False)
    explained: ExplainedSignal | None = field(repr=False)
    findings: tuple[Finding, ...] = field(repr=False)
    matters: tuple[Matter, ...] = field(repr=False)


def intersection_pages(
    rows: Sequence[IntersectionRow],
    sides: Sequence[Side],
    explained: Iterable[ExplainedSignal] = (),
    findings: Sequence[Finding] = (),
    matters: Sequence[Matter] = (),
) -> list[IntersectionPage]:
    """Give a page for each row, in their order.

    Parameters
    ----------
    sides
        The field plan, and the plan compared with it if there is one.
    explained
        Why signals are timed as they are.
    findings
        What the rules say.
    matters
        Of a ledger.
    """
    reasons = {signal.id: signal for signal in explained}
    anchors = [row.anchor for row in rows]
    points = [side.points() for side in sides]
    return [
        IntersectionPage(
            row.anchor,
            row.id,
            row.district,
            anchors[index - 1] if index else "",
            anchors[index + 1] if index + 1 < len(rows) else "",
            _arterials(row.id, sides[0]),
            tuple(_state(row, [of_plan.get(row.id) for of_plan in points])),
            _problems(row.id, sides[0], points[0].get(row.id)),
            tuple(_measures(row)),
            tuple(_effects(row, sides)),
            tuple(_drawn(row, sides))[::-1],
            reasons.get(row.id),
            tuple(finding for finding in findings if finding.intersection == row.id),
            tuple(matter for matter in matters if matter.place == row.id),
        )
        for index, row in enumerate(rows)
    ]


def _arterials(key: str, side: Side) -> tuple[tuple[int, str], ...]:
    found = enumerate(side.network.arterials)
    return tuple((index, arterial.name) for index, arterial in found if key in arterial.intersections)


def _state(row: IntersectionRow, points: Sequence[Point | None]) -> Iterable[FigureLine]:
    """Figures of the intersection under one plan or two."""
    two = len(points) > 1
    yield FigureLine(
        Phrase("Delay in SUMO [s/veh]", "SUMO 延误 [s/辆]"),
        number(row.delay_before_s),
        number(row.delay_after_s) if two else "",
        signed(row.change_s) if two else "",
    )
    if not all(points):
        return
    for name, digits, figure in FIGURES:
        values = [figure(point.figures) for point in points if point]
        change = signed(values[1] - values[0], digits) if two else ""
        yield FigureLine(name, number(values[0], digits), number(values[1], digits) if two else "", change)
    grades = [point.figures.level_of_service or NOTHING for point in points if point]
    name = Phrase("Level of service (queue model)", "服务水平（排队模型）")
    yield FigureLine(name, grades[0], grades[1] if two else "", "")


def _problems(key: str, side: Side, point: Point | None) -> tuple[Phrase, ...]:
    if point is None:
        why = side.diagnosis.untimed.get(key) if side.diagnosis else None
        return (Phrase(why) if why else NOT_JUDGED,)
    return tuple(w.said for w in point.weaknesses[:MOST_WEAKNESSES]) or (NOTHING_WRONG,)


def _measures(row: IntersectionRow) -> Iterable[Phrase]:
    """What was done with the signal, and what of its timing differs."""
    yield Phrase(_upper_first(row.treatment.en), row.treatment.zh)
    if row.retimed and row.before and row.after:
        yield from timing_changes(row.before, row.after)


def _effects(row: IntersectionRow, sides: Sequence[Side]) -> Iterable[Phrase]:
    """What came of it in SUMO."""
    if len(sides) < 2 or row.change_s is None:
        yield Phrase("No other plan ran.", "没有运行其他方案。")
        return
    before, after, change = number(row.delay_before_s), number(row.delay_after_s), signed(row.change_s)
    yield Phrase(
        f"Delay in SUMO {before} s to {after} s per vehicle ({change} s).",
        f"SUMO 延误由 {before} s/辆变为 {after} s/辆（{change} s）。",
    )
    lost = [side.lost_veh_h(row.id) for side in sides]
    if all(lost):
        moved = paired_change(*lost)
        spread, verdict = interval_words(moved), VERDICTS[moved.verdict]
        size = signed(moved.mean)
        yield Phrase(
            f"Time lost on its approaches {size} veh⋅h (95 % interval {spread.en}), not corrected for the "
            f"number of intersections: {verdict.en}.",
            f"进口道损失时间 {size} 车·时（95 % 区间 {spread.chinese}），"
            f"未按路口数作多重比较校正：{verdict.chinese}。",
        )


def _drawn(row: IntersectionRow, sides: Sequence[Side]) -> Iterable[DrawnTiming]:
    """The timings of a signal, those of the field plan first; a second one only if it differs."""
    first = sides[0].plan.timings.get(row.id)
    for index, side in enumerate(sides):
        timing = side.plan.timings.get(row.id)
        if timing is None or (index and timing == first):
            continue
        before = first if index else None
        yield _drawing(side, side.network[row.id], timing, before, f"{row.anchor}-{index}")


def _drawing(
    side: Side, node: Intersection, timing: SignalTiming, before: SignalTiming | None, key: str
) -> DrawnTiming:
    names = head_names(side.network, node)
    rings = rings_svg(node, timing, key, names=names)
    return DrawnTiming(
        side.name,
        timing_sheet(side.network, node, timing, before),
        Markup(translatable(stages_svg(side.network, node, timing, key))),
        Markup(translatable(signal_timing_svg(node, timing, key, names=names))),
        Markup(translatable(rings)) if rings else None,
    )


def _upper_first(text: str) -> str:
    return text[0].upper() + text[1:]

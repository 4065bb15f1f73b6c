"""Rows of the report's tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from trafficopt.comparison import COMPARED, Comparison
from trafficopt.evaluation import Evaluation
from trafficopt.intersection import Intersection
from trafficopt.model.measures import intersection_delays
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.reporting.canvas import short_label
from trafficopt.reporting.wording import NOTHING, compact, interval, number, signed, tested
from trafficopt.result import Status, Study
from trafficopt.units import Seconds

MEASURES = {
    "mean_delay_s": "Mean delay [s/veh]",
    "mean_depart_delay_s": "of which waiting to enter [s/veh]",
    "mean_stops": "Stops [1/veh]",
    "mean_waiting_s": "Mean waiting time [s/veh]",
}
COUNTS = {
    "demanded": "Vehicles demanded",
    "completed": "Vehicles that finished",
    "unfinished": "still under way at the end",
    "undeparted": "not yet entered at the end",
    "teleports": "Teleports",
    "collisions": "Collisions",
    "emergency_stops": "Emergency stops",
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

    label: str
    scale: float = 1.0
    relative: bool = False


EXTRAS = {
    "longest_queue_veh": Extra("Longest queue on a link [veh]"),
    "arterial_s_per_km": Extra("Travel time along arterials [s/km]"),
    "arterial_on_green": Extra("Arrivals on green on arterials [%]", scale=100.0),
    "pedestrian_wait_s": Extra("Wait of pedestrians [s]"),
    "fuel_g_km": Extra("Fuel a km, and CO2 with it (before: 100)", relative=True),
}


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One key figure, written out."""

    label: str
    before: str
    after: str
    change: str
    percent: str
    interval: str
    verdict: str


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
    treatment: str
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
        rows.append(FigureRow(label, compact(before.mean(key)), after, "", "", "", ""))
    return rows


def _measure_row(key: str, label: str, before: Evaluation, comparison: Comparison | None) -> FigureRow:
    digits = 2 if key == "mean_stops" else 1
    base = number(before.mean(key), digits)
    if comparison is None:
        return FigureRow(label, base, NOTHING, "", "", "", "")
    after = number(comparison.after.mean(key), digits)
    if key not in COMPARED:
        difference = comparison.after.mean(key) - comparison.before.mean(key)
        return FigureRow(label, base, after, signed(difference, digits), "", "", "")
    change = comparison[key]
    return FigureRow(
        label,
        base,
        after,
        signed(change.mean, digits),
        f"{signed(change.percent)} %",
        interval(change, digits),
        str(change.verdict),
    )


def _extra_row(key: str, extra: Extra, before: Evaluation, comparison: Comparison | None) -> FigureRow:
    """A measure that not every scenario has; one whose level means nothing is written with 100 before."""
    scale = 100.0 / before.mean(key) if extra.relative and before.mean(key) else extra.scale
    base = number(scale * before.mean(key))
    if comparison is None or key not in comparison.changes:
        return FigureRow(extra.label, base, NOTHING, "", "", "", "")
    change = comparison[key]
    ci95 = None if change.ci95 is None else (scale * change.ci95[0], scale * change.ci95[1])
    return FigureRow(
        extra.label,
        base,
        number(scale * comparison.after.mean(key)),
        signed(scale * change.mean),
        f"{signed(change.percent)} %",
        interval(replace(change, ci95=ci95)),
        str(change.verdict),
    )


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """What the search finds under one stage policy, written out."""

    stages: str
    meaning: str
    delay: str
    change: str
    interval: str
    verdict: str
    unprotected: str


POLICIES = {
    "shipped": "as in the field plan",
    "protected": "other stages; protected greens stay",
    "warranted": "permissive where the profile allows it",
}


def policy_rows(study: Study) -> list[PolicyRow]:
    """Rows of the stage policies that were compared, from the strictest on; none if only one was run."""
    if not study.alternatives:
        return []
    compared = {other.stages: (other.comparison, str(other.n_unprotected)) for other in study.alternatives}
    own = next(stages for stages in POLICIES if stages not in compared)
    compared[own] = (study.rejected or study.comparison, "see above")
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
                interval(change),
                str(change.verdict),
                unprotected,
            )
        )
    return rows


def compared_plan(study: Study) -> TimingPlan | None:
    """Give the plan that was compared with the field plan, adopted or rejected."""
    if study.status is Status.IMPROVED:
        return study.plan
    return study.result.plan if study.rejected is not None else None


def intersection_rows(study: Study, kept_by_rules: Mapping[str, str]) -> list[IntersectionRow]:
    """Give all intersections in the order of the network.

    Parameters
    ----------
    kept_by_rules
        Signals that the safety rules keep from being retimed, with the reason.
    """
    scenario, comparison, plan = study.scenario, tested(study), compared_plan(study)
    delays_before = intersection_delays(scenario.network, study.comparison.before)
    delays_after = intersection_delays(scenario.network, comparison.after) if comparison else {}
    rows, changed = [], study.retimed
    for index, item in enumerate(scenario.network.intersections):
        before = scenario.field_plan.timings.get(item.id)
        after = plan.timings.get(item.id, before) if plan else None
        retimed = item.id in changed
        treatment = "retimed" if retimed else f"kept: {_why_kept(study, item, kept_by_rules)}"
        rows.append(
            IntersectionRow(
                f"signal-{index}",
                item.id,
                item.district,
                retimed,
                treatment,
                before,
                after,
                delays_before.get(item.id),
                delays_after.get(item.id),
            )
        )
    return rows


def _why_kept(study: Study, intersection: Intersection, kept_by_rules: Mapping[str, str]) -> str:
    reason = intersection.kept_because or kept_by_rules.get(intersection.id, "")
    if reason:
        return reason
    if intersection.id not in study.scenario.retime:
        return "not marked"
    if study.status is not Status.IMPROVED:
        return "no better plan was proven"
    return "the search found nothing better"


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

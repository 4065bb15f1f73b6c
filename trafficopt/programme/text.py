"""A programme as a text for people, as an object for JSON, and as a table."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from math import isfinite

from trafficopt.comparison import Change, compare
from trafficopt.diagnosis_study import diagnose
from trafficopt.evaluation import HEADLINE
from trafficopt.ledger import Ledger
from trafficopt.parking_assumptions import Sensitivity
from trafficopt.phrase import Phrase
from trafficopt.problem import build_problem
from trafficopt.programme.run import Programme
from trafficopt.programme.selection import Trial, chosen, n_sites
from trafficopt.reporting.pages.programme_page import ProgrammeFacts, SiteRow
from trafficopt.reporting.pages.side import Side
from trafficopt.reporting.plots.effects import FamilyEffect
from trafficopt.reporting.words.verdict_words import caveats

AS_IT_IS, TREATED = Phrase("As it is", "现状"), Phrase("Treated", "治理后")
DECLINED = "the plan found loses no less time; the one before is kept"
UNIT = "veh*h"
DIGITS = 9  # effects add up as far as anybody looks


def programme_object(programme: Programme, ledger: Ledger) -> dict[str, object]:
    """The programme in numbers and lists that JSON knows."""
    attribution = programme.attribution
    return {
        "scenario": programme.scenario.name,
        "seeds": list(attribution.before.evaluation.seeds),
        "caveats": list(attribution.caveats),
        "window_s": programme.scenario.simulation.period_s,
        "before": attribution.before.evaluation.totals(),
        "after": attribution.together.evaluation.totals(),
        "delay_change_s": attribution.delay_change.row(DIGITS),
        "lost_veh_h": {
            "before": _mean(attribution.before.lost_veh_h()),
            "after": _mean(attribution.together.lost_veh_h()),
            "change": attribution.change.row(DIGITS),
        },
        "families": [
            {
                "family": effect.family,
                "alone_veh_h": effect.alone.row(DIGITS),
                "in_order_veh_h": effect.in_order.row(DIGITS),
                "runs": list(effect.evidence),
            }
            for effect in attribution.effects
        ],
        "overlap_veh_h": attribution.overlap_veh_h,
        "declined": list(programme.declined),
        "sites": {
            str(family): {
                "candidates": n_sites(trials),
                "treated": len(chosen(trials)),
                "by_treatment": _by_treatment(trials),
            }
            for family, trials in programme.trials.items()
        },
        "parking_spaces": {district.name: district.spaces_added for district in programme.parking},
        "parking_sensitivity": [
            {"assumption": row.name, **_range(row), "source": row.assumption.source}
            for row in programme.parking_swings
        ],
        "matters": {
            "all": len(ledger.matters),
            "closed": len(ledger.closed),
            "by_kind": ledger.count("kind"),
        },
    }


def facts_of(programme: Programme, ledger: Ledger) -> ProgrammeFacts:
    """What the report's page tells."""
    scenario, attribution = programme.scenario, programme.attribution
    first, last = attribution.before.evaluation, attribution.together.evaluation
    before, after = first.mean(HEADLINE), last.mean(HEADLINE)
    return ProgrammeFacts(
        title=scenario.title or scenario.name,
        note=scenario.note,
        caveats=tuple(caveats(compare(first, last), (AS_IT_IS, TREATED))),
        minutes=scenario.simulation.period_s / 60.0,
        seeds=attribution.before.evaluation.seeds,
        delay_s=(before, after),
        delay_change=attribution.delay_change,
        lost_change=attribution.change,
        effects=tuple(FamilyEffect(e.family, e.alone, e.in_order) for e in attribution.effects),
        overlap_veh_h=attribution.overlap_veh_h,
        sites=tuple(
            SiteRow(str(family), n_sites(trials), len(chosen(trials)), _by_treatment(trials))
            for family, trials in programme.trials.items()
        ),
        parking_swings=programme.parking_swings,
        spaces={district.name: district.spaces_added for district in programme.parking},
        ledger=ledger,
        sides=_sides(programme),
        declined=tuple(map(str, programme.declined)),
    )


def _sides(programme: Programme) -> tuple[Side, Side]:
    """The city as it is, and the treated one with what the models say of it."""
    scenario, final, attribution = programme.scenario, programme.final, programme.attribution
    after = diagnose(build_problem(final.scenario), final.plan)
    return (
        Side(
            AS_IT_IS,
            scenario.network,
            scenario.field_plan,
            attribution.before.evaluation,
            programme.diagnosis,
        ),
        Side(TREATED, final.scenario.network, final.plan, attribution.together.evaluation, after),
    )


def _by_treatment(trials: Sequence[Trial]) -> dict[str, int]:
    """Chosen treatments by the verb that says what is done."""
    return dict(sorted(Counter(str(edit).split()[0] for edit in chosen(trials)).items()))


def _range(row: Sensitivity) -> dict[str, object]:
    """Values of an assumption, and the vehicles that stay out with each."""
    values, figures = row.assumption, (row.at_low, row.at_central, row.at_high)
    return {
        "unit": values.unit,
        "values": [values.low, values.central, values.high],
        "vehicles_spared": [round(figure, 1) for figure in figures],
    }


def _mean(values: tuple[float, ...]) -> float:
    return sum(values) / len(values)


def trials_object(programme: Programme) -> list[dict[str, object]]:
    """What became of each candidate site; null is what nobody can tell, or was not asked."""
    return [
        {
            "family": str(family),
            "place": trial.edit.place,
            "treatment": str(trial.edit),
            "treated": trial.chosen,
            "model_veh_h": trial.model_veh_h if isfinite(trial.model_veh_h) else None,
            "sumo_veh_h": None if trial.sumo_veh_h is None else trial.sumo_veh_h.row(DIGITS),
            "together_veh_h": None if trial.together is None else trial.together.row(DIGITS),
            "evidence": trial.evidence,
            "fault": trial.fault or None,
        }
        for family, trials in programme.trials.items()
        for trial in trials
    ]


def programme_text(programme: Programme, ledger: Ledger) -> str:
    """What each family does, and how many matters are closed."""
    attribution = programme.attribution
    n, window = len(attribution.before.evaluation.seeds), programme.scenario.simulation.period_s / 60.0
    lines = [
        *attribution.caveats,
        f"{programme.scenario.name}: SUMO, {window:.0f} minutes, {n} seed{'s' * (n != 1)}; "
        f"{UNIT} lost by all vehicles, detours included, with 95 % intervals",
        "",
        f"{'':<16}{'alone':>30}{'after those above':>34}",
    ]
    lines += [f"{e.family:<16}{words(e.alone):>30}{words(e.in_order):>34}" for e in attribution.effects]
    lines += [f"{'together':<16}{words(attribution.change):>30}", ""]
    lines.append(
        f"The effects alone add up to {attribution.overlap_veh_h:+.1f} {UNIT} against the whole: "
        "families treat the same delay, or make each other better."
    )
    before, after = (s.evaluation.mean(HEADLINE) for s in (attribution.before, attribution.together))
    lines.append(f"Mean delay {before:.1f} to {after:.1f} s a vehicle: {attribution.delay_change.verdict}")
    lines += [f"{family}: {DECLINED}" for family in programme.declined]
    for family, trials in programme.trials.items():
        what = ", ".join(f"{word} {n}" for word, n in _by_treatment(trials).items())
        treated = f"{len(chosen(trials))} of {n_sites(trials)} candidates treated"
        lines.append(f"{family}: {treated}{f' ({what})' if what else ''}")
    if programme.parking:
        spaces = sum(district.spaces_added for district in programme.parking)
        lines.append(f"parking: {spaces} spaces in {len(programme.parking)} districts, effect by assumptions")
    lines.append(f"Ledger: {len(ledger.closed)} of {len(ledger.matters)} matters closed")
    return "\n".join(lines)


def words(change: Change) -> str:
    """A change with its interval.

    Examples
    --------
    >>> from trafficopt.comparison import Verdict
    >>> words(Change(-12.34, (-15.0, -9.7), -4.2, Verdict.BETTER))
    '-12.3 (-15.0 to -9.7), -4.2 %'
    """
    spread = f" ({change.ci95[0]:+.1f} to {change.ci95[1]:+.1f})" if change.ci95 else ""
    return f"{change.mean:+.1f}{spread}, {change.percent:+.1f} %"


def attribution_csv(programme: Programme) -> str:
    """A row for each family, and one for all together."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    figures = ("change_veh_h", "low_veh_h", "high_veh_h", "change_percent", "verdict", "run")
    writer.writerow(["family", *(f"{way}_{figure}" for way in ("alone", "in_order") for figure in figures)])
    for effect in programme.attribution.effects:
        ways = zip((effect.alone, effect.in_order), effect.evidence, strict=True)
        writer.writerow([effect.family, *(cell for way in ways for cell in _cells(*way))])
    together = programme.attribution.together
    writer.writerow(
        ["together", *_cells(programme.attribution.change, together.run.id), *[""] * len(figures)]
    )
    return text.getvalue()


def _cells(change: Change, run: str) -> list[str]:
    bounds = [f"{bound:.6g}" for bound in change.ci95] if change.ci95 else ["", ""]
    return [f"{change.mean:.6g}", *bounds, f"{change.percent:.4g}", str(change.verdict), run]

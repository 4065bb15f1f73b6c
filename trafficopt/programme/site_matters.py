"""Matters of sites: openings, islands, and approaches that the diagnosis names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from math import inf, isfinite

from trafficopt.ledger import USUAL_EFFORT, Kind, Matter, open_matter
from trafficopt.programme.run import Programme
from trafficopt.programme.selection import Trial
from trafficopt.programme.site_figures import site_words
from trafficopt.treatment import CloseOpening, ExtendPocket, Family, MoveOpening, NetworkEdit

TRIALS = "trials.json"  # in the programme's folder: what model and SUMO say of each candidate

KINDS = {
    Family.ISLAND: (Kind.ISLAND, "R"),
    Family.U_TURN_OPENING: (Kind.OPENING, "U"),
    Family.POCKET: (Kind.APPROACH, "K"),
    Family.LANE_USE: (Kind.APPROACH, "L"),
    Family.TURN_BAN: (Kind.APPROACH, "B"),
}
"""Kind of place of a family, and the letter with which ids of its matters begin."""


def site_matters(programme: Programme) -> Iterator[Matter]:
    """A matter for each site, whatever number of options it has."""
    for trials in programme.trials.values():
        for _, options in groupby(trials, key=lambda trial: trial.edit.place):
            yield _matter(programme, list(options))


def _matter(programme: Programme, options: Sequence[Trial]) -> Matter:
    """A matter, closed by what became of the options of one site."""
    best = min(options, key=_rank)
    edit, family = best.edit, best.edit.family
    kind, letter = KINDS[family]
    found, figure = _found(programme, edit)
    matter = open_matter(
        f"{letter}-{edit.place}",
        edit.place,
        kind,
        found,
        figure,
        owner=programme.sites.owners["roads"],
        effort=USUAL_EFFORT[family],
        opened=programme.sites.opened,
    )
    ran = best.sumo_veh_h is not None
    matter = matter.propose(str(edit)).test(f"runs/{best.evidence}" if ran else TRIALS)
    others = "".join(f"; or {trial.edit}: {told(trial)}" for trial in options if trial is not best)
    meaning = f"; {site_words(best.figures)}" if best.figures else ""
    if best.chosen:
        return matter.adopt(told(best) + meaning + others)
    return matter.reject(f"kept as it is: {told(best)}{meaning}{others}")


def _rank(trial: Trial) -> tuple[bool, float]:
    """Chosen options first, then by the change in SUMO, then by that in the model."""
    if trial.sumo_veh_h is not None:
        return not trial.chosen, trial.sumo_veh_h.mean
    return True, trial.model_veh_h + MODEL_LATER if isfinite(trial.model_veh_h) else inf


MODEL_LATER = 1e6  # options of which only the model speaks come after all others


def told(trial: Trial) -> str:
    """What became of an option, in words."""
    if trial.fault:
        return f"cannot be built: {trial.fault}"
    if trial.sumo_veh_h is None:
        return f"would cost {trial.model_veh_h:.2f} veh*h around it in the queue model"
    mean = trial.sumo_veh_h.mean
    around = f"{'saves' if mean < 0 else 'would cost'} {abs(mean):.2f} veh*h around it in SUMO"
    if mean >= 0 or trial.chosen:
        return around
    if trial.together is not None:
        return f"{around}, but all such sites change {trial.together.mean:+.1f} veh*h together"
    return f"{around}, but another option is better or it cannot be built with what was chosen before"


def _found(programme: Programme, edit: NetworkEdit) -> tuple[str, str]:
    """What there is at a site, and a figure of it."""
    match edit:
        case (
            CloseOpening(from_edge=from_link, to_edge=to_link)
            | MoveOpening(from_edge=from_link, to_edge=to_link)
        ):
            demand, hours = programme.scenario.demand, programme.scenario.simulation.period_s / 3600.0
            n = sum((from_link, to_link) in pairwise(route) for route in demand.routes)
            return "U-turns through a median opening", f"{n / hours:.0f} veh/h"
        case ExtendPocket(link=link):
            ratio = _worst(programme, link, "queue_ratio")
            return "a queue is longer than its lane", f"{100 * ratio:.0f} % of it"
    if edit.family is Family.ISLAND:
        return "raised right-turn islands: right turns pass beside the signal", "1 intersection"
    link = edit.place.split("->")[0]
    return "a lane is short of green", f"{_worst(programme, link, 'saturation'):.2f} v/c"


def _worst(programme: Programme, link: str, figure: str) -> float:
    """The largest finite figure of the movements of an approach."""
    movements = (m for point in programme.diagnosis.worklist for m in point.figures.movements)
    found = [float(getattr(m, figure)) for m in movements if m.from_link == link]
    return max((value for value in found if isfinite(value)), default=0.0)

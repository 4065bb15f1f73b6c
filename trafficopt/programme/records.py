"""The ledger of a programme: a matter for each signal, arterial, opening, island and district, closed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from math import isfinite

from trafficopt.diagnosis.diagnose import Point
from trafficopt.evaluation import Verdict
from trafficopt.ledger import USUAL_EFFORT, Kind, Ledger, Matter, open_matter
from trafficopt.model.measures import intersection_delays
from trafficopt.network import Arterial, Network
from trafficopt.plan import TimingPlan
from trafficopt.programme.places import Edit
from trafficopt.programme.run import Programme
from trafficopt.programme.selection import Trial
from trafficopt.treatment import Family, RemoveIsland

TRIALS = "trials.json"  # in the programme's folder: what model and SUMO say of each candidate


def ledger_of(programme: Programme) -> Ledger:
    """Write down every matter of a programme; none stays open."""
    return Ledger(
        (
            *_signals(programme),
            *_arterials(programme),
            *(_site(programme, trial) for trials in programme.trials.values() for trial in trials),
            *_districts(programme),
        )
    )


def _better(programme: Programme) -> bool:
    """Whether everything together is better than the field beyond noise."""
    return programme.attribution.change.verdict is Verdict.BETTER


def _signals(programme: Programme) -> Iterator[Matter]:
    """A matter for each intersection."""
    attribution, final = programme.attribution, programme.final
    before = intersection_delays(programme.scenario.network, attribution.before.evaluation)
    after = intersection_delays(final.scenario.network, attribution.together.evaluation)
    points = {point.figures.id: point for point in programme.diagnosis.worklist}
    for node in programme.scenario.network.intersections:
        found, figure = _diagnosed(points.get(node.id))
        family = _family(programme, node.id)
        matter = open_matter(
            f"S-{node.id}",
            node.id,
            Kind.INTERSECTION,
            found,
            figure,
            owner=programme.sites.owners["signals"],
            effort=USUAL_EFFORT[family],
            opened=programme.sites.opened,
        )
        told = _told(before.get(node.id), after.get(node.id))
        kept = node.id not in programme.scenario.retime
        matter = matter.propose("keep the field plan" if kept else _measure(programme, node.id, family))
        matter = matter.test(f"runs/{attribution.together.run.id}")
        if kept:
            yield matter.adopt(f"not among the signals to be retimed; {told}")
        elif _better(programme):
            worse = before.get(node.id, 0.0) < after.get(node.id, 0.0)
            yield matter.adopt(f"{told}; more here, less in the whole city" if worse else told)
        else:
            yield matter.reject(f"the plans together are not better beyond noise; {told}")


def _diagnosed(point: Point | None) -> tuple[str, str]:
    """What was found at a signal, and the figure behind it."""
    if point is None:
        return "not timed by the field plan", "0.0 veh*h"
    words = point.weaknesses[0].words if point.weaknesses else "nothing stands out"
    return words, f"{point.figures.delay_veh_h:.1f} veh*h"


def _family(programme: Programme, key: str) -> Family:
    """What kind of change the final plan makes at a signal, against the field plan on the final network."""
    old = programme.final.scenario.field_plan.timings.get(key)
    new = programme.final.plan.timings.get(key)
    if old is None or new is None:
        return Family.RETIME
    same = [stage.state for stage in old.stages] == [stage.state for stage in new.stages]
    return Family.RETIME if same else Family.RESEQUENCE


def _measure(programme: Programme, key: str, family: Family) -> str:
    """The new timing in words."""
    plan: TimingPlan = programme.final.plan
    timing = plan.timings[key]
    stages = "new stage order, " if family is Family.RESEQUENCE else ""
    waves = [a.name for a in programme.scenario.network.arterials if key in a.intersections]
    wave = f", coordinated on {' and '.join(waves)}" if waves else ""
    return f"{stages}cycle {timing.cycle_s:g} s, offset {timing.offset_s:g} s{wave}"


def _told(before: float | None, after: float | None) -> str:
    """Delay of a place before and after in SUMO."""
    if before is None or after is None or not (isfinite(before) and isfinite(after)):
        return "nobody passes there in SUMO"
    return f"delay on its approaches {before:.1f} to {after:.1f} s/veh in SUMO"


def _arterials(programme: Programme) -> Iterator[Matter]:
    """A matter for each arterial: time lost on its links, both ways."""
    attribution = programme.attribution
    old, new = attribution.before.evaluation.link_delay_s, attribution.together.evaluation.link_delay_s
    for arterial in programme.scenario.network.arterials:
        before, after = _lost(arterial, old), _lost(arterial, new)
        gaps = [way for way in programme.diagnosis.arterials if way.name == arterial.name]
        found = "; ".join(
            f"{way.direction}: {100 * way.arrivals_on_green:.0f} % arrive on green" for way in gaps
        )
        matter = open_matter(
            f"A-{arterial.name}",
            arterial.name,
            Kind.ARTERIAL,
            found or "a row of signals",
            f"{before:.1f} veh*h",
            owner=programme.sites.owners["signals"],
            effort=USUAL_EFFORT[Family.COORDINATE],
            opened=programme.sites.opened,
        )
        n = len(arterial.intersections)
        matter = matter.propose(f"coordinate {n} signals").test(f"runs/{attribution.together.run.id}")
        told = f"time lost on its links {before:.1f} to {after:.1f} veh*h in SUMO"
        yield matter.adopt(told) if after < before and _better(programme) else matter.reject(told)


def _lost(arterial: Arterial, link_delay_s: Mapping[str, float]) -> float:
    links = {key for path in (*arterial.outbound, *arterial.inbound) for key in path}
    return sum(link_delay_s.get(key, 0.0) for key in links) / 3600.0


def _site(programme: Programme, trial: Trial) -> Matter:
    """A matter for an opening or an island."""
    edit: Edit = trial.edit
    island = isinstance(edit, RemoveIsland)
    kind, letter = (Kind.ISLAND, "R") if island else (Kind.OPENING, "U")
    found, figure = _site_found(programme.scenario.network, programme, edit)
    matter = open_matter(
        f"{letter}-{edit.place}",
        edit.place,
        kind,
        found,
        figure,
        owner=programme.sites.owners["roads"],
        effort=USUAL_EFFORT[edit.family],
        opened=programme.sites.opened,
    )
    if trial.fault:
        return matter.propose(str(edit)).test(TRIALS).reject(f"cannot be built: {trial.fault}")
    if trial.together is not None and not trial.chosen:
        told = f"sites that looked better one by one change {trial.together.mean:+.1f} veh*h together in SUMO"
        return matter.propose(str(edit)).test(f"runs/{trial.evidence}").reject(f"kept as it is: {told}")
    change = trial.model_veh_h if trial.sumo_veh_h is None else trial.sumo_veh_h.mean
    judge = "the queue model" if trial.sumo_veh_h is None else "SUMO"
    evidence = TRIALS if trial.sumo_veh_h is None else f"runs/{trial.evidence}"
    matter = matter.propose(str(edit)).test(evidence)
    if trial.chosen:
        return matter.adopt(f"saves {-change:.2f} veh*h around it in {judge}")
    return matter.reject(f"kept as it is: the change would cost {change:.2f} veh*h around it in {judge}")


def _site_found(network: Network, programme: Programme, edit: Edit) -> tuple[str, str]:
    """What there is at a site, and how many use it."""
    if isinstance(edit, RemoveIsland):
        return "raised right-turn islands: right turns pass beside the signal", "1 intersection"
    pair = edit.from_edge, edit.to_edge
    n = sum(pair in pairwise(route) for route in programme.scenario.demand.routes)
    per_h = n * 3600.0 / programme.scenario.simulation.period_s
    return "U-turns through a median opening", f"{per_h:.0f} veh/h"


def _districts(programme: Programme) -> Iterator[Matter]:
    """A matter for the parking of each district."""
    effect = next((e for e in programme.attribution.effects if e.family == Family.PARKING), None)
    for district in programme.parking:
        matter = open_matter(
            f"P-{district.name}",
            district.name,
            Kind.DISTRICT,
            f"{district.trip_ends_veh_h:.0f} trips end here an hour",
            f"{district.spaces_added} spaces",
            owner=programme.sites.owners["parking"],
            effort=USUAL_EFFORT[Family.PARKING],
            opened=programme.sites.opened,
        )
        matter = matter.propose(f"add {district.spaces_added} public parking spaces")
        assert effect is not None
        matter = matter.test(f"runs/{effect.evidence[0]}")
        told = (
            f"all districts together change {effect.alone.mean:+.1f} veh*h alone, by assumptions on cruising"
        )
        yield matter.adopt(told) if effect.alone.mean < 0 else matter.reject(told)
